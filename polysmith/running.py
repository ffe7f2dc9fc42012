"""Going on with runs: resume, answer, stop, show, and where a run stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from agent.report.model import Report
from polysmith.config import open_retriever, runs_folder
from tools.core.errors import StateError, UnknownNameError
from tools.core.spec import DesignSpec

if TYPE_CHECKING:
    from agent.holding import RunStatus
    from agent.llm.model import ChatModel
    from agent.questions import Question
    from agent.runs import RunFolder

Listener = Callable[[dict[str, Any]], None]


def resume(
    run_id: str,
    *,
    answer: DesignSpec | str | bool | None = None,
    about: str = "",
    on_event: Listener | None = None,
    model: ChatModel | None = None,
    callbacks: Sequence[Any] = (),
) -> Report:
    """Continue a run that was stopped, or answer what it asks; a finished run just returns its report.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".
    answer : DesignSpec, str or bool, optional
        Answer to the question at which the run paused: True or "ok" to go on; where it asks about the brief also an
        edited spec, as such, as JSON, or as lines in plain words ("Tg above 200 °C", "drop 2").
    about : str
        Id of the question that is meant (``polysmith.question(run_id).id``); an answer to another one is refused.
    on_event : callable, optional
        Called with every event.
    model : ChatModel, optional
        A language model to think with instead of the endpoint that the run was begun with.
    callbacks : sequence of BaseCallbackHandler, optional
        As for ``design``.

    Returns
    -------
    Report
        The report.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    InputError
        If the answer cannot be read.
    StateError
        If another process works on it, its folder cannot be used, or an answer is given that it does not wait for.
    Paused
        If it asks something: ``polysmith.question(run_id)`` says what.
    Stopped
        If it was told to stop.
    """
    from agent.holding import mark_stopped, unmark
    from agent.questions import accept
    from agent.runs import open_run

    folder = open_run(runs_folder(), run_id, on_event)
    with folder.locked():
        told = "" if answer is None else accept(folder, answer, about)
        if not folder.has("run"):
            unmark(folder)
            folder.event("begun", run=folder.id)
        try:
            _go_on(folder, told, model, callbacks)
        except KeyboardInterrupt:
            mark_stopped(folder)
            raise
    return show(folder.id)


def _go_on(folder: RunFolder, answer: str, model: ChatModel | None, callbacks: Sequence[Any]) -> None:
    from agent.deps import Deps
    from agent.graph import run_graph
    from agent.holding import Clock
    from agent.settings import Settings
    from agent.thinking.opening import open_model

    settings = Settings.create(**folder.load("input")["settings"])
    retriever, problem = open_retriever()
    thinker, why_not = open_model(settings, folder, model)
    clock = Clock(folder, settings.max_seconds)
    run_graph(Deps(settings, folder, retriever, problem, thinker, why_not, clock), callbacks, answer=answer)


def question(run_id: str) -> Question | None:
    """Return what a run asks.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".

    Returns
    -------
    agent.questions.Question or None
        With ``id``, ``text``, the ``spec`` as read and the ``costs``; None if it asks nothing.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    StateError
        If its folder cannot be read.
    """
    from agent.questions import open_question
    from agent.runs import open_run

    return open_question(open_run(runs_folder(), run_id))


def status(run_id: str) -> RunStatus:
    """Say where a run stands.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".

    Returns
    -------
    {"new", "running", "paused", "stopped", "interrupted", "finished"}
        All but "running" and "finished" can be resumed.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    """
    from agent.holding import status_of
    from agent.runs import open_run

    return status_of(open_run(runs_folder(), run_id))


def stop(run_id: str) -> bool:
    """Tell a run that is worked on, in whatever process, to stop; it can be resumed.

    It stops between two steps, two batches of candidates or two requests, and its workers are killed within a second.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".

    Returns
    -------
    bool
        False if nobody works on it.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    StateError
        If its folder cannot be written to.
    """
    from agent.holding import ask_to_stop
    from agent.runs import open_run

    return ask_to_stop(open_run(runs_folder(), run_id))


def show(run_id: str) -> Report:
    """Read the report of a finished run.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".

    Returns
    -------
    Report
        The report.

    Raises
    ------
    UnknownNameError
        If there is no such run, or it has not finished.
    StateError
        If its report cannot be read.
    """
    from pydantic import ValidationError

    from agent.runs import open_run

    folder = open_run(runs_folder(), run_id)
    if not folder.has("run"):
        raise UnknownNameError(
            f"Run {folder.id} has no report yet.", hint=f"Continue it with: polysmith run resume {folder.id}"
        )
    try:
        return Report.model_validate(folder.load("run"))
    except ValidationError as error:
        raise StateError(f"The report of run {folder.id} cannot be read: {error}") from error
