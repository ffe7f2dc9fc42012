"""Tell quickly that a chain holds none of some substructures, from its pieces alone.

A substructure can only be in a chain if each of its atoms is, with neighbours like those in the query. An atom of a
chain and its neighbours lie in one piece and the ends of the two beside it, so what a piece can offer between two such
ends is found once and kept. "Not there" is certain; "may be there" needs the real match.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from rdkit import Chem, rdBase

from tools.core.word import Word
from tools.synthesis.query import compile_query

_KEPT = 1 << 16

# centre, then (bond, neighbour) pairs: places in the lists of query atoms and query bonds
_Star = tuple[int, tuple[tuple[int, int], ...]]
_Kind = tuple[str, bool]


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
        self._ends: dict[str, tuple[int, int]] = {}
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
        return self._atoms.setdefault(atom.GetSmarts(), (len(self._atoms), atom))[0]

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
        ends = [self._ends.get(piece) or self._read(piece) for piece in word]
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

    def _read(self, piece: str) -> tuple[int, int]:
        """Return which query atoms the first and the last backbone atom of a piece match, as bits."""
        if len(self._ends) > _KEPT:
            self._ends.clear()
        mol = _mol(piece)
        first, last = (_star(mol, label).GetNeighbors()[0] for label in (1, 2))
        self._ends[piece] = (self._matched(first), self._matched(last))
        return self._ends[piece]

    def _matched(self, atom: Any) -> int:
        return sum(1 << place for place, query in self._atoms.values() if query.Match(atom))

    def _offer(self, key: tuple[int, str, int]) -> int:
        """Return the stars that a piece offers between two ends, as bits."""
        if len(self._offers) > _KEPT:
            self._offers.clear()
        left, piece, right = key
        mol = _mol(piece)
        stars = {_star(mol, 1).GetIdx(): left, _star(mol, 2).GetIdx(): right}
        if mol.GetAtomWithIdx(max(stars)).GetBonds()[0].GetBondType() != Chem.BondType.SINGLE:
            found = self._everything  # what lies beyond a double bond may change the rings of this piece
        else:
            matched = [stars.get(i, 0) | self._matched(mol.GetAtomWithIdx(i)) for i in range(mol.GetNumAtoms())]
            kinds = [self._kinds(bond) for bond in mol.GetBonds()]
            found = 0
            for atom in mol.GetAtoms():
                around = [
                    (kinds[bond.GetIdx()], matched[bond.GetOtherAtomIdx(atom.GetIdx())]) for bond in atom.GetBonds()
                ]
                for (centre, wanted), place in self._stars.items():
                    if matched[atom.GetIdx()] >> centre & 1 and _fits(wanted, around):
                        found |= 1 << place
        self._offers[key] = found
        return found

    def _kinds(self, bond: Any) -> int:
        return sum(
            1 << place
            for (_, ring), (place, query) in self._bonds.items()
            if query.Match(bond) and (bond.IsInRing() or not ring)
        )


def _fits(wanted: tuple[tuple[int, int], ...], around: list[tuple[int, int]]) -> bool:
    """Tell whether every wanted neighbour can be a neighbour of its own."""
    if not wanted:
        return True
    return any(
        all(
            kinds >> bond & 1 and matched >> atom & 1
            for (bond, atom), (kinds, matched) in zip(wanted, chosen, strict=True)
        )
        for chosen in permutations(around, len(wanted))
    )


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
