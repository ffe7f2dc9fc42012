"""Nothing read from disk or network can name code to run: no pickle, no permissive checkpoint, no evaluated text."""

from __future__ import annotations

import ast
import io
import pickle
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import ormsgpack
import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

import polysmith
from agent.deps import Deps
from agent.graph import run_graph
from agent.runs import open_run
from agent.settings import Settings
from polysmith.config import runs_folder
from tools.core.errors import PolysmithError, ToolError
from tools.core.sandbox import _Reader

ROOT = Path(__file__).parents[2]
ROOMS = ("tools", "agent", "index", "finetune", "polybench", "polysmith", "benchmarks")
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
REBUILDING = {"pickle", "cPickle", "_pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal", "jsonpickle"}
# Between a process and the workers that it started itself, over a private pair of sockets.
OWN_PIPES = {"tools/core/sandbox.py", "tools/core/worker.py"}


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def problems(source, place):
    tree = ast.parse(source)
    if place not in OWN_PIPES:
        yield from (f"imports {name}" for name in set(imported(tree)) & REBUILDING)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        said = {word.arg: ast.unparse(word.value) for word in node.keywords}
        if name in {"np.load", "numpy.load"} and said.get("allow_pickle", "False") != "False":
            yield f"line {node.lineno}: {name} may unpickle"
        if name.endswith("torch.load") and said.get("weights_only") != "True":
            yield f"line {node.lineno}: torch.load may unpickle"
        if name in {"eval", "exec", "yaml.load", "yaml.unsafe_load", "os.system", "os.popen", "pd.read_pickle"}:
            yield f"line {node.lineno}: {name}"
        if said.get("shell") == "True" or said.get("trust_remote_code") == "True":
            yield f"line {node.lineno}: {name} runs what it is given"


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_no_code_is_rebuilt_from_data(path):
    assert list(problems(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())) == []


@pytest.mark.parametrize(
    "line",
    ["import pickle", "from joblib import load", "torch.load(p)", "torch.load(p, weights_only=False)", "eval(x)",
     "np.load(p, allow_pickle=True)", "yaml.load(x)", "subprocess.run(x, shell=True)"],
)  # fmt: skip
def test_the_search_of_the_source_finds_what_it_looks_for(line):
    assert list(problems(line, "agent/x.py"))


@pytest.mark.parametrize("module", ["tools.core.sandbox", "numpy.ctypeslib", "pathlib"])
@pytest.mark.parametrize("name", ["subprocess.Popen", "os.system", "sys.modules"])
def test_a_dotted_name_does_not_reach_through_a_module(module, name):
    written = f"\x80\x04\x8c{chr(len(module))}{module}\x8c{chr(len(name))}{name}\x93.".encode("latin-1")
    with pytest.raises(ToolError, match="not accepted"):
        _Reader(io.BytesIO(written)).load()


@pytest.mark.parametrize("hostile", [subprocess.Popen, sys.exit, eval, JsonPlusSerializer])
def test_a_worker_cannot_name_what_runs_commands(hostile):
    with pytest.raises(ToolError, match="not accepted"):
        _Reader(io.BytesIO(pickle.dumps(hostile))).load()


def planted(path):
    """A piece of a checkpoint that opens a file for writing when its class is rebuilt."""
    return ormsgpack.Ext(1, ormsgpack.packb(("io", "open", (str(path), "w"))))


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path / "home"))
    made = polysmith.design("Tg above 300 °C and Tg below 200 °C", model=False)
    return open_run(runs_folder(), made.run_id)


def test_a_checkpoint_that_names_a_foreign_class_does_not_get_it(tmp_path, run):
    ours = JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=None)
    lax = JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=True)
    control = ormsgpack.packb({"x": planted(tmp_path / "control")})
    lax.loads_typed(("msgpack", control))["x"].close()
    assert (tmp_path / "control").exists()  # what a permissive reader would have done
    with closing(sqlite3.connect(run.path / "checkpoints.sqlite")) as connection, connection:
        rows = connection.execute("SELECT rowid, type, checkpoint FROM checkpoints").fetchall()
        assert rows and {kind for _, kind, _ in rows} == {"msgpack"}
        for row, kind, blob in rows:
            state = ours.loads_typed((kind, blob))
            state["channel_values"]["failures"] = planted(tmp_path / "ran")
            packed = ormsgpack.packb(state, option=ormsgpack.OPT_NON_STR_KEYS)
            connection.execute("UPDATE checkpoints SET checkpoint = ? WHERE rowid = ?", (packed, row))
    run_graph(Deps(Settings(), run))
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_that_is_a_pickle_is_refused(tmp_path, run):
    hostile = b"cio\nopen\n(S'" + str(tmp_path / "ran").encode() + b"'\nS'w'\ntR."
    with closing(sqlite3.connect(run.path / "checkpoints.sqlite")) as connection, connection:
        connection.execute("UPDATE checkpoints SET type = 'pickle', checkpoint = ?", (hostile,))
    with pytest.raises(PolysmithError):
        run_graph(Deps(Settings(), run))
    assert not (tmp_path / "ran").exists()
