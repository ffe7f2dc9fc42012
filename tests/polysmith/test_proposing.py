"""What to make next, from a run or from own candidates, with results."""

import json

import pytest
from typer.testing import CliRunner

import polysmith
from agent.runs import create_run
from polysmith.cli.app import app
from polysmith.config import runs_folder
from tools.core.errors import InputError, UnitError, UnknownNameError
from tools.core.polymer import Polymer

run = CliRunner()

UNITS = ["*CC(*)c1ccccc1", "*CC(*)(C)C(=O)OC", "*CC(*)C#N", "*CC(*)Cl", "*CCO*", "*CC(*)c1ccc(C)cc1"]
BRIEF = "Tg above 90 °C, density below 1.2 g/cm3"


@pytest.fixture
def run_id():
    folder = create_run(runs_folder())
    folder.save("spec", polysmith.parse(BRIEF).model_dump(mode="json"))
    folder.save("candidates-1", {"candidates": [{"smiles": "*CC*"}]})
    folder.save("candidates-2", {"candidates": [{"smiles": unit} for unit in UNITS]})
    return folder.id


def test_the_last_round_of_a_run_is_compared(run_id):
    batch = polysmith.next_experiments(run_id, 3)
    assert batch.considered == len(UNITS)
    assert len(batch.experiments) == 3
    own = polysmith.next_experiments(UNITS, 3, brief=BRIEF)
    assert [e.polymer for e in own.experiments] == [e.polymer for e in batch.experiments]


def test_results_come_from_a_table_with_units(run_id, tmp_path):
    table = tmp_path / "results.csv"
    table.write_text("SMILES,Property,Value,Unit\npolystyrene,Tg,90,°C\n*CC(*)c1ccccc1,Tg,373.15,K\n")
    batch = polysmith.next_experiments(run_id, 6, results=table)
    assert Polymer.from_smiles("*CC(*)c1ccccc1") not in {e.polymer for e in batch.experiments}
    same = polysmith.next_experiments(run_id, 6, results={"*CC(*)c1ccccc1": {"Tg": 373.15}})
    assert same == batch  # two names of one polymer: the later line counts


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("smiles,value\n*CC*,3\n", InputError, "column"),
        ("smiles,property,value\n*CC*,Tg,warm\n", InputError, "Line 2"),
        ("smiles,property,value\n*CC*,Tg,nan\n", InputError, "no number"),
        ("smiles,property,value\n*CC*,sparkle,3\n", UnknownNameError, "sparkle"),
        ("smiles,property,value,unit\n*CC*,Tg,3,kg\n", UnitError, "kg"),
        ("smiles,property,value\nC1CC,Tg,300\n", InputError, "C1CC"),
    ],
)
def test_bad_results_are_typed_errors(run_id, tmp_path, text, error, words):
    table = tmp_path / "results.csv"
    table.write_text(text)
    with pytest.raises(error, match=words):
        polysmith.next_experiments(run_id, results=table)


def test_own_candidates_need_a_brief():
    with pytest.raises(InputError, match="brief"):
        polysmith.next_experiments(UNITS)


def test_a_run_without_candidates_is_told():
    folder = create_run(runs_folder())
    with pytest.raises(UnknownNameError, match="no candidates"):
        polysmith.next_experiments(folder.id)


def test_the_command_prints_a_table_and_json(run_id):
    shown = run.invoke(app, ["next", run_id, "-n", "2"])
    assert shown.exit_code == 0
    assert "measure first" in shown.stdout
    found = json.loads(run.invoke(app, ["next", run_id, "-n", "2", "--json"]).stdout)
    assert len(found["experiments"]) == 2
    first = found["experiments"][0]
    assert first["predictions"]["Tg"]["lower"] < first["predictions"]["Tg"]["value"]
    assert 0 < found["success"] <= 1
    missing = run.invoke(app, ["next", "20200101-000000-abcdef", "--json"])
    assert missing.exit_code == 2
    assert json.loads(missing.stdout)["error"]["type"] == "UnknownNameError"


def test_training_needs_data_and_a_folder(monkeypatch):
    monkeypatch.delenv("POLYSMITH_DATA", raising=False)
    assert run.invoke(app, ["finetune", "generator", "--json"]).exit_code == 2
