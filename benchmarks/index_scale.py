"""An index of many abstracts: recall, latency, memory and bytes, built and searched through the real code.

    python benchmarks/index_scale.py --size 100000 [--dir FOLDER] [--append 100000] [--compare] [--json]

Vectors are sampled from a mixture fitted to real embeddings (``mixture.py``), texts are synthetic (``synthetic.py``);
ground truth is exact, in single precision. Document-like and question-like queries are reported apart. The index is
searched in a process of its own: cold after its pages were dropped from the page cache, then warm. ``--keep`` leaves
the folder; without ``--dir`` a temporary one is used.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from mixture import Mixture
from scale_search import evict, measure
from synthetic import Abstracts, bare, whole

from index.build import IndexBuilder, VectorsOnly
from index.manifest import read_manifest
from index.upkeep import sizes

SEED = 7
BLOCK = 10_000
QUERIES = 500  # of each kind
DEPTH = 100
EMBEDDER = "mixture-of-all-MiniLM-L6-v2@1"


class Truth:
    """The exact nearest rows of some queries, kept up while vectors stream by."""

    def __init__(self, queries: np.ndarray) -> None:
        self.queries = queries
        self.scores = np.full((len(queries), DEPTH), -2.0, dtype=np.float32)
        self.rows = np.full((len(queries), DEPTH), -1, dtype=np.int64)

    def see(self, vectors: np.ndarray, first: int) -> None:
        """Take in vectors whose rows start at ``first``."""
        scores = self.queries @ vectors.T
        for i in np.flatnonzero(scores.max(1) > self.scores[:, -1]):
            better = np.flatnonzero(scores[i] > self.scores[i, -1])
            joined = np.concatenate([self.scores[i], scores[i, better]])
            best = np.argsort(-joined, kind="stable")[:DEPTH]
            self.rows[i] = np.concatenate([self.rows[i], better + first])[best]
            self.scores[i] = joined[best]


def queries_for(mixture: Mixture) -> np.ndarray:
    """Return document-like queries, then question-like ones; none of them is in the index."""
    return np.concatenate([mixture.queries(kind, QUERIES, SEED) for kind in ("document", "question")])


def build(folder: Path, first: int, stop: int, every: int, truth: Truth | None, *, texts: bool) -> dict[str, float]:
    """Add rows to an index; return seconds spent in the index, and in making what goes in."""
    mixture, abstracts = Mixture(), Abstracts(SEED)
    spent = {"add_s": 0.0, "commit_s": 0.0, "make_s": 0.0, "cpu_s": 0.0}
    with IndexBuilder(folder, VectorsOnly(EMBEDDER, mixture.dimension)) as builder:
        for start in range(first, stop, BLOCK):
            began = time.perf_counter()
            count = min(BLOCK, stop - start)
            vectors = mixture.documents(count, SEED, start // BLOCK)
            if texts:
                documents = abstracts.documents(start, count)
                spans = whole(documents)
            else:
                documents, spans = bare(start, count)
            if truth is not None:
                truth.see(vectors, start)
            made, cpu = time.perf_counter(), time.process_time()
            added = builder.add_embedded(documents, vectors, spans=spans)
            assert added == len(documents)
            done = time.perf_counter()
            if (start + count) % every == 0 or start + count == stop:
                builder.commit()
            spent["cpu_s"] += time.process_time() - cpu
            spent["make_s"] += made - began
            spent["add_s"] += done - made
            spent["commit_s"] += time.perf_counter() - done
            if (start // BLOCK) % 20 == 0:
                print(f"{start + count} of {stop}: {spent}", file=sys.stderr, flush=True)
    return {name: round(value, 1) for name, value in spent.items()}


def compare(size: int) -> dict[str, Any]:
    """Flat, HNSW and, if installed, usearch and hnswlib on the same vectors: recall@10, p50 and p95, bytes."""
    import faiss

    mixture = Mixture()
    vectors = mixture.documents(size, SEED, 10**6)
    truth = Truth(mixture.queries("question", 200, SEED))
    truth.see(vectors, 0)
    out: dict[str, Any] = {"size": size, "queries": "200 question-like"}

    def run(name: str, search: Any, built_s: float, size_bytes: float) -> None:
        hits, times = [], []
        for query, rows in zip(truth.queries, truth.rows, strict=True):
            began = time.perf_counter()
            found = search(query)
            times.append(1e3 * (time.perf_counter() - began))
            hits.append(len(set(map(int, found)) & set(rows[:10].tolist())) / 10)
        p50, p95 = np.percentile(times, [50, 95])
        numbers = (np.mean(hits), p50, p95, built_s, size_bytes)
        names = ("recall_at_10", "p50_ms", "p95_ms", "build_s", "bytes_per_vector")
        out[name] = {key: round(float(value), 3) for key, value in zip(names, numbers, strict=True)}

    dimension = mixture.dimension
    flat = faiss.IndexFlatIP(dimension)
    began = time.perf_counter()
    flat.add(vectors)
    run("flat", lambda q: flat.search(q[None], 10)[1][0], time.perf_counter() - began, 4 * dimension)
    graph = faiss.IndexHNSWFlat(dimension, 16, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction, graph.hnsw.efSearch = 100, 256
    began = time.perf_counter()
    graph.add(vectors)
    built = time.perf_counter() - began
    run("hnsw_m16_ef256", lambda q: graph.search(q[None], 10)[1][0], built, len(faiss.serialize_index(graph)) / size)
    try:
        from usearch.index import Index
    except ImportError:
        out["usearch"] = "not installed"
    else:
        other = Index(ndim=dimension, metric="ip", dtype="f16", connectivity=16, expansion_search=256)
        began = time.perf_counter()
        other.add(np.arange(size), vectors, threads=1)
        built = time.perf_counter() - began
        run("usearch_f16_m16", lambda q: other.search(q, 10).keys, built, other.serialized_length / size)
    try:
        import hnswlib
    except ImportError:
        out["hnswlib"] = "not installed"
    else:
        lib = hnswlib.Index("ip", dimension)
        lib.init_index(size, ef_construction=100, M=16)
        lib.set_num_threads(1)
        began = time.perf_counter()
        lib.add_items(vectors)
        built = time.perf_counter() - began
        lib.set_ef(256)
        run("hnswlib_m16", lambda q: lib.knn_query(q[None], 10)[0][0], built, lib.index_file_size() / size)
    return out


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--append", type=int, default=0, help="add so many more afterwards, timed")
    parser.add_argument("--commit-every", type=int, default=2_000_000)
    parser.add_argument("--compare", action="store_true", help="other indexes on at most 100,000 vectors")
    parser.add_argument("--vectors-only", action="store_true", help="no texts: only the vector side is measured")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    if given.measure:
        print(json.dumps(measure(given.measure, given.dir, EMBEDDER, texts=not given.vectors_only)))
        return
    texts = not given.vectors_only
    place = Path(tempfile.mkdtemp(prefix="index-scale-")) if given.dir is None else given.dir
    folder, side = place / "index", place / "truth.npz"
    place.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {"size": given.size, "vectors": EMBEDDER, "texts": "synthetic, Zipf-Mandelbrot"}
    try:
        truth = Truth(queries_for(Mixture()))
        report["build"] = build(folder, 0, given.size, given.commit_every, truth, texts=texts)
        report["build"]["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        questions = Abstracts(SEED).questions(2 * QUERIES)
        np.savez(side, queries=truth.queries, rows=truth.rows, questions=np.array(questions))
        evict(folder)
        again = [sys.executable, __file__, "--measure", str(side), "--dir", str(folder)]
        again += [] if texts else ["--vectors-only"]
        done = subprocess.run(again, check=True, capture_output=True, text=True)
        report |= json.loads(done.stdout)
        report["bytes_per_doc"] = {k: round(v / given.size, 1) for k, v in sizes(folder).items()}
        report["segments"] = len(read_manifest(folder).segments)
        if given.append:
            began = time.perf_counter()
            build(folder, given.size, given.size + given.append, 10**12, None, texts=texts)
            report["append_s"] = round(time.perf_counter() - began, 1)
        if given.compare:
            report["compare"] = compare(min(given.size, 100_000))
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if given.json:
        print(json.dumps(report, indent=1))
    else:
        for name, value in report.items():
            print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
