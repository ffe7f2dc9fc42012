"""The glass transition from stepwise cooling: two lines through specific volume against temperature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tools.core.errors import InputError

FloatArray = npt.NDArray[np.float64]

_LEAST: Final = 3  # temperatures on each side
_DRAWS: Final = 400


@dataclass(frozen=True)
class Bend:
    """Where two lines meet.

    Attributes
    ----------
    temperature, error : float
        K; the standard error is that of resampled residuals.
    glass, melt : float
        Slopes of specific volume below and above, cm3/(g K).
    seen : bool
        Whether the slopes differ by more than twice their error, the melt's being the larger, with the bend inside
        the temperatures cooled through.
    """

    temperature: float
    error: float
    glass: float
    melt: float
    seen: bool


def bend(temperature: FloatArray, volume: FloatArray, seed: int = 0) -> Bend:
    """Fit two lines that meet, by least squares over all ways to divide the temperatures.

    Parameters
    ----------
    temperature : numpy.ndarray, shape (n,)
        K, at least 8.
    volume : numpy.ndarray, shape (n,)
        cm3/g.
    seed : int
        Seed of the resampling.

    Returns
    -------
    Bend
        Temperature of the bend with its error.

    Raises
    ------
    InputError
        If there are too few points or one is not finite.
    """
    order = np.argsort(temperature)
    x, y = np.asarray(temperature, dtype=float)[order], np.asarray(volume, dtype=float)[order]
    if len(x) < 8 or len(x) != len(y) or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("A bend needs at least eight temperatures with their volumes.")
    lines = _Lines(x)
    best, fitted = lines.fit(y)
    noise = y - fitted
    rng = np.random.default_rng(seed)
    noise = noise * np.sqrt(len(x) / max(1.0, len(x) - 4.0))  # four parameters were fitted
    drawn = np.array([lines.fit(fitted + rng.choice(noise, len(x)))[0] for _ in range(_DRAWS)])
    contrast = drawn[:, 2] - drawn[:, 1]
    error = float(np.percentile(drawn[:, 0], 84.1) - np.percentile(drawn[:, 0], 15.9)) / 2.0
    inside = x[0] < best[0] < x[-1]
    seen = bool(inside and best[2] - best[1] > 2.0 * contrast.std())
    return Bend(float(best[0]), error, float(best[1]), float(best[2]), seen)


class _Lines:
    """Continuous pairs of lines: the knot is scanned, the rest is linear least squares."""

    def __init__(self, x: FloatArray) -> None:
        self.knots = np.linspace(x[_LEAST - 1], x[-_LEAST], 121)
        shifted = np.broadcast_to(x - x.mean(), (len(self.knots), len(x)))
        bent = np.maximum(0.0, x[None] - self.knots[:, None])
        self.columns = np.stack([np.ones_like(bent), shifted, bent], axis=-1)
        self.solve = np.linalg.pinv(self.columns)

    def fit(self, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (knot, lower slope, upper slope), and the fitted values."""
        found = self.solve @ y
        model = np.einsum("knc,kc->kn", self.columns, found)
        number = int(np.square(model - y).sum(axis=1).argmin())
        _, slope, extra = found[number]
        return np.array([self.knots[number], slope, slope + extra]), model[number]
