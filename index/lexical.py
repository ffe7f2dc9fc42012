"""BM25 search with tantivy: schema, analyser and query."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ANALYSER = "polysmith"
_TITLE_BOOST = 0.4  # a title is shared by all passages of its document
_PHRASE_BOOST = 1.0
_WRITER_BYTES = 50_000_000
# fmt: off
_STOP_WORDS = [
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does",
    "for", "from", "had", "has", "have", "how", "if", "in", "into", "is", "it", "its", "may", "not", "of",
    "on", "or", "our", "should", "so", "such", "than", "that", "the", "their", "then", "there", "these",
    "they", "this", "those", "to", "used", "was", "we", "were", "what", "when", "where", "which", "who",
    "why", "will", "with", "would",
]
# fmt: on


# British and American spellings are indexed alike; texts and queries pass through the same substitutions.
_SPELLINGS = (
    (re.compile(r"(?<=\w{4})is(?=(?:e|ed|es|er|ers|ing|ation|ations|able)\b)", re.IGNORECASE), "iz"),
    (re.compile(r"(?<=\w{3})our(?=\b|s\b|ed\b|less\b|ing\b|al\b)", re.IGNORECASE), "or"),
    (re.compile(r"\bcolour", re.IGNORECASE), "color"),
    (re.compile(r"\bageing\b", re.IGNORECASE), "aging"),
    (re.compile(r"sulph(?=[aeiou])", re.IGNORECASE), "sulf"),
    (re.compile(r"\bfibre", re.IGNORECASE), "fiber"),
    (re.compile(r"(?<=\w)tre\b", re.IGNORECASE), "ter"),
)


def fold(text: str) -> str:
    """Return a text with British spellings made American, for indexing only.

    Parameters
    ----------
    text : str
        Text or query.

    Returns
    -------
    str
        The same words in one spelling.
    """
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return text


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", stored=True, fast=True)
    builder.add_text_field("title", stored=False, tokenizer_name=_ANALYSER, index_option="freq")
    builder.add_text_field("text", stored=False, tokenizer_name=_ANALYSER, index_option="position")
    return builder.build()


def _analyser() -> Any:
    import tantivy

    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.custom_stopword(_STOP_WORDS))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


@dataclass(frozen=True)
class Counts:
    """In how many passages of a collection words occur.

    Attributes
    ----------
    passages : int
        Passages in the collection.
    frequencies : dict of (str, str) to int
        Passages that hold a word, by field and word.
    """

    passages: int
    frequencies: dict[tuple[str, str], int]

    def __add__(self, other: Counts) -> Counts:
        keys = self.frequencies.keys() | other.frequencies.keys()
        both = {key: self.frequencies.get(key, 0) + other.frequencies.get(key, 0) for key in keys}
        return Counts(self.passages + other.passages, both)

    def rarity(self, field: str, word: str) -> float:
        """Return the inverse document frequency of BM25, ln(1 + (N - n + 0.5) / (n + 0.5)), as tantivy has it."""
        holding = self.frequencies.get((field, word), 0)
        return math.log1p((self.passages - holding + 0.5) / (holding + 0.5))


class LexicalIndex:
    """A BM25 index over passages.

    Parameters
    ----------
    folder : Path or None
        Folder of the index, made if absent; None keeps it in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        import tantivy

        if folder is None:
            self._index = tantivy.Index(_schema())
        else:
            folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(_schema(), path=str(folder), reuse=True)
        self._analyser = _analyser()
        self._index.register_tokenizer(_ANALYSER, self._analyser)
        self._searcher: Any = self._index.searcher()

    def add(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Add passages and commit.

        Parameters
        ----------
        rows : iterable of (int, str, str)
            Row number, title and text of each passage.
        """
        import tantivy

        writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        for row, title, text in rows:
            document = tantivy.Document()
            document.add_integer("row", row)
            document.add_text("title", fold(title))
            document.add_text("text", fold(text))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def _terms(self, text: str) -> list[str]:
        return list(dict.fromkeys(self._analyser.analyze(fold(text))))

    def counts(self, query: str, expansions: Sequence[str] = ()) -> Counts:
        """Count in how many passages the words of a query occur.

        Parameters
        ----------
        query : str
            Words.
        expansions : sequence of str
            Synonyms.

        Returns
        -------
        Counts
            To be added to those of other indexes that are searched at the same time.
        """
        terms = dict.fromkeys(term for text in (query, *expansions) for term in self._terms(text))
        fields = [(field, term) for term in terms for field in ("text", "title")]
        return Counts(
            passages=int(self._searcher.num_docs),
            frequencies={key: int(self._searcher.doc_freq(*key)) for key in fields},
        )

    def search(
        self, query: str, k: int, *, expansions: Sequence[str] = (), collection: Counts | None = None
    ) -> list[tuple[int, float]]:
        """Return the rows with the highest BM25 score.

        Parameters
        ----------
        query : str
            Words; operators have no meaning.
        k : int
            How many at most.
        expansions : sequence of str
            Synonyms, matched as phrases.
        collection : Counts, optional
            Word counts of all indexes searched together, so that a word is as rare in a small index as in a large
            one and scores can be compared; None for this index alone.

        Returns
        -------
        list of (int, float)
            Row and score, best first; empty if no word of the query is indexed.
        """
        import tantivy

        own = self.counts(query, expansions)
        whole = collection or own

        def boost(field: str, words: Sequence[str]) -> float:
            local = sum(own.rarity(field, word) for word in words)
            return sum(whole.rarity(field, word) for word in words) / local

        schema = self._index.schema
        terms = self._terms(query)
        parts: list[Any] = []
        for term in terms:
            for field, share in (("text", 1.0), ("title", _TITLE_BOOST)):
                match = tantivy.Query.term_query(schema, field, term)
                parts.append(tantivy.Query.boost_query(match, share * boost(field, [term])))
        for phrase in expansions:
            words = self._analyser.analyze(fold(phrase))
            if not words or (len(words) == 1 and words[0] in terms):
                continue
            one = tantivy.Query.term_query(schema, "text", words[0])
            match = one if len(words) == 1 else tantivy.Query.phrase_query(schema, "text", list(words))
            parts.append(tantivy.Query.boost_query(match, _PHRASE_BOOST * boost("text", words)))
        if not parts:
            return []
        both = tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])
        hits = self._searcher.search(both, limit=k, count=False).hits
        return [(int(self._searcher.doc(address)["row"][0]), float(score)) for score, address in hits]
