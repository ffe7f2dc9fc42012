"""JSON: one record a line, an array, or an object around an array (answers of Crossref and OpenAlex, data files)."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO

from index.document import Document
from index.fields import BadRecord
from index.readers.item import Item, Source
from index.records import document_from
from index.streams import CHUNK, Damaged, lines, opened, parse_json

MAX_LINE = 10_000_000  # bytes of one record

_HEAD = 100_000  # characters in which the array of a wrapped answer must open
_ARRAY = re.compile(r'"(?:items|results|data|works|records)"\s*:\s*\[')
_SPACE = re.compile(r"[\s,]*")


def read_lines(source: Source) -> Iterator[Item]:
    """Read JSON Lines.

    Parameters
    ----------
    source : Source
        The file.

    Yields
    ------
    Item
        One for each line that is not blank.
    """
    with opened(source.path, source.meter) as handle:
        yield from _from_lines(source, handle)


def _from_lines(source: Source, handle: IO[bytes]) -> Iterator[Item]:
    number = 0
    reading = lines(handle, MAX_LINE)
    while True:
        try:
            line, whole = next(reading)
        except StopIteration:
            return
        except Damaged as error:
            yield Item(number + 1, None, str(error))
            return
        number += 1
        if number <= source.start or not line.strip():
            continue
        if not whole:
            yield Item(number, None, f"the line is longer than {MAX_LINE // 1_000_000} MB")
            continue
        yield _item(source, number, line)


def _item(source: Source, number: int, line: bytes) -> Item:
    try:
        record, encoding = parse_json(line)
        document: Document = document_from(record, source=source.collection)
    except BadRecord as error:
        return Item(number, None, error.message)
    if encoding == "cp1252":
        note = f"{source.name}: lines that are not UTF-8 were read as cp1252"
        if note not in source.notes:
            source.notes.append(note)
    return Item(number, document)


def read_json(source: Source) -> Iterator[Item]:
    """Read a ``.json`` file: an array, an object around an array, one record, or JSON Lines under another name.

    Parameters
    ----------
    source : Source
        The file.

    Yields
    ------
    Item
        One for each record.
    """
    try:
        with opened(source.path, source.meter) as handle:
            start = handle.peek(CHUNK)[:CHUNK].lstrip(b"\xef\xbb\xbf \t\r\n")
    except Damaged as error:
        yield Item(1, None, str(error))
        return
    head = start[:_HEAD].decode("utf-8", "replace")
    found = _ARRAY.search(head)
    first, _, more = start.partition(b"\n")
    if start.startswith(b"[") or (found and not _is_record(first)):
        yield from _array(source)
    elif more.strip() and _is_record(first):
        yield from read_lines(source)
    else:
        yield from _single(source)


def _is_record(line: bytes) -> bool:
    """Say whether a line is a whole JSON object that holds no array of records."""
    try:
        value = parse_json(line)[0]
    except BadRecord:
        return False
    return isinstance(value, dict) and not any(name in value for name in ("items", "results", "message"))


def _single(source: Source) -> Iterator[Item]:
    try:
        with opened(source.path, source.meter) as handle:
            data = handle.read(MAX_LINE + 1)
    except Damaged as error:
        yield Item(1, None, str(error))
        return
    if len(data) > MAX_LINE:
        yield Item(1, None, f"the record is longer than {MAX_LINE // 1_000_000} MB")
    elif source.start < 1:
        yield _item(source, 1, data.lstrip(b"\xef\xbb\xbf"))


def _array(source: Source) -> Iterator[Item]:
    """Elements of an array, one at a time, so that memory holds one record and a buffer."""
    number = 0
    try:
        with opened(source.path, source.meter) as handle:
            for element in _elements(handle):
                number += 1
                if number > source.start:
                    yield _element(source, number, element)
    except (Damaged, UnicodeDecodeError) as error:
        yield Item(number + 1, None, str(error)[:200])


def _element(source: Source, number: int, value: object) -> Item:
    try:
        return Item(number, document_from(value, source=source.collection))
    except BadRecord as error:
        return Item(number, None, error.message)


def _elements(handle: IO[bytes]) -> Iterator[object]:
    """Values of the array in a file.

    Raises
    ------
    Damaged
        Where the rest cannot be read.
    UnicodeDecodeError
        If it is not UTF-8.
    """
    decoder, utf8 = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8-sig")()
    buffer, place, ended = _array_start(handle, utf8), 0, False
    while True:
        place = _next_value(buffer, place)
        if buffer[place : place + 1] == "]":
            return
        try:
            value, place = decoder.raw_decode(buffer, place)
            yield value
            continue
        except RecursionError as error:
            raise Damaged("a record is nested too deeply; the rest is not read") from error
        except ValueError as error:  # cut by the end of the buffer, or wrong
            if ended or len(buffer) - place > MAX_LINE:
                raise Damaged(f"no valid JSON ({error}); the rest is not read") from error
        chunk = handle.read(max(CHUNK, len(buffer)))  # doubling: a long record is not scanned again and again
        ended = not chunk
        buffer, place = buffer[place:] + utf8.decode(chunk, final=ended), 0


def _next_value(buffer: str, place: int) -> int:
    found = _SPACE.match(buffer, place)
    return found.end() if found else place


def _array_start(handle: IO[bytes], utf8: codecs.IncrementalDecoder) -> str:
    """Read up to the opening bracket and return what was read after it."""
    buffer = ""
    while True:
        chunk = handle.read(CHUNK)
        buffer += utf8.decode(chunk, final=not chunk)
        place = _opens(buffer)
        if place is not None:
            return buffer[place:]
        if not chunk or len(buffer) > _HEAD:
            raise Damaged("no array of records was found")


def _opens(head: str) -> int | None:
    stripped = head.lstrip()
    if stripped.startswith("["):
        return len(head) - len(stripped) + 1
    found = _ARRAY.search(head[:_HEAD])
    return found.end() if found else None
