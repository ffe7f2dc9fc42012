"""Diblock copolymers: the spinodal, phases, and what is said where nothing can be told."""

import json

import pytest
from typer.testing import CliRunner

import polysmith.mixtures
from polysmith.cli.app import app
from tools.core.errors import InputError, NotCoveredError
from tools.core.polymer import Polymer
from tools.properties.blocks import predict_blocks, spinodal
from tools.properties.predict import predict

PS, PMMA, PEO, PDMS = map(Polymer.from_smiles, ("*CC(*)c1ccccc1", "*CC(*)(C)C(=O)OC", "*CCO*", "*[Si](C)(C)O*"))
HALVES = [(PS, 0.5), (PEO, 0.5)]


def test_spinodal_of_leibler():
    assert spinodal(0.5) == pytest.approx(10.495, abs=0.001)
    assert spinodal(0.2) == pytest.approx(spinodal(0.8)) and spinodal(0.2) > 15


def test_long_blocks_separate_and_keep_two_glass_transitions():
    found = predict_blocks(HALVES, ["Tg"], basis="mass", molar_mass=200.0)
    assert found.state == "separated" and found.mixed is None and found.chi_n > 3 * found.threshold
    for unit, values in found.phases:
        polymer = Polymer.from_smiles(unit)
        assert values["Tg"].value == predict([polymer], ["Tg"])[0]["Tg"].value
        assert values["Tg"].conditions["phase"] == unit and "phases" in values["Tg"].note


def test_short_blocks_mix():
    found = predict_blocks(HALVES, ["Tg", "density"], basis="mass", molar_mass=0.1)
    assert found.state == "mixed"
    low, high = sorted(values["Tg"].value for _, values in found.phases)
    assert low < found.mixed["Tg"].value < high
    mean = 2 / sum(1 / values["Tg"].value for _, values in found.phases)
    assert found.mixed["Tg"].value == pytest.approx(mean, rel=1e-6)


def test_what_cannot_be_told_is_unsure_and_says_why():
    unknown = predict_blocks(HALVES, ["Tg"])
    assert unknown.state == "unsure" and "molar mass" in unknown.why and unknown.mixed is not None
    silicone = predict_blocks([(PS, 1), (PDMS, 1)], ["Tg"], molar_mass=50.0)
    assert silicone.state == "unsure" and silicone.chi_n is None and "contribution" in silicone.why


def test_bad_questions():
    with pytest.raises(InputError):
        predict_blocks([(PS, 1.0)])
    with pytest.raises(InputError):
        predict_blocks([(PS, 1), (PMMA, 1), (PEO, 1)])
    with pytest.raises(InputError):
        predict_blocks(HALVES, molar_mass=0.0)
    with pytest.raises(NotCoveredError):
        predict_blocks(HALVES, ["Tm"])


def test_blocks_from_the_front_door():
    found = polysmith.mixtures.predict_blocks("PS:0.5, PEO:0.5", ["Tg"], basis="mass", molar_mass=200.0)
    assert found.state == "separated"
    asked = ["copolymer", "PS:0.5,PEO:0.5", "--architecture", "block", "--molar-mass", "200", "-p", "Tg"]
    done = CliRunner().invoke(app, [*asked, "--json"])
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert answer["state"] == "separated" and len(answer["phases"]) == 2 and answer["mixed"] is None
    assert "separated" in CliRunner().invoke(app, asked).stdout
    assert CliRunner().invoke(app, ["copolymer", "PS:1,PEO:1", "--molar-mass", "5"]).exit_code == 2
