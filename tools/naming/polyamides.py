"""Polyamides by number: nylon 6, PA 6.10, polyamide 12,12, nylon 6T, PA MXD6 (ISO 16396-1)."""

from __future__ import annotations

import re
from typing import Final

from tools.core.polymer import Polymer
from tools.naming.resolution import NamedMonomer, Resolution

_NUMBERED: Final = re.compile(r"(?:nylon|polyamide|pa)[\s-]*(?P<code>[0-9A-Za-z.,/ -]{1,14})", re.IGNORECASE)
_LARGEST: Final = 36  # carbons: dimer acid
_RINGS: Final = {"T": ("terephthalic acid", "c1ccc({})cc1"), "I": ("isophthalic acid", "c1cccc({})c1")}
# Lactams and pairs that occur in copolymers such as PA 6/12 and PA 6/66.
_SECOND: Final = frozenset({"6", "11", "12", "46", "66", "69", "610", "612", "6T", "6I", "10T", "9T", "6.6", "6,6"})


def number_of(text: str) -> str:
    """Return what follows "nylon" or "PA" in a name.

    Parameters
    ----------
    text : str
        A clean name.

    Returns
    -------
    str
        "6,10"; empty if it is no numbered polyamide.
    """
    match = _NUMBERED.fullmatch(text)
    code = match["code"].strip().upper() if match else ""
    return code if any(sign.isdigit() for sign in code) else ""


def copolyamide(code: str) -> tuple[str, ...]:
    """Return the parts of a copolyamide.

    Parameters
    ----------
    code : str
        What ``number_of`` gave.

    Returns
    -------
    tuple of str
        Names of the parts; empty if the slash may as well stand for a comma, as in "nylon 6/6".
    """
    parts = [part.strip() for part in code.split("/")]
    if len(parts) < 2 or not all(parts):
        return ()
    if len(parts) > 2 or (parts[1] in _SECOND and parts[0] != parts[1]):
        return tuple(f"nylon {part}" for part in parts)
    return ()


def polyamide(text: str, code: str) -> Resolution | None:
    """Make the polyamide of a number.

    Parameters
    ----------
    text : str
        The name.
    code : str
        What ``number_of`` gave.

    Returns
    -------
    Resolution or None
        The chain; None if the number cannot be read in one way only.
    """
    plain = re.sub(r"[\s,./-]+", ",", code).strip(",")
    if match := re.fullmatch(r"MXD,?(\d{1,2})", plain):
        return _made(text, ("m-xylylenediamine", "NCc1cccc(CN)c1"), "Cc1cccc(C{})c1", _diacid(int(match[1])))
    if match := re.fullmatch(r"(\d{1,2}),?([TI])", plain):
        length = int(match[1])
        name, ring = _RINGS[match[2]]
        acid = (name, f"O=C(O){ring.format('C(=O)O')}", ring.format("C(=O){}"))
        return _made(text, _diamine(length), "C" * length + "{}", acid) if _fits(length) else None
    numbers = _numbers(plain)
    if len(numbers) == 2 and all(map(_fits, numbers)):
        return _made(text, _diamine(numbers[0]), "C" * numbers[0] + "{}", _diacid(numbers[1]))
    if len(numbers) == 1 and _fits(numbers[0]):
        chain = "C" * (numbers[0] - 1)
        amino = NamedMonomer(f"amino acid or lactam of {numbers[0]} carbons", f"N{chain}C(=O)O")
        how = f"polyamide of an amino acid or lactam of {numbers[0]} carbons"
        return Resolution(text, Polymer.from_smiles(f"*N{chain}C(*)=O"), "polyamide number", how, (amino,))
    return None


def _fits(carbons: int) -> bool:
    return 2 <= carbons <= _LARGEST


def _numbers(plain: str) -> tuple[int, ...]:
    """Read "6,10", "610", "1212", "66" and "12"; nothing where digits could be parted in two ways."""
    if match := re.fullmatch(r"(\d{1,2}),(\d{1,2})", plain):
        return int(match[1]), int(match[2])
    if re.fullmatch(r"\d|1[0-3]", plain):  # one lactam or amino acid: 6, 11, 12
        return (int(plain),)
    if match := re.fullmatch(r"([2-9])([2-9]|1\d)|(1\d)(1\d)|(1\d)([4-9])", plain):
        first, second = (int(group) for group in match.groups() if group)
        return first, second
    return ()


def _diamine(carbons: int) -> tuple[str, str]:
    return f"diamine of {carbons} carbons", f"N{'C' * carbons}N"


def _diacid(carbons: int) -> tuple[str, str, str]:
    chain = "C" * (carbons - 2)
    return f"diacid of {carbons} carbons", f"O=C(O){chain}C(=O)O", f"{chain}C(=O){{}}"


def _made(text: str, amine: tuple[str, str], middle: str, acid: tuple[str, str, str]) -> Resolution:
    unit = "*N" + middle.format("NC(=O)" + acid[2].format("*"))
    how = f"polyamide of {amine[0]} and {acid[0]}"
    monomers = (NamedMonomer(*amine), NamedMonomer(acid[0], acid[1]))
    return Resolution(text, Polymer.from_smiles(unit), "polyamide number", how, monomers)
