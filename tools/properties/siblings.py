"""Predictions that use what is already known of the polymer: labels of sibling properties of the same kind.

Properties that come from the same calculations (quantum chemistry of chains; molecular dynamics) or are measured on
the same samples (permeabilities; thermal transitions) err together. A small Gaussian process learns the held-out error
of one property's model from the errors that the known siblings reveal, their values, and the predictions of the
unknown ones (residual learning; linear plus Gaussian kernel, Rasmussen and Williams 2006, eqs. 2.25 and 4.9).
Structure-only predictions never pass through here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.core.cards import load_card
from tools.core.errors import ArtefactError, InputError
from tools.core.evidence import Value, inputs_hash
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.artefacts import SHIPPED, SIBLINGS, library
from tools.properties.intervals import Calibration, unpack
from tools.properties.predict import COVERAGE, PredictionTable, predict_table, values

FloatArray = NDArray[np.float64]
SIBLINGS_JSON, SIBLINGS_NPZ = "siblings.json", "siblings.npz"

#: Properties whose labels come from the same calculations or samples.
FAMILIES: tuple[tuple[str, ...], ...] = (
    (
        "band_gap", "band_gap_bulk", "electron_affinity", "ionisation_energy", "atomisation_energy", "crystallinity",
        "dielectric_constant_dft", "refractive_index_dft",
    ),
    (
        "refractive_index", "dielectric_constant", "thermal_conductivity", "heat_capacity", "bulk_modulus", "cte",
        "radius_of_gyration",
    ),
    ("P_O2", "P_N2", "P_CO2", "P_CH4", "P_H2"),
    ("Tg", "Tm", "density"),
)  # fmt: skip


def family_of(property: str) -> tuple[str, ...]:  # noqa: A002 - the word that every value uses
    """Return the siblings of a property, itself included; empty if it has none."""
    return next((family for family in FAMILIES if property in family), ())


@dataclass(frozen=True)
class Scaling:
    """Scales of a family of k properties, in model space.

    Attributes
    ----------
    mean, spread : ndarray [k]
        Of the labels.
    error : ndarray [k]
        Standard deviation of held-out errors.
    """

    mean: FloatArray
    spread: FloatArray
    error: FloatArray

    def inputs(self, predicted: FloatArray, known: FloatArray, target: int) -> FloatArray:
        """Describe what is known of polymers besides one property.

        Parameters
        ----------
        predicted : ndarray [m, k]
            Structure-only predictions.
        known : ndarray [m, k]
            Labels, NaN where unknown.
        target : int
            Column that is asked for; its label is not used.

        Returns
        -------
        ndarray [m, 2 (k - 1) + 1]
            Errors revealed by the siblings (0 where unknown), their values (predictions where unknown), and the
            prediction of the target; all scaled.
        """
        others = [column for column in range(known.shape[1]) if column != target]
        revealed = np.where(np.isfinite(known), known - predicted, 0.0)[:, others] / self.error[others]
        filled = np.where(np.isfinite(known), known, predicted)
        scaled = (filled - self.mean) / self.spread
        own = (predicted[:, target] - self.mean[target]) / self.spread[target]
        return np.column_stack([np.clip(revealed, -6, 6), scaled[:, others], own])


@dataclass(frozen=True)
class Correction:
    """The learnt error of one property given its siblings.

    Attributes
    ----------
    family : tuple of str
        Properties in the order of the columns.
    scaling : Scaling
        Scales of the columns.
    kernel : tuple of float
        Weight and constant of the linear part, weight and length scale of the Gaussian part.
    points : ndarray [n, d]
        Inputs of the training polymers.
    alpha : ndarray [n]
        Coefficients, in model space.
    offset : float
        Mean of the training errors.
    calibration : Calibration
        Predictive distribution.
    """

    family: tuple[str, ...]
    scaling: Scaling
    kernel: tuple[float, float, float, float]
    points: FloatArray
    alpha: FloatArray
    offset: float
    calibration: Calibration

    def shift(self, inputs: FloatArray) -> FloatArray:
        """Return the expected error [m] of structure-only predictions, from ``Scaling.inputs``."""
        return np.asarray(self.offset + covariance(inputs, self.points, self.kernel) @ self.alpha)


def covariance(left: FloatArray, right: FloatArray, kernel: tuple[float, float, float, float]) -> FloatArray:
    """Return linear plus Gaussian kernel [m, n] between rows; see ``Correction.kernel``."""
    linear, constant, gaussian, length = kernel
    product = left @ right.T
    squared = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2 * product
    smooth = np.exp(-np.maximum(squared, 0) / (2 * length**2))
    return np.asarray(linear * (constant + product) + gaussian * smooth)


def known_difficulty(scale: FloatArray, inputs: FloatArray, siblings: int) -> FloatArray:
    """Put together what makes a prediction hard: the scale from structure, and how wrong a sibling's was; [m, 2]."""
    largest = np.abs(inputs[:, :siblings]).max(axis=1) if siblings else np.zeros(len(inputs))
    return np.column_stack([np.log(scale), largest])


def load_corrections(folder: Path = SHIPPED) -> dict[str, Correction]:
    """Load the corrections of an artefact folder.

    Parameters
    ----------
    folder : Path
        Folder of the property models.

    Returns
    -------
    dict of str to Correction
        By property id.

    Raises
    ------
    ArtefactError
        If there are none.
    """
    place = folder / SIBLINGS
    if not (place / "card.json").is_file():
        raise ArtefactError(f"{folder} has no models for known siblings.", hint="Run polysmith finetune properties.")
    load_card(place)
    data = json.loads((place / SIBLINGS_JSON).read_text(encoding="utf-8"))
    found = {}
    with np.load(place / SIBLINGS_NPZ, allow_pickle=False) as arrays:
        for name, entry in data.items():
            scaling = Scaling(*(np.array(entry[key], dtype=np.float64) for key in ("mean", "spread", "error")))
            found[name] = Correction(
                family=tuple(entry["family"]),
                scaling=scaling,
                kernel=(entry["kernel"][0], entry["kernel"][1], entry["kernel"][2], entry["kernel"][3]),
                points=arrays[f"{name}.points"].astype(np.float64),
                alpha=arrays[f"{name}.alpha"].astype(np.float64),
                offset=entry["offset"],
                calibration=unpack(entry["calibration"]),
            )
    return found


def predict_knowing(
    polymer: Polymer,
    known: Mapping[str, float],
    properties: list[str] | None = None,
    *,
    coverage: float = COVERAGE,
    folder: Path = SHIPPED,
) -> dict[str, Value]:
    """Predict properties of a polymer of which other properties are known.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    known : mapping of str to float
        Known values by property id or name, in canonical units; they must be of the kind that the models learnt
        (simulated ones for simulated properties).
    properties : list of str, optional
        Property ids or names; all that have a model when left out. Known ones are not predicted.
    coverage : float
        Nominal coverage of the intervals.
    folder : Path
        Artefact folder.

    Returns
    -------
    dict of str to Value
        By property id. Values that the known ones changed say so in their note.

    Raises
    ------
    InputError
        If a known value is not finite or impossible, or no property is left to predict.
    UnknownNameError
        If a property is unknown or has no model.
    """
    given = {get_property(name).id: float(value) for name, value in known.items()}
    for name, value in given.items():
        low, high = get_property(name).plausible
        if not low <= value <= high:
            raise InputError(
                f"{value:g} {get_property(name).unit} is not a possible {get_property(name).name}.",
                hint=f"Give a number between {low:g} and {high:g} {get_property(name).unit}.",
            )
    names = library(folder).names if properties is None else [get_property(name).id for name in properties]
    wanted = [name for name in names if name not in given]
    if not wanted:
        raise InputError("Every property asked for is known already.", hint="Ask for another one.")
    needed = list(
        dict.fromkeys([*wanted, *(s for name in wanted for s in family_of(name) if s in library(folder).names)])
    )
    table = predict_table([polymer], needed, tier="accurate", coverage=coverage, folder=folder)
    plain = values(table)[0]
    corrections = load_corrections(folder)
    return {
        name: _corrected(plain[name], table, corrections[name], given, polymer)
        if name in corrections and any(s in given for s in corrections[name].family)
        else plain[name]
        for name in wanted
    }


def _corrected(
    value: Value, table: PredictionTable, correction: Correction, given: Mapping[str, float], polymer: Polymer
) -> Value:
    column = table.columns[value.property]
    family = correction.family
    predicted = np.array([[table.columns[name].centre[0] for name in family]])
    labels = np.array(
        [[_model_space(given[name], table.columns[name].log) if name in given else np.nan for name in family]]
    )
    inputs = correction.scaling.inputs(predicted, labels, family.index(value.property))
    centre = float(column.centre[0] + correction.shift(inputs)[0])
    difficulty = known_difficulty(column.sd[:1], inputs, len(family) - 1)
    half = float(correction.calibration.half_width(correction.calibration.scale(difficulty), table.coverage)[0])
    low, high = get_property(value.property).plausible
    bounds = [10.0**b if column.log else b for b in (centre, centre - half, centre + half)]
    shown = [float(np.clip(bound, low, high)) for bound in bounds]
    used = [name for name in family if name in given]
    named = ", ".join(f"{get_property(name).name} {given[name]:g} {get_property(name).unit}" for name in used)
    return value.model_copy(
        update={
            "value": shown[0],
            "lower": shown[1],
            "upper": shown[2],
            "inputs": inputs_hash(polymer.key, value.source, "known", *(f"{name}={given[name]!r}" for name in used)),
            "note": f"Given {named}. {value.note}".strip(),
        }
    )


def _model_space(value: float, log: bool) -> float:
    return float(np.log10(value)) if log else value
