"""Count fingerprints of chains, exact for the infinite chain, and their similarity.

They are computed on a ring-closed oligomer with the atom invariants of the open chain, so they have no chain end and
depend neither on the cut nor on the number of units. Counts are divided by the number of heavy atoms (times 100), so
that units of different size compare: they say how often a pattern occurs per 100 heavy atoms of chain.

Morgan: Rogers and Hahn, J. Chem. Inf. Model. 2010, 50, 742 (10.1021/ci100050t). Atom pairs: Carhart, Smith and
Venkataraghavan, J. Chem. Inf. Comput. Sci. 1985, 25, 64 (10.1021/ci00046a002). Torsions: Nilakantan et al., J. Chem.
Inf. Comput. Sci. 1987, 27, 82 (10.1021/ci00054a008).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from rdkit.Chem import rdFingerprintGenerator
from scipy import sparse

from tools.chemistry.oligomer import cyclic
from tools.core.errors import InputError
from tools.core.polymer import Polymer

Kind = Literal["morgan", "atom_pair", "torsion"]

ATOM_PAIR_DISTANCE = 6  # bonds


@lru_cache(maxsize=16)
def _generator(kind: str, radius: int) -> tuple[Any, int]:
    """Return the generator and the ring size from which it is exact."""
    if kind == "morgan":
        return rdFingerprintGenerator.GetMorganGenerator(radius=radius), 2 * radius + 2
    if kind == "atom_pair":
        return rdFingerprintGenerator.GetAtomPairGenerator(maxDistance=ATOM_PAIR_DISTANCE), 2 * ATOM_PAIR_DISTANCE + 2
    if kind == "torsion":
        return rdFingerprintGenerator.GetTopologicalTorsionGenerator(), 8
    raise InputError(f"Unknown fingerprint {kind!r}.", hint="Use morgan, atom_pair or torsion.")


def fingerprints(
    polymers: Sequence[Polymer], kind: Kind = "morgan", *, radius: int = 2, size: int = 2048, per: str = "atom"
) -> sparse.csr_matrix:
    """Count patterns in chains.

    Parameters
    ----------
    polymers : sequence of Polymer
        The chains, n of them.
    kind : {"morgan", "atom_pair", "torsion"}
        Circular environments, pairs of atoms up to 6 bonds apart, or paths of four atoms.
    radius : int
        Radius of Morgan environments in bonds, 0 to 4.
    size : int
        Number of columns that hashed patterns are folded into.
    per : {"atom", "unit"}
        Counts per 100 heavy atoms, or per smallest repeat unit.

    Returns
    -------
    scipy.sparse.csr_matrix of float64, shape (n, size)
        Counts. Equal for every writing of a chain, to the last bit.

    Raises
    ------
    InputError
        If an option is unknown.
    """
    if per not in ("atom", "unit") or not 0 <= radius <= 4 or size < 1:
        raise InputError("Unknown fingerprint option.", hint='Use per "atom" or "unit" and a radius from 0 to 4.')
    generator, ring_size = _generator(kind, radius)
    indptr, indices, data = [0], [], []
    for polymer in polymers:
        ring = cyclic(polymer, ring_size)
        counts = generator.GetSparseCountFingerprint(ring.mol, customAtomInvariants=ring.invariants.tolist())
        scale = 100.0 / ring.mol.GetNumAtoms() if per == "atom" else 1.0 / ring.units
        row: dict[int, int] = {}
        for code, count in counts.GetNonzeroElements().items():
            row[code % size] = row.get(code % size, 0) + count
        for column in sorted(row):
            indices.append(column)
            data.append(row[column] * scale)
        indptr.append(len(indices))
    arrays = (np.array(data, dtype=np.float64), np.array(indices, dtype=np.int32), np.array(indptr, dtype=np.int32))
    return sparse.csr_matrix(arrays, shape=(len(polymers), size))


def minmax_similarity(left: sparse.csr_matrix, right: sparse.csr_matrix) -> npt.NDArray[np.float64]:
    """Compare count fingerprints by min-max Tanimoto, sum of minima over sum of maxima.

    Parameters
    ----------
    left : scipy.sparse.csr_matrix, shape (n, size)
        Non-negative counts.
    right : scipy.sparse.csr_matrix, shape (m, size)
        Non-negative counts.

    Returns
    -------
    numpy.ndarray of float64, shape (n, m)
        Similarities from 0 to 1; 1 for equal counts, and 0 where both are empty.

    Raises
    ------
    InputError
        If the numbers of columns differ.

    Notes
    -----
    Ralaivola et al., Neural Networks 2005, 18, 1093 (10.1016/j.neunet.2005.07.009).
    """
    if left.shape[1] != right.shape[1]:
        raise InputError("The fingerprints have different sizes.", hint="Compute both with the same size.")
    left_sums = np.asarray(left.sum(axis=1)).ravel()
    right_sums = np.asarray(right.sum(axis=1)).ravel()
    columns = right.tocsc()
    minima = np.zeros((left.shape[0], right.shape[0]))
    for row in range(left.shape[0]):
        for place in range(left.indptr[row], left.indptr[row + 1]):
            column, value = left.indices[place], left.data[place]
            span = slice(columns.indptr[column], columns.indptr[column + 1])
            minima[row, columns.indices[span]] += np.minimum(columns.data[span], value)
    maxima = left_sums[:, None] + right_sums[None, :] - minima
    return np.asarray(np.divide(minima, maxima, out=np.zeros_like(minima), where=maxima > 0))
