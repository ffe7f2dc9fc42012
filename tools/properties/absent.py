"""Why there is no model for some properties, and what to do instead."""

from __future__ import annotations

_FIRE = "No open table of measured values to learn or test with could be found"
_WHY: dict[str, str] = {
    "Td": (
        f"{_FIRE}; it is estimated from the structure instead (tools.simulation.fire_estimates), off by 32 K for 13 "
        "plastics left out in turn, where the mean of the others is off by 55 K."
    ),
    "loi": f"{_FIRE}, nor a text that states the rule from char yields.",
    "char_yield": f"{_FIRE}; it is estimated from the structure instead, from 13 plastics.",
    "heat_release_capacity": f"{_FIRE}; it is estimated from the structure instead, from 13 plastics.",
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
