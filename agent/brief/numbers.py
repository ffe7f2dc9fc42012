"""Numbers as chemists write them: powers of ten, decimal commas, thousands separators, words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_MANTISSA = re.compile(r"\d{1,3}(?:[ ]\d{3})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,']\d+)*|\.\d+")
_POWER = re.compile(
    r"\s{0,2}[x×X·*]\s{0,2}10(?:\s?(?:\^|\*\*)\s?[({]?\s?([-+]?\d{1,3})[)}]?|([-+]\d{1,3}))(?!\d|[.,]\d)"
)
_BARE_POWER = re.compile(r"\s?(?:\^|\*\*)\s?[({]?\s?([-+]?\d{1,3})[)}]?(?!\d)")
_EXPONENT = re.compile(r"[eE]([-+]?\d{1,3})(?![\w])")
_MAX_DIGITS = 40

ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "dozen": 12, "single": 1,
}  # fmt: skip
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
SCALES = {"hundred": 100, "thousand": 1000}


@dataclass(frozen=True)
class Number:
    """A number in the brief.

    Attributes
    ----------
    readings : tuple of float
        Possible values, the usual one first ("1,500" may be 1500 or 1.5).
    comma : bool
        True if a comma can only be a decimal comma here.
    end : int
        Where it ends in the folded text.
    """

    readings: tuple[float, ...]
    comma: bool
    end: int

    @property
    def value(self) -> float:
        """The usual reading."""
        return self.readings[0]


def _grouped(parts: list[str]) -> bool:
    return 1 <= len(parts[0]) <= 3 and parts[0][0] != "0" and all(len(part) == 3 for part in parts[1:])


def _single(text: str, mark: str) -> tuple[tuple[float, ...], bool]:
    whole, decimals = text.split(mark)
    decimal = float(f"{whole}.{decimals}")
    if not _grouped([whole, decimals]):
        return (decimal,), mark == ","
    grouped = float(whole + decimals)
    return ((grouped, decimal) if mark == "," else (decimal, grouped)), False


def _mantissa(text: str) -> tuple[tuple[float, ...], bool] | None:
    text = text.replace(" ", "").replace("'", "")
    commas, dots = text.count(","), text.count(".")
    if commas and dots:
        decimal = max(",.", key=text.rfind)
        group = "." if decimal == "," else ","
        whole, _, decimals = text.rpartition(decimal)
        if decimal in whole or not _grouped(whole.split(group)):
            return None
        return (float(f"{whole.replace(group, '')}.{decimals}"),), decimal == ","
    for mark, count in ((",", commas), (".", dots)):
        if count == 1 and not text.startswith("."):
            return _single(text, mark)
        if count > 1:
            parts = text.split(mark)
            return ((float("".join(parts)),), False) if _grouped(parts) else None
    return (float(text),), False


def scan_number(text: str, position: int) -> Number | None:
    """Read an unsigned number at a position.

    Parameters
    ----------
    text : str
        Folded text.
    position : int
        Where a digit or a leading decimal point stands.

    Returns
    -------
    Number or None
        The number, or None for things such as "1.2.3".
    """
    match = _MANTISSA.match(text, position)
    if match is None or match.end() - match.start() > _MAX_DIGITS:
        return None
    end = match.end()
    read = _mantissa(match.group())
    if read is None:
        return None
    readings, comma = read
    power = _POWER.match(text, end) or _EXPONENT.match(text, end)
    if power is not None:
        exponent = int(power.group(1) or power.group(2))
        scaled = tuple(float(Decimal(repr(reading)).scaleb(exponent)) for reading in readings)
        return Number(scaled, comma, power.end())
    if readings == (10.0,):
        bare = _BARE_POWER.match(text, end)
        if bare is not None:
            return Number((float(f"1e{int(bare.group(1))}"),), False, bare.end())
    return Number(readings, comma, end)


def with_shared_power(low: Number, high: Number, text: str) -> Number:
    """Give the first number of "3-5·10⁻³" the power of ten of the second, without which it would be the larger one.

    Parameters
    ----------
    low, high : Number
        The ends of a range.
    text : str
        The second end as written.

    Returns
    -------
    Number
        The first end.
    """
    written = _MANTISSA.match(text)
    power = _POWER.match(text, written.end()) if written is not None else None
    if power is None or not 0.0 < high.value < low.value:
        return low
    exponent = int(power.group(1) or power.group(2))
    scaled = tuple(float(Decimal(repr(reading)).scaleb(exponent)) for reading in low.readings)
    return Number(scaled, low.comma, low.end) if scaled[0] <= high.value else low


def cardinal(words: list[str]) -> tuple[float, int]:
    """Read a number written in words from the start of a list.

    Parameters
    ----------
    words : list of str
        Lower-case words.

    Returns
    -------
    tuple
        The number and how many words it took (0 if there is none).
    """
    total, current, used = 0, 0, 0
    for index, word in enumerate(words):
        if word in ONES or word in TENS:
            current += ONES.get(word, TENS.get(word, 0))
        elif word in SCALES and used:
            current = max(current, 1) * SCALES[word]
            if SCALES[word] == 1000:
                total, current = total + current, 0
        elif word == "and" and used and index + 1 < len(words) and words[index - 1] in SCALES:
            if words[index + 1] not in ONES and words[index + 1] not in TENS:
                break
            continue
        else:
            break
        used = index + 1
    return float(total + current), used
