"""Synthetic accessibility of molecules and repeat units.

The SA score of P. Ertl and A. Schuffenhauer, J. Cheminform. 1, 8 (2009), as implemented in RDKit's contrib folder. It
is never taken on a unit with open ends, which it misjudges: polyethylene would score 7.6.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from rdkit import Chem, RDConfig

from tools.core.errors import BackendMissing
from tools.core.polymer import Polymer


@lru_cache(maxsize=1)
def _scorer() -> Callable[[Chem.Mol], float]:
    path = Path(RDConfig.RDContribDir) / "SA_Score" / "sascorer.py"
    if not path.exists():
        raise BackendMissing("RDKit's SA score", "pip install --force-reinstall rdkit")
    spec = importlib.util.spec_from_file_location("rdkit_sascorer", path)
    if spec is None or spec.loader is None:
        raise BackendMissing("RDKit's SA score", "pip install --force-reinstall rdkit")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    scorer: Callable[[Chem.Mol], float] = module.calculateScore
    return scorer


@lru_cache(maxsize=65_536)
def sa_score(smiles: str) -> float:
    """Return the synthetic accessibility of a molecule.

    Parameters
    ----------
    smiles : str
        Molecule without stars.

    Returns
    -------
    float
        1 (easy) to 10 (hard).

    Raises
    ------
    BackendMissing
        If this RDKit comes without the SA score.
    """
    return float(_scorer()(Chem.MolFromSmiles(smiles)))


def sa_of_unit(polymer: Polymer) -> float:
    """Return the synthetic accessibility of a repeat unit with methyl groups at its ends.

    Parameters
    ----------
    polymer : Polymer
        The polymer.

    Returns
    -------
    float
        1 (easy) to 10 (hard).
    """
    mol = Chem.RWMol(polymer.mol)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomicNum(6)
            atom.SetIsotope(0)
            atom.SetNoImplicit(False)
    Chem.SanitizeMol(mol)
    return sa_score(Chem.MolToSmiles(mol))
