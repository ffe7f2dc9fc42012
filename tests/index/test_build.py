"""Index folders: atomic, appendable, resumable, guarded."""

import json
import multiprocessing
import os
import signal
import time

import numpy as np
import pytest

from index.api import add_documents, open_default
from index.build import IndexBuilder, verify
from index.document import Document
from index.embed import load_embedder
from index.search import HybridIndex, open_index
from index.shard import MANIFEST, doi_key, read_manifest, title_key
from tools.core.errors import InputError, StateError


def papers(path, numbers, prefix="d"):
    rows = [
        {
            "id": f"{prefix}{n}",
            "title": f"Paper number {n} about membranes of kind {n}",
            "abstract": f"Membrane {n} has code word{n}x.",
        }
        for n in numbers
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def found(folder, query):
    index = HybridIndex([open_index(folder)])
    try:
        return [passage.document_id for passage in index.search(query, 3)]
    finally:
        index.close()


def test_build_search_and_append(tmp_path):
    folder = tmp_path / "index"
    seen = []
    report = add_documents(papers(tmp_path / "a.jsonl", range(20)), folder, lambda n, title: seen.append(n))
    assert (report.added, report.duplicates, report.passages, report.skipped) == (20, 0, 20, 0)
    assert seen == list(range(1, 21))
    first = read_manifest(folder)
    assert found(folder, "word7x")[0] == "d7"
    report = add_documents(papers(tmp_path / "b.jsonl", range(15, 30)), folder)
    assert (report.added, report.duplicates, report.passages) == (15 - 5, 5, 30)
    assert found(folder, "word7x")[0] == "d7"
    assert found(folder, "word29x")[0] == "d29"
    assert verify(folder).documents == 30
    assert first.generation != read_manifest(folder).generation
    assert len(list(folder.glob("generation-*"))) == 1


def test_commits_in_between_make_it_resumable(tmp_path):
    folder = tmp_path / "index"
    report = add_documents(papers(tmp_path / "a.jsonl", range(25)), folder, commit_every=10)
    assert report.added == 25
    assert verify(folder).documents == 25
    again = add_documents(tmp_path / "a.jsonl", folder, commit_every=10)
    assert (again.added, again.duplicates) == (0, 25)


def test_duplicates_by_id_doi_and_title(tmp_path):
    title = "A sufficiently long title about polyimide films"
    with IndexBuilder(tmp_path / "i", load_embedder()) as builder:
        assert builder.add(Document(id="1", title=title, text="text one", doi="10.1/A"))
        assert not builder.add(Document(id="1", title="other", text="text"))
        assert not builder.add(Document(id="2", title="other", text="text", doi="https://doi.org/10.1/a"))
        assert not builder.add(Document(id="3", title=title.upper() + "!", text="text"))
        builder.commit()
        assert not builder.add(Document(id="4", title="x", text="text", doi="doi:10.1/a"))
        assert not builder.add(Document(id="5", title=title, text="text"))
        assert builder.add(Document(id="6", title=title, text="another paper", doi="10.1/B"))
        assert builder.add(Document(id="7", title="Short", text="text"))
        assert builder.add(Document(id="8", title="Short", text="text"))
        assert builder.commit().documents == 4
    assert doi_key(" HTTPS://doi.org/10.1/X ") == "10.1/x"
    assert title_key("Too short") == ""


def test_a_changed_file_is_noted_and_the_first_text_kept(tmp_path):
    (tmp_path / "a.txt").write_text("The first text of this file is about silicone rubber.")
    add_documents(tmp_path / "a.txt", tmp_path / "index")
    (tmp_path / "a.txt").write_text("The second text of this file is about something else.")
    report = add_documents(tmp_path / "a.txt", tmp_path / "index")
    assert (report.added, report.duplicates) == (0, 1)
    assert "another text" in report.notes[0]


def test_nothing_is_visible_without_commit(tmp_path):
    folder = tmp_path / "index"
    add_documents(papers(tmp_path / "a.jsonl", range(3)), folder)
    before = (folder / MANIFEST).read_text()
    with pytest.raises(RuntimeError), IndexBuilder(folder, load_embedder()) as builder:
        builder.add(Document(id="new", title="", text="never seen word99x"))
        raise RuntimeError
    assert (folder / MANIFEST).read_text() == before
    assert len(list(folder.glob("generation-*"))) == 1
    assert verify(folder).documents == 3


def _add_forever(folder):
    with IndexBuilder(folder, load_embedder()) as builder:
        for n in range(10_000_000):
            builder.add(Document(id=f"k{n}", title="", text=f"killed text {n}"))


def test_a_killed_builder_leaves_the_old_index_usable(tmp_path):
    folder = tmp_path / "index"
    add_documents(papers(tmp_path / "a.jsonl", range(3)), folder)
    process = multiprocessing.get_context("spawn").Process(target=_add_forever, args=(folder,))
    process.start()
    deadline = time.monotonic() + 30
    while len(list(folder.glob("generation-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert len(list(folder.glob("generation-*"))) == 2
    assert found(folder, "word2x")[0] == "d2"
    report = add_documents(papers(tmp_path / "b.jsonl", range(3, 5)), folder)
    assert report.passages == 5
    assert len(list(folder.glob("generation-*"))) == 1


def test_two_writers_are_refused(tmp_path):
    with IndexBuilder(tmp_path / "i", load_embedder()) as builder:
        with pytest.raises(StateError, match="Another process"), IndexBuilder(tmp_path / "i", load_embedder()):
            pass
        builder.add(Document(id="1", title="", text="still works"))
        assert builder.commit().documents == 1


class Other:
    id = "other@1"
    dimension = 8

    def encode(self, texts):
        return np.eye(8, dtype=np.float32)[np.arange(len(texts)) % 8]


def test_another_embedder_is_refused(tmp_path):
    folder = tmp_path / "index"
    papers(tmp_path / "a.jsonl", range(3))
    add_documents(tmp_path / "a.jsonl", folder, embedder=Other())
    with pytest.raises(StateError, match="other@1"):
        open_index(folder, load_embedder())
    with pytest.raises(StateError, match="other@1"):
        open_index(folder)
    with pytest.raises(StateError, match="other@1"):
        add_documents(tmp_path / "a.jsonl", folder, embedder=load_embedder())
    mixed = HybridIndex([*open_default().shards, open_index(folder, Other())])
    assert mixed.search("word1x membrane", 5)[0].document_id == "d1"


def test_damaged_folders_are_typed_errors(tmp_path):
    folder = tmp_path / "index"
    with pytest.raises(StateError, match="not an index"):
        open_index(folder)
    add_documents(papers(tmp_path / "a.jsonl", range(3)), folder)
    manifest = read_manifest(folder)
    for name in manifest.sizes:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])
        with pytest.raises(StateError, match="damaged"):
            open_index(folder)
        (folder / name).write_bytes(b"\x00" * len(data))
        with pytest.raises(StateError):
            found(folder, "word2x")
            verify(folder)
        (folder / name).write_bytes(data)
    assert verify(folder).documents == 3
    (folder / MANIFEST).write_text("{")
    with pytest.raises(StateError, match="manifest"):
        open_index(folder)
    (folder / MANIFEST).write_text(manifest.model_copy(update={"format": 99}).model_dump_json())
    with pytest.raises(StateError, match="format 99"):
        open_index(folder)
    (folder / MANIFEST).write_text(manifest.model_copy(update={"generation": "../../etc"}).model_dump_json())
    with pytest.raises(StateError, match="outside"):
        open_index(folder)


def test_a_text_changed_in_the_store_is_noticed(tmp_path):
    folder = tmp_path / "index"
    add_documents(papers(tmp_path / "a.jsonl", range(3)), folder)
    (store,) = (folder / "segments").glob("*/records.bin")
    data = bytearray(store.read_bytes())
    for place in range(0, len(data), 20):
        data[place] ^= 1
    store.write_bytes(data)
    with pytest.raises(StateError, match="changed"):
        found(folder, "word2x")


def test_a_folder_with_other_files_is_not_taken_over(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StateError, match=r"thesis\.txt"), IndexBuilder(tmp_path, load_embedder()):
        pass
    with pytest.raises(InputError):
        add_documents(tmp_path / "nothing", tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_an_empty_folder_of_papers_gives_an_empty_index(tmp_path):
    (tmp_path / "papers").mkdir()
    report = add_documents(tmp_path / "papers", tmp_path / "index")
    assert report.passages == 0
    assert found(tmp_path / "index", "anything") == []
