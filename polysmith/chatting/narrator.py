"""A run as one watches it: its events become steps, a list of sub-questions and a line that says what goes on.

The same events give the same keys, so that a page which is opened again, or a server that is started again, writes over
what was shown instead of showing it twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from polysmith.progress import STEPS

State = Literal["ready", "running", "done", "failed"]

_KINDS: Final = {
    "parse": "run", "plan": "run", "act": "tool", "research": "retrieval", "generate": "tool", "assess": "tool",
    "simulate": "tool", "check": "tool", "explain": "run", "verify": "run", "report": "run",
}  # fmt: skip
# A sub-question is worked on in the step on the right, unless its own event tells that it is done.
_WORKED_ON: Final = {"design": ("generate", "assess"), "synthesis": ("assess", "check"), "physics": ("check",)}
_LAST: Final = {"design": "assess", "synthesis": "check", "physics": "check"}
_LINES: Final = 60


@dataclass(frozen=True)
class StepView:
    """A step that can be unfolded.

    Attributes
    ----------
    key : str
        The same for the same step.
    name : str
        What it does, with its seconds once it has ended.
    kind : str
        "tool", "retrieval" or "run".
    given : str
        What it worked on, as Markdown.
    made : str
        What it told, as Markdown.
    begun, ended : str
        Moments, ISO 8601; ``ended`` is empty while it works.
    """

    key: str
    name: str
    kind: str
    given: str = ""
    made: str = ""
    begun: str = ""
    ended: str = ""


@dataclass(frozen=True)
class TaskView:
    """A sub-question and how far it is."""

    title: str
    state: State


class Narrator:
    """Follows one run.

    Attributes
    ----------
    run_id : str
        Its id; empty until it has begun.
    line : str
        What goes on at present.
    """

    def __init__(self) -> None:
        self.run_id = ""
        self.line = ""
        self._questions: dict[str, dict[str, Any]] = {}
        self._states: dict[str, State] = {}
        self._steps: dict[str, StepView] = {}
        self._count: dict[str, int] = {}
        self._open: dict[str, str] = {}
        self._told: list[str] = []
        self._given: dict[str, str] = {}

    def take(self, event: dict[str, Any]) -> list[StepView]:
        """Take an event.

        Parameters
        ----------
        event : dict
            As a listener gets it.

        Returns
        -------
        list of StepView
            Steps that are new or changed.
        """
        kind = str(event.get("kind", ""))
        if kind == "begun":
            self.run_id, self.line = str(event.get("run", "")), "starting"
            return self._broken_off()
        if kind == "node":
            return self._node(event)
        if kind == "plan":
            self._plan(event)
        elif kind == "question" and event.get("id") in self._questions:
            self._states[str(event["id"])] = "done"
            self._run_next()
            return self._say(f"{event['id']} answered")
        elif kind == "report":
            self._states = dict.fromkeys(self._states, "done")
        told = _words(event)
        return self._say(told) if told else []

    def tasks(self) -> list[TaskView]:
        """Return the sub-questions with their states, in order."""
        return [TaskView(item["text"], self._states[key]) for key, item in self._questions.items()]

    def steps(self) -> list[StepView]:
        """Return the steps so far, in the order in which they began."""
        return list(self._steps.values())

    def end(self, *, failed: bool) -> list[StepView]:
        """Note that the run has ended, or was stopped.

        Parameters
        ----------
        failed : bool
            Whether it ended without an answer.

        Returns
        -------
        list of StepView
            Steps that changed.
        """
        if failed:
            self._states = {key: "failed" if state == "running" else state for key, state in self._states.items()}
        self.line = ""
        return self._broken_off()

    def _broken_off(self) -> list[StepView]:
        """Close what a stop or a kill left open: a resumed run begins that step again."""
        left = [replace(self._steps[key], ended=self._steps[key].begun) for key in self._open.values()]
        left = [replace(step, name=f"{step.name} (broken off)") for step in left]
        self._steps |= {step.key: step for step in left}
        self._open.clear()
        return left

    def _node(self, event: dict[str, Any]) -> list[StepView]:
        name, moment = str(event.get("name", "")), str(event.get("time", ""))
        words = STEPS.get(name, name)
        if event.get("phase") == "start":
            self._count[name] = self._count.get(name, 0) + 1
            key = f"{name}-{self._count[name]}"
            again = f", round {event['round'] + 1}" if event.get("round") and name == "generate" else ""
            self.line, self._told = f"{words}{again}", []
            self._open[name] = key
            title = f"{words[:1].upper()}{words[1:]}{again}"
            step = StepView(key, title, _KINDS.get(name, "run"), self._given.get(name, ""), begun=moment)
            self._steps[key] = step
            self._move(name, "running")
            return [step]
        opened = self._open.pop(name, "")
        if not opened:
            return []
        was = self._steps[opened]
        step = replace(was, name=f"{was.name} · {_seconds(event, was)}", ended=moment or was.begun)
        self._steps[opened] = step
        self._move(name, "done")
        return [step]

    def _say(self, text: str) -> list[StepView]:
        if not self._open:
            return []
        name, key = next(reversed(self._open.items()))
        words = STEPS.get(name, name)
        self.line = f"{words}: {text}"
        self._told = [*self._told, f"- {text}"][-_LINES:]
        self._steps[key] = replace(self._steps[key], made="\n".join(self._told))
        return [self._steps[key]]

    def _plan(self, event: dict[str, Any]) -> None:
        self._questions = {str(item["id"]): item for item in event.get("questions", [])}
        self._states = dict.fromkeys(self._questions, "ready")
        searched = [f"- {key}: {item['query']}" for key, item in self._questions.items() if item.get("query")]
        self._given["research"] = "\n".join(searched)
        tools = sorted({tool for item in self._questions.values() for tool in item.get("tools", [])})
        self._given["act"] = ", ".join(tools)

    def _move(self, node: str, state: State) -> None:
        if node == "research":
            if state == "running":
                self._run_next()
            else:
                self._states |= {key: "done" for key in self._questions if self._skill(key) not in _WORKED_ON}
        for key in self._questions:
            skill = self._skill(key)
            if node in _WORKED_ON.get(skill, ()) and (state == "running" or _LAST[skill] == node):
                self._states[key] = state

    def _skill(self, key: str) -> str:
        return str(self._questions[key].get("skill", ""))

    def _run_next(self) -> None:
        for key, state in self._states.items():
            if state in {"ready", "running"} and self._skill(key) not in _WORKED_ON:
                self._states[key] = "running"
                return


def _seconds(event: dict[str, Any], step: StepView) -> str:
    seconds = event.get("seconds")
    if seconds is None and event.get("time") and step.begun:
        seconds = (datetime.fromisoformat(event["time"]) - datetime.fromisoformat(step.begun)).total_seconds()
    return f"{seconds:.1f} s" if seconds is not None else ""


def _words(event: dict[str, Any]) -> str:
    """Say what an event tells beyond that a step began or ended."""
    from agent.report.view import spent_text

    kind = event.get("kind")
    if kind == "progress":
        return _plain(event.get("text", ""))
    if kind == "ranking":
        rows = [
            f"{row['rank']}. {row['name'] or row['smiles']} ({row['chance']:.0f} %)" for row in event.get("rows", [])
        ]
        return _plain(f"ranking: {'; '.join(rows)}")
    if kind == "refused call":
        return _plain(f"not called: {event.get('tool', '')}: {event.get('reason', '')}")
    if kind == "tool":
        return _plain(f"{event.get('tool', '')}: {event.get('error') or 'done'}, {event.get('seconds', 0)} s so far")
    if kind == "model":
        from agent.llm.budget import Spent

        return _plain(spent_text(Spent.model_validate({key: event[key] for key in Spent.model_fields if key in event})))
    return ""


def _plain(text: object) -> str:
    from tools.core.shown import markdown

    return markdown(str(text))[:2000]
