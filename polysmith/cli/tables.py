"""The predict command for a table: progress on standard error, answers on standard output or in a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from polysmith.cli.output import EXIT_INPUT, console, emit_json
from tools.core.errors import PolysmithError

if TYPE_CHECKING:
    from polysmith.batch import Job, Tally
    from polysmith.batch_output import Progress

INTERRUPTED = 130  # what shells use for Ctrl-C


@dataclass(frozen=True)
class TableOptions:
    """How a table is answered.

    Attributes
    ----------
    tier : {"accurate", "fast"} or None
        Which form of the models answers; the number of rows decides if None.
    out : Path or None
        File for the answers; standard output if None.
    form : {"csv", "jsonl"} or None
        How they are written; the ending of the file says if None.
    column : str
        Name or number of the column of polymers; found by name if empty.
    """

    tier: Literal["accurate", "fast"] | None = None
    out: Path | None = None
    form: Literal["csv", "jsonl"] | None = None
    column: str = ""

    def for_tables(self) -> bool:
        """Say whether something is asked that only a table has."""
        return bool(self.out or self.form or self.column)


def is_long(path: Path, options: TableOptions, most: int) -> bool:
    """Say whether a table has more than so many rows.

    Parameters
    ----------
    path : Path
        The table.
    options : TableOptions
        Its column.
    most : int
        Rows.

    Returns
    -------
    bool
        True if there are more.
    """
    from polysmith.batch import open_table

    sheet, _ = open_table(path, options.column)
    return len(list(islice(sheet.rows(), most + 1))) > most


def short_table(path: Path, options: TableOptions) -> list[tuple[str, PolysmithError | None]]:
    """Read the polymers of a short table.

    Parameters
    ----------
    path : Path
        The table.
    options : TableOptions
        Its column.

    Returns
    -------
    list of (str, PolysmithError or None)
        Polymer as written, and why the row cannot be used, in order.
    """
    from polysmith.batch import open_table

    sheet, place = open_table(path, options.column)
    return [(row.cells[0 if row.problem else place].strip(), row.problem) for row in sheet.rows()]


def run_table(path: Path, properties: list[str] | None, options: TableOptions, *, as_json: bool) -> None:
    """Answer every row of a table.

    Parameters
    ----------
    path : Path
        The table.
    properties : list of str or None
        Properties.
    options : TableOptions
        How it is answered.
    as_json : bool
        Print JSON: the counts if the answers go to a file, else the answers as one array.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from polysmith.batch import plan
    from polysmith.batch_output import form_of, write_table

    form = form_of(options.out, options.form) if options.out else (options.form or "csv")
    job = plan(path, properties, tier=options.tier, column=options.column)
    notes = console(stderr=True)
    why = "" if options.tier else " (choose with --tier)"
    notes.print(f"{job.rows} rows, {len(job.properties)} properties, {job.tier} models{why}", markup=False)
    columns = (TextColumn("predicting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    tally: Tally | None = None
    try:
        with Bar(*columns, console=notes, disable=not notes.is_terminal) as bar:
            task = bar.add_task("predicting", total=job.rows)

            def tell(done: int, whole: int) -> None:
                bar.update(task, completed=done, total=whole)

            tally = write_table(job, options.out, form, tell) if options.out else _print(job, form, tell, as_json)
    except KeyboardInterrupt:
        kept = f" {options.out} holds whole rows; the same command goes on from there." if options.out else ""
        notes.print(f"Stopped.{kept}", markup=False)
        raise typer.Exit(INTERRUPTED) from None
    if as_json and options.out:
        emit_json({"out": str(options.out), **tally.as_dict()})
    _say(tally, options.out)
    if not tally.answered:
        raise typer.Exit(EXIT_INPUT)


def _print(job: Job, form: Literal["csv", "jsonl"], tell: Progress, as_json: bool) -> Tally:
    """Write the answers to standard output."""
    from polysmith.batch import Tally
    from polysmith.batch_output import csv_line, head, lines

    tally, write = Tally(tier=job.tier, properties=job.properties), sys.stdout.write
    if form == "csv" and not as_json:
        write(csv_line(head(job.properties)))
    opening = "["
    for text in lines(job, "jsonl" if as_json else form, tally):
        if as_json:
            for line in text.splitlines():
                write(f"{opening}\n {line}")
                opening = ","
        else:
            write(text)
        tell(tally.rows, job.rows)
    if as_json:
        write("\n]\n")
    return tally


def _say(tally: Tally, out: Path | None) -> None:
    """Print the counts on standard error."""
    notes = console(stderr=True)
    before = f" ({tally.resumed} of them before)" if tally.resumed else ""
    notes.print(
        f"{tally.rows} rows{before}: {tally.answered} answered, {tally.distinct} different polymers", markup=False
    )
    for code, count in sorted(tally.failed.items(), key=lambda item: -item[1]):
        notes.print(f"  {count} failed: {code}", markup=False)
    if out is not None:
        notes.print(f"written to {out}", markup=False, soft_wrap=True)
