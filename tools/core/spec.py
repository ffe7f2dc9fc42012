"""The typed brief: constraints on properties and structure."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Operator = Literal[">", ">=", "<", "<=", "between", "around", "maximise", "minimise"]
StructureKind = Literal["element", "group", "class", "polymerisation", "count", "substructure", "novelty"]


class Constraint(BaseModel):
    """A requirement on a property.

    Attributes
    ----------
    property : str
        Property id of the registry.
    operator : {">", ">=", "<", "<=", "between", "around", "maximise", "minimise"}
        What is asked of it. "maximise" and "minimise" have no bounds and are soft.
    lower, upper : float or None
        Bounds in ``unit``; "around" states the tolerance band it was read as.
    target : float or None
        The number in the brief for "around".
    unit : str
        Canonical unit of the property.
    hard : bool
        True if a candidate that misses it is rejected.
    weight : float
        Relative importance among soft constraints.
    conditions : dict of str to str
        Conditions such as ``{"frequency": "10 GHz"}``.
    text : str
        The words of the brief.
    span : tuple of int
        Where they stand in the brief.
    given_unit : str
        Unit in the brief, in which answers are shown.
    assumed : str
        Non-empty if the constraint was inferred from a qualitative word; says how.
    """

    model_config = ConfigDict(frozen=True)

    property: str
    operator: Operator
    lower: float | None = None
    upper: float | None = None
    target: float | None = None
    unit: str
    hard: bool = True
    weight: float = 1.0
    conditions: dict[str, str] = Field(default_factory=dict)
    text: str = ""
    span: tuple[int, int] = (0, 0)
    given_unit: str = ""
    assumed: str = ""


class StructuralConstraint(BaseModel):
    """A requirement on the structure or its making.

    Attributes
    ----------
    kind : str
        "element" (name is its symbol), "group" (a functional group of ``tools.chemistry.groups``), "class" (a polymer
        class of ``tools.chemistry.classes``), "polymerisation" (a mechanism), "count" (a counted feature such as
        "aromatic_rings"), "substructure" (SMARTS) or "novelty" (name "unknown": not a known polymer).
    name : str
        What is asked for, by its id.
    required : bool
        True if it must be there, False if it must not.
    lower, upper : float or None
        Bounds per repeat unit for "count".
    hard : bool
        True if a candidate that misses it is rejected.
    text : str
        The words of the brief.
    span : tuple of int
        Where they stand in the brief.
    """

    model_config = ConfigDict(frozen=True)

    kind: StructureKind
    name: str
    required: bool = True
    lower: float | None = None
    upper: float | None = None
    hard: bool = True
    text: str = ""
    span: tuple[int, int] = (0, 0)


class NotUnderstood(BaseModel):
    """A part of the brief that could not be turned into a constraint."""

    model_config = ConfigDict(frozen=True)

    text: str
    span: tuple[int, int]
    reason: str


class DesignSpec(BaseModel):
    """A brief, read.

    Attributes
    ----------
    brief : str
        The text as given.
    constraints : tuple of Constraint
        Requirements on properties.
    structure : tuple of StructuralConstraint
        Requirements on structure and making.
    not_understood : tuple of NotUnderstood
        What was asked for but not understood; shown, never dropped.
    assumptions : tuple of str
        What was assumed while reading.
    problems : tuple of str
        Conflicts and impossibilities; non-empty means the brief is refused.
    n_candidates : int or None
        How many candidates the brief asks for; None if it does not say.
    """

    model_config = ConfigDict(frozen=True)

    brief: str
    constraints: tuple[Constraint, ...] = ()
    structure: tuple[StructuralConstraint, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    assumptions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    n_candidates: int | None = None
