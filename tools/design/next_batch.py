"""Which candidates to make next: a batch chosen by expected improvement under the constraints of a brief.

The calibrated predictions are joined into one distribution over all candidates and properties (a Gaussian copula):
errors of one polymer correlate between properties as the models' held-out errors do, and errors of two polymers as
``0.5 s**2`` for a min-max fingerprint similarity s (measured: docs/experiments.md, "Next experiments"). Joint draws
from it give the utility of every candidate in every draw: zero if a hard constraint is missed, else how well the soft
ones are met, less the best that was measured. The batch is grown greedily by the expected maximum of the utility, the
sample-average form of constrained expected improvement for batches (Wilson et al., NeurIPS 2018, arXiv:1805.10196): a
candidate that fails whenever a chosen one fails adds little, so that near copies are not chosen twice. Results that
came in condition the draws (Matheron's rule).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.spec import Constraint, DesignSpec
from tools.design.joint_draws import EDGE, error_correlation, greedy_batch, joint_draws, positive, quantile
from tools.design.structure import violated
from tools.properties.artefacts import SHIPPED, library
from tools.properties.features import featurise
from tools.properties.kernels import Reference
from tools.properties.predict import Column, PredictionTable, predict_table
from tools.properties.probability import bounds, joint

FloatArray = NDArray[np.float64]

MOST_CANDIDATES = 400


@dataclass(frozen=True)
class NextExperiment:
    """A polymer to make and measure.

    Attributes
    ----------
    polymer : Polymer
        The chain.
    chance : float
        Chance to meet all hard property constraints, given the results so far.
    gain : float
        What it adds to the expected best utility of the batch, 0 to 1.
    measure : tuple of str
        Properties to measure, the one that settles most first.
    predictions : dict of str to tuple of float
        Predicted value with its 90 % interval, in the canonical unit, before any results.
    alike : float
        Similarity to the most similar one chosen before it, 0 to 1.
    """

    polymer: Polymer
    chance: float
    gain: float
    measure: tuple[str, ...]
    predictions: dict[str, tuple[float, float, float]]
    alike: float


@dataclass(frozen=True)
class NextBatch:
    """What to make next.

    Attributes
    ----------
    experiments : tuple of NextExperiment
        In the order of choice.
    success : float
        Chance that at least one of them meets all hard property constraints.
    success_by_rank : float
        The same for the n with the highest chance each, chosen without regard to one another.
    considered : int
        Candidates that were compared.
    left_out : int
        Candidates that violate a hard structural constraint or were measured already.
    uncovered : tuple of Constraint
        Property constraints that no model covers, and that played no part.
    """

    experiments: tuple[NextExperiment, ...]
    success: float
    success_by_rank: float
    considered: int
    left_out: int
    uncovered: tuple[Constraint, ...] = field(default=())


def next_batch(
    candidates: Sequence[Polymer],
    spec: DesignSpec,
    n: int = 5,
    *,
    results: Mapping[Polymer, Mapping[str, float]] | None = None,
    seed: int = 0,
    folder: Path = SHIPPED,
) -> NextBatch:
    """Choose the next polymers to make.

    Parameters
    ----------
    candidates : sequence of Polymer
        Screened candidates; the first 400 that fit are compared.
    spec : DesignSpec
        The brief.
    n : int
        How many experiments.
    results : mapping, optional
        Measured values in canonical units by polymer and property id; these polymers are not proposed again.
    seed : int
        Seed of the draws.
    folder : Path
        Artefacts of the property models.

    Returns
    -------
    NextBatch
        Fewer than ``n`` experiments if there are fewer candidates.

    Raises
    ------
    InputError
        If n is not positive, or no candidate or no property constraint with a model is left.
    """
    known = dict(results or {})
    if n < 1:
        raise InputError("Ask for at least one experiment.")
    asked = tuple(c for c in spec.constraints if c.property in library(folder).names)
    if not asked:
        raise InputError(
            "No property of the brief has a model, so that no experiment can be preferred.",
            hint="Give a brief with a number for a property that polysmith predict knows.",
        )
    structure = tuple(c for c in spec.structure if c.hard and c.kind != "novelty")
    distinct = [p for p in dict.fromkeys(candidates) if p not in known]
    pool = [p for p in distinct if not violated(p, structure, (), first_only=True)][:MOST_CANDIDATES]
    if not pool:
        raise InputError("No candidate is left to choose from.", hint="Give candidates that were not measured yet.")
    problem = _Problem.of(pool, known, asked, folder)
    values = problem.draws(seed)
    feasible = problem.feasible(values)
    utility = problem.improvement(values, feasible)
    order, gains = greedy_batch(utility, n)
    chance = feasible.mean(axis=0) if known else joint(problem.hard, problem.table)[: len(pool)]
    by_rank = np.argsort(-chance, kind="stable")[: len(order)]
    return NextBatch(
        tuple(
            NextExperiment(
                pool[row], float(chance[row]), float(gain), problem.order_of_measuring(values[:, row]),
                problem.predictions(row), problem.alike(row, order[:place]),
            )
            for place, (row, gain) in enumerate(zip(order, gains, strict=True))
        ),
        float(feasible[:, order].any(axis=1).mean()),
        float(feasible[:, by_rank].any(axis=1).mean()),
        len(pool),
        len(set(candidates)) - len(pool),
        tuple(c for c in spec.constraints if c not in asked),
    )  # fmt: skip


@dataclass(frozen=True)
class _Problem:
    """The candidates and what was measured, with their predictions; candidates come first."""

    size: int
    table: PredictionTable
    names: tuple[str, ...]
    hard: tuple[Constraint, ...]
    soft: tuple[Constraint, ...]
    similarity: FloatArray
    between: FloatArray
    known: tuple[Mapping[str, float], ...]

    @staticmethod
    def of(
        pool: Sequence[Polymer],
        known: Mapping[Polymer, Mapping[str, float]],
        asked: tuple[Constraint, ...],
        folder: Path,
    ) -> _Problem:
        everyone = [*pool, *known]
        names = tuple(dict.fromkeys(c.property for c in asked))
        features = featurise(everyone, "accurate")
        rows = np.arange(len(everyone))
        similarity = Reference.of(features).min_max("cycle", rows, rows).astype(np.float64)
        models = library(folder)
        return _Problem(
            len(pool),
            predict_table(everyone, names, tier="accurate", folder=folder),
            names,
            tuple(c for c in asked if c.hard and bounds(c) is not None),
            tuple(c for c in asked if not c.hard or bounds(c) is None),
            similarity,
            positive(np.array([[models.between(a, b) for b in names] for a in names])),
            tuple(known.values()),
        )

    def draws(self, seed: int) -> FloatArray:
        """Draw values [draws, candidates, properties] in model space."""
        columns = [self.table.columns[name] for name in self.names]
        observed = {
            (self.size + row, place): _error(column, self.size + row, values[column.property])
            for row, values in enumerate(self.known)
            for place, column in enumerate(columns)
            if column.property in values
        }
        errors = joint_draws(error_correlation(self.similarity), self.between, observed, seed)[:, : self.size]
        for place, column in enumerate(columns):
            scaled = quantile(column.calibration, ndtr(errors[:, :, place]))
            errors[:, :, place] = column.centre[: self.size] + column.sd[: self.size] * scaled
        return errors

    def feasible(self, values: FloatArray) -> NDArray[np.bool_]:
        """Tell in which draws every hard constraint is met [draws, candidates]."""
        found = np.ones(values.shape[:-1], dtype=bool)
        for constraint in self.hard:
            found &= self._met(constraint, values)
        return found

    def _met(self, constraint: Constraint, values: FloatArray) -> NDArray[np.bool_]:
        place = self.names.index(constraint.property)
        span = bounds(constraint)
        assert span is not None
        low, high = (_model_space(edge, self.table.columns[constraint.property]) for edge in span)
        return np.asarray((values[..., place] >= low) & (values[..., place] <= high))

    def _soft_share(self, values: FloatArray) -> FloatArray:
        """Weighted mean of the soft constraints [...], each 0 to 1; 1 if there is none."""
        if not self.soft:
            return np.ones(values.shape[:-1])
        total = np.zeros(values.shape[:-1])
        for constraint in self.soft:
            if bounds(constraint) is not None:
                part = self._met(constraint, values).astype(np.float64)
            else:
                centre = self.table.columns[constraint.property].centre[: self.size]
                margin = max(float(np.ptp(centre)), 1e-9)
                part = (values[..., self.names.index(constraint.property)] - (centre.min() - margin)) / (3 * margin)
                part = np.clip(1 - part if constraint.operator == "minimise" else part, 0.0, 1.0)
            total += constraint.weight * part
        return np.asarray(total / sum(c.weight for c in self.soft))

    def improvement(self, values: FloatArray, feasible: NDArray[np.bool_]) -> FloatArray:
        """Return the utility [draws, candidates] beyond the best that was measured."""
        return np.maximum(np.where(feasible, self._soft_share(values), 0.0) - self._incumbent(), 0.0)

    def _incumbent(self) -> float:
        """Utility of the best measured polymer; without soft constraints every further hit is worth as much."""
        best = 0.0
        for values in self.known:
            if self.soft and all(name in values for name in self.names):
                row = np.array([_model_space(values[name], self.table.columns[name]) for name in self.names])
                if self.feasible(row):
                    best = max(best, float(self._soft_share(row)))
        return best

    def order_of_measuring(self, values: FloatArray) -> tuple[str, ...]:
        """Order the properties by how open the answer is: the variance of meeting the constraint over draws."""
        openness = dict.fromkeys(self.names, 0.0)
        for constraint in self.hard:
            share = float(self._met(constraint, values).mean())
            openness[constraint.property] = max(openness[constraint.property], share * (1 - share))
        return tuple(sorted(self.names, key=lambda name: (-openness[name], self.names.index(name))))

    def predictions(self, row: int) -> dict[str, tuple[float, float, float]]:
        """Return value and interval of every property of a candidate."""
        columns = self.table.columns
        return {
            name: (float(columns[name].mean[row]), float(columns[name].lower[row]), float(columns[name].upper[row]))
            for name in self.names
        }

    def alike(self, row: int, chosen: Sequence[int]) -> float:
        """Return the highest similarity to those chosen before."""
        return float(max((self.similarity[row, other] for other in chosen), default=0.0))


def _model_space(value: float, column: Column) -> float:
    if not column.log or np.isinf(value):
        return value
    return float(np.log10(value)) if value > 0 else -np.inf


def _error(column: Column, row: int, value: float) -> float:
    """Standard normal score of a measured value."""
    measured = _model_space(value, column)
    if not np.isfinite(measured):
        raise InputError(f"{value:g} is no possible {column.property}.", hint="Give a positive number.")
    score = np.array((measured - column.centre[row]) / column.sd[row])
    return float(ndtri(np.clip(column.calibration.cdf(score), EDGE, 1 - EDGE)))
