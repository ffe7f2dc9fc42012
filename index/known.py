"""Which documents are known: sorted runs of 64-bit hashes on disk, looked up without loading them.

Twelve bytes a key. A run is merged into the one before it when that is not more than twice as long, so there are few
runs and every key is written again a few times at most. A hash that is found only says where to look: the caller
compares the stored document.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.document import Document
from index.keys import doi_key, short_hash, title_key
from index.segment import Mapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREFIX = "keys-"
BUFFERED = 400_000  # keys kept in memory before they become a run
LONGEST = 8_000_000  # keys; longer runs are not merged, so that merging needs less than 300 MB
_WIDTH = 12


def keys_of(document: Document) -> dict[str, int]:
    """Return the hashes under which a document is known.

    Parameters
    ----------
    document : Document
        The document.

    Returns
    -------
    dict of str to int
        Hash of its ``"id"``, and of its ``"doi"`` and ``"title"`` where it has one that identifies it.
    """
    found = {"id": short_hash("id", document.id)}
    doi, title = doi_key(document.doi), title_key(document.title)
    if doi:
        found["doi"] = short_hash("doi", doi)
    if title:
        found["title"] = short_hash("title", title)
    return found


class Run:
    """Sorted keys with the documents that have them.

    Parameters
    ----------
    hashes : array of shape [n], int64
        Sorted.
    documents : array of shape [n], uint32
        Number of the document of each.
    path : Path or None
        File that holds them; None in memory.
    """

    def __init__(self, hashes: NDArray[np.int64], documents: NDArray[np.uint32], path: Path | None = None) -> None:
        self.hashes, self.documents, self.path = hashes, documents, path

    @classmethod
    def open(cls, path: Path) -> Run:
        """Map a run; a ValueError if its length is not that of whole keys."""
        data = Mapped(path).data
        count, rest = divmod(len(data), _WIDTH)
        if rest:
            raise ValueError("a run of keys is cut short")
        hashes = np.frombuffer(data, dtype="<i8", count=count)
        return cls(hashes, np.frombuffer(data, dtype="<u4", offset=8 * count), path)

    def __len__(self) -> int:
        return len(self.hashes)


def _sorted_run(parts: list[tuple[NDArray[Any], NDArray[Any]]]) -> Run:
    hashes = np.concatenate([np.asarray(part[0], dtype=np.int64) for part in parts])
    documents = np.concatenate([np.asarray(part[1], dtype=np.uint32) for part in parts])
    order = np.argsort(hashes, kind="stable")
    return Run(hashes[order], documents[order])


class KnownKeys:
    """All keys of an index.

    Parameters
    ----------
    folder : Path or None
        Folder with the runs; None keeps everything in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        paths = [] if folder is None else sorted(folder.glob(f"{PREFIX}*.bin"))
        self._runs = [Run.open(path) for path in paths]
        self._new: dict[int, list[int]] = {}
        self._next = 1 + max((int(path.stem.removeprefix(PREFIX)) for path in paths), default=0)

    def find(self, hashes: Iterable[int]) -> list[int]:
        """Return the documents that have one of some hashes.

        Parameters
        ----------
        hashes : iterable of int
            Signed 64-bit hashes.

        Returns
        -------
        list of int
            Their numbers, each once.
        """
        asked = list(hashes)
        found = [number for key in asked for number in self._new.get(key, ())]
        wanted = np.array(asked, dtype=np.int64)
        for run in self._runs:
            places = run.hashes.searchsorted(wanted)
            for place, key in zip(places.tolist(), asked, strict=True):
                while place < len(run) and run.hashes[place] == key:
                    found.append(int(run.documents[place]))
                    place += 1
        return list(dict.fromkeys(found))

    def add(self, number: int, hashes: Iterable[int]) -> None:
        """Make a document known.

        Parameters
        ----------
        number : int
            The document.
        hashes : iterable of int
            Its keys.
        """
        for key in hashes:
            self._new.setdefault(key, []).append(number)
        if self._folder is not None and len(self._new) >= BUFFERED:
            self.write()

    def write(self) -> None:
        """Bring what is in memory to the folder, as a run, and merge runs of like length."""
        if self._folder is None or not self._new:
            return
        hashes = np.fromiter((key for key, numbers in self._new.items() for _ in numbers), dtype=np.int64)
        documents = np.fromiter((n for numbers in self._new.values() for n in numbers), dtype=np.uint32)
        self._new = {}
        run = _sorted_run([(hashes, documents)])
        while self._runs and len(self._runs[-1]) <= 2 * len(run) and len(self._runs[-1]) + len(run) <= LONGEST:
            before = self._runs.pop()
            run = _sorted_run([(before.hashes, before.documents), (run.hashes, run.documents)])
            if before.path is not None:
                before.path.unlink()
        path = self._folder / f"{PREFIX}{self._next:06d}.bin"
        self._next += 1
        with path.open("wb") as handle:
            handle.write(run.hashes.astype("<i8").tobytes())
            handle.write(run.documents.astype("<u4").tobytes())
        self._runs.append(Run.open(path))
