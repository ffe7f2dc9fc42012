"""Sources of candidates that already exist as lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tools.chemistry import handbook
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.aim import allowed_rules, forbidden_elements
from tools.design.candidate import Candidate
from tools.design.enumeration import EnumerationSource
from tools.design.library_parts import ALTERNATING
from tools.design.structure import elements_of

__all__ = ["EnumerationSource", "HandbookSource", "LibrarySource", "ListSource"]


class HandbookSource:
    """The common polymers of the project's own handbook."""

    name = "handbook"

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield the handbook's polymers in its order, no chain twice.

        Parameters
        ----------
        spec : DesignSpec
            Not used: the handbook is short.
        limit : int
            How many at most.
        seed : int
            Not used: the order is fixed.
        """
        seen: set[str] = set()
        for entry in handbook.load():
            if len(seen) >= limit:
                return
            polymer = entry.polymer
            if polymer.key not in seen:
                seen.add(polymer.key)
                yield Candidate(polymer, self.name, entry.name)


class ListSource:
    """Repeat units given by a user.

    Parameters
    ----------
    units : iterable of str
        Repeat units as SMILES; unreadable ones are collected in ``refused``.
    name : str
        How the list is called in results.
    """

    def __init__(self, units: Iterable[str], name: str = "list") -> None:
        self.name = name
        self.refused: list[tuple[str, str]] = []
        self._polymers: list[Polymer] = []
        for unit in units:
            try:
                self._polymers.append(Polymer.from_smiles(unit))
            except PolysmithError as error:
                self.refused.append((unit, str(error)))

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield the list's polymers in its order, no chain twice.

        Parameters
        ----------
        spec : DesignSpec
            Not used.
        limit : int
            How many at most.
        seed : int
            Not used.
        """
        for polymer in list(dict.fromkeys(self._polymers))[:limit]:
            yield Candidate(polymer, self.name, polymer.smiles)


class LibrarySource:
    """The virtual library, aimed at a brief by rules and elements.

    Parameters
    ----------
    periodic : bool
        Go on with periodic chains of three monomers when the ordinary polymers are used up.
    """

    name = "library"

    def __init__(self, *, periodic: bool = False) -> None:
        self._periodic = periodic

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield candidates in the order of the library, from a position that the seed chooses.

        Parameters
        ----------
        spec : DesignSpec
            Its classes, polymerisations and elements choose what is taken.
        limit : int
            How many at most.
        seed : int
            Where the ordinary polymers begin; those before it follow, then the periodic ones.
        """
        from tools.design.library import library

        found = library(periodic=self._periodic)
        begin = seed * 7919 % found.ordinary
        parts = ((begin, found.ordinary), (0, begin), (found.ordinary, found.size))
        allowed, forbidden = allowed_rules(spec), forbidden_elements(spec)
        taken = 0
        for start, stop in parts:
            for _, candidate in found.read(start, stop):
                if taken >= limit:
                    return
                if _suits(candidate, allowed) and not elements_of(candidate.polymer) & forbidden:
                    taken += 1
                    yield candidate


def _suits(candidate: Candidate, allowed: frozenset[str]) -> bool:
    """Tell whether a brief leaves the rules behind a candidate; alternating chains are judged by their structure."""
    names = candidate.rule.split("+")
    return candidate.rule in ALTERNATING or all(name in allowed for name in names)
