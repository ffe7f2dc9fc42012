"""Putting things on the page: steps, the list of sub-questions, streamed answers, tables and errors.

Whatever belongs to a run has an id that follows from the run, so that showing it again replaces it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

import chainlit as cl
from chainlit.element import Element, Task, TaskStatus

from polysmith.chatting.desk import Desk, Work
from polysmith.chatting.elements import Said, Shown, load
from polysmith.chatting.narrator import Narrator, StepView
from polysmith.chatting.store import Store
from tools.core.errors import PolysmithError, RunHeld
from tools.core.shown import markdown as md

SETTLE_SECONDS: Final = 1.0  # after a page was opened again, until it shows what was kept
_SPACE: Final = uuid.UUID("8a1f6f0e-6f0d-4c55-9d39-3f0b6c1c2a57")
_PIECE: Final = 60  # characters that are streamed at a time
_WORK: Final = "work"
_FACE: Final = {"avatarName": "Polysmith"}
_QUICK: Final = {"ask": "Looking for an answer", "predict": "Predicting", "literature": "Searching the literature"}


def key_id(thread: str, run_id: str, key: str) -> str:
    """Return the id of what is shown for a run in a thread; the same for the same."""
    return str(uuid.uuid5(_SPACE, f"{thread}/{run_id}/{key}"))


def _id(run_id: str, key: str) -> str:
    return key_id(str(cl.context.session.thread_id), run_id, key)


def answered(store: Store, thread: str, run_id: str) -> bool:
    """Say whether the answer of a run was shown in a thread."""
    return bool(store.author_of_step(key_id(thread, run_id, "answer-0")))


async def fail(error: PolysmithError) -> None:
    """Say what went wrong and what to do."""
    text = md(error.message)
    if error.hint and not isinstance(error, RunHeld):
        text += f"\n\n{md(error.hint)}"
    await cl.Message(content=text, author="Polysmith").send()


@asynccontextmanager
async def step(profile: str, text: str) -> AsyncIterator[None]:
    """Show a short task as a step while it is done."""
    async with cl.Step(name=_QUICK.get(profile, profile), type="tool", show_input="text") as shown:
        shown.input = text
        yield


async def watch(work: Work, desk: Desk, keep: Callable[[str], None]) -> str:
    """Show a work as it goes on, until it ends.

    Parameters
    ----------
    work : Work
        The work.
    desk : Desk
        Whose it is; says how many are before it.
    keep : callable
        Told the id of the run as soon as it is known.

    Returns
    -------
    str
        Id of the run; empty if none was begun.
    """
    narrator = Narrator()
    first: cl.Step | None = await _waiting(desk.ahead(work)) if not work.events else None
    caught_up = len(work.events)
    at = 0
    async for event in work.follow():
        at += 1
        changed = narrator.take(event)
        if event.get("kind") == "begun":
            keep(narrator.run_id)
            await _drop(first)
            first = None
        if at >= caught_up:
            await _steps(narrator, changed if at > caught_up else narrator.steps())
            await _tasks(narrator, narrator.line)
    await _drop(first)
    failed = work.error is not None
    await _steps(narrator, narrator.end(failed=failed), done=_ending(work))
    await _tasks(narrator, _ending(work))
    return narrator.run_id


async def _waiting(ahead: int) -> cl.Step:
    """Say that it has been begun, before there is anything to tell."""
    words = f"Waiting for a turn: {ahead} before this one" if ahead else "Starting: reading the brief"
    step = cl.Step(name=words, type="run")
    step.show_input = False
    step.metadata = dict(_FACE)
    step.start = step.created_at
    await step.send()
    return step


async def _drop(step: cl.Step | None) -> None:
    if step is not None:
        await step.remove()


def _ending(work: Work) -> str:
    if work.error is None:
        return "Done"
    return {"Paused": "Waiting for you", "Stopped": "Stopped"}.get(type(work.error).__name__, "Ended early")


async def replay(events: Iterable[dict[str, Any]]) -> None:
    """Show what a run did before."""
    narrator = Narrator()
    for event in events:
        narrator.take(event)
    narrator.end(failed=True)
    await _steps(narrator, narrator.steps(), done="Stopped")
    await _tasks(narrator, "Stopped")


async def _steps(narrator: Narrator, changed: list[StepView], done: str = "") -> None:
    if not narrator.run_id:
        return
    first = narrator.steps()[:1]
    parent = cl.Step(name=done or narrator.line or "Working", type="run", id=_id(narrator.run_id, _WORK))
    parent.start = parent.created_at = first[0].begun if first else parent.created_at
    parent.show_input = False
    parent.metadata = dict(_FACE)
    if done:
        last = narrator.steps()[-1:]
        parent.end = (last[0].ended if last else "") or parent.start
        parent.name = f"{done} ({len(narrator.steps())} steps)" if len(narrator.steps()) > 1 else done
    await parent.send()
    for view in changed:
        kind: Any = view.kind  # one of Chainlit's own literals
        made = cl.Step(name=view.name, type=kind, id=_id(narrator.run_id, view.key), parent_id=parent.id)
        made.start = made.created_at = view.begun
        made.end = view.ended or None
        made.show_input = "text" if view.given else False
        made.input, made.output = view.given, view.made
        made.language = None
        made.metadata = dict(_FACE)
        await made.send()


_STATES: Final = {
    "ready": TaskStatus.READY, "running": TaskStatus.RUNNING, "done": TaskStatus.DONE, "failed": TaskStatus.FAILED,
}  # fmt: skip


async def _tasks(narrator: Narrator, status: str) -> None:
    views = narrator.tasks()
    if not views:
        return
    shown = cl.TaskList(tasks=[Task(view.title, _STATES[view.state]) for view in views], status=status or "Working")
    shown.id = _id("", "tasks")
    await shown.send()


async def answer(run_id: str, result: dict[str, Any]) -> None:
    """Show what came of a run: the first message is streamed, as it would be read."""
    cl.user_session.set("run_id", run_id or result["run_id"])
    for at, said in enumerate(load(result["said"])):
        await _say(said, _id(result["run_id"], f"answer-{at}"), stream=at == 0)


async def say_all(result: dict[str, Any]) -> None:
    """Show messages that belong to no run."""
    for at, said in enumerate(load(result["said"])):
        await _say(said, str(uuid.uuid4()), stream=at == 0)


async def _say(said: Said, key: str, *, stream: bool) -> None:
    shown = cl.Message(content="", author="Polysmith", id=key)
    if stream:
        for start in range(0, len(said.text), _PIECE):
            await shown.stream_token(said.text[start : start + _PIECE])
            await asyncio.sleep(0.01)
    shown.content = said.text
    shown.elements = [_element(piece, key, at) for at, piece in enumerate(said.shown)]
    await (shown.update() if stream and said.text and shown.persisted else shown.send())


def _element(piece: Shown, message: str, at: int) -> Element:
    key = str(uuid.uuid5(_SPACE, f"{message}/{piece.key or at}"))
    common: dict[str, Any] = {"name": piece.name, "display": piece.display, "id": key}
    if piece.kind == "custom":
        return cl.CustomElement(props=piece.props, **common)
    common |= {"content": piece.content or " "}
    if piece.kind == "plotly":
        import plotly.io

        figure = plotly.io.from_json(piece.content)
        return cl.Plotly(figure=figure, **{key: item for key, item in common.items() if key != "content"})
    if piece.kind == "text":
        return cl.Text(**common)
    made = {"file": cl.File, "image": cl.Image}[piece.kind]
    return made(mime=piece.mime or None, **common)


async def constraint_table(run_id: str, table: dict[str, Any]) -> None:
    """Show the brief as it was understood, to be confirmed, edited or cancelled; in place of what was shown before."""
    words = {
        "open": "This is how the brief was understood. Edit what is wrong, then confirm.",
        "confirmed": "Confirmed.",
        "cancelled": "Cancelled. Nothing was computed; write a new brief, or press Confirm to go on after all.",
    }[table["state"]]
    await _own("ConstraintTable", {**table, "run": run_id}, _id(run_id, "constraints"), words)


async def controls(run_id: str, state: str) -> None:
    """Offer to go on with a run that was broken off."""
    words = {
        "stopped": "The run was stopped. What it has found is kept.",
        "interrupted": "The server was restarted while this run was at work. What it has found is kept.",
        "new": "This run was broken off before it had read its brief.",
        "continued": "The run goes on.",
    }[state]
    await _own("RunControls", {"run": run_id, "state": state}, _id(run_id, "controls"), words)


async def _own(name: str, props: dict[str, Any], key: str, words: str) -> None:
    element = cl.CustomElement(name=name, props=props, display="inline", id=str(uuid.uuid5(_SPACE, key)))
    await cl.Message(content=words, author="Polysmith", id=key, elements=[element]).send()
