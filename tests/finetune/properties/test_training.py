import numpy as np
import pandas as pd
import pytest

from finetune.properties import boosting
from finetune.properties.one_table import train_one_table
from finetune.properties.process import fit_process
from finetune.properties.splits import random_folds
from finetune.properties.train import train_all
from tools.core.errors import InputError, UnknownNameError
from tools.core.polymer import Polymer
from tools.properties.artefacts import Library
from tools.properties.features import featurise
from tools.properties.kernels import Reference
from tools.properties.predict import predict_table

TAILS = ("O", "N", "F", "Cl", "C#N", "OC", "c1ccccc1", "C(=O)OC")


@pytest.fixture(scope="module")
def chains():
    units = [f"*CC(*){'C' * n}{tail}" for n in range(9) for tail in TAILS]
    values = [250.0 + 12 * len(TAILS[i % 8]) - 4 * (i // 8) for i in range(len(units))]
    return units, np.array(values)


@pytest.fixture
def short_training(monkeypatch):
    monkeypatch.setattr(boosting, "ROUNDS", {"accurate": 30, "fast": 30, "error": 5})


def test_process_learns_and_holds_out_exactly(chains):
    units, values = chains
    reference = Reference.of(featurise([Polymer.from_smiles(unit) for unit in units]))
    rows, folds = np.arange(len(units)), random_folds(len(units), 4, 0)
    process = fit_process(reference, rows, values, np.ones(len(values)), {"random": folds}, 0)
    assert np.corrcoef(process.held_out["random"], values)[0, 1] > 0.8
    # the block formula equals leaving the fold out and predicting it with the same weights and offset
    kernel = reference.kernel(rows, process.weights).astype(float) + np.eye(len(rows)) * process.noise
    held, kept = folds == 0, folds != 0
    alpha = np.linalg.solve(kernel[np.ix_(kept, kept)], values[kept] - process.offset)
    direct = process.offset + kernel[np.ix_(held, kept)] @ alpha
    assert np.allclose(direct, process.held_out["random"][held], atol=0.05 * values.std())


def test_a_stray_label_counts_less_when_noise_is_robust(chains):
    units, values = chains
    reference = Reference.of(featurise([Polymer.from_smiles(unit) for unit in units]))
    rows, folds = np.arange(len(units)), random_folds(len(units), 4, 0)
    stray = int(np.flatnonzero(folds != 0)[5])
    labels = values.copy()
    labels[stray] += 300.0
    plain, robust = (
        fit_process(reference, rows, labels, np.ones(len(values)), {"random": folds}, 0, robust=way)
        for way in (False, True)
    )
    others = rows != stray
    errors = [np.abs(found.held_out["random"] - values)[others].mean() for found in (plain, robust)]
    assert errors[1] < errors[0]
    assert abs(robust.alpha[stray]) < abs(plain.alpha[stray])


def test_one_table_learns_from_a_alone(chains, tmp_path, short_training):
    units, values = chains
    frame = pd.DataFrame({"smiles": units, "value": values})
    test = frame.iloc[::6]
    frame.drop(test.index).to_csv(tmp_path / "a.csv", index=False)
    text = test.to_csv(index=False) + "broken,line,with,many,fields\nnot-a-smiles,300\n*CC(*)I,\n"
    (tmp_path / "b.csv").write_text(text, encoding="utf-8")
    report = train_one_table(tmp_path / "a.csv", tmp_path / "b.csv", "Tg")
    assert report["metrics"]["blend"]["mae"] < report["metrics"]["mean_predictor"]["mae"]
    assert report["dropped"]["test"]["broken line"] == 1
    assert report["dropped"]["test"]["structure not read"] == 1
    assert report["dropped"]["test"]["number missing or impossible"] == 1
    assert len(report["predictions"]) == len(test)
    again = train_one_table(tmp_path / "a.csv", tmp_path / "b.csv", "Tg")
    assert again["predictions"] == report["predictions"]


def test_one_table_refuses_leaks_and_bad_tables(chains, tmp_path):
    frame = pd.DataFrame({"smiles": chains[0], "value": chains[1]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame({"smiles": ["*C(C*)CO"], "value": [300.0]}).to_csv(tmp_path / "leak.csv", index=False)
    with pytest.raises(InputError, match="both"):
        train_one_table(tmp_path / "a.csv", tmp_path / "leak.csv", "Tg")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks"):
        train_one_table(tmp_path / "bad.csv", tmp_path / "a.csv", "Tg")
    with pytest.raises(InputError):
        train_one_table(tmp_path / "none.csv", tmp_path / "a.csv", "Tg")


def test_train_all_writes_artefacts_that_predict(chains, tmp_path, short_training):
    units, values = chains
    rows = [
        (u, p, v * f, "K", "s", "CC-BY-4.0", 0.0, False, None)
        for p, f in (("Tg", 1), ("Tm", 1.5))
        for u, v in zip(units, values, strict=True)
    ]
    columns = ("smiles", "property", "value", "unit", "source", "licence", "range", "conflict", "flag")
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "experimental.csv", index=False)
    lines = []
    report = train_all(tmp_path, tmp_path / "out", ["Tg", "Tm"], progress=lines.append)
    assert set(report) == {"Tg", "Tm"} and lines
    assert report["Tg"]["metrics"]["random_5_fold"]["blend"]["mae"] < 30
    library = Library(tmp_path / "out")
    assert library.names == ("Tg", "Tm")
    assert -1 <= library.between("Tg", "Tm") <= 1
    for tier in ("fast", "accurate"):
        table = predict_table([Polymer.from_smiles(unit) for unit in units], ["Tg"], tier=tier, folder=tmp_path / "out")
        assert np.abs(table.columns["Tg"].mean - values).mean() < 15
    with pytest.raises(InputError, match="Tm"):
        train_all(tmp_path, tmp_path / "out", ["Tg"])
    with pytest.raises(UnknownNameError):
        train_all(tmp_path, tmp_path / "out", ["price"])
