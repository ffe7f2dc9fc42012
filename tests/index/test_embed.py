"""The embedder that ships: small, offline, deterministic, and better than chance."""

import json
import shutil
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from index.embed import STATIC_NAME, Embedder, StaticEmbedder, load_embedder, normalise_rows
from tools.core.errors import ArtefactError, BackendMissing, StateError

FOLDER = Path(str(resources.files("index"))) / "artefacts" / STATIC_NAME


@pytest.fixture(scope="module")
def embedder():
    return load_embedder()


def test_is_small_and_has_a_card(embedder):
    assert isinstance(embedder, Embedder)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 16_000_000
    card = json.loads((FOLDER / "card.json").read_text())
    assert card["licence"] == "Apache-2.0"
    assert card["metrics"]
    assert embedder.id.startswith(card["id"] + "@")


def test_rows_are_unit_vectors_and_the_same_every_time(embedder):
    texts = ["poly(methyl methacrylate)", "glass transition", "", "\u4e2d"]
    first, second = embedder.encode(texts), embedder.encode(texts)
    assert first.shape == (4, embedder.dimension)
    assert np.array_equal(first, second)
    assert np.allclose(np.linalg.norm(first[:2], axis=1), 1, atol=1e-5)
    assert np.all(first[2] == 0)
    assert embedder.encode([]).shape == (0, embedder.dimension)


def test_related_texts_are_nearer_than_unrelated_ones(embedder):
    pairs = [
        ("the polymer melts at a high temperature", "melting point of a plastic", "stock market prices fell"),
        ("gas separation membrane", "permeability of carbon dioxide through a film", "baroque music of Italy"),
        ("flame retardant", "fire and combustion of materials", "grammar of French verbs"),
    ]
    for anchor, near, far in pairs:
        a, n, f = embedder.encode([anchor, near, far])
        assert a @ n > a @ f + 0.1


def test_a_changed_file_is_refused(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(FOLDER, copy)
    with (copy / "tokenizer.json").open("a") as handle:
        handle.write(" ")
    with pytest.raises(ArtefactError, match="differs"):
        StaticEmbedder(copy)
    (copy / "card.json").unlink()
    with pytest.raises(ArtefactError):
        StaticEmbedder(copy)


def test_unknown_and_missing_embedders_are_typed_errors(monkeypatch):
    with pytest.raises(StateError, match="static-minilm"):
        load_embedder("static-minilm-1@000000000000")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(BackendMissing, match=r"sentence-transformers"):
        load_embedder("sentence-transformers:no/model")


def test_normalise_rows_keeps_zero_rows():
    assert normalise_rows(np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32)).tolist() == [
        [pytest.approx(0.6), pytest.approx(0.8)],
        [0.0, 0.0],
    ]
