"""The explain command."""

from __future__ import annotations

from pathlib import Path

from agent.numbers import show_number, show_unit, show_value
from polysmith.cli.output import console, emit_json, show_table
from polysmith.explaining import explain
from tools.core.errors import InputError
from tools.core.properties import get_property
from tools.properties.explanation import Effect, Explanation, Neighbourhood, effect_text


def run_explain(polymer: str, property_name: str, neighbours: int, svg: Path | None, *, as_json: bool) -> None:
    """Explain a prediction and print.

    Parameters
    ----------
    polymer : str
        Repeat unit or name.
    property_name : str
        Property.
    neighbours : int
        Nearest known polymers to show.
    svg : Path or None
        File for the drawing.
    as_json : bool
        Print JSON.

    Raises
    ------
    InputError
        If the drawing cannot be written, or as ``polysmith.explain`` does.
    """
    if svg is not None and svg.suffix.casefold() != ".svg":
        raise InputError(f"Cannot draw a {svg.suffix or 'file without an ending'}.", hint="Name a .svg file.")
    found = explain(polymer, property_name, neighbours=neighbours)
    if svg is not None:
        try:
            svg.write_text(found.svg, encoding="utf-8")
        except OSError as error:
            raise InputError(f"Cannot write {svg}: {error}") from error
    if as_json:
        emit_json({**found.model_dump(mode="json"), "file": str(svg) if svg else ""})
        return
    _show(found)
    if svg is not None:
        console().print(f"drawn to {svg}", markup=False)


def _show(found: Explanation) -> None:
    out = console()
    prop = get_property(found.prediction.property)
    out.print(f"{found.name or found.smiles}   {found.smiles}", markup=False, style="bold")
    domain = "" if found.prediction.in_domain else ", outside what the model has seen"
    out.print(f"{prop.name}: {show_value(found.prediction)} predicted{domain}", markup=False)
    if found.effects:
        head = ["part", "where", "instead of", "effect", "known pair", "compared", "doubt"]
        show_table(
            f"What the parts do to the predicted {prop.name}", head, [_row(item, found) for item in found.effects]
        )
        out.print("An effect is the prediction with the part less that with its stand-in; effects need not add up.")
    else:
        out.print("There is nothing but saturated carbon in the main chain: no part to exchange.")
    for name in found.not_assessed:
        out.print(f"! not assessed: {name}", markup=False)
    _show_neighbourhood(found.neighbourhood, prop.name)


def _row(item: Effect, found: Explanation) -> tuple[str, ...]:
    times = f" (one of {item.count})" if item.count > 1 else ""
    known = (
        effect_text(item.known_effect, found.prediction.property, log=found.log)
        if item.known_effect is not None
        else ""
    )
    doubt = "" if item.in_domain else "outside what the model has seen"
    if item.in_domain and item.within_interval:
        doubt = "inside the interval"
    # a part that carries others is compared after those have been replaced
    compared = item.after if item.before == found.smiles else f"{item.before} with {item.after}"
    return f"{item.name}{times}", item.place, item.stand_in, item.text, known, compared, doubt


def _show_neighbourhood(near: Neighbourhood, property_name: str) -> None:
    out = console()
    unit = near.unit if near.unit == "factor" else show_unit(near.unit)
    if near.nearest:
        rows = [
            (
                f"{item.similarity:.2f}",
                item.name or item.smiles,
                show_value(item.value),
                show_value(item.value.model_copy(update={"value": item.held_out})),
            )
            for item in near.nearest
        ]
        show_table("Nearest known polymers", ["similarity", "polymer", "known", "predicted without it"], rows)
    error, overall = (
        f"a factor of {show_number(number)}" if unit == "factor" else f"{show_number(number)} {unit}".strip()
        for number in (near.error, near.overall)
    )
    out.print(
        f"Mean held-out error in {property_name}: {error} among the {near.count} nearest known polymers, "
        f"{overall} among all.",
        markup=False,
    )
    if near.known:
        out.print("The model was trained on this polymer itself; its prediction is not a held-out one.")
