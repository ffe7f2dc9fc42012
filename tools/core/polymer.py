"""Polymer: a linear homopolymer or alternating chain, known by its repeat unit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from rdkit import Chem

from tools.core.display import display_word, write_unit
from tools.core.errors import StructureError
from tools.core.gate import parse_unit
from tools.core.word import Word, word_of

_SEPARATOR = "|"


@dataclass(frozen=True, order=True)
class Polymer:
    """A linear chain, the same object for every way of writing its repeat unit.

    Make it with ``Polymer.from_smiles``. Two polymers are equal when their chains are: rotation, reversal, multiples,
    star spellings, Kekulé forms and explicit hydrogens do not matter. Relative and absolute stereochemistry matters as
    far as the chain keeps it: isotactic polypropylene equals its mirror image, the two polylactides differ, and a unit
    without stereo marks differs from both. Tautomers, protonation states and quinoid forms are kept apart.

    Attributes
    ----------
    key : str
        Identity: the canonical cyclic word of backbone pieces (see ``tools.core.word``).
    """

    key: str

    @staticmethod
    def from_smiles(text: str) -> Polymer:
        """Read a repeat unit.

        Parameters
        ----------
        text : str
            SMILES with two ``*``.

        Returns
        -------
        Polymer
            The chain.

        Raises
        ------
        StructureError
            If the text is not a linear repeat unit; ``code`` names the reason.
        """
        if not isinstance(text, str):
            raise StructureError("A structure is given as text.", code="not_text", hint="Pass a SMILES string.")
        return _read(text)

    @property
    def word(self) -> Word:
        """Pieces of the smallest repeat unit."""
        return tuple(self.key.split(_SEPARATOR))

    @cached_property
    def smiles(self) -> str:
        """Canonical repeat unit as chemists write it, such as ``*CC*`` (rules in ``tools.core.display``)."""
        return write_unit(display_word(self.word))

    @cached_property
    def unit(self) -> str:
        """Smallest repeat unit as SMILES, such as ``*C*`` for polyethylene."""
        return self.smiles if display_word(self.word) == self.word else write_unit(self.word)

    @cached_property
    def mol(self) -> Chem.Mol:
        """Sanitised molecule of ``smiles`` with its two dummy atoms. Shared: copy it before changing it."""
        return Chem.MolFromSmiles(self.smiles)

    def __str__(self) -> str:
        return self.smiles

    def __reduce__(self) -> tuple[Any, ...]:
        return (Polymer, (self.key,))


@lru_cache(maxsize=8192)
def _read(text: str) -> Polymer:
    return Polymer(_SEPARATOR.join(word_of(parse_unit(text))))
