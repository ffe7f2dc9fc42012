"""Aggregates: subtasks, categories, macro score, the compositionality gap, with bootstrap intervals over polymers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from polybench.scoring.mark import Mark
from polybench.scoring.numeric import coverage, regression
from polybench.task import CATEGORIES, Task

FloatArray = NDArray[np.float64]

RESAMPLES: Final = 1000
LEVEL: Final = 0.95
_BATCH: Final = 50  # resamples that are drawn at once


@dataclass(frozen=True)
class Groups:
    """Where each task belongs, as numbers.

    Attributes
    ----------
    names : tuple of (str, str)
        Category and subtask of every subtask, sorted.
    member : ndarray [n] of int
        Subtask of each task.
    cluster : ndarray [n] of int
        Polymer with which each task is drawn.
    """

    names: tuple[tuple[str, str], ...]
    member: NDArray[np.int64]
    cluster: NDArray[np.int64]


def group(tasks: Sequence[Task]) -> Groups:
    """Sort tasks into subtasks and clusters of the bootstrap.

    Parameters
    ----------
    tasks : sequence of Task
        The exam, n tasks.

    Returns
    -------
    Groups
        A task about several polymers goes with the one of them that most tasks share (the first by key among equals);
        a task about none stands alone.
    """
    names = tuple(sorted({(task.category, task.subtask) for task in tasks}))
    place = {name: index for index, name in enumerate(names)}
    often = Counter(key for task in tasks for key in set(task.polymer_keys))
    anchors = [
        "k" + min(task.polymer_keys, key=lambda key: (-often[key], key)) if task.polymer_keys else "t" + task.id
        for task in tasks
    ]
    number = {anchor: index for index, anchor in enumerate(dict.fromkeys(anchors))}
    member = np.array([place[task.category, task.subtask] for task in tasks], dtype=np.int64)
    return Groups(names, member, np.array([number[anchor] for anchor in anchors], dtype=np.int64))


def resampled(groups: Groups, values: FloatArray, *, seed: int, resamples: int = RESAMPLES) -> FloatArray:
    """Draw polymers with replacement and take the mean of every subtask anew.

    Parameters
    ----------
    groups : Groups
        Of n tasks in g subtasks.
    values : ndarray [n, m]
        m numbers for each task, such as the scores of m runs.
    seed : int
        The same seed draws the same polymers, whatever the values.
    resamples : int
        How often.

    Returns
    -------
    ndarray [resamples, g, m]
        Means; NaN where a subtask was not drawn. Efron and Tibshirani, An Introduction to the Bootstrap, 1993.
    """
    from scipy import sparse

    n, runs = values.shape
    subtasks = len(groups.names)
    clusters = int(groups.cluster.max()) + 1 if n else 0
    columns = np.column_stack([np.ones(n), values])
    tables = [
        sparse.csr_matrix((column, (groups.cluster, groups.member)), shape=(clusters, subtasks)) for column in columns.T
    ]
    table = sparse.hstack(tables, format="csr").T.tocsr()
    rng = np.random.default_rng(seed)
    out = np.empty((resamples, subtasks, runs))
    for start in range(0, resamples, _BATCH):
        count = min(_BATCH, resamples - start)
        drawn = rng.integers(0, clusters, size=(count, clusters))
        weights = np.stack([np.bincount(row, minlength=clusters) for row in drawn], axis=1)
        sums = np.asarray(table @ weights).reshape(runs + 1, subtasks, count)
        with np.errstate(invalid="ignore", divide="ignore"):
            out[start : start + count] = np.moveaxis(sums[1:] / sums[:1], 2, 0).transpose(0, 2, 1)
    return out


def rolled_up(groups: Groups, means: FloatArray) -> dict[str, FloatArray]:
    """Take means of subtasks to categories and to the macro score.

    Parameters
    ----------
    groups : Groups
        The subtasks, g of them.
    means : ndarray [..., g, m]
        Mean of every subtask.

    Returns
    -------
    dict of str to ndarray [..., m]
        By category (mean over its subtasks) and under "macro" (mean over those of the six categories that are there;
        "agentic" stands beside them).
    """
    found: dict[str, FloatArray] = {}
    for category in dict.fromkeys(name for name, _ in groups.names):
        places = [index for index, name in enumerate(groups.names) if name[0] == category]
        found[category] = _nanmean(means[..., places, :], axis=-2)
    six = [found[category] for category in CATEGORIES if category in found]
    if six:
        found["macro"] = _nanmean(np.stack(six), axis=0)
    return found


def _nanmean(values: FloatArray, axis: int) -> FloatArray:
    there = ~np.isnan(values)
    count = there.sum(axis=axis)
    total = np.where(there, values, 0.0).sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(count > 0, total / count, np.nan))


def interval(draws: FloatArray) -> tuple[float, float]:
    """Return the percentile interval of 95 % of resampled values; NaN where nothing was drawn."""
    kept = draws[~np.isnan(draws)]
    if not len(kept):
        return float("nan"), float("nan")
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(kept, [tail, 1 - tail])
    return float(low), float(high)


def subtask_means(groups: Groups, values: FloatArray) -> FloatArray:
    """Return the mean of every subtask.

    Parameters
    ----------
    groups : Groups
        Of n tasks in g subtasks.
    values : ndarray [n, m]
        Numbers for each task.

    Returns
    -------
    ndarray [g, m]
        Means.
    """
    count = np.bincount(groups.member, minlength=len(groups.names))
    sums = [np.bincount(groups.member, weights=column, minlength=len(groups.names)) for column in values.T]
    return np.asarray(np.column_stack(sums) / count[:, None])


def compositionality_gap(tasks: Sequence[Task], marks: Mapping[str, Mark]) -> dict[str, float | int | None]:
    """Return the share of composites that are wrong although every one of their sub-questions is right.

    Parameters
    ----------
    tasks : sequence of Task
        The exam.
    marks : mapping of str to Mark
        By task id.

    Returns
    -------
    dict
        ``gap`` (None where there is nothing to count), ``n`` (composites whose sub-questions are all right),
        ``composites`` (all whose sub-questions are in the exam), ``incomplete`` (those with one that is not),
        ``right_without`` (composites right although a sub-question is wrong). After Press et al., Measuring and
        Narrowing the Compositionality Gap in Language Models, arXiv 2210.03350.
    """
    whole = incomplete = eligible = wrong = lucky = 0
    for task in tasks:
        parts = task.composition.subq_ids if task.composition else ()
        if not parts:
            continue
        if any(part not in marks for part in parts):
            incomplete += 1
            continue
        whole += 1
        if all(marks[part].correct for part in parts):
            eligible += 1
            wrong += not marks[task.id].correct
        else:
            lucky += marks[task.id].correct
    gap = wrong / eligible if eligible else None
    return {"gap": gap, "n": eligible, "composites": whole, "incomplete": incomplete, "right_without": lucky}


def metrics_of(tasks: Sequence[Task], marks: Sequence[Mark]) -> dict[str, Any]:
    """Sum up the details of one subtask: error of numbers, tau, validity, constraints.

    Parameters
    ----------
    tasks, marks : sequence of Task, of Mark
        Of one subtask, in the same order.

    Returns
    -------
    dict
        Means over what was read, with ``numbers`` (one entry for each property and unit) and ``coverage``.
    """
    found: dict[str, Any] = {}
    pairs = [(task, mark) for task, mark in zip(tasks, marks, strict=True) if mark.parsed]
    numeric = [(task, mark.detail) for task, mark in pairs if "gold" in mark.detail]
    if numeric:
        kinds = sorted({(task.property, task.unit) for task, _ in numeric})
        found["numbers"] = [
            {"property": name, "unit": unit} | regression(
                [detail["gold"] for task, detail in numeric if (task.property, task.unit) == (name, unit)],
                [detail["value"] for task, detail in numeric if (task.property, task.unit) == (name, unit)],
            )
            for name, unit in kinds
        ]  # fmt: skip
        found["coverage"] = coverage([detail for _, detail in numeric])
    ranked = [mark for task, mark in zip(tasks, marks, strict=True) if task.answer_type == "ranking"]
    if ranked:
        found["kendall_tau"] = _mean([mark.detail.get("tau", 0.0) for mark in ranked])
        found["exact"] = _mean([mark.correct for mark in ranked])
    for name in ("precision", "recall", "valid", "tanimoto", "constraints_met", "properties_met", "ring_topologies"):
        values = [mark.detail[name] for _, mark in pairs if mark.detail.get(name) is not None]
        if values:
            found[name] = _mean(values)
    return found


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(np.asarray(values, dtype=np.float64)))
