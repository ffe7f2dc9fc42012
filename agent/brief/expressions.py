"""The values that a brief asks for: numbers with units, bounds, intervals, tolerances."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.brief.numbers import Number
from agent.brief.units import Unit


@dataclass(frozen=True)
class Quantity:
    """A number with the unit written beside it (None if none was)."""

    number: Number
    unit: Unit | None


@dataclass(frozen=True)
class ValueExpression:
    """What a piece of the brief asks of some property.

    Attributes
    ----------
    operator : str
        ">", ">=", "<", "<=", "between", "around", "=" (a bare number) or "unsupported".
    lower, upper, target, tolerance : Quantity or None
        The numbers.
    first, last : int
        Token range, inclusive.
    at : bool
        True after "at" or "@": a condition rather than a target, if something else is the target.
    chained : int
        Index of the property in "200 < Tg < 300", else -1.
    explicit : bool
        True if a comparator was written.
    """

    operator: str
    first: int
    last: int
    lower: Quantity | None = None
    upper: Quantity | None = None
    target: Quantity | None = None
    tolerance: Quantity | None = None
    at: bool = False
    chained: int = -1
    explicit: bool = False

    @property
    def quantities(self) -> list[Quantity]:
        """Every number in it."""
        return [item for item in (self.lower, self.upper, self.target) if item is not None]

    @property
    def unit(self) -> Unit | None:
        """The unit it was given in, if any."""
        return next((item.unit for item in self.quantities if item.unit is not None), None)


def merge(one: ValueExpression, other: ValueExpression) -> ValueExpression | None:
    """Join a lower and an upper bound into one interval.

    Parameters
    ----------
    one, other : ValueExpression
        Two bounds of the same property.

    Returns
    -------
    ValueExpression or None
        The interval, or None if they are not a lower and an upper bound.
    """
    low = one.lower if one.lower is not None and one.upper is None else None
    high = other.upper if other.upper is not None and other.lower is None else None
    if low is None or high is None:
        low = other.lower if other.lower is not None and other.upper is None else None
        high = one.upper if one.upper is not None and one.lower is None else None
    if low is None or high is None:
        return None
    if low.unit is None:
        low = replace(low, unit=high.unit)
    if high.unit is None:
        high = replace(high, unit=low.unit)
    first, last = min(one.first, other.first), max(one.last, other.last)
    return ValueExpression("between", first, last, low, high, explicit=True, chained=max(one.chained, other.chained))


def bounded(value: ValueExpression, operator: str) -> ValueExpression:
    """Turn a bare number into a bound.

    Parameters
    ----------
    value : ValueExpression
        A value with a target.
    operator : {">", ">=", "<", "<="}
        The bound.

    Returns
    -------
    ValueExpression
        The bound.
    """
    side = "lower" if operator[0] == ">" else "upper"
    changes: dict[str, object] = {side: value.target, "target": None, "operator": operator, "explicit": True}
    return replace(value, **changes)  # type: ignore[arg-type]  # the side is chosen by name


def with_unit(value: ValueExpression, unit: Unit | None) -> ValueExpression:
    """Give a unit to the numbers of a value that have none.

    Parameters
    ----------
    value : ValueExpression
        The value.
    unit : Unit or None
        The unit; None changes nothing.

    Returns
    -------
    ValueExpression
        The value with units.
    """
    changes: dict[str, object] = {}
    for part in ("lower", "upper", "target"):
        quantity = getattr(value, part)
        if quantity is not None and quantity.unit is None and unit is not None:
            changes[part] = replace(quantity, unit=unit)
    return replace(value, **changes) if changes else value  # type: ignore[arg-type]  # fields are chosen by name
