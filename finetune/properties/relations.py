"""How the errors of different properties go together."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finetune.properties.fit import Structures, Trained
from tools.core.cards import Card, file_sha256, write_card
from tools.properties.artefacts import RELATIONS, RELATIONS_JSON

FloatArray = NDArray[np.float64]
_SHRINK = 20.0  # pairs of errors that a correlation of zero counts for
_LEAST = 10


def correlations(scores: FloatArray) -> FloatArray:
    """Correlate columns with gaps, shrunk towards zero by how few rows they share, and made positive definite.

    Parameters
    ----------
    scores : ndarray [rows, k]
        Held-out errors; NaN where a polymer has no label.

    Returns
    -------
    ndarray [k, k]
        Correlation matrix.
    """
    # wild errors must not make or break a correlation
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
    """Write the correlations of errors with their card.

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
    errors = np.full((len(structures.units), len(trained)), np.nan)
    for column, item in enumerate(trained.values()):
        errors[item.model.rows, column] = item.model.residuals
    matrix = correlations(errors)
    text = json.dumps({"properties": list(trained), "correlation": np.round(matrix, 4).tolist()}, indent=1)
    (folder / RELATIONS_JSON).write_text(text + "\n", encoding="utf-8")
    card = Card(
        id="relations-1",
        title="Correlated errors",
        description=(
            "Correlations of held-out errors between properties, shrunk by the number of shared polymers: the copula "
            "that joins the chances of several constraints."
        ),
        files={RELATIONS_JSON: file_sha256(folder / RELATIONS_JSON)},
        data=[source for name in trained for source in trained[name].model.card.data],
        split="held-out residuals of the models' random 5 folds, grouped by polymer",
        metrics={"properties": len(trained), "largest": float(np.abs(matrix - np.eye(len(matrix))).max())},
        command="polysmith finetune properties",
        versions={name: version(name) for name in ("numpy", "scipy")},
        seed=seed,
        licence="Apache-2.0; derived from the models' held-out errors.",
        limits="Only for the models of the same folder.",
    )
    write_card(folder, card)
