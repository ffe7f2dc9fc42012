"""Which data train which property, in which unit, and what is known about their bias."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

_PI1070 = (
    "Learnt from molecular dynamics (RadonPy, PI1070) of atactic amorphous chains at 300 K and 1 atm with a classical "
    "force field"
)
_KHAZANA = "Learnt from density functional theory"


@dataclass(frozen=True)
class Recipe:
    """How the labels of one property are made.

    Attributes
    ----------
    property : str
        Property id.
    table : {"experimental", "simulated"}
        File that the labels come from.
    column : str
        Name of the property in that file.
    sources : tuple of str
        Sources that may be used; empty for all.
    factor : float
        Multiplies labels into the canonical unit.
    log : bool
        True if the model works on log10 of the label.
    note : str
        Known bias, shown with every value.
    conditions : dict of str to str
        Conditions of the labels.
    optical : str
        Column of a refractive index: its square less one, the electronic part of the permittivity, is added.
    divisor : str
        Column that labels are divided by, polymer by polymer.
    """

    property: str
    table: Literal["experimental", "simulated"]
    column: str
    sources: tuple[str, ...] = ()
    factor: float = 1.0
    log: bool = False
    note: str = ""
    conditions: dict[str, str] = field(default_factory=dict)
    optical: str = ""
    divisor: str = ""

    def label_kind(self) -> Literal["measured", "simulated"]:
        """Say what the labels are."""
        return "measured" if self.table == "experimental" else "simulated"


def _gas(gas: str) -> Recipe:
    return Recipe(
        f"P_{gas}",
        "experimental",
        f"P_{gas}",
        log=True,
        note="Pure gas, dense film; values of one polymer differ with the film's history, often by a factor of 2.",
        conditions={"temperature": "25-35 °C"},
    )


def _selectivity(first: str, second: str) -> Recipe:
    return Recipe(
        f"selectivity_{first}_{second}",
        "experimental",
        f"P_{first}",
        log=True,
        note="Ideal (pure-gas) selectivity, learnt from measured ratios; it may differ from the ratio of the predicted "
        "permeabilities. Mixtures plasticise and compete.",
        conditions={"temperature": "25-35 °C"},
        divisor=f"P_{second}",
    )


def _dft(identifier: str, column: str, note: str) -> Recipe:
    return Recipe(identifier, "simulated", column, ("khazana",), note=f"{_KHAZANA}{note}")


def _md(identifier: str, column: str, note: str, *, factor: float = 1.0) -> Recipe:
    return Recipe(
        identifier,
        "simulated",
        column,
        ("pi1070",),
        factor,
        note=f"{_PI1070}{note}",
        conditions={"temperature": "300 K"},
    )


RECIPES: tuple[Recipe, ...] = (
    Recipe("Tg", "experimental", "Tg", note="Measured values of one polymer differ by method and heating rate."),
    Recipe("Tm", "experimental", "Tm", note="Assumes that the polymer crystallises; many do not."),
    Recipe("density", "experimental", "density", note="Mixed crystallinity and temperature near ambient."),
    *(_gas(gas) for gas in ("O2", "N2", "CO2", "CH4", "H2")),
    # learnt as ratios: the ratio of two predictions was worse than the mean for CO2/N2, O2/N2 and N2/CH4
    _selectivity("CO2", "CH4"),
    _selectivity("CO2", "N2"),
    _selectivity("O2", "N2"),
    _selectivity("H2", "CH4"),
    _selectivity("H2", "N2"),
    _selectivity("H2", "CO2"),
    _selectivity("N2", "CH4"),
    _md("refractive_index", "n", "; the optical constant of the amorphous chain, no dispersion."),
    # PI1070's static value holds the fluctuation of dipoles alone (1.004 for polyethylene); RadonPy's own total,
    # dielectric_const_dc, adds n^2 - 1, and so do we. DFT totals (Khazana EPS) are of crystals and fewer, and their
    # refractive indices lie far higher: 1.61 for polypropylene and 1.81 for PET, where this set has 1.49 and 1.57.
    Recipe(
        "dielectric_constant",
        "simulated",
        "eps_static",
        ("pi1070",),
        log=True,
        note=f"{_PI1070}: dipole fluctuations within the simulated time plus n^2 - 1 for electrons; slow "
        "dipoles of glasses count too little, mobile polar groups too much.",
        conditions={"temperature": "300 K"},
        optical="n",
    ),
    _md("thermal_conductivity", "TC", "; non-equilibrium simulation of the amorphous state."),
    _md("heat_capacity", "Cp", "; classical vibrations count fully, so it lies well above measured values."),
    _md("bulk_modulus", "K", ".", factor=1e-9),
    _md("cte", "alpha", "; linear, from volume fluctuations, noisy."),
    _md("radius_of_gyration", "Rg", "; of chains of about 1,000 atoms."),
    Recipe(
        "ffv",
        "simulated",
        "FFV",
        note="Learnt from molecular dynamics of amorphous cells (NeurIPS 2025 Open Polymer Prediction).",
    ),
    _dft("band_gap", "Egc", " of single chains; the gap of the bulk is usually smaller."),
    _dft("band_gap_bulk", "Egb", " of packed chains."),
    _dft(
        "dielectric_constant_dft",
        "EPS",
        " of packed crystalline chains: electrons and ions; lies above amorphous values.",
    ),
    _dft("refractive_index_dft", "Nc", " of packed crystalline chains; lies above amorphous values."),
    _dft("ionisation_energy", "Ei", " of bulk chains."),
    _dft("electron_affinity", "Eea", " of bulk chains."),
    _dft("atomisation_energy", "Eat", " of chains, in eV per atom."),
    _dft("crystallinity", "Xc", "-based group additivity of crystallisation tendency; a weak model."),
)


def recipe(name: str) -> Recipe:
    """Return the recipe of a property; raises KeyError if there is none."""
    return {item.property: item for item in RECIPES}[name]
