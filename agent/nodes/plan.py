"""Splitting the spec into sub-questions, and choosing the tool calls that a language model wants for them."""

from __future__ import annotations

from functools import partial

from agent.deps import Deps
from agent.llm.model import LanguageModel
from agent.planner import make_plan
from agent.report.model import ModelTask
from agent.state import Plan, RunState
from agent.thinking.attempt import attempt, note
from agent.thinking.choosing import choose_calls
from agent.thinking.decomposing import Refined, propose_queries, propose_questions, without_idle
from tools.catalogue import catalogue
from tools.core.spec import DesignSpec

SPLITTING = "splitting the brief"
SEARCHING = "choosing search words"
CHOOSING = "choosing tool calls"


def _with_model(made: Plan, spec: DesignSpec, deps: Deps) -> Plan:
    """Let the model add to the plan of the rules; each of its three jobs may fail without the others."""
    settings = deps.settings

    def split(model: LanguageModel) -> Refined:
        return propose_questions(model, spec, made, settings.simulate)

    refined = attempt(deps, SPLITTING, split)
    if refined is not None:
        made = refined.plan
        note(deps, ModelTask(task=SPLITTING, helped=refined.added > 0, detail=refined.detail))
    if deps.retriever is not None:
        worded = attempt(deps, SEARCHING, partial(propose_queries, spec=spec, plan=made))
        if worded is not None:
            made = worded.plan
            note(deps, ModelTask(task=SEARCHING, helped=worded.added > 0, detail=worded.detail))
    known = catalogue(deps.retriever)
    chosen = attempt(deps, CHOOSING, partial(choose_calls, spec=spec, plan=made, known=known, most=settings.tool_calls))
    if chosen is not None:
        made = chosen.into(made)
    kept = without_idle(made, searched=deps.retriever is not None)
    if chosen is not None:
        detail = "; ".join((chosen.detail, *kept.refused))
        note(deps, ModelTask(task=CHOOSING, helped=chosen.count > 0, detail=detail))
    return kept.plan


def plan(state: RunState, deps: Deps) -> RunState:
    """Make the plan with its calls; it is fixed before any document is read.

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
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    made = make_plan(spec, deps.settings.simulate)
    if deps.model is not None:
        made = _with_model(made, spec, deps)
    deps.folder.save("plan", made.model_dump(mode="json"))
    deps.folder.event("plan", questions=[item.model_dump(mode="json") for item in made.questions])
    return {"run_id": state["run_id"]}
