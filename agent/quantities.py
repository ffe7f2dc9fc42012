"""Quantities that a sentence states: each number with its unit, and numbers in a dress in which none can be checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from agent.brief.units import scan_unit
from agent.digits import agrees, as_float
from tools.core.properties import get_property
from tools.core.spec import DesignSpec
from tools.core.units import compatible, convert

# A number that stands by itself: not inside a word, a formula (CO2, C60) or a structure.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.,*\[])(?<![A-Za-z)]/)[-−–]?"
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:[.,][0-9]+)?|\.[0-9]+)"
    r"(?:[eE][-−+]?[0-9]+|\s?[×x·*]\s?10(?:\^|\*\*)?(?:[-−+]?[0-9]+|⁻?[⁰¹²³⁴-⁹]+))?"
    r"(?![0-9_]|[.,][0-9])"
)
_GLUED = frozenset("KCF")  # letters that are a unit right behind a digit; "2D" and "1H" are words
_SMALL = "zero|one|two|three|four|five|six|seven|eight|nine|ten"
_LARGE = (
    "eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fourty|fifty|sixty|seventy|eighty|"
    "ninety|hundreds?|thousands?|millions?|billions?|trillions?|dozens?"
)
_LARGE_WORD = re.compile(rf"(?<![A-Za-z])(?:{_LARGE})(?![A-Za-z])", re.IGNORECASE)
_SMALL_WORD = re.compile(rf"(?<![A-Za-z])(?:{_SMALL}|half|quarter)(?![A-Za-z-])", re.IGNORECASE)
_TORN = re.compile(r"[0-9][\u00ad\u200b-\u200f\u2060-\u2064\ufeff]+[0-9]")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_MINUS = re.compile(r"(?:\bminus|\bnegative)\s?$", re.IGNORECASE)
_OF_A_NAME = re.compile(r"[A-Za-z][-−–]$")
_RANGE = re.compile(r"\s?(?:–|-|−|±|/|,|to|and|or|through)\s?")
_BRACKET = re.compile(r"\s?[(\[]\s?")
_HIDDEN = "￼"  # stands for each sign of a name
_FAR = 0.05  # a quantity that is further off is no rounding, whatever the digits written


@dataclass(frozen=True)
class Stated:
    """A number in a sentence.

    Attributes
    ----------
    written : str
        As written; with a minus sign where the sentence says "minus".
    unit : str
        The unit behind it, as the registry of units reads it; empty if there is none.
    inherited : str
        The unit at the other end of its range, or before its brackets.
    start, end : int
        Where the number stands.
    stop : int
        End of its unit.
    """

    written: str
    unit: str
    start: int
    end: int
    stop: int
    inherited: str = ""


@dataclass(frozen=True)
class Known:
    """A number that may be stated.

    Attributes
    ----------
    value : float
        The number.
    unit : str
        Its unit; empty for a plain number.
    property : str
        The property that it is of; empty if of none.
    shown : str
        The other unit in which it may stand without one.
    """

    value: float
    unit: str = ""
    property: str = ""
    shown: str = ""


def masked(text: str, names: Iterable[str]) -> str:
    """Cover names in a sentence, so that their digits are not read as statements; places stay the same.

    Parameters
    ----------
    text : str
        The sentence.
    names : iterable of str
        Names and structures; the ones of digits alone hide nothing.

    Returns
    -------
    str
        A text of the same length.
    """
    for name in sorted(set(names), key=len, reverse=True):
        if not any(sign.isalpha() for sign in name):
            continue
        before = r"(?<!\w)" if name[0].isalnum() else ""
        behind = r"(?!\w)" if name[-1].isalnum() else ""
        text = re.sub(before + re.escape(name) + behind, lambda match: _HIDDEN * len(match.group()), text)
    return text


@lru_cache(maxsize=4096)
def stated_in(text: str, names: tuple[str, ...] = ()) -> tuple[Stated, ...]:
    """Find every number that a sentence states, with its unit.

    Parameters
    ----------
    text : str
        The sentence.
    names : tuple of str
        Names and structures whose digits are not statements.

    Returns
    -------
    tuple of Stated
        In order.
    """
    plain = masked(text, names)
    folded = plain.translate(_SUPERSCRIPTS).replace("per cent", " percent")
    found: list[Stated] = []
    for match in _NUMBER.finditer(plain):
        if found and match.start() < found[-1].stop:  # the exponent of a unit
            continue
        unit = scan_unit(folded, match.end())
        glued = plain[match.end() : match.end() + 1].isalpha()
        if unit is None and _OF_A_NAME.search(plain, 0, match.start()):  # "tg-1"
            continue
        if glued and (unit is None or (unit.end - unit.start == 1 and plain[match.end()] not in _GLUED)):
            continue
        written = match.group()
        if _MINUS.search(plain, 0, match.start()):
            written = f"-{written.lstrip('-−–')}"
        stop = unit.end if unit else match.end()
        found.append(Stated(written, unit.pint if unit else "", match.start(), match.end(), stop))
    return tuple(_with_ranges(plain, found))


def numbers_in(text: str, names: Iterable[str] = ()) -> list[str]:
    """Find the numbers that a sentence states.

    Parameters
    ----------
    text : str
        The sentence.
    names : iterable of str
        Names and structures whose digits are not statements.

    Returns
    -------
    list of str
        The numbers as written.
    """
    return [item.written for item in stated_in(text, tuple(names))]


def _with_ranges(text: str, found: list[Stated]) -> list[Stated]:
    """Give the ends of a range the unit that stands but once."""
    made = list(found)
    for i in range(len(made) - 2, -1, -1):
        item, other = made[i], made[i + 1]
        if not item.unit and _RANGE.fullmatch(text, item.end, other.start):
            made[i] = replace(item, inherited=other.unit or other.inherited)
    for i in range(1, len(made)):
        item, other = made[i], made[i - 1]
        if item.unit or item.inherited:
            continue
        if _BRACKET.fullmatch(text, other.stop, item.start) or _RANGE.fullmatch(text, other.stop, item.start):
            made[i] = replace(item, inherited=other.unit or other.inherited)
    for i in range(len(made) - 2, -1, -1):
        item, other = made[i], made[i + 1]
        if not item.unit and not item.inherited and _RANGE.fullmatch(text, item.end, other.start):
            made[i] = replace(item, inherited=other.unit or other.inherited)
    return made


def unreadable(text: str, names: Iterable[str] = (), quoted: str = "") -> str:
    """Find a number in a form that cannot be checked: in words, as a sign such as "½", or torn apart.

    Parameters
    ----------
    text : str
        The sentence.
    names : iterable of str
        Names and structures.
    quoted : str
        Words of quotes that it rests on, which may hold such numbers.

    Returns
    -------
    str
        What was found; empty if there is nothing.
    """
    plain = masked(text, names)
    for place, sign in enumerate(plain):
        if sign.isascii() or unicodedata.category(sign) not in {"Nd", "Nl", "No"} or sign in quoted:
            continue
        if sign not in "⁰¹²³⁴⁵⁶⁷⁸⁹" or not _raised(plain, place):
            return sign
    torn = _TORN.search(plain)
    if torn is not None:
        return torn.group()
    quoted = quoted.casefold()
    for match in _LARGE_WORD.finditer(plain):
        if match.group().casefold() not in quoted:
            return match.group()
    for match in _SMALL_WORD.finditer(plain):
        if scan_unit(plain, match.end()) is not None and match.group().casefold() not in quoted:
            return match.group()
    return ""


def _raised(text: str, place: int) -> bool:
    """Tell whether a raised digit belongs to a unit, a symbol or a power of ten that was read."""
    before = text[:place].rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
    return before[-1:].isalpha() or bool(re.search(r"[×x·*]\s?10$", before)) or before.endswith((")", _HIDDEN))


def converted(known: Known, unit: str) -> float | None:
    """Return a known number in another unit.

    Parameters
    ----------
    known : Known
        The number.
    unit : str
        A unit.

    Returns
    -------
    float or None
        None if the unit is of another dimension, or the number has none.
    """
    if not known.unit:
        return None
    if not compatible(unit, known.unit):
        return None
    return convert(known.value, known.unit, unit)


def backed(stated: Stated, known: Known) -> bool:
    """Say whether a stated number is a rounding of a known one, unit included.

    Parameters
    ----------
    stated : Stated
        The number in the sentence. Without a unit of its own it may be in the usual or the canonical one.
    known : Known
        What is known.

    Returns
    -------
    bool
        True if it may be stated.
    """
    if stated.unit:
        number = converted(known, stated.unit)
        return number is not None and close(stated.written, number, strict=bool(known.property))
    numbers = [known.value]
    numbers += [
        number for unit in (stated.inherited, known.shown) if unit if (number := converted(known, unit)) is not None
    ]
    return any(close(stated.written, number, strict=bool(known.property)) for number in numbers)


def close(written: str, number: float, *, strict: bool = True) -> bool:
    """Say whether a written number is a rounding of a known one, and not a coarse one.

    Parameters
    ----------
    written : str
        The number as written.
    number : float
        The known number.
    strict : bool
        Whether a rounding by more than a twentieth is refused.

    Returns
    -------
    bool
        True if it may be written.
    """
    if not agrees(written, number):
        return False
    return not strict or abs(as_float(written) - number) <= _FAR * abs(number) + 1e-12


def given_numbers(spec: DesignSpec) -> list[Known]:
    """Return the numbers of a brief, which a report may repeat.

    Parameters
    ----------
    spec : DesignSpec
        The brief as understood.

    Returns
    -------
    list of Known
        Bounds with their unit, and counts.
    """
    numbers: list[Known] = []
    for item in spec.constraints:
        prop = get_property(item.property)
        numbers += [Known(bound, prop.unit, prop.id, item.given_unit or prop.display_unit)
                    for bound in (item.lower, item.upper, item.target) if bound is not None]  # fmt: skip
    numbers += [Known(bound) for item in spec.structure for bound in (item.lower, item.upper) if bound is not None]
    return numbers
