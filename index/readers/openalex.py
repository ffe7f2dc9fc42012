"""OpenAlex works, from the snapshot or the API.

Fields follow https://developers.openalex.org/api-reference/works. OpenAlex metadata are CC0; ``licence`` is that of the
best open copy of the paper.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from index.document import Document
from index.fields import (
    MAX_TEXT,
    BadRecord,
    first,
    inside,
    language_of,
    make_document,
    mappings,
    names_of,
    plain,
    text_from,
    year_of,
)

SOURCE = "openalex"
_PREFIX = "https://openalex.org/"
_MIN_SCORE = 0.3  # concepts below this are OpenAlex's own "hardly"; it serves them for completeness
# Folders of the snapshot, new layout first: https://developers.openalex.org/download/snapshot-format
_PLACES = ("data/jsonl/works", "jsonl/works", "data/parquet/works", "parquet/works", "data/works", "works")


def plain_from_inverted(inverted: object) -> str:
    """Rebuild a text from OpenAlex's ``abstract_inverted_index``.

    Parameters
    ----------
    inverted : object
        Positions of each word: a mapping; the same as JSON text or as a list of pairs (Parquet); or the older form with
        ``InvertedIndex``.

    Returns
    -------
    str
        The words in order.

    Raises
    ------
    BadRecord
        If the positions are malformed or too many.
    """
    if isinstance(inverted, str):
        try:
            inverted = json.loads(inverted)
        except (ValueError, RecursionError) as error:
            raise BadRecord("abstract_inverted_index is malformed") from error
    if isinstance(inverted, Mapping) and isinstance(inverted.get("InvertedIndex"), Mapping):
        inverted = inverted["InvertedIndex"]
    pairs = inverted.items() if isinstance(inverted, Mapping) else _pairs(inverted)
    placed: dict[int, str] = {}
    try:
        for word, positions in pairs:
            for position in positions:
                placed[position] = word
            if len(placed) > MAX_TEXT // 4:
                raise BadRecord("abstract_inverted_index is too long")
        order = sorted(placed)
        text = " ".join([placed[position] for position in order])
    except TypeError as error:  # positions that are no list, or no numbers; words that are no text
        raise BadRecord("abstract_inverted_index is malformed") from error
    if order and not (type(order[0]) is int is type(order[-1])):
        raise BadRecord("abstract_inverted_index is malformed")
    return text


def _pairs(value: object) -> list[tuple[Any, Any]]:
    """Key and value of each entry of an Arrow map, as pyarrow gives it."""
    found: list[tuple[Any, Any]] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping) and {"key", "value"} <= item.keys():
            found.append((item["key"], item["value"]))
        elif isinstance(item, tuple | list) and len(item) == 2:
            found.append((item[0], item[1]))
        else:
            raise BadRecord("abstract_inverted_index is malformed")
    return found


def is_work(record: Mapping[str, Any]) -> bool:
    """Say whether a JSON record is an OpenAlex work."""
    own = record.get("id")
    return "abstract_inverted_index" in record or (
        isinstance(own, str) and own.startswith(_PREFIX + "W") and "display_name" in record
    )


def document(record: Mapping[str, Any]) -> Document:
    """Make a document from a work.

    Parameters
    ----------
    record : mapping
        The work, as in the snapshot or the API.

    Returns
    -------
    Document
        With title, abstract, origin, licence, language, retraction and subjects.

    Raises
    ------
    BadRecord
        If the work has no abstract, is no paper (front matter, covers), or is malformed.
    """
    if record.get("is_paratext") is True:
        raise BadRecord("front matter, no paper")
    inverted = record.get("abstract_inverted_index")
    abstract = plain_from_inverted(inverted) if inverted else plain(record.get("abstract"), MAX_TEXT)
    authors = [
        inside(item, "author", "display_name") or item.get("raw_author_name")
        for item in mappings(record.get("authorships"))[:4]
    ]
    names = [plain(name, 80) for name in authors if isinstance(name, str)] or names_of(record.get("authors"))
    place = record.get("best_oa_location") or record.get("primary_location") or {}
    licence = place.get("license") if isinstance(place, Mapping) else None
    venue = inside(record, "primary_location", "source", "display_name") or inside(record, "host_venue", "display_name")
    return make_document(
        title=first(record, "title", "display_name"),
        text=text_from([abstract]),
        source=SOURCE,
        own_id=first(record, "id"),
        doi=first(record, "doi"),
        names=names,
        venue=plain(venue),
        year=year_of(record.get("publication_year"), record.get("publication_date")),
        url=first(record, "doi", "id"),
        licence=plain(licence, 100),
        language=language_of(record.get("language")),
        retracted=record.get("is_retracted") is True,
        subjects=_subjects(record),
    )


def _subjects(record: Mapping[str, Any]) -> Iterator[object]:
    topics = mappings(record.get("topics")) or mappings([record.get("primary_topic")])
    for topic in topics:
        yield topic.get("display_name")
        yield inside(topic, "subfield", "display_name")
        yield inside(topic, "field", "display_name")
    for concept in mappings(record.get("concepts")):
        score = concept.get("score")
        if not isinstance(score, int | float) or score >= _MIN_SCORE:
            yield concept.get("display_name")
    for keyword in mappings(record.get("keywords")):
        yield keyword.get("display_name") or keyword.get("keyword")


def works_folder(folder: Path) -> Path | None:
    """Return the folder of the works if another one holds a snapshot.

    Parameters
    ----------
    folder : Path
        Root of a snapshot, its ``data`` folder, or the folder of the works.

    Returns
    -------
    Path or None
        Folder with ``updated_date=...`` parts; where both formats are there, JSON Lines. None if it is no snapshot.
    """
    for place in (*_PLACES, "."):
        found = folder / place
        if any(found.glob("updated_date=*")):
            return found
    return None


def missing_parts(works: Path) -> list[str]:
    """Compare a snapshot with its manifest.

    Parameters
    ----------
    works : Path
        Folder of the works. The manifest is ``manifest`` in it (until 2026) or ``manifest.json`` beside it.

    Returns
    -------
    list of str
        Relative paths that the manifest lists and that are absent or of another size; empty without a manifest.
    """
    for path in (works / "manifest", works / "manifest.json", works.parent / "manifest.json"):
        if path.is_file() and path.stat().st_size < 50_000_000:
            try:
                listed = json.loads(path.read_text(encoding="utf-8"))
            except (ValueError, RecursionError, UnicodeDecodeError):
                return [f"{path.name} (not readable)"]
            return [name for name, size in _entries(listed) if not _matches(works / name, size)]
    return []


def _matches(path: Path, size: int | None) -> bool:
    return path.is_file() and (size is None or path.stat().st_size == size)


def _entries(node: object, depth: int = 0) -> Iterator[tuple[str, int | None]]:
    """Every ``{"url": ".../works/updated_date=D/part", "meta": {"content_length": n}}`` in a manifest."""
    if depth > 8:
        return
    if isinstance(node, Mapping):
        url = node.get("url")
        if isinstance(url, str) and "/works/" in url:
            name = url.rpartition("/works/")[2]
            size = inside(node, "meta", "content_length")
            if ".." not in Path(name).parts:
                yield name, size if isinstance(size, int) else None
        for value in node.values():
            yield from _entries(value, depth + 1)
    elif isinstance(node, list):
        for value in node:
            yield from _entries(value, depth + 1)
