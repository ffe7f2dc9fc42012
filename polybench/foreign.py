"""Foreign files: the official PolyBench, prompts with targets, question sets, read through a map into tasks."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from polybench.foreign_map import ForeignMap, Rule
from polybench.jsonl import explain
from polybench.numbers import read_quantity
from polybench.prediction import Prediction
from polybench.table import rows_of
from polybench.task import Task
from tools.core.errors import InputError, StructureError

Row = dict[str, Any]


@dataclass(frozen=True)
class Foreign:
    """A foreign file, read.

    Attributes
    ----------
    tasks : tuple of Task
        In the order of the file.
    counts : dict of str to int
        Tasks by category of the exam.
    foreign_counts : dict of str to int
        Tasks by category of the file; empty where the map names no field.
    predictions : tuple of Prediction
        From ``prediction_field``, where the map names one; empty cells are no predictions.
    """

    tasks: tuple[Task, ...]
    counts: dict[str, int]
    foreign_counts: dict[str, int]
    predictions: tuple[Prediction, ...] = ()


def read_foreign(path: Path, layout: ForeignMap) -> Foreign:
    """Read a foreign file through a map.

    Parameters
    ----------
    path : Path
        CSV, TSV, JSON, JSON Lines or Parquet.
    layout : ForeignMap
        Which field means what.

    Returns
    -------
    Foreign
        Tasks, with every field of the file that the map does not use under ``extra``, and counts.

    Raises
    ------
    InputError
        If a field of the map is missing, a category is not mapped (all are named with their counts), or a row cannot
        be a task (the row is named).
    """
    found = Counter(_text(row.get(layout.category_field)) for _, row in rows_of(path)) if layout.category_field else {}
    _check_categories(path, layout, dict(found))
    tasks: dict[str, Task] = {}
    predictions = []
    for number, row in rows_of(path):
        where = f"{path.name}, row {number}"
        task = _task(row, layout, where, f"{path.stem}-{number}")
        if task.id in tasks:
            raise InputError(f"{where}: the id {task.id!r} occurs twice.", hint="Leave id_field out of the map.")
        tasks[task.id] = task
        said = row.get(layout.prediction_field) if layout.prediction_field else None
        if said is not None and _text(said) != "":
            predictions.append(Prediction(id=task.id, model=layout.model, final_answer=said))
    if not tasks:
        raise InputError(f"{path.name} has no rows.")
    counts = Counter(task.category for task in tasks.values())
    return Foreign(tuple(tasks.values()), dict(sorted(counts.items())), dict(sorted(found.items())), tuple(predictions))


def _check_categories(path: Path, layout: ForeignMap, found: dict[str, int]) -> None:
    unmapped = {name: count for name, count in found.items() if layout.rule(name) is None}
    if unmapped:
        listed = ", ".join(f"{name!r} ({count} rows)" for name, count in sorted(unmapped.items()))
        raise InputError(
            f"{path.name}: {sum(unmapped.values())} rows are in categories that the map does not name: {listed}.",
            hint="Add each to category_map.",
        )


def _task(row: Row, layout: ForeignMap, where: str, name: str) -> Task:
    used: set[str] = set()

    def take(field: str) -> Any:
        if not field:
            return None
        if field not in row:
            raise InputError(f"{where}: there is no field {field!r}.", hint=f"Fields: {', '.join(map(str, row))}.")
        used.add(field)
        return row[field]

    foreign = _text(take(layout.category_field))
    rule = layout.rule(foreign) or Rule(category=layout.category or "agentic")
    kind = rule.answer_type or layout.answer_type or _text(take(layout.answer_type_field))
    unit = rule.unit or _text(take(layout.unit_field)) or layout.unit
    choices = _choices(layout, take)
    question = _question(row, layout, take, where)
    data: dict[str, Any] = {
        "id": _text(take(layout.id_field)) or name,
        "source": layout.source,
        "licence": layout.licence,
        "split": _split(layout, _text(take(layout.split_field)), where),
        "category": rule.category,
        "subtask": rule.subtask or _text(take(layout.subtask_field)) or layout.subtask or foreign or layout.name,
        "level": rule.level or take(layout.level_field) or layout.level,
        "question": question,
        "system": _text(take(layout.system_field)),
        "context": _text(take(layout.context_field)),
        "choices": choices,
        "answer_type": kind,
        "answer": _answer(take(layout.answer_field), kind, rule, layout, choices, unit),
        "aliases": _items(take(layout.aliases_field), "|"),
        "property": rule.property or layout.property,
        "unit": unit,
        "tolerance": rule.tolerance or layout.tolerance,
        "constraints": _json(take(layout.constraints_field)),
        "keypoints": _items(take(layout.keypoints_field), "|"),
        "polymer_keys": _keys(layout, question, take),
    }
    used.add(layout.prediction_field)
    kept = {str(field): item for field, item in row.items() if field not in used and item not in (None, "")}
    try:
        return Task.model_validate(
            {**{key: item for key, item in data.items() if item not in (None, "")}, "extra": kept}
        )
    except ValidationError as error:
        raise InputError(f"{where}: {explain(error)}", hint="Mend the map or the row.") from error


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _question(row: Row, layout: ForeignMap, take: Any, where: str) -> str:
    if not layout.question_template:
        return _text(take(layout.question_field))
    fields = re.findall(r"\{([^{}]+)\}", layout.question_template)
    cells = {field: _text(take(field)) for field in fields}
    return re.sub(r"\{([^{}]+)\}", lambda match: cells[match.group(1)], layout.question_template).strip()


def _split(layout: ForeignMap, said: str, where: str) -> str:
    if not said:
        return layout.split
    mapped = layout.split_map.get(said, said)
    if mapped not in ("train", "dev", "test", "ood", "diag"):
        raise InputError(f"{where}: the split {said!r} is not mapped.", hint="Add it to split_map.")
    return mapped


def _choices(layout: ForeignMap, take: Any) -> dict[str, str]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if layout.choices_fields:
        cells = [_text(take(field)) for field in layout.choices_fields]
        return {letter: cell for letter, cell in zip(letters, cells, strict=False) if cell}
    data = _json(take(layout.choices_field))
    if isinstance(data, dict) and isinstance(data.get("text"), list):
        labels = data.get("label") or data.get("labels") or letters[: len(data["text"])]
        return {_text(label): _text(text) for label, text in zip(labels, data["text"], strict=False)}
    if isinstance(data, dict):
        return {_text(key): _text(item) for key, item in data.items()}
    return {letter: _text(item) for letter, item in zip(letters, data, strict=False)} if isinstance(data, list) else {}


def _json(cell: Any) -> Any:
    """Read a cell that may hold JSON, as cells of CSV files do."""
    if isinstance(cell, str) and cell.strip()[:1] in ("[", "{"):
        try:
            return orjson.loads(cell)
        except orjson.JSONDecodeError:
            return cell
    return cell


def _items(cell: Any, separator: str) -> list[Any]:
    data = _json(cell)
    if isinstance(data, list):
        return data
    return [part.strip() for part in _text(data).split(separator) if part.strip()]


def _answer(cell: Any, kind: str, rule: Rule, layout: ForeignMap, choices: dict[str, str], unit: str) -> Any:
    pattern = rule.answer_pattern or layout.answer_pattern
    if pattern and isinstance(cell, str):
        match = re.search(pattern, cell)
        cell = match.group(1) if match else None
    if kind == "mcq":
        return _choice(cell, choices, layout.answer_index)
    if kind == "numeric" and isinstance(cell, str):
        read = read_quantity(cell, unit, strict=True)
        return read.value if read else cell
    if kind in ("ranking", "set"):
        return [_text(item) for item in _items(cell, rule.list_separator or layout.list_separator or ",")]
    if kind == "design":
        return _json(cell) if cell != "" else None
    if kind in ("label", "text", "smiles") and cell is not None:
        return _text(cell)
    return cell


def _choice(cell: Any, choices: dict[str, str], first: int) -> Any:
    """Turn an index, a letter or the text of a choice into its key."""
    said = _text(cell)
    keys = list(choices)
    if said in choices:
        return said
    if said.upper() in choices:
        return said.upper()
    if re.fullmatch(r"\d{1,3}", said) and first <= int(said) < first + len(keys):
        return keys[int(said) - first]
    same = [key for key, text in choices.items() if text == said]
    return same[0] if len(same) == 1 else said


def _keys(layout: ForeignMap, question: str, take: Any) -> list[str]:
    """Return the keys of the polymers of a row; what is no repeat unit has none."""
    from tools.core.polymer import Polymer

    texts = [part for field in layout.polymer_fields for part in _items(take(field), "|")]
    if layout.polymer_pattern:
        texts += re.findall(layout.polymer_pattern, question)
    keys: dict[str, None] = {}
    for text in texts:
        try:
            keys[Polymer.from_smiles(str(text)).key] = None
        except StructureError:
            continue
    return list(keys)
