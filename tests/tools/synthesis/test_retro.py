"""Repeat units to routes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from tools.chemistry import handbook
from tools.core.errors import NotCoveredError
from tools.core.polymer import Polymer
from tools.core.vocabulary import POLYMERISATIONS
from tools.synthesis.forward import polymerise
from tools.synthesis.retro import best_route, routes


def canonical(*smiles):
    return {Chem.MolToSmiles(Chem.MolFromSmiles(text)) for text in smiles}


FIRST = [
    ("*CCOC(=O)c1ccc(cc1)C(=O)O*", ("OCCO", "O=C(O)c1ccc(C(=O)O)cc1")),
    ("*CCCCCC(=O)N*", ("O=C1CCCCCN1",)),
    ("*CC(C)(*)C(=O)OC", ("C=C(C)C(=O)OC",)),
    (
        "*c1ccc(cc1)Oc1ccc(cc1)-n1c(=O)c2cc3c(=O)n(*)c(=O)c3cc2c1=O",
        ("O=C1OC(=O)c2cc3C(=O)OC(=O)c3cc12", "Nc1ccc(Oc2ccc(N)cc2)cc1"),
    ),
    ("*CCO*", ("C1CO1",)),
    ("*OC(C)C(=O)*", ("CC1OC(=O)C(C)OC1=O",)),
    ("*O[Si](*)(C)C", ("C[Si]1(C)O[Si](C)(C)O[Si](C)(C)O[Si](C)(C)O1",)),
    ("*Oc1ccc(cc1)Oc1ccc(cc1)C(=O)c1ccc(*)cc1", ("O=C(c1ccc(F)cc1)c1ccc(F)cc1", "Oc1ccc(O)cc1")),
    ("*Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(=O)*", ("CC(C)(c1ccc(O)cc1)c1ccc(O)cc1", "O=C(Cl)Cl")),
    ("*CC(O)*", ("C=COC(C)=O",)),
    ("*CCCCCCNC(=O)CCCCC(=O)N*", ("NCCCCCCN", "O=C(O)CCCCC(=O)O")),
    ("*Nc1ccc(NC(=O)c2ccc(C(*)=O)cc2)cc1", ("Nc1ccc(N)cc1", "O=C(Cl)c1ccc(C(=O)Cl)cc1")),
    ("*c1ccc2[nH]c(nc2c1)-c1cccc(c1)-c1nc2ccc(*)cc2[nH]1", ("Nc1ccc(-c2ccc(N)c(N)c2)cc1N", "O=C(O)c1cccc(C(=O)O)c1")),
    ("*C(F)(F)C(*)(F)F", ("FC(F)=C(F)F",)),
    ("*Oc1c(C)cc(*)cc1C", ("Cc1cccc(C)c1O",)),
    ("*CCN(*)C(=O)CC", ("CCC1=NCCO1",)),
]


@pytest.mark.parametrize(("unit", "monomers"), FIRST, ids=[unit for unit, _ in FIRST])
def test_first_route_is_the_textbook_one(unit, monomers):
    route = best_route(Polymer.from_smiles(unit))
    assert {monomer.smiles for monomer in route.monomers} == canonical(*monomers)
    assert route.verified
    assert route.all_known


ALTERNATIVES = [
    ("*Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(=O)*", "O=C(Oc1ccccc1)Oc1ccccc1"),
    ("*CCOC(=O)c1ccc(cc1)C(=O)O*", "O=C(Oc1ccccc1)c1ccc(cc1)C(=O)Oc1ccccc1"),
]


@pytest.mark.parametrize(("unit", "monomer"), ALTERNATIVES, ids=["polycarbonate", "PET"])
def test_phenyl_esters_keep_their_phenyl(unit, monomer):
    route = best_route(Polymer.from_smiles(unit))
    assert canonical(monomer) <= {m.smiles for other in route.alternatives for m in other.monomers}


USUAL = [
    ("*OCC(O)COc1ccc(cc1)C(C)(C)c1ccc(*)cc1", "epoxy_phenol"),
    ("*OC(=O)CCCCC(*)=O", "adipic_anhydride"),
    ("*OC(=O)CCCCCCCCC(*)=O", "anhydride"),
    ("*CCCOC(=O)O*", "cyclic_carbonate"),
    ("*CCCCCCOC(=O)O*", "carbonate"),
    ("*CCC(C)CCC(=O)N*", "amide"),
    ("*Nc1ccc(CCC(*)=O)cc1", "aramid"),
    ("*Oc1ccc2cc(C(*)=O)ccc2c1", "aryl_ester"),
    ("*NC(C)C(*)=O", "nca"),
    ("*C[N+]1(C)CC(C*)CC1", None),
    ("*CC1C[N+](C)(C)CC1C*", "cyclopolymerisation_5"),
    ("*CC1(C)CC(*)(C)C(=O)OC1=O", "cyclopolymerisation_6"),
    ("*c1nnc(o1)-c1ccc(*)cc1", "oxadiazole"),
]


@pytest.mark.parametrize(("unit", "rule"), USUAL, ids=[unit for unit, _ in USUAL])
def test_first_route_is_what_is_done_in_practice(unit, rule):
    found = routes(Polymer.from_smiles(unit), 1)
    assert [route.rule for route in found] == ([rule] if rule else [])


PAIRED = [
    ("*CC(C)OC(=O)O*", "epoxide_co2", ("CC1CO1", "O=C=O")),
    ("*C1CCCCC1OC(=O)O*", "epoxide_co2", ("C1CCC2OC2C1", "O=C=O")),
    ("*CCC(*)=O", "polyketone", ("C=C", "[C-]#[O+]")),
    ("*CC(C)S(*)(=O)=O", "olefin_sulfone", ("C=CC", "O=S=O")),
    ("*SCCCCSCC(*)CCCC", "thiol_yne", ("SCCCCS", "C#CCCCC")),
    ("*OCCCCCCOC*", "formal", ("OCCCCCCO", "C=O")),
    ("*c1cc(C)cc(C*)c1O", "novolac", ("Cc1ccc(O)cc1", "C=O")),
    ("*O[Si](*)(C)C", "chlorosilane_water", ("C[Si](C)(Cl)Cl", "O")),
    ("*OCC(O)COc1ccc(cc1)C(C)(C)c1ccc(*)cc1", "taffy", ("ClCC1CO1", "CC(C)(c1ccc(O)cc1)c1ccc(O)cc1")),
    ("*OCCOC(=O)C=CC(*)=O", "anhydride_diol", ("OCCO", "O=C1C=CC(=O)O1")),
    ("*CC(C)OC(=O)c1ccccc1C(=O)O*", "epoxide_anhydride", ("CC1CO1", "O=C1OC(=O)c2ccccc21")),
]


@pytest.mark.parametrize(("unit", "rule", "monomers"), PAIRED, ids=[rule for _, rule, _ in PAIRED])
def test_monomers_that_enter_the_chain_whole_are_found(unit, rule, monomers):
    found = {route.rule: {m.smiles for m in route.monomers} for route in routes(Polymer.from_smiles(unit), 5)}
    assert found[rule] == canonical(*monomers)


def test_amide_imides_come_from_one_diamine():
    unit = "*Nc1ccc(Oc2ccc(cc2)N2C(=O)c3ccc(cc3C2=O)C(*)=O)cc1"
    found = {monomer.smiles for monomer in best_route(Polymer.from_smiles(unit)).monomers}
    assert found == canonical("O=C(Cl)c1ccc2c(c1)C(=O)OC2=O", "Nc1ccc(Oc2ccc(N)cc2)cc1")


@pytest.mark.parametrize("unit", ["*CCCCCCCCCNC(=O)N*", "*Nc1ccc(cc1)C(*)=O", "*NC(=O)NC*", "*Nc1ccc(NC(*)=O)cc1"])
def test_no_monomer_would_react_with_itself_in_the_bottle(unit):
    amine = Chem.MolFromSmarts("[NX3;H2,H1;!$(NC=[O,S])]")
    partner = Chem.MolFromSmarts("[$(N=C=[O,S]),$(C(=O)Cl)]")
    for route in routes(Polymer.from_smiles(unit), 6):
        for made in [route.monomers, *(other.monomers for other in route.alternatives)]:
            mols = [Chem.MolFromSmiles(monomer.smiles) for monomer in made]
            assert not any(mol.HasSubstructMatch(amine) and mol.HasSubstructMatch(partner) for mol in mols)


def test_regioregular_thiophenes_come_by_catalyst_transfer():
    with_head_and_tail = routes(Polymer.from_smiles("*c1cc(CCCCCC)c(*)s1"))
    assert [route.rule for route in with_head_and_tail][:2] == ["catalyst_transfer", "oxidative_heteroaryl"]
    assert best_route(Polymer.from_smiles("*c1sc(*)c2OCCOc12")).rule == "oxidative_heteroaryl"
    # a Grignard reagent would attack the ester
    ester = routes(Polymer.from_smiles("*c1cc(C(=O)OCC)c(*)s1"))
    assert "catalyst_transfer" not in {route.rule for route in ester}


def test_a_bromide_and_its_chloride_are_one_route():
    found = routes(Polymer.from_smiles("*OCC(O)COc1ccc(cc1)C(C)(C)c1ccc(*)cc1"), 5)
    texts = [frozenset(m.smiles.replace("Br", "Cl") for m in route.monomers) for route in found]
    assert len(set(texts)) == len(texts)


def test_no_ring_of_three_atoms_with_a_carbonyl_is_a_monomer():
    ring = Chem.MolFromSmarts("[#6]1(=O)[#6][#7,#8,#16]1")
    for unit in ("*NC(C)C(*)=O", "*OC(C)C(*)=O", "*SC(C)C(*)=O"):
        for route in routes(Polymer.from_smiles(unit), 6):
            assert not any(Chem.MolFromSmiles(m.smiles).HasSubstructMatch(ring) for m in route.monomers)


def test_a_route_is_named_once_for_each_set_of_bonds():
    found = routes(Polymer.from_smiles("*NC(=O)c1ccc(cc1)C(=O)Nc1ccc(*)cc1"), 3)
    assert len({(route.mechanism, len(route.monomers)) for route in found}) == len(found)


def test_no_route_is_an_honest_answer():
    cellulose = Polymer.from_smiles("*OC1C(O)C(O)C(*)OC1CO")
    assert routes(cellulose) == []
    with pytest.raises(NotCoveredError):
        best_route(cellulose)


def test_vinyl_alcohol_is_never_a_monomer():
    found = routes(Polymer.from_smiles("*CC(O)*"), 5)
    assert all(monomer.smiles != "C=CO" for route in found for monomer in route.monomers)


def test_alternatives_name_the_other_reactive_groups():
    route = best_route(Polymer.from_smiles("*CCOC(=O)c1ccc(cc1)C(=O)O*"))
    names = {monomer.name for other in route.alternatives for monomer in other.monomers}
    assert "dimethyl terephthalate" in names


ENTRIES = handbook.load()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ENTRIES))
def test_every_route_of_the_handbook_runs_forwards(entry):
    polymer = entry.polymer
    for route in routes(polymer, 2):
        assert route.verified
        assert set(route.polymerisations) <= set(POLYMERISATIONS)
        products = polymerise(*(monomer.smiles for monomer in route.monomers))
        assert polymer in {product.polymer for product in products}


def test_most_of_the_handbook_has_a_route():
    found = [bool(routes(entry.polymer, 1)) for entry in ENTRIES[::3]]
    assert sum(found) / len(found) > 0.8


def test_same_routes_for_every_writing():
    one = routes(Polymer.from_smiles("*CCOC(=O)c1ccc(cc1)C(=O)O*"))
    other = routes(Polymer.from_smiles("*OC(=O)c1ccc(C(=O)OCC*)cc1"))
    assert one == other
