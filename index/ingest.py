"""Reading papers: which files, in which format; what is malformed is counted, never fatal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from index.document import Document
from index.readers.bibtex import read_bibtex
from index.readers.item import Item, Reader, Source
from index.readers.jats import read_xml
from index.readers.jsonl import read_json, read_lines
from index.readers.openalex import missing_parts, works_folder
from index.readers.parquet import read_parquet
from index.readers.plain import read_pdf_file, read_text
from index.readers.ris import read_ris
from index.report import IngestReport, Skip
from index.streams import decode
from tools.core.errors import InputError

__all__ = ["IngestReport", "Skip", "decode", "find_sources", "read_documents", "read_source"]

READERS: dict[str, Reader] = {
    ".jsonl": read_lines,
    ".jsonl.gz": read_lines,
    ".ndjson": read_lines,
    ".ndjson.gz": read_lines,
    ".json": read_json,
    ".json.gz": read_json,
    ".xml": read_xml,
    ".xml.gz": read_xml,
    ".nxml": read_xml,
    ".nxml.gz": read_xml,
    ".parquet": read_parquet,
    ".bib": read_bibtex,
    ".ris": read_ris,
    ".txt": read_text,
    ".md": read_text,
    ".markdown": read_text,
    ".pdf": read_pdf_file,
    ".gz": read_lines,  # the parts of the OpenAlex snapshot and of Semantic Scholar's data sets are called so
}
_OTHER_INSIDE = (".tar", ".csv", ".tsv", ".txt", ".md", ".pdf", ".sql", ".bib", ".ris")
_MANIFESTS = frozenset(("manifest", "manifest.json"))


def find_sources(path: Path, report: IngestReport) -> list[Source]:
    """List the files to read.

    Parameters
    ----------
    path : Path
        A file, a folder of files, or an OpenAlex snapshot (its works are read, other entities left out). Links that
        lead out of the folder and hidden files are not followed.
    report : IngestReport
        Files of no known kind are counted in it, and parts of a snapshot that its manifest lists but that are absent.

    Returns
    -------
    list of Source
        In a fixed order.

    Raises
    ------
    InputError
        If the path does not exist or is of no known kind.
    """
    if path.is_file():
        kind = _kind(path)
        if not kind:
            raise InputError(f"{path.name} is of no kind that can be read.", hint=f"Give {_kinds()} or a folder.")
        return [Source(path, path.name, kind)]
    if not path.is_dir():
        raise InputError(f"{path} does not exist.", hint=f"Give {_kinds()} or a folder of them.")
    works = works_folder(path)
    if works is not None:
        for name in missing_parts(works):
            report.skip(name, "the manifest of the snapshot lists this part; it is absent or has another size")
    found = []
    for place in _walk(works or path):
        name, kind = str(place.relative_to(path)), _kind(place)
        if kind:
            found.append(Source(place, name, kind))
        elif place.name not in _MANIFESTS:
            report.skip(name, "a kind of file that is not read")
    return found


def read_source(source: Source, report: IngestReport) -> Iterator[Item]:
    """Read one file; what is no document is counted in the report.

    Parameters
    ----------
    source : Source
        The file; records up to ``source.start`` are passed over.
    report : IngestReport
        Counts are added to it.

    Yields
    ------
    Item
        One for each record, documents and others, so that the caller knows how far the file is read.

    Raises
    ------
    BackendMissing
        If a PDF or Parquet file is met and its library is not installed.
    """
    report.files += 1
    number = source.start
    try:
        for item in READERS[source.kind](source):
            number = item.number
            if item.document is None:
                report.skip(_position(source, item), item.reason)
            else:
                report.read += 1
            yield item
    except OSError as error:
        report.skip(f"{source.name}:{number + 1}", f"cannot be read: {error.strerror or error}")
    for note in source.notes:
        report.note(note)


def _position(source: Source, item: Item) -> str:
    """File and record; the file alone where it is one document."""
    return source.name if READERS[source.kind] in (read_text, read_pdf_file) else f"{source.name}:{item.number}"


def read_documents(path: Path, report: IngestReport) -> Iterator[Document]:
    """Read the documents of a file or folder.

    Parameters
    ----------
    path : Path
        What ``find_sources`` takes.
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
        If a PDF or Parquet file is met and its library is not installed.
    """
    for source in find_sources(path, report):
        for item in read_source(source, report):
            if item.document is not None:
                yield item.document


def _kinds() -> str:
    return ", ".join(READERS)


def _kind(path: Path) -> str:
    """The kind of a file, the longest ending first; a bare ``.gz`` holds JSON Lines, ``.tar.gz`` does not."""
    name = path.name.casefold()
    kind = next((kind for kind in sorted(READERS, key=len, reverse=True) if name.endswith(kind)), "")
    return "" if kind == ".gz" and name.removesuffix(kind).endswith(_OTHER_INSIDE) else kind


def _walk(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place) / name
            if not name.startswith(".") and path.resolve().is_relative_to(root):
                yield path
