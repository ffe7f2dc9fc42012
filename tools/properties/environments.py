"""Atom environments of a chain, counted piece by piece, each piece in its surroundings counted once and kept.

An environment is what lies within one or two bonds of an atom (Rogers and Hahn, J. Chem. Inf. Model. 2010, 50, 742,
without their removal of duplicates, so that the count of a chain is the sum over its pieces). It reaches at most two
atoms into the neighbouring pieces: chains that differ further away share the work. Atoms of the backbone carry a mark
in the environments of up to one bond.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors
from scipy import sparse

from tools.core.errors import StructureError
from tools.core.polymer import Polymer
from tools.properties.pieces import STEREO

#: Changes whenever an environment or a sum changes.
ENVIRONMENT_VERSION = "2"
#: What is summed over the pieces of a repeat unit.
SUMS: tuple[str, ...] = (
    "heavy_atoms", "mass", "path_atoms", "rings", "aromatic_rings", "rotatable", "polar_area", "carbons", "sp3_carbons",
    "donors", "acceptors", "refractivity", "log_partition", "path_ring_atoms", "path_sp3_atoms", "branches", "pieces",
    "hydrogens", "halogens",
)  # fmt: skip
_KEPT = 1 << 17

Shell = tuple[int, ...]


@dataclass(frozen=True)
class _Side:
    """A piece as its neighbour sees it: the atom across the bond, and what hangs on it.

    ``through`` is True if the next piece hangs on that same atom, two bonds away.
    """

    head: int
    around: tuple[tuple[int, int], ...]
    through: bool


@dataclass(frozen=True)
class _Block:
    """A piece read once: invariants, bonds (kind, neighbour) by atom; -1 and -2 stand for its start and end."""

    number: int
    invariants: tuple[int, ...]
    marked: tuple[int, ...]
    bonds: tuple[tuple[tuple[int, int], ...], ...]
    ends: tuple[int, int]
    bond: int
    before: _Side
    after: _Side
    sums: tuple[float, ...]


@dataclass(frozen=True)
class Counts:
    """Environments and sums of n chains.

    Attributes
    ----------
    environments : csr_matrix [n, e]
        Count of each environment per repeat unit, float64.
    ids : ndarray of uint32 [e]
        Hash of each environment, ascending.
    sums : ndarray [n, len(SUMS)]
        Sums over the pieces of a repeat unit, as ``SUMS`` names them; masses in g/mol, areas in Å2.
    """

    environments: Any
    ids: NDArray[np.uint32]
    sums: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.sums.shape[0])


def _mix(*numbers: int) -> int:
    """Hash whole numbers to 32 bits, the same on every machine."""
    return zlib.crc32(struct.pack(f"<{len(numbers)}q", *numbers))


@lru_cache(maxsize=_KEPT)
def _block(text: str) -> _Block:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(STEREO.sub("", text))
    stars = {} if mol is None else {a.GetIsotope(): a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 0}
    if set(stars) != {1, 2}:
        raise StructureError(f"{text!r} is not a piece of a chain.", code="piece")
    for star in stars.values():
        mol.GetAtomWithIdx(star).SetIsotope(0)
    path = Chem.GetShortestPath(mol, stars[1], stars[2])
    kept = [index for index in range(mol.GetNumAtoms()) if index not in stars.values()]
    place = {index: number for number, index in enumerate(kept)} | {stars[1]: -1, stars[2]: -2}
    raw = rdMolDescriptors.GetConnectivityInvariants(mol)
    invariants = tuple(int(raw[index]) for index in kept)
    on_path = set(path[1:-1])
    marked = tuple(_mix(int(raw[index]), int(index in on_path)) for index in kept)
    bonds = tuple(
        tuple(
            (int(bond.GetBondType()), place[bond.GetOtherAtomIdx(index)])
            for bond in mol.GetAtomWithIdx(index).GetBonds()
        )
        for index in kept
    )
    ends = (place[path[1]], place[path[-2]])
    bond = int(mol.GetBondBetweenAtoms(path[-2], stars[2]).GetBondType())
    sides = tuple(_side(end, star, invariants, bonds) for end, star in zip(ends, (-1, -2), strict=True))
    return _Block(
        zlib.crc32(text.encode()), invariants, marked, bonds, ends, bond, sides[0], sides[1], _sums(mol, path[1:-1])
    )


def _side(end: int, star: int, invariants: tuple[int, ...], bonds: tuple[tuple[tuple[int, int], ...], ...]) -> _Side:
    around = tuple(sorted((kind, invariants[other]) for kind, other in bonds[end] if other >= 0))
    return _Side(invariants[end], around, any(other < 0 and other != star for _, other in bonds[end]))


def _sums(mol: Any, path: Sequence[int]) -> tuple[float, ...]:
    atoms = list(mol.GetAtoms())
    carbons = sum(atom.GetAtomicNum() == 6 for atom in atoms)
    along = [atoms[index] for index in path]
    crippen = rdMolDescriptors._CalcCrippenContribs(mol)
    return (
        mol.GetNumAtoms() - 2,
        rdMolDescriptors._CalcMolWt(mol),
        len(path),
        rdMolDescriptors.CalcNumRings(mol),
        rdMolDescriptors.CalcNumAromaticRings(mol),
        rdMolDescriptors.CalcNumRotatableBonds(mol) + 1,  # a joint between pieces is a single bond outside rings
        rdMolDescriptors.CalcTPSA(mol),
        carbons,
        rdMolDescriptors.CalcFractionCSP3(mol) * carbons,
        rdMolDescriptors.CalcNumLipinskiHBD(mol),
        rdMolDescriptors.CalcNumLipinskiHBA(mol),
        sum(refractivity for _, refractivity in crippen),
        sum(partition for partition, _ in crippen),
        sum(atom.IsInRing() for atom in along),
        sum(atom.GetHybridization() == Chem.HybridizationType.SP3 for atom in along),
        sum(atom.GetDegree() > 2 and not atom.IsInRing() for atom in along),
        1,
        sum(atom.GetTotalNumHs() for atom in atoms),
        sum(atom.GetAtomicNum() in (9, 17, 35, 53) for atom in atoms),
    )


def _shell(side: _Side, beyond: int, kind: int) -> Shell:
    """Flatten what a piece shows its neighbour; ``beyond`` heads the piece after it, ``kind`` is the bond there."""
    around = sorted((*side.around, (kind, beyond))) if side.through else side.around
    return (side.head, *(number for pair in around for number in pair))


def _environments(text: str, left: Shell, left_bond: int, right: Shell) -> tuple[NDArray[np.uint32], tuple[float, ...]]:
    """Return the environments of a piece's atoms between two neighbours, with repeats, and the piece's sums."""
    block = _block(text)
    kinds = {-1: left_bond, -2: block.bond}
    outer = {-1: left[0], -2: right[0]}

    def around(atom: int, near: dict[int, int]) -> list[int]:
        pairs = sorted((kinds.get(other, kind), near[other]) for kind, other in block.bonds[atom])
        return [number for pair in pairs for number in pair]

    def joined(shell: Shell, kind: int, end: int, invariants: tuple[int, ...]) -> int:
        pairs = sorted([*zip(shell[1::2], shell[2::2], strict=True), (kind, invariants[end])])
        return _mix(1, shell[0], *(number for pair in pairs for number in pair))

    atoms = range(len(block.invariants))
    zero = {**dict(enumerate(block.invariants)), **outer}
    one = {atom: _mix(1, zero[atom], *around(atom, zero)) for atom in atoms}
    reach = {
        **one,
        -1: joined(left, left_bond, block.ends[0], block.invariants),
        -2: joined(right, block.bond, block.ends[1], block.invariants),
    }
    found = [
        number
        for atom in atoms
        for number in (
            block.marked[atom],
            one[atom],
            _mix(3, block.marked[atom], *around(atom, zero)),
            _mix(2, one[atom], *around(atom, reach)),
        )
    ]
    return np.array(found, dtype=np.uint32), block.sums


class _Store:
    """Pieces in their surroundings that have been met: a number each, their environments and their sums."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, Shell, int, Shell], int] = {}
        self._near: dict[tuple[str, ...], int] = {}
        self._lock = Lock()
        self.found: list[NDArray[np.uint32]] = []
        self.sums: list[tuple[float, ...]] = []

    def number(self, pieces: tuple[str, ...]) -> int:
        """Return the number of the middle one of five pieces."""
        known = self._near.get(pieces)
        if known is None:
            with self._lock:
                known = self._near[pieces] = self._place(pieces)
        return known

    def _place(self, pieces: tuple[str, ...]) -> int:
        far_left, left, _, right, far_right = map(_block, pieces)
        key = (
            pieces[2],
            _shell(left.after, far_left.invariants[far_left.ends[1]], far_left.bond),
            left.bond,
            _shell(right.before, far_right.invariants[far_right.ends[0]], right.bond),
        )
        if key not in self._numbers:
            found, sums = _environments(*key)
            self.found.append(found)
            self.sums.append(sums)
            self._numbers[key] = len(self.found) - 1
        return self._numbers[key]

    @property
    def full(self) -> bool:
        """True if it holds as much as it should."""
        return len(self._near) > _KEPT


_STORES = [_Store()]


def _store() -> _Store:
    if _STORES[0].full:
        _STORES[0] = _Store()
    return _STORES[0]


def count(polymers: Sequence[Polymer]) -> Counts:
    """Count the environments of chains.

    Parameters
    ----------
    polymers : sequence of Polymer
        The chains, n of them.

    Returns
    -------
    Counts
        Their environments and sums, per smallest repeat unit without stereochemistry.

    Raises
    ------
    StructureError
        If a chain cannot be read.
    """
    store = _store()
    numbers: list[int] = []
    ends = [0]
    for polymer in polymers:
        numbers += _contexts(flat(polymer).word, store)
        ends.append(len(numbers))
    used, place = np.unique(np.array(numbers, dtype=np.int64), return_inverse=True)
    found = [store.found[number] for number in used]
    ids, column = np.unique(np.concatenate([*found, np.zeros(0, dtype=np.uint32)]), return_inverse=True)
    starts = np.concatenate([[0], np.cumsum([len(item) for item in found])]).astype(np.int64)
    table = sparse.csr_matrix((np.ones(len(column)), column, starts), shape=(len(used), len(ids)))
    table.sum_duplicates()
    member = sparse.csr_matrix((np.ones(len(place)), place, np.array(ends)), shape=(len(polymers), len(used)))
    sums = np.array([store.sums[number] for number in used], dtype=np.float64).reshape(len(used), len(SUMS))
    return Counts(member @ table, ids.astype(np.uint32), np.asarray(member @ sums))


def _contexts(word: tuple[str, ...], store: _Store) -> list[int]:
    size = len(word)
    ring = word + (word * (4 // size + 1))[:4]
    return [store.number(ring[i : i + 5]) for i in range(size)]


def flat(polymer: Polymer) -> Polymer:
    """Return the chain without stereochemistry, which the models do not see.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    """
    if STEREO.search(polymer.key) is None:
        return polymer
    return Polymer.from_smiles(STEREO.sub("", polymer.unit))
