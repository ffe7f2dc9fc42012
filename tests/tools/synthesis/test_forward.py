"""Monomers to repeat units."""

import pytest

from tools.core.errors import NotCoveredError, StructureError
from tools.core.polymer import Polymer
from tools.synthesis.forward import polymerise, react
from tools.synthesis.monomers import known_monomers
from tools.synthesis.rules import rule_set

PMDA = "O=C1OC(=O)c2cc3C(=O)OC(=O)c3cc12"
ODA = "Nc1ccc(Oc2ccc(N)cc2)cc1"

TEXTBOOK = [
    (("C=C",), "*CC*", "vinyl_radical"),
    (("CC=C",), "*CC(*)C", "olefin"),
    (("C=Cc1ccccc1",), "*CC(*)c1ccccc1", "vinyl_radical"),
    (("C=C(C)C(=O)OC",), "*CC(*)(C)C(=O)OC", "vinyl_radical"),
    (("C=COCC",), "*CC(*)OCC", "vinyl_cationic"),
    (("C=CC=C",), "*CC=CC*", "diene_14"),
    (("C#Cc1ccccc1",), "*C=C(*)c1ccccc1", "acetylene"),
    (("C1=CC2CCC1C2",), "*C=CC1CCC(*)C1", "romp_norbornene"),
    (("C1CO1",), "*CCO*", "epoxide"),
    (("C1CCOC1",), "*CCCCO*", "tetrahydrofuran"),
    (("CC1OC(=O)C(C)OC1=O",), "*OC(C)C(*)=O", "lactide"),
    (("O=C1CCCCCO1",), "*OCCCCCC(*)=O", "lactone"),
    (("O=C1CCCCCN1",), "*NCCCCCC(*)=O", "lactam"),
    (("O=C1OCCCO1",), "*OCCCOC(*)=O", "cyclic_carbonate"),
    (("CC1NC(=O)OC1=O",), "*NC(C)C(*)=O", "nca"),
    (("CCC1=NCCO1",), "*CCN(*)C(=O)CC", "oxazoline"),
    (("C[Si]1(C)O[Si](C)(C)O[Si](C)(C)O[Si](C)(C)O1",), "*O[Si](*)(C)C", "cyclotetrasiloxane"),
    (("N1=P(Cl)(Cl)N=P(Cl)(Cl)N=P1(Cl)Cl",), "*N=P(*)(Cl)Cl", "cyclophosphazene"),
    (("OCCO", "O=C(O)c1ccc(C(=O)O)cc1"), "*OCCOC(=O)c1ccc(C(*)=O)cc1", "ester"),
    (("OCCO", "COC(=O)c1ccc(C(=O)OC)cc1"), "*OCCOC(=O)c1ccc(C(*)=O)cc1", "ester"),
    (("NCCCCCCN", "O=C(O)CCCCC(=O)O"), "*NCCCCCCNC(=O)CCCCC(*)=O", "amide"),
    (("Nc1ccc(N)cc1", "O=C(Cl)c1ccc(C(=O)Cl)cc1"), "*Nc1ccc(NC(=O)c2ccc(C(*)=O)cc2)cc1", "aramid"),
    ((PMDA, ODA), "*c1ccc(Oc2ccc(-n3c(=O)c4cc5c(=O)n(*)c(=O)c5cc4c3=O)cc2)cc1", "imide"),
    (("CC(C)(c1ccc(O)cc1)c1ccc(O)cc1", "O=C(Cl)Cl"), "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1", "aryl_carbonate"),
    (
        ("Oc1ccc(O)cc1", "O=C(c1ccc(F)cc1)c1ccc(F)cc1"),
        "*Oc1ccc(Oc2ccc(C(=O)c3ccc(*)cc3)cc2)cc1",
        "aryl_ether",
    ),
    (("OCCCCO", "O=C=NCCCCCCN=C=O"), "*OCCCCOC(=O)NCCCCCCNC(*)=O", "urethane"),
    (("NCCN", "O=C=NCCCCCCN=C=O"), "*NCCNC(=O)NCCCCCCNC(*)=O", "urea"),
    (
        ("Nc1ccc(-c2ccc(N)c(N)c2)cc1N", "O=C(O)c1cccc(C(=O)O)c1"),
        "*c1cccc(-c2nc3cc(-c4ccc5[nH]c(*)nc5c4)ccc3[nH]2)c1",
        "benzimidazole",
    ),
    (("Nc1ccc(N)cc1", "O=Cc1ccc(C=O)cc1"), "*N=Cc1ccc(C=Nc2ccc(*)cc2)cc1", "imine"),
    (("Cc1cccc(C)c1O",), "*Oc1c(C)cc(*)cc1C", "oxidative_phenol"),
    (("Brc1ccc(Br)cc1", "OB(O)c1ccc(B(O)O)s1"), "*c1ccc(-c2ccc(*)s2)cc1", "suzuki"),
    (("C#Cc1ccc(C#C)cc1", "Brc1ccc(Br)s1"), "*C#Cc1ccc(C#Cc2ccc(*)s2)cc1", "sonogashira"),
    (("C#Cc1ccc(C#C)cc1", "[N-]=[N+]=NCCN=[N+]=[N-]"), "*CCn1cc(-c2ccc(-c3cn(*)nn3)cc2)nn1", "triazole"),
    (("C=Cc1ccccc1", "O=C1OC(=O)C=C1"), "*CC(c1ccccc1)C1C(=O)OC(=O)C1*", "alternating"),
]


@pytest.mark.parametrize(
    ("monomers", "unit", "rule"), TEXTBOOK, ids=[case[2] + str(i) for i, case in enumerate(TEXTBOOK)]
)
def test_textbook_polymerisations(monomers, unit, rule):
    wanted = Polymer.from_smiles(unit)
    found = {product.polymer: product for product in polymerise(*monomers)}
    assert wanted in found
    assert found[wanted].rule == rule


def test_order_of_monomers_does_not_matter():
    one = {p.polymer for p in polymerise("OCCO", "O=C(O)CCCCC(=O)O")}
    other = {p.polymer for p in polymerise("O=C(O)CCCCC(=O)O", "OCCO")}
    assert one == other


def test_polyaddition_is_no_polycondensation():
    (urethane,) = (p for p in polymerise("OCCO", "O=C=NCCN=C=O") if p.rule == "urethane")
    assert "step_growth" in urethane.polymerisations
    assert "polycondensation" not in urethane.polymerisations
    assert urethane.by_product == ""


def test_unsymmetric_monomers_give_both_regular_chains():
    products = polymerise("CC(CN)CCN", "OC(=O)CC(C)C(=O)O")
    assert len({p.polymer for p in products if p.rule == "amide"}) == 2


@pytest.mark.parametrize(
    "monomers",
    [("C=Cc1ccc(C=C)cc1",), ("OCC(O)CO", "O=C=NCCN=C=O"), ("C1OC1CCC1CO1",), ("OCC(CO)(CO)CO", "O=C(O)CC(=O)O")],
)
def test_networks_are_reported_not_drawn(monomers):
    outcome = react(*monomers)
    assert outcome.networks
    assert max(outcome.networks[0].functionality) >= 2
    if not outcome.products:
        with pytest.raises(NotCoveredError, match="no linear chain"):
            polymerise(*monomers)


@pytest.mark.parametrize("monomers", [("c1ccccc1",), ("CCO", "CC(=O)O"), ("CC", "C=C")])
def test_nothing_to_polymerise(monomers):
    with pytest.raises(NotCoveredError):
        polymerise(*monomers)


def test_bad_input_is_typed():
    with pytest.raises(StructureError):
        polymerise()
    with pytest.raises(StructureError):
        polymerise("C1CC")
    with pytest.raises(StructureError):
        polymerise("*CC*")
    with pytest.raises(NotCoveredError):
        polymerise("C=C", "CC=C", "C=CCl")


def test_every_product_of_the_known_monomers_is_a_linear_chain():
    count = 0
    for smiles in list(known_monomers())[::5]:
        for product in react(smiles).products:
            count += 1
            again = Polymer.from_smiles(product.polymer.smiles)
            assert again == product.polymer, smiles
            assert product.polymer.smiles.count("*") == 2
    assert count > 80


def test_rules_are_consistent():
    rules = rule_set()
    for linkage in rules.linkages:
        assert linkage.ends
        for pairing in linkage.pairings:
            assert rules.reagents[pairing.a].end == linkage.a, linkage.id
            assert rules.reagents[pairing.b].end == linkage.b, linkage.id
    for reagent in rules.reagents.values():
        assert reagent.forward.added.count((0, 0)) == 1, reagent.id
        if reagent.give:
            assert reagent.backward.star >= 0
    for rule in rules.monomer_rules:
        assert rule.forward.added.count((0, 0)) == 2, rule.id
