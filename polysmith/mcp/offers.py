"""What the server offers: the catalogue's tools, and the agent itself, each with what it may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from polysmith.jobs.process import Job
from tools.core.errors import StateError
from tools.core.evidence import Passage
from tools.core.registry import ToolSpec, tool

# Seconds that a tool may take where they are not enough: the rest have SECONDS.
SECONDS = 120.0
_SLOW = {"search_candidates": 900.0, "simulate_gap": 1800.0, "simulate_fire": 600.0}
RUN_SECONDS = 3600.0
TOOL_MEMORY_MB = 8192


@dataclass(frozen=True)
class Offer:
    """A tool as it is offered.

    Attributes
    ----------
    spec : ToolSpec
        Name, description and arguments.
    returns : str
        What its result is.
    output : dict
        JSON schema of the result.
    read_only, idempotent, open_world : bool
        Whether it changes nothing, gives the same again, and may reach beyond this machine.
    long : bool
        Whether it takes minutes and tells its progress.
    """

    spec: ToolSpec
    returns: str
    output: dict[str, Any]
    read_only: bool = True
    idempotent: bool = True
    open_world: bool = False
    long: bool = False

    @property
    def title(self) -> str:
        """Name for people."""
        return self.spec.name.replace("_", " ").capitalize()

    def job(self, arguments: dict[str, Any]) -> Job:
        """Return what is to be done.

        Parameters
        ----------
        arguments : dict
            As the client gave them; those of the catalogue are checked in the job.

        Returns
        -------
        Job
            The job.

        Raises
        ------
        InputError
            If arguments of the agent's tools are wrong.
        """
        if self.spec.name in _AGENT:
            made: Job = self.spec.call(arguments)
            return made
        seconds = _SLOW.get(self.spec.name, SECONDS)
        given = {"name": self.spec.name, "arguments": arguments}
        return Job("tool", given, seconds=seconds, memory_mb=TOOL_MEMORY_MB)


def design_polymers(
    brief: str, candidates: int | None = None, seed: int | None = None, rounds: int | None = None, rules: bool = False
) -> Job:
    """Design polymers for a brief in plain words: ranked repeat units that were checked, in one to ten minutes.

    Parameters
    ----------
    brief : str
        What the polymer must be, such as "Tg above 200 °C, no fluorine, made by polycondensation".
    candidates : int or None
        Finalists, 1 to 50; as many as the brief asks for, else 5.
    seed : int or None
        The same seed gives the same numbers.
    rounds : int or None
        Rounds of search at most, 1 to 10.
    rules : bool
        Leave a configured language model out.

    Returns
    -------
    Job
        To be run.
    """
    wanted = {"brief": brief, "candidates": candidates, "seed": seed, "rounds": rounds, "rules": rules}
    return Job("design", wanted, seconds=RUN_SECONDS)


def resume_run(run_id: str) -> Job:
    """Continue a design run that was stopped; a finished run just gives its result.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".

    Returns
    -------
    Job
        To be run.
    """
    return Job("resume", {"run_id": run_id}, seconds=RUN_SECONDS)


def ask_question(question: str) -> Job:
    """Answer a question about polymers from measured values, predictions and exact quotes, or decline.

    Parameters
    ----------
    question : str
        The question, at most 2,000 characters.

    Returns
    -------
    Job
        To be run.
    """
    return Job("ask", {"question": question}, seconds=600.0)


def read_brief(brief: str) -> Job:
    """Show how a design brief is understood, without designing anything.

    Parameters
    ----------
    brief : str
        The brief in plain words.

    Returns
    -------
    Job
        To be run.
    """
    return Job("parse", {"brief": brief}, seconds=60.0)


def run_status(run_id: str = "last") -> Job:
    """Say how far a design run is, what it has spent, and how it ended.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".

    Returns
    -------
    Job
        To be run.
    """
    return Job("status", {"run_id": run_id}, seconds=30.0)


def list_runs(limit: int = 20) -> Job:
    """List design runs, newest first, with their briefs and how they ended.

    Parameters
    ----------
    limit : int
        Runs at most.

    Returns
    -------
    Job
        To be run.
    """
    return Job("runs", {"limit": limit}, seconds=30.0)


_REPORT = "Verdict, requirements as understood, ranked finalists with values and routes, and what verification removed."
_AGENT: dict[str, tuple[Any, str, dict[str, bool]]] = {
    "design_polymers": (
        design_polymers,
        _REPORT,
        {"read_only": False, "idempotent": False, "open_world": True, "long": True},
    ),
    "resume_run": (resume_run, _REPORT, {"read_only": False, "open_world": True, "long": True}),
    "ask_question": (ask_question, "Claims with what stands behind each, or why it is declined.", {"open_world": True}),
    "read_brief": (
        read_brief,
        "Typed requirements, assumptions, what was not understood, and problems.",
        {"open_world": True},
    ),
    "run_status": (run_status, "State, step, seconds, what a language model took, and files.", {"idempotent": False}),
    "list_runs": (list_runs, "Runs with id, verdict and brief.", {"idempotent": False}),
}


def offers() -> dict[str, Offer]:
    """Return everything that is offered, by name.

    Returns
    -------
    dict of str to Offer
        In a fixed order.
    """
    from tools.catalogue import catalogue

    made: dict[str, Offer] = {}
    for name, (function, returns, may) in _AGENT.items():
        shape: dict[str, Any] = {"type": "array"} if name == "list_runs" else {"type": "object"}
        made[name] = Offer(tool(function), returns, shape, **may)
    for name, spec in catalogue(_Elsewhere()).items():
        made[name] = Offer(spec, spec.returns, _shape(spec))
    return made


class _Elsewhere:
    """Stands for the index where only a tool's description is wanted: the tool runs in a process of its own."""

    def search(self, query: str, k: int = 10, *, expansions: Sequence[str] = ()) -> list[Passage]:
        """Refuse to search."""
        raise StateError("The index is not open in this process.")

    def get(self, passage_id: str) -> Passage:
        """Refuse to get a passage."""
        raise StateError("The index is not open in this process.")


def _shape(spec: ToolSpec) -> dict[str, Any]:
    """JSON schema of what a function returns, from its annotation."""
    return TypeAdapter(get_type_hints(spec.function)["return"]).json_schema()
