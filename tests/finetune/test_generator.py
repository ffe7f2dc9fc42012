"""Training of the generator: what it learns from, and that one command gives an artefact that loads."""

import csv
import gzip
import sys

import numpy as np
import pytest

from finetune.generator.corpus import MEASURED, PROPERTIES, VIRTUAL, read_corpus
from finetune.generator.network import Schedule, Shape, _asked, _batches, _rate, build, with_mask
from finetune.generator.train import Settings, _quantiles, train_generator
from tools.core.errors import BackendMissing, SetupError
from tools.core.polymer import Polymer
from tools.design.token_network import Scale, load_generator

VINYLS = [f"*CC(*){group}" for group in ("CC", "CCC", "CCCC", "OC", "OCC", "C(=O)OCCC", "c1ccc(CC)cc1", "N1CCCC1=O")]


@pytest.fixture
def tables(tmp_path):
    with gzip.open(tmp_path / VIRTUAL, "wt", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(["smiles", "polymer_class", "mon1", "mon2"])
        rows.writerows([unit, "polyolefin", "x", ""] for unit in VINYLS)
        rows.writerows([f"*CC({'C' * n})CC(*)OC", "polyolefin", "x", "y"] for n in range(1, 9))
        rows.writerow(["*CC(*)C(=O)[O]", "polyolefin", "x", ""])
    with (tmp_path / MEASURED).open("w", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(["smiles", "licence"])
        rows.writerow(["*CC(*)CCCCCCCC", "CC-BY-4.0 (Zenodo 15783761)"])
        rows.writerow(["*CC(*)CCCCCCCCC", "GTRC non-commercial | MIT repo; MSA membrane DB"])
        rows.writerow(["*CC(*)CCCCCCCCCC", "no licence; PoLyInfo-derived"])
        rows.writerow(["*C[C@@H](*)CCCCCCCCCCC", "MIT repo; MSA membrane DB"])
    return tmp_path


def test_the_corpus_keeps_licences_classes_and_the_split(tables):
    corpus = read_corpus(tables, per_class=4, seed=1)
    have = set(corpus.polymers)
    assert Polymer.from_smiles("*CC(*)CCCCCCCC") in have
    assert Polymer.from_smiles("*CC(*)CCCCCCCCCCC") in have  # its stereo mark left out
    assert not have & {Polymer.from_smiles(f"*CC(*){'C' * n}") for n in (9, 10)}  # no free licence
    assert len(have) == len(corpus.polymers)
    assert (~corpus.real).sum() <= 8  # four with one monomer and four with two
    assert corpus.targets.shape == (len(have), len(PROPERTIES))
    assert np.isfinite(corpus.targets).all()
    assert 0 < corpus.held_out.mean() < 0.1
    again = read_corpus(tables, per_class=4, seed=1)
    assert again.polymers == corpus.polymers
    assert np.array_equal(again.held_out, corpus.held_out)
    assert {source.licence for source in corpus.sources} == {"BSD-3-Clause", "CC-BY-4.0 | Apache-2.0 | MIT"}


def test_missing_tables_are_told(tmp_path):
    with pytest.raises(SetupError, match=VIRTUAL):
        read_corpus(tmp_path, per_class=4, seed=1)


def test_torch_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(BackendMissing, match="torch"):
        build(5, 2, Shape(4, 4))


def test_any_subset_is_asked_for():
    scores = np.random.default_rng(0).normal(size=(400, 12))
    asked = _asked(scores, np.random.default_rng(0))
    mask = asked[:, 12:].astype(bool)
    assert set(mask.sum(axis=1)) == set(range(7))
    assert np.allclose(asked[:, :12][mask], scores[mask], atol=1e-6)
    assert not asked[:, :12][~mask].any()
    assert with_mask(np.array([[np.nan, 2.0]])).tolist() == [[0.0, 2.0, 0.0, 1.0]]


def test_batches_follow_the_weights_and_hold_like_lengths():
    units = [[1] * (1 + i % 30) for i in range(300)]
    weights = np.where(np.arange(300) < 100, 3.0, 0.0)
    rows = np.arange(300)
    made = list(_batches(rows, units, weights, np.random.default_rng(0), 30))
    assert len(made) == 30
    assert max(batch.max() for batch in made) < 100
    spans = [max(len(units[r]) for r in batch) - min(len(units[r]) for r in batch) for batch in made]
    assert np.mean(spans) < 5


def test_the_rate_rises_and_falls():
    rates = [_rate(step, 1000) for step in range(1000)]
    assert rates[0] < 0.05
    assert max(rates) > 0.9
    assert rates[-1] < 0.05


def test_quantiles_are_weighted_and_give_normal_scores():
    values = np.random.default_rng(0).lognormal(size=(4000, 1))
    scale = Scale(_quantiles(values, np.ones(4000)))
    scores = scale.scores(values)
    assert abs(scores.mean()) < 0.02
    assert scores.std() == pytest.approx(1.0, abs=0.03)
    heavy = _quantiles(values, np.where(values[:, 0] > 1, 9.0, 1.0))
    assert heavy[0, 100] > np.median(values)
    assert (np.diff(_quantiles(np.ones((50, 1)), np.ones(50)).astype(np.float64)) >= 0).all()


def test_one_command_gives_an_artefact_that_loads(tables, tmp_path):
    pytest.importorskip("torch", reason="needs the train extra: pip install polysmith[train]")
    settings = Settings(per_class=20, most=20, least=1, shape=Shape(16, 24), schedule=Schedule(steps=8, seed=3))
    card = train_generator(tables, tmp_path / "out", settings=settings)
    again = train_generator(tables, tmp_path / "again", settings=settings)
    assert card.files == again.files  # the same seed gives the same weights
    assert card.metrics["free"].keys() == {"valid", "unique", "new", "not_a_real_polymer", "routed"}
    generator = load_generator(tmp_path / "out")
    assert generator.properties == PROPERTIES
