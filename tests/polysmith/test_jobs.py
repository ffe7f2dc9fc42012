"""Jobs in processes of their own: results, typed errors, limits, stops."""

from __future__ import annotations

import os
import threading
import time

import pytest

import polysmith
from polysmith.jobs import process
from polysmith.jobs.process import Job, Workers, rebuilt
from polysmith.jobs.worker import described
from tools.core.errors import BackendMissing, LimitError, ModelError, StructureError, ToolError, UnknownNameError


@pytest.fixture(scope="module")
def workers():
    made = Workers(1)
    yield made
    made.close()


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_jobs_give_results_and_typed_errors_in_one_warm_process(workers):
    assert workers.run(Job("parse", {"brief": "Tg above 200 °C"}))["in_words"]
    first = workers._idle[0]._process.pid
    with pytest.raises(UnknownNameError, match="no_such"):
        workers.run(Job("tool", {"name": "no_such_tool", "arguments": {}}))
    with pytest.raises(ToolError, match="KeyError") as caught:
        workers.run(Job("parse", {}))
    assert "Traceback" not in str(caught.value)
    assert workers.run(Job("parse", {"brief": "no fluorine"}))["structure"]
    assert workers._idle[0]._process.pid == first


def test_events_come_before_the_result(workers):
    told = []
    found = workers.run(Job("design", {"brief": "Tg above 300 °C and Tg below 200 °C", "rules": True}), told.append)
    assert found["data"]["verdict"] == "refused"
    assert found["data"]["run_id"] in found["markdown"]
    assert next(item["run"] for item in told if item["kind"] == "begun") == found["data"]["run_id"]


def test_a_job_that_takes_too_long_is_killed_and_the_next_is_done(workers):
    workers.run(Job("parse", {"brief": "no fluorine"}))
    number = workers._idle[0]._process.pid
    begun = time.monotonic()
    with pytest.raises(LimitError, match=r"0\.3 s"):
        workers.run(Job("design", {"brief": "Tg above 200 °C", "rules": True}, seconds=0.3))
    assert time.monotonic() - begun < 5
    assert not _alive(number)
    assert workers.run(Job("parse", {"brief": "no fluorine"}))["structure"]


def test_a_job_can_be_stopped_while_it_runs_and_while_it_waits(workers):
    workers.run(Job("parse", {"brief": "no fluorine"}))
    ends: list[Exception] = []
    begun = threading.Event()

    def work(job):
        try:
            workers.run(job, lambda _: begun.set())
        except ToolError as error:
            ends.append(error)

    running, waiting = (Job("design", {"brief": "Tg above 200 °C", "rules": True}) for _ in range(2))
    threads = [threading.Thread(target=work, args=[job]) for job in (running, waiting)]
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    waiting.stop()
    threads[1].join(5)
    running.stop()
    threads[0].join(5)
    assert [error.message for error in ends] == ["The job was stopped."] * 2
    assert running.run_id in ends[1].hint
    assert polysmith.status(running.run_id) == "stopped"
    job = Job("parse", {"brief": "x"})
    job.stop()
    with pytest.raises(ToolError):
        workers.run(job)


def test_what_is_closed_does_no_more_and_leaves_no_process():
    made = Workers(1)
    made.run(Job("parse", {"brief": "no fluorine"}))
    number = made._idle[0]._process.pid
    made.close()
    assert not _alive(number)
    with pytest.raises(ToolError, match="ends"):
        made.run(Job("parse", {"brief": "no fluorine"}))


@pytest.mark.parametrize(
    "error",
    [
        BackendMissing("tblite", "pip install tblite"),
        StructureError("No star.", code="no_star", hint="Write two."),
        ModelError("Late.", code="timeout", wait=3.0),
    ],
)
def test_errors_keep_their_class_and_fields(error):
    again = rebuilt(described(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_foreign_errors_keep_only_their_class():
    told = described(ValueError("/home/me/secret"))
    assert "secret" not in str(told)
    assert isinstance(rebuilt(told), ToolError)
    assert isinstance(rebuilt({**told, "type": "SystemExit"}), ToolError)


def test_a_line_without_end_is_not_taken(workers, monkeypatch):
    monkeypatch.setattr(process, "LINE", 10)
    with pytest.raises(ToolError, match="crashed"):
        workers.run(Job("parse", {"brief": "no fluorine"}))
