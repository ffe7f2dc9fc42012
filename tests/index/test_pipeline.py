"""An ingest that is stopped, killed or repeated: nothing is lost beyond the last commit, nothing is added twice."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from index.api import add_documents
from index.build import IndexBuilder
from index.embed import load_embedder
from index.journal import JOURNAL, Journal, fingerprint
from index.pipeline import Ingest
from index.shard import read_manifest
from index.subset import Subset
from tools.core.errors import InputError, StateError


def papers(path, numbers, **more):
    lines = [
        json.dumps({"id": f"d{n}", "title": "", "abstract": f"Polymer number word{n}x is a stiff one."} | more)
        for n in numbers
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


class Counting:
    """A builder that keeps what it is given, and what of it is committed."""

    def __init__(self, limit=None):
        self.kept, self.committed, self.limit = {}, [], limit

    def add(self, document):
        if document.id in self.kept:
            return False
        if self.limit is not None and len(self.kept) >= self.limit:
            raise StateError("the disk is full")
        self.kept[document.id] = document
        return True

    def stored_hash(self, document_id):
        return self.kept[document_id].sha256 if document_id in self.kept else None

    def commit(self):
        self.committed.append(len(self.kept))


def test_what_is_done_is_not_read_again(tmp_path):
    folder = tmp_path / "index"
    papers(tmp_path / "a.jsonl", range(10))
    (tmp_path / "in").mkdir()
    for name in "abc":
        papers(tmp_path / "in" / f"{name}.jsonl", [f"{name}{n}" for n in range(5)])
    report = add_documents(tmp_path / "in", folder)
    assert (report.files, report.added, report.resumed) == (3, 15, 0)
    again = add_documents(tmp_path / "in", folder)
    assert (again.files, again.read, again.added, again.duplicates, again.resumed) == (0, 0, 0, 15, 3)
    papers(tmp_path / "in" / "b.jsonl", [f"b{n}" for n in range(8)])
    (tmp_path / "in" / "c.jsonl").rename(tmp_path / "in" / "d.jsonl")
    changed = add_documents(tmp_path / "in", folder)
    assert (changed.files, changed.added, changed.resumed) == (1, 3, 2)
    everything = add_documents(tmp_path / "in", folder, again=True)
    assert (everything.files, everything.added, everything.duplicates) == (3, 0, 18)
    assert read_manifest(folder).documents == 18


def test_the_journal_never_says_more_than_was_committed(tmp_path):
    papers(tmp_path / "a.jsonl", range(100))
    builder, journal = Counting(limit=73), Journal(tmp_path)
    with pytest.raises(StateError):
        Ingest(builder, journal, commit_every=20).run(tmp_path / "a.jsonl")
    assert builder.committed == [20, 40, 60]
    known = Journal(tmp_path).progress(fingerprint(tmp_path / "a.jsonl"))
    assert (known.position, known.done, known.taken) == (60, False, 60)
    rest = Counting()
    report = Ingest(rest, Journal(tmp_path)).run(tmp_path / "a.jsonl")
    assert list(rest.kept) == [f"d{n}" for n in range(60, 100)]
    assert (report.read, report.added, report.duplicates) == (40, 40, 60)


def test_a_long_way_without_documents_is_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr("index.pipeline._LOOK_EVERY", 10)
    papers(tmp_path / "a.jsonl", range(25))
    seen, signature = [], Subset(year_from=1990).signature
    ingest = Ingest(Counting(), Journal(tmp_path, signature), Subset(year_from=1990), stop=lambda: len(seen) >= 24)
    ingest.progress = lambda state: seen.append(state.report.read)
    report = ingest.run(tmp_path / "a.jsonl")
    assert (report.filtered, report.stopped) == (24, True)
    assert Journal(tmp_path, signature).progress(fingerprint(tmp_path / "a.jsonl")).position == 24
    assert Journal(tmp_path).progress(fingerprint(tmp_path / "a.jsonl")).position == 0


def test_a_stop_commits_and_the_next_call_goes_on(tmp_path):
    papers(tmp_path / "a.jsonl", range(30))
    calls = iter(range(1, 100))
    report = add_documents(tmp_path / "a.jsonl", tmp_path / "i", stop=lambda: next(calls) >= 12)
    assert (report.added, report.stopped) == (12, True)
    assert read_manifest(tmp_path / "i").documents == 12
    report = add_documents(tmp_path / "a.jsonl", tmp_path / "i")
    assert (report.read, report.added, report.duplicates, report.stopped) == (18, 18, 12, False)


def test_killed_in_the_middle(tmp_path):
    folder = tmp_path / "index"
    papers(tmp_path / "a.jsonl", range(4_000))
    code = (
        "import sys, time; from pathlib import Path; from index.api import add_documents\n"
        "def slow(count, title): time.sleep(0.001)\n"
        "add_documents(Path(sys.argv[1]), Path(sys.argv[2]), slow, commit_every=200)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "a.jsonl"), str(folder)])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (folder / JOURNAL).exists():
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = read_manifest(folder).documents
    assert 200 <= before < 4_000
    known = Journal(folder).progress(fingerprint(tmp_path / "a.jsonl"))
    assert before - 200 <= known.position <= before
    report = add_documents(tmp_path / "a.jsonl", folder)
    assert report.added == 4_000 - before
    assert report.read <= 4_000 - before + 200
    assert read_manifest(folder).documents == 4_000


def test_bytes_and_time_are_shown(tmp_path):
    path = papers(tmp_path / "a.jsonl", range(50))
    states = []
    add_documents(path, tmp_path / "i", watch=states.append)
    assert len(states) == 50
    assert states[-1].bytes_total == path.stat().st_size == states[-1].bytes_done
    assert states[-1].report.read == 50


def test_retracted_papers_are_kept_marked_counted_or_left_out(tmp_path):
    papers(tmp_path / "a.jsonl", range(2))
    papers(tmp_path / "b.jsonl", range(2, 5), is_retracted=True)
    builder = Counting()
    assert Ingest(builder, Journal(tmp_path)).run(tmp_path / "b.jsonl").retracted == 3
    assert all(document.retracted for document in builder.kept.values())
    left = Ingest(Counting(), Journal(tmp_path, "x"), Subset(retracted=False)).run(tmp_path / "b.jsonl")
    assert (left.added, left.filtered) == (0, 3)


def test_a_damaged_journal_is_an_error_that_says_what_to_do(tmp_path):
    for text in ("{", "[]", '{"format": 99, "files": {}}', '{"format": 1, "files": {"a": 5}}'):
        (tmp_path / JOURNAL).write_text(text)
        with pytest.raises(StateError, match="Delete that file"):
            Journal(tmp_path)


def test_an_index_that_is_gone_does_not_leave_its_journal_in_force(tmp_path):
    folder = tmp_path / "index"
    path = papers(tmp_path / "a.jsonl", range(3))
    add_documents(path, folder)
    journal = (folder / JOURNAL).read_text()
    for entry in list(folder.iterdir()):
        subprocess.run(["rm", "-rf", entry], check=True)
    (folder / JOURNAL).write_text(journal)
    with IndexBuilder(tmp_path / "other", load_embedder()):
        pass
    (folder / JOURNAL).unlink()
    assert add_documents(path, folder).added == 3


def test_nothing_is_written_for_a_path_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError):
        add_documents(tmp_path / "absent", tmp_path / "index")
    assert not (tmp_path / "index").exists()
