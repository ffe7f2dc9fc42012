"""Run a slab through a test and describe what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.core.errors import BackendMissing, InputError
from tools.simulation.cone.exposure import Exposure
from tools.simulation.cone.packing import pack
from tools.simulation.cone.sample import FloatArray, Sample

OUT_STEP = 0.5  # s
AVERAGING = 10.0  # s over which heat release is averaged for its peak
_SNAPSHOTS = 13


@dataclass(frozen=True)
class ConeReport:
    """What a test gave.

    Attributes
    ----------
    sample, exposure : Sample, Exposure
        What was burnt, and how.
    ignition : float or None
        Time of ignition, s; None if it does not ignite.
    criterion : str
        What counted as ignition.
    peak_hrr : float
        Highest heat release rate averaged over 10 s, W/m2.
    peak_time : float
        Its time, s.
    peak_mass_flux : float
        Highest flux of gas at any time, kg/(m2 s).
    total_heat : float
        Heat released, J/m2.
    marhe : float
        Maximum average rate of heat emission, W/m2 (ISO 5660-1).
    residue : float
        Share of the mass of the first layer that is left at the end.
    time, hrr, mass_flux : ndarray [n]
        s, W/m2 and kg/(m2 s), each over half a second.
    front, back : ndarray [n]
        Temperatures of both faces, K.
    profiles : tuple of (float, ndarray, ndarray)
        Time in s, depths in m and temperatures in K.
    corrected : bool
        True if heats of reaction were corrected for temperature.
    mass_error, energy_error : float
        What does not balance, as a share of the mass lost and of the heat taken in.
    """

    sample: Sample
    exposure: Exposure
    ignition: float | None
    criterion: str
    peak_hrr: float
    peak_time: float
    peak_mass_flux: float
    total_heat: float
    marhe: float
    residue: float
    time: FloatArray
    hrr: FloatArray
    mass_flux: FloatArray
    front: FloatArray
    back: FloatArray
    profiles: tuple[tuple[float, FloatArray, FloatArray], ...]
    corrected: bool
    mass_error: float
    energy_error: float

    def time_to_mass_flux(self, flux: float) -> float | None:
        """Return when the flux of gas first reaches a value.

        Parameters
        ----------
        flux : float
            kg/(m2 s).

        Returns
        -------
        float or None
            s, linear between half seconds; None if it never does.
        """
        above = np.flatnonzero(self.mass_flux >= flux)
        if not len(above):
            return None
        i = int(above[0])
        if i == 0:
            return float(self.time[0])
        a, b = self.mass_flux[i - 1], self.mass_flux[i]
        return float(self.time[i - 1] + (flux - a) / (b - a) * (self.time[i] - self.time[i - 1]))


def burn(sample: Sample, exposure: Exposure, *, refinement: float = 1.0, corrected: bool = False) -> ConeReport:
    """Simulate one test.

    Parameters
    ----------
    sample : Sample
        The slab.
    exposure : Exposure
        The conditions.
    refinement : float
        Cells per length relative to the default grid.
    corrected : bool
        Correct heats of reaction for temperature (FDS does so by default; off here).

    Returns
    -------
    ConeReport
        Ignition, heat release, curves and balances.

    Raises
    ------
    BackendMissing
        If Numba is not installed.
    InputError
        If the sample or the grid makes no sense.
    """
    try:
        from tools.simulation.cone.march import march
    except ImportError as error:
        raise BackendMissing("The compiler of the fire solver", "pip install numba") from error

    packed = pack(sample, refinement=refinement, corrected=corrected)
    rows = round(exposure.duration / OUT_STEP) + 1
    if rows < 3 or rows > 1_000_000:
        raise InputError("A test lasts from one second to some days.", hint="Give the duration in seconds.")
    record = np.zeros((rows, 8))
    cells = packed.mass.shape[1]
    profiles, depths = np.full((_SNAPSHOTS + 1, cells), np.nan), np.full((_SNAPSHOTS + 1, cells), np.nan)
    depths[_SNAPSHOTS, 0] = 0.0
    test = np.array(
        [exposure.flux, exposure.duration, exposure.ambient, exposure.gas or exposure.ambient, exposure.convection,
         float(exposure.back == "exposed"), exposure.back_convection, exposure.flame, exposure.critical_hrr,
         exposure.critical_mass_flux, exposure.ignition_temperature, exposure.efficiency, OUT_STEP,
         float(exposure.reradiation)]
    )  # fmt: skip
    ramp = np.array(exposure.ramp, dtype=np.float64).reshape(-1, 2)
    arrays: tuple[Any, ...] = (*packed.arrays(), test, ramp, record, profiles, depths)
    ignition, _ = march(*arrays)
    taken = int(depths[_SNAPSHOTS, 0])
    times = exposure.duration * np.arange(_SNAPSHOTS) / (_SNAPSHOTS - 1)
    shots = tuple(
        (float(times[i]), depths[i][~np.isnan(depths[i])], profiles[i][~np.isnan(profiles[i])]) for i in range(taken)
    )
    return report_of(sample, exposure, ignition, record, shots, corrected)


def report_of(
    sample: Sample,
    exposure: Exposure,
    ignition: float,
    record: FloatArray,
    profiles: tuple[tuple[float, FloatArray, FloatArray], ...],
    corrected: bool,
) -> ConeReport:
    """Make the report of a test from its record.

    Parameters
    ----------
    sample, exposure : Sample, Exposure
        What was burnt, and how.
    ignition : float
        s; negative if it did not ignite.
    record : ndarray [n, 8]
        Every half second: time, gas (kg/m2), heat (J/m2), temperatures of front and back (K), mass (kg/m2), heat taken
        in and stored (J/m2), all but the temperatures since the start.
    profiles : tuple of (float, ndarray, ndarray)
        Time, depths, temperatures.
    corrected : bool
        Whether heats of reaction were corrected.

    Returns
    -------
    ConeReport
        Curves and what follows from them.
    """
    time = 0.5 * (record[1:, 0] + record[:-1, 0])
    hrr, flux = np.diff(record[:, 2]) / OUT_STEP, np.diff(record[:, 1]) / OUT_STEP
    smooth = averaged(hrr)
    peak = int(np.argmax(smooth))
    lost, taken = record[-1, 1], record[-1, 6]
    marhe = float(np.max(record[1:, 2] / record[1:, 0]))
    first = sample.mass(sample.layers[0])
    return ConeReport(
        sample, exposure, ignition if ignition >= 0 else None, criterion(exposure), float(smooth[peak]),
        float(time[peak]), float(flux.max()), float(record[-1, 2]), marhe, float(1.0 - lost / first), time, hrr, flux,
        record[1:, 3], record[1:, 4], profiles, corrected,
        abs(float(record[0, 5] - record[-1, 5] - lost)) / max(float(lost), 1e-12),
        abs(float(taken - record[-1, 7])) / max(abs(float(taken)), 1e-9),
    )  # fmt: skip


def averaged(hrr: FloatArray, seconds: float = AVERAGING) -> FloatArray:
    """Average a curve over a centred window; at its ends over what there is.

    Parameters
    ----------
    hrr : ndarray [n]
        Values every half second.
    seconds : float
        Width of the window.

    Returns
    -------
    ndarray [n]
        The averages.
    """
    width = max(1, round(seconds / OUT_STEP))
    if len(hrr) <= width:
        return np.full(len(hrr), float(np.mean(hrr)))
    ones = np.ones(width)
    return np.asarray(np.convolve(hrr, ones, "same") / np.convolve(np.ones(len(hrr)), ones, "same"))


def criterion(exposure: Exposure) -> str:
    """Say what counts as ignition.

    Parameters
    ----------
    exposure : Exposure
        The conditions.
    """
    parts = []
    if exposure.critical_hrr > 0:
        parts.append(f"heat release of {exposure.critical_hrr / 1000:g} kW/m2")
    if exposure.critical_mass_flux > 0:
        parts.append(f"gas flux of {exposure.critical_mass_flux * 1000:g} g/(m2 s)")
    if exposure.ignition_temperature > 0:
        parts.append(f"surface temperature of {exposure.ignition_temperature:g} K")
    return " or ".join(parts) or "none"


def burn_many(
    tests: Sequence[tuple[Sample, Exposure]],
    *,
    workers: int = 0,
    refinement: float = 1.0,
    corrected: bool = False,
    progress: Callable[[int], None] | None = None,
) -> list[ConeReport]:
    """Simulate many tests on all cores.

    Parameters
    ----------
    tests : sequence of (Sample, Exposure)
        Slabs and conditions.
    workers : int
        Threads; 0 for one per core.
    refinement, corrected
        As in ``burn``.
    progress : callable, optional
        Told how many are done, after each.

    Returns
    -------
    list of ConeReport
        In order.
    """
    import os

    found: list[ConeReport] = []
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        runs = pool.map(lambda test: burn(*test, refinement=refinement, corrected=corrected), tests)
        for report in runs:
            found.append(report)
            if progress is not None:
                progress(len(found))
    return found
