"""Parquet: the OpenAlex snapshot, or any table with a title and a text in columns."""

from __future__ import annotations

import importlib
import importlib.util
import shlex
import sys
from collections.abc import Iterator
from typing import Any

from index.fields import BadRecord
from index.readers.item import Item, Source
from index.records import document_from
from tools.core.errors import BackendMissing

MAX_GROUP = 4_000_000_000  # bytes of one row group, decompressed
BATCH = 256  # rows in memory at a time
# Columns that documents are made of; others are not decoded.
_COLUMNS = frozenset(
    (
        *(
            "id",
            "doi",
            "DOI",
            "title",
            "display_name",
            "publication_year",
            "publication_date",
            "year",
            "language",
            "type",
        ),
        *("is_retracted", "is_paratext", "authorships", "authors", "author", "topics", "primary_topic", "concepts"),
        *(
            "keywords",
            "categories",
            "s2fieldsofstudy",
            "abstract_inverted_index",
            "abstract",
            "summary",
            "text",
            "body",
        ),
        *("full_text", "fulltext", "content", "best_oa_location", "primary_location", "url", "licence", "license"),
        *("source", "journal", "venue", "reference", "corpusid", "paperId", "paper_id", "externalids", "externalIds"),
    )
)


def read_parquet(source: Source) -> Iterator[Item]:
    """Read a Parquet file row by row.

    Parameters
    ----------
    source : Source
        The file.

    Yields
    ------
    Item
        One for each row; the last one says so if the file is damaged.

    Raises
    ------
    BackendMissing
        If pyarrow is not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise BackendMissing("pyarrow", shlex.join([sys.executable, "-m", "pip", "install", "pyarrow>=15"]))
    pyarrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    number = 0
    try:
        with source.path.open("rb") as handle, parquet.ParquetFile(handle) as table:
            source.meter.handle = handle
            columns = [name for name in table.schema_arrow.names if name in _COLUMNS]
            for group in range(table.num_row_groups):
                about = table.metadata.row_group(group)
                if number + about.num_rows <= source.start:
                    number += about.num_rows
                    continue
                if about.total_byte_size > MAX_GROUP:
                    raise BadRecord(f"a row group has {about.total_byte_size} bytes")
                for batch in table.iter_batches(BATCH, row_groups=[group], columns=columns, use_threads=False):
                    for row in batch.to_pylist():
                        number += 1
                        if number > source.start:
                            yield _item(number, row, source.collection)
    except (pyarrow.ArrowException, BadRecord, OSError, ValueError) as error:
        yield Item(number + 1, None, f"the file is damaged here ({str(error)[:150]}); the rest is not read")


def _item(number: int, row: dict[str, Any], collection: str) -> Item:
    record = {name: value for name, value in row.items() if value is not None}
    try:
        return Item(number, document_from(record, source=collection))
    except BadRecord as error:
        return Item(number, None, error.message)
