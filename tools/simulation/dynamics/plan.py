"""A run before it runs: how large the cell is, what it will cost, and what its folder was made from."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from rdkit import Chem

from tools.core.errors import InputError, StateError
from tools.core.evidence import inputs_hash
from tools.core.polymer import Polymer
from tools.simulation.dynamics.chain import chain_of
from tools.simulation.dynamics.packing import edge
from tools.simulation.dynamics.protocol import HOT, TIMESTEP, Stage, cooling, equilibration
from tools.simulation.vdw import vdw_volume

Goal = Literal["density", "tg"]

FORMAT: Final = 1
MAX_ATOMS: Final = 20_000
_LEAST_EDGE: Final = 2.05  # nm: twice the cutoff, and room for compression
_PACKED: Final = 0.66  # share of the volume that atoms fill in glassy polymers; only to start from
_CHAIN_ATOMS: Final = 120
_DENSER: Final = 0.85  # the cell is later denser than where speed was measured
BLOCK_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes
    ----------
    polymer : str
        Repeat unit.
    units, chains : int
        Size of the cell; 0 for as many as it takes.
    field : str
        Force field.
    replicas : int
        Independent cells.
    seed : int
        Seed.
    temperature : float
        K.
    goal : {"density", "tg"}
        Density and radius of gyration at one temperature, or stepwise cooling as well.
    """

    polymer: str
    units: int = 0
    chains: int = 0
    field: str = "mmff94"
    replicas: int = 2
    seed: int = 0
    temperature: float = 298.15
    goal: Goal = "density"


@dataclass(frozen=True)
class Cell:
    """The size of a cell.

    Attributes
    ----------
    units, chains, atoms : int
        Repeat units of a chain, chains, atoms of all.
    density : float
        Rough density to press it to, g/cm3.
    block : str
        The chain, as a mol block.
    mass : float
        Of all chains, dalton.
    """

    units: int
    chains: int
    atoms: int
    density: float
    block: str
    mass: float


@dataclass(frozen=True)
class Cost:
    """What a run takes on this machine.

    Attributes
    ----------
    steps : int
        Of all replicas.
    picoseconds : float
        Of one replica.
    per_second : float
        Steps a second of CPU time, measured.
    seconds : float
        CPU time of all replicas with their preparation, on one core.
    """

    steps: int
    picoseconds: float
    per_second: float
    seconds: float


def cell_of(order: Order) -> Cell:
    """Choose the size of a cell.

    Parameters
    ----------
    order : Order
        What is asked for.

    Returns
    -------
    Cell
        Chains of at least 120 atoms and as many as make the cell wide enough, where the order leaves that open.

    Raises
    ------
    InputError
        If the cell would be too small for the cutoff, or have more than 20,000 atoms.
    """
    if order.units < 0 or order.chains < 0 or not 1 <= order.replicas <= 20:
        raise InputError("Units and chains are positive; there are 1 to 20 replicas.")
    polymer = Polymer.from_smiles(order.polymer)
    density = _PACKED / vdw_volume(polymer).specific
    per_unit = Chem.AddHs(polymer.mol).GetNumAtoms() - 2
    units = order.units or max(4, math.ceil(_CHAIN_ATOMS / per_unit))
    mol = chain_of(polymer, units)
    weight = sum(atom.GetMass() for atom in mol.GetAtoms())
    least = max(2, math.ceil(weight_of_edge(_LEAST_EDGE, density) / weight))
    chains = order.chains or max(4, least)
    if chains < least:
        raise InputError(
            f"A cell of {chains} chains of {units} units is {edge(chains * weight, density):.1f} nm wide, too small "
            f"for the cutoff.",
            hint=f"Ask for at least {least} chains, or longer ones.",
        )
    atoms = chains * mol.GetNumAtoms()
    if atoms > MAX_ATOMS:
        raise InputError(f"A cell of {atoms:,} atoms is not simulated.", hint=f"At most {MAX_ATOMS:,}.")
    return Cell(units, chains, atoms, density, Chem.MolToMolBlock(mol), chains * weight)


def weight_of_edge(box: float, density: float) -> float:
    """Return the mass in a cubic cell.

    Parameters
    ----------
    box : float
        Edge, nm.
    density : float
        g/cm3.

    Returns
    -------
    float
        Dalton.
    """
    return box**3 / edge(1.0, density) ** 3


def stages_of(order: Order, picoseconds: float) -> tuple[Stage, ...]:
    """Choose the protocol.

    Parameters
    ----------
    order : Order
        What is asked for.
    picoseconds : float
        Length of one replica.

    Returns
    -------
    tuple of Stage
        Equilibration and production; for the glass transition half of the time goes into cooling from 600 K to 150 K
        below the temperature of the order in steps of 20 K.
    """
    if order.goal == "density":
        return equilibration(picoseconds, order.temperature)
    low = max(100.0, order.temperature - 150.0)
    count = int((HOT - low) / 20.0) + 1
    return (*equilibration(picoseconds / 2.0, order.temperature),
            *cooling(HOT, low, 20.0, picoseconds / 2.0 / count))  # fmt: skip


def cost_of(stages: tuple[Stage, ...], replicas: int, per_second: float, preparation: float) -> Cost:
    """Estimate the cost of a run.

    Parameters
    ----------
    stages : tuple of Stage
        Of one replica.
    replicas : int
        How many.
    per_second : float
        Steps a second of CPU time, as probed.
    preparation : float
        Seconds to make one cell.

    Returns
    -------
    Cost
        Steps, length, seconds.
    """
    steps = sum(stage.steps for stage in stages)
    seconds = replicas * (steps / (per_second * _DENSER) + preparation)
    return Cost(steps * replicas, steps * TIMESTEP, per_second, seconds)


def affordable(seconds: float, replicas: int, per_second: float, preparation: float) -> float:
    """Return the length of a replica that a budget pays for.

    Parameters
    ----------
    seconds : float
        Budget of CPU time for all replicas.
    replicas : int
        How many.
    per_second, preparation : float
        As in ``cost_of``.

    Returns
    -------
    float
        ps; not positive if the budget does not cover the preparation.
    """
    return (seconds / replicas - preparation) * per_second * _DENSER * TIMESTEP


@dataclass(frozen=True)
class Plan:
    """What the folder of a run was made from, and what is to be done.

    Attributes
    ----------
    order, cell, cost
        What was asked for, the cell, the estimate.
    stages : tuple of Stage
        Of every replica.
    block : int
        Steps of a block.
    system : str
        SHA-256 of ``system.xml``.
    versions : dict of str to str
        OpenMM and RDKit.
    """

    order: Order
    cell: Cell
    cost: Cost
    stages: tuple[Stage, ...]
    block: int
    system: str
    versions: dict[str, str]

    @property
    def inputs(self) -> str:
        """Hash of everything that the numbers depend on."""
        return inputs_hash(asdict(self.order), [asdict(s) for s in self.stages], self.block, self.system, self.versions)

    def blocks(self) -> list[tuple[int, int, bool]]:
        """List the blocks of a replica: place of the stage, steps, whether the stage begins."""
        found = []
        for place, stage in enumerate(self.stages):
            left = stage.steps
            while left > 0:
                now = min(self.block, left)
                found.append((place, now, left == stage.steps))
                left -= now
        return found

    def seed(self, replica: int, block: int) -> int:
        """Return the seed of a block; block -1 is the preparation.

        Parameters
        ----------
        replica, block : int
            Counted from 0.
        """
        text = f"{self.order.seed}/{replica}/{block}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") & 0x7FFFFFFF or 1

    def dump(self) -> str:
        """Write the plan as JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1)


def load_plan(text: str) -> Plan:
    """Read a plan.

    Parameters
    ----------
    text : str
        As written by ``Plan.dump``.

    Returns
    -------
    Plan
        The plan.

    Raises
    ------
    StateError
        If it is none.
    """
    try:
        raw: dict[str, Any] = json.loads(text)
        if raw["format"] != FORMAT:
            raise StateError(f"The run was written in format {raw['format']}.", hint="Start again in a new folder.")
        return Plan(
            Order(**raw["order"]), Cell(**raw["cell"]), Cost(**raw["cost"]),
            tuple(Stage(**stage) for stage in raw["stages"]), int(raw["block"]), raw["system"], raw["versions"],
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise StateError("The plan of this run cannot be read.", hint="Start again in a new folder.") from error
