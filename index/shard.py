"""One index, opened: texts and vectors in segments, BM25 in tantivy, candidates for the nearest vectors in FAISS."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.embed import Embedder
from index.filters import Filter
from index.keys import doi_key as doi_key
from index.keys import title_key as title_key
from index.known import KnownKeys
from index.lexical import Counts, LexicalIndex, Within
from index.manifest import MANIFEST as MANIFEST
from index.manifest import Manifest as Manifest
from index.manifest import check_sizes
from index.manifest import read_manifest as read_manifest
from index.segment import Segment
from index.tables import Tables
from index.vectors import Quality, VectorIndex, quality_named
from tools.core.errors import StateError, UnknownNameError
from tools.core.evidence import Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEGMENTS, LEXICAL = "segments", "lexical"
_NEARLY_ALL = 0.9  # share of rows; if more pass, the few others are dropped afterwards, which is faster
_WIDEST = 4  # times the lists that are read where a filter lets little pass
LISTS, LISTS_ABOUT, DELETED = "vectors.faiss", "vectors.json", "deleted.npy"


class Shard:
    """An opened index.

    It may be searched by several threads. On disk it maps its files, and keeps working while a writer puts another
    generation in force.

    Parameters
    ----------
    embedder : Embedder
        The embedder of its vectors.
    tables : Tables
        Texts, vectors and deletions.
    lexical : LexicalIndex
        The word index.
    nearest : VectorIndex
        Candidates for the nearest vectors.
    name : str
        Shown in errors.
    quality : Quality
        How thoroughly vectors are searched.

    Raises
    ------
    StateError
        If the parts do not belong together.
    """

    def __init__(
        self,
        embedder: Embedder,
        tables: Tables,
        lexical: LexicalIndex,
        nearest: VectorIndex,
        *,
        name: str,
        quality: Quality,
    ) -> None:
        self.embedder = embedder
        self.name = name
        self.quality = quality
        self.tables = tables
        self._lexical = lexical
        self._nearest = nearest
        if nearest.dimension != embedder.dimension or nearest.count != tables.row_count:
            raise StateError(f"{name} is damaged: its vectors do not match its passages.", hint="Build it again.")

    @classmethod
    def open(cls, folder: Path, manifest: Manifest, embedder: Embedder, *, quality: str = "balanced") -> Shard:
        """Open an index folder.

        Parameters
        ----------
        folder : Path
            Index folder.
        manifest : Manifest
            Its manifest.
        embedder : Embedder
            The embedder that the manifest names.
        quality : str
            ``"balanced"``, or ``"high"`` for hardly any neighbour missed at several times the time.

        Returns
        -------
        Shard
            The opened index.

        Raises
        ------
        StateError
            If the files cannot be opened or do not belong together.
        InputError
            If the quality is unknown.
        """
        chosen = quality_named(quality)
        check_sizes(folder, manifest)
        current = folder / manifest.generation
        try:
            segments = [Segment.open(folder / SEGMENTS / name, manifest.dimension) for name in manifest.segments]
            tables = Tables(segments, read_deleted(current), KnownKeys(current))
            nearest = read_lists(current) or flat_over(segments, manifest.dimension)
            lexical = LexicalIndex(current / LEXICAL, writable=False)
        except (OSError, ValueError, KeyError, IndexError, RuntimeError) as error:
            if isinstance(error, StateError):
                raise
            raise StateError(f"{folder} cannot be opened: {error}", hint="Build the index again.") from error
        if (tables.document_count, tables.passage_count) != (manifest.documents, manifest.passages):
            raise StateError(f"{folder} is damaged: its files do not match its manifest.", hint="Build it again.")
        return cls(embedder, tables, lexical, nearest, name=str(folder), quality=chosen)

    def close(self) -> None:
        """Let go of the index; its files are unmapped when nobody uses it any more."""

    @property
    def passage_count(self) -> int:
        """Number of passages that are not deleted."""
        return self.tables.passage_count

    @property
    def document_count(self) -> int:
        """Number of documents that are not deleted."""
        return self.tables.document_count

    def dense(self, vector: NDArray[np.float32], k: int, *, filter: Filter | None = None) -> list[int]:  # noqa: A002
        """Return the rows whose vectors are nearest.

        Parameters
        ----------
        vector : array of shape [dimension]
            Unit query vector.
        k : int
            How many at most.
        filter : Filter, optional
            Conditions that the documents must meet; few that pass are compared one by one, so nothing is missed.

        Returns
        -------
        list of int
            Rows, best first, ranked by the half-precision vectors.
        """
        passing = self.tables.passing(filter)
        if passing is None:
            found = self._nearest.search(vector, k, self.quality)
        elif passing.rows is not None and not self._nearest.is_flat:
            found = passing.rows
        elif passing.count >= _NEARLY_ALL * self.tables.row_count and not self._nearest.is_flat:
            found = passing.among(self._nearest.search(vector, k, self.quality))
        else:
            wider = min(_WIDEST, round(math.sqrt(self.tables.row_count / max(1, passing.count))))
            quality = replace(self.quality, probes=wider * self.quality.probes)
            found = self._nearest.search(vector, min(k, passing.count), quality, passing.bits)
        if self._nearest.is_flat:
            return [int(row) for row in found[:k]]
        cosines = self.tables.cosines(vector, found)
        best = np.argsort(-cosines, kind="stable")[:k]
        return [int(row) for row in found[best]]

    def similarities(self, vector: NDArray[np.float32], rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the cosine of a query with given rows.

        Parameters
        ----------
        vector : array of shape [dimension]
            Unit query vector.
        rows : sequence of int
            Rows of this shard.

        Returns
        -------
        array of shape [len(rows)]
            Cosines.
        """
        return self.tables.cosines(vector, np.asarray(rows, dtype=np.int64))

    def counts(self, query: str, expansions: Sequence[str] = ()) -> Counts:
        """Count the words of a query; see ``LexicalIndex.counts``."""
        return self._lexical.counts(query, expansions)

    def lexical(
        self,
        query: str,
        k: int,
        expansions: Sequence[str] = (),
        collection: Counts | None = None,
        *,
        filter: Filter | None = None,  # noqa: A002
    ) -> list[tuple[int, float]]:
        """Return the rows with the highest BM25 score; see ``LexicalIndex.search``."""
        within = None
        if filter is not None and not filter.is_open:
            passing = self.tables.passing(filter)
            numbers = None if passing is None else passing.documents
            if numbers == ():
                return []
            within = Within(filter.year_from, filter.year_to, filter.sources, numbers)
        return self._lexical.search(query, k, expansions=expansions, collection=collection, within=within)

    def row_of(self, passage_id: str) -> int | None:
        """Return the row of a passage id, None if it is not here."""
        document_id, mark, tail = passage_id.rpartition("#")
        if not mark or not tail.isascii() or not tail.isdigit() or len(tail) > 9 or str(int(tail)) != tail:
            return None
        number = self.tables.numbered(document_id)
        if number is None:
            return None
        first, stop = self.tables.rows_of(number)
        return first + int(tail) if first + int(tail) < stop else None

    def fetch(self, rows: Iterable[int], scores: Iterable[float]) -> list[Passage]:
        """Return passages with their exact text.

        Parameters
        ----------
        rows : iterable of int
            Rows of this shard.
        scores : iterable of float
            Score of each.

        Returns
        -------
        list of Passage
            In the order of ``rows``.

        Raises
        ------
        UnknownNameError
            If a row does not exist.
        StateError
            If a stored text has changed since it was stored.
        """
        found = []
        for row, score in zip(rows, scores, strict=True):
            if not 0 <= row < self.tables.row_count:
                raise UnknownNameError(f"{self.name} has no passage in row {row}.")
            number, start, stop = self.tables.passage(row)
            if self.tables.is_deleted(number):
                raise UnknownNameError(f"The passage in row {row} of {self.name} is deleted.")
            document = self.tables.document(number)
            found.append(
                Passage(
                    id=f"{document.id}#{row - self.tables.rows_of(number)[0]}",
                    document_id=document.id,
                    title=document.title,
                    text=document.text[start:stop],
                    start=start,
                    end=stop,
                    score=float(score),
                    doi=document.doi,
                    url=document.url,
                    reference=document.reference,
                    year=document.year,
                    source=document.source,
                    licence=document.licence,
                    retracted=document.retracted,
                )
            )
        return found


def read_deleted(generation: Path) -> NDArray[np.int64]:
    """Return the numbers of the deleted documents of a generation, sorted."""
    path = generation / DELETED
    if not path.exists():
        return np.zeros(0, dtype=np.int64)
    return np.asarray(np.load(path, allow_pickle=False), dtype=np.int64)


def read_lists(generation: Path) -> VectorIndex | None:
    """Return the inverted lists of a generation; None if it is small enough to do without."""
    path = generation / LISTS
    if not path.exists():
        return None
    about = json.loads((generation / LISTS_ABOUT).read_text(encoding="utf-8"))
    return VectorIndex.read(path, int(about["trained_on"]))


def flat_over(segments: Sequence[Segment], dimension: int) -> VectorIndex:
    """Return a flat index over the vectors of some segments."""
    flat = VectorIndex.flat(dimension)
    flat.add(segment.vectors for segment in segments)
    return flat
