"""Killable workers: run a function in another process under time and memory limits.

C++ code that runs away cannot be interrupted from Python, so whatever a stranger's structure is handed to runs here.
Workers are long-lived (a call costs well under 2 ms), started on demand, limited in wall-clock time, CPU time
and address space, and killed and replaced when they pass a limit or crash. They are plain ``python -c`` processes, so
they need no ``if __name__`` guard in the calling script and work from threads, pytest, notebooks and servers. When the
parent ends, in whatever way, the kernel ends them.

Calls and answers travel as pickles over a private socket pair between this process and the workers that it started;
nothing read from disk or network is unpickled, and answers may only name classes of known packages.
"""

from __future__ import annotations

import atexit
import contextlib
import contextvars
import io
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, Final

from tools.core.errors import LimitError, PolysmithError, RunHeld, ToolError
from tools.core.worker import resolve

DEFAULT_SECONDS: Final = 10.0
DEFAULT_MEMORY_MB: Final = 2048
START_SECONDS: Final = 60.0  # to start Python and import the function's module on a busy machine
MAX_WORKERS: Final = max(1, min(4, os.cpu_count() or 1))

_LOOK_SECONDS: Final = 0.25  # between two looks at whether a call is still wanted
_watch: contextvars.ContextVar[Callable[[], None] | None] = contextvars.ContextVar("watch", default=None)

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_START = (
    "import json, sys; paths, calls, lifeline = json.loads(sys.argv[1]); sys.path[:0] = paths; "
    "from rdkit import RDLogger; RDLogger.DisableLog('rdApp.*'); "
    "from tools.core.worker import main; main(calls, lifeline)"
)
_PACKAGES = frozenset(("tools", "numpy", "scipy", "pandas", "rdkit", "collections", "datetime", "decimal", "pathlib"))
_BUILTINS = frozenset(("set", "frozenset", "complex", "slice", "range", "bytearray", "object"))


class _Reader(pickle.Unpickler):
    """Reads answers; a hijacked worker cannot name a class that runs commands."""

    def find_class(self, module: str, name: str) -> Any:
        root = module.partition(".")[0]
        known = root in _PACKAGES or (module == "builtins" and name in _BUILTINS) or module == "copyreg"
        if known and "." not in name:  # "subprocess.Popen" of a module that imports subprocess
            return super().find_class(module, name)
        raise ToolError(f"A worker answered with {module}.{name}, which is not accepted.")


class _Worker:
    """One process and the connection to it."""

    def __init__(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *(entry for entry in sys.path if entry)]
        self.connection, theirs = Pipe()
        lifeline, self.lifeline = os.pipe()
        argument = json.dumps([paths, theirs.fileno(), lifeline])
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, argument],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), lifeline),
            env={**os.environ, **dict.fromkeys(_THREADS, "1")},
            start_new_session=True,
        )
        theirs.close()
        os.close(lifeline)

    def kill(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Give up the connection, which also ends an idle worker."""
        if not self.connection.closed:
            self.connection.close()
            os.close(self.lifeline)

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], seconds: float, memory_mb: int) -> Any:
        request = (name, args, kwargs, seconds, memory_mb * 2**20)
        try:
            self.connection.send_bytes(pickle.dumps(request, protocol=pickle.HIGHEST_PROTOCOL))
            if not self._answers(START_SECONDS):
                raise LimitError(f"The worker for {name} did not start within {START_SECONDS:g} s.")
            answer = self.connection.recv_bytes()
            if answer == b"started":
                if not self._answers(seconds):
                    raise LimitError(
                        f"{_short(name)} was stopped after {seconds:g} s.", hint="Give a smaller or simpler structure."
                    )
                answer = self.connection.recv_bytes()
        except (EOFError, ConnectionError) as error:
            raise self._ended(name, seconds, memory_mb) from error
        message = _Reader(io.BytesIO(answer)).load()
        return _unpack(message, name, memory_mb)

    def _answers(self, seconds: float) -> bool:
        """Wait for an answer, and look now and then whether it is still wanted."""
        wanted = _watch.get()
        if wanted is None:
            return self.connection.poll(seconds)
        end = time.monotonic() + seconds
        while not self.connection.poll(max(0.0, min(_LOOK_SECONDS, end - time.monotonic()))):
            if time.monotonic() >= end:
                return False
            wanted()
        return True

    def _ended(self, name: str, seconds: float, memory_mb: int) -> ToolError:
        try:
            code = self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self.process.returncode
        if code == -signal.SIGXCPU:
            return LimitError(f"{_short(name)} was stopped after {seconds:g} s of CPU time.")
        if code in (-signal.SIGKILL, -signal.SIGABRT):
            return LimitError(f"{_short(name)} was stopped at its memory limit of {memory_mb} MB or crashed.")
        return ToolError(f"{_short(name)} crashed (exit code {code}).", hint="Give another structure.")


def _short(name: str) -> str:
    return name.rpartition(":")[2]


def _unpack(message: tuple[Any, ...], name: str, memory_mb: int) -> Any:
    kind, *rest = message
    if kind == "result":
        return rest[0]
    if kind == "memory":
        raise LimitError(f"{_short(name)} needs more than {memory_mb} MB.", hint="Give a smaller structure.")
    if kind == "raised":
        (module, qualname), args, state = rest
        cls = resolve(f"{module}:{qualname}")
        if not (isinstance(cls, type) and issubclass(cls, PolysmithError)):
            raise ToolError(f"{_short(name)} failed with an unknown error.")
        error = cls.__new__(cls)  # not __init__: its arguments are not those of the instance
        error.args = tuple(args)
        error.__dict__.update(state)
        raise error
    raise ToolError(f"{_short(name)} failed: {rest[0]}: {rest[1]}")


class _Pool:
    """Idle workers, and a limit on how many there are."""

    def __init__(self) -> None:
        self.idle: list[_Worker] = []
        self.all: set[_Worker] = set()
        self.lock = threading.Lock()
        self.slots = threading.BoundedSemaphore(MAX_WORKERS)

    def run(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], seconds: float, memory_mb: int) -> Any:
        with self.slots:
            worker = self._take()
            healthy = False
            try:
                result = worker.call(name, args, kwargs, seconds, memory_mb)
                healthy = True
                return result
            except (LimitError, RunHeld):
                raise
            except PolysmithError:
                healthy = worker.process.poll() is None
                raise
            finally:
                self._give(worker, healthy)

    def _take(self) -> _Worker:
        with self.lock:
            while self.idle:
                worker = self.idle.pop()
                if worker.process.poll() is None:
                    return worker
                self._drop(worker)
            worker = _Worker()
            self.all.add(worker)
            return worker

    def _give(self, worker: _Worker, healthy: bool) -> None:
        with self.lock:
            if healthy:
                self.idle.append(worker)
            else:
                self._drop(worker)

    def _drop(self, worker: _Worker) -> None:
        self.all.discard(worker)
        worker.kill()

    def stop(self) -> None:
        with self.lock:
            for worker in list(self.all):
                self._drop(worker)
            self.idle.clear()

    def forget(self) -> None:
        """Leave the workers to the parent, in a process forked from it."""
        for worker in self.all:
            worker.process.returncode = 0  # not ours: neither waited for nor warned about
            worker.close()


_pool = _Pool()


def _after_fork() -> None:
    global _pool
    _pool.forget()
    _pool = _Pool()


os.register_at_fork(after_in_child=_after_fork)


def run(
    func: str,
    *args: Any,
    seconds: float = DEFAULT_SECONDS,
    memory_mb: int = DEFAULT_MEMORY_MB,
    **kwargs: Any,
) -> Any:
    """Call a function in a killable process.

    Parameters
    ----------
    func : str
        ``"package.module:function"``; arguments and result must be picklable.
    *args, **kwargs : Any
        Passed on.
    seconds : float
        Wall-clock limit of the call, without the time to start Python and import the module. CPU time has the same
        limit, rounded up to the next full second.
    memory_mb : int
        Limit of the process's address space in MiB.

    Returns
    -------
    Any
        What the function returned.

    Raises
    ------
    LimitError
        If the call passed a limit and was killed.
    ToolError
        If the process crashed, or the function raised an error that is not one of ours.
    PolysmithError
        As raised by the function, of the same type and with the same fields.
    """
    if not (seconds > 0 and memory_mb > 0):
        raise ToolError("Limits must be positive.")
    return _pool.run(func, args, kwargs, seconds, memory_mb)


def map_each(
    func: str, items: Iterable[Any], *, seconds_each: float = DEFAULT_SECONDS, memory_mb: int = DEFAULT_MEMORY_MB
) -> list[Any]:
    """Call a function on every item, in several killable processes.

    Parameters
    ----------
    func : str
        ``"package.module:function"`` of one argument.
    items : iterable
        Arguments.
    seconds_each : float
        Wall-clock limit per item.
    memory_mb : int
        Address-space limit per process in MiB.

    Returns
    -------
    list
        One entry per item, in order: the result, or the PolysmithError that it ended with. A killed item never loses
        the others.
    """

    def one(item: Any) -> Any:
        try:
            return run(func, item, seconds=seconds_each, memory_mb=memory_mb)
        except RunHeld:
            raise
        except PolysmithError as error:
            return error

    given = list(items)
    if not given:
        return []
    with ThreadPoolExecutor(max_workers=min(MAX_WORKERS, len(given))) as threads:
        answers = [threads.submit(contextvars.copy_context().run, one, item) for item in given]
        try:
            return [answer.result() for answer in answers]
        except RunHeld:
            threads.shutdown(cancel_futures=True)
            raise


@contextlib.contextmanager
def watching(check: Callable[[], None]) -> Iterator[None]:
    """Look now and then, while a call runs, whether it is still wanted.

    Parameters
    ----------
    check : callable
        Called about four times a second while a worker computes; if it raises ``RunHeld``, the worker is killed.

    Yields
    ------
    None
    """
    token = _watch.set(check)
    try:
        yield
    finally:
        _watch.reset(token)


def shutdown() -> None:
    """Stop all workers; the next call starts new ones."""
    _pool.stop()


def warm_up() -> float:
    """Start a worker ahead of the first call.

    Returns
    -------
    float
        Seconds that it took.
    """
    begun = time.perf_counter()
    run("tools.core.gate:check_text", "*CC*", seconds=START_SECONDS)
    return time.perf_counter() - begun


atexit.register(shutdown)
