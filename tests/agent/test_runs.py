"""Run folders survive crashes, refuse a second worker, and say what is wrong."""

from __future__ import annotations

import multiprocessing
import os

import pytest

from agent.runs import create_run, list_runs, new_run_id, open_run, write_atomically
from tools.core.errors import StateError, UnknownNameError


def test_artefacts_come_back_and_saving_twice_replaces(tmp_path):
    run = create_run(tmp_path)
    run.save("spec", {"a": 1})
    run.save("spec", {"a": 2})
    assert open_run(tmp_path, run.id).load("spec") == {"a": 2}
    assert open_run(tmp_path, "last").id == run.id
    assert list_runs(tmp_path) == [run.id]


def test_events_reach_the_listener_and_the_file(tmp_path):
    seen = []
    run = create_run(tmp_path, seen.append)
    run.event("node", name="parse")
    assert seen[0]["name"] == "parse"
    assert "parse" in (run.path / "events.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("run_id", ["../../etc", "nothing", "20260101-000000-abcdef", ""])
def test_unknown_and_hostile_ids_are_refused(tmp_path, run_id):
    create_run(tmp_path)
    with pytest.raises(UnknownNameError):
        open_run(tmp_path, run_id)


def test_a_damaged_artefact_is_a_typed_error(tmp_path):
    run = create_run(tmp_path)
    (run.path / "spec.json").write_text("{", encoding="utf-8")
    with pytest.raises(StateError):
        run.load("spec")
    with pytest.raises(UnknownNameError):
        run.load("absent")


def _hold(path, ready, done):
    from agent.runs import RunFolder

    with RunFolder(path).locked():
        ready.set()
        done.wait(20)


def test_a_second_worker_is_refused_until_the_first_is_gone(tmp_path):
    run = create_run(tmp_path)
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    worker = context.Process(target=_hold, args=(run.path, ready, done))
    worker.start()
    try:
        assert ready.wait(20)
        with pytest.raises(StateError, match="another process"), run.locked():
            pass
    finally:
        worker.kill()
        worker.join()
    with run.locked():
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to read-only folders")
def test_a_read_only_folder_is_a_typed_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StateError, match="POLYSMITH_HOME"):
        create_run(tmp_path)


def test_writing_into_a_missing_folder_is_a_typed_error(tmp_path):
    with pytest.raises(StateError):
        write_atomically(tmp_path / "absent" / "file", "text")


def test_ids_sort_by_time():
    from datetime import UTC, datetime

    early, late = (new_run_id(datetime(2026, 1, day, tzinfo=UTC)) for day in (1, 2))
    assert early < late
