"""Retrieval quality on ChemRxivQuest: BM25, dense, fused and reranked; tuned on one half, reported on the other.

    python benchmarks/retrieval_quality.py [--data FOLDER] [--embedder ID] [--cross-encoder MODEL] [--sweep] [--json]

ChemRxivQuest (CC-BY-4.0) has questions made from spans of full texts; a passage is relevant if it holds at least half
of the answer span (or 200 characters of it). Halves are drawn by document. nDCG@10 and recall@5 with 95 % bootstrap
intervals over questions, and paired differences to the better of BM25 and dense. Every run is a search of the index.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.build import build_in_memory
from index.embed import Embedder, load_embedder
from index.evaluation import Question, interval, ndcg, read_chemrxivquest, recall, tuning_half
from index.rerank import Reranker, load_reranker
from index.search import HybridIndex
from tools.core.evidence import Passage

WEIGHTS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8)
DEPTH = 20
RRF_DEPTH = 100
HALVES = ("tuning", "test")

Run = Callable[[str], list[Passage]]


class Recorded:
    """An embedder that looks vectors up which another environment has made.

    Parameters
    ----------
    name : str
        Id of the embedder that made them.
    texts : sequence of str
        Texts.
    vectors : array of shape [n, d]
        Their unit vectors.
    """

    def __init__(self, name: str, texts: Sequence[str], vectors: np.ndarray) -> None:
        self.id = name
        self.dimension = int(vectors.shape[1])
        self._known = dict(zip(texts, vectors.astype(np.float32), strict=True))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of texts that were recorded."""
        return np.stack([self._known[text] for text in texts])


def reciprocal(first: Run, second: Run, k: int = 60) -> Run:
    """Plain reciprocal rank fusion of two rankings, for comparison."""

    def run(query: str) -> list[Passage]:
        total: dict[str, float] = {}
        known: dict[str, Passage] = {}
        for ranking in (first(query), second(query)):
            for rank, item in enumerate(ranking):
                known[item.id] = item
                total[item.id] = total.get(item.id, 0.0) + 1 / (k + rank + 1)
        return [known[name] for name in sorted(total, key=lambda name: (-total[name], name))[:DEPTH]]

    return run


def searching(retriever: HybridIndex, k: int = DEPTH, rerank: Reranker | str = "none") -> Run:
    """A run that searches an index."""
    return lambda query: retriever.search(query, k, rerank=rerank)


def runs_of(shard: Any, embedder: Embedder, rerankers: dict[str, Reranker | str], sweep: bool) -> dict[str, Run]:
    """All runs by name."""
    words, dense = HybridIndex([shard], dense_weight=0.0), HybridIndex([shard], dense_weight=1.0)
    fused = HybridIndex([shard])
    runs = {
        "BM25": searching(words),
        "dense": searching(dense),
        "reciprocal rank fusion, k = 60": reciprocal(searching(words, RRF_DEPTH), searching(dense, RRF_DEPTH)),
        "fused": searching(fused),
    }
    if sweep:
        for weight in WEIGHTS:
            runs[f"fused, dense weight {weight:g}"] = searching(HybridIndex([shard], dense_weight=weight))
    for name, reranker in rerankers.items():
        runs[f"fused, reranked: {name}"] = searching(fused, rerank=reranker)
    return runs


def measure(runs: dict[str, Run], questions: Sequence[Question], tuning: np.ndarray) -> dict[str, Any]:
    """Metrics, paired differences and times of all runs."""
    values: dict[str, dict[str, np.ndarray]] = {}
    table: dict[str, Any] = {}
    for name, run in runs.items():
        rankings, times = [], []
        for question in questions:
            started = time.perf_counter()
            rankings.append(run(question.text))
            times.append(1e3 * (time.perf_counter() - started))
        values[name] = {
            "ndcg_at_10": np.array([ndcg(q, r) for q, r in zip(questions, rankings, strict=True)]),
            "recall_at_5": np.array([recall(q, r) for q, r in zip(questions, rankings, strict=True)]),
        }
        table[name] = {"p50_ms": float(np.median(times)), "p95_ms": float(np.quantile(times, 0.95))}
    for half, mask in zip(HALVES, (tuning, ~tuning), strict=True):
        for name, metrics in values.items():
            cells: dict[str, Any] = {metric: interval(found[mask]) for metric, found in metrics.items()}
            for metric, found in metrics.items():
                better = max(("BM25", "dense"), key=lambda n: float(values[n][metric][mask].mean()))
                cells[f"{metric}_gain"] = interval(found[mask] - values[better][metric][mask])
            table[name][half] = cells
    return table


def main() -> None:
    """Run the benchmark and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("POLYSMITH_DATA", "../shared/data")) / "chemrxivquest"
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--embedder", default="", help="id, as a manifest names it")
    parser.add_argument("--vectors", type=Path, nargs=2, help="passage and question vectors (.npy) made elsewhere")
    parser.add_argument("--export", type=Path, help="only write the passages and questions that are embedded, as JSON")
    parser.add_argument("--cross-encoder", action="append", default=[], help="model to rerank with; may be repeated")
    parser.add_argument("--sweep", action="store_true", help="all dense weights too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    documents, questions = read_chemrxivquest(options.data)
    if options.vectors or options.export:
        from index.document import passages

        texts = [d.text[s.start : s.end] for d in documents for s in passages(d.text)]
        asked = [q.text for q in questions]
        if options.export:
            options.export.write_text(json.dumps({"passages": texts, "questions": asked}), encoding="utf-8")
            return
        made = np.concatenate([np.load(path, allow_pickle=False) for path in options.vectors])
        embedder: Embedder = Recorded(options.embedder or "recorded", [*texts, *asked], made)
    else:
        embedder = load_embedder(options.embedder)
    shard = build_in_memory(documents, embedder, name="chemrxivquest")
    rerankers: dict[str, Reranker | str] = {"light": "light"}
    for model in options.cross_encoder:
        found = load_reranker(f"cross-encoder:{model}")
        assert found is not None
        rerankers[model] = found
    tuning = tuning_half(questions)
    table = measure(runs_of(shard, embedder, rerankers, options.sweep), questions, tuning)
    sizes = {"passages": shard.passage_count, "questions": len(questions), "tuning": int(tuning.sum())}
    if options.json:
        print(json.dumps({"embedder": embedder.id, **sizes, "runs": table}, indent=1))
        return
    print(embedder.id, sizes)
    for name, cells in table.items():
        print(f"{name:36s} p50 {cells['p50_ms']:.0f} ms, p95 {cells['p95_ms']:.0f} ms")
        for half in HALVES:
            text = "  ".join(f"{key} {m[0]:.3f} [{m[1]:.3f}, {m[2]:.3f}]" for key, m in cells[half].items())
            print(f"    {half:7s} {text}")


if __name__ == "__main__":
    main()
