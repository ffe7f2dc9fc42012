"""Additive groups: every heavy atom of a repeat unit is exactly one atom group, at two levels of detail.

Level 1, the atom group: element, aromatic or not, hydrogens, heavy neighbours, highest bond order, in a ring or not, in
the main chain or a side chain. Level 2, the neighbourhood: the level-1 group with the sorted elements (and aromaticity)
of its neighbours. The scheme is ours; its coefficients are fitted (``finetune/physics/additive.py``), not taken from a
published table.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from rdkit import Chem

from tools.simulation.chain import ChainUnit

_ORDER = {Chem.BondType.SINGLE: "-", Chem.BondType.DOUBLE: "=", Chem.BondType.TRIPLE: "#", Chem.BondType.AROMATIC: ""}


def _label(atom: Any) -> str:
    symbol: str = atom.GetSymbol()
    return symbol.lower() if atom.GetIsAromatic() else symbol


def atom_group(atom: Any, in_backbone: bool) -> str:
    """Name the level-1 group of an atom.

    Parameters
    ----------
    atom : rdkit.Chem.Atom
        A heavy atom.
    in_backbone : bool
        Whether it belongs to the main chain.

    Returns
    -------
    str
        Such as ``"CH2/2-/main"`` or ``"cH1/2/ring/side"``: symbol (lower case if aromatic), hydrogens, heavy
        neighbours, highest bond order, ring, place; a formal charge is appended to the symbol.
    """
    orders = {_ORDER.get(bond.GetBondType(), "?") for bond in atom.GetBonds()}
    order = next((mark for mark in "#=" if mark in orders), "")
    charge = atom.GetFormalCharge()
    sign = "" if charge == 0 else f"{charge:+d}"
    parts = [f"{_label(atom)}{sign}H{atom.GetTotalNumHs()}", f"{atom.GetDegree()}{order}"]
    if atom.IsInRing():
        parts.append("ring")
    parts.append("main" if in_backbone else "side")
    return "/".join(parts)


def _environment(atom: Any, group: str) -> str:
    around = sorted(_ORDER.get(bond.GetBondType(), "?") + _label(bond.GetOtherAtom(atom)) for bond in atom.GetBonds())
    return f"{group}|{','.join(around)}"


def count_groups(unit: ChainUnit) -> tuple[Counter[str], Counter[str]]:
    """Count the groups of a repeat unit; each count sums to the number of heavy atoms.

    Parameters
    ----------
    unit : ChainUnit
        The repeat unit in its chain.

    Returns
    -------
    groups : Counter of str
        Level-1 groups, counts per unit.
    environments : Counter of str
        Level-2 groups, counts per unit.
    """
    groups: Counter[str] = Counter()
    environments: Counter[str] = Counter()
    for index in unit.atoms:
        atom = unit.mol.GetAtomWithIdx(index)
        group = atom_group(atom, index in unit.backbone)
        groups[group] += 1
        environments[_environment(atom, group)] += 1
    return groups, environments
