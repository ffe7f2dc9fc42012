"""What a user uploads: tables of polymers are predicted, papers go into that user's own index. All within limits."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from polysmith.chatting.answer import predictions_message
from polysmith.chatting.elements import Said
from tools.core.errors import InputError, StateError
from tools.core.sheet import Row, find_column, open_sheet
from tools.core.shown import code
from tools.core.shown import markdown as md

MOST_BYTES: Final = 20 * 2**20
MOST_TABLE_BYTES: Final = 2 * 2**20
MOST_ROWS: Final = 200
_COLUMNS: Final = ("smiles", "polymer", "repeat_unit", "psmiles", "name")
_TABLES: Final = (".csv", ".smi", ".tsv")
_PAPERS: Final = (".pdf", ".txt")
_SHOWN: Final = 20


def read_upload(path: Path, name: str, home: Path) -> Said:
    """Read a file that a user uploaded.

    Parameters
    ----------
    path : Path
        Where it lies now.
    name : str
        What the user calls it; only its ending is believed, and never as a path.
    home : Path
        The user's own state folder: papers are added to ``home/index``.

    Returns
    -------
    Said
        Predictions with the rows that could not be read, or what was added to the index.

    Raises
    ------
    InputError
        If the file is too large, of another kind, or cannot be read; the message names the limit.
    StateError
        If the user's folder cannot be written.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise StateError(f"The upload {name[:80]!r} cannot be read: {error.strerror}.") from error
    ending = Path(name).suffix.casefold()
    if not size:
        raise InputError(f"{name[:80]!r} is empty.")
    if ending in _TABLES:
        return _table(path, name, size)
    if ending in _PAPERS:
        return _paper(path, name, size, ending, home)
    raise InputError(
        f"{name[:80]!r} cannot be read.",
        hint=f"Upload {', '.join(_TABLES)} for polymers, {', '.join(_PAPERS)} for papers.",
    )


def _table(path: Path, name: str, size: int) -> Said:
    if size > MOST_TABLE_BYTES:
        raise InputError(
            f"{name[:80]!r} has {size:,} bytes; {MOST_TABLE_BYTES:,} are read.",
            hint="Larger tables: polysmith predict --file TABLE.csv --out ANSWERS.csv",
        )
    given, broken = polymers_of(path)
    if not given:
        raise InputError(f"No polymer was found in {name[:80]!r}.", hint=f"Name a column {' or '.join(_COLUMNS)}.")
    from polysmith.predicting import predict_inputs

    said = predictions_message(predict_inputs(given, None, 0, "fast" if len(given) > 20 else "accurate"))
    lines = [f"Table {code(name[:80])}: {len(given)} rows with a polymer.", "", said.text]
    if broken:
        lines += ["", f"{len(broken)} rows could not be read:", "", *(f"- {md(text)}" for text in broken[:_SHOWN])]
        lines += [f"- and {len(broken) - _SHOWN} more"] if len(broken) > _SHOWN else []
    return Said("\n".join(lines), said.shown, said.key)


def polymers_of(path: Path) -> tuple[list[str], list[str]]:
    """Read the column of polymers of a table.

    Parameters
    ----------
    path : Path
        CSV with a column of repeat units or names, or one polymer a line.

    Returns
    -------
    list of str
        Repeat units or names, in order.
    list of str
        Rows that cannot be read, each with the reason.

    Raises
    ------
    InputError
        If it is no table, or has more than ``MOST_ROWS`` rows.
    """
    sheet = open_sheet(path, _COLUMNS)
    column = find_column(sheet, _COLUMNS) if sheet.has_header else 0
    given: list[str] = []
    broken: list[str] = []
    for row in sheet.rows():
        text, problem = _cell(row, column or 0)
        if problem:
            broken.append(problem)
        elif text:
            given.append(text)
        if len(given) + len(broken) > MOST_ROWS:
            raise InputError(
                f"The table has more than {MOST_ROWS} rows.",
                hint="Larger tables: polysmith predict --file TABLE.csv --out ANSWERS.csv",
            )
    return given, broken


def _cell(row: Row, column: int) -> tuple[str, str]:
    if row.problem is not None:
        return "", f"row {row.number}: {row.problem}"
    text = row.cells[column].strip() if column < len(row.cells) else ""
    return (text, "") if text else ("", f"row {row.number}: no polymer in its column")


def _paper(path: Path, name: str, size: int, ending: str, home: Path) -> Said:
    if size > MOST_BYTES:
        raise InputError(f"{name[:80]!r} has {size:,} bytes; {MOST_BYTES:,} are read.")
    _check_kind(path, name, ending)
    index = home / "index"
    if index.is_symlink():  # never an index that others use
        raise StateError("The index of this user is shared and takes no uploads.")
    from index.api import add_documents

    with tempfile.TemporaryDirectory(prefix="upload-") as folder:
        copy = Path(folder) / f"{_plain(name)}{ending}"
        try:
            shutil.copyfile(path, copy)
        except OSError as error:
            raise StateError(f"The upload {name[:80]!r} cannot be read: {error.strerror}.") from error
        report = add_documents(copy, index, again=True)
    lines = [
        f"Paper {code(name[:80])}: {report.added} added to your own index, {report.duplicates} known already, "
        f"{report.skipped} skipped. The index holds {report.passages} passages, which only you search."
    ]
    lines += [f"- {md(item.reason)}" for item in report.skips[:_SHOWN]]
    if not report.added and not report.duplicates and not report.skips:
        lines.append("- no text was found in it")
    return Said("\n".join(lines), key="upload")


def _check_kind(path: Path, name: str, ending: str) -> None:
    with path.open("rb") as file:
        head = file.read(4096)
    if ending == ".pdf" and b"%PDF" not in head[:1024]:
        raise InputError(f"{name[:80]!r} is no PDF.")
    if ending == ".txt" and b"\0" in head:
        raise InputError(f"{name[:80]!r} is no plain text.", hint="Save it as UTF-8 text.")


def _plain(name: str) -> str:
    """Make a file name of what a user typed: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", Path(name).stem).strip("-")[:60] or "paper"
