"""The predict and draw commands."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import typer

from agent.numbers import show_value
from polysmith import api
from polysmith.cli.output import console, emit_json, error_as_dict, exit_code, show_table
from polysmith.results import Prediction
from tools.core.errors import InputError
from tools.core.properties import get_property

BATCH = 200
MAX_FILE_MB = 200


def read_file(path: Path) -> list[str]:
    """Read polymers from a file.

    Parameters
    ----------
    path : Path
        CSV with a column ``smiles``, or one polymer a line.

    Returns
    -------
    list of str
        The polymers as written, in order.

    Raises
    ------
    InputError
        If the file cannot be read, is too large or is empty.
    """
    try:
        if path.stat().st_size > MAX_FILE_MB * 1_000_000:
            raise InputError(f"{path} is larger than {MAX_FILE_MB} MB.", hint="Split it.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="Give a text file in UTF-8.") from error
    lines = text.splitlines()
    head = [cell.strip().casefold() for cell in next(csv.reader(lines[:1]), [])]
    if "smiles" in head:
        column = head.index("smiles")
        rows = [row[column] if len(row) > column else "" for row in csv.reader(lines[1:]) if row]
    else:
        rows = [line.strip() for line in lines if line.strip()]
    if not rows:
        raise InputError(f"{path} holds no polymers.", hint="Give a CSV with a column smiles, or one polymer a line.")
    return rows


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
    for flag in item.flags:
        out.print(f"! {flag}", markup=False)


def run_predict(
    polymers: list[str], properties: list[str] | None, file: Path | None, neighbours: int, *, as_json: bool
) -> None:
    """Predict and print.

    Parameters
    ----------
    polymers : list of str
        Repeat units or names.
    properties : list of str or None
        Properties.
    file : Path or None
        Further polymers.
    neighbours : int
        Nearest measured polymers.
    as_json : bool
        Print JSON.
    """
    from rich.progress import track

    given = [*polymers, *(read_file(file) if file is not None else [])]
    if not given:
        raise InputError(
            "No polymer was given.", hint="Give repeat units such as '*CC(*)c1ccccc1', or names, or --file."
        )
    batches = [given[start : start + BATCH] for start in range(0, len(given), BATCH)]
    steps = track(batches, "predicting", console=console(stderr=True), disable=as_json or len(batches) < 2)
    answers = [item for batch in steps for item in api.predict(batch, properties, neighbours=neighbours)]
    if as_json:
        emit_json([as_dict(item) for item in answers])
    else:
        for item in answers:
            _show(item)
    failed = [item.error for item in answers if item.error is not None]
    if len(failed) == len(answers):  # each row has told its error already
        raise typer.Exit(exit_code(failed[0]))


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
