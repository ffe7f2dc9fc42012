"""Chain: facts, sub-questions, steps and an answer, and the one way in which they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from finetune.records.gold import tagged
from tools.core.errors import InputError

FORM: Final = """Facts:
[F1] a fact, copied word for word from what is known, its number kept
Sub-questions:
Q1. the first thing to find out
Reasoning:
S1 (Q1): one step. Cite the facts [F1] and earlier steps (S1) behind every number; write sums as 2 * 12.011 g/mol + 1.008 g/mol = 25.03 g/mol, conversions as 300 K = 26.85 degC, comparisons as 5 K > 3 K.
S2 (Q1): the last step says the answer.
<answer>the answer</answer>"""  # noqa: E501  # the form is shown as it is

_FACT = re.compile(r"\[F(\d{1,3})\]\s+(.+)")
_QUESTION = re.compile(r"Q(\d{1,2})\.\s+(.+)")
_STEP = re.compile(r"S(\d{1,3}) \(Q(\d{1,2})\): (.+)")
_ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
_HEADS: Final = ("Facts:", "Sub-questions:", "Reasoning:")


@dataclass(frozen=True)
class Fact:
    """Something that is known.

    Attributes
    ----------
    text : str
        In one line.
    source : str
        Where it is from.
    """

    text: str
    source: str

    @property
    def line(self) -> str:
        """The fact with its source."""
        return f"{self.text} ({self.source})"


@dataclass(frozen=True)
class Step:
    """One step of reasoning, and the sub-question that it serves."""

    question: int
    text: str


@dataclass(frozen=True)
class Chain:
    """A worked answer.

    Attributes
    ----------
    facts : dict of int to str
        Lines by number.
    questions : tuple of str
        Sub-questions.
    steps : tuple of Step
        Steps.
    answer : str
        What stands between the answer tags.
    """

    facts: dict[int, str] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    answer: str = ""

    def write(self) -> str:
        """Write the chain in its form."""
        lines = [_HEADS[0], *(f"[F{number}] {text}" for number, text in self.facts.items()), _HEADS[1]]
        lines += [f"Q{place}. {text}" for place, text in enumerate(self.questions, 1)]
        lines.append(_HEADS[2])
        lines += [f"S{place} (Q{step.question}): {step.text}" for place, step in enumerate(self.steps, 1)]
        return "\n".join([*lines, tagged(self.answer)])


def read_chain(text: str) -> Chain:
    """Read a chain.

    Parameters
    ----------
    text : str
        What a teacher wrote.

    Returns
    -------
    Chain
        The chain.

    Raises
    ------
    InputError
        If it has another form, its numbers are out of order, or an answer stands before the reasoning ends.
    """
    answers = list(_ANSWER.finditer(text))
    if len(answers) != 1 or text[answers[0].end() :].strip() or text.count("<answer") != 1:
        raise InputError("leaked: the answer stands once, at the very end")
    lines = [line.strip() for line in text[: answers[0].start()].strip().splitlines() if line.strip()]
    if [line for line in lines if line in _HEADS] != list(_HEADS) or lines[0] != _HEADS[0]:
        raise InputError("form: Facts, Sub-questions and Reasoning, once each and in this order")
    places = [lines.index(head) for head in _HEADS]
    facts = [_read(_FACT, line) for line in lines[1 : places[1]]]
    questions = [_read(_QUESTION, line) for line in lines[places[1] + 1 : places[2]]]
    steps = [_read(_STEP, line) for line in lines[places[2] + 1 :]]
    for found, name in ((questions, "sub-questions"), (steps, "steps")):
        if not found or [int(item[0]) for item in found] != list(range(1, len(found) + 1)):
            raise InputError(f"order: {name} are numbered from 1 without a gap")
    served = [int(item[1]) for item in steps]
    if served != sorted(served) or set(served) != set(range(1, len(questions) + 1)):
        raise InputError("order: steps serve the sub-questions in turn, and every one of them")
    numbers = [int(item[0]) for item in facts]
    if len(set(numbers)) != len(numbers):
        raise InputError("order: a fact is stated once")
    return Chain(
        {int(item[0]): item[1] for item in facts},
        tuple(item[1] for item in questions),
        tuple(Step(int(item[1]), item[2]) for item in steps),
        answers[0].group(1).strip(),
    )


def _read(pattern: re.Pattern[str], line: str) -> tuple[str, ...]:
    match = pattern.fullmatch(line)
    if match is None:
        raise InputError(f"form: cannot read the line {line[:80]!r}")
    return match.groups()
