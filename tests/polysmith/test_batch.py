"""Tables through predict: every row answered or with its error, in order, after kills as well."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from rdkit import Chem
from typer.testing import CliRunner

import polysmith
from polysmith import batch
from polysmith.batch_output import plain, safe_cell
from polysmith.cli.app import app
from tools.core.errors import InputError, LimitError, StateError, UnknownNameError
from tools.core.polymer import Polymer

UNITS = [
    f"*CC(*){'C' * n}{tail}" for n in range(12) for tail in ("O", "N", "F", "Cl", "C#N", "OC", "c1ccccc1", "C(=O)OC")
]
BAD = {
    "*CC": "one_star",
    "CCO": "no_star",
    "*CC(*)C*": "too_many_stars",
    "*CC(*)C(*)C*": "ladder",
    "[Na+].*CC(*)C(=O)[O-]": "fragments",
    "*CC(*)[Fe]": "element",
    f"*{'C' * 300}*": "too_large",
    f"*{'C' * 600}*": "too_long",
    "": "unknown_name",
    "poly(zorgium)": "unknown_name",
    "=HYPERLINK(1)": "unknown_name",
    "*C%(1)(": "syntax",
}


def table(folder, texts, name="table.csv"):
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "SMILES"])
        writer.writerows(enumerate(texts, 1))
    return path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_row_is_answered_or_has_its_error(tmp_path):
    texts = [text for pair in zip(UNITS, list(BAD) * 8, strict=True) for text in pair]
    tally = polysmith.predict_file(table(tmp_path, texts), tmp_path / "out.csv", ["Tg"], tier="fast")
    rows = rows_of(tmp_path / "out.csv")
    assert [int(row["row"]) for row in rows] == list(range(1, len(texts) + 1))
    assert (tally.rows, tally.answered, tally.distinct) == (192, 96, 96)
    for text, row in zip(texts, rows, strict=True):
        if text in BAD:
            assert row["error"] == BAD[text], text
            assert row["message"] and not row["Tg"]
        else:
            assert float(row["Tg_lower"]) < float(row["Tg"]) < float(row["Tg_upper"])
            assert not row["error"] and row["Tg_in_domain"] in ("True", "False")


def test_file_agrees_with_the_call_and_with_json_lines(tmp_path):
    path = table(tmp_path, [*UNITS[:5], "nonsense"])
    polysmith.predict_file(path, tmp_path / "out.jsonl", ["Tg", "density"])
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    direct = polysmith.predict([*UNITS[:5], "nonsense"], ["Tg", "density"], neighbours=0)
    for line, answer in zip(found[:5], direct[:5], strict=True):
        for name, value in answer.values.items():
            assert line["values"][name]["value"] == value.value
            assert line["values"][name]["upper"] == value.upper
    assert found[5]["error"]["code"] == "unknown_name"


@pytest.mark.parametrize("tier", ["fast", "accurate"])
def test_other_writings_get_the_same_numbers(tmp_path, tier):
    chosen = random.Random(1).sample(UNITS, 24)
    texts = []
    for seed in range(3):
        for unit in chosen:
            written = Chem.MolToRandomSmilesVect(Chem.MolFromSmiles(unit), 1, randomSeed=seed + 1)[0]
            texts.append(written.replace("*", ("[*]", "[*:1]", "[1*]")[seed]))
    random.Random(2).shuffle(texts)
    polysmith.predict_file(table(tmp_path, texts), tmp_path / "out.csv", ["Tg", "P_O2"], tier=tier)
    known = {}
    for row in rows_of(tmp_path / "out.csv"):
        numbers = {name: cell for name, cell in row.items() if name not in ("row", "line", "given")}
        assert known.setdefault(row["key"], numbers) == numbers
    assert set(known) == {Polymer.from_smiles(unit).key for unit in chosen}


def test_a_cut_off_file_is_finished_to_the_same_bytes(tmp_path):
    path, out = table(tmp_path, [*UNITS, *BAD]), tmp_path / "out.csv"
    polysmith.predict_file(path, out, ["Tg"], tier="fast")
    whole = out.read_bytes()
    for cut in (0, 10, len(whole) // 3, len(whole) // 2 + 1, len(whole) - 1):
        out.write_bytes(whole[:cut])
        tally = polysmith.predict_file(path, out, ["Tg"], tier="fast")
        assert out.read_bytes() == whole
        assert tally.rows == len(UNITS) + len(BAD) and tally.answered == len(UNITS)
    assert polysmith.predict_file(path, out, ["Tg"], tier="fast").resumed == len(UNITS) + len(BAD)


def test_an_output_of_something_else_is_left_alone(tmp_path):
    path, out = table(tmp_path, UNITS[:3]), tmp_path / "out.csv"
    polysmith.predict_file(path, out, ["Tg"])
    before = out.read_bytes()
    with pytest.raises(InputError, match="properties"):
        polysmith.predict_file(path, out, ["Tm"])
    with pytest.raises(InputError, match="table_sha256"):
        polysmith.predict_file(table(tmp_path, UNITS[:4], "b.csv"), out, ["Tg"])
    with pytest.raises(InputError, match="itself"):
        polysmith.predict_file(path, path, ["Tg"])
    (tmp_path / "mine.csv").write_text("precious", encoding="utf-8")
    with pytest.raises(InputError, match="not written by"):
        polysmith.predict_file(path, tmp_path / "mine.csv", ["Tg"])
    with pytest.raises(InputError, match="ending"):
        polysmith.predict_file(path, tmp_path / "out.xyz", ["Tg"])
    with pytest.raises(StateError):
        polysmith.predict_file(path, tmp_path / "nowhere" / "out.csv", ["Tg"])
    with pytest.raises(UnknownNameError):
        polysmith.predict_file(path, tmp_path / "c.csv", ["colour"])
    assert out.read_bytes() == before


def test_one_row_that_hangs_costs_its_own_row_only(tmp_path, monkeypatch):
    call = batch._call

    def hanging(texts, job):
        if UNITS[3] in texts:
            raise LimitError("answer was stopped after 60 s.")
        return call(texts, job)

    monkeypatch.setattr(batch, "_call", hanging)
    tally = polysmith.predict_file(table(tmp_path, UNITS[:20]), tmp_path / "out.csv", ["Tg"], tier="fast")
    assert (tally.answered, tally.failed) == (19, {"limit": 1})
    assert [row["row"] for row in rows_of(tmp_path / "out.csv") if row["error"]] == ["4"]


@pytest.mark.slow
def test_an_interrupt_leaves_whole_rows(tmp_path, monkeypatch):
    monkeypatch.setitem(batch._CHUNK, "fast", 16)
    path, out = table(tmp_path, UNITS), tmp_path / "out.csv"

    def stop(done, whole):
        if done >= 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        polysmith.predict_file(path, out, ["Tg"], tier="fast", progress=stop)
    assert len(rows_of(out)) == 32
    assert polysmith.predict_file(path, out, ["Tg"], tier="fast").resumed == 32
    assert [row["given"] for row in rows_of(out)] == UNITS


def test_cells_are_no_formulas_and_no_second_line():
    for text in ("=1+2", "+1", "-1", "@x", " =1", "\t=1", "＝1"):
        assert safe_cell(text).startswith("'")
    assert safe_cell("*CC*") == "*CC*"
    assert "\n" not in plain("a\nb\u2028c") and len(plain("x" * 10_000)) == 500


def test_command_answers_tables_on_standard_output(tmp_path):
    run, path = CliRunner(), table(tmp_path, [*UNITS[:3], "*CC"])
    shown = run.invoke(app, ["predict", str(path), "-p", "Tg", "--format", "csv"])
    assert shown.exit_code == 0, shown.output
    assert len(list(csv.DictReader(shown.stdout.splitlines()))) == 4
    assert "1 failed: one_star" in shown.stderr
    data = json.loads(run.invoke(app, ["predict", str(path), "-p", "Tg", "--tier", "fast", "--json"]).stdout)
    assert ["error" in item for item in data] == [False, False, False, True]
    written = run.invoke(app, ["predict", str(path), "-p", "Tg", "-o", str(tmp_path / "o.csv"), "--json"])
    assert json.loads(written.stdout)["answered"] == 3
    assert run.invoke(app, ["predict", "PS", "--out", "x.csv"]).exit_code == 2
    assert run.invoke(app, ["predict", str(table(tmp_path, ["*CC"])), "--tier", "fast"]).exit_code == 2


@pytest.mark.slow
def test_kill_and_resume(tmp_path):
    path, out = table(tmp_path, [f"*CC(*){'C' * (n % 40)}OC{'C' * (n // 40)}" for n in range(1600)]), tmp_path / "o.csv"
    start = "from polysmith.cli.app import app; app()"
    call = [sys.executable, "-c", start, "predict", str(path), "-p", "Tg", "--tier", "fast", "-o", str(out)]
    process = subprocess.Popen(call, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None and (not out.exists() or out.stat().st_size < 2000):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = len(rows_of(out))
    tally = polysmith.predict_file(path, out, ["Tg"], tier="fast")
    assert 0 < tally.resumed <= kept and tally.rows == tally.answered == 1600
    polysmith.predict_file(path, tmp_path / "whole.csv", ["Tg"], tier="fast")
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.slow
def test_twenty_thousand_hostile_rows(tmp_path):
    chance, good, bad = random.Random(0), 0, 0
    path = tmp_path / "hostile.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("\ufeffid;SMILES;note\r\n")
        for number in range(20_000):
            kind = chance.random()
            if kind < 0.8:
                good += 1
                stream.write(f"{number};{chance.choice(UNITS)};ok\r\n")
                continue
            bad += 1
            text = chance.choice(
                [f"{number};{chance.choice(list(BAD))};x", "a;b;c;d;e", f'{number};"*CC*', "", "\0\1;\2"]
            )
            stream.write(f"{text}\r\n")
    tally = polysmith.predict_file(path, tmp_path / "out.csv", ["Tg"])
    assert (tally.rows, tally.answered, sum(tally.failed.values())) == (20_000, good, bad)
    assert tally.tier == "fast"
    assert [int(row["row"]) for row in rows_of(tmp_path / "out.csv")] == list(range(1, 20_001))
