"""Backwards: a repeat unit to the monomers and the polymerisation that make it.

Every proposal is run forwards again; ``verified`` says that it gave the polymer back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from heapq import heappop, heappush

from tools.core.errors import NotCoveredError, PolysmithError
from tools.core.polymer import Polymer
from tools.core.word import Word
from tools.synthesis.capping import Capped
from tools.synthesis.cuts import Chain, Cut
from tools.synthesis.forward import Product, confirm
from tools.synthesis.joints import openings_of
from tools.synthesis.monomers import known
from tools.synthesis.ranking import ring_bound, step_bound
from tools.synthesis.route import Alternative, Monomer, Route
from tools.synthesis.rule_types import Linkage
from tools.synthesis.step import Choice, one_monomer, pairs, run_forwards, two_monomers
from tools.synthesis.whole import Whole, chain_growth, ring_closure
from tools.synthesis.whole_pairs import pair_bound, whole_pairs

_MOST_CHECKED = 12
_SHORT = 4  # backbone pieces of the longest unit that chain growth gives
_SMALL_RING = 14
_LOSS_BY_COMPETITION = 4.0
_LOSS_BY_FAILURE = 1000.0


@dataclass(frozen=True, eq=False)
class _Step:
    """Step growth at certain bonds: choices of reactive groups, best first."""

    linkage: Linkage
    choices: Sequence[Choice]

    @property
    def score(self) -> float:
        return self.choices[0].score

    @property
    def rule(self) -> str:
        return self.linkage.id


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
    work: Callable[[], Iterator[Whole | _Step]]


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
    waiting: list[tuple[float, str, int, Whole | _Step]] = []
    seen: set[frozenset[str]] = set()
    found: list[Route] = []
    doubtful: list[Route] = []
    place = checked = pushed = 0
    while len(found) < limit and checked < _MOST_CHECKED:
        while place < len(ideas) and (not waiting or ideas[place].bound > -waiting[0][0]):
            for proposal in ideas[place].work():
                heappush(waiting, (-proposal.score, proposal.rule, pushed, proposal))
                pushed += 1
            place += 1
        if not waiting:
            break
        proposal = heappop(waiting)[-1]
        made = None if isinstance(proposal, Whole) else proposal.choices[0].monomers()
        if isinstance(proposal, _Step) and made is None:
            if len(proposal.choices) > 1:
                rest = _Step(proposal.linkage, proposal.choices[1:])
                heappush(waiting, (-rest.score, rest.rule, pushed, rest))
                pushed += 1
            continue
        texts = proposal.monomers if isinstance(proposal, Whole) else [item.smiles for item in made or ()]
        key = frozenset([text.replace("Br", "Cl") for text in texts])  # bromide and chloride are one route
        if key in seen:
            continue
        checked += 1
        route = _whole(polymer, proposal) if isinstance(proposal, Whole) else _step(polymer, proposal, made or ())
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
        yield _Idea(1000.0, partial(chain_growth, word))
    if len(word) > 1:
        yield _Idea(pair_bound(), partial(whole_pairs, word))
    sizes = chain.ring_sizes
    for repeat in (1, 2, 3, 4):
        size = sizes * repeat
        if repeat == 1 or size <= _SMALL_RING:
            rules = [rule for rule in openings_of(word, size) if rule.repeat >= repeat]
            if rules:
                yield _Idea(ring_bound(size), partial(ring_closure, word, repeat, rules))
    for same in _grouped([(cut,) for cut in cuts]):
        linkage = same[0][0].linkage
        places = len({c.place for c in cuts if c.linkage.a == linkage.a}) // (2 if linkage.bridged else 1)
        yield _Idea(step_bound(linkage, 1, places), partial(_one_monomer, chain, same, places))
    for pair in _grouped(pairs(cuts)):
        yield _Idea(step_bound(pair[0][0].linkage, 2, 2), partial(_two_monomers, chain, pair))
    if any(cut.linkage.doubled for cut in cuts):
        twice = Chain(word * 2)
        for pair in _grouped(pairs([cut for cut in twice.cuts() if cut.linkage.doubled])):
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


def _whole(polymer: Polymer, proposal: Whole) -> Route:
    """Run a chain growth or ring opening forwards."""
    monomers = tuple(map(_monomer, proposal.monomers))
    try:
        product = confirm(polymer, proposal.rule, None, proposal.monomers)
    except PolysmithError:
        product = None
    return _route(monomers, product, proposal.rule, proposal.score)


def _step(polymer: Polymer, proposal: _Step, made: tuple[Capped, ...]) -> Route:
    """Run a step growth forwards."""
    monomers = tuple(_monomer(monomer.smiles) for monomer in made)
    product = run_forwards(polymer, proposal.linkage, proposal.choices[0], made)
    others = partial(_alternatives, monomers, proposal.choices[1:])
    return _route(monomers, product, proposal.rule, proposal.score, others)


def _route(
    monomers: tuple[Monomer, ...],
    product: Product | None,
    rule: str,
    score: float,
    others: Callable[[], tuple[Alternative, ...]] = tuple,
) -> Route:
    if product is None:
        return Route(monomers, rule, "", (), "", "", verified=False, score=score - _LOSS_BY_FAILURE)
    return Route(
        monomers, product.rule, product.mechanism, product.polymerisations, product.conditions, product.by_product,
        verified=True, score=score - _LOSS_BY_COMPETITION * len(product.competing), competing=product.competing,
        note=product.note, _others=others,
    )  # fmt: skip


def _alternatives(monomers: tuple[Monomer, ...], choices: Sequence[Choice]) -> tuple[Alternative, ...]:
    """Write down the other choices of reactive groups."""
    found: dict[tuple[Monomer, ...], Alternative] = {}
    for choice in choices:
        made = choice.monomers()
        if made is not None:
            others = tuple(_monomer(monomer.smiles) for monomer in made)
            found.setdefault(others, Alternative(others, choice.pairing.by_product, choice.pairing.conditions))
    found.pop(monomers, None)
    return tuple(found.values())


@lru_cache(maxsize=32_768)
def _monomer(smiles: str) -> Monomer:
    entry = known(smiles)
    return Monomer(smiles, entry.name, entry.source) if entry else Monomer(smiles)


def _one_monomer(chain: Chain, cuts: Sequence[tuple[Cut, ...]], places: int) -> Iterator[_Step]:
    choices = one_monomer(chain, cuts, places)
    if choices:
        yield _Step(cuts[0][0].linkage, choices)


def _two_monomers(chain: Chain, cuts: Sequence[tuple[Cut, ...]]) -> Iterator[_Step]:
    choices = two_monomers(chain, cuts)
    if choices:
        yield _Step(cuts[0][0].linkage, choices)


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
