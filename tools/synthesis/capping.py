"""Turning the ends of a residue into functional groups, mostly by writing text.

Almost every residue is long enough for its two ends not to see each other. Then the group is put on a short stretch of
chain (a *terminal*: as many pieces as the rules of that reagent look at), once for all residues that begin so, and the
monomer is the text of both terminals with the pieces between them: one SMILES to read instead of a molecule to edit.
A terminal also remembers whether taking the group off again gives the chain end back, which is what running the
polymerisation forwards would find out for every monomer anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import product

from rdkit import Chem

from tools.core.assemble import Template, join, join_plain, marked, piece_mol, piece_template, template_of, written
from tools.core.gate import ELEMENTS, MAX_CHARACTERS, MAX_HEAVY_ATOMS
from tools.core.word import Word, reverse_word
from tools.synthesis.formulas import formula_of, piece_formula
from tools.synthesis.query import Match, elements_in, sanitised, stars_of
from tools.synthesis.rule_types import Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import Profile, find_sites
from tools.synthesis.storable import storable
from tools.synthesis.transforms import Transform, apply_edits

_OWNER = "piece"
_CHECKED = frozenset(Chem.GetPeriodicTable().GetAtomicNumber(symbol) for symbol in ELEMENTS - {"*"})


@dataclass(frozen=True, eq=False)
class Capped:
    """A residue with a functional group at both ends.

    Attributes
    ----------
    smiles : str
        Canonical SMILES of the monomer.
    profile : Profile
        Its reactive groups.
    returns : callable
        Tells whether the groups give the chain ends back; None if that has to be found out in another way.
    """

    smiles: str
    profile: Profile
    returns: Callable[[Profile], bool | None]

    @property
    def readable(self) -> str | Profile:
        """The groups of the monomer, or its text where the gate has to look at it (elements that it refuses, salts)."""
        return self.profile if self.profile.elements <= _CHECKED else self.smiles

    @cached_property
    def storable(self) -> bool:
        """False if the groups of the monomer would react with each other in the bottle."""
        return storable(self.profile)

    @cached_property
    def faithful(self) -> bool | None:
        """Whether the groups give the chain ends back; None if that has to be found out in another way."""
        # elements that the gate refuses: only a run forwards knows what happens
        return self.returns(self.profile) if self.profile.elements <= _CHECKED else None


@dataclass(frozen=True, eq=False)
class Terminal:
    """One end of a residue with its functional group.

    Attributes
    ----------
    pieces : int
        How many pieces of the residue it replaces.
    near : Chem.Mol
        What it replaces them with; its open end is star 2.
    capped, mol : Chem.Mol
        The stretch of chain with and without the group.
    reagent : Reagent
        The group.
    """

    pieces: int
    near: Chem.Mol
    capped: Chem.Mol
    mol: Chem.Mol
    reagent: Reagent

    @cached_property
    def head(self) -> Template:
        """Its text with the open end inside."""
        return template_of(Chem.MolToSmiles(self.near, rootedAtAtom=int(stars_of(self.near)[2] == 0)))

    @cached_property
    def tail(self) -> Template:
        """Its text from the open end on."""
        text = Chem.MolToSmiles(self.near, rootedAtAtom=stars_of(self.near)[2])
        return template_of(text.removeprefix("[2*]"))

    @cached_property
    def faithful(self) -> bool:
        """True if taking the group off gives the chain end back."""
        wanted = Chem.MolToSmiles(self.mol)
        edit = self.reagent.forward
        sites = find_sites(self.capped, edit, elements_in(self.capped), variants=self.reagent.variants)
        back = (apply_edits(self.capped, [(edit, match)]) for site in sites for match in site.matches)
        return any(made is not None and Chem.MolToSmiles(made) == wanted for made in back)


class Residue:
    """What lies between two cuts.

    Parameters
    ----------
    word : tuple of str
        Backbone pieces; empty where a chain end carries a double bond.
    mol : Chem.Mol, optional
        With stars of isotope 1 and 2; needed without a word.
    """

    def __init__(self, word: Word, mol: Chem.Mol | None = None) -> None:
        self.word = word
        self._mol = mol
        self._capped: dict[tuple[str, str], Capped | None] = {}

    @property
    def mol(self) -> Chem.Mol:
        """The residue as a molecule; shared, never changed."""
        if self._mol is None:
            self._mol = join_plain(self.word) or join(self.word)
        return self._mol

    @cached_property
    def symmetric(self) -> bool:
        """True if both directions are the same."""
        if self.word:
            return reverse_word(self.word) == self.word
        turned = Chem.Mol(self.mol)
        for label, index in stars_of(turned).items():
            turned.GetAtomWithIdx(index).SetIsotope(3 - label)
        return bool(Chem.MolToSmiles(turned) == Chem.MolToSmiles(self.mol))

    @cached_property
    def formula(self) -> int:
        """Heavy atoms by element, as one number that adds up (``formula_of``)."""
        return sum(map(piece_formula, self.word)) if self.word else formula_of(self.mol)

    def capped(self, start: Reagent, end: Reagent) -> str | None:
        """Turn both chain ends into functional groups.

        Parameters
        ----------
        start, end : Reagent
            Groups at star 1 and star 2.

        Returns
        -------
        str or None
            Canonical SMILES of the monomer; None if the ends are not of these kinds.
        """
        made = self.monomer(start, end)
        return None if made is None else made.smiles

    def monomer(self, start: Reagent, end: Reagent) -> Capped | None:
        """Turn both chain ends into functional groups, and keep the molecule.

        Parameters
        ----------
        start, end : Reagent
            As in ``capped``.

        Returns
        -------
        Capped or None
            None if the ends are not of these kinds.
        """
        key = (start.id, end.id)
        if key not in self._capped:
            self._capped[key] = self._monomer(start, end)
        return self._capped[key]

    def _monomer(self, start: Reagent, end: Reagent) -> Capped | None:
        if not (start.give and end.give):
            return None
        first, last = self._context(self.word, start), self._context(reverse_word(self.word), end)
        if first is None or last is None:
            return self._edited(start, end)
        head, tail = terminal(first, start.id), terminal(last, end.id)
        if head is None or tail is None:
            return None
        size = len(self.word)
        if len(first) + tail.pieces > size or len(last) + head.pieces > size:
            return self._edited(start, end)  # one group would stand where the other looks
        middle = [piece_template(piece) or () for piece in self.word[head.pieces : size - tail.pieces]]
        mol = Chem.MolFromSmiles(written([head.head, *middle, tail.tail]))
        return None if mol is None else _read(mol, lambda _: head.faithful and tail.faithful)

    @staticmethod
    def _context(word: Word, reagent: Reagent) -> Word | None:
        """Return the first pieces, as many as the reagent looks at; None if it may look beyond the other end."""
        reach = _reach(reagent.id)
        seen = 0
        for count, piece in enumerate(word, start=1):
            seen += path_length(piece)
            if seen >= reach:
                return None if any(map(marked, word)) else word[:count]
        return None

    def _edited(self, start: Reagent, end: Reagent) -> Capped | None:
        """Edit the whole residue."""
        for first in matches_at(self.mol, start.backward, 1):
            for second in matches_at(self.mol, end.backward, 2):
                result = apply_edits(self.mol, [(start.backward, first), (end.backward, second)])
                if result is not None and not stars_of(result):
                    return _read(result, partial(self._returned, start, end))
        return None

    def _returned(self, start: Reagent, end: Reagent, monomer: Profile) -> bool | None:
        """Take both groups off together; None where the monomer has more of them."""
        sites = monomer.at(start.id), monomer.at(end.id)
        if start.id == end.id and len(sites[0]) == 2:
            choices = [(sites[0][0], sites[0][1]), (sites[0][1], sites[0][0])]
        elif start.id != end.id and len(sites[0]) == len(sites[1]) == 1:
            choices = [(sites[0][0], sites[1][0])]
        else:
            return None
        wanted = Chem.MolToSmiles(self.mol)
        for one, other in choices:
            for first, second in product(one.matches, other.matches):
                back = apply_edits(monomer.mol, [(start.forward, first), (end.forward, second)])
                if back is not None and Chem.MolToSmiles(back) == wanted:
                    return True
        return None


def _read(mol: Chem.Mol, returns: Callable[[Profile], bool | None]) -> Capped | None:
    smiles = Chem.MolToSmiles(mol)
    if len(smiles) > MAX_CHARACTERS or mol.GetNumHeavyAtoms() > MAX_HEAVY_ATOMS:
        return None
    return Capped(smiles, Profile(smiles, mol), returns)


@lru_cache(maxsize=32_768)
def residue_of(pieces: Word) -> Residue:
    """Return the residue of a stretch of chain between single bonds.

    Parameters
    ----------
    pieces : tuple of str
        Backbone pieces.
    """
    return Residue(pieces)


def matches_at(mol: Chem.Mol, transform: Transform, label: int) -> Iterator[Match]:
    """Find the sites of a chain-end edit at the star with this isotope.

    Parameters
    ----------
    mol : Chem.Mol
        Residue.
    transform : Transform
        Edit whose pattern has one star.
    label : int
        Isotope of the star, 1 or 2.
    """
    place = transform.star
    for hit in mol.GetSubstructMatches(transform.query.mol, uniquify=False, maxMatches=64):
        if mol.GetAtomWithIdx(hit[place]).GetIsotope() == label:
            yield hit


# --- terminals ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _reach(reagent: str) -> int:
    """How many bonds from the chain end the two edits of a reagent look."""
    rule = rule_set().reagents[reagent]
    return max(rule.backward.sight, rule.forward.sight)


@lru_cache(maxsize=65_536)
def terminal(pieces: Word, reagent: str) -> Terminal | None:
    """Put a functional group on the start of a stretch of chain.

    Parameters
    ----------
    pieces : tuple of str
        Without stereo marks.
    reagent : str
        Id.

    Returns
    -------
    Terminal or None
        None if the chain end is not of that kind.
    """
    rule = rule_set().reagents[reagent]
    mol = join(pieces, sanitise=False)
    if not sanitised(mol):
        return None
    for number, index in enumerate(_owners(pieces)):
        mol.GetAtomWithIdx(number).SetIntProp(_OWNER, index)
    for hit in matches_at(mol, rule.backward, 1):
        result = apply_edits(mol, [(rule.backward, hit)])
        if result is None or stars_of(result).keys() != {2}:
            continue
        last = max(mol.GetAtomWithIdx(i).GetIntProp(_OWNER) for i in rule.backward.core(hit))
        near = result if last == len(pieces) - 1 else _near(result, last)
        return Terminal(last + 1, near, result, mol, rule)
    return None


def _owners(pieces: Word) -> Iterator[int]:
    """Yield the number of the piece of every atom that ``join`` gives."""
    for number, piece in enumerate(pieces):
        stars = (number == 0) + (number == len(pieces) - 1)
        yield from [number] * (piece_mol(piece).GetNumAtoms() - 2 + stars)


def _near(mol: Chem.Mol, last: int) -> Chem.Mol:
    """Cut behind a piece and return what lies before; its open end is star 2."""
    owner = {atom.GetIdx(): atom.GetIntProp(_OWNER) for atom in mol.GetAtoms() if atom.HasProp(_OWNER)}
    ends = {last, last + 1}
    bond = next(b for b in mol.GetBonds() if {owner.get(b.GetBeginAtomIdx()), owner.get(b.GetEndAtomIdx())} == ends)
    # FragmentOnBonds labels the dummy on the end atom first, then the one on the begin atom
    labels = (9, 2) if owner[bond.GetBeginAtomIdx()] == last else (2, 9)
    parts = Chem.FragmentOnBonds(mol, [bond.GetIdx()], addDummies=True, dummyLabels=[labels])
    fragments = Chem.GetMolFrags(parts, asMols=True, sanitizeFrags=False)
    near: Chem.Mol = next(fragment for fragment in fragments if 9 not in stars_of(fragment))
    return near


@lru_cache(maxsize=65_536)
def path_length(piece: str) -> int:
    """Count the backbone atoms of a piece along the shortest path.

    Parameters
    ----------
    piece : str
        Canonical piece of a word.
    """
    stars = stars_of(piece_mol(piece))
    return len(Chem.GetShortestPath(piece_mol(piece), stars[1], stars[2])) - 2
