"""What must hold for any brief: exact numbers, exact spans, no crash, time that grows with length only."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.brief import MAX_LENGTH, describe, parse_brief
from tools.core.errors import BriefError
from tools.core.units import convert

QUIET = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

# property id: (ways to name it, units with a range of sensible numbers in them)
PROPERTIES = {
    "Tg": (["Tg", "glass transition temperature", "the glass transition"], [("°C", 0, 400), ("K", 250, 700), ("°F", 50, 700)]),
    "Tm": (["Tm", "melting point", "melting temperature"], [("°C", 0, 400), ("K", 250, 700)]),
    "density": (["density", "the density"], [("g/cm3", 0.8, 2.0), ("kg/m3", 800, 2000), ("kg/L", 0.8, 2.0)]),
    "youngs_modulus": (["Young's modulus", "tensile modulus", "E"], [("GPa", 0.1, 10), ("MPa", 100, 9000), ("ksi", 100, 900)]),
    "tensile_strength": (["tensile strength", "UTS"], [("MPa", 10, 200), ("N/mm2", 10, 200), ("psi", 1000, 30000)]),
    "thermal_conductivity": (["thermal conductivity"], [("W/m/K", 0.1, 3), ("W m-1 K-1", 0.1, 3), ("W/(m·K)", 0.1, 3)]),
    "cte": (["CTE", "coefficient of thermal expansion"], [("ppm/K", 5, 300), ("ppm/°C", 5, 300)]),
    "band_gap": (["band gap", "bandgap"], [("eV", 1, 9)]),
    "P_CO2": (["CO2 permeability", "permeability to CO2"], [("Barrer", 1, 9000)]),
    "water_uptake": (["water uptake", "water absorption"], [("%", 0.1, 20), ("wt%", 0.1, 20)]),
    "refractive_index": (["refractive index", "n"], [("", 1.3, 2.0)]),
    "dielectric_constant": (["dielectric constant", "Dk"], [("", 1.5, 12)]),
    "price": (["raw-material price"], [("USD/kg", 1, 90), ("$/kg", 1, 90)]),
}  # fmt: skip
COMPARATORS = {
    ">": ["above", "over", ">", "greater than", "higher than", "more than", "exceeding", "of more than"],
    "<": ["below", "under", "<", "less than", "lower than", "of less than"],
    ">=": [">=", "≥", "at least", "of at least", "not lower than", "no less than", "not below", "of no less than"],
    "<=": ["<=", "≤", "at most", "of at most", "not above", "no more than", "not exceeding", "up to"],
}


@st.composite
def requirements(draw):
    """One requirement in words, with what it means."""
    identifier = draw(st.sampled_from(sorted(PROPERTIES)))
    names, units = PROPERTIES[identifier]
    unit, low, high = draw(st.sampled_from(units))
    digits = 0 if high >= 50 else 2
    value = round(draw(st.floats(low, high)), digits)
    operator = draw(st.sampled_from(sorted(COMPARATORS)))
    words = draw(st.sampled_from(COMPARATORS[operator]))
    number = f"{value:.{digits}f}"
    text = f"{draw(st.sampled_from(names))} {words} {number}{' ' if unit not in {'%', '°C'} else ''}{unit}".strip()
    return identifier, operator, value, unit, text


@QUIET
@given(
    requirements(), st.sampled_from(["{}", "a polymer with {}", "{}.", "I need {}, please", "- {}", "it must have {}"])
)
def test_a_requirement_is_read_exactly(requirement, frame):
    identifier, operator, value, unit, text = requirement
    spec = parse_brief(frame.format(text))
    assert len(spec.constraints) == 1, spec
    item = spec.constraints[0]
    assert (item.property, item.operator, item.hard) == (identifier, operator, True)
    expected = convert(value, unit or "dimensionless", item.unit)
    bound = item.lower if operator.startswith(">") else item.upper
    assert bound == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert (item.upper if operator.startswith(">") else item.lower) is None
    assert not spec.not_understood


@QUIET
@given(
    st.lists(requirements(), min_size=2, max_size=4, unique_by=lambda item: item[0]),
    st.sampled_from([", ", "; ", " and ", "\n", "\n- ", ". "]),
)
def test_requirements_do_not_disturb_one_another(items, joint):
    spec = parse_brief(joint.join(text for *_, text in items))
    found = {item.property: item for item in spec.constraints}
    assert sorted(found) == sorted(item[0] for item in items), spec
    for identifier, operator, value, unit, _ in items:
        item = found[identifier]
        bound = item.lower if operator.startswith(">") else item.upper
        assert item.operator == operator
        assert bound == pytest.approx(convert(value, unit or "dimensionless", item.unit), rel=1e-9, abs=1e-12)


def check(text: str) -> None:
    try:
        spec = parse_brief(text)
    except BriefError:
        return
    assert spec.brief == text
    for item in (*spec.constraints, *spec.structure, *spec.not_understood):
        assert text[item.span[0] : item.span[1]] == item.text
        assert item.text
    describe(spec)


PIECES = [
    "Tg",
    "Tm",
    "density",
    "above",
    "below",
    "200",
    "°C",
    "K",
    "GPa",
    "not",
    "no",
    "must",
    "between",
    "and",
    "or",
    ",",
    ".",
    ";",
    "(",
    ")",
    ":",
    ">",
    "<",
    "≥",
    "-",
    "–",
    "±",
    "%",
    "1.2",
    "1,500",
    "g/cm³",
    "10^-3",
    "⁻",
    "fluorine",
    "polyester",
    "without",
    "free",
    "high",
    "low",
    "maximum",
    "min.",
    "at",
    "10",
    "GHz",
    "ideally",
    "if",
    "possible",
    "two",
    "aromatic",
    "rings",
    "candidates",
    "selectivity",
    "CO2/CH4",
    "permeability",
    "Barrer",
    "n",
    "E",
    "/",
    "$",
    "€",
    "per",
    "kg",
    "up",
    "to",
    "+",
    "~",
    "soluble",
    "in",
    "NMP",
    "bio-based",
    "*",
    "**",
    "T_g",
    "\xa0",
    "\u200b",
    "\x00",
    "℃",
    "½",
    "should",
    "nice",
    "to",
    "have",
    "1e400",
    "-5",
]


@QUIET
@given(st.lists(st.sampled_from([*PIECES, "\n", "\n- ", "\t"]), max_size=30), st.sampled_from(["", " "]))
def test_no_arrangement_of_its_words_breaks_it(pieces, joint):
    check(joint.join(pieces))


@QUIET
@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    check(text)


def seconds(piece: str, size: int) -> float:
    start = time.process_time()
    check((piece * (size // len(piece) + 1))[:size])
    return time.process_time() - start


def growth(piece: str, size: int) -> float:
    """How much longer four times the length takes: 4 if reading is linear, 16 if quadratic; small times count little."""
    return (seconds(piece, size) + 0.05) / (seconds(piece, size // 4) + 0.05)


PATTERNS = ["Tg above 200 °C, ", "(", "1 ", "not ", "Tg and ", "above ", "9", "1 m/", "Tg of 200 and ", "Tg > 100 or "]
MORE_PATTERNS = [
    "1,", "Tg ", "must Tg > 100, ", "for a ", "if possible, ", "preferably Tg > 100 and ", "fluorine- and ", "(Tg > 100 °C ",
    "n, at least 1.6, ", "TTI > 5 min ", "not melt below 200 °C or ", "ideally no F and no Cl, ", "high heat ", "2 ester or ",
    "| Tg | 200 | 250 | °C |\n", "a\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", PATTERNS)
def test_reading_time_grows_with_length_only(piece):
    assert growth(piece, MAX_LENGTH // 2) < 9.0


@pytest.mark.slow
@pytest.mark.parametrize("piece", [*PATTERNS, *MORE_PATTERNS])
def test_reading_time_of_the_longest_brief(piece):
    assert growth(piece, MAX_LENGTH) < 9.0


def test_a_longer_brief_is_refused_at_once_and_never_cut():
    start = time.process_time()
    with pytest.raises(BriefError, match="nothing was read"):
        parse_brief("Tg above 200 °C. " * 6000)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("text", ["", "   \n\t", "\u200b", "Hello", "please help", "...", "\x00\x01"])
def test_a_brief_that_asks_for_nothing_is_refused_with_an_example(text):
    with pytest.raises(BriefError) as caught:
        parse_brief(text)
    assert "Tg above" in caught.value.hint


def test_the_same_temperature_in_three_units():
    kelvin = [parse_brief(f"Tg above {text}").constraints[0].lower for text in ("423.15 K", "150 °C", "302 °F")]
    assert kelvin == pytest.approx([423.15] * 3, abs=0.01)


def test_expansion_is_a_difference_of_temperatures():
    values = [
        parse_brief(f"CTE below {text}").constraints[0].upper
        for text in ("30 ppm/°C", "30 ppm/K", "3e-5 /K", "3 x 10^-5 K-1")
    ]
    assert values == pytest.approx([3e-5] * 4, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,5 g/cm3", 1.5), ("1,500 kg/m3", 1.5), ("1.500 kg/m3", 1.5), ("1,250 g/cm3", 1.25), ("1 250 kg/m3", 1.25), ("1'250 kg/m3", 1.25)],
)  # fmt: skip
def test_commas_and_thousands(text, value):
    spec = parse_brief(f"density below {text}")
    assert spec.constraints[0].upper == pytest.approx(value)
    assert not spec.problems


def test_bare_temperatures_are_degrees_celsius_and_said_so():
    spec = parse_brief("Tg above 250")
    assert spec.constraints[0].lower == pytest.approx(523.15)
    assert any("°C" in note for note in spec.assumptions)


def test_rows_show_the_given_and_the_canonical_unit():
    rows = describe(parse_brief("Tg above 302 °F, no fluorine, dielectric constant < 3 at 10 GHz"))
    assert rows[0].value == "302 °F = 423.15 K"
    assert rows[1].conditions == "frequency 10 GHz"
    assert (rows[2].what, rows[2].operator) == ("element: F", "without")
