"""Answers with the exam's marks: what preferences are made of, and the reward that can be verified."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from finetune.records.from_tasks import record_of, training
from finetune.records.gold import gold_text, tagged
from polybench.jsonl import read_tasks
from polybench.prediction import Prediction
from polybench.run.exam import sample_folder
from polybench.scoring.mark import Mark
from polybench.scoring.marking import mark_all
from polybench.task import Task
from tools.core.errors import InputError


def training_tasks(folder: str, limit: int | None, seed: int) -> list[Task]:
    """Read training tasks that have an answer to learn.

    Parameters
    ----------
    folder : str
        Folder of a suite with ``train.jsonl``, or "sample".
    limit : int or None
        Tasks at most.
    seed : int
        Of the draw.

    Returns
    -------
    list of Task
        The tasks, of the training split alone.

    Raises
    ------
    InputError
        If there is no such file, or it holds tasks of another split.
    """
    path = (sample_folder() if folder == "sample" else Path(folder)) / "train.jsonl"
    if not path.is_file():
        raise InputError(
            f"{path} is not there.", hint="Build a suite (polysmith bench build), or write data.tasks: sample."
        )
    found = [training(task) for task in read_tasks(path) if task.category != "agentic" and gold_text(task)]
    if limit is not None and limit < len(found):
        kept = sorted(random.Random(f"{seed}|tasks").sample(range(len(found)), limit))
        found = [found[place] for place in kept]
    return found


def prompt_of(task: Task) -> list[dict[str, Any]]:
    """Ask a task as the exam does.

    Parameters
    ----------
    task : Task
        The task.

    Returns
    -------
    list of dict
        System and user message.
    """
    return list(record_of(task, "", "direct").messages[:-1])


def marks_of(answers: Sequence[tuple[Task, str]]) -> list[Mark]:
    """Mark answers, of which several may be to one task.

    Parameters
    ----------
    answers : sequence of (Task, str)
        Tasks and texts.

    Returns
    -------
    list of Mark
        In order.
    """
    tasks = [task.model_copy(update={"id": f"{place}"}) for place, (task, _) in enumerate(answers)]
    given = [Prediction(id=f"{place}", response=text) for place, (_, text) in enumerate(answers)]
    return list(mark_all(tasks, given).marks)


def rewards_of(answers: Sequence[tuple[Task, str]], form: float) -> list[float]:
    """Turn marks into rewards.

    Parameters
    ----------
    answers : sequence of (Task, str)
        Tasks and texts.
    form : float
        What an answer in tags gets, right or not, 0 to 1.

    Returns
    -------
    list of float
        ``form`` if the answer stands in tags and can be read, and the rest times its score.
    """
    return [form * (mark.parsed and mark.stage == "tag") + (1.0 - form) * mark.score for mark in marks_of(answers)]


def pairs_of(sampled: Iterable[tuple[Task, Sequence[str]]], *, form: float = 0.1) -> list[dict[str, Any]]:
    """Make pairs of a better and a worse answer.

    Parameters
    ----------
    sampled : iterable of (Task, sequence of str)
        Answers of a model to training tasks.
    form : float
        As of ``rewards_of``.

    Returns
    -------
    list of dict
        ``prompt``, ``chosen`` and ``rejected`` messages, ``task``, and the two rewards. The chosen answer is the best
        that was sampled if it is right in full, else the right answer itself; a task of which no sampled answer is
        worse than the chosen one gives none.
    """
    found = []
    for task, texts in sampled:
        asked = [(task, text) for text in texts]
        ranked = sorted(zip(rewards_of(asked, form), texts, strict=True), key=lambda item: (item[0], item[1]))
        best, chosen = ranked[-1]
        if best < 1.0:
            best, chosen = 1.0, tagged(gold_text(task))
        worst, rejected = ranked[0]
        if worst < best and chosen != rejected:
            found.append(
                {
                    "prompt": prompt_of(task),
                    "chosen": [{"role": "assistant", "content": chosen}],
                    "rejected": [{"role": "assistant", "content": rejected}],
                    "task": task.id,
                    "better": best,
                    "worse": worst,
                }
            )
    return found
