"""Trains the light reranker: eight weights from judged questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.build import build_in_memory
from index.embed import load_embedder
from index.evaluation import Question, read_chemrxivquest, tuning_half
from index.features import NAMES, features
from index.rerank import LIGHT_NAME, WEIGHTS, LightReranker
from index.search import HybridIndex
from index.words import WordVectors
from tools.core.cards import Card, DataSource, file_sha256, write_card

if TYPE_CHECKING:
    from numpy.typing import NDArray

PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0)
FOLDS = 5
COMMAND = (
    'python -c "from pathlib import Path; from finetune.reranker import train_reranker; '
    "train_reranker(Path('DATA_DIR/chemrxivquest'), Path('index/artefacts/light-reranker'))\""
)

Table = tuple["NDArray[np.float64]", "NDArray[np.float64]"]  # features [n, 8] of one query, relevance [n]


def fit_weights(tables: Sequence[Table], penalty: float) -> NDArray[np.float64]:
    """Fit weights so that relevant candidates come first: cross-entropy of a softmax over each list.

    The loss is that of ListNet with binary relevance (Cao et al., ICML 2007), with a quadratic penalty; weights are
    held at 0 or above, as every feature speaks for a passage.

    Parameters
    ----------
    tables : sequence of (array of shape [n, 8], array of shape [n])
        Features and relevance (0 or 1) of the candidates of each query; queries without a relevant one are left out.
    penalty : float
        Strength of the quadratic penalty.

    Returns
    -------
    array of shape [8]
        Weights.
    """
    from scipy.optimize import minimize

    lists = [(x, y / y.sum()) for x, y in tables if y.sum()]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = 0.0, np.zeros_like(weights)
        for x, share in lists:
            scores = x @ weights
            top = scores.max()
            chances = np.exp(scores - top)
            whole = chances.sum()
            total += top + np.log(whole) - share @ scores
            slope += x.T @ (chances / whole - share)
        value = float(total + penalty * weights @ weights / 2) / len(lists)
        return value, np.asarray((slope + penalty * weights) / len(lists))

    found = minimize(loss, np.zeros(len(NAMES)), jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(NAMES))
    return np.asarray(found.x)


def _gain(table: Table, question: Question, weights: NDArray[np.float64]) -> float:
    x, y = table
    first = y[np.argsort(-(x @ weights), kind="stable")[:10]]
    discounts = 1 / np.log2(np.arange(10) + 2)
    return float(first @ discounts[: len(first)] / discounts[: min(10, question.relevant)].sum())


def choose_penalty(
    tables: Sequence[Table], questions: Sequence[Question], seed: int = 0
) -> tuple[float, dict[str, float]]:
    """Choose the penalty by cross-validation over documents.

    Parameters
    ----------
    tables : sequence of (array, array)
        As in ``fit_weights``.
    questions : sequence of Question
        The questions, in the same order.
    seed : int
        Seed of the folds.

    Returns
    -------
    float
        The penalty with the best mean nDCG@10.
    dict of str to float
        That nDCG@10 for each penalty.
    """
    documents = sorted({question.document_id for question in questions})
    order = np.random.default_rng(seed).permutation(len(documents))
    fold = {documents[number]: place % FOLDS for place, number in enumerate(order)}
    means: dict[str, float] = {}
    for penalty in PENALTIES:
        gains = []
        for held in range(FOLDS):
            inside = [fold[question.document_id] != held for question in questions]
            weights = fit_weights([t for t, use in zip(tables, inside, strict=True) if use], penalty)
            gains += [_gain(t, q, weights) for t, q, use in zip(tables, questions, inside, strict=True) if not use]
        means[f"{penalty:g}"] = round(float(np.mean(gains)), 4)
    best = max(PENALTIES, key=lambda penalty: means[f"{penalty:g}"])
    return best, means


def train_reranker(data: Path, out: Path, *, seed: int = 0) -> Card:
    """Train the light reranker on the tuning half of ChemRxivQuest and write it with its card.

    Parameters
    ----------
    data : Path
        Folder of ChemRxivQuest.
    out : Path
        Artefact folder, made if absent.
    seed : int
        Seed of the halves and folds.

    Returns
    -------
    Card
        The card written.

    Raises
    ------
    InputError
        If the data cannot be read.
    """
    documents, every = read_chemrxivquest(data)
    questions = [q for q, use in zip(every, tuning_half(every, seed), strict=True) if use]
    retriever = HybridIndex([build_in_memory(documents, load_embedder(), name="training")])
    vectors = WordVectors(load_embedder())
    tables: list[Table] = []
    for question in questions:
        found = retriever.candidates(question.text, LightReranker.depth)
        relevance = np.array([float(question.answered_by(c.passage)) for c in found])
        tables.append((features(question.text, found, vectors), relevance))
    penalty, means = choose_penalty(tables, questions, seed)
    weights = fit_weights(tables, penalty)
    out.mkdir(parents=True, exist_ok=True)
    written = {name: round(float(weight), 4) for name, weight in zip(NAMES, weights, strict=True)}
    (out / WEIGHTS).write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    card = Card(
        id=f"{LIGHT_NAME}-1",
        title="Light reranker of passages",
        description="Weighted sum of eight features of a query and a passage; see index/features.py.",
        files={WEIGHTS: file_sha256(out / WEIGHTS)},
        data=[
            DataSource(
                name="ChemRxivQuest questions, tuning half",
                sha256=file_sha256(data / "questions_dev.csv"),
                rows=len(questions),
                licence="CC-BY-4.0",
            )
        ],
        split="halves by document; the penalty by five folds over the documents of the tuning half; the other half is "
        "left for benchmarks/retrieval_quality.py",
        metrics={"nDCG@10 in cross-validation, by penalty": means, "penalty": penalty},
        command=COMMAND,
        versions={name: version(name) for name in ("numpy", "scipy", "tantivy", "faiss-cpu")},
        seed=seed,
        licence="Apache-2.0",
        limits="English. Learnt from questions that were made from passages of full texts and share their words; "
        "scores are for comparison within a query.",
    )
    write_card(out, card)
    return card
