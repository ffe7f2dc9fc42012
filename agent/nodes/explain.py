"""Letting the model explain the choice; without one nothing happens."""

from __future__ import annotations

from agent.deps import Deps
from agent.evidence import Ledger
from agent.llm.model import LanguageModel
from agent.report.model import Finalist, ModelTask, Rejected
from agent.state import RunState
from agent.thinking.attempt import attempt, note
from agent.thinking.explaining import Explained, explain_with, table_of
from tools.core.spec import DesignSpec

TASK = "explaining the choice"


def explain(state: RunState, deps: Deps) -> RunState:
    """Ask for sentences on the finalists; what disagrees with the facts is left out here, and again at the last gate.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with ``checked.json``, and the model.

    Returns
    -------
    RunState
        Artefact with the sentences; nothing new without a model or without finalists.
    """
    if deps.model is None:
        return {"run_id": state["run_id"]}
    checked = deps.folder.load(state["checked"])
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    finalists = [Finalist.model_validate(raw) for raw in checked["finalists"]]
    if not finalists:
        return {"run_id": state["run_id"]}
    rejected = [Rejected.model_validate(raw) for raw in checked["rejected"]]
    table = table_of(finalists, rejected, Ledger.model_validate(checked["ledger"]), spec)

    def think(model: LanguageModel) -> Explained:
        return explain_with(model, table, finalists, spec)

    done = attempt(deps, TASK, think)
    if done is None:
        return {"run_id": state["run_id"]}
    again = done.written - len(done.kept) - len(done.refused)
    detail = f"{done.written} sentences, {len(done.kept)} kept, {len(done.refused)} removed"
    detail += f", {again} said again or beyond the limit" if again else ""
    note(deps, ModelTask(task=TASK, helped=bool(done.kept), detail=detail))
    artefact = {
        "sentences": [item.model_dump(mode="json") for item in done.kept],
        "refused": [{"text": text, "reason": reason} for text, reason in done.refused],
    }
    return {"explained": deps.folder.save("explained", artefact)}
