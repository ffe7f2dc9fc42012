"""Which rules can apply at the bonds between backbone pieces, read off the two atoms there.

An atom of a piece is described by what a SMARTS primitive can ask of it (element, aromaticity, connections, hydrogens,
charge, rings). There are few such descriptions, so every rule is asked about each of them once, and a chain is only
searched for the linkages that fit one of its bonds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rdkit import Chem

from tools.core.assemble import piece_mol
from tools.core.word import Word
from tools.synthesis.query import conditions, elements_in, stars_of
from tools.synthesis.rule_types import Linkage, MonomerRule
from tools.synthesis.rules import rule_set
from tools.synthesis.transforms import compile_transform

_RING_CLAUSE = re.compile(r"!?[rR]\d*(,!?[rR]\d*)*")
_LARGEST = 12
_AROMATIC = frozenset("cnops")


@dataclass(frozen=True, eq=False)
class Joint:
    """The atom at one end of a piece; one object for all that rules cannot tell apart.

    Attributes
    ----------
    atom : Chem.Atom
        An example.
    mol : Chem.Mol
        The piece of the example, which has to outlive its atom.
    ring : int
        Size of its smallest ring, 0 if it is in none.
    """

    atom: Chem.Atom
    mol: Chem.Mol
    ring: int


_JOINTS: dict[tuple[object, ...], Joint] = {}


@lru_cache(maxsize=65_536)
def joints_of(piece: str) -> tuple[Joint, Joint]:
    """Describe the atoms at the start and at the end of a piece.

    Parameters
    ----------
    piece : str
        Canonical piece of a word.
    """
    mol = piece_mol(piece)
    stars = stars_of(mol)
    return _joint(mol, stars[1]), _joint(mol, stars[2])


def _joint(mol: Chem.Mol, star: int) -> Joint:
    atom = mol.GetAtomWithIdx(star).GetNeighbors()[0]
    sizes = mol.GetRingInfo().AtomRingSizes(atom.GetIdx())
    signature = (
        atom.GetAtomicNum(), atom.GetIsAromatic(), atom.GetTotalDegree(), atom.GetTotalNumHs(), atom.GetFormalCharge(),
        atom.GetDegree(), atom.GetTotalValence(), tuple(sorted(size for size in sizes if size <= _LARGEST)), len(sizes),
    )  # fmt: skip
    return _JOINTS.setdefault(signature, Joint(atom, mol, min(sizes, default=0)))


def bonds_of(word: Word) -> frozenset[tuple[Joint, Joint]]:
    """Return the distinct bonds between pieces of a periodic chain, in chain direction.

    Parameters
    ----------
    word : tuple of str
        Pieces of the repeat unit.
    """
    ends = [joints_of(piece) for piece in word]
    return frozenset((left[1], right[0]) for left, right in pairwise((*ends, ends[0])))


@lru_cache(maxsize=65_536)
def linkages_at(left: Joint, right: Joint) -> frozenset[int]:
    """Return the places in the rule set of the linkages that two joined atoms may stand for, in either direction."""
    a_left, b_left = _roles(left)
    a_right, b_right = _roles(right)
    return (a_left & b_right) | (b_left & a_right)


@lru_cache(maxsize=4096)
def _roles(joint: Joint) -> tuple[frozenset[int], frozenset[int]]:
    """Linkages whose a atom, and whose b atom, such an atom could be."""
    atom = joint.atom
    a: set[int] = set()
    b: set[int] = set()
    for place, linkage in enumerate(rule_set().linkages):
        if linkage.single is not None:
            query = linkage.query.loose or linkage.query.mol
            for index, roles in zip(linkage.ends, (a, b), strict=True):
                if query.GetAtomWithIdx(index).Match(atom):
                    roles.add(place)
    return frozenset(a), frozenset(b)


def linkages_of(word: Word) -> list[Linkage]:
    """Return the linkages that could have formed a bond of a chain.

    Parameters
    ----------
    word : tuple of str
        Pieces of the repeat unit.

    Returns
    -------
    list of Linkage
        In the order of the rule set.
    """
    places: set[int] = set()
    for left, right in bonds_of(word):
        places |= linkages_at(left, right)
    if any(map(_has_double_bond, word)):
        places |= _doubles()
    return [rule_set().linkages[place] for place in sorted(places)]


@lru_cache(maxsize=1)
def _doubles() -> frozenset[int]:
    return frozenset(place for place, linkage in enumerate(rule_set().linkages) if linkage.single is None)


@lru_cache(maxsize=65_536)
def ends_fit(edits: tuple[str, ...], start: Joint, end: Joint) -> bool:
    """Tell whether edits that undo a reaction may find their two chain ends at such atoms.

    Parameters
    ----------
    edits : tuple of str
        One edit with two stars, or two with one each.
    start, end : Joint
        The atoms beside the chain ends of a residue.
    """
    one, other = (atom for text in edits for atom in _beside_stars(text))
    return bool((one.Match(start.atom) and other.Match(end.atom)) or (one.Match(end.atom) and other.Match(start.atom)))


@lru_cache(maxsize=512)
def _beside_stars(edit: str) -> tuple[Chem.Atom, ...]:
    """Query atoms beside the chain ends of an edit, without what they ask of atoms further away."""
    query = compile_transform(edit).query
    pattern = query.loose or query.mol
    return tuple(atom.GetNeighbors()[0] for atom in pattern.GetAtoms() if atom.GetSmarts() == "[#0]")


@lru_cache(maxsize=65_536)
def _has_double_bond(piece: str) -> bool:
    """Tell whether the backbone of a piece has a double bond outside rings."""
    mol = piece_mol(piece)
    stars = stars_of(mol)
    path = Chem.GetShortestPath(mol, stars[1], stars[2])
    bonds = (mol.GetBondBetweenAtoms(one, other) for one, other in pairwise(path))
    return any(bond.GetBondType() == Chem.BondType.DOUBLE and not bond.IsInRing() for bond in bonds)


@lru_cache(maxsize=65_536)
def openings_at(size: int, left: Joint, right: Joint) -> frozenset[int]:
    """Return the places in the rule set of the ring openings that could break a bond if it closed a ring.

    Parameters
    ----------
    size : int
        Atoms of the ring.
    left, right : Joint
        The two atoms.
    """
    return frozenset(
        place
        for place, rule in enumerate(rule_set().monomer_rules)
        if rule.opens_ring
        and (
            (_fits(place, 1, size, left) and _fits(place, 2, size, right))
            or (_fits(place, 2, size, left) and _fits(place, 1, size, right))
        )
    )


@lru_cache(maxsize=65_536)
def _fits(place: int, number: int, size: int, joint: Joint) -> bool:
    query, ring_clauses = _clauses(place, number)
    smallest = min(size, joint.ring or size)
    return all(_ring_fits(clause, smallest) for clause in ring_clauses) and bool(query.Match(joint.atom))


@lru_cache(maxsize=512)
def _clauses(place: int, number: int) -> tuple[Chem.Atom, tuple[str, ...]]:
    """Split the conditions on an atom without recursion: those on rings, which closing decides, and the others."""
    kept: list[str] = []
    rings: list[str] = []
    rule = rule_set().monomer_rules[place]
    for clause in conditions(rule.forward.query.text, number):
        if "$" in clause:
            continue
        (rings if _RING_CLAUSE.fullmatch(clause) else kept).append(clause)
    return Chem.MolFromSmarts(f"[{';'.join(kept) or '*'}]").GetAtomWithIdx(0), tuple(rings)


def _ring_fits(clause: str, smallest: int) -> bool:
    """Evaluate alternatives such as ``r5,r7`` or ``!r3`` for an atom whose smallest ring is known."""
    for term in clause.split(","):
        negated, size = term.startswith("!"), term.lstrip("!rR")
        if "R" in term or not size:
            if not negated:
                return True
        elif (int(size) == smallest) != negated:
            return True
    return False


@lru_cache(maxsize=65_536)
def _elements(piece: str) -> frozenset[int]:
    return elements_in(piece_mol(piece)) - {0}


def elements_of(word: Word) -> frozenset[int]:
    """Return the atomic numbers in a chain.

    Parameters
    ----------
    word : tuple of str
        Pieces of the repeat unit.
    """
    return frozenset().union(*map(_elements, word))


def openings_of(word: Word, size: int) -> list[MonomerRule]:
    """Return the ring openings that could give a chain.

    Parameters
    ----------
    word : tuple of str
        Pieces that would close the ring.
    size : int
        Atoms of the ring.

    Returns
    -------
    list of MonomerRule
        In the order of the rule set.
    """
    places: set[int] = set()
    for left, right in bonds_of(word):
        places |= openings_at(min(size, _LARGEST), left, right)
    if not places:
        return []
    elements = elements_of(word)
    aromatic = any(_AROMATIC.intersection(piece) for piece in word)
    rules = [rule_set().monomer_rules[place] for place in sorted(places)]
    return [
        rule for rule in rules if rule.forward.query.needs <= elements and (aromatic or not rule.forward.query.aromatic)
    ]
