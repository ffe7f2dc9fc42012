"""Training tasks of the exam as conversations, asked as the exam asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from finetune.records.gold import gold_text, tagged
from finetune.records.record import Record
from polybench.builders.split import share_of
from polybench.prediction import Mode
from polybench.run.prompts import messages_for
from polybench.run.question import Question
from polybench.task import Task
from tools.core.errors import InputError

KNOWING = 0.25  # share of the tasks with a knowledge profile that show it


def task_records(tasks: Iterable[Task], *, seed: int = 0, knowing: float = KNOWING) -> Iterator[Record]:
    """Make a record of every task that has an answer: the exam's direct prompt, and the answer in tags.

    Parameters
    ----------
    tasks : iterable of Task
        Tasks of the training split.
    seed : int
        Decides which tasks show their knowledge profile; the same seed gives the same records.
    knowing : float
        Share of them.

    Yields
    ------
    Record
        In the order of the tasks.

    Raises
    ------
    InputError
        If a task is not of the training split.
    """
    for task in tasks:
        text = gold_text(training(task))
        if not text:
            continue
        known = bool(task.context) and share_of(f"{seed}|knowing|{task.id}") < knowing
        yield record_of(task, tagged(text), "direct", with_knowledge=known)


def record_of(task: Task, reply: str, mode: Mode, *, with_knowledge: bool = False) -> Record:
    """Make the record of a task and a reply.

    Parameters
    ----------
    task : Task
        The task.
    reply : str
        What the model should say.
    mode : {"direct", "cot", "rag", "agent"}
        Prompt of the exam.
    with_knowledge : bool
        Whether the knowledge profile is shown.

    Returns
    -------
    Record
        The record.
    """
    asked = messages_for(Question.of(task, with_knowledge=with_knowledge), mode)
    messages = [{"role": role, "content": text} for role, text in asked]
    return Record(
        id=f"{task.id}-{'chain' if mode == 'cot' else mode}",
        kind="chain" if mode == "cot" else "task",
        task=task.id,
        category=task.category,
        subtask=task.subtask,
        messages=(*messages, {"role": "assistant", "content": reply}),
        polymer_keys=task.polymer_keys,
        licence=task.licence,
    )


def training(task: Task) -> Task:
    """Let only training tasks through.

    Parameters
    ----------
    task : Task
        A task.

    Returns
    -------
    Task
        The same.

    Raises
    ------
    InputError
        If it is held out.
    """
    if task.split != "train":
        raise InputError(f"Task {task.id} is of the split {task.split!r}, which is never trained on.")
    return task
