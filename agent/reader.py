"""Reading passages without tools: exact sentences that answer a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from agent.conflicts import Conflict, conflict_claim, find_conflicts, point_of
from agent.evidence import Claim, Ledger, Quote
from agent.hygiene import Screen
from agent.records import Record, records_in
from agent.sentences import sentences
from tools.core.evidence import Passage

__all__ = ["disagreements", "read", "recorded", "sentences", "stems", "without_outvoted"]

_SPOILT = 2.0  # what a passage loses that also speaks to its reader: as much as eight places in the search
_FIT = 4.0  # weight of a full answer, in shared words
_WORD = re.compile(r"[a-z0-9]{2,}")
_STOP = frozenset((
    "the", "of", "and", "to", "in", "is", "are", "for", "with", "by", "on", "at", "an", "as", "be", "or",
    "from", "that", "which", "what", "how", "do", "does", "it", "its", "this", "these", "their", "than",
    "can", "a", "polymer", "polymers", "determine", "determines",
))  # fmt: skip


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
    passages: Iterable[Passage],
    query: str,
    limit: int = 2,
    longest: int = 400,
    *,
    skip: Collection[str] = (),
    screen: Screen | None = None,
    fits: Callable[[str, Passage], float] | None = None,
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
    screen : Screen, optional
        Says what may be quoted, and counts what may not.
    fits : callable, optional
        Says how well a sentence of a passage answers; 0 leaves it out. By default shared words decide.

    Returns
    -------
    list of Claim
        Claims that quote their sentence word for word.
    """
    wanted = stems(query)
    found, screen = list(passages), screen or Screen()
    screen.consider(found)
    best: dict[str, tuple[float, int, Claim]] = {}
    for rank, passage in enumerate(found):
        quotable = screen.quotable(passage)
        behind = 0.25 * rank + _SPOILT * screen.spoilt(passage)
        for sentence in quotable:
            overlap = len(wanted & stems(sentence))
            if (fits is None and overlap < min(2, len(wanted))) or len(sentence) > longest or sentence in skip:
                continue
            fit = fits(sentence, passage) if fits is not None else 1.0
            if not fit:
                continue
            score = overlap + _FIT * fit - behind
            claim = Claim(text=f"“{sentence}”", quotes=(Quote(passage=passage.id, text=sentence),))
            if passage.document_id not in best or score > best[passage.document_id][0]:
                best[passage.document_id] = (score, rank, claim)
    ranked = sorted(best.values(), key=lambda item: (-item[0], item[1]))
    return [claim for _, _, claim in ranked[:limit]]


def recorded(passages: Iterable[Passage], screen: Screen) -> list[Record]:
    """Read the values that passages state, by rules.

    Parameters
    ----------
    passages : iterable of Passage
        Passages.
    screen : Screen
        Says what may be quoted.

    Returns
    -------
    list of Record
        In the order of the passages; passages known to be retracted are left out.
    """
    found = [passage for passage in passages if not passage.retracted]
    screen.consider(found)
    return [
        item for passage in found for sentence in screen.quotable(passage) for item in records_in(sentence, passage)
    ]


def disagreements(
    records: Iterable[Record], passages: Iterable[Passage], properties: Collection[str], ledger: Ledger
) -> tuple[list[Claim], list[Conflict]]:
    """Put into sentences where sources disagree on properties.

    Parameters
    ----------
    records : iterable of Record
        What the passages state.
    passages : iterable of Passage
        The passages.
    properties : collection of str
        Ids of the properties that matter.
    ledger : Ledger
        Where passages, values and counts are entered.

    Returns
    -------
    list of Claim
        One for each conflict.
    list of Conflict
        The conflicts.
    """
    known = {passage.id: passage for passage in passages}
    conflicts = find_conflicts((point_of(item) for item in records if item.property in properties), ledger)
    claims = []
    for conflict in conflicts:
        claim = conflict_claim(conflict, ledger)
        for quote in claim.quotes:
            ledger.add_passage(known[quote.passage])
        claims.append(claim)
    return claims, conflicts


def without_outvoted(claims: list[Claim], conflicts: Sequence[Conflict]) -> list[Claim]:
    """Leave out claims whose quote another side of a conflict outvotes; the conflict shows it.

    Parameters
    ----------
    claims : list of Claim
        Claims.
    conflicts : sequence of Conflict
        Conflicts among what they quote.

    Returns
    -------
    list of Claim
        The others.
    """
    beaten = frozenset(quote for conflict in conflicts for quote in conflict.outvoted)
    return [claim for claim in claims if beaten.isdisjoint(claim.quotes)]
