"""Reading a question: structures, counts, properties, bounds and directions, without knowing who wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from polybench.run.question import Question
from polybench.wording import looks_like_smiles
from tools.core.errors import PolysmithError, StructureError
from tools.core.gate import parse_molecule
from tools.core.polymer import Polymer
from tools.core.properties import Property, mentioned_properties
from tools.core.units import convert
from tools.core.vocabulary import CLASSES, ELEMENTS, GROUPS

_TOKEN = re.compile(r"\S+")
_OUTSIDE: Final = "`\"'.,;:?!"
_ABOVE = re.compile(r"\b(?:above|over|greater than|higher than|more than|exceeds?|at least)\b|>=?|≥", re.I)
_BELOW = re.compile(r"\b(?:below|under|less than|lower than|at most)\b|<=?|≤", re.I)
_NUMBER = re.compile(
    r"(?<![\w.])(?P<number>[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?P<unit>°C|°F|[A-Za-z][A-Za-z0-9/^.]*|%)?"
)
_COUNTS: Final[tuple[tuple[str, str], ...]] = (
    (r"heavy atoms?|non-hydrogen atoms?", "heavy_atoms"),
    (r"rotatable bonds?", "rotatable_bonds"),
    (r"h(?:ydrogen)?[- ]bond[- ]donors?|\bHBD\b", "hbond_donors"),
    (r"h(?:ydrogen)?[- ]bond[- ]acceptors?|\bHBA\b", "hbond_acceptors"),
    (r"(?<!aromatic )(?<!alicyclic )\brings?\b(?! topolog)", "rings"),
)


_PERMEABILITY = re.compile(
    r"\b(?:permeability|permeation)\s+(?:to|of|for)\s+(?P<after>[\w ]+?)\s*(?:\((?:O2|N2|CO2|CH4|H2|He)\))?(?=[,.?;]|$)"
    r"|(?P<before>carbon dioxide|oxygen|nitrogen|methane|hydrogen|helium)\s*\((?:O2|N2|CO2|CH4|H2|He)\)\s+permeability",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Bound:
    """A bound on a property.

    Attributes
    ----------
    property : Property
        What is bounded.
    value : float
        In the property's canonical unit.
    above : bool
        Whether values above it are meant.
    """

    property: Property
    value: float
    above: bool


@dataclass(frozen=True)
class Unreadable:
    """A token that looks like a repeat unit and cannot be read.

    Attributes
    ----------
    text : str
        The token.
    code : str
        Why.
    """

    text: str
    code: str


def _tokens(text: str) -> list[str]:
    return [match.group() for match in _TOKEN.finditer(text)]


def _trimmed(token: str) -> list[str]:
    """Offer a token as it is and without the punctuation around it, brackets last."""
    plain = token.strip(_OUTSIDE)
    loose = plain.strip("()[]{}") if plain[:1] in "([{" and plain[-1:] in ")]}" else plain
    return list(dict.fromkeys((plain, loose)))


@lru_cache(maxsize=4096)
def read_polymer(text: str) -> Polymer | None:
    """Read a repeat unit, or return None."""
    if "*" not in text:
        return None
    try:
        return Polymer.from_smiles(text)
    except StructureError:
        return None


def polymers(text: str) -> list[Polymer]:
    """Find the repeat units of a text, in order.

    Parameters
    ----------
    text : str
        A question or a choice.

    Returns
    -------
    list of Polymer
        Each time that one is named.
    """
    found = []
    for token in _tokens(text):
        polymer = next((item for part in _trimmed(token) if (item := read_polymer(part))), None)
        if polymer is not None:
            found.append(polymer)
    return found


def unreadable(text: str) -> Unreadable | None:
    """Find the first token that is written like a repeat unit or a structure and cannot be read as either."""
    for token in _tokens(text):
        plain = _trimmed(token)[-1]
        if (len(plain) < 5 and "*" not in plain) or not looks_like_smiles(plain) or not re.search(r"[Cc]", plain):
            continue
        if "*" in plain and plain.strip("*") and read_polymer(plain) is None:
            try:
                Polymer.from_smiles(plain)
            except StructureError as error:
                return Unreadable(plain, error.code)
        elif "*" not in plain and molecule(plain) is None:
            return Unreadable(plain, "structure")
    return None


@lru_cache(maxsize=4096)
def molecule(text: str) -> str | None:
    """Read a molecule without attachment points; return its canonical SMILES, or None."""
    from rdkit import Chem

    if "*" in text or not looks_like_smiles(text):
        return None
    try:
        return str(Chem.MolToSmiles(parse_molecule(text)))
    except PolysmithError:
        return None


def monomers(text: str) -> list[str]:
    """Find the molecules of a text that stand as SMILES: at least two letters, joined by a dot or apart."""
    found = []
    for token in _tokens(text):
        for part in _trimmed(token):
            pieces = [molecule(piece) for piece in part.split(".")] if len(part) > 1 else [None]
            if all(pieces) and (len(part) > 2 or part.isupper()):
                found += [piece for piece in pieces if piece]
                break
    return found


@lru_cache(maxsize=2)
def _names(table: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    source = GROUPS if table == "groups" else CLASSES
    pairs = [(name, key) for key, names in source.items() for name in (*names, key.replace("_", " "))]
    pairs.sort(key=lambda pair: (-len(pair[0]), pair[0]))
    return tuple((re.compile(rf"(?<![\w-]){re.escape(name)}s?(?![\w-])", re.I), key) for name, key in pairs)


def named(text: str, table: str) -> list[str]:
    """Find the groups or classes that a text names; longer names hide shorter ones inside them.

    Parameters
    ----------
    text : str
        A question.
    table : {"groups", "classes"}
        What is looked for.

    Returns
    -------
    list of str
        Ids in order of appearance.
    """
    places: dict[str, int] = {}
    for pattern, key in _names(table):
        for match in pattern.finditer(text):
            places.setdefault(key, match.start())
            text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    return sorted(places, key=lambda key: places[key])


def counted(text: str) -> list[str]:
    """Find what a text counts: ``group:``, ``element:`` and descriptor names, in order of appearance."""
    places: list[tuple[int, str]] = []
    for symbol, names in ELEMENTS.items():
        words = "|".join(re.escape(name) for name in (*names, symbol))
        for match in re.finditer(rf"\b(?:{words})\s+atoms?\b", text):
            places.append((match.start(), f"element:{symbol}"))
            text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    for pattern, name in _COUNTS:
        for match in re.finditer(pattern, text, re.I):
            places.append((match.start(), name))
    for group in named(text, "groups"):
        query = next(item for item, key in _names("groups") if key == group and item.search(text))
        found = query.search(text)
        places.append((found.start() if found else 0, f"group:{group}"))
    return [name for _, name in sorted(places)]


def bare(text: str) -> str:
    """Take structures out of a text, so that their letters are not read as words."""
    kept = []
    for token in _tokens(text):
        plain = token.strip(_OUTSIDE)
        structure = "*" in plain or (len(plain) > 3 and looks_like_smiles(plain) and molecule(plain))
        kept.append(token[len(plain) :] if structure and token.startswith(plain) else "" if structure else token)
    return " ".join(kept)


def properties(text: str) -> list[Property]:
    """Find the properties that a text names; "methane (CH4) permeability" and "permeability of methane" are read too.

    Parameters
    ----------
    text : str
        Free text.

    Returns
    -------
    list of Property
        In order of appearance.
    """
    plain = _PERMEABILITY.sub(lambda match: f"{match.group('before') or match.group('after')} permeability", text)
    return mentioned_properties(plain)


def bounds(text: str) -> list[Bound]:
    """Find bounds such as "a density below 1.1 g/cm3" in a text.

    Parameters
    ----------
    text : str
        A question.

    Returns
    -------
    list of Bound
        In order; words of direction stand between the property and the number.
    """
    plain, found = bare(text), []
    for number in _NUMBER.finditer(plain):
        before = plain[max(0, number.start() - 160) : number.start()]
        ways = [(match.end(), True) for match in _ABOVE.finditer(before)]
        ways += [(match.end(), False) for match in _BELOW.finditer(before)]
        if not ways or max(ways)[0] < len(before) - 12:
            continue
        asked = properties(before)
        if asked:
            value = _canonical(number, asked[-1])
            if value is not None:
                found.append(Bound(asked[-1], value, max(ways)[1]))
    return found


def _canonical(number: re.Match[str], prop: Property) -> float | None:
    value = float(number.group("number").replace("−", "-"))
    unit = (number.group("unit") or "").rstrip(".")
    if not unit or prop.unit == "dimensionless":
        return value
    try:
        return convert(value, unit, prop.unit)
    except PolysmithError:
        return value


def ascending(text: str) -> bool:
    """Say whether an order goes upwards; the usual order is downwards."""
    plain = text.casefold()
    return bool(
        re.search(
            r"lowest to (?:the )?highest|low(?:er)? to high|smallest to (?:the )?largest|ascending|increasing", plain
        )
    )


def wants_lowest(text: str) -> bool:
    """Say whether the least of something is asked for."""
    return bool(re.search(r"\b(lowest|lower|least|smallest|smaller|minimum|fewest|fewer)\b", text, re.I))


def asked_property(question: Question) -> Property | None:
    """Return the property that a question is about, or None."""
    found = properties(bare(question.question))
    return found[0] if found else None


def choice_polymers(question: Question) -> dict[str, Polymer]:
    """Read choices that are repeat units."""
    found = {letter: read_polymer(text.strip()) for letter, text in question.choices.items()}
    return {letter: item for letter, item in found.items() if item is not None}
