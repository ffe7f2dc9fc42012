"""The rules against a list of polymerisations written from textbook knowledge, independent of any data set.

``polymerisations.csv``: chemistry, monomers (joined by " + "), outcome, repeat units that must be among the products
(joined by " | "), kinds of polymerisation of which one must be named, by-product (parts of its name, joined by "|";
empty for none). Flags: "first" for the most usual product, "competing" where other groups react as well, "no_stereo"
where double-bond and chiral marks are not compared.
"""

import csv
import re
from pathlib import Path

import pytest

from tools.core.errors import NotCoveredError, StructureError
from tools.core.polymer import Polymer
from tools.core.vocabulary import POLYMERISATIONS
from tools.synthesis.forward import polymerise, react
from tools.synthesis.rules import rule_set

with (Path(__file__).parent / "polymerisations.csv").open(encoding="utf-8") as stream:
    CASES = list(csv.DictReader(stream))

ALL_MONOMERS = [tuple(case["monomers"].split(" + ")) for case in CASES]


def cases(outcome):
    chosen = [case for case in CASES if case["outcome"] == outcome]
    return [pytest.param(case, id=f"{case['chemistry']}: {case['monomers']}") for case in chosen]


def kind_of(product):
    ids = set(product.polymerisations)
    for found, kind in (("romp", "romp"), ("ring_opening", "ring_opening"), ("polycondensation", "polycondensation")):
        if found in ids:
            return kind
    if "step_growth" in ids:
        return "coupling" if "coupling" in ids else "polyaddition"
    return "radical" if "radical" in ids else "chain"


def key_of(unit, *, stereo):
    return Polymer.from_smiles(unit if stereo else re.sub(r"[/\\@]", "", unit)).key


@pytest.mark.parametrize("case", cases("linear"))
def test_monomers_give_the_textbook_chain(case):
    stereo = "no_stereo" not in case["flags"]
    products = polymerise(*case["monomers"].split(" + "))
    by_key = {}
    for product in products:
        by_key.setdefault(key_of(product.polymer.smiles, stereo=stereo), product)
    units = case["units"].split(" | ") if case["units"] else [products[0].polymer.smiles]
    for unit in units:
        product = by_key.get(key_of(unit, stereo=stereo))
        assert product is not None, [found.polymer.smiles for found in products]
        assert not case["kinds"] or kind_of(product) in case["kinds"].split()
        wanted = case["by_product"].split("|")
        assert any(name in product.by_product for name in wanted) if wanted != [""] else product.by_product == ""
        assert "competing" not in case["flags"] or product.competing
        assert "first" not in case["flags"] or product is products[0]


@pytest.mark.parametrize("case", cases("network"))
def test_networks_are_reported(case):
    outcome = react(*case["monomers"].split(" + "))
    assert outcome.networks
    assert all("network" in product.note for product in outcome.products)


@pytest.mark.parametrize("case", cases("stopper"))
def test_monofunctional_monomers_are_chain_stoppers(case):
    monomers = case["monomers"].split(" + ")
    outcome = react(*monomers)
    assert not outcome.products
    assert outcome.stoppers
    with pytest.raises(NotCoveredError, match=r"single reactive group|no linear chain"):
        polymerise(*monomers)


@pytest.mark.parametrize("case", cases("nothing"))
def test_what_does_not_polymerise_is_refused(case):
    monomers = case["monomers"].split(" + ")
    outcome = react(*monomers)
    assert not (outcome.products or outcome.networks)
    with pytest.raises(NotCoveredError, match=r"No polymerisation rule|single reactive group"):
        polymerise(*monomers)


def test_every_product_is_complete_and_distinct():
    known = set(POLYMERISATIONS)
    count = 0
    for monomers in ALL_MONOMERS:
        products = react(*monomers).products
        assert len({product.polymer.key for product in products}) == len(products), monomers
        for product in products:
            count += 1
            assert product.polymer.smiles.count("*") == 2
            assert Polymer.from_smiles(product.polymer.smiles).key == product.polymer.key
            assert product.mechanism and product.conditions and product.rule
            assert product.polymerisations and set(product.polymerisations) <= known
            condenses = "polycondensation" in product.polymerisations
            assert bool(product.by_product) or not condenses, (monomers, product.rule)
    assert count > 280


def test_pair_rules_take_one_whole_monomer():
    rules = rule_set()
    for rule in rules.pair_rules:
        assert rule.second.added.count((0, 0)) == 2, rule.id
        assert rule.one in rules.reagents if rule.by_groups else rule.first.added.count((0, 0)) == 2, rule.id


def test_by_products_follow_the_leaving_groups():
    bisphenol = "CC(C)(c1ccc(O)cc1)c1ccc(O)cc1"
    for dihalide, acid in (("ClCc1ccc(CCl)cc1", "HCl"), ("BrCc1ccc(CBr)cc1", "HBr"), ("ICCCCI", "HI")):
        (product,) = (p for p in polymerise(dihalide, bisphenol) if p.rule == "williamson")
        assert product.by_product.startswith(acid)


def test_rings_that_cannot_exist_are_marked():
    (product,) = polymerise("O=C1OCCOC(=O)c2ccc1cc2")
    assert "on paper only" in product.note
    assert not polymerise("C1Cc2ccc(cc2)CCc2ccc1cc2")[0].note


def test_amines_are_acylated_at_nitrogen_not_at_the_ring():
    rules = {p.rule for p in polymerise("Nc1ccc(Oc2ccc(N)cc2)cc1", "OC(=O)c1ccc(C(=O)O)cc1")}
    assert "friedel_crafts_acyl" not in rules


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[Na+].[Na+].[S-2]", "[Na]S[Na]"),
        ("Cl.Cl.NCCCCCCN", "NCCCCCCN"),
        ("NCCN.O=S(=O)(O)O", "NCCN"),
        ("[NH3+]CCCCCC(=O)[O-]", "NCCCCCC(=O)O"),
        ("C=CC(=O)O[Na]", "C=CC(=O)[O-]"),
    ],
)
def test_salts_are_read_as_the_monomer(written, meant):
    partner = ("Clc1ccc(Cl)cc1",) if "S" in meant else ("ClC(=O)CCCCC(=O)Cl",) if meant.startswith("NCC") else ()
    if meant.endswith("O") or "C=C" in meant:
        partner = ()
    assert [p.polymer for p in polymerise(written, *partner)] == [p.polymer for p in polymerise(meant, *partner)]


def test_mixtures_are_no_monomers():
    with pytest.raises(StructureError):
        polymerise("OCCO.CCO")
