"""Segments: documents, passages and half-precision vectors in files that are written once and then only mapped.

A record is ``digest (16 bytes) + deflate(JSON header, line feed, text)``, compressed against a dictionary taken from
the first records of its segment: 634 bytes for an abstract of 1,290 characters with title, DOI and reference, where
deflate alone needs 824 (4,000 texts of ChemRxivQuest).
"""

from __future__ import annotations

import hashlib
import json
import mmap
import zlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.document import Document
from index.keys import doi_key, short_hash
from tools.core.errors import StateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

RECORDS, DOCUMENTS, PASSAGES = "records.bin", "documents.npy", "passages.npy"
VECTORS, DICTIONARIES = "vectors.f16", "dictionaries.npy"
FILES = (RECORDS, DOCUMENTS, PASSAGES, VECTORS, DICTIONARIES)

NO_YEAR = -32768
NO_DICTIONARY = 65535
DICTIONARY_BYTES = 16_384
DIGEST_BYTES = 16
_DEFAULTS = {field.name: field.default for field in fields(Document) if field.name not in {"text", "subjects"}}
_DICTIONARY_FROM = 64  # a first batch of fewer documents gives none
PAGE = mmap.PAGESIZE

# offset and size of the record, first passage, year, dictionary, hashes of collection and DOI (0: no DOI)
DOCUMENT = np.dtype(
    {
        "names": ["offset", "size", "first", "year", "words", "source", "doi"],
        "formats": ["<u8", "<u4", "<u4", "<i2", "<u2", "<i8", "<i8"],
    }
)
PASSAGE = np.dtype([("document", "<u4"), ("start", "<u4"), ("stop", "<u4")])


def pack(document: Document) -> bytes:
    """Return what is compressed of a document: a line of JSON with its origin, then its text.

    Parameters
    ----------
    document : Document
        The document.

    Returns
    -------
    bytes
        UTF-8; fields that have their default are left out.
    """
    header = {n: v for n, v in vars(document).items() if n in _DEFAULTS and v != _DEFAULTS[n]}
    line = json.dumps(header, ensure_ascii=False, separators=(",", ":"))
    return f"{line}\n{document.text}".encode("utf-8", "surrogatepass")


def unpack(payload: bytes) -> Document:
    """Return the document of a payload; the reverse of ``pack``.

    Parameters
    ----------
    payload : bytes
        As ``pack`` gives it.

    Returns
    -------
    Document
        The document.

    Raises
    ------
    ValueError
        If the payload is damaged.
    """
    line, _, text = payload.decode("utf-8", "surrogatepass").partition("\n")
    header = {"id": "", "title": "", **json.loads(line)}
    return Document(text=text, **{name: value for name, value in header.items() if name in _DEFAULTS})


def row_of_document(document: Document, *, offset: int, size: int, first: int, words: int) -> tuple[Any, ...]:
    """Return the entry of a document in the table of a segment (see ``DOCUMENT``).

    Parameters
    ----------
    document : Document
        The document.
    offset, size : int
        Place of its record, bytes.
    first : int
        Its first passage in the segment.
    words : int
        Its dictionary.

    Returns
    -------
    tuple
        Values in the order of ``DOCUMENT``.
    """
    year = document.year if document.year is not None and abs(document.year) < -NO_YEAR else NO_YEAR
    doi = doi_key(document.doi)
    return (
        offset,
        size,
        first,
        year,
        words,
        short_hash("source", document.source),
        short_hash("doi", doi) if doi else 0,
    )


class Mapped:
    """A file mapped for reading.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.map: mmap.mmap | None = None
        if path.stat().st_size:
            with path.open("rb") as handle:
                self.map = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
            self.map.madvise(mmap.MADV_RANDOM)
        self.data: Any = self.map if self.map is not None else b""

    def table(self, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return the contents of a ``.npy`` file with one axis.

        Parameters
        ----------
        dtype : numpy dtype
            What it must hold.

        Returns
        -------
        array of shape [n]
            A view of the file.

        Raises
        ------
        ValueError
            If it holds something else.
        """
        if bytes(self.data[:8]) != b"\x93NUMPY\x01\x00":
            raise ValueError("a table has no header")
        start = 10 + int.from_bytes(self.data[8:10], "little")
        header = bytes(self.data[10:start])
        if str(dtype.descr if dtype.names else dtype.str).encode() not in header:
            raise ValueError("a table holds something else")
        return np.frombuffer(self.data, dtype=dtype, offset=start)


class Segment:
    """Documents with their passages and vectors; never changed once made.

    Parameters
    ----------
    name : str
        Name of the folder; empty in memory.
    documents : array of DOCUMENT
        One entry a document.
    passages : array of PASSAGE
        One entry a passage, ordered by document.
    vectors : array of shape [passages, dimension], float16
        Unit vectors.
    records : bytes-like
        The packed documents.
    dictionaries : array of shape [n, DICTIONARY_BYTES], uint8
        What the records were compressed against.
    map_of_vectors : mmap, optional
        The mapped file of the vectors.
    """

    def __init__(
        self,
        name: str,
        documents: NDArray[Any],
        passages: NDArray[Any],
        vectors: NDArray[np.float16],
        records: Any,
        dictionaries: NDArray[np.uint8],
        map_of_vectors: mmap.mmap | None = None,
    ) -> None:
        self.name, self.documents, self.passages, self.vectors = name, documents, passages, vectors
        self.records = records
        self.dictionaries = [bytes(row) for row in dictionaries]
        self._map = map_of_vectors

    @classmethod
    def open(cls, folder: Path, dimension: int) -> Segment:
        """Map the files of a segment.

        Parameters
        ----------
        folder : Path
            Folder of the segment.
        dimension : int
            Length of its vectors.

        Returns
        -------
        Segment
            The opened segment.

        Raises
        ------
        OSError, ValueError
            If a file is missing, or the files do not belong together.
        """
        documents = Mapped(folder / DOCUMENTS).table(DOCUMENT)
        passages = Mapped(folder / PASSAGES).table(PASSAGE)
        stored = Mapped(folder / VECTORS)
        vectors = np.frombuffer(stored.data, dtype="<f2").reshape(len(passages), dimension)
        records = Mapped(folder / RECORDS).data
        dictionaries = np.load(folder / DICTIONARIES, allow_pickle=False)
        if dictionaries.dtype != np.uint8 or dictionaries.shape[1:] != (DICTIONARY_BYTES,):
            raise ValueError("the dictionaries have another size")
        if len(documents):
            last = documents[-1]
            if int(last["offset"]) + int(last["size"]) != len(records) or int(last["first"]) > len(passages):
                raise ValueError("the tables of a segment do not belong together")
        return cls(folder.name, documents, passages, vectors, records, dictionaries, stored.map)

    def payload(self, number: int) -> bytes:
        """Return the checked, unpacked record of a document.

        Parameters
        ----------
        number : int
            Document in this segment.

        Returns
        -------
        bytes
            As ``pack`` made it.

        Raises
        ------
        StateError
            If it has changed since it was stored.
        """
        start, size, _, _, words, *_ = self.documents[number].item()
        raw = bytes(self.records[start : start + size])
        return inflate(raw, b"" if words == NO_DICTIONARY else self.dictionaries[words], self.name)

    def document(self, number: int) -> Document:
        """Return a document by its number in this segment; errors as in ``payload``."""
        try:
            return unpack(self.payload(number))
        except (ValueError, TypeError) as error:
            raise _changed(self.name) from error

    def passages_of(self, number: int) -> tuple[int, int]:
        """Return the first passage of a document and the one after its last.

        Parameters
        ----------
        number : int
            Document in this segment.

        Returns
        -------
        first, stop : int
            Passages in this segment.
        """
        first = self.documents[number].item()[2]
        more = number + 1 < len(self.documents)
        return first, self.documents[number + 1].item()[2] if more else len(self.passages)

    def fetch_pages(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> None:
        """Ask the system to read some pages of the vectors, all at once, so that a cold search does not wait for each.

        Parameters
        ----------
        first, last : array of shape [n]
            First and last page of each range, in the file of the vectors.
        """
        if self._map is None:
            return
        advise = self._map.madvise
        for start, stop in zip(first.tolist(), last.tolist(), strict=True):
            advise(mmap.MADV_WILLNEED, start * PAGE, (stop + 1 - start) * PAGE)


def deflate(payload: bytes, primed: Any) -> bytes:
    """Compress a payload and put its digest in front.

    Parameters
    ----------
    payload : bytes
        As ``pack`` gives it.
    primed : zlib compressor
        Holds the dictionary; it is copied.

    Returns
    -------
    bytes
        The record.
    """
    packer = primed.copy()
    digest = hashlib.blake2b(payload, digest_size=DIGEST_BYTES).digest()
    return b"".join((digest, packer.compress(payload), packer.flush()))


def inflate(record: bytes, dictionary: bytes, name: str) -> bytes:
    """Return the payload of a record, checked.

    Parameters
    ----------
    record : bytes
        As ``deflate`` gives it.
    dictionary : bytes
        What it was compressed against; empty for nothing.
    name : str
        Shown in errors.

    Returns
    -------
    bytes
        The payload.

    Raises
    ------
    StateError
        If it has changed since it was stored.
    """
    packer = zlib.decompressobj(-15, dictionary) if dictionary else zlib.decompressobj(-15)
    try:
        payload = packer.decompress(record[DIGEST_BYTES:])
    except zlib.error as error:
        raise _changed(name) from error
    if hashlib.blake2b(payload, digest_size=DIGEST_BYTES).digest() != record[:DIGEST_BYTES]:
        raise _changed(name)
    return payload


def _changed(name: str) -> StateError:
    return StateError(f"A stored text of {name} has changed.", hint="Build the index again.")


def dictionary_from(payloads: Sequence[bytes]) -> bytes:
    """Choose what records are compressed against: the starts of some of them.

    Parameters
    ----------
    payloads : sequence of bytes
        The first payloads of a segment.

    Returns
    -------
    bytes
        ``DICTIONARY_BYTES`` long; empty if there are too few payloads.
    """
    if len(payloads) < _DICTIONARY_FROM:
        return b""
    step = max(1, len(payloads) // 16)
    joined = b"".join(payload[: DICTIONARY_BYTES // 10] for payload in payloads[::step])
    return joined[-DICTIONARY_BYTES:].rjust(DICTIONARY_BYTES, b" ")
