"""Copolymers and solvents from the front door: names, text, command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import polysmith
from polysmith.cli.app import app
from polysmith.mixtures import read_composition, read_temperature
from tools.core.errors import InputError, UnitError, UnknownNameError

RUN = CliRunner()


@pytest.mark.parametrize(
    ("text", "kelvin"), [("25C", 298.15), ("25 °C", 298.15), ("300K", 300), (" 300 K ", 300), (310.5, 310.5)]
)
def test_temperatures(text, kelvin):
    assert read_temperature(text) == pytest.approx(kelvin)


@pytest.mark.parametrize("text", ["hot", "", "25", "-300C", 0.0, -5.0, float("nan"), "1e9K"])
def test_bad_temperatures(text):
    with pytest.raises(InputError):
        read_temperature(text)


def test_a_temperature_in_another_dimension():
    with pytest.raises(UnitError):
        read_temperature("25 kg")


def test_compositions():
    assert read_composition("PS:0.5, PMMA:0.5") == [("PS", 0.5), ("PMMA", 0.5)]
    assert read_composition("nylon 6,6: 30; *CC*:70%") == [("nylon 6,6", 30.0), ("*CC*", 70.0)]
    assert read_composition("[*:1]CC[*:2]:.5,PS:2.") == [("[*:1]CC[*:2]", 0.5), ("PS", 2.0)]
    assert read_composition("*CC(*)c1ccccc1:1e0") == [("*CC(*)c1ccccc1", 1.0)]


@pytest.mark.parametrize(
    "text", ["", "PS", "PS:", "PS:0.5, PMMA", "PS:a", ":0.5", "PS:1.2.3", "PS:-1", "PS:0.5;;PMMA:1"]
)
def test_bad_compositions(text):
    with pytest.raises(InputError):
        read_composition(text)


def test_a_copolymer_by_names_equals_one_by_structure():
    first = polysmith.predict_copolymer({"PS": 1, "PMMA": 1}, ["Tg"])["Tg"]
    other = polysmith.predict_copolymer("*CC(*)c1ccccc1:1, *CC(*)(C)C(=O)OC:1", ["Tg"])["Tg"]
    assert first.value == other.value and 330 < first.value < 400


def test_an_unknown_unit_is_named():
    with pytest.raises(UnknownNameError):
        polysmith.predict_copolymer({"PS": 1, "unobtainium": 1}, ["Tg"])


def test_chi_with_its_measurements():
    found = polysmith.predict_chi("PS", "toluene", "25C")
    assert found.solvent == "toluene" and found.measured and found.distance < 3
    assert found.chi.lower < found.chi.value < found.chi.upper


def test_solvents_are_ranked_by_chi():
    ranked = polysmith.good_solvents("PS", count=100)
    values = [item.chi.value for item in ranked]
    assert values == sorted(values)
    place = {item.solvent: index for index, item in enumerate(ranked)}
    assert place["toluene"] < 20 and place["water"] > 60
    with pytest.raises(InputError):
        polysmith.good_solvents("PS", count=0)


def test_the_command_line_prints_json():
    done = RUN.invoke(app, ["chi", "PS", "toluene", "--temperature", "25C", "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["chi"]["property"] == "chi"
    done = RUN.invoke(app, ["copolymer", "PS:0.5,PMMA:0.5", "--basis", "mole", "-p", "Tg", "--json"])
    assert done.exit_code == 0 and list(json.loads(done.stdout)["values"]) == ["Tg"]
    done = RUN.invoke(app, ["solvents", "PMMA", "-n", "3", "--json"])
    assert done.exit_code == 0 and len(json.loads(done.stdout)) == 3


def test_the_command_line_prints_tables_and_errors():
    assert "toluene" in RUN.invoke(app, ["chi", "PS", "toluene"]).stdout
    assert "glass transition" in RUN.invoke(app, ["copolymer", "PS:1,PMMA:1", "-p", "Tg"]).stdout
    assert "Hansen" in RUN.invoke(app, ["solvents", "PS"]).stdout
    failed = RUN.invoke(app, ["copolymer", "PS:1,PMMA:1", "--architecture", "blend", "--json"])
    assert failed.exit_code == 3 and json.loads(failed.stdout)["error"]["type"] == "NotCoveredError"
    assert RUN.invoke(app, ["chi", "PS", "unobtainium"]).exit_code == 2
    assert RUN.invoke(app, ["finetune", "chi"]).exit_code == 2
