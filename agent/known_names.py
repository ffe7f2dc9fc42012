"""Names whose digits are no statements: those of the brief, the finalists and the lists, and structures that are read.

A sentence may carry names, and what stands in a name is not checked as a number. So a name is trusted only if it comes
from somewhere: "nylon 6,6" is a polymer of the handbook, "500 °C" is no name.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from agent.quantities import unreadable
from agent.report.model import Finalist, Rejected
from agent.report.view import title_of
from agent.wording import describe_constraint, describe_structure
from tools.chemistry import handbook
from tools.core.errors import StructureError
from tools.core.gate import parse_molecule
from tools.core.polymer import Polymer
from tools.core.properties import all_properties
from tools.core.spec import DesignSpec
from tools.design.conflict import words
from tools.design.structure import describe
from tools.synthesis.monomers import known_monomers


@lru_cache(maxsize=1)
def listed_names() -> frozenset[str]:
    """Return the names of properties, of the handbook's polymers and of the known monomers.

    Returns
    -------
    frozenset of str
        As they are written.
    """
    found = {name for item in all_properties().values() for name in (item.id, item.name, item.symbol, *item.aliases)}
    found |= {entry.name for entry in handbook.load()}
    return frozenset(found | {monomer.name for monomer in known_monomers().values()})


class KnownNames:
    """The names that sentences of a report may carry.

    Parameters
    ----------
    spec : DesignSpec
        The brief; its requirements, in words, count as names.
    finalists : iterable of Finalist
        With their routes.
    rejected : iterable of Rejected
        Known polymers.
    more : iterable of str
        Further names.
    """

    def __init__(
        self, spec: DesignSpec, finalists: Iterable[Finalist], rejected: Iterable[Rejected], more: Iterable[str] = ()
    ) -> None:
        found = set(more)
        for limit in spec.constraints:
            found |= {describe_constraint(limit), words(limit), limit.text}
        for item in spec.structure:
            found |= {describe_structure(item), describe(item), item.text}
        for finalist in finalists:
            found |= _names_of(finalist)
        for other in rejected:
            found |= {other.name, other.smiles}
        self._names = frozenset(found)

    def __contains__(self, name: object) -> bool:
        """Tell whether digits in a name are no statements."""
        if not isinstance(name, str):
            return False
        if name in self._names or name in listed_names():
            return True
        if not any(sign.isdigit() for sign in name):
            return not unreadable(name)
        return is_structure(name)


def _names_of(finalist: Finalist) -> set[str]:
    label = f"candidate {finalist.rank}"
    found = {finalist.name, finalist.smiles, title_of(finalist), label, label.capitalize()}
    found.add(f"{label} ({finalist.name})")
    for route in finalist.routes:
        found.add(route.mechanism)
        found |= {text for monomer in route.monomers for text in (monomer.name, monomer.smiles)}
    return found


@lru_cache(maxsize=4096)
def is_structure(text: str) -> bool:
    """Tell whether a text is a repeat unit or a molecule: digits in it close rings.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        True if the gate reads it.
    """
    if text.isdigit():
        return False
    try:
        if "*" in text:
            Polymer.from_smiles(text)
        else:
            parse_molecule(text)
    except StructureError:
        return False
    return True
