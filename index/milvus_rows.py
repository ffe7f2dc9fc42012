"""How passages stand in a Milvus collection: its fields, rows, and conditions on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from index.build import passage_texts
from index.document import Document, passages, text_hash
from index.embed import Embedder
from index.filters import Filter
from index.keys import doi_key
from index.words import stems
from tools.core.errors import InputError
from tools.core.evidence import Passage

FORMAT = 1
BESIDE = "_about"  # ends the name of the collection that says what made the other
# fmt: off
_BYTES = {  # most bytes of each text
    "id": 512, "document_id": 500, "title": 2000, "text": 8000, "words": 12000, "doi": 300, "doi_key": 300,
    "url": 1000, "reference": 2000, "source": 200, "licence": 200, "sha256": 64, "document_sha256": 64,
}
_NO_YEAR = -1
SHOWN = (  # fields that make a passage
    "id", "document_id", "title", "text", "start", "stop", "doi", "url", "reference", "year", "source", "licence",
    "retracted", "sha256",
)
# fmt: on


def condition(only: Filter | None) -> str:
    """Write a filter as a Milvus expression.

    Parameters
    ----------
    only : Filter or None
        The filter.

    Returns
    -------
    str
        The expression; values are quoted, so that nothing in them is read as one. Empty for no condition.
    """
    if only is None:
        return ""
    parts = []
    if only.year_from is not None:
        parts.append(f"year >= {int(only.year_from)}")
    if only.year_to is not None:
        parts.append(f"year >= 0 and year <= {int(only.year_to)}")
    for field, values in (("doi_key", only.dois), ("source", only.sources), ("document_id", only.ids)):
        if values:
            parts.append(f"{field} in {literal(values)}")
    return " and ".join(parts)


def literal(values: Sequence[str]) -> str:
    """Write texts as a list in a Milvus expression, quoted and escaped."""
    return json.dumps(list(values), ensure_ascii=False)


def create(client: Any, collection: str, embedder: Embedder) -> None:
    """Make a collection for passages and vectors of an embedder.

    Parameters
    ----------
    client : pymilvus.MilvusClient
        The client.
    collection : str
        Its name.
    embedder : Embedder
        The embedder, whose id is kept in a collection beside it: Milvus Lite keeps no descriptions.
    """
    from pymilvus import DataType, Function, FunctionType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    for name, size in _BYTES.items():
        analysed = {"enable_analyzer": True, "analyzer_params": {"tokenizer": "standard"}} if name == "words" else {}
        schema.add_field(name, DataType.VARCHAR, max_length=size, is_primary=name == "id", **analysed)
    for name in ("number", "start", "stop", "year"):
        schema.add_field(name, DataType.INT64)
    schema.add_field("retracted", DataType.BOOL)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=embedder.dimension)
    bm25 = Function(
        name="bm25", function_type=FunctionType.BM25, input_field_names=["words"], output_field_names=["sparse"]
    )
    schema.add_function(bm25)
    lists = client.prepare_index_params()
    lists.add_index("vector", index_type="AUTOINDEX", metric_type="COSINE")
    lists.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    client.create_collection(collection, schema=schema, index_params=lists)
    beside = client.create_schema(auto_id=False, enable_dynamic_field=False)
    beside.add_field("id", DataType.VARCHAR, max_length=512, is_primary=True)
    beside.add_field("format", DataType.INT64)
    beside.add_field("nothing", DataType.FLOAT_VECTOR, dim=2)  # Milvus wants one
    flat = client.prepare_index_params()
    flat.add_index("nothing", index_type="FLAT", metric_type="L2")
    client.create_collection(collection + BESIDE, schema=beside, index_params=flat)
    client.upsert(collection + BESIDE, [{"id": embedder.id, "format": FORMAT, "nothing": [0.0, 0.0]}])
    client.flush(collection + BESIDE)


def rows_of(document: Document, embedder: Embedder) -> list[dict[str, Any]]:
    """Cut a document into passages and write them as rows.

    Parameters
    ----------
    document : Document
        The document.
    embedder : Embedder
        Makes the vectors.

    Returns
    -------
    list of dict
        One row for each passage.

    Raises
    ------
    InputError
        If the document's id is too long.
    """
    if len(document.id.encode()) > _BYTES["document_id"]:
        raise InputError(f"The document id {document.id[:60]!r}... has more than {_BYTES['document_id']} bytes.")
    spans = passages(document.text)
    vectors = embedder.encode(passage_texts(document, spans))
    shared = {
        "document_id": document.id,
        "title": _cut("title", document.title),
        "reference": _cut("reference", document.reference),
        "year": _NO_YEAR if document.year is None else document.year,
        "retracted": document.retracted,
        "document_sha256": document.sha256,
        "doi_key": _whole("doi_key", doi_key(document.doi)),
        **{name: _whole(name, getattr(document, name)) for name in ("doi", "url", "source", "licence")},
    }
    rows = []
    for number, (span, vector) in enumerate(zip(spans, vectors, strict=True)):
        text = document.text[span.start : span.end]
        words = [*(stems(document.title) if number == 0 else []), *stems(text)]
        place = {"id": f"{document.id}#{number}", "number": number, "start": span.start, "stop": span.end}
        content = {"text": text, "words": _cut("words", " ".join(words)), "sha256": text_hash(text)}
        rows.append({**shared, **place, **content, "vector": [float(x) for x in vector]})
    return rows


def _cut(name: str, value: str) -> str:
    return value.encode()[: _BYTES[name]].decode(errors="ignore")


def _whole(name: str, value: str) -> str:
    """The value, or nothing: a part of an identifier would be another one."""
    return value if len(value.encode()) <= _BYTES[name] else ""


def as_passage(record: dict[str, Any], score: float) -> Passage:
    """Make a passage of a row.

    Parameters
    ----------
    record : dict
        The fields in ``SHOWN``.
    score : float
        Its score.

    Returns
    -------
    Passage
        The passage.
    """
    return Passage(
        start=record["start"],
        end=record["stop"],
        score=score,
        year=None if record["year"] == _NO_YEAR else record["year"],
        **{name: record[name] for name in ("id", "document_id", "title", "text", "doi", "url", "reference", "source")},
        licence=record["licence"],
        retracted=record["retracted"],
    )
