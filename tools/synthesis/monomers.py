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

from rdkit import Chem, rdBase

from tools.core.errors import UnknownNameError
from tools.core.gate import MAX_CHARACTERS


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


@lru_cache(maxsize=1)
def _by_name() -> dict[str, KnownMonomer]:
    found: dict[str, KnownMonomer] = {}
    for monomer in known_monomers().values():
        found.setdefault(_plain(monomer.name), monomer)
    return found


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum() or letter in ",'")


def resolve_monomer(text: str) -> str:
    """Read a monomer by its name in the list, or as SMILES.

    Parameters
    ----------
    text : str
        Such as ``"styrene"`` or ``"C=Cc1ccccc1"``.

    Returns
    -------
    str
        Its SMILES in the list, or the text itself if it could be a SMILES (checked when it is polymerised).

    Raises
    ------
    UnknownNameError
        If it is no name of the list and no SMILES.
    """
    entry = _by_name().get(_plain(text))
    if entry is not None and not _is_smiles(text):
        return entry.smiles
    if _is_smiles(text):
        return text.strip()
    raise UnknownNameError(
        f"{text[:60]!r} is no monomer of the list and no SMILES.",
        hint="Give its SMILES, such as C=Cc1ccccc1 for styrene.",
    )


def _is_smiles(text: str) -> bool:
    if not 0 < len(text.strip()) <= MAX_CHARACTERS:
        return False
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(text.strip(), sanitize=False) is not None
