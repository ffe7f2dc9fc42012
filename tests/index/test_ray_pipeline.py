"""Parts made elsewhere: cut by files, made once, checked, added without embedding again."""

import gzip
import importlib.util
import json

import numpy as np
import pytest

from index.build import IndexBuilder
from index.embed import load_embedder
from index.ray_pipeline import FilePart, add_parts, make_parts, read_parts
from index.shard import read_manifest
from index.subset import Subset
from tools.core.errors import BackendMissing, StateError


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    for name in ("a", "b"):
        rows = [
            {
                "id": f"{name}{n}",
                "title": f"Paper {name}{n}",
                "abstract": f"Polymer word{name}{n} is a stiff chain. " * (n % 40 + 1),
            }
            for n in range(30)
        ]
        lines = [json.dumps(row) for row in rows] + [
            "{broken",
            json.dumps({"id": "x", "abstract": "Stock prices fell in Rome."}),
        ]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
    return folder


def parts(papers, target, monkeypatch):
    monkeypatch.setattr("index.ray_pipeline.PART_DOCUMENTS", 12)
    target.mkdir(exist_ok=True)
    embedder = load_embedder()
    (target / "about.json").write_text(
        json.dumps({"embedder": embedder.id, "subset": Subset(field="polymers").signature})
    )
    worker = FilePart(str(target), embedder.id, Subset(field="polymers"))
    names = sorted(path.name for path in papers.iterdir())
    return worker({"path": [str(papers / n) for n in names], "name": names, "kind": [".jsonl"] * len(names)})


def test_parts_become_an_index(papers, tmp_path, monkeypatch):
    target = tmp_path / "parts"
    counts = parts(papers, target, monkeypatch)
    assert {name: values.tolist() for name, values in counts.items()} == {
        "documents": [30, 30], "passages": counts["passages"].tolist(), "skipped": [1, 1], "filtered": [1, 1]
    }  # fmt: skip
    assert [len(documents) for documents, _ in read_parts(target)] == [12, 12, 6, 12, 12, 6]
    stamps = {path: path.stat().st_mtime_ns for path in target.iterdir()}
    again = parts(papers, target, monkeypatch)
    assert {name: values.tolist() for name, values in again.items()} == {n: v.tolist() for n, v in counts.items()}
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items() if path.name != "about.json")
    with IndexBuilder(tmp_path / "i", load_embedder()) as builder:
        assert add_parts(target, builder, commit_every=2) == 60
        assert add_parts(target, builder) == 0
    manifest = read_manifest(tmp_path / "i")
    assert (manifest.documents, manifest.passages) == (60, int(counts["passages"].sum()))


def test_parts_that_do_not_fit_are_refused(papers, tmp_path, monkeypatch):
    target = tmp_path / "parts"
    parts(papers, target, monkeypatch)
    first = min(target.glob("*.jsonl.gz"))
    first.write_bytes(first.read_bytes()[:50])
    with pytest.raises(StateError, match="cannot be read"):
        list(read_parts(target))
    rows = [{"id": "z", "title": "", "text": "Polymers are long.", "subjects": []}]
    first.write_bytes(gzip.compress((json.dumps(rows[0]) + "\n").encode()))
    np.save(
        first.with_name(first.name.removesuffix(".jsonl.gz") + ".npy"), np.array([{}], dtype=object), allow_pickle=True
    )
    with pytest.raises(StateError, match="cannot be read"):
        list(read_parts(target))
    (target / "about.json").write_text(json.dumps({"embedder": "other", "subset": ""}))
    with IndexBuilder(tmp_path / "i", load_embedder()) as builder, pytest.raises(StateError, match="embedded with"):
        add_parts(target, builder)
    with IndexBuilder(tmp_path / "i", load_embedder()) as builder, pytest.raises(StateError, match="no parts"):
        add_parts(tmp_path, builder)


def test_without_ray_the_command_is_given(papers, tmp_path, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "ray" else real(name, *rest))
    with pytest.raises(BackendMissing, match=r"ray\[data\]"):
        make_parts(papers, tmp_path / "parts")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed")
def test_local_ray(papers, tmp_path):
    import ray

    ray.init(num_cpus=1, include_dashboard=False, object_store_memory=120_000_000, logging_level="ERROR")
    try:
        report = make_parts(papers, tmp_path / "parts", subset=Subset(field="polymers"))
        assert (report.files, report.documents, report.skipped, report.filtered) == (2, 60, 2, 2)
        with pytest.raises(StateError, match="another embedder or subset"):
            make_parts(papers, tmp_path / "parts")
    finally:
        ray.shutdown()
    with IndexBuilder(tmp_path / "i", load_embedder()) as builder:
        assert add_parts(tmp_path / "parts", builder) == 60
