"""A way to make a polymer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Monomer:
    """A monomer of a route.

    Attributes
    ----------
    smiles : str
        Canonical SMILES.
    name : str
        Name in the list of known monomers, empty if it is not there.
    known_in : str
        The list, empty if the monomer is in none. Says nothing about whether it can be bought.
    """

    smiles: str
    name: str = ""
    known_in: str = ""


@dataclass(frozen=True)
class Alternative:
    """The same bond made from monomers with other reactive groups.

    Attributes
    ----------
    monomers : tuple of Monomer
        The monomers.
    by_product, conditions : str
        What leaves; typical class of conditions.
    """

    monomers: tuple[Monomer, ...]
    by_product: str
    conditions: str


@dataclass(frozen=True)
class Route:
    """One way to make a polymer.

    Attributes
    ----------
    monomers : tuple of Monomer
        One, or two that alternate.
    rule : str
        Id of the linkage or monomer rule.
    mechanism : str
        What the polymerisation is called.
    polymerisations : tuple of str
        Ids of ``tools.core.vocabulary.POLYMERISATIONS``.
    conditions, by_product : str
        Typical class of conditions; what leaves.
    verified : bool
        True if running the polymerisation forwards gave the same polymer.
    score : float
        Order among routes, higher is more usual (``tools.synthesis.ranking``).
    competing : tuple of str
        Groups of the monomers that react as well and may have to be protected.
    note : str
        A caveat worth showing.
    """

    monomers: tuple[Monomer, ...]
    rule: str
    mechanism: str
    polymerisations: tuple[str, ...]
    conditions: str
    by_product: str
    verified: bool
    score: float
    competing: tuple[str, ...] = ()
    note: str = ""
    _others: Callable[[], tuple[Alternative, ...]] = field(default=tuple, compare=False, repr=False)

    @cached_property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The same route from an ester or acid chloride instead of the acid, ...; worked out when it is asked for."""
        return self._others()

    def __getstate__(self) -> dict[str, Any]:
        """Travel between processes with the alternatives instead of the way to them."""
        return {**self.__dict__, "alternatives": self.alternatives, "_others": tuple}

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data, alternatives included."""
        plain = {item.name: getattr(self, item.name) for item in fields(self) if not item.name.startswith("_")}
        plain["monomers"] = tuple(map(asdict, self.monomers))
        plain["alternatives"] = tuple(map(asdict, self.alternatives))
        return plain

    @property
    def all_known(self) -> bool:
        """True if every monomer is in a list of known monomers."""
        return all(monomer.known_in for monomer in self.monomers)
