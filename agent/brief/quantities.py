"""From written quantities to canonical values: units, missing units, ambiguous numbers, tolerances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from agent.brief.expressions import Quantity
from agent.brief.numbers import Number
from agent.brief.units import Unit
from tools.core.errors import UnitError
from tools.core.properties import Property
from tools.core.units import compatible as _compatible
from tools.core.units import convert

TEMPERATURE_BAND = 10.0  # K either side that "around" is read as; our convention, stated in every answer
RELATIVE_BAND = 0.1  # the same for everything else, as a fraction

# 1 Barrer = 1e-10 cm3(STP) cm / (cm2 s cmHg); one mole of ideal gas at 0 °C and 1 atm fills 22413.97 cm3 (CODATA).
_GAS_VOLUME = "centimeter**3*centimeter**1*centimeter**-2*second**-1*cmHg**-1"
_GAS_AMOUNT = "mole**1*centimeter**1*centimeter**-2*second**-1*cmHg**-1"
_MOLAR_VOLUME = 22413.97

# Without a unit these could be either of two usual units: asked for, not guessed.
_NO_DEFAULT: dict[str, str] = {
    "youngs_modulus": "GPa or MPa", "flexural_modulus": "GPa or MPa", "bulk_modulus": "GPa or MPa",
    "electrical_conductivity": "S/cm or S/m", "radius_of_gyration": "Å or nm",
}  # fmt: skip
# A second usual unit, taken for bare numbers that only make sense in it.
_SECOND: dict[str, str] = {
    "density": "kg/m3", "heat_capacity": "J/g/K", "cte": "1/K", "Tg": "K", "Tm": "K", "Td": "K",
}  # fmt: skip
_FRACTIONS = frozenset({"transmittance", "crystallinity", "char_yield", "loi"})
_TEMPERATURE_UNITS = {"degC": "°C", "kelvin": "K", "degF": "°F"}


@lru_cache(maxsize=2048)
def compatible(unit: str, target: str) -> bool:
    """Say whether two units have the same dimension (remembered: briefs repeat their units)."""
    return _compatible(unit, target)


@dataclass(frozen=True)
class Canonical:
    """A number in the property's canonical unit.

    Attributes
    ----------
    value : float
        The number.
    given : str
        The unit it was given (or read) in, readable by ``tools.core.units.convert``.
    assumption : str
        What was assumed to read it; empty if nothing.
    """

    value: float
    given: str
    assumption: str = ""


def fits(unit: Unit | None, prop: Property) -> bool:
    """Say whether a unit can belong to a property (no unit fits everything).

    Parameters
    ----------
    unit : Unit or None
        The unit written.
    prop : Property
        The property.

    Returns
    -------
    bool
        True if the dimensions agree.
    """
    if unit is None:
        return True
    if unit.pint == "degree":
        return prop.unit in {"degree", "K"}
    if prop.unit == "degree":
        return unit.pint == "radian"
    if prop.unit in {"percent", "dimensionless"}:
        return unit.pint in {"percent"} or (prop.unit == "percent" and unit.pint in {"ppm"})
    if prop.unit == "Barrer" and unit.pint != "barrer":
        return compatible(unit.pint, _GAS_VOLUME) or compatible(unit.pint, _GAS_AMOUNT)
    if "EUR" in unit.pint or "GBP" in unit.pint:
        return False
    if prop.id == "price" and unit.pint == "usd":
        return True
    return compatible(unit.pint, prop.unit)


def _convert(value: float, unit: str, prop: Property) -> float:
    """Convert, without the noise of the last digits (30 ppm is 3e-05, not 2.9999999999999997e-05)."""
    return float(f"{_exactly(value, unit, prop):.13g}")


def _exactly(value: float, unit: str, prop: Property) -> float:
    if prop.unit == "Barrer" and unit != "barrer":
        if compatible(unit, _GAS_VOLUME):
            return convert(value, unit, _GAS_VOLUME) / 1e-10
        return convert(value, unit, _GAS_AMOUNT) * _MOLAR_VOLUME / 1e-10
    return convert(value, unit, prop.unit)


def plausible(value: float, prop: Property) -> bool:
    """Say whether a polymer can have this value.

    Parameters
    ----------
    value : float
        In the canonical unit.
    prop : Property
        The property.

    Returns
    -------
    bool
        True inside the registry's range.
    """
    low, high = prop.plausible
    return math.isfinite(value) and low <= value <= high


def shown(unit: Unit, written: str, prop: Property) -> str:
    """Return the unit to show: as written where the unit system reads it the same way.

    Parameters
    ----------
    unit : Unit
        The unit read.
    written : str
        Its text in the brief.
    prop : Property
        The property.

    Returns
    -------
    str
        A unit that ``convert`` understands.
    """
    if unit.pint in _TEMPERATURE_UNITS:
        return _TEMPERATURE_UNITS[unit.pint]
    if prop.unit == "Barrer":
        return "Barrer"
    if unit.pint == "percent":
        return "%"
    if unit.pint in {"usd*kilogram**-1", "usd**1*kilogram**-1"}:
        return "USD/kg"
    if written.count("(") != written.count(")"):
        return unit.pint
    try:
        same = math.isclose(convert(1.0, written, prop.unit), convert(1.0, unit.pint, prop.unit), rel_tol=1e-9)
    except UnitError:
        same = False
    return written if same and "(STP)" not in written else unit.pint.replace("**1*", "*").removesuffix("**1")


class Reader:
    """Reads quantities of one brief: what the rest of the brief shows about its notation is used.

    Parameters
    ----------
    text : str
        Folded text.
    decimal_comma : bool
        True if some number of the brief can only be read with a decimal comma.
    temperature_unit : str
        The one unit in which all other temperatures of the brief are given, or "".
    """

    def __init__(self, text: str, *, decimal_comma: bool, temperature_unit: str) -> None:
        self.text = text
        self.decimal_comma = decimal_comma
        self.temperature_unit = temperature_unit

    def read(self, quantity: Quantity, prop: Property) -> Canonical:
        """Read a quantity as a value of a property.

        Parameters
        ----------
        quantity : Quantity
            The number and its unit.
        prop : Property
            What it is a value of.

        Returns
        -------
        Canonical
            Value in the canonical unit.

        Raises
        ------
        UnitError
            If the unit has the wrong dimension, or is missing and cannot be inferred.
        """
        unit = quantity.unit
        if not fits(unit, prop):
            assert unit is not None
            if prop.id == "price" and ("EUR" in unit.pint or "GBP" in unit.pint):
                raise UnitError("prices are compared in USD/kg, and exchange rates change: give it in USD/kg.")
            raise UnitError(
                f"{self.text[unit.start : unit.end]!r} is not a unit of the {prop.name} ({prop.display_unit}).",
            )
        if unit is None:
            return self._bare(quantity.number, prop)
        if unit.pint == "degree" and prop.unit == "K":
            value, note = self._choose(quantity.number, "degC", prop)
            return Canonical(value, "°C", note or f"Degrees of the {prop.name} were read as °C.")
        if prop.id == "price" and unit.pint == "usd":
            return Canonical(quantity.number.value, "USD/kg", "A price without a mass was read as USD per kg.")
        value, note = self._choose(quantity.number, unit.pint, prop)
        return Canonical(value, shown(unit, self.text[unit.start : unit.end], prop), note)

    def _choose(self, number: Number, unit: str, prop: Property) -> tuple[float, str]:
        readings = number.readings
        if len(readings) == 1:
            return _convert(number.value, unit, prop), ""
        if self.decimal_comma:
            readings = readings[::-1]
        converted = [_convert(reading, unit, prop) for reading in readings]
        pick = next((i for i, value in enumerate(converted) if plausible(value, prop)), 0)
        written = self.text[max(0, number.end - 12) : number.end].split()[-1]
        note = (
            f"{written!r} was read as {readings[pick]:g} ({prop.name})." if readings != number.readings or pick else ""
        )
        if not note and readings[pick] >= 1000.0:
            note = f"{written!r} was read as {readings[pick]:g}: the separator marks thousands."
        return converted[pick], note

    def _bare(self, number: Number, prop: Property) -> Canonical:
        if prop.unit == "dimensionless":
            value, note = self._choose(number, "dimensionless", prop)
            return Canonical(value, "", note)
        if prop.id in _NO_DEFAULT:
            raise UnitError(f"The {prop.name} has no unit: {_NO_DEFAULT[prop.id]} are both usual.")
        if prop.unit == "percent" and prop.id in _FRACTIONS and 0.0 < number.value <= 1.0:
            note = f"{prop.name} of {number.value:g} without a unit was read as a fraction."
            return Canonical(100.0 * number.value, "%", note)
        unit = prop.display_unit
        if prop.unit == "K" and self.temperature_unit:
            unit = self.temperature_unit
        value, _ = self._choose(number, unit, prop)
        second = _SECOND.get(prop.id)
        if second and not self.temperature_unit and self._rather(number, value, second, prop):
            unit, value = second, _convert(number.value, second, prop)
        note = f"{prop.name}: {number.value:g} has no unit and was read in {unit}."
        return Canonical(value, unit, note)

    def _rather(self, number: Number, value: float, second: str, prop: Property) -> bool:
        other = _convert(number.value, second, prop)
        if prop.id == "cte":
            return 0.0 < abs(number.value) < 1e-2
        return not plausible(value, prop) and plausible(other, prop)


def band(target: Canonical, tolerance: Quantity | None, prop: Property) -> tuple[float, float, str]:
    """Return the interval that "around" stands for.

    Parameters
    ----------
    target : Canonical
        The number aimed at.
    tolerance : Quantity or None
        A tolerance given in the brief.
    prop : Property
        The property.

    Returns
    -------
    tuple of (float, float, str)
        Lower and upper bound in the canonical unit, and what was assumed.
    """
    if tolerance is not None:
        width = _width(target, tolerance, prop)
        return target.value - width, target.value + width, ""
    if prop.unit == "K":
        note = f"'Around' for the {prop.name} was read as ±{TEMPERATURE_BAND:g} K."
        return target.value - TEMPERATURE_BAND, target.value + TEMPERATURE_BAND, note
    width = RELATIVE_BAND * abs(target.value)
    return target.value - width, target.value + width, f"'Around' for the {prop.name} was read as ±{RELATIVE_BAND:.0%}."


def _width(target: Canonical, tolerance: Quantity, prop: Property) -> float:
    size = abs(tolerance.number.value)
    unit = tolerance.unit.pint if tolerance.unit is not None else target.given or "dimensionless"
    if unit == "percent" and prop.unit != "percent":
        return abs(target.value) * size / 100.0
    if prop.unit == "K":
        return size * (5.0 / 9.0 if unit in {"degF", "°F"} else 1.0)
    return abs(_convert(size, unit, prop))
