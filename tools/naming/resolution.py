"""What a name was understood as, and what cannot be understood as one chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tools.core.errors import InputError
from tools.core.polymer import Polymer

Method = Literal["repeat unit", "handbook", "polyamide number", "source-based name", "structure-based name"]


@dataclass(frozen=True)
class NamedMonomer:
    """A monomer that a name speaks of.

    Attributes
    ----------
    name : str
        As in the name.
    smiles : str
        Canonical SMILES.
    """

    name: str
    smiles: str


@dataclass(frozen=True)
class Resolution:
    """A polymer with the way from its name to its structure.

    Attributes
    ----------
    text : str
        What was asked for.
    polymer : Polymer
        The chain.
    method : Method
        How the name was read.
    how : str
        The same in a sentence.
    monomers : tuple of NamedMonomer
        Monomers of a source-based name.
    notes : tuple of str
        What the name says that the structure does not hold, and what it leaves open.
    """

    text: str
    polymer: Polymer
    method: Method
    how: str
    monomers: tuple[NamedMonomer, ...] = ()
    notes: tuple[str, ...] = ()


class CopolymerNameError(InputError):
    """A name of a copolymer, which has no single repeat unit.

    Parameters
    ----------
    text : str
        What was asked for.
    parts : tuple of (str, str)
        Name of each part, and its repeat unit as SMILES, empty where it is not known.
    """

    def __init__(self, text: str, parts: tuple[tuple[str, str], ...]) -> None:
        named = " and ".join(f"{name} ({smiles})" if smiles else name for name, smiles in parts)
        super().__init__(
            f"{text!r} is a copolymer, which has no single repeat unit: {named}.",
            hint='Predict it as a copolymer of its units and amounts, such as "PS:0.5, PMMA:0.5".',
        )
        self.text = text
        self.parts = parts

    def __reduce__(self) -> tuple[object, ...]:
        return (CopolymerNameError, (self.text, self.parts))
