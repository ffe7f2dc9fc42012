"""A grammar for units as chemists write them, at a place in the brief."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tools.core.units import compatible

# Symbols whose case carries meaning, with the spelling that the unit registry reads.
_SYMBOLS: dict[str, str] = {
    "K": "kelvin", "°C": "degC", "°F": "degF", "C": "degC", "F": "degF", "°K": "kelvin", "degC": "degC",
    "degF": "degF", "degK": "kelvin", "°": "degree", "deg": "degree", "rad": "radian",
    "g": "gram", "kg": "kilogram", "mg": "milligram", "Mg": "megagram", "lb": "pound", "lbs": "pound", "oz": "ounce",
    "m": "meter", "cm": "centimeter", "mm": "millimeter", "µm": "micrometer", "um": "micrometer", "nm": "nanometer",
    "Å": "angstrom", "A": "angstrom", "in": "inch", "inch": "inch", "ft": "foot", "mil": "thou", "mils": "thou",
    "L": "liter", "l": "liter", "mL": "milliliter", "ml": "milliliter", "dm": "decimeter",
    "cc": "centimeter**3", "ccm": "centimeter**3", "dL": "deciliter",
    "Pa": "pascal", "hPa": "hectopascal", "kPa": "kilopascal", "MPa": "megapascal", "GPa": "gigapascal",
    "TPa": "terapascal", "psi": "psi", "ksi": "ksi", "kpsi": "ksi", "Msi": "kiloksi", "bar": "bar",
    "mbar": "millibar", "atm": "atmosphere", "torr": "torr", "Torr": "torr", "mmHg": "mmHg", "cmHg": "cmHg",
    "N": "newton", "kN": "kilonewton", "mN": "millinewton", "MN": "meganewton", "dyn": "dyne", "dyne": "dyne",
    "dynes": "dyne", "kgf": "kilogram_force", "lbf": "pound_force", "erg": "erg",
    "J": "joule", "kJ": "kilojoule", "mJ": "millijoule", "MJ": "megajoule", "cal": "calorie", "kcal": "kilocalorie",
    "BTU": "Btu", "Btu": "Btu", "btu": "Btu",
    "W": "watt", "kW": "kilowatt", "mW": "milliwatt", "MW": "megawatt",
    "V": "volt", "kV": "kilovolt", "mV": "millivolt", "MV": "megavolt", "eV": "electron_volt",
    "meV": "millielectron_volt", "S": "siemens", "mS": "millisiemens", "µS": "microsiemens", "nS": "nanosiemens",
    "uS": "microsiemens", "Ω": "ohm", "ohm": "ohm", "Ohm": "ohm",
    "s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day",
    "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "THz": "terahertz",
    "mol": "mole", "mmol": "millimole", "Da": "dalton", "kDa": "kilodalton",
    "%": "percent", "ppm": "ppm", "ppb": "ppb", "$": "usd", "USD": "usd", "US$": "usd",
    "Barrer": "barrer", "barrer": "barrer", "Barrers": "barrer", "barrers": "barrer", "BARRER": "barrer",
    "€": "EUR", "EUR": "EUR", "£": "GBP", "GBP": "GBP",
}  # fmt: skip

# Words, matched without case.
_WORDS: dict[str, str] = {
    "kelvin": "kelvin", "celsius": "degC", "centigrade": "degC", "fahrenheit": "degF",
    "degrees celsius": "degC", "degrees centigrade": "degC", "degrees fahrenheit": "degF", "degrees kelvin": "kelvin",
    "degree celsius": "degC", "degree centigrade": "degC", "degree fahrenheit": "degF", "degrees c": "degC",
    "degrees f": "degF", "degrees k": "kelvin", "deg c": "degC", "deg f": "degF", "deg k": "kelvin",
    "deg. c": "degC", "deg. f": "degF", "° c": "degC", "° f": "degF", "degree c": "degC", "deg celsius": "degC",
    "degrees": "degree", "degree": "degree", "grad celsius": "degC", "grad": "degC", "degrés": "degC",
    "grados": "degC", "percent": "percent", "per cent": "percent", "pct": "percent", "prozent": "percent",
    "wt%": "percent", "wt.%": "percent", "wt %": "percent", "wt. %": "percent", "vol%": "percent", "vol %": "percent",
    "mol%": "percent", "mol %": "percent", "weight %": "percent", "% rh": "percent",
    "pascal": "pascal", "kilopascal": "kilopascal", "megapascal": "megapascal", "gigapascal": "gigapascal",
    "gram": "gram", "gramme": "gram", "kilogram": "kilogram", "kilogramme": "kilogram", "kilo": "kilogram",
    "pound": "pound", "meter": "meter", "metre": "meter", "centimeter": "centimeter", "centimetre": "centimeter",
    "millimeter": "millimeter", "millimetre": "millimeter", "micrometer": "micrometer", "micrometre": "micrometer",
    "micron": "micrometer", "nanometer": "nanometer", "nanometre": "nanometer", "litre": "liter", "liter": "liter",
    "millilitre": "milliliter", "milliliter": "milliliter", "second": "second", "minute": "minute", "hour": "hour",
    "watt": "watt", "kilowatt": "kilowatt", "volt": "volt", "kilovolt": "kilovolt", "megavolt": "megavolt",
    "siemens": "siemens", "newton": "newton", "joule": "joule", "kilojoule": "kilojoule",
    "electronvolt": "electron_volt", "electron volt": "electron_volt", "electron-volt": "electron_volt",
    "hertz": "hertz", "kilohertz": "kilohertz", "megahertz": "megahertz", "gigahertz": "gigahertz",
    "dollar": "usd", "us dollar": "usd", "euro": "EUR", "barrer": "barrer", "angstrom": "angstrom",
    "ångström": "angstrom", "ångstrom": "angstrom", "mole": "mole", "cubic centimeter": "centimeter**3",
    "cubic centimetre": "centimeter**3", "cubic meter": "meter**3", "cubic metre": "meter**3",
    "cubic foot": "foot**3", "cubic inch": "inch**3", "square meter": "meter**2", "square metre": "meter**2",
    "square centimeter": "centimeter**2", "square centimetre": "centimeter**2", "square millimeter": "millimeter**2",
    "square millimetre": "millimeter**2", "parts per million": "ppm", "gpa": "gigapascal", "mpa": "megapascal",
    "kpa": "kilopascal", "ghz": "gigahertz", "mhz": "megahertz", "khz": "kilohertz", "ev": "electron_volt",
    "kw": "kilowatt", "kv": "kilovolt", "k": "kelvin", "°c": "degC", "°f": "degF", "psi": "psi", "ksi": "ksi",
    "usd": "usd",
}  # fmt: skip
_WORDS.update({f"{word}s": unit for word, unit in tuple(_WORDS.items()) if word.isalpha() and len(word) > 4})
_WORDS["grams"] = "gram"
_ANY_CASE: dict[str, str] = {}
for _symbol, _unit in _SYMBOLS.items():
    _ANY_CASE[_symbol.casefold()] = "" if _ANY_CASE.get(_symbol.casefold(), _unit) != _unit else _unit
_LONGEST_WORD = max(map(len, _WORDS))

# Units that are never meant alone: "5 in", "200 °C min", "2 N".
_COMPOUND_ONLY = frozenset({"in", "min", "N", "S", "d", "A", "V", "l"})
# In a denominator chemists glue factors: "W/mK", "J/gK".
_GLUED: dict[str, tuple[str, ...]] = {
    "mK": ("meter", "kelvin"), "gK": ("gram", "kelvin"), "kgK": ("kilogram", "kelvin"), "molK": ("mole", "kelvin"),
    "mC": ("meter", "kelvin"), "gC": ("gram", "kelvin"), "m°C": ("meter", "kelvin"), "g°C": ("gram", "kelvin"),
    "kg°C": ("kilogram", "kelvin"),
}  # fmt: skip
_PIECE = re.compile(r"US\$|[°]\s?[CFK](?![A-Za-z])|[%$€£°]|[A-Za-zµÅΩ]+")
_POWER = re.compile(
    r"(?:\^|\*\*)\s?(?:[({]([-+]?\d(?:[./]\d{1,2})?)[)}]|([-+]?\d(?:[./]\d{1,2})?))(?![\d.]\d)"
    r"|([-+][1-4])(?!\d|[.,]\d)|([2-4]|0\.5|1/2|1⁄2)(?![\d.,]?\d)"
)
_GAS = re.compile(r"(?:H2|N2|O2)(?!\w)")
_STP = re.compile(r"\s?\(\s?S\.?T\.?P\.?\s?\)|\s?[(]?\bSTP\b[)]?", re.IGNORECASE)
_LIMIT = 90


@dataclass(frozen=True)
class Unit:
    """A unit read in the brief.

    Attributes
    ----------
    pint : str
        The unit as the unit registry reads it; temperatures inside a compound unit are differences.
    start, end : int
        Where it stands in the folded text.
    """

    pint: str
    start: int
    end: int


@dataclass
class _State:
    text: str
    position: int
    factors: list[tuple[str, float]]
    sign: int = 1
    pieces: int = 0


def _exponent(state: _State, name: str) -> float:
    match = _POWER.match(state.text, state.position)
    if match is None:
        return 1.0
    if match.group(3) is not None:  # "3 GPa-5 GPa" is a range, not an exponent
        after = state.text[match.end() : match.end() + 4].lstrip()
        if after and (after[0].isalpha() or after[0] in "%°") and name.endswith("pascal"):
            return 1.0
    raw = next(group for group in match.groups() if group is not None).replace("⁄", "/")
    state.position = match.end()
    above, _, below = raw.partition("/")
    return float(above) / float(below) if below and float(below) else float(above)


def _word_at(text: str, position: int) -> tuple[str, int] | None:
    chunk = text[position : position + _LONGEST_WORD + 1].casefold()
    match = re.match(r"[a-zà-ÿ°%.$-]+(?: [a-zà-ÿ%]+)?", chunk)
    if match is None:
        return None
    for candidate in (match.group(), match.group().split(" ")[0].rstrip(".-"), match.group().split("-")[0]):
        if candidate in _WORDS and not chunk[len(candidate) : len(candidate) + 1].isalpha():
            return _WORDS[candidate], position + len(candidate)
    return None


def _atom(state: _State) -> bool:
    text, position = state.text, state.position
    if _GAS.match(text, position):  # "446 Barrer H2 permeability", "T5% (N2)"
        return False
    match = _PIECE.match(text, position)
    if match is not None:
        symbol = match.group().replace(" ", "")
        follows = text[match.end() : match.end() + 1]
        if state.sign < 0 and symbol in _GLUED:
            state.factors.extend((name, -1.0) for name in _GLUED[symbol])
            state.position, state.pieces = match.end(), state.pieces + 2
            return True
        wide = _word_at(text, position)
        if wide is not None and wide[1] > match.end():
            return _accept(state, wide[0], wide[1])
        if symbol in _SYMBOLS and not (follows == "'" or follows == "_"):
            return _accept(state, _SYMBOLS[symbol], match.end())
    wide = _word_at(text, position)
    if wide is not None:
        return _accept(state, wide[0], wide[1])
    if match is not None:
        unit = _ANY_CASE.get(match.group().casefold(), "")
        return bool(unit) and (state.pieces > 0 or match.group().isupper()) and _accept(state, unit, match.end())
    return False


def _accept(state: _State, name: str, end: int) -> bool:
    state.position = end
    stp = _STP.match(state.text, end)
    if stp is not None and name.startswith(("centimeter", "meter")):
        state.position = stp.end()
    power = _exponent(state, name)
    stp = _STP.match(state.text, state.position)
    if stp is not None:
        state.position = stp.end()
    state.factors.append((name, state.sign * power))
    state.pieces += 1
    return True


def _group(state: _State) -> bool:
    if state.text[state.position : state.position + 1] != "(":
        return _atom(state)
    close = state.text.find(")", state.position, state.position + 40)
    if close < 0:
        return False
    inner = state.text[state.position + 1 : close]
    nested = _STP.search(state.text, state.position + 1, close + 2)
    if nested is not None and nested.end() > close:
        close = state.text.find(")", nested.end(), nested.end() + 40)
        inner = state.text[state.position + 1 : close]
    if close < 0:
        return False
    sub = _State(inner, 0, [], 1)
    if not _product(sub, inside=True) or sub.position != len(inner.rstrip()):
        return False
    outer, state.position = state.sign, close + 1
    power = _exponent(state, "")
    state.factors.extend((name, outer * power * own) for name, own in sub.factors)
    state.pieces += sub.pieces
    return True


_DIVIDE = re.compile(r"\s?/\s?|\s+per\s+|-per-", re.IGNORECASE)
_TIMES = re.compile(r"\s?[·*×⋅]\s?|\.(?=[A-Za-zµ°])")
_SPACE = re.compile(r"[ ]|-(?=[A-Za-z°])")


def _product(state: _State, *, inside: bool) -> bool:
    if not _group(state):
        return False
    while state.position < len(state.text):
        keep = (state.position, len(state.factors), state.pieces, state.sign)
        divide = _DIVIDE.match(state.text, state.position)
        times = _TIMES.match(state.text, state.position)
        space = _SPACE.match(state.text, state.position)
        step = divide or times or space
        if step is None and state.text[state.position - 1] != ")":
            break
        state.position = step.end() if step is not None else state.position
        if divide is not None:
            state.sign = -1
        ok = _group(state)
        spaced = divide is None and times is None
        if ok and spaced and not inside:
            # beside a space only a factor with an exponent, or a further denominator, belongs to the unit
            name, power = state.factors[-1]
            ok = (power != 1.0 and power != -1.0) or (power == -1.0 and _joins(state, keep[0], name))
            ok = ok or (power == 1.0 and _gas_volume(state, keep[1]))
        if not ok:
            state.position, state.pieces, state.sign = keep[0], keep[2], keep[3]
            del state.factors[keep[1] :]
            break
    return True


def _joins(state: _State, start: int, name: str) -> bool:
    written = state.text[start : state.position]
    if "-1" in written or state.sign > 0:
        return "-1" in written
    return name in {"kelvin", "degC", "degF", "second", "cmHg", "pascal", "meter", "foot", "kilogram", "hour"}


def _gas_volume(state: _State, upto: int) -> bool:
    return any((name, power) == ("centimeter", 3.0) or name == "centimeter**3" for name, power in state.factors[:upto])


def _render(factors: list[tuple[str, float]]) -> str:
    if len(factors) == 1 and factors[0][1] == 1.0:
        return factors[0][0]
    parts = []
    for name, power in factors:
        plain = {"degC": "kelvin", "degF": "delta_degF"}.get(name, name)
        parts.append(f"({plain})**{power:g}" if "*" in plain else f"{plain}**{power:g}")
    return "*".join(parts)


_ATOMS = re.compile(r"[ -]atoms?\b", re.IGNORECASE)


def _counted(state: _State, written: str) -> bool:
    return len(written) == 1 and _ATOMS.match(state.text, state.position) is not None


@lru_cache(maxsize=2048)
def _compatible(one: str, other: str) -> bool:
    return one == other or compatible(one, other)


def same_dimension(one: Unit, other: Unit) -> bool:
    """Say whether two units have the same dimension."""
    return _compatible(one.pint, other.pint)


_GAP = re.compile(r"-(?=[A-Za-zµ°])|[ ]{0,3}")
_RECIPROCAL = re.compile(r"1?\s?/\s?(?=[A-Za-z°(µ])|per\s(?=[A-Za-z°])", re.IGNORECASE)


def scan_unit(text: str, position: int) -> Unit | None:
    """Read a unit that starts at (or one gap after) a position.

    Parameters
    ----------
    text : str
        Folded text.
    position : int
        The end of a number.

    Returns
    -------
    Unit or None
        The longest unit there, None if there is none.
    """
    gap = _GAP.match(text, position)
    start = gap.end() if gap is not None else position
    window = text[start : start + _LIMIT]
    newline = window.find("\n")
    state = _State(window if newline < 0 else window[:newline], 0, [])
    lead = _RECIPROCAL.match(state.text)
    if lead is not None:
        state.position, state.sign = lead.end(), -1
    if not _product(state, inside=False) or not state.factors:
        return None
    follows = state.text[state.position : state.position + 1]
    written = state.text[: state.position]
    if follows and (follows.isalnum() or follows == "_") and (written[-1].isalnum()):
        return None
    if state.pieces == 1 and len(written) == 1 and written not in _SYMBOLS and written.casefold() != "k":
        return None
    if state.pieces == 1 and state.factors[0][1] == 1.0 and (written in _COMPOUND_ONLY or _counted(state, written)):
        return None
    return Unit(_render(state.factors), start, start + state.position)
