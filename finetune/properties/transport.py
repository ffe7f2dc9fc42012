"""Recipes for gas diffusivity and solubility, for private use: all public rows are for non-commercial use only.

No model of these is shipped. Permeability is their product (P = D S), and its model is.
"""

from __future__ import annotations

from finetune.properties.recipes import Recipe

GASES = ("O2", "N2", "CO2", "CH4", "H2", "He")


def _recipe(kind: str, gas: str) -> Recipe:
    what = "Diffusivity" if kind == "D" else "Solubility coefficient (gas at STP per volume of polymer)"
    return Recipe(
        f"{kind}_{gas}",
        "experimental",
        f"{kind}_{gas}",
        log=True,
        note=f"{what}, pure gas, dense film; learnt from rows for non-commercial use only.",
        conditions={"temperature": "25-35 °C"},
    )


#: Recipes that only ``train_all(..., non_commercial=True)`` can use.
TRANSPORT: tuple[Recipe, ...] = tuple(_recipe(kind, gas) for kind in ("D", "S") for gas in GASES)
