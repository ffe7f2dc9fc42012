"""Molar refraction by atomic contributions, the starting point of the refractive-index estimate.

S. A. Wildman, G. M. Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868, as RDKit implements it.
"""

from __future__ import annotations

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from tools.simulation.chain import ChainUnit

#: Typical measured refractive indices (sodium D line, mid of the range): polymerfacts.com, refractive index guide.
MEASURED: dict[str, float] = {
    "*C(F)(F)C(F)(F)*": 1.35,
    "*CCO*": 1.46,
    "*CC(*)(C)C(=O)OC": 1.49,
    "*CC(*)C": 1.49,
    "*CC*": 1.51,
    "*CC(*)C#N": 1.515,
    "*CC(*)Cl": 1.54,
    "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1": 1.585,
    "*CC(*)c1ccccc1": 1.59,
}
#: The fitted refraction follows DFT polarisabilities, which lie above experiment: median over MEASURED of measured over
#: computed (n^2 - 1) / (n^2 + 2). The tests compute it again.
MEASURED_OVER_DFT = 0.954


def crippen_refraction(unit: ChainUnit) -> float:
    """Sum the atomic molar refractions of a repeat unit, hydrogens included.

    Parameters
    ----------
    unit : ChainUnit
        The repeat unit in its chain.

    Returns
    -------
    float
        Molar refraction, cm3/mol.
    """
    heavy = unit.mol.GetNumAtoms()
    mol = Chem.AddHs(unit.mol)
    inside = set(unit.atoms)
    total = 0.0
    for index, (_, refraction) in enumerate(rdMolDescriptors._CalcCrippenContribs(mol)):
        owner = index if index < heavy else mol.GetAtomWithIdx(index).GetNeighbors()[0].GetIdx()
        if owner in inside:
            total += refraction
    return total


def lorentz_lorenz(specific_refraction: float, density: float) -> float:
    """Solve the Lorentz-Lorenz equation (n^2 - 1) / (n^2 + 2) = r rho for n.

    Parameters
    ----------
    specific_refraction : float
        Refraction per mass, cm3/g.
    density : float
        Density, g/cm3.

    Returns
    -------
    float
        Refractive index.

    Raises
    ------
    ValueError
        If r rho is not between 0 and 1: no refractive index belongs to it.
    """
    share = specific_refraction * density
    if not 0 <= share < 1:
        raise ValueError(f"Specific refraction times density must lie between 0 and 1, not {share}.")
    return float(((1 + 2 * share) / (1 - share)) ** 0.5)
