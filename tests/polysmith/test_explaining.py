"""polysmith explain, from Python and from the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import polysmith
from polysmith.cli.app import app
from tools.catalogue import get_tool

run = CliRunner()


def call(*arguments, code=0):
    result = run.invoke(app, ["explain", *arguments])
    assert result.exit_code == code, result.output
    return result.stdout


def test_names_and_structures_give_one_explanation():
    one, other = polysmith.explain("PEEK", "Tg"), polysmith.explain("*Oc1ccc(cc1)C(=O)c1ccc(cc1)Oc1ccc(cc1)*", "Tg")
    assert one == other
    assert one.svg.startswith("<svg")
    assert isinstance(one, polysmith.Explanation)


def test_the_command_writes_a_table_a_drawing_and_json(tmp_path):
    target = tmp_path / "peek.svg"
    shown = call("PEEK", "--property", "Tg", "--svg", str(target))
    for text in ("ketone", "Mean held-out error", "need not add up", "predicted without it", str(target)):
        assert text in shown.replace("\n", " ").replace("  ", " ") or text in shown
    assert target.read_text(encoding="utf-8") == polysmith.explain("PEEK", "Tg").svg
    data = json.loads(call("PEEK", "-p", "Tg", "--json"))
    assert data["prediction"]["unit"] == "K"
    assert data["effects"][0]["atoms"]


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (["*CC", "-p", "Tg"], 2, "StructureError"),
        (["PS", "-p", "colour"], 2, "UnknownNameError"),
        (["PS", "-p", "water_uptake"], 2, "UnknownNameError"),
        (["", "-p", "Tg"], 2, "UnknownNameError"),
        (["PS", "-p", "Tg", "--svg", "picture.gif"], 2, "InputError"),
        (["PS", "-p", "Tg", "--svg", "absent/folder/picture.svg"], 2, "InputError"),
        (["*" + "C(*)" * 200, "-p", "Tg"], 2, "StructureError"),
        (["*[Na]CC*", "-p", "Tg"], 2, "StructureError"),
    ],
)
def test_bad_input_is_a_typed_error(arguments, code, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = json.loads(call(*arguments, "--json", code=code))["error"]
    assert error["type"] == kind
    assert error["message"]


def test_the_tool_returns_the_same_as_plain_data():
    answer = get_tool("explain_prediction").call({"polymer": "PS", "property_name": "Tg", "neighbours": 2})
    json.dumps(answer, allow_nan=False)
    assert answer == polysmith.explain("PS", "Tg", neighbours=2).model_dump(mode="json")
