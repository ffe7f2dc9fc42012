"""Asking the model for help: what it cannot do the rules do, and the report says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from agent.deps import Deps
from agent.llm.model import LanguageModel
from agent.report.model import ModelTask
from tools.core.errors import BudgetError, ModelError, SetupError, StateError

T = TypeVar("T")
TASKS = "thinking"


def attempt(deps: Deps, task: str, think: Callable[[LanguageModel], T]) -> T | None:
    """Let the model do a task; a fault of the model or an empty budget is noted, and the rules go on alone.

    Parameters
    ----------
    deps : Deps
        Model and run folder.
    task : str
        What it is asked for, such as ``"reading the brief"``; doing the same task again replaces its note.
    think : callable
        Does the task with the model. Its other errors pass through.

    Returns
    -------
    object or None
        What ``think`` returned; None if there is no model or it could not help.

    Raises
    ------
    StateError
        If the run folder cannot be used.
    Stopped
        If the run was told to stop.
    """
    if deps.model is None:
        return None
    deps.heed()
    if deps.late():
        note(deps, ModelTask(task=task, helped=False, detail="The run's seconds were used up."))
        return None
    try:
        found = think(deps.model)
    except StateError:  # the run's own folder: nothing can go on
        raise
    except (ModelError, BudgetError, SetupError) as error:
        note(deps, ModelTask(task=task, helped=False, detail=str(error)))
        return None
    note(deps, ModelTask(task=task, helped=True))
    return found


def note(deps: Deps, done: ModelTask) -> None:
    """Write down what the model was asked for and how it ended.

    Parameters
    ----------
    deps : Deps
        Run folder.
    done : ModelTask
        The task; replaces an earlier note of the same name.
    """
    known = [item for item in tasks_of(deps) if item.task != done.task]
    deps.folder.save(TASKS, [item.model_dump(mode="json") for item in (*known, done)])
    deps.folder.event("thinking", **done.model_dump(mode="json"))


def tasks_of(deps: Deps) -> list[ModelTask]:
    """Return the notes of a run so far.

    Parameters
    ----------
    deps : Deps
        Run folder.

    Returns
    -------
    list of ModelTask
        In the order in which they were done.
    """
    return [ModelTask.model_validate(raw) for raw in deps.folder.load(TASKS)] if deps.folder.has(TASKS) else []
