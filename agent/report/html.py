"""The report as one self-contained HTML page: no script, no outside request."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path

from agent.numbers import show_value
from agent.report import view
from agent.report.model import Report
from tools.core.shown import doi_url, visible

_MARKUP = re.compile(r"^<\?xml[^>]*\?>\s*|<!DOCTYPE[^>]*>\s*", re.IGNORECASE)


def _image(svg: str) -> str:
    """Return an SVG as a data URI: inside <img> nothing in it can run."""
    plain = _MARKUP.sub("", svg)
    return "data:image/svg+xml;base64," + base64.b64encode(plain.encode()).decode()


def _shown(content: object) -> object:
    """Show control and direction characters as escapes; the template escapes what HTML would read."""
    return visible(content) if isinstance(content, str) else content


def to_html(report: Report, figures: Mapping[str, str]) -> str:
    """Write a report as HTML.

    Parameters
    ----------
    report : Report
        The report.
    figures : mapping of str to str
        SVG text by name: "properties" and "candidate-1", "candidate-2", ...

    Returns
    -------
    str
        A page that needs nothing else.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    units = view.given_units(report)
    return environment.get_template("report.html.j2").render(
        report=report,
        verdict=view.VERDICTS[report.verdict],
        rows=view.spec_rows(report),
        kinds=view.KINDS,
        numbers=view.passage_numbers(report),
        model_lines=view.model_lines(report),
        images={name: _image(svg) for name, svg in figures.items()},
        title_of=view.title_of,
        proposal_rows=view.proposal_rows,
        explained=view.EXPLAINED,
        value_text=lambda key: view.value_text(report, key),
        derived_text=lambda key: view.derived_text(report, key),
        plain_derived=lambda key: view.derived_text(report, key, tag=False),
        claim_text=lambda claim: view.claim_text(report, claim),
        plain_value=lambda value: show_value(value, units.get(value.property, "")),
        kind_text=lambda key: view.kind_text(report, key),
        doi_url=doi_url,
        passage_text=view.passage_text,
    )
