"""Common solvents by name or SMILES, with Hansen parameters and molar volumes.

Numbers in ``data/solvents.csv`` (MPa^0.5 and cm3/mol at 25 °C): C. M. Hansen, Hansen Solubility Parameters: A User's
Handbook, 2nd edition, CRC Press 2007, Table A.1, as transcribed in github.com/xueannafang/hsp_toolkit_prototype
(db.csv, commit b49ee5d). Entries whose decimal point was lost there are left out. Seven were compared with
stenutz.eu/chem/solv24.php and agree to 0.1 (2,2,4-trimethylpentane to 0.2). Names and SMILES are ours.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from rdkit import Chem

from tools.core.errors import InputError, StructureError, UnknownNameError
from tools.core.gate import parse_molecule

SOURCE = "Hansen, Hansen Solubility Parameters: A User's Handbook, 2nd ed. 2007, Table A.1"
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Solvent:
    """A liquid of small molecules.

    Attributes
    ----------
    name : str
        Its name; the SMILES where the table does not hold it.
    smiles : str
        Canonical SMILES without stereochemistry.
    hansen : tuple of float or None
        Dispersion, polar and hydrogen-bonding parameter, MPa^0.5; None where the table does not hold it.
    molar_volume : float or None
        cm3/mol at 25 °C.
    """

    name: str
    smiles: str
    hansen: tuple[float, float, float] | None = None
    molar_volume: float | None = None


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[Solvent, ...], dict[str, Solvent]]:
    text = resources.files("tools.chemistry").joinpath("data/solvents.csv").read_text(encoding="utf-8")
    found: list[Solvent] = []
    names: dict[str, Solvent] = {}
    for row in csv.DictReader(text.splitlines()):
        parts = (float(row["delta_d"]), float(row["delta_p"]), float(row["delta_h"]))
        smiles = Chem.MolToSmiles(Chem.MolFromSmiles(row["smiles"]))
        solvent = Solvent(row["name"], smiles, parts, float(row["molar_volume"]))
        found.append(solvent)
        for name in (row["name"], *filter(None, row["other_names"].split(";"))):
            names.setdefault(_plain(name), solvent)
    return tuple(found), names


def _plain(name: str) -> str:
    return re.sub(r"[\s,'()\-–]", "", name.casefold())


def solvents() -> tuple[Solvent, ...]:
    """Return the solvents of the table.

    Returns
    -------
    tuple of Solvent
        In the order of the table, each with Hansen parameters and molar volume.
    """
    return _table()[0]


def resolve_solvent(text: str) -> Solvent:
    """Return the solvent that a name or SMILES stands for.

    Parameters
    ----------
    text : str
        A name such as ``"toluene"`` or ``"THF"``, or the SMILES of one neutral molecule.

    Returns
    -------
    Solvent
        With Hansen parameters and molar volume where the table holds it.

    Raises
    ------
    UnknownNameError
        If it is neither a known name nor a SMILES.
    InputError
        If it is the SMILES of a polymer, a salt or several molecules.
    """
    table, names = _table()
    wanted = text.strip()
    found = names.get(_plain(wanted)) if len(wanted) <= _LONGEST_NAME else None
    if found is not None:
        return found
    if "*" in wanted or "." in wanted:
        raise InputError(f"{wanted[:60]!r} is not one molecule.", hint="Give a solvent's name or the SMILES of one.")
    try:
        mol = Chem.Mol(parse_molecule(wanted))
    except StructureError as error:
        known = ", ".join(solvent.name for solvent in table[:8])
        raise UnknownNameError(
            f"{wanted[:60]!r} is not a solvent that is known by name.", hint=f"Give its SMILES, or: {known} ..."
        ) from error
    if sum(atom.GetFormalCharge() for atom in mol.GetAtoms()) or not mol.GetNumAtoms():
        raise InputError(f"{wanted[:60]!r} is not a neutral molecule.", hint="Solvents are neutral molecules.")
    Chem.RemoveStereochemistry(mol)
    smiles = Chem.MolToSmiles(mol)
    return next((solvent for solvent in table if solvent.smiles == smiles), Solvent(smiles, smiles))
