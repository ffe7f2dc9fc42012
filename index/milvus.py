"""An index kept in Milvus: the same search over a local file (Milvus Lite), a server or a cluster.

A ``MilvusShard`` takes the place of ``index.shard.Shard`` in ``HybridIndex``, so fusion, reranking, snippets and
services are the same. Vectors, exact texts and BM25 all live in Milvus: a word index beside the cluster would have to
be as large as the cluster. Words are analysed here, by the stemmer and spellings of the local index, and handed over as
stems, so that both kinds of index understand a query alike. The address is a path ending in ``.db``, or a URI of a
cluster, whose token is read from the environment and never stored.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from index.document import Document, text_hash
from index.embed import Embedder
from index.filters import Filter
from index.lexical import Counts
from index.milvus_rows import BESIDE, FORMAT, SHOWN, as_passage, condition, create, literal, rows_of
from index.words import stems
from tools.core.errors import BackendMissing, InputError, StateError, UnknownNameError
from tools.core.evidence import Passage
from tools.core.extras import install_command

if TYPE_CHECKING:
    from numpy.typing import NDArray

URI_VARIABLE, TOKEN_VARIABLE = "POLYSMITH_MILVUS_URI", "POLYSMITH_MILVUS_TOKEN"
_DOCUMENTS_AT_ONCE = 64
_MOST_HITS = 16_384  # Milvus gives no more for one query


class MilvusShard:
    """Passages in a Milvus collection, which is made if absent.

    Parameters
    ----------
    embedder : Embedder
        Embedder of the vectors; one with another id is refused.
    collection : str
        Name of the collection: letters, digits and underscores.
    uri : str
        Path of a Milvus Lite file, or address of a server or cluster; empty for ``$POLYSMITH_MILVUS_URI``. The token
        of a cluster is read from ``$POLYSMITH_MILVUS_TOKEN``.

    Raises
    ------
    BackendMissing
        If pymilvus (for a file also Milvus Lite) is not installed.
    InputError
        If there is no address, or the name is unfit.
    StateError
        If Milvus cannot be reached, or the collection was made with another embedder or for something else.
    """

    def __init__(self, embedder: Embedder, *, collection: str = "polysmith", uri: str = "") -> None:
        try:
            from pymilvus import MilvusClient
        except ImportError as error:
            raise BackendMissing("pymilvus", install_command("milvus")) from error
        address = uri or os.environ.get(URI_VARIABLE, "")
        if not address:
            raise InputError(
                "No address of Milvus is given.", hint=f"Set {URI_VARIABLE}, or give a path ending in .db."
            )
        if not (collection.isascii() and collection.isidentifier()):
            raise InputError(
                f"{collection!r} is no name for a collection.", hint="Use letters, digits and underscores."
            )
        self.embedder = embedder
        self.name = f"{collection} in Milvus"
        self._collection = collection
        with self._speaking():
            self._client: Any = MilvusClient(uri=address, token=os.environ.get(TOKEN_VARIABLE, ""))
            if not self._client.has_collection(collection):
                create(self._client, collection, embedder)
            self._check()
            self._client.load_collection(collection)

    def _check(self) -> None:
        """Refuse what another embedder or version has made."""
        beside = self._collection + BESIDE
        if not self._client.has_collection(beside):
            raise StateError(f"{self.name} is no index of Polysmith.", hint="Name another collection.")
        self._client.load_collection(beside)
        made = {
            r["id"]: r["format"] for r in self._client.query(beside, filter="format >= 0", output_fields=["format"])
        }
        if self.embedder.id not in made:
            raise StateError(
                f"{self.name} was built with the embedder {', '.join(made)!r}; it cannot be used with "
                f"{self.embedder.id!r}.",
                hint="Use that embedder, or name another collection.",
            )
        if made[self.embedder.id] != FORMAT:
            raise StateError(f"{self.name} is an index of another version.", hint="Name another collection.")

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn errors of Milvus into ours."""
        from pymilvus.exceptions import MilvusException

        try:
            yield
        except MilvusException as error:
            raise StateError(
                f"{self.name} does not answer: {error}", hint="Is it running, and the token set?"
            ) from error
        except ImportError as error:
            raise BackendMissing("milvus-lite", install_command("milvus")) from error

    def add(self, documents: Iterable[Document]) -> int:
        """Store documents; one that is stored with the same text is left alone, another text takes its place.

        Parameters
        ----------
        documents : iterable of Document
            Any number; 64 are held at a time.

        Returns
        -------
        int
            Number of passages written.

        Raises
        ------
        InputError
            If an id is too long.
        StateError
            If Milvus fails; what was written stays, and adding again goes on.
        """
        written = 0
        waiting: dict[str, Document] = {}
        for document in documents:
            waiting.setdefault(document.id, document)
            if len(waiting) == _DOCUMENTS_AT_ONCE:
                written += self._write(waiting)
                waiting = {}
        written += self._write(waiting) if waiting else 0
        with self._speaking():
            self._client.flush(self._collection)
        return written

    def _write(self, documents: dict[str, Document]) -> int:
        listed = f"document_id in {literal(list(documents))}"
        with self._speaking():
            stored = self._client.query(
                self._collection,
                filter=f"{listed} and number == 0",
                output_fields=["document_id", "document_sha256"],
                limit=len(documents),
            )
        known = {row["document_id"]: row["document_sha256"] for row in stored}
        new = [d for d in documents.values() if known.get(d.id) != d.sha256]
        rows = [row for document in new for row in rows_of(document, self.embedder)]
        changed = [document.id for document in new if document.id in known]
        with self._speaking():
            if changed:
                self._client.delete(self._collection, filter=f"document_id in {literal(changed)}")
            if rows:
                self._client.upsert(self._collection, rows)
        return len(rows)

    def delete(self, document_ids: Iterable[str]) -> None:
        """Delete documents with all their passages.

        Parameters
        ----------
        document_ids : iterable of str
            Ids; unknown ones are passed over.
        """
        listed = list(document_ids)
        with self._speaking():
            for start in range(0, len(listed), _DOCUMENTS_AT_ONCE):
                chosen = literal(listed[start : start + _DOCUMENTS_AT_ONCE])
                self._client.delete(self._collection, filter=f"document_id in {chosen}")

    def _count(self, condition: str) -> int:
        with self._speaking():
            return int(
                self._client.query(self._collection, filter=condition, output_fields=["count(*)"])[0]["count(*)"]
            )

    @property
    def passage_count(self) -> int:
        """Number of passages."""
        return self._count("number >= 0")

    @property
    def document_count(self) -> int:
        """Number of documents."""
        return self._count("number == 0")

    def counts(self, query: str, expansions: Sequence[str] = ()) -> Counts:
        """Return no counts: Milvus weighs words by its own, so its scores are scaled by the best one."""
        return Counts(passages=0, frequencies={})

    def _search(self, field: str, metric: str, asked: Any, k: int, only: Filter | None) -> list[tuple[str, float]]:
        with self._speaking():
            found = self._client.search(
                self._collection,
                data=[asked],
                anns_field=field,
                limit=min(k, _MOST_HITS),
                filter=condition(only),
                search_params={"metric_type": metric},
                output_fields=["id"],
            )
        return [(str(hit["id"]), abs(float(hit["distance"]))) for hit in found[0]]  # Milvus Lite turns BM25's sign

    def lexical(
        self,
        query: str,
        k: int,
        expansions: Sequence[str] = (),
        collection: Counts | None = None,
        *,
        filter: Filter | None = None,  # noqa: A002
    ) -> list[tuple[str, float]]:
        """Return the passages with the highest BM25 score.

        Parameters
        ----------
        query : str
            Words.
        k : int
            How many at most; Milvus gives 16,384.
        expansions : sequence of str
            Synonyms; their words are added to the query, not matched as phrases.
        collection : Counts, optional
            Not used.
        filter : Filter, optional
            Conditions on documents.

        Returns
        -------
        list of (str, float)
            Passage id and score, best first.
        """
        asked = " ".join(dict.fromkeys(stem for text in (query, *expansions) for stem in stems(text)))
        return self._search("sparse", "BM25", asked, k, filter) if asked else []

    def dense(self, vector: NDArray[np.float32], k: int, *, filter: Filter | None = None) -> list[str]:  # noqa: A002
        """Return the passages with the nearest vectors; see ``Shard.dense``."""
        found = self._search("vector", "COSINE", [float(x) for x in vector], k, filter) if vector.any() else []
        return [row for row, _ in found]

    def _get(self, rows: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Any]]:
        with self._speaking():
            found = self._client.get(self._collection, ids=list(rows), output_fields=list(fields)) if rows else []
        return {row["id"]: row for row in found}

    def similarities(self, vector: NDArray[np.float32], rows: Sequence[str]) -> NDArray[np.float32]:
        """Return the cosine of a query with given passages; 0 for one deleted in between."""
        found = self._get(rows, ["id", "vector"])
        nothing = np.zeros(self.embedder.dimension, dtype=np.float32)
        stored = [np.asarray(found[row]["vector"], dtype=np.float32) if row in found else nothing for row in rows]
        return np.stack(stored) @ vector if stored else np.zeros(0, dtype=np.float32)

    def row_of(self, passage_id: str) -> str | None:
        """Return the id of a passage if it is stored."""
        return passage_id if self._get([passage_id], ["id"]) else None

    def fetch(self, rows: Sequence[str], scores: Sequence[float]) -> list[Passage]:
        """Return passages.

        Parameters
        ----------
        rows : sequence of str
            Passage ids.
        scores : sequence of float
            Their scores.

        Returns
        -------
        list of Passage
            In the order given.

        Raises
        ------
        UnknownNameError
            If one is not stored.
        StateError
            If a stored text does not match its hash.
        """
        found = self._get(rows, SHOWN)
        made = []
        for row, score in zip(rows, scores, strict=True):
            record = found.get(row)
            if record is None:
                raise UnknownNameError(f"{self.name} has no passage {row!r}.")
            if text_hash(record["text"]) != record["sha256"]:
                raise StateError(f"The text of passage {row} in {self.name} has changed.", hint="Add it again.")
            made.append(as_passage(record, float(score)))
        return made

    def close(self) -> None:
        """Leave Milvus."""
        self._client.close()
