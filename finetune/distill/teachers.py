"""Teachers: a language model behind an endpoint, the assistant's own runs, or rules that need no model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol

from agent.llm.model import LanguageModel
from finetune.distill.chain import Chain, Fact, Step
from finetune.distill.profile import Profile
from finetune.distill.programmatic import programmatic_chain
from finetune.distill.prompt import teacher_messages
from polybench.run.question import Answerer, Question
from polybench.run.rule_agent import shown
from polybench.task import Task

TeacherName = Literal["programmatic", "endpoint", "agent"]
_MOST_TOKENS: Final = 2048
_MOST_PASSAGES: Final = 8
_LONGEST: Final = 400


@dataclass(frozen=True)
class Taught:
    """What a teacher wrote.

    Attributes
    ----------
    text : str
        The chain; empty if it had none.
    profile : Profile
        What it rests on: the profile that it was given, or what the teacher found itself.
    """

    text: str
    profile: Profile


class Teacher(Protocol):
    """Whoever writes chains."""

    @property
    def name(self) -> str:
        """Name, with all that decides its chains."""

    def teach(self, task: Task, profile: Profile) -> Taught:
        """Write a chain; called from several threads."""


class Programmatic:
    """Works chains out by rules, from the profile."""

    name = "programmatic"

    def teach(self, task: Task, profile: Profile) -> Taught:
        """Write a chain; an empty text where the profile does not suffice."""
        chain = programmatic_chain(task, profile)
        return Taught(chain.write() if chain else "", profile)


class EndpointTeacher:
    """Asks a language model.

    Parameters
    ----------
    model : LanguageModel
        A client, or one of its doubles.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The model's name."""
        return f"endpoint {self._model.name}"

    def teach(self, task: Task, profile: Profile) -> Taught:
        """Ask for a chain, with the profile in the prompt."""
        text = self._model.chat(teacher_messages(task, profile), max_tokens=_MOST_TOKENS)
        return Taught(text.strip(), profile)


class AgentTeacher:
    """Turns runs of the assistant into chains: what it found with its tools are the facts.

    Parameters
    ----------
    answerer : Answerer
        The assistant, as it sits the exam.
    """

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    @property
    def name(self) -> str:
        """The assistant's name."""
        return f"agent {self._answerer.name}"

    def teach(self, task: Task, profile: Profile) -> Taught:
        """Let the assistant answer, and write its trace as a chain."""
        reply = self._answerer.answer(Question.of(task))
        served = [(name, " ".join(text.split())[:_LONGEST]) for name, text in reply.passages.items() if text.strip()]
        found = [Fact(text, f"found by the assistant as {name}") for name, text in served[:_MOST_PASSAGES]]
        its = replace(profile, facts=tuple(found))
        if reply.final_answer is None or not found:
            return Taught("", its)
        answer = _said(reply.final_answer, task)
        cited = " ".join(f"[F{place}]" for place in range(1, len(found) + 1))
        names = ", ".join(dict.fromkeys(call.name for call in reply.tool_calls if call.ok)) or "tools"
        chain = Chain(
            {place: fact.line for place, fact in enumerate(found, 1)},
            (f"What do the assistant and its {names} find?", "What follows?"),
            (Step(1, f"They find {cited}"), Step(2, f"By {cited} the answer is {answer}")),
            answer,
        )
        return Taught(chain.write(), its)


def _said(answer: Any, task: Task) -> str:
    if isinstance(answer, dict):
        return f"{float(answer['value']):g} {answer.get('unit', task.unit)}".strip()
    if isinstance(answer, float | int) and not isinstance(answer, bool):
        return f"{answer:g} {task.unit}".strip()
    return shown(answer)
