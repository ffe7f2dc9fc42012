"""Build an index folder: new segments beside the old, then a new manifest; a kill leaves the old index in use."""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from index.document import Document, Span, passages
from index.embed import Embedder, normalise_rows
from index.generation import Generation, is_generation, writing
from index.keys import doi_key, title_key
from index.known import KnownKeys, keys_of
from index.lexical import LexicalIndex
from index.manifest import MANIFEST, Manifest, read_manifest
from index.manifest import verify as verify
from index.shard import SEGMENTS, Shard, flat_over
from index.tables import Tables
from index.vectors import QUALITIES
from index.writing import SegmentWriter
from tools.core.errors import InputError, StateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOCK = ".lock"
_BATCH = 256  # documents embedded and written together


@dataclass
class VectorsOnly:
    """Stands for an embedder where the vectors are given; it embeds nothing itself.

    Attributes
    ----------
    id : str
        Id of the embedder that made the vectors.
    dimension : int
        Length of the vectors.
    """

    id: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Refuse.

        Parameters
        ----------
        texts : sequence of str
            Texts.

        Raises
        ------
        StateError
            Always, but for no texts at all.
        """
        if texts:
            raise StateError(f"The vectors of {self.id!r} are made elsewhere.", hint="Use add_embedded.")
        return np.zeros((0, self.dimension), dtype=np.float32)


def passage_texts(document: Document, spans: Sequence[Span] | None = None) -> list[str]:
    """Return what is embedded of a document, one text for each passage.

    Parameters
    ----------
    document : Document
        The document.
    spans : sequence of Span, optional
        Its passages; None for those of ``index.document.passages``.

    Returns
    -------
    list of str
        Title and text of each passage, in order.
    """
    cuts = passages(document.text) if spans is None else spans
    texts = (document.text[span.start : span.end] for span in cuts)
    return [f"{document.title}. {text}" if document.title else text for text in texts]


class IndexBuilder:
    """Adds documents to an index folder and deletes them; nothing is visible before ``commit``.

    Use it as a context manager. Leaving the block without ``commit`` (or by an exception) discards what was changed.
    What was committed before is never written again, but for the codes of the vector lists (about 66 bytes a vector).

    Parameters
    ----------
    folder : Path
        Index folder, made if absent.
    embedder : Embedder
        Embedder of the vectors; must be the manifest's if the index exists. ``VectorsOnly`` if all vectors are given.
    fresh : bool
        Start from nothing; ``commit`` then replaces what the index holds.

    Raises
    ------
    StateError
        If another process is writing, the folder holds something else, or its embedder is another one.
    """

    def __init__(self, folder: Path, embedder: Embedder, *, fresh: bool = False) -> None:
        self.folder = folder
        self.embedder = embedder
        self._fresh = fresh
        self._pending: list[Document] = []
        self._pending_keys: set[str] = set()
        self._generation: Generation | None = None

    def __enter__(self) -> IndexBuilder:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._handle = (self.folder / _LOCK).open("w")
        except OSError as error:
            raise StateError(f"{self.folder} cannot be written: {error}") from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._handle.close()
            raise StateError(f"Another process is adding to {self.folder}.", hint="Wait until it ends.") from error
        try:
            self._opened()
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._discard()

    def _discard(self) -> None:
        """Drop what was not committed and let other writers in."""
        if self._generation is not None:
            self._generation.discard()
            self._generation = None
        fcntl.flock(self._handle, fcntl.LOCK_UN)
        self._handle.close()

    def _opened(self) -> Generation:
        """Return the generation in the making, begun from the current one when first needed."""
        if self._generation is None:
            with writing(self.folder):
                current = read_manifest(self.folder) if (self.folder / MANIFEST).exists() else None
                if current is not None and current.embedder != self.embedder.id:
                    raise StateError(
                        f"{self.folder} was built with the embedder {current.embedder!r}, not {self.embedder.id!r}.",
                        hint="Use that embedder, or another folder.",
                    )
                known = {_LOCK, MANIFEST, f"{MANIFEST}.new", SEGMENTS}
                strangers = [p.name for p in self.folder.iterdir() if p.name not in known and not is_generation(p)]
                if current is None and strangers:
                    raise StateError(
                        f"{self.folder} is no index: it holds {strangers[0]!r}.", hint="Give an empty folder."
                    )
                self._generation = Generation(self.folder, current, self.embedder, fresh=self._fresh)
        return self._generation

    @property
    def generation(self) -> Generation:
        """The generation in the making, for what copies documents without looking for duplicates."""
        return self._opened()

    def add(self, document: Document) -> bool:
        """Add a document unless it is there already.

        Parameters
        ----------
        document : Document
            The document; its text is stored as it is.

        Returns
        -------
        bool
            False if the id, the DOI or the title is known.
        """
        if not self._is_new(document):
            return False
        self._pending.append(document)
        if len(self._pending) >= _BATCH:
            self._flush()
        return True

    def _is_new(self, document: Document) -> bool:
        """Whether a document is not known; it is from now on."""
        keys = {f"id {document.id}", f"doi {doi_key(document.doi)}", f"title {title_key(document.title)}"}
        keys -= {"doi ", "title "}
        if self._pending_keys & keys or self._opened().knows(document):
            return False
        self._pending_keys |= keys
        return True

    def add_embedded(
        self,
        documents: Sequence[Document],
        vectors: NDArray[np.floating],
        *,
        spans: Sequence[Sequence[Span]] | None = None,
    ) -> int:
        """Add documents whose vectors were made elsewhere: on a GPU, by several processes, by Ray.

        Parameters
        ----------
        documents : sequence of Document
            The documents; those that are known already are left out with their vectors.
        vectors : array of shape [passages, dimension]
            One row for each passage of each document, in order, as the embedder makes them of ``passage_texts``. They
            are scaled to unit length.
        spans : sequence of sequence of Span, optional
            Passages of each document; None for those of ``index.document.passages``.

        Returns
        -------
        int
            How many documents were added.

        Raises
        ------
        InputError
            If the vectors have another shape, are not finite, or a span is outside its text.
        StateError
            If the files cannot be written.
        """
        cuts = [passages(d.text) for d in documents] if spans is None else [list(s) for s in spans]
        rows = _checked(documents, cuts, vectors, self.embedder.dimension)
        self._flush()
        chosen = [place for place, document in enumerate(documents) if self._is_new(document)]
        self._pending_keys = set()
        if not chosen:
            return 0
        if len(chosen) < len(documents):
            stops = np.cumsum([0, *(len(c) for c in cuts)])
            rows = np.concatenate([rows[stops[place] : stops[place + 1]] for place in chosen])
        with writing(self.folder):
            self._opened().add([documents[p] for p in chosen], [cuts[p] for p in chosen], normalise_rows(rows))
        return len(chosen)

    def delete(self, document_ids: Iterable[str]) -> int:
        """Delete documents; they take room until the index is compacted.

        Parameters
        ----------
        document_ids : iterable of str
            Ids; unknown ones are passed over.

        Returns
        -------
        int
            How many documents were deleted.
        """
        self._flush()
        with writing(self.folder):
            return self._opened().delete(document_ids)

    def stored_hash(self, document_id: str) -> str | None:
        """Return the SHA-256 of the stored text of a document, None if it is not stored."""
        return self._opened().stored_hash(document_id)

    def _flush(self) -> None:
        if self._pending:
            spans = [passages(document.text) for document in self._pending]
            pairs = zip(self._pending, spans, strict=True)
            texts = [text for document, cuts in pairs for text in passage_texts(document, cuts)]
            with writing(self.folder):
                self._opened().add(self._pending, spans, self.embedder.encode(texts))
        self._pending, self._pending_keys = [], set()

    def commit(self) -> Manifest:
        """Write everything and make it the current index; the builder then continues from it.

        Returns
        -------
        Manifest
            The manifest now in force.

        Raises
        ------
        StateError
            If the files cannot be written; the old index stays in use.
        """
        self._flush()
        with writing(self.folder):
            manifest = self._opened().commit()
            self._generation, self._fresh = None, False
        return manifest


def _checked(
    documents: Sequence[Document], spans: Sequence[Sequence[Span]], vectors: NDArray[np.floating], dimension: int
) -> NDArray[np.float32]:
    """Vectors of an embedding done elsewhere, in single precision."""
    if len(spans) != len(documents):
        raise InputError(f"{len(documents)} documents came with passages of {len(spans)}.")
    for document, cuts in zip(documents, spans, strict=True):
        if any(not 0 <= cut.start < cut.end <= len(document.text) for cut in cuts):
            raise InputError(f"A passage of {document.id!r} is outside its text.")
    expected = (sum(len(cuts) for cuts in spans), dimension)
    if vectors.shape != expected:
        raise InputError(
            f"The vectors have shape {vectors.shape}; the passages of these documents need {expected}.",
            hint="Embed passage_texts(document) of each document, in order.",
        )
    rows = np.asarray(vectors, dtype=np.float32)
    if not np.isfinite(rows).all():
        raise InputError("Some vectors are not finite.")
    return rows


def build_in_memory(documents: Iterable[Document], embedder: Embedder, *, name: str) -> Shard:
    """Build an index that lives in memory: small collections, read-only installations, tests.

    Parameters
    ----------
    documents : iterable of Document
        Documents with different ids.
    embedder : Embedder
        Embedder of the vectors.
    name : str
        Shown in errors.

    Returns
    -------
    Shard
        The opened index.
    """
    given = list(documents)
    spans = [passages(document.text) for document in given]
    texts = [text for document, cuts in zip(given, spans, strict=True) for text in passage_texts(document, cuts)]
    writer, known, lexical = SegmentWriter(None, embedder.dimension), KnownKeys(None), LexicalIndex()
    writer.add(given, spans, embedder.encode(texts))
    row = 0
    for number, (document, cuts) in enumerate(zip(given, spans, strict=True)):
        known.add(number, keys_of(document).values())
        row = lexical.write_document(document, cuts, row=row, number=number)
    lexical.commit()
    segment = writer.finish()
    tables = Tables([segment], np.zeros(0, dtype=np.int64), known)
    nearest = flat_over([segment], embedder.dimension)
    return Shard(embedder, tables, lexical, nearest, name=name, quality=QUALITIES["balanced"])
