"""Sheet: a table that a user typed or exported, read row by row so that nothing is lost without a word.

What is read: comma, semicolon, tab or bar between cells; UTF-8 with or without a byte-order mark, UTF-16, and
Windows-1252 for the rest; quotes, line breaks inside quotes, ``sep=;`` lines, empty lines, broken lines. The file is
streamed, so memory does not grow with it.

Rules for broken lines, each a ``RowError`` on its row while the others are read:

- more cells than the header has, unless the surplus is empty: a comma inside a name may have moved every cell;
- a quote that is not closed: the line alone is broken, it never swallows those after it. A quoted cell may hold line
  breaks if the whole row then has the header's number of cells;
- a line longer than ``MAX_LINE`` characters;
- an empty line.

Missing cells at the end of a row count as empty.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from tools.core.errors import InputError, PolysmithError

MAX_LINE: Final = 20_000
MAX_LINES_IN_CELL: Final = 10
SEPARATORS: Final[tuple[str, ...]] = (",", ";", "\t", "|")
_BLOCK = 1 << 20
_SHOWN = 500  # characters of a broken line
_LOOKED_AT = 50  # lines that decide on separator and header
_ALIKE = 0.8  # of them with the same number of cells make a table without header
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = {
    b"PK\x03\x04": "a spreadsheet or zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
}


class RowError(InputError):
    """One row of a table cannot be used.

    Parameters
    ----------
    message : str
        What is wrong with it.
    code : str
        Machine-readable reason, such as ``"cells"`` or ``"empty"``.
    hint : str, optional
        What to do about it.
    """

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.message, self.code, self.hint))


def _rebuild(message: str, code: str, hint: str) -> RowError:
    return RowError(message, code=code, hint=hint)


def code_of(error: PolysmithError) -> str:
    """Return the machine-readable reason of an error.

    Parameters
    ----------
    error : PolysmithError
        Any error of ours.

    Returns
    -------
    str
        Its ``code`` where it has one, else its class in words, such as ``"unknown_name"``.
    """
    code = getattr(error, "code", "")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).lower()
    return str(code) or words


@dataclass(frozen=True)
class Row:
    """One row of a sheet.

    Attributes
    ----------
    number : int
        1 for the first row below the header; empty lines count.
    line : int
        Line of the file on which it begins, from 1.
    cells : tuple of str
        Its cells, as many as the header has; for a broken row the line as one cell.
    problem : RowError or None
        Why it cannot be used.
    """

    number: int
    line: int
    cells: tuple[str, ...]
    problem: RowError | None = None


@dataclass(frozen=True)
class Sheet:
    """A table on disk.

    Attributes
    ----------
    path : Path
        The file.
    sha256 : str
        Hash of its bytes.
    encoding : str
        How its bytes are read.
    separator : str
        What stands between cells; empty if every line is one cell.
    header : tuple of str
        Names of the columns; empty strings if the file has none.
    first_line : int
        Lines above the first row.
    """

    path: Path
    sha256: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    first_line: int

    @property
    def has_header(self) -> bool:
        """Whether the file names its columns."""
        return any(self.header)

    def rows(self) -> Iterator[Row]:
        """Read the rows in order.

        Yields
        ------
        Row
            One per row, broken and empty ones included.
        """
        with _open(self.path, self.encoding) as stream:
            lines = _Lines(stream)
            for _ in range(self.first_line):
                lines.take()
            number = 0
            while (line := lines.take()) is not None:
                number += 1
                yield self._row(number, line, lines)

    def _row(self, number: int, line: str, lines: _Lines) -> Row:
        begun = lines.number
        if not line.strip():
            return Row(number, begun, ("",), RowError("The line is empty.", code="empty_line"))
        if len(line) > MAX_LINE:
            problem = RowError(f"The line is longer than {MAX_LINE} characters.", code="too_long")
            return Row(number, begun, (line[:_SHOWN],), problem)
        cells = self._whole(line, lines)
        if cells is None:
            hint = "Close it, or write a quote inside a quoted cell twice."
            return Row(number, begun, (line[:_SHOWN],), RowError("A quote is not closed.", code="quote", hint=hint))
        wanted = len(self.header)
        if len(cells) > wanted and any(cell.strip() for cell in cells[wanted:]):
            problem = RowError(
                f"The row has {len(cells)} cells, the header {wanted}.",
                code="cells",
                hint="Quote cells that hold the separator.",
            )
            return Row(number, begun, (line[:_SHOWN],), problem)
        return Row(number, begun, tuple([*cells, *[""] * wanted][:wanted]))

    def _whole(self, line: str, lines: _Lines) -> list[str] | None:
        """Split a line, joined with the next ones where a quoted cell holds line breaks; None if a quote stays open."""
        cells = split(line, self.separator)
        if cells is not None:
            return cells
        following = lines.peek(MAX_LINES_IN_CELL)
        joined = line
        for count, extra in enumerate(following, 1):
            joined = f"{joined}\n{extra}"
            cells = split(joined, self.separator) if len(joined) <= MAX_LINE else None
            if cells is not None and len(cells) == len(self.header) > 1:
                lines.drop(count)
                return cells
        return None


class _Lines:
    """Lines of a stream with look-ahead; a line beyond the limit is cut, never held whole."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._ahead: list[str] = []
        self.number = 0

    def _read(self) -> str | None:
        line = self._stream.readline(MAX_LINE + 2)
        if not line:
            return None
        if not line.endswith("\n") and len(line) > MAX_LINE:
            while (rest := self._stream.readline(_BLOCK)) and not rest.endswith("\n"):
                pass
        return line.rstrip("\n")

    def take(self) -> str | None:
        line = self._ahead.pop(0) if self._ahead else self._read()
        self.number += line is not None
        return line

    def peek(self, count: int) -> list[str]:
        while len(self._ahead) < count and (line := self._read()) is not None:
            self._ahead.append(line)
        return self._ahead[:count]

    def drop(self, count: int) -> None:
        for _ in range(count):
            self.take()


def split(line: str, separator: str) -> list[str] | None:
    """Split a row into cells; None if a quote stays open or text follows a closed one. No separator: one cell."""
    if not separator:
        return [line.strip().strip('"')]
    try:
        return next(csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True), [])
    except csv.Error:
        return None


def normal(name: str) -> str:
    """Reduce a column name to lower-case letters and digits, so that ``Repeat unit`` equals ``repeat_unit``."""
    return re.sub(r"[\W_]+", "", name.casefold())


def open_sheet(path: Path, known: Sequence[str] = (), column: str = "") -> Sheet:
    """Find out how a table is written.

    Parameters
    ----------
    path : Path
        The file.
    known : sequence of str
        Column names by which a header is told from a first row.
    column : str
        A column that the user named; the first line is then a header if it holds that name.

    Returns
    -------
    Sheet
        The table, ready to be read.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, or is no text.
    """
    try:
        sha256, encoding = _look(path)
        with _open(path, encoding) as stream:
            lines = _Lines(stream).peek(_LOOKED_AT)
    except (OSError, UnicodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="Give a CSV or text file.") from error
    skipped = next((place for place, line in enumerate(lines) if line.strip()), None)
    if skipped is None:
        raise InputError(f"{path} is empty.", hint="Give a CSV with a header, or one polymer a line.")
    names = SEPARATORS
    told = re.fullmatch(r'"?sep=(.)"?', lines[skipped].strip("\r "), flags=re.IGNORECASE)
    if told and told[1] in SEPARATORS:
        skipped, names = skipped + 1, (told[1],)
    lines = lines[skipped:]
    wanted = {normal(name) for name in (*known, *([column] if column and not column.isdigit() else []))}
    separator = max(names, key=lambda mark: _fit(lines, mark, wanted))
    rows = [split(line, separator) or [line] for line in lines if line.strip()]
    if rows and any(normal(cell) in wanted for cell in rows[0]):
        return Sheet(path, sha256, encoding, separator, tuple(cell.strip() for cell in rows[0]), skipped + 1)
    return Sheet(path, sha256, encoding, *_nameless(path, rows, separator), skipped)


def _nameless(path: Path, rows: list[list[str]], separator: str) -> tuple[str, tuple[str, ...]]:
    """Read a file whose first line names no known column: whole lines, or cells where structures stand in a column."""
    widths = [len(row) for row in rows]
    usual = max(set(widths), key=widths.count, default=1)
    if usual == 1 or widths.count(usual) < _ALIKE * len(widths):
        return "", ("",)
    starred = [any("*" in cell for cell in row) for row in rows]
    if not any(starred):
        return "", ("",)
    if not starred[0] and all(starred[1:]):
        columns = ", ".join(cell.strip()[:40] for cell in rows[0])
        raise InputError(
            f"None of the columns of {path.name} has a known name: {columns}.",
            hint="Name the column of the structures with --column, or call it smiles.",
        )
    return separator, ("",) * usual


def _fit(lines: list[str], separator: str, wanted: set[str]) -> tuple[bool, int, int]:
    """Rate a separator: a known column in the first line, rows of its length, more columns."""
    rows = [split(line, separator) or [] for line in lines if line.strip()]
    if not rows:
        return (False, 0, 0)
    width = len(rows[0])
    alike = sum(len(row) == width for row in rows) if width > 1 else 0
    return (any(normal(cell) in wanted for cell in rows[0]), alike, width)


def _look(path: Path) -> tuple[str, str]:
    """Hash a file and find its encoding in one pass."""
    digest, decoder, encoding = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), ""
    with path.open("rb") as stream:
        block = stream.read(_BLOCK)
        for mark, kind in _FOREIGN.items():
            if block.startswith(mark):
                raise InputError(f"{path} is {kind}, no text.", hint="Save it as CSV.")
        encoding = next((name for mark, name in _MARKS if block.startswith(mark)), "") or _without_mark(block)
        while block:
            digest.update(block)
            if not encoding:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    encoding = "cp1252"
            block = stream.read(_BLOCK)
    return digest.hexdigest(), encoding or "utf-8"


def _without_mark(block: bytes) -> str:
    """Tell UTF-16 without a mark by its zero bytes."""
    start = block[:4096]
    if len(start) >= 4 and b"\0" in start:
        even, odd = start[::2].count(0), start[1::2].count(0)
        if odd > 0.4 * len(start[1::2]) and even == 0:
            return "utf-16-le"
        if even > 0.4 * len(start[::2]) and odd == 0:
            return "utf-16-be"
    return ""


def _open(path: Path, encoding: str) -> TextIO:
    # strict decoding was tried on the whole file; what Windows-1252 leaves undefined becomes a mark that no SMILES has
    return path.open(encoding=encoding, errors="replace", newline=None)


def find_column(sheet: Sheet, names: Sequence[str], column: str = "") -> int | None:
    """Find a column by name.

    Parameters
    ----------
    sheet : Sheet
        The table.
    names : sequence of str
        Names in order of preference; case, spaces and underscores do not matter.
    column : str
        A name, or a number from 1, that the user gave; it alone counts.

    Returns
    -------
    int or None
        Place of the column from 0; None if no column has one of the names.

    Raises
    ------
    InputError
        If the user's column is not there.
    """
    known = [normal(name) for name in sheet.header]
    if column:
        if normal(column) in known and normal(column):
            return known.index(normal(column))
        if column.isdigit() and 1 <= int(column) <= len(sheet.header):
            return int(column) - 1
        columns = ", ".join(name[:40] for name in sheet.header if name) or f"{len(sheet.header)} without names"
        raise InputError(f"{sheet.path.name} has no column {column!r}.", hint=f"Its columns: {columns}.")
    return next((known.index(normal(name)) for name in names if normal(name) in known), None)
