"""Choosing answers that are alternatives: no near-duplicates, not all of one family."""

from __future__ import annotations

from collections.abc import Sequence

from tools.chemistry.classes import main_class
from tools.chemistry.fingerprints import fingerprints, minmax_similarity
from tools.design.screen import Scored

SIMILAR = 0.72  # min-max similarity of count fingerprints above which two polymers are the same idea
POOL = 240  # best candidates that are compared


def diverse(
    scored: Sequence[Scored], n: int, *, similar: float = SIMILAR, most_of_a_class: int | None = None
) -> list[Scored]:
    """Choose the best candidates that differ from one another.

    Parameters
    ----------
    scored : sequence of Scored
        Candidates, best first.
    n : int
        How many to choose.
    similar : float
        Similarity above which two polymers count as one.
    most_of_a_class : int, optional
        At most so many of one main class as long as there are others; half of ``n`` when left out.

    Returns
    -------
    list of Scored
        At most ``n``, in order of their rank. Fewer if the rest are near-duplicates.
    """
    pool = list(scored[:POOL])
    if not pool:
        return []
    prints = fingerprints([item.polymer for item in pool])
    likeness = minmax_similarity(prints, prints)
    quota = most_of_a_class if most_of_a_class is not None else max(1, (n + 1) // 2)
    chosen: list[int] = []
    classes: dict[str, int] = {}
    for strict in (True, False):
        for i, item in enumerate(pool):
            if len(chosen) == n:
                break
            if i in chosen or any(likeness[i, j] > similar for j in chosen):
                continue
            name = main_class(item.polymer)
            if strict and classes.get(name, 0) >= quota:
                continue
            classes[name] = classes.get(name, 0) + 1
            chosen.append(i)
    return [pool[i] for i in sorted(chosen)]
