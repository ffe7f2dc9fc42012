"""A sample as plain arrays for the solver: properties tabulated over temperature, cells, reactions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.core.constants import GAS_CONSTANT
from tools.core.errors import InputError
from tools.simulation.cone.sample import OPAQUE, FloatArray, Quantity, Reaction, Sample, values_at

LOW, STEP, ROWS = 200.0, 2.0, 1001  # temperatures of the tables, K
_FINE = 1.0e-4  # m
_MOST_CELLS = 300
_FINEST_INERT = 12
_COVERED = 9  # cells at the front that are replaced by twice as many
_HEATING_RATE = 5.0 / 60.0  # K/s; FDS refers heats of reaction to the peak at 5 K/min


@dataclass(frozen=True)
class Packed:
    """Arrays of a sample with c components, r reactions and n cells.

    Attributes
    ----------
    density, emissivity, absorption : ndarray [c]
        kg/m3, share, 1/m.
    conductivity, capacity : ndarray [c, ROWS]
        W/(m K) and J/(kg K) at ``LOW + STEP * row`` K.
    kinetics : ndarray [r, 8]
        Component, A (1/s), E/R (K), order, residue (-1 for none), residue yield, heat of combustion of the gas (J/kg)
        and the temperature below which the rate is nil (K).
    heat : ndarray [r, ROWS]
        Heat of reaction, J/kg of reactant.
    mass : ndarray [c, n]
        Mass of each component in each cell, kg/m2.
    scale : ndarray [n]
        Mass of each cell at the start, kg/m2.
    layer : ndarray of int [n]
        Layer of each cell.
    in_depth : bool
        True if radiation is absorbed in depth.
    """

    density: FloatArray
    emissivity: FloatArray
    absorption: FloatArray
    conductivity: FloatArray
    capacity: FloatArray
    kinetics: FloatArray
    heat: FloatArray
    mass: FloatArray
    scale: FloatArray
    layer: NDArray[np.int64]
    in_depth: bool

    def arrays(self) -> tuple[Any, ...]:
        """Return the arrays in the order of the solver's arguments."""
        return (
            self.density, self.emissivity, self.absorption, self.conductivity, self.capacity, self.kinetics, self.heat,
            self.mass, self.scale, self.layer, self.in_depth,
        )  # fmt: skip


def temperatures() -> FloatArray:
    """Return the temperatures of the tables, K, shape [ROWS]."""
    return LOW + STEP * np.arange(ROWS, dtype=np.float64)


def pack(sample: Sample, *, refinement: float = 1.0, corrected: bool = False) -> Packed:
    """Lay out a sample.

    Parameters
    ----------
    sample : Sample
        The slab.
    refinement : float
        Cells per length relative to the default: one per 0.1 mm where there are reactions, two where clear solid
        turns into dark char.
    corrected : bool
        Correct heats of reaction for the heat capacities of reactant and products, as FDS does by default.

    Returns
    -------
    Packed
        Its arrays.

    Raises
    ------
    InputError
        If the grid would be too large or the refinement is not positive.
    """
    if not math.isfinite(refinement) or refinement <= 0:
        raise InputError("The refinement of the grid must be positive.", hint="1 is the default, 2 halves the cells.")
    names = list(sample.components)
    grid = temperatures()
    components = [sample.components[name] for name in names]
    sizes, layer = _cells(sample, refinement * (2.0 if _darkens(sample) else 1.0))
    mass = np.zeros((len(names), len(sizes)))
    for number, item in enumerate(sample.layers):
        total = sum(item.fractions.values())
        share = sizes[layer == number] / item.thickness * sample.mass(item)
        for name, fraction in item.fractions.items():
            mass[names.index(name), layer == number] = fraction / total * share
    kinetics, heat = _reactions(sample, names, grid, corrected)
    return Packed(
        np.array([c.density for c in components]),
        np.array([c.emissivity for c in components]),
        np.array([min(c.absorption, OPAQUE) for c in components]),
        np.array([values_at(c.conductivity, grid) for c in components]),
        np.array([values_at(c.heat_capacity, grid) for c in components]),
        kinetics,
        heat,
        mass,
        mass.sum(axis=0),
        layer,
        any(sample.components[n].absorption < OPAQUE for item in sample.layers for n in item.fractions),
    )


def _cells(sample: Sample, refinement: float) -> tuple[FloatArray, NDArray[np.int64]]:
    """Cut reacting layers into equal cells, and inert ones behind them into cells that grow with depth."""
    sizes: list[FloatArray] = []
    for number, item in enumerate(sample.layers):
        reacts = any(sample.components[name].reactions for name in item.fractions)
        count = math.ceil(item.thickness / _FINE * refinement)
        if not reacts and number:
            count = min(count, math.ceil(_FINEST_INERT * refinement))
            growth = np.geomspace(1.0, 4.0, count)
            sizes.append(item.thickness * growth / growth.sum())
            continue
        count = min(max(count, math.ceil(12 * refinement)), math.ceil(_MOST_CELLS * refinement))
        sizes.append(_graded(item.thickness, count) if number == 0 else np.full(count, item.thickness / count))
    layer = np.repeat(np.arange(len(sizes), dtype=np.int64), [len(s) for s in sizes])
    return np.concatenate(sizes), layer


def _darkens(sample: Sample) -> bool:
    """Tell whether clear solid turns into dark char: the depth of absorption then changes within a cell."""
    return any(
        reaction.residue_yield > 0.0
        and component.absorption < OPAQUE
        and sample.components[reaction.residue].absorption > 4.0 * component.absorption
        for component in sample.components.values()
        for reaction in component.reactions
    )


def _graded(thickness: float, count: int) -> FloatArray:
    """Cells of one size, the first of which are cut finer: before ignition the temperature falls steeply there."""
    size = thickness / count
    covered = min(_COVERED, count - 1)
    head = np.geomspace(1.0, 5.0, 2 * covered)
    return np.concatenate([head / head.sum() * covered * size, np.full(count - covered, size)])


def _reactions(sample: Sample, names: list[str], grid: FloatArray, corrected: bool) -> tuple[FloatArray, FloatArray]:
    rows, heats = [], []
    for index, name in enumerate(names):
        component = sample.components[name]
        for reaction in component.reactions:
            residue = names.index(reaction.residue) if reaction.residue and reaction.residue_yield > 0 else -1
            steepness = reaction.activation_energy / GAS_CONSTANT
            nil = steepness / max(math.log(reaction.pre_exponential / 1e-9), 1e-3)  # below it the rate is < 1e-9 1/s
            rows.append(
                (index, reaction.pre_exponential, steepness, reaction.order, residue, reaction.residue_yield,
                 reaction.heat_of_combustion, nil)
            )  # fmt: skip
            left = sample.components[reaction.residue].heat_capacity if residue >= 0 else 0.0
            heats.append(_heat(reaction, component.heat_capacity, left, grid, corrected))
    if not rows:
        return np.zeros((0, 8)), np.zeros((0, ROWS))
    return np.array(rows, dtype=np.float64), np.array(heats)


def _heat(reaction: Reaction, reactant: Quantity, residue: Quantity, grid: FloatArray, corrected: bool) -> FloatArray:
    """Heat of reaction over temperature: dH(T) = dH(Tref) + integral of the change of heat capacity."""
    if not corrected:
        return np.full(len(grid), reaction.heat)
    gas = (1.0 - reaction.residue_yield) * reaction.gas_heat_capacity
    change = gas + reaction.residue_yield * values_at(residue, grid) - values_at(reactant, grid)
    integral = np.concatenate([[0.0], np.cumsum(0.5 * (change[1:] + change[:-1]) * STEP)])
    reference = reaction.reference_temperature or peak_temperature(reaction, _HEATING_RATE)
    return np.asarray(reaction.heat + integral - np.interp(reference, grid, integral), dtype=np.float64)


def peak_temperature(reaction: Reaction, rate: float) -> float:
    """Return the temperature of the highest rate of a first-order reaction at constant heating.

    Parameters
    ----------
    reaction : Reaction
        Its kinetics; the order is taken as 1.
    rate : float
        Heating rate, K/s.

    Returns
    -------
    float
        K; the root of rate E / (R T^2) = A exp(-E/RT) (H. E. Kissinger, Anal. Chem. 1957, 29, 1702).

    Raises
    ------
    InputError
        If the heating rate is not positive.
    """
    if not math.isfinite(rate) or rate <= 0:
        raise InputError("A heating rate must be positive.", hint="Give K/s.")
    steepness = reaction.activation_energy / GAS_CONSTANT
    low, high = 1.0, 1e5
    for _ in range(200):
        middle = 0.5 * (low + high)
        excess = math.log(reaction.pre_exponential * middle**2 / (rate * steepness)) - steepness / middle
        low, high = (low, middle) if excess > 0 else (middle, high)
    return 0.5 * (low + high)
