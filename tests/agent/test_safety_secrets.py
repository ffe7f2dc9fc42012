"""The key of a model's server is in nothing that a whole design or question leaves behind, even if the server echoes it."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from agent.llm import fake_server as fake
from agent.llm.fake_server import FakeServer, Served
from agent.llm.filling import fill
from agent.llm.messages import ToolCall
from polysmith.cli.app import app

CANARY = "canary-3f9a/7Q+e2=b51d-Zx"
BRIEF = "Tg above 150 °C, density below 1.25 g/cm3, and something that no rule understands"
SMALL = ["--pool", "30", "--evaluations", "0", "--rounds", "1", "-n", "1", "--simulate", "0"]
FORMS = [
    CANARY,
    json.dumps(CANARY)[1:-1],
    quote(CANARY, safe=""),
    base64.b64encode(CANARY.encode()).decode(),
    "canary-3f9a",
]


def echoing(body):
    """Answer what was asked, with the key wherever a text has room, and fail with it now and then."""
    order = sum(map(len, (str(item.get("content")) for item in body["messages"])))
    echo = f"your key is {CANARY} and Bearer {CANARY}"
    failing = {0: Served({"error": {"message": echo}}, 500), 1: Served(f"<html>{echo}</html>", 503),
               2: Served({"error": {"message": echo}}, 400)}  # fmt: skip
    if order % 7 in failing:
        return failing[order % 7]
    form = body.get("response_format", {}).get("json_schema", {}).get("schema")
    if form:
        return fake.text(json.dumps(_everywhere(fill(form), echo)))
    if body.get("tools"):
        return fake.calls(ToolCall(id=CANARY, name=f"tool_{CANARY}", arguments=json.dumps({"key": echo})))
    return fake.text(echo)


def _everywhere(value, echo):
    if isinstance(value, dict):
        return {name: _everywhere(item, echo) for name, item in value.items()}
    if isinstance(value, list):
        return [_everywhere(item, echo) for item in value]
    return f"{value} {echo}" if isinstance(value, str) else value


@pytest.fixture
def server(model_calls, monkeypatch, tmp_path):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("POLYSMITH_LLM_KEY", CANARY)
    monkeypatch.setattr("agent.llm.tries.FIRST_PAUSE", 0.01)
    with FakeServer(echoing, key=CANARY) as running:
        monkeypatch.setenv("POLYSMITH_LLM_URL", running.url)
        monkeypatch.setenv("POLYSMITH_LLM_MODEL", "fake")
        yield running


def leaks(seen):
    return [name for name, text in seen.items() for form in FORMS if form.encode() in text]


def left_in(folder: Path):
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    "command", [["design", BRIEF, *SMALL], ["design", BRIEF, *SMALL, "--json"]], ids=["text", "json"]
)
def test_a_design_leaves_the_key_nowhere(server, command, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    seen = left_in(tmp_path)
    assert {"checkpoints.sqlite", "events.jsonl", "run.json", "report.html"} <= {Path(n).name for n in seen}
    assert server.requests and set(server.authorizations) == {f"Bearer {CANARY}"}
    seen |= {"output": done.output.encode(), "log": caplog.text.encode()}
    assert leaks(seen) == []


@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["text", "json"])
def test_a_question_leaves_the_key_nowhere(server, as_json, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    for question in ("What is the Tg of polystyrene?", "Why do side chains lower the glass transition temperature?"):
        done = CliRunner().invoke(app, ["ask", question, *as_json])
        assert done.exit_code in {0, 3}, done.output
        assert leaks({**left_in(tmp_path), "output": done.output.encode(), "log": caplog.text.encode()}) == []


def test_an_error_of_a_run_does_not_tell_the_key(server, monkeypatch, tmp_path):
    import polysmith
    from agent.nodes import report
    from tools.core.errors import StateError

    def broken(*_: object) -> None:
        raise StateError(f"a node failed in {tmp_path}")

    monkeypatch.setattr(report, "write_report", broken)
    with pytest.raises(StateError) as caught:
        polysmith.design(BRIEF, candidates=1, pool=30, evaluations=0, rounds=1, simulate=0)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert leaks({"error": told.encode(), **left_in(tmp_path)}) == []
