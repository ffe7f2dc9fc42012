"""What a job can be. Each kind is a function of plain arguments and a listener; it gives plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tools.core.errors import StateError

Listener = Callable[[dict[str, Any]], None]


def use_tool(arguments: dict[str, Any], on_event: Listener) -> Any:
    """Call a tool of the catalogue.

    Parameters
    ----------
    arguments : dict
        "name" of the tool and its "arguments".
    on_event : callable
        Not called.

    Returns
    -------
    object
        What the tool returns.
    """
    from polysmith.config import open_retriever
    from tools.catalogue import get_tool

    name = arguments["name"]
    retriever, problem = open_retriever() if name == "search_literature" else (None, "")
    if problem:
        raise StateError(problem)
    return get_tool(name, retriever).call(arguments["arguments"])


def read_brief(arguments: dict[str, Any], on_event: Listener) -> dict[str, Any]:
    """Read a brief.

    Parameters
    ----------
    arguments : dict
        "brief".
    on_event : callable
        Not called.

    Returns
    -------
    dict
        The spec, and each requirement in words.
    """
    from polysmith import api
    from polysmith.answers import spec_data

    return spec_data(api.parse(arguments["brief"]))


def _told(report: Any) -> dict[str, Any]:
    from polysmith.answers import report_data, report_markdown

    return {"data": report_data(report), "markdown": report_markdown(report)}


def design(arguments: dict[str, Any], on_event: Listener) -> dict[str, Any]:
    """Design for a brief.

    Parameters
    ----------
    arguments : dict
        "brief" and, if wanted, "candidates", "seed", and "rules" to leave a configured model out; further ones are
        settings of a run.
    on_event : callable
        Called with the events of the run.

    Returns
    -------
    dict
        "data" and "markdown".
    """
    from polysmith import api

    settings = {name: value for name, value in arguments.items() if value is not None}
    model = False if settings.pop("rules", False) else None
    return _told(api.design(settings.pop("brief"), on_event=on_event, model=model, **settings))


def resume(arguments: dict[str, Any], on_event: Listener) -> dict[str, Any]:
    """Continue a run.

    Parameters
    ----------
    arguments : dict
        "run_id" and, to answer what it asks, "answer" and "about".
    on_event : callable
        Called with the events of the run.

    Returns
    -------
    dict
        "data" and "markdown".
    """
    from polysmith import api

    answer, about = arguments.get("answer"), arguments.get("about", "")
    return _told(api.resume(arguments["run_id"], answer=answer, about=about, on_event=on_event))


def ask(arguments: dict[str, Any], on_event: Listener) -> dict[str, Any]:
    """Answer a question.

    Parameters
    ----------
    arguments : dict
        "question", and "rules" to leave a configured model out.
    on_event : callable
        Not called.

    Returns
    -------
    dict
        "data" and "markdown".
    """
    from polysmith import api
    from polysmith.answers import reply_markdown

    reply = api.ask(arguments["question"], model=False if arguments.get("rules") else None)
    return {"data": reply.model_dump(mode="json"), "markdown": reply_markdown(reply)}


def converse(arguments: dict[str, Any], on_event: Listener) -> dict[str, Any]:
    """Answer the last message of a conversation, as a brief or as a question.

    Parameters
    ----------
    arguments : dict
        "messages": what the user said, in order; "mode": "design", "ask" or "auto"; further ones as for ``design``.
    on_event : callable
        Called with the events of a run.

    Returns
    -------
    dict
        "data", "markdown" and "mode".
    """
    from polysmith.agent_server.conversation import understood

    rest = dict(arguments)
    turn = understood(rest.pop("messages"), rest.pop("mode"))
    if turn.mode == "ask":
        found = ask({"question": turn.text, "rules": rest.get("rules")}, on_event)
    else:
        found = design({"brief": turn.text, **rest}, on_event)
    return {**found, "mode": turn.mode, "markdown": "\n\n".join((*turn.notes, found["markdown"]))}


def status(arguments: dict[str, Any], on_event: Listener) -> dict[str, Any]:
    """Say how far a run is.

    Parameters
    ----------
    arguments : dict
        "run_id".
    on_event : callable
        Not called.

    Returns
    -------
    dict
        "run_id", "state", "verdict", "step", "brief" and "spent".
    """
    from polysmith.jobs.runs import status_of

    return status_of(arguments["run_id"])


def runs(arguments: dict[str, Any], on_event: Listener) -> list[dict[str, Any]]:
    """List runs, newest first.

    Parameters
    ----------
    arguments : dict
        "limit".
    on_event : callable
        Not called.

    Returns
    -------
    list of dict
        As ``status``.
    """
    from polysmith.jobs.runs import newest

    return newest(arguments["limit"])


def chat(arguments: dict[str, Any], on_event: Listener) -> Any:
    """Do a task of the chat.

    Parameters
    ----------
    arguments : dict
        As for ``polysmith.chatting.work.do``.
    on_event : callable
        Called with the events of a run.

    Returns
    -------
    object
        Plain data.
    """
    from polysmith.chatting.work import do

    return do(arguments, on_event)


KINDS: dict[str, Callable[[dict[str, Any], Listener], Any]] = {
    "tool": use_tool,
    "parse": read_brief,
    "design": design,
    "resume": resume,
    "ask": ask,
    "converse": converse,
    "chat": chat,
    "status": status,
    "runs": runs,
}
