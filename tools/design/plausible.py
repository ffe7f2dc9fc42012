"""How readily a chemist would take up monomers: known ones first, then small ones that are easy to make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from rdkit import Chem

from tools.synthesis.feasibility import sa_score
from tools.synthesis.monomers import known

# Judgements, not fits: a new monomer costs a fifth; SA scores above 3.4 and more than 28 heavy atoms cost more.
_NEW = 0.8
_SA_HALF, _SA_WIDTH = 3.9, 0.35
_SIZE_FREE, _SIZE_SCALE = 28, 24.0


@lru_cache(maxsize=65_536)
def monomer_plausibility(smiles: str) -> float:
    """Judge one monomer.

    Parameters
    ----------
    smiles : str
        Canonical SMILES.

    Returns
    -------
    float
        1 for a known monomer; else at most 0.8, less the harder it is to make and the larger it is.
    """
    if known(smiles) is not None:
        return 1.0
    easy = 1.0 / (1.0 + math.exp((sa_score(smiles) - _SA_HALF) / _SA_WIDTH))
    atoms = Chem.MolFromSmiles(smiles).GetNumHeavyAtoms()
    return _NEW * easy * math.exp(-max(0, atoms - _SIZE_FREE) / _SIZE_SCALE)


def plausibility(monomers: Sequence[str]) -> float:
    """Judge the monomers of a polymer.

    Parameters
    ----------
    monomers : sequence of str
        Canonical SMILES; may be empty where a polymer was given without them.

    Returns
    -------
    float
        Product over the monomers; 1 if there is none.
    """
    return math.prod(monomer_plausibility(smiles) for smiles in monomers)
