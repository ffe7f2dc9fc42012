"""Monomers by name: the shipped list, a table of further names and abbreviations, and rules for simple families.

``data/monomer_names.csv`` was written for this project: usual names and abbreviations of monomers. The structures were
made by OPSIN from systematic names, or are those of the shipped list; a test compares formulas.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from importlib.resources import files
from typing import Final

from rdkit import Chem

from tools.naming.families import by_rule, examples
from tools.synthesis.monomers import known, known_monomers

_MULTIPLE: Final = re.compile(r"[\s\-()\[\]{}]+")


def squeeze(name: str) -> str:
    """Reduce a monomer's name to what identifies it; unlike for polymers, locants stay apart.

    Parameters
    ----------
    name : str
        A clean name.

    Returns
    -------
    str
        Lower case, without spaces, hyphens and brackets except between digits.
    """
    lowered = re.sub(r"sulph(?=[aeiou])", "sulf", name.casefold())
    parts = [part for part in _MULTIPLE.split(lowered) if part]
    squeezed = ""
    for part in parts:
        between = squeezed[-1:].isdigit() and part[0].isdigit()
        squeezed += ("-" if between else "") + part
    return squeezed


@lru_cache(maxsize=1)
def _table() -> dict[str, frozenset[str]]:
    """Structures by squeezed name; a name of several monomers has them all."""
    found: dict[str, set[str]] = {}
    for monomer in known_monomers().values():
        for name in _names_in(monomer.name):
            found.setdefault(squeeze(name), set()).add(monomer.smiles)
    own: dict[str, set[str]] = {}
    text = files("tools.naming").joinpath("data/monomer_names.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        own.setdefault(squeeze(row["name"]), set()).add(str(Chem.MolToSmiles(Chem.MolFromSmiles(row["smiles"]))))
    # the own table decides what a name means in this field
    return {name: frozenset(items) for name, items in (found | own).items()}


def _names_in(name: str) -> tuple[str, ...]:
    """Names in an entry such as "4,4'-oxydianiline (ODA)"."""
    both = re.fullmatch(r"(.+\S) \(([A-Z0-9]{2,8})\)", name)
    return (both[1], both[2]) if both else (name,)


@lru_cache(maxsize=8192)
def monomer(name: str) -> str:
    """Look a monomer up without help of OPSIN.

    Parameters
    ----------
    name : str
        A clean name or abbreviation.

    Returns
    -------
    str
        Canonical SMILES; empty if the name is unknown or stands for several monomers.
    """
    key = squeeze(name)
    table = _table()
    for variant in (key, re.sub(r"^n(?=butyl|propyl|hexyl|octyl|alkyl)", "", key)):
        found = table.get(variant)
        if found is not None:
            return next(iter(found)) if len(found) == 1 else ""
    return by_rule(name)


def is_abbreviation(name: str) -> bool:
    """Tell whether a name of the table is one of its abbreviations or one-word names, as used in "PMDA-ODA".

    Parameters
    ----------
    name : str
        A part of a name.

    Returns
    -------
    bool
        True if the table has it.
    """
    return len(_table().get(squeeze(name), ())) == 1


@lru_cache(maxsize=1)
def _written() -> dict[str, str]:
    """Names by structure: of the simple families, and over them those of the own table."""
    found = {by_rule(name): name for name in reversed(examples())}
    text = files("tools.naming").joinpath("data/monomer_names.csv").read_text(encoding="utf-8")
    for row in reversed(list(csv.DictReader(text.splitlines()))):
        if not re.search(r"[A-Z]{2}|[A-Z]\d|^[A-Za-z]{1,2}[A-Z]", row["name"]):  # no abbreviations
            found[str(Chem.MolToSmiles(Chem.MolFromSmiles(row["smiles"])))] = row["name"]
    found.pop("", None)
    return found


def name_of_monomer(smiles: str) -> str:
    """Name a monomer.

    Parameters
    ----------
    smiles : str
        SMILES of a molecule that was read before.

    Returns
    -------
    str
        Name of the list of common monomers, of a family, or of another list; empty if it has none.
    """
    plain = str(Chem.MolToSmiles(Chem.MolFromSmiles(smiles)))
    listed = known(plain)
    if listed is not None and listed.source == "common":
        return _names_in(listed.name)[0]
    return _written().get(plain) or (listed.name if listed is not None else "")
