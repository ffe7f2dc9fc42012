"""Running the shards of a screening: in killable workers here, or as Ray tasks that do the same elsewhere."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Any, Final, Protocol

from tools.core import sandbox
from tools.core.errors import BackendMissing, InputError, PolysmithError, ToolError
from tools.core.extras import install_command
from tools.core.sheet import code_of

Shard = dict[str, Any]
Receipt = dict[str, Any]
_ATTEMPTS: Final = 3
_SECONDS_START: Final = 180.0  # to load models and build the library on a busy machine
_SECONDS_EACH: Final = 0.1
_SECONDS_READ: Final = 10.0
_MEMORY_MB: Final = 6144  # of address space; resident memory is a tenth of it


def perform(task: dict[str, Any], shard: Shard, stop: Event | None = None) -> Receipt:
    """Screen one shard in a killable worker, again if the worker dies.

    Parameters
    ----------
    task, shard : dict
        As for ``polysmith.screening_worker.run_shard``.
    stop : Event, optional
        Set when workers are being killed on purpose.

    Returns
    -------
    dict
        The receipt.

    Raises
    ------
    ToolError
        If the shard failed several times; rows of a table that break a worker are found and counted instead.
    """
    for attempt in range(_ATTEMPTS):
        try:
            receipt: Receipt = sandbox.run(
                "polysmith.screening_worker:run_shard", task, shard,
                seconds=_SECONDS_START + _SECONDS_EACH * (shard["stop"] - shard["start"]), memory_mb=_MEMORY_MB,
            )  # fmt: skip
            return receipt
        except ToolError as error:
            if attempt + 1 == _ATTEMPTS or (stop is not None and stop.is_set()):
                raise ToolError(
                    f"Shard {shard['number']} failed {attempt + 1} times: {error.message}", hint="Resume the screening."
                ) from error
        if attempt and task["source"] == "table":
            shard = {**shard, "bad": {**shard["bad"], **_breaking(shard)}}
    raise AssertionError("unreachable")


def _breaking(shard: Shard) -> dict[int, str]:
    """Read the rows of a shard one by one; return the error codes of those that break a worker."""
    rows = [(row, text) for row, text in shard["rows"] if row not in shard["bad"]]
    read = sandbox.map_each("polysmith.batch_worker:read", [text for _, text in rows], seconds_each=_SECONDS_READ)
    return {row: code_of(item) for (row, _), item in zip(rows, read, strict=True) if isinstance(item, PolysmithError)}


class Runner(Protocol):
    """Something that screens shards, a few at a time."""

    def start(self, shard: Shard) -> None:
        """Begin a shard."""

    def finished(self) -> Iterator[Receipt]:
        """Wait for at least one shard and yield what is done; nothing if none was begun."""

    @property
    def room(self) -> int:
        """How many more shards should be begun now."""

    def close(self, *, now: bool) -> None:
        """End; at once if ``now``, leaving shards undone."""


class Workers:
    """Shards in killable workers on this machine.

    Parameters
    ----------
    task : dict
        As for ``perform``.
    workers : int
        How many at once.

    Raises
    ------
    InputError
        If that is more than there may be.
    """

    def __init__(self, task: dict[str, Any], workers: int) -> None:
        if not 1 <= workers <= sandbox.MAX_WORKERS:
            raise InputError(
                f"There may be 1 to {sandbox.MAX_WORKERS} workers on this machine, not {workers}.",
                hint="Use --ray for more.",
            )
        self._task, self._workers = task, workers
        self._threads = ThreadPoolExecutor(max_workers=workers)
        self._running: set[Future[Receipt]] = set()
        self._stop = Event()

    def start(self, shard: Shard) -> None:
        """Begin a shard.

        Parameters
        ----------
        shard : dict
            As for ``perform``.
        """
        self._running.add(self._threads.submit(perform, self._task, shard, self._stop))

    def finished(self) -> Iterator[Receipt]:
        """Wait for at least one shard.

        Yields
        ------
        dict
            Receipts.
        """
        done, self._running = wait(self._running, return_when=FIRST_COMPLETED) if self._running else (set(), set())
        for future in done:
            yield future.result()

    @property
    def room(self) -> int:
        """Shards to begin, so that no worker waits for its next."""
        return self._workers + 1 - len(self._running)

    def close(self, *, now: bool) -> None:
        """End the workers.

        Parameters
        ----------
        now : bool
            Kill what runs.
        """
        for future in self._running:
            future.cancel()
        if now:
            self._stop.set()
            sandbox.shutdown()
        self._threads.shutdown(wait=True)


class RayTasks:
    """Shards as tasks of a Ray cluster; each runs ``perform`` where it lands, so all machines must see the folder.

    Parameters
    ----------
    task : dict
        As for ``perform``.
    address : str
        Address of the cluster, or ``"local"`` to start one here.

    Raises
    ------
    BackendMissing
        If Ray is not installed.
    """

    def __init__(self, task: dict[str, Any], address: str) -> None:
        if importlib.util.find_spec("ray") is None:
            raise BackendMissing("ray", install_command("ray"))
        self._ray: Any = importlib.import_module("ray")
        self._ours = not self._ray.is_initialized()
        if self._ours:
            try:
                self._ray.init(address=address, include_dashboard=False, logging_level="ERROR")
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise BackendMissing(f"a Ray cluster at {address}", "ray start --head") from error
        # a task whose machine or process dies is done again elsewhere, which its receipt makes harmless
        self._remote = self._ray.remote(num_cpus=1, max_retries=5)(perform)
        self._task = self._ray.put(task)
        self._running: list[Any] = []

    def start(self, shard: Shard) -> None:
        """Begin a shard.

        Parameters
        ----------
        shard : dict
            As for ``perform``.
        """
        self._running.append(self._remote.remote(self._task, shard))

    def finished(self) -> Iterator[Receipt]:
        """Wait for at least one shard.

        Yields
        ------
        dict
            Receipts.

        Raises
        ------
        ToolError
            If a task failed for good.
        """
        if not self._running:
            return
        done, self._running = self._ray.wait(self._running, num_returns=1)
        try:
            yield from self._ray.get(done)
        except self._ray.exceptions.RayError as error:
            raise ToolError(f"A Ray task failed: {error}", hint="Resume the screening.") from error

    @property
    def room(self) -> int:
        """Shards to begin: half as many again as the cluster has cores."""
        return max(2, int(1.5 * self._ray.cluster_resources().get("CPU", 1))) - len(self._running)

    def close(self, *, now: bool) -> None:
        """End the tasks, and the cluster if it was started for them.

        Parameters
        ----------
        now : bool
            Cancel what runs.
        """
        if now:
            for reference in self._running:
                self._ray.cancel(reference, force=True)
        if self._ours:
            self._ray.shutdown()


def open_runner(task: dict[str, Any], workers: int, ray: str | None) -> Runner:
    """Choose where shards are screened.

    Parameters
    ----------
    task : dict
        As for ``perform``.
    workers : int
        Workers on this machine.
    ray : str or None
        Address of a Ray cluster, or ``"local"``.
    """
    return Workers(task, workers) if ray is None else RayTasks(task, ray)
