"""The first stage of a search: candidates from every index, their fused scores, and their texts without repetitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from index.embed import Embedder, encode_queries
from index.features import Candidate
from index.filters import Filter
from index.fusion import USUAL_BEST, fuse, lexical_bound
from index.keys import doi_key
from index.lexical import Counts
from index.words import distinct
from tools.core.evidence import Passage

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

_AT_ONCE = 20  # passages fetched together


class Searchable(Protocol):
    """What ``HybridIndex`` needs of one index: ``index.shard.Shard``, or ``index.milvus.MilvusShard``.

    Rows are whatever the index numbers or names its passages by.
    """

    embedder: Embedder

    @property
    def passage_count(self) -> int:
        """Number of passages."""

    @property
    def document_count(self) -> int:
        """Number of documents."""

    def counts(self, query: str, expansions: Sequence[str] = ()) -> Counts:
        """Count the words of a query."""

    def lexical(
        self,
        query: str,
        k: int,
        expansions: Sequence[str] = (),
        collection: Counts | None = None,
        *,
        filter: Filter | None = None,  # noqa: A002
    ) -> Sequence[tuple[Any, float]]:
        """Return the rows with the highest BM25 score."""

    def dense(self, vector: NDArray[float32], k: int, *, filter: Filter | None = None) -> Sequence[Any]:  # noqa: A002
        """Return the rows with the nearest vectors."""

    def similarities(self, vector: NDArray[float32], rows: Sequence[Any]) -> NDArray[float32]:
        """Return the cosines of rows."""

    def fetch(self, rows: Sequence[Any], scores: Sequence[float]) -> list[Passage]:
        """Return the passages in rows."""

    def row_of(self, passage_id: str) -> Any:
        """Return the row of a passage, None if it is not here."""

    def close(self) -> None:
        """Close the index."""


@dataclass(frozen=True)
class Hit:
    """A candidate before its text is fetched.

    Attributes
    ----------
    place : int
        Which index.
    row : Any
        Row there.
    lexical : float
        BM25 score over the best one of the query.
    cosine : float
        Cosine with the query.
    score : float
        Fused score.
    """

    place: int
    row: Any
    lexical: float
    cosine: float
    score: float


def embed(shards: Sequence[Searchable], queries: Sequence[str]) -> dict[str, NDArray[float32]]:
    """Embed queries, once for each embedder of the indexes.

    Parameters
    ----------
    shards : sequence of Searchable
        The indexes.
    queries : sequence of str
        The queries.

    Returns
    -------
    dict of str to array of shape [len(queries), dimension]
        Vectors by embedder id.
    """
    embedders = {shard.embedder.id: shard.embedder for shard in shards}
    return {key: encode_queries(embedder, queries) for key, embedder in embedders.items()}


def find(
    shards: Sequence[Searchable],
    weights: Sequence[float],
    query: str,
    vectors: Mapping[str, NDArray[float32]],
    wanted: int,
    expansions: Sequence[str] = (),
    filter: Filter | None = None,  # noqa: A002
) -> list[Hit]:
    """Collect and score the candidates of all indexes.

    Parameters
    ----------
    shards : sequence of Searchable
        The indexes.
    weights : sequence of float
        Share of the dense score, for each index.
    query : str
        The query.
    vectors : mapping of str to array of shape [dimension]
        Its vector for each embedder.
    wanted : int
        Candidates of each kind from each index.
    expansions : sequence of str
        Synonyms.
    filter : Filter, optional
        Conditions on documents.

    Returns
    -------
    list of Hit
        Best first.
    """
    expansions = distinct(expansions)
    collection: Counts = reduce(add, (shard.counts(query, expansions) for shard in shards))
    bound = lexical_bound(collection, reduce(add, (shard.counts(query) for shard in shards)))
    gathered = []
    for shard in shards:
        vector = vectors[shard.embedder.id]
        words = dict(shard.lexical(query, wanted, expansions, collection, filter=filter))
        rows = sorted({*words, *shard.dense(vector, wanted, filter=filter)})
        cosines = shard.similarities(vector, rows) if rows else np.zeros(0, dtype=np.float32)
        gathered.append((rows, cosines, np.array([words.get(row, 0.0) for row in rows], dtype=np.float32)))
    best = max((float(lexical.max(initial=0.0)) for _, _, lexical in gathered), default=0.0) or 1.0
    hits = []
    for place, (rows, cosines, lexical) in enumerate(gathered):
        own = bound if shards[place].counts(query).passages else float(lexical.max(initial=0.0)) / USUAL_BEST
        scores = fuse(lexical, cosines, own, weights[place])
        for row, cosine, words_score, score in zip(rows, cosines, lexical, scores, strict=True):
            hits.append(Hit(place, row, float(words_score) / best, float(cosine), float(score)))
    return sorted(hits, key=lambda hit: (-hit.score, hit.place, hit.row))


def texts(shards: Sequence[Searchable], hits: Sequence[Hit]) -> list[Passage]:
    """Fetch the passages of hits, with one call to each index.

    Parameters
    ----------
    shards : sequence of Searchable
        The indexes.
    hits : sequence of Hit
        Hits in any order.

    Returns
    -------
    list of Passage
        In the order of the hits.
    """
    found: dict[int, Passage] = {}
    for place, shard in enumerate(shards):
        numbers = [number for number, hit in enumerate(hits) if hit.place == place]
        if numbers:
            chosen = [hits[number] for number in numbers]
            passages = shard.fetch([h.row for h in chosen], [min(1.0, max(0.0, h.score)) for h in chosen])
            found.update(zip(numbers, passages, strict=True))
    return [found[number] for number in range(len(hits))]


def pair(hits: Sequence[Hit], passages: Sequence[Passage]) -> list[Candidate]:
    """Join hits and their passages to what a reranker reads.

    Parameters
    ----------
    hits : sequence of Hit
        Hits.
    passages : sequence of Passage
        Their passages, in the same order.

    Returns
    -------
    list of Candidate
        In the same order.
    """
    return [Candidate(passage, hit.lexical, hit.cosine) for hit, passage in zip(hits, passages, strict=True)]


def select(
    shards: Sequence[Searchable],
    first: Sequence[Passage],
    rest: Sequence[Hit],
    k: int,
    per_document: int | None,
) -> list[Passage]:
    """Take the best passages without repetitions.

    Parameters
    ----------
    shards : sequence of Searchable
        The indexes.
    first : sequence of Passage
        What a reranker has put in order.
    rest : sequence of Hit
        What follows, best first; fetched as far as needed, with scores below those before.
    k : int
        How many passages.
    per_document : int or None
        At most so many of one document.

    Returns
    -------
    list of Passage
        At most ``k``.
    """
    taken: list[Passage] = []
    ids: set[str] = set()
    same: set[tuple[str, str]] = set()
    documents: Counter[str] = Counter()
    for passage in _in_turn(shards, first, rest):
        text = (doi_key(passage.doi) or passage.document_id, passage.text)
        full = per_document is not None and documents[passage.document_id] >= per_document
        if passage.id in ids or text in same or full:
            continue
        ids.add(passage.id)
        same.add(text)
        documents[passage.document_id] += 1
        taken.append(passage)
        if len(taken) == k:
            break
    return taken


def _in_turn(shards: Sequence[Searchable], first: Sequence[Passage], rest: Sequence[Hit]) -> Iterator[Passage]:
    yield from first
    ceiling = first[-1].score if first else 1.0
    for start in range(0, len(rest), _AT_ONCE):
        for passage in texts(shards, rest[start : start + _AT_ONCE]):
            yield passage.model_copy(update={"score": ceiling * passage.score}) if first else passage
