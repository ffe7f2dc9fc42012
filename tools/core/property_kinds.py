"""What a property is, and the families of properties that differ by the gas."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Property:
    """One property of a polymer.

    Attributes
    ----------
    id : str
        Stable identifier, such as ``"Tg"``.
    name : str
        The field's standard name.
    symbol : str
        Symbol shown in tables.
    unit : str
        Canonical unit in which every value is stored.
    plausible : tuple of float
        Lowest and highest value that a polymer can have, in ``unit``; outside it a constraint is refused.
    aliases : tuple of str
        Other names, matched case-insensitively; abbreviations of one to three letters are matched case-sensitively.
    shown : str
        Unit shown to chemists when the brief names none.
    log : bool
        True if values spread over decades (errors are multiplicative).
    codes : tuple of str
        Names in data tables: looked up, but never searched for in a text, where they may mean something else.
    """

    id: str
    name: str
    symbol: str
    unit: str
    plausible: tuple[float, float]
    aliases: tuple[str, ...] = field(default=())
    shown: str = ""
    log: bool = False
    codes: tuple[str, ...] = field(default=())

    @property
    def display_unit(self) -> str:
        """Unit shown when the user names none."""
        return self.shown or self.unit


def permeability(gas: str, name: str, *aliases: str) -> Property:
    """Return the permeability of a gas by its formula and name."""
    return Property(
        id=f"P_{gas}",
        name=f"{name} permeability",
        symbol=f"P({gas})",
        unit="Barrer",
        plausible=(1e-6, 1e5),
        log=True,
        aliases=(
            f"{gas} permeability",
            f"permeability to {name}",
            f"permeability to {gas}",
            f"permeability of {gas}",
            f"permeability for {gas}",
            f"permeability of {name}",
            f"P{gas}",
            *aliases,
        ),
    )


def selectivity(first: str, second: str) -> Property:
    """Return the ideal selectivity of two gases by their formulae."""
    pair = f"{first}/{second}"
    return Property(
        id=f"selectivity_{first}_{second}",
        name=f"{pair} selectivity",
        symbol=f"α({pair})",
        unit="dimensionless",
        plausible=(1e-3, 1e5),
        log=True,
        aliases=(
            f"{pair} permselectivity",
            f"{pair} ideal selectivity",
            f"selectivity {pair}",
            f"selectivity for {pair}",
            f"selectivity of {first} over {second}",
            f"{first} over {second} selectivity",
        ),
    )


def sorption(gas: str, name: str) -> tuple[Property, Property]:
    """Return the two factors of a permeability: it is diffusivity times solubility."""
    return (
        Property(
            id=f"D_{gas}",
            name=f"{name} diffusivity",
            symbol=f"D({gas})",
            unit="cm2/s",
            plausible=(1e-14, 1e-2),
            log=True,
            aliases=(f"{gas} diffusivity", f"{name} diffusion coefficient", f"{gas} diffusion coefficient"),
        ),
        Property(
            id=f"S_{gas}",
            name=f"{name} solubility coefficient (gas at STP)",
            symbol=f"S({gas})",
            unit="1/cmHg",
            plausible=(1e-7, 10.0),
            log=True,
            aliases=(f"{name} solubility coefficient", f"{gas} solubility coefficient", f"{gas} sorption coefficient"),
        ),
    )
