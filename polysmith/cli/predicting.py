"""The predict and draw commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from agent.numbers import show_value
from polysmith import api
from polysmith.cli.output import console, emit_json, error_as_dict, exit_code, show_table
from polysmith.cli.tables import TableOptions, is_long, run_table, short_table
from polysmith.results import Prediction
from tools.core.errors import InputError, PolysmithError
from tools.core.properties import get_property
from tools.properties.conditions import UNUSED

BATCH = 200


@dataclass(frozen=True)
class Told:
    """What a user said of the polymers beside their structure.

    Attributes
    ----------
    known : tuple of str
        Known values of the one polymer, such as "band_gap=4.1 eV".
    conditions : tuple of str
        Conditions of the samples, such as "Mn=50 kg/mol".
    """

    known: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".smi", ".smiles")


def as_dict(item: Prediction) -> dict[str, Any]:
    """Describe a prediction for a program.

    Parameters
    ----------
    item : Prediction
        The prediction.

    Returns
    -------
    dict
        Plain data.
    """
    if item.error is not None:
        return {"given": item.given, "error": error_as_dict(item.error)}
    return {
        "given": item.given,
        "smiles": item.smiles,
        "key": item.key,
        "name": item.name,
        "values": {name: value.model_dump(mode="json") for name, value in (item.values or {}).items()},
        "measured": {name: value.model_dump(mode="json") for name, value in (item.measured or {}).items()},
        "neighbours": {
            name: [near.model_dump(mode="json") for near in nears] for name, nears in (item.neighbours or {}).items()
        },
        "flags": list(item.flags),
    }


def _show(item: Prediction) -> None:
    out = console()
    if item.error is not None:
        out.print(f"{item.given[:80]}: {type(item.error).__name__}: {item.error}", markup=False, style="red")
        return
    values, measured, neighbours = item.values or {}, item.measured or {}, item.neighbours or {}
    rows = []
    for name, value in values.items():
        near = neighbours.get(name) or []
        nearest = (
            f"{near[0].name or near[0].smiles} ({near[0].similarity:.2f}): {show_value(near[0].value)}" if near else ""
        )
        known = show_value(measured[name]) if name in measured else ""
        learnt = "simulation" if value.label_kind == "simulated" else "experiment"
        domain = "yes" if value.in_domain else "NO"
        rows.append((get_property(name).name, show_value(value), known, learnt, domain, nearest))
    title = f"{item.name or item.given[:60]}   {item.smiles}"
    show_table(title, ["property", "predicted (90 %)", "measured", "learnt from", "in domain", "nearest known"], rows)
    for text in sorted({value.note[value.note.index(UNUSED) :] for value in values.values() if UNUSED in value.note}):
        out.print(f"! {text}", markup=False)
    for flag in item.flags:
        out.print(f"! {flag}", markup=False)


def table_among(polymers: list[str], file: Path | None) -> tuple[list[str], Path | None]:
    """Tell a table from polymers: the one argument that ends like a table.

    Parameters
    ----------
    polymers : list of str
        The arguments.
    file : Path or None
        A table given by its option.

    Returns
    -------
    list of str
        The polymers.
    Path or None
        The table.

    Raises
    ------
    InputError
        If there are several tables.
    """
    named = [text for text in polymers if Path(text).suffix.casefold() in SUFFIXES and "*" not in text]
    tables = [*([file] if file is not None else []), *map(Path, named)]
    if len(tables) > 1:
        raise InputError("One table at a time.", hint="Run the command once for each.")
    return [text for text in polymers if text not in named], tables[0] if tables else None


def run_predict(
    polymers: list[str],
    properties: list[str] | None,
    file: Path | None,
    neighbours: int,
    table: TableOptions,
    told: Told,
    *,
    as_json: bool,
) -> None:
    """Predict and print, or hand a long table on.

    Parameters
    ----------
    polymers : list of str
        Repeat units or names, and perhaps one table.
    properties : list of str or None
        Properties.
    file : Path or None
        Further polymers.
    neighbours : int
        Nearest measured polymers.
    table : TableOptions
        How a table is answered.
    told : Told
        Known values of the one polymer, and conditions of the samples.
    as_json : bool
        Print JSON.
    """
    given, path = table_among(polymers, file)
    if told.known:
        if path is not None or len(given) != 1:
            raise InputError("--known belongs to one polymer.", hint="Name one polymer and no table.")
        _predict_knowing(given[0], properties, told, as_json=as_json)
        return
    if path is None and table.for_tables():
        raise InputError("--out, --format and --column belong to a table.", hint="Name one: polysmith predict FILE.csv")
    rows: list[tuple[str, PolysmithError | None]] = [(text, None) for text in given]
    if path is not None:
        if table.out is not None or table.form is not None or table.tier == "fast" or is_long(path, table, BATCH):
            if told.conditions:
                raise InputError(
                    "--condition does not go with a table written to a file.",
                    hint="Keep a sample's conditions in columns of the table; they stay in the answers.",
                )
            if given:
                raise InputError("Polymers and a long table do not go together.", hint="Add them to the table.")
            run_table(path, properties, table, as_json=as_json)
            return
        rows += short_table(path, table)
    if not rows:
        raise InputError("No polymer was given.", hint="Give repeat units such as '*CC(*)c1ccccc1', names, or a CSV.")
    texts = [text for text, problem in rows if problem is None]
    tier, conditions = table.tier or "accurate", told.conditions
    predicted = api.predict(texts, properties, neighbours=neighbours, tier=tier, conditions=conditions) if texts else []
    found = iter(predicted)
    answers = [next(found) if problem is None else Prediction(given=text, error=problem) for text, problem in rows]
    if as_json:
        emit_json([as_dict(item) for item in answers])
    else:
        for item in answers:
            _show(item)
    failed = [item.error for item in answers if item.error is not None]
    if len(failed) == len(answers):  # each row has told its error already
        raise typer.Exit(exit_code(failed[0]))


def _predict_knowing(polymer: str, properties: list[str] | None, told: Told, *, as_json: bool) -> None:
    from polysmith.knowing import parse_known, predict_knowing
    from tools.properties.conditions import read_conditions, with_conditions

    conditions = read_conditions(told.conditions)
    values = with_conditions(predict_knowing(polymer, parse_known(told.known), properties), conditions)
    if as_json:
        emit_json({"given": polymer, "values": {name: value.model_dump(mode="json") for name, value in values.items()}})
        return
    rows = [
        (get_property(name).name, show_value(value), "yes" if value.note.startswith("Given") else "")
        for name, value in values.items()
    ]
    show_table(f"{polymer[:60]}, given {', '.join(told.known)}", ["property", "predicted (90 %)", "changed"], rows)


def run_draw(polymer: str, out: Path | None, *, as_json: bool) -> None:
    """Draw and write or print.

    Parameters
    ----------
    polymer : str
        Repeat unit or name.
    out : Path or None
        File to write; standard output if None.
    as_json : bool
        Print JSON.
    """
    drawing = api.draw(polymer)
    if out is not None:
        try:
            if out.suffix.casefold() == ".png":
                from tools.chemistry.drawing import draw_png
                from tools.core.polymer import Polymer

                out.write_bytes(draw_png(Polymer.from_smiles(drawing.smiles)))
            elif out.suffix.casefold() == ".svg":
                out.write_text(drawing.svg, encoding="utf-8")
            else:
                raise InputError(
                    f"Cannot draw a {out.suffix or 'file without an ending'}.", hint="Name a .svg or .png file."
                )
        except OSError as error:
            raise InputError(f"Cannot write {out}: {error}") from error
    if as_json:
        emit_json({"smiles": drawing.smiles, "svg": drawing.svg, "file": str(out) if out else ""})
    elif out is None:
        console().file.write(drawing.svg + "\n")
    else:
        console().print(f"{drawing.smiles} drawn to {out}", markup=False)
