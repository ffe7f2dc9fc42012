"""The command that learns in two phases: finetune two-phase."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from polysmith.cli.output import command, console, emit_json, show_table
from tools.core.errors import InputError


@command
def finetune_two_phase(
    recipe: Annotated[Path, typer.Argument(help="Recipe in YAML, or the name of a shipped one: two_phase_fire.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for labels, answers, tables and the card.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder with virtual_smipoly_2star.csv.gz and fire/.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the folder's run was stopped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Learn physics first and measurements second, and compare it with learning either alone."""
    from finetune.two_phase.run import read_settings, run_two_phase

    folder = data or (Path(os.environ["POLYSMITH_DATA"]) if os.environ.get("POLYSMITH_DATA") else None)
    if folder is None:
        raise InputError("Name the data with --data or POLYSMITH_DATA.")
    again = f"polysmith finetune two-phase {recipe.name} --out {out.name} --resume"
    with console(stderr=True).status("reading") as status:
        found = run_two_phase(read_settings(recipe), folder, out, resume=resume, command=again, progress=status.update)
    if as_json:
        emit_json(found)
        return
    for name, tables in found["tables"].items():
        if "measured" in found:
            for size, table in tables.items():
                _show(f"{name}, {size} measured", "cohesive energy density", table["no pre-training"])
        else:
            for target, numbers in tables["all"].items():
                _show(name, target, numbers)


def _show(name: str, target: str, numbers: dict[str, Any]) -> None:
    rows = [
        (arm, f"{row['error']:.1%}", f"{row['low']:.1%} to {row['high']:.1%}", f"{row['over_seeds']:.1%}")
        for arm, row in numbers["arms"].items()
    ]
    title = f"{name}, {target}: mean absolute relative error of {numbers['polymers']} polymers"
    show_table(title, ["method", "error", "95 % over polymers", "over seeds"], rows)
    gain = numbers["reduction"]
    console().print(
        f"Pre-training lowers the error by {gain['share']:.1%} ({gain['low']:.1%} to {gain['high']:.1%}), "
        f"better for {gain['better']} of {gain['of']}, p = {gain['p']:.3f}.",
        markup=False,
    )


def register(app: typer.Typer) -> None:
    """Add the command.

    Parameters
    ----------
    app : typer.Typer
        The finetune commands.
    """
    app.command("two-phase")(finetune_two_phase)
