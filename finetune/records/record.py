"""Record: one conversation to learn from, in the form that trl's SFTTrainer reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.core.errors import InputError

T = TypeVar("T")
Kind = Literal["task", "chain", "tools", "design", "general", "question"]


class Record(BaseModel):
    """One conversation.

    Attributes
    ----------
    id : str
        Unique within a file.
    kind : {"task", "chain", "tools", "design", "general", "question"}
        A task answered at once, a task with a worked chain, a task with tool calls, a repeat unit asked for by its
        properties, a record that guards general abilities, or a question about a passage.
    task : str
        Id of the task behind it; empty if there is none.
    category, subtask : str
        Of the task.
    messages : tuple of dict
        ``role`` and ``content``, and ``tool_calls`` of an assistant, as in the chat-completions protocol but with
        ``arguments`` as an object, which chat templates expect.
    tools : tuple of dict
        Tools that are offered, in the form of the protocol.
    polymer_keys : tuple of str
        Keys of the polymers it is about; what leakage is checked by.
    licence : str
        Terms of what it rests on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: Kind
    task: str = ""
    category: str = ""
    subtask: str = ""
    messages: tuple[dict[str, Any], ...] = Field(min_length=2)
    tools: tuple[dict[str, Any], ...] = ()
    polymer_keys: tuple[str, ...] = ()
    licence: str = ""


def write_records(records: Iterable[Record], path: Path) -> int:
    """Write records as JSON lines, one at a time.

    Parameters
    ----------
    records : iterable of Record
        The records.
    path : Path
        File; what was there is replaced once all is written.

    Returns
    -------
    int
        How many.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    count = 0
    with partial.open("wb") as stream:
        for count, record in enumerate(records, 1):  # noqa: B007  # the last number is the count
            stream.write(orjson.dumps(record.model_dump(mode="json", exclude_defaults=True)) + b"\n")
    partial.replace(path)
    return count


def read_records(path: Path) -> Iterator[Record]:
    """Read records.

    Parameters
    ----------
    path : Path
        File of JSON lines.

    Yields
    ------
    Record
        In order.

    Raises
    ------
    InputError
        If the file is missing or a line is no record; says which.
    """
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    yield Record.model_validate(json.loads(line))
                except (ValueError, ValidationError) as error:
                    raise InputError(f"Line {number} of {path} is no record: {error}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut a stream into lists.

    Parameters
    ----------
    items : iterable
        Anything.
    size : int
        Length of each list but the last.

    Yields
    ------
    list
        In order.
    """
    stream = iter(items)
    while part := list(islice(stream, size)):
        yield part
