"""Monomers written as text are those that editing the whole residue gives, and quick tests lose nothing."""

import pickle

import pytest

from tools.chemistry import handbook
from tools.core.polymer import Polymer
from tools.synthesis.capping import Residue, residue_of
from tools.synthesis.cuts import Chain
from tools.synthesis.formulas import formula_of, group_formula, heavy_atoms
from tools.synthesis.joints import elements_of, linkages_of, openings_of
from tools.synthesis.query import compile_query, conditions, elements_in, sight
from tools.synthesis.retro import best_route
from tools.synthesis.rules import rule_set

WORDS = [entry.polymer.word for entry in handbook.load()[::4]]
ROTATIONS = sorted({word[i:] + word[:i] for word in WORDS for i in range(min(len(word), 3))})[::9]
REAGENTS = [reagent for reagent in rule_set().reagents.values() if reagent.give]


def test_text_and_edit_give_the_same_monomer():
    made = 0
    for place, word in enumerate(ROTATIONS):
        for reagent in REAGENTS[place % 2 :: 2]:
            residue = Residue(word)
            quick, slow = residue.monomer(reagent, reagent), residue._edited(reagent, reagent)
            assert (quick and quick.smiles) == (slow and slow.smiles), (word, reagent.id)
            made += quick is not None
    assert made > 20


def test_the_formula_of_a_monomer_is_known_before_the_monomer():
    for word in ROTATIONS:
        residue = residue_of(word)
        for reagent in REAGENTS[::5]:
            made = residue.monomer(reagent, reagent)
            if made is not None:
                assert formula_of(made.profile.mol) == residue.formula + 2 * group_formula(reagent.id)
                assert heavy_atoms(formula_of(made.profile.mol)) == made.profile.mol.GetNumHeavyAtoms()


def test_a_group_that_looks_at_the_other_end_is_not_judged_by_its_own_end():
    poly = Polymer.from_smiles("*Oc1c(C)cc(*)cc1C").word
    residue = residue_of(poly)
    reagents = rule_set().reagents
    assert residue.monomer(reagents["phenol"], reagents["phenol_para"]).faithful


@pytest.mark.parametrize("word", WORDS[::2], ids="|".join)
def test_no_linkage_is_lost_by_looking_at_the_bonds_first(word):
    chain = Chain(word)
    elements = elements_in(chain.mol)
    offered = {linkage.id for linkage in linkages_of(word)}
    for linkage in rule_set().linkages:
        cuts = [chain._cut(linkage, a, b) for a, b in linkage.find(chain.mol, elements)]
        if any(cuts):
            assert linkage.id in offered
            assert linkage.query.needs <= elements_of(word)


RINGS = [
    ("*CCO*", 3, "epoxide"),
    ("*CCCCCC(=O)N*", 7, "lactam"),
    ("*OCCCCCC(*)=O", 7, "lactone"),
    ("*CCCOC(=O)O*", 6, "cyclic_carbonate"),
]


@pytest.mark.parametrize(("unit", "size", "rule"), RINGS, ids=[rule for *_, rule in RINGS])
def test_ring_openings_are_offered_by_ring_size(unit, size, rule):
    word = Polymer.from_smiles(unit).word
    assert rule in {opening.id for opening in openings_of(word, size)}
    assert "tetrahydrofuran" not in {opening.id for opening in openings_of(word, size)}
    assert "epoxide" not in {opening.id for opening in openings_of(word, size + 1)}


@pytest.mark.parametrize(
    ("smarts", "bonds"), [("C", 0), ("CC", 1), ("[C;$(CC=O)]", 2), ("O[C;$(C[N;$(NC)])]", 3), ("[!$(CCC)]=O", 2)]
)
def test_sight_counts_the_bonds_that_a_pattern_looks_away(smarts, bonds):
    assert sight(smarts) == bonds


def test_needs_include_what_recursive_conditions_ask_for():
    query = compile_query("[c;$(c1nc:co1);!$(cS):1]-[$(C=O),$(CF):2]")
    assert query.needs == {6, 7, 8}
    assert query.aromatic
    assert conditions(query.text, 1) == ["c", "$(c1nc:co1)", "!$(cS)"]


def test_a_route_travels_with_its_alternatives():
    route = best_route(Polymer.from_smiles("*CCOC(=O)c1ccc(cc1)C(=O)O*"))
    again = pickle.loads(pickle.dumps(route))
    assert again == route
    assert again.alternatives == route.alternatives != ()
    assert len(route.as_dict()["alternatives"]) == len(route.alternatives)
