"""Whole design runs: what a user gets, and what survives a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

import polysmith
from agent.quantities import given_numbers, stated_in
from agent.verify import verify_claims
from polysmith.config import runs_folder

SMALL = {"pool": 300, "evaluations": 60, "rounds": 1}
BRIEF = "Tg above 150 °C, density below 1.25 g/cm3, no fluorine, made by polycondensation"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYSMITH_HOME", str(home))
        made = polysmith.design(BRIEF, candidates=3, **SMALL)
        yield made, home


def test_a_brief_is_answered_with_ranked_candidates(report):
    made, home = report
    assert made.verdict == "answered"
    assert 1 <= len(made.finalists) <= 3
    assert [item.rank for item in made.finalists] == list(range(1, len(made.finalists) + 1))
    for item in made.finalists:
        assert "F" not in item.smiles.replace("Fe", "")
        assert made.ledger.values[item.predictions["Tg"]].kind == "predicted"
        assert all(check.met for check in item.checks if not check.property and check.hard)
        assert any("polycondensation" in route.polymerisation for route in item.routes)
        assert item.neighbours["Tg"]
    folder = home / "runs" / made.run_id
    for name in ("report.md", "report.html", "candidates.csv", "run.json", "spec.json", "plan.json", "events.jsonl"):
        assert (folder / name).stat().st_size > 0
    assert len(made.experiments) == 3


def test_every_claim_of_the_report_is_backed(report):
    made, _ = report
    claims = [*made.summary]
    for answer in made.answers:
        claims += answer.claims
    for item in made.finalists:
        claims += [*item.findings, *item.uncertain]
    claims += [item.claim for item in made.rejected] + [item.reason for item in made.experiments]
    verdicts = verify_claims(claims, made.ledger, given_numbers(made.spec))
    assert len(verdicts) > 10
    assert all(verdict.ok for verdict in verdicts), [verdict for verdict in verdicts if not verdict.ok]
    assert any(stated_in(claim.text) for claim in claims)


def test_the_html_report_is_self_contained(report):
    made, home = report
    page = (home / "runs" / made.run_id / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert page.count("data:image/svg+xml") == len(made.finalists) + 1


def test_replaying_gives_the_same_numbers(report, monkeypatch):
    made, home = report
    monkeypatch.setenv("POLYSMITH_HOME", str(home))
    again, differences = polysmith.replay(made.run_id)
    assert differences == []
    assert [item.smiles for item in again.finalists] == [item.smiles for item in made.finalists]


def test_a_finished_run_is_shown_and_resuming_it_changes_nothing(report, monkeypatch):
    made, home = report
    monkeypatch.setenv("POLYSMITH_HOME", str(home))
    assert polysmith.show(made.run_id) == made
    assert polysmith.resume(made.run_id) == made


@pytest.mark.parametrize(
    ("brief", "reason"),
    [
        ("Tg above 300 °C and Tg below 200 °C", "Tg"),
        ("Tg of at least -400 °C", "zero"),
        ("a polyester without oxygen", "oxygen"),
    ],
)
def test_impossible_briefs_are_refused_with_the_reason(brief, reason):
    made = polysmith.design(brief, **SMALL)
    assert made.verdict == "refused"
    assert made.spec.problems
    assert not made.finalists


def test_a_wish_that_nothing_can_meet_is_called_infeasible_and_names_what_binds():
    made = polysmith.design("density below 0.75 g/cm3 and Tg above 300 °C", candidates=2, **SMALL)
    assert made.verdict == "infeasible"
    texts = " ".join(claim.text for claim in made.summary)
    assert "binds" in texts
    assert "No candidate tested is predicted to meet “density below 0.75 g/cm3”" in texts
    assert "Without “density below 0.75 g/cm3”, some candidates are predicted to meet the rest." in texts


def test_events_are_streamed(monkeypatch):
    import asyncio

    async def collect():
        return [event async for event in polysmith.astream("Tg above 100 °C", candidates=1, **SMALL)]

    events = asyncio.run(collect())
    assert next(event["name"] for event in events if event["kind"] == "node") == "parse"
    assert events[-1]["kind"] == "report"
    assert events[-1]["report"].finalists


def test_one_bad_brief_does_not_stop_the_others():
    made = list(polysmith.design_many(["Tg above 100 °C", "", "density below 1.1 g/cm3"], candidates=1, **SMALL))
    assert [isinstance(item, polysmith.PolysmithError) for item in made] == [False, True, False]


@pytest.mark.slow
@pytest.mark.parametrize("node", ["plan", "generate", "assess", "verify"])
def test_a_killed_run_goes_on_to_the_same_answer(tmp_path, node):
    environment = {**os.environ, "POLYSMITH_HOME": str(tmp_path)}
    code = (
        "import os, signal, polysmith\n"
        "def listen(event):\n"
        f"    if event['kind'] == 'node' and event['name'] == {node!r} and event['phase'] == 'start':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        f"polysmith.design({BRIEF!r}, candidates=2, on_event=listen, pool=300, evaluations=60, rounds=1)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], env=environment, timeout=300)
    assert killed.returncode == -signal.SIGKILL
    run_id = next((tmp_path / "runs").iterdir()).name
    finish = f"import polysmith; polysmith.resume({run_id!r})"
    subprocess.run([sys.executable, "-c", finish], env=environment, check=True, timeout=300)
    events = [json.loads(line) for line in (tmp_path / "runs" / run_id / "events.jsonl").read_text().splitlines()]
    starts = [event["name"] for event in events if event["kind"] == "node" and event["phase"] == "start"]
    assert len(starts) - len(set(starts)) <= 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYSMITH_HOME", str(tmp_path))
        resumed = polysmith.show(run_id)
        fresh = polysmith.design(BRIEF, candidates=2, **SMALL)
    assert [item.smiles for item in resumed.finalists] == [item.smiles for item in fresh.finalists]


def test_checkpoints_stay_small(report):
    made, home = report
    folder = home / "runs" / made.run_id
    assert (folder / "checkpoints.sqlite").stat().st_size < 500_000


def test_runs_live_where_the_home_variable_says(monkeypatch, tmp_path):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    assert runs_folder() == tmp_path / "runs"


def test_properties_that_are_estimated_and_not_learnt_are_designed_for():
    brief = (
        "refractive index above 1.5, Td5% above 300 °C, char yield above 20 %, heat release capacity below 500 J/g/K"
    )
    made = polysmith.design(brief, candidates=1, pool=40, evaluations=0, rounds=1)
    checks = {check.property: check for check in made.finalists[0].checks if check.property}
    assert {made.ledger.values[checks[name].value].kind for name in ("Td", "char_yield")} == {"estimated"}
    assert set(made.finalists[0].neighbours) == {"refractive_index"}
