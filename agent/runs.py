"""Run folders: one per run, holding everything that a replay needs."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.core.errors import StateError, UnknownNameError

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
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise StateError(
            f"Cannot write {path.name} in {path.parent}: {error.strerror}.",
            hint="Free space or set POLYSMITH_HOME to a folder that can be written.",
        ) from error


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
        try:
            with (self.path / "events.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            raise StateError(f"Cannot write to {self.path}: {error.strerror}.") from error
        if self.listener is not None:
            self.listener(record)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run; a second worker is refused.

        Yields
        ------
        None

        Raises
        ------
        StateError
            If another process works on this run.
        """
        try:
            handle = (self.path / "lock").open("a")
        except OSError as error:
            raise StateError(f"Cannot write to {self.path}: {error.strerror}.") from error
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StateError(f"Run {self.id} is being worked on by another process.") from error
            yield


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
