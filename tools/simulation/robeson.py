"""The empirical upper bound of gas separation by polymer films.

P_fast = k alpha^n with P in Barrer and alpha = P_fast / P_slow: L. M. Robeson, "The upper bound revisited", J. Membr.
Sci. 2008, 320, 390 (doi:10.1016/j.memsci.2008.04.030), Table 12, present bounds. The lines were drawn by eye over
homogeneous polymer films; points close to the line scatter across it, and later polymers of intrinsic microporosity
lie above it. Being above is a reason to doubt a prediction, not a proof against it.
"""

from __future__ import annotations

from tools.core.errors import UnknownNameError

#: (k in Barrer, n) per gas pair, Table 12 of the paper.
BOUNDS: dict[str, tuple[float, float]] = {
    "O2/N2": (1_396_000.0, -5.666),
    "CO2/CH4": (5_369_140.0, -2.636),
    "H2/N2": (97_650.0, -1.4841),
    "H2/CH4": (27_200.0, -1.107),
    "He/N2": (19_890.0, -1.017),
    "He/CH4": (19_800.0, -0.809),
    "He/H2": (59_910.0, -4.864),
    "CO2/N2": (30_967_000.0, -2.888),
    "N2/CH4": (2_570.0, -4.507),
    "H2/CO2": (4_515.0, -2.302),
    "He/CO2": (3_760.0, -1.192),
}
SOURCE = "Robeson, J. Membr. Sci. 2008, 320, 390, Table 12"


def excess(pair: str, permeability: float, selectivity: float) -> float:
    """Return how many times a point exceeds the upper bound.

    Parameters
    ----------
    pair : str
        Gas pair, such as ``"CO2/CH4"``.
    permeability : float
        Permeability of the first gas, Barrer.
    selectivity : float
        Its ratio to that of the second, dimensionless, positive.

    Returns
    -------
    float
        P / (k alpha^n); above 1 is above the bound.

    Raises
    ------
    UnknownNameError
        If there is no bound for the pair.
    """
    if pair not in BOUNDS:
        raise UnknownNameError(f"No upper bound for {pair!r}.", hint=f"Known: {', '.join(BOUNDS)}.")
    k, n = BOUNDS[pair]
    return float(permeability / (k * selectivity**n))
