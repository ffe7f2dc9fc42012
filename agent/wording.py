"""Requirements in words, the same in the plan, the report and on the screen."""

from __future__ import annotations

from agent.numbers import show
from tools.core.properties import get_property
from tools.core.spec import Constraint, StructuralConstraint


def describe_constraint(constraint: Constraint) -> str:
    """Put a property constraint into words.

    Parameters
    ----------
    constraint : Constraint
        The constraint.

    Returns
    -------
    str
        Such as "glass transition temperature above 250 °C".
    """
    prop = get_property(constraint.property)
    unit = constraint.given_unit
    low = show(constraint.lower, prop.id, unit) if constraint.lower is not None else ""
    high = show(constraint.upper, prop.id, unit) if constraint.upper is not None else ""
    words = {
        ">": f"above {low}", ">=": f"at least {low}", "<": f"below {high}", "<=": f"at most {high}",
        "between": f"between {low} and {high}", "around": f"between {low} and {high}",
        "maximise": "as high as possible", "minimise": "as low as possible",
    }[constraint.operator]  # fmt: skip
    conditions = "".join(f", {key} {text}" for key, text in constraint.conditions.items())
    return f"{prop.name} {words}{conditions}"


def describe_structure(constraint: StructuralConstraint) -> str:
    """Put a structural constraint into words.

    Parameters
    ----------
    constraint : StructuralConstraint
        The constraint.

    Returns
    -------
    str
        Such as "no element F".
    """
    name = constraint.name.replace("_", " ")
    if constraint.kind == "novelty":
        return "not a polymer that is already known"
    if constraint.kind == "count":
        low, high = constraint.lower, constraint.upper
        if low is not None and high is not None:
            amount = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        elif low is not None:
            amount = f"at least {low:g}"
        else:
            amount = f"at most {high:g}"
        return f"{amount} {name} per repeat unit"
    lead = {"class": "is a", "polymerisation": "made by"}.get(constraint.kind, "contains")
    if not constraint.required:
        lead = {"class": "is not a", "polymerisation": "not made by"}.get(constraint.kind, "no")
    label = f"element {constraint.name}" if constraint.kind == "element" else name
    return f"{lead} {label}"
