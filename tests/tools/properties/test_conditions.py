"""Conditions of samples: read, kept with every value, and said to be unused."""

import json

import pytest
from typer.testing import CliRunner

import polysmith
from polysmith.cli.app import app
from tools.catalogue import predict_properties
from tools.core.errors import InputError, UnitError
from tools.properties.conditions import read_conditions

RUN = CliRunner()


def test_conditions_are_read_into_one_form():
    found = read_conditions(
        ["Tacticity=Isotactic", "mn=50000 g/mol", "annealing=100 °C", "processing= solution  cast "]
    )
    assert found == {
        "tacticity": "isotactic",
        "Mn": "50 kg/mol",
        "annealing temperature": "373.15 K",
        "processing": "solution cast",
    }
    assert read_conditions({"Mw": "50 kDa", "PDI": "1.8"}) == {"Mw": "50 kg/mol", "dispersity": "1.8"}
    assert read_conditions({"molecular_weight": 120}) == {"molar mass": "120 kg/mol"}
    assert read_conditions(()) == {}


@pytest.mark.parametrize(
    "text",
    ["tacticity=left", "Mn=-5 kg/mol", "Mn=0", "Mn=heavy", "Mn", "Mn=", "colour=red", "dispersity=0.5",
     "dispersity=2 kg", "temperature=-300C", "crystallinity=120", "processing=" + "x" * 200, "Mn=nan"],
)  # fmt: skip
def test_impossible_conditions(text):
    with pytest.raises(InputError):
        read_conditions([text])


def test_a_condition_of_another_dimension_or_given_twice():
    with pytest.raises(UnitError):
        read_conditions(["Mn=50 K"])
    with pytest.raises(InputError, match="twice"):
        read_conditions(["Mn=50", "mn=60"])


def test_conditions_change_no_number_and_are_kept():
    given = {"tacticity": "isotactic", "temperature": "100 °C"}
    plain = polysmith.predict("polypropylene", ["Tg", "heat_capacity"], neighbours=0, tier="fast")[0].values
    told = polysmith.predict("polypropylene", ["Tg", "heat_capacity"], neighbours=0, tier="fast", conditions=given)[
        0
    ].values
    for name, value in told.items():
        assert (value.value, value.lower, value.upper) == (plain[name].value, plain[name].lower, plain[name].upper)
        assert value.conditions["tacticity"] == "isotactic"
        assert "Not used by this model: tacticity isotactic, temperature 373.15 K." in value.note
    assert told["Tg"].conditions["temperature"] == "373.15 K"
    assert told["heat_capacity"].conditions["temperature"] == "300 K"
    assert told["heat_capacity"].conditions["requested temperature"] == "373.15 K"
    assert "It answers at temperature 300 K." in told["heat_capacity"].note


def test_conditions_reach_the_tool_and_the_command_line(tmp_path):
    (row,) = predict_properties(["PMMA"], ["Tg"], {"tacticity": "syndiotactic"})
    assert row["values"]["Tg"]["conditions"]["tacticity"] == "syndiotactic"
    asked = ["predict", "PMMA", "-p", "Tg", "--neighbours", "0", "--condition", "Mn=50 kg/mol"]
    done = RUN.invoke(app, [*asked, "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)[0]["values"]["Tg"]["conditions"]["Mn"] == "50 kg/mol"
    assert "Not used by this model: Mn 50 kg/mol" in RUN.invoke(app, asked).stdout
    assert RUN.invoke(app, ["predict", "PMMA", "--condition", "colour=red"]).exit_code == 2
    table = tmp_path / "in.csv"
    table.write_text("smiles\n*CC*\n", encoding="utf-8")
    refused = RUN.invoke(app, ["predict", str(table), "--out", str(tmp_path / "o.csv"), "--condition", "Mn=5"])
    assert refused.exit_code == 2
