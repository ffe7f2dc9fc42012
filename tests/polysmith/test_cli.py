"""The command line as its users meet it: good input, bad input, JSON for programs."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from polysmith.cli.app import app

run = CliRunner()


def call(*arguments, code=0):
    result = run.invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result


def test_predict_answers_names_and_structures_alike():
    answers = json.loads(call("predict", "PS", "*C(C*)c1ccccc1", "-p", "Tg", "--json").stdout)
    first, second = answers
    assert first["name"].startswith("polystyrene")
    assert first["values"] == second["values"]
    value = first["values"]["Tg"]
    assert value["unit"] == "K"
    assert value["lower"] < value["value"] < value["upper"]
    assert first["measured"]["Tg"]["kind"] == "measured"
    assert first["neighbours"]["Tg"][0]["value"]["source"]


def test_bad_rows_carry_their_error_and_good_rows_are_answered(tmp_path):
    table = tmp_path / "polymers.csv"
    table.write_text('name,smiles\na,*CC*\nb,not a polymer\nc,"*CC(*"\nd,*CC(*)C\ne\n', encoding="utf-8")
    answers = json.loads(call("predict", "--file", str(table), "-p", "density", "--json").stdout)
    assert ["error" in item for item in answers] == [False, True, True, False, True]
    assert all(item["error"]["message"] for item in answers if "error" in item)


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (["predict", "--json"], 2, "InputError"),
        (["predict", "PS", "-p", "colour", "--json"], 2, "UnknownNameError"),
        (["predict", "*CC", "--json"], 2, "StructureError"),
        (["predict", "PBT2000", "--json"], 2, "UnknownNameError"),
        (["predict", "--file", "absent.csv", "--json"], 2, "InputError"),
        (["draw", "*CC*", "-o", "picture.gif", "--json"], 2, "InputError"),
        (["design", "", "--json"], 2, "BriefError"),
        (["design", "Tg above 100 °C", "--candidates", "0", "--json"], 4, "SetupError"),
        (["run", "show", "nothing", "--json"], 2, "UnknownNameError"),
        (["run", "resume", "last", "--json"], 2, "UnknownNameError"),
        (["index", "add", "absent.jsonl", "--json"], 2, "InputError"),
        (["ask", "", "--json"], 2, "InputError"),
        (["search", " ", "--json"], 2, "InputError"),
    ],
)
def test_errors_are_typed_and_have_exit_codes(arguments, code, kind, monkeypatch, tmp_path):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    printed = json.loads(call(*arguments, code=code).stdout)
    error = printed[0]["error"] if isinstance(printed, list) else printed["error"]
    assert error["type"] == kind
    assert error["message"]


def test_parse_shows_what_was_understood_and_what_was_not():
    spec = json.loads(call("parse", "Tg above 302 °F, must be self-healing, no chlorine", "--json").stdout)
    (tg,) = spec["constraints"]
    assert tg["property"] == "Tg"
    assert tg["lower"] == pytest.approx(423.15, abs=0.01)
    assert spec["brief"][slice(*tg["span"])] == tg["text"]
    assert any("self-healing" in item["text"] for item in spec["not_understood"])
    assert {"kind": "element", "name": "Cl", "required": False}.items() <= spec["structure"][0].items()
    shown = call("parse", "Tg above 302 °F, must be self-healing, no chlorine").stdout
    assert "302 °F" in shown
    assert "self-healing" in shown


def test_draw_writes_svg_and_png(tmp_path):
    for ending, start in ((".svg", b"<"), (".png", b"\x89PNG")):
        target = tmp_path / f"unit{ending}"
        call("draw", "PET", "-o", str(target))
        assert target.read_bytes().startswith(start)


def test_search_finds_exact_passages_and_own_papers(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    found = json.loads(call("search", "glass transition temperature of stiff chains", "-k", "3", "--json").stdout)
    assert len(found) == 3
    papers = tmp_path / "papers.jsonl"
    text = "Zylonite films swell by twelve percent in xylene at room temperature."
    papers.write_text(
        json.dumps({"id": "own-1", "title": "Zylonite", "abstract": text}) + "\nbroken\n", encoding="utf-8"
    )
    report = json.loads(call("index", "add", str(papers), "--json").stdout)
    assert (report["added"], report["skipped"]) == (1, 1)
    own = json.loads(call("search", "swelling of zylonite in xylene", "-k", "1", "--json").stdout)
    assert text in own[0]["text"]
    assert "documents" in call("index", "info").stdout


def test_ask_quotes_or_declines():
    reply = json.loads(call("ask", "What is the glass transition temperature of PMMA?", "--json").stdout)
    assert any("measured" in claim["text"] for claim in reply["claims"])
    assert not reply["declined"]
    nothing = json.loads(call("ask", "Who won the chess championship in Reykjavik?", "--json").stdout)
    assert nothing["declined"]
    assert not nothing["claims"]


def test_doctor_finds_nothing_broken_and_gives_commands_for_what_is_missing():
    findings = json.loads(call("doctor", "--json").stdout)
    assert not [item for item in findings if item["state"] == "broken"]
    assert all(item["fix"] for item in findings if item["state"] == "missing")


def test_help_of_every_command():
    for command in ("design", "parse", "predict", "ask", "search", "draw", "doctor", "index", "run", "finetune"):
        assert "Usage" in call(command, "--help").stdout


def test_an_edited_spec_can_be_designed_for(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    spec = json.loads(call("parse", "Tg above 120 °C, no chlorine", "--json").stdout)
    spec["constraints"][0]["lower"] = 413.15
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    small = ["--pool", "200", "--evaluations", "30", "--rounds", "1", "-n", "1"]
    report = json.loads(call("design", "--spec", str(path), *small, "--json").stdout)
    assert report["spec"]["constraints"][0]["lower"] == 413.15
    assert report["finalists"]
    path.write_text('{"nothing": 1}', encoding="utf-8")
    call("design", "--spec", str(path), "--json", code=2)
