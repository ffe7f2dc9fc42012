"""Question: what the examined sees of a task. The answer and what leads to it are not in it, by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from polybench.prediction import Citation, ToolCall, Usage
from polybench.task import Constraint, Task

_NO_TOKENS: Final = Usage()


@dataclass(frozen=True)
class Question:
    """A task without its answer.

    Attributes
    ----------
    id, question, system, context, answer_type, unit : str
        As in the task; ``context`` is empty unless the run is made with knowledge.
    choices : mapping of str to str
        Text by letter.
    constraints : tuple of Constraint
        Requirements of a design, which the question names in words.
    n_candidates : int
        Candidates asked for.
    failures : mapping of str to any
        Failure that the runner injects into a tool; the examined meets it, but is not told.
    """

    id: str
    question: str
    answer_type: str
    system: str = ""
    context: str = ""
    unit: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    n_candidates: int = 1
    failures: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(task: Task, *, with_knowledge: bool = False) -> Question:
        """Take from a task what may be seen.

        Parameters
        ----------
        task : Task
            The task.
        with_knowledge : bool
            Whether the knowledge profile is shown.
        """
        injected = task.extra.get("inject")
        return Question(
            id=task.id,
            question=task.question,
            answer_type=task.answer_type,
            system=task.system,
            context=task.context if with_knowledge else "",
            unit=task.unit,
            choices=dict(task.choices),
            constraints=task.constraints,
            n_candidates=task.n_candidates,
            failures=dict(injected) if isinstance(injected, dict) else {},
        )


@dataclass(frozen=True)
class Reply:
    """What the examined gave back.

    Attributes
    ----------
    text : str
        The full text.
    final_answer : Any
        The answer apart from the text; None if there is none.
    tool_calls : tuple of ToolCall
        Tools called, in order.
    citations : tuple of Citation
        What the answer rests on.
    usage : Usage
        Tokens.
    passages : mapping of str to str
        What the examined was served, by id.
    """

    text: str = ""
    final_answer: Any = None
    tool_calls: tuple[ToolCall, ...] = ()
    citations: tuple[Citation, ...] = ()
    usage: Usage = _NO_TOKENS
    passages: Mapping[str, str] = field(default_factory=dict)


class Answerer(Protocol):
    """Whoever sits the exam."""

    @property
    def name(self) -> str:
        """Name that predictions carry."""

    @property
    def config(self) -> Mapping[str, Any]:
        """Settings that decide its answers; hashed into every prediction and into the keys of the cache."""

    def answer(self, question: Question) -> Reply:
        """Answer a question; called from several threads if the run is concurrent."""


class Scripted:
    """A double that gives prepared replies by task id, for tests and rehearsals.

    Parameters
    ----------
    replies : mapping of str to Any
        Reply, text or exception by id; an exception is raised.
    default : Any
        For every other task.
    """

    name = "scripted"

    def __init__(self, replies: Mapping[str, Any] | None = None, default: Any = "") -> None:
        self._replies = dict(replies or {})
        self._default = default
        self.asked: list[str] = []

    @property
    def config(self) -> Mapping[str, Any]:
        """Nothing but the kind."""
        return {"kind": "scripted"}

    def answer(self, question: Question) -> Reply:
        """Give the prepared reply."""
        self.asked.append(question.id)
        found = self._replies.get(question.id, self._default)
        if isinstance(found, Exception):
            raise found
        return Reply(found) if isinstance(found, str) else found
