"""Words, stems and sentences of passages, as the reranker and the snippets read them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from index.lexical import analyser, fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.embed import Embedder

_WORD = re.compile(r"[^\W_]{1,60}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_LEAST_SENTENCE = 16  # characters; a shorter piece is a label or a broken line
_CACHED_STEMS = 100_000
_CACHED_VECTORS = 20_000  # words; 20 MB at 256 dimensions in float32


@lru_cache(maxsize=1)
def _one_analyser() -> Any:
    return analyser()


@lru_cache(maxsize=_CACHED_STEMS)
def stem(word: str) -> str:
    """Return the stem of a word as the BM25 index has it.

    Parameters
    ----------
    word : str
        One word without white space or punctuation.

    Returns
    -------
    str
        Its stem, empty for a stop word.
    """
    found = _one_analyser().analyze(fold(word))
    return str(found[0]) if found else ""


def words(text: str) -> list[str]:
    """Return the words of a text in lower case.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        Runs of letters and digits, in order, stop words too.
    """
    return _WORD.findall(text.lower())


def stems(text: str) -> list[str]:
    """Return the stems of a text, stop words left out.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        In order, with repetitions.
    """
    return [found for word in words(text) if (found := stem(word))]


def distinct(phrases: Iterable[str]) -> list[str]:
    """Leave out phrases that differ from one before in spelling, hyphens or endings alone.

    Parameters
    ----------
    phrases : iterable of str
        Phrases.

    Returns
    -------
    list of str
        The first of each kind.
    """
    return list({tuple(stems(phrase)): phrase for phrase in reversed(list(phrases))}.values())[::-1]


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of sentences; short pieces and white space between them are left out.

    Parameters
    ----------
    text : str
        Text of a passage.

    Yields
    ------
    (int, int)
        Start and end; the whole text if no piece is long enough.
    """
    start = 0
    found = False
    for match in _SENTENCE_END.finditer(text):
        if match.start() - start >= _LEAST_SENTENCE:
            found = True
            yield start, match.start()
        start = match.end()
    if len(text) - start >= _LEAST_SENTENCE or not found:
        yield (start, len(text)) if found else (0, len(text))


class WordVectors:
    """Vectors of single words, kept for the next query.

    Parameters
    ----------
    embedder : Embedder
        Gives a word its vector; the static one needs microseconds.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def of(self, wanted: Iterable[str]) -> NDArray[np.float32]:
        """Return the vectors of words.

        Parameters
        ----------
        wanted : iterable of str
            Words.

        Returns
        -------
        array of shape [number of words, dimension]
            Unit rows; zero where the embedder does not know the word.
        """
        listed: Sequence[str] = list(wanted)
        if not listed:
            return np.zeros((0, self._embedder.dimension), dtype=np.float32)
        with self._lock:
            if len(self._known) > _CACHED_VECTORS:
                self._known.clear()
            new = [word for word in dict.fromkeys(listed) if word not in self._known]
            if new:
                self._known.update(zip(new, self._embedder.encode(new), strict=True))
            return np.stack([self._known[word] for word in listed])
