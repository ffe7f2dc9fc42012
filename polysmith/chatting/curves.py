"""Heat release over time of candidates whose fire test was simulated, as an interactive figure."""

from __future__ import annotations

import json
from html import escape
from typing import Any, Final

from agent.report.model import Finalist, Report
from agent.report.view import title_of
from agent.runs import RunFolder
from polysmith.chatting.writing import Writer
from tools.core import sandbox
from tools.core.errors import PolysmithError, RunHeld
from tools.core.evidence import Value
from tools.core.shown import visible

_KEPT: Final = "heat-release-curves"
_SECONDS: Final = 60.0  # of one test
_COLOURS: Final = ("#0b8a93", "#c0622f", "#7569c9", "#4c9a38", "#b84a7c", "#9a861f", "#3f86cc", "#a3623f")
_GREY: Final = "#767676"


def simulated(report: Report, finalist: Finalist) -> Value | None:
    """Return the simulated peak heat release rate of a finalist.

    Parameters
    ----------
    report : Report
        The report.
    finalist : Finalist
        The finalist.

    Returns
    -------
    Value or None
        None if its fire test was not simulated.
    """
    keys = [check.value for check in finalist.checks if check.property == "peak_hrr" and check.value]
    values = [report.ledger.values[key] for key in keys]
    return next((value for value in values if value.kind == "simulated"), None)


def heat_release(writer: Writer, folder: RunFolder) -> str:
    """Make the figure of heat release rate over time.

    The run keeps the peaks and not the curves, so the central test is run once more, and kept with the run.

    Parameters
    ----------
    writer : Writer
        Writes the report.
    folder : RunFolder
        The run, in which curves are kept.

    Returns
    -------
    str
        Plotly figure as JSON; empty if nothing was simulated.
    """
    report = writer.report
    tested = {item.rank: value for item in report.finalists if (value := simulated(report, item)) is not None}
    if not tested:
        return ""
    curves = _curves(report, tested, folder)
    traces = [_trace(item, tested[item.rank], curves[str(item.rank)], writer)
              for item in report.finalists if str(item.rank) in curves]  # fmt: skip
    return json.dumps({"data": traces, "layout": _layout(tested)}, allow_nan=False) if traces else ""


def _curves(report: Report, tested: dict[int, Value], folder: RunFolder) -> dict[str, dict[str, list[float]]]:
    if folder.has(_KEPT):
        kept: dict[str, dict[str, list[float]]] = folder.load(_KEPT)
        return kept
    found: dict[str, dict[str, list[float]]] = {}
    for finalist in (item for item in report.finalists if item.rank in tested):
        conditions = tested[finalist.rank].conditions
        try:
            time, rate = sandbox.run(
                "tools.simulation.choose:heat_release_curve", finalist.smiles, conditions, seconds=_SECONDS
            )
        except RunHeld:
            raise
        except PolysmithError:  # its peak is in the report; a curve that cannot be had again is left out
            continue
        found[str(finalist.rank)] = {"time": time, "rate": rate}
    folder.save(_KEPT, found)
    return found


def _trace(finalist: Finalist, peak: Value, curve: dict[str, list[float]], writer: Writer) -> dict[str, Any]:
    name = f"{finalist.rank}. {visible(title_of(finalist))}"
    shown = writer.plain(peak)["text"]
    return {
        "type": "scatter", "mode": "lines", "name": escape(name if len(name) <= 40 else f"{name[:39]}…"),
        "x": curve["time"], "y": curve["rate"], "line": {"color": _COLOURS[(finalist.rank - 1) % len(_COLOURS)]},
        "hovertemplate": f"%{{y:.0f}} kW/m² at %{{x:.0f}} s<br>{escape(name)}<br>peak {escape(shown)}, simulated"
        "<extra></extra>",
    }  # fmt: skip


def _layout(tested: dict[int, Value]) -> dict[str, Any]:
    conditions = next(iter(tested.values())).conditions
    told = ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in conditions.items())
    frame = {"gridcolor": "rgba(128,128,128,0.2)", "zeroline": False, "rangemode": "tozero", "automargin": True}
    return {
        "autosize": True, "height": 380, "margin": {"l": 64, "r": 16, "t": 48, "b": 96},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "font": {"color": _GREY, "size": 12},
        "title": {"text": escape(f"Simulated cone test, central parameters ({told})"), "font": {"size": 13}},
        "legend": {"orientation": "h", "y": -0.25, "x": 0}, "hovermode": "closest",
        "xaxis": {**frame, "title": {"text": "time / s"}},
        "yaxis": {**frame, "title": {"text": "heat release rate / kW/m²"}},
    }  # fmt: skip
