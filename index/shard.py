"""One index, opened: passages in SQLite, BM25 in tantivy, vectors in FAISS, and the manifest that ties them."""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from index.document import Document, Span, passages, text_hash
from index.embed import Embedder
from index.filters import Filter
from index.keys import doi_key as doi_key
from index.keys import title_key as title_key
from index.lexical import Counts, LexicalIndex
from tools.core.errors import StateError, UnknownNameError
from tools.core.evidence import Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANIFEST = "manifest.json"
FORMAT = 1
STORE, LEXICAL, VECTORS = "passages.sqlite", "lexical", "vectors.faiss"

_TABLES = """
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY, title TEXT, doi TEXT, url TEXT, reference TEXT, year INTEGER, source TEXT, licence TEXT,
    sha256 TEXT, doi_key TEXT, title_key TEXT, text BLOB);
CREATE INDEX IF NOT EXISTS documents_doi ON documents (doi_key) WHERE doi_key <> '';
CREATE INDEX IF NOT EXISTS documents_title ON documents (title_key) WHERE title_key <> '';
CREATE TABLE IF NOT EXISTS passages (
    row INTEGER PRIMARY KEY, id TEXT UNIQUE, document_id TEXT, start INTEGER, stop INTEGER, sha256 TEXT);
"""


class Manifest(BaseModel):
    """What an index folder holds.

    Attributes
    ----------
    format : int
        Version of the layout.
    generation : str
        Name of the sub-folder with the current files.
    embedder : str
        Id of the embedder of the vectors.
    dimension : int
        Length of the vectors.
    documents, passages : int
        Counts.
    sizes : dict of str to int
        Size of each file in bytes.
    hashes : dict of str to str
        SHA-256 of each file.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    generation: str
    embedder: str
    dimension: int
    documents: int
    passages: int
    sizes: dict[str, int]
    hashes: dict[str, str]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an index folder.

    Parameters
    ----------
    folder : Path
        The index folder.

    Returns
    -------
    Manifest
        The manifest.

    Raises
    ------
    StateError
        If there is none, it cannot be read, or the layout has another version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise StateError(f"{folder} is not an index.", hint="Build one with polysmith index add PATH --index DIR.")
    try:
        manifest = Manifest.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, ValueError) as error:
        raise StateError(f"The manifest of {folder} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise StateError(
            f"{folder} has index format {manifest.format}; this version reads {FORMAT}.", hint="Build the index again."
        )
    if Path(manifest.generation).name != manifest.generation:
        raise StateError(f"The manifest of {folder} points outside it.")
    return manifest


class Shard:
    """An opened index.

    Parameters
    ----------
    folder : Path or None
        Folder with the files of one generation; None for an index in memory.
    embedder : Embedder
        The embedder of its vectors.
    name : str
        Shown in errors.
    writable : bool
        Open for adding, making what is absent.

    Raises
    ------
    StateError
        If the files cannot be opened or do not belong together.
    """

    def __init__(self, folder: Path | None, embedder: Embedder, *, name: str, writable: bool = False) -> None:
        import faiss

        self.embedder = embedder
        self.name = name
        self._on_disk = folder is not None
        self._lock = threading.Lock()
        try:
            store = (
                ":memory:"
                if folder is None
                else f"{(folder / STORE).resolve().as_uri()}?mode={'rwc' if writable else 'ro'}"
            )
            self._store = sqlite3.connect(store, uri=folder is not None, check_same_thread=False)
            if writable:
                self._store.executescript(_TABLES)
            vectors = None if folder is None else folder / VECTORS
            if vectors is not None and vectors.exists():
                self._vectors = faiss.read_index(str(vectors))
            else:
                half = faiss.ScalarQuantizer.QT_fp16
                self._vectors = faiss.IndexScalarQuantizer(embedder.dimension, half, faiss.METRIC_INNER_PRODUCT)
            self._lexical = LexicalIndex(None if folder is None else folder / LEXICAL)
        except (sqlite3.Error, RuntimeError, ValueError, OSError) as error:
            raise StateError(f"{name} cannot be opened: {error}", hint="Build the index again.") from error
        if self._vectors.d != embedder.dimension or self._vectors.ntotal != self.passage_count:
            raise StateError(f"{name} is damaged: its vectors do not match its passages.", hint="Build it again.")

    def close(self) -> None:
        """Close the files; an index in memory stays, for others may share it."""
        if self._on_disk:
            with self._lock:
                self._store.close()

    @property
    def passage_count(self) -> int:
        """Number of passages."""
        return int(self._one("SELECT count(*) FROM passages"))

    @property
    def document_count(self) -> int:
        """Number of documents."""
        return int(self._one("SELECT count(*) FROM documents"))

    def _one(self, sql: str, *values: object) -> Any:
        row = self._row(sql, *values)
        return None if row is None else row[0]

    def _row(self, sql: str, *values: object) -> Any:
        try:
            with self._lock, closing(self._store.execute(sql, values)) as cursor:
                return cursor.fetchone()
        except sqlite3.DatabaseError as error:
            raise StateError(f"{self.name} cannot be read: {error}", hint="Build the index again.") from error

    def stored_hash(self, document_id: str) -> str | None:
        """Return the SHA-256 of the stored text of a document, None if it is not stored."""
        found = self._one("SELECT sha256 FROM documents WHERE id = ?", document_id)
        return None if found is None else str(found)

    def knows(self, document: Document) -> bool:
        """Say whether a document is here already.

        Parameters
        ----------
        document : Document
            The document to look for.

        Returns
        -------
        bool
            True if one with the same id, DOI or (long enough) normalised title is stored.
        """
        if self._one("SELECT 1 FROM documents WHERE id = ?", document.id):
            return True
        doi, title = doi_key(document.doi), title_key(document.title)
        if doi and self._one("SELECT 1 FROM documents WHERE doi_key = ? AND doi_key <> ''", doi):
            return True
        if not title:
            return False
        known = self._one("SELECT doi_key FROM documents WHERE title_key = ? AND title_key <> ''", title)
        return known is not None and (not known or not doi)  # two DOIs: two documents that share a title

    def add(self, documents: Sequence[Document]) -> int:
        """Store documents with their passages, vectors and words; the caller has left out what is known.

        Parameters
        ----------
        documents : sequence of Document
            New documents.

        Returns
        -------
        int
            Number of passages added.
        """
        row = self.passage_count
        first = row
        texts: list[tuple[int, str, str]] = []
        with self._lock, self._store:
            for document in documents:
                self._store.execute("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", _columns(document))
                for number, span in enumerate(passages(document.text)):
                    self._store.execute(
                        "INSERT INTO passages VALUES (?,?,?,?,?,?)", _passage(row, number, document, span)
                    )
                    texts.append((row, document.title, document.text[span.start : span.end]))
                    row += 1
        if texts:
            self._vectors.add(self.embedder.encode([f"{title}. {text}" if title else text for _, title, text in texts]))
            self._lexical.add(texts)
        return row - first

    def write_vectors(self, path: Path) -> None:
        """Write the vectors to a file.

        Parameters
        ----------
        path : Path
            Target file.
        """
        import faiss

        faiss.write_index(self._vectors, str(path))

    def dense(self, vector: NDArray[np.float32], k: int, *, filter: Filter | None = None) -> list[int]:  # noqa: A002
        """Return the rows whose vectors are nearest.

        Parameters
        ----------
        vector : array of shape [dimension]
            Unit query vector.
        k : int
            How many at most.
        filter : Filter, optional
            Conditions that the documents must meet.

        Returns
        -------
        list of int
            Rows, best first.
        """
        if not self._vectors.ntotal:
            return []
        wanted = min(k, self._vectors.ntotal) if filter is None else self._vectors.ntotal
        _, rows = self._vectors.search(vector[None, :], wanted)
        found = [int(row) for row in rows[0] if row >= 0]
        return found if filter is None else self._admitted(found, filter)[:k]

    def _admitted(self, rows: Sequence[int], conditions: Filter) -> list[int]:
        """Rows whose document passes a filter, in order."""
        sql = (
            "SELECT d.id, d.year, d.doi, d.source FROM passages p JOIN documents d ON d.id = p.document_id "
            "WHERE p.row = ?"
        )
        found = []
        for row in rows:
            record = self._row(sql, row)
            if conditions.admits(document_id=record[0], year=record[1], doi=record[2], source=record[3]):
                found.append(row)
        return found

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
        stored = self._vectors.reconstruct_batch(np.asarray(rows, dtype=np.int64))
        return np.asarray(stored @ vector, dtype=np.float32)

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
        if filter is None:
            return self._lexical.search(query, k, expansions=expansions, collection=collection)
        every = self._lexical.search(query, max(1, self.passage_count), expansions=expansions, collection=collection)
        scores = dict(every)
        return [(row, scores[row]) for row in self._admitted(list(scores), filter)[:k]]

    def row_of(self, passage_id: str) -> int | None:
        """Return the row of a passage id, None if it is not here."""
        row = self._one("SELECT row FROM passages WHERE id = ?", passage_id)
        return None if row is None else int(row)

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
            If a stored text has changed since it was hashed.
        """
        sql = (
            "SELECT p.id, p.document_id, d.title, p.start, p.stop, d.doi, d.url, d.reference, d.year, d.source, "
            "d.text, p.sha256 FROM passages p JOIN documents d ON d.id = p.document_id WHERE p.row = ?"
        )
        found = []
        for row, score in zip(rows, scores, strict=True):
            record = self._row(sql, row)
            if record is None:
                raise UnknownNameError(f"{self.name} has no passage in row {row}.")
            text = _unpack(record[10])[record[3] : record[4]]
            if text_hash(text) != record[11]:
                raise StateError(f"The text of passage {record[0]} in {self.name} has changed.", hint="Build it again.")
            found.append(
                Passage(
                    id=record[0],
                    document_id=record[1],
                    title=record[2],
                    text=text,
                    start=record[3],
                    end=record[4],
                    score=float(score),
                    doi=record[5],
                    url=record[6],
                    reference=record[7],
                    year=record[8],
                    source=record[9],
                )
            )
        return found


def _unpack(packed: bytes) -> str:
    """Text of a stored document; empty if it is damaged, which its hash then shows."""
    try:
        return zlib.decompress(packed).decode("utf-8")
    except (zlib.error, UnicodeDecodeError):
        return ""


def _columns(document: Document) -> tuple[object, ...]:
    packed = zlib.compress(document.text.encode("utf-8"), 6)
    keys = (document.sha256, doi_key(document.doi), title_key(document.title), packed)
    origin = (document.doi, document.url, document.reference, document.year, document.source, document.licence)
    return (document.id, document.title, *origin, *keys)


def _passage(row: int, number: int, document: Document, span: Span) -> tuple[object, ...]:
    digest = text_hash(document.text[span.start : span.end])
    return (row, f"{document.id}#{number}", document.id, span.start, span.end, digest)
