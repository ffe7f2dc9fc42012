"""Reading passages without tools: exact sentences that answer a query."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from agent.evidence import Claim, Quote
from tools.core.evidence import Passage

# A sentence ends at . ! or ? before white space and a capital, a digit or a quote; abbreviations are joined again.
_BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“(])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|al|Fig|Eq|Ref|ca|approx|No|Dr|St)\.|\b[A-Z]\.)$")
_WORD = re.compile(r"[a-z0-9]{2,}")
_STOP = frozenset((
    "the", "of", "and", "to", "in", "is", "are", "for", "with", "by", "on", "at", "an", "as", "be", "or",
    "from", "that", "which", "what", "how", "do", "does", "it", "its", "this", "these", "their", "than",
    "can", "a", "polymer", "polymers", "determine", "determines",
))  # fmt: skip


def sentences(text: str) -> list[str]:
    """Split a text into sentences, each an exact substring.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    list of str
        Sentences in order.
    """
    found: list[str] = []
    start = 0
    for match in _BREAK.finditer(text):
        piece = text[start : match.start()]
        if _ABBREVIATION.search(piece):
            continue
        found.append(piece)
        start = match.end()
    found.append(text[start:])
    return [piece.strip() for piece in found if piece.strip()]


def stems(text: str) -> frozenset[str]:
    """Return the content words of a text, cut to six letters.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    frozenset of str
        Word stems.
    """
    return frozenset(word[:6] for word in _WORD.findall(text.casefold()) if word not in _STOP)


def read(
    passages: Iterable[Passage], query: str, limit: int = 2, longest: int = 400, *, skip: Collection[str] = ()
) -> list[Claim]:
    """Pick the sentences that say most about a query, at most one per document.

    Parameters
    ----------
    passages : iterable of Passage
        Passages, best first.
    query : str
        What is asked.
    limit : int
        Sentences at most.
    longest : int
        Longest sentence that is quoted, in characters.
    skip : collection of str
        Sentences that were quoted already.

    Returns
    -------
    list of Claim
        Claims that quote their sentence word for word.
    """
    wanted = stems(query)
    best: dict[str, tuple[float, int, Claim]] = {}
    for rank, passage in enumerate(passages):
        for sentence in sentences(passage.text):
            overlap = len(wanted & stems(sentence))
            if overlap < min(2, len(wanted)) or len(sentence) > longest or sentence in skip:
                continue
            score = overlap - 0.25 * rank
            claim = Claim(text=f"“{sentence}”", quotes=(Quote(passage=passage.id, text=sentence),))
            if passage.document_id not in best or score > best[passage.document_id][0]:
                best[passage.document_id] = (score, rank, claim)
    ranked = sorted(best.values(), key=lambda item: (-item[0], item[1]))
    return [claim for _, _, claim in ranked[:limit]]
