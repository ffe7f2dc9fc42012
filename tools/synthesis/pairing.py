"""Two monomers that alternate: which chains they give, when they form a network and when one ends the chains."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product as cartesian

from rdkit import Chem

from tools.core.polymer import Polymer
from tools.synthesis.leaving import by_product
from tools.synthesis.outcome import Network, Product, Stopper
from tools.synthesis.residues import Residue, join_residues, residue, residues_at, residues_of
from tools.synthesis.rule_types import Linkage, Pairing, PairRule, Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import Profile, Site, find_sites
from tools.synthesis.transforms import Transform, apply_edits

Found = Product | Network | Stopper
_LINEAR_ANALOGUE = "linear analogue: the secondary amines react as well, so that the real product is a network"


def pair(first: Profile, second: Profile) -> Iterator[Found]:
    """Find everything that two different monomers give.

    Parameters
    ----------
    first, second : Profile
        The monomers.

    Returns
    -------
    iterator of Product, Network or Stopper
        One chain may come more than once.
    """
    for one, other in ((first, second), (second, first)):
        for a, b, linkage, pairing in one.pairs_with(other):
            yield from pair_rule(one, other, a, b, linkage, pairing)
        for rule in rule_set().pair_rules:
            yield from _pair_whole(one, other, rule)
    yield from alternating(first, second)


def together(first: Profile, second: Profile, rule: str) -> Iterator[Found]:
    """Find what two monomers give by one pair rule, or as alternating copolymer.

    Parameters
    ----------
    first, second : Profile
        The monomers, in either order.
    rule : str
        Id of a pair rule, or ``"alternating"``.

    Returns
    -------
    iterator of Product, Network or Stopper
        Empty if the rule does not apply.
    """
    chosen = next((item for item in rule_set().pair_rules if item.id == rule), None)
    if chosen is None:
        yield from alternating(first, second)
    else:
        yield from _pair_whole(first, second, chosen)
        yield from _pair_whole(second, first, chosen)


# --- two groups each ---------------------------------------------------------------------------------------------


def pair_rule(
    one: Profile, other: Profile, a: Reagent, b: Reagent, linkage: Linkage, pairing: Pairing
) -> Iterator[Found]:
    """Join two monomers by one pair of reagents.

    Parameters
    ----------
    one, other : Profile
        The monomers that bring ``a`` and ``b``. One of them may carry two different groups that react with the
        other's like groups.
    a, b : Reagent
        The groups.
    linkage, pairing : Linkage, Pairing
        The bond and how it is made.

    Returns
    -------
    iterator of Product, Network or Stopper
        Chains in both relative directions of the monomers.
    """
    if linkage.self_only or any(m.at(group) for group in linkage.spoiled_by for m in (one, other)):
        return
    count_a = len(one.at(a.id))
    count_b = len(other.at(b.id)) if count_a else 0
    if not count_b:
        return
    note = ""
    if pairing.each_hydrogen:
        hydrogens = [other.hydrogens(site) for site in other.at(b.id)]
        if count_a == 2 and hydrogens == [2]:
            yield from _twice(one, a, other, b, linkage, pairing)
            return
        if linkage.doubled and count_a >= 2 and sum(hydrogens) > 2:
            yield _network(linkage.id, linkage.mechanism, (count_a, sum(hydrogens)))
            note = _LINEAR_ANALOGUE
    if max(count_a, count_b) > 2 and min(count_a, count_b) >= 2:
        yield _network(linkage.id, linkage.mechanism, (count_a, count_b))
    elif count_a == 2 and count_b == 2:
        yield from _regular(one, (a, a), other, (b, b), linkage, (pairing, pairing), note)
    elif min(count_a, count_b) == 1:
        yield from _unequal(one, other, a, b, linkage, pairing, (count_a, count_b))


def _unequal(
    one: Profile, other: Profile, a: Reagent, b: Reagent, linkage: Linkage, pairing: Pairing, counts: tuple[int, int]
) -> Iterator[Found]:
    """One monomer brings a single such group: it needs a second group of another kind, or it ends the chain."""
    found = False
    rules = rule_set()
    if counts == (2, 1):
        for partner in other.partners(a, linkage, b):
            found = True
            second = rules.pairs[(a.id, partner.id)][0][1]
            yield from _regular(one, (a, a), other, (b, partner), linkage, (pairing, second))
    elif counts == (1, 2):
        for partner in one.electrophiles(b, a):
            found = True
            second = rules.pairs[(partner.id, b.id)][0][1]
            yield from _regular(one, (a, partner), other, (b, b), linkage, (pairing, second))
        for made in _mixed(one, other, a, b, linkage, pairing):
            found = True
            yield made
    if not found:
        yield from _stoppers(one, other, linkage, counts)


def _stoppers(one: Profile, other: Profile, linkage: Linkage, counts: tuple[int, int]) -> Iterator[Stopper]:
    for monomer, count in ((one, counts[0]), (other, counts[1])):
        if count == 1:
            yield _stopper(linkage.id, linkage.mechanism, monomer)


def _stopper(rule: str, mechanism: str, monomer: Profile) -> Stopper:
    return Stopper(
        rule, mechanism, monomer.smiles, f"{monomer.smiles} has a single reactive group, so that it ends every chain."
    )


def _network(rule: str, mechanism: str, counts: tuple[int, int]) -> Network:
    return Network(
        rule, mechanism, counts, f"the monomers have {counts[0]} and {counts[1]} groups that react with each other."
    )


def _regular(
    one: Profile,
    ends_a: tuple[Reagent, Reagent],
    other: Profile,
    ends_b: tuple[Reagent, Reagent],
    linkage: Linkage,
    pairings: tuple[Pairing, Pairing],
    note: str = "",
) -> Iterator[Product]:
    """Join two bifunctional monomers in both relative directions."""
    left = residues_of(one, ends_a)
    right = residues_of(other, ends_b)
    for a, b in cartesian(left, right):
        for second in (b, b.reversed()) if not (a.symmetric or b.symmetric) else (b,):
            polymer = join_residues([a, second])
            if polymer is not None:
                yield step_product(polymer, linkage, pairings, (one, ends_a), (other, ends_b), note)


def _mixed(
    one: Profile, other: Profile, a: Reagent, b: Reagent, linkage: Linkage, pairing: Pairing
) -> Iterator[Product]:
    """Join a monomer with two different groups to one whose two like groups react with each in another way.

    Trimellitic anhydride chloride is such a monomer: a diamine forms an imide at one end and an amide at the other.
    """
    rules = rule_set()
    used = one.at(a.id)[0]
    for partner_id, sites in one.sites.items():
        if partner_id == a.id or len(sites) != 1 or sites[0].clashes(used):
            continue
        partner = rules.reagents[partner_id]
        for second_id, places in other.sites.items():
            joined = rules.pairs.get((partner_id, second_id), ())
            if second_id == b.id or len(places) != 2 or not joined or joined[0][0].self_only:
                continue
            second = rules.reagents[second_id]
            if linkage.prior < joined[0][0].prior:
                continue
            pairings = (pairing, joined[0][1])
            for left, right in cartesian(residues_of(one, (a, partner)), residues_of(other, (second, b))):
                polymer = join_residues([left, right])
                if polymer is not None:
                    yield step_product(polymer, linkage, pairings, (one, (a, partner)), (other, (b, second)))


def _twice(
    one: Profile, a: Reagent, other: Profile, b: Reagent, linkage: Linkage, pairing: Pairing
) -> Iterator[Product]:
    """Join a monomer with two like groups to a primary amine, both of whose hydrogen atoms react."""
    site = other.at(b.id)[0]
    for left, right in cartesian(residues_of(one, (a, a)), residues_at(other, (b, site), (b, site))):
        polymer = join_residues([left, right])
        if polymer is not None:
            yield step_product(polymer, linkage, (pairing, pairing), (one, (a, a)), (other, (b, b)))


def step_product(
    polymer: Polymer,
    linkage: Linkage,
    pairings: tuple[Pairing, ...],
    one: tuple[Profile, tuple[Reagent, ...]],
    other: tuple[Profile, tuple[Reagent, ...]],
    note: str = "",
) -> Product:
    """Describe a chain made by step growth.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    linkage : Linkage
        Its most telling bond.
    pairings : tuple of Pairing
        How the bonds at both ends of a monomer are made.
    one, other : tuple of (Profile, tuple of Reagent)
        The monomers with the groups that react, electrophiles first; the same monomer twice if there is one only.
    note : str
        A caveat.

    Returns
    -------
    Product
        With the by-product that these very monomers set free.
    """
    left: list[str] = []
    for pairing, a, b in zip(pairings, one[1], other[1], strict=True):
        name = by_product(
            pairing.by_product, one[0].mol, one[0].at(a.id)[0].deleted, other[0].mol, other[0].at(b.id)[0].deleted
        )
        left.extend(part for part in (name,) if part and part not in left)
    if other[0] is one[0]:
        competing = one[0].competing((*one[1], *other[1]))
    else:
        competing = one[0].competing(one[1]) + other[0].competing(other[1])
    return Product(
        polymer, linkage.id, pairings[0].mechanism or linkage.mechanism, linkage.polymerisations, ", ".join(left),
        pairings[0].conditions, linkage.prior, competing, note,
    )  # fmt: skip


# --- one monomer enters whole ------------------------------------------------------------------------------------


def _pair_whole(one: Profile, other: Profile, rule: PairRule) -> Iterator[Found]:
    units = _units(other, rule.second)
    if not units:
        return
    if not rule.by_groups:
        partners = _units(one, rule.first)
        if not partners:
            return
        counts = (_places(one, rule.first), _places(other, rule.second))
        if counts != (1, 1):
            yield _network(rule.id, rule.mechanism, counts)
            return
        made = [[left, right] for left in partners for right in units]
    else:
        reagent = rule_set().reagents[rule.one]
        sites = one.at(reagent.id)
        hydrogens = sum(one.hydrogens(site) for site in sites) if rule.each_hydrogen else 0
        counts = (max(len(sites), hydrogens), _places(other, rule.second))
        if counts[0] == 1 and counts[1] == 1:
            yield _stopper(rule.id, rule.mechanism, one)
        if counts[0] > 2 or (counts[0] == 2 and counts[1] > 1):
            yield _network(rule.id, rule.mechanism, counts)
        if counts != (2, 1) or len(sites) != 2:
            return
        made = [
            [left, right]
            for left in residues_of(one, (reagent, reagent))
            for unit in units
            for right in ((unit,) if left.symmetric or unit.symmetric else (unit, unit.reversed()))
        ]
    for residues in made:
        polymer = join_residues(residues)
        if polymer is not None:
            yield _whole_product(polymer, rule)


def _whole_product(polymer: Polymer, rule: PairRule) -> Product:
    return Product(
        polymer, rule.id, rule.mechanism, rule.polymerisations, rule.by_product, rule.conditions, rule.prior,
        note=rule.note,
    )  # fmt: skip


def _places(monomer: Profile, edit: Transform) -> int:
    """Count groups that can react at the same time: the two C-O bonds of an epoxide are one group."""
    apart: list[Site] = []
    rings = [set(ring) for ring in monomer.mol.GetRingInfo().AtomRings()]
    for site in find_sites(monomer.mol, edit, monomer.elements):
        near = any(
            site.kept & known.kept or any(ring & site.kept and ring & known.kept for ring in rings) for known in apart
        )
        if not near:
            apart.append(site)
    return len(apart)


def _units(monomer: Profile, edit: Transform) -> list[Residue]:
    """Return the distinct ways in which a monomer enters the chain whole."""
    found: dict[str, Residue] = {}
    for site in find_sites(monomer.mol, edit, monomer.elements, variants=True):
        for match in site.matches:
            mol = apply_edits(monomer.mol, [(edit, match)], number_stars=True)
            if mol is not None:
                found.setdefault(Chem.MolToSmiles(mol), residue(mol))
    return list(found.values())


# --- alternating chain copolymers --------------------------------------------------------------------------------


def alternating(first: Profile, second: Profile) -> Iterator[Product]:
    """Alternate an electron-poor cyclic alkene (maleic anhydride, maleimide) with an electron-rich one.

    Parameters
    ----------
    first, second : Profile
        The monomers, in either order.

    Returns
    -------
    iterator of Product
        Both relative directions.
    """
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
