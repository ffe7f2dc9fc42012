"""Fusion of BM25 and dense scores: both on a scale with fixed ends, then a weighted sum.

Each score is divided by what it could be at most, not by what the query happened to find: a cosine by 1, a BM25 score
by the score of a passage that held every word of the query without end. So a query whose words are hardly found leans
on the vectors, and vectors that find nothing alike cannot be blown up to look as if they had. Bruch, Gai and Ingber
(ACM Transactions on Information Systems 2023, arXiv:2210.11934) compare such fusions with reciprocal ranks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from index.embed import Embedder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.lexical import Counts

SATURATION = 2.2  # k1 + 1 with the k1 = 1.2 of tantivy's BM25: the most that a word can bring over its rarity
USUAL_BEST = 0.5  # the best passage's share of that bound: median of the ChemRxivQuest questions (90 %: 0.34 to 0.65)
# Shares of the dense score, tuned on one half of the ChemRxivQuest questions: see docs/experiments.md.
STATIC_WEIGHT = 0.2
CONTEXTUAL_WEIGHT = 0.3


def default_weight(embedder: Embedder) -> float:
    """Return the share of the dense score that suits an embedder.

    Parameters
    ----------
    embedder : Embedder
        Embedder of an index.

    Returns
    -------
    float
        0 to 1; less for static vectors, which know no word order, and for embedders that are not known here.
    """
    return CONTEXTUAL_WEIGHT if embedder.id.startswith("sentence-transformers:") else STATIC_WEIGHT


def lexical_bound(collection: Counts, terms: Counts) -> float:
    """Return the BM25 score that a passage with every word of a query would have in the limit.

    Parameters
    ----------
    collection : Counts
        How often words occur in everything that is searched.
    terms : Counts
        The words of the query.

    Returns
    -------
    float
        (k1 + 1) times the sum of the words' rarities; 0 if the query has no word.
    """
    return SATURATION * sum(collection.rarity(*key) for key in terms.frequencies if key[0] == "text")


def fuse(
    lexical: NDArray[np.float32], cosines: NDArray[np.float32], bound: float, weight: float
) -> NDArray[np.float32]:
    """Weighted sum of scaled scores.

    Parameters
    ----------
    lexical : array of shape [n]
        BM25 scores, 0 where a passage holds no word of the query.
    cosines : array of shape [n]
        Cosines; negative ones count as 0.
    bound : float
        What a BM25 score is divided by; 0 for the best one here.
    weight : float
        Share of the cosine, 0 to 1.

    Returns
    -------
    array of shape [n]
        Scores; above 1 only if other names of the query's words brought more than the words themselves.
    """
    scale = bound or float(lexical.max(initial=0.0)) or 1.0
    return np.asarray((1.0 - weight) * lexical / scale + weight * np.maximum(cosines, 0.0), dtype=np.float32)
