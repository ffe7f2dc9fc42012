"""What the generator learns from: virtual polymers, balanced by class, and real ones with free licences."""

from __future__ import annotations

import csv
import gzip
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.chemistry import handbook
from tools.core.cards import DataSource, file_sha256
from tools.core.errors import PolysmithError, SetupError
from tools.core.polymer import Polymer
from tools.design.spelling import texts_of
from tools.properties.predict import predict_table

#: What the generator can be asked for.
PROPERTIES: tuple[str, ...] = (
    "Tg",
    "Tm",
    "density",
    "refractive_index",
    "dielectric_constant",
    "band_gap",
    "electron_affinity",
    "ionisation_energy",
    "P_O2",
    "P_CO2",
    "selectivity_CO2_CH4",
    "thermal_conductivity",
)
VIRTUAL, MEASURED = "virtual_smipoly_2star.csv.gz", "experimental.csv"
_BARRED = "GTRC"
_FREE = re.compile(r"CC-BY-4\.0|Apache-2\.0|MIT repo")
_MARKS = re.compile(r"[@/\\]")
_MOST_ATOMS = 80
_MOST_LETTERS = 200
_BATCH = 2000


@dataclass(frozen=True)
class Corpus:
    """Polymers to learn from, n of them, no chain twice.

    Attributes
    ----------
    polymers : tuple of Polymer
        Chains without stereo marks.
    texts : tuple of tuple of str
        Texts of their pieces (``tools.design.spelling``).
    real : ndarray of bool [n]
        True for polymers that have been made.
    targets : ndarray [n, p]
        Predictions of ``PROPERTIES`` by the screening models, in model space.
    held_out : ndarray of bool [n]
        True for polymers that are never trained on, chosen by key.
    sources : tuple of DataSource
        The tables.
    left_out : dict of str to int
        Rows that were not used, by reason.
    """

    polymers: tuple[Polymer, ...]
    texts: tuple[tuple[str, ...], ...]
    real: NDArray[np.bool_]
    targets: NDArray[np.float64]
    held_out: NDArray[np.bool_]
    sources: tuple[DataSource, ...]
    left_out: dict[str, int]


def read_corpus(folder: Path, *, per_class: int, seed: int, share: float = 0.05) -> Corpus:
    """Read and label the polymers.

    Parameters
    ----------
    folder : Path
        Folder with ``virtual_smipoly_2star.csv.gz`` (SMiPoly, BSD-3) and ``experimental.csv``.
    per_class : int
        Virtual polymers of each class and number of monomers at most (289,615 of the 319,668 are vinyl pairs).
    seed : int
        Seed of that choice and of the held-out polymers.
    share : float
        Share of the polymers that is held out.

    Returns
    -------
    Corpus
        Real polymers first.

    Raises
    ------
    SetupError
        If a table is missing.
    """
    for name in (VIRTUAL, MEASURED):
        if not (folder / name).is_file():
            raise SetupError(f"{folder} has no {name}.", hint="Name the folder with --data or POLYSMITH_DATA.")
    left_out = {"unreadable": 0, "too large": 0, "not spelled": 0}
    found: dict[Polymer, tuple[str, ...]] = {}
    real_units = [entry.polymer.smiles for entry in handbook.load()] + _measured(folder / MEASURED)
    _take(real_units, found, left_out)
    n_real = len(found)
    virtual = virtual_units(folder, per_class, seed)
    _take(virtual, found, left_out)
    polymers = tuple(found)
    keys = random.Random(seed).sample(sorted(p.key for p in polymers), k=round(share * len(polymers)))
    held = set(keys)
    return Corpus(
        polymers,
        tuple(found.values()),
        np.arange(len(polymers)) < n_real,
        label(polymers),
        np.array([p.key in held for p in polymers]),
        (
            DataSource(
                name=f"{VIRTUAL} (SMiPoly)",
                sha256=file_sha256(folder / VIRTUAL),
                rows=len(virtual),
                licence="BSD-3-Clause",
            ),
            DataSource(
                name=f"{MEASURED}, structures of rows with CC-BY-4.0, Apache-2.0 or MIT sources; handbook",
                sha256=file_sha256(folder / MEASURED),
                rows=len(real_units),
                licence="CC-BY-4.0 | Apache-2.0 | MIT",
            ),
        ),
        left_out,
    )


def label(polymers: Sequence[Polymer]) -> NDArray[np.float64]:
    """Predict the properties that the generator can be asked for.

    Parameters
    ----------
    polymers : sequence of Polymer
        The polymers, n of them.

    Returns
    -------
    ndarray [n, p]
        Predictions of the screening models in model space (log10 for permeabilities).
    """
    parts = []
    for start in range(0, len(polymers), _BATCH):
        table = predict_table(polymers[start : start + _BATCH], PROPERTIES, tier="fast")
        parts.append(np.column_stack([table.columns[name].centre for name in PROPERTIES]))
    return np.concatenate(parts) if parts else np.empty((0, len(PROPERTIES)))


def _measured(path: Path) -> list[str]:
    """Structures that a free source gives by itself."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [
            row["smiles"]
            for row in csv.DictReader(handle)
            if _FREE.search(row["licence"]) and _BARRED not in row["licence"]
        ]
    return list(dict.fromkeys(rows))


def virtual_units(folder: Path, per_class: int, seed: int) -> list[str]:
    """Take up to ``per_class`` virtual polymers of every class, those of one monomer and of two apart.

    Parameters
    ----------
    folder : Path
        Folder with ``virtual_smipoly_2star.csv.gz`` (SMiPoly, BSD-3).
    per_class : int
        How many of each at most.
    seed : int
        Seed of the choice.

    Returns
    -------
    list of str
        Repeat units, class by class.

    Raises
    ------
    SetupError
        If the table is missing.
    """
    path = folder / VIRTUAL
    if not path.is_file():
        raise SetupError(f"{folder} has no {VIRTUAL}.", hint="Name the folder with --data or POLYSMITH_DATA.")
    groups: dict[tuple[str, bool], list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            groups.setdefault((row["polymer_class"], bool(row["mon2"])), []).append(row["smiles"])
    chooser = random.Random(seed)
    return [
        smiles
        for _, units in sorted(groups.items())
        for smiles in (units if len(units) <= per_class else chooser.sample(units, per_class))
    ]


def _take(units: Sequence[str], found: dict[Polymer, tuple[str, ...]], left_out: dict[str, int]) -> None:
    for polymer in _read(units, left_out):
        if polymer in found:
            continue
        texts = texts_of(polymer)
        if texts is None:
            left_out["not spelled"] += 1
        elif polymer.mol.GetNumHeavyAtoms() > _MOST_ATOMS or sum(map(len, texts)) > _MOST_LETTERS:
            left_out["too large"] += 1
        else:
            found[polymer] = texts


def _read(units: Sequence[str], left_out: dict[str, int]) -> Iterator[Polymer]:
    for smiles in units:
        try:
            yield Polymer.from_smiles(_MARKS.sub("", smiles))
        except PolysmithError:
            left_out["unreadable"] += 1
