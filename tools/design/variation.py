"""Variation of candidates: children that are valid repeat units with a route, by construction.

A step-growth candidate is a linkage with two residues, each a word of backbone pieces. Children come from exchanging
residues between parents, from carrying a residue over to another linkage, and from changing one residue: a backbone
piece is swapped for another with the same kinds of ends, or a hydrogen is replaced. A changed residue is turned back
into its monomer, and the monomer must give the residue again when it reacts. Chain-growth candidates vary by their
monomer.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.core.assemble import piece_mol
from tools.core.errors import PolysmithError
from tools.core.word import Word
from tools.design.candidate import Candidate
from tools.design.enumeration import Block, Family, block_of, joined
from tools.synthesis.cuts import residue_of
from tools.synthesis.forward import react
from tools.synthesis.motifs import unstable_motifs
from tools.synthesis.query import sanitised
from tools.synthesis.residues import residues_of
from tools.synthesis.rule_types import Linkage, Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import profile

_MOST_ATOMS = 60

# What replaces a hydrogen of a carbon: common substituents only, methyl twice as often.
_SUBSTITUENTS = (
    *("C", "C", "CC", "C(C)C", "C(C)(C)C", "F", "Cl", "C(F)(F)F"),
    *("OC", "C#N", "c1ccccc1", "C1CCCCC1", "[Si](C)(C)C"),
)


@dataclass(frozen=True)
class Genome:
    """What is inherited.

    Attributes
    ----------
    linkage : Linkage or None
        The bond of a step-growth chain; None for the polymer of one monomer.
    left, right : Block or None
        Its residues with a ends and with b ends.
    monomer : str
        The single monomer, if there is one.
    """

    linkage: Linkage | None = None
    left: Block | None = None
    right: Block | None = None
    monomer: str = ""


@dataclass(frozen=True)
class Individual:
    """A candidate with its genome."""

    candidate: Candidate
    genome: Genome


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
        return Individual(candidate, Genome(monomer=candidate.monomers[0]))
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
    families : sequence of Family
        Residues that may be used, by linkage.
    rules : frozenset of str
        Rule ids that children may use.
    seed : int
        Seed of all choices.
    """

    def __init__(self, families: Sequence[Family], rules: frozenset[str], seed: int) -> None:
        self._random = random.Random(seed)
        self._families = {family.linkage.id: family for family in families}
        self._rules = rules

    def child(self, one: Individual, other: Individual) -> Individual | None:
        """Make one child; None where the attempt gave nothing sensible.

        Parameters
        ----------
        one, other : Individual
            Parents; the second may be ignored.
        """
        if one.genome.linkage is None:
            return self._chain_child(one)
        move = self._random.random()
        if move < 0.30:
            return self._exchange(one, other)
        if move < 0.55:
            return self._fresh_residue(one)
        if move < 0.65:
            return self._other_linkage(one)
        return self._changed_residue(one)

    # --- step growth ---------------------------------------------------------------------------------------------

    def _exchange(self, one: Individual, other: Individual) -> Individual | None:
        a, b = one.genome, other.genome
        if a.linkage is None or b.linkage is None or a.left is None or a.right is None:
            return None
        if b.left is not None and a.linkage.a == b.linkage.a and self._random.random() < 0.5:
            return _grown(a.linkage, b.left, a.right)
        if b.right is not None and a.linkage.b == b.linkage.b:
            return _grown(a.linkage, a.left, b.right)
        return None

    def _fresh_residue(self, one: Individual) -> Individual | None:
        genome = one.genome
        family = self._families.get(genome.linkage.id) if genome.linkage else None
        if family is None or genome.linkage is None or genome.left is None or genome.right is None:
            return None
        if self._random.random() < 0.5:
            return _grown(genome.linkage, self._random.choice(family.left), genome.right)
        return _grown(genome.linkage, genome.left, self._random.choice(family.right))

    def _other_linkage(self, one: Individual) -> Individual | None:
        genome = one.genome
        if genome.linkage is None or genome.left is None or genome.right is None:
            return None
        options = [
            family
            for family in self._families.values()
            if family.linkage.id != genome.linkage.id
            and (family.linkage.a == genome.linkage.a or family.linkage.b == genome.linkage.b)
        ]
        if not options:
            return None
        family = self._random.choice(options)
        if family.linkage.a == genome.linkage.a:
            return _grown(family.linkage, genome.left, self._random.choice(family.right))
        return _grown(family.linkage, self._random.choice(family.left), genome.right)

    def _changed_residue(self, one: Individual) -> Individual | None:
        genome = one.genome
        if genome.linkage is None or genome.left is None or genome.right is None:
            return None
        pairing = genome.linkage.pairings[0]
        change_left = self._random.random() < 0.5
        block = genome.left if change_left else genome.right
        reagent = rule_set().reagents[pairing.a if change_left else pairing.b]
        changed = self._changed(block, reagent)
        if changed is None:
            return None
        if change_left:
            return _grown(genome.linkage, changed, genome.right)
        return _grown(genome.linkage, genome.left, changed)

    def _changed(self, block: Block, reagent: Reagent) -> Block | None:
        if self._random.random() < 0.5 and len(block.residue.word) > 2:
            monomer = self._swapped_piece(block.residue.word, reagent)
        else:
            monomer = self._substituted(block.monomer)
        if monomer is None or not sensible(monomer):
            return None
        return _block(monomer, reagent.id)

    def _swapped_piece(self, word: Word, reagent: Reagent) -> str | None:
        """Swap an inner piece, leave it out, or double it; then cap the residue again."""
        place = self._random.randrange(1, len(word) - 1)
        pool = _pieces().get(_signature(word[place]), ())
        choice = self._random.random()
        if choice < 0.6 and pool:
            changed = (*word[:place], self._random.choice(pool), *word[place + 1 :])
        elif choice < 0.8 and len(word) > 3:
            changed = word[:place] + word[place + 1 :]
        else:
            changed = (*word[: place + 1], *word[place:])
        return residue_of(changed).capped(reagent, reagent)

    def _substituted(self, monomer: str) -> str | None:
        """Replace one hydrogen on carbon by a common substituent, on every equivalent atom or on one."""
        mol = Chem.MolFromSmiles(monomer)
        ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
        sites = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6 and a.GetTotalNumHs() > 0]
        if not sites:
            return None
        chosen = self._random.choice(sites)
        everywhere = self._random.random() < 0.7
        places = [i for i in sites if ranks[i] == ranks[chosen]][:2] if everywhere else [chosen]
        group = Chem.MolFromSmiles(self._random.choice(_SUBSTITUENTS))
        editable = Chem.RWMol(mol)
        for place in places:
            offset = editable.GetNumAtoms()
            editable.InsertMol(group)
            editable.AddBond(place, offset, Chem.BondType.SINGLE)
            editable.GetAtomWithIdx(place).SetNumExplicitHs(0)
        if not sanitised(editable):
            return None
        return str(Chem.MolToSmiles(editable))

    # --- chain growth --------------------------------------------------------------------------------------------

    def _chain_child(self, one: Individual) -> Individual | None:
        monomer = self._substituted(one.genome.monomer)
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
        return Individual(candidate, Genome(monomer=monomer))


def _grown(linkage: Linkage, left: Block, right: Block) -> Individual | None:
    if left.atoms + right.atoms > _MOST_ATOMS or left.monomer == right.monomer:
        return None
    candidate = joined(linkage, left, right)
    if candidate is None:
        return None
    named = Candidate(
        candidate.polymer, "evolution", candidate.origin, candidate.monomers, candidate.rule, candidate.polymerisations
    )
    return Individual(named, Genome(linkage, left, right))


@lru_cache(maxsize=32_768)
def sensible(monomer: str) -> bool:
    """Tell whether a monomer is one that a chemist would consider.

    Parameters
    ----------
    monomer : str
        SMILES.

    Returns
    -------
    bool
        False if it has unstable motifs, is too large or too substituted, or is strained.
    """
    from tools.synthesis.feasibility import sa_score  # here, because it loads a table of fragments

    mol = Chem.MolFromSmiles(monomer)
    if mol is None or mol.GetNumHeavyAtoms() > _MOST_ATOMS:
        return False
    return not (_crowded(mol) or unstable_motifs(mol)) and sa_score(monomer) < 4.2


_CROWDED = tuple(
    Chem.MolFromSmarts(smarts)
    for smarts in (
        "[CX4;D4]-!@[CX4;D4]-!@[CX4;D4]",  # three quaternary carbons in a row
        "[c;$(c-[CX4;D4])]:[c;$(c-[CX4;D4])]",  # two tertiary groups ortho to each other
        "[CX4;D4;!$(C(F)(F))](-[CX4;D4])-[CX4;D4]",
        "[Si]-[Si]",
        "[OX2]-[CX4;!R](-[OX2])-[OX2]",
        "[CX4](C#N)(C#N)",
    )
)


def _crowded(mol: Chem.Mol) -> bool:
    if any(mol.HasSubstructMatch(query) for query in _CROWDED):
        return True
    return (
        any(
            atom.GetIsAromatic() and sum(1 for n in atom.GetNeighbors() if n.GetIsAromatic() and n.GetDegree() == 3) > 2
            for atom in mol.GetAtoms()
            if atom.GetDegree() == 3 and not atom.IsInRingSize(5)
        )
        and mol.GetNumHeavyAtoms() > 45
    )


@lru_cache(maxsize=4096)
def _signature(piece: str) -> tuple[tuple[int, bool, int], tuple[int, bool, int]]:
    """Kinds of atoms at both ends of a piece: element, aromatic, doubly bound heteroatom."""
    ends = {}
    for atom in piece_mol(piece).GetAtoms():
        if atom.GetAtomicNum() == 0:
            inner = atom.GetNeighbors()[0]
            double = sum(
                bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetOtherAtom(inner).GetAtomicNum() in (7, 8, 16)
                for bond in inner.GetBonds()
            )
            ends[atom.GetIsotope()] = (inner.GetAtomicNum(), inner.GetIsAromatic(), double)
    return ends[1], ends[2]


@lru_cache(maxsize=1)
def _pieces() -> dict[object, tuple[str, ...]]:
    """Inner backbone pieces of the residues of known monomers, by the kinds of their ends."""
    from tools.design.enumeration import blocks

    found: dict[object, dict[str, None]] = {}
    for reagent in ("acid", "alcohol", "phenol", "amine", "isocyanate", "anhydride", "aryl_fluoride", "aryl_chloride"):
        for block in blocks(reagent):
            for piece in block.residue.word[1:-1]:
                found.setdefault(_signature(piece), {})[piece] = None
    return {signature: tuple(pieces) for signature, pieces in found.items()}
