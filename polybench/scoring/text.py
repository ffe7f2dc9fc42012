"""Texts: which key points they make. A lexical match, blind to paraphrase and negation; a judge may take its place."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from polybench.numbers import read_all
from polybench.scoring.closed import Score
from polybench.scoring.numeric import within
from polybench.task import KeyPoint, Task, Tolerance

ENOUGH: Final = 0.6  # share of the content words of a key point that must occur
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)?")
_STOP = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "because", "been", "but", "by", "can", "do", "does", "for", "from",
    "had", "has", "have", "if", "in", "into", "is", "it", "its", "may", "more", "most", "not", "of", "on", "or",
    "so", "such", "than", "that", "the", "their", "then", "there", "these", "they", "this", "those", "to", "was",
    "were", "when", "where", "which", "while", "will", "with",
))  # fmt: skip
_NEGATIONS = frozenset(("not", "no", "never", "without", "neither", "nor", "cannot"))


def score_text(task: Task, value: str) -> Score:
    """Mark a text by the weighted share of its key points; without any, by the F1 of its words (a smoke test)."""
    text = value[:20_000]
    if not task.keypoints:
        share = word_f1(text, task.answer if isinstance(task.answer, str) else "")
        return share, share >= ENOUGH, {"word_f1": share}
    made = [makes_point(text, point) for point in task.keypoints]
    total = sum(point.weight for point in task.keypoints)
    share = sum(point.weight for point, found in zip(task.keypoints, made, strict=True) if found) / total
    return (1.0 if all(made) else share), all(made), {"points": sum(made), "of": len(made)}


def makes_point(text: str, point: KeyPoint) -> bool:
    """Say whether a text makes a point.

    Parameters
    ----------
    text : str
        The text.
    point : KeyPoint
        The point.

    Returns
    -------
    bool
        True if its number occurs (within its tolerance, in any unit of the dimension) and one of its phrases does. For
        a point without number and phrases, if at least 60 % of its content words occur, all its numbers among them, and
        its negation where it has one.
    """
    if point.number is not None:
        tolerance = Tolerance(rel=point.rel)
        if not any(within(found.value, point.number, tolerance) for found in read_all(text, point.unit)):
            return False
    if point.any_of:
        words = f" {' '.join(_words(text))} "
        return any(f" {' '.join(_words(phrase))} " in words for phrase in point.any_of if _words(phrase))
    if point.number is not None:
        return True
    return _says(text, point.text)


def _says(text: str, point: str) -> bool:
    said, wanted = _words(text), _words(point)
    present = {_stem(word) for word in said}
    content = [word for word in wanted if word not in _STOP] or wanted
    if any(word[0].isdigit() and word not in said for word in content):
        return False
    if _NEGATIONS & set(wanted) and not _NEGATIONS & set(said):
        return False
    found = sum(_stem(word) in present for word in content)
    return bool(content) and found >= ENOUGH * len(content)


def word_f1(text: str, answer: str) -> float:
    """Compare two texts by their words.

    Parameters
    ----------
    text, answer : str
        The texts.

    Returns
    -------
    float
        F1 of the words, counted as often as they occur, articles and the like left out.
    """
    left = Counter(_stem(word) for word in _words(text) if word not in _STOP)
    right = Counter(_stem(word) for word in _words(answer) if word not in _STOP)
    common = sum((left & right).values())
    return 2 * common / (left.total() + right.total()) if common else 0.0


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _stem(word: str) -> str:
    """Take plural and verb endings off longer words."""
    for ending in ("ing", "ies", "ed", "es", "s", "y"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word
