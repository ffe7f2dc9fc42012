"""What runs in a worker process: build a cell, and carry it on by one block of steps.

A block is a function of the state before it, its stage and its seed. A run that was stopped and goes on, and one that
was never stopped, therefore take the same steps; a killed one loses the block that it was in.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from tools.core.errors import BackendMissing, InputError, ToolError
from tools.core.extras import install_command
from tools.simulation.dynamics.chain import conformations
from tools.simulation.dynamics.packing import density_of, edge, pack
from tools.simulation.dynamics.protocol import HOT, TIMESTEP, Stage

FloatArray = npt.NDArray[np.float64]

FIELDS: Final = ("gaff2_mod", "mmff94")
HYDROGEN: Final = 3.0  # Da; slower hydrogens allow longer steps and change no average of positions
FRICTION: Final = 2.0  # 1/ps
SAMPLE: Final = 50  # steps between samples
_BAROSTAT: Final = 15  # steps between trials
_LOOSE: Final = 0.12  # g/cm3 when packed
_SQUEEZE: Final = 0.03  # of the edge at a time
_PROBE: Final = 150  # steps


@dataclass(frozen=True)
class State:
    """A cell at one moment.

    Attributes
    ----------
    positions, velocities : numpy.ndarray, shape (n, 3)
        nm, nm/ps; chains whole.
    box : float
        Edge, nm.
    """

    positions: FloatArray
    velocities: FloatArray
    box: float


def need_openmm() -> None:
    """Check that OpenMM is there.

    Raises
    ------
    BackendMissing
        With the command that installs it.
    """
    try:
        import openmm  # noqa: F401
    except ImportError as error:
        raise BackendMissing("OpenMM", install_command("md")) from error


def default_field() -> str:
    """Name the best force field that is there: GAFF2_mod where RadonPy is installed, MMFF94 otherwise."""
    return "gaff2_mod" if find_spec("radonpy") is not None else "mmff94"


def build(block: str, copies: int, field: str, density: float) -> str:
    """Write the system of a cell.

    Parameters
    ----------
    block : str
        The chain with all hydrogens, as a mol block.
    copies : int
        Chains.
    field : {"mmff94", "gaff2_mod"}
        Force field.
    density : float
        g/cm3, for the default size of the cell.

    Returns
    -------
    str
        OpenMM's XML, with bonds to hydrogen fixed and hydrogens of 3 Da.

    Raises
    ------
    InputError
        If there is no such force field.
    """
    need_openmm()
    import openmm

    from tools.simulation.dynamics.gaff import gaff_system
    from tools.simulation.dynamics.mmff_system import mmff_system

    if field not in FIELDS:
        raise InputError(f"There is no force field {field!r}.", hint=", ".join(FIELDS))
    mol = Chem.MolFromMolBlock(block, removeHs=False)
    mass = copies * sum(atom.GetMass() for atom in mol.GetAtoms())
    made = {"mmff94": mmff_system, "gaff2_mod": gaff_system}[field](mol, copies, edge(mass, density))
    _fix_hydrogens(made, mol, copies)
    text: str = openmm.XmlSerializer.serialize(made)
    return text


def _fix_hydrogens(system: Any, mol: Chem.Mol, copies: int) -> None:
    """Constrain bonds to hydrogen at their rest length, and move mass from the neighbour to the hydrogen."""
    rest = _rest_lengths(system)
    for copy in range(copies):
        offset = copy * mol.GetNumAtoms()
        for bond in mol.GetBonds():
            light, heavy = bond.GetBeginAtom(), bond.GetEndAtom()
            if heavy.GetAtomicNum() == 1:
                light, heavy = heavy, light
            if light.GetAtomicNum() != 1 or heavy.GetAtomicNum() == 1:
                continue
            i, j = light.GetIdx() + offset, heavy.GetIdx() + offset
            system.addConstraint(i, j, rest[min(i, j), max(i, j)])
            system.setParticleMass(j, system.getParticleMass(j)._value - (HYDROGEN - light.GetMass()))
            system.setParticleMass(i, HYDROGEN)


def _rest_lengths(system: Any) -> dict[tuple[int, int], float]:
    force = next(f for f in system.getForces() if f.getNumBonds())
    found = {}
    for number in range(force.getNumBonds()):
        i, j, *rest = force.getBondParameters(number)
        length = rest[0][0] if isinstance(rest[0], tuple) else rest[0]._value
        found[min(i, j), max(i, j)] = float(length)
    return found


def start(text: str, block: str, copies: int, density: float, seed: int) -> tuple[State, float]:
    """Pack a cell and press it together step by step.

    Parameters
    ----------
    text : str
        The system.
    block : str
        The chain.
    copies : int
        Chains.
    density : float
        g/cm3 to reach.
    seed : int
        Seed.

    Returns
    -------
    tuple of (State, float)
        The cell, and the steps per second of CPU time there.
    """
    need_openmm()
    mol = Chem.MolFromMolBlock(block, removeHs=False)
    mass = copies * sum(atom.GetMass() for atom in mol.GetAtoms())
    box, end = edge(mass, min(_LOOSE, density)), edge(mass, density)
    positions = pack(conformations(mol, copies, seed), box, seed)
    context, integrator = _context(text, HOT, None, seed)
    _set(context, positions, box)
    _relax(context, integrator, seed)
    while box > end * 1.000001:
        new = max(end, box * (1.0 - _SQUEEZE))
        positions = _moved_together(_state(context).positions, copies, new / box)
        box = new
        _set(context, positions, box)
        _relax(context, integrator, seed)
    begun = time.process_time()
    integrator.step(_PROBE)
    rate = _PROBE / max(time.process_time() - begun, 1e-6)
    return _state(context), rate


def _relax(context: Any, integrator: Any, seed: int) -> None:
    import openmm

    openmm.LocalEnergyMinimizer.minimize(context, 100.0, 60)
    context.setVelocitiesToTemperature(HOT, seed & 0x7FFFFFFF)
    integrator.step(40)


def _moved_together(positions: FloatArray, copies: int, factor: float) -> FloatArray:
    """Scale the centres of chains, chains unchanged."""
    chains = positions.reshape(copies, -1, 3)
    centres = chains.mean(axis=1, keepdims=True)
    moved: FloatArray = (chains + centres * (factor - 1.0)).reshape(-1, 3)
    return moved


def advance(
    text: str, state: State, copies: int, stage: Stage, steps: int, seed: int, fresh: bool, platform: str = "CPU"
) -> tuple[State, FloatArray]:
    """Carry a cell on.

    Parameters
    ----------
    text : str
        The system.
    state : State
        Where it is.
    copies : int
        Chains.
    stage : Stage
        Temperature and pressure.
    steps : int
        Time steps.
    seed : int
        Seed of this block.
    fresh : bool
        Whether velocities are drawn again for the temperature, as at the start of a stage.
    platform : {"CPU", "Reference"}
        OpenMM's platform; both run on one thread.

    Returns
    -------
    tuple of (State, numpy.ndarray of shape (samples, 4))
        The cell afterwards; and density in g/cm3, mean radius of gyration in nm, potential energy in kJ/mol per atom,
        and temperature in K every 50 steps.

    Raises
    ------
    ToolError
        If the cell became smaller than twice the cutoff, or blew up.
    """
    need_openmm()
    import openmm

    context, integrator = _context(text, stage.temperature, stage.pressure, seed, platform)
    _set(context, state.positions, state.box)
    if fresh:
        context.setVelocitiesToTemperature(stage.temperature, seed & 0x7FFFFFFF)
    else:
        context.setVelocities(state.velocities)
    masses = np.array([context.getSystem().getParticleMass(i)._value for i in range(len(state.positions))])
    freedom = 3 * len(masses) - context.getSystem().getNumConstraints()
    rows = []
    done = 0
    try:
        while done < steps:
            now = min(SAMPLE, steps - done)
            integrator.step(now)
            done += now
            rows.append(_observe(context, masses, copies, freedom))
    except openmm.OpenMMException as error:
        if "box size" in str(error):
            raise ToolError("The cell became too small for the cutoff.", hint="Ask for more --chains.") from error
        raise ToolError(f"The dynamics failed: {error}", hint="Start again with another --seed.") from error
    return _state(context), np.array(rows)


def _context(text: str, temperature: float, pressure: float | None, seed: int, platform: str = "CPU") -> Any:
    import openmm

    system = openmm.XmlSerializer.deserialize(text)
    if pressure is not None:
        barostat = openmm.MonteCarloBarostat(pressure, temperature, _BAROSTAT)
        barostat.setRandomNumberSeed((seed ^ 0x5BD1E995) & 0x7FFFFFFF or 1)
        system.addForce(barostat)
    integrator = openmm.LangevinMiddleIntegrator(temperature, FRICTION, TIMESTEP)
    integrator.setRandomNumberSeed(seed & 0x7FFFFFFF or 1)
    integrator.setConstraintTolerance(1e-6)
    settings = {"Threads": "1"} if platform == "CPU" else {}
    context = openmm.Context(system, integrator, openmm.Platform.getPlatformByName(platform), settings)
    return context, integrator


def _set(context: Any, positions: FloatArray, box: float) -> None:
    context.setPeriodicBoxVectors((box, 0, 0), (0, box, 0), (0, 0, box))
    context.setPositions(positions)


def _state(context: Any) -> State:
    found = context.getState(getPositions=True, getVelocities=True)
    positions = np.array(found.getPositions(asNumpy=True)._value)
    if not np.isfinite(positions).all():
        raise ToolError("The dynamics blew up.", hint="Start again with another --seed.")
    velocities = np.array(found.getVelocities(asNumpy=True)._value)
    return State(positions, velocities, float(found.getPeriodicBoxVectors()[0][0]._value))


def _observe(context: Any, masses: FloatArray, copies: int, freedom: int) -> tuple[float, float, float, float]:
    found = context.getState(getPositions=True, getEnergy=True)
    positions = np.array(found.getPositions(asNumpy=True)._value)
    box = float(found.getPeriodicBoxVectors()[0][0]._value)
    temperature = 2.0 * found.getKineticEnergy()._value / (freedom * 0.0083144626)
    energy = found.getPotentialEnergy()._value / len(masses)
    return density_of(float(masses.sum()), box), gyration(positions, masses, copies), energy, temperature


def gyration(positions: FloatArray, masses: FloatArray, copies: int) -> float:
    """Return the mean radius of gyration of the chains.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n, 3)
        nm; chains whole.
    masses : numpy.ndarray, shape (n,)
        Dalton.
    copies : int
        Chains.

    Returns
    -------
    float
        Root of the mean squared radius over the chains, nm.
    """
    chains, weights = positions.reshape(copies, -1, 3), masses.reshape(copies, -1, 1)
    centres = (chains * weights).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    squared = (weights * (chains - centres) ** 2).sum(axis=(1, 2)) / weights.sum(axis=(1, 2))
    return float(np.sqrt(squared.mean()))
