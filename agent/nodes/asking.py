"""Where a run may pause for a person's answer; these nodes do nothing else, for they are run again when it comes."""

from __future__ import annotations

from agent.costs import model_costs, work_costs
from agent.deps import Deps
from agent.holding import QUESTION
from agent.questions import ANSWER, Question, open_question
from agent.state import RunState
from tools.core.spec import DesignSpec


def ask_model(state: RunState, deps: Deps) -> Question | None:
    """Ask whether the language model may be paid.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Settings and model.

    Returns
    -------
    Question or None
        None if there is nothing to ask.
    """
    costs = model_costs(deps) if "cost" in deps.settings.ask_before else ()
    return Question(id="model", text="May the language model be paid?", costs=costs) if costs else None


def ask_spec(state: RunState, deps: Deps) -> Question | None:
    """Ask whether the brief was read as it was meant.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with ``spec.json``.

    Returns
    -------
    Question or None
        None if there is nothing to ask.
    """
    if "spec" not in deps.settings.ask_before:
        return None
    known = open_question(deps.folder)
    if known is not None and known.id == "spec":  # perhaps with an edited spec that had problems
        return known
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    return Question(id="spec", text="Was the brief read as it was meant?", spec=spec)


def ask_work(state: RunState, deps: Deps) -> Question | None:
    """Ask whether steps that cost much may be done.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with ``spec.json``, and the settings.

    Returns
    -------
    Question or None
        None if nothing costs much.
    """
    if "cost" not in deps.settings.ask_before or state.get("status") == "refused":
        return None
    costs = work_costs(DesignSpec.model_validate(deps.folder.load("spec")), deps.settings)
    return Question(id="work", text="May these steps be done?", costs=costs) if costs else None


def take(answer: str, state: RunState, deps: Deps) -> RunState:
    """Take an accepted answer over.

    Parameters
    ----------
    answer : str
        "ok", or "spec" for an edited one in ``answer.json``.
    state : RunState
        State of the run.
    deps : Deps
        Run folder.

    Returns
    -------
    RunState
        What follows from it.
    """
    update: RunState = {"run_id": state["run_id"]}
    if answer == "spec":
        spec = DesignSpec.model_validate(deps.folder.load(ANSWER))
        if spec.model_dump(mode="json") != deps.folder.load("spec"):
            deps.folder.save("spec", spec.model_dump(mode="json"))
            deps.folder.event("spec", spec=spec.model_dump(mode="json"))
        update["status"] = "refused" if spec.problems else "working"
    deps.folder.drop(QUESTION)
    return update
