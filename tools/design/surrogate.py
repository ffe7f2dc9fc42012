"""A quick guess of properties from backbone pieces, to choose which candidates are worth a full prediction.

Every piece has a vector of counted atom environments; a chain's vector is their sum per heavy atom, so it is additive
like a group contribution, and a ridge regression on the candidates scored so far turns it into the properties of the
brief. It costs microseconds, is only as good as additivity, and never decides: what it prefers is scored by the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rdkit.Chem import rdFingerprintGenerator

from tools.core.assemble import piece_mol
from tools.design.screen import Scored, Screen

FloatArray = npt.NDArray[np.float64]
_WIDTH = 384
_LEAST = 64  # scored candidates before the guess is used
_RIDGE = 1e-3
_GROWTH = 1.3  # fitted again when so many times more candidates are known
_MOST = 6000  # latest candidates that are fitted
_INSIDE = -1.0  # a margin beyond one standard deviation inside the bounds is worth no more


@lru_cache(maxsize=1)
def _environments() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=1, fpSize=_WIDTH)


@lru_cache(maxsize=65_536)
def _piece(piece: str) -> tuple[FloatArray, int]:
    mol = piece_mol(piece)
    counts = _environments().GetCountFingerprintAsNumPy(mol).astype(np.float64)
    return counts, sum(atom.GetAtomicNum() > 1 for atom in mol.GetAtoms())


@lru_cache(maxsize=65_536)
def summed(word: tuple[str, ...]) -> tuple[FloatArray, int]:
    """Count the atom environments of pieces.

    Parameters
    ----------
    word : tuple of str
        Backbone pieces of a repeat unit or residue.

    Returns
    -------
    ndarray [384], int
        Counts, and the number of heavy atoms. Shared: not to be changed.
    """
    total = np.zeros(_WIDTH)
    atoms = 0
    for piece in word:
        counts, size = _piece(piece)
        total += counts
        atoms += size
    return total, atoms


def vectors(units: Sequence[Sequence[tuple[str, ...]]]) -> FloatArray:
    """Describe chains by the pieces of their residues.

    Parameters
    ----------
    units : sequence of sequence of word
        n chains, each as the words of its residues.

    Returns
    -------
    ndarray [n, 386]
        Atom environments per heavy atom, the inverse size, and one for the constant.
    """
    found = np.ones((len(units), _WIDTH + 2))
    for row, words in enumerate(units):
        parts = [summed(word) for word in words]
        atoms = max(1, sum(size for _, size in parts))
        found[row, :_WIDTH] = sum((counts for counts, _ in parts), np.zeros(_WIDTH)) / atoms
        found[row, _WIDTH] = 1.0 / atoms
    return found


class Surrogate:
    """Guesses how far candidates are from the bounds.

    Parameters
    ----------
    screen : Screen
        Holds the bounds; its properties are what is guessed.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._inputs: list[FloatArray] = []
        self._outputs: list[tuple[float, ...]] = []
        self._fitted = 0
        self._weights: FloatArray | None = None

    def learn(self, scored: Sequence[Scored]) -> None:
        """Take in candidates that the models have answered for.

        Parameters
        ----------
        scored : sequence of Scored
            From ``screen``; those without predictions are left out.
        """
        for item in scored:
            if item.centres:
                self._inputs.append(vectors([[item.polymer.word]])[0])
                self._outputs.append(item.centres)
        known = len(self._inputs)
        if known >= _LEAST and known >= _GROWTH * self._fitted:
            self._fit()

    def _fit(self) -> None:
        self._fitted = len(self._inputs)
        inputs = np.array(self._inputs[-_MOST:])
        outputs = np.array(self._outputs[-_MOST:])
        square = inputs.T @ inputs
        square[np.diag_indices_from(square)] += _RIDGE * len(inputs)
        square[-1, -1] -= _RIDGE * len(inputs) * 0.999
        self._weights = np.linalg.solve(square, inputs.T @ outputs)

    def shortfall(self, units: Sequence[Sequence[tuple[str, ...]]]) -> FloatArray:
        """Guess how far chains are from the brief.

        Parameters
        ----------
        units : sequence of sequence of word
            n chains, each as the words of its residues.

        Returns
        -------
        ndarray [n]
            Sum over the hard constraints of the distance to the bound in standard deviations of the models, less up to
            one where it is met with a margin, and less what "maximise" and "minimise" gain; zeros while too little is
            known.
        """
        if self._weights is None or not units:
            return np.zeros(len(units))
        guess = vectors(units) @ self._weights
        total = np.zeros(len(units))
        for target in self._screen.targets:
            column = guess[:, target.column]
            if target.wish:
                total -= 0.5 * target.wish * column / target.sd
                continue
            outside = np.maximum(target.low - column, column - target.high) / target.sd
            total += np.maximum(outside, _INSIDE)
        return total
