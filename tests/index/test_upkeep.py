"""Segments, deletion, filters, compaction: nothing deleted comes back, nothing that passes is missed, nothing is lost."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import index.generation
import index.known
import index.writing
from index.build import IndexBuilder, VectorsOnly, passage_texts, verify
from index.document import Document, Span
from index.embed import load_embedder
from index.filters import Filter
from index.known import KnownKeys
from index.manifest import MANIFEST, read_manifest
from index.search import HybridIndex, open_index
from index.shard import Shard
from index.upkeep import compact, delete_documents, sizes
from index.vectors import QUALITIES, list_count, single
from tools.core.errors import InputError, StateError, UnknownNameError

GIVEN = VectorsOnly("given@1", 16)


def vectors(count, seed=0, dimension=16):
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def documents(first, stop):
    return [
        Document(
            id=f"d{n}",
            title="",
            text=f"Common word and word{n}x.",
            doi=f"10.1/{n}" if n % 2 else "",
            year=None if n % 10 == 0 else 1990 + n % 30,
            source="abc"[n % 3],
        )
        for n in range(first, stop)
    ]


def build(folder, first, stop, seed=0):
    with IndexBuilder(folder, GIVEN) as builder:
        builder.add_embedded(documents(first, stop), vectors(stop, seed)[first:stop])
        return builder.commit()


def opened(folder, quality="balanced"):
    return Shard.open(folder, read_manifest(folder), GIVEN, quality=quality)


def ids(shard, rows):
    return [passage.document_id for passage in shard.fetch(rows, [0.0] * len(rows))]


@pytest.fixture(params=["flat", "lists"])
def kind(request, monkeypatch):
    if request.param == "lists":
        monkeypatch.setattr(index.generation, "FLAT_BELOW", 100)
        monkeypatch.setattr("index.tables.EXACT_BELOW", 40)
    return request.param


def test_vectors_given_are_found_again(tmp_path, kind):
    build(tmp_path / "i", 0, 300)
    build(tmp_path / "i", 300, 400)
    assert (tmp_path / "i" / read_manifest(tmp_path / "i").generation / "vectors.faiss").exists() == (kind == "lists")
    shard = opened(tmp_path / "i", "high")
    rows = vectors(400)
    for n in (0, 299, 300, 399):
        assert ids(shard, shard.dense(rows[n], 3))[0] == f"d{n}"
    exact = rows @ rows[7]
    assert np.allclose(shard.similarities(rows[7], [5, 399, 7]), exact[[5, 399, 7]], atol=2e-3)
    assert shard.dense(rows[7], 10) == list(np.argsort(-exact)[:10])
    assert shard.dense(rows[7], 0) == []


FILTERS = [
    Filter(year_from=2010),
    Filter(year_to=1991),
    Filter(year_from=2000, year_to=2001),
    Filter(sources=("a", "c")),
    Filter(dois=("https://doi.org/10.1/7", "10.1/99", "10.1/nothing")),
    Filter(ids=("d4", "d301", "nothing")),
    Filter(year_from=2005, sources=("b",), ids=tuple(f"d{n}" for n in range(0, 400, 5))),
    Filter(sources=("nothing",)),
]


@pytest.mark.parametrize("conditions", FILTERS, ids=str)
def test_filters_are_exact(tmp_path, kind, conditions):
    build(tmp_path / "i", 0, 250)
    build(tmp_path / "i", 250, 400)
    shard = opened(tmp_path / "i", "high")
    passing = {
        d.id for d in documents(0, 400) if conditions.admits(document_id=d.id, year=d.year, doi=d.doi, source=d.source)
    }
    found = ids(shard, [row for row, _ in shard.lexical("common", 400, filter=conditions)])
    assert sorted(found) == sorted(passing)
    near = ids(shard, shard.dense(vectors(400)[3], 400, filter=conditions))
    assert set(near) == passing
    best = ids(shard, shard.dense(vectors(400)[3], 5, filter=conditions))
    scores = {f"d{n}": s for n, s in enumerate(vectors(400) @ vectors(400)[3]) if f"d{n}" in passing}
    assert best == sorted(scores, key=lambda i: -scores[i])[:5]


def test_bad_filters_are_refused():
    for bad in ({"year_from": 2001, "year_to": 2000}, {"dois": (" ",)}, {"ids": tuple(map(str, range(10_001)))}):
        with pytest.raises(InputError):
            Filter(**bad)


def test_deleted_documents_never_come_back(tmp_path, kind):
    folder = tmp_path / "i"
    build(folder, 0, 200)
    gone = [f"d{n}" for n in range(0, 200, 2)]
    assert delete_documents(folder, [*gone, "nothing", "d0"]) == 100
    assert delete_documents(folder, gone) == 0
    build(folder, 200, 260)
    shard = opened(folder)
    assert (shard.document_count, shard.passage_count) == (160, 160)
    assert read_manifest(folder).deleted == 100
    left = {f"d{n}" for n in range(260)} - set(gone)
    assert set(ids(shard, shard.dense(vectors(260)[0], 500))) == left
    assert set(ids(shard, [row for row, _ in shard.lexical("common", 500)])) == left
    assert set(ids(shard, shard.dense(vectors(260)[0], 500, filter=Filter(ids=("d0", "d1"))))) == {"d1"}
    assert shard.row_of("d0#0") is None
    assert shard.row_of("d1#0") == 1
    with pytest.raises(UnknownNameError):
        shard.fetch([0], [0.0])
    verify(folder)


def test_what_was_deleted_can_be_added_again_and_compaction_frees_its_room(tmp_path, kind):
    folder = tmp_path / "i"
    build(folder, 0, 200)
    delete_documents(folder, [f"d{n}" for n in range(150)])
    assert build(folder, 0, 20).documents == 70
    before = sum(sizes(folder).values())
    steps = []
    manifest = compact(folder, steps.append)
    assert steps[-1] == manifest.documents == 70
    assert (manifest.deleted, len(manifest.segments)) == (0, 1)
    assert sum(sizes(folder).values()) < before
    assert {p.name for p in (folder / "segments").iterdir()} == set(manifest.segments)
    shard = opened(folder)
    left = {f"d{n}" for n in [*range(20), *range(150, 200)]}
    assert set(ids(shard, shard.dense(vectors(200)[0], 500))) == left
    assert set(ids(shard, [row for row, _ in shard.lexical("common", 500)])) == left
    assert ids(shard, shard.dense(vectors(200)[160], 1)) == ["d160"]
    assert shard.fetch([shard.row_of("d160#0")], [0.0])[0].text == documents(160, 161)[0].text
    assert build(folder, 0, 210).documents == 210
    verify(folder)


def test_many_small_commits_keep_few_segments_and_write_no_large_one_again(tmp_path, monkeypatch):
    monkeypatch.setattr(index.generation, "_SMALL", (100, 1_000))
    folder = tmp_path / "i"
    with IndexBuilder(folder, GIVEN) as builder:
        builder.add_embedded(documents(0, 150), vectors(150))
        (large,) = builder.commit().segments
        for n in range(150, 180):
            builder.add_embedded(documents(n, n + 1), vectors(n + 1)[n:])
            manifest = builder.commit()
    assert manifest.segments[0] == large
    assert len(manifest.segments) <= 17
    shard = opened(folder)
    assert ids(shard, list(range(180))) == [f"d{n}" for n in range(180)]
    assert ids(shard, shard.dense(vectors(171)[170], 1)) == ["d170"]
    verify(folder)
    assert compact(folder).segments != manifest.segments
    assert ids(opened(folder), list(range(180))) == [f"d{n}" for n in range(180)]


def test_a_commit_of_many_passages_is_cut_into_segments(tmp_path, monkeypatch):
    monkeypatch.setattr(index.generation, "SEGMENT_PASSAGES", 40)
    with IndexBuilder(tmp_path / "i", GIVEN) as builder:
        for start in range(0, 100, 20):
            builder.add_embedded(documents(start, start + 20), vectors(100)[start : start + 20])
        assert not builder.add_embedded(documents(3, 4), vectors(4)[3:])
        assert builder.stored_hash("d3") == documents(3, 4)[0].sha256
        assert builder.stored_hash("d97") == documents(97, 98)[0].sha256
        assert len(builder.commit().segments) == 3


def test_given_vectors_are_the_same_as_embedding_here(tmp_path):
    embedder = load_embedder()
    texts = ["Stiff backbones raise the glass transition. " * 60, "Short text about water uptake."]
    papers = [Document(id=str(n), title=f"T{n}", text=text) for n, text in enumerate(texts)]
    with IndexBuilder(tmp_path / "a", embedder) as builder:
        for paper in papers:
            builder.add(paper)
        builder.commit()
    rows = embedder.encode([text for paper in papers for text in passage_texts(paper)])
    with IndexBuilder(tmp_path / "b", VectorsOnly(embedder.id, embedder.dimension)) as builder:
        assert builder.add_embedded(papers, 3 * rows) == 2
        assert builder.add_embedded(papers, rows) == 0
        builder.commit()
    first, second = (HybridIndex([open_index(tmp_path / name)]).search("glass transition", 5) for name in "ab")
    assert [p.id for p in first] == [p.id for p in second]
    assert np.allclose([p.score for p in first], [p.score for p in second], atol=1e-3)


def test_given_vectors_that_do_not_fit_are_refused(tmp_path):
    with IndexBuilder(tmp_path / "i", GIVEN) as builder:
        for rows in (vectors(4), vectors(5)[:, :8], np.full((5, 16), np.nan)):
            with pytest.raises(InputError):
                builder.add_embedded(documents(0, 5), rows)
        with pytest.raises(InputError):
            builder.add_embedded(documents(0, 1), vectors(1), spans=[[Span(0, 10**6)]])
        with pytest.raises(StateError):
            builder.add(documents(0, 1)[0])
            builder.commit()


def test_hashes_that_collide_do_not_make_documents_one(tmp_path, monkeypatch):
    monkeypatch.setattr(index.known, "short_hash", lambda kind, key: len(key) % 2)
    monkeypatch.setattr(index.generation, "short_hash", lambda kind, key: len(key) % 2)
    with IndexBuilder(tmp_path / "i", GIVEN) as builder:
        assert builder.add_embedded(documents(0, 30), vectors(30)) == 30
        builder.commit()
        assert builder.add_embedded(documents(20, 40), vectors(40)[20:]) == 10
        assert builder.stored_hash("d5") == documents(5, 6)[0].sha256
        assert builder.delete(["d5"]) == 1
        assert builder.commit().documents == 39


def test_runs_of_keys_are_few_and_complete(tmp_path, monkeypatch):
    monkeypatch.setattr(index.known, "BUFFERED", 50)
    keys = KnownKeys(tmp_path)
    rng = np.random.default_rng(0)
    hashes = rng.integers(-(2**63), 2**63, size=2_000).tolist()
    for number, key in enumerate(hashes):
        keys.add(number, [key, key // 2])
    keys.write()
    assert len(list(tmp_path.glob("keys-*.bin"))) <= 8
    again = KnownKeys(tmp_path)
    for number in range(0, 2_000, 37):
        assert number in again.find([hashes[number]])
        assert number in again.find([hashes[number] // 2])
    assert again.find([17]) == []


def test_half_precision_is_read_exactly():
    every = np.arange(65_536, dtype=np.uint16).view(np.float16)
    every = every[np.isfinite(every)]
    assert np.array_equal(single(every[None, :])[0], every.astype(np.float32))


def test_an_index_of_an_earlier_format_says_what_to_do(tmp_path):
    folder = tmp_path / "i"
    folder.mkdir()
    old = {"format": 1, "generation": "generation-000001", "embedder": "x", "dimension": 2, "documents": 0}
    (folder / MANIFEST).write_text(json.dumps(old))
    for call in (open_index, verify, compact, sizes):
        with pytest.raises(StateError, match="format 1"):
            call(folder)
    with pytest.raises(StateError, match="format 1"), IndexBuilder(folder, GIVEN):
        pass
    assert (folder / MANIFEST).exists()


def test_unknown_quality_is_refused(tmp_path):
    build(tmp_path / "i", 0, 3)
    with pytest.raises(InputError, match="balanced"):
        opened(tmp_path / "i", "best")
    assert list_count(6_000_000) == 4_096
    assert QUALITIES["high"].probes > QUALITIES["balanced"].probes


def _work(folder, task):
    if task == "compact":
        while True:
            compact(folder)
    for n in range(10**6):
        with IndexBuilder(folder, GIVEN) as builder:
            start = 1_000 + 50 * n
            builder.add_embedded(documents(start, start + 50), vectors(start + 50)[start:])
            builder.delete([f"d{start}"])
            builder.commit()


@pytest.mark.parametrize("task", ["append", "compact"])
def test_killed_at_any_moment_the_index_is_whole(tmp_path, task):
    folder = tmp_path / "i"
    build(folder, 0, 300)
    delete_documents(folder, ["d7"])
    rng = np.random.default_rng(1)
    for _ in range(4):
        process = multiprocessing.get_context("fork").Process(target=_work, args=(folder, task))
        before = read_manifest(folder).generation
        process.start()
        deadline = time.monotonic() + 30
        while read_manifest(folder).generation == before and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(float(rng.uniform(0, 0.15)))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        manifest = verify(folder)
        shard = opened(folder)
        assert shard.passage_count == manifest.passages >= 299
        assert ids(shard, shard.dense(vectors(300)[5], 1)) == ["d5"]
        assert shard.row_of("d7#0") is None
    added = build(folder, 300, 310)
    assert added.documents == manifest.documents + 10
    kept = {MANIFEST, ".lock", "segments", added.generation}
    assert {p.name for p in folder.iterdir()} - {f"{MANIFEST}.new"} == kept
    verify(folder)


def test_readers_go_on_while_a_writer_commits(tmp_path):
    folder = tmp_path / "i"
    build(folder, 0, 100)
    early = opened(folder)
    problems, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            try:
                shard = open_index(folder, GIVEN)
                assert "d5" in ids(shard, shard.dense(vectors(100)[5], 1))
                assert ids(early, [row for row, _ in early.lexical("word5x", 1)]) == ["d5"]
            except (StateError, AssertionError, OSError) as error:
                problems.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    for n in range(100, 130, 3):
        build(folder, n, n + 3)
    stop.set()
    thread.join()
    assert problems == []
    assert early.document_count == 100


FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from index.build import IndexBuilder, VectorsOnly
from index.document import Document
from tools.core.errors import StateError
import numpy as np
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    with IndexBuilder(Path({folder!r}), VectorsOnly("given@1", 16)) as builder:
        for n in range(40):
            some = [Document(id=f"e{{n}}-{{i}}", title="", text=f"text {{n * 7919 % 1000}} {{i * 104729}} " * 9) for i in range(50)]
            builder.add_embedded(some, np.ones((50, 16), dtype=np.float32))
        builder.commit()
except StateError as error:
    print("typed:", error)
"""


def test_a_full_disk_is_a_typed_error_and_the_old_index_stays(tmp_path):
    folder = tmp_path / "i"
    before = build(folder, 0, 50)
    code = FULL.format(folder=str(folder), tests=str(Path(__file__).parents[2]))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "typed:" in done.stdout, done.stderr
    assert verify(folder) == before
    assert ids(opened(folder), [5]) == ["d5"]
    assert build(folder, 50, 60).documents == 60
