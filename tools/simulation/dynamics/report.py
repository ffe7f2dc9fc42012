"""The report of a run: values with error bars, the verdict on convergence, and everything they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.simulation.dynamics import protocol
from tools.simulation.dynamics.engine import HYDROGEN, SAMPLE
from tools.simulation.dynamics.folder import Replica
from tools.simulation.dynamics.glass import Bend, bend
from tools.simulation.dynamics.plan import Plan
from tools.simulation.dynamics.series import COVERAGE, CRITERION, Average, average

PARAMETERS: Final = {
    "mmff94": "MMFF94 (T. A. Halgren, J. Comput. Chem. 1996, 17, 490), parameters from RDKit; cutoff 0.9 nm with tail "
    "correction, reaction field for charges",
    "gaff2_mod": "GAFF2_mod with Gasteiger charges, assigned by RadonPy (npj Comput. Mater. 2022, 8, 222); cutoff "
    "0.9 nm with tail correction, particle mesh Ewald",
}
#: What these force fields are off by where they were tried (docs/experiments.md), 50 ps of protocol and sampling.
KNOWN_ERROR: Final = {
    "mmff94": "MMFF94 binds liquids too weakly: poly(ethylene oxide) came out 17 % less dense than with GAFF2_mod in "
    "the same run; use gaff2_mod for densities",
    "gaff2_mod": "short runs leave glasses too loose: after 33 ps of equilibration polystyrene came out 10 % and "
    "poly(methyl methacrylate) 18 % less dense than measured",
}
COOLING_NOTE: Final = (
    "cooled some ten orders of magnitude faster than in a calorimeter; "
    "the glass transition of such a run lies above the measured one"
)


@dataclass(frozen=True)
class DynamicsReport:
    """What a run found.

    Attributes
    ----------
    plan : Plan
        Order, cell, cost, stages.
    values : tuple of Value
        Density, radius of gyration, and the glass transition where it was asked for and seen.
    averages : dict of str to Average
        By property, in its unit.
    transition : Bend or None
        The fit of the cooling.
    caveats : tuple of str
        What to keep in mind.
    """

    plan: Plan
    values: tuple[Value, ...]
    averages: dict[str, Average]
    transition: Bend | None
    caveats: tuple[str, ...]

    @property
    def converged(self) -> bool:
        """Whether all averages have converged."""
        return all(item.verdict == "converged" for item in self.averages.values())

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        plan, order, cell = self.plan, self.plan.order, self.plan.cell
        return {
            "polymer": order.polymer,
            "converged": self.converged,
            "criterion": CRITERION,
            "values": [value.model_dump(mode="json") for value in self.values],
            "averages": {name: vars(item) for name, item in self.averages.items()},
            "glass_transition": None if self.transition is None else vars(self.transition),
            "cell": {"units": cell.units, "chains": cell.chains, "atoms": cell.atoms, "replicas": order.replicas},
            "parameters": PARAMETERS[order.field],
            "protocol": {
                "source": protocol.SOURCE, "length_of_published": protocol.scale(plan.stages),
                "picoseconds": plan.cost.picoseconds, "timestep_ps": protocol.TIMESTEP, "hydrogen_Da": HYDROGEN,
                "stages": [vars(stage) for stage in plan.stages],
            },
            "cost": vars(plan.cost), "seed": order.seed, "versions": plan.versions, "inputs": plan.inputs,
            "caveats": list(self.caveats),
        }  # fmt: skip


def report(plan: Plan, replicas: list[Replica]) -> DynamicsReport:
    """Average a finished run.

    Parameters
    ----------
    plan : Plan
        Its plan.
    replicas : list of Replica
        All replicas.

    Returns
    -------
    DynamicsReport
        Values, verdict, caveats.
    """
    scale = protocol.scale(plan.stages)
    number = next(n for n, stage in enumerate(plan.stages) if stage.name == "production")
    taken = [one.rows[one.stages == number] for one in replicas]
    averages = {
        "density": average([rows[:, 0] for rows in taken], scale),
        "radius_of_gyration": average([rows[:, 1] * 10.0 for rows in taken], scale),
    }
    transition = _transition(plan, replicas) if plan.order.goal == "tg" else None
    values = [_value(plan, name, item) for name, item in averages.items()]
    if transition is not None and transition.seen:
        values.append(_tg(plan, transition))
    return DynamicsReport(plan, tuple(values), averages, transition, _caveats(plan, scale, transition))


def _value(plan: Plan, name: str, item: Average) -> Value:
    cell, order = plan.cell, plan.order
    why = f" ({'; '.join(item.reasons)})" if item.reasons else ""
    return Value(
        property=name, value=item.mean, unit=get_property(name).unit, lower=item.lower, upper=item.upper,
        coverage=COVERAGE, kind="simulated", source=f"molecular dynamics, OpenMM {plan.versions['openmm']}; "
        f"{PARAMETERS[order.field]}",
        conditions={
            "temperature": f"{order.temperature:g} K", "pressure": f"{protocol.PRESSURE:g} bar",
            "chains": f"{cell.chains} of {cell.units} units", "replicas": str(order.replicas),
        },
        inputs=plan.inputs,
        note=f"{item.verdict}{why}; the interval holds statistical error alone, not that of the force field",
    )  # fmt: skip


def _transition(plan: Plan, replicas: list[Replica]) -> Bend:
    """Fit the second half of each temperature, all replicas together."""
    kelvin, volume = [], []
    for number, stage in enumerate(plan.stages):
        if stage.name != "cooling":
            continue
        halves = [one.rows[one.stages == number] for one in replicas]
        kelvin.append(stage.temperature)
        volume.append(float(np.mean([1.0 / rows[len(rows) // 2 :, 0].mean() for rows in halves])))
    return bend(np.array(kelvin), np.array(volume), plan.order.seed)


def _tg(plan: Plan, found: Bend) -> Value:
    return Value(
        property="Tg", value=found.temperature, unit="K", lower=found.temperature - 1.645 * found.error,
        upper=found.temperature + 1.645 * found.error, coverage=COVERAGE, kind="simulated",
        source=f"stepwise cooling, OpenMM {plan.versions['openmm']}; {PARAMETERS[plan.order.field]}",
        conditions={"pressure": f"{protocol.PRESSURE:g} bar"}, inputs=plan.inputs, note=COOLING_NOTE,
    )  # fmt: skip


def _caveats(plan: Plan, scale: float, transition: Bend | None) -> tuple[str, ...]:
    found = [
        f"equilibration ran at {scale:.1%} of its published length" if scale < 1.0 else "equilibration at full length",
        f"oligomers of {plan.cell.units} units with methyl ends; long chains are denser by what the ends take up",
        KNOWN_ERROR[plan.order.field],
        "amorphous: crystalline samples are denser",
        f"sampled every {SAMPLE * protocol.TIMESTEP:g} ps",
    ]
    if transition is not None:
        found.append(COOLING_NOTE if transition.seen else "no glass transition was seen in the cooling")
    return tuple(found)
