"""From a JSON record of a paper to a document: field names of common exports, OpenAlex inverted abstracts, markup."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from index.document import Document, clean, is_blank, text_hash
from index.shard import doi_key
from tools.core.errors import InputError

MAX_TEXT = 2_000_000  # characters of one document: about 300,000 words
_MAX_FIELD = 1_000  # characters of a title, URL or id
_TEXT_FIELDS = ("abstract", "summary", "full_text", "fulltext", "text", "body", "content")
_ID_FIELDS = ("id", "paperId", "paper_id", "corpusid", "corpus_id", "_id", "pmid", "arxiv_id")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9:._-]{0,40}(?:\s[^<>]{0,300})?/?>")


class BadRecord(InputError):
    """A record that is no document; the reader counts it and goes on."""


def strip_markup(text: str) -> str:
    """Remove HTML, JATS and XML tags and resolve entities; comparison signs stay.

    Parameters
    ----------
    text : str
        Text that may hold markup.

    Returns
    -------
    str
        Plain text.
    """
    if "<" in text:
        text = _TAG.sub(" ", text)
    return html.unescape(text) if "&" in text else text


def plain_from_inverted(inverted: Mapping[str, Any]) -> str:
    """Rebuild a text from OpenAlex's ``abstract_inverted_index``.

    Parameters
    ----------
    inverted : mapping of str to list of int
        Positions of each word.

    Returns
    -------
    str
        The words in order.

    Raises
    ------
    BadRecord
        If the positions are malformed or too many.
    """
    places: list[tuple[int, str]] = []
    for word, positions in inverted.items():
        if not isinstance(positions, list) or not all(isinstance(p, int) for p in positions):
            raise BadRecord("abstract_inverted_index is malformed")
        places.extend((position, word) for position in positions)
        if len(places) > MAX_TEXT // 4:
            raise BadRecord("abstract_inverted_index is too long")
    return " ".join(word for _, word in sorted(places))


def _string(record: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = record.get(name)
        if isinstance(value, list) and value and isinstance(value[0], str):
            value = value[0]  # Crossref gives titles as lists
        if isinstance(value, bool):
            continue
        if isinstance(value, str | int) and str(value).strip():
            return " ".join(clean(strip_markup(str(value))).split())[:_MAX_FIELD]
    return ""


def _body(record: Mapping[str, Any]) -> str:
    parts: list[str] = []
    inverted = record.get("abstract_inverted_index")
    if isinstance(inverted, Mapping):
        parts.append(plain_from_inverted(inverted))
    for name in _TEXT_FIELDS:
        value = record.get(name)
        if isinstance(value, str) and value.strip() and value not in parts:
            parts.append(value)
    joined = "\n\n".join(parts)
    if len(joined) > MAX_TEXT:
        raise BadRecord(f"the text has {len(joined)} characters; {MAX_TEXT} are read at most")
    return clean(strip_markup(joined)).strip()


def _year(record: Mapping[str, Any]) -> int | None:
    for name in ("year", "publication_year", "date", "publication_date", "published"):
        found = re.match(r"\s*(1[5-9]\d\d|20\d\d)(?!\d)", str(record.get(name, "")))
        if found:
            return int(found[1])
    return None


def _reference(record: Mapping[str, Any], title: str, year: int | None) -> str:
    given = _string(record, "reference", "citation")
    if given:
        return given
    authors = record.get("authors") or record.get("author")
    names: list[str] = []
    for author in authors if isinstance(authors, list) else [authors]:
        name = author.get("name") if isinstance(author, Mapping) else author
        if isinstance(name, str) and name.strip():
            names.append(" ".join(clean(name).split())[:80])
    who = ", ".join(names[:3]) + (" et al." if len(names) > 3 else "")
    parts = [who, title, _string(record, "journal", "venue", "container-title")]
    text = ", ".join(part for part in parts if part)
    return f"{text} ({year})" if year and text else text


def document_from(record: object, *, source: str) -> Document:
    """Make a document from a parsed JSON record.

    Parameters
    ----------
    record : object
        A JSON object with a title and an abstract or text; DOI, year, authors, journal, URL and licence are kept.
    source : str
        Name of the collection.

    Returns
    -------
    Document
        With clean text; its id is the DOI, else the record's id, else a hash of the text.

    Raises
    ------
    BadRecord
        If the record is no object, has no text, or is too long.
    """
    if not isinstance(record, Mapping):
        raise BadRecord("the line is no JSON object")
    title = _string(record, "title", "display_name")
    text = _body(record)
    if is_blank(text):
        raise BadRecord("the record has no text")
    external = record.get("externalIds")
    doi = doi_key(_string(record, "doi", "DOI") or (_string(external, "DOI") if isinstance(external, Mapping) else ""))
    own = _string(record, *_ID_FIELDS)
    year = _year(record)
    return Document(
        id=f"doi:{doi}" if doi else (own or f"sha256:{text_hash(title + text)[:16]}"),
        title=title,
        text=text,
        doi=doi,
        url=_string(record, "url", "link"),
        reference=_reference(record, title, year),
        year=year,
        source=_string(record, "source") if isinstance(record.get("source"), str) else source,
        licence=_string(record, "licence", "license"),
    )
