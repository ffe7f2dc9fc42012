"""Retrieval quality on ChemRxivQuest: BM25, dense, and their fusion, tuned on one half and reported on the other.

    python benchmarks/retrieval_quality.py [--data FOLDER] [--embedder ID] [--json]

ChemRxivQuest (CC-BY-4.0) has questions made from spans of full texts; a passage is relevant if it holds at least half
of the answer span (or 200 characters of it). Halves are drawn by document. Metrics: nDCG@10 and recall@5, with 95 %
bootstrap intervals over questions.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from index.document import clean, passages
from index.embed import load_embedder
from index.lexical import LexicalIndex

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
DEPTH = 200


def load(folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Return passages, and questions with their relevant passages and document."""
    texts: dict[str, str] = {}
    with tarfile.open(folder / "texts.tar.gz") as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".txt"):
                handle = archive.extractfile(member)
                assert handle is not None
                texts[Path(member.name).name] = clean(handle.read().decode("utf-8"))
    rows: list[tuple[str, int, int]] = []
    found: list[str] = []
    for name in sorted(texts):
        for span in passages(texts[name]):
            rows.append((name, span.start, span.end))
            found.append(texts[name][span.start : span.end])
    questions = []
    with (folder / "questions_dev.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            name = Path(row["corpus_id"]).name
            relevant = set()
            for reference in json.loads(row["references"]):
                start, end = reference["start_index"], reference["end_index"]
                for number, (document, left, right) in enumerate(rows):
                    overlap = min(end, right) - max(start, left)
                    if document == name and overlap >= min(0.5 * (end - start), 200):
                        relevant.add(number)
            questions.append({"question": row["question"], "document": name, "relevant": relevant})
    return found, questions


def score(rankings: list[list[int]], questions: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Return nDCG@10 and recall@5 of each question."""
    gains, recalls = [], []
    for ranking, question in zip(rankings, questions, strict=True):
        relevant = question["relevant"]
        got = sum(1 / np.log2(place + 2) for place, row in enumerate(ranking[:10]) if row in relevant)
        best = sum(1 / np.log2(place + 2) for place in range(min(10, len(relevant))))
        gains.append(got / best)
        recalls.append(len(relevant & set(ranking[:5])) / len(relevant))
    return np.array(gains), np.array(recalls)


def fuse(lexical: list[list[tuple[int, float]]], cosines: np.ndarray, weight: float) -> list[list[int]]:
    """Weighted sum of scaled scores, as in ``index.search``."""
    rankings = []
    for hits, row in zip(lexical, cosines, strict=True):
        words = dict(hits)
        rows = np.array(sorted({*words, *np.argpartition(-row, 100)[:100].tolist()}))
        dense = row[rows]
        dense = (dense - dense.min()) / ((dense.max() - dense.min()) or 1.0)
        bm25 = np.array([words.get(int(r), 0.0) for r in rows])
        total = weight * dense + (1 - weight) * bm25 / (bm25.max() or 1.0)
        rankings.append(rows[np.lexsort((rows, -total))][:20].tolist())
    return rankings


def reciprocal(lexical: list[list[tuple[int, float]]], cosines: np.ndarray, k: int = 60) -> list[list[int]]:
    """Plain reciprocal rank fusion, for comparison."""
    rankings = []
    for hits, row in zip(lexical, cosines, strict=True):
        total: dict[int, float] = {}
        for ranked in ([r for r, _ in hits], np.argsort(-row)[:DEPTH].tolist()):
            for place, number in enumerate(ranked):
                total[number] = total.get(number, 0.0) + 1 / (k + place + 1)
        rankings.append(sorted(total, key=lambda r: (-total[r], r))[:20])
    return rankings


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float, float]:
    """Mean with a 95 % bootstrap interval."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (2000, len(values)))].mean(axis=1)
    return float(values.mean()), float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def main() -> None:
    """Run the benchmark and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("POLYSMITH_DATA", "../shared/data")) / "chemrxivquest"
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--embedder", default="")
    parser.add_argument("--vectors", type=Path, nargs=2, help="passage and question vectors (.npy) made elsewhere")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found, questions = load(options.data)
    documents = sorted({question["document"] for question in questions})
    order = np.random.default_rng(0).permutation(len(documents))
    tuning = {documents[number] for number in order[: len(documents) // 2]}
    dev = np.array([question["document"] in tuning for question in questions])
    words = LexicalIndex()
    words.add((number, "", text) for number, text in enumerate(found))
    lexical = [words.search(question["question"], DEPTH) for question in questions]
    if options.vectors:
        stored, asked = (np.load(path, allow_pickle=False) for path in options.vectors)
    else:
        embedder = load_embedder(options.embedder)
        stored, asked = embedder.encode(found), embedder.encode([q["question"] for q in questions])
    cosines = asked @ stored.T
    runs = {f"fusion, dense weight {weight:g}": fuse(lexical, cosines, weight) for weight in WEIGHTS}
    runs["BM25"] = [[row for row, _ in hits] for hits in lexical]
    runs["dense"] = np.argsort(-cosines, axis=1)[:, :20].tolist()
    runs["reciprocal rank fusion, k = 60"] = reciprocal(lexical, cosines)
    table: dict[str, Any] = {"passages": len(found), "questions": len(questions), "tuning": int(dev.sum())}
    for name, rankings in runs.items():
        gains, recalls = score(rankings, questions)
        table[name] = {
            half: {"ndcg_at_10": interval(gains[mask]), "recall_at_5": interval(recalls[mask])}
            for half, mask in (("tuning", dev), ("test", ~dev))
        }
    if options.json:
        print(json.dumps(table, indent=1))
        return
    print({key: table[key] for key in ("passages", "questions", "tuning")})
    for name in runs:
        cells = [
            f"{m[0]:.3f} [{m[1]:.3f}, {m[2]:.3f}]" for half in ("tuning", "test") for m in table[name][half].values()
        ]
        print(f"{name:34s} {'  '.join(cells)}")


if __name__ == "__main__":
    main()
