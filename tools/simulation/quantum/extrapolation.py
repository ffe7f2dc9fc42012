"""From oligomers to the chain: coupled units for conjugated chains, the plateau for the others.

The orbitals of n equal units, each coupled to the next, lie at cosines of pi / (n + 1) (C. A. Coulson's result for
Hückel chains), so the gap is linear in cos(pi / (n + 1)); W. Kuhn's formula (Helv. Chim. Acta 1948, 31, 1780) is that
for the square of the energy and bends GFN2-xTB gaps far too low. The limit from few short oligomers depends on the form
of the curve (K. Razi Naqvi, arXiv:1512.05708), so the error counts the distance to the other customary form, 1/n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi
from typing import Literal

import numpy as np
import numpy.typing as npt

Form = Literal["coupled units", "plateau", "slope", "single"]


@dataclass(frozen=True)
class Limit:
    """What a series of oligomers tends to.

    Attributes
    ----------
    value : float
        The limit, in the unit of the series.
    error : float or None
        Uncertainty of the extrapolation alone; None from a single oligomer, which has none to show.
    form : {"coupled units", "plateau", "slope", "single"}
        How it was found.
    """

    value: float
    error: float | None
    form: Form


def gap_limit(units: Sequence[int], gaps: Sequence[float], *, along: bool) -> Limit:
    """Extrapolate the gap of oligomers to the chain.

    Parameters
    ----------
    units : sequence of int
        Repeat units of each oligomer, ascending.
    gaps : sequence of float
        Gap of each, eV.
    along : bool
        Whether conjugation runs along the backbone.

    Returns
    -------
    Limit
        Gap of the chain. A conjugated one is fitted without the shortest oligomer where three or more are left; it is
        never below a tenth of the smallest gap, and its error then says that it is not known.
    """
    if len(gaps) == 1:
        return Limit(gaps[0], None, "single")
    if not along:
        return Limit(gaps[-1], abs(gaps[-1] - gaps[-2]), "plateau")
    start = 1 if len(gaps) > 3 else 0
    n, y = np.asarray(units[start:], dtype=np.float64), np.asarray(gaps[start:])
    value, spread = _line(np.cos(pi / (n + 1.0)), y, 1.0)
    kept = max(value, 0.1 * min(gaps))
    other = _line(1.0 / n, y, 0.0)[0] if len(n) > 2 else gaps[-1]  # two points are on one line in both forms
    return Limit(kept, max(spread, abs(other - kept)), "coupled units")


def _line(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], at: float) -> tuple[float, float]:
    """Fit a line; return its value at a place, and the standard error there (0 from two points)."""
    slope, intercept = np.polyfit(x, y, 1)
    free = len(x) - 2
    spread = float(np.sum((y - slope * x - intercept) ** 2)) / free if free else 0.0
    lever = 1 / len(x) + (at - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2)
    return float(slope * at + intercept), float(np.sqrt(spread * lever))


def slope_limit(units: Sequence[int], numbers: Sequence[float]) -> Limit:
    """Find what one more unit adds to an additive quantity.

    Parameters
    ----------
    units : sequence of int
        Repeat units of each oligomer, ascending.
    numbers : sequence of float
        The quantity of each.

    Returns
    -------
    Limit
        Increment per unit between the two longest oligomers; its error is the change from the increment before.
        From a single oligomer the quantity over its units.
    """
    if len(numbers) == 1:
        return Limit(numbers[0] / units[0], None, "single")
    steps = np.diff(numbers) / np.diff(units)
    error = abs(float(steps[-1] - steps[-2])) if len(steps) > 1 else abs(float(steps[-1] - numbers[0] / units[0]))
    return Limit(float(steps[-1]), error, "slope")
