"""The course of a run: probe, plan, blocks in a worker process, and going on after a stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from tools.core import sandbox
from tools.core.errors import BudgetError, InputError
from tools.simulation.dynamics import folder as place
from tools.simulation.dynamics.engine import State, need_openmm
from tools.simulation.dynamics.folder import Replica
from tools.simulation.dynamics.plan import (
    BLOCK_SECONDS,
    Cost,
    Order,
    Plan,
    affordable,
    cell_of,
    cost_of,
    stages_of,
)
from tools.simulation.dynamics.protocol import TIMESTEP, WHOLE

_ENGINE: Final = "tools.simulation.dynamics.engine"
_MEMORY_MB: Final = 16_384  # of address space, most of it never touched
_START_SECONDS: Final = 3600.0
_PRESSED: Final = 0.85  # of the rough density, when packing ends


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes
    ----------
    replica, replicas : int
        Which one runs, from 1, and how many there are.
    stage : str
        What it does.
    share : float
        Of the whole, 0 to 1.
    density : float
        g/cm3 at the end of the last block; 0 before the first.
    seconds_left : float
        Estimate from the blocks of this call; infinite before the first.
    """

    replica: int
    replicas: int
    stage: str
    share: float
    density: float
    seconds_left: float


Tell = Callable[[Progress], None]


def begin(order: Order, out: Path, budget: float, length: float | None, *, agreed: bool = False) -> Plan:
    """Make the first cell, measure the speed of this machine, and write the plan of a run.

    Parameters
    ----------
    order : Order
        What is asked for.
    out : Path
        Folder of the run, without a plan so far.
    budget : float
        CPU time for everything, s.
    length : float or None
        ps of one replica; None for what the budget pays.
    agreed : bool
        Whether a cost beyond the budget is agreed to.

    Returns
    -------
    Plan
        With its cost.

    Raises
    ------
    BackendMissing
        If OpenMM is not installed.
    BudgetError
        If the budget does not pay the length asked for, or any run at all.
    InputError
        If the order makes no sense, or the folder holds a run.
    """
    need_openmm()
    if (out / place.PLAN).exists():
        raise InputError(f"{out} holds a run already.", hint="Go on with it by --resume, or name another --out.")
    cell = cell_of(order)
    system: str = _call("build", cell.block, cell.chains, order.field, cell.density, seconds=_START_SECONDS)
    begun = time.monotonic()
    versions = {"openmm": version("openmm"), "rdkit": version("rdkit")}
    draft = Plan(order, cell, Cost(0, 0.0, 1.0, 0.0), (), 1, "", versions)
    state, speed = _prepare(draft, system, 0)
    preparation = time.monotonic() - begun
    paid = affordable(budget, order.replicas, speed, preparation)
    stages = stages_of(order, length if length is not None else max(paid, 0.0)) if length or paid > 0 else ()
    if not stages:
        raise BudgetError(
            f"The budget does not pay the preparation of {order.replicas} cells ({preparation:.0f} s each).",
            hint="Give a larger --budget, or fewer --replicas.",
        )
    cost = cost_of(stages, order.replicas, speed, preparation)
    if cost.seconds > 1.05 * budget and not agreed:
        whole = cost_of(stages_of(order, WHOLE), order.replicas, speed, preparation).seconds
        raise BudgetError(
            f"This run takes about {_told(cost.seconds)} on one core ({speed:.0f} steps a second), more than the budget"
            f" of {_told(budget)}; the published protocol takes {_told(whole)}.",
            hint="Agree with --yes, or raise --budget.",
        )
    block = max(100, int(speed * BLOCK_SECONDS))
    plan = Plan(order, cell, cost, stages, block, place.digest(system.encode()), versions)
    place.save(out, 0, Replica(state, 0, np.zeros((0, 4)), np.zeros(0, dtype=np.int64)))
    place.write_plan(out, plan, system)
    return plan


def carry_on(out: Path, tell: Tell | None = None, *, platform: str = "CPU") -> tuple[Plan, list[Replica]]:
    """Run the blocks that are missing.

    Parameters
    ----------
    out : Path
        Folder with a plan.
    tell : callable, optional
        Told the progress after every block.
    platform : {"CPU", "Reference"}
        Of OpenMM.

    Returns
    -------
    tuple of (Plan, list of Replica)
        The plan and all replicas, done.

    Raises
    ------
    StateError
        If the folder cannot be read.
    ToolError
        If the dynamics fail.
    """
    need_openmm()
    plan, system = place.read_plan(out)
    blocks = plan.blocks()
    total = plan.order.replicas * sum(stage.steps for stage in plan.stages)
    clock = _Clock(total, time.monotonic())
    replicas = []
    for number in range(plan.order.replicas):
        replica = place.load(out, number, plan.cell.atoms)
        if replica is None:
            state, _ = _prepare(plan, system, number)
            replica = Replica(state, 0, np.zeros((0, 4)), np.zeros(0, dtype=np.int64))
            place.save(out, number, replica)
        clock.before += sum(steps for _, steps, _ in blocks[: replica.done])
        for block in range(replica.done, len(blocks)):
            stage, steps, fresh = blocks[block]
            replica = _one(plan, system, replica, (number, block, stage, steps, fresh), platform)
            place.save(out, number, replica)
            clock.now += steps
            if tell is not None:
                density = float(replica.rows[-1, 0])
                name = plan.stages[stage].name
                tell(Progress(number + 1, plan.order.replicas, name, clock.share, density, clock.left))
        replicas.append(replica)
    return plan, replicas


@dataclass
class _Clock:
    """Steps done before and during this call."""

    total: int
    begun: float
    before: int = 0
    now: int = 0

    @property
    def share(self) -> float:
        return (self.before + self.now) / self.total

    @property
    def left(self) -> float:
        rest = self.total - self.before - self.now
        return rest * (time.monotonic() - self.begun) / self.now if self.now else float("inf")


def _one(plan: Plan, system: str, replica: Replica, task: tuple[int, int, int, int, bool], platform: str) -> Replica:
    number, block, stage, steps, fresh = task
    seconds = max(600.0, 30.0 * steps / plan.cost.per_second)  # a machine may become slower
    state, rows = _call(
        "advance", system, replica.state, plan.cell.chains, plan.stages[stage], steps, plan.seed(number, block), fresh,
        platform, seconds=seconds,
    )  # fmt: skip
    stages = np.full(len(rows), stage, dtype=np.int64)
    return Replica(state, block + 1, np.vstack([replica.rows, rows]), np.concatenate([replica.stages, stages]))


def _prepare(plan: Plan, system: str, number: int) -> tuple[State, float]:
    cell = plan.cell
    found: tuple[State, float] = _call(
        "start", system, cell.block, cell.chains, _PRESSED * cell.density, plan.seed(number, -1),
        seconds=_START_SECONDS,
    )  # fmt: skip
    return found


def _call(name: str, *args: Any, seconds: float) -> Any:
    return sandbox.run(f"{_ENGINE}:{name}", *args, seconds=seconds, memory_mb=_MEMORY_MB)


def _told(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{seconds / 60:.0f} min"


def picoseconds(replica: Replica, plan: Plan) -> float:
    """Return how much of a replica's time is sampled.

    Parameters
    ----------
    replica : Replica
        A replica.
    plan : Plan
        Its plan.
    """
    return sum(steps for _, steps, _ in plan.blocks()[: replica.done]) * TIMESTEP
