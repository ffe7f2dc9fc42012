"""The results of a screening: all that passed, and the best, as files."""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from polysmith.batch_output import csv_line
from polysmith.screening_worker import HEAD, paths
from tools.core.errors import BackendMissing
from tools.core.extras import install_command


def write_results(
    folder: Path, receipts: Sequence[dict[str, Any]], properties: Sequence[str], top: int, *, parquet: bool
) -> tuple[dict[str, Any], ...]:
    """Write ``passed.csv`` and ``best.csv`` from the shards, whole or not at all.

    Parameters
    ----------
    folder : Path
        Folder of the screening.
    receipts : sequence of dict
        Of the shards that count, in order.
    properties : sequence of str
        Predicted properties, the last columns.
    top : int
        How many of the best are kept.
    parquet : bool
        Write ``passed.parquet`` as well.

    Returns
    -------
    tuple of dict
        The best, by column.

    Raises
    ------
    BackendMissing
        If Parquet is asked for without pyarrow.
    """
    head = [*HEAD, *properties]
    part = folder / "passed.csv.part"
    with part.open("wb") as target:
        target.write(csv_line(head).encode("utf-8"))
        for receipt in receipts:
            with paths(folder, receipt["number"])[0].open("rb") as source:
                shutil.copyfileobj(source, target)
    part.replace(folder / "passed.csv")
    best: list[Any] = []
    for receipt in receipts:
        stored = json.loads(paths(folder, receipt["number"])[1].read_text(encoding="utf-8"))
        best = _merged([*best, *stored["best"]], top)
    rows = [cells for _, cells in best]
    part = folder / "best.csv.part"
    part.write_text("".join(csv_line(cells) for cells in (head, *rows)), encoding="utf-8")
    part.replace(folder / "best.csv")
    if parquet:
        _parquet(folder, properties)
    return tuple(dict(zip(head, cells, strict=True)) for cells in rows)


def _merged(entries: list[Any], most: int) -> list[Any]:
    """Keep the best entries (rank, cells), each polymer once."""
    found: dict[str, Any] = {}
    for entry in sorted(entries, key=lambda entry: tuple(entry[0])):
        if len(found) == most:
            break
        found.setdefault(entry[1][HEAD.index("key")], entry)
    return list(found.values())


def check_parquet() -> None:
    """Refuse Parquet before hours of work if it cannot be written.

    Raises
    ------
    BackendMissing
        If pyarrow is not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise BackendMissing("pyarrow", install_command("parquet"))


def _parquet(folder: Path, properties: Sequence[str]) -> None:
    """Turn ``passed.csv`` into Parquet, a block at a time."""
    check_parquet()
    arrow = importlib.import_module("pyarrow")
    table, file = importlib.import_module("pyarrow.csv"), importlib.import_module("pyarrow.parquet")
    part = folder / "passed.parquet.part"
    kinds = dict.fromkeys(HEAD, arrow.string()) | dict.fromkeys(("chance", "score", *properties), arrow.float64())
    kinds |= {"place": arrow.int64(), "in_domain": arrow.bool_()}
    reader = table.open_csv(folder / "passed.csv", convert_options=table.ConvertOptions(column_types=kinds))
    with file.ParquetWriter(part, reader.schema) as writer:
        for block in reader:
            writer.write_batch(block)
    part.replace(folder / "passed.parquet")
