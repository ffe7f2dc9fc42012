"""The project's own table of common polymers: names, repeat units and measured values, each with its source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from statistics import median
from typing import Any

from tools.core.errors import ArtefactError
from tools.core.evidence import Value
from tools.core.polymer import Polymer


@dataclass(frozen=True)
class Entry:
    """One polymer of the handbook.

    Attributes
    ----------
    name : str
        The name shown; unique in the handbook.
    other_names : tuple of str
        Synonyms, trade names and systematic names. A name may belong to several entries (polylactide).
    abbreviations : tuple of str
        Abbreviations; some are shared by several polymers (PBT).
    smiles : str
        Repeat unit with two ``*``, as a chemist writes it.
    polymer_class : str
        Class id of ``tools.core.vocabulary.CLASSES``.
    values : tuple of Value
        Measured values, one for each source; sources that differ are all kept.
    note : str
        What the repeat unit leaves out, empty for most.
    """

    name: str
    other_names: tuple[str, ...]
    abbreviations: tuple[str, ...]
    smiles: str
    polymer_class: str
    values: tuple[Value, ...]
    note: str = ""

    @property
    def polymer(self) -> Polymer:
        """The polymer (parsed once, then cached)."""
        return _parse(self.smiles)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Name, synonyms and abbreviations, in this order."""
        return (self.name, *self.other_names, *self.abbreviations)

    def measured(self, property_id: str) -> tuple[Value, ...]:
        """Return the values of one property, one for each source.

        Parameters
        ----------
        property_id : str
            Id of the property registry, such as ``"Tg"``.

        Returns
        -------
        tuple of Value
            Empty if the handbook has none.
        """
        return tuple(value for value in self.values if value.property == property_id)

    def summary(self, property_id: str) -> Value | None:
        """Return the median of the sources, with their range as bounds.

        Parameters
        ----------
        property_id : str
            Id of the property registry.

        Returns
        -------
        Value or None
            A value whose bounds are the lowest and the highest source; None if the handbook has no value. The bounds
            are a range of sources, not a confidence interval, so ``coverage`` is None.
        """
        found = self.measured(property_id)
        if not found:
            return None
        if len(found) == 1:
            return found[0]
        numbers = [value.value for value in found]
        notes = dict.fromkeys(value.note for value in found if value.note)
        sources = dict.fromkeys(value.source for value in found)
        return Value(
            property=property_id,
            value=median(numbers),
            unit=found[0].unit,
            lower=min(numbers),
            upper=max(numbers),
            kind="measured",
            source="; ".join(sources),
            note="; ".join([f"median of {len(numbers)} sourced numbers, bounds are their range", *notes]),
        )


@lru_cache(maxsize=1024)
def _parse(smiles: str) -> Polymer:
    return Polymer.from_smiles(smiles)


def _entry(row: dict[str, Any], sources: dict[str, str]) -> Entry:
    values = tuple(
        Value(
            property=item["property"],
            value=item["value"],
            unit=item["unit"],
            kind="measured",
            source=sources[item["source"]],
            note=item.get("note", ""),
        )
        for item in row["values"]
    )
    return Entry(
        name=row["name"],
        other_names=tuple(row["other_names"]),
        abbreviations=tuple(row["abbreviations"]),
        smiles=row["smiles"],
        polymer_class=row["class"],
        values=values,
        note=row["note"],
    )


@lru_cache(maxsize=1)
def load() -> tuple[Entry, ...]:
    """Read the handbook that ships with the package (cached).

    Returns
    -------
    tuple of Entry
        In the fixed order of the file.

    Raises
    ------
    ArtefactError
        If the file is missing or damaged.
    """
    path = resources.files("tools.chemistry") / "data" / "handbook.json"
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_entry(row, table["sources"]) for row in table["polymers"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"The handbook cannot be read: {error}", hint="Install polysmith again.") from error


@lru_cache(maxsize=1)
def by_key() -> dict[str, tuple[Entry, ...]]:
    """Return the entries by the identity key of their polymer (cached).

    Returns
    -------
    dict of str to tuple of Entry
        Mostly one entry for each key.
    """
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in load():
        found[entry.polymer.key] = (*found.get(entry.polymer.key, ()), entry)
    return found
