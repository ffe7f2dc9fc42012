import numpy as np
import pandas as pd
import pytest

from finetune.properties import boosting, first_stage
from finetune.properties.first_stage import FirstStage
from finetune.properties.tables import Labels
from finetune.properties.train import train_all
from tools.core.polymer import Polymer
from tools.properties.artefacts import Library
from tools.properties.auxiliary import Helper, load_auxiliaries
from tools.properties.features import featurise
from tools.properties.kernels import Reference
from tools.properties.predict import predict_table

TAILS = ("O", "N", "F", "Cl", "C#N", "OC", "c1ccccc1", "C(=O)OC")


@pytest.fixture(scope="module")
def chains():
    units = sorted(Polymer.from_smiles(f"*CC(*){'C' * n}{tail}").unit for n in range(7) for tail in TAILS)
    rng = np.random.default_rng(0)
    return tuple(units), np.array([len(unit) for unit in units]) + rng.normal(0, 0.3, len(units))


def _labels(name, units, values):
    return Labels(name, tuple(units), np.asarray(values, float), np.ones(len(units)), ("s",) * len(units), False)


def _stage(units, first, second):
    reference = Reference.of(featurise([Polymer.from_smiles(unit) for unit in units]))
    tables = {
        "a": (Helper("a", "band_gap", "electronic"), _labels("band_gap", units[:40], first[:40])),
        "b": (Helper("b", "density", "matter"), _labels("density", units, second)),
    }
    return FirstStage(reference, units, tables, 0, lambda line: None), reference


def test_answers_come_from_the_other_folds_alone(chains):
    units, values = chains
    stage, _ = _stage(units, values, values)
    task, fold = stage._tasks[0], stage.folds[7]
    kept = stage.folds[task.rows] != fold
    kernel = np.linalg.inv(task.inverse.astype(float))[np.ix_(kept, kept)]
    alpha = np.linalg.solve(kernel, values[:40][kept] - task.offset)
    direct = task.offset + task.cross[:, kept].astype(float) @ alpha
    asked = np.flatnonzero(stage.folds == fold)  # those with a label and those without
    answers = task.without(stage.folds == fold, asked)
    assert np.allclose(answers, direct[asked], atol=0.05 * values.std())
    halves = stage.held_out(np.arange(len(units)), (np.arange(len(units)) < 28).astype(int))
    assert halves.shape == (len(units), 2)
    assert not np.array_equal(halves, stage.scores)


def test_the_first_stage_survives_a_file(chains, tmp_path):
    units, values = chains
    stage, reference = _stage(units, values, -values)
    finished = stage.finished()
    finished.save(tmp_path)
    loaded = load_auxiliaries(tmp_path, units)
    kernels = reference.parts(np.arange(4))
    assert np.array_equal(loaded.scores(kernels, units[:4]), stage.scores[:4])
    strangers = ["*CC*"] * 4
    assert np.allclose(loaded.scores(kernels, strangers), finished.scores(kernels, strangers), atol=1e-2)


def test_training_with_a_first_stage_and_without(chains, tmp_path, monkeypatch):
    monkeypatch.setattr(boosting, "ROUNDS", {"accurate": 30, "fast": 30, "error": 5})
    monkeypatch.setattr(first_stage, "LEAST", 20)
    units, values = chains
    columns = ("smiles", "property", "value", "unit", "source", "licence", "range", "conflict", "flag")
    rows = [
        (unit, name, factor * value + 200, "K", "s", "CC-BY-4.0", 0.0, False, None)
        for name, factor in (("Tg", 4.0), ("Tm", 6.0))
        for unit, value in zip(units, values, strict=True)
    ]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "experimental.csv", index=False)
    train_all(tmp_path, tmp_path / "with", ["Tg"])
    train_all(tmp_path, tmp_path / "without", ["Tg"], auxiliary=False)
    helped, plain = Library(tmp_path / "with"), Library(tmp_path / "without")
    assert [helper.property for helper in helped.first.helpers] == ["Tg", "Tm"]
    assert plain.first is None and not len(plain.model("Tg").aid_weights)
    assert len(helped.model("Tg").aid_weights) == 2
    polymers = [Polymer.from_smiles(unit) for unit in units]
    for folder in ("with", "without"):
        found = predict_table(polymers, ["Tg"], tier="accurate", folder=tmp_path / folder).columns["Tg"]
        assert np.abs(found.mean - (4 * values + 200)).mean() < 8
