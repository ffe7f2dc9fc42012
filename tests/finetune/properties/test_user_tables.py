"""A user's table of labels: units, weights, conflicts, and every row used or counted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from finetune.properties import boosting
from finetune.properties.cross_validation import cross_validate, deal
from finetune.properties.merging import Label, label_noise, merge, weighted_median
from finetune.properties.one_table import train_one_table
from finetune.properties.scaffolds import scaffold
from finetune.properties.splits import charge_twins, check_leakage, scaffold_folds, similarity_folds
from finetune.properties.tables import clean_unit
from finetune.properties.user_tables import parse_number, read_table
from tools.core.errors import InputError
from tools.core.sheet import RowError

TAILS = ("O", "N", "F", "Cl", "C#N", "OC", "c1ccccc1", "C(=O)OC")
UNITS = [f"*CC(*){'C' * n}{tail}" for n in range(9) for tail in TAILS]


@pytest.fixture
def short_training(monkeypatch):
    monkeypatch.setattr(boosting, "ROUNDS", {"accurate": 20, "fast": 20, "error": 5})


def write(folder, text, name="table.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def codes(table):
    return {entry["code"]: (entry["count"], entry["first_rows"]) for entry in table.rules.report()}


def test_units_are_converted_row_by_row_and_never_guessed(tmp_path):
    text = (
        "SMILES;Value;Unit\n*CC(*)C;26,85;°C\n*CC*;200;K\n*CCO*;-9,67;°F\n*CC(*)F;300;\n*CC(*)Cl;300;parsec\n"
        "*CC(*)Br;300;g\n"
    )
    table = read_table(write(tmp_path, text), "Tg", log=False)
    numbers = dict(zip(table.labels.units, table.labels.values, strict=True))
    assert numbers[clean_unit("*CC(*)C")] == pytest.approx(300.0)
    assert numbers[clean_unit("*CC*")] == 200.0
    assert numbers[clean_unit("*CCO*")] == pytest.approx(250.0, abs=0.01)
    assert codes(table) == {"no_unit": (1, [4]), "unit": (2, [5, 6])}
    assert set(table.unlabelled) == {clean_unit(f"*CC(*){x}") for x in ("F", "Cl", "Br")}


def test_the_header_may_hold_property_and_unit(tmp_path):
    table = read_table(write(tmp_path, "Polymer,Tg (°C)\nPS,100\n*CC(*)C,-10\n"), "Tg", log=False)
    assert sorted(table.labels.values) == pytest.approx([263.15, 373.15])
    assert "°C" in table.rules.notes[0]
    bare = read_table(write(tmp_path, "smiles,value\n*CC*,200\n"), "Tg", log=False)
    assert "taken as K" in bare.rules.notes[0]


def test_every_bad_row_is_counted_with_its_reason(tmp_path):
    rows = {
        "*CC*,nan": "missing", "*CC*,": "missing", "*CC*,inf": "infinite", "*CC*,>5": "not_a_number",
        "*CC*,1_0": "not_a_number", "*CC*,-1": "not_positive", "*CC*,1e9": "impossible", "*CC*,1,2,3": "cells",
        "": "empty_line", "*CC,1": "one_star", "*CC(*)C*,1": "too_many_stars", "[Na+].*CC(*)[O-],1": "fragments",
        "*CC(*)[Fe],1": "element", f"*{'C' * 300}*,1": "too_large", "zorgium,1": "unknown_name", '"*CC*,1': "quote",
    }  # fmt: skip
    table = read_table(write(tmp_path, "smiles,value\n" + "\n".join(rows) + "\n*CCO*,3.5\n"), "P_O2", log=True)
    assert {row["row"]: row["code"] for row in table.rules.failed} == dict(enumerate(rows.values(), 1))
    assert table.labels.values.tolist() == [pytest.approx(np.log10(3.5))]
    with pytest.raises(InputError, match="No usable row"):
        read_table(write(tmp_path, "smiles,value\n*CC*,nan\n"), "Tg", log=False)
    with pytest.raises(InputError, match="lacks value"):
        read_table(write(tmp_path, "smiles,other\n*CC*,1\n"), "Tg", log=False)


def test_rows_of_other_properties_are_left_out(tmp_path):
    text = "smiles,property,value\n*CC*,Tg,200\n*CC*,glass transition,210\n*CC*,Tm,410\n"
    table = read_table(write(tmp_path, text), "Tg", log=False)
    assert table.labels.values.tolist() == [205.0]
    assert codes(table)["property"] == (1, [3])


def test_numbers_as_people_write_them():
    assert parse_number("−12.5") == -12.5
    assert parse_number("1.5e3") == 1500.0
    assert parse_number("1,5", comma=True) == 1.5
    for text in ("1,5", "300±5", "0x10", "1 000", "1e999"):
        with pytest.raises(RowError):
            parse_number(text)


def test_weighted_median_is_the_median_for_equal_weights():
    random = np.random.default_rng(0)
    for count in range(1, 9):
        values = random.normal(size=count)
        assert weighted_median(values, np.ones(count)) == pytest.approx(np.median(values))
        assert weighted_median(values, np.full(count, 0.1)) == pytest.approx(np.median(values))
    assert weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 5.0])) == 9.0


def test_noise_and_conflicts():
    random = np.random.default_rng(1)
    groups = [random.normal(300, 5, size=2) for _ in range(4000)]
    assert label_noise(groups) == pytest.approx(5.0, rel=0.05)
    assert label_noise(groups[:9]) is None
    labels = {
        f"*{'C' * n}O*": [Label(v, v, 1.0, "a", 2 * n + i) for i, v in enumerate((300.0, 305.0))] for n in range(1, 20)
    }
    labels["*CS*"] = [Label(300.0, 300.0, 1.0, "a", 100), Label(400.0, 400.0, 1.0, "b", 101)]
    labels["*CN*"] = [Label(300.0, 300.0, 1.0, "a", 102), Label(573.15, 573.15, 1.0, "b", 103)]
    seen = []
    merged = merge(labels, "Tg", log=False, kelvin=True, count=lambda *told: seen.append(told))
    weights = dict(zip(merged.units, merged.weights, strict=True))
    assert weights.pop("*CS*") == weights.pop("*CN*") == 0.5
    assert set(weights.values()) == {1.0}
    assert [(row, code) for row, rule, code in seen if "conflict" in rule] == [(102, "differ_by_273"), (100, "spread")]
    assert dict(zip(merged.units, merged.spreads, strict=True))["*CS*"] == 100.0


def test_scaffolds_do_not_depend_on_the_cut():
    assert scaffold("*CC(*)C") == scaffold("*C(C*)C(=O)OC") == "*C*"
    assert scaffold("*CC(*)c1ccc(C)cc1") == scaffold("*C(C*)c1ccccc1")
    assert scaffold("*OC(=O)CC*") == scaffold("*CCOC(*)=O") != scaffold("*OCCC*")
    assert scaffold("*c1ccc(*)n1C") == scaffold("*c1ccc(*)[nH]1")
    folds = scaffold_folds([clean_unit(unit) for unit in UNITS], 2, 0)
    rings = np.array(["c1" in unit for unit in UNITS])
    assert not {scaffold(clean_unit(u)) for u, f in zip(UNITS, folds, strict=True) if f} & {
        scaffold(clean_unit(u)) for u, f in zip(UNITS, folds, strict=True) if not f
    }
    assert rings.sum() and len(set(folds)) == 2
    with pytest.raises(InputError, match="scaffolds"):
        scaffold_folds(["*C*", "*CC(*)C"], 2)


def test_similarity_folds_are_alike():
    nearest = np.random.default_rng(0).random(103)
    folds = similarity_folds(nearest, 5, 1)
    assert np.array_equal(folds, similarity_folds(nearest, 5, 1))
    means = [nearest[folds == fold].mean() for fold in range(5)]
    assert max(means) - min(means) < 0.05
    assert np.bincount(folds).max() - np.bincount(folds).min() <= 1


def test_leakage_is_seen_through_stereo_marks_and_reported_through_charges():
    with pytest.raises(InputError, match="both"):
        check_leakage([clean_unit("*CC(*)C")], ["*C[C@H](*)C"])
    acid, salt = clean_unit("*CC(*)C(=O)O"), clean_unit("*CC(*)C(=O)[O-]")
    check_leakage([acid], [salt])
    assert charge_twins([acid], [salt, "*C*"]) == [salt]
    assert charge_twins([salt], [acid]) == [acid]


def test_all_of_b_is_answered_or_listed(tmp_path, short_training):
    values = [250.0 + 12 * len(TAILS[i % 8]) - 4 * (i // 8) for i in range(len(UNITS))]
    frame = pd.DataFrame({"smiles": UNITS, "value": values})
    frame.iloc[10:].to_csv(tmp_path / "a.csv", index=False)
    rows = [*(f"{u},{v}" for u, v in zip(UNITS[:10], values[:10], strict=True)), "*CC(*)I,", "nonsense,300", "1,2,3"]
    report = train_one_table(tmp_path / "a.csv", write(tmp_path, "smiles,value\n" + "\n".join(rows), "b.csv"), "Tg")
    answered = [row for entry in (*report["predictions"], *report["unlabelled"]) for row in entry["rows"]]
    assert sorted([*answered, *(row["row"] for row in report["failed_rows"])]) == list(range(1, 14))
    assert [entry["rows"] for entry in report["unlabelled"]] == [[11]]
    assert report["rules"]["test"] and report["leakage"]["shared"] == 0
    lone = train_one_table(tmp_path / "a.csv", write(tmp_path, "smiles\n*CC(*)I\n", "c.csv"), "Tg")
    assert len(lone["unlabelled"]) == 1 and lone["metrics"]["n_test"] == 0
    json.dumps([report, lone], allow_nan=False)


def test_cross_validation_holds_every_polymer_out_once(tmp_path, short_training):
    values = [250.0 + 12 * len(TAILS[i % 8]) - 4 * (i // 8) for i in range(len(UNITS))]
    path = tmp_path / "own.csv"
    pd.DataFrame({"smiles": UNITS, "value": values}).to_csv(path, index=False)
    report = cross_validate(path, "Tg", split="similarity", folds=2)
    assert len({row["unit"] for row in report["predictions"]}) == len(UNITS)
    assert {row["fold"] for row in report["predictions"]} == {0, 1}
    assert report["metrics"]["blend"]["mae"] < report["metrics"]["mean_predictor"]["mae"]
    assert 0 <= report["coverage"]["test"] <= 1
    assert report["mean"]["blend"]["rmse"] > 0
    json.dumps(report, allow_nan=False)
    labels = read_table(path, "Tg", log=False).labels
    with pytest.raises(InputError, match="folds"):
        deal(labels, "random", 1, 0)
    with pytest.raises(InputError, match="scaffold split"):
        deal(labels, "scaffold", 2, 0)
    with pytest.raises(InputError, match="no split"):
        cross_validate(path, "Tg", split="chance")
