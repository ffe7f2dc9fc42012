"""Where a run stands, how it is told to stop, and how long it may go on."""

from __future__ import annotations

import time
from typing import Literal

from agent.runs import SPACE, RunFolder
from tools.core.errors import StateError, Stopped

RunStatus = Literal["new", "running", "paused", "stopped", "interrupted", "finished"]
QUESTION = "question"
_STOP = "stop"
_CLOCK = "clock"


def status_of(folder: RunFolder) -> RunStatus:
    """Say where a run stands, from what lies in its folder.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Returns
    -------
    {"new", "running", "paused", "stopped", "interrupted", "finished"}
        "new": nothing was done; "paused": it asks something; "stopped": it was told to stop; "interrupted": its process
        ended in the middle. All but "finished" can be resumed.
    """
    if folder.busy():
        return "running"
    if folder.has("run"):
        return "finished"
    if folder.has(QUESTION):
        return "paused"
    if (folder.path / _STOP).exists():
        return "stopped"
    return "interrupted" if folder.has("spec") else "new"


def ask_to_stop(folder: RunFolder) -> bool:
    """Tell the worker of a run to stop, from any process.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Returns
    -------
    bool
        False if nobody works on it.

    Raises
    ------
    StateError
        If the folder cannot be written to.
    """
    if not folder.busy():
        return False
    mark_stopped(folder)
    return True


def mark_stopped(folder: RunFolder) -> None:
    """Write down that the run was told to stop; whoever works on it heeds this, and resuming it takes it back.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Raises
    ------
    StateError
        If the folder cannot be written to.
    """
    try:
        (folder.path / _STOP).touch()
    except OSError as error:
        raise StateError(f"Cannot write to {folder.path}: {error.strerror}.", hint=SPACE) from error


def unmark(folder: RunFolder) -> None:
    """Take the mark away; only who holds the run may.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Raises
    ------
    StateError
        If the folder cannot be written to.
    """
    try:
        (folder.path / _STOP).unlink(missing_ok=True)
    except OSError as error:
        raise StateError(f"Cannot write to {folder.path}: {error.strerror}.", hint=SPACE) from error


def heed(folder: RunFolder) -> None:
    """Stop here if the run was told to.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Raises
    ------
    Stopped
        If it was.
    """
    if (folder.path / _STOP).exists():
        hint = f"Continue it with: polysmith run resume {folder.id}"
        raise Stopped(f"Run {folder.id} was stopped.", run_id=folder.id, hint=hint)


class Clock:
    """Counts the seconds of a run over all its parts, against a soft limit.

    Parameters
    ----------
    folder : RunFolder
        The run; the seconds of finished steps are kept in it.
    limit : float or None
        Seconds; None for no limit, and then nothing is kept.
    """

    def __init__(self, folder: RunFolder, limit: float | None) -> None:
        self._folder, self._limit = folder, limit
        self._before = float(folder.load(_CLOCK)) if limit is not None and folder.has(_CLOCK) else 0.0
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return self._before + time.monotonic() - self._started

    def late(self) -> bool:
        """Say whether the limit is passed; what can be left out then is left out."""
        return self._limit is not None and self.seconds > self._limit

    def keep(self) -> None:
        """Write the seconds down, for a resumed run."""
        if self._limit is not None:
            self._folder.save(_CLOCK, round(self.seconds, 3))
