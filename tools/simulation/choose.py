"""Which simulations a brief is worth, and running one of them for a polymer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tools.core.evidence import Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import Constraint

Engine = Literal["cone"]
_CONE = ("peak_hrr", "time_to_ignition")
SECONDS = 60.0  # limit for one polymer


@dataclass(frozen=True)
class Simulation:
    """A simulation that answers to requirements of a brief.

    Attributes
    ----------
    engine : {"cone"}
        What runs: the slab solver with parameters estimated from the structure.
    properties : tuple of str
        Property ids that it gives.
    conditions : dict of str to str
        Conditions that the brief states, such as the heat flux.
    reason : str
        Why it is run.
    assumed : str
        Conditions that the brief left open.
    """

    engine: Engine
    properties: tuple[str, ...]
    conditions: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    assumed: str = ""


def choose(constraints: Iterable[Constraint]) -> tuple[Simulation, ...]:
    """Choose simulations for the requirements that only physics can judge.

    Parameters
    ----------
    constraints : iterable of Constraint
        Property constraints of a brief.

    Returns
    -------
    tuple of Simulation
        One per set of conditions; empty if the models and group contributions cover everything.
    """
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    common: dict[str, str] = {}
    for constraint in constraints:
        if constraint.property in _CONE:
            common.update(constraint.conditions)
    for constraint in constraints:
        if constraint.property in _CONE:
            stated = {k: v for k, v in {**common, **constraint.conditions}.items() if k in ("heat_flux", "thickness")}
            groups.setdefault(tuple(sorted(stated.items())), []).append(constraint.property)
    return tuple(_cone(dict(stated), tuple(dict.fromkeys(names))) for stated, names in groups.items())


def _cone(stated: dict[str, str], names: tuple[str, ...]) -> Simulation:
    from tools.simulation.cone.values import USUAL

    asked = " and ".join(get_property(name).name for name in names)
    missing = [f"{key.replace('_', ' ')} {value}" for key, value in USUAL.items() if key not in stated]
    return Simulation("cone", names, stated, f"the brief limits {asked}", ", ".join(missing))


def perform(smiles: str, engine: Engine, conditions: Mapping[str, str], seed: int) -> dict[str, Value]:
    """Run a simulation for one polymer; meant for a killable worker.

    Parameters
    ----------
    smiles : str
        Repeat unit.
    engine : {"cone"}
        What to run.
    conditions : mapping of str to str
        Conditions of the test.
    seed : int
        Seed of the draws.

    Returns
    -------
    dict of str to Value
        By property id.

    Raises
    ------
    NotCoveredError
        If the parameters cannot be estimated for this structure.
    """
    from tools.simulation.cone.values import fire_values

    return fire_values(Polymer.from_smiles(smiles), conditions, seed=seed)
