"""Tables with columns for the lowest and the highest value and for the unit."""

from __future__ import annotations

from dataclasses import replace

from agent.brief.draft import Draft
from agent.brief.expressions import ValueExpression, bounded
from agent.brief.lexicon import Sense
from agent.brief.units import scan_unit

_ROLES = {
    "min": ">=", "minimum": ">=", "min.": ">=", "lower": ">=", "lower limit": ">=", "lower bound": ">=", "from": ">=",
    "max": "<=", "maximum": "<=", "max.": "<=", "upper": "<=", "upper limit": "<=", "upper bound": "<=", "to": "<=",
    "unit": "unit", "units": "unit",
}  # fmt: skip


def read_tables(draft: Draft) -> dict[int, str]:
    """Give the numbers of a table the units of its unit column.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; numbers get their units in place.

    Returns
    -------
    dict of int to str
        Operator of every number that stands alone in a column for lowest or highest values.
    """
    operators: dict[int, str] = {}
    roles: list[str] = []
    for cells in _rows(draft):
        if len(cells) < 2:
            roles = []
            continue
        heads = [_ROLES.get(" ".join(draft.word(at) for at in cell), "") for cell in cells]
        if any(heads) and not any(draft.tokens[at].kind == "num" for cell in cells for at in cell):
            roles = heads
            continue
        for cell, role in zip(cells, roles, strict=False):
            if role == "unit" and cell:
                _give_unit(draft, cell, [at for other in cells if other is not cell for at in other])
            elif role and len(cell) == 1 and draft.tokens[cell[0]].kind == "num":
                operators[cell[0]] = role
    return operators


def _rows(draft: Draft) -> list[list[list[int]]]:
    rows: list[list[list[int]]] = [[[]]]
    for at, token in enumerate(draft.tokens):
        if token.kind == "line":
            rows.append([[]])
        elif token.text in {"|", "\t"}:
            rows[-1].append([])
        else:
            rows[-1][-1].append(at)
    return rows


def _give_unit(draft: Draft, cell: list[int], others: list[int]) -> None:
    start, end = draft.tokens[cell[0]].start, draft.tokens[cell[-1]].end
    unit = scan_unit(draft.folded.text, start)
    if unit is None or unit.start != start or unit.end < end:
        return
    draft.use(cell[0], cell[-1])
    for at in cell:
        draft.tokens[at] = replace(draft.tokens[at], senses=(Sense("unit", None),))
    for at in others:
        token = draft.tokens[at]
        if token.kind == "num" and token.unit is None:
            draft.tokens[at] = replace(token, unit=unit)


def with_columns(values: list[ValueExpression], operators: dict[int, str]) -> list[ValueExpression]:
    """Turn the bare numbers of such columns into bounds.

    Parameters
    ----------
    values : list of ValueExpression
        All value expressions.
    operators : dict of int to str
        From ``read_tables``.

    Returns
    -------
    list of ValueExpression
        The same, with bounds.
    """
    if not operators:
        return values
    return [
        bounded(value, operators[value.first]) if value.operator == "=" and value.first in operators else value
        for value in values
    ]
