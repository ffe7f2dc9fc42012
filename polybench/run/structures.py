"""What the tools say about a structure, by the names that ``polybench.run.reading`` finds in a question."""

from __future__ import annotations

from rdkit.Chem import rdMolDescriptors

from tools.chemistry.classes import classes_of
from tools.chemistry.descriptors import repeat_unit_summary
from tools.chemistry.groups import groups_of
from tools.core.polymer import Polymer


def count(polymer: Polymer, name: str) -> int:
    """Count groups, atoms, rings or bonds per repeat unit.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    name : str
        ``group:`` and id, ``element:`` and symbol, or a count of the repeat unit's summary.
    """
    kind, _, item = name.partition(":")
    if kind == "group":
        return groups_of(polymer).get(item, 0)
    if kind == "element":
        return sum(atom.GetSymbol() == item for atom in polymer.mol.GetAtoms())
    return int(repeat_unit_summary(polymer)[name])


def mass(polymer: Polymer) -> float:
    """Return the molar mass of the repeat unit in g/mol, attachment points left out."""
    return float(rdMolDescriptors._CalcMolWt(polymer.mol))


def formula(polymer: Polymer) -> str:
    """Return the formula of the repeat unit in Hill order."""
    return str(repeat_unit_summary(polymer)["formula"])


def classes(polymer: Polymer) -> frozenset[str]:
    """Return the classes of a chain."""
    return classes_of(polymer)
