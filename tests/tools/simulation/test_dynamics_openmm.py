"""Molecular dynamics with OpenMM: the force field is RDKit's, energy is kept, and stopped runs go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from tools.core.errors import BackendMissing, BudgetError, InputError, NotCoveredError
from tools.core.polymer import Polymer
from tools.simulation.dynamics import engine, folder
from tools.simulation.dynamics.chain import chain_of
from tools.simulation.dynamics.engine import State, advance
from tools.simulation.dynamics.mmff import KCAL, mmff_terms
from tools.simulation.dynamics.mmff_system import CUTOFF, mmff_system
from tools.simulation.dynamics.packing import edge
from tools.simulation.dynamics.plan import Cell, Cost, Order, Plan
from tools.simulation.dynamics.protocol import Stage, cooling, equilibration
from tools.simulation.dynamics.report import report
from tools.simulation.dynamics.run import carry_on

openmm = pytest.importorskip("openmm", reason="OpenMM is not installed")

OLIGOMERS = (
    "*CC*", "*CC(c1ccccc1)*", "*CC(C)(C(=O)OC)*", "*CCO*", "*[Si](C)(C)O*", "*C(=O)CCCCC(=O)NCCCCCCN*", "*CC(F)(F)*",
    "*Oc1ccc(C(C)(C)c2ccc(OC(=O)*)cc2)cc1", "*CC(C#N)*", "*c1ccc(S(=O)(=O)c2ccc(O*)cc2)cc1", "*c1ccc(*)s1", "*CC(Cl)*",
)  # fmt: skip


def _embedded(smiles, units):
    mol = chain_of(Polymer.from_smiles(smiles), units)
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=7) == 0
    noise = np.random.default_rng(1).normal(0, 0.03, (mol.GetNumAtoms(), 3))
    return mol, mol.GetConformer().GetPositions() + noise  # away from the rest geometry, Å


def _context(system, positions, integrator=None):
    context = openmm.Context(
        system, integrator or openmm.VerletIntegrator(1e-3), openmm.Platform.getPlatformByName("Reference")
    )
    context.setPositions(positions)
    return context


@pytest.mark.parametrize("smiles", OLIGOMERS)
def test_energy_and_forces_are_those_of_rdkit(smiles):
    mol, x = _embedded(smiles, 2)
    field = rdForceFieldHelpers.MMFFGetMoleculeForceField(
        mol, rdForceFieldHelpers.MMFFGetMoleculeProperties(mol), nonBondedThresh=1e6
    )
    flat = x.ravel().tolist()
    state = _context(mmff_system(mol, 1, None), x * 0.1).getState(getEnergy=True, getForces=True)
    assert state.getPotentialEnergy()._value == pytest.approx(field.CalcEnergy(flat) * KCAL, abs=2e-3)
    exact = -np.array(field.CalcGrad(flat)).reshape(-1, 3) * KCAL * 10.0
    assert np.abs(np.array(state.getForces(asNumpy=True)._value) - exact).max() < 0.02  # of some thousands, kJ/mol/nm


def test_two_chains_far_apart_have_twice_the_energy_and_the_tail_adds_its_integral():
    mol, x = _embedded("*CCO*", 2)
    one = _context(mmff_system(mol, 1, None), x * 0.1).getState(getEnergy=True).getPotentialEnergy()._value
    two = _context(mmff_system(mol, 2, None), np.vstack([x, x + 1e5]) * 0.1)
    assert two.getState(getEnergy=True).getPotentialEnergy()._value == pytest.approx(2 * one, abs=0.05)
    # the tail: 2 pi / V times the sum over pairs of the energy beyond the cutoff, by brute force here
    terms = mmff_terms(mol)
    r = np.linspace(CUTOFF, 40.0, 20_001)
    counts = np.bincount(terms.kinds)
    total = 0.0
    for a, b in np.ndindex(terms.radii.shape):
        R, e = terms.radii[a, b], terms.wells[a, b]
        u = e * (1.07 * R / (r + 0.07 * R)) ** 7 * (1.12 * R**7 / (r**7 + 0.12 * R**7) - 2.0)
        total += 2 * np.pi * counts[a] * counts[b] * np.trapezoid(u * r**2, r)
    system = mmff_system(mol, 1, 5.0)
    tail = next(f for f in system.getForces() if isinstance(f, openmm.CustomVolumeForce))
    assert tail.getGlobalParameterDefaultValue(0) == pytest.approx(total, rel=2e-3)


def test_a_cell_has_the_energy_of_all_pairs_within_the_cutoff():
    mol, x = _embedded("*CCO*", 3)
    x = x * 0.1
    box = 2.0
    both = np.vstack([x, x + np.array([0.7, 0.1, 0.2])])
    system = mmff_system(mol, 2, box)
    number = next(n for n, f in enumerate(system.getForces()) if isinstance(f, openmm.CustomNonbondedForce))
    system.getForce(number).setForceGroup(1)
    found = _context(system, both).getState(getEnergy=True, groups={1}).getPotentialEnergy()._value
    terms = mmff_terms(mol)
    n = len(x)
    bonds = np.full((2 * n, 2 * n), 99.0)
    bonds[:n, :n] = bonds[n:, n:] = Chem.GetDistanceMatrix(mol)
    gap = both[:, None] - both[None]
    r = np.linalg.norm(gap - box * np.round(gap / box), axis=-1)
    i, j = np.nonzero(np.triu(r < CUTOFF, 1) & (bonds > 3.5))
    r, (a, b) = r[i, j], (np.tile(terms.kinds, 2)[k] for k in (i, j))
    R, e = terms.radii[a, b], terms.wells[a, b]
    charge = np.tile(terms.charges, 2)
    near, end = r + 0.005, CUTOFF + 0.005
    pairs = e * (1.07 * R / (r + 0.07 * R)) ** 7 * (1.12 * R**7 / (r**7 + 0.12 * R**7) - 2.0)
    pairs += 332.0716 * KCAL * 0.1 * charge[i] * charge[j] * (1 / near + near**2 / (2 * end**3) - 1.5 / end)
    assert found == pytest.approx(pairs.sum(), rel=1e-6)


def test_gaff_has_the_bonded_energy_that_radonpy_gives():
    calc = pytest.importorskip("radonpy.core.calc", reason="RadonPy is not installed")
    from tools.simulation.dynamics.gaff import _assigned, gaff_system

    mol, x = _embedded("*CC(C)(C(=O)OC)*", 2)
    given = _assigned(mol)
    exact = sum(calc.energy_mm(given, coord=x, coulomb=False, lj=False)[1:5])
    system = gaff_system(mol, 1, None)
    for force in system.getForces():
        force.setForceGroup(int(isinstance(force, openmm.NonbondedForce)))
    found = _context(system, x * 0.1).getState(getEnergy=True, groups={0}).getPotentialEnergy()._value
    assert found == pytest.approx(exact * KCAL, rel=1e-6)


def test_uncovered_atoms_are_told():
    with pytest.raises(NotCoveredError, match="MMFF94"):
        mmff_terms(Chem.AddHs(Chem.MolFromSmiles("C[Se]C")))
    with pytest.raises(NotCoveredError, match="Charged"):
        chain_of(Polymer.from_smiles("*CC(C(=O)[O-])*"), 2)


def test_radonpy_is_told_when_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "radonpy.core.utils", None)
    mol = chain_of(Polymer.from_smiles("*CC*"), 3)
    with pytest.raises(BackendMissing, match="RadonPy"):
        engine.build(Chem.MolToMolBlock(mol), 1, "gaff2_mod", 0.5)
    with pytest.raises(InputError, match="force field"):
        engine.build(Chem.MolToMolBlock(mol), 1, "invented", 0.5)


def _tiny(stages, *, block=100, replicas=1, seed=3):
    """A loose cell of four pentamers, and a plan for it."""
    order = Order("*CCO*", 2, 4, "mmff94", replicas, seed)
    mol = chain_of(Polymer.from_smiles("*CCO*"), 2)
    text = Chem.MolToMolBlock(mol)
    mass = 4 * sum(a.GetMass() for a in mol.GetAtoms())
    cell = Cell(2, 4, 4 * mol.GetNumAtoms(), mass * 1.66053907e-3 / 2.2**3, text, mass)
    system = engine.build(text, 4, "mmff94", cell.density)
    plan = Plan(order, cell, Cost(0, 1.0, 100.0, 1.0), stages, block, folder.digest(system.encode()), {"openmm": "8"})
    assert edge(mass, cell.density) == pytest.approx(2.2, rel=1e-4)
    return plan, system


def test_energy_is_kept_without_a_thermostat():
    plan, system = _tiny(())
    state, _ = engine.start(system, plan.cell.block, 4, plan.cell.density, 1)
    state, _ = advance(system, state, 4, Stage("warm", 300.0, None, 500), 500, 5, True, "Reference")
    integrator = openmm.VerletIntegrator(0.001)
    context = openmm.Context(
        openmm.XmlSerializer.deserialize(system), integrator, openmm.Platform.getPlatformByName("Reference")
    )
    context.setPeriodicBoxVectors((state.box, 0, 0), (0, state.box, 0), (0, 0, state.box))
    context.setPositions(state.positions)
    context.setVelocities(state.velocities)
    totals = []
    for _ in range(20):
        integrator.step(20)
        found = context.getState(getEnergy=True)
        totals.append(found.getPotentialEnergy()._value + found.getKineticEnergy()._value)
        kinetic = found.getKineticEnergy()._value
    assert abs(totals[-1] - totals[0]) < 0.01 * kinetic
    assert np.std(totals) < 0.01 * kinetic


def test_stopped_runs_take_the_same_steps_as_others(tmp_path):
    stages = (Stage("step 1", 400.0, None, 60), Stage("production", 300.0, 500.0, 220))
    plan, system = _tiny(stages, block=80)
    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
        folder.write_plan(tmp_path / name, plan, system)
    _, (whole,) = carry_on(tmp_path / "whole", platform="Reference")

    class StopError(Exception):
        pass

    def stop(progress):
        if progress.share < 0.9:
            raise StopError

    stopped = 0
    while True:
        try:
            _, (again,) = carry_on(tmp_path / "stopped", stop, platform="Reference")
            break
        except StopError:
            stopped += 1
    assert stopped >= 3
    assert np.array_equal(whole.state.positions, again.state.positions)
    assert np.array_equal(whole.state.velocities, again.state.velocities)
    assert np.array_equal(whole.rows, again.rows)
    assert whole.state.box == again.state.box
    assert whole.rows[-1, 0] != whole.rows[0, 0]  # the cell breathes
    made = report(plan, [whole])
    assert made.averages["density"].verdict != "converged"
    assert any("MMFF94" in caveat for caveat in made.caveats)
    density, radius = made.values
    assert (density.kind, density.unit, radius.unit) == ("simulated", "g/cm3", "angstrom")
    assert made.as_dict()["protocol"]["stages"][0]["steps"] == 60


def test_a_budget_that_does_not_pay_is_refused_with_the_cost(tmp_path, monkeypatch):
    from polysmith.dynamics import simulate_md
    from tools.simulation.dynamics import run

    state = State(np.zeros((960, 3)), np.zeros((960, 3)), 2.2)
    answers = {"build": "<System/>", "start": (state, 100.0)}
    monkeypatch.setattr(run, "_call", lambda name, *args, seconds: answers[name])
    with pytest.raises(
        BudgetError, match=r"about 2.0 h on one core \(100 steps a second\), more than the budget of 1 min"
    ):
        simulate_md("*CCO*", out=tmp_path, units=16, chains=8, length=1224.0, budget=60.0)
    assert not (tmp_path / "plan.json").exists()
    plan = run.begin(Order("*CCO*", 16, 8), tmp_path, 1200.0, None)
    assert plan.cost.seconds == pytest.approx(1200.0, rel=0.02)
    with pytest.raises(InputError, match="--resume"):
        run.begin(Order("*CCO*", 16, 8), tmp_path, 1200.0, None)


@pytest.mark.slow
def test_a_cooling_run_ends_in_a_report(tmp_path):
    stages = (*equilibration(5.0), *cooling(600.0, 300.0, 40.0, 0.4))
    plan, system = _tiny(stages, block=500)
    plan = Plan(**{**vars(plan), "order": Order(**{**vars(plan.order), "goal": "tg"})})
    folder.write_plan(tmp_path, plan, system)
    found = report(*carry_on(tmp_path))
    assert found.transition is not None
    assert not found.converged


_KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tools.simulation.dynamics.run import carry_on
carry_on(Path(sys.argv[1]), platform="Reference")
"""


@pytest.mark.slow
def test_kill_loses_at_most_one_block(tmp_path):
    plan, system = _tiny((Stage("production", 300.0, None, 4000),), block=100)
    folder.write_plan(tmp_path, plan, system)
    root = str(Path(__file__).parents[3])
    child = subprocess.Popen([sys.executable, "-c", _KILLED, str(tmp_path), root])
    seen = 0
    for _ in range(600):
        time.sleep(0.2)
        found = folder.load(tmp_path, 0, plan.cell.atoms)
        seen = found.done if found else 0
        if seen >= 3:
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    after = folder.load(tmp_path, 0, plan.cell.atoms)
    assert after is not None
    assert 3 <= seen <= after.done
    assert after.done < 40
    assert len(after.rows) == 2 * after.done
    told = []
    _, (whole,) = carry_on(tmp_path, told.append, platform="Reference")
    assert len(told) == 40 - after.done
    assert np.array_equal(whole.rows[: len(after.rows)], after.rows)


def test_state_travels_through_the_worker():
    """Answers of workers may only name classes that the sandbox accepts."""
    assert State.__module__.startswith("tools.")
