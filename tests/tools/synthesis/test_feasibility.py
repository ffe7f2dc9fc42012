"""Feasibility, motifs, thermodynamics."""

import pytest
from rdkit import Chem

from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.synthesis.feasibility import assess, sa_of_unit
from tools.synthesis.motifs import is_pfas, two_units, unstable_motifs
from tools.synthesis.query import compile_query, without_recursion
from tools.synthesis.strain import ring_opening_enthalpy
from tools.synthesis.thermodynamics import ceiling_temperature


def judged(unit):
    return assess(Polymer.from_smiles(unit))


def test_common_polymers_score_high():
    for unit in ("*CC*", "*CC(*)c1ccccc1", "*CCOC(=O)c1ccc(cc1)C(=O)O*", "*CC(C)(*)C(=O)OC"):
        assert judged(unit).score > 0.85, unit


def test_unstable_polymers_score_low():
    for unit in ("*OO*", "*C(O)(O)C*", "*CCC(O)=C*"):
        assert judged(unit).score < 0.35, unit


def test_score_is_the_product_of_its_parts():
    found = judged("*CCCCCC(=O)N*")
    product = 1.0
    for part in found.parts:
        assert 0 <= part.factor <= 1
        assert part.reason
        product *= part.factor
    assert found.score == pytest.approx(product, abs=1e-4)


def test_polyethylene_is_easy_when_capped():
    assert sa_of_unit(Polymer.from_smiles("*CC*")) < 2.5


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("*C(F)(F)C(*)(F)F", True),
        ("*CC(*)(F)F", True),
        ("*CC(*)F", False),
        ("*CC(*)c1ccc(F)cc1", False),
        ("*CC(*)C(F)(F)F", True),
    ],
)
def test_pfas_flag(unit, expected):
    polymer = Polymer.from_smiles(unit)
    assert is_pfas(two_units(polymer)) is expected


def test_motifs_across_the_cut_are_seen():
    assert "peroxide" in unstable_motifs(two_units(Polymer.from_smiles("*OCCO*")))
    assert unstable_motifs(two_units(Polymer.from_smiles("*OCC*"))) == []


def test_strained_rings_favour_the_polymer():
    three, six = ring_opening_enthalpy("C1CO1"), ring_opening_enthalpy("O=C1CCCCO1")
    assert three.enthalpy < six.enthalpy < 0
    assert ring_opening_enthalpy("C=C") is None


def test_ceiling_temperature_rises_with_concentration():
    assert ceiling_temperature(-35.0, -110.0) == pytest.approx(318.2, abs=0.1)
    assert ceiling_temperature(-35.0, -110.0, 8.0) > ceiling_temperature(-35.0, -110.0, 1.0)
    with pytest.raises(InputError):
        ceiling_temperature(10.0, -110.0)
    with pytest.raises(InputError):
        ceiling_temperature(-35.0, -110.0, 0.0)


@pytest.mark.parametrize("smarts", ["[CX3;$(C[#6]):1](=[O:2])[OX2H1]", "[c;$(c:c-[$(C=O)]),$(c:n):1]F", "[$(Cc)]C"])
def test_loose_query_matches_wherever_the_query_does(smarts):
    query, loose = Chem.MolFromSmarts(smarts), Chem.MolFromSmarts(without_recursion(smarts))
    for smiles in ("CC(=O)O", "O=C(O)c1ccccc1", "Fc1ccc(C=O)cc1", "Fc1ccncc1", "CCc1ccccc1"):
        mol = Chem.MolFromSmiles(smiles)
        if mol.HasSubstructMatch(query):
            assert mol.HasSubstructMatch(loose)
    assert compile_query(smarts).needs
