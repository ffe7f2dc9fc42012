"""Van der Waals volume and packing.

Volume: atomic and bond contributions (VABC) of Y. H. Zhao, M. H. Abraham, A. M. Zissimos, J. Org. Chem. 2003, 68, 7368
(doi:10.1021/jo034808o): V = atom spheres - 5.92 N_bonds - 14.7 N_aromatic rings - 3.8 N_other rings, in Å^3, with the
radii of A. Bondi, J. Phys. Chem. 1964, 68, 441. It covers every atom of its elements exactly once by construction.
Bondi's own increments (CH2 10.23, CH 6.78, phenyl 45.84 cm3/mol ...) lie 2 to 10 % lower and lack sulfones, silicon,
phosphorus and hetero-aromatics; on 1,159 measured densities the two order the data equally well (docs/experiments.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.core.errors import NotCoveredError
from tools.simulation.chain import ChainUnit, chain_unit

if TYPE_CHECKING:
    from tools.core.polymer import Polymer

#: Bondi radii in Å, as used by Zhao et al.
RADII: dict[str, float] = {
    "H": 1.20, "C": 1.70, "N": 1.55, "O": 1.52, "F": 1.47, "Cl": 1.75, "Br": 1.85, "I": 1.98, "P": 1.80, "S": 1.80,
    "B": 2.13, "Si": 2.10, "Se": 1.90, "As": 1.85,
}  # fmt: skip
_BOND, _AROMATIC_RING, _OTHER_RING = 5.92, 14.7, 3.8
# 1 Å^3 per molecule = 0.602214076 cm3/mol (Avogadro constant, exact since 2019)
_CM3_PER_MOL = 0.602214076

SOURCE = "Zhao, Abraham & Zissimos, J. Org. Chem. 2003, 68, 7368 (atomic and bond contributions, Bondi radii)"


@dataclass(frozen=True)
class VdwVolume:
    """Van der Waals volume of a repeat unit.

    Attributes
    ----------
    molar : float
        cm3 per mole of repeat units.
    specific : float
        cm3/g; the same for every writing of the polymer.
    bonds : int
        Bonds per unit, hydrogen included, the bond to the next unit once.
    aromatic_rings, other_rings : int
        Rings of the smallest set, per unit.
    source : str
        Where the method is from.
    """

    molar: float
    specific: float
    bonds: int
    aromatic_rings: int
    other_rings: int
    source: str = SOURCE


def vdw_volume(polymer: Polymer) -> VdwVolume:
    """Compute the van der Waals volume of a polymer's smallest repeat unit.

    Parameters
    ----------
    polymer : Polymer
        The polymer.

    Returns
    -------
    VdwVolume
        Molar and specific volume with what was counted.

    Raises
    ------
    NotCoveredError
        If it holds an element without a radius; the message names it.
    """
    return unit_volume(chain_unit(polymer.unit))


def unit_volume(unit: ChainUnit) -> VdwVolume:
    """Compute the van der Waals volume of a repeat unit in its chain.

    Parameters
    ----------
    unit : ChainUnit
        The unit.

    Returns
    -------
    VdwVolume
        As for ``vdw_volume``.

    Raises
    ------
    NotCoveredError
        If it holds an element without a radius.
    """
    unknown = sorted(set(unit.elements) - set(RADII))
    if unknown:
        raise NotCoveredError(f"No van der Waals radius for {', '.join(unknown)} in this method.")
    inside = set(unit.atoms)
    # bonds within the unit, hydrogens, and one of the two bonds to the neighbouring units
    bonds = 1 + unit.elements.get("H", 0)
    bonds += sum(b.GetBeginAtomIdx() in inside and b.GetEndAtomIdx() in inside for b in unit.mol.GetBonds())
    aromatic, other = _rings(unit.mol, inside)
    spheres = sum(count * 4 / 3 * math.pi * RADII[symbol] ** 3 for symbol, count in unit.elements.items())
    volume = spheres - _BOND * bonds - _AROMATIC_RING * aromatic - _OTHER_RING * other
    molar = volume * _CM3_PER_MOL
    return VdwVolume(molar, molar / unit.mass, bonds, aromatic, other)


def _rings(mol: Any, inside: set[int]) -> tuple[int, int]:
    info = mol.GetRingInfo()
    aromatic = other = 0
    for atoms, bonds in zip(info.AtomRings(), info.BondRings(), strict=True):
        if not inside.issuperset(atoms):
            continue
        if all(mol.GetBondWithIdx(bond).GetIsAromatic() for bond in bonds):
            aromatic += 1
        else:
            other += 1
    return aromatic, other


def packing_coefficient(polymer: Polymer, density: float) -> float:
    """Return the share of space that the atoms fill.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    density : float
        Density in g/cm3.

    Returns
    -------
    float
        Van der Waals volume over volume, dimensionless.
    """
    return vdw_volume(polymer).specific * density
