"""Units: one pint registry, parsing at the edge, canonical units inside."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tools.core.errors import UnitError

if TYPE_CHECKING:
    import pint

# Units of the field that pint does not define.
# 1 Barrer = 1e-10 cm3(STP) cm / (cm2 s cmHg); it stays a unit of its own, because nobody writes it in SI.
_DEFINITIONS = (
    "barrer = [gas_permeability]",
    "usd = [money]",
    "cm3_STP = [gas_volume]",
)

# Spellings that chemists write and pint does not read.
_SPELLINGS: dict[str, str] = {
    "°c": "degC", "º c": "degC", "ºc": "degC", "℃": "degC", "deg c": "degC", "degc": "degC", "celsius": "degC",
    "degrees celsius": "degC", "degree celsius": "degC", "centigrade": "degC", "c": "degC",
    "°f": "degF", "ºf": "degF", "℉": "degF", "degf": "degF", "deg f": "degF", "fahrenheit": "degF",
    "degrees fahrenheit": "degF", "f": "degF",
    "k": "kelvin", "kelvin": "kelvin", "kelvins": "kelvin",
    "barrer": "barrer", "barrers": "barrer",
    "%": "percent", "percent": "percent", "wt%": "percent", "vol%": "percent",
    "å": "angstrom", "Å".lower(): "angstrom",
    "": "dimensionless", "-": "dimensionless", "1": "dimensionless",
    "$": "usd", "usd": "usd", "us$": "usd", "$/kg": "usd/kg", "usd/kg": "usd/kg",
}  # fmt: skip

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻·×", "0123456789-**")


@lru_cache(maxsize=1)
def registry() -> pint.UnitRegistry[Any]:
    """Return the one unit registry (built on first use).

    Returns
    -------
    pint.UnitRegistry
        Registry with offset temperatures and the field's own units.
    """
    import pint

    ureg: pint.UnitRegistry[Any] = pint.UnitRegistry(autoconvert_offset_to_baseunit=True, cache_folder=None)
    for definition in _DEFINITIONS:
        ureg.define(definition)
    return ureg


def normalise_unit(text: str) -> str:
    """Rewrite a unit as people type it into one that pint reads.

    Parameters
    ----------
    text : str
        Unit such as ``"°C"``, ``"g/cm³"``, ``"W m-1 K-1"`` or ``"S·cm-1"``.

    Returns
    -------
    str
        The same unit in pint's spelling.
    """
    raw = text.strip().replace("−", "-").replace("µ", "u").replace("μ", "u")
    spelled = _SPELLINGS.get(raw.casefold())
    if spelled is not None:
        return spelled
    unit = raw.replace("°C", "degC").replace("°F", "degF").translate(_SUPERSCRIPTS)
    unit = unit.replace("Å", "angstrom").replace("%", "percent").replace("$", "usd").replace("^", "**")
    # "J/(kg.K)", "W.m-1.K-1": a dot between units multiplies
    unit = re.sub(r"(?<=[A-Za-z0-9)])\.(?=[A-Za-z(])", "*", unit)
    # "g cm-3" and "cm3": a trailing integer is an exponent
    unit = re.sub(r"([A-Za-z])\s*(-?\d+)(?![\d.])", r"\1**\2", unit)
    unit = re.sub(r"(?<=[A-Za-z0-9)])\s+(?=[A-Za-z(])", "*", unit)
    return re.sub(r"\bbarrers?\b", "barrer", unit, flags=re.IGNORECASE)


def convert(value: float, unit: str, target: str) -> float:
    """Convert a number between units, temperatures with their offsets.

    Parameters
    ----------
    value : float
        The number in ``unit``.
    unit : str
        Unit as people write it.
    target : str
        Unit to convert to.

    Returns
    -------
    float
        The number in ``target``.

    Raises
    ------
    UnitError
        If either unit is unknown or the dimensions differ.
    """
    import tokenize

    import pint

    source, wanted = normalise_unit(unit), normalise_unit(target)
    if source == wanted:
        return float(value)
    try:
        return float(registry().Quantity(value, source).to(wanted).magnitude)
    except (pint.errors.PintError, AttributeError, TypeError, ValueError, AssertionError, tokenize.TokenError) as error:
        raise UnitError(
            f"Cannot convert {value!r} from unit {unit!r} to {target!r}.",
            hint="Give a unit of the same dimension.",
        ) from error


@lru_cache(maxsize=4096)
def compatible(unit: str, target: str) -> bool:
    """Say whether two units have the same dimension.

    Parameters
    ----------
    unit, target : str
        Units as people write them.

    Returns
    -------
    bool
        True if a value can be converted from one to the other.
    """
    try:
        convert(1.0, unit, target)
    except UnitError:
        return False
    return True
