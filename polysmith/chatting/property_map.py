"""The property map as an interactive figure: what is wanted is shaded, known polymers stand behind."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from agent.report.model import Report
from agent.report.view import title_of
from polysmith.chatting.writing import Writer
from tools.chemistry import handbook
from tools.core.properties import get_property
from tools.core.shown import visible

MOST_AXES: Final = 12
_INK, _WANTED, _KNOWN = "#0b8a93", "rgba(11,138,147,0.14)", "rgba(140,140,140,0.65)"
_GREY: Final = "#767676"  # readable on white and on black


@dataclass(frozen=True)
class _Axis:
    """What one property gives to the figure; numbers in the unit that is shown, in the order of the points."""

    name: str
    label: str
    short: str
    log: bool
    bounds: tuple[float | None, float | None]
    candidates: tuple[float | None, ...]
    plus: tuple[float, ...]
    minus: tuple[float, ...]
    known: tuple[float | None, ...]

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest number that has to be seen, with a margin."""
        points = [n for n in (*self.candidates, *self.known, *self.bounds) if n is not None]
        middles = [
            (n, up, down) for n, up, down in zip(self.candidates, self.plus, self.minus, strict=True) if n is not None
        ]
        points += [edge for n, up, down in middles for edge in (n + up, n - down)]
        points = [n for n in points if n > 0 or not self.log]
        if not points:
            return (1.0, 10.0)
        low, high = min(points), max(points)
        if self.log:
            factor = max((high / low) ** 0.05, 1.05)
            return low / factor, high * factor
        margin = 0.05 * (high - low) or max(abs(high) * 0.05, 0.5)
        return low - margin, high + margin

    @property
    def wanted(self) -> tuple[float, float]:
        """The side of the shaded region on this axis; the whole axis where nothing limits it."""
        low, high = self.span
        lower, upper = self.bounds
        return (low if lower is None else lower, high if upper is None else upper)

    @property
    def range(self) -> list[float]:
        """The axis' range as plotly takes it."""
        low, high = self.span
        return [math.log10(low), math.log10(high)] if self.log else [low, high]


def property_map(writer: Writer) -> str:
    """Make the property map of a report.

    Parameters
    ----------
    writer : Writer
        Writes the report.

    Returns
    -------
    str
        Plotly figure as JSON with two menus for the axes; empty if fewer than two properties have values.
    """
    report = writer.report
    names = axes_of(report)
    if len(names) < 2:
        return ""
    known = _known(report, names)
    axes = [_axis(writer, name, known) for name in names]
    across, up = axes[0], axes[1]
    figure = {
        "data": [_known_trace(writer, known, across, up), _candidate_trace(writer, across, up)],
        "layout": _layout(axes, across, up),
    }
    return json.dumps(figure, allow_nan=False)


def axes_of(report: Report) -> list[str]:
    """Choose the properties that can be axes: musts first, then wishes, then all others that were predicted.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    list of str
        Property ids, at most ``MOST_AXES``; each has a value for at least one finalist.
    """
    asked = [item.property for item in sorted(report.spec.constraints, key=lambda item: not item.hard)]
    valued = {check.property for item in report.finalists for check in item.checks if check.value}
    predicted = [name for item in report.finalists for name in item.predictions]
    found = [name for name in dict.fromkeys(asked) if name in valued]
    return list(dict.fromkeys([*found, *predicted]))[:MOST_AXES]


def _axis(writer: Writer, name: str, known: Sequence[tuple[str, dict[str, float]]]) -> _Axis:
    report, prop = writer.report, get_property(name)
    numbers: list[float | None] = []
    plus, minus = [], []
    for finalist in report.finalists:
        keys = [check.value for check in finalist.checks if check.property == name and check.value]
        key = keys[0] if keys else finalist.predictions.get(name, "")
        value = report.ledger.values.get(key)
        low, middle, high = (
            writer.number(name, value.lower) if value else None,
            writer.number(name, value.value) if value else None,
            writer.number(name, value.upper) if value else None,
        )
        numbers.append(middle)
        plus.append(abs(high - middle) if high is not None and middle is not None else 0.0)
        minus.append(abs(middle - low) if low is not None and middle is not None else 0.0)
    limits = [item for item in report.spec.constraints if item.property == name]
    lower = [item.lower for item in limits if item.lower is not None]
    upper = [item.upper for item in limits if item.upper is not None]
    return _Axis(
        name=name,
        label=writer.label(name),
        short=prop.symbol or prop.name,
        log=prop.log,
        bounds=(
            writer.number(name, max(lower)) if lower else None,
            writer.number(name, min(upper)) if upper else None,
        ),
        candidates=tuple(numbers),
        plus=tuple(plus),
        minus=tuple(minus),
        known=tuple(writer.number(name, values.get(name)) for _, values in known),
    )


def _known(report: Report, names: Sequence[str]) -> list[tuple[str, dict[str, float]]]:
    """Collect polymers with measured values of two of the properties or more, in canonical units."""
    keys = {item.key for item in report.finalists}
    found = []
    for key, entries in sorted(handbook.by_key().items()):
        if key in keys:
            continue
        values = {name: value.value for name in names if (value := entries[0].summary(name)) is not None}
        if len(values) > 1:
            found.append((entries[0].name, values))
    return found


def _known_trace(
    writer: Writer, known: Sequence[tuple[str, dict[str, float]]], across: _Axis, up: _Axis
) -> dict[str, Any]:
    texts = [
        "<br>".join(
            [f"<b>{escape(visible(label))}</b>", "measured, handbook"]
            + [f"{escape(writer.label(name))}: {writer.number(name, number):.4g}" for name, number in values.items()]
        )
        for label, values in known
    ]
    return {
        "type": "scatter", "mode": "markers", "name": "known polymers, measured",
        "x": list(across.known), "y": list(up.known), "text": texts, "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": _KNOWN, "size": 6, "symbol": "circle-open"},
        "error_x": {"array": [], "arrayminus": []}, "error_y": {"array": [], "arrayminus": []},
    }  # fmt: skip


def _candidate_trace(writer: Writer, across: _Axis, up: _Axis) -> dict[str, Any]:
    report = writer.report
    texts = []
    for finalist in report.finalists:
        chance = writer.derived(finalist.chance)
        lines = [f"<b>{finalist.rank}. {escape(visible(title_of(finalist)))}</b>"]
        lines += [f"chance to meet all: {chance['text']}"] if chance else []
        for check in finalist.checks:
            if check.value:
                written = writer.value(check.value)
                lines.append(escape(f"{written['property']}: {written['text']}, {written['kind']}"))
        texts.append("<br>".join(lines))
    bars = {"type": "data", "symmetric": False, "color": _INK, "thickness": 1.5, "width": 4}
    return {
        "type": "scatter", "mode": "markers+text", "name": "candidates, with intervals",
        "x": list(across.candidates), "y": list(up.candidates), "hovertext": texts,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "text": [str(item.rank) for item in report.finalists], "textposition": "top right",
        "marker": {"color": _INK, "size": 11, "line": {"color": "#ffffff", "width": 1}},
        "error_x": {**bars, "array": list(across.plus), "arrayminus": list(across.minus)},
        "error_y": {**bars, "array": list(up.plus), "arrayminus": list(up.minus)},
    }  # fmt: skip


def _layout(axes: Sequence[_Axis], across: _Axis, up: _Axis) -> dict[str, Any]:
    (x0, x1), (y0, y1) = across.wanted, up.wanted
    limited = any(bound is not None for axis in axes for bound in axis.bounds)
    region = {
        "type": "rect", "xref": "x", "yref": "y", "x0": x0, "x1": x1, "y0": y0, "y1": y1,
        "fillcolor": _WANTED, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip
    return {
        "autosize": True, "height": 460, "margin": {"l": 64, "r": 16, "t": 64, "b": 96},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": _GREY, "size": 12}, "hovermode": "closest", "dragmode": "pan",
        "legend": {"orientation": "h", "y": -0.22, "x": 0},
        "xaxis": _frame(across), "yaxis": _frame(up), "shapes": [region] if limited else [],
        "updatemenus": [_menu(axes, "x", axes.index(across), 0.0), _menu(axes, "y", axes.index(up), 0.5)],
    }  # fmt: skip


def _frame(axis: _Axis) -> dict[str, Any]:
    return {
        "title": {"text": escape(axis.label)}, "type": "log" if axis.log else "linear", "range": axis.range,
        "gridcolor": "rgba(128,128,128,0.2)", "zeroline": False, "automargin": True,
    }  # fmt: skip


def _menu(axes: Sequence[_Axis], letter: str, active: int, left: float) -> dict[str, Any]:
    """Make the menu that changes one axis: its points, bars, title, range and side of the shaded region."""
    side, buttons = f"{letter}axis", []
    for axis in axes:
        low, high = axis.wanted
        points = {
            letter: [list(axis.known), list(axis.candidates)],
            f"error_{letter}.array": [[], list(axis.plus)],
            f"error_{letter}.arrayminus": [[], list(axis.minus)],
        }
        frame = {
            f"{side}.title.text": escape(axis.label), f"{side}.type": "log" if axis.log else "linear",
            f"{side}.range": axis.range, f"shapes[0].{letter}0": low, f"shapes[0].{letter}1": high,
        }  # fmt: skip
        buttons.append({"label": f"{letter}: {escape(axis.short)}", "method": "update", "args": [points, frame]})
    return {
        "buttons": buttons, "active": active, "type": "dropdown", "direction": "down", "showactive": True,
        "x": left, "xanchor": "left", "y": 1.16, "yanchor": "top", "bgcolor": "rgba(128,128,128,0.12)",
        "bordercolor": "rgba(128,128,128,0.4)", "font": {"size": 12, "color": _GREY},
    }  # fmt: skip
