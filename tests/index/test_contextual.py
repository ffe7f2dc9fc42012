"""Contextual embedders: what their ids say, who refuses whom, and the same vectors from every engine."""

import importlib.util
import os
import sys

import numpy as np
import pytest

from index import engines
from index.contextual import ContextualEmbedder
from index.embed import Embedder, encode_queries, load_embedder
from index.embed_pool import PooledEmbedder, opened_embedder
from index.space import Space
from tools.core.errors import ArtefactError, BackendMissing, InputError, StateError

HAS_TORCH = importlib.util.find_spec("sentence_transformers") is not None
torch_only = pytest.mark.skipif(not HAS_TORCH, reason="the extra embed is not installed")
TEXTS = ["stiff chains have a high glass transition", "a", "polyimide films " * 40, "rubber is soft and long"]


def test_ids_say_what_decides_where_a_text_lies():
    full = Space("intfloat/e5-small-v2", "abc", 512, "query: ", "passage: ")
    assert (
        full.id == "sentence-transformers:intfloat/e5-small-v2@abc?max=512&norm=l2&query=query%3A+&passage=passage%3A+"
    )
    assert Space.parse(full.id) == full
    assert full.is_full
    others = (
        Space("intfloat/e5-small-v2", "abd", 512, "query: ", "passage: "),
        Space("intfloat/e5-small-v2", "abc", 256, "query: ", "passage: "),
        Space("intfloat/e5-small-v2", "abc", 512, "", "passage: "),
        Space("intfloat/e5-small-v2", "abc", 512, "query: ", "passage: ", int8=True),
    )
    assert len({full.id, *(other.id for other in others)}) == 5
    assert all(Space.parse(other.id) == other for other in others)
    wish = Space.parse("sentence-transformers:some/model")
    assert (wish.model, wish.revision, wish.is_full) == ("some/model", "", False)
    assert Space.parse("sentence-transformers:/a/folder@main").model == "/a/folder"


@pytest.mark.parametrize(
    "text", ["sentence-transformers:", "sentence-transformers:@x", "sentence-transformers:m?max=0"]
)
def test_ids_that_name_no_model(text):
    with pytest.raises(InputError):
        Space.parse(text)


def test_without_the_library_the_command_is_given(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BackendMissing, match="sentence-transformers"):
        ContextualEmbedder("sentence-transformers:some/model")
    with pytest.raises(BackendMissing, match="openvino"):
        engines._need("openvino")
    with pytest.raises(InputError, match="No engine"):
        ContextualEmbedder("sentence-transformers:some/model", engine="steam")


def test_batches_are_padded_and_masked():
    given = engines.padded([[5, 6, 7], [8]], pad=9)
    assert given["input_ids"].tolist() == [[5, 6, 7], [8, 9, 9]]
    assert given["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]


class Pooling:
    pooling_mode = "mean"


class Transformer: ...


class Normalize: ...


class Dense: ...


def test_pooling_is_the_models_own():
    hidden = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    mask = np.array([[1, 1, 0], [1, 0, 0]])
    assert engines.pooling([Transformer(), Pooling(), Normalize()])(hidden, mask).tolist() == [[1, 2], [6, 7]]
    first = Pooling()
    first.pooling_mode = "cls"
    assert engines.pooling([Transformer(), first])(hidden, mask).tolist() == [[0, 1], [6, 7]]
    with pytest.raises(ArtefactError, match="torch only"):
        engines.pooling([Transformer(), Pooling(), Dense()])


def test_queries_are_treated_like_passages_where_a_model_has_no_prefix():
    static = load_embedder()
    assert np.array_equal(encode_queries(static, TEXTS), static.encode(TEXTS))


@pytest.mark.slow
def test_several_processes_give_the_same_vectors():
    static = load_embedder()
    texts = [f"{text} {n}" for n in range(60) for text in TEXTS]
    with PooledEmbedder("", 2) as pool:
        assert isinstance(pool, Embedder)
        assert pool.id == static.id
        assert np.array_equal(pool.encode(texts), static.encode(texts))
        assert pool.encode([]).shape == (0, static.dimension)
        assert np.array_equal(pool.encode_queries(TEXTS), static.encode(TEXTS))
    with pytest.raises(InputError):
        PooledEmbedder("", 0)


def test_an_index_keeps_its_embedder(tmp_path):
    from index.build import IndexBuilder

    with IndexBuilder(tmp_path / "i", load_embedder()) as builder:
        builder.commit()
    with opened_embedder(tmp_path / "i") as found:
        assert found.id == load_embedder().id
    if HAS_TORCH:
        pytest.skip("the refusal is tested with a real model below")
    with pytest.raises(BackendMissing), opened_embedder(tmp_path / "i", "sentence-transformers:x/y"):
        pass


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A model of 20,000 random weights."""
    pytest.importorskip("sentence_transformers", reason="the extra embed is not installed")
    import torch
    from sentence_transformers import SentenceTransformer, models
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "query",
        "passage",
        ":",
        *sorted({w for t in TEXTS for w in t.split()}),
    ]
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    inner, folder = tmp_path_factory.mktemp("inner"), tmp_path_factory.mktemp("tiny")
    BertModel(config).save_pretrained(inner)
    fast.save_pretrained(inner)
    transformer = models.Transformer(str(inner), max_seq_length=48)
    model = SentenceTransformer(modules=[transformer, models.Pooling(32), models.Normalize()], device="cpu")
    model.prompts = {"query": "query: ", "document": "passage: "}
    model.save(str(folder))
    return folder


@torch_only
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_every_engine_gives_the_same_vectors(tiny):
    name = f"sentence-transformers:{tiny}"
    base = ContextualEmbedder(name, engine="torch")
    assert base.space.max_tokens == 48
    vectors = base.encode(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert base.encode([]).shape == (0, 32)
    assert not np.allclose(vectors, base.encode_queries(TEXTS), atol=1e-3)  # the prefixes differ
    plain = ContextualEmbedder(Space(str(tiny), query="", passage=""), engine="torch")
    assert plain.id != base.id
    assert np.allclose(plain.encode(["query: " + t for t in TEXTS]), base.encode_queries(TEXTS), atol=1e-5)
    for engine, nearest in (("openvino", 0.999), ("onnx", 0.9999), ("onnx-int8", 0.9)):
        package = engine.split("-")[0].replace("onnx", "onnxruntime")
        if importlib.util.find_spec(package) is None or importlib.util.find_spec("onnx") is None:
            continue
        other = ContextualEmbedder(name, engine=engine)
        assert (other.encode(TEXTS) * vectors).sum(1).min() >= nearest, engine
        assert (other.id == base.id) == (engine != "onnx-int8")


@torch_only
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_model_that_changed_is_refused(tiny, tmp_path):
    import shutil

    from safetensors.numpy import load_file, save_file

    from index.build import IndexBuilder

    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    known = ContextualEmbedder(f"sentence-transformers:{folder}", engine="torch").id
    load_embedder.cache_clear()
    assert load_embedder(known).id == known
    with IndexBuilder(tmp_path / "i", load_embedder(known)) as builder:
        builder.commit()
    with pytest.raises(StateError), IndexBuilder(tmp_path / "i", load_embedder()) as builder:
        builder.commit()
    weights = load_file(folder / "model.safetensors")
    save_file(
        {key: value * 1.01 for key, value in weights.items()}, folder / "model.safetensors", metadata={"format": "pt"}
    )
    load_embedder.cache_clear()
    with pytest.raises(StateError, match="is not the one"):
        load_embedder(known)
    with (
        pytest.raises(InputError, match="built with"),
        opened_embedder(tmp_path / "i", f"sentence-transformers:{tiny}"),
    ):
        pass


@torch_only
@pytest.mark.slow
def test_offline_says_what_to_do(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ArtefactError, match="hf download no/such-model"):
        ContextualEmbedder("sentence-transformers:no/such-model")


def test_nothing_heavy_is_imported_for_the_shipped_embedder():
    assert "torch" not in sys.modules or HAS_TORCH
    assert os.environ.get("OMP_NUM_THREADS")
