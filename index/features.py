"""What a reranker knows of a query and a candidate beyond two scores: coverage, order, neighbours, likeness."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.words import WordVectors, sentences, stem, stems, words
from tools.core.evidence import Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

# BM25 inside the candidates, with the constants that tantivy has for the whole collection.
_K1, _B = 1.2, 0.75
_BEST_OF_DOCUMENT = 5  # passages whose BM25 score speaks for their document
_TOUCHING = 20  # characters between two passages that follow each other

NAMES = ("bm25", "local_bm25", "sentence", "pairs", "neighbour", "document", "cosine", "late")


@dataclass(frozen=True)
class Candidate:
    """A passage with its two scores.

    Attributes
    ----------
    passage : Passage
        The passage.
    lexical : float
        BM25 score over the best one of the query, 0 to 1.
    cosine : float
        Cosine of its vector with the query's.
    """

    passage: Passage
    lexical: float
    cosine: float


@dataclass(frozen=True)
class _Read:
    """A candidate's text as stems: all of them, how often phrases occur, and the words and phrases of each sentence."""

    all: tuple[str, ...]
    phrases: dict[str, int]
    sentences: tuple[frozenset[str], ...]


def features(
    query: str, candidates: Sequence[Candidate], vectors: WordVectors, expansions: Sequence[str] = ()
) -> NDArray[np.float64]:
    """Describe candidates, each feature scaled to mean 0 and standard deviation 1 among them.

    ``local_bm25`` counts a word as rare if few candidates hold it, which tells passages of one document apart;
    ``sentence`` is the share of the query (by that rarity) in the best sentence; ``pairs`` the share of its adjacent
    word pairs; ``neighbour`` the BM25 score of the passage before or after; ``document`` the mean of the best five
    BM25 scores of its document; ``late`` compares every word of the query with the nearest word of the passage, as
    ColBERT does with contextual vectors (Khattab and Zaharia, SIGIR 2020, arXiv:2004.12832).

    Parameters
    ----------
    query : str
        The query.
    candidates : sequence of Candidate
        What the first stage found.
    vectors : WordVectors
        Vectors of single words.
    expansions : sequence of str
        Other names; if some occur, the rarest counts as one more word of the query.

    Returns
    -------
    array of shape [len(candidates), 8]
        Columns as in ``NAMES``.
    """
    if not candidates:
        return np.zeros((0, len(NAMES)))
    terms = list(dict.fromkeys(stems(query)))
    phrases = [p for p in dict.fromkeys(" ".join(stems(e)) for e in expansions) if p and p not in terms]
    texts = [_read(candidate.passage.text, phrases) for candidate in candidates]
    rarity = _rarity(terms, phrases, texts)
    neighbours, documents = _surroundings(candidates)
    columns = np.column_stack(
        [
            [c.lexical for c in candidates],
            _local_bm25(texts, rarity),
            _best_sentence(texts, rarity),
            _pairs(query, texts),
            neighbours,
            documents,
            [c.cosine for c in candidates],
            _late(query, [c.passage.text for c in candidates], rarity, vectors),
        ]
    )
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(spread > 1e-9, spread, np.inf))


def _read(text: str, phrases: Sequence[str]) -> _Read:
    everything = tuple(stems(text))
    counts = _counted(phrases, everything)
    parts = [stems(text[start:end]) for start, end in sentences(text)]
    held = tuple(frozenset(part) | _counted(list(counts), part).keys() for part in parts)
    return _Read(everything, counts, held)


def _counted(phrases: Sequence[str], sequence: Sequence[str]) -> dict[str, int]:
    """How often phrases occur, those that do."""
    if not phrases:
        return {}
    joined = f" {' '.join(sequence)} "
    return {phrase: n for phrase in phrases if (n := joined.count(f" {phrase} "))}


def _rarity(terms: Sequence[str], phrases: Sequence[str], texts: Sequence[_Read]) -> dict[str, float]:
    """Inverse document frequency of words and phrases among the candidates."""
    held = Counter(term for text in texts for term in set(terms).intersection(text.all))
    held.update(phrase for text in texts for phrase in text.phrases)
    n = len(texts)
    return {term: math.log1p((n - held[term] + 0.5) / (held[term] + 0.5)) for term in (*terms, *phrases)}


def _local_bm25(texts: Sequence[_Read], rarity: dict[str, float]) -> list[float]:
    average = sum(len(text.all) for text in texts) / len(texts) or 1.0
    scores = []
    for text in texts:
        counts = Counter(word for word in text.all if word in rarity) | Counter(text.phrases)
        length = _K1 * (1.0 - _B + _B * len(text.all) / average)
        scores.append(_together({t: rarity[t] * n * (_K1 + 1.0) / (n + length) for t, n in counts.items()}, text))
    return scores


def _together(worth: dict[str, float], text: _Read) -> float:
    """Sum over words; of other names only the best, for they say the same thing."""
    others = [value for term, value in worth.items() if term in text.phrases]
    return sum(value for term, value in worth.items() if term not in text.phrases) + max(others, default=0.0)


def _best_sentence(texts: Sequence[_Read], rarity: dict[str, float]) -> list[float]:
    whole = sum(rarity.values()) or 1.0
    known = rarity.keys()
    return [
        max((sum(rarity[t] for t in part & known) for part in text.sentences), default=0.0) / whole for text in texts
    ]


def _pairs(query: str, texts: Sequence[_Read]) -> list[float]:
    sequence = stems(query)
    wanted = set(itertools.pairwise(sequence))
    if not wanted:
        return [0.0] * len(texts)
    return [len(wanted & set(zip(t.all, t.all[1:], strict=False))) / len(wanted) for t in texts]


def _surroundings(candidates: Sequence[Candidate]) -> tuple[list[float], list[float]]:
    """BM25 score of the better neighbour, and mean of the best scores of the document."""
    by_document: dict[str, list[int]] = {}
    for place, candidate in enumerate(candidates):
        by_document.setdefault(candidate.passage.document_id, []).append(place)
    neighbour = [0.0] * len(candidates)
    document = [0.0] * len(candidates)
    for places in by_document.values():
        best = sorted((candidates[p].lexical for p in places), reverse=True)[:_BEST_OF_DOCUMENT]
        ordered = sorted(places, key=lambda p: candidates[p].passage.start)
        for place in ordered:
            document[place] = sum(best) / _BEST_OF_DOCUMENT
        for left, right in itertools.pairwise(ordered):
            if candidates[right].passage.start - candidates[left].passage.end <= _TOUCHING:
                neighbour[left] = max(neighbour[left], candidates[right].lexical)
                neighbour[right] = max(neighbour[right], candidates[left].lexical)
    return neighbour, document


def _late(query: str, texts: Sequence[str], rarity: dict[str, float], vectors: WordVectors) -> list[float]:
    """Mean over the query's words, by rarity, of the largest cosine with a word of the passage."""
    asked = [word for word in dict.fromkeys(words(query)) if stem(word)]
    weights = np.array([rarity[stem(word)] for word in asked])
    if not asked or weights.sum() <= 0.0:
        return [0.0] * len(texts)
    held = [[w for w in dict.fromkeys(words(text)) if stem(w)] for text in texts]
    place = {word: number for number, word in enumerate(dict.fromkeys(w for ws in held for w in ws))}
    if not place:
        return [0.0] * len(texts)
    likeness = vectors.of(asked) @ vectors.of(place).T
    return [
        float(weights @ likeness[:, [place[w] for w in ws]].max(axis=1) / weights.sum()) if ws else 0.0 for ws in held
    ]
