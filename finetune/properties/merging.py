"""Several numbers of one polymer become one: weighted median, spread, and half weight where they conflict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finetune.properties.tables import Labels

FloatArray = NDArray[np.float64]
Count = Callable[[int, str, str], None]

#: Values of one polymer that span more than so many times the label noise conflict.
CONFLICT: Final = 4.0
#: Polymers with two different values that it takes to estimate the noise.
LEAST_REPEATED: Final = 10
_LEAST_WEIGHT, _MOST_WEIGHT = 0.25, 4.0
_MOST_PAIRED = 30  # values of one polymer whose pairs are compared
_NORMAL_DIFFERENCE = 0.954  # median of |x - y| of two normal numbers of standard deviation one: 0.6745 sqrt(2)
_ZERO_CELSIUS, _ABOUT = 273.15, 1.0


@dataclass(frozen=True)
class Label:
    """One usable number.

    Attributes
    ----------
    value : float
        In model space.
    number : float
        In the canonical unit.
    weight : float
        Above zero.
    source : str
        Where it is from.
    row : int
        Row of the table.
    """

    value: float
    number: float
    weight: float
    source: str
    row: int


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """Return the value at which half of the weight is reached; between two if it is reached exactly.

    Parameters
    ----------
    values, weights : ndarray [n]
        Numbers and their weights above zero.

    Returns
    -------
    float
        The ordinary median if all weights are equal.
    """
    order = np.argsort(values, kind="stable")
    ordered, reached = values[order], np.cumsum(weights[order])
    half = reached[-1] / 2
    place = int(np.searchsorted(reached, half * (1 - 1e-12)))
    if abs(reached[place] - half) <= 1e-12 * reached[-1] and place + 1 < len(ordered):
        return float((ordered[place] + ordered[place + 1]) / 2)
    return float(ordered[place])


def label_noise(groups: Sequence[FloatArray]) -> float | None:
    """Estimate the standard deviation of one label from polymers with several.

    Parameters
    ----------
    groups : sequence of ndarray
        Values of each polymer.

    Returns
    -------
    float or None
        From the median difference of different values; None with fewer than ``LEAST_REPEATED`` such polymers. Equal
        values are mostly copies and say nothing about noise.
    """
    differences = []
    for values in groups:
        distinct = np.unique(values)[:_MOST_PAIRED]
        pairs = [abs(float(a - b)) for a, b in combinations(distinct, 2)]
        if pairs:
            differences.append(float(np.median(pairs)))
    if len(differences) < LEAST_REPEATED:
        return None
    return float(np.median(differences)) / _NORMAL_DIFFERENCE


def merge(labels: Mapping[str, Sequence[Label]], name: str, *, log: bool, kelvin: bool, count: Count) -> Labels:
    """Make one label per polymer.

    Parameters
    ----------
    labels : mapping of str to sequence of Label
        Numbers by unit of the polymer.
    name : str
        Property id.
    log : bool
        Whether model space is log10.
    kelvin : bool
        Whether the canonical unit is kelvin, so that Celsius may have been mixed in.
    count : callable
        Told (row, rule, code) of each row that a rule concerns.

    Returns
    -------
    Labels
        In ascending order of unit, with spreads.
    """
    units = tuple(sorted(labels))
    groups = [np.array([item.value for item in labels[unit]]) for unit in units]
    noise = label_noise(groups)
    medians, weights = np.zeros(len(units)), np.zeros(len(units))
    for place, unit in enumerate(units):
        items = labels[unit]
        given = np.array([item.weight for item in items])
        medians[place] = weighted_median(groups[place], given)
        weights[place] = given.sum() if len(set(given.tolist())) > 1 or given[0] != 1.0 else 1.0
        for item in items[1:]:
            count(item.row, "merged into another row of the same polymer", "repeated")
    if len(units):
        weights = np.clip(weights / np.median(weights), _LEAST_WEIGHT, _MOST_WEIGHT)
    for place, unit in enumerate(units):
        code = _conflict(groups[place], np.array([item.number for item in labels[unit]]), noise, kelvin=kelvin)
        if code:
            weights[place] /= 2
            count(labels[unit][0].row, "values of one polymer conflict: half weight", code)
    return Labels(
        name,
        units,
        medians,
        weights,
        tuple("+".join(sorted({item.source for item in labels[unit]})) for unit in units),
        log,
        spreads=np.array([float(np.ptp(values)) for values in groups]),
    )


def _conflict(values: FloatArray, numbers: FloatArray, noise: float | None, *, kelvin: bool) -> str:
    if len(values) < 2:
        return ""
    if kelvin:
        distinct = np.unique(numbers)[:_MOST_PAIRED]
        if any(abs(abs(float(a - b)) - _ZERO_CELSIUS) <= _ABOUT for a, b in combinations(distinct, 2)):
            return "differ_by_273"
    return "spread" if noise is not None and float(np.ptp(values)) > CONFLICT * noise else ""
