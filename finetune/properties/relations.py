"""How the errors of different properties go together, and the selectivities that follow from permeabilities."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.properties import metrics
from finetune.properties.fit import Structures, Trained
from tools.core.cards import Card, file_sha256, write_card
from tools.core.properties import all_properties
from tools.properties.artefacts import RELATIONS, RELATIONS_JSON
from tools.properties.intervals import LEVELS, from_scores, pack

FloatArray = NDArray[np.float64]
_SHRINK = 20.0  # pairs of errors that a correlation of zero counts for
_LEAST = 10


def selectivities(known: set[str]) -> list[tuple[str, str, str]]:
    """List the selectivities whose two permeabilities are among ``known``: (property, first, second)."""
    found = []
    for name in all_properties():
        if name.startswith("selectivity_"):
            _, first, second = name.split("_")
            if {f"P_{first}", f"P_{second}"} <= known:
                found.append((name, f"P_{first}", f"P_{second}"))
    return found


def correlations(scores: FloatArray) -> FloatArray:
    """Correlate columns with gaps, shrunk towards zero by how few rows they share, and made positive definite.

    Parameters
    ----------
    scores : ndarray [rows, k]
        Scaled held-out errors; NaN where a polymer has no label.

    Returns
    -------
    ndarray [k, k]
        Correlation matrix.
    """
    # normal scores: wild errors must not make or break a correlation
    clipped = np.clip(scores / np.nanstd(scores, axis=0), -3, 3)
    matrix = np.eye(scores.shape[1])
    for i in range(scores.shape[1]):
        for j in range(i):
            both = np.isfinite(clipped[:, i]) & np.isfinite(clipped[:, j])
            count = int(both.sum())
            if count >= _LEAST:
                value = float(np.corrcoef(clipped[both, i], clipped[both, j])[0, 1])
                matrix[i, j] = matrix[j, i] = value * count / (count + _SHRINK)
    values, vectors = np.linalg.eigh(matrix)
    mended = vectors @ np.diag(np.maximum(values, 1e-3)) @ vectors.T
    root = np.sqrt(np.diag(mended))
    return np.asarray(mended / np.outer(root, root))


def write_relations(out: Path, trained: dict[str, Trained], structures: Structures, seed: int) -> None:
    """Write correlations and selectivities with their card.

    Parameters
    ----------
    out : Path
        Artefact folder.
    trained : dict of str to Trained
        The models, by property id.
    structures : Structures
        Their structures.
    seed : int
        Random seed, for the card.
    """
    folder = out / RELATIONS
    folder.mkdir(exist_ok=True)
    errors = {name: np.full(len(structures.units), np.nan) for name in trained}
    for name, item in trained.items():
        errors[name][item.model.rows] = item.scores
    derived = [_derive(name, first, second, trained, errors) for name, first, second in selectivities(set(trained))]
    for ratio in derived:
        errors[ratio["property"]] = ratio.pop("errors")
    names = list(errors)
    matrix = correlations(np.column_stack([errors[name] for name in names]))
    text = json.dumps({"properties": names, "correlation": np.round(matrix, 4).tolist(), "derived": derived}, indent=1)
    (folder / RELATIONS_JSON).write_text(text + "\n", encoding="utf-8")
    card = Card(
        id="relations-1",
        title="Correlated errors and gas selectivities",
        description=(
            "Correlations of scaled held-out errors between properties (shrunk by the number of shared polymers), and "
            "selectivities as ratios of predicted permeabilities with intervals from their own held-out errors."
        ),
        files={RELATIONS_JSON: file_sha256(folder / RELATIONS_JSON)},
        data=[source for name in trained for source in trained[name].model.card.data],
        split="held-out residuals of the models' random 5 folds, grouped by polymer",
        metrics={item["property"]: item["metrics"] for item in derived},
        coverage={item["property"]: item["metrics"]["coverage"] for item in derived},
        command="polysmith finetune properties",
        versions={name: version(name) for name in ("numpy", "scipy")},
        seed=seed,
        licence="Apache-2.0; derived from the models' held-out errors.",
        limits="Selectivities of pure gases; mixtures plasticise and compete.",
    )
    write_card(folder, card)


def _derive(
    name: str, first: str, second: str, trained: dict[str, Trained], errors: dict[str, FloatArray]
) -> dict[str, Any]:
    """Calibrate a ratio on the polymers that have both labels."""
    top, bottom = trained[first], trained[second]
    size = len(errors[first])
    residual, scale = {}, {}
    for key, item in ((first, top), (second, bottom)):
        residual[key], scale[key] = np.full(size, np.nan), np.full(size, np.nan)
        residual[key][item.model.rows] = item.model.residuals
        scale[key][item.model.rows] = np.abs(item.model.residuals) / np.maximum(np.abs(item.scores), 1e-9)
    both = np.isfinite(residual[first]) & np.isfinite(residual[second])
    pair = np.column_stack([errors[first], errors[second]])
    correlation = float(correlations(pair)[0, 1])
    variance = scale[first] ** 2 + scale[second] ** 2 - 2 * correlation * scale[first] * scale[second]
    error = residual[first] - residual[second]
    ratio = error / np.sqrt(np.maximum(variance, 1e-12))
    scores = ratio[both]
    # even rows calibrate odd ones and the other way round, to say what the coverage is
    even = np.arange(len(scores)) % 2 == 0
    covered = [
        np.abs(scores[test]) <= np.interp(0.9, LEVELS, from_scores(scores[~test]).scores) for test in (even, ~even)
    ]
    labels = {key: np.full(size, np.nan) for key in (first, second)}
    for key, item in ((first, top), (second, bottom)):
        labels[key][item.model.rows] = item.model.labels
    true = (labels[first] - labels[second])[both]
    numbers = metrics.scores(true, true - error[both]) | {
        "n": int(both.sum()),
        "coverage": float(np.concatenate(covered).mean()),
        "mean_predictor_mae": float(np.abs(true - true.mean()).mean()),
    }
    return {
        "property": name,
        "first": first,
        "second": second,
        "correlation": correlation,
        "calibration": pack(from_scores(scores)),
        "metrics": metrics.rounded(numbers),
        "errors": np.where(both, ratio, np.nan),
    }
