"""An exam from task file to score card: who sits it, which tasks, and how much the shipped models had seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from polybench.builders.sampling import draw
from polybench.jsonl import read_tasks, write_jsonl
from polybench.prediction import Prediction
from polybench.run import baselines
from polybench.run.question import Answerer
from polybench.run.rule_agent import RuleAgent
from polybench.run.runner import PREDICTIONS, Options, Progress, run_exam
from polybench.run.values import ModelValues, leaks
from polybench.scorecard import score
from polybench.task import Split, Task
from tools.core.errors import InputError

AgentName = Literal["rules", "rules-seen", "nearest", "mean", "model", "model-seen", "random"]
AGENTS: Final[tuple[AgentName, ...]] = ("rules", "rules-seen", "nearest", "mean", "model", "model-seen", "random")
TASKS: Final = "tasks.jsonl"
_NEED_TRAIN: Final = frozenset(("nearest", "mean"))


@dataclass(frozen=True)
class Exam:
    """What is sat.

    Attributes
    ----------
    tasks : tuple of Task
        The tasks.
    folder : Path or None
        Folder of the suite, where ``train.jsonl`` stands for baselines that need it.
    """

    tasks: tuple[Task, ...]
    folder: Path | None


def sample_folder() -> Path:
    """Return the folder of the small open sample that ships with the package."""
    return Path(str(resources.files("polybench") / "sample"))


def load_exam(tasks: Path | None, split: Split | None, limit: int | None, seed: int = 0) -> Exam:
    """Read the tasks of an exam.

    Parameters
    ----------
    tasks : Path or None
        Task file, or folder of a suite; the shipped sample if None.
    split : str or None
        Split to take; every one in the file if None (of a folder: dev).
    limit : int or None
        How many tasks at most: drawn at random, composites with their parts.
    seed : int
        Seed of the draw.

    Returns
    -------
    Exam
        The tasks.

    Raises
    ------
    InputError
        If there are none.
    """
    place = tasks or sample_folder()
    path = place / f"{split or 'dev'}.jsonl" if place.is_dir() else place
    found = [task for task in read_tasks(path) if split is None or task.split == split]
    if not found:
        raise InputError(f"{path} holds no tasks of the split {split}.", hint="Choose another split or file.")
    return Exam(tuple(found if limit is None else draw(found, limit, seed)), path.parent)


def make_agent(name: AgentName, folder: Path | None, *, seed: int = 0, tools: bool = True) -> Answerer:
    """Make one of the agents that need no language model.

    Parameters
    ----------
    name : str
        One of ``AGENTS``; "-seen" uses the final models also for polymers that they were trained on.
    folder : Path or None
        Folder with ``train.jsonl``, for "nearest" and "mean".
    seed : int
        Seed of "random".
    tools : bool
        Whether the rule agent may call tools.

    Returns
    -------
    Answerer
        The agent.

    Raises
    ------
    InputError
        If there are no training tasks for a baseline that needs them, or a baseline is to do without tools.
    """
    if not tools and not name.startswith("rules"):
        raise InputError(f"{name!r} calls no tools.", hint="Leave --no-tools out.")
    if name in _NEED_TRAIN:
        train = folder / "train.jsonl" if folder else None
        if train is None or not train.is_file():
            raise InputError(
                f"The agent {name!r} needs train.jsonl beside the tasks.", hint="Build a suite: polysmith bench build."
            )
        return baselines.nearest(read_tasks(train)) if name == "nearest" else baselines.mean(read_tasks(train))
    if name == "random":
        return baselines.RandomAnswerer(seed)
    held_out = not name.endswith("-seen")
    if name.startswith("model"):
        return baselines.model(held_out=held_out)
    return RuleAgent(ModelValues(held_out=held_out), name=name, tools=tools)


def sit(
    exam: Exam,
    agent: Answerer,
    out: Path,
    options: Options | None = None,
    *,
    resamples: int = 1000,
    progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Let an agent sit an exam and score it.

    Parameters
    ----------
    exam : Exam
        The tasks.
    agent : Answerer
        Who sits it.
    out : Path
        Folder of the run; the tasks are kept beside the predictions, for reports and comparisons.
    options : Options, optional
        How it is made.
    resamples : int
        Draws of the bootstrap.
    progress : callable, optional
        Called after every answer.

    Returns
    -------
    dict
        ``agent``, ``tasks``, ``answered``, ``predictions`` and ``task_file`` (the files), ``scores`` (the score card),
        and ``seen_by_models``: how many tasks rest on values that the shipped models were trained on, and the score
        with and without them.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_jsonl(exam.tasks, out / TASKS)
    predictions = run_exam(exam.tasks, agent, out, options, progress=progress)
    card, marks = score(exam.tasks, predictions, resamples=resamples, seed=options.seed if options else 0)
    seen = {task.id: leaks(task) for task in exam.tasks if task.evidence}
    shares: dict[bool, list[float]] = {True: [], False: []}
    for mark in marks:
        if mark.id in seen:
            shares[seen[mark.id]].append(mark.score)
    return {
        "agent": agent.name,
        "tasks": len(exam.tasks),
        "answered": sum(_has_answer(item) for item in predictions),
        "predictions": str(out / PREDICTIONS),
        "task_file": str(out / TASKS),
        "scores": card.model_dump(mode="json"),
        "seen_by_models": {
            "tasks_with_values": len(seen),
            "seen": {"n": len(shares[True]), "score": _mean(shares[True])},
            "unseen": {"n": len(shares[False]), "score": _mean(shares[False])},
        },
    }


def _has_answer(prediction: Prediction) -> bool:
    return not prediction.error and (prediction.final_answer is not None or bool(prediction.response))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
