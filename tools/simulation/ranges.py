"""Predictions that cannot come from their models: wrong units and lost powers of ten.

A model's answer that lies beyond everything it learnt from is no ordinary error of prediction. (That selectivities be
the ratio of the permeabilities cannot be asked: all come from models of their own, and for 150 handbook polymers 201 of
them differ from that ratio by more than a factor of three.)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tools.core.properties import get_property
from tools.core.units import convert
from tools.properties.artefacts import SHIPPED, library
from tools.simulation.finding import Finding, Predictions, show

if TYPE_CHECKING:
    from tools.core.polymer import Polymer

_BEYOND = 0.05  # share of the range of what was learnt from, beyond which a prediction cannot come from it


def known_range(polymer: Polymer, predictions: Predictions) -> list[Finding]:
    """Look for predictions beyond every value that their model learnt from: a wrong unit or a lost power of ten.

    Parameters
    ----------
    polymer : Polymer
        Not used.
    predictions : mapping of str to Value
        Predicted values.

    Returns
    -------
    list of Finding
        One per predicted value that is out of range.
    """
    found = library(SHIPPED)
    findings = []
    for name, value in predictions.items():
        if value.kind != "predicted" or name not in found.names:
            continue
        model = found.model(name)
        ends = [float(end) for end in (model.labels.min(), model.labels.max())]
        margin = _BEYOND * (ends[1] - ends[0])
        low, high = (10.0**end for end in ends) if model.log else ends
        own = math.log10(max(value.value, 1e-300)) if model.log else value.value
        if ends[0] - margin <= own <= ends[1] + margin:
            continue
        prop = get_property(name)
        shown = [f"{convert(end, prop.unit, prop.display_unit):.4g}" for end in (low, high)]
        text = (
            f"{prop.name}: predicted {show(value)} lies beyond all {len(model.labels)} values that the model learnt "
            f"from, {shown[0]} to {shown[1]} ({model.card.id}): not to be trusted."
        )
        findings.append(Finding(check="known_range", property=name, severity="warning", text=text, values=(value,)))
    return findings
