"""What monomers contribute to a chain, and joining that to repeat units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product as cartesian

from rdkit import Chem

from tools.core.errors import StructureError
from tools.core.polymer import Polymer
from tools.core.word import Word, canonical_word, pieces_of, reverse_word
from tools.synthesis.query import Match, sanitised, stars_of
from tools.synthesis.rule_types import Reagent
from tools.synthesis.sites import Profile, Site
from tools.synthesis.transforms import Transform, apply_edits


def polymer_of(unit: Chem.Mol) -> Polymer | None:
    """Return the chain of a unit.

    Parameters
    ----------
    unit : Chem.Mol
        With stars of isotope 1 and 2.

    Returns
    -------
    Polymer or None
        None where it is no linear repeat unit.
    """
    if stars_of(unit).keys() != {1, 2}:
        return None
    try:
        return Polymer("|".join(canonical_word(pieces_of(unit))))
    except StructureError:
        return None


@dataclass(frozen=True)
class Residue:
    """What a monomer contributes to the chain.

    Attributes
    ----------
    mol : Chem.Mol
        Fragment with stars of isotope 1 and 2.
    word : tuple of str
        Its backbone pieces from 1 to 2; empty if a chain end carries a double bond.
    symmetric : bool
        True if both directions are the same.
    """

    mol: Chem.Mol
    word: Word
    symmetric: bool

    def reversed(self) -> Residue:
        """Return the same residue read the other way."""
        return residue(_turned(self.mol))


def _turned(mol: Chem.Mol) -> Chem.Mol:
    """Swap the labels of both chain ends."""
    mol = Chem.Mol(mol)
    for label, index in stars_of(mol).items():
        mol.GetAtomWithIdx(index).SetIsotope(3 - label)
    return mol


def residue(mol: Chem.Mol) -> Residue:
    """Describe a fragment with two chain ends.

    Parameters
    ----------
    mol : Chem.Mol
        With stars of isotope 1 and 2.
    """
    ends = [mol.GetAtomWithIdx(index).GetBonds()[0].GetBondType() for index in stars_of(mol).values()]
    if any(order != Chem.BondType.SINGLE for order in ends):
        return Residue(mol, (), symmetric=False)
    word = pieces_of(mol)
    return Residue(mol, word, symmetric=reverse_word(word) == word)


@lru_cache(maxsize=16_384)
def residues_of(monomer: Profile, ends: tuple[Reagent, Reagent]) -> tuple[Residue, ...]:
    """Return every residue of a monomer that reacts through these two groups.

    Parameters
    ----------
    monomer : Profile
        The monomer.
    ends : tuple of Reagent
        The groups at its two ends; the same reagent twice for two like groups.

    Returns
    -------
    tuple of Residue
        Distinct residues; several where a site can react in more than one way.
    """
    first, second = ends
    if first.id == second.id:
        like = monomer.at(first.id)
        pairs = [(like[0], like[1])]
    else:
        pairs = [(a, b) for a in monomer.at(first.id) for b in monomer.at(second.id) if not a.clashes(b)]
    found: dict[Word | str, Residue] = {}
    for a, b in pairs:
        for residue in residues_at(monomer, (first, a), (second, b)):
            found.setdefault(residue.word or Chem.MolToSmiles(residue.mol), residue)
    return tuple(found.values())


def residues_at(monomer: Profile, *ends: tuple[Reagent, Site]) -> Iterator[Residue]:
    """Yield the residues that a monomer leaves when two of its sites react.

    Parameters
    ----------
    monomer : Profile
        The monomer.
    *ends : tuple of (Reagent, Site)
        Two groups and their sites, in the order of the labels 1 and 2.
    """
    choices: list[list[tuple[Transform, Match]]] = [
        [(reagent.forward, match) for match in site.matches] for reagent, site in ends
    ]
    for edits in cartesian(*choices):
        mol = apply_edits(monomer.mol, list(edits))
        if mol is not None and stars_of(mol).keys() == {1, 2}:
            yield residue(mol)


def join_residues(residues: list[Residue]) -> Polymer | None:
    """Join residues end to start into a chain.

    Parameters
    ----------
    residues : list of Residue
        In chain order.

    Returns
    -------
    Polymer or None
        None where the ends do not fit.
    """
    if all(residue.word for residue in residues):
        word = tuple(piece for residue in residues for piece in residue.word)
        return Polymer("|".join(canonical_word(word)))
    unit = _join_multiple(residues)
    return polymer_of(unit) if unit is not None else None


def _join_multiple(residues: list[Residue]) -> Chem.Mol | None:
    """Join residues whose ends carry double bonds; the outer stars stay."""
    mol = Chem.RWMol(residues[0].mol)
    for residue in residues[1:]:
        offset = mol.GetNumAtoms()
        end, start = stars_of(mol)[2], offset + stars_of(residue.mol)[1]
        mol.InsertMol(residue.mol)
        left, right = mol.GetAtomWithIdx(end).GetNeighbors()[0], mol.GetAtomWithIdx(start).GetNeighbors()[0]
        order = mol.GetBondBetweenAtoms(end, left.GetIdx()).GetBondType()
        if order != mol.GetBondBetweenAtoms(start, right.GetIdx()).GetBondType():
            return None
        mol.AddBond(left.GetIdx(), right.GetIdx(), order)
        for star in sorted((end, start), reverse=True):
            mol.RemoveAtom(star)
    return mol.GetMol() if sanitised(mol) else None
