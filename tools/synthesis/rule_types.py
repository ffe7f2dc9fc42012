"""The types of the rule tables: reagents, linkages and whole-monomer rules.

Step growth is written as *half-reactions*. A reagent turns a functional group of a monomer into a chain end, a
linkage joins two kinds of chain ends. Forwards, two monomers with two chain ends each give a repeat unit; backwards,
the backbone bonds that match a linkage are cut and every chain end is turned back into a functional group. Chain growth
and ring opening are rules on one whole monomer.

Conditions are a class in words ("melt, at high temperature"): a temperature without a source would be a made-up number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rdkit import Chem

from tools.synthesis.query import Query, compile_query
from tools.synthesis.transforms import Transform, compile_transform


@dataclass(frozen=True)
class Reagent:
    """A functional group as it enters a step-growth linkage.

    Attributes
    ----------
    id : str
        Stable id, such as ``"acid"``.
    name : str
        What a chemist calls it.
    end : str
        The kind of chain end it leaves.
    take : str
        Edit of the monomer: group to chain end (one star).
    give : str
        Edit of the residue: chain end back to group; empty if the group is recognised but never proposed.
    variants : bool
        True if one site can react in more than one way (tautomers, the two openings of an anhydride).
    """

    id: str
    name: str
    end: str
    take: str
    give: str = ""
    variants: bool = False

    @cached_property
    def forward(self) -> Transform:
        """Compiled ``take``."""
        return compile_transform(self.take)

    @cached_property
    def backward(self) -> Transform:
        """Compiled ``give``."""
        return compile_transform(self.give)


@dataclass(frozen=True)
class Pairing:
    """Two reagents that form a linkage, in order of preference.

    Attributes
    ----------
    a, b : str
        Reagent ids of the two chain ends.
    by_product : str
        What leaves, empty for polyadditions.
    conditions : str
        Typical class of conditions, in general words.
    each_hydrogen : bool
        True if a primary amine as ``b`` reacts with both of its hydrogen atoms.
    mechanism : str
        What the polymerisation is called with these reagents; empty: as the linkage says.
    """

    a: str
    b: str
    by_product: str
    conditions: str
    each_hydrogen: bool = False
    mechanism: str = ""


@dataclass(frozen=True)
class Linkage:
    """A bond that a step-growth polymerisation forms.

    Attributes
    ----------
    id : str
        Stable id.
    mechanism : str
        What the polymerisation is called.
    a, b : str
        Kinds of chain ends joined.
    bond : str
        SMARTS of the bond in the polymer; map number 1 on the ``a`` side, 2 on the ``b`` side.
    pairings : tuple of Pairing
        Reagents, most usual first.
    prior : float
        How usual it is that this bond is the one formed, on an arbitrary scale (see ``tools.synthesis.ranking``).
    polymerisations : tuple of str
        Ids of ``tools.core.vocabulary.POLYMERISATIONS``.
    self_only : bool
        True for homocouplings: two different monomers would give a random copolymer.
    bridged : bool
        True if both bonds of one bridging atom match (acyl-O-acyl, Si-O-Si): one linkage then shows as two bonds.
    doubled : bool
        True if two monomers commonly share a core, so that the smallest repeat unit holds only one of them (the
        phenoxy resin of bisphenol A and its own diglycidyl ether): two units are then looked at together.
    spoiled_by : tuple of str
        Reagent ids of groups beside which this bond is not formed, because they react first.
    transfer : bool
        True if the catalyst walks along the chain, so that monomers with a head and a tail join head to tail.
    """

    id: str
    mechanism: str
    a: str
    b: str
    bond: str
    pairings: tuple[Pairing, ...]
    prior: float
    polymerisations: tuple[str, ...] = ("step_growth", "polycondensation")
    self_only: bool = False
    bridged: bool = False
    doubled: bool = False
    spoiled_by: tuple[str, ...] = ()
    transfer: bool = False

    @cached_property
    def query(self) -> Query:
        """Compiled ``bond``."""
        return compile_query(self.bond)

    @cached_property
    def ends(self) -> tuple[int, int]:
        """Query indices of the atoms on the ``a`` and the ``b`` side."""
        place = {atom.GetAtomMapNum(): atom.GetIdx() for atom in self.query.mol.GetAtoms()}
        return place[1], place[2]

    @cached_property
    def single(self) -> tuple[int, int] | None:
        """Atomic numbers at the bond, smaller first; None for double bonds, which lie inside pieces of a chain."""
        a, b = (self.query.mol.GetAtomWithIdx(i) for i in self.ends)
        bond = self.query.mol.GetBondBetweenAtoms(a.GetIdx(), b.GetIdx())
        if bond.GetBondType() != Chem.BondType.SINGLE:
            return None
        low, high = sorted((a.GetAtomicNum(), b.GetAtomicNum()))
        return low, high

    def find(self, mol: Chem.Mol, elements: frozenset[int]) -> set[tuple[int, int]]:
        """Return the (a atom, b atom) pairs of every such bond.

        Parameters
        ----------
        mol : Chem.Mol
            Stretch of chain.
        elements : frozenset of int
            Its atomic numbers.
        """
        first, second = self.ends
        return {(hit[first], hit[second]) for hit in self.query.matches(mol, elements, all_orders=True)}


@dataclass(frozen=True)
class MonomerRule:
    """A polymerisation of one monomer: an addition or a ring opening.

    Attributes
    ----------
    id : str
        Stable id.
    mechanism : str
        What the polymerisation is called.
    take : str
        Edit of the monomer: two stars are added.
    give : str
        Edit of the repeat unit (two stars) that returns the monomer.
    conditions, by_product : str
        As in ``Pairing``.
    prior : float
        As in ``Linkage``.
    polymerisations : tuple of str
        Ids of ``tools.core.vocabulary.POLYMERISATIONS``.
    repeat : int
        Repeat units per monomer: 2 for lactide, 4 for D4.
    family : str
        Rules of one family compete for one kind of bond: the first that applies is taken. Empty: always offered.
    choice : bool
        True if several such sites are alternatives (the two double bonds of a diene), not a network.
    note : str
        A caveat worth showing.
    elements : frozenset of int
        Atomic numbers that the monomer may have; empty: any.
    """

    id: str
    mechanism: str
    take: str
    give: str
    conditions: str
    prior: float
    polymerisations: tuple[str, ...]
    by_product: str = ""
    repeat: int = 1
    family: str = ""
    choice: bool = False
    note: str = ""
    elements: frozenset[int] = frozenset()

    @property
    def opens_ring(self) -> bool:
        """True if the rule opens a bond of a ring: several like bonds of one ring are one site."""
        return not self.give

    def may_open(self, bonds: frozenset[tuple[int, int]]) -> bool:
        """Tell whether the bond that a ring opening breaks could be one of those between backbone pieces.

        Parameters
        ----------
        bonds : frozenset of (int, int)
            Atomic numbers at the bonds, smaller first.
        """
        one, other = self._opened
        return any(
            (one in (None, a) and other in (None, b)) or (one in (None, b) and other in (None, a)) for a, b in bonds
        )

    @cached_property
    def _opened(self) -> tuple[int | None, int | None]:
        """Atomic numbers of map numbers 1 and 2; None where the query allows several."""
        atoms = {atom.GetAtomMapNum(): atom for atom in self.forward.query.mol.GetAtoms()}
        one, other = (None if "," in atoms[i].GetSmarts() else atoms[i].GetAtomicNum() for i in (1, 2))
        return one, other

    @cached_property
    def forward(self) -> Transform:
        """Compiled ``take``."""
        return compile_transform(self.take)

    @cached_property
    def backward(self) -> Transform:
        """Compiled ``give``."""
        return compile_transform(self.give)


@dataclass(frozen=True)
class PairRule:
    """Two monomers that alternate, at least one of which enters the chain through one group with two ends.

    Carbon dioxide, water, formaldehyde and cyclic anhydrides are such monomers: their two chain ends come from one
    edit, where a step-growth monomer has two groups.

    Attributes
    ----------
    id, mechanism, by_product, conditions, prior, polymerisations, note
        As in ``MonomerRule``.
    one : str
        Reagent id, of which the first monomer has two sites; or an edit that adds two stars, as ``other``.
    other : str
        Edit of the second monomer that adds two stars. With two edits the second star of one meets the first of the
        other.
    each_hydrogen : bool
        True if every hydrogen atom at the sites of ``one`` reacts.
    undo : str
        Edit of the residue of the second monomer (two stars) that returns it; empty if it is never proposed.
    undo_first : str
        The same for the first monomer, where ``one`` is an edit.
    """

    id: str
    mechanism: str
    one: str
    other: str
    by_product: str
    conditions: str
    prior: float
    polymerisations: tuple[str, ...]
    note: str = ""
    each_hydrogen: bool = False
    undo: str = ""
    undo_first: str = ""

    @property
    def by_groups(self) -> bool:
        """True if the first monomer reacts through two like groups."""
        return ">>" not in self.one

    @cached_property
    def first(self) -> Transform:
        """Compiled ``one``, where that is an edit."""
        return compile_transform(self.one)

    @cached_property
    def second(self) -> Transform:
        """Compiled ``other``."""
        return compile_transform(self.other)
