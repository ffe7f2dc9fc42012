"""The piece of a passage that answers a query best: whole sentences, with offsets, as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from index.words import sentences, stems

MAX_SNIPPET = 320  # characters


class Snippet(BaseModel):
    """An exact piece of a passage: ``passage.text[start:end]``.

    Attributes
    ----------
    text : str
        The piece; data, to be shown as plain text and never as mark-up.
    start, end : int
        Character offsets in the passage's text.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    start: int
    end: int


def snippet(query: str, text: str, expansions: Sequence[str] = (), limit: int = MAX_SNIPPET) -> Snippet:
    """Choose the run of sentences that holds most of a query's words.

    Parameters
    ----------
    query : str
        The query.
    text : str
        Text of a passage.
    expansions : sequence of str
        Other names; their words count half.
    limit : int
        Characters at most; one longer sentence is cut at white space, around the first word of the query.

    Returns
    -------
    Snippet
        The earliest of the best runs, with white space at its ends left out.
    """
    asked = dict.fromkeys((s for e in expansions for s in stems(e)), 0.5) | dict.fromkeys(stems(query), 1.0)
    spans = list(sentences(text))
    held = [asked.keys() & set(stems(text[start:end])) for start, end in spans]
    best, chosen = -1.0, (0, 0)
    for first in range(len(spans)):
        words: set[str] = set()
        for last in range(first, len(spans)):
            if last > first and spans[last][1] - spans[first][0] > limit:
                break
            words |= held[last]
            worth = sum(asked[word] for word in words) - 0.01 * (last - first)  # of two that hold as much, the shorter
            if worth > best:
                best, chosen = worth, (first, last)
    start, end = spans[chosen[0]][0], spans[chosen[1]][1]
    if end - start > limit:
        start, end = _cut(text, start, end, limit, set(asked))
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end = max(start, end - (len(piece) - len(piece.rstrip())))
    return Snippet(text=text[start:end], start=start, end=end)


def _cut(text: str, start: int, end: int, limit: int, asked: set[str]) -> tuple[int, int]:
    """A window in one long sentence: from a little before the first word that is asked for."""
    place = start
    for word in text[start:end].split():
        found = text.index(word, place)
        if asked & set(stems(word)):
            place = found
            break
        place = found + len(word)
    else:
        place = start
    left = max(start, min(place - limit // 4, end - limit))
    if left > start:
        gap = text.find(" ", left, place)
        left = gap + 1 if gap >= 0 else left
    right = min(end, left + limit)
    if right < end:
        gap = text.rfind(" ", left + 1, right)
        right = gap if gap > left else right
    return left, right
