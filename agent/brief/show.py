"""The parsed brief as rows for a table."""

from __future__ import annotations

from typing import NamedTuple

from tools.core.errors import UnitError
from tools.core.properties import all_properties
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.core.units import convert


class Row(NamedTuple):
    """One line of the parsed table.

    Attributes
    ----------
    what : str
        Property or structural feature.
    operator : str
        What is asked of it.
    value : str
        Number with unit as given, and in the canonical unit where that differs.
    strength : str
        "hard" or "soft".
    conditions : str
        Conditions such as "frequency 10 GHz".
    text : str
        The words of the brief.
    """

    what: str
    operator: str
    value: str
    strength: str
    conditions: str
    text: str


def _numbers(constraint: Constraint, unit: str) -> str:
    def show(value: float | None) -> str:
        if value is None:
            return ""
        return f"{convert(value, constraint.unit, unit):.6g}" if unit else f"{value:.6g}"

    if constraint.target is not None:
        text = f"{show(constraint.target)} ({show(constraint.lower)} to {show(constraint.upper)})"
    elif constraint.lower is not None and constraint.upper is not None:
        text = f"{show(constraint.lower)} to {show(constraint.upper)}"
    else:
        text = show(constraint.lower if constraint.lower is not None else constraint.upper)
    plain = "" if (unit or constraint.unit) == "dimensionless" else unit or constraint.unit
    return f"{text} {plain}".strip()


def _value(constraint: Constraint) -> str:
    if constraint.lower is None and constraint.upper is None:
        return ""
    own = _numbers(constraint, "")
    if not constraint.given_unit or constraint.given_unit in {constraint.unit, "dimensionless"}:
        return own
    try:
        given = _numbers(constraint, constraint.given_unit)
    except UnitError:
        return own
    return given if given == own or constraint.given_unit in {"%", "°"} else f"{given} = {own}"


def _structural(item: StructuralConstraint) -> Row:
    operator = "contains" if item.required else "without"
    value = ""
    if item.kind == "class":
        operator = "is" if item.required else "is not"
    elif item.kind == "polymerisation":
        operator = "by" if item.required else "not by"
    elif item.kind == "novelty":
        operator = "is"
    elif item.kind == "count":
        operator = "count"
        low = "" if item.lower is None else f"{item.lower:g}"
        high = "" if item.upper is None else f"{item.upper:g}"
        value = low if low == high else f"{low} to {high}" if low and high else f"≥ {low}" if low else f"≤ {high}"
    what = f"{item.kind}: {item.name.replace('_', ' ')}"
    return Row(what, operator, value, "hard" if item.hard else "soft", "", item.text)


def describe(spec: DesignSpec) -> list[Row]:
    """Lay a parsed brief out for display.

    Parameters
    ----------
    spec : DesignSpec
        The parsed brief.

    Returns
    -------
    list of Row
        One row per constraint: properties first, then structure.
    """
    rows = []
    for item in spec.constraints:
        conditions = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in item.conditions.items())
        name = all_properties()[item.property].name
        rows.append(Row(name, item.operator, _value(item), "hard" if item.hard else "soft", conditions, item.text))
    return rows + [_structural(item) for item in spec.structure]
