"""Copolymers and polymer-solvent pairs for what a user typed: names or structures, fractions, temperatures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from polysmith.predicting import SECONDS_EACH, read_polymers
from tools.core import sandbox
from tools.core.errors import InputError, PolysmithError
from tools.core.evidence import Value
from tools.core.units import convert

if TYPE_CHECKING:
    from tools.chemistry.solvents import Solvent
    from tools.core.polymer import Polymer
    from tools.properties.blocks import BlockCopolymer

ROOM = "25 °C"
_TEMPERATURE = re.compile(r"\s*([+-−]?\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*(\S+)\s*", re.IGNORECASE)
# a name may hold commas and colons itself; the amount ends a part
_PART = re.compile(r"([^;]*?):\s*(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)\s*%?\s*(?:[,;]|$)")


@dataclass(frozen=True)
class Interaction:
    """A polymer in a solvent.

    Attributes
    ----------
    polymer, solvent : str
        Canonical repeat unit, and name of the solvent (SMILES where it has none here).
    chi : Value
        Predicted Flory-Huggins parameter with its interval.
    measured : tuple of Value
        Measured values of the same pair, by rising temperature.
    distance : float or None
        Distance in Hansen space, MPa^0.5; None where a parameter is missing.
    """

    polymer: str
    solvent: str
    chi: Value
    measured: tuple[Value, ...] = ()
    distance: float | None = None


def read_temperature(text: str | float) -> float:
    """Read a temperature.

    Parameters
    ----------
    text : str or float
        Such as ``"25 °C"`` or ``"300K"``; a bare number is in kelvin.

    Returns
    -------
    float
        K, positive.

    Raises
    ------
    InputError
        If it is no temperature.
    """
    if isinstance(text, int | float):
        kelvin = float(text)
    else:
        match = _TEMPERATURE.fullmatch(text)
        if match is None:
            raise InputError(
                f"{text[:40]!r} is no temperature.", hint="Give a number with its unit, such as 25C or 300K."
            )
        kelvin = convert(float(match[1].replace("−", "-")), match[2], "K")
    if not 0 < kelvin < 1e4:
        raise InputError(f"{kelvin:g} K is no temperature for polymers.", hint="Give it as 25C or 300K.")
    return kelvin


def read_composition(text: str) -> list[tuple[str, float]]:
    """Read a composition as it is typed.

    Parameters
    ----------
    text : str
        Units and amounts, such as ``"PS:0.5, PMMA:0.5"``; units are names or repeat units with two ``*``.

    Returns
    -------
    list of (str, float)
        Units as written, with their amounts.

    Raises
    ------
    InputError
        If a part has no amount.
    """
    found, place = [], 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None or not match[1].strip():
            rest = text[place:].strip()[:60]
            raise InputError(f"{rest!r} is no unit with an amount.", hint='Write it as "PS:0.5, PMMA:0.5".')
        found.append((match[1].strip(), float(match[2])))
        place = match.end()
    if not found:
        raise InputError("No unit was given.", hint='Write units with amounts, such as "PS:0.5, PMMA:0.5".')
    return found


def predict_copolymer(
    parts: Mapping[str, float] | Sequence[tuple[str, float]] | str,
    properties: Sequence[str] | None = None,
    *,
    basis: str = "mole",
    architecture: str = "statistical",
) -> dict[str, Value]:
    """Predict properties of a statistical copolymer.

    Parameters
    ----------
    parts : mapping, sequence of pairs, or str
        Units (names, or repeat units with two ``*``) and their amounts, such as ``{"PS": 0.5, "PMMA": 0.5}`` or
        ``"PS:0.5, PMMA:0.5"``.
    properties : sequence of str, optional
        Property ids, names or symbols; all that can be predicted when left out.
    basis : {"mole", "mass"}
        What the amounts count.
    architecture : {"statistical", "alternating"}
        Order of the units. Blends are refused: they separate into phases. For blocks see ``predict_blocks``.

    Returns
    -------
    dict of str to Value
        Values by property id.

    Raises
    ------
    InputError
        If a unit or amount cannot be read.
    NotCoveredError
        If the architecture or a property does not follow from the units.
    """
    from tools.properties import copolymer

    return copolymer.predict_copolymer(_amounts(parts), properties, basis=_basis(basis), architecture=architecture)


def predict_blocks(
    parts: Mapping[str, float] | Sequence[tuple[str, float]] | str,
    properties: Sequence[str] | None = None,
    *,
    basis: str = "mole",
    molar_mass: float | None = None,
    temperature: str | float = ROOM,
) -> BlockCopolymer:
    """Predict a diblock copolymer: whether the blocks mix, and the properties of the phases.

    Parameters
    ----------
    parts : mapping, sequence of pairs, or str
        The two blocks and their amounts, as for ``predict_copolymer``.
    properties : sequence of str, optional
        Property ids, names or symbols; all that can be predicted when left out.
    basis : {"mole", "mass"}
        What the amounts count.
    molar_mass : float, optional
        Of the whole chain, kg/mol; without it nothing is said of mixing.
    temperature : str or float
        At which mixing is judged; a bare number is in kelvin.

    Returns
    -------
    BlockCopolymer
        "separated", "mixed" or "unsure" with the reason, the values of each phase, and of the mixture unless the blocks
        separate.

    Raises
    ------
    InputError
        If a block, amount, mass or temperature cannot be read.
    NotCoveredError
        If a property has no mixing rule.
    """
    from tools.properties import blocks

    return blocks.predict_blocks(
        _amounts(parts),
        properties,
        basis=_basis(basis),
        molar_mass=molar_mass,
        temperature=read_temperature(temperature),
    )


def _basis(text: str) -> Literal["mole", "mass"]:
    if text not in ("mole", "mass"):
        raise InputError(f"{text!r} is no basis.", hint="Give mole or mass.")
    return "mole" if text == "mole" else "mass"


def _amounts(parts: Mapping[str, float] | Sequence[tuple[str, float]] | str) -> list[tuple[Polymer, float]]:
    if isinstance(parts, str):
        given = read_composition(parts)
    else:
        given = list(dict(parts).items() if isinstance(parts, Mapping) else parts)
    units = _polymers([text for text, _ in given])
    return [(unit, float(amount)) for unit, (_, amount) in zip(units, given, strict=True)]


def predict_chi(polymer: str, solvent: str, temperature: str | float = ROOM) -> Interaction:
    """Predict the Flory-Huggins interaction parameter of a polymer with a solvent.

    Parameters
    ----------
    polymer : str
        Name, or repeat unit with two ``*``.
    solvent : str
        Name or SMILES.
    temperature : str or float
        Such as ``"25 °C"``; a bare number is in kelvin.

    Returns
    -------
    Interaction
        Predicted chi with interval, measured values of the pair, and the distance in Hansen space.

    Raises
    ------
    InputError
        If the polymer, the solvent or the temperature cannot be read.
    NotCoveredError
        If an element has no descriptors.
    """
    kelvin = read_temperature(temperature)
    return _interactions(_polymers([polymer])[0], [_solvent(solvent)], kelvin)[0]


def good_solvents(polymer: str, temperature: str | float = ROOM, count: int = 10) -> list[Interaction]:
    """Rank common solvents of a polymer by predicted chi.

    Parameters
    ----------
    polymer : str
        Name, or repeat unit with two ``*``.
    temperature : str or float
        Such as ``"25 °C"``; a bare number is in kelvin.
    count : int
        How many at most.

    Returns
    -------
    list of Interaction
        Lowest chi first. Below about 0.5 a liquid dissolves a long amorphous chain; crystals and swelling are not
        looked at.

    Raises
    ------
    InputError
        If the polymer or temperature cannot be read, or ``count`` is not positive.
    """
    from tools.chemistry.solvents import solvents

    if count < 1:
        raise InputError(f"{count} solvents cannot be listed.", hint="Ask for one or more.")
    found = _interactions(_polymers([polymer])[0], list(solvents()), read_temperature(temperature))
    return sorted(found, key=lambda item: (item.chi.value, item.solvent))[:count]


def _polymers(given: list[str]) -> list[Polymer]:
    from tools.core.polymer import Polymer

    if not given:
        raise InputError("No polymer was given.", hint='Write units with amounts, such as "PS:0.5, PMMA:0.5".')
    found = []
    for item in read_polymers(given):
        if not isinstance(item, Polymer):
            raise item
        found.append(item)
    return found


def _solvent(text: str) -> Solvent:
    found = sandbox.map_each("tools.chemistry.solvents:resolve_solvent", [text], seconds_each=SECONDS_EACH)[0]
    if isinstance(found, PolysmithError):
        raise found
    return found  # type: ignore[no-any-return]  # map_each returns what the named function returns


def _interactions(polymer: Polymer, liquids: list[Solvent], kelvin: float) -> list[Interaction]:
    from tools.core.errors import NotCoveredError
    from tools.properties.chi import measured_chi, predict_chi
    from tools.simulation.hansen import PARTS, hansen_distance, hansen_parameters

    values = predict_chi([(polymer, liquid, kelvin) for liquid in liquids])
    try:
        parameters = hansen_parameters(polymer)
        centre = (parameters[PARTS[0]].value, parameters[PARTS[1]].value, parameters[PARTS[2]].value)
    except NotCoveredError:
        centre = None
    return [
        Interaction(
            polymer=polymer.smiles,
            solvent=liquid.name,
            chi=value,
            measured=tuple(measured_chi(polymer, liquid)),
            distance=None if centre is None or liquid.hansen is None else hansen_distance(centre, liquid.hansen),
        )
        for liquid, value in zip(liquids, values, strict=True)
    ]
