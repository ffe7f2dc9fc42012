"""Hybrid search: BM25 and dense vectors, fused by score, over one or several indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embed import Embedder, load_embedder
from index.shard import Manifest, Shard, read_manifest
from tools.core.errors import InputError, StateError, UnknownNameError
from tools.core.evidence import Passage

MAX_QUERY = 2000  # characters
MAX_RESULTS = 1000
# Share of the dense score in the fusion: tuned on one half of the ChemRxivQuest questions, see docs/experiments.md.
DENSE_WEIGHT = 0.3


def open_index(folder: Path, embedder: Embedder | None = None) -> Shard:
    """Open an index folder for searching.

    Parameters
    ----------
    folder : Path
        Index folder.
    embedder : Embedder, optional
        Embedder of the queries; None for the one that the manifest names.

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
        return _open(folder, read_manifest(folder), embedder)
    except StateError:
        manifest = read_manifest(folder)  # a writer may have swapped the files in between: once more
        return _open(folder, manifest, embedder)


def _open(folder: Path, manifest: Manifest, embedder: Embedder | None) -> Shard:
    chosen = embedder or load_embedder(manifest.embedder)
    if chosen.id != manifest.embedder or chosen.dimension != manifest.dimension:
        raise StateError(
            f"{folder} was built with the embedder {manifest.embedder!r}; it cannot be searched with {chosen.id!r}.",
            hint="Search with that embedder, or build the index again.",
        )
    current = folder / manifest.generation
    for name, size in manifest.sizes.items():
        path = current / name
        if not path.is_file() or path.stat().st_size != size:
            raise StateError(f"{folder} is damaged: {name} is missing or cut short.", hint="Build the index again.")
    return Shard(current, chosen, name=str(folder))


class HybridIndex:
    """Searches one or several opened indexes as one; implements ``tools.core.protocols.Retriever``.

    Words count as rare as they are in all indexes together. BM25 scores are divided by the best one; cosines of all
    candidates are scaled to 0-1 among the indexes with the same embedder; the score is their weighted sum, 0 to 1.

    Parameters
    ----------
    shards : sequence of Shard
        Opened indexes; the first wins where ids collide.
    dense_weight : float
        Share of the dense score, 0 to 1.

    Raises
    ------
    InputError
        If there is no index, or the weight is out of range.
    """

    def __init__(self, shards: Sequence[Shard], *, dense_weight: float = DENSE_WEIGHT) -> None:
        if not shards:
            raise InputError("There is no index to search.")
        if not 0.0 <= dense_weight <= 1.0:
            raise InputError(f"The dense weight {dense_weight} is not between 0 and 1.")
        self.shards = tuple(shards)
        self._weight = dense_weight

    @property
    def passage_count(self) -> int:
        """Number of passages in all indexes."""
        return sum(shard.passage_count for shard in self.shards)

    @property
    def document_count(self) -> int:
        """Number of documents in all indexes."""
        return sum(shard.document_count for shard in self.shards)

    def search(
        self, query: str, k: int = 10, *, expansions: Sequence[str] = (), per_document: int | None = None
    ) -> list[Passage]:
        """Return the best passages for a query, best first.

        Parameters
        ----------
        query : str
            What is looked for, in words; operators have no meaning.
        k : int
            How many passages at most, 1 to 1,000.
        expansions : sequence of str
            Synonyms that are searched for as phrases too.
        per_document : int, optional
            At most so many passages of one document.

        Returns
        -------
        list of Passage
            Each with exact text, offsets and score.

        Raises
        ------
        InputError
            If the query is empty or too long, or a number is out of range.
        """
        _check(query, k, per_document)
        wanted = max(100, 5 * k)
        vectors: dict[str, NDArray[np.float32]] = {}
        cosines: list[NDArray[np.float32]] = []
        words: list[NDArray[np.float32]] = []
        rows: list[list[int]] = []
        collection = reduce(add, (shard.counts(query, expansions) for shard in self.shards))
        for shard in self.shards:
            if shard.embedder.id not in vectors:
                vectors[shard.embedder.id] = shard.embedder.encode([query])[0]
            vector = vectors[shard.embedder.id]
            lexical = dict(shard.lexical(query, wanted, expansions, collection))
            found = sorted({*lexical, *shard.dense(vector, wanted)})
            rows.append(found)
            cosines.append(shard.similarities(vector, found) if found else np.zeros(0, dtype=np.float32))
            words.append(np.array([lexical.get(row, 0.0) for row in found], dtype=np.float32))
        scores = self._fuse(cosines, words)
        ranked = sorted(
            (
                (float(score), place, row)
                for place, found in enumerate(rows)
                for row, score in zip(found, scores[place], strict=True)
            ),
            key=lambda item: (-item[0], item[1], item[2]),
        )
        return self._take(ranked, k, per_document)

    def _fuse(self, cosines: list[NDArray[np.float32]], words: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Weighted sum of scaled scores, one array for each shard."""
        best = max((float(w.max()) for w in words if w.size), default=0.0) or 1.0
        scaled = []
        for place, shard in enumerate(self.shards):
            same = [
                c for c, s in zip(cosines, self.shards, strict=True) if s.embedder.id == shard.embedder.id and c.size
            ]
            low = min((float(c.min()) for c in same), default=0.0)
            high = max((float(c.max()) for c in same), default=1.0)
            spread = high - low or 1.0
            dense = (cosines[place] - low) / spread
            scaled.append(self._weight * dense + (1.0 - self._weight) * words[place] / best)
        return scaled

    def _take(self, ranked: list[tuple[float, int, int]], k: int, per_document: int | None) -> list[Passage]:
        taken: list[Passage] = []
        ids: set[str] = set()
        documents: Counter[str] = Counter()
        for score, place, row in ranked:
            if len(taken) == k:
                break
            passage = self.shards[place].fetch([row], [score])[0]
            full = per_document is not None and documents[passage.document_id] >= per_document
            if passage.id in ids or full:
                continue
            ids.add(passage.id)
            documents[passage.document_id] += 1
            taken.append(passage)
        return taken

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
        for shard in self.shards:
            row = shard.row_of(passage_id)
            if row is not None:
                return shard.fetch([row], [0.0])[0]
        raise UnknownNameError(f"No passage {passage_id!r} is in the index.")

    def close(self) -> None:
        """Close all indexes."""
        for shard in self.shards:
            shard.close()


def _check(query: str, k: int, per_document: int | None) -> None:
    if not query.strip():
        raise InputError("The query is empty.", hint="Say in words what to look for.")
    if len(query) > MAX_QUERY:
        raise InputError(f"The query has {len(query)} characters; {MAX_QUERY} are read at most.", hint="Shorten it.")
    if not 1 <= k <= MAX_RESULTS:
        raise InputError(f"{k} results were asked for; between 1 and {MAX_RESULTS} can be given.")
    if per_document is not None and per_document < 1:
        raise InputError("per_document must be at least 1.")
