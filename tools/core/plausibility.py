"""What no value can be: a last look at every number, wherever it was measured, predicted or simulated.

A tool that fails loudly is seen; one that answers in the wrong unit or tenfold is not. A value that is no number, or
whose unit is none of its property, is not used. One outside the range of the registry is kept, but marked as outside
what can be trusted, and no sentence may rest on it.
"""

from __future__ import annotations

import math

from tools.core.errors import NotCoveredError, UnitError
from tools.core.evidence import Value
from tools.core.properties import all_properties
from tools.core.units import convert

_SLACK = 1e-6  # relative; predictions are cut at the range's ends


def sound(value: Value) -> Value:
    """Return a value as it may be used: in the canonical unit, and marked where no polymer can have it.

    Parameters
    ----------
    value : Value
        From any tool.

    Returns
    -------
    Value
        The same object if there is nothing to say of it.

    Raises
    ------
    NotCoveredError
        If the number or a bound is not finite, or the unit is none of the property.
    """
    prop = all_properties().get(value.property)
    numbers = [number for number in (value.value, value.lower, value.upper) if number is not None]
    if not all(map(math.isfinite, numbers)):
        raise NotCoveredError(f"{value.source} gave no finite number for {value.property}: it is not used.")
    if prop is None:
        return value
    if value.unit != prop.unit:
        try:
            changed = {
                part: convert(number, value.unit, prop.unit)
                for part in ("value", "lower", "upper")
                if (number := getattr(value, part)) is not None
            }
        except UnitError as error:
            raise NotCoveredError(f"{value.source} gave the {prop.name} in {value.unit!r}: it is not used.") from error
        value = value.model_copy(update={**changed, "unit": prop.unit})
    reason = doubt(value)
    if not reason or reason in value.note:
        return value
    return value.model_copy(update={"in_domain": False, "note": "; ".join(filter(None, (value.note, reason)))})


def doubt(value: Value) -> str:
    """Say why a value cannot be right.

    Parameters
    ----------
    value : Value
        In the canonical unit of its property.

    Returns
    -------
    str
        Empty if a polymer can have it.
    """
    prop = all_properties().get(value.property)
    if not math.isfinite(value.value):
        return "not a finite number"
    if prop is None:
        return ""
    low, high = prop.plausible
    slack = _SLACK * max(abs(low), abs(high)) if not prop.log else _SLACK * low
    if not low - slack <= value.value <= high + max(slack, _SLACK * abs(high)):
        return f"outside what a polymer's {prop.name} can be: not to be trusted"
    wide = _SLACK * abs(value.value)
    below = value.lower is not None and value.value < value.lower - wide
    above = value.upper is not None and value.value > value.upper + wide
    return "outside its own interval: not to be trusted" if below or above else ""


def usable(values: dict[str, Value]) -> dict[str, Value]:
    """Keep the values that can be used, marked where no polymer can have them.

    Parameters
    ----------
    values : dict of str to Value
        By property.

    Returns
    -------
    dict of str to Value
        Without what is no number or has a foreign unit.
    """
    kept = {}
    for name, value in values.items():
        try:
            kept[name] = sound(value)
        except NotCoveredError:
            continue
    return kept
