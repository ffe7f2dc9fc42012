"""Which simulations a brief is worth, and running one of them for a polymer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Literal

from tools.core.evidence import Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import Constraint

Engine = Literal["cone", "quantum"]
_CONE = ("peak_hrr", "time_to_ignition")
_QUANTUM = "band_gap"
SECONDS = {"cone": 60.0, "quantum": 300.0}  # limit for one polymer
_UNITS = 3  # longest oligomer of quantum chemistry


@dataclass(frozen=True)
class Simulation:
    """A simulation that answers to requirements of a brief.

    Attributes
    ----------
    engine : {"cone", "quantum"}
        What runs: the slab solver with parameters estimated from the structure, or quantum chemistry of oligomers.
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


def choose(constraints: Iterable[Constraint], effort: int = 1) -> tuple[Simulation, ...]:
    """Choose simulations for the requirements that only physics can judge, or that it can judge as well.

    Molecular dynamics takes hours and is never chosen; ``polysmith simulate md`` runs it.

    Parameters
    ----------
    constraints : iterable of Constraint
        Property constraints of a brief.
    effort : int
        0 for none, 1 for fire tests (a second per polymer), 2 for quantum chemistry of gaps as well (ten seconds per
        polymer), where it is installed.

    Returns
    -------
    tuple of Simulation
        One per set of conditions; empty if the models and group contributions cover everything.
    """
    asked = list(constraints)
    if effort < 1:
        return ()
    quantum = _gap(asked) if effort > 1 else ()
    return (*_fire(asked), *quantum)


def _gap(constraints: list[Constraint]) -> tuple[Simulation, ...]:
    if find_spec("tblite") is None or not any(c.property == _QUANTUM for c in constraints):
        return ()
    return (Simulation("quantum", (_QUANTUM,), {}, "the brief limits the band gap, which quantum chemistry checks"),)


def _fire(constraints: list[Constraint]) -> tuple[Simulation, ...]:
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
    """Run a simulation for one polymer. Fire tests belong in a killable worker; quantum chemistry starts its own.

    Parameters
    ----------
    smiles : str
        Repeat unit.
    engine : {"cone", "quantum"}
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
    if engine == "quantum":
        from tools.simulation.quantum.oligomers import simulate

        report = simulate(Polymer.from_smiles(smiles), units=_UNITS, seed=seed, with_polarisability=False)
        return {value.property: value for value in report.values}
    from tools.simulation.cone.values import fire_values

    return fire_values(Polymer.from_smiles(smiles), conditions, seed=seed)


def heat_release_curve(smiles: str, conditions: Mapping[str, str]) -> tuple[list[float], list[float]]:
    """Run the fire test of ``perform`` with its central parameters alone, for a drawing.

    Parameters
    ----------
    smiles : str
        Repeat unit.
    conditions : mapping of str to str
        Conditions of the test.

    Returns
    -------
    time : list of float
        Seconds [n].
    rate : list of float
        Heat release rate averaged over 10 s, kW/m2 [n]; its highest is the peak that ``perform`` gives.

    Raises
    ------
    NotCoveredError
        If the parameters cannot be estimated for this structure.
    """
    from tools.simulation.cone.run import averaged
    from tools.simulation.cone.values import central_test

    report = central_test(Polymer.from_smiles(smiles), conditions)
    return [float(moment) for moment in report.time], [float(rate) / 1e3 for rate in averaged(report.hrr)]
