"""Drawing a small exam from a large one, and the sample that ships with the package."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from polybench.jsonl import read_tasks, write_jsonl
from polybench.task import Task

#: Tasks of each split in the shipped sample; 300 together at most.
SAMPLE: Final = {"train": 84, "dev": 84, "test": 70, "ood": 60}


def draw(tasks: Sequence[Task], limit: int, seed: int) -> list[Task]:
    """Draw tasks at random, spread evenly over categories, each task with its parts or twin where there is room.

    Parameters
    ----------
    tasks : sequence of Task
        All tasks.
    limit : int
        How many at most.
    seed : int
        Seed.

    Returns
    -------
    list of Task
        In their order.
    """
    by_id = {task.id: task for task in tasks}
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.category, []).append(task)
    for name, group in groups.items():
        random.Random(f"{seed}|{name}").shuffle(group)
    chosen: set[str] = set()
    while len(chosen) < limit and any(groups.values()):
        for group in groups.values():
            while group and group[-1].id in chosen:
                group.pop()
            if group:
                task = group.pop()
                wanted = {name for name in (task.id, *_parts(task)) if name in by_id} - chosen
                if len(chosen) + len(wanted) <= limit:
                    chosen |= wanted
    return [task for task in tasks if task.id in chosen]


def _parts(task: Task) -> tuple[str, ...]:
    """Ids of the sub-questions of a composite, or of the untouched twin of a task with an injection."""
    twin = task.extra.get("twin")
    return (*(task.composition.subq_ids if task.composition else ()), *((twin,) if isinstance(twin, str) else ()))


def build_sample(out: Path, *, seed: int = 0) -> dict[str, int]:
    """Build the sample that ships, from the handbook and the rules alone.

    Parameters
    ----------
    out : Path
        Folder for one task file per split.
    seed : int
        Seed.

    Returns
    -------
    dict of str to int
        Tasks by split.
    """
    from polybench.builders.suite import build

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), data=None, train=700, held_out=350, seed=seed)
        counts = {}
        for split, limit in SAMPLE.items():
            tasks = list(read_tasks(Path(folder) / f"{split}.jsonl"))
            counts[split] = write_jsonl(draw(tasks, limit, seed), out / f"{split}.jsonl")
    return counts
