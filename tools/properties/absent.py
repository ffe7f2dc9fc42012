"""Why there is no model for some properties, and what to do instead."""

from __future__ import annotations

_FIRE = "No open table of measured values to learn or test with could be found"
_WHY: dict[str, str] = {
    "Td": (
        f"{_FIRE}; Bicerano's correlation for half decomposition, shifted by its median error, is off by 59 K for 13 "
        "polymers, the mean of the others by 49 K."
    ),
    "loi": f"{_FIRE}, and the known rule needs a char yield, for which the same holds.",
    "char_yield": f"{_FIRE}: microcalorimeter runs cover about ten pure polymers.",
    "heat_release_capacity": f"{_FIRE}: microcalorimeter runs cover about ten pure polymers.",
    "chi": "It belongs to a polymer, a solvent and a temperature. Use predict_chi or the command chi.",
    "delta_d": "It is estimated by group contribution (tools.simulation.hansen), not learnt.",
    "delta_p": "It is estimated by group contribution (tools.simulation.hansen), not learnt.",
    "delta_h": "It is estimated by group contribution (tools.simulation.hansen), not learnt.",
}
_TRANSPORT = (
    "All measured {what} that could be found are for non-commercial use only, so no model is shipped; "
    "train_all(..., non_commercial=True) makes one for private use. Permeability, its product with "
    "{other}, is predicted."
)


def why_absent(name: str) -> str:
    """Say why a property has no model.

    Parameters
    ----------
    name : str
        Property id.

    Returns
    -------
    str
        The reason with what to do instead; empty where nothing special is known.
    """
    if name.startswith("D_"):
        return _TRANSPORT.format(what="diffusivities", other="solubility")
    if name.startswith("S_"):
        return _TRANSPORT.format(what="solubility coefficients", other="diffusivity")
    return _WHY.get(name, "")
