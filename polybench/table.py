"""Rows of foreign files: CSV, TSV, JSON, JSON Lines and Parquet, each row a dictionary."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from tools.core.errors import BackendMissing, InputError
from tools.core.extras import install_command

_LONGEST: Final = 10_000_000  # characters of a cell


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a file row by row.

    Parameters
    ----------
    path : Path
        File whose suffix is .csv, .tsv, .json, .jsonl, .ndjson or .parquet.

    Yields
    ------
    (int, dict)
        Number of the row, from 1, and its fields.

    Raises
    ------
    InputError
        If the file is not there, has another suffix, or is not what its suffix says.
    BackendMissing
        If Parquet is asked for and pyarrow is not installed.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    kind = path.suffix.casefold()
    readers = {".csv": _csv, ".tsv": _csv, ".json": _json, ".jsonl": _jsonl, ".ndjson": _jsonl, ".parquet": _parquet}
    if kind not in readers:
        raise InputError(f"{path.name}: files of type {kind!r} are not read.", hint=f"Give {', '.join(readers)}.")
    yield from enumerate(readers[kind](path), start=1)


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(_LONGEST)
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, delimiter="\t" if path.suffix.casefold() == ".tsv" else ",")
            for row in reader:
                if None in row:
                    raise InputError(f"{path.name}, line {reader.line_num}: more cells than columns.")
                yield dict(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read: {error}.", hint="Give UTF-8 text.") from error


def _json(path: Path) -> Iterator[dict[str, Any]]:
    data = _loaded(path.read_bytes(), path.name)
    if isinstance(data, dict):
        lists = [item for item in data.values() if isinstance(item, list)]
        if len(data) > 1 and lists and len(lists) == len(data) and len({len(item) for item in lists}) == 1:
            data = [dict(zip(data, cells, strict=True)) for cells in zip(*lists, strict=True)]
        else:
            data = lists[0] if len(lists) == 1 else [data]
    if not isinstance(data, list):
        raise InputError(f"{path.name} holds no list of records.")
    for row in data:
        yield _record(row, path.name)


def _jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            if line.strip():
                where = f"{path.name}, line {number}"
                yield _record(_loaded(line, where), where)


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as error:
        raise BackendMissing("pyarrow", install_command("parquet")) from error
    try:
        for batch in parquet.ParquetFile(path).iter_batches(batch_size=4096):
            yield from batch.to_pylist()
    except ArrowInvalid as error:
        raise InputError(f"{path.name} is not a Parquet file: {error}.") from error


def _loaded(text: bytes, where: str) -> Any:
    try:
        return orjson.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise InputError(f"{where}: not JSON ({error}).") from error


def _record(row: Any, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise InputError(f"{where}: a row is an object with named fields, not {type(row).__name__}.")
    return row
