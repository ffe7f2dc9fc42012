"""Scorecard: what an exam came to, from predictions to numbers with intervals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from polybench.agentic import agentic_summary
from polybench.aggregate import (
    RESAMPLES,
    Groups,
    compositionality_gap,
    group,
    interval,
    metrics_of,
    resampled,
    rolled_up,
    subtask_means,
)
from polybench.jsonl import BadLine
from polybench.prediction import Prediction
from polybench.scoring.mark import Mark
from polybench.scoring.marking import Judge, Marking, mark_all
from polybench.scoring.numeric import coverage
from polybench.scoring.predictor import Tier
from polybench.task import CATEGORIES, Task
from tools.core.errors import InputError

MAX_FAILURES: Final = 200


class Result(BaseModel):
    """How a group of tasks went.

    Attributes
    ----------
    score : float
        0 to 1.
    lower, upper : float or None
        Interval of 95 % over resampled polymers; None where there is but one.
    n, polymers : int
        Tasks, and clusters of the bootstrap among them.
    answered, parsed : float
        Shares of the tasks with a prediction, and with one that could be read.
    score_parsed : float or None
        Mean score of those that could be read.
    correct : float
        Share that is right in full.
    metrics : dict
        Error of numbers, tau, validity and the like; of subtasks alone.
    """

    model_config = ConfigDict(frozen=True)

    score: float
    lower: float | None
    upper: float | None
    n: int
    polymers: int
    answered: float
    parsed: float
    score_parsed: float | None
    correct: float
    metrics: dict[str, Any] = Field(default_factory=dict)


class Failure(BaseModel):
    """A task that went wrong, to be read.

    Attributes
    ----------
    id, category, subtask : str
        The task.
    question, gold, given, stage : str
        What was asked, what is right, what was answered (shortened) and where the answer stood.
    score : float
        What it was worth.
    composite : bool
        Whether every sub-question was right, so that only putting them together failed.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    category: str
    subtask: str
    question: str
    gold: str
    given: str
    stage: str
    score: float
    composite: bool = False


class Scorecard(BaseModel):
    """What an exam came to.

    Attributes
    ----------
    model, mode : str
        Who was examined, and how.
    macro : Result or None
        Mean over the categories in ``macro_over``; None if none of the six is there.
    macro_over : tuple of str
        Which of the six categories of PolyBench the exam has.
    categories, subtasks, levels : dict of str to Result
        By category (mean over its subtasks), "category/subtask", and level (mean over tasks).
    gap : dict
        From ``aggregate.compositionality_gap``.
    calibration : list of dict
        From ``numeric.coverage``, over all numbers.
    stages : dict of str to int
        Where answers stood.
    usage : dict
        Tokens, cost, latency, tool calls and citations.
    agentic : dict of str to dict
        From ``agentic.agentic_summary``; empty for an exam without agentic tasks and citations.
    conventions : dict of str to str
        How answers were judged.
    unknown_ids : tuple of str
        The first predictions that belong to no task.
    unknown : int
        Their number.
    bad_lines : tuple of str
        The first lines of the file that hold no readable prediction.
    bad : int
        Their number.
    failures : tuple of Failure
        To be read; at most 200, from every subtask in turn.
    seed, resamples : int
        Of the bootstrap.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    mode: str
    n: int
    macro: Result | None
    macro_over: tuple[str, ...]
    categories: dict[str, Result]
    subtasks: dict[str, Result]
    levels: dict[str, Result]
    gap: dict[str, float | int | None]
    calibration: list[dict[str, float | int | None]]
    stages: dict[str, int]
    usage: dict[str, float | int | None]
    agentic: dict[str, dict[str, Any]]
    conventions: dict[str, str]
    unknown: int
    unknown_ids: tuple[str, ...]
    bad: int
    bad_lines: tuple[str, ...]
    failures: tuple[Failure, ...]
    seed: int
    resamples: int


def score(
    tasks: Sequence[Task],
    predictions: Iterable[Prediction],
    *,
    bad: Sequence[BadLine] = (),
    seed: int = 0,
    resamples: int = RESAMPLES,
    judge: Judge | None = None,
    judge_name: str = "",
    tier: Tier = "fast",
) -> tuple[Scorecard, tuple[Mark, ...]]:
    """Score predictions.

    Parameters
    ----------
    tasks : sequence of Task
        The exam.
    predictions : iterable of Prediction
        At most one per task; missing ones count as wrong.
    bad : sequence of BadLine
        What could not be read of the prediction file.
    seed : int
        Of the bootstrap.
    resamples : int
        How often polymers are drawn; 0 for no intervals.
    judge, judge_name : callable and str, optional
        See ``marking.mark_all``.
    tier : {"fast", "accurate"}
        Form of the models that judge property constraints.

    Returns
    -------
    card : Scorecard
        The numbers.
    marks : tuple of Mark
        One per task, in order.

    Raises
    ------
    InputError
        If there are no tasks, no prediction belongs to any, one is answered twice, or a task cannot be marked.
    """
    given = list(predictions)
    if not tasks:
        raise InputError("There are no tasks.", hint="Give a task file with at least one line.")
    _check_ids(tasks)
    marking = mark_all(tasks, given, judge=judge, judge_name=judge_name, tier=tier)
    if given and len(marking.unknown) == len(given):
        raise InputError("No prediction belongs to any of the tasks.", hint="Give the task file that was answered.")
    by_id = {item.id: item for item in given}
    return _card(tasks, by_id, marking, bad, seed, resamples), marking.marks


def _check_ids(tasks: Sequence[Task]) -> None:
    twice = [name for name, count in Counter(task.id for task in tasks).items() if count > 1]
    if twice:
        raise InputError(f"The task id {twice[0]!r} is used twice.", hint="Ids are unique.")


def _card(
    tasks: Sequence[Task],
    by_id: dict[str, Prediction],
    marking: Marking,
    bad: Sequence[BadLine],
    seed: int,
    resamples: int,
) -> Scorecard:
    marks = marking.marks
    groups = group(tasks)
    values = np.array([[mark.score] for mark in marks])
    means = subtask_means(groups, values)
    draws = resampled(groups, values, seed=seed, resamples=resamples)
    tops, top_draws = rolled_up(groups, means), rolled_up(groups, draws)
    results = _Results(tasks, marks, groups)
    subtasks = {
        f"{name[0]}/{name[1]}": results.of(
            np.flatnonzero(groups.member == place), float(means[place, 0]), draws[:, place, 0], metrics=True
        )
        for place, name in enumerate(groups.names)
    }
    where = np.array([task.category for task in tasks])
    categories = {
        name: results.of(np.flatnonzero(where == name), float(value[0]), top_draws[name][:, 0])
        for name, value in tops.items()
        if name != "macro"
    }
    over = tuple(name for name in CATEGORIES if name in categories)
    macro = None
    if over:
        macro = results.of(np.flatnonzero(np.isin(where, over)), float(tops["macro"][0]), top_draws["macro"][:, 0])
    marked = {mark.id: mark for mark in marks}
    return Scorecard(
        model=_shared(by_id.values(), lambda item: item.model),
        mode=_shared(by_id.values(), lambda item: item.mode),
        n=len(tasks),
        macro=macro,
        macro_over=over,
        categories=categories,
        subtasks=subtasks,
        levels=_levels(tasks, results, values, seed, resamples),
        gap=compositionality_gap(tasks, marked),
        calibration=coverage([mark.detail for mark in marks]),
        stages=dict(sorted(Counter(mark.stage if mark.answered else "missing" for mark in marks).items())),
        usage=_usage(list(by_id.values())),
        agentic=agentic_summary(tasks, by_id, marked),
        conventions=marking.conventions,
        unknown=len(marking.unknown),
        unknown_ids=marking.unknown[:20],
        bad=len(bad),
        bad_lines=tuple(f"line {item.line}: {item.reason}" for item in bad[:20]),
        failures=_failures(tasks, by_id, marked),
        seed=seed,
        resamples=resamples,
    )


def _shared(predictions: Iterable[Prediction], field: Callable[[Prediction], str]) -> str:
    return ", ".join(sorted({field(item) for item in predictions}))[:200]


class _Results:
    """Makes results of any part of an exam."""

    def __init__(self, tasks: Sequence[Task], marks: Sequence[Mark], groups: Groups) -> None:
        self.tasks, self.marks, self.groups = tasks, marks, groups
        self.parsed = np.array([mark.parsed for mark in marks])
        self.answered = np.array([mark.answered for mark in marks])
        self.correct = np.array([mark.correct for mark in marks])
        self.score = np.array([mark.score for mark in marks])

    def of(self, rows: Any, value: float, draws: Any, *, metrics: bool = False) -> Result:
        polymers = len(np.unique(self.groups.cluster[rows]))
        low, high = interval(draws) if polymers > 1 else (math.nan, math.nan)
        read = rows[self.parsed[rows]]
        picked = [int(row) for row in rows] if metrics else []
        return Result(
            score=value,
            lower=low if math.isfinite(low) else None,
            upper=high if math.isfinite(high) else None,
            n=len(rows),
            polymers=polymers,
            answered=float(self.answered[rows].mean()),
            parsed=float(self.parsed[rows].mean()),
            score_parsed=float(self.score[read].mean()) if len(read) else None,
            correct=float(self.correct[rows].mean()),
            metrics=metrics_of([self.tasks[row] for row in picked], [self.marks[row] for row in picked])
            if metrics
            else {},
        )


def _levels(tasks: Sequence[Task], results: _Results, values: Any, seed: int, resamples: int) -> dict[str, Result]:
    levels = sorted({task.level for task in tasks})
    member = np.array([levels.index(task.level) for task in tasks], dtype=np.int64)
    names = tuple((str(level), "") for level in levels)
    by_level = Groups(names, member, results.groups.cluster)
    means = subtask_means(by_level, values)
    draws = resampled(by_level, values, seed=seed, resamples=resamples)
    return {
        name[0]: results.of(np.flatnonzero(member == place), float(means[place, 0]), draws[:, place, 0])
        for place, name in enumerate(names)
    }


def _usage(predictions: Sequence[Prediction]) -> dict[str, float | int | None]:
    calls = [call for item in predictions for call in item.tool_calls]
    seconds = [item.latency_s for item in predictions if item.latency_s is not None]
    costs = [item.usage.cost for item in predictions if item.usage.cost is not None]
    return {
        "tokens_in": sum(item.usage.input for item in predictions),
        "tokens_out": sum(item.usage.output for item in predictions),
        "cost_usd": sum(costs) if costs else None,
        "latency_median_s": float(np.median(seconds)) if seconds else None,
        "latency_p95_s": float(np.quantile(seconds, 0.95)) if seconds else None,
        "tool_calls": len(calls),
        "tool_calls_ok": sum(call.ok for call in calls) / len(calls) if calls else None,
        "with_tools": sum(bool(item.tool_calls) for item in predictions),
        "with_citations": sum(bool(item.citations) for item in predictions),
        "errors": sum(bool(item.error) for item in predictions),
    }


def _failures(tasks: Sequence[Task], by_id: dict[str, Prediction], marks: dict[str, Mark]) -> tuple[Failure, ...]:
    """Choose failures to read: from every subtask in turn, composites with right sub-questions first."""
    queues: dict[str, list[tuple[bool, Task]]] = {}
    for task in tasks:
        if not marks[task.id].correct and task.id in by_id:
            parts = task.composition.subq_ids if task.composition else ()
            together = bool(parts) and all(part in marks and marks[part].correct for part in parts)
            queues.setdefault(f"{task.category}/{task.subtask}", []).append((not together, task))
    for queue in queues.values():
        queue.sort(key=lambda pair: pair[0])  # stable: the order of the file otherwise
    chosen: list[Failure] = []
    for depth in range(max(map(len, queues.values()), default=0)):
        for queue in queues.values():
            if depth < len(queue) and len(chosen) < MAX_FAILURES:
                alone, task = queue[depth]
                chosen.append(_failure(task, by_id[task.id], marks[task.id], composite=not alone))
        if len(chosen) >= MAX_FAILURES:
            break
    return tuple(chosen)


def _failure(task: Task, prediction: Prediction, mark: Mark, *, composite: bool) -> Failure:
    given = prediction.final_answer if prediction.final_answer is not None else prediction.response
    shown = str(given)[-400:] if prediction.final_answer is None else str(given)[:400]
    gold = task.answer if task.answer is not None else "; ".join(point.text for point in task.keypoints)
    return Failure(
        id=task.id,
        category=task.category,
        subtask=task.subtask,
        question=task.question[:600],
        gold=f"{gold} {task.unit}".strip()[:400],
        given=_printable(shown),
        stage=mark.stage,
        score=mark.score,
        composite=composite,
    )


def _printable(text: str) -> str:
    """Make text safe to encode: lone surrogates and control characters are replaced."""
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in plain)
