"""One property's trained model: the blend and, where no shared network screens, trees that do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.core.cards import Card, load_card
from tools.core.errors import ArtefactError
from tools.properties import domain
from tools.properties.auxiliary import Auxiliaries, Chosen, choose, similarities
from tools.properties.features import FEATURE_VERSION, Features
from tools.properties.intervals import Calibration, unpack
from tools.properties.kernels import PARTS
from tools.properties.trees import Trees

FloatArray = NDArray[np.float64]
MODEL_JSON, MODEL_NPZ = "model.json", "model.npz"


@dataclass(frozen=True)
class Estimate:
    """What a model says about m polymers, in model space.

    Attributes
    ----------
    mean, scale : ndarray [m]
        Prediction, and the scale of its error.
    best : ndarray [m]
        Similarity of the nearest training polymer; NaN in the fast tier, which does not look.
    in_domain : ndarray of bool [m]
        Whether the model has seen polymers like it.
    """

    mean: FloatArray
    scale: FloatArray
    best: FloatArray
    in_domain: NDArray[np.bool_]


@dataclass(frozen=True)
class FirstAnswers:
    """What the first stage says about m polymers.

    Attributes
    ----------
    stage : Auxiliaries
        The first stage.
    scores : ndarray of float32 [m, h]
        Its answers.
    """

    stage: Auxiliaries
    scores: NDArray[np.float32]

    def chosen(self, property: str) -> Chosen:  # noqa: A002 - the word that every value uses
        """Return the helpers of a property."""
        return choose(self.stage.helpers, property)


@dataclass(frozen=True)
class Quick:
    """The fast tier of one property as trees, for models that come without the networks of ``screening``.

    Attributes
    ----------
    trees, error : Trees
        Prediction, and the error that is expected of it.
    calibration : Calibration
        Predictive distribution.
    unit : float
        Mean absolute held-out residual.
    limit : float
        Largest share of unseen environments that counts as in domain.
    """

    trees: Trees
    error: Trees
    calibration: Calibration
    unit: float
    limit: float


@dataclass(frozen=True)
class Model:
    """Trained model of one property.

    Attributes
    ----------
    card : Card
        Where it came from and how good it is.
    property : str
        Property id.
    label_kind : str
        "measured" or "simulated".
    log : bool
        True if it works on log10 of the value.
    note : str
        Known bias, shown with every value.
    conditions : dict of str to str
        Conditions of the labels.
    rows : ndarray of int [n]
        Rows of the shared reference structures that it was trained on.
    labels, residuals : ndarray [n]
        Labels and held-out residuals, in model space.
    sources : tuple of str [n]
        Source of each label.
    weights : ndarray [parts]
        Weight of each kernel.
    aid_weights : ndarray [groups]
        Weight of each kernel on the first stage; empty for a model without one.
    alpha : ndarray [n]
        Coefficients of the Gaussian process, in model space.
    offset, share : float
        Mean of the labels; share of the Gaussian process in the blend.
    trees : Trees
        Boosted trees of the blend.
    calibration : Calibration
        Predictive distribution of the blend.
    unit : float
        Mean absolute held-out residual of the blend.
    domain_limits : dict of str to float
        Lowest similarity and highest share of unseen environments that count as in domain.
    seen : ndarray of bool
        Bins seen in training.
    quick : Quick or None
        The fast tier, if it is trees.
    """

    card: Card
    property: str
    label_kind: str
    log: bool
    note: str
    conditions: dict[str, str]
    rows: NDArray[np.int64]
    labels: FloatArray
    residuals: FloatArray
    sources: tuple[str, ...]
    weights: FloatArray
    aid_weights: FloatArray
    alpha: NDArray[np.float32]
    offset: float
    share: float
    trees: Trees
    calibration: Calibration
    unit: float
    domain_limits: dict[str, float]
    seen: NDArray[np.bool_] = field(repr=False)
    quick: Quick | None = None

    def accurate(
        self, features: Features, process: FloatArray, similarity: NDArray[np.float32], aid: FirstAnswers | None = None
    ) -> Estimate:
        """Predict with the blend.

        Parameters
        ----------
        features : Features
            Accurate-tier features of m polymers.
        process : ndarray [m]
            Mean of the Gaussian process, from ``Processes``.
        similarity : ndarray of float32 [m, N]
            Min-max similarity of block ``cycle`` to all N reference structures.
        aid : FirstAnswers, optional
            Answers of the first stage; needed by models with ``aid_weights``.

        Returns
        -------
        Estimate
            In model space.
        """
        extra = None
        if aid is not None and len(self.aid_weights):
            chosen = aid.chosen(self.property)
            extra = aid.scores[:, chosen.columns]
            process = process + self._aided(aid, chosen)
        grown = self.trees.predict(features, extra)
        best, density, local = domain.nearest(similarity[:, self.rows], np.abs(self.residuals))
        difficulty = domain.accurate_difficulty(best, density, local, np.abs(process - grown), self.unit)
        unseen = domain.unseen_share(features, self.seen)
        inside = (best >= self.domain_limits["best"]) & (unseen <= self.domain_limits["unseen"])
        mean = self.share * process + (1 - self.share) * grown
        return Estimate(mean, self.calibration.scale(difficulty), best, inside)

    def _aided(self, aid: FirstAnswers, chosen: Chosen) -> FloatArray:
        """Return what the kernels on the first stage add to the mean [m]."""
        parts = similarities(aid.scores, aid.stage.table[self.rows], chosen)
        added = [
            weight * (part.astype(np.float64) @ self.alpha)
            for weight, part in zip(self.aid_weights, parts, strict=True)
        ]
        return np.asarray(np.sum(added, axis=0))

    def fast(self, features: Features) -> Estimate:
        """Predict with the trees of the fast tier.

        Parameters
        ----------
        features : Features
            Fast-tier features of m polymers.

        Returns
        -------
        Estimate
            In model space.

        Raises
        ------
        ArtefactError
            If the model came without them.
        """
        quick = self.quick_trees()
        unseen = domain.unseen_share(features, self.seen)
        difficulty = domain.fast_difficulty(unseen, quick.error.predict(features), quick.unit)
        scale = quick.calibration.scale(difficulty)
        return Estimate(quick.trees.predict(features), scale, np.full(len(features), np.nan), unseen <= quick.limit)

    def quick_trees(self) -> Quick:
        """Return the trees of the fast tier; raises ArtefactError if the model came without them."""
        if self.quick is None:
            raise ArtefactError(f"{self.card.id} has no fast tier.", hint="Run polysmith finetune properties.")
        return self.quick


@dataclass(frozen=True)
class Processes:
    """The Gaussian processes of several models, side by side, so that one product answers all of them.

    Attributes
    ----------
    coefficients : ndarray [parts, N, k]
        Kernel weight times coefficient of each reference structure, zero where a model was not trained on it.
    offsets : ndarray [k]
        Means of the labels.
    """

    coefficients: FloatArray
    offsets: FloatArray

    @staticmethod
    def of(models: Sequence[Model], size: int) -> Processes:
        """Put k models with ``size`` reference structures side by side."""
        coefficients = np.zeros((len(PARTS), size, len(models)))
        for place, model in enumerate(models):
            coefficients[:, model.rows, place] = np.outer(model.weights, model.alpha)
        return Processes(coefficients, np.array([model.offset for model in models], dtype=np.float64))

    def __call__(self, parts: Sequence[NDArray[np.float32]]) -> FloatArray:
        """Return the means [m, k] from kernels, each [m, N], in the order of ``PARTS``."""
        total = np.tile(self.offsets, (len(parts[0]), 1))
        for part, coefficient in zip(parts, self.coefficients, strict=True):
            total += part.astype(np.float64) @ coefficient
        return total


def load_model(folder: Path) -> Model:
    """Load the model of one property.

    Parameters
    ----------
    folder : Path
        Folder with the card, ``model.json`` and ``model.npz``.

    Returns
    -------
    Model
        Ready to predict.

    Raises
    ------
    ArtefactError
        If the card does not match the files, or another version of the features trained it.
    """
    card = load_card(folder)
    data = json.loads((folder / MODEL_JSON).read_text(encoding="utf-8"))
    if data["features"] != FEATURE_VERSION or tuple(data["parts"]) != PARTS:
        raise ArtefactError(f"{card.id} was trained with other features.", hint="Run polysmith finetune properties.")
    with np.load(folder / MODEL_NPZ, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    names = data["sources"]
    return Model(
        card=card,
        **{name: data[name] for name in ("property", "label_kind", "log", "note", "conditions", "offset", "share")},
        rows=found["rows"].astype(np.int64),
        labels=found["labels"].astype(np.float64),
        residuals=found["residuals"].astype(np.float64),
        sources=tuple(names[index] for index in found["source"]),
        weights=found["weights"].astype(np.float64),
        aid_weights=found["aid_weights"].astype(np.float64),
        alpha=found["alpha"],
        trees=_trees(found, data, "trees"),
        calibration=unpack(data["calibration"]),
        unit=data["unit"],
        domain_limits=data["domain_limits"],
        seen=np.unpackbits(found["seen"]).astype(bool),
        quick=_quick(found, data),
    )


def _quick(found: dict[str, NDArray[Any]], data: dict[str, Any]) -> Quick | None:
    if "screen_calibration" not in data:
        return None
    return Quick(
        _trees(found, data, "screen"),
        _trees(found, data, "screen_error"),
        unpack(data["screen_calibration"]),
        data["screen_unit"],
        data["domain_limits"]["unseen_fast"],
    )


def _trees(found: dict[str, NDArray[Any]], data: dict[str, Any], name: str) -> Trees:
    prefix = f"{name}."
    columns = {
        key.removeprefix(prefix): value.astype(np.int64)
        for key, value in found.items()
        if key.startswith(prefix) and key != f"{prefix}text"
    }
    return Trees(found[f"{prefix}text"].tobytes().decode("ascii"), columns, data["tree_offsets"][name])
