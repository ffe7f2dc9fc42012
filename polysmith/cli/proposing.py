"""The commands that propose: next, finetune generator."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polysmith.cli.output import command, console, emit_json, show_table
from tools.core.errors import InputError

if TYPE_CHECKING:
    from tools.design.next_batch import NextBatch

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@command
def next_command(
    run_id: Annotated[str, typer.Argument(help="Id of the run, or last.")] = "last",
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=50, help="Experiments at most.")] = 5,
    results: Annotated[
        Path | None, typer.Option("--results", help="CSV of what was measured: smiles,property,value[,unit].")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed; the same seed gives the same batch.")] = 0,
    as_json: Json = False,
) -> None:
    """Choose which candidates of a run to make next, as a batch."""
    from polysmith.proposing import next_experiments

    batch = next_experiments(run_id, count, results=results, seed=seed)
    if as_json:
        emit_json(_as_dict(batch))
    else:
        _show(batch)


@command
def finetune_generator(
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder with virtual_smipoly_2star.csv.gz and experimental.csv.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the trained generator.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Batches to train on.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed; the same seed gives the same weights.")] = 0,
    as_json: Json = False,
) -> None:
    """Train the generator of repeat units."""
    from finetune.generator.network import Schedule
    from finetune.generator.train import Settings, train_generator

    folder = data or (Path(os.environ["POLYSMITH_DATA"]) if os.environ.get("POLYSMITH_DATA") else None)
    if folder is None or out is None:
        raise InputError("Name the data with --data (or POLYSMITH_DATA) and the folder for the generator with --out.")
    schedule = Schedule(seed=seed) if steps is None else Schedule(steps=steps, seed=seed)
    with console(stderr=True).status("training") as status:
        card = train_generator(folder, out, settings=Settings(schedule=schedule), progress=status.update)
    if as_json:
        emit_json(card.model_dump(mode="json"))
    else:
        for name, numbers in card.metrics.items():
            console().print(f"{name}: {numbers}", markup=False)


def register(app: typer.Typer, finetune_app: typer.Typer) -> None:
    """Add the commands to the application.

    Parameters
    ----------
    app, finetune_app : typer.Typer
        The application, and its group of training commands.
    """
    app.command("next")(next_command)
    finetune_app.command("generator")(finetune_generator)


def _as_dict(batch: NextBatch) -> dict[str, Any]:
    found = asdict(batch)
    found["uncovered"] = [constraint.model_dump(mode="json") for constraint in batch.uncovered]
    for row, item in zip(found["experiments"], batch.experiments, strict=True):
        row["polymer"] = item.polymer.smiles
        row["predictions"] = {
            name: {"value": value, "lower": lower, "upper": upper}
            for name, (value, lower, upper) in item.predictions.items()
        }
    return found


def _show(batch: NextBatch) -> None:
    from tools.core.properties import get_property

    rows = []
    for rank, item in enumerate(batch.experiments, start=1):
        predicted = ", ".join(
            f"{get_property(name).symbol or name} {value:.3g} ({lower:.3g} to {upper:.3g}) {_unit(name)}".strip()
            for name, (value, lower, upper) in item.predictions.items()
        )
        first = get_property(item.measure[0]).name
        rows.append((str(rank), item.polymer.smiles, f"{100 * item.chance:.1f} %", first, predicted))
    show_table("", ["", "make", "meets the brief", "measure first", "predicted (90 %)"], rows)
    out = console()
    out.print(
        f"Chance that at least one of them meets all hard property requirements: {100 * batch.success:.0f} % "
        f"({100 * batch.success_by_rank:.0f} % for the {len(rows)} likeliest by themselves; "
        f"{batch.considered} candidates compared).",
        markup=False,
    )
    for constraint in batch.uncovered:
        out.print(f"No model covers: {constraint.text or constraint.property}.", markup=False)


def _unit(name: str) -> str:
    from tools.core.properties import get_property

    unit = get_property(name).unit
    return "" if unit == "dimensionless" else unit
