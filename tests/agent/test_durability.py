"""Runs survive: kills, full disks, folders that cannot be written to, second workers."""

from __future__ import annotations

import importlib.util
import json
import resource
import sqlite3
import threading
from pathlib import Path
from typing import TypedDict

import pytest

import polysmith
from agent import graph as graphs
from agent.graph import Saver
from agent.llm.budget import Limits
from agent.llm.scripted import FunctionModel
from agent.runs import create_run, open_run
from agent.thinking.journal import Journal, spent_before
from polysmith.config import runs_folder
from tools.core.errors import BudgetError, StateError

TINY = {"candidates": 1, "pool": 20, "evaluations": 0, "rounds": 1}
BRIEF = "Tg above 100 °C, density below 1.3 g/cm3, smells of roses"


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    return tmp_path


class _Crash(BaseException):
    """Ends a run as a kill would: nobody catches it."""


def _helper() -> FunctionModel:
    return FunctionModel(lambda request: '{"requirements": [], "proposals": [], "questions": []}')


def _plain(report):
    spent = report.model.spent.model_copy(update={"seconds": 0.0})
    return report.model_copy(update={"run_id": "", "model": report.model.model_copy(update={"spent": spent})})


def _crashing_at(number):
    seen = []

    def listen(event):
        seen.append(event)
        if len(seen) == number:
            raise _Crash

    return listen


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A run with a model that nothing happened to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYSMITH_HOME", str(tmp_path_factory.mktemp("alone")))
        model, events = _helper(), []
        report = polysmith.design(BRIEF, model=model, on_event=events.append, **TINY)
        yield report, model.requests, events


@pytest.mark.slow
def test_a_replay_answers_from_the_record_of_the_run(own_home):
    report = polysmith.design(BRIEF, model=_helper(), **TINY)
    again, differences = polysmith.replay(report.run_id)
    assert differences == []
    assert again.model.name == report.model.name == "function"
    assert again.model.spent.calls > 0  # of the record: there is no endpoint, and tests may call none


@pytest.mark.parametrize("place", [2, pytest.param(-1, marks=pytest.mark.slow)])
def test_a_crash_repeats_one_node_and_no_request(alone, own_home, place):
    report, requests, events = alone
    asked = [number for number, event in enumerate(events, 1) if event["kind"] == "model"]
    assert len(requests) == len(asked) > 2
    model, again = _helper(), _helper()
    with pytest.raises(_Crash):
        polysmith.design(BRIEF, model=model, on_event=_crashing_at(asked[place]), **TINY)
    resumed = polysmith.resume("last", model=again)
    assert _plain(resumed) == _plain(report)
    assert len(model.requests) + len(again.requests) == len(requests)
    folder = open_run(runs_folder(), resumed.run_id)
    begun = [event["name"] for event in folder.events() if event.get("phase") == "start"]
    usual = [event["name"] for event in events if event.get("phase") == "start"]
    assert len(begun) == len(usual) + 1
    assert not list(folder.path.rglob("*.tmp"))


def test_an_answer_whose_cost_was_not_noted_counts(tmp_path):
    folder = create_run(tmp_path)
    journal = Journal(FunctionModel(lambda request: "yes"), folder)
    from agent.llm.messages import user

    journal.chat([user("one")])
    first = spent_before(folder)
    journal.chat([user("two")])
    both = spent_before(folder)
    folder.save("spent", {**first.model_dump(mode="json"), "answers": 1})  # as a kill leaves it
    again = Journal(FunctionModel(lambda request: "yes"), folder)
    again.chat([user("two")])  # answered from the talk
    again.chat([user("three")])
    after = spent_before(folder)
    assert (after.calls, after.prompt_tokens > both.prompt_tokens) == (3, True)


@pytest.mark.slow
def test_a_budget_that_is_used_up_leaves_the_rules_and_the_report_says_so(own_home):
    model = FunctionModel(lambda request: "{}", name="small one")
    model.budget.limits = Limits(calls=1)
    report = polysmith.design(BRIEF, model=model, **TINY)
    assert report.finalists and report.model.spent.calls == 1
    assert any("1 calls" in task.detail for task in report.model.tasks if not task.helped)
    page = (own_home / "runs" / report.run_id / "report.md").read_text(encoding="utf-8")
    assert "## The language model" in page and "Model: small one. 1 requests" in page


class _Text(TypedDict):
    text: str
    step: int


@pytest.mark.parametrize("payload", [300, 100_000])
def test_checkpoints_of_a_hundred_steps_stay_near_the_payload(tmp_path, payload):
    from langgraph.graph import END, START, StateGraph

    path = tmp_path / "checkpoints.sqlite"
    with sqlite3.connect(path, check_same_thread=False) as connection:
        connection.execute("PRAGMA synchronous=OFF")  # the size is looked at, and a hundred steps sync for seconds
        graph = StateGraph(_Text)
        graph.add_node(
            "step", lambda state: {"step": state["step"] + 1, "text": f"{state['step']:03}" * (payload // 3)}
        )
        graph.add_edge(START, "step")
        graph.add_conditional_edges("step", lambda state: "step" if state["step"] < 100 else END, ["step", END])
        compiled = graph.compile(checkpointer=Saver(connection))
        config = {"configurable": {"thread_id": "one"}, "recursion_limit": 200}
        assert compiled.invoke({"text": "", "step": 0}, config, durability="sync")["step"] == 100
        (rows,) = connection.execute("SELECT count(*) FROM checkpoints").fetchone()
        (kept,) = connection.execute("SELECT total(length(checkpoint) + length(metadata)) FROM checkpoints").fetchone()
    assert rows == 1
    assert kept <= 10 * payload
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= max(10 * payload, 32_768)
    connection.close()


def test_a_second_worker_is_refused_in_the_same_thread_and_in_another(tmp_path):
    folder = create_run(tmp_path)
    found = []

    def work():
        try:
            with folder.locked():
                found.append("in")
        except StateError as error:
            found.append(error)

    with folder.locked():
        with pytest.raises(StateError, match="another process or thread"), folder.locked():
            pass
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert folder.busy()
    assert isinstance(found[0], StateError)
    assert not folder.busy()
    work()
    assert found[1] == "in"


def test_torn_lines_and_files_of_a_kill_are_cleared_away(tmp_path):
    folder = create_run(tmp_path)
    folder.event("one", text="é" * 10)
    with (folder.path / "events.jsonl").open("ab") as file:
        file.write('{"time": "x", "kind": "torn", "text": "é'.encode()[:-1])
    (folder.path / ".half.tmp").write_text("half")
    (folder.path / "figures").mkdir()
    (folder.path / "figures" / ".half.tmp").write_text("half")
    assert [event["kind"] for event in folder.events()] == ["one"]
    with folder.locked():
        folder.event("two")
    assert [event["kind"] for event in folder.events()] == ["one", "two"]
    assert not list(folder.path.rglob(".*.tmp"))


def _file_limit(size):
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size if size is not None else hard, hard))


def _full_artefacts(patch):
    _file_limit(8_000)


def _full_checkpoints(patch):
    def connect(*args, **kwargs):
        connection = sqlite3.connect(*args, **kwargs)
        connection.execute("PRAGMA page_size=1024")
        connection.execute("PRAGMA max_page_count=6")
        return connection

    patch.setattr(graphs, "sqlite3", _Patched(connect))


class _Patched:
    Error = sqlite3.Error

    def __init__(self, connect):
        self.connect = connect


@pytest.mark.parametrize("fill", [_full_artefacts, pytest.param(_full_checkpoints, marks=pytest.mark.slow)])
def test_a_full_disk_is_a_clear_error_and_the_run_goes_on_when_there_is_space(own_home, fill):
    with pytest.MonkeyPatch.context() as patch:
        fill(patch)
        try:
            with pytest.raises(StateError, match=r"Free space|full|too large"):
                polysmith.design(BRIEF, model=False, **TINY)
        finally:
            _file_limit(None)
    report = polysmith.resume("last")
    assert report.verdict == "answered"
    assert polysmith.status("last") == "finished"


@pytest.mark.parametrize("name", ["checkpoints.sqlite", "events.jsonl", "lock", "spec.json"])
def test_what_cannot_be_written_is_named(own_home, name, monkeypatch):
    real = create_run

    def blocked(root, listener=None):
        folder = real(root, listener)
        (folder.path / name).mkdir()
        return folder

    monkeypatch.setattr("agent.runs.create_run", blocked)
    with pytest.raises(StateError):
        polysmith.design(BRIEF, model=False, **TINY)
    monkeypatch.undo()
    monkeypatch.setenv("POLYSMITH_HOME", str(own_home))
    run = next((own_home / "runs").iterdir())
    (run / name).rmdir()
    assert json.loads((run / "input.json").read_text(encoding="utf-8"))["brief"] == BRIEF  # nothing is lost


def test_checkpoints_that_are_none_are_a_clear_error(own_home, monkeypatch):
    real = create_run

    def damaged(root, listener=None):
        folder = real(root, listener)
        (folder.path / "checkpoints.sqlite").write_bytes(b"no database" * 1000)
        return folder

    monkeypatch.setattr("agent.runs.create_run", damaged)
    with pytest.raises(StateError, match="not a database"):
        polysmith.design(BRIEF, model=False, **TINY)


def test_a_state_folder_that_is_a_file_is_a_clear_error(tmp_path, monkeypatch):
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path / "home"))
    with pytest.raises(StateError, match="POLYSMITH_HOME"):
        polysmith.design(BRIEF, model=False, **TINY)


@pytest.mark.slow
def test_a_run_that_takes_too_many_steps_ends_with_a_typed_error(own_home):
    with pytest.raises(BudgetError, match="10 steps"):
        polysmith.design("Tg above 600 °C, density below 0.9 g/cm3", model=False, **{**TINY, "rounds": 3}, max_steps=10)


@pytest.mark.slow
def test_kills_at_random_points_change_nothing(tmp_path, monkeypatch):
    path = Path(__file__).parents[2] / "benchmarks" / "durability.py"
    spec = importlib.util.spec_from_file_location("durability", path)
    bench = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, "durability", bench)
    spec.loader.exec_module(bench)
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    found = bench.measure(4, 1, 1, tmp_path)
    assert found["wrong"] == {}
    assert found["killed"] >= 4
