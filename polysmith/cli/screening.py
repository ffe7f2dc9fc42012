"""``polysmith screen``: a library or a table against a brief, with progress on standard error."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polysmith.cli.output import command, console, emit_json, show_table

if TYPE_CHECKING:
    from polysmith.screening import Screening
    from polysmith.screening_run import Progress

INTERRUPTED = 130  # what shells use for Ctrl-C
_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the command.

    Parameters
    ----------
    app : Typer
        The application.
    """
    app.command("screen")(command(screen))


def screen(
    brief: Annotated[str, typer.Argument(help="The brief in plain words.")] = "",
    spec: Annotated[Path | None, typer.Option(help="A spec as printed by parse --json, instead of a brief.")] = None,
    library: Annotated[
        str, typer.Option(help="all, ordinary (one or two monomers), or a CSV of repeat units.")
    ] = "all",
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the results.")] = Path("screening"),
    limit: Annotated[int | None, typer.Option(min=1, help="Polymers at most.")] = None,
    top: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the best are kept.")] = 100,
    chance: Annotated[float, typer.Option(min=0, max=1, help="Chance to meet all limits that passes.")] = 0.5,
    workers: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 2,
    ray: Annotated[str | None, typer.Option("--ray", help='Address of a Ray cluster, or "local".')] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it stopped.")] = False,
    column: Annotated[str, typer.Option("--column", help="Name or number of a table's column of polymers.")] = "",
    parquet: Annotated[bool, typer.Option("--parquet", help="Write passed.parquet as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Screen the virtual library, or a table of any length, and keep all that meets the brief."""
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    from polysmith import screening
    from polysmith.cli.designing import read_spec

    wanted = read_spec(spec) if spec is not None else brief
    notes = console(stderr=True)
    columns = (TextColumn("screening"), BarColumn(), TextColumn("{task.fields[text]}"))
    try:
        with Bar(*columns, console=notes, disable=as_json or not notes.is_terminal) as bar:
            task = bar.add_task("screening", total=1.0, text="starting")

            def tell(progress: Progress) -> None:
                bar.update(task, completed=progress.share, text=_text(progress))

            found = screening.screen(
                wanted, library=library, out=out, limit=limit, top=top, chance=chance, workers=workers, ray=ray,
                resume=resume, column=column, parquet=parquet, progress=tell,
            )  # fmt: skip
    except KeyboardInterrupt:
        notes.print(f"Stopped. {out} holds whole shards; the same command with --resume goes on.", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        emit_json(asdict(found))
    else:
        _show(found, chance)


def _text(progress: Progress) -> str:
    counts = f"{progress.candidates:,} polymers, {progress.passed:,} pass, {progress.per_second:,.0f} a second"
    if progress.seconds_left == float("inf"):
        return counts
    minutes, seconds = divmod(round(progress.seconds_left), 60)
    return f"{counts}, {minutes} min {seconds:02d} s left"


def _show(found: Screening, chance: float) -> None:
    """Print the counts and the first of the best."""
    out = console()
    before = f" ({found.resumed:,} of them before)" if found.resumed else ""
    out.print(
        f"{found.candidates:,} polymers{before}: {found.admitted:,} meet the structural limits, {found.passed:,} have "
        f"a chance of at least {chance:.0%} to meet all others as well",
        markup=False,
    )
    for code, count in found.failed.items():
        out.print(f"  {count:,} rows failed: {code}", markup=False)
    if found.uncovered:
        out.print(f"Not screened for, because no model covers it: {', '.join(found.uncovered)}", markup=False)
    if found.best:
        names = [name for name in found.best[0] if name not in _OTHER]
        rows = [
            (
                str(number),
                row["smiles"],
                f"{row['chance']:.0%}",
                *(f"{row[name]:.4g}" for name in names),
                row["monomers"],
            )
            for number, row in enumerate(found.best[:_SHOWN], 1)
        ]
        show_table("The best, passing or not", ["#", "repeat unit", "chance", *names, "from"], rows)
    out.print(f"All that pass: {found.folder}/passed.csv; the best: {found.folder}/best.csv", markup=False)


_OTHER = frozenset((
    "place", "given", "smiles", "key", "chance", "score", "in_domain", "rule", "polymerisations", "monomers", "note",
))  # fmt: skip
