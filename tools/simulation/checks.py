"""Physics checks of predicted properties: agreement with estimates, and rules that no polymer breaks freely.

Every number in a finding is a Value's or a constant of the rule, with its source beside it.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from tools.core.errors import NotCoveredError
from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.simulation import robeson
from tools.simulation.additive import reference
from tools.simulation.estimate import estimate
from tools.simulation.finding import Finding as Finding  # part of this module's interface
from tools.simulation.finding import Predictions, Severity, show
from tools.simulation.ranges import known_range
from tools.simulation.vdw import SOURCE as VDW_SOURCE
from tools.simulation.vdw import packing_coefficient

if TYPE_CHECKING:
    from tools.core.polymer import Polymer

# two-sided standard normal: half width of a 90 % interval, and the limits for a note (95 %) and a warning (99.7 %)
_HALF_90, _NOTE, _WARNING = 1.6449, 1.96, 3.0
_BOYER_BEAMAN = "Boyer-Beaman rule: Tg/Tm usually 0.5 to 0.7 (Encyclopedic Dictionary of Polymers, Springer 2011)"
_MAXWELL = "Maxwell relation: the refractive index squared is the dielectric constant at optical frequency"


def check(polymer: Polymer, predictions: Predictions) -> list[Finding]:
    """Check predicted properties against estimates and physics.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    predictions : mapping of str to Value
        Predicted (or measured) values by property id, in canonical units.

    Returns
    -------
    list of Finding
        One per check that applies: checks whose values are missing say nothing. An empty list means nothing could be
        checked, not that all is well.
    """
    findings = agreement(polymer, predictions)
    rules = (known_range, tg_below_tm, maxwell, packing, permeability_order, upper_bound)
    for rule in rules:
        findings += rule(polymer, predictions)
    return findings


def deviation(value: Value) -> float | None:
    """Return the standard deviation behind a value's interval, taking the interval as normal.

    Parameters
    ----------
    value : Value
        Any value.

    Returns
    -------
    float or None
        In the unit of the value; None without an interval.
    """
    if value.lower is None or value.upper is None or value.upper <= value.lower:
        return None
    half = NormalDist().inv_cdf(0.5 + value.coverage / 2) if value.coverage and 0 < value.coverage < 1 else _HALF_90
    return (value.upper - value.lower) / 2 / half


def agreement(polymer: Polymer, predictions: Predictions) -> list[Finding]:
    """Compare every prediction that has an estimate, beyond their joint uncertainty.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    predictions : mapping of str to Value
        Predicted values.

    Returns
    -------
    list of Finding
        One per property with both values and intervals.
    """
    findings = []
    for name, second in estimate(polymer).items():
        first = predictions.get(name)
        if first is None or (name == "heat_capacity" and first.label_kind == "simulated"):
            continue  # classical simulations count every vibration fully: 2 to 2.5 times the measured heat capacity
        spreads = deviation(first), deviation(second)
        if spreads[0] is None or spreads[1] is None:
            continue
        distance = abs(first.value - second.value) / (spreads[0] ** 2 + spreads[1] ** 2) ** 0.5
        severity: Severity = "warning" if distance > _WARNING else "note" if distance > _NOTE else "ok"
        verdict = {
            "ok": "agree within their joint uncertainty",
            "note": "differ by more than their joint 95 % uncertainty",
            "warning": "differ far beyond their joint uncertainty",
        }[severity]
        text = (
            f"{get_property(name).name}: {first.kind} {show(first)} and group contribution {show(second)} {verdict}"
            f" ({second.source}{'; ' + second.note if second.note else ''})."
        )
        findings.append(Finding(check="agreement", property=name, severity=severity, text=text, values=(first, second)))
    return findings


def _outside(value: float, statistics: dict[str, Any]) -> Severity:
    """Judge a number against quantiles of measured polymers: 95 % for a note, 99 % for a warning."""
    quantiles = statistics["quantiles"]
    if not quantiles["0.005"] <= value <= quantiles["0.995"]:
        return "warning"
    return "ok" if quantiles["0.025"] <= value <= quantiles["0.975"] else "note"


def tg_below_tm(polymer: Polymer, predictions: Predictions) -> list[Finding]:
    """Check that the glass transition lies below melting, and their ratio against measured polymers.

    Parameters
    ----------
    polymer : Polymer
        Not used; every rule has the same arguments.
    predictions : mapping of str to Value
        Needs Tg and Tm.

    Returns
    -------
    list of Finding
        None or one.
    """
    if "Tg" not in predictions or "Tm" not in predictions:
        return []
    tg, tm = predictions["Tg"], predictions["Tm"]
    if tg.value >= tm.value:
        clear = tg.lower is not None and tm.upper is not None and tg.lower > tm.upper
        severity: Severity = "warning" if clear else "note"
        text = (
            f"Tg {show(tg)} is not below Tm {show(tm)}: a crystal melts above the glass transition. Either one is "
            f"wrong, or the polymer does not crystallise and has no Tm{'' if clear else '; the intervals overlap'}."
        )
    else:
        content, card = reference()
        statistics = content["tg_over_tm"]
        ratio = tg.value / tm.value
        severity = "note" if _outside(ratio, statistics) != "ok" else "ok"
        low, high = statistics["quantiles"]["0.025"], statistics["quantiles"]["0.975"]
        text = (
            f"Tg {show(tg)} is below Tm {show(tm)}; their ratio in kelvin is {ratio:.2f}. {_BOYER_BEAMAN}; 95 % of "
            f"{statistics['n']} measured polymers lie between {low:.2f} and {high:.2f} ({card.id})."
        )
    return [Finding(check="tg_below_tm", property="Tg", severity=severity, text=text, values=(tg, tm))]


def maxwell(polymer: Polymer, predictions: Predictions) -> list[Finding]:
    """Check that the dielectric constant is not below the refractive index squared.

    Parameters
    ----------
    polymer : Polymer
        Not used.
    predictions : mapping of str to Value
        Needs refractive_index and dielectric_constant.

    Returns
    -------
    list of Finding
        None or one.
    """
    if "refractive_index" not in predictions or "dielectric_constant" not in predictions:
        return []
    index, constant = predictions["refractive_index"], predictions["dielectric_constant"]
    square = index.value**2
    shown = f"n = {show(index)} gives n² = {square:.3g}; the dielectric constant is {show(constant)}"
    if square <= constant.value:
        severity: Severity = "ok"
        text = f"{shown}: not below n², as it should be. {_MAXWELL}."
    else:
        clear = index.lower is not None and constant.upper is not None and index.lower**2 > constant.upper
        severity = "warning" if clear else "note"
        overlap = "" if clear else " The intervals overlap."
        text = f"{shown}: below n², although slower polarisation can only add to it. {_MAXWELL}.{overlap}"
    return [
        Finding(check="maxwell", property="dielectric_constant", severity=severity, text=text, values=(index, constant))
    ]


def packing(polymer: Polymer, predictions: Predictions) -> list[Finding]:
    """Check the density against the space that the atoms need.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    predictions : mapping of str to Value
        Needs density.

    Returns
    -------
    list of Finding
        None or one.
    """
    density = predictions.get("density")
    if density is None:
        return []
    try:
        coefficient = packing_coefficient(polymer, density.value)
    except NotCoveredError:
        return []
    content, card = reference()
    statistics = content["packing"]
    severity = _outside(coefficient, statistics)
    low, high = statistics["quantiles"]["0.025"], statistics["quantiles"]["0.975"]
    text = (
        f"Density {show(density)} means that atoms fill {coefficient:.2f} of the volume; 95 % of {statistics['n']} "
        f"measured polymers lie between {low:.2f} and {high:.2f} ({card.id}; {VDW_SOURCE})."
    )
    return [Finding(check="packing", property="density", severity=severity, text=text, values=(density,))]


def permeability_order(polymer: Polymer, predictions: Predictions) -> list[Finding]:
    """Check the order of gas permeabilities against that of measured polymers.

    Parameters
    ----------
    polymer : Polymer
        Not used.
    predictions : mapping of str to Value
        Needs pairs of P_O2, P_N2, P_CO2, P_CH4, P_H2.

    Returns
    -------
    list of Finding
        One per pair that is out of order; one "ok" if all that could be compared are in order.
    """
    content, card = reference()
    findings, compared = [], []
    for pair, counts in content["order"].items():
        fast, slow = (predictions.get(f"P_{gas}") for gas in pair.split("/"))
        if fast is None or slow is None:
            continue
        compared += [value for value in (fast, slow) if value not in compared]
        if fast.value >= slow.value:
            continue
        clear = fast.upper is not None and slow.lower is not None and fast.upper < slow.lower
        text = (
            f"{get_property(fast.property).name} {show(fast)} is below "
            f"{get_property(slow.property).name} {show(slow)}; "
            f"in {counts['in_order']} of {counts['n']} measured polymers it is above ({card.id})."
        )
        severity: Severity = "warning" if clear else "note"
        item = Finding(
            check="permeability_order", property=fast.property, severity=severity, text=text, values=(fast, slow)
        )
        findings.append(item)
    if compared and not findings:
        text = f"Gas permeabilities are in the order that measured polymers show ({card.id})."
        item = Finding(
            check="permeability_order", property=compared[0].property, severity="ok", text=text, values=tuple(compared)
        )
        findings.append(item)
    return findings


def upper_bound(polymer: Polymer, predictions: Predictions) -> list[Finding]:
    """Compare permeability and selectivity with Robeson's 2008 upper bound.

    Parameters
    ----------
    polymer : Polymer
        Not used.
    predictions : mapping of str to Value
        Needs the permeabilities of both gases of a pair.

    Returns
    -------
    list of Finding
        One per pair that can be placed.
    """
    findings = []
    for pair in robeson.BOUNDS:
        first, second = pair.split("/")
        fast, slow = predictions.get(f"P_{first}"), predictions.get(f"P_{second}")
        if fast is None or slow is None or not 0 < slow.value < fast.value:
            continue  # the bounds are for the pair in this order; below a selectivity of 1 there is none
        findings.append(_place(pair, fast, slow))
    return findings


def _place(pair: str, fast: Value, slow: Value) -> Finding:
    selectivity = fast.value / slow.value
    ratio = robeson.excess(pair, fast.value, selectivity)
    k, n = robeson.BOUNDS[pair]
    place = f"P({pair.split('/')[0]}) {show(fast)} with {pair} selectivity {selectivity:.3g}"
    law = f"P = k αⁿ with k = {k:.7g} Barrer, n = {n:g}; {robeson.SOURCE}"
    if ratio <= 1:
        text = f"{place} lies below the 2008 upper bound ({law})."
        return Finding(check="upper_bound", property=fast.property, severity="ok", text=text, values=(fast, slow))
    low = fast.lower if fast.lower is not None and fast.lower > 0 else None
    clear = low is not None and robeson.excess(pair, low, selectivity) > 1
    counts = reference()[0]["robeson"].get(pair)
    seen = f" {counts['above']} of {counts['n']} measured polymers do." if counts else ""
    text = f"{place} lies {ratio:.3g} times above the 2008 upper bound ({law}).{seen} Treat it with doubt."
    severity: Severity = "warning" if clear else "note"
    return Finding(check="upper_bound", property=fast.property, severity=severity, text=text, values=(fast, slow))
