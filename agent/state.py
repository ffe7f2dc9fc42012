"""What flows through the graph, and what it is made of.

The state holds ids, counters and file names only; everything large lies in the run folder.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, JsonValue, SerializerFunctionWrapHandler, model_serializer
from typing_extensions import TypedDict  # before Python 3.12, pydantic makes a schema of no other; Studio asks for it

Skill = Literal["structure", "property", "trade-off", "design", "synthesis", "physics"]
Verdict = Literal["answered", "refused", "infeasible", "partial"]


class RunState(TypedDict, total=False):
    """State of a run, small enough to checkpoint at every step.

    Attributes
    ----------
    run_id : str
        Id of the run and its folder.
    status : str
        "reading", "refused" or "working".
    round : int
        Rounds of generation finished.
    pool : int
        Distinct candidates screened so far.
    failures : list of str
        What the last round failed on; non-empty asks for another round.
    acted, researched, generated, assessed, simulated, checked, explained, verified : str
        Names of the artefacts that a node has written.
    cut : list of str
        What was left out because the run's seconds were used up.
    verdict : str
        How the run ended.
    """

    run_id: str
    status: str
    round: int
    pool: int
    failures: list[str]
    acted: str
    researched: str
    generated: str
    assessed: str
    simulated: str
    checked: str
    explained: str
    verified: str
    cut: list[str]
    verdict: str


class ToolRequest(BaseModel):
    """A call of a tool, chosen before anything is read.

    Attributes
    ----------
    tool : str
        Name of the tool.
    arguments : dict
        Its arguments by name, checked: structures as repeat units that passed the gate, properties by id.
    """

    model_config = ConfigDict(frozen=True)

    tool: str
    arguments: dict[str, JsonValue]

    def key(self) -> str:
        """Return the call in one way of writing, so that equal calls are equal.

        Returns
        -------
        str
            JSON text.
        """
        return json.dumps([self.tool, self.arguments], sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class SubQuestion(BaseModel):
    """One question that the brief was split into.

    Attributes
    ----------
    id : str
        "Q1", "Q2", ...
    text : str
        The question.
    skill : str
        Which skill it needs.
    depends_on : tuple of str
        Ids that must be answered first.
    tools : tuple of str
        Tools it may use; fixed before anything is read.
    constraints : tuple of int
        Positions of the constraints it is about.
    query : str
        What is searched for in the literature; empty if nothing.
    queries : tuple of str
        What is searched for as well, in the words of a language model.
    calls : tuple of ToolRequest
        Calls of its tools that a language model chose; fixed before anything is read.
    origin : {"rules", "model"}
        Who asked it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    text: str
    skill: Skill
    depends_on: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    constraints: tuple[int, ...] = ()
    query: str = ""
    queries: tuple[str, ...] = ()
    calls: tuple[ToolRequest, ...] = ()
    origin: Literal["rules", "model"] = "rules"

    @model_serializer(mode="wrap")
    def _without_what_no_model_added(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        plain: dict[str, Any] = handler(self)
        extra = {"queries": not self.queries, "calls": not self.calls, "origin": self.origin == "rules"}
        return {name: value for name, value in plain.items() if not extra.get(name, False)}


class Plan(BaseModel):
    """The sub-questions, in an order that respects their dependencies."""

    model_config = ConfigDict(frozen=True)

    questions: tuple[SubQuestion, ...]

    def allowed_tools(self) -> frozenset[str]:
        """Return every tool that the plan may use.

        Returns
        -------
        frozenset of str
            Tool names.
        """
        return frozenset(tool for question in self.questions for tool in question.tools)

    def calls(self) -> tuple[ToolRequest, ...]:
        """Return every call that the plan holds.

        Returns
        -------
        tuple of ToolRequest
            In the order of the questions.
        """
        return tuple(request for question in self.questions for request in question.calls)
