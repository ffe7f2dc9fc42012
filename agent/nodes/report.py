"""Writing the report."""

from __future__ import annotations

import importlib.metadata

from agent.deps import Deps
from agent.llm.budget import Spent
from agent.report.model import ModelUse, Report
from agent.report.write import write_report
from agent.state import RunState
from agent.thinking.attempt import tasks_of
from agent.thinking.journal import spent_before

PACKAGES = ("polysmith", "rdkit", "numpy", "scipy", "lightgbm", "langgraph")


def versions() -> dict[str, str]:
    """Return the versions that numbers depend on.

    Returns
    -------
    dict of str to str
        Version by package.
    """
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def data_hashes() -> dict[str, str]:
    """Return the ids of the models that numbers depend on, with a hash over their files.

    Returns
    -------
    dict of str to str
        Hash by card id.
    """
    from tools.core.evidence import inputs_hash
    from tools.properties.predict import available

    cards = (*available().values(), *available(tier="fast").values())
    return {card.id: inputs_hash(sorted(card.files.items())) for card in cards}


def _model_use(deps: Deps) -> ModelUse:
    name = deps.model.name if deps.model is not None else ""
    spent = spent_before(deps.folder) or Spent()
    return ModelUse(name=name, problem=deps.model_problem, tasks=tuple(tasks_of(deps)), spent=spent)


def report(state: RunState, deps: Deps) -> RunState:
    """Put the report together and write its views.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with what the earlier steps left.

    Returns
    -------
    RunState
        The verdict.
    """
    spec = deps.folder.load("spec")
    common = {
        "run_id": deps.folder.id,
        "spec": spec,
        "seed": deps.settings.seed,
        "settings": deps.settings.model_dump(mode="json"),
        "versions": versions(),
        "model": _model_use(deps).model_dump(mode="json"),
    }
    if state.get("status") == "refused":
        made = Report.model_validate({**common, "verdict": "refused"})
    else:
        cut = tuple(state.get("cut", ()))
        found = {**deps.folder.load(state["verified"]), "cut": cut}
        made = Report.model_validate(
            {**common, "data": data_hashes(), **found, **({"verdict": "partial"} if cut else {})}
        )
    paths = write_report(made, deps.folder)
    deps.folder.event("report", verdict=made.verdict, files={name: path.name for name, path in paths.items()})
    return {"verdict": made.verdict}
