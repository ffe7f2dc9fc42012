"""What flows through the graph, and what it is made of.

The state holds ids, counters and file names only; everything large lies in the run folder.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict

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
    researched, generated, assessed, simulated, checked, verified : str
        Names of the artefacts that a node has written.
    verdict : str
        How the run ended.
    """

    run_id: str
    status: str
    round: int
    pool: int
    failures: list[str]
    researched: str
    generated: str
    assessed: str
    simulated: str
    checked: str
    verified: str
    verdict: str


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
    """

    model_config = ConfigDict(frozen=True)

    id: str
    text: str
    skill: Skill
    depends_on: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    constraints: tuple[int, ...] = ()
    query: str = ""


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
