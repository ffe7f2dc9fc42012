"""Copolymers: compositions, dyads, mixing rules, limits and refusals."""

from __future__ import annotations

import pytest

from tools.core.errors import InputError, NotCoveredError, UnknownNameError
from tools.core.polymer import Polymer
from tools.properties.copolymer import predict_copolymer
from tools.properties.dyads import Composition, alternating, dyads_of, unit_mass
from tools.properties.predict import predict

PS, PMMA = Polymer.from_smiles("*CC(*)c1ccccc1"), Polymer.from_smiles("*CC(*)(C)C(=O)OC")
PE, PVC, PAN = (Polymer.from_smiles(text) for text in ("*CC*", "*CC(*)Cl", "*CC(*)C#N"))
SOME = ["Tg", "density", "refractive_index", "P_O2", "ionisation_energy"]


def test_fractions_by_mole_and_mass_describe_the_same_chain():
    by_mole = Composition.of([(PS, 1), (PMMA, 3)])
    masses = [unit_mass(PS), 3 * unit_mass(PMMA)]
    by_mass = Composition.of([(PMMA, masses[1]), (PS, masses[0])], "mass")
    assert by_mole.polymers == by_mass.polymers
    assert by_mole.mole == pytest.approx(by_mass.mole) and by_mole.mass == pytest.approx(by_mass.mass)
    assert sum(by_mole.mole) == pytest.approx(1) and sum(by_mole.mass) == pytest.approx(1)
    assert unit_mass(PE) == pytest.approx(28.05, abs=0.01)


def test_dyads_sum_to_one_and_keep_head_to_tail():
    made = Composition.of([(PS, 0.2), (PMMA, 0.5), (PVC, 0.3)])
    dyads, whole = dyads_of(made)
    assert whole and len(dyads) == 6
    for fractions in (made.mole, made.mass):
        assert sum(dyad.weight(fractions, made.mole) for dyad in dyads) == pytest.approx(1)
    assert alternating(PS, PVC) == (Polymer.from_smiles("*CC(Cl)CC(*)c1ccccc1"),)
    assert alternating(PS, PVC) == alternating(PVC, PS)


def test_ester_units_join_as_esters():
    pet = Polymer.from_smiles("*CCOC(=O)c1ccc(C(=O)O*)cc1")
    pla = Polymer.from_smiles("*OC(C)C(*)=O")
    chains = alternating(pet, pla)
    assert chains
    for chain in chains:
        assert "OO" not in chain.smiles


def test_units_that_would_make_new_bonds_between_hetero_atoms_do_not_join():
    peo, sulfur = Polymer.from_smiles("*CCO*"), Polymer.from_smiles("*S*")
    assert alternating(peo, sulfur) == ()
    value = predict_copolymer([(peo, 0.9), (sulfur, 0.1)], ["density"])["density"]
    assert "cannot be joined" in value.note
    with pytest.raises(NotCoveredError):
        predict_copolymer([(peo, 1), (sulfur, 1)], ["density"], architecture="alternating")


def test_one_unit_is_the_homopolymer():
    copolymer = predict_copolymer([(PS, 0.5), (Polymer.from_smiles("*C(c1ccccc1)C*"), 0.5)], SOME)
    alone = predict([PS], SOME)[0]
    for name in SOME:
        assert copolymer[name].value == pytest.approx(alone[name].value, rel=1e-6)
        assert copolymer[name].lower == pytest.approx(alone[name].lower, rel=1e-6)


def test_a_trace_changes_little_and_order_and_scale_do_not_matter():
    alone = predict([PS], ["Tg"])[0]["Tg"].value
    trace = predict_copolymer([(PS, 0.999), (PMMA, 0.001)], ["Tg"])["Tg"].value
    assert trace == pytest.approx(alone, abs=0.5)
    first = predict_copolymer([(PS, 0.3), (PMMA, 0.7)], ["Tg"])["Tg"]
    other = predict_copolymer([(PMMA, 70), (PS, 30)], ["Tg"])["Tg"]
    assert (first.value, first.lower, first.upper) == pytest.approx((other.value, other.lower, other.upper))


def test_values_are_marked_and_intervals_hold_the_value():
    values = predict_copolymer([(PS, 0.7), (PAN, 0.3)], SOME)
    assert list(values) == SOME
    for value in values.values():
        assert value.lower < value.value < value.upper
        assert value.kind == "predicted" and "Not calibrated" in value.note
        assert "mole fractions" in value.conditions
    parts = predict([PS, PAN], ["Tg"])
    widths = [item["Tg"].upper - item["Tg"].lower for item in parts]
    assert values["Tg"].upper - values["Tg"].lower > 0.5 * min(widths)


def test_density_without_alternating_dyads_is_volume_additive():
    value = predict_copolymer([(PE, 0.5), (PVC, 0.5)], ["density"], basis="mass")["density"]
    pure = [item["density"].value for item in predict([PE, PVC], ["density"])]
    assert f"{2 / (1 / pure[0] + 1 / pure[1]):.4g} g/cm3 without alternating dyads" in value.note


def test_alternating_is_the_chain_itself():
    value = predict_copolymer([(PS, 1), (PMMA, 1)], ["Tg"], architecture="alternating")["Tg"]
    chain = predict(alternating(PS, PMMA), ["Tg"])[0]["Tg"]
    assert value.value == pytest.approx(chain.value, rel=1e-6)
    with pytest.raises(InputError):
        predict_copolymer([(PS, 1), (PMMA, 2)], ["Tg"], architecture="alternating")


@pytest.mark.parametrize("architecture", ["block", "blend", "graft"])
def test_phases_are_refused(architecture):
    with pytest.raises(NotCoveredError, match="phases"):
        predict_copolymer([(PS, 0.5), (PMMA, 0.5)], architecture=architecture)


@pytest.mark.parametrize("name", ["Tm", "crystallinity"])
def test_crystals_are_refused(name):
    with pytest.raises(NotCoveredError):
        predict_copolymer([(PS, 0.5), (PMMA, 0.5)], [name])
    assert name not in predict_copolymer([(PS, 0.5), (PMMA, 0.5)], tier="fast")


@pytest.mark.parametrize(
    "parts", [[], [(PS, -1.0), (PMMA, 1.0)], [(PS, 0.0), (PMMA, 1.0)], [(PS, float("nan")), (PMMA, 1.0)]]
)
def test_bad_amounts_are_refused(parts):
    with pytest.raises(InputError):
        predict_copolymer(parts, ["Tg"])


def test_bad_words_are_refused():
    with pytest.raises(InputError):
        predict_copolymer([(PS, 1), (PMMA, 1)], ["Tg"], basis="atom")
    with pytest.raises(InputError):
        predict_copolymer([(PS, 1), (PMMA, 1)], ["Tg"], architecture="spiral")
    with pytest.raises(UnknownNameError):
        predict_copolymer([(PS, 1), (PMMA, 1)], ["no such property"])
