"""The requirements as rows that can be edited, and back to a checked spec, for ``ConstraintTable.jsx``.

A row that was not touched gives exactly the requirement that it came from. What cannot be read is said beside its
row, and
nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from agent.brief import parse_brief
from agent.numbers import in_unit, show_unit
from agent.questions import checked
from agent.wording import describe_constraint, describe_structure
from tools.core.errors import InputError, PolysmithError
from tools.core.properties import Property, all_properties, get_property
from tools.core.shown import visible
from tools.core.spec import Constraint, DesignSpec, Operator, StructuralConstraint
from tools.core.units import convert

OPERATORS: Final = (">", ">=", "<", "<=", "between", "around", "maximise", "minimise")
MOST_ROWS: Final = 60
LONGEST: Final = 500  # characters of a row in plain words


@dataclass(frozen=True)
class Edited:
    """What became of an edited table.

    Attributes
    ----------
    spec : DesignSpec or None
        The spec; None if something cannot be read.
    messages : tuple of dict
        "row" (its "id"; empty for the whole table) and "text".
    """

    spec: DesignSpec | None
    messages: tuple[dict[str, str], ...] = ()


def table_props(spec: DesignSpec, **more: Any) -> dict[str, Any]:
    """Give the data of ``ConstraintTable.jsx``.

    Parameters
    ----------
    spec : DesignSpec
        The spec as it was read.
    **more : Any
        Further data for the component, such as "run", "about", "messages" (of ``Edited``) and "done".

    Returns
    -------
    dict
        Plain JSON data: "rows", "properties" with their units, "operators", "assumptions", "not_understood",
        "problems".
    """
    rows = [_property_row(place, item) for place, item in enumerate(spec.constraints)]
    rows += [_structure_row(place, item) for place, item in enumerate(spec.structure)]
    return {
        "rows": rows,
        "properties": [_choice(item) for item in sorted(all_properties().values(), key=lambda prop: prop.name)],
        "operators": list(OPERATORS),
        "assumptions": [visible(item) for item in spec.assumptions],
        "not_understood": [visible(f"“{item.text}”: {item.reason}") for item in spec.not_understood],
        "problems": [visible(item) for item in spec.problems],
        "messages": [],
        **more,
    }


def _choice(item: Property) -> dict[str, str]:
    return {"id": item.id, "name": item.name, "unit": item.display_unit, "unit_text": show_unit(item.display_unit)}


def _property_row(place: int, item: Constraint) -> dict[str, Any]:
    unit = item.given_unit or get_property(item.property).display_unit
    first, second = _numbers(item)
    return {
        "id": f"p{place}",
        "kind": "property",
        "property": item.property,
        "operator": item.operator,
        "value": _shown(item.property, first, unit),
        "value2": _shown(item.property, second, unit),
        "unit": unit,
        "hard": item.hard,
        "words": visible(item.text),
        "in_words": describe_constraint(item),
        "note": visible("; ".join(filter(None, (item.assumed, *(f"{k} {v}" for k, v in item.conditions.items()))))),
    }


def _numbers(item: Constraint) -> tuple[float | None, float | None]:
    if item.operator == "around":
        return item.target, None
    if item.operator == "between":
        return item.lower, item.upper
    return (item.lower if item.lower is not None else item.upper), None


def _shown(name: str, number: float | None, unit: str) -> str:
    return "" if number is None else f"{in_unit(number, name, unit):.8g}"


def _structure_row(place: int, item: StructuralConstraint) -> dict[str, Any]:
    return {
        "id": f"s{place}",
        "kind": "structure",
        "hard": item.hard,
        "words": visible(item.text),
        "in_words": describe_structure(item),
    }


def edited(rows: object, spec: DesignSpec) -> Edited:
    """Read an edited table.

    Parameters
    ----------
    rows : object
        What the page sent: a list of rows. Kind "property" has "property", "operator", "value", "value2", "unit" and
        "hard"; "structure" has "id" and "hard"; "words" has a requirement in plain words under "text".
    spec : DesignSpec
        The spec that the table showed.

    Returns
    -------
    Edited
        The spec with its problems found anew, or what is wrong with which row.
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > MOST_ROWS:
        return Edited(None, (_said("", f"A table has at most {MOST_ROWS} rows."),))
    constraints: list[Constraint] = []
    structure: list[StructuralConstraint] = []
    messages: list[dict[str, str]] = []
    for row in rows:
        try:
            more, features = _read(row, spec)
        except PolysmithError as error:
            messages.append(_said(str(row.get("id", "")), str(error)))
            continue
        constraints += more
        structure += features
    if messages:
        return Edited(None, tuple(messages))
    changed = spec.model_copy(update={"constraints": tuple(constraints), "structure": tuple(structure)})
    try:
        made = checked(changed)
    except InputError as error:
        return Edited(None, (_said("", str(error)),))
    if made.problems:
        return Edited(None, tuple(_said("", problem) for problem in made.problems))
    return Edited(made)


def _said(row: str, text: str) -> dict[str, str]:
    return {"row": row, "text": text}


def _read(row: Mapping[str, Any], spec: DesignSpec) -> tuple[list[Constraint], list[StructuralConstraint]]:
    kind, key = row.get("kind"), str(row.get("id", ""))
    hard = row.get("hard") is not False
    if kind == "structure":
        item = _original(key, "s", spec.structure)
        if item is None:
            raise InputError("This row is not of this table.", hint="Write the requirement in plain words.")
        return [], [item.model_copy(update={"hard": hard})]
    if kind == "words":
        return _in_words(str(row.get("text", "")))
    if kind == "property":
        return [_property(row, _original(key, "p", spec.constraints), hard)], []
    raise InputError("This row is of no known kind.", hint="Remove it.")


def _original(key: str, letter: str, items: Sequence[Any]) -> Any:
    """Return the requirement that a row came from; None for a new row."""
    number = key[1:]
    if not (key.startswith(letter) and number.isascii() and number.isdigit() and int(number) < len(items)):
        return None
    return items[int(number)]


def _in_words(text: str) -> tuple[list[Constraint], list[StructuralConstraint]]:
    if not text.strip() or len(text) > LONGEST:
        raise InputError(f"A requirement has between 1 and {LONGEST} characters.", hint="Such as: no chlorine.")
    read = parse_brief(text)
    if read.not_understood:
        first = read.not_understood[0]
        raise InputError(f"“{first.text}” was not understood: {first.reason}.")
    if read.problems:
        raise InputError(read.problems[0])
    return (
        [item.model_copy(update={"span": (0, 0)}) for item in read.constraints],
        [item.model_copy(update={"span": (0, 0)}) for item in read.structure],
    )


def _property(row: Mapping[str, Any], old: Constraint | None, hard: bool) -> Constraint:
    prop = get_property(str(row.get("property", "")))
    operator = str(row.get("operator", ""))
    if operator not in OPERATORS:
        raise InputError(f"{operator!r} is no way to compare.", hint=f"Choose one of {', '.join(OPERATORS)}.")
    if old is not None and _untouched(row, old):
        soft = old.operator in {"maximise", "minimise"}
        return old if soft else old.model_copy(update={"hard": hard})
    unit = str(row.get("unit", "")).strip() or prop.display_unit
    lower, upper, target = _bounds(row, prop, operator, unit, old)
    same = old is not None and old.property == prop.id
    return Constraint(
        property=prop.id,
        operator=cast("Operator", operator),
        lower=lower,
        upper=upper,
        target=target,
        unit=prop.unit,
        hard=hard and operator not in {"maximise", "minimise"},
        conditions=old.conditions if old is not None and same else {},
        text=old.text if old is not None and same else "",
        span=old.span if old is not None and same else (0, 0),
        given_unit=unit,
    )


def _untouched(row: Mapping[str, Any], old: Constraint) -> bool:
    before = _property_row(0, old)
    return all(
        str(row.get(name, "")) == str(before[name]) for name in ("property", "operator", "value", "value2", "unit")
    )


def _bounds(
    row: Mapping[str, Any], prop: Property, operator: str, unit: str, old: Constraint | None
) -> tuple[float | None, float | None, float | None]:
    """Return lower, upper and target in the canonical unit."""
    if operator in {"maximise", "minimise"}:
        return None, None, None
    first = _number(row.get("value"), prop, unit)
    if operator == "between":
        second = _number(row.get("value2"), prop, unit)
        if second < first:
            raise InputError("The second number is below the first.", hint="Write the lower one first.")
        return first, second, None
    if operator == "around":
        return _around(first, prop, unit, old)
    return (first, None, None) if operator in {">", ">="} else (None, first, None)


def _around(
    target: float, prop: Property, unit: str, old: Constraint | None
) -> tuple[float | None, float | None, float | None]:
    """Keep the width that the row had; else the width that the rules read for this property."""
    if old is not None and old.property == prop.id and old.target is not None:
        down = old.target - old.lower if old.lower is not None else 0.0
        up = old.upper - old.target if old.upper is not None else 0.0
        return target - down, target + up, target
    number = in_unit(target, prop.id, unit)
    read = parse_brief(f"{prop.name} around {number:.10g} {unit}").constraints
    found = next((item for item in read if item.property == prop.id and item.operator == "around"), None)
    if found is None:
        raise InputError(f"“Around” cannot be read for the {prop.name}.", hint="Use between.")
    return found.lower, found.upper, target


def _number(given: object, prop: Property, unit: str) -> float:
    written = str("" if given is None else given).strip().replace("−", "-").replace(" ", "")
    try:
        number = float(written)
    except ValueError as error:
        raise InputError(f"“{written[:40]}” is no number.", hint="Write it as 1.25 or 3e-4.") from error
    if not math.isfinite(number):
        raise InputError(f"“{written[:40]}” is no finite number.")
    return convert(number, unit, prop.unit)


__all__ = ["Edited", "edited", "table_props"]
