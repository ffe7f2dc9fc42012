"""Explanations for what a user typed."""

from __future__ import annotations

from polysmith.predicting import read_polymers
from tools.core.errors import InputError, PolysmithError
from tools.properties.explain import explain as explain_chain
from tools.properties.explanation import Explanation


def explain(
    polymer: str,
    property: str,  # noqa: A002 - the word that every value and constraint uses
    *,
    neighbours: int = 5,
) -> Explanation:
    """Explain why a property is predicted as it is.

    Parameters
    ----------
    polymer : str
        Repeat unit as SMILES with two ``*``, or name.
    property : str
        Property id, name or symbol.
    neighbours : int
        Nearest known polymers to list, 0 to 20.

    Returns
    -------
    Explanation
        The prediction, nearest known polymers, the model's held-out error among them, and what each part of the repeat
        unit does; ``svg`` draws it.

    Raises
    ------
    StructureError, UnknownNameError
        If the polymer cannot be read, or the property is not known or has no model.
    InputError
        If ``neighbours`` is out of range.
    """
    if not isinstance(polymer, str) or not isinstance(property, str):
        raise InputError("A polymer and a property are given as text.", hint="Such as explain('PEEK', 'Tg').")
    found = read_polymers([polymer])[0]
    if isinstance(found, PolysmithError):
        raise found
    return explain_chain(found, property, neighbours=neighbours)
