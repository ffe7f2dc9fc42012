"""Properties of the open suite: how far an answer may be off, and how far apart ranked values must lie.

The tolerances are choices of this project, wider than the usual disagreement between sources (for the glass transition,
sources of the tables differ by more than 20 K for 4 % of the polymers); every task carries its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from polybench.task import Tolerance


@dataclass(frozen=True)
class Quantity:
    """A property as the suite asks for it.

    Attributes
    ----------
    id : str
        Id of the property registry.
    words : str
        How a question names it.
    unit : str
        Unit of the answer.
    tolerance : Tolerance
        When a number counts as right.
    gap : float
        Least distance of two values that are ranked: a difference, or a quotient where ``ratio``.
    ratio : bool
        Whether values are compared by quotients.
    digits : int
        Significant digits that are shown.
    other : tuple of (str, float, float)
        Another unit, with factor and offset: value in it = factor * value + offset.
    """

    id: str
    words: str
    unit: str
    tolerance: Tolerance
    gap: float
    ratio: bool = False
    digits: int = 4
    other: tuple[tuple[str, float, float], ...] = ()

    def apart(self, one: float, other: float, times: float = 1.0) -> bool:
        """Say whether two values lie further apart than the noise of the labels, ``times`` over."""
        if self.ratio:
            return one > 0 and other > 0 and abs(math.log(one / other)) >= times * math.log(self.gap)
        return abs(one - other) >= times * self.gap

    def show(self, value: float) -> str:
        """Write a value with its unit."""
        number = f"{value:.{self.digits}g}"
        return number if self.unit == "dimensionless" else f"{number} {self.unit}"


def _gas(gas: str, name: str) -> Quantity:
    words = f"{name} ({gas}) permeability"
    return Quantity(f"P_{gas}", words, "Barrer", Tolerance(factor=2.0), 3.0, ratio=True, digits=3)


_CELSIUS: Final = (("degC", 1.0, -273.15),)
GASES: Final = {"O2": "oxygen", "N2": "nitrogen", "CO2": "carbon dioxide", "CH4": "methane", "H2": "hydrogen"}

QUANTITIES: Final[dict[str, Quantity]] = {
    item.id: item
    for item in (
        Quantity("Tg", "glass transition temperature", "K", Tolerance(abs=25.0), 50.0, other=_CELSIUS),
        Quantity("Tm", "melting temperature", "K", Tolerance(abs=25.0), 50.0, other=_CELSIUS),
        Quantity("density", "density", "g/cm3", Tolerance(abs=0.05), 0.1, digits=3, other=(("kg/m3", 1000.0, 0.0),)),
        *(_gas(gas, name) for gas, name in GASES.items()),
        Quantity("refractive_index", "refractive index", "dimensionless", Tolerance(abs=0.03), 0.06, digits=4),
        Quantity("heat_capacity", "specific heat capacity", "J/kg/K", Tolerance(rel=0.1), 1.15, ratio=True),
        Quantity("thermal_conductivity", "thermal conductivity", "W/m/K", Tolerance(rel=0.2), 1.4, ratio=True),
        Quantity("bulk_modulus", "bulk modulus", "GPa", Tolerance(rel=0.2), 1.4, ratio=True, digits=3),
    )
}
