"""Planted papers that disagree: cases of several properties, units, wordings and numbers of sources."""

from __future__ import annotations

from dataclasses import dataclass

from tools.chemistry import handbook
from tools.chemistry.handbook import Entry
from tools.core.evidence import Passage
from tools.core.properties import get_property
from tools.core.units import convert

CASES = 30
_WORDINGS = (
    "The {p} of {n} is {v}.",
    "For {n}, the {p} is {v}.",
    "We find that the {p} of {n} is {v} in the second run.",
    "{n} has a {p} of {v}.",
    "Our measurement gave a {p} of {v} for {n}.",
    "The {p} of carefully dried {n} was determined to be {v}.",
    "The {p} ({s}) of {n} was measured as {v}.",
    "With a {p} of {v}, {n} is a common reference.",
    "The {s} of {n} was found to be {v}.",
    "A {p} of {v} was obtained for {n}.",
)
_KINDS = (("Tg", "K", 180.0), ("Tm", "°C", 150.0), ("density", "g/cm3", 0.6), ("Tg", "°C", 150.0),
          ("density", "kg/m3", 700.0), ("Tm", "K", 170.0))  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Papers on one property of one polymer.

    Attributes
    ----------
    question : str
        What is asked.
    false : str
        The false value, as the papers write it.
    wrong, right : int
        Papers with the false value, and papers with the true one.
    passages : tuple of Passage
        The papers.
    backed : bool
        Whether the handbook is on the side of the true ones.
    """

    question: str
    false: str
    wrong: int
    right: int
    passages: tuple[Passage, ...]
    backed: bool


def _entries(property_id: str, *, backed: bool) -> list[Entry]:
    known = [item for item in handbook.load() if "(" not in item.name.replace("poly(", "")]
    return [item for item in known if len(item.measured(property_id)) == (1 if backed else 0)]


def _passage(number: int, text: str, name: str) -> Passage:
    key = f"planted/{name}-{number}"
    return Passage(id=f"{key}#0", document_id=key, title=f"Paper {number}", text=text, start=0, end=len(text))


def _case(number: int) -> Case:
    property_id, unit, shift = _KINDS[number % len(_KINDS)]
    backed = number % 7 != 6
    found = _entries(property_id, backed=backed)
    entry = found[(number * 11) % len(found)]
    prop = get_property(property_id)
    low, high = prop.plausible
    true = entry.measured(property_id)[0].value if backed else {"Tg": 370.0, "Tm": 480.0, "density": 1.1}[property_id]
    away = convert(shift, unit, prop.unit) if property_id == "density" else shift
    false = true + away if true + away < high else max(low, true - away)
    digits = 2 if unit == "g/cm3" else 0
    shown = {side: f"{convert(value, prop.unit, unit):.{digits}f} {unit}" for side, value in ((0, true), (1, false))}
    wrong, right = ((1, 3), (1, 3), (2, 2))[number % 3]
    sides = [1] * wrong + [0] * right if number % 2 else [0] * right + [1] * wrong
    texts = [
        _WORDINGS[(number + 3 * place) % len(_WORDINGS)].format(p=prop.name, s=prop.symbol, n=entry.name, v=shown[side])
        for place, side in enumerate(sides)
    ]
    planted = tuple(_passage(place, text, f"{number}") for place, text in enumerate(texts))
    return Case(f"What is the {prop.name} of {entry.name}?", shown[1], wrong, right, planted, backed)


def cases() -> list[Case]:
    """Make the cases, always the same.

    Returns
    -------
    list of Case
        One poisoned paper against three or two against two, the poisoned first or last, of three properties in six
        units and ten wordings; every seventh on a polymer that the handbook has no value of.
    """
    return [_case(number) for number in range(CASES)]
