"""A candidate on its way through the search, and what a source of candidates is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec


@dataclass(frozen=True)
class Candidate:
    """A polymer that was proposed.

    Attributes
    ----------
    polymer : Polymer
        The chain.
    source : str
        Name of the source, such as ``"handbook"``.
    origin : str
        How the source came to it: a name, or the monomers.
    monomers : tuple of str
        Monomers that give it by ``rule``; empty if the source did not start from monomers.
    rule : str
        Id of the polymerisation rule, empty if unknown.
    polymerisations : tuple of str
        Ids of ``tools.core.vocabulary.POLYMERISATIONS`` of that rule.
    note : str
        A caveat about how the chain is made, empty if there is none.
    parents : tuple of str
        Repeat units that it was derived from, as its source says.
    reason : str
        Why its source proposed it, in words; nothing rests on it.
    """

    polymer: Polymer
    source: str
    origin: str = ""
    monomers: tuple[str, ...] = ()
    rule: str = ""
    polymerisations: tuple[str, ...] = ()
    note: str = ""
    parents: tuple[str, ...] = ()
    reason: str = ""


@runtime_checkable
class CandidateSource(Protocol):
    """Where candidates come from."""

    name: str

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield up to ``limit`` candidates for a brief, no chain twice; the same seed gives the same candidates.

        Parameters
        ----------
        spec : DesignSpec
            The brief; a source may use its structural constraints to aim, and need not meet them.
        limit : int
            How many at most.
        seed : int
            Seed of all randomness.
        """
