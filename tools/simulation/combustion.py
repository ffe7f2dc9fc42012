"""Net heat of complete combustion by oxygen consumption (Thornton's rule).

Burning releases nearly the same heat per mass of oxygen whatever burns: W. M. Thornton, Phil. Mag. 1917, 33, 196;
C. Huggett, Fire and Materials 1980, 4, 61: 13.1 kJ/g. For 46 polymers R. E. Lyon, S. M. Hackett and R. N. Walters
(DOT/FAA/AR-TN97/8, 1998) measured 13.08 +- 0.87 kJ/g: that spread is the interval given here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.core.errors import NotCoveredError
from tools.core.evidence import Value, inputs_hash
from tools.simulation.chain import ChainUnit, chain_unit

if TYPE_CHECKING:
    from tools.core.polymer import Polymer

#: Heat per gram of oxygen, kJ/g, and its standard deviation over polymers.
HEAT_PER_OXYGEN = 13.1
SPREAD = 0.87
SOURCE = "Thornton's rule, 13.1 kJ/g O2 (Huggett, Fire Mater. 1980, 4, 61); spread from DOT/FAA/AR-TN97/8"

_O2 = 31.998  # g/mol
_HALOGENS = ("F", "Cl", "Br")
# moles of O2 per atom: C to CO2, H to H2O, N to N2, S to SO2, Si to SiO2, P to P2O5; a halogen takes a hydrogen as HX
_OXYGEN = {
    "C": 1.0,
    "H": 0.25,
    "O": -0.5,
    "N": 0.0,
    "S": 1.0,
    "Si": 1.0,
    "P": 1.25,
    "F": -0.25,
    "Cl": -0.25,
    "Br": -0.25,
}
_Z90 = 1.6449  # two-sided 90 % of a normal distribution


def oxygen_demand(unit: ChainUnit) -> float:
    """Return the oxygen for complete combustion.

    Parameters
    ----------
    unit : ChainUnit
        The repeat unit.

    Returns
    -------
    float
        Grams of O2 per gram of polymer.

    Raises
    ------
    NotCoveredError
        If an element has no rule, or there are more halogens than hydrogens to leave with.
    """
    unknown = sorted(set(unit.elements) - set(_OXYGEN))
    if unknown:
        raise NotCoveredError(f"No combustion product is set for {', '.join(unknown)}.")
    halogens = sum(unit.elements.get(symbol, 0) for symbol in _HALOGENS)
    if halogens > unit.elements.get("H", 0):
        raise NotCoveredError("More halogen than hydrogen: the products of combustion are not only HX, CO2 and H2O.")
    moles = sum(count * _OXYGEN[symbol] for symbol, count in unit.elements.items())
    return moles * _O2 / unit.mass


def heat_of_combustion(polymer: Polymer) -> Value:
    """Estimate the net heat of complete combustion (water as vapour).

    Parameters
    ----------
    polymer : Polymer
        The polymer.

    Returns
    -------
    Value
        Kind "estimated", in MJ/kg, with a 90 % interval from the spread over 46 polymers.

    Raises
    ------
    NotCoveredError
        If the stoichiometry is not covered.
    """
    demand = oxygen_demand(chain_unit(polymer.unit))
    value = HEAT_PER_OXYGEN * demand
    half = _Z90 * SPREAD * demand
    return Value(
        property="heat_of_combustion",
        value=value,
        unit="MJ/kg",
        lower=value - half,
        upper=value + half,
        coverage=0.9,
        kind="estimated",
        source=SOURCE,
        inputs=inputs_hash("heat_of_combustion", polymer.key),
        note="complete combustion, water as vapour; char and soot lower what a fire releases",
    )
