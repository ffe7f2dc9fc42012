import numpy as np
import pytest

from tools.core.errors import InputError, NotCoveredError
from tools.core.polymer import Polymer
from tools.core.spec import Constraint
from tools.properties.predict import predict_table
from tools.properties.probability import bounds, box_probability, chances, joint, meets

UNITS = ("*CC(*)c1ccccc1", "*CC*", "*CC(*)(C)C(=O)OC", "*Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(*)=O")


@pytest.fixture(scope="module")
def table():
    return predict_table([Polymer.from_smiles(unit) for unit in UNITS], ["Tg", "density", "P_O2", "P_N2"])


def above(name, value):
    return Constraint(property=name, operator=">", lower=value, unit="")


def below(name, value):
    return Constraint(property=name, operator="<", upper=value, unit="")


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.5, 0.95])
def test_orthant_probability(rho):
    # chance that both of two correlated normals are positive: 1/4 + asin(rho) / (2 pi)
    low, high = np.full((1, 2), 0.5), np.ones((1, 2))
    found = box_probability(low, high, np.array([[1, rho], [rho, 1]]))
    assert found[0] == pytest.approx(0.25 + np.arcsin(rho) / (2 * np.pi), abs=2e-3)


def test_independent_box_is_the_product():
    low, high = np.array([[0.1, 0.2, 0.0]]), np.array([[0.9, 0.6, 0.3]])
    assert box_probability(low, high, np.eye(3))[0] == pytest.approx(0.8 * 0.4 * 0.3, rel=1e-6)


def test_chances_are_complementary_and_monotonic(table):
    up = chances(above("Tg", 370.0), table)
    down = chances(below("Tg", 370.0), table)
    assert np.allclose(up + down, 1)
    assert np.all(chances(above("Tg", 400.0), table) < up)
    between = Constraint(property="Tg", operator="between", lower=350.0, upper=390.0, unit="K")
    parts = chances(above("Tg", 350.0), table) - chances(above("Tg", 390.0), table)
    assert np.allclose(chances(between, table), parts)


def test_interval_holds_its_nominal_chance(table):
    column = table.columns["Tg"]
    band = Constraint(property="Tg", operator="between", lower=column.lower[0], upper=column.upper[0], unit="K")
    assert meets(band, table, 0) == pytest.approx(0.9, abs=1e-3)


def test_joint_respects_correlation(table):
    # oxygen and nitrogen errors go together: both high is likelier than the product says
    oxygen, nitrogen = (above(name, float(table.columns[name].mean[0])) for name in ("P_O2", "P_N2"))
    both = joint([oxygen, nitrogen], table)[0]
    assert both > chances(oxygen, table)[0] * chances(nitrogen, table)[0] + 0.05
    assert both <= min(chances(oxygen, table)[0], chances(nitrogen, table)[0]) + 1e-9


def test_bounds_on_one_property_are_intersected(table):
    two = joint([above("Tg", 350.0), below("Tg", 390.0)], table)
    one = chances(Constraint(property="Tg", operator="between", lower=350.0, upper=390.0, unit="K"), table)
    assert np.allclose(two, one)
    assert np.all(joint([above("Tg", 500.0), below("Tg", 400.0)], table) == 0)


def test_soft_directions_ask_for_nothing(table):
    assert bounds(Constraint(property="Tg", operator="maximise", unit="K")) is None
    assert np.all(joint([Constraint(property="Tg", operator="maximise", unit="K")], table) == 1)


def test_permeability_above_zero_is_certain(table):
    assert np.all(chances(above("P_O2", 0.0), table) == 1)


def test_errors(table):
    with pytest.raises(NotCoveredError):
        chances(above("band_gap", 3.0), table)
    with pytest.raises(InputError):
        bounds(Constraint(property="Tg", operator=">", unit="K"))
    with pytest.raises(InputError):
        meets(above("Tg", 300.0), {})
