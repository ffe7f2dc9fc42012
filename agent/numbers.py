"""Numbers in prose: how they are shown, and how they are found again to be checked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.units import convert

# A number that stands by itself: not inside a word, a formula (CO2, C60) or a structure.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.,/*=#@\[])[-−–]?\d+(?:[.,]\d+)?(?:(?:e|E|×10\^?|x10\^?)[-−+]?\d+)?(?![A-Za-z0-9_]|[.,]\d)"
)
# What may be a unit right behind a number.
_UNIT = re.compile(r"\s?([°%Å$µμA-Za-z][°A-Za-z0-9²³⁻¹/^*·.]*)")
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


def _without(text: str, names: Iterable[str]) -> str:
    for name in sorted(set(names), key=len, reverse=True):
        if name:
            text = text.replace(name, " ")
    return text


def numbers_in(text: str, names: Iterable[str] = ()) -> list[str]:
    """Find the numbers that a sentence states.

    Parameters
    ----------
    text : str
        The sentence.
    names : iterable of str
        Names and structures whose digits are not statements.

    Returns
    -------
    list of str
        The numbers as written.
    """
    return _NUMBER.findall(_without(text, names))


def quantities_in(text: str, names: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Find the numbers that a sentence states, each with the word behind it that may be its unit.

    Parameters
    ----------
    text : str
        The sentence.
    names : iterable of str
        Names and structures whose digits are not statements.

    Returns
    -------
    list of (str, str)
        The number as written and the word behind it, empty if there is none.
    """
    plain = _without(text, names)
    found = []
    for match in _NUMBER.finditer(plain):
        behind = _UNIT.match(plain, match.end())
        found.append((match.group(), behind.group(1).rstrip(".") if behind else ""))
    return found


def as_float(text: str) -> float:
    """Read a number as written in a sentence.

    Parameters
    ----------
    text : str
        Such as "1.2e-3" or "−40".

    Returns
    -------
    float
        Its value.
    """
    plain = text.replace("−", "-").replace("–", "-").replace(",", ".")
    plain = re.sub(r"[x×]10\^?", "e", plain)
    return float(plain)


def agrees(written: str, number: float) -> bool:
    """Say whether a written number is a rounding of a known one.

    Parameters
    ----------
    written : str
        The number as written.
    number : float
        The known number.

    Returns
    -------
    bool
        True if the known number rounds to the written one at the digits written.
    """
    value = as_float(written)
    mantissa = re.split(r"[eE×x]", written.replace("−", "-"))[0].replace(",", ".")
    decimals = len(mantissa.split(".")[1]) if "." in mantissa else 0
    exponent = 0
    if value != 0 and re.search(r"[eE]|10\^?", written[len(mantissa) :]):
        exponent = math.floor(math.log10(abs(value)))
    step = 10.0 ** (exponent - decimals)
    return abs(value - number) <= 0.5 * step * (1 + 1e-6)
