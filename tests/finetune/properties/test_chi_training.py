"""Training of chi: what is read, how it is split, and that it can be done again."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finetune.properties.chi import FILE, fold_of, load_pairs, physics, train_chi
from finetune.properties.transport import GASES, TRANSPORT
from tools.chemistry.solvents import resolve_solvent
from tools.core.cards import load_card
from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.chi import load_chi, predict_chi

DATA = Path(os.environ.get("POLYSMITH_DATA", Path(__file__).parents[4] / "shared" / "data"))


def write(folder, rows):
    names = ["smiles", "solvent", "T_K", "chi", "Reference", "source"]
    pd.DataFrame(rows, columns=names).to_csv(folder / FILE, index=False)
    return folder


def made_up(count=60):
    units = ["*CC(*)c1ccccc1", "*CC*", "*CCO*", "*CC(*)OC(C)=O", "*CC(*)Cl", "*CC(*)(C)C(=O)OC"]
    liquids = ["Cc1ccccc1", "CCCCCC", "CCO", "CC(C)=O", "O", "C1CCOC1", "ClC(Cl)Cl", "CCOC(C)=O", "CCCCO", "c1ccccc1"]
    pairs = [(unit, liquid) for unit in units for liquid in liquids][:count]
    return [(unit, liquid, 300 + row, 0.3 + 0.01 * row, "a", "own (MIT)") for row, (unit, liquid) in enumerate(pairs)]


def test_rows_are_cleaned_and_counted(tmp_path):
    good = ("*CC(*)c1ccccc1", "Cc1ccccc1", 300.0, 0.4, "a", "own (MIT)")
    barred = ("*CC*", "CCCCCC", 300.0, 0.4, "b", "polyVERSE (GTRC)")
    bad = [("CC", "CCCCCC", 300.0, 0.4, "c", "own"), ("*CC*", "nonsense", 300.0, 0.4, "c", "own")]
    wild = [("*CC*", "CCCCCC", -3.0, 0.4, "d", "own"), ("*CC*", "CCCCCC", 300.0, np.nan, "d", "own")]
    folder = write(tmp_path, [good, barred, *bad, *wild])
    table = load_pairs(folder)
    assert len(table.values) == 1 and table.dropped == {"licence": 1, "not read": 2, "number impossible": 2}
    assert len(load_pairs(folder, non_commercial=True).values) == 2


def test_missing_or_empty_tables_are_refused(tmp_path):
    with pytest.raises(InputError):
        load_pairs(tmp_path)
    with pytest.raises(InputError):
        load_pairs(write(tmp_path, [("CC", "C", 1.0, 1.0, "a", "own")]))


def test_groups_stay_together():
    groups = [f"polymer {place % 7}" for place in range(50)]
    folds = fold_of(groups, 3, seed=1)
    assert len(set(folds)) == 3
    for name in set(groups):
        assert len({fold for fold, group in zip(folds, groups, strict=True) if group == name}) == 1
    assert (folds == fold_of(groups, 3, seed=1)).all()


@pytest.mark.slow
def test_a_small_model_can_be_trained_and_used(tmp_path):
    folder = write(tmp_path, made_up())
    result = train_chi(folder, tmp_path / "out")
    card = load_card(tmp_path / "out")
    assert card.metrics == result["metrics"] and card.metrics["n"] == 60
    assert set(result["coverage"]) == {"nominal", "all", "pair_out", "polymer_out", "solvent_out"}
    pair = (Polymer.from_smiles("*CC(*)c1ccccc1"), resolve_solvent("toluene"), 300.0)
    value = predict_chi([pair], folder=tmp_path / "out")[0]
    assert value.lower < value.value < value.upper
    train_chi(folder, tmp_path / "again")
    assert (tmp_path / "out" / "model.npz").read_bytes() == (tmp_path / "again" / "model.npz").read_bytes()


def test_transport_recipes_are_registered_properties():
    assert len(TRANSPORT) == 2 * len(GASES)
    for item in TRANSPORT:
        assert get_property(item.property).log and item.log and item.label_kind() == "measured"


@pytest.mark.skipif(not (DATA / FILE).is_file(), reason="the chi table is not here (POLYSMITH_DATA)")
def test_the_shipped_model_was_trained_on_what_its_card_says():
    table = load_pairs(DATA)
    model = load_chi()
    assert len(table.values) == model.card.data[0].rows == len(model.values)
    np.testing.assert_allclose(table.values, model.values)
    total, distance = physics(table)
    assert np.isfinite(distance).sum() == model.card.metrics["where_physics_applies"]["n"] == np.isfinite(total).sum()
