"""From the names people write to polymers, and back: resolve("PMMA"), resolve("nylon-66"), name_of(polymer)."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache

from tools.chemistry import handbook
from tools.chemistry.handbook import Entry
from tools.core.errors import InputError, StructureError, UnknownNameError
from tools.core.gate import parse_molecule
from tools.core.polymer import Polymer
from tools.core.vocabulary import CLASSES

MAX_NAME = 200  # characters; longer text is no name
_CLASS_EXAMPLES = 6

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ω": "omega",
}  # fmt: skip

# Abbreviations and words that the field uses for a whole class.
_CLASS_WORDS = {
    "pi": "a polyimide",
    "pa": "a polyamide (nylon)",
    "pu": "a polyurethane",
    "pur": "a polyurethane",
    "nylon": "a polyamide (nylon)",
    "polyamide": "a polyamide (nylon)",
    "silicone": "a polysiloxane",
}

# Prefixes of names that do not change the repeat unit as the handbook writes it.
_TACTICITY = re.compile(r"^(?:atactic|at-|linear|amorphous|semicrystalline|semi-crystalline)\s*-?\s*", re.IGNORECASE)
# Words after a name that do not change the polymer.
_SUFFIX = re.compile(r"\s+(?:polymer|homopolymer|resin|plastic|rubber|film|fibre|fiber)s?$", re.IGNORECASE)


class AmbiguousNameError(InputError):
    """A name or abbreviation that stands for several polymers.

    Parameters
    ----------
    text : str
        What was asked for.
    choices : tuple of str
        Names of the polymers that it may mean.
    """

    def __init__(self, text: str, choices: tuple[str, ...]) -> None:
        super().__init__(
            f"{text!r} may mean {', or '.join(choices)}.", hint="Give the full name, or the repeat unit as SMILES."
        )
        self.text = text
        self.choices = choices

    def __reduce__(self) -> tuple[object, ...]:
        return (AmbiguousNameError, (self.text, self.choices))


def normalise(text: str) -> str:
    """Reduce a name to the letters and digits that identify it.

    Parameters
    ----------
    text : str
        A name as people write it: any case, hyphens, brackets, Greek letters, British or American spelling.

    Returns
    -------
    str
        Lower-case letters and digits; empty if there are none.
    """
    lowered = unicodedata.normalize("NFKC", text).casefold()
    for letter, word in _GREEK.items():
        lowered = lowered.replace(letter, word)
    plain = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    plain = re.sub(r"sulph(?=[aeiou])", "sulf", plain)
    squeezed = re.sub(r"[^a-z0-9]", "", plain)
    return re.sub(r"^(?:polyamide|nylon|pa)(?=\d)", "nylon", squeezed)


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[Entry, ...]]:
    """Entries by every normalised name."""
    found: dict[str, dict[str, Entry]] = {}
    for entry in handbook.load():
        for name in _variants(entry):
            found.setdefault(normalise(name), {}).setdefault(entry.name, entry)
    return {name: tuple(entries.values()) for name, entries in found.items()}


def _variants(entry: Entry) -> tuple[str, ...]:
    """Names of an entry, also without "n-" and "N-", which people leave out."""
    bare = [re.sub(r"\b[nN]-(?=[a-z])", "", name) for name in (entry.name, *entry.other_names)]
    return (*entry.all_names, *bare)


@lru_cache(maxsize=1)
def _exact_abbreviations() -> dict[str, tuple[Entry, ...]]:
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in handbook.load():
        for short in entry.abbreviations:
            found[short] = (*found.get(short, ()), entry)
    return found


def _lookup(text: str) -> tuple[Entry, ...]:
    exact = _exact_abbreviations().get(text)
    if exact and normalise(text) not in _CLASS_WORDS:
        return exact
    return _index().get(normalise(text), ())


def _candidates(text: str) -> tuple[Entry, ...]:
    """Entries for a name, for the name without tacticity or suffix, or for "name (abbreviation)"."""
    found = _lookup(text) or _lookup(_TACTICITY.sub("", text)) or _lookup(_SUFFIX.sub("", text))
    bracketed = re.fullmatch(r"(.+\S)\s+\(([^()]+)\)", text)
    if bracketed and not found:
        outer, inner = _lookup(bracketed[1]), _lookup(bracketed[2])
        both = tuple(entry for entry in outer if entry in inner)
        return both or outer or inner
    return found


def entries(text: str) -> tuple[Entry, ...]:
    """Return all entries that a name or abbreviation may mean.

    Parameters
    ----------
    text : str
        Name, synonym, trade name or abbreviation.

    Returns
    -------
    tuple of Entry
        Empty if the handbook does not know it; a word for a class has no entries.
    """
    return _candidates(" ".join(text.split()))


def _class_members(text: str) -> tuple[str, ...]:
    """Names of a few polymers of the class that a word means; empty if it means none."""
    word = normalise(text)
    for class_id, aliases in CLASSES.items():
        if word in {normalise(alias) for alias in aliases}:
            return tuple(entry.name for entry in handbook.load() if entry.polymer_class == class_id)[:_CLASS_EXAMPLES]
    return ()


def _close_matches(text: str) -> list[str]:
    names = {normalise(name): name for entry in handbook.load() for name in reversed(entry.all_names)}
    return [names[match] for match in difflib.get_close_matches(normalise(text), names, n=4, cutoff=0.6)]


def resolve_entry(text: str, *, suggest: bool = True) -> Entry:
    """Return the handbook entry for a name or abbreviation.

    Parameters
    ----------
    text : str
        Name, synonym, trade name or abbreviation; case, hyphens and brackets do not matter.
    suggest : bool
        Look for names alike when it is unknown, which takes about 10 ms.

    Returns
    -------
    Entry
        The one entry that the name means.

    Raises
    ------
    AmbiguousNameError
        If several polymers share the name, or it names a class.
    UnknownNameError
        If the handbook does not know the name.
    """
    wanted = " ".join(text.split())
    if not wanted or len(wanted) > MAX_NAME:
        raise UnknownNameError(
            f"A polymer name has between 1 and {MAX_NAME} characters; this text has {len(wanted)}.",
            hint="Give one name, abbreviation or SMILES.",
        )
    found = _candidates(wanted)
    members = () if found else _class_members(wanted)
    word = _CLASS_WORDS.get(normalise(wanted))
    if word or members:
        raise AmbiguousNameError(wanted, (*((word,) if word else ()), *(entry.name for entry in found), *members))
    if len(found) > 1:
        raise AmbiguousNameError(wanted, tuple(entry.name for entry in found))
    if not found:
        close = _close_matches(wanted) if suggest else []
        hint = f"Did you mean {', '.join(close)}?" if close else "Give the repeat unit as SMILES with two *."
        raise UnknownNameError(f"No polymer called {wanted!r} is in the handbook.", hint=hint)
    return found[0]


def resolve(text: str, *, suggest: bool = True) -> Polymer:
    """Return the polymer that a name, abbreviation or SMILES stands for.

    Parameters
    ----------
    text : str
        ``"poly(methyl methacrylate)"``, ``"PMMA"``, ``"nylon 6,6"``, ``"PA66"``, ``"Kapton"``, or a repeat unit with
        two ``*``.
    suggest : bool
        As for ``resolve_entry``.

    Returns
    -------
    Polymer
        The polymer.

    Raises
    ------
    AmbiguousNameError
        If the name stands for several polymers; ``choices`` lists them.
    UnknownNameError
        If the name is unknown; the hint lists close matches.
    StructureError
        If the text is a SMILES that is no repeat unit.
    """
    if "*" in text:
        return Polymer.from_smiles(text.strip())
    try:
        return resolve_entry(text, suggest=suggest).polymer
    except UnknownNameError:
        if is_molecule(text):
            raise StructureError(
                f"{text.strip()!r} is a molecule without chain ends.",
                code="no_star",
                hint="Write the repeat unit with two *, such as *CCO* for poly(ethylene oxide).",
            ) from None
        raise


def is_molecule(text: str) -> bool:
    """Tell whether a text is the SMILES of a molecule.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        False for names and for SMILES that the gate refuses.
    """
    try:
        return parse_molecule(text).GetNumAtoms() > 0
    except StructureError:
        return False


def name_of(polymer: Polymer) -> str | None:
    """Return the handbook's name of a polymer.

    Parameters
    ----------
    polymer : Polymer
        Any polymer.

    Returns
    -------
    str or None
        Its name, None if the handbook does not have it.
    """
    found = handbook.by_key().get(polymer.key)
    return found[0].name if found else None


@lru_cache(maxsize=1)
def _mention_patterns() -> tuple[tuple[re.Pattern[str], Entry], ...]:
    """One pattern for each entry: abbreviations as written, names in any case."""
    patterns = []
    for entry in handbook.load():
        shorts = [re.escape(s) for s in entry.abbreviations if s.upper() not in {"CO", "PI", "PA"}]
        words = [re.escape(w).replace(r"\ ", r"[\s-]*") for w in (entry.name, *entry.other_names)]
        parts = [f"(?i:{word})" for word in words] + shorts
        body = "|".join(sorted(parts, key=len, reverse=True))
        patterns.append((re.compile(rf"(?<![\w-])(?:{body})(?![\w-])"), entry))
    return tuple(patterns)


def mentions(text: str, limit: int = 8) -> tuple[Entry, ...]:
    """Find the handbook's polymers that a text names.

    Parameters
    ----------
    text : str
        Free text, such as a search query; only the first 2,000 characters are read.
    limit : int
        How many at most.

    Returns
    -------
    tuple of Entry
        In the order in which they are named; an ambiguous abbreviation gives all its polymers.
    """
    hits = []
    for order, (pattern, entry) in enumerate(_mention_patterns()):
        match = pattern.search(text[:2000])
        if match:
            hits.append((match.start(), -len(match[0]), order, entry))
    hits.sort(key=lambda hit: hit[:3])
    apart = [hit for hit in hits if not any(_inside(hit, other) for other in hits)]
    return tuple(hit[3] for hit in apart[:limit])


def _inside(hit: tuple[int, int, int, Entry], other: tuple[int, int, int, Entry]) -> bool:
    """Say whether a name is only part of a longer one, as "nylon 6" is of "nylon 6,6"."""
    return other[1] < hit[1] and other[0] <= hit[0] and hit[0] - hit[1] <= other[0] - other[1]
