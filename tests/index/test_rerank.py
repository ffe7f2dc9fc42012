"""Reranking: features that tell passages apart, the shipped weights, typed refusals, and a real cross-encoder."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.build import build_in_memory
from index.document import Document
from index.embed import load_embedder
from index.features import NAMES, Candidate, features
from index.rerank import LightReranker, Reranker, load_reranker
from index.search import HybridIndex
from index.words import WordVectors, sentences, stem, stems
from tools.core.errors import ArtefactError, BackendMissing, InputError
from tools.core.evidence import Passage

VECTORS = WordVectors(load_embedder())


def candidate(text, *, document="d", start=0, lexical=0.5, cosine=0.5):
    passage = Passage(
        id=f"{document}#{start}", document_id=document, title="", text=text, start=start, end=start + len(text)
    )
    return Candidate(passage, lexical, cosine)


def column(name, table):
    return table[:, NAMES.index(name)]


def test_features_are_scaled_and_constant_ones_say_nothing():
    table = features("glass transition", [candidate("glass transition"), candidate("boiled potatoes")], VECTORS)
    assert table.shape == (2, len(NAMES))
    assert np.allclose(table.mean(axis=0), 0.0)
    assert np.array_equal(column("bm25", table), [0.0, 0.0])
    assert features("glass", [], VECTORS).shape == (0, len(NAMES))


@pytest.mark.parametrize("name", ["local_bm25", "sentence", "late"])
def test_the_passage_that_answers_is_told_from_its_kin(name):
    kin = "Polyimide films were studied for many years by many groups."
    table = features(
        "Which solvent dissolves the polyimide?",
        [candidate(f"{kin} They are yellow."), candidate(f"{kin} A solvent that dissolves them is cresol.")],
        VECTORS,
    )
    assert column(name, table)[1] > column(name, table)[0]


def test_word_order_neighbours_and_documents_count():
    table = features("ring opening polymerisation", [candidate("polymerisation by opening of the ring"), candidate("by ring opening polymerisation")], VECTORS)  # fmt: skip
    assert column("pairs", table)[1] > column("pairs", table)[0]
    first = candidate("one " * 10, start=0, lexical=1.0)
    after = candidate("two " * 10, start=first.passage.end + 1, lexical=0.1)
    far = candidate("three " * 10, start=5000, lexical=0.1)
    other = candidate("four " * 10, document="e", lexical=0.1)
    table = features("x", [first, after, far, other], VECTORS)
    assert column("neighbour", table)[1] > column("neighbour", table)[2]
    assert column("document", table)[2] > column("document", table)[3]


def test_another_name_counts_as_a_word_of_the_query():
    held = [candidate("films of poly(methyl methacrylate) were cast"), candidate("films of polystyrene were cast")]
    table = features("PMMA films", held, VECTORS, ["poly(methyl methacrylate)"])
    assert column("sentence", table)[0] > column("sentence", table)[1]


def test_words_and_sentences():
    assert stems("The colourless fibres of the polymers") == stems("colorless fiber polymer")
    assert stem("the") == ""
    text = "First sentence is here. Second one follows!\n\nNo\nThird sentence closes"
    assert [text[a:b] for a, b in sentences(text)] == [
        "First sentence is here.",
        "Second one follows!",
        "Third sentence closes",
    ]
    assert list(sentences("short")) == [(0, 5)]


def test_the_shipped_reranker_answers_to_the_protocol_and_refuses_what_is_not_its_own(tmp_path):
    light = load_reranker("light")
    assert isinstance(light, Reranker)
    assert light.scores("x", []) == []
    assert load_reranker("none") is None
    for name in ("", "cross-encoder:", "heavy"):
        with pytest.raises(InputError):
            load_reranker(name)
    with pytest.raises(ArtefactError):
        LightReranker(tmp_path)


def test_changed_weights_are_refused(tmp_path):
    from importlib import resources

    shipped = resources.files("index") / "artefacts" / "light-reranker"
    (tmp_path / "card.json").write_text((shipped / "card.json").read_text())
    (tmp_path / "weights.json").write_text(json.dumps(dict.fromkeys(NAMES, 1.0)))
    with pytest.raises(ArtefactError):
        LightReranker(tmp_path)


class Backwards:
    id = "backwards"
    depth = 3

    def scores(self, query, candidates, expansions=()):
        return [number / len(candidates) for number in range(len(candidates))]


def test_a_reranker_orders_the_best_and_leaves_the_rest_behind_them():
    documents = [Document(id=str(n), title="", text=f"glass {'transition ' * n} of polymers " * 5) for n in range(6)]
    index = HybridIndex([build_in_memory(documents, load_embedder(), name="r")])
    plain = [p.id for p in index.search("glass transition", 6)]
    turned = index.search("glass transition", 2, rerank=Backwards())
    assert [p.id for p in turned] == [plain[2], plain[1]]
    every = index.search("glass transition", 6, rerank=Backwards())
    assert sorted(p.id for p in every) == sorted(plain)
    assert [p.score for p in every] == sorted((p.score for p in every), reverse=True)
    assert all(0.0 <= p.score <= 1.0 for p in every)
    own = HybridIndex(index.shards, reranker=Backwards())
    assert own.search("glass transition", 3) != index.search("glass transition", 3)
    assert own.search("glass transition", 3, rerank="none") == index.search("glass transition", 3)


@pytest.mark.skipif(importlib.util.find_spec("sentence_transformers") is not None, reason="it is installed here")
def test_a_cross_encoder_without_its_library_names_the_command():
    with pytest.raises(BackendMissing, match="install"):
        load_reranker("cross-encoder:some/model")


_TINY = """
import sys
from pathlib import Path
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
folder = Path(sys.argv[1]); folder.mkdir(exist_ok=True)
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "glass", "transition", "potatoes", "polymer", "boil", "the", "of", "a"]
plain = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="[UNK]"))
plain.pre_tokenizer = pre_tokenizers.Whitespace()
plain.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]")
tokenizer.save_pretrained(folder)
torch.manual_seed(0)
config = BertConfig(vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, num_labels=1)
model = BertForSequenceClassification(config)
asks, texts, wanted = ["glass transition"] * 2 + ["boil potatoes"] * 2, ["glass transition of a polymer", "boil the potatoes"] * 2, [1.0, 0.0, 0.0, 1.0]
step = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(150):
    out = model(**tokenizer(asks, texts, padding=True, return_tensors="pt")).logits[:, 0]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(out, torch.tensor(wanted)); step.zero_grad(); loss.backward(); step.step()
model.save_pretrained(folder)
sys.path.insert(0, sys.argv[2])
from index.features import Candidate
from index.rerank import load_reranker
from tools.core.evidence import Passage
reranker = load_reranker(f"cross-encoder:{folder}")
made = [Candidate(Passage(id=str(n), document_id=str(n), title="", text=t, start=0, end=len(t)), 0.5, 0.5) for n, t in enumerate(texts[:2])]
first, second = reranker.scores("glass transition", made), reranker.scores("boil potatoes", made)
assert first[0] > first[1] and second[1] > second[0], (first, second)
assert reranker.scores("x", []) == []
print("ranked")
"""


@pytest.mark.slow
def test_a_tiny_cross_encoder_made_here_reranks(tmp_path):
    python = os.environ.get("POLYSMITH_EMBED_PYTHON", sys.executable)
    probe = subprocess.run([python, "-c", "import sentence_transformers"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("sentence-transformers is not installed (POLYSMITH_EMBED_PYTHON names a Python that has it)")
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [python, "-c", _TINY, str(tmp_path / "model"), root], capture_output=True, text=True, check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "ranked" in done.stdout
