"""Forwards: monomers to the repeat unit they polymerise to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from itertools import product as cartesian

from tools.core.errors import NotCoveredError, StructureError
from tools.core.polymer import Polymer
from tools.synthesis.query import Match
from tools.synthesis.residues import join_residues, polymer_of, residue, residues_at, residues_of
from tools.synthesis.rule_types import Linkage, MonomerRule, Pairing, Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import Profile, Site, profile
from tools.synthesis.transforms import apply_edits


@dataclass(frozen=True)
class Product:
    """A polymer that monomers give.

    Attributes
    ----------
    polymer : Polymer
        The chain, with exactly two ends per repeat unit.
    rule : str
        Id of the linkage or monomer rule.
    mechanism : str
        What the polymerisation is called.
    polymerisations : tuple of str
        Ids of ``tools.core.vocabulary.POLYMERISATIONS``.
    by_product : str
        What leaves; empty for additions.
    conditions : str
        Typical class of conditions.
    prior : float
        How usual the reaction is, for ranking.
    competing : tuple of str
        Other groups of the monomers that react under the same conditions.
    note : str
        A caveat worth showing.
    """

    polymer: Polymer
    rule: str
    mechanism: str
    polymerisations: tuple[str, ...]
    by_product: str
    conditions: str
    prior: float
    competing: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Network:
    """Monomers that react, but not to a linear chain.

    Attributes
    ----------
    rule : str
        Id of the linkage or monomer rule.
    mechanism : str
        What the polymerisation is called.
    functionality : tuple of int
        Reactive groups of each monomer.
    reason : str
        Why the product is no linear chain, in one sentence.
    """

    rule: str
    mechanism: str
    functionality: tuple[int, ...]
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What happens to monomers: linear products, most usual first, and networks."""

    products: tuple[Product, ...]
    networks: tuple[Network, ...]


def polymerise(*monomers: str) -> list[Product]:
    """Polymerise one monomer, or two that alternate.

    Parameters
    ----------
    *monomers : str
        SMILES of one or two monomers.

    Returns
    -------
    list of Product
        Linear polymers, most usual reaction first, one per distinct chain.

    Raises
    ------
    StructureError
        If a monomer cannot be read.
    NotCoveredError
        If no rule applies, or the monomers form a network; the message says which.
    """
    outcome = react(*monomers)
    if outcome.products:
        return list(outcome.products)
    if outcome.networks:
        raise NotCoveredError(
            f"These monomers form no linear chain: {outcome.networks[0].reason}",
            hint="Use monomers with two reactive groups in all, or cap the others.",
        )
    raise NotCoveredError(
        f"No polymerisation rule joins {' and '.join(monomers)}.",
        hint="Check that each monomer carries two reactive groups, a polymerisable double bond or a strained ring.",
    )


def react(*monomers: str) -> Outcome:
    """Find everything that one monomer, or a pair, can polymerise to.

    Parameters
    ----------
    *monomers : str
        SMILES of one or two monomers.

    Returns
    -------
    Outcome
        Linear products and networks; both empty if no rule applies.

    Raises
    ------
    StructureError
        If a monomer cannot be read.
    NotCoveredError
        For three and more monomers: random copolymers have no single repeat unit.
    """
    if not monomers:
        raise StructureError("No monomer was given.", code="empty", hint="Pass one or two SMILES.")
    if len(monomers) > 2:
        raise NotCoveredError(
            "Three or more monomers give a random copolymer, which has no single repeat unit.",
            hint="Pass one monomer, or two that alternate.",
        )
    profiles = [profile(text) for text in monomers]
    if len(profiles) == 2 and profiles[0].smiles != profiles[1].smiles:
        return _collect(_pair(profiles[0], profiles[1]))
    return _collect(_single(profiles[0]))


def react_by(monomer: Profile, allowed: frozenset[str]) -> Outcome:
    """Find what one monomer polymerises to by certain rules only, which is quicker than ``react``.

    Parameters
    ----------
    monomer : Profile
        The monomer.
    allowed : frozenset of str
        Ids of linkages and monomer rules.

    Returns
    -------
    Outcome
        Linear products and networks.
    """
    return _collect(_allowed(monomer, allowed))


def _allowed(monomer: Profile, allowed: frozenset[str]) -> Iterator[Product | Network]:
    rules = rule_set()
    if any(rule.id in allowed for rule in rules.monomer_rules):
        for rule, sites in monomer.chain_sites:
            if rule.id in allowed:
                yield from _apply_rule(monomer, rule, sites)
    for linkage in rules.linkages:
        if linkage.id in allowed:
            for pairing in linkage.pairings:
                a, b = rules.reagents[pairing.a], rules.reagents[pairing.b]
                yield from _self_rule(monomer, a, b, linkage, pairing)


def _collect(found: Iterator[Product | Network]) -> Outcome:
    """Keep one product per chain, the most usual first."""
    best: dict[str, Product] = {}
    networks: dict[str, Network] = {}
    for item in found:
        if isinstance(item, Network):
            networks.setdefault(item.rule, item)
        else:
            known = best.get(item.polymer.key)
            if known is None or (item.prior, known.rule) > (known.prior, item.rule):
                best[item.polymer.key] = item
    products = sorted(best.values(), key=lambda p: (-p.prior, p.polymer.key))
    return Outcome(tuple(products), tuple(networks.values()))


def confirm(polymer: Polymer, rule: str, pairing: Pairing | None, monomers: tuple[str, ...]) -> Product | None:
    """Run one polymerisation forwards and tell whether it gives a polymer.

    Parameters
    ----------
    polymer : Polymer
        The expected chain.
    rule : str
        Id of the linkage or monomer rule.
    pairing : Pairing or None
        Reagents of a linkage; None for a monomer rule.
    monomers : tuple of str
        One or two monomers.

    Returns
    -------
    Product or None
        The product if it is the expected chain.
    """
    profiles = [profile(text) for text in monomers]
    if pairing is None:
        found = _whole(profiles[0], rule) if len(profiles) == 1 else _alternating(profiles[0], profiles[1])
    else:
        rules = rule_set()
        linkage = next(item for item in rules.linkages if item.id == rule)
        a, b = rules.reagents[pairing.a], rules.reagents[pairing.b]
        if len(profiles) == 1:
            found = _self_rule(profiles[0], a, b, linkage, pairing)
        else:
            one, other = profiles
            found = chain(
                _pair_rule(one, other, a, b, linkage, pairing), _pair_rule(other, one, a, b, linkage, pairing)
            )
    return next((p for p in found if isinstance(p, Product) and p.polymer.key == polymer.key), None)


# --- chain growth and ring opening -------------------------------------------------------------------------------


def _whole(monomer: Profile, rule_id: str) -> Iterator[Product | Network]:
    rule = next(item for item in rule_set().monomer_rules if item.id == rule_id)
    sites = monomer.whole(rule)
    if sites:
        yield from _apply_rule(monomer, rule, sites)


def _apply_rule(monomer: Profile, rule: MonomerRule, sites: tuple[Site, ...]) -> Iterator[Product | Network]:
    count = monomer.independent(rule, sites)
    if count > 1:
        yield Network(rule.id, rule.mechanism, (count,), f"the monomer has {count} groups that polymerise.")
        return
    for site in sites if rule.choice else sites[:1]:
        for match in site.matches:
            polymer = _chain_polymer(monomer, rule, match)
            if polymer is not None:
                yield Product(
                    polymer, rule.id, rule.mechanism, rule.polymerisations, rule.by_product, rule.conditions,
                    rule.prior, note=rule.note,
                )  # fmt: skip


def _single(monomer: Profile) -> Iterator[Product | Network]:
    for rule, sites in monomer.chain_sites:
        yield from _apply_rule(monomer, rule, sites)
    for a, b, linkage, pairing in monomer.own_pairs():
        yield from _self_rule(monomer, a, b, linkage, pairing)


def _chain_polymer(monomer: Profile, rule: MonomerRule, match: Match) -> Polymer | None:
    """Apply a whole-monomer rule; its two stars are numbered by order."""
    result = apply_edits(monomer.mol, [(rule.forward, match)], number_stars=True)
    return polymer_of(result) if result is not None else None


# --- step growth -------------------------------------------------------------------------------------------------


def _self_rule(
    monomer: Profile, a: Reagent, b: Reagent, linkage: Linkage, pairing: Pairing
) -> Iterator[Product | Network]:
    sites_a = monomer.at(a.id)
    sites_b = monomer.at(b.id) if sites_a else ()
    if not sites_b:
        return
    groups = monomer.groups(a, b)
    if groups > 2:
        yield Network(linkage.id, linkage.mechanism, (groups,), f"the monomer has {groups} groups that react.")
        return
    for one, other in cartesian(sites_a, sites_b):
        if one.clashes(other):
            continue
        for made in residues_at(monomer, (a, one), (b, other)):
            polymer = join_residues([made])
            if polymer is not None:
                yield _step_product(polymer, linkage, pairing, monomer.competing((a, b)))


def _pair(first: Profile, second: Profile) -> Iterator[Product | Network]:
    for one, other in ((first, second), (second, first)):
        for a, b, linkage, pairing in one.pairs_with(other):
            yield from _pair_rule(one, other, a, b, linkage, pairing)
    yield from _alternating(first, second)


def _pair_rule(
    one: Profile, other: Profile, a: Reagent, b: Reagent, linkage: Linkage, pairing: Pairing
) -> Iterator[Product | Network]:
    """Join two monomers; one of them may carry two different groups that react with the other's like groups."""
    if linkage.self_only:
        return
    count_a = len(one.at(a.id))
    count_b = len(other.at(b.id)) if count_a else 0
    if max(count_a, count_b) > 2 and min(count_a, count_b) >= 2:
        yield Network(
            linkage.id, linkage.mechanism, (count_a, count_b),
            f"the monomers have {count_a} and {count_b} groups that react with each other.",
        )  # fmt: skip
    elif count_a == 2 and count_b == 2:
        yield from _regular(one, (a, a), other, (b, b), linkage, pairing)
    elif count_a == 2 and count_b == 1:
        for partner in other.partners(a, linkage, b):
            yield from _regular(one, (a, a), other, (b, partner), linkage, pairing)
    elif count_a == 1 and count_b == 2:
        for partner in one.electrophiles(b, a):
            yield from _regular(one, (a, partner), other, (b, b), linkage, pairing)


def _regular(
    one: Profile,
    ends_a: tuple[Reagent, Reagent],
    other: Profile,
    ends_b: tuple[Reagent, Reagent],
    linkage: Linkage,
    pairing: Pairing,
) -> Iterator[Product]:
    """Join two bifunctional monomers in both relative directions."""
    left = residues_of(one, ends_a)
    right = residues_of(other, ends_b)
    competing = one.competing(ends_a) + other.competing(ends_b)
    for a, b in cartesian(left, right):
        for second in (b, b.reversed()) if not (a.symmetric or b.symmetric) else (b,):
            polymer = join_residues([a, second])
            if polymer is not None:
                yield _step_product(polymer, linkage, pairing, competing)


def _step_product(polymer: Polymer, linkage: Linkage, pairing: Pairing, competing: tuple[str, ...]) -> Product:
    return Product(
        polymer, linkage.id, linkage.mechanism, linkage.polymerisations, pairing.by_product, pairing.conditions,
        linkage.prior, competing,
    )  # fmt: skip


# --- alternating chain copolymers --------------------------------------------------------------------------------


def _alternating(first: Profile, second: Profile) -> Iterator[Product]:
    """Alternate an electron-poor cyclic alkene (maleic anhydride, maleimide) with an electron-rich one."""
    for one, other in ((first, second), (second, first)):
        acceptor, donor = one.acceptor_rule(), other.donor_rule()
        if acceptor is None or donor is None:
            continue
        rule_a, site_a = acceptor
        rule_d, site_d = donor
        unit_a = apply_edits(one.mol, [(rule_a.forward, site_a.matches[0])], number_stars=True)
        unit_d = apply_edits(other.mol, [(rule_d.forward, site_d.matches[0])], number_stars=True)
        if unit_a is None or unit_d is None:
            continue
        for b in (residue(unit_d), residue(unit_d).reversed()):
            polymer = join_residues([residue(unit_a), b])
            if polymer is not None:
                yield Product(
                    polymer, "alternating", "alternating radical copolymerisation", ("chain_growth", "radical"), "",
                    "radical initiator in solution, with heating", 68.0,
                    note="alternation is regular only for strong donor-acceptor pairs",
                )  # fmt: skip


__all__ = ["Network", "Outcome", "Product", "confirm", "polymerise", "react", "react_by"]
