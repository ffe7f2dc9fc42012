"""Predictions for a polymer of which some properties are known already."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tools.core.errors import InputError, PolysmithError
from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.units import convert

_GIVEN = re.compile(
    r"\s*(?P<name>[^=]+?)\s*=\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(?P<unit>.*?)\s*"
)


def predict_knowing(
    polymer: str, known: Mapping[str, float], properties: Sequence[str] | None = None
) -> dict[str, Value]:
    """Predict properties of a polymer, making use of known values of others.

    Parameters
    ----------
    polymer : str
        Repeat unit as SMILES with two ``*``, or a name.
    known : mapping of str to float
        Values by property id, name or symbol, in canonical units, of the kind that the models learnt: a computed
        band gap helps the other computed energies, a measured permeability the other permeabilities.
    properties : sequence of str, optional
        What to predict; everything else that has a model when left out.

    Returns
    -------
    dict of str to Value
        By property id; values that the known ones changed say so in their note.

    Raises
    ------
    StructureError, UnknownNameError
        If the polymer cannot be read, or a property is unknown or has no model.
    InputError
        If a known value is impossible, or nothing is left to predict.
    """
    from polysmith.predicting import read_polymers
    from tools.properties.siblings import predict_knowing as answer

    read = read_polymers([polymer])[0]
    if isinstance(read, PolysmithError):
        raise read
    return answer(read, known, list(properties) if properties else None)


def parse_known(texts: Sequence[str]) -> dict[str, float]:
    """Read known values as they are typed.

    Parameters
    ----------
    texts : sequence of str
        Each "property = number unit"; without a unit the canonical one is meant.

    Returns
    -------
    dict of str to float
        By property id, in canonical units.

    Raises
    ------
    InputError
        If one cannot be read, or names a property twice.
    UnknownNameError, UnitError
        If the property or the unit is unknown.
    """
    found: dict[str, float] = {}
    for text in texts:
        match = _GIVEN.fullmatch(text)
        if match is None:
            raise InputError(f"{text!r} is not a known value.", hint='Write it as "band_gap=4.1 eV".')
        item = get_property(match["name"])
        if item.id in found:
            raise InputError(f"{item.name} is given twice.")
        number = float(match["number"])
        found[item.id] = convert(number, match["unit"], item.unit) if match["unit"] else number
    return found
