"""Molecular dynamics for what a user typed: a polymer, a budget, a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import InputError

if TYPE_CHECKING:
    from tools.simulation.dynamics.plan import Goal, Plan
    from tools.simulation.dynamics.report import DynamicsReport
    from tools.simulation.dynamics.run import Progress

_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def simulate_md(
    polymer: str,
    *,
    out: str | Path,
    units: int = 0,
    chains: int = 0,
    replicas: int = 2,
    field: str = "",
    temperature: float = 298.15,
    goal: Goal = "density",
    budget: float = 1200.0,
    length: float | None = None,
    seed: int = 0,
    resume: bool = False,
    agreed: bool = False,
    planned: Callable[[Plan], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> DynamicsReport:
    """Simulate an amorphous cell of oligomers: density and radius of gyration, with error bars and a verdict.

    Parameters
    ----------
    polymer : str
        Repeat unit or name.
    out : str or Path
        Folder of the run; a stopped one goes on from there.
    units, chains : int
        Repeat units of a chain, and chains; 0 for as many as it takes.
    replicas : int
        Independent cells.
    field : {"", "gaff2_mod", "mmff94"}
        Force field; the first needs RadonPy and is better at densities. Empty for the best that is there.
    temperature : float
        K.
    goal : {"density", "tg"}
        "tg" cools stepwise as well; that takes hours to days.
    budget : float
        CPU time for everything, s.
    length : float, optional
        ps of each replica, instead of what the budget pays.
    seed : int
        Seed.
    resume : bool
        Go on with the run in the folder.
    agreed : bool
        Agree to a cost beyond the budget.
    planned : callable, optional
        Told the plan with its cost before it runs.
    progress : callable, optional
        Told after every block.

    Returns
    -------
    DynamicsReport
        Values of kind "simulated", verdict, protocol, parameters, cost.

    Raises
    ------
    BackendMissing
        If OpenMM, or RadonPy for its force field, is not installed.
    BudgetError
        If the run costs more than its budget.
    InputError
        If an argument makes no sense, or the folder holds another run.
    NotCoveredError
        If the force field has no parameters for an atom.
    StateError
        If the folder cannot be used.
    """
    from polysmith.predicting import read_polymers
    from tools.simulation.dynamics import folder as place
    from tools.simulation.dynamics.engine import FIELDS, default_field, need_openmm
    from tools.simulation.dynamics.plan import Order
    from tools.simulation.dynamics.report import report
    from tools.simulation.dynamics.run import begin, carry_on

    if not budget > 0.0 or (length is not None and not length > 0.0):
        raise InputError("Budget and length are positive.")
    if field and field not in FIELDS:
        raise InputError(f"There is no force field {field!r}.", hint=", ".join(FIELDS))
    if goal not in ("density", "tg"):
        raise InputError(f"There is no goal {goal!r}.", hint="density or tg")
    found = read_polymers([polymer])[0]
    if isinstance(found, Exception):
        raise found
    need_openmm()
    begun_with = place.read_plan(Path(out))[0].order.field if resume else default_field()
    order = Order(found.smiles, units, chains, field or begun_with, replicas, seed, temperature, goal)
    folder = Path(out)
    with place.opened(folder):
        if resume:
            plan, _ = place.read_plan(folder)
            place.check_order(plan, order)
        else:
            plan = begin(order, folder, budget, length, agreed=agreed)
        if planned is not None:
            planned(plan)
        plan, done = carry_on(folder, progress)
        made = report(plan, done)
        place.write_report(folder, made.as_dict())
    return made


def seconds_of(text: str) -> float:
    """Read a length of time.

    Parameters
    ----------
    text : str
        Such as "20m", "2 h", "90s"; a bare number is minutes.

    Returns
    -------
    float
        s.

    Raises
    ------
    InputError
        If it is none.
    """
    import re

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|d|)\s*", text)
    if match is None:
        raise InputError(f"{text!r} is no length of time.", hint="Write 20m, 2h or 90s.")
    return float(match[1]) * _UNITS[match[2] or "m"]
