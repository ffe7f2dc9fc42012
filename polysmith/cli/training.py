"""The finetune commands."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from polysmith.cli.output import console, emit_json, show_table
from tools.core.errors import InputError


@dataclass(frozen=True)
class OwnTables:
    """A user's own tables.

    Attributes
    ----------
    train, test : Path or None
        Learn from one and answer the other.
    table : Path or None
        Cross-validate on this one.
    split : {"random", "cluster", "scaffold", "similarity"}
        How it is dealt into folds.
    folds : int
        Into how many.
    auxiliary : bool or None
        Let the shipped models of other properties help; None for the default of each command.
    """

    train: Path | None = None
    test: Path | None = None
    table: Path | None = None
    split: Literal["random", "cluster", "scaffold", "similarity"] = "random"
    folds: int = 5
    auxiliary: bool | None = None


def run_properties(
    data: Path | None,
    out: Path | None,
    own: OwnTables,
    properties: list[str] | None,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Train the property models, train on one table and test on another, or cross-validate on one.

    Parameters
    ----------
    data, out : Path or None
        Folder with the tables, and folder for the models.
    own : OwnTables
        Own tables with the columns ``smiles,value``.
    properties : list of str or None
        Properties to train.
    seed : int
        Seed.
    as_json : bool
        Print JSON.
    """
    if own.train or own.test or own.table:
        _run_own(own, properties, seed, as_json=as_json)
        return
    from finetune.properties.train import train_all

    folder = data or (Path(os.environ["POLYSMITH_DATA"]) if os.environ.get("POLYSMITH_DATA") else None)
    if folder is None or out is None:
        raise InputError("Name the data with --data (or POLYSMITH_DATA) and the folder for the models with --out.")
    with console(stderr=True).status("training") as status:
        results = train_all(folder, out, properties, seed=seed, progress=status.update)
    if as_json:
        emit_json(results)
    else:
        for name, numbers in results.items():
            console().print(f"{name}: {numbers}", markup=False)


def _run_own(own: OwnTables, properties: list[str] | None, seed: int, *, as_json: bool) -> None:
    from finetune.properties.cross_validation import cross_validate
    from finetune.properties.one_table import train_one_table

    if not properties or len(properties) != 1:
        raise InputError("Name one property with --property.")
    if own.table is not None and (own.train or own.test):
        raise InputError("--table goes without --train and --test.", hint="Cross-validate, or train and test.")
    with console(stderr=True).status("reading") as status:
        if own.table is not None:
            result = cross_validate(
                own.table,
                properties[0],
                split=own.split,
                folds=own.folds,
                seed=seed,
                auxiliary=own.auxiliary,
                progress=status.update,
            )
        elif own.train is not None and own.test is not None:
            helped = own.auxiliary is not False
            result = train_one_table(
                own.train, own.test, properties[0], seed=seed, auxiliary=helped, progress=status.update
            )
        else:
            raise InputError("--train and --test go together.")
    if as_json:
        emit_json(result)
    else:
        _show(result)


def _show(result: dict[str, Any]) -> None:
    """Print metrics, coverage and what was left out."""
    scored = {name: numbers for name, numbers in result["metrics"].items() if isinstance(numbers, dict)}
    rows = [
        (
            name.replace("_", " "),
            *("" if numbers[key] is None else f"{numbers[key]:.4g}" for key in ("rmse", "mae", "r2")),
        )
        for name, numbers in scored.items()
    ]
    show_table(f"{result['property']} ({result['space']})", ["predictor", "RMSE", "MAE", "R2"], rows)
    coverage = ", ".join(f"{name.replace('_', ' ')} {share}" for name, share in result["coverage"].items())
    out = console()
    out.print(f"coverage of intervals: {coverage}", markup=False)
    rules = result["rules"] if isinstance(result["rules"], dict) else {"table": result["rules"]}
    for table, entries in rules.items():
        for entry in entries:
            first = ", ".join(map(str, entry["first_rows"]))
            out.print(f"{table}: {entry['count']} rows, {entry['rule']} ({entry['code']}): {first} ...", markup=False)
    out.print("Predictions of every polymer: --json", markup=False)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
