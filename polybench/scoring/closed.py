"""Answers from a closed or named set: choices, truth values, labels, rankings and sets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from polybench.task import Task
from polybench.wording import normal_item, normal_label

Score = tuple[float, bool, dict[str, Any]]


def score_mcq(task: Task, value: str) -> Score:
    """Mark a choice: the key of the right one."""
    right = value == task.answer
    return float(right), right, {}


def score_boolean(task: Task, value: bool) -> Score:
    """Mark a truth value."""
    right = value == task.answer
    return float(right), right, {}


def score_label(task: Task, value: str) -> Score:
    """Mark a label: the answer or an alias, in any case and punctuation; keys of choices count as their text."""
    names = [*(item for item in (task.answer,) if isinstance(item, str)), *task.aliases]
    accepted = {normal_label(task.choices.get(name, name)) for name in names}
    right = value in accepted
    return float(right), right, {}


def kendall_tau(first: Sequence[str], second: Sequence[str]) -> float:
    """Compare two orders of the same items.

    Parameters
    ----------
    first, second : sequence of str
        The same n distinct items, n at least 2.

    Returns
    -------
    float
        Kendall's tau, from -1 (reversed) to 1; without ties tau-a and tau-b are the same (Kendall, Biometrika
        1938, 30, 81).
    """
    place = {item: index for index, item in enumerate(second)}
    pairs = [place[left] < place[right] for left, right in combinations(first, 2)]
    return (2 * sum(pairs) - len(pairs)) / len(pairs)


def score_ranking(task: Task, value: Sequence[str]) -> Score:
    """Mark a ranking by Kendall's tau, no less than 0; an order of other items is worth nothing."""
    gold = task.answer if isinstance(task.answer, tuple) else ()
    if len(value) != len(gold) or set(value) != set(gold):
        return 0.0, False, {"tau": 0.0, "same_items": False}
    tau = kendall_tau(gold, value)
    return max(0.0, tau), tau == 1.0, {"tau": tau, "same_items": True}


def score_set(task: Task, value: Sequence[str]) -> Score:
    """Mark a set by F1, the harmonic mean of precision and recall; two empty sets agree.

    ``aliases`` of the form ``"name=item"`` give an item of the answer another name.
    """
    gold = {normal_item(item) for item in task.answer} if isinstance(task.answer, tuple) else set()
    other = {}
    for alias in task.aliases:
        name, _, item = alias.rpartition("=")
        if name and normal_item(item) in gold:
            other[normal_item(name)] = normal_item(item)
    given = {other.get(item, item) for item in value}
    if not gold and not given:
        return 1.0, True, {"precision": 1.0, "recall": 1.0}
    common = len(gold & given)
    precision = common / len(given) if given else 0.0
    recall = common / len(gold) if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if common else 0.0
    return f1, f1 == 1.0, {"precision": precision, "recall": recall}
