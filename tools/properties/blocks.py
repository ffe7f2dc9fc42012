"""Block copolymers: do the blocks mix, and what are the properties of each phase.

Assumption: a diblock separates into two phases where chi N exceeds the mean-field spinodal of L. Leibler,
Macromolecules 1980, 13, 1602 (10.5 for equal blocks), else it is one phase. chi N = V (dd^2 + dp^2 + dh^2) / (R T) with
V the molar volume of the whole chain and the differences of the Hansen parameters of the blocks
(``tools.simulation.hansen``). That is a coarse estimate: on 4,124 measured phases of block copolymers (BCDB) it ranks
ordered above disordered samples with an AUC of 0.71, and samples far below the spinodal are mostly ordered all the same
(docs/experiments.md). So blocks are called separated well above the spinodal, mixed only where the error of the
parameters could not lift them to it, and unsure in between. Separated phases are taken
to be pure: each has the properties of its homopolymer, two glass transitions among them. One phase is taken as ideal
mixture of the homopolymers (Fox and its kin), because there are next to no junctions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from tools.core.constants import GAS_CONSTANT
from tools.core.errors import InputError, NotCoveredError
from tools.core.evidence import Value
from tools.core.polymer import Polymer
from tools.properties.artefacts import SHIPPED
from tools.properties.copolymer import mixed_values, wanted_properties
from tools.properties.dyads import Basis, Composition, Part
from tools.properties.features import Tier
from tools.properties.predict import predict
from tools.simulation.hansen import HALF_WIDTHS, PARTS, hansen_parameters

State = Literal["separated", "mixed", "unsure"]
#: Multiple of the spinodal above which blocks are called separated.
CLEAR = 3.0
#: Mean square error of a squared difference of parameters: their 90 % half widths as normal errors, twice, MPa.
ERROR = sum(2 * (half / 1.645) ** 2 for half in HALF_WIDTHS)
_ROOM = 298.15  # K


@dataclass(frozen=True)
class BlockCopolymer:
    """What is predicted for a diblock copolymer.

    Attributes
    ----------
    state : {"separated", "mixed", "unsure"}
        Whether the blocks are taken to form two phases, one, or neither can be said.
    why : str
        The reason, with the numbers it stands on.
    chi_n, threshold : float or None
        Estimated chi N and the spinodal at this composition; None where an estimate lacks something.
    phases : tuple of (str, dict of str to Value)
        Repeat unit and values of each phase; one for a block each, also where the state is unsure.
    mixed : dict of str to Value or None
        Values of the single phase; None if the blocks separate.
    """

    state: State
    why: str
    chi_n: float | None
    threshold: float | None
    phases: tuple[tuple[str, dict[str, Value]], ...]
    mixed: dict[str, Value] | None


def predict_blocks(
    parts: Sequence[Part],
    properties: Sequence[str] | None = None,
    *,
    basis: Basis = "mole",
    molar_mass: float | None = None,
    temperature: float = _ROOM,
    tier: Tier = "accurate",
    folder: Path = SHIPPED,
) -> BlockCopolymer:
    """Predict a diblock copolymer.

    Parameters
    ----------
    parts : sequence of (Polymer, float)
        The two blocks and their amounts.
    properties : sequence of str, optional
        Property ids or names; all that have a model and a mixing rule when left out.
    basis : {"mole", "mass"}
        What the amounts count.
    molar_mass : float, optional
        Of the whole chain, kg/mol. Without it the state is unsure.
    temperature : float
        At which mixing is judged, K.
    tier : {"accurate", "fast"}
        Models that answer.
    folder : Path
        Artefact folder.

    Returns
    -------
    BlockCopolymer
        State, values of the phases, and of the mixture unless the blocks separate.

    Raises
    ------
    InputError
        If there are not two blocks, or the molar mass or temperature is not positive.
    NotCoveredError
        If a property that was asked for has no mixing rule.
    """
    made = Composition.of(parts, basis)
    if len(made.polymers) != 2:
        raise InputError("A block copolymer has two different blocks here.", hint='Write it as "PS:0.5, PI:0.5".')
    if (molar_mass is not None and not 0 < molar_mass < math.inf) or not 0 < temperature < math.inf:
        raise InputError("Molar mass and temperature are positive.", hint="Give kg/mol and K.")
    names = wanted_properties(properties, folder)
    needed = list(dict.fromkeys([*names, "density"]))
    values = predict(list(made.polymers), needed, tier=tier, folder=folder)
    densities = [row["density"].value for row in values]
    state, why, size, threshold = _judged(made, densities, molar_mass, temperature)
    phases = tuple(
        (polymer.smiles, {name: _of_phase(row[name], polymer, state) for name in names})
        for polymer, row in zip(made.polymers, values, strict=True)
    )
    single = None if state == "separated" else mixed_values(made, dict(zip(made.polymers, values, strict=True)), names)
    return BlockCopolymer(state, why, size, threshold, phases, single)


def _of_phase(value: Value, polymer: Polymer, state: State) -> Value:
    sure = "if the blocks separate" if state == "unsure" else "one of two phases"
    note = f"Block copolymer, {sure}: taken as pure {polymer.smiles}. {value.note}".strip()
    return value.model_copy(update={"conditions": value.conditions | {"phase": polymer.smiles}, "note": note})


def _judged(
    made: Composition, densities: Sequence[float], molar_mass: float | None, temperature: float
) -> tuple[State, str, float | None, float | None]:
    share = made.volume(densities)
    threshold = spinodal(share[0])
    if molar_mass is None:
        return "unsure", "Whether the blocks mix depends on the molar mass, which was not given.", None, threshold
    try:
        size = chi_n(made, densities, molar_mass, temperature)
    except NotCoveredError as error:
        return "unsure", f"The blocks' interaction cannot be estimated: {error.message}", None, threshold
    lifted = size + ERROR * _volume(made, densities, molar_mass) / (GAS_CONSTANT * temperature)
    state: State = "separated" if size > CLEAR * threshold else "mixed" if lifted < threshold else "unsure"
    why = (
        f"chi N about {size:.3g} by group contribution, spinodal {threshold:.3g} (mean field) at {temperature:.0f} K"
        f"{'; too close to tell' if state == 'unsure' else ''}."
    )
    return state, why, round(size, 3), round(threshold, 3)


def chi_n(made: Composition, densities: Sequence[float], molar_mass: float, temperature: float) -> float:
    """Estimate chi N of a diblock from Hansen parameters.

    Parameters
    ----------
    made : Composition
        The two blocks.
    densities : sequence of float
        Of their homopolymers, g/cm3.
    molar_mass : float
        Of the chain, kg/mol.
    temperature : float
        K.

    Returns
    -------
    float
        chi N, independent of the choice of a reference volume.

    Raises
    ------
    NotCoveredError
        If a group has no contribution.
    """
    first, second = (hansen_parameters(item) for item in made.polymers)
    apart = sum((first[name].value - second[name].value) ** 2 for name in PARTS)  # MPa = J/cm3
    return apart * _volume(made, densities, molar_mass) / (GAS_CONSTANT * temperature)


def _volume(made: Composition, densities: Sequence[float], molar_mass: float) -> float:
    """Return the molar volume of a chain, cm3/mol."""
    return 1000.0 * molar_mass * sum(mass / density for mass, density in zip(made.mass, densities, strict=True))


@lru_cache(maxsize=1024)
def spinodal(fraction: float) -> float:
    """Return chi N at the spinodal of a diblock (L. Leibler, Macromolecules 1980, 13, 1602).

    Parameters
    ----------
    fraction : float
        Volume fraction of one block, between 0 and 1.

    Returns
    -------
    float
        10.495 for equal blocks, more for unequal ones.
    """
    x = np.logspace(-1, 2, 2000)

    def debye(part: float) -> np.ndarray:
        return np.asarray(2 * (part * x + np.exp(-part * x) - 1) / x**2)

    whole, one, other = debye(1.0), debye(fraction), debye(1 - fraction)
    return float((whole / (one * other - 0.25 * (whole - one - other) ** 2)).min() / 2)


__all__ = ["BlockCopolymer", "chi_n", "predict_blocks", "spinodal"]
