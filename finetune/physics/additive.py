"""Fit the additive (group-contribution) models of ``tools.simulation``.

Run it with ``python -m finetune.physics.additive DATA_DIR [OUT_DIR]``; it takes four minutes on one core and prints
nothing. Ridge regression with Huber weights on group counts (two levels) around a physical offset where there is one.
Errors are those of five-fold cross-validation over unit keys: rows of one polymer are reduced to their median first, so
a polymer is never on both sides. The rows marked GTRC (non-commercial) are left out.
"""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rdkit
from numpy.typing import NDArray

from finetune.physics.statistics import reference_statistics
from tools.core.cards import Card, DataSource, file_sha256, write_card
from tools.core.errors import NotCoveredError, SetupError
from tools.simulation.additive import ARTEFACTS, MODEL_FILE, AdditiveModel, Basis, Offset, evaluate, offset_of
from tools.simulation.chain import ChainUnit, chain_unit
from tools.simulation.groups import count_groups

Array = NDArray[np.float64]

FOLDS, SEED = 5, 0
_MINIMUM = 8  # polymers that must hold a group before it gets a coefficient
_RIDGE = 100.0  # on columns scaled to unit spread; 1 to 100 change the errors by less than 5 %
_HUBER = 1.345  # 95 % efficiency on normal residuals (Huber 1981)
_STEPS = 10


@dataclass(frozen=True)
class Recipe:
    """What one model is fitted on.

    Attributes
    ----------
    id, title, quantity : str
        Card id and title, and what is fitted.
    basis, offset : str
        As in ``AdditiveModel``.
    table : str
        ``"experimental.csv"`` or ``"simulated.csv"``.
    property : str
        Value of the table's ``property`` column.
    source : str
        Value of the ``source`` column, empty for all.
    limits : str
        What the model must not be used for.
    transform : callable
        Labels (and, where needed, densities of the same source) to the fitted quantity per mass.
    """

    id: str
    title: str
    quantity: str
    basis: Basis
    offset: Offset
    table: str
    property: str
    source: str = ""
    limits: str = ""
    transform: Callable[[Array, Array], Array] = lambda values, _: values


def _specific_refraction(index: Array, density: Array) -> Array:
    return (index**2 - 1) / (index**2 + 2) / density


RECIPES: tuple[Recipe, ...] = (
    Recipe("gc-tg-1", "Glass transition temperature by groups", "Tg", "atom", "none", "experimental.csv", "Tg",
           limits="Linear homopolymers; tacticity, molar mass, cross-links and water are not seen."),
    Recipe("gc-tm-1", "Melting temperature by groups", "Tm", "atom", "none", "experimental.csv", "Tm",
           limits="Says nothing on whether a polymer crystallises; packing and symmetry are not additive."),
    Recipe("gc-volume-1", "Specific volume: van der Waals volume with group corrections", "specific_volume", "mass",
           "vdw", "experimental.csv", "density", transform=lambda density, _: 1 / density,
           limits="Room temperature; crystallinity as in the measured samples, unknown for most."),
    Recipe("gc-refraction-1", "Specific refraction: Crippen refraction with group corrections", "specific_refraction",
           "mass", "crippen", "simulated.csv", "n", "pi1070", transform=_specific_refraction,
           limits="Labels are DFT polarisabilities of RadonPy; combined with the fitted volume it gives n."),
    Recipe("gc-dielectric-1", "Dielectric constant by groups", "dielectric_constant", "atom", "none", "simulated.csv",
           "EPS", "khazana", limits="Labels are DFT of crystals, above what amorphous films show; few elements."),
    Recipe("gc-conductivity-1", "Thermal conductivity by groups", "thermal_conductivity", "mass", "none",
           "simulated.csv", "TC", "pi1070", limits="Labels are molecular dynamics of short amorphous chains."),
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """Polymers and labels of one model: units, values [n], licences and the number of rows behind them."""

    keys: tuple[str, ...]
    units: tuple[ChainUnit, ...]
    y: Array
    licence: str
    rows: int


def load_sample(recipe: Recipe, data_dir: Path) -> Sample:
    """Read and reduce the labels of a recipe.

    Parameters
    ----------
    recipe : Recipe
        Which labels.
    data_dir : Path
        Folder with the tables.

    Returns
    -------
    Sample
        One label per unit key (the median), transformed to the fitted quantity.

    Raises
    ------
    SetupError
        If the table is not there.
    """
    frame = read_table(data_dir, recipe.table)
    if recipe.source:
        frame = frame[frame["source"] == recipe.source]
    rows = frame[frame["property"] == recipe.property]
    labels = rows.groupby("unit_key")["value"].median()
    density = frame[frame["property"] == "density"].groupby("unit_key")["value"].median()
    keys, units, chosen = [], [], []
    for key, value in labels.items():
        try:
            unit = chain_unit(str(key))
            offset_of(recipe.offset, unit)
        except NotCoveredError:
            continue
        if recipe.id == "gc-refraction-1" and key not in density.index:
            continue
        keys.append(str(key))
        units.append(unit)
        chosen.append((float(value), float(density.get(key, np.nan))))
    pairs = np.array(chosen)
    licence = "; ".join(sorted({part.strip() for text in rows["licence"].unique() for part in text.split("|")}))
    return Sample(tuple(keys), tuple(units), recipe.transform(pairs[:, 0], pairs[:, 1]), licence, len(rows))


def read_table(data_dir: Path, name: str) -> Any:
    """Read a table without the rows that may not be shipped in any form.

    Parameters
    ----------
    data_dir : Path
        Folder with the tables.
    name : str
        File name.

    Returns
    -------
    pandas.DataFrame
        Rows that are not marked GTRC and carry no flag.

    Raises
    ------
    SetupError
        If the table is not there.
    """
    import pandas as pd

    path = data_dir / name
    if not path.is_file():
        raise SetupError(f"{name} is not in the data folder.", hint="Give the folder that holds the data tables.")
    frame = pd.read_csv(path)
    frame = frame[~frame["licence"].str.contains("GTRC")]
    return frame[frame["flag"].isna()] if "flag" in frame else frame


def fit(recipe: Recipe, units: Sequence[ChainUnit], y: Array) -> AdditiveModel:
    """Fit one model.

    Parameters
    ----------
    recipe : Recipe
        Basis and offset.
    units : sequence of ChainUnit, length n
        Repeat units.
    y : ndarray [n]
        Labels of the fitted quantity.

    Returns
    -------
    AdditiveModel
        Coefficients, with residual quantiles of zero.
    """
    counts = [count_groups(unit) for unit in units]
    held = Counter(name for groups, environments in counts for name in (*groups, *environments))
    names = sorted(name for name, polymers in held.items() if polymers >= _MINIMUM)
    position = {name: column for column, name in enumerate(names)}
    X = np.zeros((len(units), len(names)))
    for row, (unit, (groups, environments)) in enumerate(zip(units, counts, strict=True)):
        for name, count in (groups + environments).items():
            if name in position:
                X[row, position[name]] = count / (unit.heavy if recipe.basis == "atom" else unit.mass)
    offset = np.array([offset_of(recipe.offset, unit) for unit in units])
    scale = float(np.median(y / offset)) if recipe.offset != "none" else 0.0
    coefficients, intercept = _ridge(X, y - scale * offset)
    values = dict(zip(names, coefficients.tolist(), strict=True))
    return AdditiveModel(
        id=recipe.id, quantity=recipe.quantity, basis=recipe.basis, offset=recipe.offset, scale=scale,
        intercept=intercept, coefficients=values, residual={"in": (0.0, 0.0), "out": (0.0, 0.0)},
    )  # fmt: skip


def _ridge(X: Array, y: Array) -> tuple[Array, float]:
    """Ridge regression with Huber weights, found by iterative reweighting."""
    spread = X.std(axis=0) + 1e-12
    weights = np.ones(len(y))
    coefficients, intercept = np.zeros(X.shape[1]), 0.0
    for _ in range(_STEPS):
        share = weights / weights.sum()
        centre, level = share @ X, float(share @ y)
        Z = (X - centre) / spread
        gram = Z.T @ (weights[:, None] * Z) + _RIDGE * np.eye(X.shape[1])
        coefficients = np.linalg.solve(gram, Z.T @ (weights * (y - level))) / spread
        intercept = level - float(centre @ coefficients)
        residual = np.abs(y - X @ coefficients - intercept)
        scale = 1.4826 * float(np.median(residual))
        weights = 1 / np.maximum(1.0, residual / (_HUBER * scale))
    return coefficients, intercept


def cross_validate(recipe: Recipe, sample: Sample, seed: int) -> tuple[Array, NDArray[np.bool_]]:
    """Predict every polymer from models that have not seen it.

    Parameters
    ----------
    recipe : Recipe
        The model.
    sample : Sample
        Its labels, n polymers.
    seed : int
        Seed of the folds.

    Returns
    -------
    ndarray [n]
        Out-of-fold predictions, NaN where a group was not covered.
    ndarray of bool [n]
        Whether the polymer was in the domain of its model.
    """
    order = np.random.default_rng(seed).permutation(len(sample.y))
    predicted = np.full(len(sample.y), np.nan)
    inside = np.zeros(len(sample.y), dtype=bool)
    for fold in range(FOLDS):
        held_out = order[fold::FOLDS]
        train = np.setdiff1d(order, held_out)
        model = fit(recipe, [sample.units[i] for i in train], sample.y[train])
        for index in held_out:
            try:
                estimate = evaluate(model, sample.units[index])
            except NotCoveredError:
                continue
            predicted[index], inside[index] = estimate.value, estimate.in_domain
    return predicted, inside


def _quantiles(residual: Array) -> tuple[float, float]:
    low, high = np.quantile(residual, [0.05, 0.95])
    return float(low), float(high)


def _metrics(y: Array, predicted: Array, inside: NDArray[np.bool_]) -> dict[str, Any]:
    seen = np.isfinite(predicted)
    error, centred = y[seen] - predicted[seen], y[seen] - y[seen].mean()
    return {
        "n": int(seen.sum()),
        "mae": float(np.abs(error).mean()),
        "median_absolute_error": float(np.median(np.abs(error))),
        "rmse": float(np.sqrt((error**2).mean())),
        "r2": float(1 - (error**2).sum() / (centred**2).sum()),
        "mae_of_mean_baseline": float(np.abs(centred).mean()),
        "mae_in_domain": float(np.abs((y - predicted)[seen & inside]).mean()),
        "share_in_domain": float(inside[seen].mean()),
        "not_covered": int((~seen).sum()),
    }


def fit_one(recipe: Recipe, data_dir: Path, out: Path) -> Card:
    """Fit, cross-validate and write one model with its card.

    Parameters
    ----------
    recipe : Recipe
        Which model.
    data_dir, out : Path
        Folder of the tables, and folder that receives ``<id>/``.

    Returns
    -------
    Card
        The card that was written.
    """
    sample = load_sample(recipe, data_dir)
    predicted, inside = cross_validate(recipe, sample, SEED)
    residual = sample.y - predicted
    seen = np.isfinite(predicted)
    bounds = {"in": _quantiles(residual[seen & inside]), "out": _quantiles(residual[seen & ~inside])}
    model = fit(recipe, sample.units, sample.y).model_copy(update={"residual": bounds})
    again, inside_again = cross_validate(recipe, sample, SEED + 1)
    kept = np.isfinite(again)
    low, high = (np.where(inside_again, bounds["in"][side], bounds["out"][side]) for side in (0, 1))
    within = (sample.y - again >= low) & (sample.y - again <= high)
    card = Card(
        id=recipe.id,
        title=recipe.title,
        description="Ridge regression with Huber weights on two levels of atom groups (tools.simulation.groups).",
        files={},
        data=[DataSource(name=recipe.table, sha256=file_sha256(data_dir / recipe.table), rows=sample.rows,
                         licence=sample.licence)],
        split=f"{FOLDS}-fold cross-validation over unit keys, medians per key, seed {SEED}",
        metrics=_metrics(sample.y, predicted, inside),
        coverage={"nominal": 0.9, "measured": float(within[kept].mean()), "split": f"another split, seed {SEED + 1}"},
        command="python -m finetune.physics.additive DATA_DIR OUT_DIR",
        versions=_versions(),
        seed=SEED,
        licence="coefficients: Apache-2.0; labels as under data",
        limits=recipe.limits,
    )  # fmt: skip
    return _write(out / recipe.id, model.model_dump(mode="json"), card)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "numpy": np.__version__, "rdkit": rdkit.__version__}


def _write(folder: Path, content: dict[str, Any], card: Card) -> Card:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MODEL_FILE
    path.write_text(json.dumps(content, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    signed = card.model_copy(update={"files": {MODEL_FILE: file_sha256(path)}})
    write_card(folder, signed)
    return signed


def fit_all(data_dir: Path, out: Path = ARTEFACTS) -> dict[str, Card]:
    """Fit every additive model and measure the reference statistics of the checks.

    Parameters
    ----------
    data_dir : Path
        Folder with ``experimental.csv`` and ``simulated.csv``.
    out : Path
        Folder that receives one folder per artefact.

    Returns
    -------
    dict of str to Card
        Cards by id.

    Raises
    ------
    SetupError
        If a table is missing.
    """
    cards = {recipe.id: fit_one(recipe, data_dir, out) for recipe in RECIPES}
    content, card = reference_statistics(read_table(data_dir, "experimental.csv"), data_dir, _versions())
    cards[card.id] = _write(out / card.id, content, card)
    return cards


if __name__ == "__main__":
    import sys

    fit_all(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else ARTEFACTS)
