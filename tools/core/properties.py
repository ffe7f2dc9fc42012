"""The property registry: what Polysmith can talk about, each with its canonical unit."""

from __future__ import annotations

import re
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
        for name in (item.id, item.name, item.symbol, *item.aliases, *item.codes):
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


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], Property], ...]:
    """One pattern for each name, longest first: long names in any case, symbols of two to four letters as written."""
    pairs = []
    for item in all_properties().values():
        for name in (item.name, item.symbol, *item.aliases):
            body = re.escape(name) if len(name) <= 4 else f"(?i:{re.escape(name)})"
            if len(name) > 1:
                pairs.append((len(name), re.compile(rf"(?<![\w-]){body}(?![\w-])"), item))
    pairs.sort(key=lambda pair: -pair[0])
    return tuple((pattern, item) for _, pattern, item in pairs)


def property_mentions(text: str) -> list[tuple[int, int, Property]]:
    """Find where a text names properties; a longer name hides the shorter ones inside it.

    Parameters
    ----------
    text : str
        Free text, of which the first 2,000 characters are read.

    Returns
    -------
    list of (int, int, Property)
        Start and end of each name and its property, in order of appearance.
    """
    text = text[:2000]
    found: list[tuple[int, int, Property]] = []
    for pattern, item in _patterns():
        for match in pattern.finditer(text):
            found.append((match.start(), match.end(), item))
            text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    return sorted(found, key=lambda mention: mention[0])


def mentioned_properties(text: str) -> list[Property]:
    """Find the properties that a text names; a longer name hides the shorter ones inside it.

    Parameters
    ----------
    text : str
        Free text, of which the first 2,000 characters are read.

    Returns
    -------
    list of Property
        In order of appearance.
    """
    return list({item.id: item for _, _, item in property_mentions(text)}.values())


__all__ = ["Property", "all_properties", "get_property", "mentioned_properties", "property_mentions"]
