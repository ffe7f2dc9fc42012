"""What runs inside a job's process: read a job, do it, tell how it goes, answer; then wait for the next.

Jobs and answers are lines of JSON over two pipes. Standard output and standard error lead nowhere, so nothing that a
library prints can get between the lines of a protocol that the parent speaks.
"""

from __future__ import annotations

import json
import os
import resource
from types import TracebackType
from typing import Any, TextIO

from agent.settings import HOME_VARIABLE
from polysmith.jobs.kinds import KINDS
from tools.core.errors import LimitError, PolysmithError, ToolError
from tools.core.worker import die_with_parent


def main(jobs: int, answers: int, lifeline: int) -> None:
    """Do jobs until there are no more.

    Parameters
    ----------
    jobs, answers : int
        File descriptors of the pipes.
    lifeline : int
        File descriptor of the read end of a pipe whose write end only the parent holds.
    """
    die_with_parent(lifeline)
    before = os.environ.get(HOME_VARIABLE)
    with os.fdopen(jobs, encoding="utf-8") as incoming, os.fdopen(answers, "w", encoding="utf-8") as outgoing:
        for line in incoming:
            job = json.loads(line)
            _limit(job["memory_mb"])
            _settle(job.get("home") or before)
            with _Answer(outgoing) as answer:
                answer.result = KINDS[job["kind"]](job["arguments"], answer.event)


def _settle(home: str | None) -> None:
    """Work in a state folder: a process does the jobs of several users, one after another."""
    if home is None:
        os.environ.pop(HOME_VARIABLE, None)
    else:
        os.environ[HOME_VARIABLE] = home


def _limit(memory_mb: int) -> None:
    """Set the soft limit of this job; the hard limit stays, so that the next can have another."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20, hard))


def described(error: BaseException) -> dict[str, Any]:
    """Describe an error as plain data.

    Parameters
    ----------
    error : BaseException
        The error; of one that is not ours only the class is told, for its text may hold anything.

    Returns
    -------
    dict
        "type", and the "fields" of the error that are texts or numbers.
    """
    if isinstance(error, MemoryError):
        error = LimitError("It needs more memory than it may have.")
    elif not isinstance(error, PolysmithError):
        kind = type(error).__name__
        error = ToolError(f"It failed in a way that was not foreseen ({kind}).", hint="Please report it.")
    fields = {name: value for name, value in vars(error).items() if isinstance(value, str | int | float)}
    return {"type": type(error).__name__, "fields": fields}


class _Answer:
    """Sends the events and the result, or the error, of one job: the parent is never left waiting."""

    def __init__(self, outgoing: TextIO) -> None:
        self._outgoing = outgoing
        self.result: Any = None

    def event(self, event: dict[str, Any]) -> None:
        self._send({"event": event})

    def _send(self, message: dict[str, Any]) -> None:
        try:
            text = json.dumps(message, allow_nan=False)
        except (ValueError, TypeError) as error:
            text = json.dumps({"error": described(ToolError(f"The answer cannot be written as JSON: {error}."))})
        self._outgoing.write(text + "\n")
        self._outgoing.flush()

    def __enter__(self) -> _Answer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        if error is not None and not isinstance(error, Exception):
            return False
        self._send({"result": self.result} if error is None else {"error": described(error)})
        if isinstance(error, MemoryError):
            os._exit(1)  # libraries may be left half-initialised
        return True
