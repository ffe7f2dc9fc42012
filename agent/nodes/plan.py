"""Splitting the spec into sub-questions."""

from __future__ import annotations

from agent.deps import Deps
from agent.planner import make_plan
from agent.state import RunState
from tools.core.spec import DesignSpec


def plan(state: RunState, deps: Deps) -> RunState:
    """Make the plan; it is fixed before any document is read.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with ``spec.json``.

    Returns
    -------
    RunState
        Nothing new.
    """
    made = make_plan(DesignSpec.model_validate(deps.folder.load("spec")), deps.settings.simulate)
    deps.folder.save("plan", made.model_dump(mode="json"))
    deps.folder.event("plan", questions=[item.model_dump(mode="json") for item in made.questions])
    return {"run_id": state["run_id"]}
