"""The name command."""

from __future__ import annotations

from typing import Annotated

import typer

from polysmith.cli.output import command, console, emit_json


@command
def name(
    text: Annotated[str, typer.Argument(help="Name, abbreviation, or repeat unit with two *.")],
    polymer_class: Annotated[
        str, typer.Option("--class", help="Class of the polymer, where an abbreviation has several.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Find the polymer of a name, or the name of a repeat unit."""
    from polysmith.naming import name as find

    found = find(text, polymer_class)
    if as_json:
        emit_json(found.model_dump(mode="json"))
        return
    out = console()
    out.print(f"{found.name or 'no certain name'}\n{found.smiles}", markup=False)
    out.print(f"{found.method}: {found.how}", markup=False)
    for item, smiles in found.monomers.items():
        out.print(f"  {item}: {smiles}", markup=False)
    for note in found.notes:
        out.print(f"Note: {note}.", markup=False)
    if found.classes:
        out.print(f"Classes: {', '.join(found.classes)}", markup=False)


def register(app: typer.Typer) -> None:
    """Add the command to the application.

    Parameters
    ----------
    app : typer.Typer
        The application.
    """
    app.command("name")(name)
