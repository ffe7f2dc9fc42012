"""The property registry: what Polysmith can talk about, each with its canonical unit."""

from __future__ import annotations

from functools import lru_cache

from tools.core.errors import UnknownNameError
from tools.core.property_table import PROPERTIES, Property


@lru_cache(maxsize=1)
def all_properties() -> dict[str, Property]:
    """Return every property by its id.

    Returns
    -------
    dict of str to Property
        In a fixed order.
    """
    return {item.id: item for item in PROPERTIES}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for item in PROPERTIES:
        for name in (item.id, item.name, item.symbol, *item.aliases):
            names.setdefault(name.casefold(), item.id)
    return names


def get_property(name: str) -> Property:
    """Look a property up by id, name, symbol or alias.

    Parameters
    ----------
    name : str
        Any of its names; case does not matter.

    Returns
    -------
    Property
        The registry entry.

    Raises
    ------
    UnknownNameError
        If no property has this name.
    """
    found = all_properties().get(name) or all_properties().get(_names().get(name.strip().casefold(), ""))
    if found is None:
        raise UnknownNameError(f"Unknown property {name!r}.", hint=f"Known: {', '.join(all_properties())}.")
    return found


__all__ = ["Property", "all_properties", "get_property"]
