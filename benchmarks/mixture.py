"""Vectors like real embeddings, in any number, and queries near them: sums of real embeddings, fitted.

    python benchmarks/mixture.py EMBEDDINGS.npz [--check]

``EMBEDDINGS.npz`` holds ``documents`` [n, d] with their ``papers`` [n], ``questions`` [m, d] and ``answers`` [m] (row
of a passage that answers each question). The fit is written to ``benchmarks/mixture.npz``. With ``--check`` nothing is
written: half of the papers are fitted and compared with the other half. The file there was fitted to all-MiniLM-L6-v2
(384 dimensions, 128 tokens) on 10,270 passages and 470 questions of 151 papers of ChemRxivQuest (CC-BY-4.0).

A document is ``mean + radius * direction``. Its direction is a sum of real embeddings without their mean, the atoms,
found on a walk: the first step goes to the neighbourhood of any atom, the next ones to atoms near the one before, the
others to any of the few that follow the one before. Weights fall by ``FALL`` a step, times a gamma variate. Documents
that are close share the first steps, so the nearest one comes closer as the collection grows, by a power of its size,
as real ones do; a plain mixture of Gaussians has a floor there.

A document-like query is another document. A question-like one is ``c * document + sqrt(1 - c^2) * other`` for another
document: c compares the tenth nearest passage of real questions with that of passages (the nearest ones are what the
questions were made from), ``other`` is drawn from a Gaussian fitted to what questions and their nearest passages do
not share.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

PLACE = Path(__file__).with_name("mixture.npz")
ATOMS = 900
STEPS, CHOICES = 10, 30
NEAR_STEPS, NEAREST = 2, 20
FALL, SHAPE = 0.92, 1.5
FIRST = 1.5  # weight of the neighbourhood
SPREAD = 0.4  # of the weight of all other steps together, as a logarithm
SMOOTH, FLAT = 3, 0.6  # atoms in a neighbourhood; how far its spectrum is flattened
NOISE = 0.1  # of a direction, in all dimensions
_SEED = 7
_STEPS = np.linspace(0, 1, 101)  # of quantiles
_OF_QUERIES = 10**9  # block of documents that no index holds


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def fit(documents: np.ndarray, questions: np.ndarray) -> dict[str, np.ndarray]:
    """Return what ``Mixture`` draws from, all in the principal axes of the documents.

    Parameters
    ----------
    documents : array of shape [n, dimension]
        Real embeddings.
    questions : array of shape [m, dimension]
        Embeddings of questions that some of them answer.

    Returns
    -------
    dict of str to array
        The parts of the file.
    """
    documents, questions = unit(documents), unit(questions)
    mean = documents.mean(0)
    _, sizes, axes = np.linalg.svd(documents - mean, full_matrices=False)
    chosen = np.random.default_rng(_SEED).permutation(len(documents))[:ATOMS]
    atoms = unit(documents[chosen] - mean) @ axes.T
    alike = questions @ documents.T
    nearest = documents[alike.argmax(1)]
    rest = unit(questions - alike.max(1, keepdims=True) * nearest) @ axes.T
    some = chosen[: len(questions)]
    among = documents[some] @ documents.T
    among[np.arange(len(some)), some] = -1
    tenth = [np.partition(scores, -10, axis=1)[:, -10].mean() for scores in (alike, among)]
    return {
        "atoms": np.round(127 * atoms / np.abs(atoms).max()).astype(np.int8),
        "mean": (axes @ mean).astype(np.float32),
        "sizes": (sizes / np.linalg.norm(sizes)).astype(np.float32),
        "radii": np.quantile(np.linalg.norm(documents - mean, axis=1), _STEPS).astype(np.float32),
        "closeness": np.float32(min(1.0, tenth[0] / tenth[1])),
        "rest_mean": rest.mean(0).astype(np.float32),
        "rest_sizes": rest.std(0).astype(np.float32),
    }


class Mixture:
    """The fitted mixture; the same seed gives the same vectors.

    Parameters
    ----------
    parts : dict of str to array, optional
        As ``fit`` returns it; the file beside this module by default.
    """

    def __init__(self, parts: dict[str, np.ndarray] | None = None) -> None:
        if parts is None:
            with np.load(PLACE) as stored:
                parts = {name: stored[name] for name in stored.files}
        self._parts = parts
        self._atoms = unit(parts["atoms"].astype(np.float32))
        self.dimension = self._atoms.shape[1]
        count = len(self._atoms)
        order = np.argsort(-(self._atoms @ self._atoms.T), axis=1)
        self._first = unit(unit(self._atoms[order[:, :SMOOTH]].mean(1)) * (parts["sizes"] + 1e-3) ** -FLAT)
        nearest = np.argsort(-(self._first @ self._atoms.T), axis=1)[:, 1 : NEAREST + 1]
        rng = np.random.default_rng(_SEED)
        self._next = rng.integers(0, count, (count, STEPS - 1, CHOICES))
        for step in range(NEAR_STEPS):
            self._next[:, step] = np.stack([rng.choice(row, CHOICES) for row in nearest])

    def documents(self, count: int, seed: int, block: int = 0) -> np.ndarray:
        """Return an array [count, dimension] of unit vectors."""
        from scipy.sparse import csr_array

        rng = np.random.default_rng((seed, block))
        walk = np.empty((count, STEPS), dtype=np.int64)
        walk[:, 0] = rng.integers(0, len(self._atoms), count)
        for step in range(STEPS - 1):
            walk[:, step + 1] = self._next[walk[:, step], step, rng.integers(0, CHOICES, count)]
        walk[:, 1:] += len(self._first)
        weights = FALL ** np.arange(STEPS) * rng.gamma(SHAPE, 1 / SHAPE, (count, STEPS))
        weights[:, 0] *= FIRST
        weights[:, 1:] *= np.exp(SPREAD * rng.standard_normal((count, 1)))
        ends = np.arange(0, count * STEPS + 1, STEPS)
        both = np.concatenate([self._first, self._atoms])
        sums = csr_array((weights.astype(np.float32).ravel(), walk.ravel(), ends), shape=(count, len(both))) @ both
        noise = rng.standard_normal((count, self.dimension), dtype=np.float32) * self._parts["sizes"]
        radii = np.interp(rng.random((count, 1)), _STEPS, self._parts["radii"]).astype(np.float32)
        return unit(self._parts["mean"] + radii * unit(unit(sums) + NOISE * noise))

    def queries(self, kind: str, count: int, seed: int) -> np.ndarray:
        """Return unit queries, none of which is among the documents.

        Parameters
        ----------
        kind : str
            ``"document"`` or ``"question"``.
        count : int
            How many.
        seed : int
            Seed.

        Returns
        -------
        array of shape [count, dimension]
            The queries.
        """
        bases = self.documents(count, seed, _OF_QUERIES + len(kind))
        if kind == "document":
            return bases
        rng = np.random.default_rng((seed, _OF_QUERIES))
        noise = rng.standard_normal(bases.shape, dtype=np.float32) * self._parts["rest_sizes"]
        other = self._parts["rest_mean"] + noise
        other = unit(other - (other * bases).sum(1, keepdims=True) * bases)
        level = float(self._parts["closeness"])
        return unit(level * bases + (1 - level**2) ** 0.5 * other)


def _facts(documents: np.ndarray, queries: dict[str, np.ndarray]) -> dict[str, float]:
    """What two collections of the same size should have in common: neighbours, dimension, and recall of the index."""
    import faiss

    from index.vectors import Quality, VectorIndex

    faiss.omp_set_num_threads(1)
    alike = documents @ documents.T
    np.fill_diagonal(alike, -1)
    near = -np.sort(-alike, axis=1)[:, :100]
    away = np.sqrt(np.maximum(2 - 2 * near[:, :20], 1e-9))
    spectrum = np.linalg.svd(documents - documents.mean(0), compute_uv=False) ** 2
    out = {
        "documents": len(documents),
        "nearest_mean": near[:, 0].mean(),
        "nearest_q10": np.quantile(near[:, 0], 0.1),
        "nearest_q90": np.quantile(near[:, 0], 0.9),
        "tenth_mean": near[:, 9].mean(),
        "hundredth_mean": near[:, 99].mean(),
        "local_dimension_of_20": np.median(1 / np.log(away[:, -1:] / away[:, :-1]).mean(1)),  # Levina and Bickel 2004
        "spectrum_dimension": spectrum.sum() ** 2 / (spectrum**2).sum(),
    }
    lists = VectorIndex.trained(documents, len(documents))
    lists.add([documents.astype(np.float16)])
    for kind, rows in queries.items():
        scores = rows @ documents.T
        exact = np.argsort(-scores, axis=1)[:, :10]
        out[f"{kind}_nearest_mean"], out[f"{kind}_tenth_mean"] = (np.sort(scores, axis=1)[:, [-1, -10]]).mean(0)
        for probes, candidates in ((4, 100), (16, 20), (128, 20)):
            found = [lists.search(row, 10, Quality(probes, candidates)) for row in rows]
            hits = [len(set(f) & set(e)) / 10 for f, e in zip(found, exact.tolist(), strict=True)]
            out[f"{kind}_recall_{probes}_lists_{candidates}_candidates"] = np.mean(hits)
    return {name: round(float(value), 3) for name, value in out.items()}


def check(given: dict[str, np.ndarray]) -> None:
    """Fit half of the papers and print the facts of the other half beside those of vectors drawn from the fit."""
    documents, papers = unit(given["documents"]), given["papers"]
    rng = np.random.default_rng(_SEED)
    names = rng.permutation(np.unique(papers))
    mine = np.isin(papers, names[: len(names) // 2])
    asked = mine[given["answers"]]
    drawn = Mixture(fit(documents[mine], given["questions"][asked]))
    others = documents[~mine][rng.permutation(int((~mine).sum()))]
    queries = {"document": others[:300], "question": unit(given["questions"][~asked])}
    for stop in (700, 1_500, len(others)):
        base = others[300:stop]
        real = _facts(base, queries)
        made = drawn.documents(len(base), 1)
        made_queries = {kind: drawn.queries(kind, len(rows), 1) for kind, rows in queries.items()}
        for name, value in _facts(made, made_queries).items():
            print(f"{name:46} real {real[name]:9} drawn {value:9}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    with np.load(sys.argv[1]) as stored:
        given = {name: stored[name] for name in stored.files}
    if "--check" in sys.argv:
        check(given)
    else:
        np.savez_compressed(PLACE, **fit(given["documents"], given["questions"]))
        print(PLACE, PLACE.stat().st_size, "bytes")
