"""Figures of a report: the property map and the structures."""

from __future__ import annotations

import io
from typing import Any

from agent.numbers import in_unit, show_unit
from agent.report.model import Report
from tools.core.properties import get_property
from tools.core.spec import Constraint

_COLOURS = ("#0b6e75", "#b4552d", "#5a4fa2", "#3f7d2f", "#a23b6a", "#7a6a1f", "#2f6db4", "#8a4b2f")


def _panel(axis: Any, report: Report, constraint: Constraint) -> None:
    prop = get_property(constraint.property)
    unit = constraint.given_unit or prop.display_unit
    names = []
    for row, finalist in enumerate(report.finalists):
        value = report.ledger.values[finalist.predictions[prop.id]]
        numbers = [
            in_unit(n, prop.id, unit) if n is not None else None for n in (value.lower, value.value, value.upper)
        ]
        low, middle, high = numbers
        colour = _COLOURS[row % len(_COLOURS)]
        if low is not None and high is not None:
            axis.plot([low, high], [row, row], color=colour, linewidth=2, solid_capstyle="butt")
        axis.plot([middle], [row], marker="o", color=colour)
        names.append(f"{finalist.rank}")
    if prop.log:
        axis.set_xscale("log")
    left, right = axis.get_xlim()
    low = in_unit(constraint.lower, prop.id, unit) if constraint.lower is not None else left
    high = in_unit(constraint.upper, prop.id, unit) if constraint.upper is not None else right
    left, right = min(left, low), max(right, high)
    axis.axvspan(max(low, left), min(high, right), color="#0b6e75", alpha=0.10, linewidth=0)
    axis.set_xlim(left, right)
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    label = show_unit(unit)
    axis.set_xlabel(f"{prop.name}{f' / {label}' if label else ''}")
    axis.spines[["top", "right"]].set_visible(False)


def property_map(report: Report) -> str:
    """Draw predicted values with intervals, the wanted region shaded, one panel per property.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        SVG; empty if no asked property was predicted for every finalist.
    """
    wanted: list[Constraint] = []
    for item in report.spec.constraints:
        covered = report.finalists and all(item.property in finalist.predictions for finalist in report.finalists)
        if covered and item.property not in {known.property for known in wanted}:
            wanted.append(item)
    if not wanted:
        return ""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": report.run_id, "svg.fonttype": "path", "font.size": 9}):
        height = 0.9 + 0.32 * len(report.finalists)
        figure = Figure(figsize=(7.5, height * len(wanted)), layout="constrained")
        axes = list(figure.subplots(len(wanted), 1, squeeze=False)[:, 0])
        for axis, constraint in zip(axes, wanted, strict=True):
            _panel(axis, report, constraint)
        figure.supylabel("candidate")
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def figures(report: Report) -> dict[str, str]:
    """Draw every figure of a report.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    dict of str to str
        SVG by name: "properties" where it applies, and "candidate-1", "candidate-2", ...
    """
    from tools.chemistry.drawing import draw_svg
    from tools.core.polymer import Polymer

    drawn = {f"candidate-{item.rank}": draw_svg(Polymer.from_smiles(item.smiles)) for item in report.finalists}
    plot = property_map(report)
    return {"properties": plot, **drawn} if plot else drawn
