"""Running the calls of a plan: the one gate between what a language model chose and what is computed.

Nothing passes that is not in the plan, word for word. What passes runs in a killable worker with limits of time and
memory, once: its outcome is kept in the run folder, and a step that is repeated after a kill, or an equal call, is
answered from there. A tool gives the same answer every time, so nothing is tried again. Big answers stay in their file;
what is said of them is the business of ``agent.tool_claims``.
"""

from __future__ import annotations

import json
import time
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue

from agent.deps import Deps
from agent.state import Plan, ToolRequest
from agent.tracing import tool_run
from tools.answering import MAX_ANSWER, tool_names
from tools.core import sandbox
from tools.core.errors import BackendMissing, BudgetError, InputError, SetupError, ToolError

INDEX: Final = "tool-calls"
ANSWER: Final = "tools.answering:answer_text"  # what the worker does
MEMORY_MB: Final = 2048  # one worker that has called every tool once has an address space of 1.2 GB
SECONDS: Final = {"simulate_fire": 60.0, "simulate_gap": 300.0}
USUAL_SECONDS: Final = 30.0  # the first prediction loads models: 4 s on a busy machine
_LONGEST = 300  # characters of an error that are kept


class OffPlanError(ToolError):
    """A call that the plan does not hold."""


class Outcome(BaseModel):
    """What became of a call.

    Attributes
    ----------
    request : ToolRequest
        The call.
    result : JsonValue
        Plain data; None if the tool failed.
    error : str
        Type of the error; empty if it worked.
    message : str
        What went wrong, in the words of the error.
    seconds : float
        Wall-clock seconds that it took.
    """

    model_config = ConfigDict(frozen=True)

    request: ToolRequest
    result: JsonValue = None
    error: str = ""
    message: str = ""
    seconds: float = 0.0


class Ran(BaseModel):
    """A call that was run: what it was, which artefact holds its outcome, and how long it took."""

    model_config = ConfigDict(frozen=True)

    key: str
    tool: str
    artefact: str
    seconds: float
    error: str = ""


def calls_of(deps: Deps) -> list[Ran]:
    """Return the calls that a run has made so far.

    Parameters
    ----------
    deps : Deps
        Run folder.

    Returns
    -------
    list of Ran
        In order.
    """
    return [Ran.model_validate(item) for item in deps.folder.load(INDEX)] if deps.folder.has(INDEX) else []


def run_call(plan: Plan, request: ToolRequest, deps: Deps) -> Outcome:
    """Run one call of a plan.

    Parameters
    ----------
    plan : Plan
        The plan, as it was fixed.
    request : ToolRequest
        The call.
    deps : Deps
        Settings with the budget, and the run folder.

    Returns
    -------
    Outcome
        The result, or the error that the tool ended with.

    Raises
    ------
    OffPlanError
        If the plan does not hold this call. It is counted as an event of the run.
    BudgetError
        If the run may call no more tools.
    StateError
        If the run folder cannot be used.
    """
    if problem := _off_plan(plan, request):
        deps.folder.event("refused call", tool=request.tool[:_LONGEST], reason=problem)
        raise OffPlanError(f"The call was refused: {problem}.", hint="Calls are chosen when the plan is made.")
    before = calls_of(deps)
    for known in before:
        if known.key == request.key() and deps.folder.has(known.artefact):
            return Outcome.model_validate(deps.folder.load(known.artefact))
    seconds = _seconds_left(request.tool, before, deps)
    outcome = _run(request, seconds)
    artefact = deps.folder.save(f"call-{len(before) + 1}", outcome.model_dump(mode="json"))
    done = Ran(
        key=request.key(), tool=request.tool, artefact=artefact, seconds=outcome.seconds, error=outcome.error
    )  # fmt: skip
    deps.folder.save(INDEX, [item.model_dump(mode="json") for item in (*before, done)])
    spent = sum(item.seconds for item in (*before, done))
    deps.folder.event(
        "tool", tool=request.tool, artefact=artefact, error=outcome.error, calls=len(before) + 1,
        calls_limit=deps.settings.tool_calls, seconds=round(spent, 3), seconds_limit=deps.settings.tool_seconds,
    )  # fmt: skip
    return outcome


def _off_plan(plan: Plan, request: ToolRequest) -> str:
    """Say why a call may not be run; empty if it may."""
    if request.tool not in plan.allowed_tools():
        return "the plan does not allow this tool"
    if request.tool not in tool_names():
        return "there is no such tool"
    key = request.key()
    owners = [question for question in plan.questions if any(item.key() == key for item in question.calls)]
    if not owners:
        return "the plan holds no call with these arguments"
    if not any(request.tool in question.tools for question in owners):
        return "the question that holds this call does not allow the tool"
    return ""


def _seconds_left(tool: str, before: list[Ran], deps: Deps) -> float:
    """Return the seconds that a call may take within the run's budget."""
    settings = deps.settings
    if len(before) >= settings.tool_calls:
        raise BudgetError(f"The run may call tools {settings.tool_calls} times.", hint="Raise tool_calls.")
    left = settings.tool_seconds - sum(item.seconds for item in before)
    if left <= 0:
        raise BudgetError(f"The tools of the run used up {settings.tool_seconds:g} s.", hint="Raise tool_seconds.")
    return min(left, SECONDS.get(tool, USUAL_SECONDS))


def _read(answer: object) -> JsonValue:
    """Read what a worker wrote; it is no more to be trusted than what the tool was given."""
    if not isinstance(answer, str) or len(answer) > MAX_ANSWER:
        raise ToolError("The worker gave no answer of the form that was asked for.")
    try:
        found: JsonValue = json.loads(answer, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ToolError("The worker gave an answer that cannot be read.") from error
    return found


def _refuse(name: str) -> JsonValue:
    raise ValueError(f"{name} is no number")


def _run(request: ToolRequest, seconds: float) -> Outcome:
    begun = time.monotonic()
    try:
        with tool_run(request.tool, request.arguments) as tell:
            answer = sandbox.run(ANSWER, request.tool, request.arguments, seconds=seconds, memory_mb=MEMORY_MB)
            result = _read(answer)
            tell(result)
    except (InputError, ToolError, SetupError, BackendMissing) as error:  # a run that is told to stop stops
        message = " ".join(str(error).split())[:_LONGEST]
        spent = time.monotonic() - begun
        return Outcome(request=request, error=type(error).__name__, message=message, seconds=spent)
    return Outcome(request=request, result=result, seconds=time.monotonic() - begun)
