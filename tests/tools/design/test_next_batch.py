"""The next experiments: joint draws have the right moments, near copies are not chosen twice, results count."""

import numpy as np
import pytest

from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.design.joint_draws import error_correlation, greedy_batch, joint_draws, positive, quantile
from tools.design.next_batch import next_batch
from tools.properties.artefacts import library
from tools.properties.predict import predict_table
from tools.properties.probability import joint

UNITS = [
    "*CC(*)c1ccccc1", "*CC(*)c1ccc(C)cc1", "*CC(*)(C)C(=O)OC", "*CC(*)(C)C(=O)OCC", "*CCO*", "*CC(*)C", "*CC(*)C#N",
    "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1", "*CC(*)c1ccc(F)cc1", "*CC(*)(C)c1ccccc1", "*CC(*)C(=O)OC", "*CC(*)Cl",
]  # fmt: skip
POLYMERS = [Polymer.from_smiles(unit) for unit in UNITS]


def spec(*constraints, structure=()):
    return DesignSpec(brief="", constraints=constraints, structure=structure)


TG = Constraint(property="Tg", operator=">=", lower=370.0, unit="K")
DENSITY = Constraint(property="density", operator="<=", upper=1.15, unit="g/cm**3")
MOST_TG = Constraint(property="Tg", operator="maximise", unit="K", hard=False)


def test_draws_have_the_correlations_asked_for():
    polymers, properties = np.array([[1.0, 0.4], [0.4, 1.0]]), np.array([[1.0, -0.5], [-0.5, 1.0]])
    drawn = joint_draws(polymers, properties, {}, seed=0)
    flat = drawn.reshape(len(drawn), 4)
    assert np.abs(flat.mean(axis=0)).max() < 1e-12  # mirrored
    assert np.allclose(flat.T @ flat / len(flat), np.kron(polymers, properties), atol=0.08)
    assert np.array_equal(drawn, joint_draws(polymers, properties, {}, seed=0))


def test_draws_are_conditioned_as_a_normal_distribution_is():
    polymers, properties = np.array([[1.0, 0.4], [0.4, 1.0]]), np.array([[1.0, -0.5], [-0.5, 1.0]])
    drawn = joint_draws(polymers, properties, {(1, 0): 2.0}, seed=0)
    assert np.allclose(drawn[:, 1, 0], 2.0, atol=1e-3)
    assert drawn[:, 0, 0].mean() == pytest.approx(0.4 * 2.0, abs=1e-3)
    assert drawn[:, 0, 1].mean() == pytest.approx(0.4 * -0.5 * 2.0, abs=1e-3)
    assert drawn[:, 0, 0].var() == pytest.approx(1 - 0.4**2, abs=0.06)


def test_correlations_are_usable():
    similarity = np.array([[1.0, 1.0, 0.2], [1.0, 1.0, 0.2], [0.2, 0.2, 1.0]])
    made = error_correlation(similarity)
    assert made[0, 1] == 0.5
    assert np.linalg.eigvalsh(made).min() > 0
    mended = positive(np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]))
    assert np.linalg.eigvalsh(mended).min() > 0
    assert np.allclose(np.diag(mended), 1)


def test_quantile_inverts_the_calibration():
    calibration = library().model("Tg").calibration
    level = np.array([1e-4, 0.01, 0.2, 0.5, 0.77, 0.99, 0.9999])
    assert np.allclose(calibration.cdf(quantile(calibration, level)), level, atol=1e-6)


def test_a_near_copy_is_not_chosen_second():
    rng = np.random.default_rng(0)
    good, other = rng.random(4000) < 0.5, rng.random(4000) < 0.3
    order, gains = greedy_batch(np.column_stack([good, good, other]).astype(float), 3)
    assert order == [0, 2, 1]
    assert gains[1] == pytest.approx(0.15, abs=0.03)
    assert gains[2] == 0


def test_a_batch_is_deterministic_and_as_likely_as_the_models_say():
    batch = next_batch(POLYMERS, spec(TG, DENSITY), 4)
    assert batch == next_batch(POLYMERS, spec(TG, DENSITY), 4)
    chosen = [item.polymer for item in batch.experiments]
    assert len(set(chosen)) == 4
    expected = joint((TG, DENSITY), predict_table(chosen, ["Tg", "density"], tier="accurate"))
    assert [item.chance for item in batch.experiments] == pytest.approx(list(expected), abs=1e-6)
    assert batch.success >= max(item.chance for item in batch.experiments) - 0.03
    assert all(set(item.measure) == {"Tg", "density"} for item in batch.experiments)
    assert batch.considered == len(POLYMERS)


def test_results_exclude_move_neighbours_and_set_the_mark():
    styrene, methylstyrene = POLYMERS[0], POLYMERS[1]
    before = {e.polymer: e.chance for e in next_batch(POLYMERS, spec(TG), 12).experiments}
    low = next_batch(POLYMERS, spec(TG), 12, results={styrene: {"Tg": 320.0}})
    high = next_batch(POLYMERS, spec(TG), 12, results={styrene: {"Tg": 440.0}})
    assert styrene not in {item.polymer for item in low.experiments}
    chance_low = {e.polymer: e.chance for e in low.experiments}[methylstyrene]
    chance_high = {e.polymer: e.chance for e in high.experiments}[methylstyrene]
    assert chance_low < before[methylstyrene] < chance_high
    free = next_batch(POLYMERS, spec(MOST_TG), 3)
    marked = next_batch(POLYMERS, spec(MOST_TG), 3, results={POLYMERS[7]: {"Tg": 425.0}})
    assert marked.experiments[0].gain < free.experiments[0].gain


def test_permeability_is_compared_on_its_own_scale():
    wanted = Constraint(property="P_O2", operator=">=", lower=1.0, unit="Barrer")
    batch = next_batch(POLYMERS, spec(wanted), 3, results={POLYMERS[4]: {"P_O2": 0.5}})
    assert len(batch.experiments) == 3
    with pytest.raises(InputError, match="P_O2"):
        next_batch(POLYMERS, spec(wanted), 3, results={POLYMERS[4]: {"P_O2": 0.0}})


def test_structure_is_kept_and_what_no_model_covers_is_told():
    uncovered = Constraint(property="Td", operator=">=", lower=600.0, unit="K")
    no_ring = StructuralConstraint(kind="count", name="aromatic_rings", upper=0)
    batch = next_batch(POLYMERS, spec(TG, uncovered, structure=(no_ring,)), 20)
    assert batch.uncovered == (uncovered,)
    assert not any("c1" in item.polymer.smiles for item in batch.experiments)
    assert batch.left_out == 5
    assert len(batch.experiments) == batch.considered == 7


def test_nothing_to_choose_from_is_a_typed_error():
    with pytest.raises(InputError, match="at least one"):
        next_batch(POLYMERS, spec(TG), 0)
    with pytest.raises(InputError, match="No candidate"):
        next_batch(POLYMERS[:1], spec(TG), 2, results={POLYMERS[0]: {"Tg": 370.0}})
    with pytest.raises(InputError, match="No property"):
        next_batch(POLYMERS, spec(), 2)
