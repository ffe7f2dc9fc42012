"""How a slab is heated: flux, losses at both faces, flame, and what counts as ignition."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from tools.core.errors import InputError

Back = Literal["adiabatic", "exposed"]


@dataclass(frozen=True)
class Exposure:
    """Conditions of a test.

    Attributes
    ----------
    flux : float
        External radiant flux, W/m2; the surface takes up its emissivity times this, as in FDS.
    duration : float
        s.
    ambient : float
        Temperature of the surroundings and of the sample at the start, K.
    gas : float, optional
        Temperature of the gas at the front, K; ambient when left out.
    convection : float
        Coefficient of convection at the front, W/(m2 K).
    back : {"adiabatic", "exposed"}
        What is behind the last layer.
    back_convection : float
        Coefficient of convection at an exposed back, W/(m2 K).
    flame : float
        Flux from the flame while the sample burns, W/m2.
    critical_hrr : float
        Heat release rate at which a sample counts as ignited, W/m2; 0 to leave this criterion out.
    critical_mass_flux : float
        Flux of gas at which it counts as ignited, kg/(m2 s); 0 to leave it out.
    ignition_temperature : float
        Surface temperature at which it counts as ignited, K; 0 to leave it out.
    efficiency : float
        Share of the heat of combustion that is released.
    reradiation : bool
        Let an opaque front radiate; off only to compare with solutions that have no losses.
    ramp : tuple of (float, float)
        Time in s and multiple of the flux, linear between; empty for a constant flux.
    """

    flux: float
    duration: float = 600.0
    ambient: float = 293.15
    gas: float | None = None
    convection: float = 5.0
    back: Back = "adiabatic"
    back_convection: float = 10.0
    flame: float = 20e3
    critical_hrr: float = 24e3
    critical_mass_flux: float = 0.0
    ignition_temperature: float = 0.0
    efficiency: float = 1.0
    reradiation: bool = True
    ramp: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse conditions that no test has."""
        checks = (
            (self.flux, "The flux", "W/m2", 0.0, 1e6),
            (self.duration, "The duration", "s", 1e-9, 1e6),
            (self.ambient, "The ambient temperature", "K", 200.0, 1500.0),
            (self.convection, "The coefficient of convection", "W/(m2 K)", 0.0, 1e5),
            (self.back_convection, "The coefficient of convection at the back", "W/(m2 K)", 0.0, 1e5),
            (self.flame, "The flux of the flame", "W/m2", 0.0, 1e6),
            (self.critical_hrr, "The critical heat release rate", "W/m2", 0.0, 1e7),
            (self.critical_mass_flux, "The critical mass flux", "kg/(m2 s)", 0.0, 10.0),
            (self.ignition_temperature, "The ignition temperature", "K", 0.0, 2000.0),
            (self.efficiency, "The combustion efficiency", "share", 1e-9, 1.0),
        )
        for value, what, unit, low, high in checks:
            if not math.isfinite(value) or not low <= value <= high:
                raise InputError(f"{what} is {value!r} {unit}; it must lie between {low:g} and {high:g}.", hint=unit)
        if self.gas is not None and not 200.0 <= self.gas <= 2500.0:
            raise InputError(f"The gas temperature is {self.gas!r} K.", hint="Give K.")
        if self.back not in ("adiabatic", "exposed"):
            raise InputError(f"The back is {self.back!r}.", hint="Choose adiabatic or exposed.")
        if any(a[0] >= b[0] for a, b in zip(self.ramp, self.ramp[1:], strict=False)):
            raise InputError("The times of a flux ramp must rise.", hint="Give (seconds, multiple) pairs.")
