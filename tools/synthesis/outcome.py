"""What monomers give: linear chains, networks, or nothing but short chains."""

from __future__ import annotations

from dataclasses import dataclass

from tools.core.polymer import Polymer


@dataclass(frozen=True)
class Product:
    """A polymer that monomers give.

    Attributes
    ----------
    polymer : Polymer
        The chain, with exactly two ends per repeat unit.
    rule : str
        Id of the linkage or monomer rule.
    mechanism : str
        What the polymerisation is called.
    polymerisations : tuple of str
        Ids of ``tools.core.vocabulary.POLYMERISATIONS``.
    by_product : str
        What leaves; empty for additions.
    conditions : str
        Typical class of conditions.
    prior : float
        How usual the reaction is, for ranking.
    competing : tuple of str
        Other groups of the monomers that react under the same conditions.
    note : str
        A caveat worth showing.
    """

    polymer: Polymer
    rule: str
    mechanism: str
    polymerisations: tuple[str, ...]
    by_product: str
    conditions: str
    prior: float
    competing: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Network:
    """Monomers that react, but not to a linear chain.

    Attributes
    ----------
    rule : str
        Id of the linkage or monomer rule.
    mechanism : str
        What the polymerisation is called.
    functionality : tuple of int
        Reactive groups of each monomer.
    reason : str
        Why the product is no linear chain, in one sentence.
    """

    rule: str
    mechanism: str
    functionality: tuple[int, ...]
    reason: str


@dataclass(frozen=True)
class Stopper:
    """A monomer with a single reactive group: it ends chains instead of continuing them.

    Attributes
    ----------
    rule : str
        Id of the linkage or pair rule.
    mechanism : str
        What the polymerisation is called.
    monomer : str
        SMILES of the monofunctional monomer.
    reason : str
        Why no long chain forms, in one sentence.
    """

    rule: str
    mechanism: str
    monomer: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What happens to monomers.

    Attributes
    ----------
    products : tuple of Product
        Linear chains, most usual first.
    networks : tuple of Network
        Reactions that branch or crosslink.
    stoppers : tuple of Stopper
        Reactions that one monomer ends.
    """

    products: tuple[Product, ...]
    networks: tuple[Network, ...]
    stoppers: tuple[Stopper, ...] = ()
