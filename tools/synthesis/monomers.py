"""The list of known monomers that ships with Polysmith.

``data/monomers.csv`` holds the common monomers of textbooks with their usual names (list ``common``), and the monomer
set 202207_smip_monset of SMiPoly (list ``SMiPoly``; names and structures, BSD-3-Clause, ``data/SMIPOLY_LICENSE.txt``).
Membership says that a monomer is known by name, never that it can be bought.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from rdkit import Chem


@dataclass(frozen=True)
class KnownMonomer:
    """A monomer of the list.

    Attributes
    ----------
    smiles : str
        Canonical SMILES.
    name : str
        Name in the list.
    source : str
        The list: ``"common"`` or ``"SMiPoly"``.
    """

    smiles: str
    name: str
    source: str


@lru_cache(maxsize=1)
def known_monomers() -> dict[str, KnownMonomer]:
    """Return all known monomers by canonical SMILES.

    Returns
    -------
    dict of str to KnownMonomer
        The common ones first.
    """
    text = files("tools.synthesis").joinpath("data/monomers.csv").read_text(encoding="utf-8")
    found: dict[str, KnownMonomer] = {}
    for row in csv.DictReader(text.splitlines()):
        smiles = Chem.MolToSmiles(Chem.MolFromSmiles(row["smiles"]))
        found.setdefault(smiles, KnownMonomer(smiles, row["name"], row["list"]))
    return found


@lru_cache(maxsize=1)
def _without_stereo() -> dict[str, KnownMonomer]:
    found: dict[str, KnownMonomer] = {}
    for monomer in known_monomers().values():
        mol = Chem.MolFromSmiles(monomer.smiles)
        Chem.RemoveStereochemistry(mol)
        found.setdefault(Chem.MolToSmiles(mol), monomer)
    return found


def known(smiles: str) -> KnownMonomer | None:
    """Look a monomer up.

    Parameters
    ----------
    smiles : str
        Canonical SMILES.

    Returns
    -------
    KnownMonomer or None
        Entry with the same structure; an unmarked structure matches a stereoisomer of the list.
    """
    return known_monomers().get(smiles) or _without_stereo().get(smiles)
