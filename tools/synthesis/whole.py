"""Backwards chain growth and ring opening: one whole monomer, or two that alternate, for a repeat unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.core.assemble import join, join_plain
from tools.core.word import Word
from tools.synthesis.capping import path_length
from tools.synthesis.joints import Joint, ends_fit, joints_of
from tools.synthesis.monomers import known
from tools.synthesis.query import elements_in, sanitised, stars_of
from tools.synthesis.ranking import ring_score
from tools.synthesis.rule_types import MonomerRule
from tools.synthesis.rules import rule_set
from tools.synthesis.transforms import apply_edits

ALTERNATING = MonomerRule(
    "alternating",
    "alternating radical copolymerisation",
    "[CX3:1]=[CX3:2]>>*[C:1][C:2]*",
    "[#0][CX4:1]~[CX4:2]-!@[CX4:3]~[CX4:4][#0]>>[C:1]=[C:2].[C:3]=[C:4]",
    "radical initiator in solution, with heating",
    68.0,
    ("chain_growth", "radical"),
)
_MOST_ATOMS = 80


@dataclass(frozen=True)
class Whole:
    """Monomers that might make the polymer as a whole, before the check.

    Attributes
    ----------
    score : float
        From ``ranking.ring_score``.
    monomers : tuple of str
        Canonical SMILES.
    rule : str
        Id of the monomer rule.
    """

    score: float
    monomers: tuple[str, ...]
    rule: str


def chain_growth(word: Word) -> Iterator[Whole]:
    """Undo the rules that have a reverse edit, at every rotation of a short unit.

    Parameters
    ----------
    word : tuple of str
        Pieces of the repeat unit.

    Yields
    ------
    Whole
        Proposals.
    """
    # both rotations of two pieces have the same ends
    shifts = 1 if len(word) < 3 else len(word)
    units = [word[i:] + word[:i] for i in range(shifts)]
    if len(word) == 1:
        units.append(word * 2)
    seen = set()
    for unit in units:
        start, end = joints_of(unit[0])[0], joints_of(unit[-1])[1]
        rules = _reversible(sum(map(path_length, unit)), len(unit), start, end)
        if not rules:
            continue
        mol = join_plain(unit) or join(unit)
        elements = elements_in(mol)
        for rule in rules:
            if not rule.backward.query.needs <= elements:
                continue
            for smiles in _reversed(mol, rule):
                if rule is ALTERNATING:
                    yield from _alternating(smiles)
                elif (rule.id, smiles) not in seen:
                    seen.add((rule.id, smiles))
                    yield Whole(ring_score(rule, _share((smiles,))), (smiles,), rule.id)


@lru_cache(maxsize=16_384)
def _reversible(atoms: int, pieces: int, start: Joint, end: Joint) -> tuple[MonomerRule, ...]:
    """Return the rules that may end in such atoms, that many backbone atoms apart along the shortest path."""
    rules = [
        rule
        for rule in (*rule_set().monomer_rules, ALTERNATING)
        if not rule.opens_ring and ends_fit((rule.give,), start, end)
    ]
    if atoms == pieces:  # neither rings nor multiple bonds in the backbone
        return tuple(rule for rule in rules if _span(rule) == atoms)
    return tuple(rule for rule in rules if _span(rule) >= atoms)


def _span(rule: MonomerRule) -> int:
    """Count the atoms between the two chain ends in the repeat unit of a rule."""
    pattern = rule.backward.query.mol
    one, other = (atom.GetIdx() for atom in pattern.GetAtoms() if atom.GetSmarts() == "[#0]")
    return len(Chem.GetShortestPath(pattern, one, other)) - 2


def _share(monomers: tuple[str, ...]) -> float:
    """Return the share of known monomers."""
    return sum(known(smiles) is not None for smiles in monomers) / len(monomers)


def _reversed(mol: Chem.Mol, rule: MonomerRule) -> Iterator[str]:
    transform = rule.backward
    for hit in mol.GetSubstructMatches(transform.query.mol, uniquify=False, maxMatches=8):
        result = apply_edits(mol, [(transform, hit)])
        if result is not None and not stars_of(result):
            yield Chem.MolToSmiles(result)


def _alternating(smiles: str) -> Iterator[Whole]:
    pair = tuple(sorted(smiles.split(".")))
    if len(pair) == 2 and pair[0] != pair[1]:
        yield Whole(ring_score(ALTERNATING, _share(pair)), pair, ALTERNATING.id)


def ring_closure(word: Word, repeat: int, rules: Sequence[MonomerRule]) -> Iterator[Whole]:
    """Join the ends of one, two, three or four repeat units to a ring.

    Parameters
    ----------
    word : tuple of str
        Pieces of the repeat unit.
    repeat : int
        How many units.
    rules : sequence of MonomerRule
        Ring openings to try.

    Yields
    ------
    Whole
        Proposals.
    """
    mol = _closed(word * repeat)
    if mol is None:
        return
    elements = elements_in(mol)
    smiles = ""
    for rule in rules:
        if rule.forward.query.matches(mol, elements):
            smiles = smiles or Chem.MolToSmiles(mol)
            yield Whole(ring_score(rule, _share((smiles,)), mol), (smiles,), rule.id)


def _closed(word: Word) -> Chem.Mol | None:
    """Close a stretch of chain to a ring; None where that is no molecule."""
    mol = Chem.RWMol(join_plain(word, sanitise=False) or join(word))
    stars = stars_of(mol)
    one, other = (mol.GetAtomWithIdx(stars[i]).GetNeighbors()[0].GetIdx() for i in (1, 2))
    if one == other or mol.GetBondBetweenAtoms(one, other) is not None or mol.GetNumAtoms() > _MOST_ATOMS:
        return None
    mol.AddBond(one, other, Chem.BondType.SINGLE)
    for index in sorted(stars.values(), reverse=True):
        mol.RemoveAtom(index)
    return mol.GetMol() if sanitised(mol) else None
