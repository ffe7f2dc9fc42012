"""Monomers as they are written in practice: salts, hydrochlorides, Grignard reagents.

A repeat unit has no counter-ions, but monomers come as sodium sulfide, as a nylon salt or as a diamine hydrochloride.
They are brought to one form before rules look at them. Halide and alkali ions, acids and water beside an organic ion
are left out, protonated amines lose their proton and take a carboxylate of the same salt with them, and alkali atoms
stay on sulfur and magnesium on carbon, as the rules for those reagents want to see them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rdkit import Chem

from tools.core.errors import StructureError
from tools.core.gate import MAX_HEAVY_ATOMS, MAX_RINGS, check_text, parse_molecule

_ALKALI: Final = frozenset((3, 11, 19, 55))
_MAGNESIUM: Final = 12
_METALS: Final = ("[Na", "[K", "[Li", "[Cs", "[Mg")
_SPECTATORS: Final = frozenset(
    ("[Na+]", "[K+]", "[Li+]", "[Cs+]", "[Cl-]", "[Br-]", "[I-]", "[F-]", "Cl", "Br", "I", "O", "[H+]", "[OH-]",
     "O=S(=O)([O-])O", "O=S(=O)(O)O", "O=P(O)(O)O", "F[B-](F)(F)F", "F[P-](F)(F)(F)(F)F", "O=S(=O)([O-])C(F)(F)F")
)  # fmt: skip
_AMMONIUM = Chem.MolFromSmarts("[N,n;+1;!H0]")
_CARBOXYLATE = Chem.MolFromSmarts("[OX1-;$(O[CX3]=O)]")
_SULFIDE_ION = Chem.MolFromSmarts("[S-,S-2;$(S[#6,S]),$([SX0])]")
_SODIUM: Final = 11


@lru_cache(maxsize=32_768)
def read_monomers(smiles: str) -> tuple[str, ...]:
    """Split what was written into monomers without spectator ions.

    Parameters
    ----------
    smiles : str
        One monomer, or a salt of two (nylon salt); may have several fragments.

    Returns
    -------
    tuple of str
        SMILES of the distinct monomers, each readable by ``parse_monomer``; the text itself if it is no salt.

    Raises
    ------
    StructureError
        If the text cannot be read, or is a mixture of neutral molecules.
    """
    text = smiles.strip()
    check_text(text)
    if "*" in text or not ("." in text or "+]" in text or any(metal in text for metal in _METALS)):
        return (text,)
    mol: Chem.Mol | None = Chem.MolFromSmiles(text)
    if mol is None:
        parse_molecule(text)
        raise StructureError("The salt cannot be read.", code="syntax")
    mol = _ionic(mol)
    parts = [Chem.MolToSmiles(part) for part in Chem.GetMolFrags(mol, asMols=True)]
    kept = [part for part in parts if part not in _SPECTATORS] or parts[:1]
    salt = len(kept) < len(parts) or "+" in text or "-]" in text
    whole = _neutral(Chem.MolFromSmiles(".".join(kept)), sodium="[Na+]" in parts or "[K+]" in parts)
    found = tuple(dict.fromkeys(Chem.MolToSmiles(part) for part in Chem.GetMolFrags(whole, asMols=True)))
    if len(found) > 1 and not salt:
        raise StructureError(
            "This is a mixture of several molecules.",
            code="fragments",
            hint="Give each monomer as a SMILES of its own.",
        )
    return found


@lru_cache(maxsize=32_768)
def parse_monomer(smiles: str) -> Chem.Mol:
    """Read one monomer; unlike ``parse_molecule`` it takes alkali thiolates and Grignard reagents.

    Parameters
    ----------
    smiles : str
        One monomer, or a salt with a single organic part.

    Returns
    -------
    rdkit.Chem.Mol
        Sanitised molecule; shared, not to be changed.

    Raises
    ------
    StructureError
        If the text is not one readable monomer.
    """
    parts = read_monomers(smiles)
    if len(parts) > 1:
        raise StructureError("There are two monomers in this salt.", code="fragments", hint="Give them one by one.")
    if not any(metal in parts[0] for metal in _METALS):
        return parse_molecule(parts[0])
    mol = Chem.MolFromSmiles(parts[0])
    if mol.GetNumHeavyAtoms() > MAX_HEAVY_ATOMS or mol.GetRingInfo().NumRings() > MAX_RINGS:
        raise StructureError(f"More than {MAX_HEAVY_ATOMS} heavy atoms are not read.", code="too_large")
    return mol


def _ionic(mol: Chem.Mol) -> Chem.Mol:
    """Part alkali atoms from what they are bound to."""
    editable = Chem.RWMol(mol)
    for bond in list(mol.GetBonds()):
        for metal, other in (
            (bond.GetBeginAtom(), bond.GetEndAtom()),
            (bond.GetEndAtom(), bond.GetBeginAtom()),
        ):
            if metal.GetAtomicNum() in _ALKALI and other.GetAtomicNum() in (7, 8, 16):
                editable.RemoveBond(metal.GetIdx(), other.GetIdx())
                editable.GetAtomWithIdx(metal.GetIdx()).SetFormalCharge(1)
                ion = editable.GetAtomWithIdx(other.GetIdx())
                ion.SetFormalCharge(ion.GetFormalCharge() - 1)
    return _settled(editable)


def _neutral(mol: Chem.Mol, *, sodium: bool) -> Chem.Mol:
    """Move protons from ammonium to carboxylate ions, and put sodium back on sulfide ions."""
    editable = Chem.RWMol(mol)
    ammonium = _atoms(mol, _AMMONIUM)
    for index in ammonium:
        atom = editable.GetAtomWithIdx(index)
        atom.SetFormalCharge(0)
        atom.SetNoImplicit(False)
        atom.SetNumExplicitHs(1 if atom.GetIsAromatic() else 0)
    if ammonium:
        for index in _atoms(mol, _CARBOXYLATE):
            editable.GetAtomWithIdx(index).SetFormalCharge(0)
            editable.GetAtomWithIdx(index).SetNoImplicit(False)
    if sodium:
        for index in _atoms(mol, _SULFIDE_ION):
            atom = editable.GetAtomWithIdx(index)
            for _ in range(-atom.GetFormalCharge()):
                editable.AddBond(index, editable.AddAtom(Chem.Atom(_SODIUM)), Chem.BondType.SINGLE)
            editable.GetAtomWithIdx(index).SetFormalCharge(0)
            editable.GetAtomWithIdx(index).SetNoImplicit(False)
    return _settled(editable)


def _atoms(mol: Chem.Mol, query: Chem.Mol) -> list[int]:
    return [hit[0] for hit in mol.GetSubstructMatches(query)]


def _settled(editable: Chem.RWMol) -> Chem.Mol:
    mol = editable.GetMol()
    if Chem.SanitizeMol(mol, catchErrors=True):
        raise StructureError("The salt has impossible valences.", code="valence", hint="Write its ions one by one.")
    return mol
