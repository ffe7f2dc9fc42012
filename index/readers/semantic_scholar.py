"""Semantic Scholar: Graph API papers, the papers and abstracts data sets, and S2ORC full texts of all releases.

Fields follow https://api.semanticscholar.org/api-docs/datasets and https://github.com/allenai/s2orc. Full texts
carry the offsets of headings and paragraphs as JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from index.document import Document
from index.fields import BadRecord, first, inside, listed, make_document, mappings, names_of, plain, text_from, year_of

SOURCE = "semantic-scholar"
_KEPT = ("abstract", "sectionheader", "paragraph")


def is_paper(record: Mapping[str, Any]) -> bool:
    """Say whether a JSON record is a paper of Semantic Scholar or S2ORC."""
    return "corpusid" in record or "paperId" in record or ("paper_id" in record and "body_text" in record)


def document(record: Mapping[str, Any]) -> Document:
    """Make a document from a paper.

    Parameters
    ----------
    record : mapping
        The paper; its text is the abstract, the full text, or both.

    Returns
    -------
    Document
        The paper.

    Raises
    ------
    BadRecord
        If it has no text (such as a line of the papers data set, whose abstracts are apart), or is malformed.
    """
    info = record.get("openaccessinfo")
    external = record.get("externalIds") or record.get("externalids") or inside(record, "openaccessinfo", "externalids")
    ids = {str(key).casefold(): value for key, value in external.items()} if isinstance(external, Mapping) else {}
    own = first(record, "corpusid", "corpusId", "paperId", "paper_id")
    licence = (
        info.get("license") if isinstance(info, Mapping) else inside(record, "content", "source", "oainfo", "license")
    )
    title = first(record, "title") or plain(inside(record, "metadata", "title")) or _annotated_title(record)
    fields = [item.get("category") for item in mappings(record.get("s2FieldsOfStudy") or record.get("s2fieldsofstudy"))]
    return make_document(
        title=title,
        text=text_from(_parts(record)),
        source=SOURCE,
        own_id=f"s2:{own}" if own else "",
        doi=first(record, "doi") or plain(ids.get("doi")),
        names=names_of(record.get("authors") or inside(record, "metadata", "authors")),
        venue=first(record, "venue") or plain(inside(record, "journal", "name")),
        year=year_of(record.get("year"), record.get("publicationdate"), record.get("publicationDate")),
        url=first(record, "url"),
        licence=plain(licence or inside(record, "openAccessPdf", "license"), 100),
        subjects=[*fields, *listed(record.get("fieldsOfStudy"))],
    )


def _parts(record: Mapping[str, Any]) -> Iterator[str]:
    abstract = record.get("abstract")
    if isinstance(abstract, str):
        yield abstract
    else:
        yield from _sections(abstract)
    yield from _sections(record.get("body_text"))
    for name in ("content", "body"):
        body = record.get(name)
        if isinstance(body, Mapping) and isinstance(body.get("text"), str):
            yield from _annotated(body["text"], body.get("annotations"))


def _sections(paragraphs: object) -> Iterator[str]:
    """Paragraphs of an S2ORC release of 2020: a heading stands before the first one of its section."""
    last = ""
    for paragraph in mappings(paragraphs):
        text, section = paragraph.get("text"), paragraph.get("section")
        if isinstance(text, str):
            heading = section if isinstance(section, str) and section != last else ""
            last = section if isinstance(section, str) else last
            yield f"{heading}\n{text}" if heading else text


def _spans(annotations: object, kind: str) -> list[tuple[int, int]]:
    given = annotations.get(kind) if isinstance(annotations, Mapping) else None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise BadRecord(f"the annotations of {kind} are malformed") from error
    spans = []
    for item in mappings(given):
        start, end = item.get("start"), item.get("end")
        try:
            spans.append((int(str(start)), int(str(end))))
        except ValueError as error:
            raise BadRecord(f"the annotations of {kind} are malformed") from error
    return spans


def _annotated(text: str, annotations: object) -> Iterator[str]:
    """Headings and paragraphs of a full text in order; all of it where nothing is annotated."""
    marked = sorted((*span, kind) for kind in _KEPT for span in _spans(annotations, kind))
    heading, done = "", 0
    for start, end, kind in marked:
        if start < done or not 0 <= start < end <= len(text):
            continue  # an abstract is often annotated twice: once whole and once as a paragraph
        done = end
        if kind == "sectionheader":
            heading = text[start:end].strip()
        else:
            yield f"{heading}\n{text[start:end]}" if heading else text[start:end]
            heading = ""
    if not marked:
        yield text


def _annotated_title(record: Mapping[str, Any]) -> str:
    for name in ("content", "body"):
        text = inside(record, name, "text")
        spans = _spans(inside(record, name, "annotations"), "title")
        if isinstance(text, str) and spans:
            return plain(text[slice(*spans[0])])
    return ""
