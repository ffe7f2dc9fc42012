"""A stretch of chain in which patterns are matched: one repeat unit in the middle of others.

A linkage often spans the cut of the repeat unit, and RDKit counts an imide fused to a benzene ring as aromatic. So
patterns are matched on several joined units, in an aromaticity model of single rings where imides are not aromatic, and
a match is counted when its first atom in chain order lies in the middle unit: exactly once per repeat unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from rdkit import Chem

from tools.chemistry.oligomer import backbone_length, stretch
from tools.core.display import display_word
from tools.core.polymer import Polymer

# Backbone atoms before and after the middle unit. A match begins in the middle unit and runs on for at most 12 atoms;
# before it, only the neighbourhood of its first atom matters.
_BEFORE, _AFTER = 3, 12


@dataclass(frozen=True)
class Chain:
    """Several repeat units, the middle one marked.

    Attributes
    ----------
    mol : rdkit.Chem.Mol
        Joined units with dummy ends. Shared: never change it.
    path : frozenset of int
        Atoms of the shortest path from end to end.
    order : tuple of int
        The same atoms, in chain order, without the dummies.
    backbone : frozenset of int
        The path and the ring systems that it runs through.
    middle : frozenset of int
        Atoms of the middle unit.
    """

    mol: Chem.Mol
    path: frozenset[int]
    order: tuple[int, ...]
    backbone: frozenset[int]
    middle: frozenset[int]

    def matches(self, pattern: Chem.Mol) -> list[tuple[int, ...]]:
        """Match a pattern.

        Parameters
        ----------
        pattern : rdkit.Chem.Mol
            From SMARTS.

        Returns
        -------
        list of tuple of int
            Atoms of each match that belongs to the middle unit, in the order of the pattern.
        """
        found = self.mol.GetSubstructMatches(pattern, maxMatches=10_000)
        return [match for match in found if min(match) in self.middle]


@lru_cache(maxsize=2048)
def chain_of(polymer: Polymer) -> Chain:
    """Build the stretch of chain that patterns are matched in.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    Chain
        Its displayed unit with enough neighbours on both sides.
    """
    word = display_word(polymer.word)
    length = backbone_length(word)
    before, after = ceil(_BEFORE / length), ceil(_AFTER / length)
    copies = before + 1 + after
    mol = _single_ring_aromaticity(stretch(word * copies))
    end = mol.GetNumAtoms() - 1
    unit = (end - 1) // copies
    order = tuple(Chem.GetShortestPath(mol, end - 1, end))[1:-1]
    middle = frozenset(range(before * unit, (before + 1) * unit))
    return Chain(mol, frozenset(order), order, _backbone(mol, order), middle)


def _single_ring_aromaticity(mol: Chem.Mol) -> Chem.Mol:
    """Perceive aromaticity ring by ring, and not in rings with an exocyclic double bond, as in imides."""
    if not mol.HasSubstructMatch(_EXOCYCLIC):
        return mol
    plain = Chem.Mol(mol)
    Chem.Kekulize(plain, clearAromaticFlags=True)
    mol = Chem.Mol(plain)
    Chem.SetAromaticity(mol, Chem.AromaticityModel.AROMATICITY_SIMPLE)
    exocyclic = {match[0] for match in mol.GetSubstructMatches(_EXOCYCLIC)}
    info = mol.GetRingInfo()
    rings = [
        (set(atoms), set(bonds))
        for atoms, bonds in zip(info.AtomRings(), info.BondRings(), strict=True)
        if all(mol.GetBondWithIdx(bond).GetIsAromatic() for bond in bonds)
    ]
    good = [ring for ring in rings if not ring[0] & exocyclic]
    good_atoms = {atom for atoms, _ in good for atom in atoms}
    good_bonds = {bond for _, bonds in good for bond in bonds}
    for bond in {bond for _, bonds in rings for bond in bonds} - good_bonds:
        mol.GetBondWithIdx(bond).SetIsAromatic(False)
        mol.GetBondWithIdx(bond).SetBondType(plain.GetBondWithIdx(bond).GetBondType())
    for atom in {atom for atoms, _ in rings for atom in atoms} - good_atoms:
        mol.GetAtomWithIdx(atom).SetIsAromatic(False)
    return mol


_EXOCYCLIC = Chem.MolFromSmarts("a=!@*")


def _backbone(mol: Chem.Mol, order: tuple[int, ...]) -> frozenset[int]:
    """Add to the path the rings it runs through and what is fused to them."""
    backbone = set(order)
    rings = [set(ring) for ring in mol.GetRingInfo().AtomRings()]
    chosen = [ring for ring in rings if len(ring & backbone) > 1]
    rest = [ring for ring in rings if len(ring & backbone) <= 1]
    while chosen:
        backbone.update(chosen.pop())
        chosen += [ring for ring in rest if len(ring & backbone) > 1]
        rest = [ring for ring in rest if len(ring & backbone) <= 1]
    return frozenset(backbone)
