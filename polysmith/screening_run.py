"""The course of a screening: which shards there are, which are done, and where a limit cuts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from polysmith.screening_pool import Receipt, Runner, Shard
from polysmith.screening_worker import paths
from tools.core.sheet import Sheet

SHARD: Final = 4096  # positions or rows


@dataclass(frozen=True)
class Progress:
    """How far a screening is.

    Attributes
    ----------
    candidates, passed : int
        Polymers screened (of a table: rows), and those among them that meet the brief.
    share : float
        Of the whole, 0 to 1.
    per_second : float
        Polymers a second since this call began.
    seconds_left : float
        Estimate; infinite until the first shard is done.
    """

    candidates: int
    passed: int
    share: float
    per_second: float
    seconds_left: float


@dataclass(frozen=True)
class Plan:
    """A screening before it runs.

    Attributes
    ----------
    task : dict
        What workers are told, as in ``polysmith.screening_worker.run_shard``.
    made_from : dict
        All that the results depend on.
    size : int
        Positions of the library, or rows of the table.
    table : tuple of (Sheet, int) or None
        The table and the place of its structures.
    uncovered : tuple of str
        Properties of the brief without a model.
    """

    task: dict[str, Any]
    made_from: dict[str, Any]
    size: int
    table: tuple[Sheet, int] | None
    uncovered: tuple[str, ...]

    def weight(self, receipt: Receipt) -> int:
        """Return what a limit counts: candidates of the library, rows of a table.

        Parameters
        ----------
        receipt : dict
            Of a shard.
        """
        return int(receipt["candidates"]) if self.table is None else int(receipt["stop"] - receipt["start"])


class Run:
    """Screens the shards that have no receipt.

    Parameters
    ----------
    plan : Plan
        What is screened.
    folder : Path
        Folder of the screening.
    limit : int or None
        Candidates or rows at most.
    tell : callable
        Told the progress after every shard.

    Attributes
    ----------
    resumed : int
        What earlier calls did, counted as for the limit.
    """

    def __init__(self, plan: Plan, folder: Path, limit: int | None, tell: Callable[[Progress], None]) -> None:
        self._plan, self._folder, self._limit, self._tell = plan, folder, limit, tell
        # a limit on rows is known beforehand; one on candidates is met while running
        self._size = plan.size if plan.table is None or limit is None else min(plan.size, limit)
        self._begun = time.monotonic()
        self._done: dict[int, Receipt] = {}
        self._places = self._weight = self._passed = 0
        for receipt in self._stored():
            self._take(receipt)
        self.resumed = self._weight
        self._before = frozenset(self._done)

    def go(self, runner: Runner) -> list[Receipt]:
        """Screen what is missing.

        Parameters
        ----------
        runner : Runner
            Where.

        Returns
        -------
        list of dict
            Receipts of the shards that count, in order, without their "best".
        """
        shards = self._shards()
        waiting = next(shards, None)
        running = passed_over = below = 0
        self._report()
        while True:
            while waiting is not None and runner.room > 0:
                # all shards before the one that waits are done or under way
                for number in range(passed_over, waiting["number"]):
                    below += self._plan.weight(self._done[number]) if number in self._before else 0
                passed_over = waiting["number"]
                if self._limit is not None and below + running * self._expected() >= self._limit:
                    break
                runner.start(waiting)
                running += 1
                waiting = next(shards, None)
            if not running:
                return self._cut(runner)
            for receipt in runner.finished():
                running -= 1
                below += self._plan.weight(receipt)
                self._take(receipt)
                self._report()

    def _stored(self) -> Iterator[Receipt]:
        """Read the receipts that hold: of this size, and with their file."""
        for number, start in enumerate(range(0, self._size, SHARD)):
            table, journal = paths(self._folder, number)
            try:
                receipt = json.loads(journal.read_text(encoding="utf-8"))
                whole = receipt["stop"] == min(self._size, start + SHARD) and receipt["most"] is None
                if whole and table.stat().st_size == receipt["bytes"]:
                    yield receipt
            except (FileNotFoundError, ValueError, KeyError, TypeError):
                continue

    def _take(self, receipt: Receipt) -> None:
        self._done[receipt["number"]] = {name: item for name, item in receipt.items() if name != "best"}
        self._places += receipt["stop"] - receipt["start"]
        self._weight += self._plan.weight(receipt)
        self._passed += receipt["passed"]

    def _shards(self) -> Iterator[Shard]:
        """Cut what has no receipt into shards, in order."""
        table = self._plan.table
        rows = table[0].rows() if table is not None else iter(())
        for number, start in enumerate(range(0, self._size, SHARD)):
            stop = min(self._size, start + SHARD)
            chunk = list(islice(rows, stop - start)) if table is not None else []
            if number in self._before:
                continue
            shard: Shard = {"number": number, "start": start, "stop": stop, "most": None}
            if table is not None:
                place = table[1]
                shard["rows"] = [(row.number, "" if row.problem else row.cells[place].strip()) for row in chunk]
                shard["bad"] = {row.number: row.problem.code for row in chunk if row.problem}
            yield shard

    def _expected(self) -> float:
        """Candidates of a shard, from those done."""
        return self._weight / len(self._done) if self._done else SHARD

    def _cut(self, runner: Runner) -> list[Receipt]:
        """Take the shards up to the limit; the last is screened again with exactly what is left."""
        chosen: list[Receipt] = []
        left = self._limit
        for number in range(len(range(0, self._size, SHARD))):
            if left is not None and left <= 0:
                break
            receipt = self._done[number]
            if left is not None and self._plan.table is None and self._plan.weight(receipt) > left:
                runner.start({**{name: receipt[name] for name in ("number", "start", "stop")}, "most": left})
                receipt = next(iter(runner.finished()))
            chosen.append(receipt)
            left = None if left is None else left - self._plan.weight(receipt)
        return chosen

    def _report(self) -> None:
        count, new = self._weight, self._weight - self.resumed
        share = max(self._places / max(1, self._size), min(1.0, count / self._limit) if self._limit else 0.0)
        seconds = max(time.monotonic() - self._begun, 1e-9)
        left = count * (1 / share - 1) * seconds / new if new and share else float("inf")
        self._tell(Progress(count, self._passed, share, new / seconds, left))
