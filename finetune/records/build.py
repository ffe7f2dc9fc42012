"""One file of chat records from a training split: streamed, the same for the same seed, nothing held out in it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from finetune.records.calls import tool_records
from finetune.records.design_records import design_records
from finetune.records.from_tasks import KNOWING, task_records
from finetune.records.general import general_records
from finetune.records.leakage import HELD_OUT, Apart, HeldOut, record_texts
from finetune.records.record import Record, write_records
from polybench.jsonl import read_tasks
from tools.core.errors import InputError

RECORDS: Final = "records.jsonl"
MANIFEST: Final = "manifest.json"
_TOLD_EVERY: Final = 5000


@dataclass(frozen=True)
class Mix:
    """What records are made, and how many.

    Attributes
    ----------
    seed : int
        The same seed gives the same records.
    tools : float
        Share of the tasks that are also worked with tools, 0 to 1; about 45 ms of CPU each.
    knowing : float
        Share of the tasks with a knowledge profile that show it, 0 to 1.
    general : int
        Records that guard general abilities.
    designs : int
        Records that ask for a repeat unit by its properties; they need the folder of tables.
    apart : {"key", "family", "parts", "series"}
        The strictest key that no record may share with a held-out polymer; see ``finetune.records.leakage``.
    suite_seed : int
        Seed of the suite, which deals polymers into splits.
    """

    seed: int = 0
    tools: float = 0.05
    knowing: float = KNOWING
    general: int = 6000
    designs: int = 10_000
    apart: Apart = "parts"
    suite_seed: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.tools <= 1 and 0 <= self.knowing <= 1):
            raise InputError("tools and knowing are shares.", hint="Give numbers from 0 to 1.")
        if self.general < 0 or self.designs < 0:
            raise InputError("general and designs are numbers of records.", hint="Give 0 or more.")


@dataclass
class Tally:
    """Counts of what was kept and what was left out."""

    kinds: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    subtasks: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def keep(self, record: Record) -> None:
        """Count a record."""
        self.kinds[record.kind] += 1
        self.categories[record.category or record.kind] += 1
        self.subtasks[record.subtask] += 1
        self.licences[record.licence] += 1


def build_records(
    tasks: Path,
    out: Path,
    *,
    mix: Mix | None = None,
    held_out: Path | None = None,
    data: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Write the chat records of a training split.

    Parameters
    ----------
    tasks : Path
        ``train.jsonl`` of a suite.
    out : Path
        Folder for ``records.jsonl`` and ``manifest.json``.
    mix : Mix, optional
        What is made.
    held_out : Path, optional
        Folder with the held-out splits; the folder of ``tasks`` if left out.
    data : Path, optional
        Folder with ``virtual_smipoly_2star.csv.gz``; without it no designs are made.
    progress : callable
        Told how far it is.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    InputError
        If the held-out splits are missing, or a task is not of the training split.
    """
    mix = mix or Mix()
    folder = held_out or tasks.parent
    held, tally = HeldOut.read(folder), Tally()
    stream = _told(_apart(_all(tasks, mix, data), held, mix.apart, tally), progress)
    path = out / RECORDS
    count = write_records(stream, path)
    manifest = {
        "records": count,
        "sha256": sha256_of(path),
        "mix": asdict(mix),
        "tasks_sha256": sha256_of(tasks),
        "held_out_sha256": {name: sha256_of(folder / f"{name}.jsonl") for name in HELD_OUT},
        "kinds": dict(sorted(tally.kinds.items())),
        "categories": dict(sorted(tally.categories.items())),
        "subtasks": dict(sorted(tally.subtasks.items())),
        "licences": dict(sorted(tally.licences.items())),
        "left_out": dict(sorted(tally.left_out.items())),
    }
    (out / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def _all(tasks: Path, mix: Mix, data: Path | None) -> Iterator[Record]:
    yield from task_records(read_tasks(tasks), seed=mix.seed, knowing=mix.knowing)
    if mix.tools:
        yield from tool_records(read_tasks(tasks), share=mix.tools, seed=mix.seed)
    yield from general_records(mix.seed, mix.general)
    if mix.designs and data is not None:
        yield from islice(design_records(data, seed=mix.seed, suite_seed=mix.suite_seed), mix.designs)


def _apart(records: Iterable[Record], held: HeldOut, apart: Apart, tally: Tally) -> Iterator[Record]:
    """Leave out what shares a question or a key with the held-out splits."""
    for record in records:
        found = held.leak(record.id, record_texts(record), record.polymer_keys, apart)
        if found is None:
            tally.keep(record)
            yield record
        else:
            tally.left_out[f"{record.kind}: {found.level}"] += 1


def _told(records: Iterable[Record], progress: Callable[[str], None]) -> Iterator[Record]:
    for count, record in enumerate(records, 1):
        if count % _TOLD_EVERY == 0:
            progress(f"{count} records")
        yield record


def sha256_of(path: Path) -> str:
    """Hash a file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        SHA-256 in hexadecimal.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
