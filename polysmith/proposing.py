"""What to make next: candidates of a run or of your own, chosen as a batch, with the results that came in."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import InputError, PolysmithError, UnknownNameError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import DesignSpec
from tools.core.units import convert

if TYPE_CHECKING:
    from tools.design.next_batch import NextBatch

Results = Mapping[str, Mapping[str, float]]

_POLYMER = ("smiles", "polymer", "repeat_unit", "psmiles")


def next_experiments(
    source: str | Sequence[str],
    n: int = 5,
    *,
    brief: str | DesignSpec | None = None,
    results: Results | Path | str | None = None,
    seed: int = 0,
) -> NextBatch:
    """Choose the next polymers to make, as a batch.

    Parameters
    ----------
    source : str or sequence of str
        Id of a run (or "last"), whose brief and candidates are taken; or repeat units and names of your own.
    n : int
        How many experiments.
    brief : str or DesignSpec, optional
        What is wanted; needed for candidates of your own, and in place of the run's brief otherwise.
    results : mapping, or path of a CSV, optional
        What was measured so far: values in canonical units by polymer and property; or a table with the columns
        ``smiles,property,value`` and, if the unit is not the canonical one, ``unit``.
    seed : int
        Seed of the draws; the same seed gives the same batch.

    Returns
    -------
    NextBatch
        Experiments in the order of choice, and the chance that one of them meets the brief.

    Raises
    ------
    UnknownNameError
        If there is no such run, it has not got to candidates, or a property is unknown.
    InputError
        If a polymer or result cannot be read, or nothing is left to choose from.
    """
    from tools.design.next_batch import next_batch

    if isinstance(source, str):
        polymers, wanted = _of_run(source)
    else:
        polymers, wanted = _read(list(source)), None
    if brief is not None:
        wanted = brief if isinstance(brief, DesignSpec) else _parsed(brief)
    if wanted is None:
        raise InputError("Candidates of your own need a brief.", hint="Pass brief='Tg above 200 °C, ...'.")
    return next_batch(polymers, wanted, n, results=_measured(results), seed=seed)


def _parsed(brief: str) -> DesignSpec:
    from agent.brief import parse_brief

    return parse_brief(brief)


def _of_run(run_id: str) -> tuple[list[Polymer], DesignSpec]:
    """Candidates and brief of a run: its finalists first, then everything else that the last round proposed."""
    from agent.runs import open_run
    from polysmith.config import runs_folder

    folder = open_run(runs_folder(), run_id)
    rounds = [name for number in range(1, 100) if folder.has(name := f"candidates-{number}")]
    if not rounds:
        raise UnknownNameError(
            f"Run {folder.id} has no candidates yet.", hint=f"Continue it with: polysmith run resume {folder.id}"
        )
    units = [row["smiles"] for row in folder.load(rounds[-1])["candidates"]]
    if folder.has("run"):
        units = [row["smiles"] for row in folder.load("run")["finalists"]] + units
    polymers = list(dict.fromkeys(Polymer.from_smiles(unit) for unit in units))
    return polymers, DesignSpec.model_validate(folder.load("spec"))


def _read(given: list[str]) -> list[Polymer]:
    from polysmith.predicting import read_polymers

    found = read_polymers(given)
    for text, polymer in zip(given, found, strict=True):
        if isinstance(polymer, PolysmithError):
            raise InputError(f"{text!r} cannot be read: {polymer}") from polymer
    return [polymer for polymer in found if isinstance(polymer, Polymer)]


def _measured(results: Results | Path | str | None) -> dict[Polymer, dict[str, float]]:
    if results is None:
        return {}
    given = results if isinstance(results, Mapping) else _table(Path(results))
    polymers = _read(list(given))
    found: dict[Polymer, dict[str, float]] = {}
    for polymer, values in zip(polymers, given.values(), strict=True):
        known = found.setdefault(polymer, {})
        for name, value in values.items():
            if not math.isfinite(value):
                raise InputError(f"The {name} of {polymer.smiles} is no number.")
            known[get_property(name).id] = float(value)
    return found


def _table(path: Path) -> Results:
    """Read a table of results; repeats of one measurement are averaged."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}", hint="Give a CSV in UTF-8.") from error
    reader = csv.DictReader(text.splitlines())
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    column = next((names[name] for name in _POLYMER if name in names), None)
    if column is None or "property" not in names or "value" not in names:
        raise InputError(f"{path.name} lacks a column.", hint="Its first line names smiles,property,value[,unit].")
    found: dict[str, dict[str, list[float]]] = {}
    for number, row in enumerate(reader, start=2):
        item = get_property((row[names["property"]] or "").strip())
        unit = (row.get(names.get("unit", ""), "") or "").strip()
        try:
            value = float(row[names["value"]])
        except (TypeError, ValueError) as error:
            raise InputError(f"Line {number} of {path.name} has no number under value.") from error
        value = convert(value, unit, item.unit) if unit else value
        found.setdefault((row[column] or "").strip(), {}).setdefault(item.id, []).append(value)
    return {unit: {name: sum(v) / len(v) for name, v in values.items()} for unit, values in found.items()}
