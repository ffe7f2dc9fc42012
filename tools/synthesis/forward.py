"""Forwards: monomers to the repeat unit they polymerise to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product as cartesian

from rdkit import Chem

from tools.core.errors import NotCoveredError, StructureError
from tools.core.polymer import Polymer
from tools.core.word import Word, canonical_word, pieces_of
from tools.synthesis.rules import Linkage, MonomerRule, Pairing, Reagent
from tools.synthesis.sites import Profile, Site, profile
from tools.synthesis.query import Match
from tools.synthesis.transforms import Transform, apply_edits


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


# --- chain growth and ring opening -------------------------------------------------------------------------------


def _single(monomer: Profile) -> Iterator[Product | Network]:
    for rule, sites in monomer.chain_sites:
        count = monomer.independent(rule, sites)
        if count > 1:
            yield Network(rule.id, rule.mechanism, (count,), f"the monomer has {count} groups that polymerise.")
            continue
        for site in sites if rule.choice else sites[:1]:
            for match in site.matches:
                polymer = _chain_polymer(monomer, rule, match)
                if polymer is not None:
                    yield Product(
                        polymer, rule.id, rule.mechanism, rule.polymerisations, rule.by_product, rule.conditions,
                        rule.prior, note=rule.note,
                    )  # fmt: skip
    yield from _self_condensation(monomer)


def _chain_polymer(monomer: Profile, rule: MonomerRule, match: Match) -> Polymer | None:
    """Apply a whole-monomer rule; its two stars are numbered by order."""
    result = apply_edits(monomer.mol, [(rule.forward, match)], number_stars=True)
    return _polymer(result) if result is not None else None


def _polymer(unit: Chem.Mol) -> Polymer | None:
    stars = sum(atom.GetAtomicNum() == 0 for atom in unit.GetAtoms())
    if stars != 2:
        return None
    try:
        return Polymer("|".join(canonical_word(pieces_of(unit))))
    except StructureError:
        return None


# --- step growth -------------------------------------------------------------------------------------------------


def _self_condensation(monomer: Profile) -> Iterator[Product | Network]:
    for reagent_a, reagent_b, linkage, pairing in monomer.own_pairs():
        sites_a, sites_b = monomer.sites[reagent_a.id], monomer.sites[reagent_b.id]
        groups = monomer.groups(reagent_a, reagent_b)
        if groups > 2:
            yield Network(linkage.id, linkage.mechanism, (groups,), f"the monomer has {groups} groups that react.")
            continue
        for one, other in cartesian(sites_a, sites_b):
            if one.clashes(other):
                continue
            for residue in _residues(monomer, (reagent_a, one), (reagent_b, other)):
                polymer = join_residues([residue])
                if polymer is not None:
                    yield _step_product(polymer, linkage, pairing, monomer.competing((reagent_a, reagent_b)))


def _pair(first: Profile, second: Profile) -> Iterator[Product | Network]:
    for one, other in ((first, second), (second, first)):
        for reagent_a, reagent_b, linkage, pairing in one.pairs_with(other):
            count_a, count_b = len(one.sites[reagent_a.id]), len(other.sites[reagent_b.id])
            if max(count_a, count_b) > 2 and min(count_a, count_b) >= 2:
                yield Network(
                    linkage.id, linkage.mechanism, (count_a, count_b),
                    f"the monomers have {count_a} and {count_b} groups that react with each other.",
                )  # fmt: skip
            if count_a == 2 and count_b == 2:
                yield from _regular(one, (reagent_a, reagent_a), other, (reagent_b, reagent_b), linkage, pairing)
            elif count_a == 2 and count_b == 1:
                for partner in other.partners(reagent_a, linkage, reagent_b):
                    yield from _regular(one, (reagent_a, reagent_a), other, (reagent_b, partner), linkage, pairing)
            elif count_a == 1 and count_b == 2:
                for partner in one.electrophiles(reagent_b, reagent_a):
                    yield from _regular(one, (reagent_a, partner), other, (reagent_b, reagent_b), linkage, pairing)
    yield from _alternating(first, second)


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
        for second in ((b, b.reversed()) if not (a.symmetric or b.symmetric) else (b,)):
            polymer = join_residues([a, second])
            if polymer is not None:
                yield _step_product(polymer, linkage, pairing, competing)


def _step_product(polymer: Polymer, linkage: Linkage, pairing: Pairing, competing: tuple[str, ...]) -> Product:
    return Product(
        polymer, linkage.id, linkage.mechanism, linkage.polymerisations, pairing.by_product, pairing.conditions,
        linkage.prior, competing,
    )  # fmt: skip


@dataclass(frozen=True)
class Residue:
    """What a monomer contributes to the chain.

    Attributes
    ----------
    mol : Chem.Mol
        Fragment with stars of isotope 1 and 2.
    word : tuple of str
        Its backbone pieces from 1 to 2; empty if a chain end carries a double bond.
    symmetric : bool
        True if both directions are the same.
    """

    mol: Chem.Mol
    word: Word
    symmetric: bool

    def reversed(self) -> Residue:
        """Return the same residue read the other way."""
        mol = Chem.Mol(self.mol)
        for atom in mol.GetAtoms():
            if atom.GetAtomicNum() == 0:
                atom.SetIsotope(3 - atom.GetIsotope())
        return _residue(mol)


def _residue(mol: Chem.Mol) -> Residue:
    single = all(
        atom.GetBonds()[0].GetBondType() == Chem.BondType.SINGLE for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0
    )
    if not single:
        return Residue(mol, (), symmetric=False)
    word = pieces_of(mol)
    swapped = Chem.Mol(mol)
    for atom in swapped.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetIsotope(3 - atom.GetIsotope())
    return Residue(mol, word, symmetric=pieces_of(swapped) == word)


@lru_cache(maxsize=16_384)
def residues_of(monomer: Profile, ends: tuple[Reagent, Reagent]) -> tuple[Residue, ...]:
    """Return every residue of a monomer that reacts through these two groups.

    Parameters
    ----------
    monomer : Profile
        The monomer.
    ends : tuple of Reagent
        The groups at its two ends; the same reagent twice for two like groups.

    Returns
    -------
    tuple of Residue
        Distinct residues; several where a site can react in more than one way.
    """
    first, second = ends
    sites = monomer.sites
    if first.id == second.id:
        pairs = [(sites[first.id][0], sites[first.id][1])]
    else:
        pairs = [(a, b) for a in sites[first.id] for b in sites[second.id] if not a.clashes(b)]
    found: dict[Word | str, Residue] = {}
    for a, b in pairs:
        for residue in _residues(monomer, (first, a), (second, b)):
            found.setdefault(residue.word or Chem.MolToSmiles(residue.mol), residue)
    return tuple(found.values())


def _residues(monomer: Profile, *ends: tuple[Reagent, Site]) -> Iterator[Residue]:
    choices: list[list[tuple[Transform, Match]]] = [
        [(reagent.forward, match) for match in site.matches] for reagent, site in ends
    ]
    for edits in cartesian(*choices):
        mol = apply_edits(monomer.mol, list(edits))
        if mol is not None and sum(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms()) == 2:
            yield _residue(mol)


def join_residues(residues: list[Residue]) -> Polymer | None:
    """Join residues end to start into a chain.

    Parameters
    ----------
    residues : list of Residue
        In chain order.

    Returns
    -------
    Polymer or None
        None where the ends do not fit.
    """
    if all(residue.word for residue in residues):
        word = tuple(piece for residue in residues for piece in residue.word)
        return Polymer("|".join(canonical_word(word)))
    unit = _join_multiple(residues)
    return _polymer(unit) if unit is not None else None


def _join_multiple(residues: list[Residue]) -> Chem.Mol | None:
    """Join residues whose ends carry double bonds; the outer stars stay."""
    mol = Chem.RWMol(residues[0].mol)
    for residue in residues[1:]:
        offset = mol.GetNumAtoms()
        end = next(a for a in mol.GetAtoms() if a.GetAtomicNum() == 0 and a.GetIsotope() == 2).GetIdx()
        mol.InsertMol(residue.mol)
        start = next(
            a.GetIdx() for a in mol.GetAtoms() if a.GetIdx() >= offset and a.GetAtomicNum() == 0 and a.GetIsotope() == 1
        )
        left, right = mol.GetAtomWithIdx(end).GetNeighbors()[0], mol.GetAtomWithIdx(start).GetNeighbors()[0]
        order = mol.GetBondBetweenAtoms(end, left.GetIdx()).GetBondType()
        if order != mol.GetBondBetweenAtoms(start, right.GetIdx()).GetBondType():
            return None
        mol.AddBond(left.GetIdx(), right.GetIdx(), order)
        for star in sorted((end, start), reverse=True):
            mol.RemoveAtom(star)
    failed = Chem.SanitizeMol(mol, catchErrors=True)
    return mol.GetMol() if failed == Chem.SanitizeFlags.SANITIZE_NONE else None


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
        for b in (_residue(unit_d), _residue(unit_d).reversed()):
            polymer = join_residues([_residue(unit_a), b])
            if polymer is not None:
                yield Product(
                    polymer, "alternating", "alternating radical copolymerisation", ("chain_growth", "radical"), "",
                    "radical initiator in solution, 60-80 °C", 68.0,
                    note="alternation is regular only for strong donor-acceptor pairs",
                )  # fmt: skip


__all__ = ["Network", "Outcome", "Product", "Residue", "join_residues", "polymerise", "react", "residues_of"]
