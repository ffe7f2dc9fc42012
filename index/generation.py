"""A generation in the making: new segments, and the word index, keys, deletions and vector lists that go with them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.document import Document, Span
from index.embed import Embedder
from index.keys import doi_key, short_hash, title_key
from index.known import PREFIX, KnownKeys, keys_of
from index.lexical import LexicalIndex
from index.manifest import Manifest, file_hash, to_disk, write_manifest
from index.segment import Segment
from index.shard import DELETED, LEXICAL, LISTS, LISTS_ABOUT, SEGMENTS, read_deleted, read_lists
from index.tables import Tables
from index.vectors import FLAT_BELOW, VectorIndex, sample_size
from index.writing import SEGMENT_PASSAGES, SegmentWriter, join, settle
from tools.core.errors import PolysmithError, StateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAME = "generation-"
_SEED = 20_260_101
_JOINED_AT = 16  # so many small segments at the end become one
_SMALL = (1_000, 16_000, SEGMENT_PASSAGES)  # passages; what small means, one step after the other


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what files and libraries raise while an index is written into a StateError.

    Parameters
    ----------
    folder : Path
        Index folder, named in the error.

    Yields
    ------
    None
        Nothing.
    """
    try:
        yield
    except PolysmithError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        raise StateError(
            f"{folder} cannot be written: {error}", hint="What it held before is still in use. Free disk space?"
        ) from error


def is_generation(path: Path) -> bool:
    """Say whether a path is named like a generation."""
    return path.name.startswith(_NAME) and path.name.removeprefix(_NAME).isdigit()


def _link(source: Path, target: Path) -> None:
    """Give a finished file a second name, or copy it where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _link_words(source: Path, target: Path) -> None:
    """Take over a word index; its segments never change, its lists of segments do."""
    target.mkdir()
    for path in sorted(source.iterdir()):
        if path.suffix == ".json":
            shutil.copy2(path, target / path.name)
        elif not path.name.endswith(".lock"):
            _link(path, target / path.name)


def _small_at_end(lengths: Sequence[int], limit: int) -> int:
    """How many segments at the end are worth joining: small ones, none larger than all that come after it."""
    small = 0
    while small < len(lengths) and lengths[-1 - small] <= limit:
        small += 1
    while small > 1 and lengths[-small] > sum(lengths[len(lengths) - small + 1 :]):
        small -= 1
    return small


class Generation:
    """What the next commit will put in force.

    Parameters
    ----------
    folder : Path
        Index folder, locked by the caller.
    current : Manifest or None
        What is in force.
    embedder : Embedder
        Names and measures the vectors.
    fresh : bool
        Take nothing over.

    Raises
    ------
    OSError, ValueError
        If files cannot be read or written.
    """

    def __init__(self, folder: Path, current: Manifest | None, embedder: Embedder, *, fresh: bool = False) -> None:
        self.folder = folder
        self.current = current
        self._embedder = embedder
        self._tidy(current)
        number = 1 if current is None else int(current.generation.removeprefix(_NAME)) + 1
        self.path = folder / f"{_NAME}{number:06d}"
        self.path.mkdir()
        self._names: list[str] = []
        self._segments: list[Segment] = []
        self._unnamed = 0  # new segments, at the end of the list
        self._writer: SegmentWriter | None = None
        self._base = current if current is not None and not fresh else None
        deleted = np.zeros(0, dtype=np.int64)
        if self._base is not None:
            before = folder / self._base.generation
            for run in before.glob(f"{PREFIX}*.bin"):
                _link(run, self.path / run.name)
            _link_words(before / LEXICAL, self.path / LEXICAL)
            deleted = read_deleted(before)
            self._names = list(self._base.segments)
            self._segments = [Segment.open(folder / SEGMENTS / name, embedder.dimension) for name in self._names]
        self._known = KnownKeys(self.path)
        self._lexical = LexicalIndex(self.path / LEXICAL)
        self._deleted = set(deleted.tolist())
        self._tables = self._tabled()

    def _tabled(self) -> Tables:
        gone = np.array(sorted(n for n in self._deleted if n < self._finished()), dtype=np.int64)
        return Tables(self._segments, gone, self._known)

    def _finished(self) -> int:
        return sum(len(segment.documents) for segment in self._segments)

    def _tidy(self, keep: Manifest | None) -> None:
        """Remove what writers that were killed left, and what is no longer in force."""
        for path in self.folder.glob(f"{_NAME}*"):
            if keep is None or path.name != keep.generation:
                shutil.rmtree(path, ignore_errors=True)
        for path in (self.folder / SEGMENTS).glob("*"):
            if keep is None or path.name not in keep.segments:
                shutil.rmtree(path, ignore_errors=True)

    def discard(self) -> None:
        """Drop the generation."""
        with suppress(OSError, ValueError, RuntimeError):  # a full disk: what is dropped need not be written
            self._lexical.discard()
        if self._writer is not None:
            self._writer.discard()
        shutil.rmtree(self.path, ignore_errors=True)

    def _document(self, number: int) -> Document | None:
        """A stored document, new ones included; None if there is none of this number."""
        if number < self._tables.number_count:
            return self._tables.document(number)
        local = number - self._tables.number_count
        if self._writer is None or local >= self._writer.document_count:
            return None
        return self._writer.document(local)

    def _stored(self, hashes: Iterable[int]) -> Iterator[tuple[int, Document]]:
        """Documents that are not deleted and have one of some hashes."""
        for number in self._known.find(hashes):
            document = None if number in self._deleted else self._document(number)
            if document is not None:
                yield number, document

    def knows(self, document: Document) -> bool:
        """Say whether a document is here already.

        Parameters
        ----------
        document : Document
            The document to look for.

        Returns
        -------
        bool
            True if one with the same id, DOI or (long enough) normalised title is stored; a title alone does not make
            two documents with different DOIs one.
        """
        doi, title = doi_key(document.doi), title_key(document.title)
        for _, stored in self._stored(keys_of(document).values()):
            other = doi_key(stored.doi)
            if stored.id == document.id or (doi and other == doi):
                return True
            if title and title_key(stored.title) == title and not (doi and other):
                return True
        return False

    def stored_hash(self, document_id: str) -> str | None:
        """Return the SHA-256 of the stored text of a document, None if it is not stored."""
        for _, stored in self._stored([short_hash("id", document_id)]):
            if stored.id == document_id:
                return stored.sha256
        return None

    def add(self, documents: Sequence[Document], spans: Sequence[Sequence[Span]], vectors: NDArray[Any]) -> None:
        """Store documents that are not known.

        Parameters
        ----------
        documents : sequence of Document
            The documents.
        spans : sequence of sequence of Span
            Passages of each.
        vectors : array of shape [passages, dimension]
            Unit vectors of all passages in order.
        """
        if self._writer is None:
            self._writer = SegmentWriter(self.path / f"segment-{len(self._segments):06d}", self._embedder.dimension)
        number = self._tables.number_count + self._writer.document_count
        row = self._tables.row_count + self._writer.passage_count
        self._writer.add(documents, spans, vectors)
        for place, (document, cuts) in enumerate(zip(documents, spans, strict=True), number):
            self._known.add(place, keys_of(document).values())
            row = self._lexical.write_document(document, cuts, row=row, number=place)
        if self._writer.passage_count >= SEGMENT_PASSAGES:
            self._close_segment()

    def delete(self, document_ids: Iterable[str]) -> int:
        """Delete documents by id; returns how many were there."""
        found = []
        for document_id in dict.fromkeys(document_ids):
            for number, stored in self._stored([short_hash("id", document_id)]):
                if stored.id == document_id:
                    found.append(number)
                    break
        self._lexical.delete(found)
        self._deleted.update(found)
        return len(found)

    def _close_segment(self) -> None:
        if self._writer is not None:
            self._segments.append(self._writer.finish())
            self._unnamed += 1
            self._writer = None
            self._tables = self._tabled()

    def commit(self) -> Manifest:
        """Finish all files and put them in force.

        Returns
        -------
        Manifest
            The manifest now in force.
        """
        self._close_segment()
        self._tables = self._tabled()
        self._lexical.commit()
        self._known.write()
        self._write_lists()
        np.save(self.path / DELETED, self._tables.deleted)
        hashes = self._settle()
        hashes |= self._generation_hashes()
        manifest = Manifest(
            generation=self.path.name,
            embedder=self._embedder.id,
            dimension=self._embedder.dimension,
            documents=self._tables.document_count,
            passages=self._tables.passage_count,
            deleted=len(self._tables.deleted),
            segments=tuple(self._names),
            sizes={name: (self.folder / name).stat().st_size for name in hashes},
            hashes=hashes,
        )
        write_manifest(self.folder, manifest)
        self._tidy(manifest)
        return manifest

    def _settle(self) -> dict[str, str]:
        """Name the new segments by their contents, join small ones, and return the hashes of all segments in force."""
        place = self.folder / SEGMENTS
        hashes = {} if self._base is None else dict(self._base.hashes)
        first = len(self._segments) - self._unnamed
        for number in range(first, len(self._segments)):
            name, found = settle(self.path / f"segment-{number:06d}", place)
            self._names.append(name)
            hashes |= found
        for limit in _SMALL:
            small = _small_at_end([len(segment.passages) for segment in self._segments], limit)
            if small >= _JOINED_AT:
                joined = self.path / "joined"
                join(joined, [place / name for name in self._names[-small:]])
                name, found = settle(joined, place)
                self._names[-small:] = [name]
                self._segments[-small:] = [Segment.open(place / name, self._embedder.dimension)]
                hashes |= found
        kept = {f"{SEGMENTS}/{name}" for name in self._names}
        return {name: digest for name, digest in hashes.items() if name.rpartition("/")[0] in kept}

    def _generation_hashes(self) -> dict[str, str]:
        """Hashes of the files of this generation; what is linked from the one before keeps the hash that it had."""
        found = {}
        for path in sorted(self.path.rglob("*")):
            if not path.is_file() or path.name.endswith(".lock"):
                continue
            name = str(path.relative_to(self.folder))
            before = ""
            if self._base is not None:
                old = f"{self._base.generation}/{path.relative_to(self.path)}"
                if old in self._base.hashes and path.samefile(self.folder / old):
                    before = self._base.hashes[old]
            found[name] = before or file_hash(path)
            if not before:
                to_disk(path)
        for place in (self.path / LEXICAL, self.path):
            to_disk(place)
        return found

    def _write_lists(self) -> None:
        """Bring the inverted lists up to the rows; train them when there are none yet, or far too few."""
        rows = self._tables.row_count
        if rows < FLAT_BELOW:
            return
        before = None if self._base is None else self.folder / self._base.generation
        lists = None if before is None else read_lists(before)
        if before is not None and lists is not None and lists.count == rows:
            for name in (LISTS, LISTS_ABOUT):
                _link(before / name, self.path / name)
            return
        if lists is None or lists.outgrown(rows):
            chosen = np.random.default_rng(_SEED).choice(rows, sample_size(rows), replace=False)
            lists = VectorIndex.trained(self._tables.vectors(np.sort(chosen)), rows)
        lists.add(self._rows_from(lists.count))
        lists.write(self.path / LISTS)
        about = {"trained_on": lists.trained_on}
        (self.path / LISTS_ABOUT).write_text(json.dumps(about) + "\n", encoding="utf-8")

    def _rows_from(self, first: int) -> Iterator[NDArray[np.float16]]:
        """Vectors of all rows from one on, a segment at a time."""
        for segment in self._segments:
            if first < len(segment.passages):
                yield segment.vectors[first:]
            first = max(0, first - len(segment.passages))
