"""Distilling a split: teach, check, keep; in batches that are each written whole, so that a kill loses one at most."""

from __future__ import annotations

import hashlib
import heapq
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from finetune.distill.chain import Fact
from finetune.distill.check import check_chain
from finetune.distill.profile import Profile, profile_of
from finetune.distill.teachers import Taught, Teacher
from finetune.records.build import sha256_of
from finetune.records.from_tasks import record_of, training
from finetune.records.record import Record, batches, write_records
from polybench.builders.split import share_of
from polybench.jsonl import read_tasks
from polybench.task import Task
from tools.core.errors import InputError, ModelError, StateError

CHAINS: Final = "chains.jsonl"
MANIFEST: Final = "manifest.json"
_SETTINGS: Final = "settings.json"
_REPLIES: Final = "replies.jsonl"
_EXAMPLES: Final = 3  # details kept per reason


@dataclass(frozen=True)
class Plan:
    """What is distilled.

    Attributes
    ----------
    seed : int
        Chooses the tasks.
    limit : int or None
        Tasks at most; all if None.
    batch : int
        Tasks between writes.
    workers : int
        Tasks that a teacher works on at once.
    """

    seed: int = 0
    limit: int | None = None
    batch: int = 64
    workers: int = 1

    def __post_init__(self) -> None:
        if self.batch < 1 or self.workers < 1 or (self.limit is not None and self.limit < 1):
            raise InputError("limit, batch and workers are positive numbers.")


class Replies:
    """What a teacher wrote, kept in a file line by line and given again.

    Parameters
    ----------
    path : Path
        The file; a last line that was cut by a kill is passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._known: dict[str, Taught] = {}
        lines = path.read_bytes().splitlines() if path.is_file() else []
        for line in lines:
            try:
                row = orjson.loads(line)
                facts = tuple(Fact(**fact) for fact in row["facts"])
                profile = Profile(row["family"], facts, frozenset(row["confirmed"]))
                self._known[row["key"]] = Taught(row["text"], profile)
            except (orjson.JSONDecodeError, KeyError, TypeError):
                continue

    def ask(self, teacher: Teacher, task: Task, profile: Profile) -> Taught:
        """Ask a teacher, or give again what it wrote."""
        asked = f"{teacher.name}|{task.model_dump_json(exclude={'answer', 'cot'})}|{profile.text()}"
        key = hashlib.sha256(asked.encode()).hexdigest()
        with self._lock:
            if key in self._known:
                return self._known[key]
        taught = teacher.teach(task, profile)
        row = {
            "key": key, "text": taught.text, "family": taught.profile.family,
            "facts": [asdict(fact) for fact in taught.profile.facts], "confirmed": sorted(taught.profile.confirmed),
        }  # fmt: skip
        with self._lock:
            self._known[key] = taught
            with self._path.open("ab") as stream:
                stream.write(orjson.dumps(row) + b"\n")
        return taught


def distill(
    tasks: Path,
    teacher: Teacher,
    out: Path,
    *,
    plan: Plan | None = None,
    resume: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Write the chains of a training split that pass every check.

    Parameters
    ----------
    tasks : Path
        ``train.jsonl`` of a suite.
    teacher : Teacher
        Who writes chains.
    out : Path
        Folder for ``chains.jsonl`` (records), ``manifest.json`` and the batches.
    plan : Plan, optional
        What is distilled.
    resume : bool
        Go on in a folder that holds batches of the same plan.
    progress : callable
        Told how far it is.

    Returns
    -------
    dict
        The manifest: accepted and refused by category, with the reasons and examples of them.

    Raises
    ------
    InputError
        If a task is not of the training split.
    StateError
        If the folder holds other work, or work and ``resume`` is not set.
    ModelError
        If the teacher failed at every task of a batch; the batches before it are kept.
    """
    plan = plan or Plan()
    _open(out, plan, teacher, tasks, resume=resume)
    chosen = choose(tasks, plan)
    replies, seconds = Replies(out / _REPLIES), time.process_time()
    done = fresh = 0
    for place, batch in enumerate(batches(chosen, plan.batch)):
        path = out / "batches" / f"{place:06d}.jsonl"
        if not path.is_file():
            _write(path, _work(batch, teacher, replies, plan.workers))
            fresh += len(batch)
        done += len(batch)
        progress(f"{done} of {len(chosen)} tasks")
    spent = time.process_time() - seconds
    return _finish(out, teacher, tasks, plan, fresh / spent if fresh and spent else None)


def choose(tasks: Path, plan: Plan) -> list[Task]:
    """Choose the tasks: those of the smallest hashes, which are of every kind in their share.

    Parameters
    ----------
    tasks : Path
        Task file.
    plan : Plan
        Seed and limit.

    Returns
    -------
    list of Task
        In the order of their hashes.

    Raises
    ------
    InputError
        If one is not of the training split.
    """

    def place(task: Task) -> tuple[float, str]:
        return share_of(f"{plan.seed}|distill|{task.id}"), task.id

    stream = (training(task) for task in read_tasks(tasks))
    return sorted(stream, key=place) if plan.limit is None else heapq.nsmallest(plan.limit, stream, key=place)


def _open(out: Path, plan: Plan, teacher: Teacher, tasks: Path, *, resume: bool) -> None:
    settings = {**asdict(plan), "teacher": teacher.name, "tasks_sha256": sha256_of(tasks)}
    settings.pop("workers")
    path = out / _SETTINGS
    if path.is_file():
        if not resume:
            raise StateError(f"{out} holds a distillation.", hint="Go on with --resume, or name another folder.")
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise StateError(f"{path} is damaged.", hint="Name another folder.") from error
        if known != settings:
            raise StateError(f"{out} holds another distillation.", hint="Name another folder, or the same settings.")
        return
    (out / "batches").mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def _work(batch: Sequence[Task], teacher: Teacher, replies: Replies, workers: int) -> list[dict[str, Any]]:
    if workers == 1:
        rows = [_one(task, teacher, replies) for task in batch]
    else:
        with ThreadPoolExecutor(workers) as pool:
            rows = list(pool.map(lambda task: _one(task, teacher, replies), batch))
    if all(row["reason"] == "teacher" for row in rows):
        raise ModelError(f"The teacher failed at a whole batch: {rows[0]['detail']}", hint="Go on with --resume.")
    return rows


def _one(task: Task, teacher: Teacher, replies: Replies) -> dict[str, Any]:
    row: dict[str, Any] = {"task": task.id, "category": task.category, "subtask": task.subtask, "detail": ""}
    try:
        taught = replies.ask(teacher, task, profile_of(task))
    except ModelError as error:
        return {**row, "reason": "teacher", "detail": error.message[:200]}
    if not taught.text:
        return {**row, "reason": "no chain"}
    verdict = check_chain(task, taught.profile, taught.text)
    if not verdict.ok:
        return {**row, "reason": verdict.reason, "detail": verdict.detail[:200]}
    record = record_of(task, taught.text, "cot")
    return {**row, "reason": "", "record": record.model_dump(mode="json", exclude_defaults=True)}


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    partial = path.with_suffix(".part")
    partial.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    partial.replace(path)


def _rows(out: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((out / "batches").glob("*.jsonl")):
        yield from (orjson.loads(line) for line in path.read_bytes().splitlines())


def _finish(out: Path, teacher: Teacher, tasks: Path, plan: Plan, rate: float | None) -> dict[str, Any]:
    seen: dict[str, Counter[str]] = {}
    examples: dict[str, list[str]] = {}
    for row in _rows(out):
        seen.setdefault(row["category"], Counter())[row["reason"] or "accepted"] += 1
        if row["detail"] and len(examples.setdefault(row["reason"], [])) < _EXAMPLES:
            examples[row["reason"]].append(f"{row['task']}: {row['detail']}")
    kept = (Record.model_validate(row["record"]) for row in _rows(out) if not row["reason"])
    count = write_records(kept, out / CHAINS)
    manifest = {
        "teacher": teacher.name,
        "seed": plan.seed,
        "tasks": sum(counts.total() for counts in seen.values()),
        "chains": count,
        "sha256": sha256_of(out / CHAINS),
        "tasks_sha256": sha256_of(tasks),
        "acceptance": {name: counts["accepted"] / counts.total() for name, counts in sorted(seen.items())},
        "outcomes": {name: dict(sorted(counts.items())) for name, counts in sorted(seen.items())},
        "examples": dict(sorted(examples.items())),
    }
    (out / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return {**manifest, "tasks_per_cpu_second": rate}
