"""Vectors like real embeddings, in any number: a mixture of Gaussians fitted to embeddings of papers and of questions.

    python benchmarks/mixture.py EMBEDDINGS.npz

``EMBEDDINGS.npz`` holds ``documents`` [n, d], ``questions`` [m, d] and ``answers`` [m] (row of the passage that answers
each question); the fit is written to ``benchmarks/mixture.npz``. The file there was fitted to all-MiniLM-L6-v2 (384
dimensions) on passages and questions of ChemRxivQuest (CC-BY-4.0).

A document is ``mean + scale * z @ basis`` of a random component, scaled to unit length. A query is ``c * document +
sqrt(1 - c^2) * other``. Here c is drawn from real cosines, of passages with their nearest other passage
(document-like) or of questions with the passage that answers them, and ``other`` from a Gaussian fitted to the rest.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

PLACE = Path(__file__).with_name("mixture.npz")
COMPONENTS = 64


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def fit(documents: np.ndarray, questions: np.ndarray, answers: np.ndarray) -> dict[str, np.ndarray]:
    """Return means, scales and weights of the components, a common basis, and what queries are drawn from."""
    from sklearn.cluster import KMeans

    documents, questions = unit(documents), unit(questions)
    labels = KMeans(COMPONENTS, n_init=1, random_state=0).fit_predict(documents)
    means = np.stack([documents[labels == k].mean(0) for k in range(COMPONENTS)])
    basis = np.linalg.svd(documents - means[labels], full_matrices=False)[2]
    rest = (documents - means[labels]) @ basis.T
    pooled = rest.std(0)
    counts = np.bincount(labels, minlength=COMPONENTS)
    scales = np.stack([rest[labels == k].std(0) if counts[k] > 1 else pooled for k in range(COMPONENTS)])
    share = (counts / (counts + 20))[:, None]  # a component of few documents leans on all of them
    scales = share * scales + (1 - share) * pooled
    alike = documents @ documents.T
    np.fill_diagonal(alike, -1)
    nearest = alike.argmax(1)
    out = {"means": means, "scales": scales, "basis": basis, "weights": counts / counts.sum()}
    for name, asked, base in (
        ("document", documents, documents[nearest]),
        ("question", questions, documents[answers]),
    ):
        cosines = (asked * base).sum(1)
        left = unit(asked - cosines[:, None] * base)
        out[f"{name}_cosines"] = np.quantile(cosines, np.linspace(0, 1, 101))
        out[f"{name}_mean"] = left.mean(0)
        out[f"{name}_scales"] = ((left - left.mean(0)) @ basis.T).std(0)
    return {key: value.astype(np.float16 if value.ndim == 2 else np.float32) for key, value in out.items()}


class Mixture:
    """The fitted mixture; the same seed gives the same vectors."""

    def __init__(self, path: Path = PLACE) -> None:
        with np.load(path) as stored:
            self.parts = {name: stored[name].astype(np.float32) for name in stored.files}
        self.dimension = self.parts["means"].shape[1]

    def documents(self, count: int, seed: int, block: int = 0) -> np.ndarray:
        """Return an array [count, dimension] of unit vectors."""
        rng = np.random.default_rng((seed, block))
        weights = self.parts["weights"].astype(np.float64)
        which = rng.choice(len(weights), size=count, p=weights / weights.sum())
        noise = rng.standard_normal((count, self.dimension), dtype=np.float32)
        noise *= self.parts["scales"][which]
        return unit(self.parts["means"][which] + noise @ self.parts["basis"])

    def queries(self, kind: str, bases: np.ndarray, seed: int) -> np.ndarray:
        """Return one unit query near each of some documents; ``kind`` is ``"document"`` or ``"question"``."""
        rng = np.random.default_rng((seed, len(kind), 1))
        level = np.interp(rng.random(len(bases)), np.linspace(0, 1, 101), self.parts[f"{kind}_cosines"])
        noise = rng.standard_normal(bases.shape, dtype=np.float32) * self.parts[f"{kind}_scales"]
        other = self.parts[f"{kind}_mean"] + noise @ self.parts["basis"]
        other = unit(other - (other * bases).sum(1, keepdims=True) * bases)
        level = level[:, None].astype(np.float32)
        return unit(level * bases + np.sqrt(1 - level**2) * other)


if __name__ == "__main__":
    with np.load(sys.argv[1]) as given:
        np.savez_compressed(PLACE, **fit(given["documents"], given["questions"], given["answers"]))
    print(PLACE, PLACE.stat().st_size, "bytes")
