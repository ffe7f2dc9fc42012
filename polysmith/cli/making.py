"""The commands for making polymers: routes, polymerise, known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from polysmith.cli.output import command, console, emit_json, show_table
from tools.core.errors import InputError

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@command
def routes(
    polymer: Annotated[str, typer.Argument(help="Repeat unit with two *, or a name.")],
    n: Annotated[int, typer.Option("-n", "--n", min=1, max=20, help="Routes at most.")] = 3,
    svg: Annotated[Path | None, typer.Option("--svg", help="File for the scheme of the first route.")] = None,
    as_json: Json = False,
) -> None:
    """Show how a polymer can be made: monomers, mechanism, equilibrium, what may go wrong."""
    from polysmith.making import draw_route
    from polysmith.making import routes as find

    made = find(polymer, n)
    if svg is not None:
        drawing = draw_route(made)
        try:
            svg.write_text(drawing, encoding="utf-8")
        except OSError as error:
            raise InputError(f"Cannot write {svg}: {error}") from error
    if as_json:
        emit_json(made)
    else:
        _show(made)


@command
def polymerise(
    monomers: Annotated[list[str], typer.Argument(help="One or two monomers: SMILES, or names of the list.")],
    as_json: Json = False,
) -> None:
    """Show what monomers polymerise to: linear chains, networks, or nothing."""
    from polysmith.making import polymerise as join

    found = join(*monomers)
    if as_json:
        emit_json(found)
        return
    products = found["products"]
    if products:
        rows = [
            (
                item["polymer"]["smiles"],
                item["polymer"]["name"],
                item["mechanism"],
                item["conditions"],
                item["by_product"],
            )
            for item in products
        ]
        show_table("linear chains", ["repeat unit", "name", "mechanism", "conditions", "leaves"], rows)
        for item in products:
            for text in filter(None, (item["note"], _listed("reacts as well", item["competing"]))):
                console().print(f"! {item['polymer']['smiles']}: {text}", markup=False)
    else:
        console().print("No linear chain.", markup=False)
    for kind, items in found.items():
        if kind not in ("monomers", "products"):
            for item in items:
                console().print(f"{kind}: {item['mechanism']}: {item['reason']}", markup=False)


@command
def known(
    polymer: Annotated[str, typer.Argument(help="Repeat unit with two *, or a name.")],
    own: Annotated[
        list[Path] | None, typer.Option("--list", help="Own list: CSV with a column smiles; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show whether a polymer is in the handbook, the training sets or your own lists, and what is nearest."""
    from dataclasses import asdict

    from polysmith.making import novelty
    from tools.synthesis.novelty import PolymerList

    found = novelty(polymer, [PolymerList.from_file(path) for path in own or []])
    if as_json:
        emit_json({**asdict(found), "known": found.known, "text": found.text})
        return
    console().print(found.text, markup=False)
    rows = [(item.where, item.name, item.smiles, f"{item.similarity:.2f}") for item in found.nearest]
    show_table("", ["list", "name", "nearest", "similarity"], rows)


def register(app: typer.Typer) -> None:
    """Add the commands to the application.

    Parameters
    ----------
    app : typer.Typer
        The application.
    """
    app.command("routes")(routes)
    app.command("polymerise")(polymerise)
    app.command("known")(known)


def _listed(head: str, items: Any) -> str:
    return f"{head}: {', '.join(items)}" if items else ""


def _show(made: dict[str, Any]) -> None:
    out = console()
    out.print(f"{made['name'] or made['smiles']}   {made['smiles']}", markup=False)
    out.print(made["novelty"]["text"], markup=False)
    if made["feasibility_without_route"] is not None:
        out.print("No polymerisation rule gives this repeat unit.", markup=False)
        lone = made["feasibility_without_route"]
        _judgement(lone, lone["warnings"])
    for number, route in enumerate(made["routes"], start=1):
        _route(number, route)


def _route(number: int, route: dict[str, Any]) -> None:
    out = console()
    out.print(f"\n{number}. {route['mechanism']}", markup=False, style="bold")
    rows = [(item["name"], item["smiles"], item["known_in"] or "in no list") for item in route["monomers"]]
    show_table("", ["monomer", "structure", "known in"], rows)
    out.print(f"conditions: {route['conditions']}", markup=False)
    if route["by_product"]:
        out.print(f"leaves: {route['by_product']}", markup=False)
    for other in route["alternatives"]:
        names = " + ".join(item["name"] or item["smiles"] for item in other["monomers"])
        leaves = f"; leaves {other['by_product']}" if other["by_product"] else ""
        out.print(f"or: {names} ({other['conditions']}{leaves})", markup=False)
    for ceiling in route["thermodynamics"]["ceilings"]:
        out.print(ceiling["text"][0].upper() + ceiling["text"][1:], markup=False)
    _judgement(route["feasibility"], route["warnings"])


def _judgement(judged: dict[str, Any], warnings: list[str]) -> None:
    rows = [(part["name"], f"{part['factor']:.2f}", part["reason"]) for part in judged["parts"]]
    show_table(f"feasibility {judged['score']:.2f}", ["part", "factor", "why"], rows)
    for text in warnings:
        console().print(f"! {text}", markup=False)
