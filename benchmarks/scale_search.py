"""The searching half of ``index_scale.py``: one process that opens an index and measures what it gives and takes."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embed import load_embedder
from index.filters import Filter
from index.manifest import read_manifest
from index.search import HybridIndex
from index.shard import Shard
from index.vectors import BLOCK, QUALITIES, single

DEPTH = 100
NAMES = ("recall_at_10", "recall_at_100", "p50_ms", "p95_ms", "cpu_p95_ms")


class Given:
    """Embeds a query with the shipped embedder, for the time it takes, and returns the vector that belongs to it."""

    def __init__(self, name: str, questions: Sequence[str], vectors: np.ndarray) -> None:
        self.id, self.dimension = name, vectors.shape[1]
        self._vectors = dict(zip(questions, vectors, strict=True))
        self._real = load_embedder()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of known questions."""
        self._real.encode(texts)
        return np.stack([self._vectors[text] for text in texts])


def evict(folder: Path) -> None:
    """Ask the system to drop the files of a folder from its page cache."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def memory() -> dict[str, int]:
    """Megabytes of this process, from ``/proc/self/smaps_rollup``."""
    text = Path("/proc/self/smaps_rollup").read_text()
    kilobytes = {name: int(found) for name, found in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    return {"rss_mb": kilobytes["Rss"] // 1024, "anonymous_mb": kilobytes["Anonymous"] // 1024}


def timed(calls: Sequence[Callable[[], Any]]) -> tuple[list[Any], dict[str, float]]:
    """Run calls one after the other; return what they return, and milliseconds of clock and thread CPU."""
    out, times = [], []
    for call in calls:
        began, cpu = time.perf_counter(), time.thread_time()
        out.append(call())
        times.append((1e3 * (time.perf_counter() - began), 1e3 * (time.thread_time() - cpu)))
    names = ("p50_ms", "cpu_p50_ms", "p95_ms", "cpu_p95_ms")
    return out, {
        n: round(float(v), 3) for n, v in zip(names, np.percentile(times, [50, 95], axis=0).ravel(), strict=True)
    }


def two_threads(calls: Sequence[Callable[[], Any]]) -> dict[str, float]:
    """Milliseconds of calls made by two threads at the same time."""
    found: list[dict[str, float]] = []
    threads = [threading.Thread(target=lambda part=calls[i::2]: found.append(timed(part)[1])) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: max(f[name] for f in found) for name in found[0]}


def recall(found: Sequence[Sequence[int]], truth: np.ndarray, depth: int) -> float:
    """Mean share of the true nearest rows that were found."""
    hits = [len(set(f[:depth]) & set(t[:depth].tolist())) / depth for f, t in zip(found, truth, strict=True)]
    return round(float(np.mean(hits)), 4)


def compare_all(shard: Shard, query: np.ndarray) -> None:
    """Compare a query with every vector in half precision."""
    for segment in shard.tables.segments:
        for start in range(0, len(segment.vectors), BLOCK):
            single(segment.vectors[start : start + BLOCK]) @ query


def reopened(folder: Path, embedder: Given) -> float:
    """Seconds to open an index whose files are in the page cache; measured last, for it takes the memory of two."""
    began = time.perf_counter()
    Shard.open(folder, read_manifest(folder), embedder)
    return round(time.perf_counter() - began, 3)


def measure(side: Path, folder: Path, name: str, *, texts: bool) -> dict[str, Any]:
    """Open an index and search it, cold and warm."""
    with np.load(side) as stored:
        queries, truth = stored["queries"], stored["rows"]
        questions = [str(question) for question in stored["questions"]]
    embedder = Given(name, questions, queries)
    before = memory()
    began = time.perf_counter()
    shard = Shard.open(folder, read_manifest(folder), embedder)
    out: dict[str, Any] = {"open_cold_s": round(time.perf_counter() - began, 3), "before": before}
    half = len(queries) // 2
    order = np.random.default_rng(0).permutation(len(queries))
    dense = [lambda q=queries[i]: shard.dense(q, DEPTH) for i in order]
    _, out["cold"] = timed(dense[:200])
    timed(dense)
    for quality in QUALITIES:
        shard.quality = QUALITIES[quality]
        timed(dense)
        found, times = timed([lambda q=q: shard.dense(q, DEPTH) for q in queries])
        result: dict[str, Any] = dict(times)
        for depth in (10, DEPTH):
            result[f"recall_at_{depth}"] = recall(found, truth, depth)
            result[f"recall_at_{depth}_documents"] = recall(found[:half], truth[:half], depth)
            result[f"recall_at_{depth}_questions"] = recall(found[half:], truth[half:], depth)
        result["two_threads"] = two_threads(dense)
        out[quality] = result
    shard.quality = QUALITIES["balanced"]
    lists = shard._nearest  # what the library alone takes
    _, out["lists_alone"] = timed([lambda q=queries[i]: lists.search(q, DEPTH, shard.quality) for i in order])
    out["dense_memory"] = memory()
    _, out["all_compared"] = timed([lambda q=q: compare_all(shard, q) for q in queries[:3]])
    if not texts:
        out["open_s"] = reopened(folder, embedder)
        return {key: out["balanced"][key] for key in NAMES} | out
    words = [lambda q=q: shard.lexical(q, DEPTH) for q in questions]
    timed(words)
    hits, out["lexical"] = timed(words)
    rows = [[row for row, _ in found[:20]] for found in hits]
    fetches = [lambda r=r: shard.fetch(r, [0.0] * len(r)) for r in rows if len(r) == 20]
    timed(fetches)
    _, out["fetch_20"] = timed(fetches)
    both = HybridIndex([shard])
    hybrid = [lambda q=q: both.search(q, 10) for q in questions]
    timed(hybrid[:200])
    _, out["hybrid"] = timed(hybrid)
    recent = Filter(year_from=2024)
    began = time.perf_counter()
    shard.dense(queries[0], DEPTH, filter=recent)
    out["filter_first_ms"] = round(1e3 * (time.perf_counter() - began), 1)
    _, out["filter_dense"] = timed([lambda q=q: shard.dense(q, DEPTH, filter=recent) for q in queries[:200]])
    _, out["filter_lexical"] = timed([lambda q=q: shard.lexical(q, DEPTH, filter=recent) for q in questions[:200]])
    out |= {f"all_{key}": value for key, value in memory().items()}
    out["open_s"] = reopened(folder, embedder)
    return {key: out["balanced"][key] for key in NAMES} | out
