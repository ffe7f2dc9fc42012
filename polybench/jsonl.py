"""Task and prediction files: one JSON object a line, read and written as streams."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel, ValidationError

from polybench.prediction import Prediction
from polybench.task import Task
from tools.core.errors import InputError

_BESIDE: Final = frozenset(Prediction.model_fields) - {"id", "response", "final_answer"}


@dataclass(frozen=True)
class BadLine:
    """A line of a prediction file that could not be read.

    Attributes
    ----------
    line : int
        Its number, from 1.
    id : str
        Id that it carries; empty where there is none.
    reason : str
        What is wrong with it.
    """

    line: int
    id: str
    reason: str


@dataclass(frozen=True)
class PredictionFile:
    """The predictions of a file, and what could not be read.

    Attributes
    ----------
    predictions : tuple of Prediction
        At most one for each task.
    bad : tuple of BadLine
        Lines that hold no readable prediction; their tasks count as not answered. Also lines that answer a task again:
        the first answer counts.
    """

    predictions: tuple[Prediction, ...]
    bad: tuple[BadLine, ...] = ()


def read_tasks(path: Path) -> Iterator[Task]:
    """Read a task file line by line.

    Parameters
    ----------
    path : Path
        JSON Lines.

    Yields
    ------
    Task
        In the order of the file.

    Raises
    ------
    InputError
        If the file is not there, a line is not a valid task, or an id occurs twice; the line is named.
    """
    seen: dict[str, int] = {}
    for number, line in _lines(path):
        where = f"{path.name}, line {number}"
        try:
            task = Task.model_validate(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            raise InputError(f"{where}: not JSON ({error}).", hint="Give one JSON object a line.") from error
        except ValidationError as error:
            raise InputError(
                f"{where}: {explain(error)}", hint="The fields are those of polybench.task.Task."
            ) from error
        if task.id in seen:
            raise InputError(f"{where}: the id {task.id!r} was used in line {seen[task.id]}.", hint="Ids are unique.")
        seen[task.id] = number
        yield task


def read_predictions(path: Path) -> PredictionFile:
    """Read a prediction file; lines that cannot be read are listed, and cost no other line.

    Parameters
    ----------
    path : Path
        JSON Lines.

    Returns
    -------
    PredictionFile
        Predictions in the order of the file. Fields beside the answer that cannot be used (tokens, calls, citations)
        are left out, and cost no answer.

    Raises
    ------
    InputError
        If the file is not there.
    """
    found: dict[str, int] = {}
    good: list[Prediction] = []
    bad: list[BadLine] = []
    for number, line in _lines(path):
        name = ""
        try:
            data = _lenient(line)
            name = data["id"] if isinstance(data, dict) and isinstance(data.get("id"), str) else ""
            prediction = _salvaged(data)
        except ValidationError as error:
            bad.append(BadLine(number, name, explain(error)))
            continue
        except (ValueError, RecursionError) as error:  # ValueError: not JSON, not UTF-8, or a number of 5,000 digits
            bad.append(BadLine(number, "", f"not JSON ({error})"))
            continue
        if prediction.id in found:
            first = found[prediction.id]
            bad.append(BadLine(number, prediction.id, f"answered in line {first} already; the first answer counts"))
            continue
        found[prediction.id] = number
        good.append(prediction)
    return PredictionFile(tuple(good), tuple(bad))


def _salvaged(data: Any) -> Prediction:
    """Read a prediction; what is wrong beside the answer is left out."""
    if isinstance(data, dict):
        data = {name: value for name, value in data.items() if value is not None}
    try:
        return Prediction.model_validate(data)
    except ValidationError as error:
        wrong = {item["loc"][0] if item["loc"] else "" for item in error.errors()}
        if not isinstance(data, dict) or not wrong <= _BESIDE:
            raise
        return Prediction.model_validate({name: value for name, value in data.items() if name not in wrong})


def write_jsonl(items: Iterable[BaseModel], path: Path) -> int:
    """Write tasks or predictions, one a line; what an earlier file held is replaced when the last line is written.

    Parameters
    ----------
    items : iterable of Task or Prediction
        What to write; a generator is consumed as it is written.
    path : Path
        File to write.

    Returns
    -------
    int
        Number of lines.
    """
    count = 0
    partial = path.with_name(path.name + ".part")
    with partial.open("wb") as handle:
        for item in items:
            handle.write(to_line(item))
            count += 1
    partial.replace(path)
    return count


def to_line(item: BaseModel) -> bytes:
    """Write one task or prediction as a line.

    Parameters
    ----------
    item : Task or Prediction
        What to write; fields at their default are left out, and extra fields stand beside the others as they came.

    Returns
    -------
    bytes
        JSON with a line feed.
    """
    data: dict[str, Any] = item.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    extra = data.pop("extra", None) or {}
    whole = {**extra, **data}
    try:
        return orjson.dumps(whole, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # whole numbers beyond 64 bits, and lone surrogates, which are written as escapes
        return json.dumps(whole).encode() + b"\n"


def explain(error: ValidationError) -> str:
    """Say what is wrong with a record in one line.

    Parameters
    ----------
    error : ValidationError
        From pydantic.

    Returns
    -------
    str
        The first three problems, each with the field it is in.
    """
    problems = [
        f"{'.'.join(map(str, item['loc'])) or 'record'}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
    return "; ".join(problems[:3]) + more + "."


def _lenient(line: bytes) -> Any:
    """Read a line of predictions: also NaN, large whole numbers and lone surrogates, which models and scripts write."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    with path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            if line.strip():
                yield number, line.removeprefix(b"\xef\xbb\xbf")
