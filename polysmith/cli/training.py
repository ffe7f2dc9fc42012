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
    from finetune.properties.train import train_all, train_one_table

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
        cards = train_all(folder, out, properties, seed=seed, progress=lambda text: status.update(text))
    if as_json:
        emit_json({name: card.model_dump(mode="json") for name, card in cards.items()})
    else:
        for name, card in cards.items():
            console().print(f"{name}: {card.metrics}", markup=False)
