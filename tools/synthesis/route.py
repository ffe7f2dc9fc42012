"""A way to make a polymer."""

from __future__ import annotations

from dataclasses import dataclass


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
    alternatives : tuple of Alternative
        The same route from an ester or acid chloride instead of the acid, a chloride instead of the fluoride, ...
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
    alternatives: tuple[Alternative, ...] = ()

    @property
    def all_known(self) -> bool:
        """True if every monomer is in a list of known monomers."""
        return all(monomer.known_in for monomer in self.monomers)
