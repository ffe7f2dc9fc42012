"""What of which file is in an index: an ingest that was stopped or killed goes on from there.

The journal lies in the index folder and is written after each commit, so it never says more than the index holds. What
was added since the last commit is read again; documents that are known already are not added twice.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.readers.item import Source
from tools.core.errors import StateError

JOURNAL = "ingest.json"
FORMAT = 1
_SAMPLE = 65_536  # bytes at either end that go into a fingerprint


@dataclass(frozen=True)
class Progress:
    """How far a file is in the index.

    Attributes
    ----------
    position : int
        Records done.
    done : bool
        True if that is all of them.
    cursor : str
        For a query to a service: where the next page begins.
    taken : int
        Documents among them that were added or known.
    """

    position: int = 0
    done: bool = False
    cursor: str = ""
    taken: int = 0


def fingerprint(path: Path) -> str:
    """Return what tells a file from another or a changed one.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        SHA-256 of its size and of 64 KiB at either end: a file is not read whole only to be passed over.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as handle:
        digest.update(handle.read(_SAMPLE))
        if size > 2 * _SAMPLE:
            handle.seek(-_SAMPLE, os.SEEK_END)
        digest.update(handle.read(_SAMPLE))
    return digest.hexdigest()


class Journal:
    """The journal of an index folder.

    Parameters
    ----------
    folder : Path
        Index folder.
    signature : str
        What was asked for (see ``Subset.signature``): a file read for one subset is read again for another.

    Raises
    ------
    StateError
        If the journal is damaged.
    """

    def __init__(self, folder: Path, signature: str = "") -> None:
        self._path = folder / JOURNAL
        self._signature = hashlib.sha256(signature.encode()).hexdigest()[:16] if signature else ""
        self._files: dict[str, dict[str, Any]] = self._load()

    def _load(self) -> dict[str, dict[str, Any]]:
        hint = "Delete that file: what is in the index stays, and files are read again."
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StateError(f"{self._path} cannot be read: {error}", hint=hint) from error
        files = stored.get("files") if isinstance(stored, dict) and stored.get("format") == FORMAT else None
        if not isinstance(files, dict) or not all(isinstance(entry, dict) for entry in files.values()):
            raise StateError(f"{self._path} is not a journal of this version.", hint=hint)
        return files

    def _key(self, print_: str) -> str:
        return f"{print_}:{self._signature}" if self._signature else print_

    def progress(self, print_: str) -> Progress:
        """Return how far something is in the index.

        Parameters
        ----------
        print_ : str
            Fingerprint of a file, or the text of a query.

        Returns
        -------
        Progress
            Nothing done if it is not known.
        """
        entry = self._files.get(self._key(print_), {})
        return Progress(
            position=int(entry.get("position", 0)),
            done=bool(entry.get("done")),
            cursor=str(entry.get("cursor", "")),
            taken=int(entry.get("taken", 0)),
        )

    def record(self, print_: str, source: Source | None, progress: Progress, name: str = "") -> None:
        """Note how far something is; ``save`` makes it last.

        Parameters
        ----------
        print_ : str
            Fingerprint of a file, or the text of a query.
        source : Source or None
            The file, for its name.
        progress : Progress
            How far.
        name : str
            Name where there is no file.
        """
        self._files[self._key(print_)] = {
            "name": source.name if source else name,
            "position": progress.position,
            "done": progress.done,
            "taken": progress.taken,
            **({"cursor": progress.cursor} if progress.cursor else {}),
        }

    def save(self) -> None:
        """Write the journal so that a reader sees the old or the new one.

        Raises
        ------
        StateError
            If it cannot be written.
        """
        temporary = self._path.with_name(JOURNAL + ".new")
        try:
            with temporary.open("w", encoding="utf-8") as handle:
                json.dump({"format": FORMAT, "files": self._files}, handle)
                handle.flush()
                os.fsync(handle.fileno())
            temporary.replace(self._path)
        except OSError as error:
            raise StateError(f"{self._path} cannot be written: {error}", hint="Free disk space?") from error
