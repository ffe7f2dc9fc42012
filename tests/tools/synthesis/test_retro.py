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
