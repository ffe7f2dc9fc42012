"""Screening a library, or a table of any length, against a brief: in shards, resumable, in bounded memory.

The folder of a screening holds ``screening.json`` (what it is made from), ``journal/`` (a receipt for each shard that
is done), ``shards/`` (what passed in each) and, at the end, ``passed.csv``, ``best.csv`` and ``summary.json``. The
journal alone says what is done: a stopped or killed screening goes on with the shards that have no receipt.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from polysmith.batch import open_table
from polysmith.screening_output import check_parquet, write_results
from polysmith.screening_pool import Receipt, open_runner
from polysmith.screening_run import SHARD, Plan, Progress, Run
from tools.core.errors import InputError, StateError
from tools.core.spec import DesignSpec

_STATE, _LOCK = "screening.json", "screening.lock"
_FORMAT = 1


@dataclass(frozen=True)
class Screening:
    """What a screening found.

    Attributes
    ----------
    folder : str
        Where ``passed.csv`` and ``best.csv`` are.
    candidates, admitted, passed : int
        Polymers screened, those that meet the structural constraints, and those that meet the brief.
    failed : dict of str to int
        Rows of a table that could not be read, by error code.
    best : tuple of dict
        The best polymers, passing or not, by column of ``best.csv``.
    uncovered : tuple of str
        Properties of the brief that no model covers; they were not screened for.
    resumed : int
        Polymers that an earlier call had screened.
    complete : bool
        False if a limit ended it before the library or table did.
    cpu_seconds, seconds : float
        CPU time of all shards, and wall-clock time of this call.
    """

    folder: str
    candidates: int
    admitted: int
    passed: int
    failed: dict[str, int]
    best: tuple[dict[str, Any], ...]
    uncovered: tuple[str, ...]
    resumed: int
    complete: bool
    cpu_seconds: float
    seconds: float


def screen(
    brief: str | DesignSpec,
    *,
    library: str | Path = "all",
    out: str | Path = "screening",
    limit: int | None = None,
    top: int = 100,
    chance: float = 0.5,
    workers: int = 2,
    ray: str | None = None,
    resume: bool = False,
    column: str = "",
    parquet: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Screening:
    """Screen every polymer of a library or table against a brief.

    Parameters
    ----------
    brief : str or DesignSpec
        The brief in plain words, or already typed.
    library : str or Path
        "all" for the virtual library, "ordinary" for its polymers of one or two monomers, or a CSV of repeat units.
    out : str or Path
        Folder for the results.
    limit : int, optional
        Polymers (of a table: rows) at most; a prefix of the virtual library is a varied sample.
    top : int
        How many of the best are kept, passing or not.
    chance : float
        A polymer passes if it meets the structural constraints and its chance to meet all hard property constraints
        together is at least this.
    workers : int
        Processes on this machine.
    ray : str, optional
        Address of a Ray cluster to use instead, or "local"; its machines must see ``out``.
    resume : bool
        Go on where an earlier call with the same arguments stopped; a higher limit may be given.
    column : str
        Name or number of a table's column of repeat units.
    parquet : bool
        Write ``passed.parquet`` as well.
    progress : callable, optional
        Told a ``Progress`` after every shard.

    Returns
    -------
    Screening
        Counts, and the best polymers.

    Raises
    ------
    InputError
        If an argument does not fit, or the folder holds another screening.
    BriefError
        If there is nothing in the brief to screen for.
    BackendMissing
        If Ray or pyarrow is asked for and missing.
    StateError
        If the folder cannot be written, or another process uses it.
    ToolError
        If a shard fails several times.
    """
    from polysmith.api import parse

    begun = time.monotonic()
    spec = brief if isinstance(brief, DesignSpec) else parse(brief)
    if not 0.0 <= chance <= 1.0 or top < 1 or (limit is not None and limit < 1):
        raise InputError("A chance lies between 0 and 1; limit and top are at least 1.")
    if parquet:
        check_parquet()
    folder = Path(out)
    plan = _plan(spec, library, folder, top, chance, column)
    with _opened(folder, plan.made_from, resume=resume):
        run = Run(plan, folder, limit, progress or (lambda _: None))
        runner = open_runner(plan.task, workers, ray)
        finished = False
        try:
            chosen = run.go(runner)
            finished = True
        finally:
            runner.close(now=not finished)
        best = write_results(folder, chosen, plan.task["properties"], top, parquet=parquet)
        return _summary(plan, folder, chosen, best, run.resumed, begun)


def _plan(spec: DesignSpec, source: str | Path, folder: Path, top: int, chance: float, column: str) -> Plan:
    from tools.design.screen import Screen
    from tools.properties.predict import available

    screen_of = Screen(spec)
    cards = {
        name: card for name, card in available(tier="fast").items() if name in {c.property for c in spec.constraints}
    }
    models = {name: [card.id, card.files] for name, card in sorted(cards.items())}
    properties = sorted({c.property for c in (*screen_of.hard, *screen_of.soft)})
    made_from: dict[str, Any] = {
        "format": _FORMAT,
        "spec": spec.model_dump(mode="json"),
        "models_sha256": hashlib.sha256(json.dumps(models, sort_keys=True).encode()).hexdigest(),
        "chance": chance,
        "top": top,
        "shard": SHARD,
    }
    task: dict[str, Any] = {
        "spec": spec.model_dump_json(), "chance": chance, "top": top, "properties": properties,
        "folder": str(folder.resolve()), "periodic": source == "all",
    }  # fmt: skip
    uncovered = tuple(dict.fromkeys(c.property for c in screen_of.uncovered))
    if source in ("all", "ordinary"):
        from tools.design.library import library

        found = library(periodic=source == "all")
        task["source"] = made_from["source"] = "library"
        made_from["library"] = found.signature
        return Plan(task, made_from, found.size, None, uncovered)
    sheet, place = open_table(Path(source), column)
    task["source"] = made_from["source"] = "table"
    made_from |= {"table_sha256": sheet.sha256, "column": place + 1}
    return Plan(task, made_from, sum(1 for _ in sheet.rows()), (sheet, place), uncovered)


@contextmanager
def _opened(folder: Path, made_from: dict[str, Any], *, resume: bool) -> Iterator[None]:
    """Lock the folder; refuse one that holds something else."""
    try:
        for name in ("shards", "journal"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        with (folder / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StateError(f"Another process screens into {folder}.", hint="Wait for it.") from error
            _check_state(folder / _STATE, made_from, resume=resume)
            for left in folder.glob("*/.*.tmp"):
                left.unlink()
            yield
    except OSError as error:
        raise StateError(f"{folder} cannot be written: {error}", hint="Give another folder.") from error


def _check_state(state: Path, made_from: dict[str, Any], *, resume: bool) -> None:
    if not state.exists():
        state.write_text(json.dumps(made_from, indent=1) + "\n", encoding="utf-8")
        return
    if not resume:
        raise InputError(
            f"{state.parent} holds a screening already.", hint="Go on with it (--resume), or name another folder."
        )
    try:
        old = json.loads(state.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StateError(f"{state} cannot be read: {error}", hint="Give another folder.") from error
    differing = [name for name in made_from if not isinstance(old, dict) or old.get(name) != made_from[name]]
    if differing:
        raise InputError(
            f"{state.parent} was screened with another {', '.join(differing)}.", hint="Name another folder."
        )


def _summary(
    plan: Plan, folder: Path, chosen: list[Receipt], best: tuple[dict[str, Any], ...], resumed: int, begun: float
) -> Screening:
    failed: dict[str, int] = {}
    for receipt in chosen:
        for code, count in receipt["failed"].items():
            failed[code] = failed.get(code, 0) + count
    made = Screening(
        folder=str(folder),
        candidates=sum(receipt["candidates"] for receipt in chosen),
        admitted=sum(receipt["admitted"] for receipt in chosen),
        passed=sum(receipt["passed"] for receipt in chosen),
        failed=dict(sorted(failed.items())),
        best=best,
        uncovered=plan.uncovered,
        resumed=resumed,
        complete=bool(chosen) and chosen[-1]["stop"] == plan.size and chosen[-1]["most"] is None,
        cpu_seconds=round(sum(receipt["cpu_seconds"] for receipt in chosen), 1),
        seconds=round(time.monotonic() - begun, 1),
    )
    (folder / "summary.json").write_text(json.dumps(asdict(made), indent=1) + "\n", encoding="utf-8")
    return made
