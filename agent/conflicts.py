"""Sources that disagree on a value: shown side by side, with the number of sources on each side, and never averaged.

Two values of one property of one polymer disagree when they are further apart than the handbook's sources usually are
(the median spread among its polymers with several sources: 31 K for Tg, 37 K for Tm), where the handbook cannot tell
by a fifth, and for properties that spread over decades by a factor of two. A range of sources counts from its nearer
end, a prediction from the nearer end of its interval. The handbook and its cards are one source; a document is one
source however often it says the same, and so are documents that say it in the same words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from agent.evidence import Claim, Derived, Ledger, Quote
from agent.numbers import show
from agent.records import Record
from tools.chemistry import handbook
from tools.core.evidence import Value
from tools.core.properties import get_property

HANDBOOK = "the handbook"
_SHOWN = 3  # sources of one side that are quoted
_ENOUGH = 4  # polymers with several sources from which a spread is taken
_FIFTH = 0.2


@dataclass(frozen=True)
class Point:
    """What one source says.

    Attributes
    ----------
    material, name, property : str
        Key and name of the polymer, id of the property.
    low, high : float
        Its value or range, in the canonical unit.
    source : str
        What counts as one source.
    written : str
        The value as it is shown.
    quote : Quote or None
        Where it is said.
    value : str
        Ledger id of the value; empty for a quote.
    predicted : bool
        Whether it is a prediction, which is shown but is no source.
    """

    material: str
    name: str
    property: str
    low: float
    high: float
    source: str
    written: str
    quote: Quote | None = None
    value: str = ""
    predicted: bool = False

    def apart(self, other: Point) -> bool:
        """Say whether two points disagree."""
        if self.low <= other.high and other.low <= self.high:
            return False
        below, above = sorted((self, other), key=lambda item: item.low)
        if get_property(self.property).log:
            return below.high <= 0 or above.low / below.high > 2.0
        return above.low - below.high > tolerance(self.property, max(abs(below.high), abs(above.low)))


@lru_cache(maxsize=64)
def _usual_spread(property_id: str) -> float:
    spreads = []
    for entry in handbook.load():
        numbers = [value.value for value in entry.measured(property_id)]
        if len(numbers) > 1:
            spreads.append(max(numbers) - min(numbers))
    return median(spreads) if len(spreads) >= _ENOUGH else math.nan


def tolerance(property_id: str, size: float) -> float:
    """Return how far apart two sources may be without disagreeing.

    Parameters
    ----------
    property_id : str
        The property.
    size : float
        The larger of the two values, in the canonical unit.

    Returns
    -------
    float
        In the canonical unit.
    """
    spread = _usual_spread(property_id)
    return _FIFTH * size if math.isnan(spread) else max(spread, 0.05 * size if property_id == "density" else 0.0)


def point_of(record: Record) -> Point:
    """Make a point of what a passage says.

    Parameters
    ----------
    record : Record
        What was read.

    Returns
    -------
    Point
        With its document as the source, or the handbook for its own cards.
    """
    source = HANDBOOK if record.document.startswith("handbook/") else record.document
    return Point(
        record.material, record.name, record.property, record.value, record.value, source, record.written, record.quote
    )


def point_of_value(name: str, material: str, value: Value, key: str) -> Point:
    """Make a point of a value.

    Parameters
    ----------
    name, material : str
        Name and key of the polymer.
    value : Value
        Measured or predicted.
    key : str
        Its ledger id.

    Returns
    -------
    Point
        With the handbook or the model as the source.
    """
    low = value.lower if value.lower is not None else value.value
    high = value.upper if value.upper is not None else value.value
    predicted = value.kind != "measured"
    shown = show(value.value, value.property)
    return Point(
        material, name, value.property, low, high, value.source if predicted else HANDBOOK, shown, None, key, predicted
    )


@dataclass(frozen=True)
class Conflict:
    """Sources that disagree.

    Attributes
    ----------
    sides : tuple of tuple of Point
        Points that agree with one another; the side of most sources first.
    """

    sides: tuple[tuple[Point, ...], ...]

    @property
    def outvoted(self) -> frozenset[Quote]:
        """Quotes that must not stand alone: those of all sides but a majority, and all if there is none."""
        counts = [_sources(side) for side in self.sides]
        beaten = self.sides[1:] if counts[0] > max(counts[1:], default=0) else self.sides
        return frozenset(point.quote for side in beaten for point in side if point.quote is not None)


def _sources(side: Sequence[Point]) -> int:
    """Count independent sources: equal words in several documents are one, and a prediction is none."""
    real = [point for point in side if not point.predicted]
    words = {" ".join(point.quote.text.casefold().split()) if point.quote else point.source for point in real}
    return min(len({point.source for point in real}), len(words))


def _with_handbook(points: list[Point], ledger: Ledger) -> list[Point]:
    """Let the handbook speak on what the passages speak of."""
    asked = dict.fromkeys((point.material, point.property) for point in points if not point.predicted)
    known = {(point.material, point.property) for point in points if point.value and not point.predicted}
    more = []
    for material, property_id in asked:
        for entry in handbook.by_key().get(material, ())[:1]:
            value = entry.summary(property_id)
            if value is not None and (material, property_id) not in known:
                more.append((entry.name, material, value))
    # entered only if needed: see find_conflicts
    return points + [point_of_value(name, material, value, ledger.add_value(value)) for name, material, value in more]


def find_conflicts(points: Iterable[Point], ledger: Ledger) -> list[Conflict]:
    """Find values of the same property of the same polymer that disagree.

    Parameters
    ----------
    points : iterable of Point
        What the sources say.
    ledger : Ledger
        Where values of the handbook are entered that take part in a conflict.

    Returns
    -------
    list of Conflict
        In the order in which the values were met.
    """
    scratch = Ledger(tag="scratch")
    groups: dict[tuple[str, str], list[Point]] = {}
    for point in _with_handbook(list(points), scratch):
        groups.setdefault((point.material, point.property), []).append(point)
    found = []
    for group in groups.values():
        sides = _sides(group)
        if len(sides) < 2 or all(point.predicted for side in sides[1:] for point in side):
            continue
        found.append(Conflict(tuple(tuple(_entered(point, scratch, ledger) for point in side) for side in sides)))
    return found


def _entered(point: Point, scratch: Ledger, ledger: Ledger) -> Point:
    if point.value not in scratch.values:
        return point
    key = ledger.add_value(scratch.values[point.value])
    return Point(
        point.material, point.name, point.property, point.low, point.high, point.source, point.written, None, key
    )


def _sides(group: Sequence[Point]) -> list[list[Point]]:
    """Join the points that agree, from low to high; a side is as wide as its neighbours agree."""
    sides: list[list[Point]] = []
    for point in sorted(group, key=lambda item: (item.low, item.high, item.source)):
        if sides and not all(point.apart(other) for other in sides[-1]):
            sides[-1].append(point)
        else:
            sides.append([point])
    return sorted(
        sides, key=lambda side: (-_sources(side), -sum(point.source == HANDBOOK for point in side), side[0].low)
    )


def _shown(side: Sequence[Point]) -> list[Point]:
    """Return the points by which a side is told: one of a source, quotes first."""
    told: dict[str, Point] = {}
    for point in side:
        told.setdefault(point.source, point)
    return sorted(told.values(), key=lambda item: item.quote is None)[:_SHOWN]


def conflict_claim(conflict: Conflict, ledger: Ledger) -> Claim:
    """Put a conflict into one sentence that quotes every side.

    Parameters
    ----------
    conflict : Conflict
        The conflict.
    ledger : Ledger
        Where the counts of sources are entered; the passages must be in it already.

    Returns
    -------
    Claim
        "Sources disagree on ...: 1 against 3".
    """
    first = conflict.sides[0][0]
    leading = next((point for point in _shown(conflict.sides[0]) if not point.predicted), first)
    prop = get_property(first.property)
    parts, values, quotes, counts = [], [], [], []
    for side in conflict.sides:
        number = _sources(side)
        counts.append(number)
        values.append(
            ledger.add_derived(Derived(name=f"sources for {side[0].written}", value=number, method="counted"))
        )
        shown = _shown(side)
        quotes += [point.quote for point in shown if point.quote is not None]
        values += [point.value for point in shown if point.value]
        places = ", ".join(dict.fromkeys(point.written for point in shown))
        kind = "no measurement, a prediction" if not number else "one source" if number == 1 else f"{number} sources"
        parts.append(f"{places} ({kind})")
    verdict = "no side has more sources" if counts[0] == max(counts[1:]) else f"most sources give {leading.written}"
    text = f"Sources disagree on the {prop.name} of {first.name}: {' against '.join(parts)}; {verdict}."
    return Claim(text=text, values=tuple(values), quotes=tuple(dict.fromkeys(quotes)), names=(first.name, prop.name))
