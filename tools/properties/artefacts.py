"""The shipped artefacts of the property models: structures, one model per property, what they share, the fast tier."""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tools.core.cards import load_card
from tools.core.errors import ArtefactError, UnknownNameError
from tools.properties.auxiliary import Auxiliaries, load_auxiliaries
from tools.properties.features import BINS, BLOCKS, FEATURE_VERSION
from tools.properties.kernels import RankScale, Reference
from tools.properties.model import Model, Processes, load_model
from tools.properties.screening import Screening, load_screening

STRUCTURES, RELATIONS, FIRST, SIBLINGS, SCREENING = "structures", "relations", "first-stage", "siblings", "screening"
#: Folders that hold what the models share.
SHARED = frozenset({STRUCTURES, RELATIONS, FIRST, SIBLINGS, SCREENING})
STRUCTURES_NPZ, RELATIONS_JSON = "structures.npz", "relations.json"
SHIPPED = Path(__file__).parent / "artefacts"


class Library:
    """All artefacts of a folder; structures are read when the first accurate prediction needs them.

    Parameters
    ----------
    folder : Path
        Folder with one sub-folder per property, ``structures`` and ``relations``.
    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        if not (folder / RELATIONS).is_dir():
            raise ArtefactError(f"{folder} holds no property models.", hint="Run polysmith finetune properties.")
        self.folder = folder
        self.names = tuple(
            sorted(
                path.name
                for path in folder.iterdir()
                if path.is_dir() and path.name not in SHARED and (path / "card.json").is_file()
            )
        )
        load_card(folder / RELATIONS)
        relations = json.loads((folder / RELATIONS / RELATIONS_JSON).read_text(encoding="utf-8"))
        self.correlated: tuple[str, ...] = tuple(relations["properties"])
        self.correlation = np.array(relations["correlation"], dtype=np.float64)
        self._models: dict[str, Model] = {}
        self._processes: dict[tuple[str, ...], Processes] = {}

    def model(self, name: str) -> Model:
        """Return the model of a property; raises UnknownNameError if none was trained."""
        if name not in self.names:
            known = ", ".join(self.names)
            raise UnknownNameError(f"There is no model for {name!r}.", hint=f"Models: {known}.")
        if name not in self._models:
            self._models[name] = load_model(self.folder / name)
        return self._models[name]

    def processes(self, names: tuple[str, ...]) -> Processes:
        """Return the Gaussian processes of properties side by side, kept for the next call with the same names."""
        if names not in self._processes:
            models = [self.model(name) for name in names]
            self._processes = {names: Processes.of(models, len(self.structures[1]))}
        return self._processes[names]

    @cached_property
    def structures(self) -> tuple[tuple[str, ...], Reference]:
        """Canonical units of the reference polymers, and their kernels."""
        folder = self.folder / STRUCTURES
        load_card(folder)
        with np.load(folder / STRUCTURES_NPZ, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        if found["version"].tobytes().decode("ascii") != FEATURE_VERSION:
            raise ArtefactError(
                "The reference structures have other features.", hint="Run polysmith finetune properties."
            )
        units = tuple(found["units"].tobytes().decode("utf-8").split("\n"))
        blocks = {name: _unpack_block(found, name) for name in BLOCKS["accurate"]}
        scale = RankScale(found["grid"], found["used"].astype(np.int64))
        return units, Reference(blocks, found["places"], scale)

    @cached_property
    def first(self) -> Auxiliaries | None:
        """The first stage, None if these models were trained without one."""
        folder = self.folder / FIRST
        if not (folder / "card.json").is_file():
            return None
        load_card(folder)
        return load_auxiliaries(folder, self.structures[0])

    @cached_property
    def screening(self) -> Screening | None:
        """The networks of the fast tier, None if the models of this folder have trees for it."""
        folder = self.folder / SCREENING
        return load_screening(folder) if (folder / "card.json").is_file() else None

    def between(self, first: str, second: str) -> float:
        """Return the correlation of the errors of two properties (0 where unknown)."""
        if first == second:
            return 1.0
        if first not in self.correlated or second not in self.correlated:
            return 0.0
        return float(self.correlation[self.correlated.index(first), self.correlated.index(second)])


def pack_block(block: Any, name: str) -> dict[str, NDArray[Any]]:
    """Write a count block compactly: bins as differences within each row, so that they compress."""
    row_start = np.zeros(len(block.indices), dtype=bool)
    row_start[block.indptr[:-1][np.diff(block.indptr) > 0]] = True
    steps = np.diff(block.indices, prepend=0)
    steps[row_start] = block.indices[row_start]
    return {
        f"{name}.steps": steps.astype(np.uint16),
        f"{name}.counts": block.data.astype(np.uint8),
        f"{name}.lengths": np.diff(block.indptr).astype(np.uint16),
    }


def _unpack_block(found: dict[str, NDArray[Any]], name: str) -> Any:
    steps = found[f"{name}.steps"].astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(found[f"{name}.lengths"].astype(np.int64))])
    running = np.cumsum(steps)
    before = np.concatenate([[0], running])[starts[:-1]]
    indices = running - np.repeat(before, np.diff(starts))
    return sparse.csr_matrix((found[f"{name}.counts"], indices, starts), shape=(len(starts) - 1, BINS))


@lru_cache(maxsize=4)
def library(folder: Path = SHIPPED) -> Library:
    """Return the artefacts of a folder, loaded once.

    Parameters
    ----------
    folder : Path
        Artefact folder; the shipped one by default.

    Returns
    -------
    Library
        Shared by all callers.

    Raises
    ------
    ArtefactError
        If the folder holds no models or a card does not match.
    """
    return Library(folder)
