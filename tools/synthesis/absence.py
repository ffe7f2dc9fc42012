"""Tell quickly that a chain holds none of some substructures, from its pieces alone.

A substructure can only be in a chain if each of its atoms is, with neighbours like those in the query. An atom of a
chain and its neighbours lie in one piece and the ends of the two beside it, so what a piece can offer between two such
ends is found once and kept. "Not there" is certain; "may be there" needs the real match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from rdkit import Chem, rdBase

from tools.core.word import Word
from tools.synthesis.query import compile_query

_KEPT = 1 << 16

# centre, then (bond, neighbour) pairs: places in the lists of query atoms and query bonds
_Star = tuple[int, tuple[tuple[int, int], ...]]
_Kind = tuple[str, bool]
_LEFT, _RIGHT = -1, -2


@dataclass(frozen=True)
class _Piece:
    """A piece read once; atoms are bits of the query atoms that they match, bonds bits of the query bonds.

    ``inner`` are the stars that its atoms offer in any company. An atom beside the next pieces, and the dummies that
    stand for these, are in ``edges``: what they match themselves, and (bond, neighbour) with negative neighbours for
    the pieces to the left and right. A dummy's own bits are in ``dummies``.
    """

    ends: tuple[int, int]
    inner: int
    edges: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]
    dummies: tuple[int, int]
    stubs: tuple[tuple[int, int], tuple[int, int]]


class Absence:
    """Queries, ready to be ruled out.

    Parameters
    ----------
    queries : sequence of str
        SMARTS.
    """

    def __init__(self, queries: Sequence[str]) -> None:
        self._atoms: dict[str, tuple[int, Any]] = {}
        self._bonds: dict[_Kind, tuple[int, Any]] = {}
        self._stars: dict[_Star, int] = {}
        self._mols = [[_loose(text) for text in alternatives(query)] for query in queries]  # keeps their atoms alive
        self._needed = tuple(tuple(self._bits(mol) for mol in mols) for mols in self._mols)
        self._everything = (1 << len(self._stars)) - 1
        self._by_centre: dict[int, list[tuple[tuple[tuple[int, int], ...], int]]] = {}
        for (centre, around), place in self._stars.items():
            self._by_centre.setdefault(centre, []).append((around, 1 << place))
        self._bond_bits: dict[tuple[Any, bool, bool], int] = {}
        self._pieces: dict[str, _Piece] = {}
        self._offered: dict[tuple[int, tuple[tuple[int, int], ...]], int] = {}
        self._offers: dict[tuple[int, str, int], int] = {}
        self._verdicts: dict[int, tuple[int, ...]] = {}

    def _bits(self, mol: Any) -> int:
        needed = 0
        for atom in mol.GetAtoms():
            around = []
            for bond in atom.GetBonds():
                kind = (bond.GetSmarts(), bool(mol.GetRingInfo().NumBondRings(bond.GetIdx())))
                place, _ = self._bonds.setdefault(kind, (len(self._bonds), bond))
                around.append((place, self._atom(bond.GetOtherAtom(atom))))
            star = (self._atom(atom), tuple(sorted(around)))
            needed |= 1 << self._stars.setdefault(star, len(self._stars))
        return needed

    def _atom(self, atom: Any) -> int:
        text = atom.GetSmarts()
        if text not in self._atoms:
            self._atoms[text] = (len(self._atoms), Chem.MolFromSmarts(text))
        return self._atoms[text][0]

    def suspects(self, word: Word) -> tuple[int, ...]:
        """Return the places of the queries that may be in a chain.

        Parameters
        ----------
        word : tuple of str
            Pieces of its repeat unit.

        Returns
        -------
        tuple of int
            Ascending; every query that is in the chain is among them.
        """
        ends = [(self._pieces.get(piece) or self._read(piece)).ends for piece in word]
        found = 0
        for place, piece in enumerate(word):
            key = (ends[place - 1][1], piece, ends[place + 1 - len(word)][0])
            offer = self._offers.get(key)
            found |= self._offer(key) if offer is None else offer
        known = self._verdicts.get(found)
        return self._verdict(found) if known is None else known

    def _verdict(self, found: int) -> tuple[int, ...]:
        if len(self._verdicts) > _KEPT:
            self._verdicts.clear()
        self._verdicts[found] = tuple(
            place for place, ways in enumerate(self._needed) if any(not needed & ~found for needed in ways)
        )
        return self._verdicts[found]

    def _read(self, piece: str) -> _Piece:
        """Match the atoms and bonds of a piece with those of the queries."""
        if len(self._pieces) > _KEPT:
            self._pieces.clear()
        mol = _mol(piece)
        left, right = (_star(mol, label) for label in (1, 2))
        matched = [0] * mol.GetNumAtoms()
        for place, query in self._atoms.values():
            for (atom,) in mol.GetSubstructMatches(query):
                matched[atom] |= 1 << place
        stars = {left.GetIdx(): _LEFT, right.GetIdx(): _RIGHT}
        around: list[list[tuple[int, int]]] = [[] for _ in matched]
        for bond in mol.GetBonds():
            kinds, begin, end = self._kinds(bond), bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            for one, other in ((begin, end), (end, begin)):
                around[one].append((kinds, stars.get(other, matched[other])))
        beside = {star.GetNeighbors()[0].GetIdx() for star in (left, right)}
        inner = 0
        if right.GetBonds()[0].GetBondType() != Chem.BondType.SINGLE:
            inner = self._everything  # what lies beyond a double bond may change the rings of this piece
        for atom in range(len(matched)):
            if atom not in beside and atom not in stars:
                inner |= self._stars_at(matched[atom], around[atom])
        found = _Piece(
            (matched[left.GetNeighbors()[0].GetIdx()], matched[right.GetNeighbors()[0].GetIdx()]),
            inner,
            tuple((matched[atom], tuple(around[atom])) for atom in sorted(beside)),
            (matched[left.GetIdx()], matched[right.GetIdx()]),
            (around[left.GetIdx()][0], around[right.GetIdx()][0]),
        )
        self._pieces[piece] = found
        return found

    def _offer(self, key: tuple[int, str, int]) -> int:
        """Return the stars that a piece offers between two ends, as bits."""
        if len(self._offers) > _KEPT:
            self._offers.clear()
        piece = self._pieces.get(key[1]) or self._read(key[1])
        outside = {_LEFT: key[0] | piece.dummies[0], _RIGHT: key[2] | piece.dummies[1]}
        found = piece.inner
        for centre, around in piece.edges:
            found |= self._stars_at(centre, [(kinds, outside.get(other, other)) for kinds, other in around])
        for side, stub in zip((_LEFT, _RIGHT), piece.stubs, strict=True):
            found |= self._stars_at(outside[side], [stub])
        self._offers[key] = found
        return found

    def _stars_at(self, matched: int, around: list[tuple[int, int]]) -> int:
        """Return the stars that an atom offers with its neighbours, as bits."""
        key = (matched, tuple(sorted(around)))
        known = self._offered.get(key)
        if known is not None:
            return known
        found = 0
        for centre, stars in self._by_centre.items():
            if matched >> centre & 1:
                for wanted, bit in stars:
                    if _fits(wanted, around):
                        found |= bit
        if len(self._offered) > _KEPT:
            self._offered.clear()
        self._offered[key] = found
        return found

    def _kinds(self, bond: Any) -> int:
        """Return the query bonds that a bond matches, as bits; of a bond SMARTS sees its order and rings alone."""
        ring = bond.IsInRing()
        key = (bond.GetBondType(), bond.GetIsAromatic(), ring)
        if key not in self._bond_bits:
            self._bond_bits[key] = sum(
                1 << place
                for (_, rings), (place, query) in self._bonds.items()
                if query.Match(bond) and (ring or not rings)
            )
        return self._bond_bits[key]


def _fits(wanted: tuple[tuple[int, int], ...], around: list[tuple[int, int]]) -> bool:
    """Tell whether every wanted neighbour can be a neighbour of its own."""
    options = []
    for bond, atom in wanted:
        fitting = [place for place, (kinds, matched) in enumerate(around) if kinds >> bond & 1 and matched >> atom & 1]
        if not fitting:
            return False
        options.append(fitting)
    return len(options) < 2 or any(len(set(chosen)) == len(chosen) for chosen in product(*options))


def alternatives(query: str) -> list[str]:
    """Split a SMARTS of one atom that is a choice of environments, such as ``[$(CO),$(CN)]``.

    Parameters
    ----------
    query : str
        Any SMARTS.

    Returns
    -------
    list of str
        The environments, or the SMARTS itself where it is no such choice.
    """
    if not query.startswith("[$("):
        return [query]
    found, depth, start = [], 0, 0
    for place, letter in enumerate(query):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "(" and depth == 1:
            start = place + 1
        elif letter == ")" and depth == 0:
            found.append(query[start:place])
    rebuilt = ",".join(f"$({text})" for text in found)
    return found if query == f"[{rebuilt}]" else [query]


def _loose(text: str) -> Any:
    query = compile_query(text)
    mol = query.loose or query.mol
    Chem.FastFindRings(mol)
    return mol


def _mol(piece: str) -> Any:
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(piece)


def _star(mol: Any, label: int) -> Any:
    return next(atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0 and atom.GetIsotope() == label)
