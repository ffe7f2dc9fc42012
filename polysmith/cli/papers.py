"""``polysmith index add``: papers into the user's own index, with a progress line, resumable."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polysmith.cli.output import command, console, emit_json
from polysmith.config import index_folder
from tools.core.errors import InputError

if TYPE_CHECKING:
    from index.pipeline import State
    from index.report import IngestReport

_SHOWN_SKIPS = 20


def register(group: typer.Typer) -> None:
    """Add the command to a group.

    Parameters
    ----------
    group : Typer
        The ``index`` commands.
    """
    group.command("add")(command(index_add))


def index_add(
    path: Annotated[
        Path | None,
        typer.Argument(help="A file or folder of papers: JSON Lines, JSON, XML, Parquet, BibTeX, RIS, text, PDF."),
    ] = None,
    openalex: Annotated[
        str, typer.Option("--openalex", help="Fetch works from the OpenAlex service: a filter of its API.")
    ] = "",
    field: Annotated[str, typer.Option("--field", help="Take only papers on: polymers, materials.")] = "",
    language: Annotated[list[str] | None, typer.Option("--language", help="Take only these, such as en.")] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="Take only papers with this subject.")] = None,
    year_from: Annotated[int | None, typer.Option("--from", help="First year.")] = None,
    year_to: Annotated[int | None, typer.Option("--to", help="Last year.")] = None,
    without_retracted: Annotated[bool, typer.Option("--without-retracted", help="Leave out retracted papers.")] = False,
    embedder: Annotated[
        str, typer.Option("--embedder", help="For a new index: sentence-transformers:MODEL[@REVISION].")
    ] = "",
    processes: Annotated[int, typer.Option("--processes", min=1, help="Processes that embed.")] = 1,
    again: Annotated[bool, typer.Option("--again", help="Read files that are done once more.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Add papers to your own index; stopped or killed, the same command goes on from there."""
    from index.api import add_documents
    from index.embed_pool import opened_embedder
    from index.readers.openalex_api import Query
    from index.subset import Subset

    if (path is None) == (not openalex):
        raise InputError("Give a path or --openalex.", hint="polysmith index add papers.jsonl")
    subset = Subset(
        field=field,
        languages=tuple(language or ()),
        year_from=year_from,
        year_to=year_to,
        topics=tuple(topic or ()),
        retracted=not without_retracted,
    )
    wanted = path if path is not None else Query(openalex)
    folder = index_folder()
    with opened_embedder(folder, embedder, processes) as chosen, _stopping() as stop, _watching() as watch:
        report = add_documents(wanted, folder, embedder=chosen, subset=subset, watch=watch, stop=stop, again=again)
    if as_json:
        emit_json(asdict(report))
    else:
        _show(report)


def _show(report: IngestReport) -> None:
    out = console()
    out.print(
        f"{report.added} documents added, {report.duplicates} known already, {report.skipped} skipped; "
        f"the index now holds {report.passages} passages."
    )
    if report.filtered:
        out.print(f"{report.filtered} were outside the subset.")
    if report.retracted:
        out.print(f"{report.retracted} of those added are marked as retracted.")
    if report.resumed:
        out.print(f"{report.resumed} files had been read before; --again reads them once more.")
    for skip in report.skips[:_SHOWN_SKIPS]:
        out.print(f"  skipped {skip.position}: {skip.reason}", markup=False)
    if report.skipped > _SHOWN_SKIPS:
        out.print(f"  and {report.skipped - _SHOWN_SKIPS} more (see --json)")
    for note in report.notes[:_SHOWN_SKIPS]:
        out.print(f"  {note}", markup=False)
    if report.stopped:
        out.print("Stopped; what was read is in the index. The same command goes on from there.")


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Make the first Ctrl-C end the ingest with a commit; the second one breaks it off."""
    asked = False

    def ask(number: int, frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        console(stderr=True).print("Stopping after this batch; Ctrl-C again breaks it off.")

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _watching() -> Iterator[Callable[[State], None]]:
    """Show documents, rate and the time that is left on standard error."""
    from time import monotonic

    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    last = 0.0
    columns = (
        TextColumn("{task.fields[read]} read, {task.fields[added]} added, {task.fields[rate]:.0f}/s"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[title]}", markup=False),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=None, read=0, added=0, rate=0.0, title="")

        def watch(state: State) -> None:
            nonlocal last
            if monotonic() - last < 0.2:
                return
            last = monotonic()
            rate = state.report.read / state.seconds if state.seconds > 0 else 0.0
            title = state.title[:40]
            shown.update(
                task,
                completed=state.bytes_done,
                total=state.bytes_total or None,
                read=state.report.read,
                added=state.report.added,
                rate=rate,
                title=title,
            )

        yield watch
