"""Search of the literature over an injected retriever, with the names of polymers and properties expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from tools.chemistry import handbook
from tools.chemistry.handbook import Entry
from tools.chemistry.names import mentions
from tools.core.errors import InputError, StructureError
from tools.core.evidence import Passage
from tools.core.polymer import Polymer
from tools.core.properties import mentioned_properties
from tools.core.protocols import Retriever

MAX_EXPANSIONS = 24
_NAMES_EACH = 4  # synonyms of one polymer or property
_NAMES_OF_CHOICE = 2  # of each polymer that an abbreviation may mean
_MAX_UNITS = 3  # repeat units that are looked up in one query
_READ = 2000  # characters of a query

# Abbreviations of whole classes, which name no one polymer; PI is also read as polyisoprene in work on rubber.
_CLASS_ABBREVIATIONS = {
    "PI": ("polyimide", "polyisoprene"),
    "PA": ("polyamide", "nylon"),
    "PU": ("polyurethane",),
    "PUR": ("polyurethane",),
    "LCP": ("liquid crystalline polymer",),
    "PIM": ("polymer of intrinsic microporosity",),
    "PIMs": ("polymers of intrinsic microporosity",),
}


@dataclass(frozen=True)
class Understood:
    """How the names in a query are understood.

    Attributes
    ----------
    names : tuple of str
        Other names to search for, none of which the query holds itself.
    ambiguous : dict of str to tuple of str
        Abbreviations that stand for several things, with what they may mean; all are searched for.
    """

    names: tuple[str, ...]
    ambiguous: dict[str, tuple[str, ...]] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _shared_abbreviations() -> dict[str, tuple[Entry, ...]]:
    """Abbreviations that the handbook gives to several polymers."""
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in handbook.load():
        for short in entry.abbreviations:
            found[short] = (*found.get(short, ()), entry)
    return {short: entries for short, entries in found.items() if len(entries) > 1}


def _says(query: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", query) is not None


def _spelled_out(query: str, entry: Entry) -> bool:
    """Say whether a query holds one of a polymer's names in full."""
    lowered = query.casefold()
    return any(name.casefold() in lowered for name in (entry.name, *entry.other_names))


def _ambiguities(query: str) -> dict[str, tuple[Entry, ...]]:
    """Shared abbreviations in a query, with the polymers that they may mean there."""
    found = {}
    for short, entries in _shared_abbreviations().items():
        if _says(query, short):
            named = tuple(entry for entry in entries if _spelled_out(query, entry))
            found[short] = named or entries
    return found


def _units(query: str) -> Iterator[Entry]:
    """The handbook's polymers whose repeat units stand in a query."""
    words = [word.strip(",;?\"'") for word in query.split() if "*" in word][:_MAX_UNITS]
    for word in words:
        try:
            yield from handbook.by_key().get(Polymer.from_smiles(word).key, ())[:1]
        except StructureError:
            continue  # an asterisk in prose, or a unit that cannot be read: the words are searched for as they stand


def understand(query: str) -> Understood:
    """Find what the names, abbreviations, repeat units and symbols in a query stand for.

    An abbreviation of several polymers is narrowed down to those that the query names in full; else all are kept, with
    fewer names each, and told.

    Parameters
    ----------
    query : str
        Words, such as ``"Tg of PMMA"`` or ``"permeability of *CC(*)c1ccccc1"``; the first 2,000 characters are read.

    Returns
    -------
    Understood
        At most 24 other names, such as ``"poly(methyl methacrylate)"`` and ``"glass transition temperature"``, and the
        abbreviations that are ambiguous.
    """
    read = query[:_READ]
    shared = _ambiguities(read)
    open_ones = {short: entries for short, entries in shared.items() if len(entries) > 1}
    chosen = {entry.name for entries in shared.values() for entry in entries}
    excluded = {e.name for short in shared for e in _shared_abbreviations()[short]} - chosen
    unclear = {entry.name for entries in open_ones.values() for entry in entries}
    found: dict[str, None] = {}
    for entry in (*_units(read), *mentions(read)):
        if entry.name in excluded:
            continue
        each = _NAMES_OF_CHOICE if entry.name in unclear else 1 + _NAMES_EACH
        shorts = () if entry.name in unclear else entry.abbreviations[:2]
        found.update(dict.fromkeys(entry.all_names[:each] + shorts))
    classes = {short: names for short, names in _CLASS_ABBREVIATIONS.items() if _says(read, short)}
    for names in classes.values():
        found.update(dict.fromkeys(names))
    for item in mentioned_properties(read):
        found.update(dict.fromkeys((item.name, *item.aliases[: _NAMES_EACH - 1])))
    lowered = query.casefold()
    told = {short: tuple(entry.name for entry in entries) for short, entries in open_ones.items()}
    told.update({short: names for short, names in classes.items() if short == "PI"})
    return Understood(tuple(name for name in found if name.casefold() not in lowered)[:MAX_EXPANSIONS], told)


def expand(query: str) -> tuple[str, ...]:
    """Collect other names of the polymers and properties that a query mentions.

    Parameters
    ----------
    query : str
        Words, such as ``"Tg of PMMA"``.

    Returns
    -------
    tuple of str
        The names of ``understand``.
    """
    return understand(query).names


def search_literature(query: str, retriever: Retriever, k: int = 8) -> list[Passage]:
    """Search the indexed literature and the shipped notes.

    Parameters
    ----------
    query : str
        A question or key words; abbreviations of polymers and symbols of properties are understood.
    retriever : Retriever
        Where to search, such as ``index.search.HybridIndex``.
    k : int
        How many passages at most.

    Returns
    -------
    list of Passage
        Best first, each with its exact text, offsets, document and reference.

    Raises
    ------
    InputError
        If the query is empty or k is below 1.
    """
    if not query.strip():
        raise InputError("The query is empty.", hint="Say in words what to look for.")
    if k < 1:
        raise InputError(f"{k} passages were asked for; ask for at least 1.")
    return retriever.search(query, k, expansions=expand(query))
