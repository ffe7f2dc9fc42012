"""Physics checks: what must be flagged is flagged, what is sound is not, and texts carry their sources."""

from __future__ import annotations

import pytest

from tools.core.errors import UnknownNameError
from tools.core.evidence import Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.simulation.additive import reference
from tools.simulation.checks import check
from tools.simulation.robeson import BOUNDS, excess

PS = Polymer.from_smiles("*CC(*)c1ccccc1")


def value(name, number, half=None, *, factor=None):
    low, high = (
        (number / factor, number * factor) if factor else (number - half, number + half) if half else (None, None)
    )
    unit = get_property(name).unit
    return Value(
        property=name, value=number, unit=unit, lower=low, upper=high, coverage=0.9, kind="predicted", source="m"
    )


def run(*values):
    return check(PS, {item.property: item for item in values})


def severities(findings, kind):
    return [finding.severity for finding in findings if finding.check == kind]


def test_sound_predictions_pass():
    findings = run(
        value("Tg", 373.0, 20), value("Tm", 513.0, 30), value("density", 1.05, 0.03), value("refractive_index", 1.59, 0.02),
        value("dielectric_constant", 2.6, 0.2), value("P_O2", 2.6, factor=1.5), value("P_N2", 0.55, factor=1.5),
    )  # fmt: skip
    assert {finding.severity for finding in findings} == {"ok"}
    kinds = {finding.check for finding in findings}
    assert kinds == {"agreement", "tg_below_tm", "maxwell", "packing", "permeability_order", "upper_bound"}


def test_nothing_to_check_says_nothing():
    assert run() == []
    assert severities(run(value("Tg", 373.0)), "agreement") == []  # without an interval there is no joint uncertainty


@pytest.mark.parametrize(("tg", "severity"), [(385.0, "ok"), (500.0, "note"), (650.0, "warning")])
def test_disagreement_is_judged_by_joint_uncertainty(tg, severity):
    assert severities(run(value("Tg", tg, 15)), "agreement") == [severity]


def test_wide_predictions_do_not_disagree():
    assert severities(run(value("Tg", 500.0, 150)), "agreement") == ["ok"]


@pytest.mark.parametrize(("tg", "tm", "half", "severity"), [
    (500.0, 450.0, 10, "warning"),
    (455.0, 450.0, 10, "note"),
    (373.0, 513.0, 10, "ok"),
    (190.0, 513.0, 10, "note"),
])  # fmt: skip
def test_glass_transition_below_melting(tg, tm, half, severity):
    found = [f for f in run(value("Tg", tg, half), value("Tm", tm, half)) if f.check == "tg_below_tm"]
    assert [f.severity for f in found] == [severity]
    assert "°C" in found[0].text and len(found[0].values) == 2


@pytest.mark.parametrize(("n", "constant", "severity"), [(1.6, 2.2, "warning"), (1.6, 2.5, "note"), (1.6, 2.7, "ok")])
def test_maxwell_relation(n, constant, severity):
    findings = run(value("refractive_index", n, 0.01), value("dielectric_constant", constant, 0.1))
    assert severities(findings, "maxwell") == [severity]


@pytest.mark.parametrize(("density", "severity"), [(1.05, "ok"), (1.38, "note"), (1.5, "warning"), (0.6, "warning")])
def test_packing(density, severity):
    assert severities(run(value("density", density, 0.02)), "packing") == [severity]


def test_permeability_order():
    findings = run(value("P_O2", 1.0, factor=1.2), value("P_N2", 3.0, factor=1.2))
    assert severities(findings, "permeability_order") == ["warning"]
    assert severities(findings, "upper_bound") == []  # no bound below a selectivity of one
    counts = reference()[0]["order"]["O2/N2"]
    assert f"{counts['in_order']} of {counts['n']}" in next(f.text for f in findings if f.check == "permeability_order")
    overlapping = run(value("P_O2", 1.0, factor=2), value("P_N2", 1.1, factor=2))
    assert severities(overlapping, "permeability_order") == ["note"]


def test_upper_bound_by_hand():
    # Robeson 2008, Table 12: CO2/CH4 k = 5,369,140 Barrer, n = -2.636; at selectivity 10 the bound is 12,411 Barrer
    assert pytest.approx(12_413, rel=1e-3) == 5_369_140 * 10**-2.636
    assert excess("CO2/CH4", 12_413.0, 10.0) == pytest.approx(1.0, rel=1e-3)
    with pytest.raises(UnknownNameError):
        excess("CH4/CO2", 1.0, 1.0)
    assert all(k > 0 and n < 0 for k, n in BOUNDS.values())


@pytest.mark.parametrize(
    ("co2", "factor", "severity"), [(100.0, 2, "ok"), (1500.0, 2, "note"), (1500.0, 1.2, "warning")]
)
def test_upper_bound(co2, factor, severity):
    # selectivity 25: the bound is 5,369,140 * 25^-2.636 = 1,109 Barrer
    findings = run(value("P_CO2", co2, factor=factor), value("P_CH4", co2 / 25, factor=factor))
    assert severities(findings, "upper_bound") == [severity]


def test_findings_name_sources_and_are_frozen():
    found = run(value("density", 1.05, 0.02))[-1]
    assert "gc-reference-1" in found.text
    with pytest.raises(ValueError, match="frozen"):
        found.severity = "warning"


def test_elements_without_radius_are_not_judged():
    stannane = Polymer.from_smiles("*C[Sn](*)(C)C")
    assert check(stannane, {"density": value("density", 1.5, 0.1)}) == []
