"""Inverted lists at a size that tests can afford: recall against the exact answer, with and without a filter."""

import sys
from pathlib import Path

import numpy as np
import pytest

import index.generation
from index.build import IndexBuilder, VectorsOnly
from index.filters import Filter
from index.manifest import read_manifest
from index.shard import Shard
from index.upkeep import delete_documents
from index.vectors import QUALITIES, Quality, VectorIndex

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from mixture import Mixture
from synthetic import bare

SIZE = 20_000


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder, mixture = tmp_path_factory.mktemp("scale") / "i", Mixture()
    given = VectorsOnly("mixture@1", mixture.dimension)
    vectors = mixture.documents(SIZE, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index.generation, "FLAT_BELOW", 8_000)
        with IndexBuilder(folder, given) as builder:
            for start, stop in ((0, 10_000), (10_000, SIZE)):
                papers, spans = bare(start, stop - start)
                builder.add_embedded(papers, vectors[start:stop], spans=spans)
                builder.commit()
    queries = np.concatenate([mixture.queries(kind, 60, 2) for kind in ("document", "question")])
    return Shard.open(folder, read_manifest(folder), given), vectors, queries


def recall(shard, queries, exact, **options):
    found = [shard.dense(query, 10, **options) for query in queries]
    return np.mean([len(set(f) & set(e)) / 10 for f, e in zip(found, exact, strict=True)])


def test_lists_find_the_nearest_vectors(built):
    shard, vectors, queries = built
    exact = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    assert recall(shard, queries, exact) >= 0.95
    shard.quality = QUALITIES["high"]
    assert recall(shard, queries, exact) >= 0.99
    shard.quality = QUALITIES["balanced"]


def test_lists_that_are_found_by_fast_scan_are_the_right_ones(built, tmp_path, monkeypatch):
    _, vectors, queries = built
    settings = Quality(32, 100)
    found = []
    for quick_from in (64, 10**6):
        monkeypatch.setattr("index.vectors._QUICK_FROM", quick_from)
        lists = VectorIndex.trained(vectors, SIZE)
        lists.add([vectors.astype(np.float16)])
        lists.write(tmp_path / "lists")
        again = VectorIndex.read(tmp_path / "lists", SIZE)
        found.append([set(again.search(query, 10, settings).tolist()) for query in queries])
        assert [set(lists.search(query, 10, settings).tolist()) for query in queries] == found[-1]
        again.add([vectors[:1_000].astype(np.float16)])
        assert again.count == SIZE + 1_000
    assert np.mean([len(quick & exact) / len(exact) for quick, exact in zip(*found, strict=True)]) >= 0.98


def test_a_filter_hardly_costs_recall(built, monkeypatch):
    shard, vectors, queries = built
    monkeypatch.setattr("index.tables.EXACT_BELOW", 100)
    few = Filter(ids=tuple(f"bare-{n}" for n in range(0, SIZE, 700)))
    rows = np.concatenate([np.arange(n, n + 100) for n in range(0, SIZE, 700)])
    exact = rows[np.argsort(-(queries @ vectors[rows].T), axis=1)[:, :10]]
    found = [shard.dense(query, 10, filter=few) for query in queries]
    assert all(set(f) <= set(rows.tolist()) for f in found)
    assert recall(shard, queries, exact, filter=few) >= 0.95


def test_a_few_deletions_cost_no_recall(built, tmp_path_factory):
    _, vectors, queries = built
    folder = next(tmp_path_factory.getbasetemp().glob("scale*")) / "i"
    delete_documents(folder, ["bare-0", "bare-5000"])
    shard = Shard.open(folder, read_manifest(folder), VectorsOnly("mixture@1", vectors.shape[1]))
    left = np.setdiff1d(np.arange(SIZE), [*range(100), *range(5_000, 5_100)])
    exact = left[np.argsort(-(queries @ vectors[left].T), axis=1)[:, :10]]
    found = [shard.dense(query, 100) for query in queries]
    assert all(set(f) <= set(left.tolist()) for f in found)
    assert recall(shard, queries, exact) >= 0.95
