"""Numbers with units in a text, and sums over them: what a check of a chain works with."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import pint

from tools.core.errors import InputError, UnitError
from tools.core.properties import all_properties
from tools.core.units import convert, normalise_unit, registry

_MORE_UNITS: Final = (
    "g/mol", "kg/mol", "cm3/mol", "g/cm3", "kg/m3", "K", "degC", "°C", "percent", "%", "nm", "angstrom", "um", "mm",
    "cm", "m", "Pa", "kPa", "MPa", "GPa", "bar", "atm", "eV", "J", "kJ", "kJ/mol", "kcal/mol", "J/kg/K",
    "kJ/kg/K", "J/g/K", "W/m/K", "mW/m/K", "Barrer", "J/g", "kJ/g", "s", "min", "h", "kW/m2", "W/m2", "S/cm", "S/m",
    "MJ/kg", "kJ/kg", "J/mol", "degF", "°F",
)  # fmt: skip
_LONGEST: Final = 400
_DEEPEST: Final = 40


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    names = {unit for prop in all_properties().values() for unit in (prop.unit, prop.display_unit)} | set(_MORE_UNITS)
    units = "|".join(re.escape(name) for name in sorted(names - {"dimensionless"}, key=lambda name: (-len(name), name)))
    number = r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
    return re.compile(rf"(?<![\w.])(?P<number>[-+−]?{number})(?:\s?(?P<unit>{units})(?![\w/]))?(?!\w)")


@dataclass(frozen=True)
class Amount:
    """A number as it stands in a text.

    Attributes
    ----------
    value : float
        The number.
    unit : str
        Its unit; empty if there is none.
    step : float
        Half of the last digit shown: what rounding may have changed.
    """

    value: float
    unit: str = ""
    step: float = 0.0

    def same(self, other: Amount, *, loose: bool = False) -> bool:
        """Say whether this shows the other number, rounded to at least three digits, in a unit of the same kind.

        Parameters
        ----------
        other : Amount
            A number that is known.
        loose : bool
            Whether a known number without unit may be shown with one (a choice such as "1 to 3", the unit stated
            before).
        """
        if loose and not other.unit:
            known = other.value
        elif bool(self.unit) != bool(other.unit):
            return False
        else:
            try:
                known = convert(other.value, other.unit, self.unit) if self.unit else other.value
            except UnitError:
                return False
        return abs(self.value - known) <= min(self.step, 5e-3 * abs(known)) + 1e-9 * max(1.0, abs(known))


def amounts(text: str) -> list[tuple[Amount, int, int]]:
    """Find the numbers of a text.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of (Amount, int, int)
        Each with where it begins and ends.
    """
    found = []
    for match in _pattern().finditer(text):
        number = match.group("number").replace("−", "-")
        mantissa, _, exponent = number.lower().partition("e")
        step = 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        value = float(number)
        if math.isfinite(value):
            found.append((Amount(value, match.group("unit") or "", step), match.start(), match.end()))
    return found


_OPERATORS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def evaluate(expression: str, unit: str) -> float:
    """Work a sum out.

    Parameters
    ----------
    expression : str
        Numbers, with units where they have one, joined by ``+ - * / ^`` and brackets; ``^`` takes a plain number.
    unit : str
        Unit of the result; empty for none.

    Returns
    -------
    float
        The result in that unit.

    Raises
    ------
    InputError
        If it cannot be read or worked out.
    UnitError
        If the units do not fit.
    """
    if len(expression) > _LONGEST:
        raise InputError("The sum is too long.", hint="Split it into steps.")
    names: dict[str, Amount] = {}
    text, end = "", 0
    for amount, start, stop in amounts(expression):
        signed = expression[start] in "+-−"
        name = f"q{len(names)}"
        names[name] = Amount(abs(amount.value) if signed else amount.value, amount.unit)
        text += expression[end:start] + (expression[start].replace("−", "-") if signed else "") + name
        end = stop
    text = (text + expression[end:]).replace("^", "**").strip()
    if len(names) == 1 and text in names:
        amount = names[text]
        if not amount.unit and not unit:
            return amount.value
        return convert(amount.value, amount.unit or "dimensionless", unit or "dimensionless")
    try:
        tree = ast.parse(text, mode="eval").body
        result = _worth(tree, names, 0)
        wanted = normalise_unit(unit) if unit else "dimensionless"
        return float(registry().Quantity(result, "dimensionless").to(wanted).magnitude) if isinstance(
            result, float | int
        ) else float(result.to(wanted).magnitude)  # fmt: skip
    except (pint.errors.PintError, pint.errors.OffsetUnitCalculusError) as error:
        raise UnitError(f"The units of {expression!r} do not fit: {error}.") from error
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, TypeError, RecursionError) as error:
        raise InputError(f"{expression!r} cannot be worked out: {error}.") from error


def _worth(node: ast.expr, names: dict[str, Amount], depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(node, ast.Name) and node.id in names:
        amount = names[node.id]
        return registry().Quantity(amount.value, normalise_unit(amount.unit)) if amount.unit else amount.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_worth(node.operand, names, depth + 1)
    if isinstance(node, ast.BinOp):
        left, right = _worth(node.left, names, depth + 1), _worth(node.right, names, depth + 1)
        if isinstance(node.op, ast.Pow) and isinstance(right, float | int) and abs(right) <= _DEEPEST:
            return left**right
        if type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](left, right)
    raise ValueError("no sum")
