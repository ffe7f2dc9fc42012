"""The small model: a tokenizer that keeps atoms and digits apart, and a training that goes on where it was stopped."""

from __future__ import annotations

from importlib import resources

import pytest

pytest.importorskip("torch", reason="training needs the extra train")
pytest.importorskip("transformers", reason="training needs the extra train")

from finetune.records.from_tasks import task_records
from finetune.small.batches import batches, encode
from finetune.small.tokenizer import train_tokenizer
from finetune.small.train import Schedule, Shape, new_model, train
from polybench.jsonl import read_tasks
from tools.core.errors import SetupError

TINY = Shape(hidden=64, layers=1, heads=2, inner=96, context=512)


@pytest.fixture(scope="module")
def taught():
    with resources.as_file(resources.files("polybench.sample") / "train.jsonl") as path:
        records = list(task_records(read_tasks(path)))[:40]
    tokenizer = train_tokenizer((message["content"] for record in records for message in record.messages), size=600)
    return tokenizer, encode(records, tokenizer, 512)


def test_atoms_and_digits_are_tokens_and_words_are_pieces(taught):
    tokenizer, _ = taught
    text = "Concern: *CC(Cl)c1ccccc1 has 12.5 g/mol, son."
    pieces = tokenizer.tokenize(text)
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert "Cl" in pieces
    assert not [piece for piece in pieces if "CC" in piece or "cc" in piece or "12" in piece]


def test_the_loss_is_on_what_the_assistant_says(taught):
    tokenizer, encoded = taught
    ids, said = encoded[0]
    spoken = tokenizer.decode([token for token, mark in zip(ids, said, strict=True) if mark])
    assert spoken.startswith("<answer>")
    assert spoken.rstrip().endswith("<|im_end|>")


def test_every_conversation_is_in_one_batch_of_the_pass(taught):
    tokenizer, encoded = taught
    dealt = list(batches(encoded, tokens=2048, pad=tokenizer.pad_token_id, seed=1))
    assert sum(len(batch.ids) for batch in dealt) == len(encoded)
    assert sum(batch.tokens for batch in dealt) == sum(len(ids) for ids, _ in encoded)
    assert all(len(batch.ids) * len(batch.ids[0]) <= 2048 or len(batch.ids) == 1 for batch in dealt)


def made(tokenizer):
    return new_model(
        TINY, len(tokenizer), tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id, seed=0
    )


def test_a_stopped_training_goes_on_to_the_same_weights(taught, tmp_path):
    tokenizer, encoded = taught
    schedule = Schedule(tokens=6000, batch=1024, save_every=2)
    pad = tokenizer.pad_token_id
    whole = made(tokenizer)
    told = train(whole, encoded[8:], encoded[:8], tmp_path / "whole", schedule, pad=pad)

    class Stop(Exception):
        pass

    def stop(text):
        raise Stop

    halted = made(tokenizer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("finetune.small.train._TELL_EVERY", 3)
        with pytest.raises(Stop):
            train(halted, encoded[8:], encoded[:8], tmp_path / "halted", schedule, pad=pad, progress=stop)
    resumed = made(tokenizer)
    again = train(resumed, encoded[8:], encoded[:8], tmp_path / "halted", schedule, pad=pad)
    assert again["held_out_loss"] == told["held_out_loss"]
    assert again["step"] == told["step"]
    with pytest.raises(SetupError, match="another schedule"):
        train(made(tokenizer), encoded, [], tmp_path / "whole", Schedule(tokens=7000), pad=pad)
