"""Heat capacity at room temperature from Joback's ideal-gas increments.

K. G. Joback, R. C. Reid, Chem. Eng. Commun. 1987, 57, 233 (increments as in the MIT-licensed package thermo 0.6.1). The
ideal-gas value of the repeat unit at 298.15 K equals that of the glass for poly(vinyl chloride) (58.9 against 59.0
J/mol/K) and poly(methyl methacrylate) (130.1 against 130.8); above the glass transition, and with other methods of
measurement, measured values are up to 40 % higher. So it is scaled by ``SCALE``, the median of measured over computed
for ``MEASURED``, with the spread found there. Every atom belongs to exactly one group, or the unit is refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rdkit import Chem

from tools.core.errors import NotCoveredError
from tools.simulation.chain import ChainUnit

SOURCE = "Joback & Reid 1987 ideal-gas increments at 298.15 K, scaled to 8 measured polymers"
TEMPERATURE = 298.15

#: Measured heat capacities, J/kg/K. PVC: Chang 1977 (doi:10.6028/jres.082.002); PMMA: Melia 1962, PP: Dainton 1962 and
#: PE: average of 14 samples, NIST Chemistry WebBook; the others: FSRI materials data base, as in the validation suite
#: of the Fire Dynamics Simulator.
MEASURED: dict[str, float] = {
    "*CC(*)Cl": 952.0,
    "*CC(*)(C)C(=O)OC": 1306.0,
    "*CC(*)C": 2129.0,
    "*CC*": 1782.0,
    "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1": 1263.0,
    "*OCCOC(=O)c1ccc(C(*)=O)cc1": 1171.0,
    "*CC(*)c1ccccc1": 1351.0,
    "*CCCCCC(=O)NCCCCCCNC(*)=O": 1836.0,
}
#: Median of measured over computed; half width = 1.645 times the root mean square leave-one-out relative error. The
#: tests compute both again.
SCALE = 1.124
RELATIVE_HALF_WIDTH = 0.174

# SMARTS, a, b, c, d of a + bT + cT^2 + dT^3 in J/mol/K; the first pattern that claims an atom keeps it
_TABLE: tuple[tuple[str, float, float, float, float], ...] = (
    ("[$([NX3](=O)=O),$([NX3+](=O)[O-])](~[OX1])~[OX1]", 25.9, -0.00374, 1.29e-4, -8.88e-8),
    ("[CX3](=[OX1])[OX2H1]", 24.1, 0.0427, 8.04e-5, -6.87e-8),
    ("[CX3;!$(C([OX2])([OX2]))](=[OX1])[OX2H0]", 24.5, 0.0402, 4.02e-5, -4.52e-8),
    ("[CX2]#[NX1]", 36.5, -0.0733, 1.84e-4, -1.03e-7),
    ("[CX3H1](=[OX1])", 30.9, -0.0336, 1.6e-4, -9.88e-8),
    ("[C;R;X3H0](=[OX1])", 30.4, -0.0829, 2.36e-4, -1.31e-7),
    ("[C;!R;X3H0](=[OX1])", 6.45, 0.067, -3.57e-5, 2.86e-9),
    ("[CX4H3]", 19.5, -0.00808, 1.53e-4, -9.67e-8),
    ("[!R;CX4H2]", -0.909, 0.095, -5.44e-5, 1.19e-8),
    ("[!R;CX4H1]", -23.0, 0.204, -2.65e-4, 1.2e-7),
    ("[!R;CX4H0]", -66.2, 0.427, -6.41e-4, 3.01e-7),
    ("[R;CX4H2]", -6.03, 0.0854, -8e-6, -1.8e-8),
    ("[R;CX4H1]", -20.5, 0.162, -1.6e-4, 6.24e-8),
    ("[R;CX4H0]", -90.9, 0.557, -9e-4, 4.69e-7),
    ("[CX3H2]", 23.6, -0.0381, 1.72e-4, -1.03e-7),
    ("[!R;CX3H1]", -8.0, 0.105, -9.63e-5, 3.56e-8),
    ("[!R;CX3H0]", -28.1, 0.208, -3.06e-4, 1.46e-7),
    ("[R;#6X3H1]", -2.14, 0.0574, -1.64e-6, -1.59e-8),
    ("[R;#6X3H0]", -8.25, 0.101, -1.42e-4, 6.78e-8),
    ("[CX2H0]", 7.87, 0.0201, -8.33e-6, 1.39e-9),
    ("[F]", 26.5, -0.0913, 1.91e-4, -1.03e-7),
    ("[Cl]", 33.3, -0.0963, 1.87e-4, -9.96e-8),
    ("[Br]", 28.6, -0.0649, 1.36e-4, -7.45e-8),
    ("[I]", 32.1, -0.0641, 1.26e-4, -6.87e-8),
    ("[OX2H1;$(O-a)]", -2.81, 0.111, -1.16e-4, 4.94e-8),
    ("[OX2H1]", 25.7, -0.0691, 1.77e-4, -9.88e-8),
    ("[!R;OX2H0]", 25.5, -0.0632, 1.11e-4, -5.48e-8),
    ("[R;#8X2H0]", 12.2, -0.0126, 6.03e-5, -3.86e-8),
    ("[NX3H2]", 26.9, -0.0412, 1.64e-4, -9.76e-8),
    ("[!R;NX3H1]", -1.21, 0.0762, -4.86e-5, 1.05e-8),
    ("[R;#7X3H1]", 11.8, -0.023, 1.07e-4, -6.28e-8),
    ("[#7X3H0;+0]", -31.1, 0.227, -3.2e-4, 1.46e-7),
    ("[R;#7X2H0]", 8.83, -0.00384, 4.35e-5, -2.6e-8),
    ("[!R;SX2H0]", 19.6, -0.00561, 4.02e-5, -2.76e-8),
    ("[R;#16X2H0]", 16.7, 0.00481, 2.77e-5, -2.11e-8),
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Any, float], ...]:
    T = TEMPERATURE
    return tuple((Chem.MolFromSmarts(s), a + b * T + c * T**2 + d * T**3) for s, a, b, c, d in _TABLE)


def gas_heat_capacity(unit: ChainUnit) -> float:
    """Sum Joback's ideal-gas heat capacity over a repeat unit at 298.15 K.

    Parameters
    ----------
    unit : ChainUnit
        The repeat unit in its chain.

    Returns
    -------
    float
        J per mole of units and kelvin, without the constant that Joback adds per molecule.

    Raises
    ------
    NotCoveredError
        If an atom belongs to no group; the message names it.
    """
    claimed: set[int] = {atom.GetIdx() for atom in unit.mol.GetAtoms() if atom.GetAtomicNum() == 0}
    inside = set(unit.atoms)
    total = 0.0
    for pattern, value in _patterns():
        for match in unit.mol.GetSubstructMatches(pattern):
            if claimed.isdisjoint(match):
                claimed.update(match)
                # a group across the unit's end belongs to the unit of its first atom
                total += value if match[0] in inside else 0.0
    missing = sorted({unit.mol.GetAtomWithIdx(index).GetSmarts() for index in inside - claimed})
    if missing:
        raise NotCoveredError(f"Joback's heat capacity has no group for {', '.join(missing)}.")
    return total


def heat_capacity(unit: ChainUnit) -> float:
    """Estimate the specific heat capacity of a solid polymer near room temperature.

    Parameters
    ----------
    unit : ChainUnit
        The repeat unit in its chain.

    Returns
    -------
    float
        J/kg/K.

    Raises
    ------
    NotCoveredError
        As for ``gas_heat_capacity``.
    """
    return SCALE * 1000 * gas_heat_capacity(unit) / unit.mass
