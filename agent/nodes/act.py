"""Running the tool calls that the plan holds, before any document is read."""

from __future__ import annotations

from agent.deps import Deps
from agent.evidence import Claim, Ledger
from agent.report.model import Answer
from agent.state import Plan, RunState, SubQuestion
from agent.tool_calls import calls_of, run_call
from agent.tool_claims import claims_of
from tools.core.errors import BudgetError, ToolError
from tools.core.spec import DesignSpec


def _acted(question: SubQuestion, plan: Plan, spec: DesignSpec, deps: Deps, ledger: Ledger) -> Answer:
    """Run the calls of one question."""
    claims: list[Claim] = []
    notes: list[str] = []
    for request in question.calls:
        if deps.late():
            notes.append(f"{request.tool} was not run: the seconds of the run are used up.")
            continue
        deps.folder.event("progress", text=_spent(request.tool, deps))
        try:
            outcome = run_call(plan, request, deps)
        except BudgetError as error:
            notes.append(f"{request.tool} was not run ({type(error).__name__}): {error}")
            continue
        except ToolError as error:  # off the plan: nothing was run
            notes.append(f"{request.tool} was refused ({type(error).__name__}): {error}")
            continue
        if outcome.error:
            # the words of an error that is not ours stay in the artefact: they could read like a result
            said = f": {outcome.message}" if outcome.error != ToolError.__name__ else "; its file says why."
            notes.append(f"{request.tool} could not do it ({outcome.error}){said}")
            continue
        found, note = claims_of(request, outcome.result, spec, ledger)
        claims += found
        notes += [note] * bool(note)
    return Answer(question=question, claims=tuple(claims), note=" ".join(notes))


def _spent(tool: str, deps: Deps) -> str:
    done, settings = calls_of(deps), deps.settings
    seconds = sum(item.seconds for item in done)
    return f"{tool}: {len(done)} of {settings.tool_calls} calls, {seconds:.1f} of {settings.tool_seconds:g} s"


def act(state: RunState, deps: Deps) -> RunState:
    """Run the calls of the plan, each in a killable worker.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Settings with the budget of the tools, and run folder with ``plan.json`` and ``spec.json``.

    Returns
    -------
    RunState
        Name of the artefact with what the calls say; nothing new if the plan holds none.
    """
    plan = Plan.model_validate(deps.folder.load("plan"))
    if not plan.calls():
        return {"run_id": state["run_id"]}
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    ledger = Ledger(tag="t")
    answers = [_acted(item, plan, spec, deps, ledger) for item in plan.questions if item.calls]
    skipped = len({item.key() for item in plan.calls()}) - len(calls_of(deps))
    artefact = {
        "answers": [item.model_dump(mode="json") for item in answers],
        "ledger": ledger.model_dump(mode="json"),
    }
    update: RunState = {"acted": deps.folder.save("acted", artefact)}
    if deps.late() and skipped > 0:
        update["cut"] = [*state.get("cut", []), f"{skipped} calls of tools were left out"]
    return update


def join_acted(state: RunState, deps: Deps, answers: list[Answer], ledger: Ledger) -> tuple[list[Answer], Ledger]:
    """Join what the calls say with the other answers, in the order of the plan.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder.
    answers : list of Answer
        Of the literature, the search and the checks.
    ledger : Ledger
        What these rest on.

    Returns
    -------
    list of Answer
        One per question.
    Ledger
        With the values of the calls.
    """
    if not state.get("acted"):
        return answers, ledger
    acted = deps.folder.load(state["acted"])
    more = {item.question.id: item for item in map(Answer.model_validate, acted["answers"])}
    joined = [_joined(answer, more.pop(answer.question.id, None)) for answer in answers]
    plan = Plan.model_validate(deps.folder.load("plan"))
    place = {item.id: number for number, item in enumerate(plan.questions)}
    ordered = sorted((*joined, *more.values()), key=lambda item: place[item.question.id])
    return ordered, ledger.merged(Ledger.model_validate(acted["ledger"]))


def _joined(answer: Answer, more: Answer | None) -> Answer:
    if more is None:
        return answer
    # that nothing was found is no longer true where a call found something
    notes = (answer.note if answer.claims or not more.claims else "", more.note)
    return answer.model_copy(update={"claims": (*answer.claims, *more.claims), "note": " ".join(filter(None, notes))})
