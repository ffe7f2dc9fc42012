"""The networks of the fast tier: they learn, hold out honestly, repeat exactly, and their intervals hold."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from finetune.properties import boosting
from finetune.properties.fast_tier import lesson_of
from finetune.properties.first_stage import FirstStage
from finetune.properties.fit import fit_property
from finetune.properties.network import Recipe, train_network
from finetune.properties.recipes import recipe
from finetune.properties.splits import random_folds
from finetune.properties.student import Lesson, hold_out, targets, teach, train_screening
from finetune.properties.tables import Labels, load_labels
from finetune.properties.train import build_structures, save_model
from tools.core.cards import Card, file_sha256, write_card
from tools.core.polymer import Polymer
from tools.properties.auxiliary import Helper
from tools.properties.environments import count
from tools.properties.features import featurise
from tools.properties.model import load_model
from tools.properties.screening import load_screening

TAILS = ("O", "N", "F", "Cl", "C#N", "OC", "c1ccccc1", "C(=O)OC")
SHORT = Recipe(hidden=32, epochs=500)


def labels(name, units, values):
    size = len(units)
    return Labels(name, tuple(units), np.asarray(values, float), np.ones(size), ("s",) * size, False)


def card():
    return Card(id="c", title="t", files={}, data=[], split="", metrics={}, command="", versions={}, seed=0)


@pytest.fixture(scope="module")
def chains():
    units = tuple(sorted(Polymer.from_smiles(f"*CC(*){'C' * n}{tail}").unit for n in range(9) for tail in TAILS))
    return units, np.array([10.0 * unit.count("C") - 30.0 * unit.count("O") for unit in units])


@pytest.fixture
def lesson(chains):
    units, values = chains
    half = len(units) // 2
    tables = {"Tg": labels("Tg", units, values), "Tm": labels("Tm", units[:half], 1.5 * values[:half])}
    rows = {"Tg": np.arange(len(units)), "Tm": np.arange(half)}
    taught = np.column_stack([np.full(len(units), np.nan), 1.5 * values, values**2])
    counts = count([Polymer.from_smiles(unit) for unit in units])
    return Lesson(counts, tables, rows, random_folds(len(units), 4, 0), lambda fold: taught)


def test_a_network_learns_and_repeats_itself():
    rng = np.random.default_rng(0)
    dense = rng.standard_normal((300, 4)).astype(np.float32)
    table = sparse.csr_matrix(rng.integers(0, 2, (300, 6)).astype(np.float32))
    target = np.column_stack([np.tanh(dense[:, 0]), table.toarray()[:, 1]]).astype(np.float32)
    weight = np.ones_like(target)
    first, again, other = (train_network(table, dense, target, weight, seed, SHORT) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    w1, d1, b1, w2, b2, w3, b3 = first
    hidden = np.maximum(np.maximum(table @ w1 + dense @ d1 + b1, 0) @ w2 + b2, 0)
    assert np.mean((hidden @ w3 + b3 - target) ** 2) < 0.3 * target.var()


def test_labels_and_teachers_are_blended_and_absence_counts_for_nothing():
    values = np.array([[1.0], [3.0], [np.nan], [np.nan]])
    weights = np.array([[1.0], [1.0], [0.0], [0.0]])
    taught = np.array([[1.0, np.nan], [1.0, 5.0], [2.0, np.nan], [np.nan, 7.0]])
    target, weight, centre, spread = targets(values, weights, taught)
    assert centre.tolist() == [2.0, 6.0] and np.allclose(spread, 1.0)
    assert np.allclose(target[:, 0], [-1.0, 0.0, 0.0, 0.0])
    assert weight[3, 0] == 0 and weight[0, 0] > weight[2, 0] > 0
    assert (weight[[0, 2], 1] == 0).all()


def test_scarce_properties_learn_from_their_teacher(lesson):
    found = teach(lesson, -1, 0, SHORT).answers(lesson.counts, lesson.rows["Tg"]).mean(axis=0)
    true = 1.5 * lesson.labels["Tg"].values
    far = slice(len(lesson.rows["Tm"]), None)
    assert np.corrcoef(found[far, 1], true[far])[0, 1] > 0.9


def test_a_held_out_fold_is_never_seen(lesson):
    held = hold_out(lesson, 0, Recipe(hidden=8, epochs=3), lambda line: None)
    spoilt = lesson.labels["Tg"].values.copy()
    inside = lesson.folds == 2
    spoilt[inside] += 1e4
    changed = Lesson(
        lesson.counts, lesson.labels | {"Tg": labels("Tg", lesson.labels["Tg"].units, spoilt)}, lesson.rows,
        lesson.folds, lesson.teacher,
    )  # fmt: skip
    again = hold_out(changed, 0, Recipe(hidden=8, epochs=3), lambda line: None)
    assert np.array_equal(held.mean[inside], again.mean[inside])
    assert not np.array_equal(held.mean[~inside], again.mean[~inside])


def test_what_is_written_answers_as_what_was_trained(lesson, tmp_path):
    short = Recipe(hidden=24, epochs=200)
    found, files = train_screening(tmp_path, lesson, 0, lambda line: None, short)
    write_card(tmp_path, card().model_copy(update={"files": {path.name: file_sha256(path) for path in files}}))
    loaded = load_screening(tmp_path)(lesson.counts)
    trained = teach(lesson, -1, 0, short).answers(lesson.counts, lesson.rows["Tg"]).mean(axis=0)
    assert np.allclose(loaded["Tg"].mean, trained[:, 0], rtol=1e-6)
    assert found["Tg"].scores["r2"] > 0.5
    other = train_screening(tmp_path / "again", lesson, 0, lambda line: None, short)[1]
    assert [file_sha256(path) for path in other] == [file_sha256(path) for path in files]


def test_teachers_are_the_first_stage_and_what_it_lacks(chains):
    units, values = chains
    structures = build_structures(set(units), lambda line: None)
    tables = {"Tm": labels("Tm", units, 2 * values), "Tg": labels("Tg", units, values)}
    stage = {"Tg": (Helper("Tg", "Tg", "matter"), tables["Tg"]), "x": (Helper("x", "ffv", "matter"), tables["Tm"])}
    first = FirstStage(structures.reference, structures.units, stage, 0, lambda line: None)
    made = lesson_of(tables, replace(structures, first=first), 0, lambda line: None)
    assert list(made.labels) == ["Tg", "Tm"] and np.array_equal(made.folds, first.folds)
    answers = made.teacher(1)
    assert answers.shape == (len(units), 3)
    assert np.allclose(answers[:, [0, 2]], first.forgetting(1))
    away = made.folds == 1
    assert not np.allclose(answers[away], made.teacher(-1)[away])
    assert np.allclose(first.forgetting(-1)[:, 0], values, atol=0.5 * values.std())


def test_a_model_of_its_own_keeps_its_trees(chains, tmp_path, monkeypatch):
    monkeypatch.setattr(boosting, "ROUNDS", {"accurate": 20, "fast": 40, "error": 5})
    units, values = chains
    structures = build_structures(set(units), lambda line: None)
    table = labels("Tg", units, values)
    said = {"label_kind": "measured", "note": "", "conditions": {}}
    trained = fit_property(table, structures, card(), seed=0, **said)
    save_model(tmp_path / "Tg", trained, 0.0)
    features = featurise([Polymer.from_smiles(unit) for unit in units], "fast")
    loaded = load_model(tmp_path / "Tg").fast(features)
    assert np.allclose(loaded.mean, trained.model.fast(features).mean)
    assert np.abs(loaded.mean - values).mean() < values.std()
    assert "fast" in trained.metrics["random_5_fold"]
    lean = fit_property(table, structures, card(), seed=0, quick=False, **said)
    assert lean.model.quick is None and "fast" not in lean.metrics["random_5_fold"]
    assert np.array_equal(lean.model.alpha, trained.model.alpha)


@pytest.mark.slow
def test_intervals_hold_on_polymers_that_were_never_seen(data_dir, tmp_path):
    table = load_labels(data_dir, recipe("refractive_index"))
    order = np.random.default_rng(1).permutation(len(table))
    train, test = np.sort(order[:600]), order[600:]
    units = [table.units[row] for row in train]
    counts = count([Polymer.from_smiles(unit) for unit in units])
    known = {"refractive_index": labels("refractive_index", units, table.values[train])}
    lesson = Lesson(
        counts, known, {"refractive_index": np.arange(600)}, random_folds(600, 5, 0),
        lambda fold: np.full((600, 1), np.nan),
    )  # fmt: skip
    _, files = train_screening(tmp_path, lesson, 0, lambda line: None, Recipe(hidden=48, epochs=150))
    write_card(tmp_path, card().model_copy(update={"files": {path.name: file_sha256(path) for path in files}}))
    networks = load_screening(tmp_path)
    found = networks(count([Polymer.from_smiles(table.units[row]) for row in test]))["refractive_index"]
    error = np.abs(found.mean - table.values[test])
    covered = error <= networks.calibrations["refractive_index"].half_width(found.scale)
    assert 0.85 < covered.mean() < 0.95
    assert np.sqrt(np.mean(error**2)) < 0.5 * table.values.std()
    assert np.corrcoef(found.scale, error)[0, 1] > 0.1
