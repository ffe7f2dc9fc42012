"""The words of the grammar: every phrase with its senses, looked up longest match first.

A sense is a (kind, value) pair. Kinds: ``cmp`` (comparator before a number), ``post`` (comparator after a number),
``not``, ``up``/``down`` (qualitative direction), ``extreme`` (maximise/minimise), ``prop``, ``unknown`` (a property
that the registry lacks), ``struct``, ``count``, ``wish``, ``refuse`` (a wish without a property), ``soft``, ``hard``,
``filler``, ``neutral``, ``candidate``, ``condition``, ``context``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from agent.brief import words
from agent.brief.gases import gas_phrases
from tools.core.properties import all_properties
from tools.core.vocabulary import CLASSES, COUNTS, ELEMENT_SETS, ELEMENTS, GROUPS, POLYMERISATIONS

PIECE = re.compile(r"[^\W\d][\w]*(?:'[^\W\d]+)?|\d+(?:[.,]\d+)*|[^\w\s]")


# What a count counts, for "no phenyl rings" and "two ester linkages".
COUNTED_GROUPS: dict[str, tuple[str, str]] = {
    "aromatic_rings": ("group", "aromatic_ring"),
    "fluorine_atoms": ("element", "F"),
    **{name: ("group", name.removesuffix("_groups")) for name in COUNTS if name.endswith("_groups")},
}


class Sense(NamedTuple):
    """One meaning of a phrase."""

    kind: str
    value: object


class Entry(NamedTuple):
    """A meaning, and the exact spellings it needs (empty: any)."""

    sense: Sense
    exact: str


_SPELLING = (
    (re.compile(r"iz(?=ation|ing|able|ed?s?$|er$)"), "is"),
    (re.compile("sulph"), "sulf"),
    (re.compile("colour"), "color"),
    (re.compile("favour"), "favor"),
    (re.compile("aluminum"), "aluminium"),
    (re.compile("fibre"), "fiber"),
    (re.compile("(?<=ent)re$"), "er"),
    (re.compile("(?<=met)re$"), "er"),
)


@lru_cache(maxsize=4096)
def key_of(word: str) -> str:
    """Fold a word to its lexicon key: case, British/American spelling, plural and underscores do not matter.

    Parameters
    ----------
    word : str
        A word of folded text.

    Returns
    -------
    str
        The key.
    """
    key = word.casefold().replace("_", "")[:60] or word
    for pattern, plain in _SPELLING:
        key = pattern.sub(plain, key)
    if len(key) > 3 and key.endswith("s") and not key.endswith(("ss", "us", "is", "'s")) and key.isalpha():
        key = key[:-1]
    return key


class Trie:
    """Phrases as nested dictionaries of word keys."""

    def __init__(self) -> None:
        self.root: dict[str, object] = {}

    def add(self, phrase: str, kind: str, value: object = None, *, exact: bool = False) -> None:
        """Add one sense of a phrase.

        Parameters
        ----------
        phrase : str
            The phrase as written.
        kind : str
            Kind of sense.
        value : object
            What it carries.
        exact : bool
            Require this very spelling (case included).
        """
        node = self.root
        for piece in PIECE.findall(phrase):
            if piece == "-":
                continue
            node = node.setdefault(key_of(piece), {})  # type: ignore[assignment]  # nested dictionaries
        entries = node.setdefault("", [])
        assert isinstance(entries, list)
        entry = Entry(Sense(kind, value), re.sub(r"[\s_-]", "", phrase) if exact else "")
        if entry not in entries:
            entries.append(entry)


def _add_comparators(trie: Trie) -> None:
    for operator, phrases in words.phrases()["comparators"].items():
        for phrase in phrases:
            trie.add(phrase, "cmp", operator)
    opposite = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}
    for operator, adjectives in ((">", words.MORE), ("<", words.LESS)):
        for adjective in adjectives:
            for tail in ("than", "then"):
                trie.add(f"{adjective} {tail}", "cmp", operator)
                trie.add(f"no {adjective} {tail}", "cmp", opposite[operator])
                trie.add(f"not {adjective} {tail}", "cmp", opposite[operator])
            for tail in ("than or equal to", "or equal to", "or equal than", "or equal"):
                trie.add(f"{adjective} {tail}", "cmp", operator + "=")
            for head in ("equal to or", "equal or", "equal or not"):
                trie.add(f"{head} {adjective} than", "cmp", operator + "=")
            for head in ("or", "and", "or even", "or any", "or slightly", "or preferably"):
                trie.add(f"{head} {adjective}", "post", operator + "=")
            trie.add(f"or {adjective} still", "post", operator + "=")
    for operator, phrases in words.phrases()["after"].items():
        for phrase in phrases:
            trie.add(phrase, "post", operator)


def _add_properties(trie: Trie) -> None:
    for item in all_properties().values():
        for name in (item.id.replace("_", " "), item.name, item.symbol, *item.aliases):
            short = len(name.replace("_", "").replace(" ", "")) <= 3
            one_letter = len(name.replace("_", "")) == 1
            if one_letter or name in words.WEAK_SYMBOLS:
                trie.add(name, "weak", item.id, exact=True)
            elif short:
                trie.add(name, "prop", item.id, exact=True)
                trie.add(name, "weak", item.id)
            else:
                trie.add(name, "prop", item.id)
    lists = words.phrases()
    for section, kind in (("names", "prop"), ("symbols", "weak"), ("inverse", "inverse"), ("verbs", "verb")):
        for identifier, names in lists[section].items():
            for name in names:
                trie.add(name, kind, identifier, exact=kind == "weak")
    for cause, names in lists["unknown"].items():
        for name in names:
            trie.add(name, "unknown", words.UNKNOWN_REASONS[cause], exact=len(name) <= 3)
    for phrase, kind, value in gas_phrases():
        trie.add(phrase, kind, value)


def _add_structure(trie: Trie) -> None:
    for symbol, names in ELEMENTS.items():
        trie.add(symbol, "elsym", symbol, exact=True)
        for name in names:
            adjective = name.endswith(("ated", "PFAS")) or name in {"fluoro", "chloro", "bromo"}
            trie.add(name, "adj" if adjective else "element", ("element", symbol))
    for word, symbols in ELEMENT_SETS.items():
        adjective = word.endswith("ated")
        for symbol in symbols:
            trie.add(word, "adjset" if adjective else "elementset", ("element", symbol))


def _add_groups(trie: Trie) -> None:
    for identifier, names in GROUPS.items():
        for name in names:
            adjective = name in words.GROUP_ADJECTIVES
            trie.add(name, "adj" if adjective else "group", ("group", identifier), exact=len(name) <= 3)
    for identifier, names in CLASSES.items():
        for name in names:
            bare = name in {"vinyl", "acrylic", "acrylate", "methacrylate", "conjugated", "styrenic"}
            trie.add(name, "adj" if bare else "class", ("class", identifier))
    for identifier, names in POLYMERISATIONS.items():
        for name in names:
            if identifier == "step_growth" and name in POLYMERISATIONS["polycondensation"]:
                continue
            kind = "maybe_route" if name in {"condensation", "radical", "metathesis", "free radical"} else "route"
            trie.add(name, kind, ("polymerisation", identifier))
    for identifier, names in COUNTS.items():
        for name in names:
            trie.add(name, "count", identifier)
            if identifier in COUNTED_GROUPS:
                kind, value = COUNTED_GROUPS[identifier]
                trie.add(name, kind, (kind, value))


def _add_more_structure(trie: Trie) -> None:
    lists = words.phrases()
    for symbol, names in lists["elements"].items():
        for name in names:
            trie.add(name, "element", ("element", symbol))
    for symbol, names in ELEMENTS.items():
        trie.add(f"{names[0]} atom", "element", ("element", symbol))
    for identifier, names in lists["groups"].items():
        for name in names:
            trie.add(name, "adj" if name in words.GROUP_ADJECTIVES else "group", ("group", identifier))
    for identifier, names in lists["classes"].items():
        for name in names:
            trie.add(name, "class", ("class", identifier), exact=len(name) <= 3)
    for identifier, names in lists["routes"].items():
        for name in names:
            trie.add(name, "route", ("polymerisation", identifier))


def _add_dispensable(trie: Trie) -> None:
    """Add "isn't essential", "no deal-breaker", "would be fantastic" and the like, which make soft."""
    for degree, head in product(("", "strictly ", "absolutely ", "really ", "so ", "that ", "too "), words.DISPENSERS):
        for need in words.NEEDS:
            trie.add(f"{head} {degree}{need}", "soft", need)
    for head, praise in product(("would be", "it'd be", "that'd be", "would really be"), words.PRAISES):
        trie.add(f"{head} {praise}", "soft", praise)
    for head, stop in product((*words.DISPENSERS, "no", "not be"), words.STOPPERS):
        for article in ("", "a ", "a real "):
            trie.add(f"{head} {article}{stop}", "soft", stop)


def _add_words(trie: Trie) -> None:
    for kind, phrases in words.phrases()["words"].items():
        for phrase in phrases:
            trie.add(phrase, kind, phrase)
    for phrase, wish in words.WISHES.items():
        trie.add(phrase, "wish", wish)
    for phrase in words.phrases()["refused"]["wish"]:
        trie.add(phrase, "refuse", words.REFUSED_REASON)


@lru_cache(maxsize=1)
def lexicon() -> Trie:
    """Build the one lexicon from the property registry, the vocabulary and the words of the grammar.

    Returns
    -------
    Trie
        All phrases.
    """
    trie = Trie()
    _add_comparators(trie)
    _add_properties(trie)
    _add_structure(trie)
    _add_groups(trie)
    _add_more_structure(trie)
    _add_words(trie)
    _add_dispensable(trie)
    return trie
