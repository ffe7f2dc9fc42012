"""What the chat has done for it in a process of its own: tasks are functions of plain data that give plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from polysmith.chatting.elements import Said, dump
from tools.core.errors import InputError

if TYPE_CHECKING:
    from agent.questions import Question
    from tools.core.spec import DesignSpec

Listener = Callable[[dict[str, Any]], None]


def do(arguments: dict[str, Any], on_event: Listener) -> Any:
    """Do a task of the chat.

    Parameters
    ----------
    arguments : dict
        "do" names the task; the rest is what it needs.
    on_event : callable
        Called with the events of a run.

    Returns
    -------
    object
        Plain data.

    Raises
    ------
    InputError
        If there is no such task.
    PolysmithError
        As the task raises it.
    """
    task = TASKS.get(str(arguments.get("do")))
    if task is None:
        raise InputError(f"{arguments.get('do')!r} is nothing that the chat can do.")
    return task(arguments, on_event)


def _design(arguments: dict[str, Any], on_event: Listener) -> Any:
    from polysmith import api

    settings = {name: item for name, item in arguments["settings"].items() if item is not None}
    model = False if settings.pop("rules", False) else None
    report = api.design(arguments["brief"], on_event=on_event, model=model, **settings)
    return _answer(report, arguments)


def _resume(arguments: dict[str, Any], on_event: Listener) -> Any:
    from polysmith import api

    answer, about = arguments.get("answer"), arguments.get("about", "")
    report = api.resume(arguments["run_id"], answer=answer, about=about, on_event=on_event)
    return _answer(report, arguments)


def _shown(arguments: dict[str, Any], on_event: Listener) -> Any:
    from polysmith import api

    return _answer(api.show(arguments["run_id"]), arguments)


def _answer(report: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    from agent.runs import open_run
    from polysmith.chatting.answer import answer_messages
    from polysmith.config import runs_folder

    folder = open_run(runs_folder(), report.run_id)
    messages = answer_messages(report, folder, units=arguments.get("units", "brief"))
    return {"run_id": report.run_id, "verdict": report.verdict, "said": dump(messages)}


def _question(arguments: dict[str, Any], on_event: Listener) -> Any:
    from polysmith import api

    question = api.question(arguments["run_id"])
    return None if question is None else _table(question, question.spec)


def _table(question: Question, spec: DesignSpec | None) -> dict[str, Any]:
    """Give the data of ``ConstraintTable.jsx``; a question about costs has no rows."""
    from polysmith.chatting.constraints import table_props

    shown = {"about": question.id, "state": "open", "costs": list(question.costs)}
    return {**shown, "rows": [], "editable": False} if spec is None else table_props(spec, **shown, editable=True)


def _asked(run_id: str) -> tuple[Question, DesignSpec]:
    from polysmith import api

    question = api.question(run_id)
    if question is None or question.spec is None:
        raise InputError("This run does not ask about its brief any more.")
    return question, question.spec


def _edit(arguments: dict[str, Any], on_event: Listener) -> Any:
    from polysmith.chatting.constraints import edited

    question, spec = _asked(arguments["run_id"])
    found = edited(arguments["rows"], spec)
    if found.spec is None:
        return {"messages": list(found.messages)}
    return {"messages": [], "spec": found.spec.model_dump_json(), "table": _table(question, found.spec)}


def _lines(arguments: dict[str, Any], on_event: Listener) -> Any:
    """Read an answer that was typed instead of edited in the table."""
    from agent.questions import read_spec

    question, spec = _asked(arguments["run_id"])
    read = read_spec(arguments["text"], spec)
    return {"spec": read.model_dump_json(), "table": _table(question, read)}


def _state(arguments: dict[str, Any], on_event: Listener) -> Any:
    from agent.runs import open_run
    from polysmith import api
    from polysmith.config import runs_folder

    run_id = arguments["run_id"]
    return {"state": api.status(run_id), "events": open_run(runs_folder(), run_id).events()}


def _ask(arguments: dict[str, Any], on_event: Listener) -> Any:
    from polysmith import api
    from polysmith.chatting.answer import reply_message

    return _said(reply_message(api.ask(arguments["text"], False if arguments.get("rules") else None)))


def _predict(arguments: dict[str, Any], on_event: Listener) -> Any:
    from polysmith import api
    from polysmith.chatting.answer import predictions_message
    from polysmith.chatting.reading import polymers_in

    return _said(predictions_message(api.predict(polymers_in(arguments["text"]))))


def _literature(arguments: dict[str, Any], on_event: Listener) -> Any:
    from polysmith import api
    from polysmith.chatting.answer import passages_message

    return _said(passages_message(api.search(arguments["text"], 8), arguments["text"]))


def _follow(arguments: dict[str, Any], on_event: Listener) -> Any:
    from polysmith.chatting.following import follow_up
    from polysmith.config import runs_folder

    found = follow_up(arguments["text"], arguments["run_id"], runs_folder())
    if found is None:
        return None
    return {"brief": found.brief} if found.kind == "design" else _said(found.said)


def _act(arguments: dict[str, Any], on_event: Listener) -> Any:
    from agent.settings import home
    from polysmith.chatting.following import act

    said = act(arguments["payload"], home())
    return None if said is None else _said(said)


def _upload(arguments: dict[str, Any], on_event: Listener) -> Any:
    from pathlib import Path

    from agent.settings import home
    from polysmith.chatting.uploads import read_upload

    return _said(read_upload(Path(arguments["path"]), arguments["name"], home()))


def _said(message: Said) -> dict[str, Any]:
    return {"said": dump([message])}


TASKS: dict[str, Callable[[dict[str, Any], Listener], Any]] = {
    "design": _design,
    "resume": _resume,
    "show": _shown,
    "question": _question,
    "edit": _edit,
    "lines": _lines,
    "state": _state,
    "ask": _ask,
    "predict": _predict,
    "literature": _literature,
    "follow": _follow,
    "act": _act,
    "upload": _upload,
}
