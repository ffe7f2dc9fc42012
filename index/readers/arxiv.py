"""arXiv metadata: the snapshot as JSON Lines (``arxiv-metadata-oai-snapshot.json``).

Fields follow the data card of https://www.kaggle.com/datasets/Cornell-University/arxiv: id, authors, title,
journal-ref, doi, categories, license, abstract, versions, update_date, authors_parsed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from index.document import Document
from index.fields import first, listed, make_document, mappings, names_of, text_from, year_of

SOURCE = "arxiv"
_WITHDRAWN = re.compile(
    r"^\s*this (?:paper|article|submission|manuscript) (?:has been|is|was) withdrawn", re.IGNORECASE
)


def is_paper(record: Mapping[str, Any]) -> bool:
    """Say whether a JSON record is arXiv metadata."""
    return "categories" in record and "id" in record and ("authors_parsed" in record or "submitter" in record)


def document(record: Mapping[str, Any]) -> Document:
    """Make a document from a record.

    Parameters
    ----------
    record : mapping
        The metadata of a paper.

    Returns
    -------
    Document
        Its year is that of the first version.

    Raises
    ------
    BadRecord
        If it has no abstract, or it is too long.
    """
    abstract = record.get("abstract")
    versions = mappings(record.get("versions"))
    parsed = [
        " ".join(str(part) for part in (name[1], name[0]) if part)
        for name in listed(record.get("authors_parsed"))
        if isinstance(name, list) and len(name) >= 2
    ]
    own = first(record, "id")
    text = text_from([" ".join(abstract.split())] if isinstance(abstract, str) else [])  # lines are wrapped
    return make_document(
        title=first(record, "title"),
        text=text,
        source=SOURCE,
        own_id=f"arxiv:{own}",
        doi=first(record, "doi").split(" ")[0],
        names=parsed or names_of(record.get("authors")),
        venue=first(record, "journal-ref") or f"arXiv:{own}",
        year=year_of(versions[0].get("created") if versions else None, record.get("update_date")),
        url=f"https://arxiv.org/abs/{own}",
        licence=first(record, "license"),
        retracted=bool(_WITHDRAWN.match(text)),
        subjects=first(record, "categories").split(),
    )
