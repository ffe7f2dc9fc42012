"""The commands for copolymers and solvents: copolymer, chi, solvents, finetune chi."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polysmith.cli.output import command, console, emit_json, show_table
from tools.core.errors import InputError

if TYPE_CHECKING:
    from polysmith.mixtures import Interaction

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Temperature = Annotated[str, typer.Option("--temperature", "-t", help="Such as 25C or 300K.")]


@command
def copolymer(
    composition: Annotated[str, typer.Argument(help='Units and amounts, such as "PS:0.5, PMMA:0.5".')],
    basis: Annotated[str, typer.Option(help="What the amounts count: mole or mass.")] = "mole",
    architecture: Annotated[str, typer.Option(help="statistical, alternating or block.")] = "statistical",
    molar_mass: Annotated[
        float | None, typer.Option("--molar-mass", min=0.0, help="Of a block copolymer, kg/mol; says whether it mixes.")
    ] = None,
    temperature: Temperature = "25C",
    properties: Annotated[list[str] | None, typer.Option("-p", "--property", help="Property; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Predict properties of a statistical or alternating copolymer, or of the phases of a diblock."""
    if architecture == "block":
        _blocks(composition, basis, molar_mass, temperature, properties, as_json=as_json)
        return
    if molar_mass is not None:
        raise InputError("--molar-mass belongs to a block copolymer.", hint="Add --architecture block.")
    from agent.numbers import show_value
    from polysmith.mixtures import predict_copolymer
    from tools.core.properties import get_property

    values = predict_copolymer(composition, properties, basis=basis, architecture=architecture)
    if as_json:
        emit_json(
            {
                "composition": composition,
                "basis": basis,
                "values": {k: v.model_dump(mode="json") for k, v in values.items()},
            }
        )
        return
    rows = []
    for name, value in values.items():
        domain = "yes" if value.in_domain else "NO"
        rows.append((get_property(name).name, show_value(value), domain, value.note.partition(". ")[0]))
    show_table(
        f"{architecture} copolymer {composition} ({basis})", ["property", "predicted", "in domain", "rule"], rows
    )
    console().print("Intervals add those of the homopolymers and alternating chains; not calibrated on copolymers.")


@command
def chi(
    polymer: Annotated[str, typer.Argument(help="Repeat unit with two *, or a name.")],
    solvent: Annotated[str, typer.Argument(help="Name or SMILES.")],
    temperature: Temperature = "25C",
    as_json: Json = False,
) -> None:
    """Predict the Flory-Huggins parameter of a polymer with a solvent."""
    from polysmith.mixtures import predict_chi

    found = predict_chi(polymer, solvent, temperature)
    if as_json:
        emit_json(_as_dict(found))
    else:
        _show(f"{polymer} in {found.solvent}", [found])
        for value in found.measured:
            console().print(
                f"measured {value.value:.3g} at {value.conditions['temperature']}: {value.source}", markup=False
            )
        console().print(found.chi.note, markup=False)


@command
def solvents(
    polymer: Annotated[str, typer.Argument(help="Repeat unit with two *, or a name.")],
    temperature: Temperature = "25C",
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=200, help="Solvents at most.")] = 10,
    as_json: Json = False,
) -> None:
    """Rank common solvents of a polymer by predicted chi."""
    from polysmith.mixtures import good_solvents

    found = good_solvents(polymer, temperature, count)
    if as_json:
        emit_json([_as_dict(item) for item in found])
        return
    _show(f"solvents of {polymer}", found)
    console().print(
        "Below about 0.5 a liquid dissolves a long amorphous chain. Crystals and reactions are not looked at; "
        "the Hansen distance is by group contribution and the polymer's radius is unknown.",
        markup=False,
    )


@command
def finetune_chi(
    data: Annotated[Path | None, typer.Option("--data", help="Folder with chi_pairs.csv.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the trained model.")] = None,
    non_commercial: Annotated[
        bool, typer.Option("--non-commercial", help="Also use rows for non-commercial use only; keep such a model.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed; the same seed gives the same numbers.")] = 0,
    as_json: Json = False,
) -> None:
    """Train the model of polymer-solvent interaction parameters."""
    from finetune.properties.chi import train_chi

    folder = data or (Path(os.environ["POLYSMITH_DATA"]) if os.environ.get("POLYSMITH_DATA") else None)
    if folder is None or out is None:
        raise InputError("Name the data with --data (or POLYSMITH_DATA) and the folder for the model with --out.")
    result = train_chi(folder, out, seed=seed, non_commercial=non_commercial)
    if as_json:
        emit_json(result)
    else:
        for part, numbers in result.items():
            console().print(f"{part}: {numbers}", markup=False)


def _blocks(
    composition: str,
    basis: str,
    molar_mass: float | None,
    temperature: str,
    properties: list[str] | None,
    *,
    as_json: bool,
) -> None:
    from agent.numbers import show_value
    from polysmith.mixtures import predict_blocks
    from tools.core.properties import get_property

    found = predict_blocks(composition, properties, basis=basis, molar_mass=molar_mass, temperature=temperature)
    tables = [(f"phase of {unit}", values) for unit, values in found.phases]
    if found.mixed is not None:
        tables.append(("one phase of both blocks", found.mixed))
    if as_json:
        emit_json(
            {
                "composition": composition,
                "basis": basis,
                "architecture": "block",
                "state": found.state,
                "why": found.why,
                "chi_n": found.chi_n,
                "threshold": found.threshold,
                "phases": [
                    {"smiles": unit, "values": {k: v.model_dump(mode="json") for k, v in values.items()}}
                    for unit, values in found.phases
                ],
                "mixed": None
                if found.mixed is None
                else {k: v.model_dump(mode="json") for k, v in found.mixed.items()},
            }
        )
        return
    console().print(f"{composition}: {found.state}. {found.why}", markup=False)
    for title, values in tables:
        rows = [(get_property(name).name, show_value(value)) for name, value in values.items()]
        show_table(title, ["property", "predicted"], rows)


def register(app: typer.Typer, finetune_app: typer.Typer) -> None:
    """Add the commands to the application.

    Parameters
    ----------
    app, finetune_app : typer.Typer
        The application, and its group of training commands.
    """
    app.command("copolymer")(copolymer)
    app.command("chi")(chi)
    app.command("solvents")(solvents)
    finetune_app.command("chi")(finetune_chi)


def _as_dict(item: Interaction) -> dict[str, Any]:
    return {
        "polymer": item.polymer,
        "solvent": item.solvent,
        "chi": item.chi.model_dump(mode="json"),
        "measured": [value.model_dump(mode="json") for value in item.measured],
        "hansen_distance": item.distance,
    }


def _show(title: str, items: list[Interaction]) -> None:
    rows = []
    for item in items:
        value = item.chi
        shown = f"{value.value:.2f} ({value.lower:.2f} to {value.upper:.2f})"
        distance = "" if item.distance is None else f"{item.distance:.1f}"
        rows.append((item.solvent, shown, "yes" if value.in_domain else "NO", str(len(item.measured) or ""), distance))
    show_table(
        f"{title} at {items[0].chi.conditions['temperature']}",
        ["solvent", "chi (90 %)", "in domain", "measured", "Hansen distance (MPa^0.5)"],
        rows,
    )
