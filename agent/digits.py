"""Numbers as they are written: what they are, and which numbers they may stand for."""

from __future__ import annotations

import re

_THOUSANDS = re.compile(r"[-−–]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_POWER = re.compile(r"[eE]|\s?[×x·*]\s?10(?:\^|\*\*)?")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def _parts(written: str) -> tuple[str, int]:
    """Split a written number into mantissa, with a decimal point, and exponent."""
    mantissa, *power = _POWER.split(written.strip().replace("−", "-").replace("–", "-"), maxsplit=1)
    plain = mantissa.replace(",", "") if _THOUSANDS.fullmatch(mantissa) else mantissa.replace(",", ".")
    return plain, int(power[0].translate(_RAISED)) if power else 0


def as_float(text: str) -> float:
    """Read a number as written in a sentence.

    Parameters
    ----------
    text : str
        Such as "1.2e-3", "5·10²", "1,500" or "−40"; a comma before three digits separates thousands.

    Returns
    -------
    float
        Its value.
    """
    mantissa, exponent = _parts(text)
    return float(f"{mantissa}e{exponent}")


def agrees(written: str, number: float) -> bool:
    """Say whether a written number is a rounding of a known one.

    Parameters
    ----------
    written : str
        The number as written.
    number : float
        The known number.

    Returns
    -------
    bool
        True if the known number rounds to the written one at the digits written.
    """
    mantissa, exponent = _parts(written)
    decimals = len(mantissa.split(".")[1]) if "." in mantissa else 0
    step = 10.0 ** (exponent - decimals)
    return abs(as_float(written) - number) <= 0.5 * step * (1 + 1e-6)
