"""GFN2-xTB of oligomers: known numbers, symmetry, trends, forces, determinism, limits. Needs tblite."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from polysmith.cli.app import app
from tools.catalogue import get_tool
from tools.core.errors import InputError, LimitError, NotCoveredError
from tools.core.polymer import Polymer
from tools.simulation.quantum.chains import build
from tools.simulation.quantum.conformer import Conformer, stretched
from tools.simulation.quantum.engine import BOHR, Molecule, polarisability
from tools.simulation.quantum.geometry import FORCE, relax
from tools.simulation.quantum.oligomers import compute, simulate

pytest.importorskip("tblite.interface", reason="extra qc is not installed")

WATER = np.array([8, 1, 1]), np.array([[0.0, 0.0, 0.0], [0.0, 1.4, 1.1], [0.0, -1.4, 1.1]])


def test_a_single_point_is_that_of_tblite_itself() -> None:
    found = Molecule(*WATER).at(WATER[1])
    assert found.energy == pytest.approx(-5.0696356046, abs=1e-7)  # printed by tblite 0.6.0 and 0.8.0
    assert found.dipole[2] / 2.541746473 == pytest.approx(0.896287, abs=1e-5)
    assert found.gap > 5


def test_forces_are_the_slope_of_the_energy() -> None:
    numbers, place = WATER
    molecule = Molecule(numbers, place)
    slope = molecule.at(place).gradient
    for atom, axis in ((0, 2), (1, 1), (2, 2)):
        energies = []
        for step in (1e-3, -1e-3):
            moved = place.copy()
            moved[atom, axis] += step
            energies.append(molecule.at(moved).energy)
        assert (energies[0] - energies[1]) / 2e-3 == pytest.approx(slope[atom, axis], abs=2e-6)


def test_polarisability_does_not_depend_on_the_frame() -> None:
    numbers, place = WATER
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    assert polarisability(numbers, place @ turn) == pytest.approx(polarisability(numbers, place), rel=1e-3)


def test_open_shells_and_unknown_elements_are_refused() -> None:
    with pytest.raises(InputError):
        Molecule(np.array([1]), np.zeros((1, 3)))
    with pytest.raises(InputError):
        Molecule(np.array([92, 92]), np.eye(3)[:2])


def test_atoms_on_top_of_each_other_are_a_typed_error() -> None:
    wrong = np.zeros((2, 3))
    with pytest.raises(NotCoveredError):
        Molecule(np.array([1, 1]), wrong).at(wrong)


def test_relaxing_lowers_energy_and_forces_and_keeps_a_relaxed_geometry() -> None:
    start = stretched(build(Polymer.from_smiles("*c1ccc(*)s1"), 1))
    before = Molecule(start.numbers, start.positions).at(start.positions)
    found = relax(start)
    assert found.converged and found.force <= FORCE
    assert found.electronic.energy < before.energy
    again = relax(Conformer(start.numbers, found.positions, start.metric, start.force_field))
    assert again.steps == 1
    stopped = relax(start, steps=2)
    assert not stopped.converged and stopped.force > FORCE


@pytest.mark.parametrize(
    ("smiles", "gap"),
    [("*C=C*", 5.67), ("*c1ccc(*)cc1", 4.93)],  # ethene and benzene: GFN2-xTB as tblite 0.8.0 computes them here
)
def test_known_gaps(smiles: str, gap: float) -> None:
    found = compute(smiles, 1, "H", 0, False)
    assert found.gap == pytest.approx(gap, abs=0.03)
    assert found.dipole == pytest.approx(0.0, abs=0.02)  # symmetric molecules
    assert found.polarisability is None


@pytest.mark.parametrize("smiles", ["*C=C*", "*c1ccc(*)s1"])
def test_gaps_of_conjugated_chains_fall_with_length_to_a_limit_below(smiles: str) -> None:
    found = simulate(Polymer.from_smiles(smiles), units=4, with_polarisability=False)
    gaps = [item.gap for item in found.oligomers]
    assert gaps == sorted(gaps, reverse=True)
    assert found.conjugated and found.gap.form == "coupled units"
    assert found.gap.value < gaps[-1]
    assert found.gap.error is not None and 0 < found.gap.error < 0.7


def test_a_bond_length_is_that_of_the_method() -> None:
    found = compute("*C=C*", 1, "H", 0, False)
    rows = [line.split() for line in found.geometry.splitlines()[2:]]
    carbons = np.array([[float(v) for v in row[1:]] for row in rows if row[0] == "C"])
    assert np.linalg.norm(carbons[0] - carbons[1]) == pytest.approx(1.32, abs=0.01)
    assert len(rows) == found.atoms == 6
    assert np.ptp(carbons) < 4 / BOHR


def test_the_same_chain_and_seed_give_the_same_numbers_however_it_is_written() -> None:
    first = simulate(Polymer.from_smiles("*OCC(=O)*"), units=2)
    again = simulate(Polymer.from_smiles("*CC(=O)O*"), units=2)
    assert first.as_dict() == again.as_dict()
    other = simulate(Polymer.from_smiles("*OCC(=O)*"), units=2, seed=3)
    assert other.values[0].inputs != first.values[0].inputs


def test_a_report_says_its_inputs_method_and_error() -> None:
    found = simulate(Polymer.from_smiles("*CC*"), units=3)
    value = found.values[0]
    assert (value.property, value.kind, value.unit, value.coverage) == ("band_gap", "simulated", "eV", 0.9)
    assert value.lower is not None and value.upper is not None and value.lower < value.value < value.upper
    assert "tblite" in value.source and "absolute error" in value.note and value.inputs
    assert found.inputs["units"] == [1, 2, 3] and found.inputs["seed"] == 0
    assert any("gas phase" in text for text in found.caveats)
    assert any("polarisab" in text for text in found.caveats)
    assert found.polarisability_per_unit is not None and 1.0 < found.polarisability_per_unit.value < 2.5
    assert found.polarisability_per_unit.error is not None and found.polarisability_per_unit.error < 0.1  # additive
    json.dumps(found.as_dict())


def test_a_chain_that_may_have_no_gap_has_a_wide_interval() -> None:
    found = simulate(Polymer.from_smiles("*=C1C=CC(=*)C=C1"), units=2, with_polarisability=False)  # quinoid
    value = found.values[0]
    assert value.lower == 0.0 and value.upper is not None and 2.0 < value.upper < 8.0
    assert value.in_domain is False


def test_a_worker_is_stopped_at_its_limit() -> None:
    with pytest.raises(LimitError):
        simulate(Polymer.from_smiles("*CC(*)c1ccccc1"), units=1, seconds=0.02)


def test_a_single_oligomer_says_that_nothing_was_extrapolated() -> None:
    found = simulate(Polymer.from_smiles("*CC*"), units=1, with_polarisability=False)
    assert found.gap.error is None and found.gap.form == "single"
    assert any("single oligomer" in text for text in found.caveats)
    assert found.polarisability_per_unit is None


def test_an_agent_asks_for_a_gap() -> None:
    answer = get_tool("simulate_gap").call({"polymer": "polyethylene", "units": 2})
    json.dumps(answer)
    assert answer["values"][0]["kind"] == "simulated" and len(answer["oligomers"]) == 2
    assert "geometry" not in answer["oligomers"][0]


def test_the_command_answers_in_json_and_as_tables() -> None:
    runner = CliRunner()
    done = runner.invoke(app, ["simulate", "qc", "*CC*", "--units", "2", "--json"])
    answer = json.loads(done.stdout)
    assert done.exit_code == 0 and answer["polymer"] == "*CC*"
    assert [item["units"] for item in answer["oligomers"]] == [1, 2]
    assert answer["values"][0]["property"] == "band_gap"
    shown = runner.invoke(app, ["simulate", "qc", "*CC*", "--units", "1", "--no-polarisability"])
    assert shown.exit_code == 0 and "known error" in shown.stdout
    assert runner.invoke(app, ["simulate", "qc", "*CC*", "--cap", "OH"]).exit_code != 0
    assert runner.invoke(app, ["simulate", "qc", "*CC(*)C(=O)[O-]"]).exit_code != 0
