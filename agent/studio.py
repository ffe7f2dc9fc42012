"""The graph for LangGraph's own tools: Studio, ``langgraph dev``, and whoever imports a compiled graph.

``langgraph.json`` names ``graph``. It is given ``{"brief": ...}`` and makes a run folder like any other run;
checkpoints are the platform's, if it has some.
"""

from __future__ import annotations

from functools import lru_cache

from typing_extensions import TypedDict

from agent.deps import Deps
from agent.graph import Standalone, build_graph
from agent.report.markdown import to_markdown
from agent.report.model import Report
from agent.runs import create_run, open_run
from agent.settings import Settings, home
from agent.state import RunState


class Brief(TypedDict, total=False):
    """What the graph is given.

    Attributes
    ----------
    brief : str
        The brief in plain words.
    candidates : int
        Finalists in the report.
    seed : int
        Seed.
    settings : dict
        Further settings of a run, by name.
    """

    brief: str
    candidates: int
    seed: int
    settings: dict[str, object]


class Answered(TypedDict, total=False):
    """What the graph returns.

    Attributes
    ----------
    run_id : str
        Id of the run.
    verdict : str
        How it ended.
    markdown : str
        The report.
    report : dict
        The report as plain data.
    """

    run_id: str
    verdict: str
    markdown: str
    report: dict[str, object]


class StudioState(RunState, Brief, total=False):
    """The state of a run, with what was given and what is returned."""

    markdown: str
    report: dict[str, object]


def begin(given: Brief) -> StudioState:
    """Make the folder of a run.

    Parameters
    ----------
    given : Brief
        The brief, and settings if wanted.

    Returns
    -------
    StudioState
        Id of the run, in a state that begins anew.

    Raises
    ------
    BriefError
        If there is nothing in the brief to design for.
    SetupError
        If a setting is wrong.
    """
    from agent.brief import read_draft, spec_of
    from agent.llm.endpoint import Endpoint
    from agent.llm.guard import offline

    brief, endpoint = given.get("brief", ""), Endpoint.load(home())
    draft = read_draft(brief)
    if endpoint is None or offline():
        spec_of(draft)  # a brief with nothing to design for ends here; a model may yet understand it
    chosen = {"llm": endpoint, **given.get("settings", {})}
    settings = Settings.create(
        n_candidates=given.get("candidates", draft.n_candidates), seed=given.get("seed"), **chosen
    )
    folder = create_run(home() / "runs")
    folder.save("input", {"brief": brief, "spec": None, "settings": settings.model_dump(mode="json")})
    return {"run_id": folder.id, "round": 0, "pool": 0, "failures": [], "status": "", "verdict": ""}


def end(state: StudioState) -> Answered:
    """Return the report of a run.

    Parameters
    ----------
    state : StudioState
        Its state.

    Returns
    -------
    Answered
        The report as Markdown and as data.
    """
    raw = open_run(home() / "runs", state["run_id"]).load("run")
    return {
        "run_id": state["run_id"],
        "verdict": state["verdict"],
        "markdown": to_markdown(Report.model_validate(raw)),
        "report": raw,
    }


@lru_cache(maxsize=8)
def _deps(run_id: str) -> Deps:
    from agent.thinking.opening import open_model
    from index.api import open_default
    from tools.core.errors import StateError

    folder = open_run(home() / "runs", run_id)
    settings = Settings.create(**folder.load("input")["settings"])
    model, why_not = open_model(settings, folder)
    index = home() / "index"
    try:
        return Deps(settings, folder, open_default([index] if index.is_dir() else []), "", model, why_not)
    except StateError as error:
        return Deps(settings, folder, None, str(error), model, why_not)


def deps_of(state: RunState) -> Deps:
    """Return what the nodes of a run are handed.

    Parameters
    ----------
    state : RunState
        State with the id of the run.

    Returns
    -------
    Deps
        Settings, folder, retriever and model.
    """
    return _deps(state["run_id"])


graph = build_graph(Standalone(StudioState, Brief, Answered, begin, end, deps_of)).compile(name="polysmith")
