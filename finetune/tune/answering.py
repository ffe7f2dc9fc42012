"""A model of this machine answers: batches of conversations, each with the tools it is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from finetune.torches import torch
from finetune.tune.encoding import render

Asked = tuple[Sequence[dict[str, Any]], Sequence[dict[str, Any]]]
Answer = Callable[[Sequence[Asked]], list[str]]


def answerer(
    model: Any,
    tokenizer: Any,
    *,
    new_tokens: int,
    batch: int,
    temperature: float = 0.0,
    seed: int = 0,
) -> Answer:
    """Make a function that answers.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        In evaluation mode.
    tokenizer : transformers.PreTrainedTokenizerFast
        With a chat template.
    new_tokens : int
        Tokens of an answer at most.
    batch : int
        Conversations at once.
    temperature : float
        0 takes the likeliest token each time; otherwise answers are sampled.
    seed : int
        Of sampling.

    Returns
    -------
    callable
        From (messages, tools) to texts, special tokens that are no part of a call left out.
    """

    def answer(asked: Sequence[Asked]) -> list[str]:
        torch().manual_seed(seed)
        texts = [render(messages, tools, tokenizer, ask=True) for messages, tools in asked]
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found = [""] * len(texts)
        for start in range(0, len(order), batch):
            part = order[start : start + batch]
            given = _generate(model, tokenizer, [texts[place] for place in part], new_tokens, temperature)
            for place, text in zip(part, given, strict=True):
                found[place] = text
        return found

    return answer


def _generate(model: Any, tokenizer: Any, texts: list[str], new_tokens: int, temperature: float) -> list[str]:
    side, tokenizer.padding_side = tokenizer.padding_side, "left"
    try:
        given = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    finally:
        tokenizer.padding_side = side
    given = {name: given[name].to(model.device) for name in ("input_ids", "attention_mask")}
    sampled = {"do_sample": True, "temperature": temperature, "top_p": 1.0, "top_k": 0} if temperature else {}
    with torch().no_grad():
        made = model.generate(
            **given, max_new_tokens=new_tokens, pad_token_id=tokenizer.pad_token_id, **(sampled or {"do_sample": False})
        )
    new = made[:, given["input_ids"].shape[1] :]
    return [_text(tokenizer, row.tolist()) for row in new]


def _text(tokenizer: Any, ids: list[int]) -> str:
    """Decode up to the end of the turn; marks of calls that are special tokens are kept."""
    stop = {tokenizer.eos_token_id, tokenizer.pad_token_id}
    end = next((place for place, token in enumerate(ids) if token in stop), len(ids))
    return str(tokenizer.decode(ids[:end], skip_special_tokens=False)).strip()


def in_batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Deal items into batches, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
