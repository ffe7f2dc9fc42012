"""The generator: artefacts are checked, sampling follows its equations, candidates follow the protocol."""

import json
import shutil

import numpy as np
import pytest

from tools.core.errors import ArtefactError, InputError
from tools.core.polymer import Polymer
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.design.candidate import CandidateSource
from tools.design.generative import GenerativeSource, bounds_of, draw_scores
from tools.design.structure import elements_of
from tools.design.token_network import SHIPPED, TOKENS, WEIGHTS, load_generator, read_tensors
from tools.properties.predict import predict_table
from tools.synthesis.forward import polymerise

OPEN = DesignSpec(brief="")


def tg(operator, **bounds):
    return DesignSpec(brief="", constraints=(Constraint(property="Tg", operator=operator, unit="K", **bounds),))


HOT, COLD = tg(">=", lower=520.0), tg("<=", upper=300.0)


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(SHIPPED, tmp_path / "generator")


def test_an_artefact_without_card_or_with_changed_weights_is_refused(folder):
    raw = bytearray((folder / WEIGHTS).read_bytes())
    raw[-1] ^= 1
    (folder / WEIGHTS).write_bytes(bytes(raw))
    with pytest.raises(ArtefactError, match="differs"):
        GenerativeSource(folder=folder)
    (folder / "card.json").unlink()
    with pytest.raises(ArtefactError, match=r"card\.json"):
        GenerativeSource(folder=folder)


def test_a_card_that_names_no_weights_is_refused(folder):
    card = json.loads((folder / "card.json").read_text())
    del card["files"][WEIGHTS]
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ArtefactError, match=WEIGHTS):
        load_generator(folder)


@pytest.mark.parametrize("raw", [b"", b"\x00" * 30, b"\xff" * 40, b"\x02\0\0\0\0\0\0\0[]"])
def test_broken_weights_are_a_typed_error(tmp_path, raw):
    (tmp_path / "x.safetensors").write_bytes(raw)
    with pytest.raises(ArtefactError, match="safetensors"):
        read_tensors(tmp_path / "x.safetensors")


def test_the_card_says_what_matters():
    card = load_generator().card
    assert {"free", "asked", "control", "units_per_cpu_s"} <= set(card.metrics)
    assert all("GTRC" not in source.licence for source in card.data)
    assert (SHIPPED / WEIGHTS).stat().st_size < 4_000_000
    assert set(card.files) == {WEIGHTS, TOKENS}


def test_one_step_is_a_gated_recurrent_unit():
    generator = load_generator()
    a = generator.arrays
    rng = np.random.default_rng(0)
    h = rng.normal(size=a["gru.weight_hh_l0"].shape[1]).astype(np.float32)
    x = rng.normal(size=a["gru.weight_ih_l0"].shape[1]).astype(np.float32)
    width = len(h)

    def gate(number, matrix, bias, vector):
        rows = slice(number * width, (number + 1) * width)
        return a[matrix][rows] @ vector + a[bias][rows]

    def part(number):
        return gate(number, "gru.weight_ih_l0", "gru.bias_ih_l0", x), gate(
            number, "gru.weight_hh_l0", "gru.bias_hh_l0", h
        )

    r = 1 / (1 + np.exp(-sum(part(0))))
    z = 1 / (1 + np.exp(-sum(part(1))))
    given, own = part(2)
    expected = (1 - z) * np.tanh(given + r * own) + z * h
    inputs = (a["gru.weight_ih_l0"] @ x + a["gru.bias_ih_l0"])[None]
    assert np.allclose(generator._step(h[None], inputs)[0], expected, atol=1e-5)


def test_sampling_is_seeded_and_checked():
    generator = load_generator()
    nothing = np.full((20, len(generator.properties)), np.nan)
    one, other = (generator.sample(nothing, np.random.default_rng(3)) for _ in range(2))
    assert one == other
    assert generator.sample(nothing, np.random.default_rng(4)) != one
    with pytest.raises(InputError, match="columns"):
        generator.sample(nothing[:, :2], np.random.default_rng(0))


def test_scores_stay_in_bounds_and_go_together():
    generator = load_generator()
    place, other = generator.properties.index("P_O2"), generator.properties.index("P_CO2")
    spec = DesignSpec(
        brief="",
        constraints=(
            Constraint(property="P_O2", operator=">=", lower=10.0, unit="Barrer"),
            Constraint(property="P_CO2", operator="maximise", unit="Barrer", hard=False),
            Constraint(property="crystallinity", operator=">=", lower=0.5, unit=""),
        ),
    )
    bounds = bounds_of(spec, generator)
    assert sorted(bounds.places) == sorted([place, other])
    drawn = draw_scores(bounds, generator.correlation, 4000, np.random.default_rng(0))
    assert np.isnan(np.delete(drawn, bounds.places, axis=1)).all()
    inside = drawn[:, bounds.places]
    assert (inside >= bounds.low - 1e-9).all()
    assert (inside <= bounds.high + 1e-9).all()
    free = bounds_of(tg("between", lower=0.0, upper=2000.0), generator)
    assert abs(draw_scores(free, generator.correlation, 4000, np.random.default_rng(0))[:, free.places].mean()) < 0.08


def test_bounds_that_contradict_still_ask_for_something():
    both = DesignSpec(brief="", constraints=HOT.constraints + COLD.constraints)
    bounds = bounds_of(both, load_generator())
    assert (bounds.high > bounds.low).all()


def test_candidates_are_distinct_deterministic_and_routed():
    source = GenerativeSource(60)
    assert isinstance(source, CandidateSource)
    one = list(source.candidates(OPEN, 10**7, seed=2))
    assert one == list(GenerativeSource(60).candidates(OPEN, 10**7, seed=2))
    assert len({c.polymer for c in one}) == len(one) == 60
    assert len(list(source.candidates(OPEN, 7, seed=2))) == 7
    for candidate in one[::10]:
        assert Polymer.from_smiles(candidate.polymer.smiles) == candidate.polymer
        assert candidate.polymer in {p.polymer for p in polymerise(*candidate.monomers)}


def test_what_is_asked_moves_what_is_written():
    means = []
    for spec in (HOT, COLD):
        polymers = [c.polymer for c in GenerativeSource(80, routed=False).candidates(spec, 80, seed=0)]
        means.append(np.median(predict_table(polymers, ["Tg"]).columns["Tg"].mean))
    assert means[0] - means[1] > 120


def test_excluded_elements_and_structure_are_respected():
    spec = DesignSpec(
        brief="",
        structure=(
            StructuralConstraint(kind="element", name="F", required=False),
            StructuralConstraint(kind="element", name="N", required=True),
        ),
    )
    for candidate in GenerativeSource(40, routed=False).candidates(spec, 40, seed=0):
        assert "F" not in elements_of(candidate.polymer)
        assert "N" in elements_of(candidate.polymer)


def test_it_stops_when_nothing_fits():
    spec = DesignSpec(
        brief="",
        structure=tuple(StructuralConstraint(kind="element", name="C", required=r) for r in (True, False)),
    )
    assert list(GenerativeSource(10, routed=False).candidates(spec, 10, seed=0)) == []


@pytest.mark.parametrize(("most", "guidance"), [(0, 1.0), (5, -1.0), (5, 50.0)])
def test_numbers_out_of_range_are_refused(most, guidance):
    with pytest.raises(InputError):
        GenerativeSource(most, guidance=guidance)
