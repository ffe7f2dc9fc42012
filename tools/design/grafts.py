"""Chains of one monomer as a stem and a side group, so that they can be recombined like pairs of residues.

A monomer and its polymer are cut at the same single bond outside rings and outside the backbone: what hangs there is
the side group, what remains of both is the stem. Another side group on the stem gives another monomer and, without a
reaction being run, its polymer. A side group is offered where a known monomer has one on the same kind of atom (for
atoms of the backbone: in a chain made by the same rule). Whether the new monomer does react so is tested for what
is worth keeping (``faithful``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rdkit import Chem

from tools.core.assemble import piece_mol
from tools.core.errors import PolysmithError
from tools.core.gate import STAR_QUERY
from tools.core.polymer import Polymer
from tools.core.word import Word, canonical_word, oriented
from tools.design.candidate import Candidate
from tools.synthesis.forward import react
from tools.synthesis.query import sanitised

_OPEN = "[3*]"
Kind = tuple[str, int, bool, tuple[int, ...]]


@dataclass(frozen=True)
class Side:
    """A side group.

    Attributes
    ----------
    text : str
        SMILES with ``[3*]`` where it hangs.
    elements : frozenset of str
        Its elements, hydrogen left out.
    atoms : int
        Its heavy atoms.
    """

    text: str
    elements: frozenset[str]
    atoms: int


@dataclass(frozen=True)
class Stem:
    """A monomer and its chain without one side group.

    Attributes
    ----------
    monomer : str
        SMILES with ``[3*]``.
    word : tuple of str
        Backbone pieces of the chain, one of them with ``[3*]``.
    rule : str
        Rule that makes the chain.
    polymerisations : tuple of str
        Ids of the polymerisation.
    kind : tuple
        Rule (empty away from the backbone), element, aromaticity and double bonds of the atom that was cut off.
    """

    monomer: str
    word: Word
    rule: str
    polymerisations: tuple[str, ...]
    kind: Kind


@lru_cache(maxsize=16_384)
def cuts(chain: Candidate) -> tuple[tuple[Stem, Side], ...]:
    """Cut a chain of one monomer in every way.

    Parameters
    ----------
    chain : Candidate
        With one monomer.

    Returns
    -------
    tuple of (Stem, Side)
        Ambiguous ways, where equal groups hang in different places, are left out.
    """
    outside: dict[str, set[str]] = {}
    for core, side, _ in _parted(Chem.MolFromSmiles(chain.monomers[0]), ()):
        outside.setdefault(side, set()).add(core)
    inside: dict[str, dict[Word, Kind]] = {}
    word = chain.polymer.word
    for place, piece in enumerate(word):
        mol = piece_mol(piece)
        for core, side, kind in _parted(mol, _backbone(mol)):
            changed = (*word[:place], core, *word[place + 1 :])
            inside.setdefault(side, {})[changed] = (chain.rule if kind[0] else "", *kind[1:])
    found = []
    for side, stems in inside.items():
        monomers = outside.get(side, set())
        if len(stems) == len(monomers) == 1:
            (rest, kind), monomer = next(iter(stems.items())), next(iter(monomers))
            found.append((Stem(monomer, rest, chain.rule, chain.polymerisations, kind), side_of(side)))
    return tuple(found)


def _backbone(mol: Chem.Mol) -> tuple[int, ...]:
    stars = [atom.GetIdx() for atom in mol.GetAtomsMatchingQuery(STAR_QUERY)]
    return Chem.GetShortestPath(mol, *stars) if len(stars) == 2 else ()


def _parted(mol: Chem.Mol, path: tuple[int, ...]) -> Iterator[tuple[str, str, tuple[str, int, bool, tuple[int, ...]]]]:
    """Cut single bonds outside rings: core, side group and the atom cut off; the side group is what holds no star.

    Without stars both halves are offered, for the reading of the chain tells which is the side group.
    """
    on_path = {frozenset(pair) for pair in pairwise(path)}
    for bond in mol.GetBonds():
        begin, end = bond.GetBeginAtom(), bond.GetEndAtom()
        if bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE or not begin.GetAtomicNum():
            continue
        if not end.GetAtomicNum() or frozenset((begin.GetIdx(), end.GetIdx())) in on_path:
            continue
        parts = Chem.FragmentOnBonds(mol, [bond.GetIdx()], addDummies=True, dummyLabels=[(3, 3)])
        texts = str(Chem.MolToSmiles(parts)).split(".")
        held = ["[1*]" in text or "[2*]" in text for text in texts]
        if not any(held):
            yield texts[0], texts[1], ("", *_atom(begin))
            yield texts[1], texts[0], ("", *_atom(begin))
        elif not all(held):
            core = held.index(True)
            inner = next(atoms for atoms in Chem.GetMolFrags(parts) if path[0] in atoms)
            atom = begin if begin.GetIdx() in inner else end
            yield texts[core], texts[1 - core], ("backbone" if atom.GetIdx() in path else "", *_atom(atom))


def _atom(atom: Chem.Atom) -> tuple[int, bool, tuple[int, ...]]:
    double = (
        bond.GetOtherAtom(atom).GetAtomicNum() for bond in atom.GetBonds() if bond.GetBondType() == Chem.BondType.DOUBLE
    )
    return atom.GetAtomicNum(), atom.GetIsAromatic(), tuple(sorted(double))


@lru_cache(maxsize=16_384)
def side_of(text: str) -> Side:
    """Describe a side group.

    Parameters
    ----------
    text : str
        SMILES with ``[3*]``.
    """
    atoms = [atom for atom in piece_mol(text).GetAtoms() if atom.GetAtomicNum() > 1]
    return Side(text, frozenset(atom.GetSymbol() for atom in atoms), len(atoms))


@lru_cache(maxsize=65_536)
def _attached(core: str, side: str) -> str | None:
    """Bond a side group to what is open."""
    one, other = piece_mol(core), piece_mol(side)
    editable = Chem.RWMol(one)
    offset = editable.GetNumAtoms()
    editable.InsertMol(other)
    stars = [atom for atom in editable.GetAtoms() if atom.GetAtomicNum() == 0 and atom.GetIsotope() == 3]
    if len(stars) != 2 or (stars[0].GetIdx() < offset) == (stars[1].GetIdx() < offset):
        return None
    ends = [star.GetNeighbors()[0].GetIdx() for star in stars]
    editable.AddBond(ends[0], ends[1], Chem.BondType.SINGLE)
    for index in sorted((star.GetIdx() for star in stars), reverse=True):
        editable.RemoveAtom(index)
    return str(Chem.MolToSmiles(editable)) if sanitised(editable) else None


def grafted(stem: Stem, side: Side) -> Candidate | None:
    """Put a side group on a stem.

    Parameters
    ----------
    stem : Stem
        Monomer and chain with an open place.
    side : Side
        What goes there.

    Returns
    -------
    Candidate or None
        None where the two do not fit.
    """
    monomer = _attached(stem.monomer, side.text)
    if monomer is None:
        return None
    try:
        word = tuple(_piece(piece, side.text) if _OPEN in piece else piece for piece in stem.word)
    except PolysmithError:
        return None
    polymer = Polymer("|".join(canonical_word(word)))
    return Candidate(polymer, "evolution", f"from {monomer}", (monomer,), stem.rule, stem.polymerisations)


def _piece(core: str, side: str) -> str:
    made = _attached(core, side)
    return core if made is None else oriented(made)[0]


@lru_cache(maxsize=16_384)
def faithful(chain: Candidate) -> bool:
    """Tell whether the monomer of a chain does react to it, and to nothing else by the same rule.

    Parameters
    ----------
    chain : Candidate
        With one monomer and a rule.
    """
    try:
        products = react(chain.monomers[0]).products
    except PolysmithError:
        return False
    return any(p.rule == chain.rule and p.polymer == chain.polymer and not p.competing for p in products)


class Grafts:
    """Stems and side groups of known chains, by the kind of atom that they meet at.

    Parameters
    ----------
    chains : iterable of Candidate
        Chains of one monomer each.
    """

    def __init__(self, chains: Iterable[Candidate]) -> None:
        self._stems: dict[Kind, dict[str, Stem]] = {}
        self._sides: dict[Kind, dict[str, Side]] = {}
        for chain in chains:
            self.add(chain)

    def add(self, chain: Candidate) -> None:
        """Take in what a chain consists of.

        Parameters
        ----------
        chain : Candidate
            With one monomer.
        """
        for stem, side in cuts(chain):
            self._stems.setdefault(stem.kind, {}).setdefault(stem.monomer, stem)
            self._sides.setdefault(stem.kind, {}).setdefault(side.text, side)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Kinds of places where at least two side groups are known."""
        return tuple(kind for kind, sides in self._sides.items() if len(sides) > 1)

    def stems(self, kind: Kind) -> tuple[Stem, ...]:
        """Return the stems that are open at a kind of atom.

        Parameters
        ----------
        kind : tuple
            From ``Stem.kind``.
        """
        return tuple(self._stems.get(kind, {}).values())

    def sides(self, kind: Kind) -> tuple[Side, ...]:
        """Return the side groups known on a kind of atom.

        Parameters
        ----------
        kind : tuple
            From ``Stem.kind``.
        """
        return tuple(self._sides.get(kind, {}).values())
