"""The order of routes: how usual a reaction is, and how sensible its monomers are.

The numbers are judgements, tuned on half of a set of real polymers with known monomers (never on the other half, which
``benchmarks/polymerisation.py`` measures). What each rule stands on, counted over the 4,574 distinct chains of the
first half, as condensation : ring opening : recorded as both.

* Two monomers come before a cyclic diester of the same chain (239 : 62 : 19), a cyclic diamide (540 : 0 : 0) and a
  cyclic ester of a bisphenol (301 : 2 : 2). Many of the 62 are macrocycles, which are hardly strained.
* A lactam that is in no list of known monomers comes after its amino acid (39 : 2 : 10), except where it has four
  atoms and is strained (``tools.synthesis.thermodynamics``).
* Rings of up to twelve atoms that bridge an arene, and three-membered rings with a carbonyl group, are not taken for
  monomers: they are too strained to be made. Lactones of phenols that bridge an arene: 3 : 0 : 0.
* Six-membered carbonates open (0 : 1 : 0); larger ones come after diol and carbonate (7 : 1 : 0).
* Seven-membered anhydrides open; other polyanhydrides come from the diacid in the melt. The records disagree
  (9 : 16 : 3), with rings such as that of terephthalic anhydride, which cannot exist; practice is followed.
* Cyclosiloxanes come before silanediols (4 : 7 : 0), and [2.2]paracyclophanes before benzylic halides, as parylenes
  are made, though the records are for the halides (4 : 2 : 0).
* N-carboxyanhydrides come before amino acids, as polypeptides are made (10 : 1 : 2 against it).
* Catalyst transfer comes before oxidative coupling for a thiophene with a head and a tail, which iron(III) chloride
  would join in both directions: the chain that is asked for is regioregular. Where there is no direction it comes last.
  The records name the thiophene (30 of 33) for head-to-tail units too; practice is followed.
* A homocoupling of a symmetric monomer is usual however many like bonds the unit has: bithienylarenes are 93 of 94.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rdkit import Chem

from tools.synthesis.rule_types import Linkage, MonomerRule, PairRule

KNOWN_BONUS = 12.0
_SYMMETRIC = 7.0
_ALTERNATIVE_REAGENT = 6.0
_ONE_OF_SEVERAL = 34.0
_NO_DIRECTION = 14.0
_BALANCE = 1.5
_UNUSUAL_RING = 40.0

_LARGE_RING = 14
_LARGE_RING_SCORE = 60.0
_BEST_RING = 104.0 + KNOWN_BONUS  # the six-membered carbonates
_MEDIUM_RING = 8
_STRAINED_ONLY = frozenset(
    ("lactam", "cyclic_carbonate_large", "cyclic_disulfide", "cyclic_phosphate", "cyclic_anhydride", "cyclic_urethane")
)
_UNKNOWN_LACTAM = 8.0
_CYCLOPHANE = "paracyclophane"
_UNSTRAINED = {"romp": 45.0, "cyclic_ether_large": 35.0}
_BRIDGED = 30.0
_LARGEST_BRIDGE = 12


def step_score(
    linkage: Linkage, rank: int, *, known: float, symmetric: Sequence[bool], sizes: Sequence[int], places: int
) -> float:
    """Score a step-growth proposal.

    Parameters
    ----------
    linkage : Linkage
        The bond formed.
    rank : int
        Place of the reagents in the linkage's list, 0 for the most usual.
    known : float
        Share of the monomers that are in a list of known ones.
    symmetric : sequence of bool
        For each monomer (one, or two), whether it reads the same from both ends.
    sizes : sequence of int
        Heavy atoms of each monomer.
    places : int
        Bonds of this kind in the repeat unit: where there are several, a single self-condensing monomer is unusual.

    Returns
    -------
    float
        Higher is more usual.
    """
    score = linkage.prior - _ALTERNATIVE_REAGENT * rank + KNOWN_BONUS * known
    if len(sizes) == 2:
        score += _SYMMETRIC * sum(symmetric)
        score -= _BALANCE * abs(math.log2(sizes[0] / sizes[1]))
    elif linkage.self_only and symmetric[0]:
        score += -_NO_DIRECTION if linkage.transfer else _SYMMETRIC
    elif places > 1:
        score -= _ONE_OF_SEVERAL
    return score


def step_bound(linkage: Linkage, monomers: int, places: int) -> float:
    """Return what ``step_score`` can reach at most.

    Parameters
    ----------
    linkage, places
        As in ``step_score``.
    monomers : int
        How many monomers.

    Returns
    -------
    float
        An upper bound.
    """
    score = linkage.prior + KNOWN_BONUS
    if monomers == 2:
        return score + 2 * _SYMMETRIC
    if linkage.self_only:
        return score + _SYMMETRIC
    return score - (_ONE_OF_SEVERAL if places > 1 else 0.0)


def ring_score(rule: MonomerRule | PairRule, known: float, mol: Chem.Mol | None = None) -> float:
    """Score a proposal of one whole monomer.

    Parameters
    ----------
    rule : MonomerRule or PairRule
        The rule.
    known : float
        Share of the monomers (one, or two that alternate) that are in a list of known ones.
    mol : Chem.Mol, optional
        The ring, for ring openings.

    Returns
    -------
    float
        Higher is more usual.
    """
    score = rule.prior + KNOWN_BONUS * known
    if mol is not None:
        largest = max(map(len, mol.GetRingInfo().AtomRings()))
        if rule.id in _STRAINED_ONLY and largest > _MEDIUM_RING and known < 1.0:
            score -= _UNUSUAL_RING
        if known < 1.0:
            if rule.id == "lactam" and largest > 4:
                score -= _UNKNOWN_LACTAM
            if rule.id != _CYCLOPHANE and spans_arene(mol):
                score -= _BRIDGED
        if largest > _LARGE_RING:
            score = min(score, _UNSTRAINED.get(rule.id, _LARGE_RING_SCORE))
    return score


def ring_bound(size: int) -> float:
    """Return what ``ring_score`` can reach at most for a ring opening.

    Parameters
    ----------
    size : int
        Atoms of the ring that the ends of the repeat unit close, along the shortest path.
    """
    # a ring with more atoms along its backbone than this has a ring of more than fourteen atoms
    return _BEST_RING if size <= _LARGE_RING else _LARGE_RING_SCORE


def spans_arene(mol: Chem.Mol) -> bool:
    """Tell whether a ring of up to twelve atoms bridges an arene across meta or para positions.

    Such rings are strained cyclophanes or violate Bredt's rule: no monomers, whatever bond would open.

    Parameters
    ----------
    mol : Chem.Mol
        Sanitised molecule.
    """
    rings = mol.GetRingInfo().AtomRings()
    arenes = [set(ring) for ring in rings if mol.GetAtomWithIdx(ring[0]).GetIsAromatic()]
    return any(
        len(ring) <= _LARGEST_BRIDGE and not arene.issuperset(ring) and len(arene.intersection(ring)) > 2
        for ring in rings
        for arene in arenes
    )
