"""Comparison of runs on the same tasks: differences with paired bootstrap intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from pydantic import BaseModel, ConfigDict

from polybench.aggregate import RESAMPLES, group, interval, resampled, rolled_up, subtask_means
from polybench.scoring.mark import Mark
from polybench.task import Task
from tools.core.errors import InputError


class Difference(BaseModel):
    """How much better a run is than the first, on one part of the exam.

    Attributes
    ----------
    value : float
        Difference of the scores.
    lower, upper : float or None
        Interval of 95 % over resampled polymers, the same for both runs; None where there is but one.
    gained, lost : int
        Tasks that this run alone has right in full, and that the first alone has: between a run without tools and one
        with them, the tasks that needed tools, and those that tools spoilt.
    """

    model_config = ConfigDict(frozen=True)

    value: float
    lower: float | None
    upper: float | None
    gained: int
    lost: int

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.lower is not None and self.upper is not None and (self.lower > 0 or self.upper < 0)


class Row(BaseModel):
    """One part of the exam.

    Attributes
    ----------
    part : str
        "macro", a category, or "category/subtask".
    n : int
        Tasks.
    scores : dict of str to float
        By run.
    differences : dict of str to Difference
        By run, from the first; without the first.
    """

    model_config = ConfigDict(frozen=True)

    part: str
    n: int
    scores: dict[str, float]
    differences: dict[str, Difference]


def compare(
    tasks: Sequence[Task], runs: Mapping[str, Sequence[Mark]], *, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[Row, ...]:
    """Compare runs on the same tasks.

    Parameters
    ----------
    tasks : sequence of Task
        The exam.
    runs : mapping of str to sequence of Mark
        Marks of each run, in the order of the tasks; the first is what the others are compared with.
    seed : int
        Of the bootstrap.
    resamples : int
        How often polymers are drawn.

    Returns
    -------
    tuple of Row
        The macro score, the categories, and the subtasks.

    Raises
    ------
    InputError
        If there are fewer than two runs, or they were marked on other tasks.
    """
    if len(runs) < 2:
        raise InputError("A comparison takes at least two runs.")
    for (name, first), (other, second) in pairwise(runs.items()):
        if [mark.id for mark in first] != [mark.id for mark in second]:
            raise InputError(f"{name} and {other} were marked on different tasks.", hint="Score both on the same file.")
    groups = group(tasks)
    values = np.array([[mark.score for mark in marks] for marks in runs.values()]).T
    means = subtask_means(groups, values)
    draws = resampled(groups, values, seed=seed, resamples=resamples)
    tops, top_draws = rolled_up(groups, means), rolled_up(groups, draws)
    members = {name: [task.category == name for task in tasks] for name in tops}
    members["macro"] = [task.category != "agentic" for task in tasks]
    names = list(runs)
    right = np.array([[mark.correct for mark in marks] for marks in runs.values()]).T
    rows = [
        _row(part, np.flatnonzero(members[part]), tops[part], top_draws[part], names, groups.cluster, right)
        for part in sorted(tops, key=lambda part: (part != "macro", part == "agentic", part))
    ]
    for place, (category, subtask) in enumerate(groups.names):
        inside = np.flatnonzero(groups.member == place)
        rows.append(_row(f"{category}/{subtask}", inside, means[place], draws[:, place], names, groups.cluster, right))
    return tuple(rows)


def _row(
    part: str,
    inside: np.ndarray,
    scores: np.ndarray,
    draws: np.ndarray,
    names: Sequence[str],
    cluster: np.ndarray,
    right: np.ndarray,
) -> Row:
    alone = len(np.unique(cluster[inside])) < 2
    differences = {}
    for place, name in enumerate(names[1:], start=1):
        low, high = interval(draws[:, place] - draws[:, 0]) if not alone else (math.nan, math.nan)
        known = math.isfinite(low)
        mine, first = right[inside, place], right[inside, 0]
        differences[name] = Difference(
            value=float(scores[place] - scores[0]),
            lower=low if known else None,
            upper=high if known else None,
            gained=int((mine & ~first).sum()),
            lost=int((first & ~mine).sum()),
        )
    shown = {name: float(score) for name, score in zip(names, scores, strict=True)}
    return Row(part=part, n=len(inside), scores=shown, differences=differences)
