"""From a JSON record of a paper to a document: its format is told from its fields, others are read by common names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from index.document import Document
from index.fields import (
    MAX_TEXT,
    BadRecord,
    first,
    language_of,
    make_document,
    names_of,
    strip_markup,
    text_from,
    year_of,
)
from index.readers import arxiv, crossref, openalex, semantic_scholar
from index.readers.openalex import plain_from_inverted

__all__ = ["MAX_TEXT", "BadRecord", "document_from", "plain_from_inverted", "strip_markup"]

_TEXT_FIELDS = ("abstract", "summary", "full_text", "fulltext", "text", "body", "content")
_ID_FIELDS = ("id", "paperId", "paper_id", "corpusid", "corpus_id", "_id", "pmid", "arxiv_id")
_YEAR_FIELDS = ("year", "publication_year", "date", "publication_date", "published", "issued")


def document_from(record: object, *, source: str) -> Document:
    """Make a document from a parsed JSON record.

    Parameters
    ----------
    record : object
        A JSON object: an OpenAlex work, a Crossref work, a CSL-JSON item, an arXiv record, a paper of Semantic Scholar
        or S2ORC, or any object with a title and an abstract or text.
    source : str
        Name of the collection where the record names none.

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
    if openalex.is_work(record):
        return openalex.document(record)
    if arxiv.is_paper(record):
        return arxiv.document(record)
    if semantic_scholar.is_paper(record):
        return semantic_scholar.document(record)
    if crossref.is_work(record):
        return crossref.document(record, source=source)
    return _generic(record, source)


def _generic(record: Mapping[str, Any], source: str) -> Document:
    external = record.get("externalIds")
    keywords = record.get("keywords") or record.get("subjects") or []
    return make_document(
        title=first(record, "title", "display_name"),
        text=text_from(value for name in _TEXT_FIELDS if isinstance(value := record.get(name), str)),
        source=first(record, "source") if isinstance(record.get("source"), str) else source,
        own_id=first(record, *_ID_FIELDS),
        doi=first(record, "doi", "DOI") or (first(external, "DOI") if isinstance(external, Mapping) else ""),
        names=names_of(record.get("authors") or record.get("author")),
        venue=first(record, "journal", "venue", "container-title"),
        year=year_of(*(record.get(name) for name in _YEAR_FIELDS)),
        url=first(record, "url", "link"),
        reference=first(record, "reference", "citation"),
        licence=first(record, "licence", "license"),
        language=language_of(record.get("language")),
        retracted=record.get("is_retracted") is True or record.get("retracted") is True,
        subjects=keywords if isinstance(keywords, list) else str(keywords).split(","),
    )
