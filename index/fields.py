"""Fields of bibliographic records, whatever their format: plain text, names, years, licences, languages."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from index.document import Document, clean, is_blank, text_hash
from index.keys import doi_key
from tools.core.errors import InputError

MAX_TEXT = 2_000_000  # characters of one document: about 300,000 words
MAX_FIELD = 1_000  # characters of a title, URL or id
_MAX_NAMES = 3  # authors in a reference before "et al."
_MAX_SUBJECTS = 60

_INLINE = re.compile(
    r"</?(?:[a-zA-Z]{1,8}:)?(?:sub|sup|i|b|em|strong|italic|bold|sc|u|span|font|inf)(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9:._-]{0,40}(?:\s[^<>]{0,300})?/?>|<!--.{0,2000}?-->", re.DOTALL)
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_RETRACTED_TITLE = re.compile(r"^\W{0,3}(?:retract(?:ed|ion)|withdrawn)\b(?:\s+article)?\s*[:\]]", re.IGNORECASE)
_LANGUAGES = {
    "eng": "en", "ger": "de", "deu": "de", "fre": "fr", "fra": "fr", "spa": "es", "ita": "it", "por": "pt", "rus": "ru",
    "chi": "zh", "zho": "zh", "jpn": "ja", "kor": "ko", "pol": "pl", "dut": "nl", "nld": "nl", "tur": "tr", "cze": "cs",
    "ces": "cs", "ukr": "uk", "ara": "ar", "per": "fa", "fas": "fa", "hun": "hu", "swe": "sv", "english": "en",
    "german": "de", "french": "fr", "spanish": "es", "chinese": "zh", "japanese": "ja", "russian": "ru",
}  # fmt: skip  # ISO 639-2 (both kinds) and 639-1 codes


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
        Plain text. Tags inside a word (``T<sub>g</sub>``) vanish, others become a space.
    """
    if "<" in text:
        text = _TAG.sub(" ", _INLINE.sub("", text))
    return html.unescape(text) if "&" in text else text


def plain(value: object, limit: int = MAX_FIELD) -> str:
    """Return a field as one line of plain text.

    Parameters
    ----------
    value : object
        A string, a number, or a list whose first element is a string (Crossref gives titles so).
    limit : int
        Characters kept.

    Returns
    -------
    str
        The text; empty for anything else.
    """
    if (
        type(value) is str
        and len(value) <= limit
        and value.isascii()
        and value.isprintable()
        and "<" not in value
        and "&" not in value
        and "  " not in value
    ):
        return value.strip()  # nearly every field; the rest is ten times slower
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(clean(strip_markup(str(value)[: 4 * limit])).split())[:limit]


def first(record: Mapping[str, Any], *names: str) -> str:
    """Return the first of several fields that holds a text.

    Parameters
    ----------
    record : mapping
        The record.
    *names : str
        Field names.

    Returns
    -------
    str
        One line of plain text; empty if none does.
    """
    for name in names:
        found = plain(record.get(name))
        if found:
            return found
    return ""


def inside(record: Mapping[str, Any], *path: str) -> Any:
    """Return a nested field, None where any part of the path is missing."""
    value: Any = record
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list; an empty list for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list | tuple) else []


def listed(value: object) -> list[Any]:
    """Return a list as it is; an empty list for anything else."""
    return value if isinstance(value, list) else []


def year_of(*values: object) -> int | None:
    """Return the first year (1500 to 2099) in some dates.

    Parameters
    ----------
    *values : object
        Texts, numbers, or CSL dates (``{"date-parts": [[2020, 5]]}``, ``{"raw": "..."}``), best first.

    Returns
    -------
    int or None
        The year.
    """
    for value in values:
        if isinstance(value, Mapping):
            value = value.get("date-parts") or value.get("raw") or value.get("literal") or value.get("year")
        while isinstance(value, list | tuple) and value:
            value = value[0]
        found = _YEAR.search(str(value)[:40]) if isinstance(value, str | int) and not isinstance(value, bool) else None
        if found:
            return int(found[1])
    return None


def names_of(authors: object) -> list[str]:
    """Return the names of authors.

    Parameters
    ----------
    authors : object
        One name or a list of names: strings, or objects with ``name``, ``literal`` or ``given`` and ``family``.

    Returns
    -------
    list of str
        Names, at most 80 characters each.
    """
    found: list[str] = []
    for author in authors if isinstance(authors, list) else [authors]:
        name: object = author
        if isinstance(author, Mapping):
            parts = (author.get("given"), author.get("family") or author.get("last") or author.get("lastName"))
            joined = " ".join(part for part in parts if isinstance(part, str))
            name = author.get("name") or author.get("literal") or joined
        if isinstance(name, str) and name.strip():
            found.append(" ".join(clean(name[:200]).split())[:80])
        if len(found) > _MAX_NAMES:
            break
    return found


def reference_of(names: list[str], title: str, venue: str, year: int | None) -> str:
    """Return a short reference: authors, title, venue (year)."""
    who = ", ".join(names[:_MAX_NAMES]) + (" et al." if len(names) > _MAX_NAMES else "")
    text = ", ".join(part for part in (who, title, venue) if part)
    return f"{text} ({year})" if year and text else text


def language_of(value: object) -> str:
    """Return an ISO 639-1 code for a code or the name of a language, empty where unknown."""
    if not isinstance(value, str):
        return ""
    key = value.strip().casefold().replace("_", "-").split("-")[0]
    return key if len(key) == 2 and key.isalpha() else _LANGUAGES.get(key, "")


def subjects_of(values: Iterable[object]) -> tuple[str, ...]:
    """Return subject names without repetition, at most sixty."""
    given = dict.fromkeys(value for value in values if isinstance(value, str))  # topics share their fields
    found = dict.fromkeys(plain(value, 120) for value in given)
    return tuple([name for name in found if name][:_MAX_SUBJECTS])


def text_from(parts: Iterable[str]) -> str:
    """Join the parts of a text, without markup.

    Parameters
    ----------
    parts : iterable of str
        Abstract, sections, paragraphs.

    Returns
    -------
    str
        Clean text; a blank line between two parts.

    Raises
    ------
    BadRecord
        If there is no text, or more than ``MAX_TEXT`` characters.
    """
    kept = [part for part in dict.fromkeys(parts) if part.strip()]
    length = sum(map(len, kept))
    if length > MAX_TEXT:
        raise BadRecord(f"the text has {length} characters; {MAX_TEXT} are read at most")
    text = clean(strip_markup("\n\n".join(kept))).strip()
    if is_blank(text):
        raise BadRecord("the record has no text")
    return text


def make_document(
    *,
    title: str,
    text: str,
    source: str,
    own_id: str = "",
    doi: str = "",
    names: list[str] | None = None,
    venue: str = "",
    year: int | None = None,
    url: str = "",
    reference: str = "",
    licence: str = "",
    language: str = "",
    retracted: bool = False,
    subjects: Iterable[object] = (),
) -> Document:
    """Make a document from the fields of a record.

    Parameters
    ----------
    title, text : str
        Clean title and text.
    source : str
        Name of the collection.
    own_id : str
        The record's own id, used where there is no DOI.
    doi, venue, url, reference, licence, language : str
        As known.
    names : list of str, optional
        Authors.
    year : int, optional
        Year of publication.
    retracted : bool
        What the record says; a title that opens with "Retracted:" says so too.
    subjects : iterable
        Topics and keywords.

    Returns
    -------
    Document
        Its id is the DOI, else ``own_id``, else a hash of the text.
    """
    doi = doi_key(doi)
    return Document(
        id=f"doi:{doi}" if doi else (own_id or f"sha256:{text_hash(title + text)[:16]}"),
        title=title,
        text=text,
        doi=doi,
        url=url,
        reference=reference or reference_of(names or [], title, venue, year),
        year=year,
        source=source,
        licence=licence,
        language=language,
        retracted=retracted or bool(_RETRACTED_TITLE.match(title)),
        subjects=subjects_of(subjects),
    )
