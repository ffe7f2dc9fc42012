"""Where structures of names come from while a name is read: own tables and rules first, then OPSIN in one batch."""

from __future__ import annotations

from collections.abc import Mapping

from tools.naming import monomers, opsin


class Lookup:
    """Structures of systematic names known so far, and names that OPSIN has yet to be asked for.

    Parameters
    ----------
    known : mapping of str to str
        SMILES by systematic name, empty where OPSIN failed.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self.known = dict(known or {})
        self.wanted: dict[str, None] = {}

    def monomer(self, name: str) -> str:
        """Return the SMILES of a monomer, or an empty text."""
        return monomers.monomer(name) or self.systematic(name)

    def systematic(self, name: str) -> str:
        """Return what OPSIN made of a name, or note that it has to be asked."""
        if name in self.known:
            return self.known[name]
        if opsin.readable(name):
            self.wanted[name] = None
        return ""

    def learn(self) -> None:
        """Ask OPSIN for everything that was wanted.

        Raises
        ------
        BackendMissing
            If OPSIN is not installed.
        """
        names, self.wanted = list(self.wanted), {}
        self.known.update(opsin.structures(names))
