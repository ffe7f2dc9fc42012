"""The exam before and after tuning: the same tasks, the difference with its interval, answers kept as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from finetune.tune.answering import Answer, in_batches
from finetune.tune.settings import Scoring
from polybench.compare import compare
from polybench.jsonl import read_predictions, to_line, write_jsonl
from polybench.prediction import Prediction
from polybench.run.exam import load_exam, sample_folder
from polybench.run.prompts import messages_for
from polybench.run.question import Question
from polybench.run.runner import Journal, mend
from polybench.scorecard import Result, score
from polybench.scoring.mark import Mark
from polybench.task import Task

_KEPT_EVERY = 4  # batches between writes are few: a kill loses at most these


def exam_tasks(folder: str, settings: Scoring, seed: int) -> tuple[Task, ...]:
    """Read the tasks that are asked before and after.

    Parameters
    ----------
    folder : str
        Folder of a suite, or "sample".
    settings : Scoring
        Split and number.
    seed : int
        Of the draw.

    Returns
    -------
    tuple of Task
        The tasks.
    """
    place = sample_folder() if folder == "sample" else Path(folder)
    return load_exam(place, settings.split, settings.limit, seed).tasks


def sit(
    tasks: Sequence[Task],
    answer: Callable[[], Answer],
    name: str,
    folder: Path,
    settings: Scoring,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Prediction]:
    """Let a model answer, or go on where it was stopped.

    Parameters
    ----------
    tasks : sequence of Task
        The tasks.
    answer : callable
        Gives the model; called only if there is something left to ask.
    name : str
        Name that predictions carry.
    folder : Path
        Gets ``predictions.jsonl``.
    settings : Scoring
        How it is asked.
    progress : callable
        Told how many are answered.

    Returns
    -------
    list of Prediction
        In the order of the tasks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "predictions.jsonl"
    if path.is_file():
        mend(path)
    known = {item.id: item for item in read_predictions(path).predictions} if path.is_file() else {}
    left = [task for task in tasks if task.id not in known]
    model = answer() if left else None
    with Journal(path) as journal:
        for part in in_batches(left, settings.batch * _KEPT_EVERY):
            asked = [
                ([{"role": role, "content": text} for role, text in messages_for(Question.of(task), settings.mode)], ())
                for task in part
            ]
            for task, text in zip(part, model(asked) if model else (), strict=True):
                known[task.id] = Prediction(id=task.id, model=name, mode=settings.mode, response=text)
                journal.append(to_line(known[task.id]))
            progress(f"{name}: {len(known)} of {len(tasks)} answered")
    return [known[task.id] for task in tasks]


def judge(
    tasks: Sequence[Task], before: Sequence[Prediction], after: Sequence[Prediction], folder: Path, settings: Scoring
) -> dict[str, Any]:
    """Score both sittings and compare them.

    Parameters
    ----------
    tasks : sequence of Task
        The tasks.
    before, after : sequence of Prediction
        Answers of the base and of the tuned model.
    folder : Path
        Gets ``tasks.jsonl`` and the full score cards.
    settings : Scoring
        Draws of the bootstrap.

    Returns
    -------
    dict
        ``before`` and ``after`` by part of the exam (score with its interval of 95 %, number, share that could be
        read), and ``difference`` by part.
    """
    write_jsonl(tasks, folder / "tasks.jsonl")
    found: dict[str, Any] = {}
    marks: dict[str, Sequence[Mark]] = {}
    for name, given in (("before", before), ("after", after)):
        card, marks[name] = score(tasks, given, resamples=settings.resamples)
        (folder / f"{name}.json").write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
        parts = {"macro": card.macro} | card.categories if card.macro else dict(card.categories)
        found[name] = {part: _short(result) for part, result in parts.items() if result is not None}
    rows = compare(tasks, marks, resamples=max(1, settings.resamples))
    found["difference"] = {
        row.part: row.differences["after"].model_dump(mode="json") for row in rows if "/" not in row.part
    }
    return found


def _short(result: Result) -> dict[str, Any]:
    return {
        "score": result.score,
        "lower": result.lower,
        "upper": result.upper,
        "n": result.n,
        "parsed": result.parsed,
        "correct": result.correct,
    }
