"""Reading the brief into a typed spec."""

from __future__ import annotations

from agent.brief import read_draft, spec_of
from agent.brief.second import summary
from agent.deps import Deps
from agent.report.model import ModelTask
from agent.state import RunState
from agent.thinking.attempt import attempt, note
from agent.thinking.reading import TASK, read_beside
from tools.core.spec import DesignSpec


def parse(state: RunState, deps: Deps) -> RunState:
    """Read the brief, unless the run was started with a spec; a model reads it beside the rules.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with ``input.json``, and the model.

    Returns
    -------
    RunState
        "refused" if the brief contradicts itself or physics, else "working".

    Raises
    ------
    BriefError
        If neither the rules nor the model find anything to design for.
    """
    given = deps.folder.load("input")
    spec = DesignSpec.model_validate(given["spec"]) if given.get("spec") else _read(given["brief"], deps)
    if not spec.constraints and not spec.structure and not spec.problems:
        spec = spec.model_copy(update={"problems": ("Nothing in the brief was understood as a requirement.",)})
    deps.folder.save("spec", spec.model_dump(mode="json"))
    deps.folder.event("spec", spec=spec.model_dump(mode="json"))
    return {"run_id": state["run_id"], "status": "refused" if spec.problems else "working"}


def _read(brief: str, deps: Deps) -> DesignSpec:
    draft = read_draft(brief)
    found = attempt(deps, TASK, lambda model: read_beside(model, draft))
    if found is not None:
        outcome, problem = found
        helped = bool(outcome.added or outcome.agreed or outcome.differences)
        note(deps, ModelTask(task=TASK, helped=helped, detail=f"{summary(outcome)} {problem}".strip()))
        deps.folder.event(
            "reading",
            added=outcome.added,
            agreed=outcome.agreed,
            differences=outcome.differences,
            left_out=dict(outcome.left_out),
        )
    return spec_of(draft)
