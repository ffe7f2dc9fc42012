"""Features of repeat units that do not depend on where the unit was cut.

Counts come from a ring-closed oligomer (copies of the unit joined into a cycle long enough that no environment reaches
round it) and are divided by the number of copies, so that rotations and multiples of a unit give the same numbers. One
block, ``star``, and the descriptors are computed on the canonical unit itself: the same polymer always has the same
canonical unit, so every writing of it gives the same features to the last bit.

Fingerprints are RDKit's Morgan (Rogers and Hahn, J. Chem. Inf. Model. 2010, 50, 742), atom-pair (Carhart et al.,
J. Chem. Inf. Comput. Sci. 1985, 25, 64) and topological-torsion (Nilakantan et al., J. Chem. Inf. Comput. Sci. 1987,
27, 82) counts. Descriptors are RDKit's 2D list without those that are slow or overflow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors, rdFingerprintGenerator, rdMolDescriptors
from scipy import sparse

from tools.core.errors import StructureError
from tools.core.polymer import Polymer
from tools.properties.backbone import BACKBONE_NAMES, backbone_block
from tools.properties.environments import flat
from tools.properties.pieces import QUICK_NAMES, close_pieces, quick_block, read_piece

Tier = Literal["accurate", "fast"]

#: Number of bins that hashed environments are folded into.
BINS = 1 << 16
#: Changes whenever a feature changes; artefacts trained with another version are refused.
FEATURE_VERSION = "1"

BLOCKS: dict[Tier, tuple[str, ...]] = {"accurate": ("cycle", "pair", "torsion", "star"), "fast": ("cycle",)}
_RADIUS: dict[Tier, int] = {"accurate": 3, "fast": 2}
_CYCLE: dict[Tier, int] = {"accurate": 15, "fast": 7}
_PAIR_REACH = 6
# slow, growing without bound with the size of the unit, about stereochemistry, or undefined with dummy atoms
_LEFT_OUT = frozenset(
    {
        *("Ipc", "AvgIpc", "qed", "SPS", "BertzCT", "BalabanJ"),
        *("MaxAbsEStateIndex", "MaxEStateIndex", "MinAbsEStateIndex", "MinEStateIndex"),
        *("NumAtomStereoCenters", "NumUnspecifiedAtomStereoCenters"),
        *("FpDensityMorgan1", "FpDensityMorgan2", "FpDensityMorgan3"),
    }
)
_LEFT_OUT_PREFIX = "BCUT2D"
_LARGEST = 1e6
_WORD = np.uint64(0xFFFFFFFF)

FloatArray = NDArray[np.float32]
Counts = tuple[NDArray[np.uint64], NDArray[np.uint16]]  # hashed environments, counts per unit


@dataclass(frozen=True)
class Features:
    """Features of ``n`` polymers.

    Attributes
    ----------
    blocks : dict of str to csr_matrix
        Counts per repeat unit of hashed environments, each [n, BINS], dtype uint8.
    dense : ndarray of float32 [n, d]
        Descriptors; ``names`` says which.
    names : tuple of str
        Names of the dense columns.
    """

    blocks: dict[str, Any]
    dense: FloatArray
    names: tuple[str, ...]

    def take(self, rows: NDArray[Any]) -> Features:
        """Return the features of some polymers, by row index or mask."""
        return Features({name: block[rows] for name, block in self.blocks.items()}, self.dense[rows], self.names)

    def __len__(self) -> int:
        return int(self.dense.shape[0])


@lru_cache(maxsize=1)
def _descriptor_functions() -> tuple[tuple[str, Callable[[Any], float]], ...]:
    return tuple(
        (name, function)
        for name, function in Descriptors.descList
        if name not in _LEFT_OUT and not name.startswith(_LEFT_OUT_PREFIX)
    )


@lru_cache(maxsize=8)
def _generator(kind: str, radius: int = 0) -> Any:
    if kind == "morgan":
        return rdFingerprintGenerator.GetMorganGenerator(radius=radius)
    if kind == "pair":
        return rdFingerprintGenerator.GetAtomPairGenerator(minDistance=1, maxDistance=_PAIR_REACH)
    return rdFingerprintGenerator.GetTopologicalTorsionGenerator()


def flat_mol(unit: str) -> Any:
    """Parse a repeat unit and drop its stereochemistry, which the models do not see.

    Parameters
    ----------
    unit : str
        Canonical repeat unit SMILES with two ``*``.

    Returns
    -------
    rdkit.Chem.Mol
        The sanitised unit.

    Raises
    ------
    StructureError
        If it does not parse or has not exactly two ``*``.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(unit)
    if mol is None:
        raise StructureError(f"{unit!r} is not a SMILES.", code="invalid_smiles")
    Chem.RemoveStereochemistry(mol)
    if sum(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms()) != 2:
        raise StructureError(f"{unit!r} has not exactly two attachment points.", code="stars")
    return mol


def ring_closed(mol: Any, shortest_cycle: int) -> tuple[Any, int, list[int]]:
    """Join copies of a unit into a cycle.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Repeat unit with two ``*``.
    shortest_cycle : int
        Least number of backbone atoms round the cycle.

    Returns
    -------
    mol : rdkit.Chem.RWMol
        The cycle, not sanitised: sanitising a macrocycle of many fused rings takes for ever.
    copies : int
        Number of units in it.
    invariants : list of int
        Morgan atom invariants of the open unit, copy after copy; the cycle's own would call every atom a ring atom.
    """
    first, second = (atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0)
    path = Chem.GetShortestPath(mol, first, second)
    copies = max(1, -(-shortest_cycle // (len(path) - 2)))
    head, tail = path[1], path[-2]
    bond = mol.GetBondBetweenAtoms(second, tail).GetBondType()
    size = mol.GetNumAtoms()
    cycle = Chem.RWMol(mol)
    for _ in range(copies - 1):
        cycle.InsertMol(mol)
    cycle.BeginBatchEdit()
    for copy in range(copies):
        cycle.AddBond(tail + copy * size, head + (copy + 1) % copies * size, bond)
        cycle.RemoveAtom(first + copy * size)
        cycle.RemoveAtom(second + copy * size)
    cycle.CommitBatchEdit()
    cycle.UpdatePropertyCache(False)
    Chem.FastFindRings(cycle)
    invariants = list(rdMolDescriptors.GetConnectivityInvariants(mol))
    kept = [value for index, value in enumerate(invariants) if index not in (first, second)]
    return cycle, copies, kept * copies


def _raw(counts: dict[int, int], copies: int) -> Counts:
    """Return hashed environments and their counts per unit."""
    ids = np.fromiter(counts.keys(), dtype=np.uint64, count=len(counts))
    values = np.fromiter(counts.values(), dtype=np.uint16, count=len(counts))
    return ids, values // copies if copies > 1 else values


def _counts(mol: Any) -> dict[str, Counts]:
    cycle, copies, invariants = ring_closed(mol, _CYCLE["accurate"])
    found = {"cycle": _morgan(cycle, copies, invariants, "accurate")}
    for kind in ("pair", "torsion"):
        found[kind] = _raw(_generator(kind).GetSparseCountFingerprint(cycle).GetNonzeroElements(), copies)
    found["star"] = _raw(_generator("morgan", 2).GetSparseCountFingerprint(mol).GetNonzeroElements(), 1)
    return found


def _morgan(cycle: Any, copies: int, invariants: list[int], tier: Tier) -> Counts:
    generator = _generator("morgan", _RADIUS[tier])
    counted = generator.GetSparseCountFingerprint(cycle, customAtomInvariants=invariants)
    return _raw(counted.GetNonzeroElements(), copies)


def _dense(mol: Any) -> list[float]:
    return backbone_block(mol) + [float(function(mol)) for _, function in _descriptor_functions()]


def dense_names(tier: Tier) -> tuple[str, ...]:
    """Return the names of the dense columns of a tier."""
    if tier == "fast":
        return QUICK_NAMES
    return BACKBONE_NAMES + tuple(name for name, _ in _descriptor_functions())


def featurise(polymers: Sequence[Polymer], tier: Tier = "accurate") -> Features:
    """Compute the features of polymers.

    Parameters
    ----------
    polymers : sequence of Polymer
        The chains, n of them.
    tier : {"accurate", "fast"}
        All blocks and descriptors, or what screening uses.

    Returns
    -------
    Features
        One row per polymer, in order.

    Raises
    ------
    StructureError
        If a unit cannot be read.
    """
    rows = [_fast_row(polymer) if tier == "fast" else _row(flat_unit(polymer)) for polymer in polymers]
    names = dense_names(tier)
    dense = np.stack([numbers for _, numbers in rows]) if rows else np.zeros((0, len(names)), dtype=np.float32)
    return Features({name: _stack([counts[name] for counts, _ in rows]) for name in BLOCKS[tier]}, dense, names)


@lru_cache(maxsize=8192)
def _row(unit: str) -> tuple[dict[str, Counts], FloatArray]:
    with rdBase.BlockLogs():
        mol = flat_mol(unit)
        numbers = np.asarray(_dense(mol), dtype=np.float64)
        clipped = np.clip(np.nan_to_num(numbers, posinf=_LARGEST, neginf=-_LARGEST), -_LARGEST, _LARGEST)
        return _counts(mol), clipped.astype(np.float32)


def _fast_row(polymer: Polymer) -> tuple[dict[str, Counts], FloatArray]:
    pieces = [read_piece(text) for text in polymer.word]
    cycle, copies, invariants = close_pieces(pieces, _CYCLE["fast"])
    counts = {"cycle": _morgan(cycle, copies, invariants, "fast")}
    return counts, np.asarray(quick_block(pieces), dtype=np.float32)


def _stack(rows: list[Counts]) -> Any:
    """Fold hashed environments into bins (multiplicative hashing) and stack polymers."""
    ids = np.concatenate([ids for ids, _ in rows]) if rows else np.zeros(0, dtype=np.uint64)
    counts = np.concatenate([counts for _, counts in rows]) if rows else np.zeros(0, dtype=np.uint16)
    lengths = np.array([len(ids) for ids, _ in rows], dtype=np.int64)
    mixed = ((ids ^ (ids >> np.uint64(32))) & _WORD) * np.uint64(0x9E3779B1)
    bins = ((mixed & _WORD) >> np.uint64(16)).astype(np.int64)
    where = np.repeat(np.arange(len(rows)), lengths)
    block = sparse.csr_matrix((counts.astype(np.int64), (where, bins)), shape=(len(rows), BINS))
    block.sort_indices()
    block.data = np.clip(block.data, 1, 255).astype(np.uint8)
    return block


def flat_unit(polymer: Polymer) -> str:
    """Return the smallest repeat unit without stereochemistry, the one form that features are computed on.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    str
        The unit of the chain that has no stereo marks.
    """
    return flat(polymer).unit
