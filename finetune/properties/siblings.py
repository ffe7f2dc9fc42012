"""Train the corrections of predictions by known sibling properties (``tools.properties.siblings``)."""

from __future__ import annotations

import json
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.properties import metrics, splits
from finetune.properties.first_stage import FirstStage
from finetune.properties.fit import Structures, Trained
from tools.core.cards import Card, file_sha256, write_card
from tools.properties.artefacts import SIBLINGS
from tools.properties.intervals import calibrate, cross_scores, pack
from tools.properties.model import FirstAnswers, Processes
from tools.properties.siblings import (
    FAMILIES,
    SIBLINGS_JSON,
    SIBLINGS_NPZ,
    Correction,
    Scaling,
    covariance,
    known_difficulty,
)

FloatArray = NDArray[np.float64]
_FOLDS = 5
_LEAST = 40
_TUNED_ON = 400
_CONSTANT = 0.01  # of the linear kernel
_CHUNK = 64


def write_siblings(out: Path, trained: dict[str, Trained], structures: Structures, seed: int) -> dict[str, Any]:
    """Train and write the corrections of all properties with siblings.

    Parameters
    ----------
    out : Path
        Artefact folder.
    trained : dict of str to Trained
        The models, by property id.
    structures : Structures
        Their structures.
    seed : int
        Random seed.

    Returns
    -------
    dict of str to dict
        Held-out errors with and without known siblings, by property id.
    """
    folder = out / SIBLINGS
    folder.mkdir(exist_ok=True)
    found: dict[str, Correction] = {}
    numbers: dict[str, Any] = {}
    for family in FAMILIES:
        members = tuple(name for name in family if name in trained)
        if len(members) > 1:
            _learn_family(members, trained, structures, seed, found, numbers)
    entries: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    for name, item in found.items():
        entries[name] = {
            "family": item.family,
            "kernel": item.kernel,
            "offset": item.offset,
            "calibration": pack(item.calibration),
            **{key: getattr(item.scaling, key).tolist() for key in ("mean", "spread", "error")},
        }
        arrays |= {f"{name}.points": item.points.astype(np.float32), f"{name}.alpha": item.alpha.astype(np.float32)}
    (folder / SIBLINGS_JSON).write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    np.savez_compressed(folder / SIBLINGS_NPZ, **arrays)
    card = Card(
        id="siblings-1",
        title="Predictions given known sibling properties",
        description="Gaussian processes that learn the held-out error of a model from known values of its siblings.",
        files={name: file_sha256(folder / name) for name in (SIBLINGS_JSON, SIBLINGS_NPZ)},
        data=[source for name in trained for source in trained[name].model.card.data],
        split="5 random folds by polymer over those with at least one known sibling",
        metrics=numbers,
        command="polysmith finetune properties",
        versions={name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
        seed=seed,
        licence="Apache-2.0; labels as named under data.",
        limits="Known values must be of the kind that the models learnt, simulated or measured.",
    )
    write_card(folder, card)
    return numbers


def _learn_family(
    members: tuple[str, ...],
    trained: dict[str, Trained],
    structures: Structures,
    seed: int,
    found: dict[str, Correction],
    numbers: dict[str, Any],
) -> None:
    labels = np.full((len(structures.units), len(members)), np.nan)
    predicted = np.full_like(labels, np.nan)
    for column, name in enumerate(members):
        model = trained[name].model
        labels[model.rows, column] = model.labels
        predicted[model.rows, column] = model.labels - model.residuals
    rows = np.flatnonzero(np.isfinite(labels).sum(axis=1) >= 2)
    _fill(members, trained, structures, rows, predicted)
    errors = np.nanstd(labels - predicted, axis=0)
    scaling = Scaling(np.nanmean(labels, axis=0), np.nanstd(labels, axis=0), errors)
    for column, name in enumerate(members):
        own = rows[np.isfinite(labels[rows, column])]
        if len(own) < _LEAST:
            continue
        inputs = scaling.inputs(predicted[own], labels[own], column)
        scale = _scales(trained[name], own)
        found[name], numbers[name] = _learn(
            inputs, (labels - predicted)[own, column], scale, scaling, members, labels[own, column], seed
        )


def _scales(trained: Trained, rows: NDArray[np.int64]) -> FloatArray:
    """Return the scale of each polymer's error from structure alone, as held-out scores imply it."""
    model = trained.model
    place = {int(row): index for index, row in enumerate(model.rows)}
    chosen = np.array([place[int(row)] for row in rows])
    return np.asarray(trained.scales[chosen])


def _fill(
    members: tuple[str, ...],
    trained: dict[str, Trained],
    structures: Structures,
    rows: NDArray[np.int64],
    predicted: FloatArray,
) -> None:
    """Predict from structure what has no label."""
    models = [trained[name].model for name in members]
    processes = Processes.of(models, len(structures.reference))
    stage = structures.first.finished() if isinstance(structures.first, FirstStage) else None
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        features = structures.accurate.take(part)
        kernels = structures.reference.parts(features)
        means = processes(kernels)
        aid = None if stage is None else FirstAnswers(stage, stage.table[part])
        for column, model in enumerate(models):
            missing = np.isnan(predicted[part, column])
            if missing.any():
                answer = model.accurate(features, means[:, column], kernels[0], aid).mean
                predicted[part[missing], column] = answer[missing]


def _learn(
    inputs: FloatArray,
    error: FloatArray,
    scale: FloatArray,
    scaling: Scaling,
    family: tuple[str, ...],
    labels: FloatArray,
    seed: int,
) -> tuple[Correction, dict[str, Any]]:
    kernel, noise = _tune(inputs, error, seed)
    folds = splits.random_folds(len(error), _FOLDS, seed)
    held = np.zeros(len(error))
    for fold in range(_FOLDS):
        out, kept = folds == fold, folds != fold
        offset, alpha = _solve(inputs[kept], error[kept], kernel, noise)
        held[out] = offset + covariance(inputs[out], inputs[kept], kernel) @ alpha
    difficulty = known_difficulty(scale, inputs, len(family) - 1)
    _, covered = cross_scores(error - held, difficulty, folds)
    offset, alpha = _solve(inputs, error, kernel, noise)
    correction = Correction(family, scaling, kernel, inputs, alpha, offset, calibrate(error - held, difficulty))
    with_known = metrics.scores(labels, labels - (error - held))
    alone = metrics.scores(labels, labels - error)
    report = {"n": len(error), "known": with_known, "structure_only": alone, "coverage": float(covered.mean())}
    return correction, metrics.rounded(report)


def _solve(
    inputs: FloatArray, error: FloatArray, kernel: tuple[float, float, float, float], noise: float
) -> tuple[float, FloatArray]:
    offset = float(error.mean())
    matrix = covariance(inputs, inputs, kernel)
    matrix[np.diag_indices(len(matrix))] += noise
    return offset, np.asarray(np.linalg.solve(matrix, error - offset), dtype=np.float64)


def _tune(inputs: FloatArray, error: FloatArray, seed: int) -> tuple[tuple[float, float, float, float], float]:
    """Set the kernel by marginal likelihood on a random subset; in the square of the error's unit."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel

    chosen = np.random.default_rng(seed).permutation(len(error))[:_TUNED_ON]
    variance = float(error[chosen].var()) or 1.0
    wanted = (
        ConstantKernel(0.1) * DotProduct(np.sqrt(_CONSTANT), sigma_0_bounds="fixed")
        + ConstantKernel(1.0) * RBF(4.0, (1.0, 50.0))
        + WhiteKernel(0.3, (0.01, 2.0))
    )
    learner = GaussianProcessRegressor(wanted, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a weight at its bound is an answer
        learner.fit(inputs[chosen], (error[chosen] - error[chosen].mean()) / np.sqrt(variance))
    values = np.exp(learner.kernel_.theta)  # in the order in which the kernels are written
    linear, gaussian, length, noise = (float(value) for value in values)
    return (linear * variance, _CONSTANT, gaussian * variance, length), noise * variance
