"""Cells, statistics, plans and folders of molecular dynamics: all that needs no OpenMM."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from tools.core.errors import BackendMissing, InputError, StateError
from tools.core.polymer import Polymer
from tools.simulation.dynamics import engine, folder, protocol
from tools.simulation.dynamics.chain import chain_of, conformations
from tools.simulation.dynamics.engine import State, gyration
from tools.simulation.dynamics.folder import Replica
from tools.simulation.dynamics.glass import bend
from tools.simulation.dynamics.mmff import mmff_terms
from tools.simulation.dynamics.packing import density_of, edge, overlaps, pack
from tools.simulation.dynamics.plan import Cost, Order, Plan, affordable, cell_of, cost_of, load_plan, stages_of
from tools.simulation.dynamics.series import average, block_error

PMMA = Polymer.from_smiles("*CC(C)(C(=O)OC)*")


def test_chain_has_methyl_ends_and_all_hydrogens():
    mol = chain_of(Polymer.from_smiles("*CC*"), 5)
    assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == "C" * 12
    assert mol.GetNumAtoms() == 12 + 26


def test_conformations_are_different_repeatable_and_keep_bonds():
    mol = chain_of(PMMA, 3)
    found = conformations(mol, 2, seed=1)
    assert np.array_equal(found, conformations(mol, 2, seed=1))
    assert not np.allclose(found[0], found[1], atol=0.05)
    for i, j, rest, _ in mmff_terms(mol).bonds:
        lengths = np.linalg.norm(found[:, i] - found[:, j], axis=1)
        assert np.all(np.abs(lengths - rest) < 0.02)


def test_polyethylene_prefers_trans():
    """Butane-like torsions at 600 K: about six in ten trans in the melt (rotational isomeric state model)."""
    mol = chain_of(Polymer.from_smiles("*CC*"), 10)
    backbone = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6]
    order = list(Chem.GetShortestPath(mol, *[i for i in backbone if mol.GetAtomWithIdx(i).GetTotalNumHs(True) == 3]))
    angles = []
    for x in conformations(mol, 6, seed=2):
        for quad in zip(order, order[1:], order[2:], order[3:], strict=False):
            a, b, c, d = x[list(quad)]
            n1, n2 = np.cross(b - a, c - b), np.cross(c - b, d - c)
            angles.append(np.degrees(np.arccos(np.clip(n1 @ n2 / np.linalg.norm(n1) / np.linalg.norm(n2), -1, 1))))
    trans = float(np.mean(np.array(angles) > 120))
    assert 0.45 < trans < 0.8
    assert np.mean(np.array(angles) < 30) < 0.08  # hardly any cis


def test_packed_chains_overlap_nowhere():
    shapes = conformations(chain_of(PMMA, 3), 5, seed=3)
    box = edge(5 * 330.4, 0.15)
    placed = pack(shapes, box, seed=4)
    labels = np.repeat(np.arange(5), shapes.shape[1])
    assert overlaps(placed, labels, box) == 0
    assert np.array_equal(placed, pack(shapes, box, seed=4))
    # rigid: every chain is still itself
    moved = placed.reshape(5, -1, 3)
    for before, after in zip(shapes, moved, strict=True):
        assert np.allclose(np.linalg.norm(before[0] - before, axis=1), np.linalg.norm(after[0] - after, axis=1))


def test_overlaps_are_seen_across_faces_and_with_own_images():
    labels = np.array([0, 1])
    assert overlaps(np.array([[0.05, 1.0, 1.0], [1.95, 1.0, 1.0]]), labels, 2.0) == 1
    assert overlaps(np.array([[0.3, 1.0, 1.0], [1.7, 1.0, 1.0]]), labels, 2.0) == 0
    assert overlaps(np.array([[0.0, 0.0, 0.0], [1.9, 0.0, 0.0]]), np.array([0, 0]), 2.0) == 1
    assert overlaps(np.array([[0.0, 0.0, 0.0], [0.11, 0.0, 0.0]]), np.array([0, 0]), 2.0) == 0


def test_density_of_a_cell():
    # 33.43 water molecules in a nm3 are 1 g/cm3
    assert density_of(33.4284 * 18.01528, 1.0) == pytest.approx(1.0, rel=1e-4)
    assert edge(33.4284 * 18.01528 * 8, 1.0) == pytest.approx(2.0, rel=1e-4)


def test_gyration_of_rods():
    rod = np.array([[0.0, 0, 0], [1.0, 0, 0]])
    assert gyration(np.vstack([rod, rod + 5.0]), np.ones(4), 2) == pytest.approx(0.5)
    assert gyration(rod, np.array([3.0, 1.0]), 1) == pytest.approx(np.sqrt(3.0) / 4.0)


def test_protocol_is_the_published_one_at_full_length():
    stages = protocol.equilibration(protocol.WHOLE)
    assert len(stages) == 22
    assert [s.pressure for s in stages if s.pressure] == [1000, 30000, 50000, 25000, 5000, 500, 1, 1]
    assert sum(s.steps for s in stages[:21]) * protocol.TIMESTEP == pytest.approx(1560, rel=1e-3)
    assert stages[20].steps * protocol.TIMESTEP == pytest.approx(800)
    assert protocol.scale(stages) == pytest.approx(1.0, rel=1e-3)
    longer = protocol.equilibration(protocol.WHOLE + 1000)
    assert longer[:21] == stages[:21]
    assert longer[21].steps == stages[21].steps + 250_000
    assert protocol.scale(protocol.equilibration(protocol.WHOLE / 10)) == pytest.approx(0.1, rel=0.01)
    with pytest.raises(InputError, match="at least 5 ps"):
        protocol.equilibration(1.0)
    with pytest.raises(InputError):
        protocol.equilibration(float("nan"))


def test_cost_is_steps_over_speed_and_a_budget_pays_what_it_costs():
    stages = stages_of(Order("*CC*"), 200.0)
    cost = cost_of(stages, 3, 100.0, 20.0)
    steps = sum(s.steps for s in stages)
    assert cost.steps == 3 * steps
    assert cost.seconds == pytest.approx(3 * (steps / 85.0 + 20.0))
    length = affordable(cost.seconds, 3, 100.0, 20.0)
    assert length == pytest.approx(cost.picoseconds, rel=1e-9)
    assert affordable(30.0, 2, 100.0, 20.0) < 0


def test_cells_are_wide_enough_for_the_cutoff():
    cell = cell_of(Order("*CC*"))
    assert edge(cell.mass, cell.density) > 2.0
    assert cell.atoms == cell.chains * (6 * cell.units + 8)
    with pytest.raises(InputError, match="too small"):
        cell_of(Order("*CC*", units=10, chains=4))
    with pytest.raises(InputError, match="atoms"):
        cell_of(Order("*CC*", units=100, chains=1000))
    with pytest.raises(InputError):
        cell_of(Order("*CC*", replicas=0))


def _ar1(phi, n, rng, start=None):
    noise = rng.normal(size=n) * np.sqrt(1 - phi**2)
    x = np.empty(n)
    x[0] = rng.normal() if start is None else start
    for i in range(1, n):
        x[i] = phi * x[i - 1] + noise[i]
    return x


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_block_error_of_correlated_series(phi):
    """An AR(1) series of unit variance has a standard error of sqrt((1 + phi) / (1 - phi) / n)."""
    rng = np.random.default_rng(5)
    n = 4096
    found = np.array([block_error(_ar1(phi, n, rng)) for _ in range(10)])
    exact = np.sqrt((1 + phi) / (1 - phi) / n)
    assert exact * 0.9 < found.mean() < exact * 1.35  # the largest level, so on the safe side


def test_converged_drifting_short_and_lonely_series_are_told_apart():
    rng = np.random.default_rng(6)
    good = [1.0 + 0.01 * _ar1(0.5, 2000, rng) for _ in range(3)]
    assert average(good).verdict == "converged"
    drifting = [one + np.linspace(0, 0.03, 2000) for one in good]
    found = average(drifting)
    assert found.verdict == "not converged"
    assert "drifts" in found.reasons[0]
    apart = average([good[0], good[1] + 0.05])
    assert apart.verdict == "not converged"
    assert any("differ" in reason for reason in apart.reasons)
    assert apart.error == pytest.approx(np.std(apart.means, ddof=1) / np.sqrt(2))
    assert average(good[:1]).verdict == "not converged"
    slow = [10.0 + 0.001 * _ar1(0.995, 200, rng) for _ in range(2)]
    assert average(slow).verdict == "too short"
    assert average(good, scale=0.05).verdict == "not converged"


def test_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(120):
        found = average([_ar1(0.6, 256, rng) for _ in range(3)])
        hits += found.lower <= 0.0 <= found.upper
    assert hits / 120 > 0.85


def test_averages_refuse_nonsense():
    with pytest.raises(InputError):
        average([])
    with pytest.raises(InputError):
        block_error(np.array([1.0]))
    with pytest.raises(InputError):
        block_error(np.array([1.0, np.nan, 2.0]))


def test_bend_of_a_toy_glass_is_found_with_its_error():
    rng = np.random.default_rng(8)
    kelvin = np.arange(200.0, 601.0, 20.0)
    exact = 0.95 + 2e-4 * (kelvin - 370) + 4e-4 * np.maximum(0, kelvin - 370)
    misses = []
    for _ in range(20):
        found = bend(kelvin, exact + rng.normal(0, 0.001, len(kelvin)), seed=1)
        assert found.seen
        misses.append((found.temperature - 370) / found.error)
    assert np.mean(np.abs(misses) < 2.0) > 0.8
    assert found.glass == pytest.approx(2e-4, rel=0.3)
    assert found.melt == pytest.approx(6e-4, rel=0.2)
    straight = bend(kelvin, 0.95 + 4e-4 * kelvin + rng.normal(0, 0.001, len(kelvin)))
    assert not straight.seen
    with pytest.raises(InputError):
        bend(kelvin[:5], exact[:5])


def test_cooling_steps():
    stages = protocol.cooling(600, 200, 20, 100)
    assert len(stages) == 21
    assert stages[0].temperature == 600
    assert stages[-1].temperature == 200
    with pytest.raises(InputError):
        protocol.cooling(300, 600, 20, 100)


def _plan(order=None):
    order = order or Order("*CC*", seed=3)
    return Plan(order, cell_of(order), Cost(10, 1.0, 5.0, 2.0), stages_of(order, 20.0), 300, "x", {"openmm": "8"})


def test_blocks_cover_every_stage_once():
    plan = _plan()
    for number, stage in enumerate(plan.stages):
        mine = [b for b in plan.blocks() if b[0] == number]
        assert sum(b[1] for b in mine) == stage.steps
        assert [b[2] for b in mine] == [True] + [False] * (len(mine) - 1)
    assert plan.seed(0, 1) != plan.seed(1, 0)
    assert load_plan(plan.dump()) == plan


def test_changed_inputs_and_unreadable_folders_are_told(tmp_path):
    with pytest.raises(StateError, match="no run"):
        folder.read_plan(tmp_path)
    plan = _plan()
    plan = Plan(**{**vars(plan), "system": folder.digest(b"<System/>")})
    folder.write_plan(tmp_path, plan, "<System/>")
    assert folder.read_plan(tmp_path) == (plan, "<System/>")
    folder.check_order(plan, Order("*CC*", seed=3))
    with pytest.raises(InputError, match="seed was 3"):
        folder.check_order(plan, Order("*CC*", seed=4))
    (tmp_path / "system.xml").write_text("<System />")
    with pytest.raises(StateError, match="changed"):
        folder.read_plan(tmp_path)
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(StateError, match="plan"):
        folder.read_plan(tmp_path)


def test_replicas_survive_the_disk_and_broken_files_are_told(tmp_path):
    made = Replica(State(np.ones((3, 3)), np.zeros((3, 3)), 2.5), 4, np.ones((2, 4)), np.array([0, 1]))
    assert folder.load(tmp_path, 0, 3) is None
    folder.save(tmp_path, 0, made)
    found = folder.load(tmp_path, 0, 3)
    assert found is not None
    assert found.done == 4
    assert found.state.box == 2.5
    assert np.array_equal(found.rows, made.rows)
    with pytest.raises(StateError, match="another cell"):
        folder.load(tmp_path, 0, 4)
    (tmp_path / "replica-0.npz").write_bytes(b"nothing")
    with pytest.raises(StateError, match="cannot be read"):
        folder.load(tmp_path, 0, 3)


def test_one_process_at_a_time(tmp_path):
    with folder.opened(tmp_path), pytest.raises(StateError, match="Another process"), folder.opened(tmp_path):
        pass


def test_without_openmm_the_command_is_told(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "openmm", None)
    with pytest.raises(BackendMissing) as caught:
        engine.need_openmm()
    assert "openmm" in caught.value.install
    from polysmith.dynamics import simulate_md

    with pytest.raises(BackendMissing):
        simulate_md("PE", out="nowhere")


def test_lengths_of_time():
    from polysmith.dynamics import seconds_of

    assert [seconds_of(t) for t in ("20m", "2h", "90s", "5", "1.5 h")] == [1200, 7200, 90, 300, 5400]
    for wrong in ("", "-3m", "soon", "nan"):
        with pytest.raises(InputError):
            seconds_of(wrong)
