"""Milligrams at a constant heating rate: thermogravimetry and the microscale combustion calorimeter.

The limit of a sample without temperature gradients: the same reactions, T = T0 + rate * t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.core.constants import GAS_CONSTANT
from tools.core.errors import InputError
from tools.simulation.cone.sample import FloatArray, Sample

_STEP = 0.1  # K


@dataclass(frozen=True)
class ThermalReport:
    """What a sample does at a constant heating rate.

    Attributes
    ----------
    rate : float
        K/s.
    temperature : ndarray [n]
        K.
    mass : ndarray [n]
        Share of the mass at the start.
    loss : ndarray [n]
        -dm/dT, 1/K.
    heat : ndarray [n]
        Specific heat release rate, W/kg of the sample at the start.
    peak_temperature : float
        Temperature of the fastest loss of mass, K.
    t5, t50 : float or None
        Temperatures at which 5 % and half of the mass are lost, K.
    char : float
        Share of the mass that is left at the end.
    heat_release_capacity : float
        Highest specific heat release rate over the heating rate, J/(kg K).
    total_heat : float
        J/kg of the sample at the start.
    """

    rate: float
    temperature: FloatArray
    mass: FloatArray
    loss: FloatArray
    heat: FloatArray
    peak_temperature: float
    t5: float | None
    t50: float | None
    char: float
    heat_release_capacity: float
    total_heat: float


def heat_up(sample: Sample, rate: float, *, start: float = 300.0, end: float = 1200.0) -> ThermalReport:
    """Heat the first layer of a sample at a constant rate in inert gas; the gas burns completely.

    Parameters
    ----------
    sample : Sample
        Its kinetics count, its thickness does not.
    rate : float
        Heating rate, K/s; 1 K/s is usual for microcalorimetry, 10 K/min for thermogravimetry.
    start, end : float
        Temperatures, K.

    Returns
    -------
    ThermalReport
        Mass and heat release over temperature.

    Raises
    ------
    InputError
        If the rate or the temperatures make no sense.
    """
    if not np.isfinite(rate) or rate <= 0 or not 200 <= start < end <= 2500:
        raise InputError(
            "Heating needs a positive rate and temperatures between 200 and 2500 K.", hint="Give K/s and K."
        )
    grid = np.arange(start, end + 0.5 * _STEP, _STEP)
    fractions = sample.layers[0].fractions
    total = sum(fractions.values())
    order = list(sample.components)
    mass = np.array([fractions.get(name, 0.0) / total for name in order])
    masses, heats = np.empty(len(grid)), np.zeros(len(grid))
    masses[0] = 1.0
    for row in range(1, len(grid)):
        middle, released = grid[row] - 0.5 * _STEP, 0.0
        for place, name in enumerate(order):
            released += _decompose(sample, order, place, name, middle, _STEP / rate, mass)
        masses[row], heats[row] = mass.sum(), released / (_STEP / rate)
    return _summary(rate, grid, masses, heats)


def _decompose(
    sample: Sample, order: list[str], place: int, name: str, temperature: float, dt: float, mass: FloatArray
) -> float:
    """React one component for a step; return the heat of combustion of its gas, J/kg of the sample."""
    reactions = sample.components[name].reactions
    if not reactions or mass[place] <= 1e-15:
        return 0.0
    rates = [
        r.pre_exponential * np.exp(-r.activation_energy / (GAS_CONSTANT * temperature)) * mass[place] ** (r.order - 1.0)
        for r in reactions
    ]
    whole = sum(rates)
    if whole <= 0.0:
        return 0.0
    lost = -mass[place] * np.expm1(-whole * dt)
    mass[place] -= lost
    released = 0.0
    for reaction, rate in zip(reactions, rates, strict=True):
        part = lost * rate / whole
        if reaction.residue:
            mass[order.index(reaction.residue)] += part * reaction.residue_yield
        released += part * (1.0 - reaction.residue_yield) * reaction.heat_of_combustion
    return float(released)


def _summary(rate: float, grid: FloatArray, mass: FloatArray, heat: FloatArray) -> ThermalReport:
    loss = -np.gradient(mass, grid)
    return ThermalReport(
        rate, grid, mass, loss, heat, _vertex(grid, loss), _falls_to(grid, mass, 0.95), _falls_to(grid, mass, 0.5),
        float(mass[-1]), float(heat.max() / rate), float(np.sum(heat) * _STEP / rate),
    )  # fmt: skip


def _vertex(grid: FloatArray, curve: FloatArray) -> float:
    """Place of a maximum, by a parabola through three points."""
    i = int(np.clip(np.argmax(curve), 1, len(curve) - 2))
    a, b, c = curve[i - 1 : i + 2]
    bend = a - 2 * b + c
    return float(grid[i] if bend == 0 else grid[i] + 0.5 * (a - c) / bend * (grid[1] - grid[0]))


def _falls_to(grid: FloatArray, mass: FloatArray, level: float) -> float | None:
    below = np.flatnonzero(mass <= level)
    if not len(below) or below[0] == 0:
        return None
    i = int(below[0])
    return float(np.interp(level, [mass[i], mass[i - 1]], [grid[i], grid[i - 1]]))
