"""What is burnt: components with their reactions, layers, and the slab that they make.

Parameters are those of one-dimensional pyrolysis models such as the solid phase of the Fire Dynamics Simulator (FDS):
density, conductivity and heat capacity of every pure component, one or more Arrhenius reactions with a heat and a
solid residue, emissivity, and an absorption coefficient where radiation is absorbed in depth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tools.core.errors import InputError

FloatArray = NDArray[np.float64]
OPAQUE = 5.0e4  # 1/m; FDS treats this absorption coefficient, its default, as opaque


@dataclass(frozen=True)
class Ramp:
    """A property that varies with temperature, linear between points and constant outside.

    Attributes
    ----------
    temperatures : tuple of float
        K, rising.
    values : tuple of float
        In the unit of the property.
    """

    temperatures: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse tables that cannot be interpolated."""
        rising = all(a < b for a, b in zip(self.temperatures, self.temperatures[1:], strict=False))
        if not self.temperatures or len(self.temperatures) != len(self.values) or not rising:
            raise InputError(
                "A temperature table needs as many values as temperatures, and these must rise.",
                hint="Give pairs such as 300 K: 0.19, 600 K: 0.17.",
            )

    def at(self, temperatures: FloatArray) -> FloatArray:
        """Interpolate.

        Parameters
        ----------
        temperatures : ndarray [n]
            K.
        """
        return np.asarray(np.interp(temperatures, self.temperatures, self.values), dtype=np.float64)


Quantity = float | Ramp


def values_at(quantity: Quantity, temperatures: FloatArray) -> FloatArray:
    """Evaluate a constant or a ramp.

    Parameters
    ----------
    quantity : float or Ramp
        The property.
    temperatures : ndarray [n]
        K.
    """
    if isinstance(quantity, Ramp):
        return quantity.at(temperatures)
    return np.full(len(temperatures), float(quantity))


@dataclass(frozen=True)
class Reaction:
    """One thermal reaction of a component, -dm/dt = m0 (m/m0)^n A exp(-E/RT).

    Attributes
    ----------
    pre_exponential : float
        A, 1/s.
    activation_energy : float
        E, J/mol.
    heat : float
        Heat of reaction, J per kg of reactant, positive where heat is taken up.
    residue : str
        Component that is left, empty if there is none.
    residue_yield : float
        Kilograms of it per kilogram of reactant; the rest leaves as gas.
    order : float
        n, the power of the mass that is left.
    heat_of_combustion : float
        Of the gas, J/kg.
    gas_heat_capacity : float
        Of the gas, J/(kg K); only used when the heat of reaction is corrected for temperature.
    reference_temperature : float, optional
        Temperature at which ``heat`` holds, K; that of the highest rate at 5 K/min when left out.
    """

    pre_exponential: float
    activation_energy: float
    heat: float
    residue: str = ""
    residue_yield: float = 0.0
    order: float = 1.0
    heat_of_combustion: float = 0.0
    gas_heat_capacity: float = 2000.0
    reference_temperature: float | None = None

    def __post_init__(self) -> None:
        """Refuse kinetics that mean nothing."""
        _positive(self.pre_exponential, "A pre-exponential factor", "1/s")
        _positive(self.activation_energy, "An activation energy", "J/mol")
        _positive(self.order, "A reaction order", "")
        if not 0.0 <= self.residue_yield <= 1.0:
            raise InputError(f"A residue yield lies between 0 and 1, not at {self.residue_yield:g}.", hint="kg per kg.")
        if self.residue_yield > 0 and not self.residue:
            raise InputError("A reaction with a residue yield needs the name of the residue.", hint="Name a component.")
        if self.heat_of_combustion < 0 or not math.isfinite(self.heat):
            raise InputError("A heat of combustion cannot be negative.", hint="Give J/kg of gas.")


@dataclass(frozen=True)
class Component:
    """A pure solid.

    Attributes
    ----------
    name : str
        How layers and residues refer to it.
    density : float
        kg/m3.
    conductivity : float or Ramp
        W/(m K).
    heat_capacity : float or Ramp
        J/(kg K).
    emissivity : float
        Share of radiation that the surface takes up, 0 to 1.
    absorption : float
        Absorption coefficient, 1/m; ``OPAQUE`` or more for radiation that is taken up at the surface.
    reactions : tuple of Reaction
        What it decomposes to; none for an inert solid.
    """

    name: str
    density: float
    conductivity: Quantity
    heat_capacity: Quantity
    emissivity: float = 0.9
    absorption: float = OPAQUE
    reactions: tuple[Reaction, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values that no solid has."""
        _positive(self.density, f"The density of {self.name}", "kg/m3")
        for quantity, name, unit in (
            (self.conductivity, "conductivity", "W/(m K)"),
            (self.heat_capacity, "heat capacity", "J/(kg K)"),
        ):
            for value in quantity.values if isinstance(quantity, Ramp) else (quantity,):
                _positive(value, f"The {name} of {self.name}", unit)
        if not 0.0 < self.emissivity <= 1.0:
            raise InputError(f"The emissivity of {self.name} must lie between 0 and 1.", hint="0.9 is usual.")
        _positive(self.absorption, f"The absorption coefficient of {self.name}", "1/m")


@dataclass(frozen=True)
class Layer:
    """A layer of one component or of several by mass.

    Attributes
    ----------
    thickness : float
        m.
    fractions : dict of str to float
        Mass fraction of each component at the start; scaled to sum to 1.
    """

    thickness: float
    fractions: Mapping[str, float]

    def __post_init__(self) -> None:
        """Refuse layers of nothing."""
        _positive(self.thickness, "A thickness", "m")
        if not self.fractions or any(f <= 0 for f in self.fractions.values()):
            raise InputError("A layer needs components with positive mass fractions.", hint="Leave out what is absent.")


@dataclass(frozen=True)
class Sample:
    """A slab: components, and layers from the heated side to the back.

    Attributes
    ----------
    name : str
        What it is.
    components : dict of str to Component
        Every component that is in a layer or left by a reaction.
    layers : tuple of Layer
        Front first.
    source : str
        Where the parameters come from.
    """

    name: str
    components: Mapping[str, Component]
    layers: tuple[Layer, ...]
    source: str = ""
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse names that lead nowhere and reactions that lead back."""
        if not self.layers:
            raise InputError(f"The sample {self.name} has no layer.", hint="Give at least one.")
        for name in (n for layer in self.layers for n in layer.fractions):
            self._follow(name, ())

    def _follow(self, name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise InputError(f"{name} is made from itself.", hint="Remove the circle: " + " > ".join((*path, name)))
        if name not in self.components:
            known = ", ".join(sorted(self.components))
            raise InputError(f"{self.name} has no component {name!r}.", hint=f"It has: {known}.")
        for reaction in self.components[name].reactions:
            if reaction.residue:
                self._follow(reaction.residue, (*path, name))

    @property
    def thickness(self) -> float:
        """Thickness of the first layer, m."""
        return self.layers[0].thickness

    def at_thickness(self, thickness: float) -> Sample:
        """Return the same sample with another thickness of its first layer.

        Parameters
        ----------
        thickness : float
            m.
        """
        return replace(self, layers=(replace(self.layers[0], thickness=thickness), *self.layers[1:]))

    def mass(self, layer: Layer) -> float:
        """Return the mass of a layer per area.

        Parameters
        ----------
        layer : Layer
            One of ``layers``.

        Returns
        -------
        float
            kg/m2; volumes of the components add up.
        """
        total = sum(layer.fractions.values())
        volume = sum(f / total / self.components[n].density for n, f in layer.fractions.items())
        return layer.thickness / volume


def _positive(value: float, what: str, unit: str) -> None:
    if not math.isfinite(value) or value <= 0:
        raise InputError(f"{what} must be a positive number, not {value!r}.", hint=f"In {unit}." if unit else "")
