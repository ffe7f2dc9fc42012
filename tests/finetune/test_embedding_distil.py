"""Distillation: quantisation keeps the vectors, wrong folders are typed errors."""

import sys

import numpy as np
import pytest

from finetune.embedding.distil import distil, quantise
from tools.core.errors import ArtefactError, BackendMissing


def test_quantisation_keeps_directions():
    vectors = np.random.default_rng(0).normal(size=(200, 64)).astype(np.float32)
    vectors[3] = 0
    rows, scales = quantise(vectors)
    assert rows.dtype == np.int8
    assert scales.dtype == np.float16
    back = rows.astype(np.float32) * scales.astype(np.float32)[:, None]
    assert np.all(back[3] == 0)
    kept = np.delete(np.arange(200), 3)
    cosines = (
        (back[kept] * vectors[kept]).sum(1) / np.linalg.norm(back[kept], axis=1) / np.linalg.norm(vectors[kept], axis=1)
    )
    assert cosines.min() > 0.999


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ArtefactError, match=r"model\.safetensors"):
        distil(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_missing_libraries_are_named(tmp_path, monkeypatch):
    (tmp_path / "model.safetensors").write_bytes(b"x")
    (tmp_path / "tokenizer.json").write_text("{}")
    monkeypatch.setitem(sys.modules, "model2vec.distill", None)
    with pytest.raises(BackendMissing, match=r"model2vec\[distill\]"):
        distil(tmp_path, tmp_path / "out")
