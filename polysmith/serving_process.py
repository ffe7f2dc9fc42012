"""A served model as a process: started, waited for until it is healthy, logged, and stopped with all its children."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from polysmith.serving_llm import Serving, command_of, environment_of
from tools.core.errors import StateError, ToolError

GRACE = 20.0  # seconds between asking to end and ending
_TAIL = 30  # lines of the log that an error shows


class ServedModel:
    """A running server; used with ``with``, or ended with :meth:`stop`.

    Parameters
    ----------
    serving : Serving
        What to serve.
    program : Path
        The program ``vllm``.
    log : Path
        File for all that it prints.

    Raises
    ------
    StateError
        If the log cannot be written.
    ToolError
        If the program does not start.
    """

    def __init__(self, serving: Serving, program: Path, log: Path) -> None:
        self.serving, self.log = serving, log
        command = command_of(serving, str(program))
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("w", encoding="utf-8") as out:
                out.write(" ".join(command) + "\n")
                out.flush()
                # a session of its own, so that the engine and its workers end together
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **environment_of(serving)},
                    start_new_session=True,
                )
        except OSError as error:
            if error.filename == str(program):
                raise ToolError(f"{program} does not start: {error.strerror}.", hint="make serve-env") from error
            raise StateError(f"The log {log} cannot be written: {error.strerror}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id, which is also the id of the group."""
        return self._process.pid

    def running(self) -> bool:
        """Return whether the server still runs.

        Returns
        -------
        bool
            False once it has ended.
        """
        return self._process.poll() is None

    def wait_until_healthy(self, seconds: float, on_wait: Callable[[float], None] | None = None) -> float:
        """Wait until the server answers.

        Parameters
        ----------
        seconds : float
            How long at most.
        on_wait : callable, optional
            Told the seconds so far, twice a second.

        Returns
        -------
        float
            Seconds that it took.

        Raises
        ------
        ToolError
            If the server ended, or is not healthy in time; shows the end of its log.
        """
        start = time.monotonic()
        while not healthy(self.serving.url):
            passed = time.monotonic() - start
            if not self.running():
                raise self._failed(f"The server ended with code {self._process.returncode}.")
            if passed > seconds:
                raise self._failed(f"The server is not healthy after {seconds:.0f} s.")
            if on_wait:
                on_wait(passed)
            time.sleep(0.5)
        return time.monotonic() - start

    def wait(self) -> int:
        """Wait until the server ends.

        Returns
        -------
        int
            Its exit code.
        """
        return self._process.wait()

    def stop(self) -> None:
        """End the server and its children: asked first, forced after a time."""
        for number, seconds in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 5.0)):
            if not _group_lives(self.pid):
                break
            os.killpg(self.pid, number)
            end = time.monotonic() + seconds
            while time.monotonic() < end and (self.running() or _group_lives(self.pid)):
                time.sleep(0.1)
        self._process.wait()

    def _failed(self, message: str) -> ToolError:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
        return ToolError(message, hint="\n".join((f"The end of {self.log}:", *lines)))


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def healthy(url: str) -> bool:
    """Return whether a server of this machine answers ``/health`` with 200.

    Parameters
    ----------
    url : str
        Base URL.

    Returns
    -------
    bool
        False while it starts.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
