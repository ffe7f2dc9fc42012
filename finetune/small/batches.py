"""Conversations as batches of tokens: of similar length, with the loss on what the assistant says."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from finetune.records.record import Record

Encoded = tuple[list[int], list[int]]
_POOL = 64  # batches that are sorted by length at once


@dataclass(frozen=True)
class Batch:
    """Token ids [rows, length], labels of the same shape (-100: no loss), and the tokens that are not padding."""

    ids: list[list[int]]
    labels: list[list[int]]
    tokens: int


def encode(records: Sequence[Record], tokenizer: Any, longest: int) -> list[Encoded]:
    """Turn conversations into tokens and marks of what the assistant says; too long ones are left out.

    Parameters
    ----------
    records : sequence of Record
        The conversations.
    tokenizer : transformers.PreTrainedTokenizerFast
        With a chat template that marks the assistant's turns.
    longest : int
        Tokens of a conversation at most.

    Returns
    -------
    list of (list of int, list of int)
        Token ids, and 1 for those of the assistant.
    """
    found = []
    for record in records:
        told = tokenizer.apply_chat_template(
            list(record.messages), tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
        if len(told["input_ids"]) <= longest:
            found.append((list(told["input_ids"]), list(told["assistant_masks"])))
    return found


def batches(encoded: Sequence[Encoded], *, tokens: int, pad: int, seed: int) -> Iterator[Batch]:
    """Deal one pass over the conversations into batches.

    Parameters
    ----------
    encoded : sequence
        What ``encode`` gave.
    tokens : int
        Tokens of a batch at most, padding included.
    pad : int
        Id of the padding.
    seed : int
        Order.

    Yields
    ------
    Batch
        Rows of similar length.
    """
    rng = random.Random(seed)
    order = list(range(len(encoded)))
    rng.shuffle(order)
    mean = sum(len(ids) for ids, _ in encoded) / max(1, len(encoded))
    pool = max(1, round(_POOL * tokens / max(1.0, mean)))
    for start in range(0, len(order), pool):
        part = sorted(order[start : start + pool], key=lambda place: len(encoded[place][0]))
        groups: list[list[int]] = [[]]
        for place in part:
            if groups[-1] and (len(groups[-1]) + 1) * len(encoded[place][0]) > tokens:
                groups.append([])
            groups[-1].append(place)
        rng.shuffle(groups)
        for group in groups:
            yield _padded([encoded[place] for place in group], pad)


def _padded(rows: Sequence[Encoded], pad: int) -> Batch:
    width = max(len(ids) for ids, _ in rows)
    ids = [row + [pad] * (width - len(row)) for row, _ in rows]
    labels = [
        [token if said else -100 for token, said in zip(row, mask, strict=True)] + [-100] * (width - len(row))
        for row, mask in rows
    ]
    return Batch(ids, labels, sum(len(row) for row, _ in rows))
