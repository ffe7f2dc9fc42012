"""The rule agent: reads a question, calls deterministic tools, answers. It never sees a right answer.

Each answer type has a list of solvers; the first that understands the question answers it. What no solver understands
is said to be not understood, which scores nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from polybench.prediction import ToolCall
from polybench.refusal import UNANSWERABLE
from polybench.run import solving_knowledge, solving_properties, solving_structures, solving_synthesis
from polybench.run.design_solver import solve_design
from polybench.run.question import Question, Reply
from polybench.run.reading import unreadable
from polybench.run.solution import Context, Solution
from polybench.run.values import ModelValues, Values
from tools.core.errors import PolysmithError

Solver = Callable[[Question, Context], Solution | None]

_SOLVERS: Final[tuple[Solver, ...]] = (
    *solving_synthesis.SOLVERS,
    *solving_structures.SOLVERS,
    *solving_properties.SOLVERS,
    *solving_knowledge.SOLVERS,
)
_OFFERED = re.compile(r"cannot be answered|unanswerable", re.I)
_SIMULATED = re.compile(r"molecular dynamics|\bsimulat|\bMD\b", re.I)


class RuleAgent:
    """Answers with the project's tools, without a language model.

    Parameters
    ----------
    values : Values, optional
        Where values of properties come from; if left out the shipped models, held out where they were trained on the
        polymer.
    name : str
        Name that predictions carry.
    only_properties : bool
        Answer nothing but questions about properties; for baselines that are no agent.
    tools : bool
        Without tools, whatever a tool was called for is not answered.
    """

    def __init__(
        self,
        values: Values | None = None,
        *,
        name: str = "rules",
        only_properties: bool = False,
        tools: bool = True,
    ) -> None:
        self._values = values if values is not None else ModelValues()
        self._only = only_properties
        self._tools = tools
        self.name = name

    @property
    def config(self) -> Mapping[str, Any]:
        """The source of values and its settings."""
        held_out = getattr(self._values, "held_out", None)
        tier = getattr(self._values, "tier", None)
        return {
            "kind": "rules", "values": type(self._values).__name__, "held_out": held_out, "tier": tier,
            "only_properties": self._only, "tools": self._tools,
        }  # fmt: skip

    def answer(self, question: Question) -> Reply:
        """Answer a question.

        Parameters
        ----------
        question : Question
            What is asked.

        Returns
        -------
        Reply
            The answer with a sentence on how it was found; without a final answer where nothing fits.
        """
        simulated = bool(_SIMULATED.search(question.question))
        context = Context(self._values, failures=dict(question.failures), simulated=simulated)
        started = time.perf_counter()
        solution = self._solve(question, context)
        spent = (time.perf_counter() - started) * 1000
        calls = tuple(
            ToolCall(name=name, args=args, ok=ok, ms=spent / len(context.calls)) for name, args, ok in context.calls
        )
        if context.calls and not self._tools:
            return Reply("This needs a tool.")
        if solution is None:
            return Reply("The question was not understood.", None, calls)
        text = f"{solution.how}\nAnswer: {shown(solution.answer)}"
        return Reply(text, solution.answer, calls, solution.citations, passages=solution.passages)

    def _solve(self, question: Question, context: Context) -> Solution | None:
        if self._only:
            solvers: tuple[Solver, ...] = solving_properties.SOLVERS
        elif question.answer_type == "design":
            return solve_design(question, context)
        else:
            solvers = _SOLVERS
            broken = unreadable(question.question)
            if broken is not None and ("*" in broken.text or _OFFERED.search(question.question)):
                context.note("identify_polymer", {"text": broken.text}, ok=False)
                return Solution(UNANSWERABLE, f"{broken.text} cannot be read ({broken.code}).")
        for solver in solvers:
            try:
                solution = solver(question, context)
            except PolysmithError as error:
                context.note(solver.__name__, {}, ok=False)
                del error
                continue
            if solution is not None:
                return solution
        return None


def shown(answer: Any) -> str:
    """Write an answer as text."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, list | tuple):
        return ", ".join(str(item) for item in answer)
    return str(answer)
