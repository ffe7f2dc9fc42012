"""The corpus that ships: a card for every polymer of the handbook, and notes on structure-property relations.

The index of it is built in memory when it is opened: nothing to cache, nothing to go stale, and a read-only
installation works.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any

from index.build import build_in_memory
from index.document import Document, clean
from index.embed import load_embedder
from index.shard import Shard
from tools.chemistry.handbook import Entry, load
from tools.core.errors import ArtefactError
from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.vocabulary import CLASSES

CARDS, NOTES = "polysmith-handbook", "polysmith-notes"
_ABSOLUTE_ZERO = 273.15


def _number(value: Value) -> str:
    if value.unit == "K":
        return f"{value.value:.0f} K ({value.value - _ABSOLUTE_ZERO:.0f} °C)"
    return f"{value.value:g} {value.unit}"


def _statement(entry: Entry, property_id: str) -> str:
    """One sentence with every sourced value of a property; empty if there is none."""
    values = entry.measured(property_id)
    if not values:
        return ""
    known = get_property(property_id)
    what = f"{known.name} ({known.symbol})"
    notes = "; ".join(dict.fromkeys(value.note for value in values if value.note))
    caveat = f" Note: {notes}." if notes else ""
    if len(values) == 1:
        return f"Its {what} is {_number(values[0])} [{values[0].source}].{caveat}"
    listed = "; ".join(f"{_number(value)} [{value.source}]" for value in values)
    low, high = min(values, key=lambda v: v.value), max(values, key=lambda v: v.value)
    return f"Sources give its {what} between {_number(low)} and {_number(high)}: {listed}.{caveat}"


def card(entry: Entry) -> Document:
    """Write the card of a handbook entry.

    Parameters
    ----------
    entry : Entry
        The polymer.

    Returns
    -------
    Document
        Names, class, repeat unit and measured values, each with its source.
    """
    names = [*entry.abbreviations, *entry.other_names]
    called = f" ({', '.join(names)})" if names else ""
    opening = (
        f"{entry.name[0].upper()}{entry.name[1:]}{called} belongs to the class: {CLASSES[entry.polymer_class][0]}."
    )
    unit = f"Its repeat unit is {entry.smiles} (SMILES)."
    statements = [_statement(entry, name) for name in ("Tg", "Tm", "density")]
    lines = [opening, unit, *(line for line in statements if line), *([entry.note] if entry.note else [])]
    slug = re.sub(r"[^a-z0-9]+", "-", entry.name.casefold()).strip("-")
    return Document(
        id=f"handbook/{slug}",
        title=entry.name,
        text=clean("\n".join(lines)),
        reference=f"Polysmith handbook, {entry.name}",
        source=CARDS,
        licence="Apache-2.0",
    )


def _note(row: dict[str, Any]) -> Document:
    references = [f"[{number}] {item['text']}" for number, item in enumerate(row["references"], start=1)]
    return Document(
        id=f"notes/{row['id']}",
        title=row["title"],
        text=clean(row["text"]),
        reference="; ".join(references),
        source=NOTES,
        licence="Apache-2.0",
    )


@lru_cache(maxsize=1)
def corpus() -> tuple[Document, ...]:
    """Return the documents that ship with the package (cached).

    Returns
    -------
    tuple of Document
        Cards of the handbook in its order, then the notes in theirs.

    Raises
    ------
    ArtefactError
        If the notes cannot be read.
    """
    path = resources.files("index") / "corpus" / "notes.jsonl"
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        notes = [_note(row) for row in rows]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"The shipped notes cannot be read: {error}", hint="Install polysmith again.") from error
    return (*(card(entry) for entry in load()), *notes)


@lru_cache(maxsize=1)
def open_shipped() -> Shard:
    """Open the shipped corpus (built in memory on first use, then shared).

    Returns
    -------
    Shard
        The opened index.
    """
    return build_in_memory(corpus(), load_embedder(), name="the shipped corpus")
