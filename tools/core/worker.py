"""What runs inside a sandbox process: read a call, set the limits, compute, answer.

Started by ``tools.core.sandbox`` as ``python -c`` with two file descriptors: a connection for calls and a lifeline. The
kernel signals the lifeline when the parent is gone, however it ended, and the default action of that signal ends the
worker even in the middle of a C++ loop.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import pickle
import resource
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from tools.core.errors import PolysmithError


def main(calls: int, lifeline: int) -> None:
    """Serve calls until the parent closes the connection.

    Parameters
    ----------
    calls : int
        File descriptor of the connection.
    lifeline : int
        File descriptor of the read end of a pipe whose write end only the parent holds.
    """
    die_with_parent(lifeline)
    connection = Connection(calls)
    while True:
        try:
            raw = connection.recv_bytes()
        except (EOFError, OSError):
            return
        name, args, kwargs, cpu_seconds, memory_bytes = pickle.loads(raw)  # noqa: S301 - from our parent alone
        with _Answer(connection) as answer:
            function = resolve(name)
            connection.send_bytes(b"started")
            _limit(cpu_seconds, memory_bytes)
            answer.result = function(*args, **kwargs)


def die_with_parent(lifeline: int) -> None:
    """Let the kernel end this process when the write end of a pipe is closed, whatever it computes.

    A process that leads its group takes along what it started in it.

    Parameters
    ----------
    lifeline : int
        File descriptor of the read end of a pipe whose write end only the parent holds.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    leads = os.getpgrp() == os.getpid()  # then what it starts ends with it
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpid() if leads else os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    if os.getppid() == 1:  # the parent was gone before the signal was set up
        sys.exit(0)


def _limit(cpu_seconds: float, memory_bytes: int) -> None:
    """Set soft limits for this call; hard limits stay, so the next call can have others."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + cpu_seconds) + 1, hard))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, hard))


def resolve(name: str) -> Callable[..., Any]:
    """Import a function by name.

    Parameters
    ----------
    name : str
        ``"package.module:function"``.

    Returns
    -------
    callable
        The function.

    Raises
    ------
    ImportError, AttributeError
        If there is none.
    """
    module, _, attribute = name.partition(":")
    target: Any = importlib.import_module(module)
    for part in attribute.split("."):
        target = getattr(target, part)
    function: Callable[..., Any] = target
    return function


class _Answer:
    """Sends the result, or the error, of one call; an error must never leave the parent waiting."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.result: Any = None

    def __enter__(self) -> _Answer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        if error is not None and not isinstance(error, Exception):
            return False
        self.connection.send_bytes(_encode(self.result, error))
        if isinstance(error, MemoryError):
            os._exit(1)  # libraries may be left half-initialised; the parent starts a fresh worker
        return True


def _encode(result: Any, error: Exception | None) -> bytes:
    if isinstance(error, PolysmithError):
        place = (type(error).__module__, type(error).__qualname__)
        message: tuple[Any, ...] = ("raised", place, error.args, error.__dict__)
    elif isinstance(error, MemoryError):
        message = ("memory",)
    elif error is not None:
        message = ("failed", type(error).__name__, str(error))
    else:
        message = ("result", result)
    try:
        return pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError) as problem:
        return pickle.dumps(("failed", type(problem).__name__, f"the answer cannot be sent: {problem}"))
