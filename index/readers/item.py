"""What every reader yields: the records of a file in order, each a document or the reason why it is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from index.document import Document
from index.streams import Meter


class Item(NamedTuple):
    """One record.

    Attributes
    ----------
    number : int
        Its place in the file (line, record or row), from 1.
    document : Document or None
        None if it is no document.
    reason : str
        Why it is none.
    """

    number: int
    document: Document | None
    reason: str = ""


@dataclass
class Source:
    """One file to read.

    Attributes
    ----------
    path : Path
        The file.
    name : str
        How it is called in positions: its path below the folder that was given.
    kind : str
        Its kind, such as ``".jsonl.gz"``.
    start : int
        Records done by an earlier run; those are passed over.
    meter : Meter
        How far the reading has come.
    notes : list of str
        What was assumed.
    """

    path: Path
    name: str
    kind: str
    start: int = 0
    meter: Meter = field(default_factory=Meter)
    notes: list[str] = field(default_factory=list)

    @property
    def collection(self) -> str:
        """Name of the collection where a record names none."""
        return self.path.name.split(".")[0]


Reader = Callable[[Source], Iterator[Item]]
