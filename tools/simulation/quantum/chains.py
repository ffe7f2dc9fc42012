"""Which oligomers stand for a chain: where the repeat unit is cut, what closes the ends, what the method covers.

Capping a chain in the middle of a functional group makes an aldehyde of an ester or an amine of an amide. The orbitals
of such an end lie in the gap of the chain, however long it is, so the chain is cut where capping changes least.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from tools.chemistry.oligomer import Cap, oligomer_of
from tools.core.display import display_word
from tools.core.errors import InputError, NotCoveredError
from tools.core.polymer import Polymer
from tools.core.word import Word
from tools.simulation.quantum.engine import HEAVIEST

MAX_ATOMS: Final = 120  # hydrogens included; about a minute of CPU time
MAX_UNITS: Final = 8


@dataclass(frozen=True)
class Oligomer:
    """A capped oligomer.

    Attributes
    ----------
    units : int
        Repeat units.
    mol : rdkit.Chem.Mol
        With hydrogens.
    path : tuple of int
        Backbone atoms from end to end, caps included.
    """

    units: int
    mol: Chem.Mol
    path: tuple[int, ...]


def cut(polymer: Polymer) -> Word:
    """Choose where the chain is cut.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    tuple of str
        A rotation of the displayed repeat unit: cut between carbons that carry no double bond to a heteroatom where
        there are such, else beside a heteroatom, last in the middle of a carbonyl, sulfonyl or similar group.
    """
    word = display_word(polymer.word)
    turned = [word[shift:] + word[:shift] for shift in range(len(word))]
    return min(turned, key=lambda unit: _harm(oligomer_of(unit, 1, None)))  # the first of equals: as displayed


def _harm(open_unit: Chem.Mol) -> int:
    """Say how much capping the ends of a unit changes its functional groups."""
    ends = [star.GetNeighbors()[0] for star in open_unit.GetAtoms() if not star.GetAtomicNum()]
    harm = 0
    for star in open_unit.GetAtoms():
        if not star.GetAtomicNum() and star.GetBonds()[0].GetBondType() != Chem.BondType.SINGLE:
            harm += 8
    for atom in ends:
        if atom.GetAtomicNum() != 6:
            harm += 1 if atom.GetAtomicNum() in (14, 32) else 2
        if any(
            bond.GetBondType() in (Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)
            and bond.GetOtherAtom(atom).GetAtomicNum() not in (0, 6)
            for bond in atom.GetBonds()
        ):
            harm += 4
    return harm


def build(polymer: Polymer, n: int, cap: Cap = "H") -> Oligomer:
    """Build an oligomer.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    n : int
        Repeat units.
    cap : {"H", "CH3"}
        Chain ends.

    Returns
    -------
    Oligomer
        Molecule with hydrogens, and its backbone.
    """
    word = cut(polymer)
    bare = oligomer_of(word, n, None)
    ends = sorted(atom.GetIdx() for atom in bare.GetAtoms() if not atom.GetAtomicNum())
    first = next(index for index in ends if bare.GetAtomWithIdx(index).GetIsotope() == 1)
    path = Chem.GetShortestPath(bare, first, next(index for index in ends if index != first))
    if cap == "H":  # capping takes the dummy atoms away and keeps the order of the others
        path = tuple(index - sum(end < index for end in ends) for index in path if index not in ends)
    return Oligomer(n, Chem.AddHs(oligomer_of(word, n, cap)), tuple(path))


def series(polymer: Polymer, units: int = 4, cap: Cap = "H") -> tuple[Oligomer, ...]:
    """Build the oligomers of 1 to ``units`` repeat units that are small enough.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    units : int
        Longest oligomer wanted, 1 to 8.
    cap : {"H", "CH3"}
        Chain ends.

    Returns
    -------
    tuple of Oligomer
        Fewer than ``units`` where the longer ones exceed 120 atoms.

    Raises
    ------
    InputError
        If ``units`` is out of range.
    NotCoveredError
        If a single unit exceeds 120 atoms, the chain is charged or has unpaired electrons, or an element is too heavy.
    """
    if not 1 <= units <= MAX_UNITS:
        raise InputError(f"Oligomers of {units} units are not computed.", hint=f"Ask for 1 to {MAX_UNITS} units.")
    first = build(polymer, 1, cap)
    _check(polymer, first.mol)
    found = [first]
    for n in range(2, units + 1):
        grown = build(polymer, n, cap)
        if grown.mol.GetNumAtoms() > MAX_ATOMS:
            break
        found.append(grown)
    return tuple(found)


def _check(polymer: Polymer, mol: Chem.Mol) -> None:
    charge = Chem.GetFormalCharge(mol)
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    if charge or sum(numbers) % 2 or any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
        raise NotCoveredError(
            f"{polymer.smiles} is charged or has unpaired electrons: neutral closed shells alone are computed.",
            hint="Give the neutral form.",
        )
    if max(numbers) > HEAVIEST:
        raise NotCoveredError("GFN2-xTB has parameters for elements up to radon alone.")
    if len(numbers) > MAX_ATOMS:
        raise NotCoveredError(
            f"One unit of {polymer.smiles} has {len(numbers)} atoms; at most {MAX_ATOMS} are computed.",
            hint="Give a smaller repeat unit, or one with shorter side chains.",
        )


def conjugated(polymer: Polymer) -> bool:
    """Say whether conjugation runs along the whole backbone.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    bool
        True if every backbone atom, seen along the shortest path, is aromatic or has a multiple bond to an atom of the
        backbone or its rings. A carbonyl group or a lone pair between does not count.
    """
    chain = build(polymer, 3)
    inside = set(chain.path)
    for index in chain.path[1:-1]:  # capping saturates the ends of quinoid chains
        atom = chain.mol.GetAtomWithIdx(index)
        if not atom.GetIsAromatic() and not any(
            bond.GetBondTypeAsDouble() > 1 and (bond.IsInRing() or bond.GetOtherAtomIdx(index) in inside)
            for bond in atom.GetBonds()
        ):
            return False
    return True
