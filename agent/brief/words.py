"""Word lists of the brief grammar: data, no logic."""

from __future__ import annotations

from typing import NamedTuple


class Wish(NamedTuple):
    """What a qualitative word is read as: always soft, always listed as assumed."""

    property: str
    operator: str
    value: float | None
    why: str


MORE = (
    "higher", "greater", "larger", "more", "bigger", "hotter", "stiffer", "stronger", "heavier", "longer", "wider",
    "better", "denser", "above", "over", "beyond", "exceeding",
)  # fmt: skip
LESS = (
    "lower", "less", "smaller", "fewer", "cooler", "colder", "lighter", "cheaper", "weaker", "shorter", "narrower",
    "softer", "below", "under", "beneath",
)  # fmt: skip

COMPARATORS: dict[str, tuple[str, ...]] = {
    ">": (
        ">", "above", "over", "exceeding", "exceeds", "exceed", "exceeded", "beyond", "past", "in excess of",
        "excess of", "north of", "surpassing", "surpasses", "surpass", "well above", "well over", "top", "topping",
        "strictly above", "strictly greater than", "superior to", "über", "supérieure à", "supérieur à", "superior a",
        "mayor que", "mayor de", "größer als", "höher als", "oberhalb von", "oberhalb", "plus de", "más de",
        "au-dessus de", "por encima de", "mehr als", "rises above", "rise above", "go above", "goes above", "gt",
    ),
    "<": (
        "<", "below", "under", "beneath", "south of", "short of", "well below", "well under", "inferior to",
        "strictly below", "unter", "unterhalb von", "unterhalb", "kleiner als", "niedriger als", "weniger als",
        "inférieure à", "inférieur à", "inferior a", "menor que", "menor de", "moins de", "menos de",
        "au-dessous de", "en dessous de", "por debajo de", "fall below", "falls below", "falling below", "drop below",
        "drops below", "dropping below", "go below", "goes below", "going below", "lt", "fall under", "dip below",
        "go under", "sink below",
    ),
    ">=": (
        ">=", "=>", "≥", "at least", "at the least", "at minimum", "at a minimum", "minimum", "minimum of", "minimum value of",
        "a minimum of", "min", "min.", "min. of", "no less than", "not less than", "upwards of", "upward of",
        "starting from", "starting at", "or equal to >", "> or =", "> =", ">/=", "at or above", "at or over", "reaching at least",
        "greater or equal to", "above or equal to", "mindestens", "au moins", "al menos", "wenigstens", "como mínimo",
        "mínimo", "minimal", "reaches", "reach", "reaching", "minimum is", "lower limit", "lower limit of",
        "lower bound", "lower bound of", "floor of", "gte", "ge", "not under", "not below",
    ),
    "<=": (
        "<=", "=<", "≤", "at most", "at the most", "at maximum", "at a maximum", "maximum", "maximum of", "maximum value of",
        "a maximum of", "max", "max.", "max. of", "up to", "up to a maximum of", "limited to", "capped at", "cap of",
        "capped to", "restricted to", "not to exceed", "< or =", "< =", "</=", "at or below", "at or under", "less or equal to",
        "below or equal to", "höchstens", "maximal", "au plus", "au maximum", "como máximo", "a lo sumo", "máximo",
        "upper limit", "upper limit of", "upper bound", "upper bound of", "ceiling of", "lte", "le", "not over",
        "not above", "no greater then",
    ),
    "~": (
        "~", "≈", "around", "about", "approximately", "approx", "approx.", "ca", "ca.", "circa", "roughly", "near",
        "nearly", "close to", "in the region of", "in the vicinity of", "on the order of", "of the order of",
        "in the order of", "somewhere around", "of about", "of around", "of approximately", "of roughly", "nominally",
        "nominal", "etwa", "ungefähr", "environ", "aproximadamente", "alrededor de", "autour de", "rund", "targeting",
        "close to about",
    ),
    "=": ("=", "equal to", "equals", "equal", "exactly", "precisely", "=="),
    "not=": ("≠", "!=", "not equal to"),
}  # fmt: skip

AFTER: dict[str, tuple[str, ...]] = {
    ">=": (
        "and above", "and up", "and over", "and upwards", "upwards", "and higher", "and beyond", "at least", "or up",
        "minimum", "min", "min.", "at minimum", "at a minimum", "at the least", "at the very least", "and more",
        "oder mehr", "oder höher", "ou plus", "o más", "+",
    ),
    "<=": (
        "maximum", "max", "max.", "at most", "at the most", "and below", "and under", "tops", "or so at most",
        "at the very most", "oder weniger", "ou moins", "o menos", "and lower", "and less",
    ),
}  # fmt: skip

# Symbols of the registry that are words or other symbols as well: they need a comparator beside them.
WEAK_SYMBOLS = frozenset({"T%", "EA", "RI", "CY", "price", "Ef", "w", "tan δ"}) - {"price", "tan δ"}

# More names of registry properties, as chemists say them.
MORE_NAMES: dict[str, str] = {
    "glass transition point": "Tg", "glass transitions": "Tg", "Tgs": "Tg", "glass temp": "Tg",
    "glass transition temp": "Tg", "Glasübergangstemperatur": "Tg", "Glastemperatur": "Tg",
    "température de transition vitreuse": "Tg", "temperatura de transición vítrea": "Tg",
    "softening point (Tg)": "Tg", "Tg onset": "Tg",
    "melting temp": "Tm", "crystal melting temperature": "Tm", "melting transition": "Tm", "melt point": "Tm",
    "Schmelzpunkt": "Tm", "Schmelztemperatur": "Tm", "point de fusion": "Tm", "punto de fusión": "Tm",
    "onset of decomposition": "Td", "onset of degradation": "Td", "thermal degradation temperature": "Td",
    "degradation onset": "Td", "onset degradation temperature": "Td", "decomposition onset temperature": "Td",
    "onset decomposition temperature": "Td", "thermal decomposition": "Td", "thermal degradation": "Td",
    "temperature of 5% weight loss": "Td", "5% mass loss temperature": "Td", "Td,5": "Td", "Td5 %": "Td",
    "T5 %": "Td", "Td,5 %": "Td", "5% weight-loss temperature": "Td", "temperature at 5% weight loss": "Td",
    "temperature for 5% weight loss": "Td", "5 wt% loss temperature": "Td", "Td(5%)": "Td", "Td (5%)": "Td",
    "Td-5%": "Td", "Td 5%": "Td", "Td5%": "Td", "5 % mass loss temperature": "Td", "decomposition temp": "Td",
    "degradation temp": "Td", "TGA onset": "Td", "Zersetzungstemperatur": "Td",
    "Wärmeleitfähigkeit": "thermal_conductivity", "conductivité thermique": "thermal_conductivity",
    "conductividad térmica": "thermal_conductivity", "heat conduction": "thermal_conductivity",
    "linear thermal expansion": "cte", "linear coefficient of thermal expansion": "cte",
    "linear thermal expansion coefficient": "cte", "coefficient of expansion": "cte", "expansion coefficient": "cte",
    "in-plane CTE": "cte", "thermal expansivity": "cte",
    "Dichte": "density", "densité": "density", "densidad": "density", "densities": "density",
    "fractional free-volume": "ffv",
    "refractive indices": "refractive_index", "Brechungsindex": "refractive_index",
    "indice de réfraction": "refractive_index", "índice de refracción": "refractive_index",
    "refractive-index": "refractive_index",
    "light transmittance": "transmittance", "visible transmittance": "transmittance",
    "visible light transmittance": "transmittance", "transmission of light": "transmittance",
    "transmission": "transmittance", "visible transmission": "transmittance", "light transmission": "transmittance",
    "dielectric constants": "dielectric_constant", "Dielektrizitätskonstante": "dielectric_constant",
    "constante diélectrique": "dielectric_constant", "constante dieléctrica": "dielectric_constant",
    "dielectric loss factor": "dielectric_loss", "loss factor": "dielectric_loss", "tanδ": "dielectric_loss",
    "tan d": "dielectric_loss", "tan(δ)": "dielectric_loss", "dielectric losses": "dielectric_loss",
    "dielectric dissipation factor": "dielectric_loss",
    "electric strength": "dielectric_strength", "electrical breakdown strength": "dielectric_strength",
    "dielectric breakdown": "dielectric_strength", "breakdown voltage": "dielectric_strength",
    "dielectric breakdown field": "dielectric_strength", "electric breakdown field": "dielectric_strength",
    "electronic band gap": "band_gap", "optical band gap": "band_gap", "optical bandgap": "band_gap",
    "bandgaps": "band_gap", "HOMO LUMO gap": "band_gap", "electronic bandgap": "band_gap", "Bandlücke": "band_gap",
    "DC conductivity": "electrical_conductivity", "electrical conductance": "electrical_conductivity",
    "tensile stiffness": "youngs_modulus", "Young's moduli": "youngs_modulus", "E-modulus": "youngs_modulus",
    "E modulus": "youngs_modulus", "elasticity modulus": "youngs_modulus", "Elastizitätsmodul": "youngs_modulus",
    "E-Modul": "youngs_modulus", "module d'Young": "youngs_modulus", "módulo de Young": "youngs_modulus",
    "elastic moduli": "youngs_modulus", "tensile (Young's) modulus": "youngs_modulus",
    "flexural stiffness": "flexural_modulus",
    "ultimate strength": "tensile_strength", "breaking strength": "tensile_strength",
    "tensile stress": "tensile_strength", "Zugfestigkeit": "tensile_strength",
    "tensile strength at break": "tensile_strength", "résistance à la traction": "tensile_strength",
    "resistencia a la tracción": "tensile_strength", "stress at break": "tensile_strength",
    "elongation to break": "elongation_at_break", "break elongation": "elongation_at_break",
    "breaking elongation": "elongation_at_break", "strain to failure": "elongation_at_break",
    "tensile elongation": "elongation_at_break", "tensile strain at break": "elongation_at_break",
    "elongation at failure": "elongation_at_break", "Bruchdehnung": "elongation_at_break",
    "strain at failure": "elongation_at_break", "stretchability": "elongation_at_break",
    "water sorption": "water_uptake", "moisture sorption": "water_uptake", "water pick-up": "water_uptake",
    "equilibrium water uptake": "water_uptake", "water content at saturation": "water_uptake",
    "Wasseraufnahme": "water_uptake", "water-uptake": "water_uptake", "hygroscopicity": "water_uptake",
    "contact angle with water": "contact_angle", "contact angle of water": "contact_angle", "WCA": "contact_angle",
    "surface free energy": "surface_energy",
    "maximum heat release rate": "peak_hrr", "peak heat-release rate": "peak_hrr", "peak of heat release rate": "peak_hrr",
    "peak heat release": "peak_hrr", "HRR peak": "peak_hrr", "pHRR": "peak_hrr", "peak-HRR": "peak_hrr",
    "HRR": "peak_hrr",
    "ignition delay": "time_to_ignition", "time-to-ignition": "time_to_ignition", "time until ignition": "time_to_ignition",
    "ignition delay time": "time_to_ignition", "heat-release capacity": "heat_release_capacity",
    "limiting oxygen indices": "loi", "critical oxygen index": "loi",
    "char residue": "char_yield", "char formation": "char_yield", "residual char": "char_yield", "char": "char_yield",
    "char content": "char_yield",
    "crystalline fraction": "crystallinity", "crystalline content": "crystallinity",
    "raw material cost": "price", "raw material price": "price", "material cost": "price", "raw-material cost": "price",
    "monomer cost": "price", "feedstock cost": "price", "Preis": "price", "raw materials cost": "price",
    "costs": "price", "cost of raw materials": "price",
    "specific heat capacity": "heat_capacity", "isobaric heat capacity": "heat_capacity",
    "ionization energy": "ionisation_energy", "HOMO–LUMO gap": "band_gap", "HOMO/LUMO gap": "band_gap",
}  # fmt: skip
MORE_SYMBOLS: dict[str, str] = {
    "k": "dielectric_constant", "κ": "dielectric_constant", "tc": "thermal_conductivity", "rho": "density",
    "epsilon": "dielectric_constant", "CoTE": "cte", "α": "cte", "eps": "dielectric_constant", "εr": "dielectric_constant",
}  # fmt: skip

# Aliases too general to trust after a word we do not know ("burst strength", "complex modulus").
GENERIC_HEADS = frozenset({"strength", "modulus", "conductivity", "stiffness", "melting", "decomposition", "residue",
                           "elongation", "cost", "price", "density", "char", "permittivity", "transmission"})  # fmt: skip

# Saying "good" or "high" about these means a low value of the property.
INVERSE: dict[str, str] = {
    "O2 barrier": "P_O2", "oxygen barrier": "P_O2", "barrier to oxygen": "P_O2", "barrier against oxygen": "P_O2",
    "CO2 barrier": "P_CO2", "carbon dioxide barrier": "P_CO2", "barrier to CO2": "P_CO2",
    "nitrogen barrier": "P_N2", "hydrogen barrier": "P_H2", "helium barrier": "P_He", "barrier to O2": "P_O2",
    "water resistance": "water_uptake", "moisture resistance": "water_uptake", "dimensional stability": "cte",
    "ignition resistance": "peak_hrr", "electrical insulation": "electrical_conductivity",
    "thermal insulation": "thermal_conductivity", "flexibility": "youngs_modulus",
}  # fmt: skip
# For "good" and "poor" without a number: the direction that is better where lower is better.
LOWER_IS_BETTER = frozenset({"cte", "dielectric_loss", "water_uptake", "price", "peak_hrr", "heat_release_capacity"})
NO_BETTER = frozenset({"dielectric_constant", "refractive_index", "density", "band_gap", "Tm", "solubility_parameter",
                       "ionisation_energy", "electron_affinity", "radius_of_gyration", "atomisation_energy"})  # fmt: skip

_OUTSIDE = "no property of the registry stands for it"
UNKNOWN_PROPERTIES: dict[str, str] = dict.fromkeys(
    (
        "service temperature", "operating temperature", "use temperature", "continuous use temperature",
        "continuous service temperature", "maximum use temperature", "processing temperature", "process temperature",
        "curing temperature", "cure temperature", "heat deflection temperature", "heat distortion temperature", "HDT",
        "DTUL", "Vicat", "Vicat softening temperature", "Vicat softening point", "softening temperature",
        "softening point", "crystallisation temperature", "crystallization temperature", "ceiling temperature",
        "hardness", "Shore hardness", "viscosity", "melt viscosity", "intrinsic viscosity", "inherent viscosity",
        "melt flow index", "melt flow rate", "MFI", "MFR", "impact strength", "notched impact strength",
        "Izod impact strength", "Charpy impact strength", "fracture toughness", "toughness", "yield strength",
        "yield stress", "compressive strength", "compression strength", "compressive modulus", "flexural strength",
        "bending strength", "shear strength", "lap shear strength", "peel strength", "tear strength", "bond strength",
        "adhesion strength", "adhesive strength", "adhesion", "burst strength", "shear modulus", "storage modulus",
        "loss modulus", "melt strength", "specific strength", "specific modulus", "Poisson's ratio", "Poisson ratio",
        "ionic strength", "haze", "yellowness index", "yellow index", "Abbe number", "birefringence", "gloss",
        "total heat release", "THR", "smoke density", "smoke production", "smoke", "heat of combustion", "permeance",
        "water vapour permeability", "water vapor permeability", "WVTR", "OTR", "oxygen transmission rate",
        "water vapour transmission rate", "water vapor transmission rate", "MVTR", "gas flux", "flux", "diffusivity",
        "diffusion coefficient", "solubility coefficient", "thermal diffusivity", "volume resistivity", "resistivity",
        "surface resistivity", "electrical resistivity", "surface resistance", "comparative tracking index", "CTI",
        "charge mobility", "hole mobility", "electron mobility", "carrier mobility", "Seebeck coefficient",
        "piezoelectric coefficient", "energy density", "capacity", "ion exchange capacity", "ion-exchange capacity",
        "IEC", "proton conductivity", "LCST", "UCST", "pKa", "swelling", "swelling ratio", "degree of swelling",
        "gel content", "gel fraction", "friction coefficient", "coefficient of friction", "wear rate",
        "biobased content", "bio-based content", "biocontent", "renewable content", "VOC content", "yield",
        "shelf life", "pot life", "fatigue life", "lifetime", "half-life", "Hansen parameter", "porosity",
        "pore size", "surface area", "BET surface area", "free energy", "enthalpy of fusion", "heat of fusion",
        "melting enthalpy", "polarisability", "dipole moment", "absorption coefficient", "absorption maximum",
        "quantum yield", "HOMO", "LUMO", "HOMO level", "LUMO level", "HOMO energy", "LUMO energy", "creep",
        "creep modulus", "compression set", "shrinkage", "mould shrinkage", "mold shrinkage", "cooling rate",
        "UL 94 rating", "UL94 rating", "flammability rating", "carbon footprint", "toxicity", "molecular weight cut-off",
        "flash point", "boiling point", "critical surface tension", "vapour pressure", "vapor pressure", "acid number",
        "hydroxyl number", "amine number", "optical rotation", "sound absorption", "damping", "resilience",
        "specific volume", "molar volume", "cohesive energy density", "cohesive energy", "plateau modulus",
        "entanglement molecular weight", "persistence length", "Flory parameter", "chi parameter", "relative humidity limit",
    ),
    _OUTSIDE,
)  # fmt: skip
_CHAIN = "chain length is chosen in the synthesis, not by the repeat unit"
UNKNOWN_PROPERTIES.update(dict.fromkeys(
    ("Mn", "Mw", "Mv", "M_n", "M_w", "number-average molecular weight", "weight-average molecular weight",
     "number average molecular weight", "weight average molecular weight", "molecular weight", "molar mass",
     "number-average molar mass", "weight-average molar mass", "molecular mass", "degree of polymerisation", "DP",
     "dispersity", "polydispersity", "polydispersity index", "PDI", "molecular weight distribution"),
    _CHAIN,
))  # fmt: skip

GROUP_ADJECTIVES = frozenset({"aromatic", "aromatics", "phenolic", "sulfonated", "alicyclic", "cycloaliphatic", "spiro", "cardo",
                              "unsaturated", "olefinic"})  # fmt: skip
MORE_GROUPS: dict[str, str] = {
    "ester groups": "ester", "amide groups": "amide", "ether oxygen": "ether", "cyano groups": "nitrile",
    "carboxylic acids": "carboxylic_acid", "carboxylic": "carboxylic_acid", "amine": "primary_amine",
    "hydroxyls": "hydroxyl", "alcohol": "hydroxyl", "unsaturated": "double_bond", "double bond": "double_bond",
    "carbon-carbon double bonds": "double_bond", "benzene": "aromatic_ring", "phenylene": "aromatic_ring",
    "aryl": "aromatic_ring", "aromatic group": "aromatic_ring", "aromatic unit": "aromatic_ring",
    "aromatic moiety": "aromatic_ring", "aromatic backbone": "aromatic_ring", "cardo": "fluorene",
    "nitrile-containing": "nitrile", "trifluoromethyl group": "trifluoromethyl", "sulfonyl group": "sulfone",
    "sulfone group": "sulfone", "imide unit": "imide", "cyclohexane": "alicyclic_ring",
    "tert-butyl group": "tert_butyl", "ketone group": "ketone", "urea group": "urea", "urethane group": "urethane",
    "C≡C": "triple_bond", "epoxy": "epoxide", "thiophene ring": "thiophene", "siloxane bond": "siloxane",
}  # fmt: skip
MORE_ELEMENTS: dict[str, str] = {
    "Fluor": "F", "fluorhaltig": "F", "Chlor": "Cl", "Schwefel": "S", "Stickstoff": "N", "soufre": "S", "azufre": "S",
    "chlore": "Cl", "flúor": "F", "silicium": "Si", "Silizium": "Si", "silicio": "Si", "fluorines": "F",
}  # fmt: skip
MORE_CLASSES: dict[str, str] = {
    "PA": "polyamide", "PI": "polyimide", "PU": "polyurethane", "PUR": "polyurethane",
    "PBI": "polybenzimidazole", "PBO": "polybenzoxazole", "polyarylate": "aromatic_polyester",
    "poly(ether imide)": "polyimide", "polyetherimide": "polyimide", "polyether imide": "polyimide",
    "poly(ether ketone)": "aromatic_polyether", "polycarbonate": "polycarbonate", "polyvinyl": "vinyl",
    "poly(arylene ether sulfone)": "polysulfone", "poly(amide imide)": "polyimide", "Polyimid": "polyimide",
    "Polyester": "polyester", "Polyamid": "polyamide", "acrylic polymer": "acrylic", "acrylate polymer": "acrylate",
    "conjugated polymer": "conjugated", "vinyl polymer": "vinyl", "polythioether": "polysulfide",
    "poly(meth)acrylate": "acrylic", "fluorinated polymer": "fluoropolymer", "perfluoropolymer": "fluoropolymer",
    "poly(ester)": "polyester", "poly(amide)": "polyamide", "poly(imide)": "polyimide",
    "poly(carbonate)": "polycarbonate", "poly(urethane)": "polyurethane", "poly(siloxane)": "polysiloxane",
}  # fmt: skip
MORE_ROUTES: dict[str, str] = {
    "condensation polymer": "polycondensation", "condensation polymers": "polycondensation",
    "polycondensations": "polycondensation", "melt polycondensation": "polycondensation",
    "condensation polymerised": "polycondensation", "condensation polymerisable": "polycondensation",
    "step-growth": "step_growth", "step-growth polymer": "step_growth", "step polymerisation": "step_growth",
    "radically polymerisable": "radical", "radically polymerised": "radical", "free-radical": "radical",
    "free radically": "radical", "radically": "radical", "radical route": "radical", "radical polymer": "radical",
    "radical chain polymerisation": "radical", "free radical route": "radical",
    "controlled radical polymerisation": "radical", "emulsion polymerisation": "radical",
    "ring-opening": "ring_opening", "ring-opened": "ring_opening", "ring-opening route": "ring_opening",
    "chain-growth": "chain_growth", "chain polymerisation": "chain_growth", "metathesis polymerisation": "romp",
    "ring-opening metathesis polymerisation": "romp", "Suzuki coupling": "coupling", "Stille coupling": "coupling",
    "Suzuki polycondensation": "coupling", "Yamamoto coupling": "coupling", "Kumada coupling": "coupling",
    "cross-coupling polymerisation": "coupling", "polyaddition": "step_growth", "condensation route": "polycondensation",
    "Polykondensation": "polycondensation", "polycondensed": "polycondensation", "polyaddition route": "step_growth",
}  # fmt: skip

COLOURLESS_EV = 3.1  # photon energy of 400 nm light, E = hc/λ = 1239.84 eV nm / 400 nm
_LIGHT = "visible light ends at about 400 nm, E = hc/λ = 3.1 eV: a band gap above it absorbs none (scattering is not covered)"
WISHES: dict[str, Wish] = {}
# Verbs and adjectives that name a property when a number follows: "melts above 250 °C".
VERBS: dict[str, str] = {
    "melts": "Tm", "melt": "Tm", "melting": "Tm", "decomposes": "Td", "decompose": "Td", "degrades": "Td", "degrade": "Td",
    "decomposing": "Td", "thermally stable": "Td", "thermal stability": "Td", "absorbs": "water_uptake", "absorb": "water_uptake",
    "takes up": "water_uptake", "take up": "water_uptake", "taking up": "water_uptake", "absorbing": "water_uptake",
    "ignites": "time_to_ignition", "ignite": "time_to_ignition", "transmits": "transmittance", "transmit": "transmittance",
    "transmitting": "transmittance", "transparent": "transmittance", "heat stable": "Td", "thermostable": "Td", "costing": "price", "priced": "price",
    "vitrifies": "Tg", "crystalline": "crystallinity", "crystallizable": "crystallinity",
}  # fmt: skip
# What is stable "up to" a temperature is stable at least to it.
STABILITY = frozenset({"thermally stable", "thermal stability", "heat stable", "thermostable"})


def _wish(phrases: str, property: str, operator: str, why: str, value: float | None = None) -> None:
    for phrase in phrases.split("|"):
        WISHES[phrase] = Wish(property, operator, value, why)


_wish("colourless|colorless|non-coloured|water-white|water white|without colour|no colour|not coloured|optically transparent"
      "|transparent|optically clear|clear film|see-through|crystal clear|transparent in the visible|highly transparent",
      "band_gap", ">=", _LIGHT, COLOURLESS_EV)  # fmt: skip
_wish("lightweight|light-weight|light weight|low weight|as light as possible", "density", "minimise", "light means a low density")
_wish("flexible|pliable|soft|compliant", "youngs_modulus", "minimise", "flexible means a low Young's modulus")
_wish("stiff|rigid", "youngs_modulus", "maximise", "stiff means a high Young's modulus")
_wish("strong|high-strength|mechanically strong|mechanically robust", "tensile_strength", "maximise", "strong means a high tensile strength")
_wish("ductile|stretchable|extensible|highly stretchable", "elongation_at_break", "maximise", "ductile means a high elongation at break")
_wish("heat-resistant|heat resistant|heat resistance|high-temperature|high temperature|temperature-resistant|thermally resistant"
      "|heat-proof|heatproof|temperature resistant|high heat resistance|high-heat", "Tg", "maximise",
      "an amorphous polymer keeps its shape up to Tg")  # fmt: skip
_wish("thermally stable|thermostable|thermally robust", "Td", "maximise", "thermal stability is the decomposition temperature")
_wish("flame retardant|flame-retardant|fire resistant|fire-resistant|flame resistant|flame-resistant|non-flammable|nonflammable"
      "|flame retardancy|fire retardant|fire safe|fire-safe|low flammability|self-extinguishing|fire resistance|not flammable",
      "peak_hrr", "minimise", "fire hazard is led by the peak heat release rate")  # fmt: skip
_wish("hydrophobic|water-repellent|water repellent", "contact_angle", ">=", "hydrophobic means a water contact angle above 90°", 90.0)
_wish("hydrophilic|wettable", "contact_angle", "<=", "hydrophilic means a water contact angle below 90°", 90.0)
_wish("electrically insulating|electrical insulator|insulator", "electrical_conductivity", "minimise", "an insulator conducts little")
_wish("electrically conductive|electrically conducting|conductive|conducting", "electrical_conductivity", "maximise", "conductive means a high electrical conductivity")
_wish("thermally conductive|heat-conducting|heat conducting", "thermal_conductivity", "maximise", "as it says")
_wish("thermally insulating|thermal insulator", "thermal_conductivity", "minimise", "as it says")
_wish("cheap|inexpensive|low-cost|low cost|affordable|economical|cost-effective", "price", "minimise", "cheap means a low raw-material price")
_wish("low-k|low k|low-Dk|low Dk", "dielectric_constant", "minimise", "low-k is a low dielectric constant")
_wish("high-k|high k|high-Dk", "dielectric_constant", "maximise", "high-k is a high dielectric constant")
_wish("low-loss|low loss|low-Df", "dielectric_loss", "minimise", "low-loss is a low dielectric loss")
_wish("high-index|high index", "refractive_index", "maximise", "high-index is a high refractive index")
_wish("dimensionally stable", "cte", "minimise", "dimensional stability is a low thermal expansion")
_wish("water-resistant|water resistant|moisture-resistant|moisture resistant|non-hygroscopic", "water_uptake", "minimise", "resisting water means taking up little")
_wish("amorphous|fully amorphous|non-crystalline", "crystallinity", "minimise", "amorphous means no crystallinity")
_wish("crystalline|semicrystalline|semi-crystalline|highly crystalline", "crystallinity", "maximise", "crystalline means a high crystallinity")
_wish("light", "density", "minimise", "light means a low density")
_wish("rubbery|elastomeric|elastomer|rubber-like|rubber", "Tg", "<=", "a rubber is above its Tg at room temperature (25 °C)", 298.15)

_NO_MODEL = "asks for something that no property of the registry stands for"
REFUSED: dict[str, str] = dict.fromkeys(
    (
        "biodegradable", "biodegradability", "degradable", "compostable", "recyclable", "recyclability",
        "chemically recyclable", "self-healing", "self healing", "food contact", "food-contact", "food safe",
        "food-safe", "food grade", "food-grade", "food contact approved", "approved for food contact", "food contact approval", "food-contact compliant", "biocompatible", "biocompatibility", "non-toxic", "nontoxic",
        "toxic", "bio-based", "biobased", "bio-sourced", "biosourced", "renewable", "from renewable resources",
        "sustainable", "green", "eco-friendly", "environmentally friendly", "UV-stable", "UV stable", "UV stability",
        "UV-resistant", "UV resistant", "UV resistance", "weatherable", "weather-resistant", "weather resistant",
        "lightfast", "chemically resistant", "chemical resistance", "solvent-resistant", "solvent resistant",
        "solvent resistance", "acid-resistant", "acid resistant", "base-resistant", "hydrolytically stable",
        "hydrolysis-resistant", "hydrolysis resistant", "oxidation-resistant", "oxidatively stable",
        "radiation-resistant", "radiation resistant", "scratch-resistant", "scratch resistant", "scratch resistance",
        "abrasion-resistant", "abrasion resistant", "wear-resistant", "wear resistant", "impact-resistant",
        "impact resistant", "impact resistance", "tough", "durable", "fatigue-resistant", "creep-resistant",
        "creep resistant", "soluble", "solubility", "solution-processable", "solution processable", "insoluble",
        "water-soluble", "melt-processable", "melt processable", "processable", "processability", "easy to process",
        "easily processed", "printable", "3D-printable", "3D printable", "injection-mouldable", "injection mouldable",
        "injection-moldable", "mouldable", "moldable", "extrudable", "film-forming", "film forming", "spinnable",
        "castable", "sterilisable", "sterilizable", "autoclavable", "antibacterial", "antimicrobial", "antifouling",
        "antistatic", "non-stick", "low-friction", "self-lubricating", "shape-memory", "shape memory", "piezoelectric",
        "ferroelectric", "fluorescent", "luminescent", "photochromic", "magnetic", "adhesive", "sticky", "tacky",
        "approved", "FDA approved", "FDA-approved", "REACH compliant", "REACH-compliant", "RoHS compliant", "odourless",
        "odorless", "tasteless", "patent-free", "patent free", "commercially available", "easy to synthesise",
        "easy to synthesize", "easily synthesised", "easy to make", "easily made", "synthesisable", "synthesizable",
        "scalable", "crosslinked", "cross-linked", "crosslinkable", "cross-linkable", "thermoset", "thermosetting",
        "thermoplastic", "block copolymer", "copolymer", "random copolymer", "blend", "composite", "branched",
        "hyperbranched", "dendritic", "liquid crystalline", "liquid-crystalline", "chiral", "isotactic",
        "syndiotactic", "atactic", "linear", "V-0", "UL94", "UL 94", "UL94 V-0", "UL 94 V-0", "UL-94 V0", "gas barrier",
        "barrier properties", "water vapour barrier", "water vapor barrier", "good barrier", "photopatternable",
        "photosensitive", "conformal", "good mechanical properties", "mechanical properties", "thermal properties",
        "optical properties", "electrical properties", "corrosion-resistant", "fuel-resistant", "oil-resistant",
        "oil resistant", "flame spread", "smoke-free", "low-smoke", "non-dripping", "bioresorbable", "bioabsorbable",
        "skin-friendly", "hypoallergenic", "vegan", "gluten-free", "microplastic-free",
        "bisphenol-free", "solvent-free", "catalyst-free", "isocyanate-free", "non-isocyanate", "phosgene-free",
        "metal-free", "styrene-free", "plasticiser-free", "plasticizer-free", "phthalate-free", "formaldehyde-free",
        "stable to hydrolysis", "stable in water", "stable in air", "air-stable", "air stable", "long shelf life",
        "selective", "gas-selective", "permeable", "breathable", "porous", "microporous", "intrinsic microporosity",
    ),
    _NO_MODEL,
)  # fmt: skip

SIMPLE: dict[str, tuple[str, ...]] = {
    "not": (
        "not", "never", "cannot", "can't", "mustn't", "shouldn't", "won't", "doesn't", "don't", "isn't", "aren't",
        "nor", "neither", "no", "without", "nicht", "kein", "keine", "sans", "sin",
    ),
    "lacking": (
        "without", "free of", "free from", "no", "avoid", "avoiding", "avoids", "exclude", "excludes", "excluding",
        "lacking", "lack", "lacks", "devoid of", "absence of", "zero", "not contain", "not containing", "non", "not any",
        "neither", "nor", "other than", "except", "except for", "anything but", "rather than", "instead of",
        "not based on", "not a", "not an", "never", "not", "must not be", "not be a", "not be an", "not use",
        "do not use", "don't use", "cannot contain", "can't contain", "mustn't contain", "doesn't contain",
        "does not contain", "shouldn't contain", "should not contain", "must not contain", "may not contain",
        "ohne", "sans", "sin", "kein", "keine", "not include", "not have", "don't want", "do not want", "not want",
        "free from any", "not have any", "not contain any", "leave out", "ban", "banned", "prohibit", "forbid",
        "steer clear of", "but not", "but no", "no more", "excluding any", "not via", "not by", "not made by", "outside",
        "non-", "eliminate", "eliminating", "stay away from", "keep out", "minus", "nothing with", "none of",
    ),
    "having": (
        "contain", "contains", "containing", "with", "having", "has", "have", "include", "includes", "including",
        "bearing", "bear", "bears", "incorporate", "incorporates", "incorporating", "based on", "carrying", "carry",
        "carries", "featuring", "feature", "features", "comprising", "comprises", "comprise", "built from", "rich in",
        "built on", "possess", "possessing", "containing at least one", "use", "using", "uses", "presence of", "functionalised with",
        "substituted with", "mit", "avec", "con", "built around", "plus", "made from", "made of", "consisting of",
    ),
    "route_cue": (
        "by", "via", "through", "using", "made by", "made via", "prepared by", "prepared via", "synthesised by",
        "synthesised via", "accessible by", "accessible via", "obtained by", "polymerised by", "polymerised via",
        "obtainable by", "from", "produced by", "produced via", "by means of", "route", "per", "durch",
    ),
    "banned_after": (
        "not allowed", "not permitted", "not acceptable", "unacceptable", "forbidden", "prohibited", "excluded",
        "to be avoided", "must be avoided", "should be avoided", "is out", "are out", "not tolerated", "banned",
        "ruled out", "not wanted", "unwanted", "undesired", "undesirable", "must be absent", "absent", "not welcome",
        "off limits", "off the table", "avoided", "not an option", "should be absent", "not used", "not be used",
        "cannot be used", "not desired", "not present", "not be present", "no go", "disallowed", "must not be present",
    ),
    "allowed_after": (
        "allowed", "tolerated", "acceptable", "fine", "ok", "okay", "permitted", "possible", "optional", "are fine",
        "is fine", "may be present", "can be present", "don't matter", "does not matter", "doesn't matter", "irrelevant",
    ),
    "needed_after": (
        "required", "needed", "present", "mandatory", "wanted", "desired", "preferred", "must be present", "essential",
    ),
    "free_after": ("free", "less"),
    "with_after": ("containing", "bearing", "based", "rich", "functional", "functionalised", "type", "substituted"),
    "up": (
        "high", "higher", "highest", "large", "larger", "elevated", "increased", "very high", "really high", "highly",
        "ultra-high", "ultrahigh", "extremely high", "as high as possible", "hoch", "hohe", "hoher", "haute", "alta",
        "sufficiently high", "high enough", "maximal", "big", "wide", "long", "strong", "enhanced", "exceptionally high",
        "fairly high", "reasonably high", "rather high", "greatest", "as large as possible", "as long as possible",
        "large as possible", "superhigh", "great", "raised", "more",
    ),
    "down": (
        "low", "lower", "lowest", "small", "smaller", "minimal", "reduced", "very low", "ultra-low", "ultralow",
        "extremely low", "as low as possible", "as small as possible", "negligible", "near-zero", "near zero",
        "sufficiently low", "low enough", "niedrig", "niedrige", "faible", "baja", "little", "limited", "short",
        "decreased", "smallest", "fairly low", "reasonably low", "rather low", "exceptionally low", "tiny", "less",
        "minimum possible", "least", "diminished", "narrow",
    ),
    "good": ("good", "excellent", "superior", "outstanding", "great", "improved", "better", "best", "decent", "best possible",
             "exceptional", "very good", "robust"),
    "bad": ("poor", "bad"),
    "middling": ("moderate", "medium", "reasonable", "intermediate", "adequate", "suitable", "appropriate", "acceptable",
                 "sufficient", "balanced", "average", "tunable", "controlled", "right"),
    "maximise": (
        "maximise", "maximises", "maximised", "maximising", "as high as possible", "as large as possible",
        "as great as possible", "as high as we can get", "as high as you can", "as high as it gets", "highest possible",
        "highest", "the higher the better", "higher the better", "higher is better", "maximum possible", "increase",
        "increasing", "raise", "improve", "maximisation of", "maximization of", "push up", "maximal", "boost", "optimise upwards",
        "as long as possible", "as stiff as possible", "as strong as possible", "largest possible", "greatest possible",
        "as high as practicable", "as high as practical", "as high as achievable", "high as possible", "möglichst hoch",
        "as big as possible", "the more the better", "highest achievable", "the larger the better", "as wide as possible",
        "möglichst hohe", "möglichst hoher", "aussi élevée que possible", "lo más alta posible", "maximum",
    ),
    "minimise": (
        "minimise", "minimises", "minimised", "minimising", "as low as possible", "as small as possible", "lowest possible",
        "lowest", "the lower the better", "lower the better", "lower is better", "minimum possible", "reduce", "reducing",
        "decrease", "lower it", "as little as possible", "minimal", "smallest possible", "least possible",
        "as low as we can get", "as low as you can", "as low as it gets", "as low as practicable", "as low as practical",
        "as low as achievable", "low as possible", "möglichst niedrig", "möglichst niedrige", "möglichst gering", "lowest achievable", "minimisation of",
        "the smaller the better", "the less the better", "as short as possible", "möglichst geringe", "aussi faible que possible",
        "lo más baja posible", "minimum", "cut", "as cheap as possible", "keep down", "as narrow as possible",
    ),
    "hard": (
        "must", "shall", "required", "requires", "require", "need", "needs", "needed", "has to", "have to", "mandatory",
        "essential", "must have", "must-have", "must-haves", "hard", "hard constraint", "hard constraints", "obligatory",
        "hard requirement", "hard requirements", "strict", "strictly", "absolutely", "non-negotiable", "critical",
        "necessary", "imperative", "indispensable", "muss", "doit", "debe", "requirement", "requirements", "crucial",
        "vital", "at all costs", "under all circumstances", "musts", "cannot", "mustn't", "compulsory", "essentials", "critically",
    ),
    "soft": (
        "ideally", "preferably", "preferred", "preferable", "prefer", "preference", "preferences", "preferrably", "if possible",
        "where possible", "when possible", "if feasible", "if at all possible", "if practicable", "as far as possible",
        "nice to have", "nice-to-have", "nice-to-haves", "would be a plus", "is a plus", "a plus", "would be nice",
        "would be good", "would be great", "would be welcome", "would be beneficial", "would be a bonus", "is a bonus",
        "a bonus", "bonus", "would be an advantage", "would be advantageous", "an advantage", "would be useful",
        "would be appreciated", "would be desirable", "desirable", "desirably", "optional", "optionally", "soft",
        "soft constraint", "soft constraints", "soft requirement", "soft requirements", "wish", "wishes", "wish list",
        "wishlist", "hopefully", "not essential", "not mandatory", "not critical", "not required", "not a must", "favoured", "favored",
        "is desirable", "are desirable", "would be preferred", "is preferred", "are preferred", "would be preferable",
        "would help", "would be lovely", "would be ideal", "is welcome", "welcome", "appreciated", "vorzugsweise",
        "idealerweise", "wenn möglich", "si possible", "de préférence", "idéalement", "preferiblemente", "idealmente",
        "si es posible", "would also be nice", "would also be good", "as a bonus", "as a nice to have", "try to", "try for",
        "wherever possible", "wherever feasible", "if you can", "if we can", "if achievable", "we prefer", "i prefer", "would prefer", "i'd prefer",
        "could be", "secondary", "less important", "low priority", "nice", "advantageous", "beneficial", "negotiable",
        "favourably", "extra credit", "brownie points", "better still", "even better", "best case", "aspirational", "stretch goal",
        "stretch target", "not a dealbreaker", "not strictly necessary", "not strictly required", "not necessary",
    ),
    "should": ("should", "ought to", "shouldn't", "sollte", "devrait", "debería"),
    "condition_noun": (
        "irradiance", "heat flux", "external heat flux", "incident heat flux", "incident flux", "radiant heat flux",
        "radiant flux", "irradiation", "external flux", "relative humidity", "RH", "humidity", "heating rate",
        "scan rate", "strain rate", "frequency", "wavelength", "film", "thick", "thickness", "thick film", "films",
        "load", "crosshead speed", "weight loss", "mass loss", "membrane", "sheet", "coating", "pressure", "feed pressure",
        "thin film", "thin films", "layer", "specimen", "specimens", "exposure", "light", "immersion",
    ),
    "additive": (
        "filler", "fillers", "loading", "additive", "additives", "plasticiser", "plasticizer", "comonomer", "comonomers",
        "crosslinker", "solution", "solutions", "solids", "solid content", "glass fibre", "glass fiber", "glass", "carbon black",
        "nanoparticles", "nanofiller", "silica", "clay", "graphene", "carbon fibre", "carbon fiber", "nanotubes",
        "flame retardant additive", "pigment", "stabiliser", "stabilizer", "hardener", "catalyst", "initiator", "yield of synthesis",
    ),
    "candidate": (
        "candidates", "candidate", "options", "option", "suggestions", "suggestion", "structures", "examples", "example",
        "proposals", "proposal", "ideas", "alternatives", "designs", "repeat units", "results", "hits", "polymers",
        "candidate polymers", "polymer candidates", "structures ranked", "molecules", "homopolymers", "repeat-unit candidates",
        "different polymers", "different candidates", "polymer structures", "choices",
        "candidate structures", "recommendations", "materials", "candidate materials",
    ),
    "novelty": (
        "novel", "unknown", "unreported", "not already known", "not yet known", "not known", "never reported",
        "not yet reported", "not reported", "previously unreported", "not in the literature", "not previously reported",
        "not described", "not yet described", "never been made", "not been made before", "not been reported", "novelty",
        "never made", "not been described", "brand new", "unpublished", "not in PoLyInfo", "not in any database",
        "absent from the literature", "unprecedented", "not commercially known", "not published",
    ),
    "not_new": ("known", "already known", "existing", "reported", "established", "already reported", "literature-known",
                "commercial", "commercially available", "well-known", "not novel", "not new", "nothing new"),
    "method": (
        "DSC", "TGA", "DMA", "TMA", "by DSC", "by TGA", "by DMA", "onset", "midpoint", "second heating", "dry", "ISO",
        "ASTM", "DIN", "JIS", "EN", "IEC 60250", "cone calorimeter", "cone calorimetry", "MCC", "FTIR", "NMR", "GPC", "SEC", "ellipsometry",
        "according to", "measured by", "measured", "determined by", "determined", "as measured", "N2", "O2", "argon", "He", "in-plane", "in plane",
        "through-plane", "bulk", "isotropic", "dry state", "in the dry state", "single gas", "pure gas", "mixed gas",
        "pure-gas", "mixed-gas", "single-gas", "ideal", "room temperature", "ambient temperature", "RT", "body temperature", "at room temperature", "at RT", "at ambient temperature",
        "ambient", "in air", "in nitrogen", "under nitrogen", "under air", "in N2", "under N2", "in argon", "in vacuum", "under vacuum",
        "in inert atmosphere", "under inert atmosphere", "nitrogen atmosphere", "air atmosphere", "in water",
        "under an inert atmosphere", "in an inert atmosphere", "in the visible", "in the visible range", "intrinsic",
        "static", "at break", "in oxygen", "in tension", "in bending", "under ambient conditions", "sodium D line", "sodium D-line", "per gram",
        "in the amorphous state", "in the glassy state", "in the melt", "in the solid state", "in the bulk", "predicted", "calculated",
        "experimental", "simulated", "in N2 atmosphere", "(N2)", "under N2 atmosphere", "in a nitrogen atmosphere", "under a nitrogen atmosphere",
    ),
    "copula": (
        "is", "be", "are", "was", "of", "a", "an", "the", "value", "values", "with", "has", "have", "having", "to", "should", "must",
        "shall", "will", "would", "can", "may", "needs", "need", "target", "targets", "goal", "desired", "required", "its",
        "that", "which", "lie", "lies", "lying", "sit", "sits", "sitting", "stay", "stays", "remain", "remains", "kept", "keep", "being",
        "fall", "falls", "falling", "come", "comes", "in", "at", "range", "ranging", "window", "somewhere", "anywhere", "ought", "also", "still", "both", "each", "all", "well",
        "it", "this", "only", "just", "least", "even", "any", "set", "held", "equal", "specification", "spec", "specified",
        "requirement", "limit", "as", "for", "by", "from", "level", "levels", "number", "figure", "preferably", "ideally",
        "do", "does", "has to", "have to", "needs to", "want", "wanted", "go", "goes", "allowed", "ist", "von", "est", "de", "es", "une", "un", "eine", "einer", "einem", "der", "die", "das", "sein", "liegen", "soll", "la", "le", "el", "una", "bei", "drop", "rise", "get", "gets", "operator", "tuned", "around", "so", "aimed", "aim", "reached", "show", "shows", "showing", "exhibit", "exhibits", "exhibiting",
        "display", "displays", "possess", "comfortably", "safely", "clearly", "significantly", "slightly", "no", "not",
        "strictly", "really", "certainly", "definitely", "always", "overall", "combined", "measured", "absolute", "typical", "typically", "minimum", "maximum", "some", "ideal", "approx", "what", "where", "respectively", "i", "want", "we", "our", "my", "together", "along", "lower", "higher", "than", "if", "possible", "let", "let's", "say", "says", "please", "currently", "then", "there", "their", "they", "these", "those", "too", "very", "own", "been", "had", "up", "down", "out", "on", "off", "over", "target value", "hit", "hits", "could", "might", "i'd", "like", "us", "me", "you", "your", "not less", "within", "between", "limits",
        "looking", "look", "look for", "preferred", "meets", "meet", "give", "gives", "giving", "make", "makes", "ensure", "guarantee", "guarantees",
    ),
    "neutral": (
        "I'm", "we're", "we'd", "I'd", "it's", "that's", "let's", "whose", "I've", "we've", "there's", "he", "she", "him", "her", "its",
        "keeping", "monomer", "monomers", "polymère", "Polymer mit", "polímero", "mit", "avec", "con", "ich", "wir", "nous",
        "brauche", "brauchen", "gesucht", "cherche", "cherchons", "busco", "buscamos", "Kunststoff", "plastique", "plástico",
        "Shore", "Shore A", "Shore D", "hereby", "above all", "here", "being", "went", "such", "same", "another", "other", "others",
        "every", "either", "whether", "between", "among", "across", "through", "throughout", "upon", "toward", "towards", "away",
        "again", "ever", "often", "usually", "normally", "generally", "basically", "actually", "simply", "merely", "mostly",
        "would like", "find me", "get me", "tell", "show", "see", "say", "said", "call", "called", "named", "mean", "means", "meant",
        "start", "starting", "end", "begin", "take", "takes", "taking", "put", "bring", "come", "coming", "going", "run", "help us",
        "maintain", "maintains", "maintaining", "retain", "retains", "retaining", "preserve", "preserving", "hold", "holding", "avoid",
        "fit", "fits", "fitting", "suit", "suits", "match", "matches", "satisfy", "satisfies", "satisfying", "fulfil", "fulfils", "fulfill",
        "fulfills", "comply", "complies", "feasible", "possible", "realistic", "practical", "really", "nearly", "almost", "fairly",
        "sure", "certain", "clear that", "exact", "precise", "rough", "numeric", "number of", "constraint is", "point", "points", "item", "items",
        "few", "several", "water", "moisture", "we'd like", "I'd like", "we would like", "I would like", "like to", "would like to", "various", "different", "particular", "specific", "general", "common", "usual", "main",
        "sets", "setting", "included", "includes", "given", "assuming", "assume", "suppose", "imagine", "say about", "instance",
        "et", "und", "oder", "ou", "y", "o", "est", "être", "ser", "tiene", "haben", "hat", "doit", "debe", "sollen",
        "and", "or", "but", "plus", "yet", "however", "though", "although", "until", "once", "after", "before", "during",
        "polymer", "polymers", "material", "materials", "resin", "plastic", "plastics", "homopolymer", "macromolecule", "repeat unit",
        "repeat units", "monomer unit", "backbone", "chain", "main chain", "side chain", "structure", "sample", "final", "resulting", "product",
        "film", "films", "membrane", "sheet", "foil", "coating", "fibre", "per repeat unit", "per monomer unit", "per unit", "in total",
        "group", "groups", "ring", "unit", "units", "moiety", "moieties", "linkage", "linkages", "bond", "bonds", "atom", "atoms", "functionality", "functionalities", "functional group",
        "functional groups", "element", "elements", "substituent", "substituents", "pendant", "segment", "segments", "constraint", "constraints",
        "design", "find", "propose", "suggest", "identify", "search", "seek", "seeking", "recommend", "develop", "create", "invent",
        "come up with", "generate", "screen", "select", "pick", "choose", "list", "show me", "help", "task", "brief", "project", "application",
        "property", "properties", "parameter", "parameters", "following", "specifications", "criteria", "conditions", "table", "operator", "unit", "comment", "note", "notes",
        "thanks", "thank", "hi", "hello", "dear", "team", "regards", "who", "new", "type", "kind", "class", "family", "made", "prepared", "synthesised", "produced", "obtained", "polymerised",
        "route", "chemistry", "process", "synthesis", "method", "polymerisation", "low", "high", "while", "whilst", "whereas", "same time", "simultaneously", "additionally", "furthermore", "moreover", "finally", "first", "second", "third", "lastly", "otherwise", "because", "since", "therefore", "thus", "e.g.", "i.e.", "etc",
        "system", "candidate", "candidates", "ones", "something", "anything", "nothing", "thing", "things", "today", "now", "later", "application", "use", "used", "using", "good", "better", "best", "much", "many", "more", "less", "most", "enough", "quite", "rather", "about", "into", "onto", "per", "non", "free", "containing", "based", "only", "fully", "wholly", "entirely", "all", "purely", "completely", "mainly", "largely", "partly", "partially", "semi",
        "temperature", "temperatures", "resistance", "how", "why", "when", "time", "further", "additional", "important", "interested", "consider", "considered", "provided", "provide", "offer", "offers", "offering", "combine", "combines", "combining", "combination", "balance", "without", "lacking", "minimal",
        "highly", "especially", "particularly", "solid", "solids", "state", "room", "ambient", "well as", "as well as", "as well", "in addition", "in terms of", "terms", "respect", "regard", "regarding", "concerning", "compound", "compounds", "molecule", "work", "works", "working", "able", "least one", "one or more", "possibly", "probably", "likely", "order", "kindly", "were", "staying", "stayed", "ein", "optical", "dielectric", "electronic", "mechanical", "thermal", "electrical", "engineering", "structural", "industrial", "commodity", "specialty", "advanced", "modern", "functional", "client", "customer", "lab", "group's", "company", "plan", "question", "request", "requested", "ask", "asks", "asked", "wants", "likes", "hoping", "hope", "trying", "try", "think", "know", "get", "getting", "built", "single",
        "bulk", "value range", "range of", "numbers", "results", "result", "data", "literature", "e", "eg", "ie", "vs", "versus", "against", "re", "subject", "objective", "objectives", "scope", "background", "motivation", "summary", "priority", "priorities", "weight", "name", "id", "id.", "grade", "grades", "family of", "sort", "kind of", "sort of", "amount", "content", "contents", "degree", "rate", "polymeric", "macromolecular", "organic",
    ),
    "context": (
        "for use in", "for use as", "for", "intended for", "suitable for", "used in", "used as", "to be used in", "to be used as",
        "application:", "application :", "as a replacement for", "replacement for", "to replace", "replacing", "alternative to",
        "substitute for", "as an alternative to", "as a substitute for", "instead of", "similar to", "compared to",
        "compared with", "relative to", "analogue of", "analog of", "like", "such as", "used for", "destined for", "aimed at",
        "in the context of", "als", "für", "pour", "para", "comparable to", "comparable with", "just like", "inspired by", "competing with", "to compete with", "successor to", "successor of",
    ),
    "respectively": ("respectively", "in that order", "resp"),
}  # fmt: skip
