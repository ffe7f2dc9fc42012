"""Train and test the model of Flory-Huggins parameters: ``polysmith finetune chi --data DIR --out DIR``.

Held-out numbers come from three splits: whole pairs (a polymer in a solvent, at all temperatures), whole polymers and
whole solvents. A new polymer in a common solvent is the second case. Physics beside it: chi = V / (R T) times a squared
difference of solubility parameters (regular solutions; P. J. Flory, Principles of Polymer Chemistry 1953), with
Hansen's parameters of the solvent from the table and those of the polymer by group contribution.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rdkit import Chem

from finetune.properties import metrics
from tools.chemistry.solvents import solvents
from tools.core.cards import Card, DataSource, file_sha256, write_card
from tools.core.constants import GAS_CONSTANT
from tools.core.errors import InputError, NotCoveredError, StructureError
from tools.core.gate import parse_molecule
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.chi import FEATURES, MODEL_JSON, MODEL_NPZ, SHARE, Pairs, Process, Scales, difficulty
from tools.properties.densities import Densities, molecule_densities, polymer_densities
from tools.properties.features import flat_unit
from tools.properties.intervals import Calibration, calibrate, cross_scores, pack
from tools.properties.trees import slim
from tools.simulation.hansen import hansen_parameters

FloatArray = NDArray[np.float64]
FILE = "chi_pairs.csv"
COMMAND = "polysmith finetune chi"
SEEDS = 3
FOLDS = {"pair": 5, "polymer": 10, "solvent": 5}
_TREES: dict[str, Any] = {"n_estimators": 300, "learning_rate": 0.04, "num_leaves": 15, "min_child_samples": 8}
_TREES |= {"subsample": 0.8, "subsample_freq": 1, "colsample_bytree": 0.5}
_BARRED = "GTRC"
_SHORT = "Orwoll & Arnold, in Physical Properties of Polymers Handbook, 2nd ed. 2007, ch. 14"


@dataclass(frozen=True)
class Table:
    """Clean measurements, n of them.

    Attributes
    ----------
    units, smiles, sources : tuple of str
        Canonical repeat unit, canonical solvent and source.
    pairs : Pairs
        Descriptors and temperatures.
    values : ndarray [n]
        chi.
    dropped : dict of str to int
        Rows left out, by rule.
    """

    units: tuple[str, ...]
    smiles: tuple[str, ...]
    sources: tuple[str, ...]
    pairs: Pairs
    values: FloatArray
    dropped: dict[str, int]

    def groups(self, kind: str) -> list[str]:
        """Return what is held out together under a split: the pair, the polymer or the solvent of each row."""
        if kind == "polymer":
            return list(self.units)
        if kind == "solvent":
            return list(self.smiles)
        return [f"{unit} {solvent}" for unit, solvent in zip(self.units, self.smiles, strict=True)]


def load_pairs(data_dir: Path, *, non_commercial: bool = False) -> Table:
    """Load and clean measured pairs.

    Parameters
    ----------
    data_dir : Path
        Folder with ``chi_pairs.csv`` (columns smiles, solvent, T_K, chi, source, Reference).
    non_commercial : bool
        Use rows that may not be used commercially as well; never for shipped models.

    Returns
    -------
    Table
        Rows that can be read, in a fixed order.

    Raises
    ------
    InputError
        If the file is missing or no row is left.
    """
    path = data_dir / FILE
    if not path.is_file():
        raise InputError(
            f"{path} does not exist.", hint="Point --data (or POLYSMITH_DATA) at the folder with the tables."
        )
    whole = pd.read_csv(path)
    barred = whole["source"].str.contains(_BARRED)
    dropped = {"licence": 0 if non_commercial else int(barred.sum()), "not read": 0, "number impossible": 0}
    low, high = get_property("chi").plausible
    rows: list[tuple[str, str, float, float, str, Densities, Densities]] = []
    for row in whole[~barred | non_commercial].itertuples():
        read = _read(str(row.smiles), str(row.solvent))
        number, warmth = float(row.chi), float(row.T_K)
        if read is None:
            dropped["not read"] += 1
        elif not (low <= number <= high and 0 < warmth < np.inf):
            dropped["number impossible"] += 1
        else:
            source = _SHORT if str(row.Reference).startswith("Orwoll") else str(row.Reference)
            rows.append((read[0], read[1], warmth, number, source, *read[2:]))
    if not rows:
        raise InputError(f"{path.name} holds no usable row.")
    rows.sort(key=lambda row: row[:5])
    pairs = Pairs.of([(row[5], row[6], row[2]) for row in rows])
    units, smiles, _, values, sources = zip(*(row[:5] for row in rows), strict=True)
    return Table(units, smiles, sources, pairs, np.array(values), dropped)


def _read(polymer: str, solvent: str) -> tuple[str, str, Densities, Densities] | None:
    try:
        unit = flat_unit(Polymer.from_smiles(polymer))
        mol = Chem.Mol(parse_molecule(solvent))
        Chem.RemoveStereochemistry(mol)
        smiles = str(Chem.MolToSmiles(mol))
        return unit, smiles, polymer_densities(unit), molecule_densities(smiles)
    except (StructureError, NotCoveredError):
        return None


def fold_of(groups: list[str], folds: int, seed: int) -> NDArray[np.int64]:
    """Deal groups into folds at random; rows of one group stay together, [n]."""
    names = sorted(set(groups))
    place = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % folds, strict=True))
    return np.array([place[name] for name in groups], dtype=np.int64)


def fit_trees(matrix: FloatArray, values: FloatArray, seed: int) -> list[Any]:
    """Train the boosted trees; returns ``SEEDS`` boosters whose answers are averaged."""
    import lightgbm

    fixed: dict[str, Any] = {"verbose": -1, "n_jobs": 1, "deterministic": True}
    return [
        lightgbm.LGBMRegressor(**_TREES, **fixed, random_state=seed + extra).fit(matrix, values).booster_
        for extra in range(SEEDS)
    ]


@dataclass(frozen=True)
class HeldOut:
    """Held-out answers under one split, [n] each."""

    folds: NDArray[np.int64]
    process: FloatArray
    spread: FloatArray
    trees: FloatArray
    mean: FloatArray
    nearest: FloatArray

    @property
    def blend(self) -> FloatArray:
        """Answer of the model."""
        return SHARE * self.process + (1 - SHARE) * self.trees

    @property
    def difficulty(self) -> FloatArray:
        """What makes each pair hard, [n, 2]."""
        return difficulty(self.spread, np.abs(self.process - self.trees))


def hold_out(table: Table, kind: str, seed: int) -> HeldOut:
    """Predict every row from the other folds of a split, beside the mean and the nearest pair.

    Parameters
    ----------
    table : Table
        The measurements.
    kind : {"pair", "polymer", "solvent"}
        What is held out together.
    seed : int
        Random seed.

    Returns
    -------
    HeldOut
        Answers for every row.
    """
    folds = fold_of(table.groups(kind), FOLDS[kind], seed)
    found = {name: np.zeros(len(table.values)) for name in ("process", "spread", "trees", "mean", "nearest")}
    for fold in np.unique(folds):
        held, kept = folds == fold, folds != fold
        train, test, known = table.pairs.take(kept), table.pairs.take(held), table.values[kept]
        scales = Scales.of(train)
        found["process"][held], found["spread"][held] = Process(scales, train, known)(test)
        matrix = scales.matrix(test)
        grown = [booster.predict(matrix, num_threads=1) for booster in fit_trees(scales.matrix(train), known, seed)]
        found["trees"][held] = np.mean(grown, axis=0)
        found["mean"][held] = known.mean()
        found["nearest"][held] = known[np.argmax(scales.kernel(test, train), axis=1)]
    return HeldOut(folds, **found)


def physics(table: Table) -> tuple[FloatArray, FloatArray]:
    """Compute chi from solubility parameters: by total parameters, and by Hansen's distance, [n] each.

    Hansen's is V R_a^2 / (4 R T). NaN where the solvent is not in the table, or the polymer not covered by groups.
    """
    known = {solvent.smiles: solvent for solvent in solvents()}
    centres: dict[str, FloatArray | None] = {}
    total, distance = np.full(len(table.values), np.nan), np.full(len(table.values), np.nan)
    for row, (unit, smiles) in enumerate(zip(table.units, table.smiles, strict=True)):
        if unit not in centres:
            centres[unit] = _centre(unit)
        centre, solvent = centres[unit], known.get(smiles)
        if centre is None or solvent is None or solvent.hansen is None or solvent.molar_volume is None:
            continue
        here = np.array(solvent.hansen)
        factor = solvent.molar_volume / (GAS_CONSTANT * table.pairs.temperature[row])
        total[row] = factor * (np.linalg.norm(centre) - np.linalg.norm(here)) ** 2
        distance[row] = factor * float(((centre - here) ** 2 * np.array([1, 0.25, 0.25])).sum())
    return total, distance


def _centre(unit: str) -> FloatArray | None:
    try:
        return np.array([value.value for value in hansen_parameters(Polymer.from_smiles(unit)).values()])
    except NotCoveredError:
        return None


def train_chi(data_dir: Path, out: Path, *, seed: int = 0, non_commercial: bool = False) -> dict[str, Any]:
    """Train the model, measure it on three splits and write it with its card.

    Parameters
    ----------
    data_dir : Path
        Folder with ``chi_pairs.csv``.
    out : Path
        Folder for the model.
    seed : int
        Random seed.
    non_commercial : bool
        Also learn from rows that may not be used commercially. Do not ship such a model.

    Returns
    -------
    dict
        "metrics" and "coverage", as on the card.

    Raises
    ------
    InputError
        If the data are missing.
    """
    started = time.process_time()
    table = load_pairs(data_dir, non_commercial=non_commercial)
    splits = {kind: hold_out(table, kind, seed) for kind in FOLDS}
    numbers = _numbers(table, splits)
    calibration, widest, coverage = _calibrated(table, splits)
    scales = Scales.of(table.pairs)
    boosters = fit_trees(scales.matrix(table.pairs), table.values, seed)
    files = _write(out, table, [slim(booster.model_to_string()) for booster in boosters], calibration, widest)
    numbers["cpu_seconds"] = round(time.process_time() - started, 1)
    card = _card(data_dir, table, files, numbers, coverage, seed, non_commercial=non_commercial)
    write_card(out, card)
    return {"metrics": card.metrics, "coverage": card.coverage}


def _numbers(table: Table, splits: dict[str, HeldOut]) -> dict[str, Any]:
    total, distance = physics(table)
    covered = np.isfinite(distance)
    numbers: dict[str, Any] = {"n": len(table.values), "polymers": len(set(table.units))}
    numbers |= {"solvents": len(set(table.smiles)), "pairs": len(set(table.groups("pair")))}
    for kind, held in splits.items():
        answers = {"blend": held.blend, "gaussian_process": held.process, "trees": held.trees}
        answers |= {"mean_predictor": held.mean, "nearest_neighbour": held.nearest}
        numbers[f"{kind}_out"] = {name: metrics.scores(table.values, answer) for name, answer in answers.items()}
    numbers["where_physics_applies"] = {
        "n": int(covered.sum()),
        "total_parameters": metrics.scores(table.values[covered], total[covered]),
        "hansen_distance": metrics.scores(table.values[covered], distance[covered]),
    } | {f"{kind}_out": metrics.scores(table.values[covered], held.blend[covered]) for kind, held in splits.items()}
    return metrics.rounded(numbers)


def _calibrated(table: Table, splits: dict[str, HeldOut]) -> tuple[Calibration, float, dict[str, Any]]:
    """Calibrate on the three splits together; coverage from calibrations that did not see the row's polymer."""
    residual = np.concatenate([table.values - held.blend for held in splits.values()])
    hard = np.vstack([held.difficulty for held in splits.values()])
    owner = np.tile(splits["polymer"].folds, len(splits))
    _, covered = cross_scores(residual, hard, owner)
    parts = dict(zip(splits, np.split(covered, len(splits)), strict=True))
    coverage: dict[str, Any] = {"nominal": 0.9, "all": float(covered.mean())}
    coverage |= {f"{kind}_out": float(part.mean()) for kind, part in parts.items()}
    widest = float(np.quantile(np.concatenate([splits[kind].spread for kind in ("pair", "solvent")]), 0.95))
    return calibrate(residual, hard), widest, metrics.rounded(coverage)


def _write(out: Path, table: Table, texts: list[str], calibration: Calibration, widest: float) -> dict[str, str]:
    out.mkdir(parents=True, exist_ok=True)
    names = {"units": table.units, "solvents": table.smiles, "sources": table.sources}
    lists = {name: sorted(set(entries)) for name, entries in names.items()}
    place = {name: {entry: row for row, entry in enumerate(entries)} for name, entries in lists.items()}
    arrays: dict[str, Any] = {
        "unit": np.array([place["units"][entry] for entry in table.units], dtype=np.uint16),
        "solvent": np.array([place["solvents"][entry] for entry in table.smiles], dtype=np.uint16),
        "source": np.array([place["sources"][entry] for entry in table.sources], dtype=np.uint16),
        "temperature": table.pairs.temperature,
        "chi": table.values,
    }
    arrays |= {f"trees_{row}": np.frombuffer(text.encode("ascii"), dtype=np.uint8) for row, text in enumerate(texts)}
    np.savez_compressed(out / MODEL_NPZ, allow_pickle=False, **arrays)
    data = {"features": FEATURES, "trees": len(texts), "widest": widest, "calibration": pack(calibration), **lists}
    (out / MODEL_JSON).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return {name: file_sha256(out / name) for name in (MODEL_JSON, MODEL_NPZ)}


def _card(
    data_dir: Path,
    table: Table,
    files: dict[str, str],
    numbers: dict[str, Any],
    coverage: dict[str, Any],
    seed: int,
    *,
    non_commercial: bool,
) -> Card:
    licence = "MIT (MTL_ChiParameter)" + ("; GTRC non-commercial" if non_commercial else "")
    rules = ", ".join(f"{rule}: {count}" for rule, count in table.dropped.items() if count)
    return Card(
        id="chi-private" if non_commercial else "chi-blend-1",
        title="Flory-Huggins interaction parameter from polymer, solvent and temperature",
        description=f"Gaussian process and boosted trees on descriptors per volume. Rows left out: {rules or 'none'}.",
        files=files,
        data=[
            DataSource(
                name=f"{FILE}: {_SHORT}",
                sha256=file_sha256(data_dir / FILE),
                rows=len(table.values),
                licence=licence,
            )
        ],
        split="pairs (5 folds), polymers (10 folds) and solvents (5 folds) held out; settings were fixed beforehand",
        metrics=numbers,
        coverage=coverage,
        command=COMMAND,
        versions={name: version(name) for name in ("numpy", "scipy", "lightgbm", "rdkit")},
        seed=seed,
        licence="Weights and measured values: MIT data, Apache-2.0 weights.",
        limits=(
            "Homopolymers in one solvent of small molecules. No concentration, molar mass or crystallinity. Of the "
            "polymers three make a third of the rows; polymers unlike all of them get wide intervals."
        ),
    )
