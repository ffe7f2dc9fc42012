"""Results of slab tests as values with their interval, conditions, method and known error."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tools.core.evidence import Value, inputs_hash
from tools.core.properties import get_property
from tools.core.units import convert
from tools.simulation.cone.exposure import Exposure
from tools.simulation.cone.library import slab
from tools.simulation.cone.run import burn
from tools.simulation.cone.uncertain import Ensemble, draws, with_model_error
from tools.simulation.flammability import estimated_material

if TYPE_CHECKING:
    from tools.core.polymer import Polymer
    from tools.simulation.cone.library import Material
    from tools.simulation.cone.run import ConeReport
    from tools.simulation.cone.sample import Sample
    from tools.simulation.cone.uncertain import Spread

METHOD = "one-dimensional pyrolysis with Arrhenius reactions; equations of the FDS Technical Reference Guide"
#: What measured tests and published parameters differ by on average (32 tests of 11 plastics, FSRI database).
KNOWN_ERROR = {"peak_hrr": 0.25, "time_to_ignition": 0.47}
#: The same for parameters estimated from the structure, the polymer itself left out of every fit (8 structures).
STRUCTURE_ERROR = {"peak_hrr": 0.53, "time_to_ignition": 0.39}
#: Conditions of a test that are assumed where none are given.
USUAL = {"heat_flux": "50 kW/m2", "thickness": "3 mm"}
_UNITS = {"heat_flux": "W/m2", "thickness": "m"}
_NUMBER = re.compile(r"\s*([\d.]+(?:e[+-]?\d+)?)\s*(.+)", re.IGNORECASE)


def widened(ensemble: Ensemble, seed: int) -> Ensemble:
    """Add the error of the model itself to draws of estimated parameters.

    Parameters
    ----------
    ensemble : Ensemble
        The draws.
    seed : int
        Seed of the factors.
    """
    return with_model_error(ensemble, KNOWN_ERROR["time_to_ignition"], KNOWN_ERROR["peak_hrr"], seed + 1)


def cone_values(
    report: ConeReport, ensemble: Ensemble | None, entry: Material, *, seed: int, estimated: bool
) -> tuple[Value, ...]:
    """Return time to ignition, if it ignites, and peak heat release rate.

    Parameters
    ----------
    report : ConeReport
        The test with central parameters.
    ensemble : Ensemble or None
        Draws, for the intervals.
    entry : Material
        What was burnt.
    seed : int
        Seed of the draws, part of the inputs.
    estimated : bool
        True if the parameters are estimates from a structure.

    Returns
    -------
    tuple of Value
        Kind "simulated".
    """
    found = []
    numbers = (("time_to_ignition", report.ignition, 1.0, "ignition"), ("peak_hrr", report.peak_hrr, 1e3, "peak_hrr"))
    errors = STRUCTURE_ERROR if estimated else KNOWN_ERROR
    for name, number, scale, curve in numbers:
        if number is None:
            continue
        low, high = ensemble.interval(curve) if ensemble is not None else (None, None)
        found.append(
            Value(
                property=name,
                value=number / scale,
                unit=get_property(name).unit,
                lower=None if low is None else low / scale,
                upper=None if high is None or not math.isfinite(high) else high / scale,
                coverage=None if ensemble is None else 0.9,
                kind="simulated",
                source=f"{METHOD}; parameters: {entry.source}",
                conditions=_conditions(report),
                inputs=inputs_hash(entry.id, entry.source, vars(report.exposure), report.sample.thickness, seed),
                note=f"measured tests differ by {errors[name]:.0%} on average",
            )
        )
    return tuple(found)


def _conditions(report: ConeReport) -> dict[str, str]:
    return {
        "heat_flux": f"{report.exposure.flux / 1e3:g} kW/m2",
        "thickness": f"{report.sample.thickness * 1e3:g} mm",
        "averaging": "10 s",
    }


def fire_values(
    polymer: Polymer, conditions: Mapping[str, str] | None = None, *, count: int = 40, seed: int = 0
) -> dict[str, Value]:
    """Burn a polymer of which only the structure is known.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    conditions : mapping of str to str, optional
        "heat_flux" and "thickness", such as ``"35 kW/m2"``; ``USUAL`` where they are missing or cannot be read.
    count : int
        Draws of the uncertain parameters.
    seed : int
        Their seed.

    Returns
    -------
    dict of str to Value
        "peak_hrr" and, if it ignites, "time_to_ignition"; the conditions used are with each.

    Raises
    ------
    NotCoveredError
        If the parameters cannot be estimated for this structure.
    """
    entry, spread, sample, test = _prepared(polymer, conditions)
    report = burn(sample, test)
    found = widened(draws(sample, test, spread, count, seed, workers=1), seed)
    return {value.property: value for value in cone_values(report, found, entry, seed=seed, estimated=True)}


def central_test(polymer: Polymer, conditions: Mapping[str, str] | None = None) -> ConeReport:
    """Burn a polymer of which only the structure is known, with central parameters: the test behind ``fire_values``.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    conditions : mapping of str to str, optional
        As for ``fire_values``.

    Returns
    -------
    ConeReport
        With the curves.

    Raises
    ------
    NotCoveredError
        If the parameters cannot be estimated for this structure.
    """
    _, _, sample, test = _prepared(polymer, conditions)
    return burn(sample, test)


def _prepared(polymer: Polymer, conditions: Mapping[str, str] | None) -> tuple[Material, Spread, Sample, Exposure]:
    entry, spread = estimated_material(polymer)
    flux, thickness = (_read(name, conditions or {}) for name in ("heat_flux", "thickness"))
    return entry, spread, slab(entry, thickness), Exposure(flux, 900.0, critical_hrr=entry.critical_hrr)


def _read(name: str, conditions: Mapping[str, str]) -> float:
    for text in (conditions.get(name, ""), USUAL[name]):
        match = _NUMBER.fullmatch(text)
        if match:
            return convert(float(match[1]), match[2].strip(), _UNITS[name])
    raise AssertionError(f"the usual {name} can be read")
