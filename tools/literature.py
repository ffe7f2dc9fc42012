"""Search of the literature over an injected retriever, with the names of polymers and properties expanded."""

from __future__ import annotations

from tools.chemistry.names import mentions
from tools.core.errors import InputError
from tools.core.evidence import Passage
from tools.core.properties import mentioned_properties
from tools.core.protocols import Retriever

MAX_EXPANSIONS = 24
_NAMES_EACH = 4  # synonyms of one polymer or property


def expand(query: str) -> tuple[str, ...]:
    """Collect other names of the polymers and properties that a query mentions.

    Parameters
    ----------
    query : str
        Words, such as ``"Tg of PMMA"``.

    Returns
    -------
    tuple of str
        Synonyms that the query does not hold itself, at most 24, such as ``"poly(methyl methacrylate)"`` and
        ``"glass transition temperature"``.
    """
    found: dict[str, None] = {}
    for entry in mentions(query):
        for name in entry.all_names[: 1 + _NAMES_EACH] + entry.abbreviations[:2]:
            found[name] = None
    for item in mentioned_properties(query):
        for name in (item.name, *item.aliases[: _NAMES_EACH - 1]):
            found[name] = None
    lowered = query.casefold()
    return tuple(name for name in found if name.casefold() not in lowered)[:MAX_EXPANSIONS]


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
