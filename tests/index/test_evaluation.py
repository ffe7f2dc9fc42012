"""Judged questions: what counts as relevant, the metrics, the halves; and the fit of the reranker's weights."""

import io
import json
import tarfile

import numpy as np
import pytest

from finetune.reranker import choose_penalty, fit_weights, train_reranker
from index.evaluation import Question, interval, ndcg, read_chemrxivquest, recall, tuning_half
from index.features import NAMES
from index.rerank import LightReranker
from tools.core.errors import InputError
from tools.core.evidence import Passage

ASKED = Question("q", "d", ((100, 200),), relevant=2)


def passage(start, end, document="d"):
    return Passage(id=f"{document}#{start}", document_id=document, title="", text="x", start=start, end=end)


def test_a_passage_is_relevant_if_it_holds_half_of_the_answer():
    assert ASKED.answered_by(passage(0, 150))
    assert not ASKED.answered_by(passage(0, 149))
    assert not ASKED.answered_by(passage(0, 200, document="e"))
    long = Question("q", "d", ((0, 10_000),), relevant=1)
    assert long.answered_by(passage(500, 700))
    assert not long.answered_by(passage(500, 699))


def test_metrics_by_hand():
    right, wrong = passage(100, 200), passage(300, 400)
    assert ndcg(ASKED, [right, right]) == 1.0
    assert ndcg(ASKED, [wrong, right]) == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))
    assert ndcg(ASKED, []) == recall(ASKED, [wrong] * 5 + [right]) == 0.0
    assert recall(ASKED, [wrong, right]) == 0.5
    mean, low, high = interval(np.array([0.0, 1.0] * 50))
    assert low < mean == 0.5 < high


def collection(folder, answers=1):
    texts = {
        f"{n}.txt": " ".join(f"Sentence {m} of text {n} speaks of topic{n}{m} and polymers." for m in range(60))
        for n in range(12)
    }
    with tarfile.open(folder / "texts.tar.gz", "w:gz") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"texts/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    lines = ["question,corpus_id,references"]
    for n, (name, text) in enumerate(texts.items()):
        for m in (5, 40):
            start = text.index(f"Sentence {m} ")
            spans = json.dumps([{"start_index": start, "end_index": start + 50}]).replace('"', '""')
            lines.append(f'What of topic{n}{m}?,texts/{name},"{spans}"')
    (folder / "questions_dev.csv").write_text("\n".join(lines))


def test_halves_share_no_document_and_training_writes_what_can_be_loaded(tmp_path):
    collection(tmp_path)
    documents, questions = read_chemrxivquest(tmp_path)
    assert len(documents) == 12
    assert len(questions) == 24
    tuned = tuning_half(questions)
    first = {q.document_id for q, use in zip(questions, tuned, strict=True) if use}
    assert len(first) == 6
    assert not first & {q.document_id for q, use in zip(questions, tuned, strict=True) if not use}
    card = train_reranker(tmp_path, tmp_path / "out")
    again = LightReranker(tmp_path / "out")
    assert again.id.startswith(card.id)
    assert card.data[0].rows == int(tuned.sum())


def test_what_is_no_collection_is_a_typed_error(tmp_path):
    with pytest.raises(InputError):
        read_chemrxivquest(tmp_path)
    (tmp_path / "texts.tar.gz").write_bytes(b"nothing")
    with pytest.raises(InputError):
        read_chemrxivquest(tmp_path)


def test_weights_find_the_telling_feature_and_are_never_negative():
    rng = np.random.default_rng(0)
    tables, questions = [], []
    for number in range(40):
        x = rng.normal(size=(20, len(NAMES)))
        y = np.zeros(20)
        y[np.argmax(x[:, 2] - 0.5 * x[:, 4])] = 1.0
        tables.append((x, y))
        questions.append(Question("q", str(number // 2), (), relevant=1))
    weights = fit_weights(tables, 3.0)
    assert int(np.argmax(weights)) == 2
    assert weights[4] == weights.min() == 0.0
    penalty, means = choose_penalty(tables, questions)
    assert means[f"{penalty:g}"] == max(means.values()) > 0.7
    assert fit_weights(tables, 3.0).tolist() == weights.tolist()
