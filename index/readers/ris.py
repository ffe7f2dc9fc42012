"""RIS: two letters, two spaces, a hyphen, a space, a value.

Tags follow the Reference Manager specification (https://en.wikipedia.org/wiki/RIS_(file_format) lists them). A value
may run on over lines without a tag; a record ends with ER, or where the next one begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.document import Document
from index.fields import BadRecord, language_of, make_document, plain, text_from, year_of
from index.readers.item import Item, Source
from index.streams import Damaged, decode, lines, opened

MAX_LINE = 1_000_000
MAX_RECORD = 5_000_000  # characters
_TAG = re.compile(r"^([A-Z][A-Z0-9])  ?- ?(.*)$")


def read_ris(source: Source) -> Iterator[Item]:
    """Read a RIS file.

    Parameters
    ----------
    source : Source
        The file.

    Yields
    ------
    Item
        One for each record.
    """
    number = 0
    try:
        for fields, reason in _records(source):
            number += 1
            if number <= source.start:
                continue
            if reason:
                yield Item(number, None, reason)
                continue
            try:
                yield Item(number, _document(fields, source.collection))
            except BadRecord as error:
                yield Item(number, None, error.message)
    except (Damaged, BadRecord) as error:
        yield Item(number + 1, None, str(error))


def _records(source: Source) -> Iterator[tuple[dict[str, list[str]], str]]:
    fields: dict[str, list[str]] = {}
    last, size, reason = "", 0, ""
    with opened(source.path, source.meter) as handle:
        for raw, whole in lines(handle, MAX_LINE):
            text = decode(raw)[0].rstrip("\r\n") if whole else ""
            reason = reason if whole else "a line is too long"
            found = _TAG.match(text)
            if found and found[1] in {"TY", "ER"}:
                if fields or reason:
                    yield fields, reason
                fields, size, reason = {}, 0, ""
            if found and found[1] != "ER":
                last = found[1]
                fields.setdefault(last, []).append(found[2].strip())
            elif not found and text.strip() and fields:
                fields[last][-1] += " " + text.strip()
            size += len(text)
            if size > MAX_RECORD:
                fields, reason = {}, f"the record is longer than {MAX_RECORD} characters"
    if fields or reason:
        yield fields, reason


def _document(fields: dict[str, list[str]], collection: str) -> Document:
    def one(*tags: str) -> str:
        return next((plain(value) for tag in tags for value in fields.get(tag, ()) if value), "")

    if "TY" not in fields:
        raise BadRecord("the record does not begin with TY")
    abstract = next((fields[tag] for tag in ("AB", "N2", "N1") if any(fields.get(tag, ()))), [])
    return make_document(
        title=one("TI", "T1", "CT", "BT"),
        text=text_from(abstract),
        source=collection,
        own_id=one("ID", "AN"),
        doi=one("DO") or next((v for v in fields.get("M3", ()) if v.startswith("10.")), ""),
        names=[plain(given_first(v), 80) for tag in ("AU", "A1") for v in fields.get(tag, ())][:4],
        venue=one("JO", "JF", "T2", "JA", "J2"),
        year=year_of(one("PY"), one("Y1"), one("DA")),
        url=one("UR", "L2"),
        language=language_of(one("LA")),
        subjects=fields.get("KW", ()),
    )


def given_first(name: str) -> str:
    """Return ``Family, Given`` the other way round."""
    family, comma, given = name.partition(",")
    return f"{given.split(',')[0].strip()} {family.strip()}" if comma else name
