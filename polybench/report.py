"""The report of an exam as one self-contained HTML page: no script, no outside request."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from polybench.compare import Row
from polybench.figures import bars, calibration, compared
from polybench.scorecard import Result, Scorecard

_SHOWN = 3  # quantities of a subtask whose errors are written out
_MARKUP = re.compile(r"^<\?xml[^>]*\?>\s*|<!DOCTYPE[^>]*>\s*", re.IGNORECASE)


def to_html(card: Scorecard, *, title: str = "") -> str:
    """Write a scorecard as HTML.

    Parameters
    ----------
    card : Scorecard
        The numbers.
    title : str
        Name of the task file; shown with the model.

    Returns
    -------
    str
        A page that needs nothing else: categories and subtasks with intervals, calibration of intervals, the
        compositionality gap, conventions, and failures to read.
    """
    images = {"categories": _image(bars(card.categories, card.macro)), "subtasks": _image(bars(card.subtasks, None))}
    drawn = calibration(card)
    if drawn:
        images["calibration"] = _image(drawn)
    return _page("report.html.j2", card=card, title=title, images=images, metrics_text=metrics_text)


def compare_html(rows: Sequence[Row], names: Sequence[str], *, title: str = "") -> str:
    """Write a comparison of runs as HTML.

    Parameters
    ----------
    rows : sequence of Row
        From ``compare.compare``.
    names : sequence of str
        The runs; the others are compared with the first.
    title : str
        Name of the task file.

    Returns
    -------
    str
        A page that needs nothing else.
    """
    return _page("compare.html.j2", rows=rows, names=names, title=title, image=_image(compared(rows, names)))


def metrics_text(result: Result) -> str:
    """Sum up the metrics of a subtask in words.

    Parameters
    ----------
    result : Result
        Of a subtask.

    Returns
    -------
    str
        Such as ``"Tg: MAE 12.1 K, RMSE 17.9, R2 0.91 (n 80); tau 0.62"``.
    """
    parts = []
    numbers = sorted(result.metrics.get("numbers", []), key=lambda item: -item["n"])
    for item in numbers[:_SHOWN]:
        name = f"{item['property']}: " if item["property"] else ""
        r2 = f", R2 {item['r2']:.3f}" if item["r2"] is not None else ""
        parts.append(f"{name}MAE {_with_unit(item['mae'], item['unit'])}, RMSE {item['rmse']:.4g}{r2} (n {item['n']})")
    if len(numbers) > _SHOWN:
        parts.append(f"and {len(numbers) - _SHOWN} other quantities")
    for item in result.metrics.get("coverage", []):
        level = f" of stated {item['level']:.0%}" if item["level"] is not None else ""
        parts.append(f"intervals{level} held {item['covered']:.1%} (n {item['n']})")
    shown = {
        "kendall_tau": "tau", "exact": "exact", "precision": "precision", "recall": "recall", "valid": "valid",
        "tanimoto": "Tanimoto", "constraints_met": "constraints met", "ring_topologies": "ring topologies",
        "properties_met": "properties met by prediction",
    }  # fmt: skip
    parts += [f"{label} {result.metrics[key]:.3f}" for key, label in shown.items() if key in result.metrics]
    return "; ".join(parts)


def _with_unit(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}".strip()


def _image(svg: str) -> str:
    """Return an SVG as a data URI: inside <img> nothing in it can run."""
    return "data:image/svg+xml;base64," + base64.b64encode(_MARKUP.sub("", svg).encode()).decode()


def _page(template: str, **values: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)
