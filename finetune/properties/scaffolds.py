"""The scaffold of a chain: what is left of the repeat unit without its side groups' loose ends.

Bemis and Murcko (J. Med. Chem. 1996, 39, 2887) keep the rings of a molecule and what links them. A chain has a
framework of its own, the backbone, so here the two chain ends count as rings: kept are the backbone, every ring,
whatever links them, and atoms with a double bond to these (a backbone carbonyl is part of a polyester's skeleton). All
vinyl chains without rings share one scaffold; styrenes, polyamides of one length and polyimides of one dianhydride and
diamine core have theirs. Being read as a chain again, a scaffold does not depend on where the unit was cut.
"""

from __future__ import annotations

from functools import lru_cache

from rdkit import Chem, rdBase

from tools.core.errors import StructureError
from tools.core.polymer import Polymer


@lru_cache(maxsize=16384)
def scaffold(unit: str) -> str:
    """Return the scaffold of a repeat unit.

    Parameters
    ----------
    unit : str
        Canonical repeat unit without stereochemistry.

    Returns
    -------
    str
        Scaffold as a canonical repeat unit; the unit itself in the rare case that its scaffold is no structure.

    Raises
    ------
    StructureError
        If the unit cannot be read.
    """
    polymer = Polymer.from_smiles(unit)
    mol = Chem.RWMol(Chem.MolFromSmiles(polymer.unit))
    gone = _loose(mol)
    for index in gone:
        for neighbour in mol.GetAtomWithIdx(index).GetNeighbors():
            if neighbour.GetIdx() in gone:
                continue
            hydrogens = mol.GetBondBetweenAtoms(index, neighbour.GetIdx()).GetBondTypeAsDouble()
            if neighbour.GetNoImplicit() or (neighbour.GetIsAromatic() and neighbour.GetAtomicNum() != 6):
                neighbour.SetNumExplicitHs(neighbour.GetNumExplicitHs() + int(hydrogens))
    mol.BeginBatchEdit()
    for index in gone:
        mol.RemoveAtom(index)
    mol.CommitBatchEdit()
    with rdBase.BlockLogs():
        try:
            return Polymer.from_smiles(Chem.MolToSmiles(mol)).unit
        except StructureError:
            return polymer.unit


def _loose(mol: Chem.RWMol) -> set[int]:
    """Find the atoms that hang on the framework by one end, less those double-bonded to it."""
    gone: set[int] = set()
    degrees = {atom.GetIdx(): atom.GetDegree() for atom in mol.GetAtoms()}
    edge = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetDegree() == 1 and atom.GetAtomicNum() != 0]
    while edge:
        index = edge.pop()
        gone.add(index)
        for neighbour in mol.GetAtomWithIdx(index).GetNeighbors():
            other = neighbour.GetIdx()
            degrees[other] -= 1
            if degrees[other] == 1 and other not in gone and neighbour.GetAtomicNum() != 0:
                edge.append(other)
    double = {
        bond.GetBeginAtomIdx() if bond.GetBeginAtomIdx() in gone else bond.GetEndAtomIdx()
        for bond in mol.GetBonds()
        if bond.GetBondTypeAsDouble() == 2.0 and (bond.GetBeginAtomIdx() in gone) != (bond.GetEndAtomIdx() in gone)
    }
    return gone - double
