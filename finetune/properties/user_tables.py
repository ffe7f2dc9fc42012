"""A user's table of labels: columns found by name, units converted, every row used or counted by the rule that took it.

Columns (case, spaces and underscores do not matter): a repeat unit (``smiles``, ``psmiles``, ``repeat_unit`` ...) or a
name (``polymer``, ``name``); a number (``value``, ``y``, ``target``, ``label`` or the property's own name, also with
its unit, ``Tg (°C)``); and if they are there ``unit``, ``source``, ``weight`` (or ``n``) and ``property``.

The rules, in order:

1. Lines that cannot be split into the header's columns, and empty lines, are row errors.
2. Rows of another property, where there is a column ``property``, are left out.
3. Structure: the repeat unit must be read by ``Polymer`` (or the name by the handbook), in a worker with limits; the
   error's code is the reason. Stereochemistry is dropped, as in the shipped tables.
4. Number: decimal text; empty, not a number (``>500``, ``300±5``), NaN or infinite are row errors. A decimal comma is
   read where the comma does not separate cells.
5. Unit: with a column ``unit`` each row must have one that converts to the canonical unit; a missing, unknown or wrong
   one is a row error, never a guess. Else the unit in the header of the numbers counts, else the canonical unit is
   assumed, which the notes say.
6. Range: outside the property's plausible range, or not above zero on a logarithmic scale, is a row error.
7. Weight: a number above zero. The weights of a polymer are added, scaled to a median of one and kept within 1/4 and 4;
   without the column every polymer counts the same, however many values it has.
8. One row per polymer: the weighted median, with the range of its values as spread.
9. Conflict: a polymer whose values span more than 4 times the label noise counts half. The noise is the median over
   polymers of the median difference between two different values of one polymer, divided by 0.954 (the median of
   |x - y| for two normal numbers of standard deviation one); with fewer than 10 such polymers there is no rule.
10. Values of one polymer that differ by 273.15 K within 1 K are likely a mix of units; they stay, as a conflict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from finetune.properties.merging import Label, merge
from finetune.properties.tables import Labels
from tools.core import sandbox
from tools.core.errors import InputError, PolysmithError, UnitError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.property_table import Property
from tools.core.sheet import Row, RowError, Sheet, code_of, find_column, normal, open_sheet
from tools.core.units import compatible, convert
from tools.properties.features import flat_unit

STRUCTURES: Final = (
    "smiles", "psmiles", "p_smiles", "polymer_smiles", "repeat_unit", "repeat_unit_smiles", "ru_smiles", "smiles_ru",
    "canonical_smiles", "structure", "polymer", "polymer_name", "name",
)  # fmt: skip
NUMBERS: Final = ("value", "y", "target", "label", "measured")
_NUMBER = re.compile(r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+−]?\d+)?")
_BRACKETED = re.compile(r"^(.+?)\s*[\[(/]\s*([^\])]+?)\s*[\])]?$")
_FIRST_ROWS = 5
_SECONDS_EACH = 10.0


@dataclass
class Rules:
    """What each rule did to the rows of a table.

    Attributes
    ----------
    found : dict of (str, str) to list of int
        Row numbers by rule and code.
    failed : list of dict
        Every row that is not used: "row", "line", "rule", "code", "message".
    notes : list of str
        What was assumed.
    """

    found: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    failed: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fail(self, row: Row, rule: str, code: str, message: str) -> None:
        """Leave a row out."""
        self.count(row.number, rule, code)
        self.failed.append({"row": row.number, "line": row.line, "rule": rule, "code": code, "message": message})

    def count(self, number: int, rule: str, code: str) -> None:
        """Count a row under a rule without leaving it out."""
        self.found.setdefault((rule, code), []).append(number)

    def report(self) -> list[dict[str, Any]]:
        """Return each rule with its count and first rows."""
        return [
            {"rule": rule, "code": code, "count": len(rows), "first_rows": rows[:_FIRST_ROWS]}
            for (rule, code), rows in self.found.items()
        ]

    def totals(self) -> dict[str, int]:
        """Return the number of rows by rule."""
        totals: dict[str, int] = {}
        for (rule, _), rows in self.found.items():
            totals[rule] = totals.get(rule, 0) + len(rows)
        return totals


@dataclass(frozen=True)
class UserTable:
    """A user's table after cleaning.

    Attributes
    ----------
    labels : Labels
        One row per polymer with a usable number.
    rows : dict of str to list of int
        Rows of the table by unit of the polymer, of all that could be read.
    unlabelled : tuple of str
        Units that could be read but have no usable number.
    rules : Rules
        What was left out and why.
    """

    labels: Labels
    rows: dict[str, list[int]]
    unlabelled: tuple[str, ...]
    rules: Rules


@dataclass(frozen=True)
class _Columns:
    """Places of the columns; None where there is none."""

    structure: int
    number: int | None
    unit: int | None
    weight: int | None
    source: int | None
    property: int | None
    header_unit: str

    @staticmethod
    def of(sheet: Sheet, item: Property) -> _Columns:
        structure = find_column(sheet, STRUCTURES)
        if structure is None:
            raise InputError(
                f"{sheet.path.name} lacks smiles.", hint=f"Columns smiles and value are needed, not {_listed(sheet)}."
            )
        own = (item.id, item.symbol, item.name, *item.aliases)
        number, header_unit = find_column(sheet, NUMBERS), ""
        bare = {normal(name) for name in (*NUMBERS, *own)}
        for place, name in enumerate(sheet.header):
            split = _BRACKETED.match(name)
            if number is None and normal(name) in bare:
                number = place
            elif split and normal(split[1]) in bare and compatible(split[2], item.unit) and number in (None, place):
                number, header_unit = place, split[2]
        return _Columns(
            structure,
            number,
            find_column(sheet, ("unit", "units")),
            find_column(sheet, ("weight", "weights", "n", "count")),
            find_column(sheet, ("source", "reference", "doi")),
            find_column(sheet, ("property",)),
            header_unit,
        )


def _listed(sheet: Sheet) -> str:
    return ", ".join(name[:40] for name in sheet.header if name) or "a file without header"


def read_table(path: Path, name: str, *, log: bool, labelled: bool = True) -> UserTable:
    """Read and clean a user's table.

    Parameters
    ----------
    path : Path
        The table.
    name : str
        Property by any of its names.
    log : bool
        Work on log10.
    labelled : bool
        Whether a column of numbers must be there with a usable row.

    Returns
    -------
    UserTable
        Labels, and every row that is not behind one of them with its reason.

    Raises
    ------
    InputError
        If the table cannot be read, lacks a column, or has no usable row.
    """
    item = get_property(name)
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} does not exist.")
    sheet = open_sheet(path, (*STRUCTURES, *NUMBERS))
    columns = _Columns.of(sheet, item)
    if labelled and columns.number is None:
        raise InputError(
            f"{path.name} lacks value.", hint=f"Columns smiles and value are needed, not {_listed(sheet)}."
        )
    rules = Rules()
    _note_unit(rules, columns, item)
    rows = _sound_rows(sheet, columns, item, rules)
    units = _units_of([row.cells[columns.structure].strip() for row in rows], rows, rules)
    places: dict[str, list[int]] = {}
    values: dict[str, list[Label]] = {}
    for row, unit in zip(rows, units, strict=True):
        if unit is None:
            continue
        places.setdefault(unit, []).append(row.number)
        try:
            label = _label(row, columns, item, sheet, log=log)
        except RowError as error:
            rules.fail(row, _RULES.get(error.code, "number missing or impossible"), error.code, error.message)
        else:
            values.setdefault(unit, []).append(label)
    if labelled and not values:
        raise InputError(
            f"No usable row for {item.id} in {path.name}.",
            hint=f"Rows left out: {', '.join(f'{rule} {count}' for rule, count in rules.totals().items()) or 'none'}.",
        )
    labels = merge(values, item.id, log=log, kelvin=item.unit == "K", count=rules.count)
    labels = replace(labels, dropped=rules.totals(), sha256=sheet.sha256, file=path.name)
    return UserTable(labels, places, tuple(sorted(set(places) - set(values))), rules)


_RULES = {
    "no_unit": "unit missing or unknown",
    "unit": "unit missing or unknown",
    "weight": "weight not above zero",
}


def _note_unit(rules: Rules, columns: _Columns, item: Property) -> None:
    if columns.unit is not None or columns.number is None:
        return
    if columns.header_unit:
        rules.notes.append(f"Numbers are in {columns.header_unit}, as the header says.")
    elif item.unit not in ("", "dimensionless"):
        rules.notes.append(f"No unit is given: numbers are taken as {item.unit}.")


def _sound_rows(sheet: Sheet, columns: _Columns, item: Property, rules: Rules) -> list[Row]:
    sound = []
    for row in sheet.rows():
        if row.problem is not None:
            rule = "empty line" if row.problem.code == "empty_line" else "broken line"
            rules.fail(row, rule, row.problem.code, row.problem.message)
            continue
        if columns.property is not None and not _is_named(row.cells[columns.property], item):
            rules.fail(row, "another property", "property", f"The row is about {row.cells[columns.property][:40]!r}.")
            continue
        sound.append(row)
    return sound


def _is_named(text: str, item: Property) -> bool:
    try:
        return get_property(text.strip()).id == item.id
    except InputError:
        return False


def _units_of(texts: Sequence[str], rows: Sequence[Row], rules: Rules) -> list[str | None]:
    """Read structures in workers; a text that repeats is read once."""
    flat = [re.sub(r"[@/\\]", "", text) if "*" in text else text for text in texts]
    distinct = list(dict.fromkeys(flat))
    read = sandbox.map_each("tools.chemistry.names:resolve", distinct, seconds_each=_SECONDS_EACH)
    known = {
        text: found if isinstance(found, PolysmithError) else flat_unit(found)
        for text, found in zip(distinct, read, strict=True)
        if isinstance(found, PolysmithError | Polymer)
    }
    units: list[str | None] = []
    for text, row in zip(flat, rows, strict=True):
        found = known[text]
        if isinstance(found, PolysmithError):
            rules.fail(row, "structure not read", code_of(found), str(found))
        units.append(found if isinstance(found, str) else None)
    return units


def _label(row: Row, columns: _Columns, item: Property, sheet: Sheet, *, log: bool) -> Label:
    def cell(place: int | None) -> str:
        return row.cells[place].strip() if place is not None else ""

    if columns.number is None or not cell(columns.number):
        raise RowError("There is no number.", code="missing")
    number = parse_number(cell(columns.number), comma=sheet.separator != ",")
    unit = cell(columns.unit) if columns.unit is not None else columns.header_unit
    if columns.unit is not None and not unit:
        raise RowError("There is no unit.", code="no_unit", hint="Give one in every row, or leave the column out.")
    if unit:
        try:
            number = convert(number, unit, item.unit)
        except UnitError as error:
            raise RowError(error.message, code="unit", hint=error.hint) from error
    low, high = item.plausible
    if log and number <= 0:
        raise RowError(f"{number:g} has no logarithm.", code="not_positive")
    if not low <= number <= high:
        raise RowError(f"{number:g} {item.unit} is outside {low:g} to {high:g}.", code="impossible")
    weight = 1.0
    if columns.weight is not None and cell(columns.weight):
        try:
            weight = parse_number(cell(columns.weight), comma=sheet.separator != ",")
        except RowError as error:
            raise RowError(f"The weight {cell(columns.weight)[:20]!r} is not a number.", code="weight") from error
        if weight <= 0:
            raise RowError("The weight is not above zero.", code="weight")
    return Label(math.log10(number) if log else number, number, weight, cell(columns.source) or "table", row.number)


def parse_number(text: str, *, comma: bool = False) -> float:
    """Read a decimal number.

    Parameters
    ----------
    text : str
        Such as ``"1.5e3"`` or ``"−12.5"``.
    comma : bool
        Whether ``"1,5"`` means 1.5.

    Returns
    -------
    float
        A finite number.

    Raises
    ------
    RowError
        With code ``missing``, ``infinite`` or ``not_a_number``.
    """
    plain = text.strip().casefold()
    if plain in ("", "nan", "na", "n/a", "null", "none", "-", "#n/a"):
        raise RowError("There is no number.", code="missing")
    if plain.lstrip("+-−") in ("inf", "infinity"):
        raise RowError("The number is infinite.", code="infinite")
    if comma and re.fullmatch(r"[-+−]?\d+,\d+", plain):
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise RowError(f"{text[:30]!r} is not a number.", code="not_a_number", hint="Give a plain decimal number.")
    number = float(plain.replace("−", "-"))
    if not math.isfinite(number):
        raise RowError("The number is infinite.", code="infinite")
    return number
