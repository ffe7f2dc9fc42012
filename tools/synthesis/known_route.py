"""The route of a polymer whose monomers and rule are known, without looking for it."""

from __future__ import annotations

from functools import lru_cache

from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.synthesis.forward import react
from tools.synthesis.monomers import known
from tools.synthesis.outcome import Product
from tools.synthesis.pairing import step_product
from tools.synthesis.route import Monomer, Route
from tools.synthesis.rule_types import Linkage, MonomerRule
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import profile

_KEPT = 65_536


def known_route(polymer: Polymer, monomers: tuple[str, ...], rule: str) -> Route | None:
    """Describe the route by which a source of candidates made a polymer.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    monomers : tuple of str
        Canonical SMILES of the one or two monomers that it was made from.
    rule : str
        Id of the linkage or monomer rule that joined them.

    Returns
    -------
    Route or None
        Its route, with the groups that compete; None if these monomers do not give the polymer. Where the same bonds
        have a more special rule (amines on acrylates), the route names that one.
    """
    linkage, whole = _linkages().get(rule), _wholes().get(rule)
    if whole is not None and len(monomers) == 1:
        return _chain(monomers[0], whole)
    product = None
    if linkage is not None and len(monomers) == 2:
        product = _regular(polymer, monomers, linkage)
    product = product or _ran(polymer, monomers, rule)
    return None if product is None else _route(monomers, product)


def _route(monomers: tuple[str, ...], product: Product) -> Route:
    return Route(
        tuple(map(_monomer, monomers)), product.rule, product.mechanism, product.polymerisations, product.conditions,
        product.by_product, verified=True, score=product.prior, competing=product.competing, note=product.note,
    )  # fmt: skip


@lru_cache(maxsize=_KEPT)
def _chain(monomer: str, rule: MonomerRule) -> Route:
    return Route(
        (_monomer(monomer),), rule.id, rule.mechanism, rule.polymerisations, rule.conditions, rule.by_product,
        verified=True, score=rule.prior, note=rule.note,
    )  # fmt: skip


def _regular(polymer: Polymer, monomers: tuple[str, ...], linkage: Linkage) -> Product | None:
    """Describe the chain where one monomer carries two a groups and the other two b groups, by the usual reagents."""
    rules = rule_set()
    for pairing in linkage.pairings:
        for first, second in (monomers, monomers[::-1]):
            if _count(first, pairing.a) == 2 and _count(second, pairing.b) == 2:
                if pairing.each_hydrogen:
                    return None  # how many hydrogens react is for the forward run to say
                a, b = rules.reagents[pairing.a], rules.reagents[pairing.b]
                ends = ((profile(first), (a, a)), (profile(second), (b, b)))
                return step_product(polymer, linkage, (pairing, pairing), *ends)
    return None


@lru_cache(maxsize=_KEPT)
def _count(monomer: str, reagent: str) -> int:
    return len(profile(monomer).at(reagent))


def _ran(polymer: Polymer, monomers: tuple[str, ...], rule: str) -> Product | None:
    """Run the polymerisation forwards and take the product that is the polymer, by that rule if there is a choice."""
    try:
        products = react(*monomers).products
    except PolysmithError:  # monomers that the rules cannot read give no route
        return None
    same = [product for product in products if product.polymer.key == polymer.key]
    return next((product for product in same if product.rule == rule), same[0] if same else None)


@lru_cache(maxsize=_KEPT)
def _monomer(smiles: str) -> Monomer:
    entry = known(smiles)
    return Monomer(smiles, entry.name, entry.source) if entry else Monomer(smiles)


@lru_cache(maxsize=1)
def _linkages() -> dict[str, Linkage]:
    return {linkage.id: linkage for linkage in rule_set().linkages}


@lru_cache(maxsize=1)
def _wholes() -> dict[str, MonomerRule]:
    return {rule.id: rule for rule in rule_set().monomer_rules}
