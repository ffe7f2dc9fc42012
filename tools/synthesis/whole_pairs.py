"""Backwards by pair rules: a chain of two monomers, at least one of which enters it whole.

Carbon dioxide, carbon monoxide, sulfur dioxide, water, formaldehyde, cyclic anhydrides and epichlorohydrin leave short
stretches of chain. A stretch is looked at only if the atoms at its ends, and those of the rest of the unit, are of the
kinds that the edits of a rule ask for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rdkit import Chem

from tools.core.assemble import join, join_plain
from tools.core.word import Word
from tools.synthesis.capping import path_length, residue_of
from tools.synthesis.joints import Joint, elements_of, ends_fit, joints_of
from tools.synthesis.monomers import known
from tools.synthesis.query import stars_of
from tools.synthesis.ranking import KNOWN_BONUS, ring_score, spans_arene
from tools.synthesis.rule_types import PairRule
from tools.synthesis.rules import rule_set
from tools.synthesis.transforms import Transform, apply_edits, compile_transform
from tools.synthesis.whole import Whole

_LONGEST = 6  # backbone atoms of a six-membered anhydride with the oxygen that it keeps
_Sides = tuple[tuple[Transform, ...], tuple[Transform, ...]]


def pair_bound() -> float:
    """Return what a proposal of this module can score at most."""
    return max(rule.prior for rule in _rules()) + KNOWN_BONUS


def whole_pairs(word: Word) -> Iterator[Whole]:
    """Undo the pair rules on every short stretch of a chain.

    Parameters
    ----------
    word : tuple of str
        Pieces of the repeat unit.

    Yields
    ------
    Whole
        Proposals of two monomers.
    """
    size = len(word)
    seen = set()
    for start in range(size):
        turned = word[start:] + word[:start]
        length = 0
        for cut in range(1, size):
            length += path_length(turned[cut - 1])
            if length > _LONGEST:
                break
            for rule in _fitting(turned[:cut], turned[cut:]):
                pair = _undone(rule, turned[:cut], turned[cut:])
                if pair is not None and (rule.id, pair) not in seen:
                    seen.add((rule.id, pair))
                    share = sum(known(smiles) is not None for smiles in pair) / 2
                    yield Whole(ring_score(rule, share), pair, rule.id)


@lru_cache(maxsize=1)
def _rules() -> tuple[PairRule, ...]:
    return tuple(rule for rule in rule_set().pair_rules if rule.undo)


@lru_cache(maxsize=64)
def _sides(rule: PairRule) -> _Sides:
    """Edits that undo a rule on the first and on the second residue; two edits where each chain end has its own."""
    if not rule.by_groups:
        return (compile_transform(rule.undo_first),), (compile_transform(rule.undo),)
    group = rule_set().reagents[rule.one].backward
    return (group, group), (compile_transform(rule.undo),)


def _fitting(unit: Word, rest: Word) -> list[PairRule]:
    """Return the rules whose second monomer could have left ``unit``, judged by the atoms at the ends."""
    second, first = (joints_of(unit[0])[0], joints_of(unit[-1])[1]), (joints_of(rest[0])[0], joints_of(rest[-1])[1])
    places = _by_ends(0, *first) & _by_ends(1, *second)
    if not places:
        return []
    elements = elements_of(unit) | elements_of(rest)
    rules = (_rules()[place] for place in sorted(places))
    return [rule for rule in rules if all(edit.query.needs <= elements | {0} for side in _sides(rule) for edit in side)]


@lru_cache(maxsize=16_384)
def _by_ends(side: int, start: Joint, end: Joint) -> frozenset[int]:
    """Places of the rules whose first (0) or second (1) residue may begin and end with such atoms."""
    return frozenset(
        place
        for place, rule in enumerate(_rules())
        if ends_fit(tuple(edit.text for edit in _sides(rule)[side]), start, end)
    )


@lru_cache(maxsize=32_768)
def _undone(rule: PairRule, unit: Word, rest: Word) -> tuple[str, str] | None:
    second = _monomer(rule.undo, unit)
    if second is None:
        return None
    if not rule.by_groups:
        first = _monomer(rule.undo_first, rest)
    else:
        group = rule_set().reagents[rule.one]
        made = residue_of(rest).monomer(group, group)
        first = made.smiles if made is not None and made.storable else None
    return None if first is None or first == second else (first, second)


@lru_cache(maxsize=32_768)
def _monomer(undo: str, word: Word) -> str | None:
    """Undo one edit on a residue."""
    if sum(map(path_length, word)) > _LONGEST:
        return None
    edit = compile_transform(undo)
    mol = join_plain(word) or join(word)
    for hit in mol.GetSubstructMatches(edit.query.mol, uniquify=False, maxMatches=16):
        made = apply_edits(mol, [(edit, hit)])
        if made is not None and not stars_of(made) and not spans_arene(made):
            return str(Chem.MolToSmiles(made))
    return None
