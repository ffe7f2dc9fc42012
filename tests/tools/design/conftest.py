"""Doubles for the property models: simple functions of the structure with a known error."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import norm

from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.design.screen import Models
from tools.design.structure import unit_size


@dataclass
class Column:
    mean: np.ndarray
    sd: np.ndarray
    in_domain: np.ndarray
    log: bool = False

    @property
    def centre(self):
        return self.mean


class Table:
    def __init__(self, polymers, columns):
        self.polymers, self.columns = polymers, columns

    def __len__(self):
        return len(self.polymers)


def _features(polymer):
    atoms = [a for a in polymer.mol.GetAtoms() if a.GetAtomicNum() > 1]
    rings = sum(a.IsInRing() for a in atoms) / len(atoms)
    hetero = sum(a.GetAtomicNum() in (7, 8) for a in atoms) / len(atoms)
    return 200 + 350 * rings + 100 * hetero, 2.4 + 2.5 * hetero


def _predict(polymers, properties):
    values = np.array([_features(polymer) for polymer in polymers])
    n = len(polymers)
    columns = {
        "Tg": Column(values[:, 0], np.full(n, 30.0), np.ones(n, bool)),
        "dielectric_constant": Column(values[:, 1], np.full(n, 0.2), np.ones(n, bool)),
    }
    assert all(unit_size(polymer) > 0 for polymer in polymers)
    return Table(polymers, {name: columns[name] for name in properties})


def _joint(constraints, table):
    chance = np.ones(len(table))
    for constraint in constraints:
        column = table.columns[constraint.property]
        low = -np.inf if constraint.lower is None else constraint.lower
        high = np.inf if constraint.upper is None else constraint.upper
        chance *= norm.cdf((high - column.mean) / column.sd) - norm.cdf((low - column.mean) / column.sd)
    return chance


@pytest.fixture(scope="session")
def models():
    return Models(_predict, _joint, ("Tg", "dielectric_constant"))


@pytest.fixture(scope="session")
def hot():
    """Tg of at least 470 K, polycondensation, no fluorine."""
    return DesignSpec(
        brief="hot",
        constraints=(Constraint(property="Tg", operator=">=", lower=470.0, unit="K", text="Tg above 197 °C"),),
        structure=(
            StructuralConstraint(kind="element", name="F", required=False),
            StructuralConstraint(kind="polymerisation", name="polycondensation"),
        ),
    )
