"""Evaluate candidates in batches: identity, every property model, and the chance that they can be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.core.polymer import Polymer
from tools.design.candidate import Candidate
from tools.properties.predict import PredictionTable, predict_table
from tools.synthesis.feasibility import Feasibility, factors, judge
from tools.synthesis.known_route import known_route
from tools.synthesis.retro import routes
from tools.synthesis.route import Route

FloatArray = NDArray[np.float64]
#: Parts of the feasibility, in the order of ``Evaluation.parts``; those that need a route are 1 without one.
PARTS: tuple[str, ...] = (
    "route", "accessibility", "sterics", "selectivity", "monomers", "thermodynamics", "stability",
)  # fmt: skip


@dataclass(frozen=True)
class Evaluation:
    """What is known of n candidates without a simulation.

    Attributes
    ----------
    candidates : tuple of Candidate
        The rows.
    keys : tuple of str
        Identity of each chain; equal keys are one polymer.
    predictions : PredictionTable
        Predicted properties with their intervals, by the fast tier.
    feasibility : ndarray [n]
        Chance-like score that it can be made, 0 to 1 (``tools.synthesis.feasibility``).
    parts : ndarray [n, len(PARTS)]
        The factors of that score.
    routes : tuple of Route or None
        The route that was judged.
    stale : ndarray of bool [n]
        True where a candidate came with monomers and a rule that do not give its polymer, so that another route was
        looked for, at some hundred times the cost.
    """

    candidates: tuple[Candidate, ...]
    keys: tuple[str, ...]
    predictions: PredictionTable
    feasibility: FloatArray
    parts: FloatArray
    routes: tuple[Route | None, ...]
    stale: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.candidates)

    def explained(self, row: int) -> Feasibility:
        """Return the judgement of one row with reasons and warnings.

        Parameters
        ----------
        row : int
            Which candidate.

        Returns
        -------
        Feasibility
            Its score and factors are those of the table.
        """
        return judge(self.candidates[row].polymer, self.routes[row])


def evaluate(items: Sequence[Candidate | Polymer], properties: Sequence[str] | None = None) -> Evaluation:
    """Evaluate candidates or polymers: key, properties, feasibility.

    Parameters
    ----------
    items : sequence of Candidate or Polymer
        Candidates that carry monomers and rule are judged by that route; for others the best route is looked for,
        which takes some hundred times as long.
    properties : sequence of str, optional
        Property ids or names; all that have a model when left out.

    Returns
    -------
    Evaluation
        One row per item, in order.

    Raises
    ------
    UnknownNameError
        If a property is unknown or has no model.
    """
    rows = tuple(item if isinstance(item, Candidate) else Candidate(item, "given") for item in items)
    made = tuple(_made(candidate) for candidate in rows)
    found = tuple(route or _best(candidate) for candidate, route in zip(rows, made, strict=True))
    stale = np.array([bool(row.rule) and route is None for row, route in zip(rows, made, strict=True)], dtype=bool)
    scores, parts = np.zeros(len(rows)), np.ones((len(rows), len(PARTS)))
    for row, (candidate, route) in enumerate(zip(rows, found, strict=True)):
        scores[row], each = factors(candidate.polymer, route)
        for name, factor in each.items():
            parts[row, PARTS.index(name)] = factor
    polymers = [candidate.polymer for candidate in rows]
    table = predict_table(polymers, properties, tier="fast")
    return Evaluation(rows, tuple(polymer.key for polymer in polymers), table, scores, parts, found, stale)


def route_of(candidate: Candidate) -> Route | None:
    """Return the route of a candidate: the one that it came by, else the best that is found.

    Parameters
    ----------
    candidate : Candidate
        The candidate.

    Returns
    -------
    Route or None
        None if no rule makes it.
    """
    return _made(candidate) or _best(candidate)


def _made(candidate: Candidate) -> Route | None:
    if not (candidate.monomers and candidate.rule):
        return None
    return known_route(candidate.polymer, candidate.monomers, candidate.rule)


def _best(candidate: Candidate) -> Route | None:
    best = routes(candidate.polymer, 1)
    return best[0] if best else None
