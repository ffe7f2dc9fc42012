"""Figures of a report, as SVG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from polybench.compare import Row
from polybench.scorecard import Result, Scorecard

_COLOURS = ("#0b6e75", "#b4552d", "#5a4fa2", "#3f7d2f", "#a23b6a", "#7a6a1f", "#2f6db4", "#8a4b2f")


def _drawn(width: float, height: float, draw: Any) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "exam", "svg.fonttype": "path", "font.size": 9}):
        figure = Figure(figsize=(width, height), layout="constrained")
        axis = figure.subplots()
        draw(axis)
        axis.spines[["top", "right"]].set_visible(False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def bars(results: Mapping[str, Result], macro: Result | None) -> str:
    """Draw scores with their intervals.

    Parameters
    ----------
    results : mapping of str to Result
        By name.
    macro : Result or None
        Drawn as a line where it is given.

    Returns
    -------
    str
        SVG.
    """

    def draw(axis: Any) -> None:
        for row, result in enumerate(results.values()):
            axis.barh(row, result.score, color=_COLOURS[0], height=0.6)
            if result.lower is not None and result.upper is not None:
                axis.plot([result.lower, result.upper], [row, row], color="#1b2430", linewidth=1.5)
        if macro is not None:
            axis.axvline(macro.score, color=_COLOURS[1], linewidth=1, linestyle="--")
        axis.set_yticks(range(len(results)), [name.replace("_", " ").replace("/", ": ") for name in results])
        axis.set_xlim(0, 1)
        axis.invert_yaxis()
        axis.set_xlabel("score")

    return _drawn(7.5, 0.8 + 0.3 * len(results), draw)


def calibration(card: Scorecard) -> str:
    """Draw the share of right numbers inside stated intervals against their nominal level.

    Parameters
    ----------
    card : Scorecard
        The numbers.

    Returns
    -------
    str
        SVG; empty if no interval was stated with its level.
    """
    stated = [row for row in card.calibration if row["level"] is not None]
    if not stated:
        return ""

    def draw(axis: Any) -> None:
        axis.plot([0, 1], [0, 1], color="#9aa7b8", linewidth=1)
        axis.plot([row["level"] for row in stated], [row["covered"] for row in stated], "o-", color=_COLOURS[0])
        axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="stated level of the interval", ylabel="share that held")

    return _drawn(4, 3.4, draw)


def compared(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Draw the scores of several runs beside one another, for the macro score and the categories.

    Parameters
    ----------
    rows : sequence of Row
        The comparison.
    names : sequence of str
        The runs.

    Returns
    -------
    str
        SVG.
    """
    tops = [row for row in rows if "/" not in row.part]
    height = 0.8 / len(names)

    def draw(axis: Any) -> None:
        for place, name in enumerate(names):
            where = [row + (place - (len(names) - 1) / 2) * height for row in range(len(tops))]
            scores = [item.scores[name] for item in tops]
            axis.barh(where, scores, height=height, color=_COLOURS[place % len(_COLOURS)], label=name)
        axis.set_yticks(range(len(tops)), [item.part.replace("_", " ") for item in tops])
        axis.set_xlim(0, 1)
        axis.invert_yaxis()
        axis.set_xlabel("score")
        axis.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=min(3, len(names)))

    return _drawn(7.5, 0.9 + (0.2 + 0.16 * len(names)) * len(tops), draw)
