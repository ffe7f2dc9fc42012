import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finetune.properties.metrics import by_tercile, neighbour_baseline, scores
from finetune.properties.recipes import RECIPES, recipe
from finetune.properties.relations import correlations
from finetune.properties.splits import check_leakage, cluster_folds, random_folds
from finetune.properties.tables import clean, load_labels
from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.properties import all_properties
from tools.properties.features import featurise

DATA = Path(os.environ.get("POLYSMITH_DATA", Path(__file__).parents[4] / "shared" / "data"))


def write(folder, rows):
    columns = ("smiles", "property", "value", "unit", "source", "licence", "range", "conflict", "flag")
    pd.DataFrame(rows, columns=columns).to_csv(folder / "experimental.csv", index=False)
    return folder


def test_licence_rule(tmp_path):
    mixed = "GTRC non-commercial | MIT repo; MSA membrane DB"
    rows = [
        ("*CC*", "P_O2", 3.0, "Barrer", "point2_msa", "MIT", 0.0, False, None),
        ("*CC(*)C", "P_O2", 2.0, "Barrer", "point2_msa+polyverse_gas", mixed, 0.0, False, None),
        ("*CC(*)CC", "P_O2", 2.0, "Barrer", "point2_msa+polyverse_gas", mixed, 0.3, False, None),
        ("*CC(*)Cl", "P_O2", 0.04, "Barrer", "polyverse_gas", "GTRC non-commercial", 0.0, False, None),
    ]
    labels = load_labels(write(tmp_path, rows), recipe("P_O2"))
    assert len(labels) == 2 and labels.dropped["licence"] == 2
    assert len(load_labels(tmp_path, recipe("P_O2"), non_commercial=True)) == 4
    assert np.allclose(sorted(labels.values), np.log10([2.0, 3.0]))


def test_selectivity_labels_are_ratios(tmp_path):
    rows = [
        ("*CC*", "P_O2", 3.0, "Barrer", "point2_msa", "MIT", 0.0, False, None),
        ("*CC*", "P_N2", 1.0, "Barrer", "point2_msa", "MIT", 0.0, False, None),
        ("*CC(*)C", "P_O2", 2.0, "Barrer", "point2_msa", "MIT", 0.0, False, None),
        ("*CC(*)CC", "P_O2", 2.0, "Barrer", "point2_msa", "MIT", 0.0, False, None),
        ("*CC(*)CC", "P_N2", 2.0, "Barrer", "polyverse_gas", "GTRC non-commercial", 0.0, False, None),
    ]
    labels = load_labels(write(tmp_path, rows), recipe("selectivity_O2_N2"))
    assert np.allclose(labels.values, [np.log10(3.0)])


def test_permittivity_counts_electrons(tmp_path):
    rows = [
        ("*CC*", column, value, "-", "pi1070", "BSD-3-Clause", "MD")
        for column, value in (("eps_static", 1.2), ("n", 1.5))
    ]
    columns = ("smiles", "property", "value", "unit", "source", "licence", "kind")
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "simulated.csv", index=False)
    assert np.allclose(10 ** load_labels(tmp_path, recipe("dielectric_constant")).values, 1.2 + 1.5**2 - 1)


def test_one_row_per_polymer_and_rules():
    texts = ["*CCO*", "*OCC*", "*COC*", "*CC(*)C", "not a polymer", "*CC(*)F", "*CC(*)Br"]
    numbers = np.array([200.0, 210.0, 260.0, 260.0, 300.0, np.nan, 5000.0])
    labels = clean("Tg", texts, numbers, sources=["a", "b", "b", "a", "a", "a", "a"])
    assert len(labels) == 2
    by_unit = dict(zip(labels.units, labels.values, strict=True))
    assert sorted(by_unit.values()) == [210.0, 260.0]  # the median of three writings of one chain
    assert labels.dropped["structure not read"] == 1
    assert labels.dropped["number missing or impossible"] == 2
    assert "a+b" in labels.sources
    with pytest.raises(InputError):
        clean("Tg", ["nonsense"], np.array([1.0]))


def test_suspicious_melting_points_go(tmp_path):
    rows = [
        ("*CC*", "Tm", 410.0, "K", "dct_melting", "x", 0.0, False, None),
        ("*CC(*)C", "Tm", 300.0, "K", "dct_melting", "x", 0.0, False, "Tm<Tg"),
    ]
    labels = load_labels(write(tmp_path, rows), recipe("Tm"))
    assert len(labels) == 1
    with pytest.raises(InputError):
        load_labels(tmp_path / "nowhere", recipe("Tm"))


def test_recipes_name_known_properties():
    assert {item.property for item in RECIPES} <= set(all_properties())
    assert all(item.sources for item in RECIPES if item.table == "simulated" and item.property != "ffv")


def test_random_folds_are_balanced_and_seeded():
    folds = random_folds(103, 5, 1)
    assert np.array_equal(folds, random_folds(103, 5, 1))
    assert np.bincount(folds).max() - np.bincount(folds).min() <= 1


def test_clusters_hold_alike_polymers():
    units = [f"*CC(*){'C' * n}" for n in range(1, 11)] + [f"*Nc1ccc(cc1)NC(=O){'C' * n}C(*)=O" for n in range(1, 11)]
    folds = cluster_folds(featurise([Polymer.from_smiles(unit) for unit in units]), 2)
    assert len(set(folds[:10])) == len(set(folds[10:])) == 1 and folds[0] != folds[-1]


def test_leakage_is_refused():
    check_leakage(["*C*"], ["*CO*"])
    with pytest.raises(InputError, match=r"\*C\*"):
        check_leakage(["*C*", "*CO*"], ["*C*"])


def test_scores_and_baselines():
    true = np.array([1.0, 2.0, 3.0, 4.0])
    assert scores(true, true) == {"rmse": 0.0, "mae": 0.0, "r2": 1.0}
    assert scores(true, np.full(4, 2.5))["r2"] == pytest.approx(0.0)
    similarity = np.array([[1, 0.9, 0.1, 0], [0.9, 1, 0, 0.1], [0.1, 0, 1, 0.8], [0, 0.1, 0.8, 1]], dtype=np.float32)
    nearest = neighbour_baseline(true, np.array([0, 1, 0, 1]), similarity)
    assert nearest.tolist() == [2.0, 1.0, 4.0, 3.0]
    thirds = by_tercile(np.array([False, True, True, True, True, True]), np.arange(6.0))
    assert thirds == {"least_similar": 0.5, "middle": 1.0, "most_similar": 1.0}


def test_correlations_with_gaps():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=400)
    table = np.column_stack([shared + 0.3 * rng.normal(size=400), shared, rng.normal(size=400)])
    table[200:, 2] = np.nan
    found = correlations(table)
    assert found[0, 1] > 0.8 and abs(found[0, 2]) < 0.2
    assert np.linalg.eigvalsh(found).min() > 0


@pytest.mark.skipif(not (DATA / "experimental.csv").is_file(), reason="the data tables are not here")
def test_shipped_rows_hold_no_barred_licence():
    labels = load_labels(DATA, recipe("P_O2"))
    assert labels.dropped["licence"] > 0
    assert all(source != "polyverse_gas" for source in labels.sources)
