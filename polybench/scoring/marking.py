"""Marking a whole exam: every prediction parsed and scored, structures and properties in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from polybench.parsing import Parsed, parse
from polybench.prediction import Prediction
from polybench.refusal import UNANSWERABLE
from polybench.scoring.closed import Score, score_boolean, score_label, score_mcq, score_ranking, score_set
from polybench.scoring.conventions import GROUPS, TANIMOTO
from polybench.scoring.design import Candidate, Values, check_constraints, examine, references, score_design
from polybench.scoring.mark import Mark
from polybench.scoring.numeric import ASSUMED, score_numeric
from polybench.scoring.predictor import Tier, predicted
from polybench.scoring.structures import (
    Structure,
    accepted_structures,
    check_gold,
    read_structures,
    score_smiles,
)
from polybench.scoring.text import score_text
from polybench.task import Task
from polybench.wording import normal_label
from tools.core.errors import InputError

Judge = Callable[[Task, str], float]

_PLAIN: Final[dict[str, Callable[[Task, Any], Score]]] = {
    "mcq": score_mcq,
    "boolean": score_boolean,
    "label": score_label,
    "numeric": score_numeric,
    "ranking": score_ranking,
    "set": score_set,
    "text": score_text,
}


@dataclass(frozen=True)
class Marking:
    """The marks of an exam and what they rest on.

    Attributes
    ----------
    marks : tuple of Mark
        One per task, in order.
    conventions : dict of str to str
        How structures, groups, numbers, texts and properties were judged.
    unknown : tuple of str
        Ids of predictions that belong to no task.
    """

    marks: tuple[Mark, ...]
    conventions: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def mark_all(
    tasks: Sequence[Task],
    predictions: Iterable[Prediction],
    *,
    judge: Judge | None = None,
    judge_name: str = "",
    tier: Tier = "fast",
) -> Marking:
    """Mark predictions.

    Parameters
    ----------
    tasks : sequence of Task
        The exam; a task without prediction is wrong.
    predictions : iterable of Prediction
        At most one per task; those of other tasks are listed.
    judge : callable, optional
        Marks a text from 0 to 1, in place of the lexical match, which stays in the detail.
    judge_name : str
        What the report calls it.
    tier : {"fast", "accurate"}
        Form of the models that judge property constraints.

    Returns
    -------
    Marking
        Marks in the order of the tasks.

    Raises
    ------
    InputError
        If two predictions answer one task, or a task cannot be marked.
    """
    by_id = _by_id(predictions)
    parsed = {task.id: parse(task, by_id[task.id]) for task in tasks if task.id in by_id}
    known = _structures(tasks, parsed)
    checked, values, conventions = _designs(tasks, parsed, known, tier)
    marks = []
    for task in tasks:
        prediction = by_id.get(task.id)
        if prediction is None:
            marks.append(Mark(task.id, 0.0, False, False, "none", answered=False))
            continue
        marks.append(_mark(task, prediction, parsed[task.id], known, checked.get(task.id, ()), values, judge))
    conventions |= _said(tasks, judge_name or "callable" if judge else "")
    unknown = tuple(sorted(by_id.keys() - {task.id for task in tasks}))
    return Marking(tuple(marks), conventions, unknown)


def _by_id(predictions: Iterable[Prediction]) -> dict[str, Prediction]:
    found: dict[str, Prediction] = {}
    for item in predictions:
        if item.id in found:
            raise InputError(f"The task {item.id!r} is answered twice.", hint="Keep one prediction per task and run.")
        found[item.id] = item
    return found


def _structures(tasks: Sequence[Task], parsed: Mapping[str, Parsed]) -> dict[str, Structure]:
    """Read every structure that is compared."""
    texts: set[str] = set()
    asked = [task for task in tasks if task.answer_type == "smiles"]
    for task in asked:
        texts.update(accepted_structures(task))
        given = parsed[task.id].value if task.id in parsed else None
        if isinstance(given, str):
            texts.add(given)
    for task in tasks:
        if task.answer_type == "design":
            texts.update(references(task))
    known = read_structures(texts)
    for task in asked:
        check_gold(task, known)
    for task in tasks:
        unreadable = [text for text in references(task) if known[text].code] if task.answer_type == "design" else []
        if unreadable:
            raise InputError(f"Task {task.id!r}: {unreadable[0]!r} cannot be read.", hint="Mend the constraint.")
    return known


def _designs(
    tasks: Sequence[Task], parsed: Mapping[str, Parsed], known: dict[str, Structure], tier: Tier
) -> tuple[dict[str, list[Candidate]], Values, dict[str, str]]:
    """Check all candidates, and predict what their tasks ask of them."""
    jobs, owners = [], []
    for task in tasks:
        if task.answer_type != "design":
            continue
        check_constraints(task)
        given = parsed[task.id].value if task.id in parsed else None
        for text in given if isinstance(given, tuple) and not task.is_infeasible() else ():
            jobs.append((text, task.constraints))
            owners.append(task)
    checked: dict[str, list[Candidate]] = {}
    for task, candidate in zip(owners, examine(jobs, known), strict=True):
        checked.setdefault(task.id, []).append(candidate)
    wanted = [(task, item.key, item.smiles) for task in owners for item in checked[task.id] if item.clean]
    values, cards, absent = predicted(wanted, tier)
    said = {
        f"property {name}": f"judged by card {card}, {tier} tier, apart from the score" for name, card in cards.items()
    }
    said |= {f"property {name}": f"not judged: {reason}" for name, reason in absent.items()}
    return checked, values, said


def _mark(
    task: Task,
    prediction: Prediction,
    read: Parsed,
    known: dict[str, Structure],
    checked: Sequence[Candidate],
    values: Values,
    judge: Judge | None,
) -> Mark:
    if task.answer is None and task.category == "agentic" and task.answer_type not in ("design", "text"):
        return _mark_tools(task, prediction)
    value = read.value
    if value is None:
        return Mark(task.id, 0.0, False, False, read.stage)
    declined = task.category == "agentic" and value == UNANSWERABLE
    if declined or task.is_unanswerable():
        others = {normal_label(alias) for alias in task.aliases}
        right = task.is_unanswerable() and (declined or normal_label(str(value)) in others)
        return Mark(task.id, float(right), right, True, read.stage, {"declined": declined})
    if task.answer_type == "smiles":
        score = score_smiles(task, str(value), known)
    elif task.answer_type == "design":
        score = score_design(task, value, checked, values)  # type: ignore[arg-type]  # designs parse to str or tuple
    else:
        score = _PLAIN[task.answer_type](task, value)
        if task.answer_type == "text" and judge is not None:
            given = min(1.0, max(0.0, float(judge(task, str(value)))))
            score = (given, given == 1.0, {**score[2], "lexical": score[0]})
    return Mark(task.id, score[0], score[1], True, read.stage, score[2])


def _mark_tools(task: Task, prediction: Prediction) -> Mark:
    """Mark an agentic task without answer by what was done: the expected tools answered, or none was called."""
    worked = {call.name for call in prediction.tool_calls if call.ok}
    expected = set(task.tools_expected)
    share = len(expected & worked) / len(expected) if expected else float(not prediction.tool_calls)
    return Mark(task.id, share, share == 1.0, True, "response", {"tools": sorted(worked)})


def _said(tasks: Sequence[Task], judge: str) -> dict[str, str]:
    kinds = {task.answer_type for task in tasks}
    said: dict[str, str] = {}
    if kinds & {"smiles", "design"}:
        said["tanimoto"] = TANIMOTO
    if "design" in kinds:
        said["groups"] = GROUPS
    untold = sum(task.answer_type == "numeric" and task.tolerance is None for task in tasks)
    if untold:
        said["tolerance"] = (
            f"{ASSUMED.rel:.0%} of the right number (temperatures in kelvin) for {untold} tasks that name none"
        )
    if "ranking" in kinds:
        said["ranking"] = "Kendall's tau-b, no less than 0; 0 for another set of items"
    if "text" in kinds:
        said["text"] = f"judge: {judge}" if judge else "lexical match of key points, blind to paraphrase"
    return said
