"""Numbers in prose: how they are shown, and how they are found again to be checked."""

from __future__ import annotations

import math

from agent.digits import agrees, as_float
from agent.quantities import numbers_in
from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.units import convert

_UNIT_NAMES = {
    "degC": "°C", "dimensionless": "", "percent": "%", "angstrom": "Å", "MPa**0.5": "MPa^0.5", "usd/kg": "$/kg",
    "degree": "°",
}  # fmt: skip


def show_unit(unit: str) -> str:
    """Return a unit as it is printed.

    Parameters
    ----------
    unit : str
        Unit of the registry or of a brief.

    Returns
    -------
    str
        Such as "°C"; empty for plain numbers.
    """
    return _UNIT_NAMES.get(unit, unit)


def show_number(number: float, digits: int = 3) -> str:
    """Format a number with a few significant digits.

    Parameters
    ----------
    number : float
        The number.
    digits : int
        Significant digits.

    Returns
    -------
    str
        Decimal notation between 1e-3 and 1e5, scientific notation outside.
    """
    if not math.isfinite(number):
        return str(number)
    if number == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(number)))
    if -4 <= magnitude < 5:
        text = f"{number:.{max(0, digits - 1 - magnitude)}f}"
        return text if float(text) != 0 else "0"
    return f"{number:.{digits - 1}e}"


def in_unit(number: float, property_id: str, unit: str) -> float:
    """Convert a number from a property's canonical unit.

    Parameters
    ----------
    number : float
        In the canonical unit.
    property_id : str
        Property of the registry.
    unit : str
        Unit to show; empty for the usual one.

    Returns
    -------
    float
        The number in that unit.
    """
    prop = get_property(property_id)
    return convert(number, prop.unit, unit or prop.display_unit)


def show(number: float, property_id: str, unit: str = "") -> str:
    """Format a number of a property with its unit.

    Parameters
    ----------
    number : float
        In the property's canonical unit.
    property_id : str
        Property of the registry.
    unit : str
        Unit to show; empty for the usual one.

    Returns
    -------
    str
        Such as "262 °C".
    """
    wanted = unit or get_property(property_id).display_unit
    label = show_unit(wanted)
    shown = show_number(in_unit(number, property_id, wanted))
    return f"{shown} {label}".rstrip()


def show_value(value: Value, unit: str = "") -> str:
    """Format a value with its interval and unit.

    Parameters
    ----------
    value : Value
        The value.
    unit : str
        Unit to show; empty for the usual one.

    Returns
    -------
    str
        Such as "262 °C (221 to 304)".
    """
    text = show(value.value, value.property, unit)
    if value.lower is None or value.upper is None:
        return text
    low, high = (show_number(in_unit(bound, value.property, unit)) for bound in (value.lower, value.upper))
    return f"{text} ({low} to {high})"


__all__ = ["agrees", "as_float", "in_unit", "numbers_in", "show", "show_number", "show_unit", "show_value"]
