"""The bench commands."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from polysmith.cli.app import app

runner = CliRunner()


@pytest.fixture
def files(tmp_path):
    base = {
        "split": "dev",
        "category": "conceptual_knowledge",
        "subtask": "s",
        "question": "?",
        "answer_type": "boolean",
    }
    lines = [json.dumps({**base, "id": f"t{i}", "answer": True}) for i in range(4)]
    (tmp_path / "tasks.jsonl").write_text("\n".join(lines))
    for name, right in (("a", 2), ("b", 4)):
        answers = [json.dumps({"id": f"t{i}", "final_answer": i < right}) for i in range(4)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(answers))
    return tmp_path


def run(*words):
    return runner.invoke(app, ["bench", *map(str, words)])


def test_score_report_and_compare(files):
    tasks = ("--tasks", files / "tasks.jsonl")
    done = run("score", files / "a.jsonl", *tasks, "--json", "--report", files / "a.html")
    assert done.exit_code == 0 and json.loads(done.stdout)["macro"]["score"] == 0.5
    assert (files / "a.html").read_text().startswith("<!DOCTYPE html>")
    assert "0.500" in run("score", files / "a.jsonl", *tasks).stdout
    assert run("report", files / "b.jsonl", *tasks, "-o", files / "b.html").exit_code == 0
    done = run("compare", files / "a.jsonl", files / "b.jsonl", *tasks, "--json")
    assert json.loads(done.stdout)["rows"][0]["differences"]["b"]["value"] == 0.5
    assert "+0.500" in run("compare", files / "a.jsonl", files / "b.jsonl", *tasks).stdout


def test_convert(files):
    (files / "t.csv").write_text("Q,A\nwhy?,because\n")
    done = run("convert", files / "t.csv", "--map", "sciqag", "-o", files / "out.jsonl")
    assert done.exit_code == 0 and "conceptual_knowledge" in done.stdout
    done = run(
        "convert", files / "t.csv", "--map", "sciqag", "-o", files / "out.jsonl", "--predictions", files / "p", "--json"
    )
    assert done.exit_code == 2 and "prediction_field" in json.loads(done.stdout)["error"]["hint"]


def test_errors_say_what_to_do(files):
    done = run("score", files / "absent.jsonl", "--tasks", files / "tasks.jsonl", "--json")
    assert done.exit_code == 2 and json.loads(done.stdout)["error"]["type"] == "InputError"
    done = run("compare", files / "a.jsonl", "--tasks", files / "tasks.jsonl", "--json")
    assert done.exit_code == 2
