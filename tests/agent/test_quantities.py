"""Numbers are read with their units, in whatever dress they come; names hide only what is a name."""

from __future__ import annotations

import pytest

from agent.brief import parse_brief
from agent.known_names import KnownNames
from agent.quantities import Known, backed, numbers_in, stated_in, unreadable

KELVIN = Known(523.15, "K", "Tg", "°C")


def _read(text: str) -> list[tuple[str, str, str]]:
    return [(item.written, item.unit, item.inherited) for item in stated_in(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tg is 262 °C (221 to 304).", [("262", "degC", ""), ("221", "", "degC"), ("304", "", "degC")]),
        ("between 200 and 260 °C", [("200", "", "degC"), ("260", "degC", "")]),
        ("Tg=500K", [("500", "kelvin", "")]),
        ("minus 40 °C", [("-40", "degC", "")]),
        ("5 × 10^2 K", [("5 × 10^2", "kelvin", "")]),
        ("1.2 g cm-3; of 2", [("1.2", "gram**1*centimeter**-3", ""), ("2", "", "")]),
        ("a chance of 74 per cent", [("74", "percent", "")]),
        ("model tg-1 for a 2D film of CO2/CH4", []),
    ],
)
def test_numbers_are_read_with_their_units(text, expected):
    assert _read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "five hundred degrees",
        "½ of it",
        "five kelvin",
        "１２ K",
        "١٢ K",
        "10² of it",
        "5\u200b00 K",
        "a dozen",
        "forty",
    ],
)
def test_numbers_that_cannot_be_checked_are_found(text):
    assert unreadable(text)


@pytest.mark.parametrize("text", ["one of the two", "in kW/m²", "n² = 2.6", "the ten best"])
def test_prose_is_not_taken_for_numbers(text):
    assert not unreadable(text)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("250 °C", True), ("523 K", True), ("482 °F", True), ("250", True), ("250 K", False), ("523 °C", False),
        ("523 g/cm3", False), ("523 %", False), ("250 degrees", False), ("2500 °C", False), ("-250 °C", False),
        ("1e3 K", False), ("5.2e2 K", True), ("2,50 °C", False),
    ],
)  # fmt: skip
def test_a_number_backs_itself_in_its_units_only(text, holds):
    assert backed(stated_in(text)[0], KELVIN) is holds


def test_a_comma_before_three_digits_separates_thousands():
    assert backed(stated_in("1,500 Barrer")[0], Known(1500.0, "Barrer", "P_O2", "Barrer"))
    assert not backed(stated_in("1,500 Barrer")[0], Known(1.5, "Barrer", "P_O2", "Barrer"))


def test_a_share_is_no_percentage():
    assert backed(stated_in("74 %")[0], Known(74.3, "percent"))
    assert not backed(stated_in("0.74")[0], Known(74.3, "percent"))
    assert not backed(stated_in("74 K")[0], Known(74.3, "percent"))


def test_names_hide_digits_only_as_whole_words():
    assert numbers_in("nylon 6,6 melts at 265 °C", ["nylon 6,6"]) == ["265"]
    assert numbers_in("it melts at 265 °C", ["65"]) == ["265"]
    assert numbers_in("it melts at 265 °C", ["265"]) == ["265"]


@pytest.mark.parametrize("name", ["500 °C", "five hundred", "Tg of 500", "500", "Candidate 9"])
def test_a_claim_cannot_choose_what_is_a_name(name):
    assert name not in KnownNames(parse_brief("Tg above 150 °C"), (), ())


@pytest.mark.parametrize("name", ["nylon 6,6", "glass transition temperature above 150 °C", "*CC(*)c1ccccc1", "PMMA"])
def test_names_of_lists_requirements_and_structures_are_known(name):
    assert name in KnownNames(parse_brief("Tg above 150 °C"), (), ())
