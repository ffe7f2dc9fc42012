"""Taking a repeat unit apart: where it can be cut, and the residues between the cuts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rdkit import Chem

from tools.core.assemble import join, piece_mol
from tools.core.word import Word
from tools.synthesis.capping import Residue, path_length, residue_of
from tools.synthesis.joints import elements_of, linkages_of
from tools.synthesis.query import sanitised, stars_of
from tools.synthesis.rule_types import Linkage

_CONTEXT_ATOMS = 8  # a rule looks at most this far along the chain
_REACH = 4
_ANY_STAR = Chem.MolFromSmarts("[#0]")


@dataclass(frozen=True)
class Cut:
    """A backbone bond that a step-growth linkage could have formed.

    Attributes
    ----------
    linkage : Linkage
        The rule.
    position : int
        Single bonds: the bond after this piece of the word. Double bonds: the piece that holds the bond.
    inner : tuple of int or None
        For a double bond inside a piece: its two atoms, counted within the piece without stars, in chain order.
    forward : bool
        True if the a side comes first in chain direction.
    """

    linkage: Linkage
    position: int
    inner: tuple[int, int] | None
    forward: bool

    @property
    def place(self) -> tuple[int, tuple[int, int]]:
        """The bond itself, whatever the linkage; orders bonds along the chain."""
        return self.position, self.inner or (10_000, 10_000)

    @property
    def left(self) -> str:
        """Kind of chain end on the left of the bond."""
        return self.linkage.a if self.forward else self.linkage.b

    @property
    def right(self) -> str:
        """Kind of chain end on the right of the bond."""
        return self.linkage.b if self.forward else self.linkage.a


class Chain:
    """A repeat unit laid out for matching, with enough of its neighbours on both sides.

    Parameters
    ----------
    word : tuple of str
        Pieces of the repeat unit.
    """

    def __init__(self, word: Word) -> None:
        self.word = word
        self.size = len(word)
        before = self._context(reversed(word))
        after = self._context(iter(word))
        self._offset = len(before)
        self._pieces = (*reversed(before), *word, *after)
        self._segments: dict[tuple[object, object], Residue | None] = {}

    def _context(self, order: Iterator[str]) -> tuple[str, ...]:
        pieces = list(order)
        taken: list[str] = []
        atoms = 0
        while atoms < _CONTEXT_ATOMS or len(taken) < _REACH:
            piece = pieces[len(taken) % len(pieces)]
            taken.append(piece)
            atoms += piece_mol(piece).GetNumAtoms() - 2
        return tuple(taken)

    @property
    def ring_sizes(self) -> int:
        """Backbone atoms of the repeat unit along the shortest path, the size of the ring that its ends would close."""
        return sum(path_length(piece) for piece in self.word)

    @cached_property
    def mol(self) -> Chem.Mol:
        """The stretch of chain as one molecule, stars at both ends."""
        mol = _stretch(self._pieces)
        mol.UpdatePropertyCache(strict=False)
        Chem.GetSymmSSSR(mol)
        return mol

    @cached_property
    def _owner(self) -> list[tuple[int, int]]:
        """(piece, atom within the piece without stars) of every atom of ``mol``."""
        owner = [(0, -1)]
        for number, piece in enumerate(self._pieces):
            owner += [(number, place) for place in range(piece_mol(piece).GetNumAtoms() - 2)]
        return [*owner, (len(self._pieces) - 1, -1)]

    def cuts(self) -> list[Cut]:
        """Find every bond of the repeat unit that a linkage could have formed."""
        found: dict[tuple[str, int, tuple[int, int] | None, bool], Cut] = {}
        elements = elements_of(self.word)
        for linkage in linkages_of(self.word):
            if not linkage.query.needs <= elements:
                continue
            for a, b in linkage.find(self.mol, elements):
                cut = self._cut(linkage, a, b)
                if cut is not None:
                    found.setdefault((linkage.id, cut.position, cut.inner, cut.forward), cut)
        return list(found.values())

    def _cut(self, linkage: Linkage, a: int, b: int) -> Cut | None:
        (piece_a, atom_a), (piece_b, atom_b) = self._owner[a], self._owner[b]
        if abs(piece_a - piece_b) > 1:
            return None
        first = min(piece_a, piece_b)
        if not self._offset <= first < self._offset + self.size:
            return None
        position = first - self._offset
        if piece_a != piece_b:
            return Cut(linkage, position, None, piece_a < piece_b)
        order = backbone_order(self._pieces[piece_a], atom_a, atom_b)
        if order is None:
            return None
        inner = (atom_a, atom_b) if order else (atom_b, atom_a)
        return Cut(linkage, position, inner, order)

    # --- residues ------------------------------------------------------------------------------------------------

    def segment(self, start: Cut, end: Cut) -> Residue | None:
        """Return the residue from just after one cut to the next.

        Parameters
        ----------
        start, end : Cut
            The bonds at which it begins and ends; the same cut for the whole repeat unit.

        Returns
        -------
        Residue or None
            None where the bonds cannot be cut.
        """
        key = (start.place, end.place)
        if key not in self._segments:
            self._segments[key] = self._segment(start, end)
        return self._segments[key]

    def _segment(self, start: Cut, end: Cut) -> Residue | None:
        first = start.position + 1 if start.inner is None else start.position
        length = (end.position - first) % self.size + 1
        if start.place == end.place:
            length = self.size if start.inner is None else self.size + 1
        elif length == 1 and start.inner and end.inner and start.place > end.place:
            length = self.size + 1
        pieces = tuple(self.word[(first + i) % self.size] for i in range(length))
        if start.inner is None and end.inner is None:
            return residue_of(pieces)
        mol = _trim(join(pieces, sanitise=False), pieces, start.inner, end.inner)
        return None if mol is None else Residue((), mol)


def _stretch(pieces: Word) -> Chem.Mol:
    """Join pieces as ``join`` does, without stereo marks and unsanitised: all that the queries of linkages look at."""
    editable = Chem.RWMol()
    last = -1
    order = Chem.BondType.SINGLE
    for number, piece in enumerate(pieces):
        part, first, end, next_order = _bare(piece)
        offset = editable.GetNumAtoms()
        if not number:
            last, offset, order = editable.AddAtom(Chem.Atom(0)), 1, _ends(piece)[5]
        editable.InsertMol(part)
        editable.AddBond(last, first + offset, order)
        last, order = end + offset, next_order
    editable.AddBond(last, editable.AddAtom(Chem.Atom(0)), order)
    return editable.GetMol()


@lru_cache(maxsize=16_384)
def _bare(piece: str) -> tuple[Chem.Mol, int, int, Chem.BondType]:
    """Return a piece without its stars, its first and last backbone atom and the order of the bond to the next one."""
    editable = Chem.RWMol(piece_mol(piece))
    start, first, end, last, order, _ = _ends(piece)
    for star in sorted((start, end), reverse=True):
        editable.RemoveAtom(star)
    first, last = (index - (start < index) - (end < index) for index in (first, last))
    return editable.GetMol(), first, last, order


@lru_cache(maxsize=65_536)
def _ends(piece: str) -> tuple[int, int, int, int, Chem.BondType, Chem.BondType]:
    """Start star and its neighbour, end star and its neighbour, and the orders of the bonds to end and start star."""
    mol = piece_mol(piece)
    stars = stars_of(mol)
    bonds = {label: mol.GetAtomWithIdx(index).GetBonds()[0] for label, index in stars.items()}
    first, last = (bonds[label].GetOtherAtomIdx(stars[label]) for label in (1, 2))
    return stars[1], first, stars[2], last, bonds[2].GetBondType(), bonds[1].GetBondType()


@lru_cache(maxsize=65_536)
def _labels(piece: str) -> tuple[int, ...]:
    """Label of every atom of a piece; 0 for atoms that are no chain end."""
    ends = {index: label for label, index in stars_of(piece_mol(piece)).items()}
    return tuple(ends.get(i, 0) for i in range(piece_mol(piece).GetNumAtoms()))


@lru_cache(maxsize=65_536)
def backbone_order(piece: str, a: int, b: int) -> bool | None:
    """Tell whether atom ``a`` comes before ``b`` on the backbone of a piece; None if the bond is not on it."""
    mol = piece_mol(piece)
    stars = stars_of(mol)
    path = Chem.GetShortestPath(mol, stars[1], stars[2])
    plain = [i for i, label in enumerate(_labels(piece)) if not label]
    try:
        place_a, place_b = path.index(plain[a]), path.index(plain[b])
    except ValueError:
        return None
    return place_a < place_b if abs(place_a - place_b) == 1 else None


def _trim(mol: Chem.Mol, pieces: Word, start: tuple[int, int] | None, end: tuple[int, int] | None) -> Chem.Mol | None:
    """Cut double bonds inside the first and the last piece and keep what lies between."""
    plain = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() != 0]
    skip = sum(piece_mol(piece).GetNumAtoms() - 2 for piece in pieces[:-1])
    bonds, labels = [], []
    keep = None
    for inner, offset, outside in ((start, 0, 1), (end, skip, 2)):
        if inner is None:
            continue
        # the atom outside the residue is the first one at the start and the second one at the end
        out, inside = (inner[0], inner[1]) if outside == 1 else (inner[1], inner[0])
        bond = mol.GetBondBetweenAtoms(plain[out + offset], plain[inside + offset])
        bonds.append(bond.GetIdx())
        inside_index = plain[inside + offset]
        # FragmentOnBonds puts the first label on the dummy at the end atom's side of the begin atom
        labels.append((outside, 9) if bond.GetEndAtomIdx() == inside_index else (9, outside))
        keep = inside_index
    parts = Chem.FragmentOnBonds(
        mol, bonds, addDummies=True, dummyLabels=labels, bondTypes=[Chem.BondType.DOUBLE] * len(bonds)
    )
    for fragment in Chem.GetMolFrags(parts):
        if keep in fragment:
            return _submol(parts, set(fragment))
    return None


def _submol(mol: Chem.Mol, keep: set[int]) -> Chem.Mol | None:
    editable = Chem.RWMol(mol)
    for index in sorted(set(range(mol.GetNumAtoms())) - keep, reverse=True):
        editable.RemoveAtom(index)
    if stars_of(editable).keys() != {1, 2} or len(editable.GetSubstructMatches(_ANY_STAR)) != 2:
        return None
    return editable.GetMol() if sanitised(editable) else None


__all__ = ["Chain", "Cut", "Residue", "backbone_order", "residue_of"]
