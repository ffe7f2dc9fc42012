"""Hybrid search: BM25 and dense vectors, fused by score and reranked, over one or several indexes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from index.embed import Embedder, load_embedder
from index.features import Candidate
from index.filters import Filter
from index.fusion import default_weight
from index.gather import Hit, Searchable, embed, find, pair, select, texts
from index.rerank import Reranker, load_reranker
from index.shard import Manifest, Shard, read_manifest
from tools.core.errors import InputError, StateError, UnknownNameError
from tools.core.evidence import Passage

MAX_QUERY = 2000  # characters
MAX_RESULTS = 1000
MAX_QUERIES = 10_000  # in one batch
_LEAST_CANDIDATES = 100  # of each kind, before fusion


def open_index(folder: Path, embedder: Embedder | None = None, *, quality: str = "balanced") -> Shard:
    """Open an index folder for searching.

    Parameters
    ----------
    folder : Path
        Index folder.
    embedder : Embedder, optional
        Embedder of the queries; None for the one that the manifest names.
    quality : str
        ``"balanced"``, or ``"high"`` for hardly any neighbour missed at several times the time.

    Returns
    -------
    Shard
        The opened index.

    Raises
    ------
    StateError
        If the folder is no index, is damaged, or was built with another embedder.
    BackendMissing
        If its embedder needs a library that is not installed.
    """
    try:
        return _open(folder, read_manifest(folder), embedder, quality)
    except StateError:
        manifest = read_manifest(folder)  # a writer may have swapped the files in between: once more
        return _open(folder, manifest, embedder, quality)


def _open(folder: Path, manifest: Manifest, embedder: Embedder | None, quality: str) -> Shard:
    chosen = embedder or load_embedder(manifest.embedder)
    if chosen.id != manifest.embedder or chosen.dimension != manifest.dimension:
        raise StateError(
            f"{folder} was built with the embedder {manifest.embedder!r}; it cannot be searched with {chosen.id!r}.",
            hint="Search with that embedder, or build the index again.",
        )
    return Shard.open(folder, manifest, chosen, quality=quality)


class HybridIndex:
    """Searches one or several opened indexes as one; implements ``tools.core.protocols.Retriever``.

    Words count as rare as they are in all indexes together. How scores are scaled and summed is told in
    ``index.fusion``. It may be used by several threads; ``close`` waits for the searches under way.

    Parameters
    ----------
    shards : sequence of Searchable
        Opened indexes; the first wins where ids collide.
    dense_weight : float, optional
        Share of the dense score, 0 to 1; None for the one that suits each index's embedder.
    reranker : Reranker, optional
        Used unless a search names another one; None for none.
    expand : callable, optional
        Gives the synonyms for a query where a search brings none, such as ``tools.literature.expand``.

    Raises
    ------
    InputError
        If there is no index, or the weight is out of range.
    """

    def __init__(
        self,
        shards: Sequence[Searchable],
        *,
        dense_weight: float | None = None,
        reranker: Reranker | None = None,
        expand: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        if not shards:
            raise InputError("There is no index to search.")
        if dense_weight is not None and not 0.0 <= dense_weight <= 1.0:
            raise InputError(f"The dense weight {dense_weight} is not between 0 and 1.")
        self.shards = tuple(shards)
        self._weights = [default_weight(s.embedder) if dense_weight is None else dense_weight for s in self.shards]
        self._reranker = reranker
        self._expand = expand or (lambda query: ())
        self._idle = threading.Condition()
        self._searching = 0
        self._closed = False

    @property
    def passage_count(self) -> int:
        """Number of passages in all indexes."""
        with self._open():
            return sum(shard.passage_count for shard in self.shards)

    @property
    def document_count(self) -> int:
        """Number of documents in all indexes."""
        with self._open():
            return sum(shard.document_count for shard in self.shards)

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        filter: Filter | None = None,  # noqa: A002
        rerank: Reranker | str | None = None,
        expansions: Sequence[str] | None = None,
        per_document: int | None = None,
    ) -> list[Passage]:
        """Return the best passages for a query, best first.

        Parameters
        ----------
        query : str
            What is looked for, in words; operators have no meaning.
        k : int
            How many passages at most, 1 to 1,000.
        filter : Filter, optional
            Conditions that documents must meet.
        rerank : Reranker or str, optional
            A reranker, or its name as ``index.rerank.load_reranker`` knows it (``"none"`` for none); None for the
            index's own.
        expansions : sequence of str, optional
            Synonyms that are searched for as phrases too; None for those that the index finds itself.
        per_document : int, optional
            At most so many passages of one document; 1 gives every document once.

        Returns
        -------
        list of Passage
            Each with exact text, offsets and a score from 0 to 1 that can be compared within the query. The same
            text of the same DOI or document is given once.

        Raises
        ------
        InputError
            If the query is empty or too long, or a number is out of range.
        StateError
            If the index is closed or damaged.
        BackendMissing
            If the reranker needs a library that is not installed.
        """
        return self.search_many(
            [query],
            k,
            filter=filter,
            rerank=rerank,
            expansions=None if expansions is None else [expansions],
            per_document=per_document,
        )[0]

    def search_many(
        self,
        queries: Sequence[str],
        k: int = 10,
        *,
        filter: Filter | None = None,  # noqa: A002
        rerank: Reranker | str | None = None,
        expansions: Sequence[Sequence[str]] | None = None,
        per_document: int | None = None,
    ) -> list[list[Passage]]:
        """Search for several queries, which are embedded together.

        Parameters
        ----------
        queries : sequence of str
            The queries, 10,000 at most.
        k, filter, rerank, per_document
            As in ``search``.
        expansions : sequence of sequences of str, optional
            Synonyms for each query; None for those that the index finds itself.

        Returns
        -------
        list of lists of Passage
            The passages of each query, as ``search`` gives them.

        Raises
        ------
        InputError
            As ``search``; or if there are too many queries, or not as many lists of synonyms.
        """
        for query in queries:
            _check(query, k, per_document)
        if len(queries) > MAX_QUERIES:
            raise InputError(f"{len(queries)} queries were given; {MAX_QUERIES} can be.", hint="Split them.")
        if expansions is not None and len(expansions) != len(queries):
            raise InputError(f"{len(expansions)} lists of synonyms were given for {len(queries)} queries.")
        chosen = load_reranker(rerank) if isinstance(rerank, str) else rerank or self._reranker
        with self._open():
            vectors = embed(self.shards, queries)
            found = []
            for number, query in enumerate(queries):
                synonyms = self._expand(query) if expansions is None else expansions[number]
                own = {key: rows[number] for key, rows in vectors.items()}
                wanted = max(_LEAST_CANDIDATES, 5 * k)
                ranked = find(self.shards, self._weights, query, own, wanted, synonyms, filter)
                first = [] if chosen is None else self._rerank(chosen, query, ranked[: max(chosen.depth, k)], synonyms)
                found.append(select(self.shards, first, ranked[len(first) :], k, per_document))
            return found

    async def asearch(
        self,
        query: str,
        k: int = 10,
        *,
        filter: Filter | None = None,  # noqa: A002
        rerank: Reranker | str | None = None,
        expansions: Sequence[str] | None = None,
        per_document: int | None = None,
    ) -> list[Passage]:
        """Search in a thread, so that an event loop can go on; as ``search``.

        Parameters
        ----------
        query, k, filter, rerank, expansions, per_document
            As in ``search``.

        Returns
        -------
        list of Passage
            As ``search`` gives them.
        """
        return await asyncio.to_thread(
            self.search, query, k, filter=filter, rerank=rerank, expansions=expansions, per_document=per_document
        )

    def candidates(self, query: str, depth: int = 100, *, expansions: Sequence[str] = ()) -> list[Candidate]:
        """Return what a reranker would be given, for evaluation and training.

        Parameters
        ----------
        query : str
            The query.
        depth : int
            How many at most.
        expansions : sequence of str
            Synonyms.

        Returns
        -------
        list of Candidate
            Passages with fused score, BM25 score and cosine, best first.
        """
        _check(query, depth, None)
        with self._open():
            own = {key: rows[0] for key, rows in embed(self.shards, [query]).items()}
            wanted = max(_LEAST_CANDIDATES, depth)
            hits = find(self.shards, self._weights, query, own, wanted, expansions)[:depth]
            return pair(hits, texts(self.shards, hits))

    def get(self, passage_id: str) -> Passage:
        """Return one passage by id.

        Parameters
        ----------
        passage_id : str
            Id as search gives it.

        Returns
        -------
        Passage
            With score 0.

        Raises
        ------
        UnknownNameError
            If no index has it.
        """
        with self._open():
            for shard in self.shards:
                row = shard.row_of(passage_id)
                if row is not None:
                    return shard.fetch([row], [0.0])[0]
        raise UnknownNameError(f"No passage {passage_id!r} is in the index.")

    def close(self) -> None:
        """Close all indexes once no search is under way; searching afterwards raises StateError."""
        with self._idle:
            if self._closed:
                return
            self._closed = True
            self._idle.wait_for(lambda: not self._searching)
        for shard in self.shards:
            shard.close()

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Keep the indexes open while something is read from them."""
        with self._idle:
            if self._closed:
                raise StateError("The index is closed.", hint="Open it again.")
            self._searching += 1
        try:
            yield
        finally:
            with self._idle:
                self._searching -= 1
                self._idle.notify_all()

    def _rerank(self, reranker: Reranker, query: str, hits: Sequence[Hit], expansions: Sequence[str]) -> list[Passage]:
        """Passages of the best hits in the reranker's order; where it sees no difference, in the order before."""
        passages = texts(self.shards, hits)
        scores = reranker.scores(query, pair(hits, passages), expansions)
        order = sorted(range(len(hits)), key=lambda number: (-scores[number], number))
        return [passages[number].model_copy(update={"score": scores[number]}) for number in order]


def _check(query: str, k: int, per_document: int | None) -> None:
    if not query.strip():
        raise InputError("The query is empty.", hint="Say in words what to look for.")
    if len(query) > MAX_QUERY:
        raise InputError(f"The query has {len(query)} characters; {MAX_QUERY} are read at most.", hint="Shorten it.")
    if not 1 <= k <= MAX_RESULTS:
        raise InputError(f"{k} results were asked for; between 1 and {MAX_RESULTS} can be given.")
    if per_document is not None and per_document < 1:
        raise InputError("per_document must be at least 1.")
