"""Text, Markdown and PDF: one document a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.document import Document, clean, is_blank
from index.fields import MAX_TEXT, BadRecord
from index.pdf import read_pdf
from index.readers.item import Item, Source
from index.streams import decode
from tools.core.errors import InputError, LimitError, ToolError

MAX_FILE = 50_000_000  # bytes of one text file
_HEADING = re.compile(r"^#{1,2}\s+(.{3,300}?)\s*#*$", re.MULTILINE)


def read_text(source: Source) -> Iterator[Item]:
    """Read a text or Markdown file.

    Parameters
    ----------
    source : Source
        The file.

    Yields
    ------
    Item
        One; the title is the first heading, else the name of the file.
    """
    if source.start >= 1:
        return
    try:
        if source.path.stat().st_size > MAX_FILE:
            raise BadRecord(f"larger than {MAX_FILE // 1_000_000} MB")
        text, encoding = decode(source.path.read_bytes())
        if encoding not in {"utf-8", "utf-16"}:
            source.notes.append(f"{source.name}: read as {encoding}")
        yield Item(1, _document(source, source.path.stem, text))
    except BadRecord as error:
        yield Item(1, None, error.message)


def read_pdf_file(source: Source) -> Iterator[Item]:
    """Read a PDF in a worker with limits on time and memory.

    Parameters
    ----------
    source : Source
        The file.

    Yields
    ------
    Item
        One; the title is the file's own, else its name.

    Raises
    ------
    BackendMissing
        If pypdf is not installed.
    """
    if source.start >= 1:
        return
    try:
        found = read_pdf(source.path)
        yield Item(1, _document(source, found["title"].strip() or source.path.stem, found["text"]))
    except (InputError, LimitError, ToolError) as error:
        yield Item(1, None, error.message)


def _document(source: Source, fallback: str, raw: str) -> Document:
    text = clean(raw).strip()
    if is_blank(text):
        raise BadRecord("no text in it")
    if len(text) > MAX_TEXT:
        raise BadRecord(f"longer than {MAX_TEXT} characters")
    heading = _HEADING.search(text[:5000])
    title = " ".join((heading[1] if heading else fallback).split())[:300]
    return Document(id=f"file:{source.name}", title=title, text=text, reference=source.name, source="files")
