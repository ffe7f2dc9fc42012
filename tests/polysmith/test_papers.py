"""``polysmith index add`` from the outside: options, resuming, Ctrl-C, errors."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from polysmith.cli import app
from tools.core.errors import InputError


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def papers(path, count, **more):
    rows = [
        {"id": f"p{n}", "title": f"Paper {n}", "abstract": f"Polymer word{n}x is a stiff chain."} | more
        for n in range(count)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return path


def add(*arguments):
    done = CliRunner().invoke(app.app, ["index", "add", *map(str, arguments), "--json"])
    return done.exit_code, json.loads(done.stdout) if done.stdout.startswith("{") else done.output


def test_a_subset_is_added_and_the_rest_counted(home, tmp_path):
    path = papers(tmp_path / "a.jsonl", 4, year=2010, language="en")
    with path.open("a") as handle:
        handle.write(
            json.dumps({"id": "q", "abstract": "Stock prices fell in Rome and Paris.", "year": 2010}) + "\n{broken\n"
        )
        handle.write(json.dumps({"id": "r", "abstract": "Polymers of old are stiff.", "year": 1990}) + "\n")
        handle.write(
            json.dumps({"id": "s", "abstract": "Polymere sind sehr steif.", "year": 2010, "language": "de"}) + "\n"
        )
    code, report = add(path, "--field", "polymers", "--language", "en", "--from", 2000)
    assert code == 0
    assert (report["added"], report["filtered"], report["skipped"]) == (4, 3, 1)
    assert report["skips"][0]["position"] == "a.jsonl:6"
    code, report = add(path)
    assert (report["added"], report["duplicates"]) == (3, 4)
    code, report = add(path)
    assert (report["resumed"], report["added"], report["duplicates"]) == (1, 0, 7)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("x.jsonl", "--openalex", "y:1"),
        ("absent.jsonl",),
        ("a.jsonl", "--field", "biology"),
        ("a.jsonl", "--language", "english"),
    ],
)
def test_wrong_arguments_are_input_errors(home, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    papers(tmp_path / "a.jsonl", 1)
    code, _ = add(*arguments)
    assert code == 2
    assert issubclass(InputError, ValueError)
    assert not (home / "index").exists()


def test_interrupted_by_the_user(home, tmp_path):
    path = papers(tmp_path / "a.jsonl", 60_000)
    code = "from polysmith.cli import main; main()"
    command = [sys.executable, "-c", code, "index", "add", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    folder, deadline = home / "index", time.monotonic() + 60
    while time.monotonic() < deadline and not (folder / ".lock").exists():
        time.sleep(0.05)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Stopped" in out
    from index.shard import read_manifest

    documents = read_manifest(folder).documents
    assert 0 < documents < 60_000
    entry = next(iter(json.loads((folder / "ingest.json").read_text())["files"].values()))
    assert (entry["position"], entry["done"]) == (documents, False)


def test_retracted_papers_are_marked_in_a_search(home, tmp_path):
    papers(tmp_path / "a.jsonl", 1, is_retracted=True, title="A withdrawn paper on zylonite films")
    assert add(tmp_path / "a.jsonl")[1]["retracted"] == 1
    shown = CliRunner().invoke(app.app, ["search", "word0x zylonite"]).output
    assert "RETRACTED" in shown
