"""Milvus behind the same search: against Milvus Lite where it is installed, else typed refusals alone."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.embed import load_embedder
from index.filters import Filter
from index.milvus import MilvusShard
from index.milvus_rows import condition
from tools.core.errors import BackendMissing, SetupError


def test_filters_are_written_as_quoted_conditions():
    assert condition(None) == condition(Filter()) == ""
    assert condition(Filter(2001, 2010)) == "year >= 2001 and year >= 0 and year <= 2010"
    hostile = 'x"] or document_id != ["'
    written = condition(Filter(sources=(hostile,)))
    assert written.startswith("source in ")
    assert json.loads(written.removeprefix("source in ")) == [hostile]
    assert condition(Filter(dois=("https://doi.org/10.1/ABC",))) == 'doi_key in ["10.1/abc"]'


@pytest.mark.skipif(importlib.util.find_spec("pymilvus") is not None, reason="pymilvus is installed here")
def test_without_its_client_it_is_a_typed_error():
    with pytest.raises((BackendMissing, SetupError)):
        MilvusShard(load_embedder(), uri="x.db")


_LITE = """
import sys
folder, root = sys.argv[1:]
sys.path.insert(0, root)
from index.build import build_in_memory
from index.document import Document
from index.embed import load_embedder
from index.filters import Filter
from index.milvus import MilvusShard
from index.search import HybridIndex
from tools.core.errors import InputError, StateError, UnknownNameError

long = " ".join(f"Polyimide number {n} has a glass transition of {300 + n} kelvin when dry." for n in range(40))
documents = [
    Document(id="a", title="Polyimides", text=long, doi="https://doi.org/10.1/A", year=1999, source="s", licence="CC0"),
    Document(id='q"] or 1==1', title="Cooking", text="Boil the potatoes for twenty minutes, then serve them.", year=2020),
    Document(id="c", title="Caf\\u00e9", text="Colourless fibres of poly(lactide) were spun at high speed.", retracted=True),
]
embedder = load_embedder()
uri = folder + "/lite.db"
shard = MilvusShard(embedder, uri=uri)
first = shard.add(documents)
assert first == shard.passage_count > 3 and shard.document_count == 3, (first, shard.passage_count)
assert shard.add(documents) == 0  # the same again writes nothing
local = HybridIndex([build_in_memory(documents, embedder, name="local")])
index = HybridIndex([shard])
for ask in ("glass transition of polyimide number 7", "boiling potatoes", "colorless fiber", "\\u4e2d\\u6587", 'text:("*'):
    here, there = local.search(ask, 3), index.search(ask, 3)
    assert len(there) == 3, ask
    if ask.isascii() and "(" not in ask:
        assert here[0].model_copy(update={"score": 0}) == there[0].model_copy(update={"score": 0}), (here[0], there[0])
best = index.search("boiling potatoes", 1, rerank="light")[0]
assert best.document_id == 'q"] or 1==1' and index.get(best.id).text == best.text
assert {p.document_id for p in index.search("polyimide", 9, filter=Filter(year_from=2000))} == {'q"] or 1==1'}
assert {p.document_id for p in index.search("polyimide", 9, filter=Filter(dois=("10.1/a",)))} == {"a"}
assert {p.document_id for p in index.search("polyimide", 9, filter=Filter(ids=('q"] or 1==1',)))} == {'q"] or 1==1'}
mixed = HybridIndex([*local.shards, shard])
assert len({p.id for p in mixed.search("polyimide", 9)}) == len(mixed.search("polyimide", 9))
changed = Document(id="a", title="Polyimides", text="Now short: polyimides are yellow and heat resistant.")
assert shard.add([changed]) == 1 and shard.passage_count == 3
shard.delete(["a", "unknown"])
assert shard.document_count == 2
for wrong, kind in ((lambda: index.get("nothing#0"), UnknownNameError), (lambda: shard.fetch(["x"], [0.0]), UnknownNameError),
                    (lambda: shard.add([Document(id="x" * 600, title="", text="long enough to be a passage")]), InputError),
                    (lambda: MilvusShard(embedder, uri=uri, collection="no-name"), InputError),
                    (lambda: MilvusShard(embedder), InputError)):
    try:
        wrong()
    except kind:
        continue
    raise AssertionError(kind)
class Other:
    id, dimension, encode = "other", embedder.dimension, embedder.encode
shard.close()
try:
    MilvusShard(Other(), uri=uri)
except StateError as error:
    assert "embedder" in str(error)
else:
    raise AssertionError("another embedder was let in")
again = MilvusShard(embedder, uri=uri)
assert again.document_count == 2
again.close()
try:
    MilvusShard(embedder, uri="http://127.0.0.1:9")
except StateError as error:
    assert "does not answer" in str(error)
else:
    raise AssertionError("nobody is there")
print("kept")
"""


@pytest.mark.slow
def test_milvus_lite_keeps_and_finds_what_the_local_index_does(tmp_path):
    python = os.environ.get("POLYSMITH_MILVUS_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import pymilvus, milvus_lite"], capture_output=True, check=False).returncode:
        pytest.skip("Milvus Lite is not installed (POLYSMITH_MILVUS_PYTHON names a Python that has it)")
    root = str(Path(__file__).resolve().parents[2])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POLYSMITH_MILVUS")}
    done = subprocess.run(
        [python, "-c", _LITE, str(tmp_path), root], capture_output=True, text=True, check=False, env=clean, timeout=300
    )
    assert "kept" in done.stdout, done.stderr[-3000:]
