"""Whether a polymer is known: exact membership and the nearest known polymer, with the list that holds it.

Lists: the handbook, the polymers that the property models were trained on (shipped with them), and lists of the user.
That a chain is in none of them does not make it new; it says where was looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy import sparse

from tools.chemistry import handbook
from tools.chemistry.fingerprints import fingerprints, minmax_similarity
from tools.core.errors import InputError, StructureError
from tools.core.polymer import Polymer
from tools.core.sheet import find_column, open_sheet
from tools.properties.artefacts import SHIPPED, library
from tools.properties.features import featurise
from tools.synthesis.stereo import without_stereo

_COLUMNS = ("smiles", "psmiles", "polymer", "unit", "repeat_unit")
HANDBOOK, TRAINING = "handbook", "training sets of the property models"
_PLACES = 4


@dataclass(frozen=True)
class Nearest:
    """The most similar polymer of a list.

    Attributes
    ----------
    where : str
        Name of the list.
    smiles, name : str
        Repeat unit, and name where the list has one.
    similarity : float
        Min-max Tanimoto similarity of counts of circular environments, 0 to 1.
    """

    where: str
    smiles: str
    name: str
    similarity: float


@dataclass(frozen=True)
class Novelty:
    """Where a polymer was looked for and found.

    Attributes
    ----------
    known_in : tuple of str
        Lists that hold exactly this chain.
    without_stereo_in : tuple of str
        Further lists that hold it with other or no stereo marks.
    nearest : tuple of Nearest
        The most similar polymer of each list, most similar first.
    looked_in : tuple of str
        All lists that were searched.
    """

    known_in: tuple[str, ...]
    without_stereo_in: tuple[str, ...]
    nearest: tuple[Nearest, ...]
    looked_in: tuple[str, ...]

    @property
    def known(self) -> bool:
        """True if a list holds the chain, stereo marks aside."""
        return bool(self.known_in or self.without_stereo_in)

    @property
    def text(self) -> str:
        """The finding in one sentence."""
        if self.known_in:
            return f"Known: in {', '.join(self.known_in)}."
        if self.without_stereo_in:
            return f"Known with other or no stereo marks: in {', '.join(self.without_stereo_in)}."
        looked = f"Not in {', '.join(self.looked_in)}"
        if not self.nearest:
            return f"{looked}."
        best = self.nearest[0]
        return f"{looked}; nearest: {best.name or best.smiles} ({best.where}, similarity {best.similarity:.2f})."


class KnownPolymers(Protocol):
    """A list or index of known polymers."""

    @property
    def name(self) -> str:
        """What the list is called in answers."""

    def holds(self, polymer: Polymer) -> bool:
        """Tell whether exactly this chain is in the list."""

    def nearest(self, polymer: Polymer) -> Nearest | None:
        """Return the most similar polymer; None if the list is empty."""


@dataclass(frozen=True)
class PolymerList:
    """Known polymers held in memory.

    Attributes
    ----------
    name : str
        What the list is called in answers.
    polymers : tuple of Polymer
        Its polymers.
    names : tuple of str
        Their names, empty where unknown; as many as polymers, or none.
    """

    name: str
    polymers: tuple[Polymer, ...]
    names: tuple[str, ...] = ()

    @staticmethod
    def from_file(path: Path | str, name: str = "", column: str = "") -> PolymerList:
        """Read a table with a column of repeat units, or one repeat unit a line.

        Parameters
        ----------
        path : Path or str
            The file.
        name : str
            What the list is called in answers; the name of the file if empty.
        column : str
            Name or number of the column; found by name when empty.

        Returns
        -------
        PolymerList
            The list.

        Raises
        ------
        InputError
            If the file cannot be read, or a row holds no repeat unit; the message names the row.
        """
        sheet = open_sheet(Path(path), _COLUMNS, column)
        place = find_column(sheet, _COLUMNS, column) or 0
        found = []
        for row in sheet.rows():
            if row.problem is not None and row.problem.code == "empty_line":
                continue
            if row.problem is not None:
                raise InputError(f"{path}, line {row.line}: {row.problem.message}", hint=row.problem.hint)
            try:
                found.append(Polymer.from_smiles(row.cells[place].strip()))
            except (StructureError, IndexError) as error:
                raise InputError(
                    f"{path}, line {row.line}: {error}", hint="Give a repeat unit with two * on every line."
                ) from error
        return PolymerList(name or Path(path).name, tuple(found))

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(polymer.key for polymer in self.polymers)

    @cached_property
    def _counts(self) -> sparse.csr_matrix:
        return fingerprints(self.polymers)

    def holds(self, polymer: Polymer) -> bool:
        """Tell whether exactly this chain is in the list.

        Parameters
        ----------
        polymer : Polymer
            The chain.
        """
        return polymer.key in self._keys

    def nearest(self, polymer: Polymer) -> Nearest | None:
        """Return the most similar polymer of the list.

        Parameters
        ----------
        polymer : Polymer
            The chain.

        Returns
        -------
        Nearest or None
            None if the list is empty.
        """
        if not self.polymers:
            return None
        similarity = minmax_similarity(fingerprints([polymer]), self._counts)[0]
        best = int(np.argmax(similarity))
        name = self.names[best] if self.names else ""
        return Nearest(self.name, self.polymers[best].smiles, name, round(float(similarity[best]), _PLACES))


@dataclass(frozen=True)
class TrainingSets:
    """The polymers that the property models were trained on.

    Attributes
    ----------
    folder : Path
        Artefact folder.
    """

    folder: Path = SHIPPED

    @property
    def name(self) -> str:
        """What the list is called in answers."""
        return TRAINING

    def holds(self, polymer: Polymer) -> bool:
        """Tell whether exactly this chain was trained on.

        Parameters
        ----------
        polymer : Polymer
            The chain.
        """
        return polymer.unit in _units(self.folder)

    def nearest(self, polymer: Polymer) -> Nearest | None:
        """Return the most similar polymer that was trained on.

        Parameters
        ----------
        polymer : Polymer
            The chain.
        """
        units, reference = library(self.folder).structures
        similarity = reference.min_max("cycle", featurise([polymer]))[0]
        best = int(np.argmax(similarity))
        return Nearest(self.name, Polymer.from_smiles(units[best]).smiles, "", round(float(similarity[best]), _PLACES))


@lru_cache(maxsize=2)
def _units(folder: Path) -> frozenset[str]:
    return frozenset(library(folder).structures[0])


@lru_cache(maxsize=1)
def handbook_list() -> PolymerList:
    """Return the handbook as a list of known polymers.

    Returns
    -------
    PolymerList
        One entry for each chain, with its name.
    """
    first = {entry.polymer.key: entry for entry in reversed(handbook.load())}
    entries = [first[key] for key in sorted(first)]
    return PolymerList(HANDBOOK, tuple(entry.polymer for entry in entries), tuple(entry.name for entry in entries))


def novelty(polymer: Polymer, own: Sequence[KnownPolymers] = (), *, nearest: bool = True) -> Novelty:
    """Look a polymer up in the handbook, the training sets and the user's lists.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    own : sequence of KnownPolymers
        Lists of the user, such as ``PolymerList.from_file("ours.csv")``.
    nearest : bool
        Also look for the most similar polymer of each list.

    Returns
    -------
    Novelty
        Where it was found, and what is nearest.
    """
    lists: tuple[KnownPolymers, ...] = (handbook_list(), TrainingSets(), *own)
    plain = without_stereo(polymer)
    exact = tuple(item.name for item in lists if item.holds(polymer))
    loose = tuple(item.name for item in lists if item.name not in exact and plain != polymer and item.holds(plain))
    found = [item.nearest(polymer) for item in lists] if nearest else []
    ranked = sorted((item for item in found if item is not None), key=lambda item: (-item.similarity, item.where))
    return Novelty(exact, loose, tuple(ranked), tuple(item.name for item in lists))
