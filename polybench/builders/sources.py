"""Tables behind the suite: labels with their licences, structures, monomers and the project's own handbook.

Nothing of these tables ships: the suite is built by a command into a user's folder. Two licence levels:

- ``open``: CC-BY, BSD and MIT sources and the project's own handbook and rules;
- ``research``: also sources without a clear licence, each task naming it. Non-commercial rows are in neither.
"""

from __future__ import annotations

import csv
import gzip
import math
import os
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Final, Literal

from rdkit import Chem

from polybench.builders.chains import Chain, Label, chain_from
from polybench.builders.split import share_of
from tools.chemistry import handbook
from tools.core.errors import SetupError, StructureError
from tools.core.polymer import Polymer

Licences = Literal["open", "research"]

#: Column name in the table of simulated values: property of the suite, factor to its unit.
_SIMULATED: Final = {
    "density": ("density", 1.0),
    "n": ("refractive_index", 1.0),
    "Cp": ("heat_capacity", 1.0),
    "TC": ("thermal_conductivity", 1.0),
    "K": ("bulk_modulus", 1e-9),
}
_MEASURED: Final = ("Tg", "Tm", "density", "P_O2", "P_N2", "P_CO2", "P_CH4", "P_H2")
_OPEN_ROWS: Final = frozenset(("MIT repo; MSA membrane DB",))
POLYMETRIX: Final = ("PolyMetriX curated glass transition temperatures, Zenodo 15783761", "CC-BY-4.0")
SMIPOLY: Final = ("SMiPoly virtual polymers (Ohno et al.)", "BSD-3-Clause")
HANDBOOK: Final = ("Polysmith handbook", "Apache-2.0 (facts with their sources)")
MD: Final = "simulated (molecular dynamics)"

Labelled = dict[str, tuple[Polymer, dict[str, list[Label]]]]


def data_folder(path: Path | None = None) -> Path | None:
    """Find the folder of tables.

    Parameters
    ----------
    path : Path or None
        Named by the caller; ``$POLYSMITH_DATA`` otherwise.

    Returns
    -------
    Path or None
        None if neither names one.

    Raises
    ------
    SetupError
        If the folder does not hold the tables.
    """
    named = path or (Path(os.environ["POLYSMITH_DATA"]) if os.environ.get("POLYSMITH_DATA") else None)
    if named is not None and not (named / "experimental.csv").is_file():
        raise SetupError(
            f"There is no experimental.csv in {named}.", hint="Set POLYSMITH_DATA to the folder of tables."
        )
    return named


def read_chains(folder: Path | None, *, seed: int, licences: Licences = "open", virtual: int = 6000) -> list[Chain]:
    """Read every chain that tasks are built on.

    Parameters
    ----------
    folder : Path or None
        Folder of tables; None for the handbook alone.
    seed : int
        Seed of the suite.
    licences : {"open", "research"}
        Which rows may be used.
    virtual : int
        Structures drawn from the table of virtual polymers, spread over its classes.

    Returns
    -------
    list of Chain
        One per polymer, by key.
    """
    table: Labelled = {}
    origin: dict[str, tuple[str, str]] = {}
    for entry in handbook.load():
        origin.setdefault(_remember(table, entry.polymer, {}), HANDBOOK)
        for name in ("Tg", "Tm", "density"):
            found = entry.summary(name)
            if found is not None:
                label = Label(found.value, "measured", found.source, HANDBOOK[1])
                table[entry.polymer.key][1].setdefault(name, []).append(label)
    if folder is not None:
        for smiles, name, label in (*_measured(folder, licences), *_simulated(folder, licences)):
            polymer = _read(smiles)
            if polymer is not None:
                key = _remember(table, polymer, {name: label})
                origin.setdefault(key, (label.source, label.licence))
        for smiles in _virtual(folder, virtual, seed):
            polymer = _read(smiles)
            if polymer is not None:
                origin.setdefault(_remember(table, polymer, {}), SMIPOLY)
    chains = []
    for key in sorted(table):
        polymer, labels = table[key]
        source, licence = origin[key]
        chain = chain_from(polymer, seed=seed, labels=_merged(labels), source=source, licence=licence)
        if chain is not None:
            chains.append(chain)
    return chains


#: Slips of the tables, not polymers: a peroxide in the chain where a glycoside belongs, =C for =O on an imide.
_SLIPS: Final = tuple(Chem.MolFromSmarts(text) for text in ("[OX2][OX2]", "[nX3]:c=[CH2]", "[NX3;R]C(=[CH2])c"))


def _read(smiles: str) -> Polymer | None:
    try:
        polymer = Polymer.from_smiles(smiles)
    except StructureError:
        return None
    return None if any(polymer.mol.HasSubstructMatch(slip) for slip in _SLIPS) else polymer


def _remember(table: Labelled, polymer: Polymer, labels: Mapping[str, Label]) -> str:
    found = table.setdefault(polymer.key, (polymer, {}))[1]
    for name, label in labels.items():
        found.setdefault(name, []).append(label)
    return polymer.key


def _merged(labels: Mapping[str, list[Label]]) -> dict[str, Label]:
    """One label per property: the median; left out where values of one kind differ by more than a tenth."""
    merged = {}
    for name, found in sorted(labels.items()):
        values = [label.value for label in found]
        middle = median(values)
        if max(values) - min(values) <= 0.1 * abs(middle):
            nearest = min(found, key=lambda label: (abs(label.value - middle), label.source))
            merged[name] = Label(middle, nearest.kind, nearest.source, nearest.licence)
    return merged


def _measured(folder: Path, licences: Licences) -> Iterator[tuple[str, str, Label]]:
    with (folder / "experimental.csv").open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            if row["property"] not in _MEASURED or "GTRC" in row["licence"] or row["flag"] or row["conflict"] == "True":
                continue
            value, source, licence = row["value"], row["source"], row["licence"]
            if row["property"] == "Tg" and row["value_polymetrix_ccby"]:
                value, (source, licence) = row["value_polymetrix_ccby"], POLYMETRIX
            elif licences == "open" and licence not in _OPEN_ROWS:
                continue
            number = float(value)
            if math.isfinite(number) and number > 0:
                yield row["smiles"], row["property"], Label(number, "measured", source, licence)


def _simulated(folder: Path, licences: Licences) -> Iterator[tuple[str, str, Label]]:
    del licences  # the rows used are BSD-3-Clause at either level
    with (folder / "simulated.csv").open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            if row["source"] == "pi1070" and row["property"] in _SIMULATED:
                name, factor = _SIMULATED[row["property"]]
                number = float(row["value"]) * factor
                if math.isfinite(number) and number > 0:
                    yield row["smiles"], f"{name}@MD", Label(number, MD, "RadonPy PI1070", row["licence"])


def virtual_rows(folder: Path) -> Iterator[dict[str, str]]:
    """Read the table of virtual polymers: ``smiles``, ``polymer_class``, ``mon1``, ``mon2``."""
    with gzip.open(folder / "virtual_smipoly_2star.csv.gz", "rt", newline="", encoding="utf-8") as handle:
        yield from csv.DictReader(handle)


def spread_rows(folder: Path, count: int, seed: int) -> list[dict[str, str]]:
    """Draw rows of the virtual table, as many of each class as there are, up to equal shares.

    Parameters
    ----------
    folder : Path
        Folder of tables.
    count : int
        Rows at most.
    seed : int
        Seed.

    Returns
    -------
    list of dict
        In a fixed order.
    """
    by_class: dict[str, list[tuple[float, int, dict[str, str]]]] = {}
    for place, row in enumerate(virtual_rows(folder)):
        by_class.setdefault(row["polymer_class"], []).append((share_of(f"{seed}|{row['smiles']}"), place, row))
    chosen: list[dict[str, str]] = []
    left = count
    for rank, name in enumerate(sorted(by_class, key=lambda item: (len(by_class[item]), item))):
        take = left // (len(by_class) - rank)
        rows = sorted(by_class[name], key=lambda item: item[:2])[:take]
        left -= len(rows)
        chosen.extend(row for _, _, row in rows)
    random.Random(seed).shuffle(chosen)
    return chosen


def _virtual(folder: Path, count: int, seed: int) -> list[str]:
    if count <= 0 or not (folder / "virtual_smipoly_2star.csv.gz").is_file():
        return []
    return [row["smiles"] for row in spread_rows(folder, count, seed)]
