"""Solvers for questions about properties: values, bounds, orders, trade-offs."""

from __future__ import annotations

import re
from typing import Any, Final

from polybench.run import structures
from polybench.run.question import Question
from polybench.run.reading import (
    Bound,
    ascending,
    asked_property,
    bare,
    bounds,
    choice_polymers,
    polymers,
    properties,
    wants_lowest,
)
from polybench.run.solution import Context, Solution
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.properties import Property
from tools.core.units import convert
from tools.simulation.robeson import BOUNDS, excess

_GAS: Final = {
    "oxygen": "O2", "nitrogen": "N2", "carbon dioxide": "CO2", "methane": "CH4", "hydrogen": "H2", "helium": "He"
}  # fmt: skip


def _gases(text: str) -> list[str]:
    places: list[tuple[int, str]] = []
    for name, gas in _GAS.items():
        match = re.search(rf"\b{name}\b|\b{gas}\b", text, re.I if len(name) > 6 else 0) or re.search(name, text, re.I)
        if match:
            places.append((match.start(), gas))
    return [gas for _, gas in sorted(places)]


def _in_unit(value: float, prop: Property, unit: str) -> float:
    if not unit or prop.unit == "dimensionless" or unit == prop.unit:
        return value
    try:
        return convert(value, prop.unit, unit)
    except PolysmithError:
        return value


def value(question: Question, context: Context) -> Solution | None:
    """The value of a property of one polymer, selectivities and molar volumes among them."""
    found = polymers(question.question)
    if question.answer_type != "numeric" or len(found) != 1:
        return None
    text, polymer = bare(question.question), found[0]
    if re.search(r"selectivity", text, re.I):
        gases = _gases(text)
        if len(gases) >= 2:
            one, other = (context.property(polymer, f"P_{gas}") for gas in gases[:2])
            return Solution(one / other, "Ratio of two permeabilities.") if one and other else None
    if re.search(r"molar volume", text, re.I):
        density = context.property(polymer, "density")
        return Solution(structures.mass(polymer) / density, "Molar mass over density.") if density else None
    prop = asked_property(question)
    predicted = context.property(polymer, prop.id) if prop else None
    if prop is None or predicted is None:
        return None
    said: Any = _in_unit(predicted, prop, question.unit)
    interval = context.values.interval(polymer, prop.id)
    if interval is not None:
        shift = predicted - sum(interval) / 2 if context.simulated and not prop.log else 0.0
        low, high = sorted(_in_unit(bound + shift, prop, question.unit) for bound in interval)
        said = {"value": said, "lower": low, "upper": high, "level": 0.9}
        said |= {"unit": question.unit} if question.unit else {}
    return Solution(said, f"Predicted {prop.id}.")


def truth(question: Question, context: Context) -> Solution | None:
    """Bounds, upper bounds of membranes, and whether a change raises a property."""
    if question.answer_type != "boolean":
        return None
    text, found = bare(question.question), polymers(question.question)
    if len(found) == 2:
        prop = asked_property(question)
        if prop is None:
            return None
        one, other = (context.property(item, prop.id) for item in found)
        if one is None or other is None:
            return None
        falls = re.search(r"\b(fall|drop|decrease|sink|lower)", text, re.I)
        return Solution(other < one if falls else other > one, f"Predicted {prop.id} of both.")
    if len(found) != 1:
        return None
    if re.search(r"upper bound|Robeson", text, re.I):
        gases = _gases(text)
        if len(gases) >= 2 and f"{gases[0]}/{gases[1]}" in BOUNDS:
            one, other = (context.property(found[0], f"P_{gas}") for gas in gases[:2])
            if one and other:
                over = excess(f"{gases[0]}/{gases[1]}", one, one / other) > 1
                return Solution(over, "Robeson's 2008 bound.")
        return None
    asked = bounds(question.question)
    verdicts = [_meets(found[0], bound, context) for bound in asked]
    known = [verdict for verdict in verdicts if verdict is not None]
    return Solution(all(known), "Compared predictions with the bounds.") if known else None


def _meets(polymer: Polymer, bound: Bound, context: Context) -> bool | None:
    predicted = context.property(polymer, bound.property.id)
    return None if predicted is None else (predicted > bound.value) == bound.above


def choice(question: Question, context: Context) -> Solution | None:
    """Which range holds the value, which choice meets bounds, which has the highest value."""
    if question.answer_type != "mcq":
        return None
    found, offered, prop = polymers(question.question), choice_polymers(question), asked_property(question)
    if prop is not None and len(found) == 1 and not offered:
        predicted = context.property(found[0], prop.id)
        return _range(question, predicted) if predicted is not None else None
    if len(offered) < 2 or prop is None:
        return None
    asked = bounds(question.question)
    if asked:
        margins = {key: _margin(item, asked, context) for key, item in offered.items()}
        best = max(margins, key=lambda key: margins[key])
        return Solution(best, "The choice that misses its bounds least.")
    values = {key: context.property(item, prop.id) for key, item in offered.items()}
    known = {key: number for key, number in values.items() if number is not None}
    if not known:
        return None
    pick = min if wants_lowest(bare(question.question)) else max
    return Solution(pick(known, key=lambda key: known[key]), f"Predicted {prop.id} of each.")


def _margin(polymer: Polymer, asked: list[Bound], context: Context) -> float:
    """The smallest margin to any bound, as a share of the property's plausible range."""
    import math

    worst = math.inf
    for bound in asked:
        predicted = context.property(polymer, bound.property.id)
        if predicted is None:
            continue
        low, high = bound.property.plausible
        if bound.property.log and predicted > 0 < bound.value and low > 0:
            margin = math.log(predicted / bound.value) / math.log(high / low)
        else:
            margin = (predicted - bound.value) / (high - low)
        worst = min(worst, margin if bound.above else -margin)
    return worst


def _range(question: Question, predicted: float) -> Solution | None:
    """Take the range that holds a number, or the nearest."""
    best: tuple[float, str] | None = None
    for key, text in question.choices.items():
        numbers = [float(item) for item in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", text.replace("−", "-"))]
        if not numbers:
            return None
        low, high = min(numbers), max(numbers)
        if re.search(r"below|under|less|<", text):
            low = float("-inf")
        elif re.search(r"above|over|more|>", text):
            high = float("inf")
        off = max(low - predicted, predicted - high, 0.0)
        best = min(best or (off, key), (off, key))
    return Solution(best[1], "The range that holds the prediction.") if best else None


def ranking(question: Question, context: Context) -> Solution | None:
    """An order by a predicted property."""
    prop, offered = asked_property(question), choice_polymers(question)
    if question.answer_type != "ranking" or prop is None or len(offered) < 2:
        return None
    values = {key: context.property(item, prop.id) for key, item in offered.items()}
    if any(number is None for number in values.values()):
        return None
    up = ascending(question.question)
    return Solution(sorted(values, key=lambda key: values[key] or 0.0, reverse=not up), f"Ordered by {prop.id}.")


def chosen(question: Question, context: Context) -> Solution | None:
    """Which choices pass bounds, or are Pareto-optimal."""
    offered = choice_polymers(question)
    if question.answer_type != "set" or len(offered) < 2:
        return None
    text = bare(question.question)
    if re.search(r"pareto", text, re.I):
        return _pareto(text, offered, context)
    asked = bounds(question.question)
    if not asked:
        return None
    kept = [
        key
        for key, item in offered.items()
        if all(verdict is not False for verdict in (_meets(item, bound, context) for bound in asked))
    ]
    return Solution(kept, "Compared predictions with the bounds.")


def _pareto(text: str, offered: dict[str, Polymer], context: Context) -> Solution | None:
    aims: list[tuple[str, int]] = []
    for match in re.finditer(r"\b(high|low)(?:er|est)?\b([^.]*?)(?=\band (?:high|low)|[.])", text, re.I):
        found = properties(match.group(2))
        if found:
            aims.append((found[0].id, 1 if match.group(1).casefold() == "high" else -1))
    if len(aims) < 2:
        return None
    points = {
        key: tuple(sign * (context.property(item, name) or 0.0) for name, sign in aims) for key, item in offered.items()
    }
    kept = [
        key
        for key, mine in points.items()
        if not any(all(b >= a for a, b in zip(mine, other, strict=True)) and other != mine for other in points.values())
    ]
    return Solution(kept, "Not beaten in both predictions at once.")


SOLVERS: Final = (value, truth, choice, ranking, chosen)
