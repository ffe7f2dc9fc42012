"""BM25 search with tantivy: schema, analyser and query."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.document import Document, Span

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


# British and American spellings are indexed alike; texts and queries pass through the same substitutions. What stands
# before a match is looked at last, for a pattern that begins with letters is found many times faster.
_SPELLINGS = (
    ("is", re.compile(r"is(?<=\w{4}is)(?=(?:e|ed|es|er|ers|ing|ation|ations|able)\b)"), "iz"),
    ("our", re.compile(r"our(?<=\w{3}our)(?=\b|s\b|ed\b|less\b|ing\b|al\b)"), "or"),
    ("colour", re.compile(r"colour(?<=\bcolour)"), "color"),
    ("ageing", re.compile(r"ageing(?<=\bageing)\b"), "aging"),
    ("sulph", re.compile(r"sulph(?=[aeiou])"), "sulf"),
    ("fibre", re.compile(r"fibre(?<=\bfibre)"), "fiber"),
    ("tre", re.compile(r"tre(?<=\wtre)\b"), "ter"),
)


def fold(text: str) -> str:
    """Return a text in lower case with British spellings made American, for indexing only.

    Parameters
    ----------
    text : str
        Text or query.

    Returns
    -------
    str
        The same words in one spelling.
    """
    text = text.lower()
    for letters, pattern, replacement in _SPELLINGS:
        if letters in text:
            text = pattern.sub(replacement, text)
    return text


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", fast=True)
    builder.add_unsigned_field("document", indexed=True)
    builder.add_integer_field("year", indexed=True, fast=True)
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", stored=False, tokenizer_name=_ANALYSER, index_option="freq")
    builder.add_text_field("text", stored=False, tokenizer_name=_ANALYSER, index_option="position")
    return builder.build()


def analyser() -> Any:
    """Return the tantivy analyser of texts and queries: lower case, without accents and stop words, stemmed."""
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


@dataclass(frozen=True)
class Within:
    """Conditions of a word search, on what the word index holds itself.

    Attributes
    ----------
    year_from, year_to : int or None
        First and last year.
    sources : tuple of str
        Collections; empty for all.
    documents : tuple of int or None
        Numbers of documents; None for all.
    """

    year_from: int | None = None
    year_to: int | None = None
    sources: tuple[str, ...] = ()
    documents: tuple[int, ...] | None = None


class LexicalIndex:
    """A BM25 index over passages.

    Parameters
    ----------
    folder : Path or None
        Folder of the index; None keeps it in memory.
    writable : bool
        Make the folder if it is absent; a ValueError for an absent one otherwise.
    """

    def __init__(self, folder: Path | None = None, *, writable: bool = True) -> None:
        import tantivy

        if folder is None:
            self._index = tantivy.Index(_schema())
        elif not writable:
            self._index = tantivy.Index.open(str(folder))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(_schema(), path=str(folder), reuse=True)
        self._analyser = analyser()
        self._index.register_tokenizer(_ANALYSER, self._analyser)
        self._searcher: Any = self._index.searcher()
        self._writer: Any = None

    def add(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Add passages and commit.

        Parameters
        ----------
        rows : iterable of (int, str, str)
            Row number, title and text of each passage.
        """
        for row, title, text in rows:
            self.write(row, title, text)
        self.commit()

    def _opened_writer(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        return self._writer

    def write(
        self, row: int, title: str, text: str, *, document: int = 0, year: int | None = None, source: str = ""
    ) -> None:
        """Add a passage; it is found after ``commit``.

        Parameters
        ----------
        row : int
            Its row.
        title, text : str
            Title of its document, and its text.
        document : int
            Number of its document.
        year : int or None
            Year of publication.
        source : str
            Collection.
        """
        import tantivy

        entry = tantivy.Document()
        entry.add_integer("row", row)
        entry.add_unsigned("document", document)
        entry.add_text("title", fold(title))
        entry.add_text("text", fold(text))
        if year is not None:
            entry.add_integer("year", year)
        if source:
            entry.add_text("source", source)
        self._opened_writer().add_document(entry)

    def write_document(self, document: Document, spans: Sequence[Span], *, row: int, number: int) -> int:
        """Add all passages of a document; they are found after ``commit``.

        Parameters
        ----------
        document : Document
            The document.
        spans : sequence of Span
            Its passages.
        row : int
            Row of the first.
        number : int
            Number of the document.

        Returns
        -------
        int
            The row after the last.
        """
        for place, span in enumerate(spans, row):
            text = document.text[span.start : span.end]
            self.write(place, document.title, text, document=number, year=document.year, source=document.source)
        return row + len(spans)

    def delete(self, documents: Sequence[int]) -> None:
        """Take out all passages of some documents; in force after ``commit``.

        Parameters
        ----------
        documents : sequence of int
            Their numbers.
        """
        import tantivy

        if documents:
            found = tantivy.Query.term_set_query(self._index.schema, "document", list(documents))
            self._opened_writer().delete_documents_by_query(found)

    def commit(self) -> None:
        """Write what was added and deleted, and search it from now on."""
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def discard(self) -> None:
        """Forget what was not committed."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.rollback()

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
        self,
        query: str,
        k: int,
        *,
        expansions: Sequence[str] = (),
        collection: Counts | None = None,
        within: Within | None = None,
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
        within : Within, optional
            Conditions that passages must meet; they do not count in the score.

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
                match = tantivy.Query.term_query(schema, field, term, index_option="freq")
                parts.append(tantivy.Query.boost_query(match, share * boost(field, [term])))
        for phrase in expansions:
            words = self._analyser.analyze(fold(phrase))
            if not words or (len(words) == 1 and words[0] in terms):
                continue
            one = tantivy.Query.term_query(schema, "text", words[0], index_option="freq")
            match = one if len(words) == 1 else tantivy.Query.phrase_query(schema, "text", list(words))
            parts.append(tantivy.Query.boost_query(match, _PHRASE_BOOST * boost("text", words)))
        if not parts:
            return []
        both = tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])
        if within is not None:
            both = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, part) for part in (both, *self._conditions(within))]
            )
        hits = self._searcher.search(both, limit=k, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return [(int(row), float(score)) for row, (score, _) in zip(rows, hits, strict=True)]

    def _conditions(self, within: Within) -> list[Any]:
        """Queries that pass the same documents and add nothing to the score."""
        import tantivy

        schema, found = self._index.schema, []
        if within.year_from is not None or within.year_to is not None:
            kind = tantivy.FieldType.Integer
            found.append(tantivy.Query.range_query(schema, "year", kind, within.year_from, within.year_to))
        if within.sources:
            found.append(tantivy.Query.term_set_query(schema, "source", list(within.sources)))
        if within.documents is not None:
            found.append(tantivy.Query.term_set_query(schema, "document", list(within.documents)))
        return [tantivy.Query.const_score_query(query, 0.0) for query in found]
