"""Screenings: the same answer however they are cut, stopped, killed and resumed."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import signal
import threading
import time

import pytest
from typer.testing import CliRunner

import polysmith
from polysmith import screening_run
from polysmith.cli.app import app
from polysmith.screening_worker import HEAD
from tools.core import sandbox
from tools.core.errors import BackendMissing, InputError, StateError
from tools.core.polymer import Polymer

BRIEF = "Tg above 120 °C, density below 1.25 g/cm3, no fluorine, as transparent as possible, refractive index above 1.5"


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(screening_run, "SHARD", 150)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def units(folder, count=700):
    """A table with repeats, names, and rows that cannot be read."""
    texts = [f"*CC(*){'C' * (n % 9)}{tail}" for n in range(count // 7) for tail in ("c1ccccc1", "C#N", "O", "Cl", "F")]
    path = folder / "units.csv"
    path.write_text("id,smiles\n" + "".join(f"{n},{text}\n" for n, text in enumerate([*texts, "PMMA", "*CC", "zorg"])))
    return path, len(texts) + 3


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screening_run, "SHARD", 150)
        found = polysmith.screen(BRIEF, library="ordinary", limit=500, top=20, out=folder / "s")
    return found, folder / "s"


def test_what_passes_meets_the_brief_and_the_best_are_kept(whole):
    found, folder = whole
    passed, best = rows_of(folder / "passed.csv"), rows_of(folder / "best.csv")
    assert found.candidates == 500 and not found.complete
    assert 0 < found.passed == len(passed) < found.admitted < 500
    assert all(float(row["chance"]) >= 0.5 and "F" not in row["smiles"] for row in passed)
    assert len({row["key"] for row in passed}) == len(passed)
    assert len(best) == 20 == len(found.best)
    assert [row["smiles"] for row in best] == [row["smiles"] for row in found.best]
    assert {row["key"] for row in passed if float(row["score"]) > float(best[-1]["score"])} <= {
        row["key"] for row in best
    }
    for row in passed[::10]:
        assert Polymer.from_smiles(row["smiles"]).key == row["key"]
        assert row["rule"] and row["monomers"]
    assert json.loads((folder / "summary.json").read_text())["passed"] == found.passed


def test_shards_limits_and_workers_do_not_change_the_answer(whole, tmp_path, monkeypatch):
    found, folder = whole
    monkeypatch.setattr(screening_run, "SHARD", 260)
    place = {"library": "ordinary", "top": 20, "out": tmp_path / "s", "workers": 1}
    first = polysmith.screen(BRIEF, limit=300, **place)
    assert first.candidates == 300
    other = polysmith.screen(BRIEF, limit=500, resume=True, **place)
    assert 0 < other.resumed <= 300
    assert (other.candidates, other.admitted, other.passed, other.best) == (
        found.candidates, found.admitted, found.passed, found.best
    )  # fmt: skip
    assert (tmp_path / "s" / "passed.csv").read_bytes() == (folder / "passed.csv").read_bytes()


@pytest.fixture(scope="module")
def tabled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tabled")
    path, _ = units(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screening_run, "SHARD", 100)
        found = polysmith.screen("Tg above 60 °C", library=path, chance=0.3, top=20, out=folder / "s")
    return found, folder / "s", path


def test_stopped_and_resumed_it_is_the_same(tabled, tmp_path, monkeypatch):
    found, folder, path = tabled
    monkeypatch.setattr(screening_run, "SHARD", 100)
    place = {"library": path, "top": 20, "out": tmp_path / "s"}

    def stop(progress):
        if progress.candidates:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        polysmith.screen("Tg above 60 °C", chance=0.3, progress=stop, **place)
    assert not (tmp_path / "s" / "passed.csv").exists()
    with pytest.raises(InputError, match="holds a screening"):
        polysmith.screen("Tg above 60 °C", chance=0.3, **place)
    with pytest.raises(InputError, match="another spec, chance"):
        polysmith.screen("Tg above 70 °C", chance=0.4, resume=True, **place)
    # a receipt that was cut off does not count
    receipt = next((tmp_path / "s" / "journal").glob("*.json"))
    receipt.write_text(receipt.read_text()[:40])
    told = []
    again = polysmith.screen("Tg above 60 °C", chance=0.3, resume=True, progress=told.append, **place)
    assert (tmp_path / "s" / "passed.csv").read_bytes() == (folder / "passed.csv").read_bytes()
    assert (again.best, again.candidates) == (found.best, found.candidates)
    assert told[-1].share == 1 and told[-1].seconds_left == 0


def _kill_one(folder, killed):
    """Kill a worker as soon as a first shard is done."""
    while not list((folder / "journal").glob("*.json")):
        time.sleep(0.005)
    worker = next(iter(sandbox._pool.all))
    os.killpg(worker.process.pid, signal.SIGKILL)
    killed.append(worker.process.pid)


def test_a_killed_worker_loses_and_doubles_nothing(tabled, tmp_path, monkeypatch):
    found, folder, path = tabled
    monkeypatch.setattr(screening_run, "SHARD", 100)
    killed = []
    thread = threading.Thread(target=_kill_one, args=(tmp_path / "s", killed))
    thread.start()
    other = polysmith.screen("Tg above 60 °C", library=path, chance=0.3, top=20, out=tmp_path / "s")
    thread.join()
    assert killed
    assert (tmp_path / "s" / "passed.csv").read_bytes() == (folder / "passed.csv").read_bytes()
    assert other.best == found.best


def test_a_table_is_screened_row_by_row(tmp_path):
    path, count = units(tmp_path)
    found = polysmith.screen("Tg above 60 °C", library=path, out=tmp_path / "s", chance=0.3)
    passed = rows_of(tmp_path / "s" / "passed.csv")
    assert found.complete and found.candidates == count - 2
    assert found.failed == {"one_star": 1, "unknown_name": 1}
    assert len({row["place"] for row in passed}) == len(passed) == found.passed
    assert "PMMA" in {row["given"] for row in passed}
    assert len({row["key"] for row in found.best}) == len(found.best)
    part = polysmith.screen("Tg above 60 °C", library=path, out=tmp_path / "p", chance=0.3, limit=160)
    assert part.candidates == 160 and not part.complete


def test_what_cannot_be_screened_is_said(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="workers"):
        polysmith.screen(BRIEF, library="ordinary", out=tmp_path / "w", workers=99)
    with pytest.raises(InputError):
        polysmith.screen(BRIEF, library=tmp_path / "absent.csv", out=tmp_path / "a")
    with pytest.raises(InputError, match="chance"):
        polysmith.screen(BRIEF, chance=1.5, out=tmp_path / "c")
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be written"):
        polysmith.screen(BRIEF, library="ordinary", out=tmp_path / "file")
    real = importlib.util.find_spec
    absent = ("ray", "pyarrow")
    monkeypatch.setattr(importlib.util, "find_spec", lambda n, *rest: None if n in absent else real(n, *rest))
    with pytest.raises(BackendMissing, match="ray"):
        polysmith.screen(BRIEF, library="ordinary", out=tmp_path / "r", ray="local")
    with pytest.raises(BackendMissing, match="pyarrow"):
        polysmith.screen(BRIEF, library="ordinary", out=tmp_path / "q", parquet=True)


def test_command(tmp_path):
    path, _ = units(tmp_path, 140)
    run = CliRunner()
    arguments = ["screen", "Tg above 60 °C", "--library", str(path), "-o", str(tmp_path / "s"), "--top", "5"]
    result = run.invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["complete"] and len(answer["best"]) == 5 and set(HEAD) < set(answer["best"][0])
    result = run.invoke(app, [*arguments, "--resume"])
    assert result.exit_code == 0 and "passed.csv" in result.stdout
    assert run.invoke(app, arguments).exit_code == 2


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="the extra parquet is not installed")
def test_parquet_holds_what_the_csv_holds(tmp_path):
    from pyarrow import parquet

    path, _ = units(tmp_path, 140)
    polysmith.screen("Tg above 60 °C", library=path, out=tmp_path / "s", chance=0.3, parquet=True)
    rows = rows_of(tmp_path / "s" / "passed.csv")
    table = parquet.read_table(tmp_path / "s" / "passed.parquet").to_pylist()
    assert [row["key"] for row in table] == [row["key"] for row in rows]
    assert [row["Tg"] for row in table] == [float(row["Tg"]) for row in rows]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed")
def test_a_ray_cluster_that_loses_a_machine(whole, tmp_path):
    import ray
    from ray.cluster_utils import Cluster

    found, folder = whole
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 80_000_000})
    lost = [cluster.add_node(num_cpus=1, object_store_memory=80_000_000) for _ in range(2)]
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, logging_level="ERROR")
    told = []

    def kill(progress):
        told.append(progress)
        if progress.candidates and len(lost) == 2:
            cluster.remove_node(lost.pop(), allow_graceful=False)

    try:
        assert ray.cluster_resources()["CPU"] == 3
        other = polysmith.screen(
            BRIEF, library="ordinary", limit=500, top=20, out=tmp_path / "s", ray=cluster.address, progress=kill
        )
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert len(lost) == 1 and len(told) > 2
    assert (other.candidates, other.passed, other.best) == (found.candidates, found.passed, found.best)
    assert (tmp_path / "s" / "passed.csv").read_bytes() == (folder / "passed.csv").read_bytes()
