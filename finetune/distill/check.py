"""Checking a chain: every fact, number, unit, sum, comparison and structure, and the answer by the exam's scorer.

What is not checked is whether a sentence without numbers makes sense; what can be checked is checked in code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from finetune.distill.chain import Chain, read_chain
from finetune.distill.profile import Profile
from finetune.distill.quantities import Amount, amounts, evaluate
from polybench.prediction import Prediction
from polybench.scoring.marking import mark_all
from polybench.task import Task
from polybench.wording import looks_like_smiles
from tools.core.errors import InputError, PolysmithError, UnitError
from tools.core.gate import parse_molecule, parse_unit

_CITED = re.compile(r"\[F(\d{1,3})\]")
_STEPS = re.compile(r"\bS(\d{1,3})\b")
_MARK: Final = "\x00"
_EQUATION = re.compile(rf"(?P<left>(?:{_MARK}\d+{_MARK}|[\s+\-*/()^])+)=\s*(?P<right>{_MARK}\d+{_MARK})")
_COMPARED = re.compile(rf"(?P<left>{_MARK}\d+{_MARK})\s*(?P<sign>>=|<=|>|<)\s*(?P<right>{_MARK}\d+{_MARK})")
_FREE: Final = (Amount(0.0), Amount(1.0))  # nothing, and one of a thing
_SHORTEST: Final = 4  # characters of a word that is taken for a structure


@dataclass(frozen=True)
class Verdict:
    """What became of a chain.

    Attributes
    ----------
    reason : str
        Empty if it holds; else the kind of the first fault: "form", "order", "leaked", "fact", "number", "unit", "sum",
        "comparison", "structure", "conclusion" or "score".
    detail : str
        What was wrong.
    """

    reason: str = ""
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        return not self.reason


class Fault(InputError):
    """A fault of a chain; begins with its kind and a colon."""


def check_chain(task: Task, profile: Profile, text: str) -> Verdict:
    """Check a chain.

    Parameters
    ----------
    task : Task
        The task, with its right answer.
    profile : Profile
        What is known.
    text : str
        What a teacher wrote.

    Returns
    -------
    Verdict
        Whether it holds, and else why not.
    """
    try:
        chain = read_chain(text)
        _check_facts(chain, profile)
        _check_questions(chain, task, profile)
        _check_steps(chain, task, profile)
        _check_conclusion(chain)
    except InputError as error:
        reason, _, detail = error.message.partition(": ")
        return Verdict(reason, detail)
    mark = mark_all([task], [Prediction(id=task.id, response=text)]).marks[0]
    return Verdict() if mark.score == 1.0 else Verdict("score", f"marked {mark.score:g}")


def _check_facts(chain: Chain, profile: Profile) -> None:
    for number, line in chain.facts.items():
        if not 1 <= number <= len(profile.facts) or " ".join(line.split()) != profile.facts[number - 1].line:
            raise Fault(f"fact: [F{number}] is not what the profile says")


def _asked(task: Task) -> str:
    return "\n".join((task.question, *task.choices.values()))


def _without_names(text: str) -> str:
    """Leave out names and structures, whose digits are no numbers that a step may use."""
    kept = []
    for word in text.split():
        plain = word.strip(".,;:?()")
        mixed = re.search(r"\d", plain) and re.search(r"[A-Za-z]", plain)
        kept += [word] if not mixed or _is_amount(plain) or _is_amount(f"2 {plain}") else ["_"]
    return " ".join(kept)


def _check_questions(chain: Chain, task: Task, profile: Profile) -> None:
    """Sub-questions may name nothing that the question does not: no number, no answer."""
    known = [amount for amount, _, _ in amounts(_asked(task))]
    for text in chain.questions:
        plain = _masked(text, _words(task, profile, ()))
        for amount, _, _ in amounts(plain):
            if not any(amount.same(item, loose=True) for item in (*known, *_FREE)):
                raise Fault(f"leaked: the sub-question {text[:60]!r} holds a number that was not asked about")


def _words(task: Task, profile: Profile, facts: Iterable[str]) -> set[str]:
    """Words with letters and digits, and structures: of the question, of facts, and those that tools confirm."""
    said = " ".join((_asked(task), *facts))
    found = {word.strip(".,;:?()") for word in said.split()} | {word.rstrip(".,;:?") for word in said.split()}
    mixed = {word for word in found if re.search(r"\d", word) and re.search(r"[A-Za-z]", word)}
    mixed = {word for word in mixed if not (_is_amount(word) or _is_amount(f"2 {word}"))}
    starred = {word for word in found if "*" in word and re.search(r"[A-Za-z]", word)}
    return mixed | starred | set(profile.confirmed) | {choice for choice in task.choices.values() if choice}


def _is_amount(text: str) -> bool:
    """Whether a text is a number, with or without a unit, and nothing else."""
    found = amounts(text)
    return len(found) == 1 and found[0][1] == 0 and found[0][2] == len(text)


def _masked(text: str, words: Iterable[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        if not _is_amount(word):
            text = re.sub(rf"(?<![\w*]){re.escape(word)}(?![\w*(\[])", "_", text)
    return text


def _check_steps(chain: Chain, task: Task, profile: Profile) -> None:
    asked = [amount for amount, _, _ in amounts(_without_names(_asked(task)))]
    reached: list[list[Amount]] = []
    for place, step in enumerate(chain.steps, 1):
        cited = [int(number) for number in _CITED.findall(step.text)]
        if missing := [number for number in cited if number not in chain.facts]:
            raise Fault(f"fact: S{place} cites [F{missing[0]}], which is not among the facts")
        earlier = [int(number) for number in _STEPS.findall(step.text)]
        if any(number >= place for number in earlier):
            raise Fault(f"order: S{place} rests on a later step")
        lines = [chain.facts[number] for number in cited]
        known = [amount for line in lines for amount, _, _ in amounts(line)]
        known += [amount for number in earlier if number >= 1 for amount in reached[number - 1]]
        body = _STEPS.sub("_", _CITED.sub("", step.text))
        sourced = bool(cited or earlier)
        masked = _masked(body, _words(task, profile, lines))
        reached.append(_check_step(f"S{place}", masked, known, asked, sourced=sourced))


def _check_step(
    name: str, body: str, known: Sequence[Amount], asked: Sequence[Amount], *, sourced: bool
) -> list[Amount]:
    """Check the sums, comparisons and numbers of a step; return the numbers that it reached."""
    _check_structures(name, body)
    found = amounts(body)
    marked, end = "", 0
    for place, (_, start, stop) in enumerate(found):
        marked += f"{body[end:start]}{_MARK}{place}{_MARK}"
        end = stop
    marked += body[end:]
    if re.search(r"\d", re.sub(rf"{_MARK}\d+{_MARK}", "", marked)):
        raise Fault(f"number: {name} holds a number that cannot be read")
    said = [amount for amount, _, _ in found]
    worked = set()
    for match in _EQUATION.finditer(marked):
        right = int(match.group("right").strip(_MARK))
        _check_sum(name, _unmarked(match.group("left"), body, found), said[right])
        worked.add(right)
    for match in _COMPARED.finditer(marked):
        _check_comparison(name, said, match)
    for place, amount in enumerate(said):
        if place not in worked:
            _check_known(name, amount, (*known, *(_FREE if sourced else ())), asked)
    return said


def _unmarked(text: str, body: str, found: Sequence[tuple[Amount, int, int]]) -> str:
    def back(match: re.Match[str]) -> str:
        _, start, stop = found[int(match.group(1))]
        return body[start:stop]

    return re.sub(rf"{_MARK}(\d+){_MARK}", back, text)


def _check_sum(name: str, left: str, right: Amount) -> None:
    try:
        result = evaluate(left, right.unit)
    except UnitError as error:
        raise Fault(f"unit: {name}: {error.message}") from error
    except InputError as error:
        raise Fault(f"sum: {name}: {error.message}") from error
    if abs(result - right.value) > min(1.01 * right.step, 5e-3 * abs(result)) + 1e-9 * max(1.0, abs(result)):
        raise Fault(f"sum: {name}: {left.strip()} is {result:.6g}, not {right.value:g}")


def _check_comparison(name: str, said: Sequence[Amount], match: re.Match[str]) -> None:
    one, other = (said[int(match.group(side).strip(_MARK))] for side in ("left", "right"))
    try:
        value = evaluate(f"{other.value} {other.unit}", one.unit) if one.unit or other.unit else other.value
    except (UnitError, InputError) as error:
        raise Fault(f"unit: {name} compares different kinds") from error
    sign = match.group("sign")
    holds = {">": one.value > value, "<": one.value < value, ">=": one.value >= value, "<=": one.value <= value}
    if not holds[sign]:
        raise Fault(f"comparison: {name}: {one.value:g} {sign} {value:g} does not hold")


def _check_known(name: str, amount: Amount, known: Sequence[Amount], asked: Sequence[Amount]) -> None:
    if any(amount.same(item) for item in known) or any(amount.same(item, loose=True) for item in asked):
        return
    bare = Amount(amount.value, "", amount.step)
    if any(bare.same(Amount(item.value, "", item.step)) for item in (*known, *asked)):
        raise Fault(f"unit: {name} gives {amount.value:g} another unit than its source")
    raise Fault(f"number: {name} holds {amount.value:g} {amount.unit}, of which no source is cited".replace(" ,", ","))


def _check_structures(name: str, body: str) -> None:
    """What is written like a structure and stands in no source is not said."""
    for word in body.split():
        plain = word.strip(".,;:?\"'")
        small = len(plain) < _SHORTEST or (plain.isalpha() and not plain.isupper()) or not re.search(r"[A-Z]", plain)
        if "*" in plain.strip("*") or (plain.count("*") > 1 and len(plain) > 1):
            raise Fault(f"structure: {name} holds {plain[:60]}, which no source and no tool confirms")
        if not small and looks_like_smiles(plain) and _reads(plain):
            raise Fault(f"structure: {name} holds {plain[:60]}, which no source and no tool confirms")


def _reads(text: str) -> bool:
    try:
        (parse_unit if "*" in text else parse_molecule)(text)
    except PolysmithError:
        return False
    return True


def _check_conclusion(chain: Chain) -> None:
    """The last step must say the answer, so that the answer follows from the chain."""
    last, answer = chain.steps[-1].text, " ".join(chain.answer.split())
    numbers = [amount for amount, _, _ in amounts(answer)]
    if _is_amount(answer):
        reached = [amount for amount, _, _ in amounts(_CITED.sub("", last))]
        if not reached or not numbers[0].same(reached[-1]):
            raise Fault("conclusion: the last step ends with another number than the answer")
    elif not re.search(rf"(?<!\w){re.escape(answer.casefold())}(?!\w)", " ".join(last.split()).casefold()):
        raise Fault("conclusion: the last step does not say the answer")
