"""What leaves: the usual by-product of a pairing, with the leaving groups that the monomers at hand carry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rdkit import Chem

_HALOGEN: Final = re.compile(r"(?<=[HKa)n])(?:Cl|Br|F|I)(?![a-z])")
_ALCOHOL: Final = "CH3OH"
_TIN: Final = "(CH3)3Sn"
_HALOGENS: Final = {9: "F", 17: "Cl", 35: "Br", 53: "I"}


def by_product(usual: str, mol_a: Chem.Mol, gone_a: Iterable[int], mol_b: Chem.Mol, gone_b: Iterable[int]) -> str:
    """Name what leaves when two groups react.

    Parameters
    ----------
    usual : str
        By-product of the usual groups, such as ``"HBr (bound)"``, ``"CH3OH"`` or ``"(CH3)3SnBr"``.
    mol_a, mol_b : Chem.Mol
        The monomers.
    gone_a, gone_b : iterable of int
        Atoms that the electrophile and the nucleophile lose.

    Returns
    -------
    str
        The same with the halogen, the alcohol and the alkyl groups on tin of these monomers.
    """
    lost = [mol_a.GetAtomWithIdx(i) for i in gone_a]
    halogens = [_HALOGENS[atom.GetAtomicNum()] for atom in lost if atom.GetAtomicNum() in _HALOGENS]
    if halogens:
        usual = _HALOGEN.sub(halogens[0], usual)
    if usual == _ALCOHOL and any(atom.GetAtomicNum() == 6 and atom.GetTotalNumHs() == 2 for atom in lost):
        return "C2H5OH"
    if _TIN in usual and any(
        neighbour.GetTotalNumHs() == 2
        for i in gone_b
        if mol_b.GetAtomWithIdx(i).GetSymbol() == "Sn"
        for neighbour in mol_b.GetAtomWithIdx(i).GetNeighbors()
    ):
        return usual.replace(_TIN, "(C4H9)3Sn")
    return usual
