"""Uncertain parameters carried through a test by Monte Carlo."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tools.core.errors import InputError
from tools.simulation.cone.exposure import Exposure
from tools.simulation.cone.run import ConeReport, burn_many
from tools.simulation.cone.sample import Component, FloatArray, Quantity, Ramp, Reaction, Sample


@dataclass(frozen=True)
class Spread:
    """Relative standard deviations of the parameters of every component of the first layer and of what it leaves.

    Attributes
    ----------
    density, conductivity, heat_capacity, emissivity, absorption : float
        Of these properties.
    heat : float
        Of heats of reaction.
    heat_of_combustion : float
        Of the gases.
    decomposition : float
        Of the temperature of decomposition: activation energies are scaled at equal pre-exponential factors, which
        moves the temperature in proportion.
    residue : float
        Of residue yields.
    """

    density: float = 0.02
    conductivity: float = 0.1
    heat_capacity: float = 0.1
    emissivity: float = 0.03
    absorption: float = 0.2
    heat: float = 0.15
    heat_of_combustion: float = 0.05
    decomposition: float = 0.01
    residue: float = 0.1

    def __post_init__(self) -> None:
        """Refuse spreads that are no spreads."""
        if any(not math.isfinite(v) or not 0.0 <= v <= 1.0 for v in vars(self).values()):
            raise InputError("Relative standard deviations lie between 0 and 1.", hint="0.1 means ten per cent.")


@dataclass(frozen=True)
class Ensemble:
    """What uncertain parameters gave.

    Attributes
    ----------
    ignition : ndarray [n]
        Times of ignition, s; infinite where a draw does not ignite.
    peak_hrr, total_heat, marhe : ndarray [n]
        W/m2, J/m2, W/m2.
    """

    ignition: FloatArray
    peak_hrr: FloatArray
    total_heat: FloatArray
    marhe: FloatArray

    @property
    def ignites(self) -> float:
        """Share of the draws that ignite."""
        return float(np.mean(np.isfinite(self.ignition)))

    def interval(self, name: str, coverage: float = 0.9) -> tuple[float, float]:
        """Return the central interval of a result.

        Parameters
        ----------
        name : {"ignition", "peak_hrr", "total_heat", "marhe"}
            The result.
        coverage : float
            Share of the draws inside.
        """
        values: FloatArray = getattr(self, name)
        tail = 0.5 * (1.0 - coverage)
        low, high = np.quantile(values, [tail, 1.0 - tail], method="inverted_cdf")
        return float(low), float(high)


def draws(
    sample: Sample,
    exposure: Exposure,
    spread: Spread,
    count: int,
    seed: int,
    *,
    workers: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Ensemble:
    """Burn a sample with parameters drawn at random.

    Parameters
    ----------
    sample : Sample
        Its central parameters.
    exposure : Exposure
        The conditions.
    spread : Spread
        How uncertain the parameters are.
    count : int
        Draws.
    seed : int
        Seed; the same seed gives the same draws.
    workers : int
        Threads; 0 for one per core.
    progress : callable, optional
        Told how many are done.

    Returns
    -------
    Ensemble
        Results of every draw.

    Raises
    ------
    InputError
        If fewer than two draws are asked for.
    """
    if count < 2:
        raise InputError("An interval needs at least two draws.", hint="A hundred give 90 % intervals.")
    generator = random.Random(seed)
    tests = [(drawn(sample, spread, generator), exposure) for _ in range(count)]
    return ensemble(burn_many(tests, workers=workers, progress=progress))


def with_model_error(given: Ensemble, ignition: float, heat: float, seed: int) -> Ensemble:
    """Add what the model itself is wrong by, as log-normal factors.

    Parameters
    ----------
    given : Ensemble
        Draws of the parameters.
    ignition, heat : float
        Relative standard deviation of times of ignition, and of everything that is heat.
    seed : int
        Seed of the factors.

    Returns
    -------
    Ensemble
        Wider.
    """
    generator = random.Random(seed)
    count = len(given.ignition)
    times = np.array([math.exp(generator.gauss(0.0, ignition)) for _ in range(count)])
    heats = np.array([math.exp(generator.gauss(0.0, heat)) for _ in range(count)])
    return Ensemble(given.ignition * times, given.peak_hrr * heats, given.total_heat, given.marhe * heats)


def ensemble(reports: list[ConeReport]) -> Ensemble:
    """Collect the results of draws.

    Parameters
    ----------
    reports : list of ConeReport
        One per draw.
    """
    return Ensemble(
        np.array([math.inf if r.ignition is None else r.ignition for r in reports]),
        np.array([r.peak_hrr for r in reports]),
        np.array([r.total_heat for r in reports]),
        np.array([r.marhe for r in reports]),
    )


def drawn(sample: Sample, spread: Spread, generator: random.Random) -> Sample:
    """Return a sample with parameters drawn around its own; factors are log-normal and common to its components.

    Parameters
    ----------
    sample : Sample
        The centre.
    spread : Spread
        How far.
    generator : random.Random
        Source of the draws.
    """
    factor = {name: math.exp(generator.gauss(0.0, sd)) for name, sd in vars(spread).items()}
    own = _reached(sample)
    components = {name: _moved(c, factor) if name in own else c for name, c in sample.components.items()}
    return replace(sample, components=components)


def _reached(sample: Sample) -> set[str]:
    """Components of the first layer and what they leave."""
    found: set[str] = set()
    waiting = list(sample.layers[0].fractions)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting.extend(r.residue for r in sample.components[name].reactions if r.residue and r.residue not in found)
    return found


def _moved(component: Component, factor: dict[str, float]) -> Component:
    return replace(
        component,
        density=component.density * factor["density"],
        conductivity=_scaled(component.conductivity, factor["conductivity"]),
        heat_capacity=_scaled(component.heat_capacity, factor["heat_capacity"]),
        emissivity=min(1.0, component.emissivity * factor["emissivity"]),
        absorption=component.absorption * factor["absorption"],
        reactions=tuple(_reacting(r, factor) for r in component.reactions),
    )


def _reacting(reaction: Reaction, factor: dict[str, float]) -> Reaction:
    kept = reaction.residue_yield
    return replace(
        reaction,
        activation_energy=reaction.activation_energy * factor["decomposition"],
        heat=reaction.heat * factor["heat"],
        heat_of_combustion=reaction.heat_of_combustion * factor["heat_of_combustion"],
        residue_yield=kept if kept in (0.0, 1.0) else min(0.98, kept * factor["residue"]),
    )


def _scaled(quantity: Quantity, factor: float) -> Quantity:
    if isinstance(quantity, Ramp):
        return Ramp(quantity.temperatures, tuple(v * factor for v in quantity.values))
    return quantity * factor
