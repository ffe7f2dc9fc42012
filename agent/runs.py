"""Run folders: one per run, holding everything that a replay needs."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from tools.core.errors import StateError, UnknownNameError
from tools.core.files import replace_file

SPACE = "Free space or set POLYSMITH_HOME to a folder that can be written."
EVENTS = "events.jsonl"
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")


def new_run_id(now: datetime | None = None) -> str:
    """Make an id that sorts by time.

    Parameters
    ----------
    now : datetime, optional
        Time of the run; the present by default.

    Returns
    -------
    str
        Such as ``"20260102-030405-a1b2c3"``.
    """
    return f"{now or datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new, never half.

    Parameters
    ----------
    path : Path
        File to write.
    text : str
        Its content.

    Raises
    ------
    StateError
        If the folder cannot be written to or the disk is full.
    """
    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise StateError(f"Cannot write {path.name} in {path.parent}: {error.strerror}.", hint=SPACE) from error


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    path : Path
        The folder.
    listener : callable, optional
        Called with every event as it is recorded.
    """

    def __init__(self, path: Path, listener: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.path = path
        self.listener = listener

    @property
    def id(self) -> str:
        """Id of the run."""
        return self.path.name

    def save(self, name: str, data: object) -> str:
        """Save an artefact as JSON; saving again replaces it.

        Parameters
        ----------
        name : str
            File name without its ending.
        data : object
            What pydantic or JSON can write.

        Returns
        -------
        str
            The name, to be kept in the state.
        """
        write_atomically(
            self.path / f"{name}.json", json.dumps(data, indent=1, ensure_ascii=False, sort_keys=False) + "\n"
        )
        return name

    def load(self, name: str) -> Any:
        """Load an artefact.

        Parameters
        ----------
        name : str
            Name it was saved under.

        Returns
        -------
        object
            Parsed JSON.

        Raises
        ------
        UnknownNameError
            If the run has no such artefact.
        StateError
            If it cannot be read.
        """
        path = self.path / f"{name}.json"
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UnknownNameError(f"Run {self.id} has no {name!r}.", hint="It may not have got that far.") from error
        except (OSError, json.JSONDecodeError) as error:
            raise StateError(f"{path} cannot be read: {error}") from error

    def has(self, name: str) -> bool:
        """Say whether an artefact exists."""
        return (self.path / f"{name}.json").is_file()

    def drop(self, name: str) -> None:
        """Remove an artefact, if it is there.

        Parameters
        ----------
        name : str
            Name it was saved under.

        Raises
        ------
        StateError
            If the folder cannot be written to.
        """
        try:
            (self.path / f"{name}.json").unlink(missing_ok=True)
        except OSError as error:
            raise StateError(f"Cannot write to {self.path}: {error.strerror}.", hint=SPACE) from error

    def event(self, kind: str, **data: object) -> None:
        """Record an event and tell the listener.

        Parameters
        ----------
        kind : str
            Such as "node", "progress" or "question".
        **data : object
            Small JSON values.
        """
        record = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "kind": kind, **data}
        line = json.dumps(record, ensure_ascii=False) + "\n"
        try:
            with (self.path / EVENTS).open("ab", buffering=0) as file:
                if file.write(line.encode()) != len(line.encode()):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise StateError(f"Cannot write to {self.path}: {error.strerror}.", hint=SPACE) from error
        if self.listener is not None:
            self.listener(record)

    def events(self) -> list[dict[str, Any]]:
        """Read the events so far; a line that a kill left unfinished is passed over.

        Returns
        -------
        list of dict
            Oldest first, each with "time" and "kind".

        Raises
        ------
        StateError
            If they cannot be read.
        """
        try:
            lines = (self.path / EVENTS).read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StateError(f"The events of run {self.id} cannot be read: {error.strerror}.") from error
        found = []
        for line in lines:
            with suppress(json.JSONDecodeError):
                record = json.loads(line)
                if isinstance(record, dict) and "kind" in record:
                    found.append(record)
        return found

    def busy(self) -> bool:
        """Say whether a worker holds the run at this moment."""
        try:
            with (self.path / "lock").open("rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        except OSError as error:
            raise StateError(f"Cannot read {self.path}: {error.strerror}.") from error
        return False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run, and clear away what a kill left half done; a second worker is refused.

        The lock ends with the process that holds it, however that ends.

        Yields
        ------
        None

        Raises
        ------
        StateError
            If another process or thread works on this run, or its folder cannot be written to.
        """
        try:
            handle = (self.path / "lock").open("a")
        except OSError as error:
            raise StateError(f"Cannot write to {self.path}: {error.strerror}.", hint=SPACE) from error
        with handle:
            self._lock(handle)
            self._mend()
            yield

    def _lock(self, handle: IO[str]) -> None:
        for tries_left in (2, 1, 0):  # whoever asks whether the run is busy holds it for a moment too
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if not tries_left:
                    raise StateError(
                        f"Run {self.id} is being worked on by another process or thread.",
                        hint=f"Wait for it, or stop it with: polysmith run stop {self.id}",
                    ) from error
                time.sleep(0.05)
            except OSError as error:  # a file system without locks
                raise StateError(f"Cannot lock {self.path}: {error.strerror}.") from error
            else:
                return

    def _mend(self) -> None:
        """Remove files that were never finished, and end a line that was cut."""
        try:
            for left in self.path.rglob(".*.tmp"):
                left.unlink(missing_ok=True)
            events = self.path / EVENTS
            if events.is_file() and events.stat().st_size:
                with events.open("rb+") as file:
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        file.write(b"\n")
        except OSError as error:
            raise StateError(f"Cannot write to {self.path}: {error.strerror}.", hint=SPACE) from error


def create_run(root: Path, listener: Callable[[dict[str, Any]], None] | None = None) -> RunFolder:
    """Make the folder of a new run.

    Parameters
    ----------
    root : Path
        Folder of all runs.
    listener : callable, optional
        Called with every event.

    Returns
    -------
    RunFolder
        The new folder.

    Raises
    ------
    StateError
        If it cannot be made.
    """
    path = root / new_run_id()
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise StateError(
            f"Cannot make the run folder {path}: {error.strerror}.",
            hint="Set POLYSMITH_HOME to a folder that can be written.",
        ) from error
    return RunFolder(path, listener)


def open_run(root: Path, run_id: str, listener: Callable[[dict[str, Any]], None] | None = None) -> RunFolder:
    """Open an existing run.

    Parameters
    ----------
    root : Path
        Folder of all runs.
    run_id : str
        Its id, or "last".
    listener : callable, optional
        Called with every event.

    Returns
    -------
    RunFolder
        The folder.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    """
    known = list_runs(root)
    if run_id == "last" and known:
        run_id = known[-1]
    if not _ID.fullmatch(run_id) or run_id not in known:
        raise UnknownNameError(f"There is no run {run_id!r} in {root}.", hint="List them with: polysmith run list")
    return RunFolder(root / run_id, listener)


def list_runs(root: Path) -> list[str]:
    """List run ids, oldest first.

    Parameters
    ----------
    root : Path
        Folder of all runs.

    Returns
    -------
    list of str
        Ids.
    """
    if not root.is_dir():
        return []
    return sorted(entry.name for entry in root.iterdir() if entry.is_dir() and _ID.fullmatch(entry.name))
