"""Averages of correlated series: error bars, and a test of convergence that may say no.

Blocking: H. Flyvbjerg, H. G. Petersen, J. Chem. Phys. 1989, 91, 461. Autocorrelation: the statistical inefficiency
g = 1 + 2 sum (1 - t/n) c(t), summed until the correlation c first falls to zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from tools.core.errors import InputError

FloatArray = npt.NDArray[np.float64]
Verdict = Literal["converged", "not converged", "too short"]

COVERAGE: Final = 0.9
_LEAST_BLOCKS: Final = 16
_LEAST_EFFECTIVE: Final = 10.0
_DRIFT: Final = 2.0  # standard errors between the halves
_SAME: Final = 0.002  # of the mean: a drift below this does not matter
_SPREAD: Final = 0.01  # of the mean, between replicas
_SCALE: Final = 0.5  # of the published equilibration

CRITERION: Final = (
    f"converged if every replica holds at least {_LEAST_EFFECTIVE:g} independent samples, the means of its first and "
    f"second half differ by less than {_DRIFT:g} standard errors or {_SAME:.1%}, at least two replicas agree within "
    f"{_SPREAD:.0%} of their mean, and equilibration had at least {_SCALE:.0%} of its published length"
)


@dataclass(frozen=True)
class Average:
    """The mean of a quantity over replicas.

    Attributes
    ----------
    mean, error : float
        Mean, and its standard error: the larger of blocking within and spread between replicas.
    lower, upper : float
        Interval of 90 % by Student's t over replicas (over independent samples for one replica).
    means, errors : tuple of float
        Of each replica, by blocking.
    effective : tuple of float
        Independent samples in each replica.
    drift : tuple of float
        Second half minus first half of each replica.
    verdict : {"converged", "not converged", "too short"}
        What the test of convergence says.
    reasons : tuple of str
        Why not.
    """

    mean: float
    error: float
    lower: float
    upper: float
    means: tuple[float, ...]
    errors: tuple[float, ...]
    effective: tuple[float, ...]
    drift: tuple[float, ...]
    verdict: Verdict
    reasons: tuple[str, ...]


def block_error(series: FloatArray) -> float:
    """Return the standard error of the mean of a correlated series.

    The largest of: the error by autocorrelation, and the errors by blocking (neighbouring values averaged again and
    again) at all levels that still have 16 blocks. That errs on the safe side.

    Parameters
    ----------
    series : numpy.ndarray, shape (n,)
        Equally spaced samples, at least 2.

    Returns
    -------
    float
        Standard error.

    Raises
    ------
    InputError
        If there are fewer than two samples, or one is not finite.
    """
    values = np.asarray(series, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise InputError("A series needs at least two finite samples.")
    errors = [float(values.std(ddof=1) * np.sqrt(_inefficiency(values) / len(values)))]
    while True:
        errors.append(float(values.std(ddof=1) / np.sqrt(len(values))))
        if len(values) // 2 < _LEAST_BLOCKS:
            return max(errors)
        half = len(values) // 2 * 2
        values = values[:half].reshape(-1, 2).mean(axis=1)


def _inefficiency(values: FloatArray) -> float:
    """How many samples of a correlated series count for one."""
    n = len(values)
    centred = values - values.mean()
    variance = float(centred @ centred) / n
    if variance == 0.0:
        return 1.0
    size = 1 << (2 * n - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    correlation = np.fft.irfft(power, size)[:n] / np.arange(n, 0, -1) / variance
    below = np.flatnonzero(correlation <= 0.0)
    end = int(below[0]) if len(below) else n
    lags = np.arange(1, end)
    return max(1.0, 1.0 + 2.0 * float(((1.0 - lags / n) * correlation[1:end]).sum()))


def average(series: Sequence[FloatArray], scale: float = 1.0) -> Average:
    """Average a quantity over replicas and judge whether it has converged.

    Parameters
    ----------
    series : sequence of numpy.ndarray
        One series per replica, of the time that counts.
    scale : float
        Length of the equilibration against the published one.

    Returns
    -------
    Average
        Mean, error bars, verdict.

    Raises
    ------
    InputError
        If there is no replica, or one has fewer than four samples.
    """
    from scipy.stats import t

    if not series or any(len(one) < 4 for one in series):
        raise InputError("An average needs a replica with at least four samples.")
    means = [float(one.mean()) for one in series]
    errors = [block_error(one) for one in series]
    effective = [_effective(one, error) for one, error in zip(series, errors, strict=True)]
    mean = float(np.mean(means))
    within = float(np.sqrt(np.square(errors).sum())) / len(series)
    between = float(np.std(means, ddof=1) / np.sqrt(len(means))) if len(means) > 1 else 0.0
    error = max(within, between)
    freedom = len(means) - 1 if len(means) > 1 else max(1.0, effective[0] - 1.0)
    reach = float(t.ppf(0.5 + COVERAGE / 2.0, freedom)) * error
    verdict, reasons = _judge(series, means, effective, scale)
    return Average(
        mean, error, mean - reach, mean + reach, tuple(means), tuple(errors), tuple(effective),
        tuple(_halves(one)[0] for one in series), verdict, tuple(reasons),
    )  # fmt: skip


def _effective(series: FloatArray, error: float) -> float:
    variance = float(series.var(ddof=1))
    return float(len(series)) if error == 0.0 else min(float(len(series)), variance / error**2)


def _halves(series: FloatArray) -> tuple[float, float]:
    """Difference of the means of both halves, and its standard error."""
    first, second = series[: len(series) // 2], series[len(series) // 2 :]
    error = float(np.hypot(block_error(first), block_error(second)))
    return float(second.mean() - first.mean()), error


def _judge(
    series: Sequence[FloatArray], means: list[float], effective: list[float], scale: float
) -> tuple[Verdict, list[str]]:
    mean = abs(float(np.mean(means)))
    short, reasons = [], []
    for number, (one, count) in enumerate(zip(series, effective, strict=True), start=1):
        if count < _LEAST_EFFECTIVE:
            short.append(f"replica {number} holds {count:.1f} independent samples")
        drift, error = _halves(one)
        if abs(drift) > max(_DRIFT * error, _SAME * mean):
            reasons.append(f"replica {number} drifts by {drift / mean if mean else drift:+.1%} between its halves")
    if len(means) < 2:
        reasons.append("one replica says nothing of the spread between replicas")
    elif float(np.ptp(means)) > _SPREAD * mean * 2.0:
        reasons.append(f"replicas differ by {float(np.ptp(means)) / mean if mean else 0.0:.1%}")
    if scale < _SCALE:
        reasons.append(f"equilibration had {scale:.1%} of its published length")
    if reasons:
        return "not converged", reasons + short
    return ("too short", short) if short else ("converged", [])
