"""What a physics check found, and how its values are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.units import convert

Severity = Literal["ok", "note", "warning"]
Predictions = Mapping[str, Value]


class Finding(BaseModel):
    """What one check found.

    Attributes
    ----------
    check : str
        Id of the check, such as ``"agreement"`` or ``"tg_below_tm"``.
    property : str
        Property id that it is about.
    severity : {"ok", "note", "warning"}
        "note" is worth a look, "warning" is a reason not to trust the numbers together.
    text : str
        The finding in words, with its source.
    values : tuple of Value
        The values it used.
    """

    model_config = ConfigDict(frozen=True)

    check: str
    property: str
    severity: Severity
    text: str
    values: tuple[Value, ...]


def show(value: Value) -> str:
    """Write a value in the unit that chemists use.

    Parameters
    ----------
    value : Value
        In its canonical unit.

    Returns
    -------
    str
        Four significant digits and the unit.
    """
    prop = get_property(value.property)
    unit = prop.display_unit
    number = convert(value.value, value.unit, unit)
    shown = "" if unit == "dimensionless" else f" {unit}"
    return f"{number:.4g}{shown}"
