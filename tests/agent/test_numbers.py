"""Numbers in prose are found, shown and matched the way a reader would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.numbers import agrees, show, show_number, show_value
from agent.quantities import stated_in
from tools.core.evidence import Value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tg is 262 °C (221 to 304).", ["262", "221", "304"]),
        ("P(CO2) of 1.2e-3 Barrer", ["1.2e-3"]),
        ("C60 and CO2/CH4 state nothing", []),
        ("a loss of −40 K", ["−40"]),
        ("1,5 g/cm3 in 2020, as said", ["1,5", "2020"]),
        ("the unit *CC(C)c1ccccc1 has no number", []),
        ("", []),
    ],
)
def test_numbers_are_found_as_written(text, expected):
    assert [item.written for item in stated_in(text)] == expected


def test_digits_in_names_are_not_statements():
    assert [item.written for item in stated_in("nylon 6,6 melts at 265 °C", ("nylon 6,6",))] == ["265"]


@given(st.floats(min_value=1e-8, max_value=1e8))
def test_a_shown_number_agrees_with_itself(number):
    assert agrees(show_number(number), number)


@pytest.mark.parametrize(
    ("written", "number", "same"),
    [
        ("262", 262.4, True),
        ("262", 263.0, False),
        ("1.05", 1.049, True),
        ("1.05", 1.06, False),
        ("1.2e-3", 0.00121, True),
        ("1.2e-3", 0.0013, False),
        ("−40", -40.2, True),
        ("40", -40.2, False),
        ("0", 0.0, True),
        ("500", 262.0, False),
    ],
)
def test_a_rounded_number_agrees_and_another_does_not(written, number, same):
    assert agrees(written, number) is same


def test_values_are_shown_in_the_unit_of_the_user():
    value = Value(property="Tg", value=523.15, lower=503.15, upper=543.15, unit="K", kind="predicted", source="card")
    assert show_value(value) == "250 °C (230 to 270)"
    assert show_value(value, "K") == "523 K (503 to 543)"
    assert show(1e-3, "P_O2") == "0.00100 Barrer"
