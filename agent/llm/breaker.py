"""A circuit breaker: after faults in a row, nothing is sent for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from tools.core.errors import ModelError


class Breaker:
    """Opens after faults in a row; after a rest one request is let through to try. Safe to share between threads.

    Parameters
    ----------
    faults : int
        Faults in a row that open it.
    rest : float
        Seconds that it stays open.
    clock : callable
        Seconds that never run backwards.
    """

    def __init__(self, faults: int = 8, rest: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._rest, self._clock = faults, rest, clock
        self._faults = 0
        self._opened = 0.0
        self._lock = threading.Lock()

    def check(self) -> None:
        """Let a request pass, or refuse it.

        Raises
        ------
        ModelError
            With code ``"circuit_open"`` and the seconds to wait.
        """
        with self._lock:
            if self._faults < self._limit:
                return
            wait = self._opened + self._rest - self._clock()
            if wait > 0:
                raise ModelError(
                    f"The model failed {self._faults} times in a row; it is left alone for {wait:.0f} s more.",
                    code="circuit_open",
                    hint="polysmith doctor --llm says what is wrong.",
                    wait=wait,
                )
            self._opened = self._clock()  # this request tries; others wait for its outcome

    def failed(self) -> None:
        """Count a fault."""
        with self._lock:
            self._faults += 1
            if self._faults >= self._limit:
                self._opened = self._clock()

    def succeeded(self) -> None:
        """Forget the faults."""
        with self._lock:
            self._faults = 0
