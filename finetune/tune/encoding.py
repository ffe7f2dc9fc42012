"""Conversations as tokens with the loss on what the assistant says, whatever the chat template.

A template that marks the assistant's words (``{% generation %}``) is asked for them. For any other, what the assistant
says is what a rendering gains when its message is added to the prompt that a server would send; that needs no list of
vendors, and a template for which it does not hold is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from finetune.records.record import Record
from finetune.torches import library
from tools.core.errors import SetupError

_MARKED = re.compile(r"\{%-?\s*generation\s*-?%\}")
_NO_LOSS = -100


@dataclass(frozen=True)
class Row:
    """A row to learn from.

    Attributes
    ----------
    record : str
        Record it comes from.
    ids : list of int
        Tokens.
    labels : list of int
        The same where the assistant speaks, -100 elsewhere.
    """

    record: str
    ids: list[int]
    labels: list[int]


def rows_of(records: Iterable[Record], tokenizer: Any) -> Iterator[Row]:
    """Turn conversations into rows.

    Parameters
    ----------
    records : iterable of Record
        The conversations.
    tokenizer : transformers.PreTrainedTokenizerFast
        With a chat template.

    Yields
    ------
    Row
        One per conversation; one per turn of the assistant where the template writes earlier turns anew.

    Raises
    ------
    SetupError
        If there is no template, it cannot write a conversation, or the assistant's words cannot be told apart.
    """
    template = tokenizer.chat_template
    if not template:
        raise SetupError("The tokenizer has no chat template.", hint="Name one in the recipe: model.chat_template.")
    marked = bool(_MARKED.search(template if isinstance(template, str) else template.get("default", "")))
    ends = set(tokenizer.added_tokens_decoder)
    for record in records:
        for row in _marked(record, tokenizer) if marked else _by_difference(record, tokenizer):
            _check_end(row, tokenizer, ends)
            yield row


def render(messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], tokenizer: Any, *, ask: bool) -> str:
    """Write a conversation by the tokenizer's template.

    Parameters
    ----------
    messages : sequence of dict
        Messages.
    tools : sequence of dict
        Tools that are offered.
    tokenizer : transformers.PreTrainedTokenizerFast
        With a chat template.
    ask : bool
        Whether it ends where the assistant is to speak.

    Returns
    -------
    str
        The text, special tokens included.

    Raises
    ------
    SetupError
        If the template refuses it.
    """
    from jinja2 import TemplateError

    try:
        text = tokenizer.apply_chat_template(
            with_ids(messages),
            tools=[dict(tool) for tool in tools] or None,
            tokenize=False,
            add_generation_prompt=ask,
        )
    except (TemplateError, TypeError, ValueError) as error:
        raise SetupError(
            f"The chat template cannot write a conversation: {error}", hint="Name another: model.chat_template."
        ) from error
    return str(text)


def with_ids(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give calls of tools and their results the ids that some templates insist on.

    Parameters
    ----------
    messages : sequence of dict
        Messages.

    Returns
    -------
    list of dict
        The same with ids of nine letters and digits where there were none.
    """
    made, open_calls, count = [], [], 0
    for message in messages:
        copied = dict(message)
        if copied.get("tool_calls"):
            calls = []
            for call in copied["tool_calls"]:
                calls.append({"id": f"call{count:05d}", **call})
                open_calls.append(calls[-1]["id"])
                count += 1
            copied["tool_calls"] = calls
        elif copied["role"] == "tool" and open_calls:
            copied.setdefault("tool_call_id", open_calls.pop(0))
        made.append(copied)
    return made


def _check_end(row: Row, tokenizer: Any, ends: set[int]) -> None:
    """Refuse a template under which a model never learns to stop: the assistant's last token must be a special one."""
    said = [token for token in row.labels if token != _NO_LOSS]
    while said and said[-1] not in ends and not tokenizer.decode([said[-1]]).strip():
        said.pop()
    if said and said[-1] not in ends:
        raise SetupError(
            f"The chat template does not end what the assistant says in record {row.record} with a special token, so "
            "that a model would not learn to stop.",
            hint="Name a template that does: model.chat_template.",
        )


def _check_whole(record: Record, message: dict[str, Any], gained: str) -> None:
    """Refuse a template that drops what the assistant says or calls."""
    names = [str(call["function"]["name"]) for call in message.get("tool_calls") or []]
    wanted = [str(message.get("content") or "").strip(), *names]
    lost = next((text for text in wanted if text and text not in gained), None)
    if lost is not None:
        raise SetupError(
            f"The chat template drops {lost[:60]!r} of record {record.id}.",
            hint="Name one that writes tool calls (model.chat_template), or set data.tools to 0.",
        )


def _marked(record: Record, tokenizer: Any) -> Iterator[Row]:
    told = tokenizer.apply_chat_template(
        with_ids(record.messages),
        tools=list(record.tools) or None,
        tokenize=True,
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    ids, said = list(told["input_ids"]), list(told["assistant_masks"])
    yield Row(record.id, ids, [token if mark else _NO_LOSS for token, mark in zip(ids, said, strict=True)])


def _by_difference(record: Record, tokenizer: Any) -> Iterator[Row]:
    """Find the assistant's words as what each of its messages adds."""
    turns = [place for place, message in enumerate(record.messages) if message["role"] == "assistant"]
    spans, texts = [], []
    for place in turns:
        asked = render(record.messages[:place], record.tools, tokenizer, ask=True)
        told = render(record.messages[: place + 1], record.tools, tokenizer, ask=False)
        if not told.startswith(asked) or len(told) == len(asked):
            raise SetupError(
                f"The chat template does not go on from its own prompt in record {record.id}, so that what the "
                "assistant says cannot be told apart.",
                hint="Mark it with {% generation %} in a template of your own: model.chat_template.",
            )
        _check_whole(record, record.messages[place], told[len(asked) :])
        spans.append((len(asked), len(told)))
        texts.append(told)
    if all(texts[-1].startswith(text) for text in texts):
        yield _row(record.id, texts[-1], spans, tokenizer)
        return
    for text, span in zip(texts, spans, strict=True):
        yield _row(record.id, text, [span], tokenizer)


def _row(record: str, text: str, spans: Sequence[tuple[int, int]], tokenizer: Any) -> Row:
    told = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids = list(told["input_ids"])
    labels = [
        token if any(start < stop and low <= start < high for low, high in spans) else _NO_LOSS
        for token, (start, stop) in zip(ids, told["offset_mapping"], strict=True)
    ]
    return Row(record, ids, labels)


def dataset_of(rows: Iterable[Row], longest: int) -> tuple[Any, int]:
    """Make the table that the trainer reads.

    Parameters
    ----------
    rows : iterable of Row
        Rows.
    longest : int
        Tokens of a row at most.

    Returns
    -------
    dataset : datasets.Dataset
        Columns ``input_ids`` and ``labels``.
    left_out : int
        Rows that are longer, or in which the assistant says nothing.
    """
    kept, left_out = [], 0
    for row in rows:
        if len(row.ids) > longest or all(label == _NO_LOSS for label in row.labels):
            left_out += 1
        else:
            kept.append({"input_ids": row.ids, "labels": row.labels})
    return library("datasets").Dataset.from_list(kept), left_out
