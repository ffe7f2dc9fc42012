"""Sentences of a model are kept only if their numbers, owners and comparisons hold."""

from __future__ import annotations

import pytest

from agent.quantities import Known
from agent.statements import Fact, Table, refusal


def _known(value: float, unit: str, name: str = "", shown: str = "") -> Known:
    return Known(value, unit, name, shown)


def _tg(value: float) -> Known:
    return _known(value, "K", "Tg", "°C")


def _density(value: float) -> Known:
    return _known(value, "g/cm3", "density", "g/cm3")


ONE, TWO = "Candidate 1", "Candidate 2"
FACTS = (
    Fact("F1", "V1", ONE, "Tg", _tg(535.15), (_tg(494.15), _tg(577.15))),
    Fact("F2", "V2", ONE, "density", _density(1.21)),
    Fact("F3", "D1", ONE, "chance", _known(74.3, "percent")),
    Fact("F4", "D2", ONE, "chance:Tg", _known(81.0, "percent")),
    Fact("F5", "D3", ONE, "chance:density", _known(90.0, "percent")),
    Fact("F6", "V3", TWO, "Tg", _tg(510.15)),
    Fact("F7", "V4", TWO, "density", _density(1.10)),
    Fact("F8", "D4", TWO, "chance", _known(31.0, "percent")),
    Fact("F9", "D5", TWO, "chance:Tg", _known(33.0, "percent")),
    Fact("F10", "D6", TWO, "chance:density", _known(99.0, "percent")),
    Fact("F11", "V5", "polysulfone", "Tg", _tg(463.15)),
)
TABLE = Table(
    FACTS, (ONE, TWO), ("polysulfone",), (_tg(523.15), _density(1.25)), frozenset({("polysulfone", "Tg")})
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ids", "keys"),
    [
        ("Candidate 1 has a Tg of 262 °C, above the limit of 250 °C.", ["F1"], {"V1"}),
        ("Candidate 1 has a higher Tg (262 °C) than candidate 2 (237 °C).", ["F1", "F6"], {"V1", "V3"}),
        ("Candidate 2 has the lower density (1.10 g/cm3), but its chance to meet all limits is 31 %.", ["F7", "F8"],
         {"V4", "D4", "V2"}),
        ("Candidate 1 has the highest Tg of the finalists, 262 °C.", ["F1"], {"V1", "V3"}),
        ("Candidate 1 meets every requirement with a chance of 74 %.", ["F3"], {"D1"}),
        ("Candidate 2 misses the Tg limit, because its backbone is flexible.", ["F9"], {"D5"}),
        ("polysulfone misses the Tg limit of 250 °C: its Tg is 190 °C.", ["F11"], {"V5"}),
        ("The Tg of candidate 1 lies between 221 and 304 °C.", ["F1"], {"V1"}),
        ("Candidate 1 trades density (1.21 g/cm3) for a Tg of 535 K.", ["F1", "F2"], {"V1", "V2"}),
        ("Candidate 1 is the best choice, with a 74 % chance to meet all limits.", ["F3"], {"D1", "D4"}),
        ("Candidate 2 is lighter than candidate 1.", ["F2", "F7"], {"V2", "V4"}),
        ("The glass transition temperature of candidate 2 is below 250 °C.", ["F6"], {"V3"}),
    ],
)  # fmt: skip
def test_what_holds_is_kept_with_what_it_rests_on(text, ids, keys):
    reason, found = refusal(text, ids, TABLE)
    assert reason == ""
    assert set(found) == keys


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Candidate 1 has a Tg of 500 °C.", ["F1"]),
        ("Candidate 1 has a Tg of 262 K.", ["F1"]),
        ("Candidate 1 has a Tg of 262.", ["F1"]),
        ("Candidate 1 has a Tg of 2620 °C.", ["F1"]),
        ("Candidate 1 has a Tg of minus 262 °C.", ["F1"]),
        ("Candidate 1 has a Tg of 262 degrees.", ["F1"]),
        ("Candidate 1 has a Tg of five hundred degrees.", ["F1"]),
        ("Candidate 1 has a Tg of 5e2 °C.", ["F1"]),
        ("Candidate 1 has a Tg of ２６２ °C.", ["F1"]),
        ("Candidate 1 has Tg500 and a Tg of 262 °C.", ["F1"]),
        ("Candidate 1 has a Tg of 1.21 g/cm3.", ["F2"]),
        ("Candidate 1 has a density of 262 °C.", ["F1"]),
        ("Candidate 1 has a Tm of 262 °C.", ["F1"]),
        ("Candidate 1 has a melting temperature of 262 °C and a Tg.", ["F1"]),
        ("Candidate 1 has a Tg of 304 °C.", ["F1"]),
        ("Candidate 2 has a Tg of 250 °C.", ["F6"]),
        ("Candidate 2 has a Tg of 262 °C.", ["F1"]),
        ("Candidate 2 and candidate 1 have a Tg of 237 °C.", ["F6"]),
        ("Candidate 3 has a Tg of 262 °C.", ["F1"]),
        ("Candidate 1 has a Tg of 262 °C.", ["F2"]),
        ("Candidate 1 has a Tg of 262 °C.", ["F99"]),
        ("Candidate 1 has a chance of 0.74 to meet all limits.", ["F3"]),
        ("Candidate 1 has a chance of 74 % on density.", ["F3"]),
        ("Candidate 2 has a higher Tg than candidate 1.", ["F1", "F6"]),
        ("Candidate 2 has the highest Tg.", ["F6"]),
        ("Candidate 1 has the lowest density.", ["F2"]),
        ("Candidate 2 has a Tg above 250 °C.", ["F6"]),
        ("Candidate 1 has a lower Tg than the limit of 250 °C.", ["F1"]),
        ("Candidate 1 is denser than candidate 2, and candidate 2 is denser than candidate 1.", ["F1"]),
        ("Candidate 2 meets every requirement.", ["F8"]),
        ("Candidate 2 meets the Tg limit.", ["F9"]),
        ("polysulfone meets the Tg limit.", ["F11"]),
        ("The Tg of candidate 1 is not 262 °C.", ["F1"]),
        ("Candidate 1 has half the density of candidate 2.", ["F2"]),
        ("Candidate 1 is far better than candidate 2.", ["F1"]),
        ("Candidate 1 is good.", []),
        ("Candidate 1 is approved, non-toxic and has a Tg of 262 °C.", ["F1"]),
        ("It is stiff.", ["F1"]),
        ("Candidate 1 ![x](http://e.vil/262) has a Tg of 262 °C.", ["F1"]),
        ("Candidate 1 has a Tg of 262 °C. " + "It is a polymer. " * 40, ["F1"]),
    ],
)
def test_what_does_not_hold_is_refused_with_a_reason(text, ids):
    reason, keys = refusal(text, ids, TABLE)
    assert reason
    assert keys == ()
