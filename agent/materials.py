"""Materials that a text names: polymers of the handbook, polymers whose names are read by rule, and names as written.

Two sources speak of one material if both name the same polymer, or, where no rule reads the name, if they write it
alike: a disagreement on a polymer that no handbook holds is one all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tools.chemistry.handbook import Entry
from tools.chemistry.names import mentions
from tools.core.errors import PolysmithError
from tools.naming.resolve import resolve

WRITTEN = "written:"
_BY_RULE = 4  # names that are read by rule in one text
_NAME = re.compile(
    r"(?<![\w-])(?:poly[(\[{](?:[^()\[\]{}\n;?]|\([^()\[\]{}\n]{1,40}\)){2,60}[)\]}]|"
    r"(?:nylon|PA) ?\d{1,2}[.,]\d{1,2})(?![\w-])"
)
_SEVERAL = re.compile(r"-(?:co|alt|stat|ran|block|b|graft|g|inter|per)-|/|\bco\(|,\s")


@dataclass(frozen=True)
class Material:
    """A material that a text names.

    Attributes
    ----------
    key : str
        Key of the polymer; ``written:`` and the name where it could not be read.
    name : str
        Its name in the handbook, else as written.
    all_names : tuple of str
        Names by which a text may call it.
    """

    key: str
    name: str
    all_names: tuple[str, ...]


def of_entry(entry: Entry) -> Material:
    """Make a material of an entry of the handbook.

    Parameters
    ----------
    entry : Entry
        The entry.

    Returns
    -------
    Material
        With the key of its polymer.
    """
    return Material(entry.polymer.key, entry.name, tuple(entry.all_names))


def materials_in(text: str, limit: int = 10) -> tuple[Material, ...]:
    """Find the materials that a text names.

    Parameters
    ----------
    text : str
        The text.
    limit : int
        Polymers of the handbook at most.

    Returns
    -------
    tuple of Material
        Those of the handbook first, each once; copolymers are none.
    """
    entries = mentions(text, limit=limit)
    known = {name for entry in entries for name in entry.all_names}
    found = {material.key: material for material in map(of_entry, entries)}
    if "poly" in text or "nylon" in text or "PA" in text:
        names = dict.fromkeys(match.group() for match in _NAME.finditer(text))
        for name in [item for item in names if item not in known and not _SEVERAL.search(item)][:_BY_RULE]:
            material = _by_rule(name)
            if material is not None:
                found.setdefault(material.key, material)
    return tuple(found.values())


@lru_cache(maxsize=1024)
def _by_rule(name: str) -> Material | None:
    if mentions(name):
        return None
    try:
        return Material(resolve(name, suggest=False, systematic=False).key, name, (name,))
    except PolysmithError:
        return Material(WRITTEN + " ".join(name.casefold().split()), name, (name,))
