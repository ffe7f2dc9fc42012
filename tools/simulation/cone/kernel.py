"""The solver: heat conduction with reactions in a slab whose cells shrink, compiled by Numba.

Every cell holds a mass of each component and one temperature. A time step (i) predicts temperatures with sinks
linearised in temperature, (ii) reacts at the mean of old and predicted temperatures, first order exactly, and (iii)
solves conduction again with the heat that was really taken up; conduction is Crank-Nicolson. Steps shorten where a
temperature moves by more than a few kelvin or the two solutions differ. Cells that are used up are merged with their
neighbours.

Equations: solid phase of the FDS Technical Reference Guide (K. McGrattan et al., NIST Special Publication 1018-1):
conduction, Arrhenius reactions, component-averaged properties, two-flux radiation in depth.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from tools.simulation.cone.packing import LOW, ROWS, STEP

STEFAN_BOLTZMANN = 5.670374419e-8  # W/(m2 K4), CODATA 2018
_USED_UP = 0.02  # thickness of a cell, as a share of that at the start, below which it is merged

# rows of the array of work space [rows, cells]
DX, CONDUCTIVITY, CAPACITY, KAPPA, TAU, SOURCE, SLOPE, OLD, DIAG, RIGHT, UPPER, TRIAL, START = range(13)
WORK_ROWS = 13
# fields of the array of conditions
(FLUX, DURATION, AMBIENT, GAS, H_FRONT, EXPOSED, H_BACK, FLAME, CRITICAL_HEAT, CRITICAL_MASS, CRITICAL_T, EFFICIENCY,
 OUT_STEP, EMITS) = range(14)  # fmt: skip

Array = Any  # numpy arrays; annotations of compiled functions are not checked

compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "arcp", "nsz", "reassoc"})


@compiled
def look(table: Array, temperature: float) -> Any:
    """Interpolate a row of a table of properties; constant outside."""
    place = (temperature - LOW) / STEP
    if place <= 0.0:
        return table[0]
    row = int(place)
    if row >= ROWS - 1:
        return table[ROWS - 1]
    return table[row] + (place - row) * (table[row + 1] - table[row])


@compiled
def properties(n: int, mass: Array, temp: Array, work: Array, solid: Array, conduct: Array, capacity: Array) -> None:
    """Thickness, conductivity, heat capacity per area and absorption of every cell; volumes add up."""
    for i in range(n):
        size = k = c = absorb = 0.0
        for a in range(mass.shape[0]):
            m = mass[a, i]
            if m > 0.0:
                volume = m / solid[0, a]
                size += volume
                k += volume * look(conduct[a], temp[i])
                c += m * look(capacity[a], temp[i])
                absorb += volume * solid[2, a]
        work[DX, i], work[CONDUCTIVITY, i], work[CAPACITY, i], work[KAPPA, i] = size, k / size, c, absorb / size


@compiled
def emissivity_of(mass: Array, i: int, solid: Array) -> float:
    """Emissivity of a cell, averaged by volume."""
    size = total = 0.0
    for a in range(mass.shape[0]):
        volume = mass[a, i] / solid[0, a]
        size += volume
        total += volume * solid[1, a]
    return total / size


@compiled
def sinks(n: int, mass: Array, temp: Array, work: Array, kinetics: Array, heat: Array) -> None:
    """Heat taken up by reactions (negative source) and its slope over temperature, W/m2 and W/(m2 K)."""
    for i in range(n):
        work[SOURCE, i] = work[SLOPE, i] = 0.0
    for r in range(kinetics.shape[0]):
        a, steepness, nil = int(kinetics[r, 0]), kinetics[r, 2], kinetics[r, 7]
        for i in range(n):
            if temp[i] > nil and mass[a, i] > 0.0:
                order = (mass[a, i] / work[START, i]) ** (kinetics[r, 3] - 1.0) if kinetics[r, 3] != 1.0 else 1.0
                rate = mass[a, i] * order * kinetics[r, 1] * math.exp(-steepness / temp[i])
                taken = rate * look(heat[r], temp[i])
                work[SOURCE, i] -= taken
                if taken > 0.0:
                    work[SLOPE, i] -= taken * steepness / temp[i] ** 2


@compiled
def react(
    n: int, mass: Array, temp: Array, work: Array, kinetics: Array, heat: Array, dt: float
) -> tuple[float, float]:
    """Convert mass at given temperatures; leave the heat in the sources; return gas (kg/m2) and its heat (J/m2)."""
    gas = fuel = 0.0
    rates = np.empty(kinetics.shape[0])
    for i in range(n):
        work[SOURCE, i] = work[SLOPE, i] = 0.0
        for a in range(mass.shape[0]):
            m = mass[a, i]
            if m <= 0.0:
                continue
            total = 0.0
            for r in range(kinetics.shape[0]):
                rates[r] = 0.0
                if int(kinetics[r, 0]) == a and temp[i] > kinetics[r, 7]:
                    order = (m / work[START, i]) ** (kinetics[r, 3] - 1.0) if kinetics[r, 3] != 1.0 else 1.0
                    rates[r] = order * kinetics[r, 1] * math.exp(-kinetics[r, 2] / temp[i])
                    total += rates[r]
            if total <= 0.0:
                continue
            lost = -m * math.expm1(-total * dt)
            mass[a, i] = m - lost
            for r in range(kinetics.shape[0]):
                if rates[r] > 0.0:
                    part = lost * rates[r] / total
                    work[SOURCE, i] -= part * look(heat[r], temp[i]) / dt
                    if kinetics[r, 4] >= 0.0:
                        mass[int(kinetics[r, 4]), i] += part * kinetics[r, 5]
                    gas += part * (1.0 - kinetics[r, 5])
                    fuel += part * (1.0 - kinetics[r, 5]) * kinetics[r, 6]
    return gas, fuel


@compiled
def radiate(n: int, temp: Array, work: Array, entering: float, emissivity: float, back: float) -> float:
    """Two-flux radiation in depth: add what every cell takes up to its source; return the net gain of the slab.

    ``entering`` is the flux at the front times the emissivity; ``back`` that at an exposed back, negative for a mirror.
    """
    leaving = 0.0  # flux towards the front at the front
    for i in range(n):
        work[TAU, i] = math.exp(-2.0 * work[KAPPA, i] * work[DX, i])
    total = 0.0
    for sweep in range(2):
        flux = entering + (1.0 - emissivity) * leaving
        gain = flux
        for i in range(n):
            out = flux * work[TAU, i] + STEFAN_BOLTZMANN * temp[i] ** 4 * (1.0 - work[TAU, i])
            if sweep:
                work[SOURCE, i] += flux - out
                work[SLOPE, i] -= 8.0 * STEFAN_BOLTZMANN * temp[i] ** 3 * (1.0 - work[TAU, i])
            flux = out
        gain -= flux
        flux = flux if back < 0.0 else emissivity * back + (1.0 - emissivity) * flux
        gain += flux
        for i in range(n - 1, -1, -1):
            out = flux * work[TAU, i] + STEFAN_BOLTZMANN * temp[i] ** 4 * (1.0 - work[TAU, i])
            if sweep:
                work[SOURCE, i] += flux - out
            flux = out
        leaving = flux
        total = gain - flux
    return total


@compiled
def face(
    size: float, k: float, take: float, h: float, gas: float, emissivity: float, surface: float
) -> tuple[float, float]:
    """Flux into the cell behind a face as ``s - g T``: convection, radiation linearised at the surface temperature."""
    inner = 2.0 * k / size
    a = h + 4.0 * emissivity * STEFAN_BOLTZMANN * surface**3
    b = take + h * gas + 3.0 * emissivity * STEFAN_BOLTZMANN * surface**4
    return inner * b / (a + inner), inner * a / (a + inner)


@compiled
def surface(size: float, k: float, flux: float, temp: float) -> float:
    """Temperature of a face from the flux that goes through it."""
    return temp + flux * size / (2.0 * k)


@compiled
def conduct(n: int, old: Array, new: Array, work: Array, dt: float, ends: Array, theta: float) -> tuple[float, float]:
    """Solve conduction over a step; ``ends`` has s, g and the old flux at the front, then at the back.

    Returns the new fluxes into the slab at the front and at the back.
    """
    for i in range(n):
        c = work[CAPACITY, i] / dt
        work[DIAG, i] = c - work[SLOPE, i]
        work[RIGHT, i] = (c - work[SLOPE, i]) * old[i] + work[SOURCE, i]
    for i in range(n - 1):
        link = 1.0 / (0.5 * work[DX, i] / work[CONDUCTIVITY, i] + 0.5 * work[DX, i + 1] / work[CONDUCTIVITY, i + 1])
        flow = (1.0 - theta) * link * (old[i + 1] - old[i])
        work[UPPER, i] = theta * link
        work[DIAG, i] += theta * link
        work[DIAG, i + 1] += theta * link
        work[RIGHT, i] += flow
        work[RIGHT, i + 1] -= flow
    work[DIAG, 0] += theta * ends[1]
    work[RIGHT, 0] += theta * ends[0] + (1.0 - theta) * ends[2]
    work[DIAG, n - 1] += theta * ends[4]
    work[RIGHT, n - 1] += theta * ends[3] + (1.0 - theta) * ends[5]
    for i in range(1, n):
        ratio = work[UPPER, i - 1] / work[DIAG, i - 1]
        work[DIAG, i] -= ratio * work[UPPER, i - 1]
        work[RIGHT, i] += ratio * work[RIGHT, i - 1]
    new[n - 1] = work[RIGHT, n - 1] / work[DIAG, n - 1]
    for i in range(n - 2, -1, -1):
        new[i] = (work[RIGHT, i] + work[UPPER, i] * new[i + 1]) / work[DIAG, i]
    return ends[0] - ends[1] * new[0], ends[3] - ends[4] * new[n - 1]


@compiled
def merge(n: int, mass: Array, temp: Array, work: Array, layer: Array, first: Array, solid: Array) -> int:
    """Give cells that are used up to a neighbour of their layer; drop the last of a layer. Returns the cells left."""
    i = 0
    while i < n:
        size = 0.0
        for a in range(mass.shape[0]):
            size += mass[a, i] / solid[0, a]
        if size >= _USED_UP * first[i] or n == 1:
            i += 1
            continue
        to = i + 1 if i + 1 < n and layer[i + 1] == layer[i] else i - 1
        if to >= 0 and layer[to] == layer[i]:
            warm = work[CAPACITY, i] * temp[i] + work[CAPACITY, to] * temp[to]
            temp[to] = warm / (work[CAPACITY, i] + work[CAPACITY, to])
            work[CAPACITY, to] += work[CAPACITY, i]
            work[START, to] += work[START, i]
            for a in range(mass.shape[0]):
                mass[a, to] += mass[a, i]
        elif size > 1e-3 * _USED_UP * first[i]:
            i += 1
            continue
        for j in range(i, n - 1):
            temp[j], layer[j], first[j] = temp[j + 1], layer[j + 1], first[j + 1]
            work[START, j], work[CAPACITY, j] = work[START, j + 1], work[CAPACITY, j + 1]
            for a in range(mass.shape[0]):
                mass[a, j] = mass[a, j + 1]
        n -= 1
    return n


@compiled
def multiple(time: float, ramp: Array) -> Any:
    """Interpolate the ramp of the flux."""
    if ramp.shape[0] == 0:
        return 1.0
    return np.interp(time, ramp[:, 0], ramp[:, 1])
