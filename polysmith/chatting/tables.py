"""Tables that can be sorted: the ranking, the rejected ones, predictions, passages, comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.report.model import Finalist, Report
from agent.report.view import tags, title_of
from polysmith.chatting.writing import Writer
from polysmith.results import Prediction
from tools.core.properties import get_property
from tools.core.shown import visible

Cell = dict[str, Any]
LEAST = 0.05  # share of rows that must have a value for its column to be shown in a table of predictions


def text(words: str, sort: str | float | None = None, **more: Any) -> Cell:
    """Make a cell.

    Parameters
    ----------
    words : str
        What it shows.
    sort : str or float, optional
        What it is sorted by; the words if left out.
    **more : Any
        "kind" of a value, "title" shown on hovering, "mono" for a structure.

    Returns
    -------
    dict
        The cell.
    """
    return {"text": visible(words), "sort": words.casefold() if sort is None else sort, **more}


def value_cell(written: dict[str, Any]) -> Cell:
    """Make a cell of a value as ``Writer`` writes it.

    Parameters
    ----------
    written : dict
        The value.

    Returns
    -------
    dict
        The cell, with the kind and the source of the number.
    """
    far = " (far from what the model has seen)" if written["in_domain"] is False else ""
    title = "; ".join(filter(None, (written["kind_text"], written["interval"], written["source"], written["note"])))
    return text(f"{written['text']}{far}", written["number"], kind=written["kind"], title=title)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], **more: Any) -> dict[str, Any]:
    """Give the data of ``ResultTable.jsx``.

    Parameters
    ----------
    title : str
        What the table shows; read out by screen readers.
    head : sequence of str
        Names of the columns.
    rows : sequence of sequence of dict
        Cells.
    **more : Any
        "run" and "pick" (rows can be picked to be compared), and "note" under the table.

    Returns
    -------
    dict
        Plain JSON data.
    """
    return {"title": title, "head": list(head), "rows": [list(row) for row in rows], **more}


def ranking(writer: Writer) -> dict[str, Any]:
    """Write the ranked candidates.

    Parameters
    ----------
    writer : Writer
        Writes the report.

    Returns
    -------
    dict
        Data of ``ResultTable.jsx``.
    """
    report = writer.report
    columns = [check for check in report.finalists[0].checks if check.property] if report.finalists else []
    head = ["#", "name", "chance to meet all", *(check.requirement for check in columns), "synthesisability"]
    rows = [_ranked(writer, finalist) for finalist in report.finalists]
    return table("Ranked candidates", head, rows, run=report.run_id, pick=len(rows) > 1)


def _ranked(writer: Writer, finalist: Finalist) -> list[Cell]:
    chance, able = writer.derived(finalist.chance), writer.derived(finalist.feasibility)
    cells = [
        value_cell(writer.value(check.value)) if check.value else text("–", None, title=visible(check.note))
        for check in finalist.checks
        if check.property
    ]
    return [
        text(str(finalist.rank), finalist.rank),
        text(title_of(finalist), title=finalist.smiles),
        text(chance["text"], chance["number"]) if chance else text("–"),
        *cells,
        text(able["text"], able["number"]) if able else text("–"),
    ]


def rejected(report: Report) -> dict[str, Any]:
    """Write the alternatives that were rejected, each with the requirement it misses.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    dict
        Data of ``ResultTable.jsx``.
    """
    rows = [
        [
            text(item.name or "unnamed"),
            text(item.smiles, mono=True),
            text(item.violated),
            text(f"{item.claim.text}{tags(report, item.claim)}"),
        ]
        for item in report.rejected
    ]
    return table("Rejected alternatives", ("name", "repeat unit", "misses", "why"), rows, run=report.run_id)


def predictions(found: Sequence[Prediction], writer: Writer) -> dict[str, Any]:
    """Write predictions for polymers that a user gave, one row each; a row that failed says why.

    Parameters
    ----------
    found : sequence of Prediction
        The predictions.
    writer : Writer
        For the units.

    Returns
    -------
    dict
        Data of ``ResultTable.jsx``.
    """
    good = [item for item in found if item.error is None]
    names = dict.fromkeys(name for item in good for name in (*(item.measured or {}), *(item.values or {})))
    names = {
        name: None
        for name in names
        if sum(name in (item.values or {}) or name in (item.measured or {}) for item in good) >= LEAST * len(good)
    }
    head = ["given", "repeat unit", "name", *(get_property(name).name for name in names)]
    rows = []
    for item in found:
        first = [text(item.given, mono=True), text(item.smiles or "–", mono=True)]
        if item.error is not None:
            rows.append([*first, text(f"not read: {item.error}"), *(text("–", None) for _ in names)])
            continue
        cells = []
        for name in names:
            value = (item.measured or {}).get(name) or (item.values or {}).get(name)
            cells.append(value_cell(writer.plain(value)) if value else text("–", None))
        rows.append([*first, text(item.name or "unnamed"), *cells])
    note = "Where a handbook has a measured value it is shown instead of the prediction; each number says which it is."
    return table("Properties", head, rows, note=note)
