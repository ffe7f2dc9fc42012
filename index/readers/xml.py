"""XML, one record at a time, without entities: nothing is expanded, fetched or run.

Entities can only be declared before the root element, so the prologue is read by a parser that refuses declarations;
the rest goes to the fast parser, which by then has nothing to expand and never loads an external DTD.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any, NoReturn
from xml.etree.ElementTree import (
    Element,
    ParseError,
    XMLPullParser,
)
from xml.parsers import expat

from index.document import Document
from index.fields import BadRecord
from index.readers.item import Item, Source
from index.streams import Damaged, opened

MAX_RECORD = 20_000_000  # bytes between two records
MAX_DEPTH = 100
MAX_PROLOGUE = 1_000_000
_PIECE = 65_536


class _Refused(Exception):
    """A declaration that is not accepted."""


def local(tag: object) -> str:
    """Return the name of an element without its namespace."""
    return str(tag).rpartition("}")[2]


def flat(element: Element | None) -> str:
    """Return the text of an element on one line; tags inside words leave no gap.

    Parameters
    ----------
    element : Element or None
        Any element.

    Returns
    -------
    str
        Its text; empty for None.
    """
    if element is None:
        return ""
    return " ".join("".join(element.itertext()).split())


def read_records(source: Source, roots: dict[str, tuple[str, Callable[[Element, Source], Document]]]) -> Iterator[Item]:
    """Read the records of an XML file.

    Parameters
    ----------
    source : Source
        The file.
    roots : dict
        For the name of a root element: the name of the record element, and what makes a document of it.

    Yields
    ------
    Item
        One for each record; the last one says so if the rest cannot be read.
    """
    number = 0
    try:
        with opened(source.path, source.meter) as handle:
            for element, make in _records(handle, roots):
                number += 1
                if number <= source.start:
                    continue
                try:
                    yield Item(number, make(element, source))
                except BadRecord as error:
                    yield Item(number, None, error.message)
    except (Damaged, _Refused, ParseError, expat.ExpatError, LookupError, ValueError) as error:
        yield Item(number + 1, None, f"{error}; the rest is not read"[:300])


def _records(
    handle: IO[bytes], roots: dict[str, tuple[str, Callable[[Element, Source], Document]]]
) -> Iterator[tuple[Element, Callable[[Element, Source], Document]]]:
    start, root = _prologue(handle)
    if root not in roots:
        raise Damaged(f"the root element <{root[:60]}> is of no known format")
    wanted, make = roots[root]
    parser: Any = XMLPullParser(events=("start", "end"))
    path: list[Element] = []
    waiting, piece = 0, start
    while piece:
        parser.feed(piece)
        waiting += len(piece)
        if waiting > MAX_RECORD:
            raise Damaged(f"a record is longer than {MAX_RECORD // 1_000_000} MB")
        for event, element in parser.read_events():
            if event == "start":
                path.append(element)
                if len(path) > MAX_DEPTH:
                    raise Damaged(f"elements are nested more than {MAX_DEPTH} deep")
                continue
            path.pop()
            if local(element.tag) == wanted and not any(local(outer.tag) == wanted for outer in path):
                yield element, make
                waiting = 0
                element.clear()
                if path:
                    path[-1].remove(element)
        piece = handle.read(_PIECE)
    parser.close()


def _prologue(handle: IO[bytes]) -> tuple[bytes, str]:
    """Bytes up to the piece with the root element, and its name."""
    names: list[str] = []

    def entity(*_: object) -> NoReturn:
        raise _Refused("the file declares entities, which are not expanded")

    def element(name: str, _: object) -> None:
        names.append(local(name.replace(" ", "}")))

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.EntityDeclHandler = entity
    parser.UnparsedEntityDeclHandler = entity
    parser.StartElementHandler = element
    data = b""
    while not names:
        piece = handle.read(_PIECE)
        if not piece or len(data) > MAX_PROLOGUE:
            raise Damaged("no root element was found")
        data += piece
        parser.Parse(piece, False)
    return data, names[0]
