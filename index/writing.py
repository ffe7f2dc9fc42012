"""Writing segments: streamed to files, or kept in memory for small collections."""

from __future__ import annotations

import hashlib
import io
import shutil
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from index import segment as seg
from index.document import Document, Span
from index.manifest import file_hash, to_disk

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEGMENT_PASSAGES = 250_000  # a segment is closed when it has so many
_LEVEL = 6


class SegmentWriter:
    """Collects documents into a new segment.

    Parameters
    ----------
    folder : Path or None
        New folder for its files; None keeps them in memory.
    dimension : int
        Length of the vectors.
    """

    def __init__(self, folder: Path | None, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        if folder is not None:
            folder.mkdir(parents=True)
        self._records: IO[bytes] = io.BytesIO() if folder is None else (folder / seg.RECORDS).open("w+b")
        self._vectors: IO[bytes] = io.BytesIO() if folder is None else (folder / seg.VECTORS).open("w+b")
        self._size = 0
        self._documents: list[NDArray[Any]] = []
        self._passages: list[NDArray[Any]] = []
        self.document_count = 0
        self.passage_count = 0
        self._dictionary: bytes | None = None
        self._primed: Any = None

    def add(self, documents: Sequence[Document], spans: Sequence[Sequence[Span]], vectors: NDArray[Any]) -> None:
        """Append documents.

        Parameters
        ----------
        documents : sequence of Document
            The documents.
        spans : sequence of sequence of Span
            Passages of each.
        vectors : array of shape [passages, dimension]
            Unit vectors of all passages in order; stored in half precision.
        """
        payloads = [seg.pack(document) for document in documents]
        if self._dictionary is None:
            self._dictionary = seg.dictionary_from(payloads)
            options = (_LEVEL, zlib.DEFLATED, -15, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY)
            self._primed = zlib.compressobj(*options, *([self._dictionary] if self._dictionary else []))
        words = 0 if self._dictionary else seg.NO_DICTIONARY
        rows: list[tuple[Any, ...]] = []
        cuts: list[tuple[int, int, int]] = []
        first = self.passage_count
        for number, (document, payload) in enumerate(zip(documents, payloads, strict=True), self.document_count):
            record = seg.deflate(payload, self._primed)
            self._records.write(record)
            rows.append(seg.row_of_document(document, offset=self._size, size=len(record), first=first, words=words))
            self._size += len(record)
            found = spans[number - self.document_count]
            cuts.extend((number, span.start, span.end) for span in found)
            first += len(found)
        self._vectors.write(np.ascontiguousarray(vectors, dtype="<f2").tobytes())
        self._documents.append(np.array(rows, dtype=seg.DOCUMENT))
        self._passages.append(np.array(cuts, dtype=seg.PASSAGE))
        self.document_count += len(rows)
        self.passage_count = first

    def document(self, number: int) -> Document:
        """Read back a document that was added.

        Parameters
        ----------
        number : int
            Document in this segment.

        Returns
        -------
        Document
            The document.
        """
        place = number
        for block in self._documents:
            if place < len(block):
                break
            place -= len(block)
        entry = block[place]
        self._records.seek(int(entry["offset"]))
        record = self._records.read(int(entry["size"]))
        self._records.seek(0, io.SEEK_END)
        return seg.unpack(seg.inflate(record, self._dictionary or b"", "the new segment"))

    def finish(self) -> seg.Segment:
        """Close the segment.

        Returns
        -------
        Segment
            The segment, opened; its files are in the folder given.
        """
        documents = np.concatenate([*self._documents, np.zeros(0, dtype=seg.DOCUMENT)])
        passages = np.concatenate([*self._passages, np.zeros(0, dtype=seg.PASSAGE)])
        words = np.frombuffer(self._dictionary or b"", dtype=np.uint8).reshape(-1, seg.DICTIONARY_BYTES)
        if self._folder is None:
            vectors = np.frombuffer(self._vectors.getvalue(), dtype="<f2")  # type: ignore[attr-defined]  # BytesIO here
            records = self._records.getvalue()  # type: ignore[attr-defined]  # as above
            return seg.Segment("", documents, passages, vectors.reshape(-1, self._dimension), records, words)
        self._records.close()
        self._vectors.close()
        np.save(self._folder / seg.DOCUMENTS, documents)
        np.save(self._folder / seg.PASSAGES, passages)
        np.save(self._folder / seg.DICTIONARIES, words)
        return seg.Segment.open(self._folder, self._dimension)

    def discard(self) -> None:
        """Close the files, whether or not their last bytes can be written."""
        for handle in (self._records, self._vectors):
            with suppress(OSError):
                handle.close()


def join(folder: Path, parts: Sequence[Path]) -> None:
    """Write adjacent segments as one, without packing anything again.

    Parameters
    ----------
    folder : Path
        New folder.
    parts : sequence of Path
        Folders of the segments, in order.
    """
    folder.mkdir(parents=True)
    documents, passages, words = [], [], []
    offset = first = number = dictionaries = 0
    for part in parts:
        rows = np.load(part / seg.DOCUMENTS)
        cuts = np.load(part / seg.PASSAGES)
        known = np.load(part / seg.DICTIONARIES)
        rows["offset"] += offset
        rows["first"] += first
        rows["words"] = np.where(rows["words"] == seg.NO_DICTIONARY, seg.NO_DICTIONARY, rows["words"] + dictionaries)
        cuts["document"] += number
        documents.append(rows)
        passages.append(cuts)
        words.append(known)
        offset += (part / seg.RECORDS).stat().st_size
        first += len(cuts)
        number += len(rows)
        dictionaries += len(known)
    np.save(folder / seg.DOCUMENTS, np.concatenate(documents))
    np.save(folder / seg.PASSAGES, np.concatenate(passages))
    np.save(folder / seg.DICTIONARIES, np.concatenate(words))
    for name in (seg.RECORDS, seg.VECTORS):
        with (folder / name).open("wb") as target:
            for part in parts:
                with (part / name).open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)


def settle(folder: Path, segments: Path) -> tuple[str, dict[str, str]]:
    """Bring a finished segment to the disk and name it by its contents.

    Parameters
    ----------
    folder : Path
        Its folder; it is moved.
    segments : Path
        Where the segments of the index are.

    Returns
    -------
    name : str
        Its name from now on.
    hashes : dict of str to str
        SHA-256 of each file, by path within the index folder.
    """
    hashes = {name: file_hash(folder / name) for name in seg.FILES}
    name = hashlib.sha256("".join(hashes.values()).encode()).hexdigest()[:24]
    target = segments / name
    for file in seg.FILES:
        to_disk(folder / file)
    segments.mkdir(exist_ok=True)
    if target.exists():  # the same contents: added, deleted and added again, or left by a writer that was killed
        shutil.rmtree(folder)
    else:
        folder.rename(target)
    to_disk(target)
    to_disk(segments)
    return name, {f"{segments.name}/{name}/{file}": digest for file, digest in hashes.items()}
