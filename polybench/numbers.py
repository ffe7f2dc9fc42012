"""Numbers in answers: sign, separators, powers of ten, units and stated intervals, read without guessing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from tools.core.errors import UnitError
from tools.core.units import compatible, convert

MAX_SIZE: Final = 1e30  # beyond it a number is no answer, and squares overflow
_READ: Final = 2000  # characters of an answer that are read

# No quantifier stands inside another over the same characters, and every run is bounded: time is linear in the text.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.,])(?<![A-Za-z]-)"
    r"(?P<sign>(?<![\w)\]] )(?<![\w)\]])[-+]|(?<=[a-z=:,;(] )[-+])?"
    r"(?P<digits>\d{1,3}(?: \d{3}){1,6}(?![\d.,])|\d(?:[.,'’\u2009\u202f\u00a0]?\d){0,40}|\.\d{1,30})"
    r"(?:[eE](?P<e>[-+]?\d{1,3})(?![\d.])|\s?[x×·⋅*]\s?10\s?(?:\^|\*\*)?\s?[{(]?(?P<ten>[-+]?\d{1,3})[)}]?)?"
)
_POWER = re.compile(r"(?<![\w.])10(?:\^|\*\*)[{(]?(?P<ten>[-+]?\d{1,3})[)}]?")
_FACTOR = r"(?:[A-Za-zµμΩÅ℃$]{1,14}|°\s?[A-Za-z]{1,7}|[°º℃%])(?:\^?\{?[-−]?[1-9]\}?(?!\d))?"
_UNIT = re.compile(rf"\s?\(?{_FACTOR}(?:\s?[·*./ ]\s?\(?{_FACTOR}\)?){{0,4}}\)?")
_LATEX = (
    (re.compile(r"\\(?:text|mathrm|mathbf|rm|textbf|unit|si)\s?\{([^{}]{0,60})\}"), r" \1"),
    (re.compile(r"\\times"), "×"),
    (re.compile(r"\\cdot"), "·"),
    (re.compile(r"\^\s?\{?\\circ\}?|\\degree"), "°"),
    (re.compile(r"\\pm"), "±"),
    (re.compile(r"\\%"), "%"),
    (re.compile(r"\\(?:approx|sim|[,;:! ])|[$~≈]"), " "),
    (re.compile(r"(?<=\d)\{,\}(?=\d)"), ","),
    (re.compile(r"°\s+(?=[CF]\b)"), "°"),
    (re.compile(r"(?<=\[)(-?\d{1,6}(?:\.\d{1,9})?),(?=-?\d{1,6}(?:\.\d{1,9})?\])"), r"\1, "),  # [95,115] is a pair
)
_SUPERSCRIPT = re.compile(r"[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_TO_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_MINUS = str.maketrans({"−": "-", "﹣": "-", "－": "-", "‐": "-", "‑": "-", "\u2012": "–", "—": "–"})
_PLUS_MINUS = re.compile(r"\s*(?:±|\+/-|\+-)\s*$")
_RANGE = re.compile(r"\s*(?:-|–|to|and|\.\.\.?)\s*$")
_LIST = re.compile(r"\s*[,;]\s*$")
_LEVEL = re.compile(r"\s?%\s*-?\s*(?:CI|PI|interval|confidence|prediction|credible|coverage)", re.IGNORECASE)
_BASES = ("K", "Pa", "g/cm3", "Barrer", "eV", "J/mol", "J/g/K", "W/m/K", "m", "s", "S/m", "V/m", "MPa**0.5", "m2/s")
_WORDS = frozenset((
    "a", "as", "at", "be", "by", "do", "for", "from", "go", "h", "if", "in", "is", "it", "its", "less", "min", "more",
    "no", "of", "on", "or", "so", "than", "the", "to", "was", "with",
))  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """A number that an answer states, in the unit of the task.

    Attributes
    ----------
    value : float
        The number.
    lower, upper : float or None
        Interval, where one is stated.
    level : float or None
        Nominal coverage of the interval, 0 to 1, where it is stated.
    """

    value: float
    lower: float | None = None
    upper: float | None = None
    level: float | None = None


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    value: float
    unit: str | None  # as written; None where none is stated


@dataclass(frozen=True)
class _Item:
    """One stated quantity: a number, a number with its half width, or a range."""

    low: float
    value: float
    high: float
    unit: str | None
    is_range: bool
    end: int


def decimal(text: str) -> float | None:
    """Read the digits of a number with whatever separators.

    Parameters
    ----------
    text : str
        Digits with ``.``, ``,``, apostrophes or spaces, without sign and exponent.

    Returns
    -------
    float or None
        The number; None where the separators make no sense. With both ``.`` and ``,`` the last is the decimal one. A
        comma alone separates thousands before exactly three digits ("1,234") and is decimal otherwise ("3,5", "0,125").
    """
    text = text.rstrip(".,'’\u2009\u202f\u00a0 ")
    dots, commas = text.count("."), text.count(",")
    mark = ""
    if dots and commas:
        mark = "." if text.rfind(".") > text.rfind(",") else ","
    elif dots == 1:
        mark = "."
    elif commas == 1:
        whole, _, rest = text.partition(",")
        mark = "" if len(rest) == 3 and 1 <= len(whole) <= 3 and whole != "0" else ","
    whole, _, fraction = text.rpartition(mark) if mark else (text, "", "")
    groups = re.split(r"[.,'’\u2009\u202f\u00a0 ]", whole)
    if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return None
    joined = "".join(groups)
    if not (joined + fraction).isdecimal():
        return None
    return float(f"{joined or '0'}.{fraction or '0'}")


def read_quantity(text: str, unit: str, *, strict: bool = False) -> Quantity | None:
    """Read the quantity that an answer states.

    Parameters
    ----------
    text : str
        The answer, of which the first 2,000 characters are read.
    unit : str
        Unit of the task, in which the result is given; assumed where the answer states none. Empty: numbers alone.
    strict : bool
        Refuse an answer with several numbers that could be meant.

    Returns
    -------
    Quantity or None
        None if there is no number, it is not finite, its unit has another dimension, or it is not clear which is meant.
    """
    plain = _plain(text[:_READ])
    tokens, level = _tokens(plain, unit)
    items = _items(plain, tokens)
    good = [item for item in items if item.unit != "?"]
    if not good:
        return None
    stated = [item for item in good if item.unit is not None]
    place = 0
    if stated:
        place = good.index(stated[0])
        bracketed = place == 1 and good[1].is_range and not good[0].is_range
        place = 0 if bracketed and _within(good[0], good[1]) else place
    if strict and not _clear(good, stated, unit):
        return None
    main = good[place]
    fallback = stated[0].unit if stated and main.unit is None else main.unit
    written = fallback or _unit_at_end(plain, tokens, unit)
    following = good[place + 1] if place + 1 < len(good) else None
    interval = (main.low, main.high) if main.low < main.high else None
    if interval is None and following is not None and following.is_range and _within(main, following):
        interval = (following.low, following.high)
    return _converted(main.value, interval, written or "", unit, level)


def read_all(text: str, unit: str) -> list[Quantity]:
    """Read every quantity of a text.

    Parameters
    ----------
    text : str
        The text, of which the first 20,000 characters are read.
    unit : str
        Unit in which they are given; numbers with a unit of another dimension are left out.

    Returns
    -------
    list of Quantity
        In order, without intervals.
    """
    plain = _plain(text[:20_000])
    tokens, _ = _tokens(plain, unit)
    found = [_converted(item.value, None, item.unit or "", unit, None) for item in tokens if item.unit != "?"]
    return [item for item in found if item is not None]


def quantity_of(data: Any, unit: str) -> Quantity | None:
    """Read a quantity given as JSON: a number, or an object with value, unit, lower, upper and coverage.

    Parameters
    ----------
    data : Any
        The JSON.
    unit : str
        Unit of the task.

    Returns
    -------
    Quantity or None
        None if it holds no finite number of the right dimension.
    """
    if not isinstance(data, dict):
        number = _real(data)
        return None if number is None else _converted(number, None, "", unit, None)
    if isinstance(data.get("value"), str):
        return read_quantity(data["value"], unit)
    value, low, high, level = (_real(data.get(key)) for key in ("value", "lower", "upper", "coverage"))
    if value is None:
        return None
    interval = (low, high) if low is not None and high is not None and low <= high else None
    written = data.get("unit")
    said = level if level is not None and 0 < level < 1 else None
    return _converted(value, interval, written if isinstance(written, str) else "", unit, said)


def _real(number: Any) -> float | None:
    """Return a finite number of sensible size, and None for anything else."""
    fine = isinstance(number, int | float) and not isinstance(number, bool) and abs(number) <= MAX_SIZE
    return float(number) if fine else None


def _plain(text: str) -> str:
    for pattern, new in _LATEX:
        text = pattern.sub(new, text)
    text = _SUPERSCRIPT.sub(lambda match: "^" + match.group().translate(_TO_PLAIN), text.translate(_MINUS))
    return re.sub(r"(?<![\w)°%])\s?–(?=\d)", " -", text)


def _tokens(text: str, unit: str) -> tuple[list[_Token], float | None]:
    """Find the numbers with the units after them, and the level of an interval."""
    found: list[_Token] = []
    level = None
    place = 0
    while match := _POWER.match(text, place) or _NUMBER.search(text, place):
        power = _POWER.search(text, place, match.end() + 8)
        if power is not None and power.start() <= match.start():
            match = power
        value = _value(match)
        named = _LEVEL.match(text, match.end())
        if value is not None and named is not None and 0 < value < 100:
            level, place = value / 100, named.end()
            continue
        end, written = _unit_after(text, match.end(), unit)
        glued = match.end() < len(text) and text[match.end()].isalpha() and written is None
        compound = re.match(r"-[A-Za-z(]", text[match.end() : match.end() + 2])
        if value is not None and not glued and not compound:
            found.append(_Token(match.start(), end, value, written))
        place = max(end, match.end())
    return found, level


def _value(match: re.Match[str]) -> float | None:
    groups = match.groupdict()
    digits = decimal(groups["digits"]) if groups.get("digits") else 1.0
    if digits is None:
        return None
    exponent = int(groups.get("e") or groups.get("ten") or 0)
    value = float(f"{digits!r}e{exponent}") if "e" not in repr(digits) else digits * 10.0 ** min(exponent, 60)
    return (-value if groups.get("sign") == "-" else value) if value <= MAX_SIZE else None


def _unit_after(text: str, place: int, unit: str) -> tuple[int, str | None]:
    """Return where the unit after a number ends, and the unit: None for none, "?" for one of another dimension."""
    match = _UNIT.match(text, place)
    if match is None or not unit:
        return place, None
    written = match.group()
    words = re.split(r"(\s)", written)
    for count in range(len(words), 0, -1):
        part = "".join(words[:count])
        name = part.strip().rstrip(".,;:")
        name = name.strip("()") if name.count("(") != name.count(")") or name.startswith("(") else name
        if name and _fits(name.replace("{", "").replace("}", ""), unit):
            return place + len(part.rstrip()), name.replace("{", "").replace("}", "")
    first = written.split()[0].strip("().,;:") if written.split() else ""
    foreign = first and first.casefold() not in _WORDS and any(_fits(first, base) for base in _BASES)
    return (place, "?") if foreign else (place, None)


@lru_cache(maxsize=8192)
def _fits(name: str, unit: str) -> bool:
    return name.casefold() not in _WORDS and compatible(name, unit) and (name == unit or name != "-")


@lru_cache(maxsize=8192)
def _line(unit: str, target: str) -> tuple[float, float] | None:
    """Return slope and offset between two units, worked out once; None if there is no straight line between them."""
    try:
        offset, far, middle = (convert(number, unit, target) for number in (0.0, 1000.0, 500.0))
    except UnitError:
        return None
    slope = convert(1.0, unit, target) if offset == 0 else round((far - offset) / 1000, 12)
    return (slope, offset) if math.isclose(middle, 500 * slope + offset, rel_tol=1e-9) else None


def _items(text: str, tokens: Sequence[_Token]) -> list[_Item]:
    items: list[_Item] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        gap = text[token.end : following.start] if following else "x"
        if following and _PLUS_MINUS.match(gap):
            unit = token.unit or following.unit
            half = abs(following.value)
            items.append(_Item(token.value - half, token.value, token.value + half, unit, False, following.end))
            place += 2
        elif following and token.value <= following.value and _is_range(text, token, following, gap):
            unit = following.unit or token.unit
            middle = (token.value + following.value) / 2
            items.append(_Item(token.value, middle, following.value, unit, True, following.end))
            place += 2
        else:
            items.append(_Item(token.value, token.value, token.value, token.unit, False, token.end))
            place += 1
    return items


def _is_range(text: str, low: _Token, high: _Token, gap: str) -> bool:
    if _RANGE.match(gap):
        return "and" not in gap or "between" in text[max(0, low.start - 12) : low.start].casefold()
    before = text[: low.start].rstrip()[-1:]
    after = text[high.end : high.end + 3].lstrip()[:1]
    return bool(_LIST.match(gap)) and before in "[(" and before != "" and after in "])" and after != ""


def _within(value: _Item, interval: _Item) -> bool:
    return interval.low <= value.value <= interval.high


def _clear(good: Sequence[_Item], stated: Sequence[_Item], unit: str) -> bool:
    """Say whether only one quantity can be meant, in however many units and with its interval."""
    choice = stated or good
    values = [
        found.value
        for item in choice
        if not (item.is_range and len(choice) > 1)
        and (found := _converted(item.value, None, item.unit or "", unit, None)) is not None
    ]
    return bool(values) and max(values) - min(values) <= 0.01 * max(abs(value) for value in values)


def _unit_at_end(text: str, tokens: Sequence[_Token], unit: str) -> str | None:
    """Read a unit that follows a closing bracket, as in ``105 (95-115) °C``."""
    rest = text[tokens[-1].end :]
    closed = re.match(r"\s?[)\]]", rest)
    if closed is None:
        return None
    _, written = _unit_after(rest, closed.end(), unit)
    return None if written == "?" else written


def _converted(
    value: float, interval: tuple[float, float] | None, written: str, unit: str, level: float | None
) -> Quantity | None:
    numbers = (value, *(interval or ()))
    if written and unit and written != unit:
        line = _line(written, unit)
        if line is None:
            return None
        numbers = tuple(number * line[0] + line[1] for number in numbers)
    if not all(math.isfinite(number) and abs(number) <= MAX_SIZE for number in numbers):
        return None
    low, high = (min(numbers[1:]), max(numbers[1:])) if interval else (None, None)
    return Quantity(numbers[0], low, high, level if interval else None)
