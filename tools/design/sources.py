"""Sources of candidates that already exist as lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tools.chemistry import handbook
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.enumeration import EnumerationSource

__all__ = ["EnumerationSource", "HandbookSource", "ListSource"]


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
