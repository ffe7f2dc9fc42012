"""Forwards: monomers to the repeat unit they polymerise to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from itertools import product as cartesian

from rdkit import Chem

from tools.core.errors import NotCoveredError, StructureError
from tools.core.polymer import Polymer
from tools.synthesis.outcome import Network, Outcome, Product, Stopper
from tools.synthesis.pairing import Found, pair, pair_rule, step_product, together
from tools.synthesis.query import Match
from tools.synthesis.residues import join_residues, polymer_of, residues_at
from tools.synthesis.rule_types import Linkage, MonomerRule, Pairing, Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.salts import read_monomers
from tools.synthesis.sites import Profile, Site, profile
from tools.synthesis.transforms import apply_edits

_CYCLOPHANE = "paracyclophane"
_LARGEST_BRIDGE = 12
_NO_SUCH_RING = "a ring of this size that spans an arene is too strained to be made: on paper only"
_ALKENE = Chem.MolFromSmarts("[CH2]=[CX3;!$(CC=C)]")


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
    if outcome.stoppers:
        raise NotCoveredError(
            f"These monomers form no long chain: {outcome.stoppers[0].reason}",
            hint="Use monomers with two reactive groups each; add monofunctional ones only to limit the molar mass.",
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
        SMILES of one or two monomers; a salt of two (nylon salt) counts as two.

    Returns
    -------
    Outcome
        Linear products, networks and chain stoppers; all empty if no rule applies.

    Raises
    ------
    StructureError
        If a monomer cannot be read.
    NotCoveredError
        For three and more monomers: random copolymers have no single repeat unit.
    """
    if not monomers:
        raise StructureError("No monomer was given.", code="empty", hint="Pass one or two SMILES.")
    texts = [part for text in monomers for part in read_monomers(text)]
    if len(texts) > 2:
        raise NotCoveredError(
            "Three or more monomers give a random copolymer, which has no single repeat unit.",
            hint="Pass one monomer, or two that alternate.",
        )
    profiles = [profile(text) for text in texts]
    if len(profiles) == 2 and profiles[0].smiles != profiles[1].smiles:
        return _collect(pair(profiles[0], profiles[1]))
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


def _collect(found: Iterable[Found]) -> Outcome:
    """Keep one product per chain, the most usual first."""
    best: dict[str, Product] = {}
    networks: dict[str, Network] = {}
    stoppers: dict[str, Stopper] = {}
    for item in found:
        if isinstance(item, Network):
            networks.setdefault(item.rule, item)
        elif isinstance(item, Stopper):
            stoppers.setdefault(item.monomer, item)
        else:
            known = best.get(item.polymer.key)
            if known is None or (item.prior, known.rule) > (known.prior, item.rule):
                best[item.polymer.key] = item
    products = sorted(best.values(), key=lambda p: (-p.prior, p.polymer.key))
    return Outcome(tuple(products), tuple(networks.values()), tuple(stoppers.values()))


def confirm(polymer: Polymer, rule: str, pairing: Pairing | None, monomers: Sequence[str | Profile]) -> Product | None:
    """Run one polymerisation forwards and tell whether it gives a polymer.

    Parameters
    ----------
    polymer : Polymer
        The expected chain.
    rule : str
        Id of the linkage or monomer rule.
    pairing : Pairing or None
        Reagents of a linkage; None for a monomer rule.
    monomers : sequence of str or Profile
        One or two monomers; those whose groups are already known need not be read again.

    Returns
    -------
    Product or None
        The product if it is the expected chain.
    """
    profiles = [profile(monomer) if isinstance(monomer, str) else monomer for monomer in monomers]
    if pairing is None:
        found: Iterable[Found] = (
            _whole(profiles[0], rule) if len(profiles) == 1 else together(profiles[0], profiles[1], rule)
        )
    else:
        rules = rule_set()
        linkage = next(item for item in rules.linkages if item.id == rule)
        a, b = rules.reagents[pairing.a], rules.reagents[pairing.b]
        if len(profiles) == 1:
            found = _self_rule(profiles[0], a, b, linkage, pairing)
        else:
            one, other = profiles
            found = chain(pair_rule(one, other, a, b, linkage, pairing), pair_rule(other, one, a, b, linkage, pairing))
    return next((p for p in found if isinstance(p, Product) and p.polymer.key == polymer.key), None)


# --- chain growth and ring opening -------------------------------------------------------------------------------


def _whole(monomer: Profile, rule_id: str) -> Iterator[Product | Network]:
    rule = next(item for item in rule_set().monomer_rules if item.id == rule_id)
    sites = monomer.whole(rule)
    if sites:
        yield from _apply_rule(monomer, rule, sites)


def _apply_rule(monomer: Profile, rule: MonomerRule, sites: tuple[Site, ...]) -> Iterator[Product | Network]:
    note = rule.note
    if rule.opens_ring and rule.id != _CYCLOPHANE and _bridges_arene(monomer.mol):
        note = _NO_SUCH_RING
    count = monomer.independent(rule, sites)
    if count > 1:
        yield Network(rule.id, rule.mechanism, (count,), f"the monomer has {count} groups that polymerise.")
        return
    competing = _other_alkenes(monomer, sites[0]) if rule.family == "alkene" else ()
    for site in sites if rule.choice else (_gentlest(monomer, sites),):
        for match in site.matches:
            polymer = _chain_polymer(monomer, rule, match)
            if polymer is not None:
                yield Product(
                    polymer, rule.id, rule.mechanism, rule.polymerisations, rule.by_product, rule.conditions,
                    rule.prior, competing, note,
                )  # fmt: skip


def _bridges_arene(mol: Chem.Mol) -> bool:
    """Tell whether a ring of up to twelve atoms spans an arene between meta or para atoms."""
    rings = mol.GetRingInfo().AtomRings()
    arenes = [set(ring) for ring in rings if mol.GetAtomWithIdx(ring[0]).GetIsAromatic()]
    return any(
        len(ring) <= _LARGEST_BRIDGE and not arene.issuperset(ring) and len(arene.intersection(ring)) > 2
        for ring in rings
        for arene in arenes
    )


def _gentlest(monomer: Profile, sites: tuple[Site, ...]) -> Site:
    """Of like sites, take the one that leaves stereocentres alone: epoxides open at their unsubstituted carbon."""
    plain = Chem.ChiralType.CHI_UNSPECIFIED
    return min(sites, key=lambda s: sum(monomer.mol.GetAtomWithIdx(i).GetChiralTag() != plain for i in s.kept))


def _other_alkenes(monomer: Profile, used: Site) -> tuple[str, ...]:
    """Name double bonds beside the one that polymerises, which would crosslink the chains."""
    found = monomer.mol.GetSubstructMatches(_ALKENE)
    return ("second alkene",) if any(used.kept.isdisjoint(pair) for pair in found) else ()


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
    if not sites_b or any(monomer.at(group) for group in linkage.spoiled_by):
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
                yield step_product(polymer, linkage, (pairing,), (monomer, (a,)), (monomer, (b,)))


__all__ = ["Network", "Outcome", "Product", "Stopper", "confirm", "polymerise", "react", "react_by"]
