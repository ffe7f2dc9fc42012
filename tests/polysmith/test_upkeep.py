"""The upkeep commands on a real folder: verify, delete, compact."""

import json

from typer.testing import CliRunner

from polysmith.cli.app import app


def call(*arguments, code=0):
    done = CliRunner().invoke(app, ["index", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done


def test_an_index_is_verified_emptied_of_papers_and_compacted(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    rows = [{"id": f"p{n}", "title": "", "abstract": f"A paper on membranes with word{n}x in it."} for n in range(5)]
    (tmp_path / "papers.jsonl").write_text("\n".join(map(json.dumps, rows)))
    call("add", tmp_path / "papers.jsonl", "--json")
    assert json.loads(call("verify", "--json").stdout)["documents"] == 5
    assert json.loads(call("delete", "p1", "p2", "nothing", "--json").stdout) == {"deleted": 2, "unknown": 1}
    assert "3 documents are kept" in call("compact").stdout
    assert "3 documents, 3 passages" in " ".join(call("verify", "--dir", tmp_path / "index").stdout.split())
    (record,) = (tmp_path / "index" / "segments").glob("*/records.bin")
    record.write_bytes(b"x" * record.stat().st_size)
    call("verify", "--json", code=4)
    call("verify", "--dir", tmp_path / "elsewhere", code=4)
