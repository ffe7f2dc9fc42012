"""Requirements that only physics can judge: the finalists are burnt, and what comes out counts."""

import pytest

import polysmith
from agent.nodes.simulate import chance_of
from tools.core.evidence import Value
from tools.core.spec import Constraint
from tools.simulation.choose import choose


def value(number: float, low: float, high: float | None) -> Value:
    return Value(
        property="time_to_ignition", value=number, unit="s", lower=low, upper=high, kind="simulated", source="x"
    )


def test_a_run_burns_its_finalists(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    brief = "Tg above 150 °C, time to ignition above 80 s at 50 kW/m2 and 3 mm, peak heat release rate below 700 kW/m2"
    report = polysmith.design(brief, candidates=3, rounds=1, pool=200, evaluations=0)
    for finalist in report.finalists:
        checks = {check.property: check for check in finalist.checks}
        fire = report.ledger.values[checks["time_to_ignition"].value]
        assert fire.kind == "simulated" and fire.conditions["heat_flux"] == "50 kW/m2"
        assert "simulated at" in checks["peak_hrr"].note
        every = report.ledger.derived[finalist.chance]
        parts = [report.ledger.derived[checks[name].chance].value for name in ("time_to_ignition", "peak_hrr")]
        assert every.value <= min(parts) + 0.1
        assert any("Simulated" in claim.text for claim in finalist.findings)
    chances = [report.ledger.derived[item.chance].value for item in report.finalists]
    assert chances == sorted(chances, reverse=True)
    assert [item.rank for item in report.finalists] == [1, 2, 3]


def test_what_has_a_model_is_not_simulated():
    assert choose([Constraint(property="Tg", operator=">=", lower=400.0, unit="K")]) == ()


def test_conditions_of_one_fire_requirement_hold_for_the_others():
    flux = Constraint(
        property="peak_hrr", operator="<=", upper=300.0, unit="kW/m2", conditions={"heat_flux": "35 kW/m2"}
    )
    time = Constraint(property="time_to_ignition", operator=">=", lower=60.0, unit="s")
    (chosen,) = choose([flux, time])
    assert chosen.properties == ("peak_hrr", "time_to_ignition")
    assert chosen.conditions == {"heat_flux": "35 kW/m2"} and chosen.assumed == "thickness 3 mm"


@pytest.mark.parametrize(("lower", "expected"), [(50.0, 0.95), (100.0, 0.5), (200.0, 0.05)])
def test_chances_follow_the_interval(lower, expected):
    limit = Constraint(property="time_to_ignition", operator=">=", lower=lower, unit="s")
    assert chance_of(limit, value(100.0, 50.0, 200.0)) == pytest.approx(expected, abs=0.01)
    assert chance_of(limit, value(100.0, 50.0, None)) == pytest.approx(expected, abs=0.01)


def test_quantum_chemistry_is_run_when_asked(tmp_path, monkeypatch):
    pytest.importorskip("tblite")
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    brief = "polyolefin with a band gap above 5 eV"
    report = polysmith.design(brief, candidates=1, rounds=1, pool=60, evaluations=0, simulate=2)
    (finalist,) = report.finalists
    (claim,) = [claim for claim in finalist.findings if claim.text.startswith("Simulated band gap")]
    assert "predicted" in claim.text and "joint uncertainty" in claim.text
    kinds = {report.ledger.values[key].kind for key in claim.values}
    assert kinds == {"predicted", "simulated"}


def test_nothing_is_simulated_at_effort_zero():
    fire = Constraint(property="time_to_ignition", operator=">=", lower=60.0, unit="s")
    assert choose([fire], 0) == () and choose([fire], 1) != ()
