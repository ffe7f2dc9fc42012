"""Estimates by group contribution: a second opinion that shares no code and no model form with the learned predictors.

Some labels are shared (the same open tables), so agreement is not independent proof; the references in each value say
what it rests on. What has no validated method is refused, such as the oxygen index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tools.core.errors import NotCoveredError
from tools.core.evidence import Value, inputs_hash
from tools.core.properties import get_property
from tools.simulation import cohesion, fire_estimates
from tools.simulation import heat_capacity as joback
from tools.simulation.additive import Estimate, evaluate, load_model
from tools.simulation.chain import ChainUnit, chain_unit
from tools.simulation.combustion import heat_of_combustion
from tools.simulation.refraction import MEASURED_OVER_DFT, lorentz_lorenz

if TYPE_CHECKING:
    from tools.core.polymer import Polymer

_COVERAGE = 0.9
_OUTSIDE = "holds groups that are rare or absent in the data behind this estimate"
_ROOM = {"temperature": "298 K"}


def _run(name: str, unit: ChainUnit) -> Estimate:
    return evaluate(load_model(name)[0], unit)


def _value(polymer: Polymer, prop: str, estimate: Estimate, *, note: str = "", room: bool = False) -> Value:
    caveats = [text for text in (note, "" if estimate.in_domain else _OUTSIDE) if text]
    return Value(
        property=prop,
        value=estimate.value,
        unit=get_property(prop).unit,
        lower=estimate.lower,
        upper=estimate.upper,
        coverage=_COVERAGE,
        kind="estimated",
        source=estimate.source,
        in_domain=estimate.in_domain,
        conditions=_ROOM if room else {},
        inputs=inputs_hash(prop, polymer.key, estimate.source),
        note="; ".join(caveats),
    )


def _direct(name: str, prop: str, note: str = "", room: bool = False) -> Callable[[Polymer], Value]:
    def compute(polymer: Polymer) -> Value:
        return _value(polymer, prop, _run(name, chain_unit(polymer.unit)), note=note, room=room)

    return compute


def _density_estimate(unit: ChainUnit) -> Estimate:
    """Turn specific volume into density; bounds swap, because density falls as volume grows."""
    volume = _run("gc-volume-1", unit)
    if volume.lower <= 0:
        raise NotCoveredError("The estimated specific volume is not safely positive for this unit.")
    return Estimate(1 / volume.value, 1 / volume.upper, 1 / volume.lower, volume.in_domain, volume.source)


def _density(polymer: Polymer) -> Value:
    estimate = _density_estimate(chain_unit(polymer.unit))
    return _value(polymer, "density", estimate, note="crystallinity as usual for such samples", room=True)


def _refractive_index(polymer: Polymer) -> Value:
    """Lorentz-Lorenz; the two interval widths add in quadrature."""
    unit = chain_unit(polymer.unit)
    refraction, density = _run("gc-refraction-1", unit), _density_estimate(unit)

    def index(specific: float, mass_density: float) -> float:
        return lorentz_lorenz(MEASURED_OVER_DFT * specific, mass_density)

    try:
        value = index(refraction.value, density.value)
        by_refraction = [index(bound, density.value) - value for bound in (refraction.lower, refraction.upper)]
        by_density = [index(refraction.value, bound) - value for bound in (density.lower, density.upper)]
    except ValueError as error:
        raise NotCoveredError(f"No refractive index follows from these contributions: {error}") from error
    low, high = ((a**2 + b**2) ** 0.5 for a, b in zip(by_refraction, by_density, strict=True))
    both = refraction.in_domain and density.in_domain
    source = f"Lorentz-Lorenz of {refraction.source} and {density.source}"
    estimate = Estimate(value, value - low, value + high, both, source)
    return _value(polymer, "refractive_index", estimate, note="scaled to 9 measured polymers", room=True)


def _solubility_parameter(polymer: Polymer) -> Value:
    unit = chain_unit(polymer.unit)
    volume = _run("gc-volume-1", unit)
    value = cohesion.solubility_parameter(unit, volume.value)
    half = cohesion.HALF_WIDTH
    estimate = Estimate(value, value - half, value + half, volume.in_domain, cohesion.SOURCE)
    return _value(polymer, "solubility_parameter", estimate, note="interval from 9 polymers only", room=True)


def _heat_capacity(polymer: Polymer) -> Value:
    value = joback.heat_capacity(chain_unit(polymer.unit))
    half = joback.RELATIVE_HALF_WIDTH * value
    estimate = Estimate(value, value - half, value + half, True, joback.SOURCE)
    return _value(polymer, "heat_capacity", estimate, note="interval from 8 polymers only", room=True)


_METHODS: dict[str, Callable[[Polymer], Value]] = {
    "Tg": _direct("gc-tg-1", "Tg"),
    "Tm": _direct("gc-tm-1", "Tm", note="says nothing on whether the polymer crystallises"),
    "density": _density,
    "refractive_index": _refractive_index,
    "dielectric_constant": _direct(
        "gc-dielectric-1", "dielectric_constant", note="fitted to DFT of crystals, above values of amorphous films"
    ),
    "thermal_conductivity": _direct(
        "gc-conductivity-1", "thermal_conductivity", note="fitted to molecular dynamics", room=True
    ),
    "heat_capacity": _heat_capacity,
    "solubility_parameter": _solubility_parameter,
    "heat_of_combustion": heat_of_combustion,
    "Td": fire_estimates.decomposition_temperature,
    "char_yield": fire_estimates.char_yield,
    "heat_release_capacity": fire_estimates.heat_release_capacity,
}


def estimable() -> tuple[str, ...]:
    """List the properties that can be estimated.

    Returns
    -------
    tuple of str
        Property ids.
    """
    return tuple(_METHODS)


def estimate(polymer: Polymer, properties: Iterable[str] | None = None) -> dict[str, Value]:
    """Estimate properties of a polymer by group contribution.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    properties : iterable of str, optional
        Property ids; all that cover the polymer where None.

    Returns
    -------
    dict of str to Value
        Values of kind "estimated" with 90 % intervals. Without ``properties``, those whose method does not cover the
        polymer are left out.

    Raises
    ------
    NotCoveredError
        If a property that was asked for has no validated method, or its method lacks a group of this polymer.
    """
    if properties is not None:
        wanted = [get_property(name).id for name in properties]
        refused = [name for name in wanted if name not in _METHODS]
        if refused:
            raise NotCoveredError(
                f"No validated group contribution for {', '.join(refused)}.",
                hint=f"There is one for: {', '.join(_METHODS)}.",
            )
        return {name: _METHODS[name](polymer) for name in wanted}
    found: dict[str, Value] = {}
    for name, method in _METHODS.items():
        try:
            found[name] = method(polymer)
        except NotCoveredError:
            continue
    return found
