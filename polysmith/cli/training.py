"""The finetune commands."""

from __future__ import annotations

import os
from pathlib import Path

from polysmith.cli.output import console, emit_json
from tools.core.errors import InputError


def run_properties(
    data: Path | None,
    out: Path | None,
    train: Path | None,
    test: Path | None,
    properties: list[str] | None,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Train the property models, or train on one table and test on another.

    Parameters
    ----------
    data, out : Path or None
        Folder with the tables, and folder for the models.
    train, test : Path or None
        Own tables with the columns ``smiles,value``.
    properties : list of str or None
        Properties to train.
    seed : int
        Seed.
    as_json : bool
        Print JSON.
    """
    from finetune.properties.one_table import train_one_table
    from finetune.properties.train import train_all

    if (train is None) != (test is None):
        raise InputError("--train and --test go together.")
    if train is not None and test is not None:
        if not properties or len(properties) != 1:
            raise InputError("Name one property with --property.")
        result = train_one_table(train, test, properties[0], seed=seed)
        emit_json(result)
        return
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
