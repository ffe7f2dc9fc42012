"""Abstracts without meaning but with the word statistics of English: Zipf's law, and real stop words on top."""

from __future__ import annotations

import re

import numpy as np

from index.document import Document, Span

WORDS = 200_000
TOKENS = 200  # of an abstract, on average
_SYLLABLES = [a + b for a in re.findall(r"\w+", "b c d f g h l m n p r s t v z ch st tr pl gr") for b in "aeiouy"]
_STOP = re.findall(
    r"\w+",
    "the of and in to a is with for by as on that are was at from an this be we which were have it has or can not "
    "these been their such but than used may into its between also using",
)


class Abstracts:
    """Writes synthetic documents; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        made: dict[str, None] = dict.fromkeys(_STOP)
        while len(made) < WORDS:
            for parts in rng.integers(0, len(_SYLLABLES), size=(WORDS, 5)):
                length = 1 + int(parts[4]) % 4
                made["".join(_SYLLABLES[p] for p in parts[: length + 1])] = None
        words = list(made)[:WORDS]
        self.words = np.array(words, dtype=object)
        shares = 1.0 / (np.arange(WORDS) + 2.7) ** 1.05  # Zipf-Mandelbrot
        self._sums = np.cumsum(shares / shares.sum())
        self._seed = seed

    def documents(self, first: int, count: int) -> list[Document]:
        """Return documents numbered from ``first``."""
        rng = np.random.default_rng((self._seed, first))
        lengths = np.clip(rng.normal(TOKENS, 50, count), 40, 400).astype(int)
        drawn = self.words[self._sums.searchsorted(rng.random(int(lengths.sum()) + 12 * count))]
        years = 2025 - np.minimum(rng.exponential(10, count), 60).astype(int)
        out, place = [], 0
        for number, length, year in zip(range(first, first + count), lengths.tolist(), years.tolist(), strict=True):
            title, text = drawn[place : place + 12], drawn[place + 12 : place + 12 + length]
            place += 12 + length
            doi = f"10.{1000 + number % 97}/x.{number}"
            out.append(
                Document(
                    id=f"doi:{doi}",
                    title=" ".join(title) + f" {number}",
                    text=" ".join(text) + ".",
                    doi=doi,
                    url=f"https://example.org/W{2_000_000_000 + number}",
                    reference=f"{title[0].title()} et al., Journal of {title[1].title()} ({year})",
                    year=year,
                    source=f"collection-{number % 4}",
                )
            )
        return out

    def questions(self, count: int) -> list[str]:
        """Return questions of eight words, drawn like the words of a text."""
        rng = np.random.default_rng((self._seed, 1))
        drawn = self.words[self._sums.searchsorted(rng.random((count, 8)))]
        return [" ".join(row) for row in drawn]


def bare(first: int, count: int) -> tuple[list[Document], list[list[Span]]]:
    """Documents of 100 one-word passages, where only vectors count."""
    documents = [
        Document(id=f"bare-{n}", title="", text="word " * 100, year=2000) for n in range(first, first + count, 100)
    ]
    return documents, [
        [Span(5 * i, 5 * i + 4) for i in range(min(100, first + count - n))] for n in range(first, first + count, 100)
    ]


def whole(documents: list[Document]) -> list[list[Span]]:
    """One passage a document: its whole text."""
    return [[Span(0, len(document.text))] for document in documents]
