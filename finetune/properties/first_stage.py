"""Train the first stage: Gaussian processes whose predictions are features of the models.

What they are for is written in ``tools.properties.auxiliary``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from finetune.properties import splits
from finetune.properties.process import fit_process
from finetune.properties.recipes import Recipe, recipe
from finetune.properties.tables import Labels, load_labels
from tools.core.errors import InputError
from tools.properties.auxiliary import Auxiliaries, Helper
from tools.properties.kernels import RankScale, Reference

FloatArray = NDArray[np.float64]
Progress = Callable[[str], None]
FOLDS = 5
LEAST = 100
_BLOCK = 512


def _simulated(identifier: str, column: str, source: str) -> Recipe:
    return Recipe(identifier, "simulated", column, (source,))


_ELECTRONIC = (
    "band_gap", "band_gap_bulk", "electron_affinity", "ionisation_energy", "atomisation_energy", "refractive_index",
    "dielectric_constant", "refractive_index_dft", "dielectric_constant_dft",
)  # fmt: skip
_MATTER = ("thermal_conductivity", "heat_capacity", "bulk_modulus", "cte", "radius_of_gyration", "density", "Tg", "Tm")
_TRANSPORT = ("ffv", "P_O2", "P_N2", "P_CO2", "P_CH4", "P_H2")

#: What the first stage learns: the recipes of the models, and simulated labels that no model of its own needs.
STAGE: tuple[tuple[str, str, Recipe], ...] = (
    *((name, "electronic", recipe(name)) for name in _ELECTRONIC),
    *((name, "matter", recipe(name)) for name in _MATTER),
    *((name, "transport", recipe(name)) for name in _TRANSPORT),
    ("density, PI1070", "matter", _simulated("density", "density", "pi1070")),
    ("density, NeurIPS 2025", "matter", _simulated("density", "density", "opp_train")),
    ("Tg, NeurIPS 2025", "matter", _simulated("Tg", "Tg", "opp_train")),
    ("thermal conductivity, NeurIPS 2025", "matter", _simulated("thermal_conductivity", "TC", "opp_train")),
    ("thermal conductivity, POINT2", "matter", _simulated("thermal_conductivity", "TC", "point2_tc")),
    ("radius of gyration, NeurIPS 2025", "matter", _simulated("radius_of_gyration", "Rg", "opp_train")),
)


def stage_labels(data_dir: Path, *, non_commercial: bool = False) -> dict[str, tuple[Helper, Labels]]:
    """Load the labels of the first stage.

    Parameters
    ----------
    data_dir : Path
        Folder with the tables.
    non_commercial : bool
        Use rows that may not be used commercially as well.

    Returns
    -------
    dict of str to (Helper, Labels)
        By helper name; those with fewer than ``LEAST`` polymers are left out.
    """
    found = {}
    for name, group, item in STAGE:
        try:
            labels = load_labels(data_dir, item, non_commercial=non_commercial)
        except InputError:  # a folder of one's own tables may lack some of them
            continue
        if len(labels) >= LEAST:
            found[name] = (Helper(name, item.property, group), labels)
    return found


@dataclass(frozen=True)
class _Task:
    """One Gaussian process of the first stage, ready to forget any of its polymers.

    Attributes
    ----------
    rows : ndarray of int [n]
        Structures that it was trained on.
    offset : float
        Mean of the labels.
    weights : ndarray [parts]
        Weights of the kernels.
    alpha : ndarray [n]
        Coefficients in units of the labels.
    inverse : ndarray of float32 [n, n]
        Inverse of the kernel matrix with noise.
    cross : ndarray of float32 [N, n]
        Weighted kernel between all structures and its own.
    """

    rows: NDArray[np.int64]
    offset: float
    weights: FloatArray
    alpha: FloatArray
    inverse: NDArray[np.float32]
    cross: NDArray[np.float32]

    def without(self, forgotten: NDArray[np.bool_], asked: NDArray[np.int64]) -> FloatArray:
        """Predict structures as if some of the training polymers had never been seen.

        The coefficients of the others are ``alpha_A - C_AB C_BB^-1 alpha_B``, with C the inverse and B what is
        forgotten (block inversion).

        Parameters
        ----------
        forgotten : ndarray of bool [N]
            Structures to forget.
        asked : ndarray of int [m]
            Structures to predict.

        Returns
        -------
        ndarray [m]
            Predictions.
        """
        block = np.flatnonzero(forgotten[self.rows])
        if not len(block):
            return np.asarray(self.offset + self.cross[asked] @ self.alpha)
        inner = self.inverse[np.ix_(block, block)].astype(np.float64)
        change = linalg.solve(inner, self.alpha[block], assume_a="pos", check_finite=False)
        rest = self.alpha - self.inverse[:, block].astype(np.float64) @ change
        rest[block] = 0.0
        return np.asarray(self.offset + self.cross[asked] @ rest)


class FirstStage:
    """The first stage while models are trained on it.

    Parameters
    ----------
    reference : Reference
        All structures, N of them.
    units : tuple of str
        Their canonical units.
    labels : dict of str to (Helper, Labels)
        From ``stage_labels``; every unit must be among the structures.
    seed : int
        Random seed.
    progress : callable
        Told one line per helper.

    Attributes
    ----------
    folds : ndarray of int [N]
        Random folds of all structures; a structure's answers come from the other folds.
    scores : ndarray of float32 [N, h]
        Normal scores of these answers.
    """

    def __init__(
        self,
        reference: Reference,
        units: tuple[str, ...],
        labels: dict[str, tuple[Helper, Labels]],
        seed: int,
        progress: Progress,
    ) -> None:
        self.helpers = tuple(helper for helper, _ in labels.values())
        self.units = units
        self.folds = splits.random_folds(len(units), FOLDS, seed)
        place = {unit: row for row, unit in enumerate(units)}
        self._tasks = []
        for helper, table in labels.values():
            progress(f"first stage: {helper.name}, {len(table)} polymers")
            rows = np.array([place[unit] for unit in table.units], dtype=np.int64)
            self._tasks.append(_fit(reference, rows, table, seed))
        answers = self._away(np.arange(len(units)), self.folds)
        self.scale = RankScale(RankScale.fit(answers).grid, np.arange(len(self.helpers)))
        self._places = self.scale.places(answers)
        self.scores = self.scale.scores(self._places)

    def held_out(self, rows: NDArray[np.int64], folds: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return scores [n, h] of structures when the whole fold of each was never seen by any helper.

        Parameters
        ----------
        rows : ndarray of int [n]
            Structures.
        folds : ndarray of int [n]
            Their folds.

        Returns
        -------
        ndarray of float32 [n, h]
            Normal scores.
        """
        return self.scale(self._away(rows, folds))

    def forgetting(self, fold: int) -> NDArray[np.float32]:
        """Answer for all structures as if those of one fold had never been seen.

        Parameters
        ----------
        fold : int
            The fold; -1 for none.

        Returns
        -------
        ndarray of float32 [N, h]
            In the space of the labels; polymers of the other folds are known to the helpers that have their labels.
        """
        forgotten, every = self.folds == fold, np.arange(len(self.units))
        return np.column_stack([task.without(forgotten, every).astype(np.float32) for task in self._tasks])

    def _away(self, rows: NDArray[np.int64], folds: NDArray[np.int64]) -> NDArray[np.float32]:
        answers = np.zeros((len(rows), len(self._tasks)), dtype=np.float32)
        for fold in np.unique(folds):
            asked = np.flatnonzero(folds == fold)
            forgotten = np.zeros(len(self.units), dtype=bool)
            forgotten[rows[asked]] = True
            for column, task in enumerate(self._tasks):
                answers[asked, column] = task.without(forgotten, rows[asked])
        return answers

    def finished(self) -> Auxiliaries:
        """Return the first stage as it is used after training."""
        return Auxiliaries(
            helpers=self.helpers,
            weights=np.column_stack([task.weights for task in self._tasks]),
            rows=tuple(task.rows for task in self._tasks),
            alphas=tuple(task.alpha.astype(np.float32) for task in self._tasks),
            offsets=np.array([task.offset for task in self._tasks]),
            scale=self.scale,
            places=self._places,
            units=self.units,
        )


def _fit(reference: Reference, rows: NDArray[np.int64], labels: Labels, seed: int) -> _Task:
    process = fit_process(reference, rows, labels.values, labels.weights, {}, seed)
    cross = np.empty((len(reference), len(rows)), dtype=np.float32)
    for start in range(0, len(reference), _BLOCK):
        asked = np.arange(start, min(start + _BLOCK, len(reference)))
        parts = reference.parts(asked, rows)
        cross[asked] = sum(np.float32(weight) * part for weight, part in zip(process.weights, parts, strict=True))
    return _Task(rows, process.offset, process.weights, process.alpha, process.inverse, cross)


def stage_units(labels: dict[str, tuple[Helper, Labels]]) -> set[str]:
    """Return all polymers that the first stage learns from."""
    return {unit for _, table in labels.values() for unit in table.units}
