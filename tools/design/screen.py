"""Screening in batches: structure first, then the chance to meet every property constraint, then the soft ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
import numpy.typing as npt

from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec
from tools.design.candidate import Candidate
from tools.design.plausible import plausibility
from tools.design.structure import describe, violated
from tools.properties.predict import PredictionTable, available, predict_table
from tools.properties.probability import bounds
from tools.properties.probability import joint as joint_probability

BATCH = 512
MET = 0.5  # a constraint counts as met by a prediction when it is more likely met than not
RESERVE = 0.84  # chance that is sought where a reserve is asked for: one standard deviation inside a bound

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """A candidate with what the models say about it.

    Attributes
    ----------
    candidate : Candidate
        The polymer and where it came from.
    chances : tuple of float
        Chance to meet each hard property constraint that a model covers, in the order of ``Screen.hard``.
    joint : float
        Chance to meet all of them; 1 if there is none.
    soft : float
        Weighted mean of how well the soft constraints are met, 0 to 1; 1 if there is none.
    predictions : tuple of (str, float)
        Predicted mean of each property asked for, in the canonical unit.
    in_domain : bool
        True if every model has seen similar polymers.
    plausible : float
        How usual its monomers are, 0 to 1 (``tools.design.plausible``); 1 for polymers given without monomers.
    unmet : tuple of str
        Structural constraints that it violates; such candidates are not scored by models.
    distances : tuple of float
        How far each hard constraint is missed, in standard deviations of the prediction; 0 where it is met.
    reserve : float
        What is lacking of the chances sought for the properties aimed at.
    centres : tuple of float
        Predictions in the space of the models (log10 for permeabilities), in the order of ``predictions``.
    """

    candidate: Candidate
    chances: tuple[float, ...] = ()
    joint: float = 0.0
    soft: float = 0.0
    predictions: tuple[tuple[str, float], ...] = ()
    in_domain: bool = True
    plausible: float = 1.0
    unmet: tuple[str, ...] = ()
    distances: tuple[float, ...] = ()
    centres: tuple[float, ...] = ()
    reserve: float = 0.0

    @property
    def polymer(self) -> Polymer:
        """The chain."""
        return self.candidate.polymer

    @property
    def score(self) -> float:
        """Order among candidates: the chance to meet all hard constraints, weighted by soft ones and plausibility."""
        return self.joint * (0.4 + 0.6 * self.soft) * (1.0 if self.in_domain else 0.85) * self.plausible

    @property
    def failing(self) -> int:
        """Number of hard property constraints that it more likely misses than meets."""
        return sum(chance < MET for chance in self.chances)

    @property
    def rank(self) -> tuple[float, ...]:
        """Constraint domination as a sort key: the smaller miss and lack of reserve first, then the higher score."""
        missed = round(self.violation + self.reserve, 9) if self.distances else float(self.failing)
        return (float(len(self.unmet)), missed, -self.score, -sum(self.chances))

    @property
    def violation(self) -> float:
        """How far the hard constraints are missed together, in standard deviations; 0 if all are met."""
        return sum(self.distances)


@dataclass(frozen=True)
class Target:
    """A property constraint in the space of its model.

    Attributes
    ----------
    column : int
        Place of its property in ``Scored.centres``.
    low, high : float
        Bounds, infinite where open.
    sd : float
        Median standard deviation of the predictions that the first batch had.
    wish : float
        Weight of "maximise", less than zero for "minimise"; 0 where there are bounds.
    """

    column: int
    low: float
    high: float
    sd: float
    wish: float = 0.0


@dataclass(frozen=True)
class Models:
    """What screening asks about properties; replaced by a double in tests.

    Attributes
    ----------
    predict : callable
        Polymers and property ids to a table of predictions.
    joint : callable
        Constraints and a table to the chance [n] that each polymer meets them all.
    known : tuple of str
        Property ids that can be predicted.
    """

    predict: Callable[[Sequence[Polymer], Sequence[str]], PredictionTable]
    joint: Callable[[Sequence[Constraint], PredictionTable], FloatArray]
    known: tuple[str, ...]


def shipped_models() -> Models:
    """Return the fast tier of the models that ship with Polysmith.

    Returns
    -------
    Models
        For ``Screen``.
    """
    return Models(partial(predict_table, tier="fast"), joint_probability, tuple(available()))


class Screen:
    """The constraints of a brief, ready to score candidates.

    Parameters
    ----------
    spec : DesignSpec
        The brief.
    models : Models, optional
        Property models; the fast tier of those shipped when left out.
    exclude : collection of str
        Keys of polymers that are not wanted.
    aim : collection of str
        Properties to be met with a reserve: candidates rank by what is lacking of a chance of 0.84 as well.

    Attributes
    ----------
    hard, soft : tuple of Constraint
        Property constraints that a model covers.
    uncovered : tuple of Constraint
        Property constraints that no model covers; they are reported, never guessed.
    models : Models
        The property models.
    excluded : frozenset of str
        Keys of polymers that are not wanted.
    targets : tuple of Target
        The covered constraints in model space; empty until the first batch is scored.
    """

    def __init__(
        self,
        spec: DesignSpec,
        models: Models | None = None,
        exclude: Collection[str] = (),
        aim: Collection[str] = (),
    ) -> None:
        self.models = models or shipped_models()
        covered = set(self.models.known)
        self.spec, self.excluded = spec, frozenset(exclude)
        self.structure = tuple(c for c in spec.structure if c.hard)
        self.soft_structure = tuple(c for c in spec.structure if not c.hard)
        self.hard = tuple(c for c in spec.constraints if c.hard and _bounded(c) and c.property in covered)
        self.soft = tuple(c for c in spec.constraints if not (c.hard and _bounded(c)) and c.property in covered)
        self.uncovered = tuple(c for c in spec.constraints if c.property not in covered)
        self._properties = tuple(dict.fromkeys(c.property for c in (*self.hard, *self.soft)))
        self._scale: dict[str, tuple[float, float]] = {}
        self._aimed = np.array([c.property in aim for c in self.hard], dtype=bool)
        self.targets: tuple[Target, ...] = ()

    def excludes(self, polymer: Polymer) -> bool:
        """Tell whether a polymer is one of those that are not wanted.

        Parameters
        ----------
        polymer : Polymer
            The chain.
        """
        return polymer.key in self.excluded

    def admits(self, candidate: Candidate) -> bool:
        """Tell whether a candidate is wanted and meets the structural constraints.

        Parameters
        ----------
        candidate : Candidate
            The candidate.
        """
        if self.excludes(candidate.polymer):
            return False
        return not violated(candidate.polymer, self.structure, candidate.polymerisations, first_only=True)

    def unmet(self, candidate: Candidate) -> tuple[str, ...]:
        """Name the structural constraints that a candidate violates.

        Parameters
        ----------
        candidate : Candidate
            The candidate.
        """
        return tuple(describe(c) for c in violated(candidate.polymer, self.structure, candidate.polymerisations))

    def score(self, candidates: Sequence[Candidate]) -> list[Scored]:
        """Score candidates that meet the structure.

        Parameters
        ----------
        candidates : sequence of Candidate
            A batch.

        Returns
        -------
        list of Scored
            In the same order.
        """
        if not candidates:
            return []
        polymers = [candidate.polymer for candidate in candidates]
        if not self._properties:
            soft = self._structure_share(candidates)
            return [
                Scored(c, (), 1.0, float(s), plausible=plausibility(c.monomers))
                for c, s in zip(candidates, soft, strict=True)
            ]
        table = self.models.predict(polymers, self._properties)
        if not self._scale:
            self._scale = {c.property: _spread(table, c.property) for c in self.soft if not _bounded(c)}
        if not self.targets:
            self.targets = tuple(self._target(c, table) for c in (*self.hard, *self.soft))
        chances = np.array([self.models.joint((c,), table) for c in self.hard]).T.reshape(len(polymers), len(self.hard))
        joint = self.models.joint(self.hard, table) if self.hard else np.ones(len(polymers))
        soft = self._soft(table, candidates)
        means = np.array([table.columns[p].mean for p in self._properties]).T
        centres = np.array([table.columns[p].centre for p in self._properties]).T
        distances = self._distances(chances, table)
        reserve = (np.maximum(RESERVE - chances, 0.0) * self._aimed).sum(axis=1)
        domain = np.all([table.columns[p].in_domain for p in self._properties], axis=0)
        return [
            Scored(
                candidate,
                tuple(map(float, chances[i])),
                float(joint[i]),
                float(soft[i]),
                tuple(zip(self._properties, map(float, means[i]), strict=True)),
                bool(domain[i]),
                plausibility(candidate.monomers),
                distances=tuple(map(float, distances[i])),
                centres=tuple(map(float, centres[i])),
                reserve=float(reserve[i]),
            )
            for i, candidate in enumerate(candidates)
        ]

    def _distances(self, chances: FloatArray, table: PredictionTable) -> FloatArray:
        """How far each hard constraint is missed [n, k]: sd outside the bounds, and the chance that is lacking."""
        found = np.zeros_like(chances)
        for i, constraint in enumerate(self.hard):
            column = table.columns[constraint.property]
            low, high = _edges(constraint, column.log)
            outside = np.maximum(np.maximum(low - column.centre, column.centre - high), 0.0) / column.sd
            found[:, i] = np.where(chances[:, i] < MET, outside + (MET - chances[:, i]), 0.0)
        return found

    def _target(self, constraint: Constraint, table: PredictionTable) -> Target:
        column = table.columns[constraint.property]
        place, sd = self._properties.index(constraint.property), float(np.median(column.sd))
        if not _bounded(constraint):
            sign = -1.0 if constraint.operator == "minimise" else 1.0
            return Target(place, -np.inf, np.inf, sd, sign * constraint.weight)
        return Target(place, *_edges(constraint, column.log), sd)

    def _structure_share(self, candidates: Sequence[Candidate]) -> FloatArray:
        if not self.soft_structure:
            return np.ones(len(candidates))
        missed = [len(violated(c.polymer, self.soft_structure, c.polymerisations)) for c in candidates]
        return 1.0 - np.array(missed, dtype=np.float64) / len(self.soft_structure)

    def _soft(self, table: PredictionTable, candidates: Sequence[Candidate]) -> FloatArray:
        """Weighted mean of the soft constraints, each from 0 to 1."""
        total = np.zeros(len(table))
        weight = 0.0
        for constraint in self.soft:
            if _bounded(constraint):
                part = np.asarray(self.models.joint((constraint,), table), dtype=np.float64)
            else:
                low, high = self._scale[constraint.property]
                column = table.columns[constraint.property]
                part = np.clip((column.centre - low) / (high - low), 0.0, 1.0)
                if constraint.operator == "minimise":
                    part = 1.0 - part
            total += constraint.weight * part
            weight += constraint.weight
        if self.soft_structure:
            total += self._structure_share(candidates)
            weight += 1.0
        return total / weight if weight else np.ones(len(table))


def _bounded(constraint: Constraint) -> bool:
    return constraint.lower is not None or constraint.upper is not None


def _edges(constraint: Constraint, log: bool) -> tuple[float, float]:
    """Bounds of a constraint in the space of its model."""
    low, high = bounds(constraint) or (-np.inf, np.inf)
    if not log:
        return low, high
    return (float(np.log10(low)) if low > 0 else -np.inf), (float(np.log10(high)) if high > 0 else -np.inf)


def _spread(table: PredictionTable, name: str) -> tuple[float, float]:
    """Scale on which "as high as possible" is judged: the range of the first batch, widened by half on both sides."""
    column = table.columns[name]
    low, high = float(np.min(column.centre)), float(np.max(column.centre))
    if high - low < 1e-9:
        bounds = get_property(name).plausible
        low, high = (float(np.log10(b)) for b in bounds) if column.log else bounds
    margin = 0.5 * (high - low)
    return low - margin, high + margin


def batches(candidates: Iterable[Candidate], size: int = BATCH) -> Iterator[list[Candidate]]:
    """Cut a stream into lists.

    Parameters
    ----------
    candidates : iterable of Candidate
        The stream.
    size : int
        Length of a list.
    """
    stream = iter(candidates)
    while chunk := list(islice(stream, size)):
        yield chunk


def screen(
    spec: DesignSpec,
    candidates: Iterable[Candidate],
    *,
    models: Models | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Scored]:
    """Score candidates for a brief, best first.

    Parameters
    ----------
    spec : DesignSpec
        The brief.
    candidates : iterable of Candidate
        A list or a stream.
    models : Models, optional
        Property models; the fast tier of those shipped when left out.
    should_stop : callable
        Asked between batches; what has been scored so far is returned when it says True.

    Returns
    -------
    list of Scored
        All candidates; those that violate the structure come last, with ``unmet`` filled in.
    """
    table = Screen(spec, models)
    found: list[Scored] = []
    for batch in batches(candidates):
        if should_stop():
            break
        admitted = [candidate for candidate in batch if table.admits(candidate)]
        kept = {candidate.polymer.key for candidate in admitted}
        found.extend(table.score(admitted))
        found.extend(Scored(c, unmet=table.unmet(c)) for c in batch if c.polymer.key not in kept)
    return sorted(found, key=lambda s: (*s.rank, s.polymer.key))
