"""Predictions of related properties as features of a model: what one set of labels teaches helps another.

A first stage of Gaussian processes predicts properties that have labels of their own (quantum chemistry, molecular
dynamics, measurements). Their answers, put on one scale by their rank among the reference polymers, enter the second
stage twice: as columns of the trees, and in Gaussian kernels of the second Gaussian process. A polymer that the first
stage was trained on gets held-out answers, in training and in use, so that no label of a polymer itself is a feature of
that polymer (stacked generalisation: Wolpert, Neural Networks 1992, 5, 241). A property never helps itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.core.errors import ArtefactError
from tools.properties.kernels import PARTS, RankScale

FloatArray = NDArray[np.float64]
FIRST_JSON, FIRST_NPZ = "first.json", "first.npz"

#: Groups of helpers that have a kernel. Helpers of the third group, "transport", are columns of the trees only: kernels
#: on predicted permeabilities made held-out permeabilities worse.
KERNEL_GROUPS: tuple[str, ...] = ("electronic", "matter")
#: Inverse squared length scale of the kernels, distances per dimension.
SCALE = 0.1


@dataclass(frozen=True)
class Helper:
    """One property of the first stage.

    Attributes
    ----------
    name : str
        Property id and source, unique.
    property : str
        Property id; models of this property do not use the helper.
    group : {"electronic", "matter", "transport"}
        Kernel that it belongs to.
    """

    name: str
    property: str
    group: str


@dataclass(frozen=True)
class Chosen:
    """Helpers of one model.

    Attributes
    ----------
    columns : ndarray of int [k]
        Columns of the table, for the trees.
    groups : tuple of ndarray of int
        Columns of each kernel, in the order of ``KERNEL_GROUPS``.
    """

    columns: NDArray[np.int64]
    groups: tuple[NDArray[np.int64], ...]


def choose(helpers: Sequence[Helper], property: str) -> Chosen:  # noqa: A002 - the word that every value uses
    """Return the helpers of a property: all but itself.

    Parameters
    ----------
    helpers : sequence of Helper
        The first stage.
    property : str
        Property id of the model.

    Returns
    -------
    Chosen
        Their columns.
    """
    others = [place for place, helper in enumerate(helpers) if helper.property != property]
    groups = tuple(
        np.array([place for place in others if helpers[place].group == group], dtype=np.int64)
        for group in KERNEL_GROUPS
    )
    return Chosen(np.array(others, dtype=np.int64), groups)


def similarities(left: NDArray[np.float32], right: NDArray[np.float32], chosen: Chosen) -> list[NDArray[np.float32]]:
    """Compare polymers by what the first stage says about them.

    Parameters
    ----------
    left, right : ndarray [m, h], [n, h]
        Scores of polymers, all helpers.
    chosen : Chosen
        Helpers that count.

    Returns
    -------
    list of ndarray of float32 [m, n]
        One per kernel group, each between 0 and 1.
    """
    found = []
    for columns in chosen.groups:
        # double precision, so that the result does not depend on how many polymers are asked for at once
        first, second = left[:, columns].astype(np.float64), right[:, columns].astype(np.float64)
        squared = (first**2).sum(1)[:, None] + (second**2).sum(1)[None, :] - 2 * first @ second.T
        distance = np.maximum(squared, 0) / max(len(columns), 1)
        found.append(np.exp(-SCALE * distance).astype(np.float32))
    return found


@dataclass(frozen=True)
class Auxiliaries:
    """The trained first stage.

    Attributes
    ----------
    helpers : tuple of Helper
        Its properties, h of them.
    weights : ndarray [parts, h]
        Weights of the kernels of each.
    rows : tuple of ndarray of int
        Reference structures that each was trained on.
    alphas : tuple of ndarray
        Coefficients of each, in units of its own labels.
    offsets : ndarray [h]
        Means of the labels.
    scale : RankScale
        Rank of an answer among those for the reference polymers.
    places : ndarray of uint16 [N, h]
        Ranks of the held-out answers for the reference polymers, on ``scale``.
    units : tuple of str
        The reference polymers' units.
    """

    helpers: tuple[Helper, ...]
    weights: FloatArray
    rows: tuple[NDArray[np.int64], ...]
    alphas: tuple[NDArray[np.float32], ...]
    offsets: FloatArray
    scale: RankScale
    places: NDArray[np.uint16]
    units: tuple[str, ...] = field(repr=False)

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """Scores of the reference polymers [N, h] from held-out answers."""
        return self.scale.scores(self.places)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {unit: place for place, unit in enumerate(self.units)}

    @cached_property
    def _coefficients(self) -> FloatArray:
        found = np.zeros((len(self.weights), len(self.units), len(self.helpers)))
        for column, (rows, alpha) in enumerate(zip(self.rows, self.alphas, strict=True)):
            found[:, rows, column] = np.outer(self.weights[:, column], alpha)
        return found

    def save(self, folder: Path) -> list[Path]:
        """Write the first stage and return its files.

        Parameters
        ----------
        folder : Path
            Made if absent.

        Returns
        -------
        list of Path
            What was written, for the card.
        """
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"helpers": [vars(helper) for helper in self.helpers], "parts": list(PARTS)}, indent=1)
        (folder / FIRST_JSON).write_text(text + "\n", encoding="utf-8")
        np.savez_compressed(
            folder / FIRST_NPZ,
            weights=self.weights,
            rows=np.concatenate(self.rows).astype(np.int32),
            lengths=np.array([len(rows) for rows in self.rows], dtype=np.int32),
            alpha=np.concatenate(self.alphas),
            offsets=self.offsets,
            grid=self.scale.grid,
            places=self.places,
        )
        return [folder / FIRST_JSON, folder / FIRST_NPZ]

    def known(self, units: Sequence[str]) -> int:
        """Count the units among the reference polymers, whose answers are held-out ones."""
        return int((self.rows_of(units) >= 0).sum())

    def rows_of(self, units: Sequence[str]) -> NDArray[np.int64]:
        """Return where units stand among the reference polymers, -1 for others."""
        return np.array([self._place.get(unit, -1) for unit in units], dtype=np.int64)

    def answers(self, kernels: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return raw answers [m, h], in the units of the labels, from similarities to the reference polymers."""
        found = np.tile(self.offsets, (len(kernels[0]), 1))
        for part, coefficient in zip(kernels, self._coefficients, strict=True):
            found += part.astype(np.float64) @ coefficient
        return found.astype(np.float32)

    def scores(self, kernels: Sequence[NDArray[np.float32]], units: Sequence[str]) -> NDArray[np.float32]:
        """Answer for polymers.

        Parameters
        ----------
        kernels : sequence of ndarray of float32 [m, N]
            Similarities to the reference polymers, in the order of ``PARTS``.
        units : sequence of str
            Canonical units without stereochemistry, m of them.

        Returns
        -------
        ndarray of float32 [m, h]
            Normal scores; held-out ones for reference polymers.
        """
        found, known = self.scale(self.answers(kernels)), self.rows_of(units)
        found[known >= 0] = self.table[known[known >= 0]]
        return found


def load_auxiliaries(folder: Path, units: tuple[str, ...]) -> Auxiliaries:
    """Load a first stage.

    Parameters
    ----------
    folder : Path
        Where ``save`` wrote it.
    units : tuple of str
        The reference polymers' units.

    Returns
    -------
    Auxiliaries
        Ready to answer.

    Raises
    ------
    ArtefactError
        If it was trained with other kernels or other reference polymers.
    """
    data = json.loads((folder / FIRST_JSON).read_text(encoding="utf-8"))
    with np.load(folder / FIRST_NPZ, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    if tuple(data["parts"]) != PARTS or len(found["places"]) != len(units):
        raise ArtefactError("The first stage does not fit the models.", hint="Run polysmith finetune properties.")
    ends = np.cumsum(found["lengths"])[:-1]
    helpers = tuple(Helper(**entry) for entry in data["helpers"])
    return Auxiliaries(
        helpers=helpers,
        weights=found["weights"],
        rows=tuple(rows.astype(np.int64) for rows in np.split(found["rows"], ends)),
        alphas=tuple(np.split(found["alpha"], ends)),
        offsets=found["offsets"],
        scale=RankScale(found["grid"], np.arange(len(helpers))),
        places=found["places"],
        units=units,
    )
