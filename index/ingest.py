"""Readers: JSON Lines of papers, folders of text, Markdown and PDF; what is malformed is counted, never fatal."""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from index.document import Document, clean, is_blank
from index.pdf import read_pdf
from index.records import MAX_TEXT, BadRecord, document_from
from tools.core.errors import InputError, LimitError

MAX_LINE = 20_000_000  # bytes of one JSON line
MAX_FILE = 50_000_000  # bytes of one text file
MAX_EXPANSION = 300  # a gzip file that grows more than this is a bomb ...
SAFE_BYTES = 1_000_000_000  # ... once it is past this size
MAX_LISTED = 1_000  # skips that are listed; all are counted

_TEXT_KINDS = (".txt", ".md", ".markdown")
_LINE_KINDS = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_HEADING = re.compile(r"^#{1,2}\s+(.{3,300}?)\s*#*$", re.MULTILINE)


@dataclass(frozen=True)
class Skip:
    """A record or file that was left out.

    Attributes
    ----------
    position : str
        File, and line or page where known.
    reason : str
        Why.
    """

    position: str
    reason: str


@dataclass
class IngestReport:
    """What an ingest did.

    Attributes
    ----------
    files : int
        Files read.
    read, added, duplicates, passages : int
        Documents read, added, and known already; passages in the index afterwards.
    skipped : int
        Records and files left out.
    skips : list of Skip
        The first thousand of them.
    notes : list of str
        What was assumed, such as an encoding.
    seconds : float
        Wall time.
    """

    files: int = 0
    read: int = 0
    added: int = 0
    duplicates: int = 0
    passages: int = 0
    skipped: int = 0
    skips: list[Skip] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def skip(self, position: str, reason: str) -> None:
        """Count something left out.

        Parameters
        ----------
        position : str
            Where it was.
        reason : str
            Why.
        """
        self.skipped += 1
        if len(self.skips) < MAX_LISTED:
            self.skips.append(Skip(position, reason))


def read_documents(path: Path, report: IngestReport) -> Iterator[Document]:
    """Read the documents of a file or folder.

    Parameters
    ----------
    path : Path
        ``.jsonl``/``.ndjson`` (also ``.gz``), ``.txt``, ``.md``, ``.pdf``, or a folder with any of them. Links that
        lead out of the folder and hidden files are not followed.
    report : IngestReport
        Counts are added to it.

    Yields
    ------
    Document
        One for each record or file.

    Raises
    ------
    InputError
        If the path does not exist or is of no known kind.
    BackendMissing
        If a PDF is met and pypdf is not installed.
    """
    if path.is_dir():
        for found in _walk(path):
            yield from _read_file(found, str(found.relative_to(path)), report)
    elif path.is_file():
        if not _kind(path):
            raise InputError(f"{path.name} is of no kind that can be read.", hint=f"Give {_kinds()} or a folder.")
        yield from _read_file(path, path.name, report)
    else:
        raise InputError(f"{path} does not exist.", hint=f"Give {_kinds()} or a folder of them.")


def _kinds() -> str:
    return ", ".join((*_LINE_KINDS, *_TEXT_KINDS, ".pdf"))


def _kind(path: Path) -> str:
    name = path.name.casefold()
    return next((kind for kind in (*_LINE_KINDS, *_TEXT_KINDS, ".pdf") if name.endswith(kind)), "")


def _walk(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place) / name
            if not name.startswith(".") and path.resolve().is_relative_to(root):
                yield path


def _read_file(path: Path, position: str, report: IngestReport) -> Iterator[Document]:
    kind = _kind(path)
    if not kind:
        report.skip(position, "a kind of file that is not read")
        return
    report.files += 1
    try:
        if kind in _LINE_KINDS:
            yield from _read_lines(path, position, report)
        else:
            document = _read_pdf(path, position) if kind == ".pdf" else _read_text(path, position, report)
            report.read += 1
            yield document
    except (BadRecord, LimitError) as error:
        report.skip(position, error.message)
    except OSError as error:
        report.skip(position, f"cannot be read: {error.strerror or error}")


def _read_text(path: Path, position: str, report: IngestReport) -> Document:
    if path.stat().st_size > MAX_FILE:
        raise BadRecord(f"larger than {MAX_FILE // 1_000_000} MB")
    text, encoding = decode(path.read_bytes())
    if encoding not in {"utf-8", "utf-16"}:
        report.notes.append(f"{position}: read as {encoding}")
    return _file_document(position, path.stem, text)


def _read_pdf(path: Path, position: str) -> Document:
    try:
        found = read_pdf(path)
    except InputError as error:
        raise BadRecord(error.message) from error
    return _file_document(position, found["title"].strip() or path.stem, found["text"])


def _file_document(position: str, fallback: str, raw: str) -> Document:
    text = clean(raw).strip()
    if is_blank(text):
        raise BadRecord("no text in it")
    if len(text) > MAX_TEXT:
        raise BadRecord(f"longer than {MAX_TEXT} characters")
    heading = _HEADING.search(text[:5000])
    title = " ".join((heading[1] if heading else fallback).split())[:300]
    return Document(id=f"file:{position}", title=title, text=text, reference=position, source="files")


def decode(data: bytes) -> tuple[str, str]:
    """Decode text of unknown encoding.

    Parameters
    ----------
    data : bytes
        Contents of a file.

    Returns
    -------
    text : str
        The text.
    encoding : str
        ``"utf-8"``, ``"utf-16"`` (with byte order mark), or ``"cp1252"`` for what is neither.

    Raises
    ------
    BadRecord
        If the data are binary.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), "utf-16"
    if b"\x00" in data[:8192]:
        raise BadRecord("binary, not text")
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "cp1252"


def _read_lines(path: Path, position: str, report: IngestReport) -> Iterator[Document]:
    packed = path.name.casefold().endswith(".gz")
    size = max(path.stat().st_size, 1)
    total = 0
    source = path.name.split(".")[0]
    with _opened(path, packed) as handle:
        number = 0
        while True:
            number += 1
            try:
                line, complete = _next_line(handle)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                report.skip(
                    f"{position}:{number}", f"the compressed file is damaged here ({error}); the rest is not read"
                )
                return
            if not line:
                return
            total += len(line)
            if packed and total > SAFE_BYTES and total > MAX_EXPANSION * size:
                report.skip(f"{position}:{number}", "the compressed file grows without bound; the rest is not read")
                return
            if not complete:
                report.skip(f"{position}:{number}", f"the line is longer than {MAX_LINE // 1_000_000} MB")
                continue
            if not line.strip():
                continue
            try:
                record, encoding = _parse(line)
                document = document_from(record, source=source)
            except BadRecord as error:
                report.skip(f"{position}:{number}", error.message)
                continue
            if encoding == "cp1252" and f"{position}: lines that are not UTF-8 were read as cp1252" not in report.notes:
                report.notes.append(f"{position}: lines that are not UTF-8 were read as cp1252")
            report.read += 1
            yield document


def _opened(path: Path, packed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _next_line(handle: IO[bytes]) -> tuple[bytes, bool]:
    """Return the next line and whether it is whole; the rest of a line that is too long is passed over."""
    line = handle.readline(MAX_LINE + 1)
    if len(line) <= MAX_LINE:
        return line, True
    rest = line
    while rest and not rest.endswith(b"\n"):
        rest = handle.readline(MAX_LINE)
    return line, False


def _parse(line: bytes) -> tuple[object, str]:
    """The JSON value of a line, and the encoding it was read in."""
    text, encoding = decode(line)
    try:
        return json.loads(text), encoding
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"no valid JSON: {error}"[:200]) from error
