"""Simulations from the front door: named plastics, own files, plots, errors."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from polysmith.cli.app import app
from polysmith.simulating import simulate_cone
from tools.core.errors import InputError

runner = CliRunner()


def invoke(*words: str) -> dict:
    done = runner.invoke(app, ["simulate", *words, "--json"])
    return {"code": done.exit_code, **json.loads(done.stdout)}


def test_a_cone_test_says_its_inputs_method_and_error() -> None:
    found = invoke("cone", "--material", "PMMA", "--flux", "50", "--thickness", "6")
    assert found["code"] == 0 and found["ignites"]
    assert found["inputs"]["flux_kW_m2"] == 50 and found["inputs"]["thickness_mm"] == 6
    assert found["method"] and found["parameters"] and found["caveats"]
    assert {v["property"]: v["kind"] for v in found["values"]} == {
        "time_to_ignition": "simulated", "peak_hrr": "simulated",
    }  # fmt: skip
    assert all(v["note"] and v["conditions"]["heat_flux"] == "50 kW/m2" for v in found["values"])
    assert max(found["curves"]["hrr_kW_m2"]) >= found["peak_hrr_kW_m2"]


def test_what_does_not_ignite_has_no_time() -> None:
    found = invoke("cone", "--material", "polycarbonate", "--flux", "25", "--thickness", "5.4", "--duration", "900")
    assert not found["ignites"] and found["time_to_ignition_s"] is None
    assert [v["property"] for v in found["values"]] == ["peak_hrr"]
    assert any("does not ignite" in text for text in found["caveats"])


def test_draws_give_intervals() -> None:
    found = invoke("cone", "--material", "PMMA", "--draws", "12", "--duration", "200")
    low, high = found["draws"]["peak_hrr_kW_m2"]
    assert low < found["peak_hrr_kW_m2"] < high
    assert found["values"][1]["lower"] == low and found["values"][1]["coverage"] == 0.9


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["--material", "PMMA", "--flux", "-5"], "InputError"),
        (["--material", "PMMA", "--thickness", "0"], "InputError"),
        (["--material", "unobtainium"], "UnknownNameError"),
        (["--material", "PMMA", "--polymer", "*CC*"], "InputError"),
        ([], "InputError"),
        (["--material", "PMMA", "--engine", "abacus"], "InputError"),
    ],
)
def test_bad_input_has_a_typed_error(words: list[str], kind: str) -> None:
    found = invoke("cone", *words)
    assert found["code"] == 2 and found["error"]["type"] == kind


def test_fds_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FDS_BIN", str(tmp_path / "none"))
    found = invoke("cone", "--material", "PMMA", "--engine", "fds", "--out", str(tmp_path))
    assert found["code"] == 5 and "FDS_BIN" in found["error"]["hint"]


def test_own_parameters(tmp_path: Path) -> None:
    solid = {"density": 1100, "conductivity": [[300, 0.2], [600, 0.18]], "heat_capacity": 2200,
             "reactions": [{"pre_exponential": 8.5e12, "activation_energy": 188e3, "heat": 870e3,
                            "heat_of_combustion": 24.45e6}]}  # fmt: skip
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"name": "mine", "start": "solid", "components": {"solid": solid}}))
    assert invoke("cone", "--material", str(file))["material"] == "mine"
    file.write_text("{}")
    assert invoke("cone", "--material", str(file))["error"]["type"] == "InputError"
    assert invoke("cone", "--material", str(tmp_path / "none.json"))["error"]["type"] == "InputError"


def test_plots(tmp_path: Path) -> None:
    file = tmp_path / "curves.svg"
    done = runner.invoke(app, ["simulate", "cone", "--material", "PMMA", "--plot", str(file)])
    assert done.exit_code == 0 and "heat release rate" in file.read_text()
    done = runner.invoke(app, ["simulate", "cone", "--material", "PMMA", "--plot", str(tmp_path / "x.doc")])
    assert done.exit_code == 2


def test_thermal_analysis() -> None:
    found = invoke("mcc", "--material", "PC")
    assert found["char"] == pytest.approx(0.21, abs=1e-3)
    slow, fast = (invoke("tga", "--material", "PMMA", "--rate", rate) for rate in ("2", "20"))
    assert slow["peak_temperature_K"] < fast["peak_temperature_K"]
    assert invoke("tga", "--material", "PMMA", "--rate", "-1")["error"]["type"] == "InputError"


def test_unknown_conditions_are_refused() -> None:
    with pytest.raises(InputError, match="condition"):
        simulate_cone("PMMA", gravity=9.81)


def test_group_contributions() -> None:
    done = runner.invoke(app, ["simulate", "gc", "PMMA", "--json"])
    values = {v["property"]: v for v in json.loads(done.stdout)}
    assert values["Tg"]["lower"] < 378 < values["Tg"]["upper"] and values["char_yield"]["kind"] == "estimated"
    refused = runner.invoke(app, ["simulate", "gc", "PMMA", "-p", "loi", "--json"])
    assert json.loads(refused.stdout)["error"]["type"] == "NotCoveredError"
