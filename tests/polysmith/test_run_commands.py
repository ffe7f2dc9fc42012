"""The run commands, and the limits and questions of the design command."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

import polysmith
from agent.llm.budget import Limits
from polysmith.cli import asking
from polysmith.cli.app import app
from polysmith.cli.limits import limits_of

RUN = CliRunner()
TINY = ["-n", "1", "--pool", "20", "--evaluations", "0", "--rounds", "1", "--rules"]


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def paused(own_home):
    with pytest.raises(polysmith.Paused) as held:
        polysmith.design("Tg above 100 °C", ask_before=("spec",), model=False, candidates=1, pool=20, rounds=1)
    return held.value.run_id


def test_confirming_needs_a_terminal(own_home):
    done = RUN.invoke(app, ["design", "Tg above 100 °C", "--confirm", *TINY])
    assert done.exit_code == 4
    assert "terminal" in done.stderr and not (own_home / "runs").exists()


def test_a_paused_run_is_listed_shown_and_answered_from_a_file(paused, tmp_path):
    listed = json.loads(RUN.invoke(app, ["run", "list", "--json"]).stdout)
    assert [(row["id"], row["status"], row["verdict"]) for row in listed] == [(paused, "paused", "")]
    asked = RUN.invoke(app, ["run", "resume", "--json"])
    assert asked.exit_code == 6
    question = json.loads(asked.stdout)["question"]
    assert question["id"] == "spec"
    plain = RUN.invoke(app, ["run", "resume"])
    assert plain.exit_code == 6 and "--answer ok" in plain.stderr
    assert RUN.invoke(app, ["run", "resume", paused, "--answer", "drop 3", "--json"]).exit_code == 2
    edited = tmp_path / "spec.json"
    edited.write_text(json.dumps({**question["spec"], "constraints": []}), encoding="utf-8")
    refused = json.loads(RUN.invoke(app, ["run", "resume", paused, "--answer", str(edited), "--json"]).stdout)
    assert "Nothing is left" in refused["error"]["message"]
    assert polysmith.status(paused) == "paused"


def test_a_person_edits_declines_and_writes_lines(paused, monkeypatch):
    question = polysmith.question(paused)
    held = polysmith.Paused("asks", run_id=paused, hint="later")
    answers = iter(["e", "Tg above 120 °C", "n"])
    monkeypatch.setattr(asking.typer, "prompt", lambda *args, **kwargs: next(answers))
    monkeypatch.setenv("EDITOR", "sed -i s/373.15/400/")
    given = []

    def go_on(answer):
        given.append(answer)
        raise held

    monkeypatch.setattr(asking, "interactive", lambda: True)
    with pytest.raises(typer.Exit) as left:
        asking.answered(go_on, held, as_json=False)
    assert left.value.exit_code == 6
    assert given == [question.spec.model_dump_json(indent=1).replace("373.15", "400"), "Tg above 120 °C"]


def test_stopping_what_nobody_works_on_says_so(paused):
    done = RUN.invoke(app, ["run", "stop"])
    assert done.exit_code == 0 and "Nobody works on it; it is paused." in done.stdout
    assert json.loads(RUN.invoke(app, ["run", "stop", paused, "--json"]).stdout)["told"] is False


def test_limits_of_the_command_line_keep_the_other_defaults():
    assert limits_of(None, None, None, None) is None
    assert limits_of(5, None, 2.0, 60.0) == {"calls": 5, "money": 2.0, "seconds": 60.0}
    assert limits_of(None, None, None, 1e6) == {"seconds": Limits().seconds}


def test_money_without_a_price_is_refused_before_there_is_a_run(own_home, monkeypatch):
    monkeypatch.setenv("POLYSMITH_LLM_URL", "http://127.0.0.1:1")
    done = RUN.invoke(app, ["design", "Tg above 100 °C", "--max-cost", "2", *TINY[:-1]])
    assert done.exit_code == 4
    assert "price" in done.stderr and not (own_home / "runs").exists()


@pytest.mark.slow
def test_a_design_ends_at_its_seconds(own_home):
    done = RUN.invoke(app, ["design", "Tg above 100 °C", "--max-seconds", "0.01", "--json", *TINY])
    report = json.loads(done.stdout)
    assert (report["verdict"], report["settings"]["max_seconds"]) == ("partial", 0.01)
    assert report["settings"]["llm_limits"]["seconds"] == 0.01
