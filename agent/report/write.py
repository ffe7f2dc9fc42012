"""Writing a report into its run folder."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from agent.report.figures import figures
from agent.report.html import to_html
from agent.report.markdown import to_markdown
from agent.report.model import Report
from agent.runs import RunFolder, write_atomically
from tools.core.errors import StateError
from tools.core.shown import safe_cell


def to_csv(report: Report) -> str:
    """Write the finalists as CSV, values in canonical units.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        One row per finalist: identity, chance to meet all, and value, bounds, kind and source per property.
    """
    properties = sorted({name for item in report.finalists for name in item.predictions})
    head = ["rank", "name", "smiles", "key", "class", "chance_all_percent", "synthesisability", "route", "monomers"]
    for name in properties:
        head += [name, f"{name}_lower", f"{name}_upper", f"{name}_unit", f"{name}_kind", f"{name}_source"]
    proposed = any(item.parents or item.reason for item in report.finalists)
    head += ["origin", "parents", "model_reason"] if proposed else []
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    derived, values = report.ledger.derived, report.ledger.values
    for item in report.finalists:
        route = item.routes[0] if item.routes else None
        row: list[object] = [
            item.rank, item.name, item.smiles, item.key, " ".join(item.classes),
            round(derived[item.chance].value, 1) if item.chance else "",
            round(derived[item.feasibility].value, 3) if item.feasibility else "",
            route.mechanism if route else "",
            " + ".join(monomer.smiles for monomer in route.monomers) if route else "",
        ]  # fmt: skip
        for name in properties:
            value = values.get(item.predictions.get(name, ""))
            row += [value.value, value.lower, value.upper, value.unit, value.kind, value.source] if value else [""] * 6
        row += [item.origin, " + ".join(item.parents), item.reason] if proposed else []
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return buffer.getvalue()


def write_report(report: Report, folder: RunFolder) -> dict[str, Path]:
    """Write all views of a report.

    Parameters
    ----------
    report : Report
        The report.
    folder : RunFolder
        Where to.

    Returns
    -------
    dict of str to Path
        Path by view: "markdown", "html", "csv", "json".

    Raises
    ------
    StateError
        If the folder cannot be written to.
    """
    drawn = figures(report)
    pictures = folder.path / "figures"
    try:
        pictures.mkdir(exist_ok=True)
    except OSError as error:
        raise StateError(f"Cannot write to {folder.path}: {error.strerror}.") from error
    for name, svg in drawn.items():
        write_atomically(pictures / f"{name}.svg", svg)
    paths = {
        "markdown": folder.path / "report.md",
        "html": folder.path / "report.html",
        "csv": folder.path / "candidates.csv",
        "json": folder.path / "run.json",
    }
    write_atomically(paths["markdown"], to_markdown(report))
    write_atomically(paths["html"], to_html(report, drawn))
    write_atomically(paths["csv"], to_csv(report))
    write_atomically(paths["json"], report.model_dump_json(indent=1) + "\n")
    return paths
