"""Sentences of a text, each an exact substring."""

from __future__ import annotations

import re

# A sentence ends at . ! or ? before white space and a capital, a digit or a quote; abbreviations are joined again,
# but "105 °C." and "300 K." end one.
_BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“(])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|al|Fig|Eq|Ref|ca|approx|No|Dr|St)\.|(?<!°)(?<!\d\s)\b[A-Z]\.)$")


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
