"""Variation of candidates: children that are valid repeat units with a route, by construction.

A step-growth candidate is a linkage with two residues, each a word of backbone pieces. Recombination (exchange of
residues between parents, a fresh residue, a residue like the present one, another linkage) joins two words and costs
microseconds. Mutation changes one monomer, which must give its residue again when it reacts, and costs milliseconds; a
changed residue is therefore kept and offered to later recombinations. Chains of one monomer are recombined by their
side groups (``tools.design.grafts``) or mutated in the same way.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from tools.core.errors import PolysmithError
from tools.core.spec import DesignSpec
from tools.core.word import Word
from tools.design.aim import allowed_rules
from tools.design.candidate import Candidate
from tools.design.chain_variation import ChainVariation
from tools.design.enumeration import Block, block_of, joined
from tools.design.grafts import Side, Stem, grafted
from tools.design.mutation import sensible, substituted, swapped_piece
from tools.design.narrow import narrowed
from tools.design.structure import unit_size
from tools.design.surrogate import vectors
from tools.synthesis.forward import react
from tools.synthesis.residues import residues_of
from tools.synthesis.rule_types import Linkage, Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import profile

_MOST_ATOMS = 60
_NEAREST = 12  # residues that count as like a given one
_LEAST_CREDIT = 0.08  # no operator dies out
_CHAINS = 0.2  # share of immigrants that are chains of one monomer where there are pairs of residues as well
_MOST_NOVEL = 400  # changed residues kept for one side of one linkage


@dataclass(frozen=True)
class Genome:
    """What is inherited.

    Attributes
    ----------
    linkage : Linkage or None
        The bond of a step-growth chain; None for the polymer of one monomer.
    left, right : Block or None
        Its residues with a ends and with b ends.
    chain : Candidate or None
        The polymer of a single monomer; known once it is grown.
    stem, side : Stem and Side, or None
        What it was grown from.
    operator : str
        What made it.
    """

    linkage: Linkage | None = None
    left: Block | None = None
    right: Block | None = None
    chain: Candidate | None = None
    stem: Stem | None = None
    side: Side | None = None
    operator: str = ""

    @property
    def signature(self) -> tuple[str, str, str]:
        """The same for the same chain of the same monomers; begins with the rule."""
        if self.stem is not None and self.side is not None:
            return self.stem.rule, self.stem.monomer, self.side.text
        if self.linkage is None or self.left is None or self.right is None:
            return "", "" if self.chain is None else self.chain.monomers[0], ""
        return self.linkage.id, self.left.monomer, self.right.monomer

    @property
    def words(self) -> tuple[Word, ...]:
        """Backbone pieces of what is joined, known before it is joined."""
        if self.stem is not None and self.side is not None:
            return ((*self.stem.word, self.side.text),)
        return tuple(block.residue.word for block in (self.left, self.right) if block is not None)


@dataclass(frozen=True)
class Individual:
    """A candidate with its genome."""

    candidate: Candidate
    genome: Genome

    @property
    def words(self) -> tuple[Word, ...]:
        """Backbone pieces by residue."""
        return (self.candidate.polymer.word,)


def individual(candidate: Candidate) -> Individual | None:
    """Give a candidate the genome that its monomers and rule define.

    Parameters
    ----------
    candidate : Candidate
        From a source that names monomers, or from a route.

    Returns
    -------
    Individual or None
        None if monomers or rule are unknown.
    """
    if len(candidate.monomers) == 1:
        return Individual(candidate, Genome(chain=candidate))
    linkage = next((item for item in rule_set().linkages if item.id == candidate.rule), None)
    if linkage is None or len(candidate.monomers) != 2:
        return None
    for one, other in (candidate.monomers, candidate.monomers[::-1]):
        for pairing in linkage.pairings:
            left, right = _block(one, pairing.a), _block(other, pairing.b)
            if left is not None and right is not None:
                return Individual(candidate, Genome(linkage, left, right))
    return None


@lru_cache(maxsize=16_384)
def _block(monomer: str, reagent: str) -> Block | None:
    """Return the residue of a monomer with two like groups and no others that react, if it is one."""
    group = rule_set().reagents[reagent]
    try:
        found = profile(monomer)
    except PolysmithError:
        return None
    if len(found.at(reagent)) != 2 or found.competing((group, group)):
        return None
    residues = residues_of(found, (group, group))
    return block_of(found.smiles, residues[0]) if residues else None


class Variation:
    """Makes children.

    Parameters
    ----------
    spec : DesignSpec
        The brief; its structure chooses the residues, monomers and rules that are used.
    seed : int
        Seed of all choices.
    """

    def __init__(self, spec: DesignSpec, seed: int) -> None:
        self._random = random.Random(seed)
        self._families = {item.family.linkage.id: item for item in narrowed(spec)}
        self._rules = allowed_rules(spec)
        self._chains = ChainVariation(spec, self._random)
        self._novel: dict[tuple[str, bool], list[Block]] = {}
        self._like: dict[tuple[str, bool, Word], tuple[Block, ...]] = {}
        self._vectors: dict[tuple[str, bool], np.ndarray] = {}
        self._joins: dict[str, Callable[[Genome, Genome], Genome | None]] = {
            "exchange": self._exchange,
            "fresh": self._fresh_residue,
            "like": self._like_residue,
            "novel": self._novel_residue,
            "linkage": self._other_linkage,
            "immigrant": self._immigrant,
        }
        self._credit = dict.fromkeys(self._joins, 1.0)

    # --- adaptive choice of operators ----------------------------------------------------------------------------

    def reward(self, operator: str, gain: float) -> None:
        """Remember whether a child was worth making.

        Parameters
        ----------
        operator : str
            What made it; unknown names are passed over.
        gain : float
            1 for a child that was kept, 0 for one that was not.
        """
        if operator in self._credit:
            self._credit[operator] += 0.02 * (gain - self._credit[operator])

    def recombined(self, one: Genome, other: Genome) -> Genome | None:
        """Propose a pair of known residues; microseconds, for nothing is joined yet.

        Parameters
        ----------
        one, other : Genome
            Parents; one or both may be ignored.

        Returns
        -------
        Genome or None
            None where the attempt gave nothing.
        """
        names = list(self._credit)
        name = self._random.choices(names, [_LEAST_CREDIT + self._credit[name] for name in names])[0]
        if one.chain is not None or (name == "immigrant" and self._random.random() < self._chain_share()):
            pair = self._chains.pair(name, one.chain, other.chain)
            return Genome(stem=pair[0], side=pair[1], operator=name) if pair is not None else None
        child = self._joins[name](one, other)
        return replace(child, operator=name) if child is not None and self._suits(child) else None

    def _chain_share(self) -> float:
        """Share of immigrants that are chains of one monomer."""
        if not len(self._chains):
            return 0.0
        return _CHAINS if self._families else 1.0

    def _suits(self, child: Genome) -> bool:
        """Tell whether a pair of residues brings what the brief needs."""
        if child.linkage is None or child.left is None or child.right is None:
            return False
        item = self._families.get(child.linkage.id)
        return item is None or not item.needs or item.suits(child.left, child.right)

    def mutated(self, one: Individual) -> Individual | None:
        """Make a child with a changed monomer; milliseconds.

        Parameters
        ----------
        one : Individual
            The parent.

        Returns
        -------
        Individual or None
            None where the attempt gave nothing sensible.
        """
        if one.genome.chain is not None:
            return self._chain_child(one)
        changed = self._changed_residue(one.genome)
        return grown(replace(changed, operator="mutation")) if changed is not None else None

    # --- step growth ---------------------------------------------------------------------------------------------

    def _exchange(self, one: Genome, other: Genome) -> Genome | None:
        if one.linkage is None or other.linkage is None:
            return None
        if one.linkage.a == other.linkage.a and self._random.random() < 0.5:
            return replace(one, left=other.left)
        return replace(one, right=other.right) if one.linkage.b == other.linkage.b else None

    def _immigrant(self, one: Genome, other: Genome) -> Genome | None:
        if not self._families:
            return None
        family = self._random.choice(self._random.choice(list(self._families.values())).parts)
        return Genome(family.linkage, self._random.choice(family.left), self._random.choice(family.right))

    def _fresh_residue(self, one: Genome, other: Genome) -> Genome | None:
        return self._replaced(one, self._side_of)

    def _novel_residue(self, one: Genome, other: Genome) -> Genome | None:
        return self._replaced(one, lambda linkage, left, _: self._novel.get((linkage.id, left), ()))

    def _like_residue(self, one: Genome, other: Genome) -> Genome | None:
        return self._replaced(one, self._similar)

    def _replaced(self, one: Genome, options: Callable[[Linkage, bool, Block], Sequence[Block]]) -> Genome | None:
        """Replace one of the two residues by one of those offered for its side."""
        if one.linkage is None or one.left is None or one.right is None:
            return None
        left = self._random.random() < 0.5
        choice = options(one.linkage, left, one.left if left else one.right)
        if not choice:
            return None
        block = self._random.choice(choice)
        return replace(one, left=block) if left else replace(one, right=block)

    def _side_of(self, linkage: Linkage, left: bool, block: Block | None = None) -> tuple[Block, ...]:
        item = self._families.get(linkage.id)
        if item is None:
            return ()
        return item.family.left if left else item.family.right

    def _similar(self, linkage: Linkage, left: bool, block: Block) -> tuple[Block, ...]:
        """Return the residues of a side that resemble one, by their atom environments."""
        side = self._side_of(linkage, left)
        if not side or not block.residue.word:
            return ()
        key = (linkage.id, left, block.residue.word)
        if key not in self._like:
            if key[:2] not in self._vectors:
                self._vectors[key[:2]] = vectors([[item.residue.word] for item in side])
            apart = np.abs(self._vectors[key[:2]] - vectors([[block.residue.word]])).sum(axis=1)
            order = np.argsort(apart, kind="stable")[: _NEAREST + 1]
            self._like[key] = tuple(side[i] for i in order if side[i].residue.word != block.residue.word)
        return self._like[key]

    def _other_linkage(self, one: Genome, other: Genome) -> Genome | None:
        linkage = one.linkage
        if linkage is None:
            return None
        options = [
            family
            for family in (item.family for item in self._families.values())
            if family.linkage.id != linkage.id and (family.linkage.a == linkage.a or family.linkage.b == linkage.b)
        ]
        if not options:
            return None
        family = self._random.choice(options)
        if family.linkage.a == linkage.a:
            return replace(one, linkage=family.linkage, right=self._random.choice(family.right))
        return replace(one, linkage=family.linkage, left=self._random.choice(family.left))

    def _changed_residue(self, one: Genome) -> Genome | None:
        if one.linkage is None or one.left is None or one.right is None:
            return None
        pairing = one.linkage.pairings[0]
        left = self._random.random() < 0.5
        changed = self._changed(one.left if left else one.right, rule_set().reagents[pairing.a if left else pairing.b])
        if changed is None:
            return None
        kept = self._novel.setdefault((one.linkage.id, left), [])
        if len(kept) < _MOST_NOVEL:
            kept.append(changed)
        else:
            kept[self._random.randrange(_MOST_NOVEL)] = changed
        return replace(one, left=changed) if left else replace(one, right=changed)

    def _changed(self, block: Block, reagent: Reagent) -> Block | None:
        if self._random.random() < 0.5 and len(block.residue.word) > 2:
            monomer = swapped_piece(block.residue.word, reagent, self._random)
        else:
            monomer = substituted(block.monomer, self._random)
        if monomer is None or not sensible(monomer):
            return None
        return _block(monomer, reagent.id)

    # --- chain growth --------------------------------------------------------------------------------------------

    def _chain_child(self, one: Individual) -> Individual | None:
        monomer = substituted(one.candidate.monomers[0], self._random)
        if monomer is None or not sensible(monomer):
            return None
        try:
            products = react(monomer).products
        except PolysmithError:
            return None
        product = next((p for p in products if p.rule in self._rules and not p.competing), None)
        if product is None:
            return None
        candidate = Candidate(
            product.polymer, "evolution", f"from {monomer}", (monomer,), product.rule, product.polymerisations
        )
        self._chains.learn(candidate)
        return Individual(candidate, Genome(chain=candidate, operator="mutation"))


def grown(genome: Genome) -> Individual | None:
    """Join the two residues of a genome, or its stem and side group.

    Parameters
    ----------
    genome : Genome
        With linkage and residues, or with stem and side group.

    Returns
    -------
    Individual or None
        None where the unit is too large, or the monomers do not react.
    """
    if genome.stem is not None and genome.side is not None:
        chain = grafted(genome.stem, genome.side)
        if chain is None or unit_size(chain.polymer) > _MOST_ATOMS:
            return None
        return Individual(chain, replace(genome, chain=chain))
    linkage, left, right = genome.linkage, genome.left, genome.right
    if linkage is None or left is None or right is None:
        return None
    if left.atoms + right.atoms > _MOST_ATOMS or left.monomer == right.monomer:
        return None
    one, other = profile(left.monomer), profile(right.monomer)
    if not any(one.at(pairing.a) and other.at(pairing.b) for pairing in linkage.pairings):
        return None
    candidate = joined(linkage, left, right)
    return Individual(replace(candidate, source="evolution"), genome) if candidate is not None else None
