"""Runs that pause, stop and run out of time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import pytest

import polysmith
from agent.brief import parse_brief
from agent.costs import model_costs, work_costs
from agent.deps import Deps
from agent.holding import Clock, ask_to_stop, heed, mark_stopped, status_of
from agent.llm.budget import Limits
from agent.llm.endpoint import Endpoint
from agent.llm.scripted import ScriptedModel
from agent.nodes.generate import _Watch
from agent.questions import read_spec
from agent.runs import create_run, open_run
from agent.settings import Settings
from polysmith.config import runs_folder
from tools.core import sandbox
from tools.core.errors import InputError, StateError, Stopped
from tools.design.evolve import Progress

TINY = {"candidates": 1, "pool": 20, "evaluations": 0, "rounds": 1, "model": False}
BRIEF = "Tg above 100 °C, density below 1.3 g/cm3"
SPEC = parse_brief(BRIEF)


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def paused(own_home):
    with pytest.raises(polysmith.Paused) as held:
        polysmith.design(BRIEF, ask_before=("spec",), **TINY)
    return held.value.run_id


def test_a_run_asks_whether_the_brief_was_read_as_meant_and_waits(paused):
    question = polysmith.question(paused)
    assert (question.id, question.spec) == ("spec", SPEC)
    assert polysmith.status(paused) == "paused"
    for _ in range(2):  # asking again changes nothing
        with pytest.raises(polysmith.Paused):
            polysmith.resume(paused)
    assert polysmith.question(paused) == question


class _Crash(BaseException):
    """Ends a run as a kill would."""


def test_an_answer_is_taken_once_and_survives_a_crash(paused):
    def crash(event):
        if event["kind"] == "spec":
            raise _Crash

    with pytest.raises(_Crash):
        polysmith.resume(paused, answer="drop density", about="spec", on_event=crash)
    report = polysmith.resume(paused)  # it was taken, and is not asked for again
    assert [item.property for item in report.spec.constraints] == ["Tg"]
    assert polysmith.status(paused) == "finished"
    assert polysmith.question(paused) is None
    with pytest.raises(StateError, match="not waiting"):
        polysmith.resume(paused, answer=True)
    assert polysmith.resume(paused) == report


@pytest.mark.slow
def test_an_answer_may_come_from_another_process(paused, own_home):
    code = f"import polysmith; print(polysmith.resume({paused!r}, answer=True).verdict)"
    environment = {**os.environ, "POLYSMITH_HOME": str(own_home)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.strip() == "answered"
    with pytest.raises(StateError, match="not waiting"):
        polysmith.resume(paused, answer=True)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("", "empty"),
        ("a nice colour for my aunt", "not understood"),
        ("drop 9", "no line 9"),
        ("drop hardness", "Unknown property"),
        ("drop 1 and 2", "Nothing is left"),
        ('{"brief": 1}', "not a spec"),
        (SPEC.model_dump_json().replace('"K"', '"parsec"'), "parsec"),
        (SPEC.model_dump_json().replace('"density"', '"wit"'), "wit"),
        (False, "no answer"),
        ("Tg above 150 °C, give me 3 candidates", "fixed"),
    ],
)
def test_an_answer_that_fails_a_check_leaves_the_question_open(paused, answer, problem):
    with pytest.raises(InputError, match=problem):
        polysmith.resume(paused, answer=answer)
    assert polysmith.question(paused).spec == SPEC


def test_an_edit_with_problems_is_asked_again_with_them(paused):
    with pytest.raises(polysmith.Paused, match="exclude each other"):
        polysmith.resume(paused, answer="Tg below 50 °C")
    again = polysmith.question(paused)
    assert [item.text for item in again.spec.constraints] == [
        item.text for item in (*SPEC.constraints, *parse_brief("Tg below 50 °C").constraints)
    ]
    with pytest.raises(polysmith.Paused):
        polysmith.resume(paused)
    assert polysmith.question(paused) == again
    with pytest.raises(StateError, match="not waiting"):
        polysmith.resume(paused, answer=True, about="work")
    report = polysmith.resume(paused, answer=True)  # the brief is taken with its contradiction, and refused
    assert report.verdict == "refused" and report.spec.problems


def test_lines_replace_what_is_on_the_same_side_and_keep_their_place():
    edited = read_spec("Tg above 150 °C\nno fluorine", SPEC)
    assert [item.text for item in edited.constraints] == ["density below 1.3 g/cm3", "Tg above 150 °C"]
    assert [(item.kind, item.name, item.required) for item in edited.structure] == [("element", "F", False)]
    for item in (*edited.constraints, *edited.structure):
        assert edited.brief[slice(*item.span)] == item.text
    assert read_spec("Tg below 300 °C", SPEC).constraints[0] == SPEC.constraints[0]  # the other side
    assert read_spec(SPEC.model_dump_json(), SPEC) == SPEC


def test_costs_are_asked_for_only_where_they_are_high(tmp_path):
    assert work_costs(SPEC, Settings(simulate=1)) == ()
    (large,) = work_costs(SPEC, Settings(pool=200_000))
    assert "candidates" in large and "min" in large
    folder = create_run(tmp_path)
    endpoint = Endpoint(url="http://127.0.0.1:1", model="m")
    deps = Deps(Settings(llm=endpoint), folder, model=ScriptedModel([]))
    assert model_costs(deps) == ()
    priced = endpoint.model_copy(update={"price_in": 1.0})
    settings = Settings(llm=priced, llm_limits=Limits(money=2.0))
    assert model_costs(Deps(settings, folder)) == ()
    assert "1 to read" in " ".join(model_costs(Deps(settings, folder, model=ScriptedModel([]))))


def test_a_large_search_waits_until_it_is_allowed(own_home):
    with pytest.raises(polysmith.Paused, match="candidates") as held:
        polysmith.design(BRIEF, ask_before=("cost",), **{**TINY, "pool": 1_000_000})
    question = polysmith.question(held.value.run_id)
    assert question.id == "work" and question.spec is None
    with pytest.raises(InputError):
        polysmith.resume(held.value.run_id, answer="Tg above 150 °C")


@pytest.fixture
def stopped(own_home):
    """A run that was told to stop after its first batch of candidates, and its events."""
    seen = []

    def listen(event):
        seen.append(event)
        if event["kind"] == "progress":  # from "another process": the lock is held by the run
            assert polysmith.status("last") == "running"
            assert polysmith.stop("last")
            with pytest.raises(StateError, match="worked on"):
                polysmith.resume("last")

    with pytest.raises(polysmith.Stopped) as held:
        polysmith.design(BRIEF, on_event=listen, **TINY)
    return held.value.run_id, seen


def test_a_run_stops_where_it_is_told_to(stopped):
    run_id, seen = stopped
    assert polysmith.status(run_id) == "stopped"
    assert not polysmith.stop(run_id)
    assert sum(event["kind"] == "progress" for event in seen) == 1


@pytest.mark.slow
def test_a_stopped_run_goes_on(stopped):
    run_id, _ = stopped
    report = polysmith.resume(run_id)
    assert polysmith.status(run_id) == "finished"
    names = [e["name"] for e in open_run(runs_folder(), run_id).events() if e.get("phase") == "start"]
    assert sorted(names) == sorted([*set(names), "generate"])  # that one node was begun twice
    assert report.verdict == "answered"


def test_ctrl_c_leaves_a_stopped_run(own_home):
    def listen(event):
        if event.get("name") == "generate":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        polysmith.design(BRIEF, on_event=listen, **TINY)
    assert polysmith.status("last") == "stopped"


def test_a_stop_kills_the_worker_that_computes(tmp_path):
    folder = create_run(tmp_path)
    threading.Timer(0.5, mark_stopped, (folder,)).start()
    before = time.monotonic()
    with pytest.raises(Stopped), sandbox.watching(lambda: heed(folder)):
        sandbox.run("time:sleep", 60, seconds=100)
    assert time.monotonic() - before < 20
    with pytest.raises(Stopped), sandbox.watching(lambda: heed(folder)):
        sandbox.map_each("time:sleep", [30] * 5, seconds_each=100)
    assert sandbox.run("math:sqrt", 4.0) == 2.0


def test_only_a_run_that_is_worked_on_can_be_stopped(tmp_path):
    folder = create_run(tmp_path)
    assert status_of(folder) == "new"
    assert not ask_to_stop(folder)
    with folder.locked():
        assert status_of(folder) == "running"
        assert ask_to_stop(folder)
        with pytest.raises(Stopped):
            heed(folder)
    assert status_of(folder) == "stopped"


def test_seconds_are_counted_over_all_parts_of_a_run(tmp_path):
    folder = create_run(tmp_path)
    clock = Clock(folder, 100.0)
    assert not clock.late()
    clock.keep()
    folder.save("clock", 99.99999)
    time.sleep(0.01)
    again = Clock(folder, 100.0)
    time.sleep(0.01)
    assert again.late()
    assert not Clock(folder, None).late()


def test_a_late_search_tests_one_batch_and_a_stopped_one_none(tmp_path):
    folder = create_run(tmp_path)
    watch = _Watch(Deps(Settings(), folder, clock=Clock(folder, 1e-9)))
    assert not watch.late()
    watch(Progress("handbook", 1, 2, 0.0))
    assert watch.late()
    mark_stopped(folder)
    with pytest.raises(Stopped):
        watch(Progress("handbook", 1, 2, 0.0))


def test_a_run_out_of_time_reports_what_it_has(own_home):
    report = polysmith.design(BRIEF, max_seconds=0.001, **{**TINY, "pool": 5000, "rounds": 3})
    assert report.verdict == "partial"
    assert report.cut[0] == "round 1 of the search ended early"
    assert report.finalists and report.summary
    folder = own_home / "runs" / report.run_id
    assert "The time ran out" in (folder / "report.md").read_text(encoding="utf-8")
    assert "The time ran out" in (folder / "report.html").read_text(encoding="utf-8")
    assert json.loads((folder / "candidates-1.json").read_text())["counts"]["tested"] < 1000
