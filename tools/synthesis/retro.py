"""Backwards: a repeat unit to the monomers and the polymerisation that make it.

Every proposal is run forwards again; ``verified`` says that it gave the polymer back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from heapq import heappop, heappush

from rdkit import Chem

from tools.core.assemble import join, join_plain
from tools.core.errors import NotCoveredError, PolysmithError
from tools.core.polymer import Polymer
from tools.core.word import Word
from tools.synthesis.cuts import Chain, Cut
from tools.synthesis.forward import Product, confirm
from tools.synthesis.monomers import known
from tools.synthesis.query import elements_in, sanitised, stars_of
from tools.synthesis.ranking import ring_bound, ring_score, step_bound, step_score
from tools.synthesis.route import Alternative, Monomer, Route
from tools.synthesis.rule_types import Linkage, MonomerRule, Pairing
from tools.synthesis.rules import rule_set
from tools.synthesis.transforms import apply_edits

_MOST_PAIRS = 24
_MOST_CHECKED = 12
_SHORT = 4  # backbone pieces of the longest unit that chain growth gives
_SMALL_RING = 14


@dataclass(frozen=True)
class _Proposal:
    """Monomers that might make the polymer, before the check."""

    monomers: tuple[str, ...]
    rule: str
    pairing: Pairing | None
    score: float
    others: tuple[tuple[tuple[str, ...], Pairing], ...] = ()


@dataclass(frozen=True)
class _Idea:
    """A way to take the chain apart that has not been worked out.

    Attributes
    ----------
    bound : float
        No proposal from it scores higher.
    work : callable
        Works it out.
    """

    bound: float
    work: Callable[[], Iterator[_Proposal]]


def routes(polymer: Polymer, limit: int = 3, *, unverified: bool = False) -> list[Route]:
    """Find the likely ways to make a polymer, the most usual first.

    Parameters
    ----------
    polymer : Polymer
        What is to be made.
    limit : int
        How many routes at most.
    unverified : bool
        Also return proposals that do not give the polymer back when run forwards.

    Returns
    -------
    list of Route
        Empty if no rule makes this repeat unit; that is an honest answer for cellulose.
    """
    return list(_routes(polymer, limit, unverified))


@lru_cache(maxsize=32_768)
def _routes(polymer: Polymer, limit: int, unverified: bool) -> tuple[Route, ...]:
    """Best first: ideas are worked out and proposals checked only as long as they could still be among the best."""
    ideas = sorted(_ideas(polymer.word), key=lambda idea: -idea.bound)
    waiting: list[tuple[float, tuple[str, ...], str, int, _Proposal]] = []
    seen: set[frozenset[str]] = set()
    found: list[Route] = []
    doubtful: list[Route] = []
    place = checked = 0
    while len(found) < limit and checked < _MOST_CHECKED:
        while place < len(ideas) and (not waiting or ideas[place].bound > -waiting[0][0]):
            for proposal in ideas[place].work():
                heappush(waiting, (-proposal.score, proposal.monomers, proposal.rule, len(waiting), proposal))
            place += 1
        if not waiting:
            break
        proposal = heappop(waiting)[-1]
        key = frozenset(proposal.monomers)
        if key in seen:
            continue
        checked += 1
        route = _check(polymer, proposal)
        if route.verified:
            seen.add(key)
            found.append(route)
        else:
            doubtful.append(route)
    if unverified:
        found.extend(doubtful[: limit - len(found)])
    return tuple(sorted(found, key=lambda r: -r.score))


def _ideas(word: Word) -> Iterator[_Idea]:
    chain = Chain(word)
    cuts = chain.cuts()
    if len(word) <= _SHORT:
        yield _Idea(1000.0, partial(_chain_growth, word))
    sizes = chain.ring_sizes
    openings = [rule for rule in rule_set().monomer_rules if rule.opens_ring and rule.may_open(chain.bonds)]
    for repeat in (1, 2, 3, 4):
        size = sizes * repeat
        rules = [rule for rule in openings if rule.repeat >= repeat]
        if rules and (repeat == 1 or size <= _SMALL_RING):
            bound = ring_bound(size)
            yield _Idea(bound, partial(_ring_closure, word, repeat, rules))
    for same in _grouped([(cut,) for cut in cuts]):
        linkage = same[0][0].linkage
        places = len({c.place for c in cuts if c.linkage.a == linkage.a}) // (2 if linkage.bridged else 1)
        yield _Idea(step_bound(linkage, 1, places), partial(_one_monomer, chain, same, places))
    for pair in _grouped(_pairs(cuts)):
        yield _Idea(step_bound(pair[0][0].linkage, 2, 2), partial(_two_monomers, chain, pair))
    if any(cut.linkage.doubled for cut in cuts):
        twice = Chain(word * 2)
        for pair in _grouped(_pairs([cut for cut in twice.cuts() if cut.linkage.doubled])):
            yield _Idea(step_bound(pair[0][0].linkage, 2, 2), partial(_two_monomers, twice, pair))


def _grouped(cuts: Sequence[tuple[Cut, ...]]) -> list[list[tuple[Cut, ...]]]:
    """Put the two directions of a linkage at the same bonds together: they differ in which end has which group."""
    groups: dict[object, list[tuple[Cut, ...]]] = {}
    for item in cuts:
        groups.setdefault(tuple((cut.linkage.id, cut.place) for cut in item), []).append(item)
    best: dict[object, list[tuple[Cut, ...]]] = {}
    for group in sorted(groups.values(), key=lambda group: _preference(group[0])):
        # rules for the same two kinds of chain ends (amides of aliphatic and aromatic amines) propose the same monomers
        kinds = tuple((cut.linkage.a, cut.linkage.b, cut.linkage.self_only, cut.place) for cut in group[0])
        best.setdefault(kinds, group)
    return list(best.values())


def _preference(cuts: tuple[Cut, ...]) -> tuple[bool, float]:
    return len({cut.linkage.id for cut in cuts}) > 1, -cuts[0].linkage.prior


def _check(polymer: Polymer, proposal: _Proposal) -> Route:
    """Run a proposal forwards."""
    monomers = tuple(_monomer(smiles) for smiles in proposal.monomers)
    try:
        product = confirm(polymer, proposal.rule, proposal.pairing, proposal.monomers)
    except PolysmithError:
        product = None
    if product is None:
        return Route(monomers, proposal.rule, "", (), "", "", verified=False, score=proposal.score - 1000.0)
    others = tuple(
        Alternative(tuple(map(_monomer, names)), pairing.by_product, pairing.conditions)
        for names, pairing in proposal.others
    )
    return _route(monomers, product, proposal.score, others)


def _route(monomers: tuple[Monomer, ...], product: Product, score: float, others: tuple[Alternative, ...]) -> Route:
    return Route(
        monomers, product.rule, product.mechanism, product.polymerisations, product.conditions, product.by_product,
        verified=True, score=score - 4.0 * len(product.competing), competing=product.competing, note=product.note,
        alternatives=others,
    )  # fmt: skip


@lru_cache(maxsize=32_768)
def _monomer(smiles: str) -> Monomer:
    entry = known(smiles)
    return Monomer(smiles, entry.name, entry.source) if entry else Monomer(smiles)


# --- chain growth and ring opening -------------------------------------------------------------------------------


def _chain_growth(word: Word) -> Iterator[_Proposal]:
    """Undo the rules that have a reverse edit, at every rotation of a short unit."""
    if len(word) > 4:
        return
    units = [word[i:] + word[:i] for i in range(len(word))]
    if len(word) == 1:
        units.append(word * 2)
    seen = set()
    for unit in units:
        mol = join_plain(unit) or join(unit)
        elements = elements_in(mol)
        for rule in rule_set().monomer_rules:
            if rule.opens_ring or not rule.backward.query.needs <= elements:
                continue
            for smiles in _reversed(mol, rule):
                if (rule.id, smiles) not in seen:
                    seen.add((rule.id, smiles))
                    yield _Proposal((smiles,), rule.id, None, ring_score(rule, (_monomer(smiles),)))
        if len(unit) in (3, 4):
            yield from _alternating(mol)


def _reversed(mol: Chem.Mol, rule: MonomerRule) -> Iterator[str]:
    transform = rule.backward
    for hit in mol.GetSubstructMatches(transform.query.mol, uniquify=False, maxMatches=8):
        result = apply_edits(mol, [(transform, hit)])
        if result is not None and not stars_of(result):
            yield Chem.MolToSmiles(result)


def _alternating(mol: Chem.Mol) -> Iterator[_Proposal]:
    for smiles in _reversed(mol, _ALTERNATING):
        pair = tuple(sorted(smiles.split(".")))
        if len(pair) == 2 and pair[0] != pair[1]:
            yield _Proposal(pair, "alternating", None, ring_score(_ALTERNATING, tuple(map(_monomer, pair))))


_ALTERNATING = MonomerRule(
    "alternating",
    "alternating radical copolymerisation",
    "[CX3:1]=[CX3:2]>>*[C:1][C:2]*",
    "[#0][CX4:1]~[CX4:2]-!@[CX4:3]~[CX4:4][#0]>>[C:1]=[C:2].[C:3]=[C:4]",
    "radical initiator in solution, with heating",
    68.0,
    ("chain_growth", "radical"),
)


def _ring_closure(word: Word, repeat: int, rules: Sequence[MonomerRule]) -> Iterator[_Proposal]:
    """Join the ends of one, two, three or four repeat units to a ring."""
    mol = _closed(word * repeat)
    if mol is None:
        return
    elements = elements_in(mol)
    smiles = ""
    for rule in rules:
        if rule.forward.query.matches(mol, elements):
            smiles = smiles or Chem.MolToSmiles(mol)
            yield _Proposal((smiles,), rule.id, None, ring_score(rule, (_monomer(smiles),), mol))


def _closed(word: Word) -> Chem.Mol | None:
    """Close a stretch of chain to a ring; None where that is no molecule."""
    mol = Chem.RWMol(join_plain(word) or join(word))
    stars = stars_of(mol)
    one, other = (mol.GetAtomWithIdx(stars[i]).GetNeighbors()[0].GetIdx() for i in (1, 2))
    if one == other or mol.GetBondBetweenAtoms(one, other) is not None or mol.GetNumAtoms() > 80:
        return None
    mol.AddBond(one, other, Chem.BondType.SINGLE)
    for index in sorted(stars.values(), reverse=True):
        mol.RemoveAtom(index)
    return mol.GetMol() if sanitised(mol) else None


# --- step growth -------------------------------------------------------------------------------------------------


def _pairs(cuts: list[Cut]) -> list[tuple[Cut, Cut]]:
    """Pairs of cuts whose residues have like ends: one monomer brings both a ends, the other both b ends."""
    found = []
    taken = set()
    ordered = sorted(cuts, key=lambda c: (-c.linkage.prior, c.place, c.forward))
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if one.place == other.place:
                continue
            first, second = (one, other) if one.place < other.place else (other, one)
            like = first.linkage.a == second.linkage.a or first.linkage.b == second.linkage.b
            alone = first.linkage.self_only or second.linkage.self_only
            if like and not alone and first.forward != second.forward:
                key = (first.place, second.place, first.linkage.id, second.linkage.id, first.forward)
                if key not in taken:
                    taken.add(key)
                    found.append((first, second))
    return found[:_MOST_PAIRS]


def _one_monomer(chain: Chain, cuts: Sequence[tuple[Cut, ...]], places: int) -> Iterator[_Proposal]:
    rules = rule_set()
    found: dict[tuple[str, ...], tuple[float, Pairing]] = {}
    for (cut,) in cuts:
        residue = chain.segment(cut, cut)
        if residue is None:
            continue
        for rank, pairing in enumerate(cut.linkage.pairings):
            a, b = rules.reagents[pairing.a], rules.reagents[pairing.b]
            smiles = residue.capped(b if cut.forward else a, a if cut.forward else b)
            if smiles is not None:
                found.setdefault((smiles,), (step_score(cut.linkage, rank, (_monomer(smiles),), places), pairing))
    yield from _best(cuts[0][0].linkage, found)


def _best(linkage: Linkage, found: Mapping[tuple[str, ...], tuple[float, Pairing]]) -> Iterator[_Proposal]:
    """Propose the best choice of reactive groups; the others become alternatives."""
    if found:
        ranked = sorted(((-s, m, p) for m, (s, p) in found.items()), key=lambda item: item[:2])
        score, monomers, pairing = ranked[0]
        yield _Proposal(monomers, linkage.id, pairing, -score, tuple((m, p) for _, m, p in ranked[1:]))


def _two_monomers(chain: Chain, pairs: Sequence[tuple[Cut, ...]]) -> Iterator[_Proposal]:
    found: dict[tuple[str, ...], tuple[float, Pairing]] = {}
    for first, second in pairs:
        for score, monomers, pairing in _choices(chain, first, second):
            found.setdefault(monomers, (score, pairing))
    yield from _best(pairs[0][0].linkage, found)


def _choices(chain: Chain, first: Cut, second: Cut) -> Iterator[tuple[float, tuple[str, ...], Pairing]]:
    """Cap both residues with every pair of reagents that fits."""
    inside, outside = chain.segment(first, second), chain.segment(second, first)
    if inside is None or outside is None:
        return
    rules = rule_set()
    for rank, pairing, other in _fitting(first, second):
        one_a, one_b = rules.reagents[pairing.a], rules.reagents[pairing.b]
        two_a, two_b = rules.reagents[other.a], rules.reagents[other.b]
        # inside runs from the right of the first cut to the left of the second
        inner = inside.capped(one_b if first.forward else one_a, two_a if second.forward else two_b)
        if inner is None:
            continue
        outer = outside.capped(two_b if second.forward else two_a, one_a if first.forward else one_b)
        if outer is None or outer == inner:
            continue
        yield step_score(first.linkage, rank, (_monomer(inner), _monomer(outer)), 2), (inner, outer), pairing


def _fitting(first: Cut, second: Cut) -> Iterator[tuple[int, Pairing, Pairing]]:
    """Yield the rank and the reagents of both cuts where they share the reagent on the common side."""
    for rank, pairing in enumerate(first.linkage.pairings):
        if second.linkage.id == first.linkage.id:
            yield rank, pairing, pairing
        elif second.linkage.a == first.linkage.a:
            yield from ((rank, pairing, other) for other in second.linkage.pairings if other.a == pairing.a)
        else:
            yield from ((rank, pairing, other) for other in second.linkage.pairings if other.b == pairing.b)


def best_route(polymer: Polymer) -> Route:
    """Return the most usual verified route.

    Parameters
    ----------
    polymer : Polymer
        What is to be made.

    Raises
    ------
    NotCoveredError
        If no rule makes this repeat unit.
    """
    found = routes(polymer, 1)
    if not found:
        raise NotCoveredError(f"No polymerisation rule makes {polymer.smiles}.", hint="It may need a modified polymer.")
    return found[0]


__all__ = ["Alternative", "Monomer", "Route", "best_route", "routes"]
