"""The parts of a repeat unit that a chemist would exchange, and the chain with one of them exchanged.

A part is a ring system, a linkage (ester, amide, ether, siloxane, double bond ...), a side group, or a piece of a side
group. Every heavy atom belongs to one part, except the saturated carbons of the main chain, which are what the others
are compared with. Each part has a stand-in that always gives a chain that can be written down:

* a part of the main chain becomes as many CH2 as it has atoms on the way through;
* a side group on carbon becomes H; on a heteroatom or a carbonyl carbon it becomes CH3, since H would turn an ester
  into an acid;
* a lone CH3 on such an atom belongs to the part that carries it.

A part that carries others (a ring with substituents, the ester of a long alkyl) is judged after those have been
replaced, so that what its substituents do is not put down to it. Parts are gathered on the chain, across the cut of the
unit, so they are the same for every way of writing it. Stereochemistry is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

from rdkit import Chem

from tools.chemistry.part_names import fragment_of, name_of_fragment
from tools.core.errors import StructureError
from tools.core.polymer import Polymer

Place = Literal["backbone", "side group"]
_HALOGENS = frozenset((9, 17, 35, 53))
_MULTIPLE = (Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)


@dataclass(frozen=True)
class Part:
    """A part of a repeat unit and the two chains whose difference is its effect.

    Attributes
    ----------
    name : str
        What chemists call it, or its fragment where there is no name.
    fragment : str
        SMILES of its atoms, ``*`` where it is bonded to the rest.
    place : {"backbone", "side group"}
        Where it is.
    stand_in : str
        What takes its place, such as ``"H"`` or ``"3 CH2"``.
    atoms : tuple of int
        Its atoms, as indices of ``Polymer.mol``.
    before, after : Polymer or None
        The chain with what the part carries replaced, and with the part replaced as well; None if that is no chain that
        can be read.
    """

    name: str
    fragment: str
    place: Place
    stand_in: str
    atoms: tuple[int, ...]
    before: Polymer | None
    after: Polymer | None


@lru_cache(maxsize=512)
def parts_of(polymer: Polymer) -> tuple[Part, ...]:
    """Divide a repeat unit into parts.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    tuple of Part
        In the order of their first atoms; empty for a chain of saturated carbon alone.
    """
    unit = _Unit(polymer)
    found = [unit.part(number) for number in range(len(unit.clusters))]
    return tuple(sorted(found, key=lambda part: part.atoms))


class _Unit:
    """A repeat unit as displayed, its atoms gathered in clusters."""

    def __init__(self, polymer: Polymer) -> None:
        self.mol = Chem.Mol(polymer.mol)
        Chem.RemoveStereochemistry(self.mol)
        stars = tuple(atom.GetIdx() for atom in self.mol.GetAtoms() if atom.GetAtomicNum() == 0)
        self.stars = frozenset(stars)
        self.path = tuple(Chem.GetShortestPath(self.mol, *stars))[1:-1]
        rings = [set(ring) for ring in self.mol.GetRingInfo().AtomRings()]
        self.backbone, self.ring_sets = _main_rings(set(self.path), rings)
        self.in_ring = set().union(*rings) if rings else set()
        self.clusters = self._gathered()
        self.owner = {atom: number for number, atoms in enumerate(self.clusters) for atom in atoms}
        self.carrier = self._carriers()

    # --- clusters ------------------------------------------------------------------------------------------------

    def _bonds(self) -> Iterable[tuple[int, int, bool]]:
        """Bonds of the chain, with the one from unit to unit: begin, end, and whether it is multiple."""
        joints = []
        for bond in self.mol.GetBonds():
            begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            multiple = bond.GetBondType() in _MULTIPLE
            if {begin, end} & self.stars:
                joints.append(multiple)
            else:
                yield begin, end, multiple
        yield self.path[0], self.path[-1], any(joints)

    def _functional(self) -> set[int]:
        """Atoms outside rings that are no carbon, or a carbon with a multiple bond to one that is none."""
        found = {a.GetIdx() for a in self.mol.GetAtoms() if a.GetAtomicNum() not in (0, 6)} - self.in_ring
        for bond in self.mol.GetBonds():
            if bond.GetBondType() in _MULTIPLE:
                ends = {bond.GetBeginAtom(), bond.GetEndAtom()}
                numbers = {atom.GetIdx(): atom.GetAtomicNum() for atom in ends}
                if any(number not in (0, 6) for number in numbers.values()):
                    found |= {index for index, number in numbers.items() if number == 6} - self.in_ring
        return found

    def _gathered(self) -> list[tuple[int, ...]]:
        groups = _Groups(set(range(self.mol.GetNumAtoms())) - self.stars)
        for ring in self.ring_sets:
            groups.join(ring)
        functional = self._functional()
        multiple = set()
        for begin, end, is_multiple in self._bonds():
            if is_multiple:
                multiple |= {begin, end}
                groups.join((begin, end))
            elif self._belong_together(begin, end, functional):
                groups.join((begin, end))
        plain = set(self.path) - self.in_ring - functional - multiple
        plain |= {index for index in self.path if not self._carried(index) and index in self.in_ring}
        return [tuple(sorted(group)) for group in groups.all() if not set(group) & plain]

    def _carried(self, index: int) -> bool:
        """Whether a ring atom of the path is in a ring that the path runs through, not just touches."""
        return any(index in ring for ring in self.ring_sets) or self.mol.GetAtomWithIdx(index).GetAtomicNum() != 6

    def _belong_together(self, begin: int, end: int, functional: set[int]) -> bool:
        """Whether two atoms joined by a single bond are one group."""
        for one, other in ((begin, end), (end, begin)):  # the methyl of a methyl ester, of Si(CH3)2, of N-CH3
            if one not in self.in_ring and self._lone_methyl(one) and self._keeps_methyl(other):
                return True
        if {begin, end} & self.in_ring or (begin in self.backbone) != (end in self.backbone):
            return False
        if begin in functional and end in functional:
            return True
        if begin in self.backbone:
            return False
        plain = [index not in functional for index in (begin, end)]
        halogen = [self.mol.GetAtomWithIdx(index).GetAtomicNum() in _HALOGENS for index in (begin, end)]
        return all(plain) or (any(plain) and any(halogen))

    def _lone_methyl(self, index: int) -> bool:
        atom = self.mol.GetAtomWithIdx(index)
        return bool(index not in self.backbone and atom.GetAtomicNum() == 6 and atom.GetTotalNumHs() == 3)

    def _keeps_methyl(self, index: int) -> bool:
        """Whether a substituent of this atom is replaced by CH3 rather than H."""
        atom = self.mol.GetAtomWithIdx(index)
        return bool(
            atom.GetAtomicNum() != 6
            or any(
                bond.GetBondType() in _MULTIPLE and bond.GetOtherAtom(atom).GetAtomicNum() not in (0, 6)
                for bond in atom.GetBonds()
            )
        )

    # --- who carries whom ----------------------------------------------------------------------------------------

    def _carriers(self) -> dict[int, int | None]:
        """The cluster that each side cluster hangs on; None on a plain carbon of the main chain."""
        seen, queue = set(self.backbone), sorted(self.backbone)
        carrier: dict[int, int | None] = {}
        while queue:
            here = queue.pop(0)
            for neighbour in sorted(atom.GetIdx() for atom in self.mol.GetAtomWithIdx(here).GetNeighbors()):
                if neighbour in seen or neighbour in self.stars:
                    continue
                seen.add(neighbour)
                queue.append(neighbour)
                if self.owner.get(here) != self.owner[neighbour]:
                    carrier.setdefault(self.owner[neighbour], self.owner.get(here))
        return carrier

    def _carried_atoms(self, number: int) -> set[int]:
        """Atoms of everything that hangs on a cluster."""
        found: set[int] = set()
        for other, carrier in self.carrier.items():
            if carrier == number and other != number:
                found |= set(self.clusters[other]) | self._carried_atoms(other)
        return found

    # --- exchange ------------------------------------------------------------------------------------------------

    def part(self, number: int) -> Part:
        """Describe a cluster and the two chains that show its effect."""
        atoms = self.clusters[number]
        carried = self._carried_atoms(number)
        way = [index for index in self.path if index in atoms]
        place: Place = "backbone" if way else "side group"
        fragment = fragment_of(self.mol, atoms, self.stars, self.path)
        if way:
            stand_in = "CH2" if len(way) == 1 else f"{len(way)} CH2"
        else:
            held = [n for a in atoms for n in self._neighbours(a) if n not in atoms and n not in carried]
            stand_in = "CH3" if self._keeps_methyl(held[0]) else "H"
        return Part(
            name_of_fragment(fragment, branching=bool(carried)),
            fragment.smiles,
            place,
            stand_in,
            atoms,
            self._written(carried, ()),
            self._written(carried | set(atoms) - set(way), way),
        )

    def _neighbours(self, index: int) -> list[int]:
        return [atom.GetIdx() for atom in self.mol.GetAtomWithIdx(index).GetNeighbors()]

    def _written(self, dropped: set[int], methylenes: Iterable[int]) -> Polymer | None:
        """The chain without some atoms and with others turned into CH2; None if it cannot be read."""
        editable = Chem.RWMol(self.mol)
        turned = set(methylenes)
        for index in turned:
            _make_methylene(editable.GetAtomWithIdx(index))
            for bond in editable.GetAtomWithIdx(index).GetBonds():
                bond.SetBondType(Chem.BondType.SINGLE)
                bond.SetIsAromatic(False)
        for index in sorted(dropped):
            for neighbour in self._neighbours(index):
                if neighbour in dropped or neighbour in turned:
                    continue
                if self._keeps_methyl(neighbour):
                    editable.AddBond(neighbour, editable.AddAtom(Chem.Atom(6)), Chem.BondType.SINGLE)
                else:
                    editable.GetAtomWithIdx(neighbour).SetNoImplicit(False)
        for index in sorted(dropped, reverse=True):
            editable.RemoveAtom(index)
        try:
            Chem.SanitizeMol(editable)
            return Polymer.from_smiles(Chem.MolToSmiles(editable))
        except (Chem.MolSanitizeException, StructureError):
            return None


def _make_methylene(atom: Chem.Atom) -> None:
    atom.SetAtomicNum(6)
    atom.SetFormalCharge(0)
    atom.SetIsAromatic(False)
    atom.SetNumRadicalElectrons(0)
    atom.SetNumExplicitHs(0)
    atom.SetNoImplicit(False)


def _main_rings(path: set[int], rings: list[set[int]]) -> tuple[set[int], list[set[int]]]:
    """Return the main chain with the rings it runs through, and every ring as the set of atoms that stay together."""
    backbone = set(path)
    through = [ring for ring in rings if len(ring & path) > 1]
    rest = [ring for ring in rings if len(ring & path) <= 1]
    together = []
    while through:
        ring = through.pop()
        together.append(ring)
        backbone |= ring
        through += [other for other in rest if len(other & backbone) > 1]
        rest = [other for other in rest if len(other & backbone) <= 1]
    return backbone, together + [ring - backbone for ring in rest]


class _Groups:
    """Disjoint sets of atoms."""

    def __init__(self, atoms: set[int]) -> None:
        self._root = {atom: atom for atom in atoms}

    def join(self, atoms: Iterable[int]) -> None:
        for one, other in combinations(sorted(atoms), 2):
            self._root[self._find(other)] = self._find(one)

    def _find(self, atom: int) -> int:
        while self._root[atom] != atom:
            self._root[atom] = self._root[self._root[atom]]
            atom = self._root[atom]
        return atom

    def all(self) -> list[list[int]]:
        found: dict[int, list[int]] = {}
        for atom in sorted(self._root):
            found.setdefault(self._find(atom), []).append(atom)
        return [found[root] for root in sorted(found, key=lambda root: found[root])]
