"""Crossref works: API answers, the public data file, and CSL-JSON, which shares its field names.

Fields follow https://github.com/CrossRef/rest-api-doc (``api_format.md``) and the CSL schema
(https://resource.citationstyles.org/schema/v1.0/input/json/csl-data.json). A paper that was retracted carries
``updated-by``; the notice of its retraction carries ``update-to``. Both are marked: neither is evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.document import Document
from index.fields import first, inside, language_of, make_document, mappings, names_of, plain, text_from, year_of

_RETRACTIONS = frozenset(("retraction", "retracted", "withdrawal", "removal"))
_DATES = ("issued", "published", "published-print", "published-online", "posted", "created")


def is_work(record: Mapping[str, Any]) -> bool:
    """Say whether a JSON record is a Crossref work or a CSL-JSON item."""
    return "type" in record and (
        "DOI" in record or "container-title" in record or isinstance(record.get("issued"), Mapping)
    )


def is_crossref(record: Mapping[str, Any]) -> bool:
    """Say whether a work comes from Crossref itself, not from a reference manager."""
    return "DOI" in record and ("indexed" in record or "prefix" in record or "member" in record)


def document(record: Mapping[str, Any], *, source: str) -> Document:
    """Make a document from a work or item.

    Parameters
    ----------
    record : mapping
        The work.
    source : str
        Name of the collection for items that are not from Crossref.

    Returns
    -------
    Document
        With the abstract freed of its JATS markup.

    Raises
    ------
    BadRecord
        If there is no abstract, or it is too long.
    """
    abstract = record.get("abstract")
    updates = [*mappings(record.get("updated-by")), *mappings(record.get("update-to"))]
    licences = mappings(record.get("license"))
    licence = next((item.get("URL") for item in licences if item.get("content-version") == "vor"), None)
    subjects = record.get("subject") or record.get("categories") or record.get("keyword") or []
    return make_document(
        title=first(record, "title"),
        text=text_from([abstract] if isinstance(abstract, str) else []),
        source="crossref" if is_crossref(record) else source,
        own_id=first(record, "id"),
        doi=first(record, "DOI"),
        names=names_of(record.get("author")),
        venue=first(record, "container-title", "short-container-title", "publisher"),
        year=year_of(*(record.get(name) for name in _DATES)),
        url=first(record, "URL"),
        licence=plain(licence or (licences[0].get("URL") if licences else record.get("license"))),
        language=language_of(record.get("language")),
        retracted=any(str(item.get("type", "")).casefold() in _RETRACTIONS for item in updates)
        or str(inside(record, "relation", "is-retracted-by") or "") != "",
        subjects=subjects if isinstance(subjects, list) else str(subjects).split(","),
    )
