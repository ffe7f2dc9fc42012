"""The table of properties: id, name, symbol, canonical unit, plausible range, names people use."""

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
    """

    id: str
    name: str
    symbol: str
    unit: str
    plausible: tuple[float, float]
    aliases: tuple[str, ...] = field(default=())
    shown: str = ""
    log: bool = False

    @property
    def display_unit(self) -> str:
        """Unit shown when the user names none."""
        return self.shown or self.unit


def _permeability(gas: str, name: str, *aliases: str) -> Property:
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


def _selectivity(first: str, second: str) -> Property:
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


def _sorption(gas: str, name: str) -> tuple[Property, Property]:
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


PROPERTIES: tuple[Property, ...] = (
    # thermal
    Property(
        "Tg",
        "glass transition temperature",
        "Tg",
        "K",
        (100.0, 900.0),
        shown="°C",
        aliases=(
            "glass transition",
            "glass-transition temperature",
            "glass-transition",
            "glass temperature",
            "T_g",
            "T g",
        ),
    ),
    Property(
        "Tm",
        "melting temperature",
        "Tm",
        "K",
        (150.0, 1000.0),
        shown="°C",
        aliases=("melting point", "melting", "crystalline melting point", "T_m", "melt temperature"),
    ),
    Property(
        "Td",
        "decomposition temperature",
        "Td",
        "K",
        (300.0, 1100.0),
        shown="°C",
        aliases=(
            "thermal decomposition temperature",
            "degradation temperature",
            "decomposition onset",
            "T_d",
            "Td5",
            "Td5%",
            "Td,5%",
            "T5%",
            "5% weight loss temperature",
            "5 % weight loss temperature",
            "decomposition",
            "thermal stability",
        ),
    ),
    Property(
        "thermal_conductivity",
        "thermal conductivity",
        "λ",
        "W/m/K",
        (0.01, 100.0),
        aliases=("heat conductivity", "thermal conductance"),
    ),
    Property(
        "heat_capacity",
        "specific heat capacity",
        "cp",
        "J/kg/K",
        (300.0, 5000.0),
        aliases=("heat capacity", "specific heat", "Cp"),
    ),
    Property(
        "cte",
        "coefficient of linear thermal expansion",
        "CTE",
        "1/K",
        (-1e-4, 1e-3),
        shown="ppm/K",
        aliases=(
            "coefficient of thermal expansion",
            "thermal expansion coefficient",
            "thermal expansion",
            "linear expansion coefficient",
            "CLTE",
        ),
    ),
    # volumetric and optical
    Property("density", "density", "ρ", "g/cm3", (0.3, 4.0), aliases=("mass density", "specific gravity")),
    Property("ffv", "fractional free volume", "FFV", "dimensionless", (0.0, 0.7), aliases=("free volume",)),
    Property(
        "refractive_index",
        "refractive index",
        "n",
        "dimensionless",
        (1.25, 2.2),
        aliases=("index of refraction", "refraction index", "nD", "n_D", "RI"),
    ),
    Property(
        "transmittance",
        "optical transmittance",
        "T%",
        "percent",
        (0.0, 100.0),
        aliases=("transmittance", "optical transmission", "light transmission", "transparency"),
    ),
    # electrical and electronic
    Property(
        "dielectric_constant",
        "dielectric constant",
        "ε",
        "dimensionless",
        (1.0, 200.0),
        aliases=(
            "relative permittivity",
            "permittivity",
            "Dk",
            "k-value",
            "k value",
            "epsilon_r",
            "εr",
            "ε_r",
            "dielectric permittivity",
        ),
    ),
    Property(
        "dielectric_loss",
        "dielectric loss tangent",
        "tan δ",
        "dimensionless",
        (0.0, 1.0),
        aliases=("loss tangent", "dissipation factor", "dielectric loss", "Df", "tan delta"),
    ),
    Property(
        "dielectric_strength",
        "dielectric strength",
        "Eb",
        "kV/mm",
        (1.0, 2000.0),
        aliases=("breakdown strength", "breakdown field", "dielectric breakdown strength"),
    ),
    Property(
        "band_gap",
        "band gap",
        "Eg",
        "eV",
        (0.1, 12.0),
        aliases=("bandgap", "energy gap", "HOMO-LUMO gap", "electronic gap", "optical gap"),
    ),
    Property(
        "ionisation_energy",
        "ionisation energy",
        "Ei",
        "eV",
        (2.0, 15.0),
        aliases=("ionization energy", "ionisation potential", "ionization potential"),
    ),
    Property("electron_affinity", "electron affinity", "Eea", "eV", (-3.0, 8.0), aliases=("EA",)),
    Property(
        "electrical_conductivity",
        "electrical conductivity",
        "σ",
        "S/cm",
        (1e-20, 1e6),
        log=True,
        aliases=("electric conductivity", "electronic conductivity", "ionic conductivity", "conductivity"),
    ),
    # mechanical
    Property(
        "youngs_modulus",
        "Young's modulus",
        "E",
        "GPa",
        (1e-5, 600.0),
        log=True,
        aliases=(
            "tensile modulus",
            "elastic modulus",
            "modulus of elasticity",
            "modulus",
            "Young modulus",
            "Youngs modulus",
            "Young’s modulus",
            "stiffness",
        ),
    ),
    Property(
        "flexural_modulus", "flexural modulus", "Ef", "GPa", (1e-5, 600.0), log=True, aliases=("bending modulus",)
    ),
    Property("bulk_modulus", "bulk modulus", "K", "GPa", (1e-3, 100.0), aliases=()),
    Property(
        "tensile_strength",
        "tensile strength",
        "σt",
        "MPa",
        (0.01, 10000.0),
        log=True,
        aliases=("ultimate tensile strength", "strength at break", "UTS", "tensile stress at break", "strength"),
    ),
    Property(
        "elongation_at_break",
        "elongation at break",
        "εb",
        "percent",
        (0.0, 5000.0),
        aliases=("strain at break", "elongation", "ultimate elongation", "failure strain"),
    ),
    # transport
    _permeability("O2", "oxygen", "oxygen transmission", "O2 barrier"),
    _permeability("N2", "nitrogen"),
    _permeability("CO2", "carbon dioxide"),
    _permeability("CH4", "methane"),
    _permeability("H2", "hydrogen"),
    _permeability("He", "helium"),
    _selectivity("CO2", "CH4"),
    _selectivity("CO2", "N2"),
    _selectivity("O2", "N2"),
    _selectivity("H2", "CH4"),
    _selectivity("H2", "N2"),
    _selectivity("H2", "CO2"),
    _selectivity("He", "CH4"),
    _selectivity("N2", "CH4"),
    _selectivity("He", "N2"),
    *(
        item
        for gas, name in (
            ("O2", "oxygen"),
            ("N2", "nitrogen"),
            ("CO2", "carbon dioxide"),
            ("CH4", "methane"),
            ("H2", "hydrogen"),
            ("He", "helium"),
        )
        for item in _sorption(gas, name)
    ),
    Property(
        "water_uptake",
        "water uptake",
        "w",
        "percent",
        (0.0, 500.0),
        aliases=("water absorption", "moisture uptake", "moisture absorption"),
    ),
    # solution, surface and size
    Property(
        "solubility_parameter",
        "solubility parameter",
        "δ",
        "MPa**0.5",
        (5.0, 50.0),
        aliases=("Hildebrand parameter", "Hildebrand solubility parameter"),
    ),
    Property(
        "chi",
        "Flory-Huggins interaction parameter",
        "χ",
        "dimensionless",
        (-5.0, 10.0),
        aliases=("Flory-Huggins parameter", "polymer-solvent interaction parameter", "chi parameter"),
    ),
    Property(
        "delta_d",
        "Hansen dispersion parameter",
        "δd",
        "MPa**0.5",
        (10.0, 30.0),
        aliases=("dispersion solubility parameter",),
    ),
    Property(
        "delta_p", "Hansen polar parameter", "δp", "MPa**0.5", (0.0, 40.0), aliases=("polar solubility parameter",)
    ),
    Property(
        "delta_h",
        "Hansen hydrogen-bonding parameter",
        "δh",
        "MPa**0.5",
        (0.0, 50.0),
        aliases=("hydrogen-bonding solubility parameter",),
    ),
    Property("contact_angle", "water contact angle", "θ", "degree", (0.0, 180.0), aliases=("contact angle",)),
    Property("surface_energy", "surface energy", "γ", "mN/m", (1.0, 100.0), aliases=("surface tension",)),
    Property("radius_of_gyration", "radius of gyration", "Rg", "angstrom", (1.0, 10000.0), aliases=()),
    # fire
    Property(
        "peak_hrr",
        "peak heat release rate",
        "pHRR",
        "kW/m2",
        (0.0, 5000.0),
        aliases=("peak HRR", "PHRR", "pkHRR", "heat release rate", "peak rate of heat release"),
    ),
    Property(
        "time_to_ignition",
        "time to ignition",
        "tig",
        "s",
        (0.0, 5000.0),
        aliases=("ignition time", "TTI", "t_ign", "t_ig"),
    ),
    Property("heat_release_capacity", "heat release capacity", "HRC", "J/g/K", (0.0, 3000.0), aliases=()),
    Property(
        "heat_of_combustion", "net heat of combustion", "hc", "MJ/kg", (0.0, 60.0), aliases=("heat of combustion",)
    ),
    Property("loi", "limiting oxygen index", "LOI", "percent", (10.0, 100.0), aliases=("oxygen index",)),
    Property("char_yield", "char yield", "CY", "percent", (0.0, 100.0), aliases=("char residue", "residue")),
    # other
    Property(
        "crystallinity",
        "degree of crystallinity",
        "Xc",
        "percent",
        (0.0, 100.0),
        aliases=("crystallinity", "crystallisation tendency", "crystallization tendency"),
    ),
    Property("atomisation_energy", "atomisation energy", "Eat", "eV", (-15.0, 0.0), aliases=("atomization energy",)),
    Property("price", "raw-material price", "price", "usd/kg", (0.0, 1e5), aliases=("cost", "materials cost")),
)
