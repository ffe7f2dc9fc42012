"""Numbers: within tolerance one by one, and error, R2 and coverage over many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from polybench.numbers import Quantity
from polybench.scoring.closed import Score
from polybench.task import Task, Tolerance
from tools.core.units import compatible, convert

ASSUMED: Final = Tolerance(rel=0.1)  # where a task names none; said in every report
_ROUNDING: Final = 1e-9  # a number on the edge of its tolerance counts as within


def within(value: float, gold: float, tolerance: Tolerance, unit: str = "") -> bool:
    """Say whether a number is right.

    Parameters
    ----------
    value, gold : float
        The number and the right one, in the same unit.
    tolerance : Tolerance
        Any part of it that is met is enough.
    unit : str
        Unit of both; shares of a temperature are taken from its value in kelvin, wherever the scale begins.

    Returns
    -------
    bool
        True if it is within the tolerance.
    """
    step, zero = _scale(unit)
    value, gold = (value - zero) * step, (gold - zero) * step
    slack = _ROUNDING * max(1e-300, abs(gold))
    error = abs(value - gold)
    if tolerance.abs is not None and error <= tolerance.abs * step + slack:
        return True
    if tolerance.rel is not None and error <= tolerance.rel * abs(gold) + slack:
        return True
    if tolerance.factor is not None and value * gold > 0:
        return max(value / gold, gold / value) <= tolerance.factor * (1 + _ROUNDING)
    return error <= slack


@lru_cache(maxsize=256)
def _scale(unit: str) -> tuple[float, float]:
    """Return the size of a unit and where zero lies on it: other than 1 and 0 for temperatures alone."""
    if not unit or not compatible(unit, "K"):
        return 1.0, 0.0
    step = convert(1.0, unit, "K") - convert(0.0, unit, "K")
    return step, -convert(0.0, unit, "K") / step


def score_numeric(task: Task, value: Quantity) -> Score:
    """Mark a number: 1 within the tolerance of the task (10 % where it names none), else 0."""
    gold = float(task.answer) if isinstance(task.answer, int | float) else float("nan")
    right = within(value.value, gold, task.tolerance or ASSUMED, task.unit)
    detail: dict[str, Any] = {"value": value.value, "gold": gold}
    if value.lower is not None and value.upper is not None:
        detail |= {"lower": value.lower, "upper": value.upper, "level": value.level}
    return float(right), right, detail


def regression(gold: ArrayLike, value: ArrayLike) -> dict[str, float | int | None]:
    """Sum up errors of numbers.

    Parameters
    ----------
    gold, value : array_like [n]
        Right and given numbers in one unit.

    Returns
    -------
    dict
        ``n``, ``mae``, ``rmse``, ``r2`` (None below two numbers or for equal right ones) and ``median_error``.
    """
    right, given = np.asarray(gold, dtype=np.float64), np.asarray(value, dtype=np.float64)
    if not len(right):
        return {"n": 0, "mae": None, "rmse": None, "r2": None, "median_error": None}
    error = given - right
    spread = float(np.sum((right - right.mean()) ** 2))
    squares = float(np.sum(error**2))
    return {
        "n": len(right),
        "mae": float(np.mean(np.abs(error))),
        "rmse": float(np.sqrt(squares / len(right))),
        "r2": 1.0 - squares / spread if len(right) > 1 and spread > 0 else None,
        "median_error": float(np.median(np.abs(error))),
    }


def coverage(details: Sequence[dict[str, Any]]) -> list[dict[str, float | int | None]]:
    """Count how often stated intervals hold the right number.

    Parameters
    ----------
    details : sequence of dict
        Details of numeric marks.

    Returns
    -------
    list of dict
        One for each nominal level that was stated (None where none was): ``level``, ``n``, ``covered`` (share) and
        ``width`` (median, as a share of the size of the right number; None where that is 0).
    """
    groups: dict[float | None, list[dict[str, Any]]] = {}
    for detail in details:
        if "lower" in detail:
            groups.setdefault(detail["level"], []).append(detail)
    rows: list[dict[str, float | int | None]] = []
    for level in sorted(groups, key=lambda item: -1.0 if item is None else item):
        found = groups[level]
        held = [item["lower"] <= item["gold"] <= item["upper"] for item in found]
        widths = [(item["upper"] - item["lower"]) / abs(item["gold"]) for item in found if item["gold"]]
        rows.append(
            {
                "level": level,
                "n": len(found),
                "covered": sum(held) / len(held),
                "width": float(np.median(widths)) if widths else None,
            }
        )
    return rows
