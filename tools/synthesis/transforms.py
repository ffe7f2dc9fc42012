"""Graph edits written as ``pattern>>result``: how a reactive site becomes a chain end, and back.

The pattern is SMARTS, the result SMILES; atoms with the same map number are kept, pattern atoms without one are
deleted, result atoms without one are added, and a star in the result is a chain end. Bonds among kept atoms take the
order written in the result; an aromatic bond there (``:``) means "as it was". Whatever is left without a connection
to a kept atom is a leaving group and dropped. This does what RDKit reactions do, several sites at a time and without
their cost (one edit of one molecule, no product templates).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from rdkit import Chem

from tools.core.errors import SetupError
from tools.synthesis.query import Match, Query, compile_query, sanitised, sight


@dataclass(frozen=True)
class Transform:
    """A compiled edit.

    Attributes
    ----------
    text : str
        Its ``pattern>>result``.
    query : Query
        The left side.
    kept : tuple of (int, int)
        Map number and pattern index of every kept atom.
    deleted : tuple of int
        Pattern indices of atoms that go.
    elements : tuple of (int, int, int)
        Pattern index, atomic number and formal charge of every kept atom afterwards.
    added : tuple of (int, int)
        Atomic number and formal charge of every new atom.
    bonds : tuple of (int, int, Chem.BondType)
        Bonds to make or set; indices below ``len(pattern)`` are pattern atoms, others new atoms.
    broken : tuple of (int, int)
        Bonds between kept atoms that go.
    """

    text: str
    query: Query
    kept: tuple[tuple[int, int], ...]
    deleted: tuple[int, ...]
    elements: tuple[tuple[int, int, int], ...]
    added: tuple[tuple[int, int], ...]
    bonds: tuple[tuple[int, int, Chem.BondType], ...]
    broken: tuple[tuple[int, int], ...]

    @cached_property
    def star(self) -> int:
        """Pattern index of the chain end in an edit that undoes a reaction."""
        return next(atom.GetIdx() for atom in self.query.mol.GetAtoms() if atom.GetSmarts() == "[#0]")

    @cached_property
    def sight(self) -> int:
        """How many bonds from the chain end the pattern looks: from its star, or from where its result puts one."""
        pattern = self.query.mol
        size = pattern.GetNumAtoms()
        stars = [atom.GetIdx() for atom in pattern.GetAtoms() if atom.GetSmarts() == "[#0]"]
        if stars:
            return max(sight(self.query.text, star) for star in stars)
        new = {size + i for i, (number, _) in enumerate(self.added) if number == 0}
        ends = {a if b in new else b for a, b, _ in self.bonds if a in new or b in new}
        inside = [index for index in ends if index < size]
        if len(inside) == len(ends):
            return 1 + max(sight(self.query.text, index) for index in inside)
        # the chain end is on an added atom, which is bonded to kept ones
        return 2 + max(sight(self.query.text, index) for index, *_ in self.elements)

    def core(self, match: Match) -> frozenset[int]:
        """Return the atoms of a site that the edit changes: two sites may not share one."""
        return frozenset(match[i] for i, *_ in self.elements) | frozenset(match[i] for i in self.deleted)


def _parse(text: str) -> tuple[Query, Chem.Mol]:
    left, _, right = text.partition(">>")
    query = compile_query(left)
    params: Any = Chem.SmilesParserParams()  # RDKit's stubs take its switches for parameters
    params.sanitize = False
    params.removeHs = False
    result = Chem.MolFromSmiles(right, params)
    if result is None:
        raise SetupError(f"The rule {text!r} cannot be read.")
    return query, result


def _broken(pattern: Chem.Mol, result: Chem.Mol, place: dict[int, int], stay: set[int]) -> list[tuple[int, int]]:
    """Bonds among kept atoms that the result does not have."""
    joined = {frozenset((place[b.GetBeginAtomIdx()], place[b.GetEndAtomIdx()])) for b in result.GetBonds()}
    return [
        (b.GetBeginAtomIdx(), b.GetEndAtomIdx())
        for b in pattern.GetBonds()
        if {b.GetBeginAtomIdx(), b.GetEndAtomIdx()} <= stay
        and frozenset((b.GetBeginAtomIdx(), b.GetEndAtomIdx())) not in joined
    ]


@lru_cache(maxsize=1024)
def compile_transform(text: str) -> Transform:
    """Compile ``pattern>>result``.

    Parameters
    ----------
    text : str
        The rule.

    Returns
    -------
    Transform
        Ready to match and apply.

    Raises
    ------
    SetupError
        If the rule cannot be read or its map numbers do not fit.
    """
    query, result = _parse(text)
    pattern = query.mol
    by_map = {a.GetAtomMapNum(): a.GetIdx() for a in pattern.GetAtoms() if a.GetAtomMapNum()}
    size = pattern.GetNumAtoms()
    place: dict[int, int] = {}
    elements: list[tuple[int, int, int]] = []
    added: list[tuple[int, int]] = []
    for atom in result.GetAtoms():
        number = atom.GetAtomMapNum()
        if number and number not in by_map:
            raise SetupError(f"The rule {text!r} uses map number {number} only on the right.")
        if number:
            place[atom.GetIdx()] = by_map[number]
            elements.append((by_map[number], atom.GetAtomicNum(), atom.GetFormalCharge()))
        else:
            place[atom.GetIdx()] = size + len(added)
            added.append((atom.GetAtomicNum(), atom.GetFormalCharge()))
            if atom.GetIsAromatic():
                raise SetupError(f"The rule {text!r} adds an aromatic atom: write added rings with double bonds.")
    bonds = [
        (place[b.GetBeginAtomIdx()], place[b.GetEndAtomIdx()], b.GetBondType())
        for b in result.GetBonds()
        if b.GetBondType() != Chem.BondType.AROMATIC
    ]
    stay = {index for index, _, _ in elements}
    broken = _broken(pattern, result, place, stay)
    return Transform(
        text=text,
        query=query,
        kept=tuple((number, index) for number, index in by_map.items() if index in stay),
        deleted=tuple(i for i in range(size) if i not in stay),
        elements=tuple(elements),
        added=tuple(added),
        bonds=tuple(bonds),
        broken=tuple(broken),
    )


def _edit(editable: Chem.RWMol, transform: Transform, match: Match, label: int) -> tuple[list[int], set[int]]:
    """Apply one edit; return new stars and the kept atoms it touched."""
    new = []
    for number, charge in transform.added:
        atom = Chem.Atom(number)
        atom.SetFormalCharge(charge)
        if number == 0:
            atom.SetIsotope(label)
        new.append(editable.AddAtom(atom))
    size = len(match)

    def index(i: int) -> int:
        return match[i] if i < size else new[i - size]

    for begin, end in transform.broken:
        editable.RemoveBond(match[begin], match[end])
        for i in (begin, end):  # the order of bonds changes, so a tag would mean something else
            editable.GetAtomWithIdx(match[i]).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for i, number, charge in transform.elements:
        atom = editable.GetAtomWithIdx(match[i])
        if number:  # a star in the result means any element, with the charge that it had
            atom.SetAtomicNum(number)
            atom.SetFormalCharge(charge)
        atom.SetNoImplicit(False)
        atom.SetNumExplicitHs(0)
        atom.SetChiralTag(atom.GetChiralTag() if number == 6 else Chem.ChiralType.CHI_UNSPECIFIED)
    for begin, end, order in transform.bonds:
        a, b = index(begin), index(end)
        bond: Chem.Bond | None = editable.GetBondBetweenAtoms(a, b)
        if bond is None:
            editable.AddBond(a, b, order)
        else:
            bond.SetBondType(order)
            bond.SetIsAromatic(False)
            bond.SetStereo(Chem.BondStereo.STEREONONE)
    stars = [i for i, (number, _) in zip(new, transform.added, strict=True) if number == 0]
    return stars, {match[i] for i, *_ in transform.elements}


def apply_edits(
    mol: Chem.Mol, edits: Sequence[tuple[Transform, Match]], *, number_stars: bool = False
) -> Chem.Mol | None:
    """Apply edits at several sites of one molecule.

    Parameters
    ----------
    mol : Chem.Mol
        Sanitised molecule or fragment; not changed.
    edits : sequence of (Transform, tuple of int)
        Edits with their sites. The stars that edit number ``i`` (from 1) adds carry isotope ``i``.
    number_stars : bool
        Number all stars 1, 2, ... instead (for a rule that adds both chain ends).

    Returns
    -------
    Chem.Mol or None
        Sanitised result, or None if the valences do not work out.
    """
    editable = Chem.RWMol(mol)
    anchors: set[int] = set()
    deleted: set[int] = set()
    for label, (transform, match) in enumerate(edits, start=1):
        stars, touched = _edit(editable, transform, match, label)
        if number_stars:
            for number, star in enumerate(stars, start=1):
                editable.GetAtomWithIdx(star).SetIsotope(number)
        anchors |= touched
        deleted |= {match[i] for i in transform.deleted}
    anchors -= deleted
    if not anchors:
        return None
    gone = sorted(deleted)
    for index in reversed(gone):
        editable.RemoveAtom(index)
    return _finished(editable, [index - bisect_left(gone, index) for index in anchors])


def _finished(editable: Chem.RWMol, anchors: list[int]) -> Chem.Mol | None:
    """Drop the fragments without a kept atom; mend aromaticity; sanitise."""
    for index in anchors:
        atom = editable.GetAtomWithIdx(index)
        if atom.GetIsAromatic():
            atom.SetIsAromatic(any(bond.GetIsAromatic() for bond in atom.GetBonds()))
    fragments = Chem.GetMolFrags(editable)
    if len(fragments) > 1:
        kept = set(anchors)
        drop = [i for fragment in fragments if kept.isdisjoint(fragment) for i in fragment]
        for index in sorted(drop, reverse=True):
            editable.RemoveAtom(index)
    return editable.GetMol() if sanitised(editable) else None
