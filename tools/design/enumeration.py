"""Every polymer that the known monomers can make, streamed without being built first.

For a step-growth linkage the repeat units are all pairs of a residue with two a ends and a residue with two b ends;
residues are cut once and joining two of them is joining two words, so a polymer costs microseconds. Pairs are visited
in a pseudo-random order that needs no memory (a linear congruential walk over the pair numbers), rule by rule in turn,
so that any prefix of the stream is a varied sample.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.core.errors import PolysmithError
from tools.core.spec import DesignSpec
from tools.core.word import oriented
from tools.design.aim import allowed_rules, forbidden_elements, wanted_elements
from tools.design.candidate import Candidate
from tools.design.structure import elements_of, unit_size
from tools.synthesis.capping import residue_of
from tools.synthesis.forward import react_by
from tools.synthesis.monomers import known_monomers
from tools.synthesis.motifs import two_units, unstable_motifs
from tools.synthesis.residues import Residue, join_residues, residues_of
from tools.synthesis.rule_types import Linkage, Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import Profile, profile

MOST_ATOMS = 70  # heavy atoms of a repeat unit that a chemist still calls one
_AIMED_SHARE = 0.75


@dataclass(frozen=True)
class Block:
    """A residue that a known monomer brings into a chain.

    Attributes
    ----------
    monomer : str
        SMILES of the monomer.
    residue : Residue
        What it contributes.
    elements : frozenset of str
        Symbols in the residue.
    atoms : int
        Heavy atoms of the residue.
    """

    monomer: str
    residue: Residue
    elements: frozenset[str]
    atoms: int


def block_of(monomer: str, residue: Residue) -> Block:
    """Describe a residue.

    Parameters
    ----------
    monomer : str
        SMILES of its monomer.
    residue : Residue
        The residue.
    """
    atoms = [atom for atom in residue.mol.GetAtoms() if atom.GetAtomicNum() > 1]
    return Block(monomer, residue, frozenset(atom.GetSymbol() for atom in atoms), len(atoms))


@lru_cache(maxsize=1)
def known_profiles() -> tuple[Profile, ...]:
    """Return the profiles of the known monomers that the rules can read.

    Returns
    -------
    tuple of Profile
        In the order of the list; salts and monomers that are too large are left out.
    """
    found = []
    for smiles in known_monomers():
        try:
            found.append(profile(smiles))
        except PolysmithError:  # too large, or a salt: not a monomer that the rules read
            continue
    return tuple(found)


@lru_cache(maxsize=512)
def blocks(reagent: str) -> tuple[Block, ...]:
    """Return what the known monomers with two like groups bring.

    Parameters
    ----------
    reagent : str
        Reagent id.

    Returns
    -------
    tuple of Block
        One per monomer and way of reacting; monomers with other groups that would react as well are left out.
    """
    group = rule_set().reagents[reagent]
    found: dict[object, Block] = {}
    for monomer in known_profiles():
        if len(monomer.at(reagent)) != 2 or monomer.competing((group, group)):
            continue
        for residue in _usable(monomer, group):
            found.setdefault(residue.word or Chem.MolToSmiles(residue.mol), block_of(monomer.smiles, residue))
    return tuple(found.values())


def _usable(monomer: Profile, group: Reagent) -> Iterator[Residue]:
    one, other = monomer.at(group.id)
    if one.clashes(other):
        return
    for residue in residues_of(monomer, (group, group)):
        if not unstable_motifs(residue.mol):
            yield residue


@lru_cache(maxsize=16)
def single_monomer_products(allowed: frozenset[str]) -> tuple[Candidate, ...]:
    """Return the polymers of one known monomer each: chain growth, ring opening, self-condensation.

    Parameters
    ----------
    allowed : frozenset of str
        Ids of the rules to use.

    Returns
    -------
    tuple of Candidate
        In the order of the list of monomers, one per chain.
    """
    found: dict[str, Candidate] = {}
    for monomer in known_profiles():
        for product in react_by(monomer, allowed).products:
            if not product.competing and not unstable_motifs(two_units(product.polymer)):
                candidate = Candidate(
                    product.polymer, "enumeration", f"from {monomer.smiles}", (monomer.smiles,), product.rule,
                    product.polymerisations,
                )  # fmt: skip
                found.setdefault(product.polymer.key, candidate)
    return tuple(found.values())


@dataclass(frozen=True)
class Family:
    """All pairs of residues for one way of forming one linkage.

    Attributes
    ----------
    linkage : Linkage
        The bond formed.
    left, right : tuple of Block
        Residues with two a ends, and with two b ends.
    """

    linkage: Linkage
    left: tuple[Block, ...]
    right: tuple[Block, ...]

    def __len__(self) -> int:
        return len(self.left) * len(self.right)

    def candidate(self, number: int) -> Candidate | None:
        """Return the polymer of a pair by its number, None where it is too large or does not join."""
        a, b = self.left[number // len(self.right)], self.right[number % len(self.right)]
        if a.atoms + b.atoms > MOST_ATOMS or a.monomer == b.monomer or not self._reacts(a, b):
            return None
        return joined(self.linkage, a, b)

    def _reacts(self, a: Block, b: Block) -> bool:
        """Tell whether one choice of reagents fits both monomers (an acid chloride and an isocyanate give no amide)."""
        left, right = profile(a.monomer), profile(b.monomer)
        return any(left.at(pairing.a) and right.at(pairing.b) for pairing in self.linkage.pairings)


def joined(linkage: Linkage, a: Block, b: Block) -> Candidate | None:
    """Join two residues.

    Parameters
    ----------
    linkage : Linkage
        The bond formed.
    a, b : Block
        Residues with two a ends and two b ends.

    Returns
    -------
    Candidate or None
        None where the ends do not fit.
    """
    polymer = join_residues([a.residue, b.residue])
    if polymer is None:
        return None
    return Candidate(
        polymer, "enumeration", f"from {a.monomer} and {b.monomer}", (a.monomer, b.monomer), linkage.id,
        linkage.polymerisations,
    )  # fmt: skip


# end pieces of residues that share their cores: the same core carries amines, acids, hydroxyl groups
_SHARED_ENDS = {
    "amine": "[1*]N[2*]",
    "acid": "[1*]C([2*])=O",
    "alcohol": "[1*]O[2*]",
    "phenol": "[1*]O[2*]",
}


@lru_cache(maxsize=8)
def derived_blocks(reagent: str) -> tuple[Block, ...]:
    """Give the cores of known diamines, diacids, diols and bisphenols another kind of end.

    Parameters
    ----------
    reagent : str
        ``"amine"``, ``"acid"``, ``"alcohol"`` or ``"phenol"``.

    Returns
    -------
    tuple of Block
        Residues of monomers that are in no list of known monomers, though their cores are.
    """
    group = rule_set().reagents[reagent]
    end = oriented(_SHARED_ENDS[reagent])[0]
    have = {block.residue.word for block in blocks(reagent)}
    found: dict[object, Block] = {}
    for other in _SHARED_ENDS:
        for block in blocks(other):
            word = block.residue.word
            if len(word) < 3 or len(word[0]) > len("[1*]C([2*])=O") or other == reagent:
                continue
            changed = (end, *word[1:-1], end)
            monomer = None if changed in have else residue_of(changed).capped(group, group)
            if monomer is None or unstable_motifs(Chem.MolFromSmiles(monomer)):
                continue
            made = profile(monomer)
            if len(made.at(reagent)) == 2 and not made.competing((group, group)):
                for residue in _usable(made, group):
                    found.setdefault(residue.word, block_of(made.smiles, residue))
    return tuple(found.values())


def families(spec: DesignSpec, *, derived: bool = False) -> tuple[Family, ...]:
    """Return the families of pairs that suit a brief, each linkage once per distinct residues.

    Parameters
    ----------
    spec : DesignSpec
        The brief; rules and elements that it excludes are left out.
    derived : bool
        Add residues of ``derived_blocks``.

    Returns
    -------
    tuple of Family
        Largest last.
    """
    allowed = allowed_rules(spec)
    forbidden = forbidden_elements(spec)
    found = []
    for linkage in rule_set().linkages:
        if linkage.id not in allowed:
            continue
        left = _merged({p.a for p in linkage.pairings}, linkage, 0, forbidden, derived=derived)
        right = _merged({p.b for p in linkage.pairings}, linkage, 1, forbidden, derived=derived)
        if left and right and not linkage.self_only:
            found.append(Family(linkage, left, right))
    return tuple(sorted(found, key=len))


def _merged(
    reagents: set[str], linkage: Linkage, side: int, forbidden: frozenset[str], *, derived: bool
) -> tuple[Block, ...]:
    """Collect the residues of one side; equal ones (an acid and its chloride) count once, the usual reagent first."""
    order = [pairing.a if side == 0 else pairing.b for pairing in linkage.pairings]
    found: dict[object, Block] = {}
    for reagent in sorted(reagents, key=order.index):
        extra = derived_blocks(reagent) if derived and reagent in _SHARED_ENDS else ()
        for block in (*blocks(reagent), *extra):
            if not block.elements & forbidden:
                found.setdefault(block.residue.word or Chem.MolToSmiles(block.residue.mol), block)
    return tuple(found.values())


def walk(size: int, seed: int) -> Iterator[int]:
    """Visit 0 to size - 1 once each in a scattered order.

    Parameters
    ----------
    size : int
        How many numbers.
    seed : int
        Start and stride.

    Returns
    -------
    iterator of int
        A permutation; nothing is stored.
    """
    if size <= 0:
        return
    rng = random.Random(seed)
    stride = rng.randrange(1, size) if size > 1 else 1
    while math.gcd(stride, size) != 1:
        stride = rng.randrange(1, size) if size > 2 else 1
    place = rng.randrange(size)
    for _ in range(size):
        yield place
        place = (place + stride) % size


def in_turn(streams: Sequence[Iterator[Candidate]], limit: int, seen: set[str]) -> Iterator[Candidate]:
    """Take one candidate of each stream in turn, no chain twice.

    Parameters
    ----------
    streams : sequence of iterator of Candidate
        Where they come from.
    limit : int
        Ends when as many keys have been seen.
    seen : set of str
        Keys seen so far; grows.

    Yields
    ------
    Candidate
        Chains not seen before.
    """
    while streams and len(seen) < limit:
        alive = []
        for stream in streams:
            candidate = next((c for c in stream if c.polymer.key not in seen), None)
            if candidate is None:
                continue
            alive.append(stream)
            seen.add(candidate.polymer.key)
            yield candidate
            if len(seen) >= limit:
                return
        streams = alive


class EnumerationSource:
    """Polymers of the known monomers, aimed at a brief by rules and elements.

    When all of them are used up, monomers follow that carry the cores of known ones with other functional groups.
    """

    name = "enumeration"

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield up to ``limit`` candidates, no chain twice.

        Parameters
        ----------
        spec : DesignSpec
            Its classes, polymerisations and elements choose what is sampled.
        limit : int
            How many at most.
        seed : int
            Order of the stream.
        """
        seen: set[str] = set()
        known = [self._singles(spec, seed), *(self._pairs(f, spec, seed) for f in families(spec))]
        yield from in_turn(known, limit, seen)
        if len(seen) < limit:
            more = [self._pairs(f, spec, seed) for f in families(spec, derived=True)]
            yield from in_turn(more, limit, seen)

    def _singles(self, spec: DesignSpec, seed: int) -> Iterator[Candidate]:
        allowed, forbidden = allowed_rules(spec), forbidden_elements(spec)
        products = list(single_monomer_products(allowed))
        random.Random(seed).shuffle(products)
        for candidate in products:
            if not elements_of(candidate.polymer) & forbidden and unit_size(candidate.polymer) <= MOST_ATOMS:
                yield candidate

    def _pairs(self, family: Family, spec: DesignSpec, seed: int) -> Iterator[Candidate]:
        wanted = wanted_elements(spec)
        for number in walk(len(family), seed + len(family)):
            a, b = family.left[number // len(family.right)], family.right[number % len(family.right)]
            if wanted - a.elements - b.elements:
                continue
            candidate = family.candidate(number)
            if candidate is not None:
                yield candidate
