"""Backwards step growth: the monomers that a cut chain could have been made from, judged before they are written down.

What makes a choice of reactive groups likely (how usual it is, whether its monomers are known and symmetric) can mostly
be read off the residues: a monomer is known only if a known one has its formula. So choices are put in order first,
and only the best is turned into monomers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product as cartesian

from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.synthesis.capping import Capped, Residue
from tools.synthesis.cuts import Chain, Cut
from tools.synthesis.formulas import group_formula, heavy_atoms, known_formulas
from tools.synthesis.forward import Product, confirm
from tools.synthesis.monomers import known
from tools.synthesis.pairing import step_product
from tools.synthesis.ranking import step_score
from tools.synthesis.rule_types import Linkage, Pairing, Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import profile

_MOST_PAIRS = 24


@dataclass(frozen=True, eq=False)
class Part:
    """A residue and the groups to put on its ends.

    Attributes
    ----------
    residue : Residue
        What lies between two cuts.
    start, end : Reagent
        Groups at star 1 and star 2.
    """

    residue: Residue
    start: Reagent
    end: Reagent

    @property
    def made(self) -> Capped | None:
        """The monomer; None if the ends are not of these kinds."""
        return self.residue.monomer(self.start, self.end)

    @property
    def formula(self) -> int:
        """Heavy atoms of the monomer by element."""
        return self.residue.formula + group_formula(self.start.id) + group_formula(self.end.id)

    @property
    def known(self) -> bool:
        """True if the monomer is in a list of known ones."""
        return self.formula in known_formulas() and (made := self.made) is not None and known(made.smiles) is not None


@dataclass(frozen=True, eq=False)
class Choice:
    """Reactive groups for the monomers of one linkage.

    Attributes
    ----------
    score : float
        From ``ranking.step_score``.
    pairing : Pairing
        The reagents.
    parts : tuple of Part
        One monomer, or the one with the b groups and the one with the a groups in either order.
    """

    score: float
    pairing: Pairing
    parts: tuple[Part, ...]

    def monomers(self) -> tuple[Capped, ...] | None:
        """Write the monomers down.

        Returns
        -------
        tuple of Capped or None
            None if the chain ends are not of these kinds, both monomers are the same, or one of them would react with
            itself in the bottle.
        """
        made: list[Capped] = []
        for part in self.parts:
            monomer = part.made
            if monomer is None or any(monomer.smiles == other.smiles for other in made):
                return None
            made.append(monomer)
        return tuple(made) if all(monomer.storable for monomer in made) else None


def pairs(cuts: Sequence[Cut]) -> list[tuple[Cut, Cut]]:
    """Pair cuts whose residues have like ends: one monomer brings both a ends, the other both b ends.

    Parameters
    ----------
    cuts : sequence of Cut
        All cuts of a chain.
    """
    found = []
    taken = set()
    # bonds of one kind: where there are several, like groups at both ends of a monomer explain them better
    places = Counter(kind for kind, _ in {(cut.linkage.a, cut.place) for cut in cuts})
    ordered = sorted(cuts, key=lambda c: (-c.linkage.prior, c.place, c.forward))
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if one.place == other.place or one.forward == other.forward:
                continue
            if one.linkage.self_only or other.linkage.self_only:
                continue
            shared = one.linkage.a == other.linkage.a or one.linkage.b == other.linkage.b
            if not shared and not (
                places[one.linkage.a] == places[other.linkage.a] == 1 and _two_ways(one.linkage.id, other.linkage.id)
            ):
                continue
            first, second = (one, other) if one.place < other.place or not shared else (other, one)
            key = (first.place, second.place, first.linkage.id, second.linkage.id, first.forward)
            if key not in taken:
                taken.add(key)
                found.append((first, second))
    return found[:_MOST_PAIRS]


_DIAMINES = ("NCCCCCCN", "Nc1ccc(N)cc1")


@lru_cache(maxsize=1024)
def _same_group(b: str, other: str) -> bool:
    """Tell whether two reagents are ways in which an amino group reacts (to an amide, to an imide)."""
    return any(
        len(monomer.at(b)) == 2
        and len(monomer.at(other)) == 2
        and all(
            (one.kept | one.deleted) & (two.kept | two.deleted)
            for one, two in zip(monomer.at(b), monomer.at(other), strict=True)
        )
        for monomer in map(profile, _DIAMINES)
    )


@lru_cache(maxsize=4096)
def _two_ways(linkage: str, other: str) -> bool:
    """Tell whether like groups of one monomer may form one linkage at one end and the other at the other."""
    by_id = rule_set().by_id
    return any(
        _same_group(one.b, two.b)
        for one, two in cartesian(by_id[linkage].pairings, by_id[other].pairings)
        if one.b != two.b
    )


def one_monomer(chain: Chain, cuts: Sequence[tuple[Cut, ...]], places: int) -> list[Choice]:
    """List the choices of groups for a monomer that condenses with itself.

    Parameters
    ----------
    chain : Chain
        The repeat unit.
    cuts : sequence of (Cut,)
        The directions of one linkage at one bond.
    places : int
        Bonds of this kind in the repeat unit.

    Returns
    -------
    list of Choice
        Best first.
    """
    reagents = rule_set().reagents
    found = []
    for (cut,) in cuts:
        residue = chain.segment(cut, cut)
        if residue is None:
            continue
        for rank, pairing in enumerate(cut.linkage.pairings):
            a, b = reagents[pairing.a], reagents[pairing.b]
            parts = (Part(residue, b, a) if cut.forward else Part(residue, a, b),)
            if a.give and b.give:
                found.append(Choice(_score(cut.linkage, rank, parts, places), pairing, parts))
    return sorted(found, key=lambda choice: -choice.score)


def two_monomers(chain: Chain, cuts: Sequence[tuple[Cut, ...]]) -> list[Choice]:
    """List the choices of groups for two monomers that alternate.

    Parameters
    ----------
    chain : Chain
        The repeat unit.
    cuts : sequence of (Cut, Cut)
        The directions of the linkages at two bonds.

    Returns
    -------
    list of Choice
        Best first.
    """
    found = []
    for first, second in cuts:
        inside, outside = chain.segment(first, second), chain.segment(second, first)
        if inside is None or outside is None:
            continue
        for rank, pairing, other in _fitting(first, second):
            # inside runs from the right of the first cut to the left of the second
            one, two = _sides(first, pairing), _sides(second, other)
            if all(reagent.give for reagent in (*one, *two)):
                parts = (Part(inside, one[1], two[0]), Part(outside, two[1], one[0]))
                found.append(Choice(_score(first.linkage, rank, parts, 2), pairing, parts))
    return sorted(found, key=lambda choice: -choice.score)


def _sides(cut: Cut, pairing: Pairing) -> tuple[Reagent, Reagent]:
    """Return the reagents on the left and on the right of a cut."""
    a, b = rule_set().reagents[pairing.a], rule_set().reagents[pairing.b]
    return (a, b) if cut.forward else (b, a)


def _fitting(first: Cut, second: Cut) -> Iterator[tuple[int, Pairing, Pairing]]:
    """Yield the rank and the reagents of both cuts where they share the reagent on the common side."""
    for rank, pairing in enumerate(first.linkage.pairings):
        if second.linkage.id == first.linkage.id:
            yield rank, pairing, pairing
        elif second.linkage.a != first.linkage.a and second.linkage.b != first.linkage.b:
            other = next((o for o in second.linkage.pairings if o.b != pairing.b and _same_group(pairing.b, o.b)), None)
            if other is not None:
                yield rank, pairing, other
        elif second.linkage.a == first.linkage.a:
            yield from ((rank, pairing, other) for other in second.linkage.pairings if other.a == pairing.a)
        else:
            yield from ((rank, pairing, other) for other in second.linkage.pairings if other.b == pairing.b)


def _score(linkage: Linkage, rank: int, parts: tuple[Part, ...], places: int) -> float:
    return step_score(
        linkage,
        rank,
        known=sum(part.known for part in parts) / len(parts),
        symmetric=[part.residue.symmetric for part in parts],
        sizes=[heavy_atoms(part.formula) for part in parts],
        places=places,
    )


def run_forwards(polymer: Polymer, linkage: Linkage, choice: Choice, made: tuple[Capped, ...]) -> Product | None:
    """Run a proposal forwards.

    Where each group is known to give its chain end back, the polymer follows from the number of groups alone.

    Parameters
    ----------
    polymer : Polymer
        The expected chain.
    linkage : Linkage
        The bond formed.
    choice : Choice
        The reactive groups.
    made : tuple of Capped
        Its monomers.

    Returns
    -------
    Product or None
        None if the polymer does not come out.
    """
    if any(monomer.profile.at(group) for group in linkage.spoiled_by for monomer in made):
        return None
    rules = rule_set()
    pairing = choice.pairing
    a, b = rules.reagents[pairing.a], rules.reagents[pairing.b]
    if not pairing.each_hydrogen and all(monomer.faithful for monomer in made):
        if len(made) == 1 and _joins_itself(made[0], a, b):
            alone = made[0].profile
            return step_product(polymer, linkage, (pairing,), (alone, (a,)), (alone, (b,)))
        sides = _with_like_ends(choice, made, a, b)
        if sides is not None:
            one, other = (side.profile for side in sides)
            return step_product(polymer, linkage, (pairing, pairing), (one, (a, a)), (other, (b, b)))
    try:
        return confirm(polymer, linkage.id, pairing, [monomer.readable for monomer in made])
    except PolysmithError:
        return None


def _joins_itself(monomer: Capped, a: Reagent, b: Reagent) -> bool:
    """Tell whether a monomer has one a group and one b group, apart from each other (or two groups that are both)."""
    have_a, have_b = monomer.profile.at(a.id), monomer.profile.at(b.id)
    if len(have_a) == len(have_b) == 1:
        return not have_a[0].clashes(have_b[0])
    return len(have_a) == 2 and have_a == have_b and not have_a[0].clashes(have_a[1])


def _with_like_ends(choice: Choice, made: tuple[Capped, ...], a: Reagent, b: Reagent) -> tuple[Capped, Capped] | None:
    """Return the monomer with two a groups and the one with two b groups."""
    if len(made) != 2 or any(part.start.id != part.end.id for part in choice.parts):
        return None
    one, other = made if choice.parts[0].start.id == a.id else made[::-1]
    have_a, have_b = one.profile.at(a.id), other.profile.at(b.id)
    if len(have_a) != 2 or len(have_b) != 2 or have_a[0].clashes(have_a[1]) or have_b[0].clashes(have_b[1]):
        return None
    return one, other
