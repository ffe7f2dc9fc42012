"""Errors of several methods on the same polymers: means, intervals and paired differences over polymers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from finetune.two_phase.head import Array

_DRAWS = 10_000


@dataclass(frozen=True)
class Answer:
    """One answer to one measured row.

    Attributes
    ----------
    arm : str
        Method.
    seed : int
        Seed; 0 where the method has none.
    polymer, row : str
        What is held out together, and the row.
    target : str
        Property.
    value, truth : float
        Answer and measured value.
    """

    arm: str
    seed: int
    polymer: str
    row: str
    target: str
    value: float
    truth: float

    @property
    def error(self) -> float:
        """Absolute relative error."""
        return abs(self.value / self.truth - 1.0)


def table(answers: Iterable[Answer], *, base: str, against: str, seed: int = 0) -> dict[str, Any]:
    """Sum up answers.

    Parameters
    ----------
    answers : iterable of Answer
        All answers; every arm has answered the same rows.
    base, against : str
        Two arms: by how much the second lowers the error of the first.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        Per target: for each arm the mean over polymers of the mean absolute relative error ("error"), its 95 %
        interval over polymers ("low", "high"), the standard deviation over seeds ("over_seeds"); and "reduction" with
        its paired 95 % interval, the exact p value of flipping signs (up to 16 polymers; else drawn), the polymers on
        which the second arm is better, and the errors of every polymer.
    """
    kept = list(answers)
    found: dict[str, Any] = {}
    for target in sorted({a.target for a in kept}):
        own = [a for a in kept if a.target == target]
        arms = list(dict.fromkeys(a.arm for a in own))
        by_arm = {arm: _errors([a for a in own if a.arm == arm]) for arm in arms}
        polymers = sorted(by_arm[base])
        means = {arm: np.array([rows[p].mean() for p in polymers]) for arm, rows in by_arm.items()}
        found[target] = {
            "polymers": len(polymers),
            "arms": {arm: _summary(means[arm], by_arm[arm], polymers, seed) for arm in arms},
            "by_polymer": {p: {arm: float(means[arm][i]) for arm in arms} for i, p in enumerate(polymers)},
            "reduction": reduction(means[base], means[against], seed),
        }
    return found


def _errors(answers: list[Answer]) -> dict[str, Array]:
    """Mean error over the rows of every polymer, for each seed."""
    seeds = sorted({a.seed for a in answers})
    cells: dict[tuple[str, int], list[float]] = {}
    for answer in answers:
        cells.setdefault((answer.polymer, answer.seed), []).append(answer.error)
    return {p: np.array([np.mean(cells[p, s]) for s in seeds]) for p in sorted({a.polymer for a in answers})}


def _summary(means: Array, rows: Mapping[str, Array], polymers: list[str], seed: int) -> dict[str, float]:
    low, high = np.quantile(_resampled(len(means), seed, means).mean(axis=1), [0.025, 0.975])
    per_seed = np.mean([rows[p] for p in polymers], axis=0)
    return {
        "error": float(means.mean()), "median": float(np.median(means)), "low": float(low), "high": float(high),
        "over_seeds": float(per_seed.std(ddof=1)) if len(per_seed) > 1 else 0.0, "seeds": len(per_seed),
    }  # fmt: skip


def _resampled(number: int, seed: int, values: Array) -> Array:
    return np.asarray(values[np.random.default_rng(seed).integers(0, number, (_DRAWS, number))])


def reduction(base: Array, against: Array, seed: int = 0) -> dict[str, float]:
    """Say by how much one method lowers the mean error of another on the same polymers.

    Parameters
    ----------
    base, against : ndarray [n]
        Errors of both.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        "share" (1 - mean/mean), "low" and "high" (95 %, pairs drawn with replacement), "p" (two-sided, signs of the
        differences flipped), "better" (polymers on which the error is lower), "of".
    """
    number = len(base)
    draws = np.random.default_rng(seed).integers(0, number, (_DRAWS, number))
    shares = 1.0 - against[draws].mean(axis=1) / base[draws].mean(axis=1)
    gaps = base - against
    if number <= 16:
        signs = 1.0 - 2.0 * ((np.arange(2**number)[:, None] >> np.arange(number)) & 1)
    else:
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], (_DRAWS, number))
    flipped = np.abs(signs @ gaps)
    low, high = np.quantile(shares, [0.025, 0.975])
    return {
        "share": float(1.0 - against.mean() / base.mean()), "low": float(low), "high": float(high),
        "p": float(np.mean(flipped >= abs(gaps.sum()) * (1 - 1e-12))), "better": int((gaps > 0).sum()), "of": number,
    }  # fmt: skip


def told(answer: Answer) -> dict[str, Any]:
    """Return an answer as a mapping, for a file."""
    return asdict(answer)
