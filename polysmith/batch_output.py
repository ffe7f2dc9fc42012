"""Predictions of a table as CSV or JSON lines, in a file that can be continued after it was cut off.

One line is one row. The file grows in whole chunks; beside it stands ``<name>.state.json`` with what it is made from,
so that the same call continues it and another call does not mix with it. In CSV, text that a spreadsheet would run as a
formula is led by an apostrophe (as OWASP advises against CSV injection), and every text is quoted.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from polysmith.batch import Job, Record, Tally, answers
from tools.core import shown
from tools.core.errors import InputError, StateError
from tools.core.properties import get_property

Format = Literal["csv", "jsonl"]
Progress = Callable[[int, int], None]
ENDINGS: Final[dict[str, Format]] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_SHOWN = 500  # characters of what was given
_FIRST = ("row", "line", "given", "smiles", "key")
_LAST = ("error", "message", "hint")


def plain(text: str) -> str:
    """Bring text to one line without control characters, of bounded length."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet runs as a formula.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        On one line; led by an apostrophe if it would begin with ``=``, ``+``, ``-`` or ``@``.
    """
    return shown.safe_cell(plain(text))


def head(properties: Iterable[str]) -> list[str]:
    """Return the columns of the CSV."""
    numbers = [f"{name}{part}" for name in properties for part in ("", "_lower", "_upper", "_in_domain")]
    return [*_FIRST, *numbers, *_LAST]


def csv_line(cells: Iterable[Any]) -> str:
    """Write one CSV line, every text quoted."""
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerow(list(cells))
    return buffer.getvalue()


def as_csv(record: Record, job: Job) -> str:
    """Write a record as a CSV line; empty cells where there is no value."""
    first = [record.row, record.line, *(safe_cell(text) for text in (record.given, record.smiles, record.key))]
    numbers: list[Any] = [cell for value in record.values for cell in value] or [""] * (4 * len(job.properties))
    error = record.error or {}
    return csv_line([*first, *numbers, *(safe_cell(error.get(name, "")) for name in ("code", "message", "hint"))])


def as_data(record: Record, job: Job) -> dict[str, Any]:
    """Describe a record for a program.

    Parameters
    ----------
    record : Record
        The answer to a row.
    job : Job
        What was asked.

    Returns
    -------
    dict
        Keys "row", "line", "given", and either "smiles", "key" and "values" or "error".
    """
    described: dict[str, Any] = {"row": record.row, "line": record.line, "given": record.given[:_SHOWN]}
    if record.error is not None:
        return {**described, "error": record.error}
    named = zip(job.properties, record.values, strict=True)
    values = {
        name: {
            "value": value,
            "unit": get_property(name).unit,
            "lower": lower,
            "upper": upper,
            "in_domain": inside,
            "kind": "predicted",
        }
        for name, (value, lower, upper, inside) in named
    }
    return {**described, "smiles": record.smiles, "key": record.key, "values": values}


def _as_json(record: Record, job: Job) -> str:
    return json.dumps(as_data(record, job), ensure_ascii=False, allow_nan=False) + "\n"


_WRITERS: dict[Format, Callable[[Record, Job], str]] = {"csv": as_csv, "jsonl": _as_json}


def lines(job: Job, form: Format, tally: Tally, after: int = 0) -> Iterator[str]:
    """Answer a table as text, one chunk of lines at a time, and count.

    Parameters
    ----------
    job : Job
        What to do.
    form : {"csv", "jsonl"}
        How lines are written; the CSV header is not among them.
    tally : Tally
        Counts every row.
    after : int
        Rows to leave out at the start.

    Yields
    ------
    str
        Whole lines.
    """
    for records in answers(job, after):
        for record in records:
            tally.add(record.key, record.error["code"] if record.error else "")
        yield "".join(_WRITERS[form](record, job) for record in records)


def form_of(path: Path, wanted: Format | None) -> Format:
    """Return the format of a file: what is wanted, else by its ending.

    Raises
    ------
    InputError
        If neither says.
    """
    found = wanted or ENDINGS.get(path.suffix.casefold())
    if found is None:
        raise InputError(f"{path.name} has no known ending.", hint=f"Use {', '.join(ENDINGS)}, or name the format.")
    return found


def write_table(job: Job, out: Path, form: Format, progress: Progress | None = None) -> Tally:
    """Write the predictions of a table to a file, or finish what an interrupted call left.

    Parameters
    ----------
    job : Job
        What to do.
    out : Path
        The file.
    form : {"csv", "jsonl"}
        How it is written.
    progress : callable, optional
        Told rows done and rows in all.

    Returns
    -------
    Tally
        Counts over the whole file.

    Raises
    ------
    InputError
        If the file exists and was made from something else, or is the table itself.
    StateError
        If it cannot be written, or another process writes it.
    """
    tell = progress or (lambda done, whole: None)
    tally = Tally(tier=job.tier, properties=job.properties)
    note, made_from = out.with_name(f"{out.name}.state.json"), _made_from(job, form)
    if out.exists() and out.samefile(job.sheet.path):
        raise InputError("The output is the table itself.", hint="Name another file with --out.")
    _refuse_other(out, note, made_from)
    try:
        with out.open("a+b") as stream:
            _lock(stream, out)
            note.write_text(json.dumps(made_from, indent=1) + "\n", encoding="utf-8")
            _keep_whole(stream, form, job, tally)
            tally.resumed = tally.rows
            tell(tally.rows, job.rows)
            for text in lines(job, form, tally, tally.rows):
                stream.write(text.encode("utf-8"))
                stream.flush()
                os.fsync(stream.fileno())
                tell(tally.rows, job.rows)
    except OSError as error:
        raise StateError(f"{out} cannot be written: {error}", hint="Give another file or folder.") from error
    return tally


def _made_from(job: Job, form: Format) -> dict[str, Any]:
    """Name all that the numbers depend on."""
    from tools.properties.predict import available

    cards = {name: card for name, card in available(tier=job.tier).items() if name in job.properties}
    files = {name: card.files for name, card in cards.items()}
    models = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    return {
        "table": job.sheet.path.name,
        "table_sha256": job.sheet.sha256,
        "column": job.column + 1,
        "properties": list(job.properties),
        "tier": job.tier,
        "format": form,
        "models": {name: card.id for name, card in cards.items()},
        "models_sha256": models,
    }


def _refuse_other(out: Path, note: Path, made_from: dict[str, Any]) -> None:
    if not out.exists() or not out.stat().st_size:
        return
    hint = "Name another file, or delete this one."
    try:
        old = json.loads(note.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{out} exists and was not written by this command.", hint=hint) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{note} cannot be read: {error}", hint=hint) from error
    known = old if isinstance(old, dict) else {}
    differing = [name for name in made_from if name != "table" and known.get(name) != made_from[name]]
    if differing:
        raise InputError(f"{out} was made with another {', '.join(differing)}.", hint=hint)


def _lock(stream: BinaryIO, out: Path) -> None:
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StateError(f"Another process writes {out}.", hint="Wait for it, or name another file.") from error


def _keep_whole(stream: BinaryIO, form: Format, job: Job, tally: Tally) -> None:
    """Count the rows that are there, cut what follows the last whole one, and write the header if it is missing."""
    stream.seek(0)
    title = csv_line(head(job.properties)).encode("utf-8") if form == "csv" else b""
    begun = stream.readline() if title else b""
    if begun != title:
        stream.truncate(0)
        stream.write(title)
        stream.flush()
        return
    kept = stream.tell()
    for raw in iter(stream.readline, b""):
        found = _row_of(raw, form)
        if found is None or found[0] != tally.rows + 1 or not raw.endswith(b"\n"):
            break
        tally.add(found[1], found[2])
        kept += len(raw)
    stream.truncate(kept)
    stream.seek(0, os.SEEK_END)


def _row_of(raw: bytes, form: Format) -> tuple[int, str, str] | None:
    """Return row number, key and error code of a written line; None if it is broken."""
    try:
        text = raw.decode("utf-8")
        if form == "jsonl":
            data = json.loads(text)
            return data["row"], data.get("key", ""), data.get("error", {}).get("code", "")
        cells = next(csv.reader([text]))
        return int(cells[0]), cells[_FIRST.index("key")], cells[-len(_LAST)]
    except (ValueError, KeyError, IndexError, csv.Error, StopIteration):
        return None
