"""Decomposition, residue and heat release of a repeat unit as values with intervals.

The linear models of ``tools.simulation.flammability`` and, for heat release, the kinetics that follow from them. Errors
are those of plastics left out in turn: 37 K for the temperature (the mean of the others: 63 K), 11 % for the residue,
and for the heat release capacity a factor of 1.6 (of nine measured plastics; their mean: 2.0).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tools.core.constants import GAS_CONSTANT
from tools.core.evidence import Value, inputs_hash
from tools.core.properties import get_property
from tools.simulation.flammability import decomposition, estimated_material

if TYPE_CHECKING:
    from tools.core.polymer import Polymer

_Z90 = 1.6449  # two-sided 90 % of a normal distribution
_CONDITIONS = {"atmosphere": "nitrogen", "heating rate": "0.5 K/s"}
_HRC_ERROR = 0.48  # root mean square error of the logarithm over nine plastics, each left out
_FEW = "from 13 plastics"


def _value(polymer: Polymer, name: str, number: float, low: float, high: float, source: str, note: str) -> Value:
    return Value(
        property=name,
        value=number,
        unit=get_property(name).unit,
        lower=low,
        upper=high,
        coverage=0.9,
        kind="estimated",
        source=source,
        conditions=_CONDITIONS,
        inputs=inputs_hash(name, polymer.key, source),
        note=note,
    )


def decomposition_temperature(polymer: Polymer) -> Value:
    """Estimate the temperature of the fastest decomposition.

    Parameters
    ----------
    polymer : Polymer
        The polymer.

    Returns
    -------
    Value
        K, at 0.5 K/s in nitrogen; the onset lies some tens of kelvin below.
    """
    found = decomposition(polymer)
    half = _Z90 * found.peak_error
    source = f"linear model of the peak temperature of {found.known} plastics"
    return _value(polymer, "Td", found.peak, found.peak - half, found.peak + half, source,
                  "fastest loss of mass; 5 % is lost some tens of kelvin earlier")  # fmt: skip


def char_yield(polymer: Polymer) -> Value:
    """Estimate the residue in inert gas.

    Parameters
    ----------
    polymer : Polymer
        The polymer.

    Returns
    -------
    Value
        Percent.
    """
    found = decomposition(polymer)
    half = _Z90 * found.char_error
    source = f"linear model of the residue of {found.known} plastics"
    low, high = max(0.0, found.char - half), min(1.0, found.char + half)
    return _value(polymer, "char_yield", 100 * found.char, 100 * low, 100 * high, source, _FEW)


def heat_release_capacity(polymer: Polymer) -> Value:
    """Estimate the heat release capacity.

    Parameters
    ----------
    polymer : Polymer
        The polymer.

    Returns
    -------
    Value
        J/(g K): heat of the gas times (1 - residue) times E / (e R Tp^2), the peak of a first-order reaction.

    Raises
    ------
    NotCoveredError
        If its heat of combustion cannot be estimated.
    """
    entry, _ = estimated_material(polymer)
    reaction = entry.components["polymer"].reactions[0]
    peak = decomposition(polymer).peak
    gas = reaction.heat_of_combustion * (1.0 - reaction.residue_yield)
    number = gas * reaction.activation_energy / (math.e * GAS_CONSTANT * peak**2) / 1e3
    factor = math.exp(_Z90 * _HRC_ERROR)
    source = "heat of combustion by Thornton's rule, kinetics by a linear model of 13 plastics"
    return _value(polymer, "heat_release_capacity", number, number / factor, number * factor, source, _FEW)
