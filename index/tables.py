"""All segments of an index as one: rows and documents numbered through, deletions, and what a filter lets pass."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.document import Document
from index.filters import MAX_LISTED, Filter
from index.keys import short_hash
from index.known import KnownKeys
from index.segment import NO_YEAR, PAGE, Segment
from index.vectors import single

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_BELOW = 10_000  # rows that pass a filter and are listed
_REMEMBERED = 8  # filters
_AT_ONCE = 512  # vectors read together
_SLOW = 0.005  # seconds; vectors that take longer to read were not in memory


@dataclass(frozen=True)
class Passing:
    """What a filter lets pass.

    Attributes
    ----------
    bits : array of uint8
        One bit a row, low bits first.
    count : int
        Number of rows that pass.
    rows : array of int64 or None
        They, if there are at most ``EXACT_BELOW``.
    documents : tuple of int or None
        Numbers of the documents that pass, if a filter could list as many.
    """

    bits: NDArray[np.uint8]
    count: int
    rows: NDArray[np.int64] | None
    documents: tuple[int, ...] | None

    def among(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return those of some rows that pass, in order."""
        chosen: NDArray[np.int64] = rows[(self.bits[rows >> 3] >> (rows & 7) & 1).astype(np.bool_)]
        return chosen


class Tables:
    """Segments in a row.

    Rows number passages, documents have numbers of their own; both run through all segments, deleted ones included, so
    they stay what they are until the index is compacted.

    Parameters
    ----------
    segments : sequence of Segment
        In order.
    deleted : array of shape [n], int64
        Numbers of deleted documents, sorted.
    known : KnownKeys
        Finds documents by id.
    """

    def __init__(self, segments: Sequence[Segment], deleted: NDArray[np.int64], known: KnownKeys) -> None:
        self.segments = list(segments)
        self.deleted = deleted
        self.known = known
        self._rows = np.cumsum([0, *(len(s.passages) for s in self.segments)])
        self._documents = np.cumsum([0, *(len(s.documents) for s in self.segments)])
        self._row_starts: list[int] = self._rows.tolist()
        self._document_starts: list[int] = self._documents.tolist()
        self._gone = set(deleted.tolist())
        self._remembered: OrderedDict[Filter, Passing] = OrderedDict()
        self._lock = threading.Lock()
        self._local = threading.local()  # memory that a thread uses again for every query
        self._width = self.segments[0].vectors.shape[1] * 2 if self.segments else 0  # bytes of a vector
        pages = [1 + len(s.passages) * self._width // PAGE for s in self.segments]
        self._pages = np.cumsum([0, *pages])
        self._asked = np.zeros(self._pages[-1], dtype=np.bool_)  # pages that the system was asked to read
        lost = [self.rows_of(int(number)) for number in deleted]
        self.passage_count = self.row_count - sum(stop - first for first, stop in lost)

    @property
    def row_count(self) -> int:
        """Number of rows, those of deleted documents included."""
        return int(self._rows[-1])

    @property
    def number_count(self) -> int:
        """Number of documents, deleted ones included."""
        return int(self._documents[-1])

    @property
    def document_count(self) -> int:
        """Number of documents that are not deleted."""
        return self.number_count - len(self._gone)

    def is_deleted(self, number: int) -> bool:
        """Say whether a document is deleted."""
        return number in self._gone

    def _place(self, number: int) -> tuple[int, int]:
        """Segment of a document and its number there."""
        place = bisect_right(self._document_starts, number) - 1
        return place, number - self._document_starts[place]

    def document(self, number: int) -> Document:
        """Return a document, checked; a StateError if it has changed."""
        place, local = self._place(number)
        return self.segments[place].document(local)

    def rows_of(self, number: int) -> tuple[int, int]:
        """Return the first row of a document and the one after its last."""
        place, local = self._place(number)
        first, stop = self.segments[place].passages_of(local)
        base = self._row_starts[place]
        return base + first, base + stop

    def passage(self, row: int) -> tuple[int, int, int]:
        """Return the document of a row, and where the passage starts and ends in its text."""
        place = bisect_right(self._row_starts, row) - 1
        number, start, stop = self.segments[place].passages[row - self._row_starts[place]].item()
        return self._document_starts[place] + number, start, stop

    def numbered(self, document_id: str) -> int | None:
        """Return the number of a document that is not deleted, None if there is none with this id."""
        for number in self.known.find([short_hash("id", document_id)]):
            if number < self.number_count and not self.is_deleted(number) and self.document(number).id == document_id:
                return number
        return None

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the stored vectors of some rows.

        Parameters
        ----------
        rows : array of shape [n]
            Rows in ascending order.

        Returns
        -------
        array of shape [n, dimension]
            Their vectors, in that order.
        """
        out = np.empty((len(rows), self._width // 2), dtype=np.float16)
        self._gather(rows, out)
        return single(out)

    def cosines(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the scalar products of a vector with those of some rows.

        Parameters
        ----------
        vector : array of shape [dimension]
            Unit query vector.
        rows : array of shape [n]
            Rows, in any order.

        Returns
        -------
        array of shape [n]
            Cosines, in that order.
        """
        room = getattr(self._local, "room", None)
        if room is None:
            room = self._local.room = (
                np.empty((_AT_ONCE, len(vector)), dtype=np.float16),
                np.empty((_AT_ONCE, len(vector)), dtype=np.int32),
            )
        order = np.argsort(rows)
        ordered = rows[order]
        found = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _AT_ONCE):
            part = ordered[start : start + _AT_ONCE]
            half = room[0][: len(part)]
            self._gather(part, half)
            found[order[start : start + len(part)]] = single(half, room[1][: len(part)]) @ vector
        return found

    def _gather(self, ordered: NDArray[np.int64], out: NDArray[np.float16]) -> None:
        """Write the stored vectors of some rows, given in ascending order, to an array."""
        cuts = ordered.searchsorted(self._rows).tolist()
        places = self._rows.searchsorted(ordered, side="right") - 1
        local = ordered - self._rows[places]
        began = time.monotonic()
        mostly_known = self._fetch(places, local)
        for place, segment in enumerate(self.segments):
            start, stop = cuts[place], cuts[place + 1]
            if start < stop:  # clipping spares a copy, as it cannot fail half-way
                segment.vectors.take(local[start:stop], axis=0, out=out[start:stop], mode="clip")
        if mostly_known and time.monotonic() - began > _SLOW:
            self._asked[:] = False

    def _fetch(self, places: NDArray[np.int64], local: NDArray[np.int64]) -> bool:
        """Have the pages read that hold some rows of some segments; say whether most had been asked for before.

        What was asked for is not asked for again until reading it has been slow: then the system has dropped it.
        """
        begins = local * self._width
        first, last = begins // PAGE, (begins + self._width - 1) // PAGE
        bases = self._pages[places]
        fresh = ~(self._asked[bases + first] & self._asked[bases + last])
        count = int(np.count_nonzero(fresh))
        if count:
            for place in np.unique(places[fresh]).tolist():
                chosen = fresh & (places == place)
                self.segments[place].fetch_pages(first[chosen], last[chosen])
            self._asked[bases + first] = self._asked[bases + last] = True
        return 2 * count < len(local)

    def passing(self, conditions: Filter | None) -> Passing | None:
        """Say which rows may be returned.

        Parameters
        ----------
        conditions : Filter or None
            What their documents must meet.

        Returns
        -------
        Passing or None
            The rows of documents that meet them and are not deleted; None if all may be returned.
        """
        if not self._gone and (conditions is None or conditions.is_open):
            return None
        chosen = conditions or Filter()
        with self._lock:
            found = self._remembered.get(chosen)
            if found is None:
                found = self._remembered[chosen] = self._pass(chosen)
            self._remembered.move_to_end(chosen)
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    def _documents_passing(self, conditions: Filter) -> NDArray[np.bool_]:
        """Which documents pass a filter and are not deleted, as an array of shape [number_count]."""
        out = np.ones(self.number_count, dtype=np.bool_)
        out[self.deleted] = False
        if conditions.ids:
            named = np.zeros_like(out)
            named[[n for n in map(self.numbered, conditions.ids) if n is not None]] = True
            out &= named
        dois = np.array([short_hash("doi", doi) for doi in conditions.dois], dtype=np.int64)
        sources = np.array([short_hash("source", source) for source in conditions.sources], dtype=np.int64)
        for place, segment in enumerate(self.segments):
            part = out[int(self._documents[place]) : int(self._documents[place + 1])]
            year = segment.documents["year"]
            if conditions.year_from is not None:
                part &= (year != NO_YEAR) & (year >= conditions.year_from)
            if conditions.year_to is not None:
                part &= (year != NO_YEAR) & (year <= conditions.year_to)
            if len(dois):
                part &= np.isin(segment.documents["doi"], dois)
            if len(sources):
                part &= np.isin(segment.documents["source"], sources)
        return out

    def _pass(self, conditions: Filter) -> Passing:
        documents = self._documents_passing(conditions)
        parts = [
            documents[int(self._documents[place]) :][segment.passages["document"]]
            for place, segment in enumerate(self.segments)
        ]
        mask = np.concatenate([*parts, np.zeros(0, dtype=np.bool_)])
        count, whole = int(np.count_nonzero(mask)), int(np.count_nonzero(documents))
        return Passing(
            bits=np.packbits(mask, bitorder="little"),
            count=count,
            rows=np.flatnonzero(mask) if count <= EXACT_BELOW else None,
            documents=tuple(np.flatnonzero(documents).tolist()) if whole <= MAX_LISTED else None,
        )
