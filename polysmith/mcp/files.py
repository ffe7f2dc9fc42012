"""Files that a client may read: reports of runs, and results that are too large to be sent.

An address is ``polysmith://runs/<id>/<file>`` or ``polysmith://results/<hash>.json``. Only names of known form are
read, so no address leads out of the two folders.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.runs import list_runs, open_run, write_atomically
from agent.settings import home
from polysmith.config import runs_folder
from tools.core.errors import LimitError, StateError, UnknownNameError

RUN_FILES = {
    "report.md": "text/markdown",
    "report.html": "text/html",
    "run.json": "application/json",
    "candidates.csv": "text/csv",
}
KEPT = 200  # results; older ones are removed
LISTED = 20  # newest runs
LARGEST = 20_000_000  # bytes
_RESULT = re.compile(r"[0-9a-f]{32}\.json")


@dataclass(frozen=True)
class Shared:
    """A file that can be read.

    Attributes
    ----------
    uri : str
        Its address.
    name : str
        Name for people.
    mime : str
        Media type.
    path : Path
        Where it is.
    """

    uri: str
    name: str
    mime: str
    path: Path

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size


def keep(text: str) -> Shared:
    """Write a result to a file of its own, once.

    Parameters
    ----------
    text : str
        JSON.

    Returns
    -------
    Shared
        The file; the same result has the same address.

    Raises
    ------
    StateError
        If the state folder cannot be written to.
    """
    name = f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
    folder = home() / "results"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in known[: max(0, len(known) - KEPT + 1)]:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StateError(f"Cannot write to {folder}: {error.strerror}.") from error
    write_atomically(folder / name, text)
    return Shared(f"polysmith://results/{name}", name, "application/json", folder / name)


def files_of(run_id: str) -> list[Shared]:
    """List the files of a run that may be read.

    Parameters
    ----------
    run_id : str
        Id of the run.

    Returns
    -------
    list of Shared
        Those that exist.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    """
    folder = open_run(runs_folder(), run_id)
    made = [
        Shared(f"polysmith://runs/{folder.id}/{name}", f"{folder.id} {name}", mime, folder.path / name)
        for name, mime in RUN_FILES.items()
    ]
    return [item for item in made if item.path.is_file()]


def newest() -> Iterator[Shared]:
    """Give the files of the newest runs.

    Yields
    ------
    Shared
        Newest run first.
    """
    for run_id in reversed(list_runs(runs_folder())[-LISTED:]):
        yield from files_of(run_id)


def read(uri: str) -> tuple[str, str]:
    """Read a file by its address.

    Parameters
    ----------
    uri : str
        The address.

    Returns
    -------
    str
        Its text.
    str
        Its media type.

    Raises
    ------
    UnknownNameError
        If there is nothing at the address.
    LimitError
        If the file is too large to be sent.
    """
    found = _find(uri)
    if found is None or not found.path.is_file():
        raise UnknownNameError(f"There is nothing at {uri!r}.", hint="List the resources, or take a link of a result.")
    if found.size > LARGEST:
        raise LimitError(f"{found.name} has {found.size} bytes; {LARGEST} are sent at most.")
    return found.path.read_text(encoding="utf-8"), found.mime


def _find(uri: str) -> Shared | None:
    scheme, _, rest = uri.partition("://")
    parts = rest.split("/")
    if scheme != "polysmith":
        return None
    if len(parts) == 3 and parts[0] == "runs" and parts[1] != "last":
        return next((item for item in files_of(parts[1]) if item.path.name == parts[2]), None)
    if len(parts) == 2 and parts[0] == "results" and _RESULT.fullmatch(parts[1]):
        return Shared(uri, parts[1], "application/json", home() / "results" / parts[1])
    return None
