"""``polysmith bench score|report|compare|convert``: the exam."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polysmith.cli.output import command, console, emit_json, show_table
from tools.core.errors import InputError

if TYPE_CHECKING:
    from polybench.scorecard import Scorecard
    from polybench.scoring.mark import Mark
    from polybench.task import Task

bench_app = typer.Typer(help="The exam: score models and agents on PolyBench-compatible tasks.", no_args_is_help=True)


class Tier(StrEnum):
    """Which form of the property models judges property constraints."""

    fast = "fast"
    accurate = "accurate"


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Predictions = Annotated[Path, typer.Argument(help="Predictions, one JSON object a line.")]
Tasks = Annotated[Path, typer.Option("--tasks", help="The tasks that were answered, one JSON object a line.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")]
Resamples = Annotated[int, typer.Option(min=0, max=100_000, help="How often polymers are drawn; 0: no intervals.")]
Judged = Annotated[Tier, typer.Option(help="Models that judge property constraints.")]


def register(app: typer.Typer) -> None:
    """Add the ``bench`` commands to the command line.

    Parameters
    ----------
    app : Typer
        The command line.
    """
    app.add_typer(bench_app, name="bench")


@bench_app.command("score")
@command
def bench_score(
    predictions: Predictions,
    tasks: Tasks,
    report: Annotated[Path | None, typer.Option("--report", help="File for an HTML report.")] = None,
    seed: Seed = 0,
    resamples: Resamples = 1000,
    tier: Judged = Tier.fast,
    as_json: Json = False,
) -> None:
    """Score predictions by subtask and category, with intervals over polymers; missing ones count as wrong."""
    card, _, _ = _scored(predictions, tasks, seed, resamples, tier)
    if report is not None:
        _write_report(card, report, tasks)
    if as_json:
        emit_json(card.model_dump(mode="json"))
    else:
        _show(card)


@bench_app.command("report")
@command
def bench_report(
    predictions: Predictions,
    tasks: Tasks,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")] = Path("exam.html"),
    seed: Seed = 0,
    resamples: Resamples = 1000,
    tier: Judged = Tier.fast,
    as_json: Json = False,
) -> None:
    """Write a self-contained HTML report of predictions, with failures to read."""
    card, _, _ = _scored(predictions, tasks, seed, resamples, tier)
    _write_report(card, out, tasks)
    if as_json:
        emit_json({"report": str(out), "macro": card.macro.model_dump(mode="json") if card.macro else None})
    else:
        console().print(f"{out} written.", markup=False)


@bench_app.command("compare")
@command
def bench_compare(
    runs: Annotated[list[Path], typer.Argument(help="Two or more prediction files; the first is compared with.")],
    tasks: Tasks,
    report: Annotated[Path | None, typer.Option("--report", help="File for an HTML report.")] = None,
    seed: Seed = 0,
    resamples: Resamples = 1000,
    tier: Judged = Tier.fast,
    as_json: Json = False,
) -> None:
    """Compare runs on the same tasks, with paired intervals of their differences."""
    from polybench.compare import compare

    names = _run_names(runs)
    marks: dict[str, tuple[Mark, ...]] = {}
    read: list[Task] = []
    for name, path in zip(names, runs, strict=True):
        _, marks[name], read = _scored(path, tasks, seed, 0, tier)
    rows = compare(read, marks, seed=seed, resamples=resamples)
    if report is not None:
        from polybench.report import compare_html

        report.write_text(compare_html(rows, names, title=tasks.name), encoding="utf-8")
    if as_json:
        emit_json({"runs": names, "rows": [row.model_dump(mode="json") for row in rows]})
        return
    table = []
    for row in rows:
        cells = [row.part, str(row.n), *(f"{row.scores[name]:.3f}" for name in names)]
        for name in names[1:]:
            item = row.differences[name]
            span = f" ({item.lower:+.3f} to {item.upper:+.3f})" if item.lower is not None else ""
            cells.append(f"{item.value:+.3f}{span}, +{item.gained} -{item.lost}")
        table.append(cells)
    show_table("", ["part", "tasks", *names, *(f"{name} - {names[0]}" for name in names[1:])], table)


@bench_app.command("convert")
@command
def bench_convert(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSON, JSON Lines or Parquet.")],
    layout: Annotated[str, typer.Option("--map", help="YAML map, or the name of a shipped one such as polync.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Task file to write.")],
    predictions: Annotated[
        Path | None, typer.Option(help="File for the answers that the table holds (prediction_field of the map).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Turn a foreign file into tasks through a map; a category that the map does not name stops it."""
    from polybench.foreign import read_foreign
    from polybench.foreign_map import load_map
    from polybench.jsonl import write_jsonl

    found = read_foreign(file, load_map(layout))
    if predictions is not None and not found.predictions:
        raise InputError("The file holds no predictions.", hint="Name their field as prediction_field in the map.")
    write_jsonl(found.tasks, out)
    if predictions is not None:
        write_jsonl(found.predictions, predictions)
    if as_json:
        emit_json(
            {
                "tasks": len(found.tasks),
                "categories": found.counts,
                "foreign_categories": found.foreign_counts,
                "predictions": len(found.predictions),
            }
        )
        return
    show_table("", ["category", "tasks"], [(name, str(count)) for name, count in found.counts.items()])
    if found.foreign_counts:
        rows = [(name, str(count)) for name, count in found.foreign_counts.items()]
        show_table("", ["category of the file", "tasks"], rows)
    console().print(f"{len(found.tasks)} tasks written to {out}.", markup=False)


def _run_names(runs: list[Path]) -> list[str]:
    """Name runs by their files, else by their folders (each file is a ``predictions.jsonl``), else by the paths."""
    for names in ([path.stem for path in runs], [path.resolve().parent.name for path in runs], [*map(str, runs)]):
        if len(set(names)) == len(names):
            return names
    raise InputError("A prediction file is named twice.")


def _scored(
    predictions: Path, tasks: Path, seed: int, resamples: int, tier: Tier
) -> tuple[Scorecard, tuple[Mark, ...], list[Task]]:
    from polybench.jsonl import read_predictions, read_tasks
    from polybench.scorecard import score

    with console(stderr=True).status("scoring"):
        read = list(read_tasks(tasks))
        given = read_predictions(predictions)
        card, marks = score(read, given.predictions, bad=given.bad, seed=seed, resamples=resamples, tier=tier.value)
    return card, marks, read


def _write_report(card: Scorecard, out: Path, tasks: Path) -> None:
    from polybench.report import to_html

    out.write_text(to_html(card, title=tasks.name), encoding="utf-8")


def _show(card: Scorecard) -> None:
    """Print scores, the gap, and what was out of order."""
    from polybench.report import metrics_text

    parts = [("macro", card.macro)] if card.macro else []
    table = [
        (
            name,
            f"{result.score:.3f}",
            f"{result.lower:.3f} to {result.upper:.3f}" if result.lower is not None else "",
            str(result.n),
            f"{result.parsed:.1%}",
            metrics_text(result),
        )
        for name, result in (*parts, *card.categories.items(), *card.subtasks.items())
    ]
    show_table(f"{card.model} {card.mode}".strip(), ["part", "score", "95 %", "tasks", "read", "metrics"], table)
    out = console()
    gap = card.gap["gap"]
    if gap is not None:
        out.print(f"compositionality gap: {gap:.1%} of {card.gap['n']} composites whose parts are right", markup=False)
    missing = card.stages.get("missing", 0)
    for count, what in (
        (missing, "tasks without prediction (counted as wrong)"),
        (card.unknown, "predictions of no task"),
        (card.bad, "unreadable lines"),
    ):
        if count:
            out.print(f"{count} {what}", markup=False)
    for name, text in card.conventions.items():
        out.print(f"{name}: {text}", markup=False)
