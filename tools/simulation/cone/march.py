"""Marching a slab through a test: boundary conditions, the time step and its control, ignition, and the record."""

from __future__ import annotations

import numpy as np

from tools.simulation.cone.kernel import (
    AMBIENT,
    CAPACITY,
    CONDUCTIVITY,
    CRITICAL_HEAT,
    CRITICAL_MASS,
    CRITICAL_T,
    DURATION,
    DX,
    EFFICIENCY,
    EMITS,
    EXPOSED,
    FLAME,
    FLUX,
    GAS,
    H_BACK,
    H_FRONT,
    OUT_STEP,
    SLOPE,
    SOURCE,
    START,
    STEFAN_BOLTZMANN,
    TRIAL,
    WORK_ROWS,
    Array,
    compiled,
    conduct,
    emissivity_of,
    face,
    merge,
    multiple,
    properties,
    radiate,
    react,
    sinks,
    surface,
)

_LONGEST, _SHORTEST = 0.5, 1e-5  # s
_MOVE, _ERROR = 3.0, 0.2  # K that a step may move a temperature; K between predicted and final temperature
_SLOW_START = 8  # steps of backward Euler, which damps the jump of the flux at the start
# what is remembered of the faces
_FRONT_T, _BACK_T, _FRONT_FLUX, _BACK_FLUX = range(4)
# columns of the record
TIME, GAS_MASS, HEAT, FRONT, BACK, MASS, TAKEN_IN, STORED = range(8)


@compiled
def _ends(
    n: int, mass: Array, work: Array, solid: Array, test: Array, flux: float, faces: Array, in_depth: bool, ends: Array
) -> None:
    """Boundary conditions of a step, linearised at the remembered temperatures of the faces."""
    front = emissivity_of(mass, 0, solid)
    shine = 0.0 if in_depth else front * test[EMITS]
    taken = 0.0 if in_depth else front * flux + shine * STEFAN_BOLTZMANN * test[AMBIENT] ** 4
    s, g = face(work[DX, 0], work[CONDUCTIVITY, 0], taken, test[H_FRONT], test[GAS], shine, faces[_FRONT_T])
    ends[0], ends[1], ends[2] = s, g, faces[_FRONT_FLUX]
    ends[3] = ends[4] = ends[5] = 0.0
    if test[EXPOSED] > 0.0:
        back = emissivity_of(mass, n - 1, solid)
        shine = 0.0 if in_depth else back
        taken = 0.0 if in_depth else back * STEFAN_BOLTZMANN * test[AMBIENT] ** 4
        s, g = face(
            work[DX, n - 1], work[CONDUCTIVITY, n - 1], taken, test[H_BACK], test[AMBIENT], shine, faces[_BACK_T]
        )
        ends[3], ends[4], ends[5] = s, g, faces[_BACK_FLUX]


@compiled
def _radiation(n: int, mass: Array, temp: Array, work: Array, solid: Array, test: Array, flux: float) -> float:
    shine = emissivity_of(mass, 0, solid)
    around = STEFAN_BOLTZMANN * test[AMBIENT] ** 4
    return radiate(n, temp, work, shine * (flux + around), shine, around if test[EXPOSED] > 0.0 else -1.0)


@compiled
def _step(
    n: int, mass: Array, temp: Array, work: Array, solid: Array, kinetics: Array, heat: Array, test: Array,
    flux: float, faces: Array, in_depth: bool, dt: float, theta: float, new: Array, ends: Array,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Advance a slab whose properties are set; temperatures go to ``new``.

    Returns gas (kg/m2), its heat of combustion, the net heat taken in and the heat of reaction (J/m2), and the gap
    between the two solutions (K).
    """
    sinks(n, mass, temp, work, kinetics, heat)
    if in_depth:
        _radiation(n, mass, temp, work, solid, test, flux)
    _ends(n, mass, work, solid, test, flux, faces, in_depth, ends)
    front, back = conduct(n, temp, new, work, dt, ends, theta)
    old_front, old_back = faces[_FRONT_FLUX], faces[_BACK_FLUX]
    faces[_FRONT_T] = surface(work[DX, 0], work[CONDUCTIVITY, 0], front, new[0])
    faces[_BACK_T] = surface(work[DX, n - 1], work[CONDUCTIVITY, n - 1], back, new[n - 1])
    middle = work[TRIAL]
    for i in range(n):
        middle[i] = 0.5 * (temp[i] + new[i])
    gas, fuel = react(n, mass, middle, work, kinetics, heat, dt)
    uptake = 0.0
    for i in range(n):
        uptake -= work[SOURCE, i] * dt
    gain = _radiation(n, mass, middle, work, solid, test, flux) if in_depth else 0.0
    for i in range(n):
        work[SLOPE, i] = 0.0
        middle[i] = new[i]
    _ends(n, mass, work, solid, test, flux, faces, in_depth, ends)
    ends[2], ends[5] = old_front, old_back
    front, back = conduct(n, temp, new, work, dt, ends, theta)
    gap = 0.0
    for i in range(n):
        gap = max(gap, abs(new[i] - middle[i]))
    faces[_FRONT_T] = surface(work[DX, 0], work[CONDUCTIVITY, 0], front, new[0])
    faces[_BACK_T] = surface(work[DX, n - 1], work[CONDUCTIVITY, n - 1], back, new[n - 1])
    faces[_FRONT_FLUX], faces[_BACK_FLUX] = front, back
    taken = theta * (front + back) + (1.0 - theta) * (old_front + old_back) + gain
    return gas, fuel, taken * dt, uptake, gap


@compiled
def _burns(hrr: float, rate: float, surface_temp: float, test: Array) -> bool:
    """Tell whether a criterion of ignition is met."""
    return bool(
        (test[CRITICAL_HEAT] > 0.0 and hrr >= test[CRITICAL_HEAT])
        or (test[CRITICAL_MASS] > 0.0 and rate >= test[CRITICAL_MASS])
        or (test[CRITICAL_T] > 0.0 and surface_temp >= test[CRITICAL_T])
    )


@compiled
def _crossing(before: Array, after: Array, test: Array, t0: float, t1: float) -> float:
    """Time at which the first criterion is met, linear between two steps; values are hrr, rate, surface temperature."""
    found = t1
    for i, limit in enumerate((test[CRITICAL_HEAT], test[CRITICAL_MASS], test[CRITICAL_T])):
        if limit > 0.0 and after[i] >= limit and after[i] > before[i]:
            found = min(found, t0 + (t1 - t0) * max(limit - before[i], 0.0) / (after[i] - before[i]))
    return found


@compiled
def _record(record: Array, row: int, until: float, before: Array, after: Array, out_step: float) -> int:
    """Write the rows whose times lie in the step, linear within it."""
    while row < record.shape[0] and row * out_step <= until + 1e-12:
        share = (row * out_step - before[TIME]) / max(after[TIME] - before[TIME], 1e-30)
        for j in range(record.shape[1]):
            record[row, j] = before[j] + share * (after[j] - before[j])
        record[row, TIME] = row * out_step
        row += 1
    return row


@compiled
def _snapshot(n: int, temp: Array, work: Array, time: float, profiles: Array, depths: Array, duration: float) -> None:
    """Keep the profile at the times of the snapshots, and count them in the last place of the times."""
    last = profiles.shape[0] - 1
    taken = int(depths[last, 0])
    if taken < last and time >= duration * taken / (last - 1) - 1e-9:
        x = 0.0
        for i in range(n):
            depths[taken, i] = x + 0.5 * work[DX, i]
            profiles[taken, i] = temp[i]
            x += work[DX, i]
        depths[last, 0] = taken + 1.0


@compiled
def _note(
    before: Array, after: Array, step: Array, work: Array, temp: Array, new: Array, n: int, faces: Array,
    efficiency: float,
) -> None:  # fmt: skip
    """Add an accepted step to the running totals; ``step`` is its length, gas, fuel, heat taken in and reacted."""
    stored = step[4]
    for i in range(n):
        stored += work[CAPACITY, i] * (new[i] - temp[i])
        temp[i] = new[i]
    after[TIME] = before[TIME] + step[0]
    after[GAS_MASS], after[HEAT] = before[GAS_MASS] + step[1], before[HEAT] + step[2] * efficiency
    after[FRONT], after[BACK], after[MASS] = faces[_FRONT_T], faces[_BACK_T], before[MASS] - step[1]
    after[TAKEN_IN], after[STORED] = before[TAKEN_IN] + step[3], before[STORED] + stored


@compiled
def _worst(n: int, temp: Array, new: Array, gap: float) -> float:
    """How far a step is beyond what it may move, 1 at the limit."""
    moved = 0.0
    for i in range(n):
        moved = max(moved, abs(new[i] - temp[i]))
    return max(moved / _MOVE, gap / _ERROR)


@compiled
def march(
    density: Array, emissivity: Array, absorption: Array, conductivity: Array, capacity: Array, kinetics: Array,
    heat: Array, start: Array, scale: Array, start_layer: Array, in_depth: bool, test: Array, ramp: Array,
    record: Array, profiles: Array, depths: Array,
) -> tuple[float, int]:  # fmt: skip
    """Run a test; fill the record; return the time of ignition (-1 for none) and the number of steps."""
    solid, mass, layer = np.stack((density, emissivity, absorption)), start.copy(), start_layer.copy()
    n = mass.shape[1]
    temp, new, kept = np.full(n, test[AMBIENT]), np.empty(n), mass.copy()
    work, ends, faces, step = np.zeros((WORK_ROWS, n)), np.zeros(6), np.zeros(4), np.zeros(5)
    work[START] = scale
    properties(n, mass, temp, work, solid, conductivity, capacity)
    first, old_faces = work[DX].copy(), faces.copy()
    faces[_FRONT_T] = faces[_BACK_T] = test[AMBIENT]
    before, after, seen, now = np.zeros(8), np.zeros(8), np.zeros(3), np.zeros(3)
    before[FRONT], before[BACK], before[MASS] = test[AMBIENT], test[AMBIENT], mass.sum()
    row, steps, dt, ignition, burning = 0, 0, 1e-4, -1.0, False
    while before[TIME] < test[DURATION] - 1e-9:
        n = merge(n, mass, temp, work, layer, first, solid)
        properties(n, mass, temp, work, solid, conductivity, capacity)
        _snapshot(n, temp, work, before[TIME], profiles, depths, test[DURATION])
        dt = min(dt, test[DURATION] - before[TIME])
        flux = test[FLUX] * multiple(before[TIME] + 0.5 * dt, ramp) + (test[FLAME] if burning else 0.0)
        kept[:, :n], old_faces[:] = mass[:, :n], faces
        step[1], step[2], step[3], step[4], gap = _step(
            n, mass, temp, work, solid, kinetics, heat, test, flux, faces, in_depth, dt,
            1.0 if steps < _SLOW_START else 0.5, new, ends,
        )  # fmt: skip
        worst = _worst(n, temp, new, gap)
        if worst > 1.6 and dt > _SHORTEST:
            mass[:, :n], faces[:] = kept[:, :n], old_faces
            dt = max(_SHORTEST, 0.6 * dt / np.sqrt(worst))
            continue
        step[0], steps = dt, steps + 1
        _note(before, after, step, work, temp, new, n, faces, test[EFFICIENCY])
        now[0], now[1], now[2] = step[2] / dt * test[EFFICIENCY], step[1] / dt, faces[_FRONT_T]
        burning = _burns(now[0], now[1], now[2], test)
        if burning and ignition < 0.0:
            ignition = _crossing(seen, now, test, before[TIME], after[TIME])
        row = _record(record, row, after[TIME], before, after, test[OUT_STEP])
        before[:], seen[:] = after, now
        dt = min(_LONGEST, dt * min(1.5, 0.8 / max(np.sqrt(worst), 1e-3)))
    return ignition, steps
