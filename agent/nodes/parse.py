"""Reading the brief into a typed spec."""

from __future__ import annotations

from agent.brief import parse_brief
from agent.deps import Deps
from agent.state import RunState
from tools.core.spec import DesignSpec


def parse(state: RunState, deps: Deps) -> RunState:
    """Read the brief, unless the run was started with a spec.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with ``input.json``.

    Returns
    -------
    RunState
        "refused" if the brief contradicts itself or physics, else "working".
    """
    given = deps.folder.load("input")
    spec = DesignSpec.model_validate(given["spec"]) if given.get("spec") else parse_brief(given["brief"])
    if not spec.constraints and not spec.structure and not spec.problems:
        spec = spec.model_copy(update={"problems": ("Nothing in the brief was understood as a requirement.",)})
    deps.folder.save("spec", spec.model_dump(mode="json"))
    deps.folder.event("spec", spec=spec.model_dump(mode="json"))
    return {"run_id": state["run_id"], "status": "refused" if spec.problems else "working"}
