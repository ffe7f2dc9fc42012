"""Words of the brief grammar: phrases read from ``phrases.txt``, and wishes with what they are read as."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple


class Wish(NamedTuple):
    """What a qualitative word is read as: always soft, always listed as assumed."""

    property: str
    operator: str
    value: float | None
    why: str


@lru_cache(maxsize=1)
def phrases() -> dict[str, dict[str, tuple[str, ...]]]:
    """Read the phrase lists.

    Returns
    -------
    dict
        Section to value to phrases, such as ``["comparators"][">"]``.
    """
    sections: dict[str, dict[str, list[str]]] = {}
    section, value = "", ""
    for line in files("agent.brief").joinpath("phrases.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            sections[section] = {}
        elif line.startswith("  "):
            sections[section][value].extend(_split(line))
        elif line and not line.startswith("#"):
            value, _, rest = line.partition(": ")
            sections[section][value] = _split(rest)
    return {name: {key: tuple(items) for key, items in entries.items()} for name, entries in sections.items()}


def _split(text: str) -> list[str]:
    return [phrase.strip() for phrase in text.split("|") if phrase.strip()]


def word_set(name: str) -> frozenset[str]:
    """Return one of the small sets of function words in section ``[sets]``."""
    return frozenset(phrases()["sets"][name])


UNKNOWN_REASONS = {
    "property": "no property of the registry stands for it",
    "chain": "chain length is chosen in the synthesis, not by the repeat unit",
}
REFUSED_REASON = "asks for something that no property of the registry stands for"

MORE = (
    "higher", "greater", "larger", "more", "bigger", "hotter", "stiffer", "stronger", "heavier", "longer", "wider",
    "better", "denser", "later", "above", "over", "beyond", "exceeding",
)  # fmt: skip

LESS = (
    "lower", "less", "smaller", "fewer", "cooler", "colder", "lighter", "cheaper", "weaker", "shorter", "narrower",
    "softer", "earlier", "below", "under", "beneath",
)  # fmt: skip

# What makes a wish of a requirement: "isn't strictly essential", "no deal-breaker".
DISPENSERS = ("not", "isn't", "aren't", "is not", "are not", "wasn't", "won't be", "wouldn't be", "would not be")
NEEDS = ("essential", "critical", "crucial", "vital", "mandatory", "necessary", "imperative", "compulsory", "a must",
         "a requirement", "a hard requirement", "indispensable", "important", "obligatory")  # fmt: skip
PRAISES = ("great", "nice", "lovely", "fantastic", "wonderful", "awesome", "brilliant", "super", "perfect", "cool",
           "amazing", "excellent", "terrific", "neat", "splendid", "good", "ideal", "sweet", "handy",
           "a dream", "welcome", "useful", "desirable")  # fmt: skip
STOPPERS = ("deal-breaker", "deal breaker", "dealbreaker", "show-stopper", "showstopper", "disaster", "tragedy",
            "knock-out criterion")  # fmt: skip

# Symbols of the registry that are words or other symbols as well: they need a comparator beside them.
WEAK_SYMBOLS = frozenset({"T%", "EA", "RI", "CY", "price", "Ef", "w", "tan δ"}) - {"price", "tan δ"}

# Aliases too general to trust after a word we do not know ("burst strength", "complex modulus").
GENERIC_HEADS = frozenset({"strength", "modulus", "conductivity", "stiffness", "melting", "decomposition", "residue",
                           "elongation", "cost", "price", "density", "char", "permittivity",
                           "transmission"})  # fmt: skip

# For "good" and "poor" without a number: the direction that is better where lower is better.
LOWER_IS_BETTER = frozenset({"cte", "dielectric_loss", "water_uptake", "price", "peak_hrr", "heat_release_capacity"})

NO_BETTER = frozenset({"dielectric_constant", "refractive_index", "density", "band_gap", "Tm", "solubility_parameter",
                       "ionisation_energy", "electron_affinity", "radius_of_gyration",
                       "atomisation_energy"})  # fmt: skip

GROUP_ADJECTIVES = frozenset({"aromatic", "aromatics", "phenolic", "sulfonated", "alicyclic", "cycloaliphatic",
    "spiro", "cardo",
                              "unsaturated", "olefinic"})  # fmt: skip

COLOURLESS_EV = 3.1  # photon energy of 400 nm light, E = hc/λ = 1239.84 eV nm / 400 nm
_LIGHT = (
    "visible light ends at about 400 nm, E = hc/λ = 3.1 eV: a band gap above it absorbs none "
    "(scattering is not covered)"
)
WISHES: dict[str, Wish] = {}
# What is stable "up to" a temperature is stable at least to it.
STABILITY = frozenset({"thermally stable", "thermal stability", "heat stable", "thermostable"})


def _wish(phrases: str, identifier: str, operator: str, why: str, value: float | None = None) -> None:
    for phrase in phrases.split("|"):
        WISHES[phrase] = Wish(identifier, operator, value, why)


_wish("colourless|colorless|non-coloured|water-white|water white|without colour|no colour|not coloured"
      "|optically transparent"
      "|transparent|optically clear|clear film|see-through|crystal clear|transparent in the visible|highly transparent",
      "band_gap", ">=", _LIGHT, COLOURLESS_EV)  # fmt: skip
_wish(
    "lightweight|light-weight|light weight|low weight|as light as possible",
    "density",
    "minimise",
    "light means a low density",
)
_wish("flexible|pliable|soft|compliant", "youngs_modulus", "minimise", "flexible means a low Young's modulus")
_wish("stiff|rigid", "youngs_modulus", "maximise", "stiff means a high Young's modulus")
_wish(
    "strong|high-strength|mechanically strong|mechanically robust",
    "tensile_strength",
    "maximise",
    "strong means a high tensile strength",
)
_wish(
    "ductile|stretchable|extensible|highly stretchable",
    "elongation_at_break",
    "maximise",
    "ductile means a high elongation at break",
)
_wish("heat-resistant|heat resistant|heat resistance|high-temperature|high temperature|temperature-resistant"
      "|thermally resistant"
      "|heat-proof|heatproof|temperature resistant|high heat resistance|high-heat", "Tg", "maximise",
      "an amorphous polymer keeps its shape up to Tg")  # fmt: skip
_wish(
    "thermally stable|thermostable|thermally robust",
    "Td",
    "maximise",
    "thermal stability is the decomposition temperature",
)
_wish("flame retardant|flame-retardant|fire resistant|fire-resistant|flame resistant|flame-resistant"
      "|non-flammable|nonflammable"
      "|flame retardancy|fire retardant|fire safe|fire-safe|low flammability|self-extinguishing|fire resistance"
      "|not flammable",
      "peak_hrr", "minimise", "fire hazard is led by the peak heat release rate")  # fmt: skip
_wish(
    "hydrophobic|water-repellent|water repellent",
    "contact_angle",
    ">=",
    "hydrophobic means a water contact angle above 90°",
    90.0,
)
_wish("hydrophilic|wettable", "contact_angle", "<=", "hydrophilic means a water contact angle below 90°", 90.0)
_wish(
    "electrically insulating|electrical insulator|insulator",
    "electrical_conductivity",
    "minimise",
    "an insulator conducts little",
)
_wish(
    "electrically conductive|electrically conducting|conductive|conducting",
    "electrical_conductivity",
    "maximise",
    "conductive means a high electrical conductivity",
)
_wish("thermally conductive|heat-conducting|heat conducting", "thermal_conductivity", "maximise", "as it says")
_wish("thermally insulating|thermal insulator", "thermal_conductivity", "minimise", "as it says")
_wish(
    "cheap|inexpensive|low-cost|low cost|affordable|economical|cost-effective",
    "price",
    "minimise",
    "cheap means a low raw-material price",
)
_wish("low-k|low k|low-Dk|low Dk", "dielectric_constant", "minimise", "low-k is a low dielectric constant")
_wish("high-k|high k|high-Dk", "dielectric_constant", "maximise", "high-k is a high dielectric constant")
_wish("low-loss|low loss|low-Df", "dielectric_loss", "minimise", "low-loss is a low dielectric loss")
_wish("high-index|high index", "refractive_index", "maximise", "high-index is a high refractive index")
_wish("dimensionally stable", "cte", "minimise", "dimensional stability is a low thermal expansion")
_wish(
    "water-resistant|water resistant|moisture-resistant|moisture resistant|non-hygroscopic",
    "water_uptake",
    "minimise",
    "resisting water means taking up little",
)
_wish("amorphous|fully amorphous|non-crystalline", "crystallinity", "minimise", "amorphous means no crystallinity")
_wish(
    "crystalline|semicrystalline|semi-crystalline|highly crystalline",
    "crystallinity",
    "maximise",
    "crystalline means a high crystallinity",
)
_wish("light", "density", "minimise", "light means a low density")
_wish(
    "rubbery|elastomeric|elastomer|rubber-like|rubber",
    "Tg",
    "<=",
    "a rubber is above its Tg at room temperature (25 °C)",
    298.15,
)
