"""Predict properties of polymers, with calibrated intervals and a domain flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.core.cards import Card, load_card
from tools.core.errors import UnknownNameError
from tools.core.evidence import Value, inputs_hash
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.absent import why_absent
from tools.properties.artefacts import SHIPPED, Library, library
from tools.properties.environments import count
from tools.properties.features import Features, Tier, featurise, flat_unit
from tools.properties.intervals import Calibration
from tools.properties.model import Estimate, FirstAnswers

FloatArray = NDArray[np.float64]
COVERAGE = 0.9
_DIGITS = 6
_CHUNK = 64  # polymers compared with the reference structures at once
_SCREENED = 1024  # polymers that go through the networks at once


@dataclass(frozen=True)
class Column:
    """Predictions of one property for n polymers.

    Attributes
    ----------
    property : str
        Property id.
    mean, lower, upper : ndarray [n]
        Prediction and interval in the property's canonical unit.
    centre, sd : ndarray [n]
        Prediction and scale of its error in model space (log10 of the value where ``log``).
    in_domain : ndarray of bool [n]
        Whether the model has seen polymers like it.
    similarity : ndarray [n]
        Similarity of the nearest training polymer, 0 to 1; NaN in the fast tier.
    log : bool
        True if model space is log10.
    calibration : Calibration
        Distribution of the scaled error.
    source : str
        Card id.
    """

    property: str
    mean: FloatArray
    lower: FloatArray
    upper: FloatArray
    centre: FloatArray
    sd: FloatArray
    in_domain: NDArray[np.bool_]
    similarity: FloatArray
    log: bool
    calibration: Calibration
    source: str


@dataclass(frozen=True)
class PredictionTable:
    """Predictions of several properties for n polymers.

    Attributes
    ----------
    polymers : tuple of Polymer
        The rows.
    columns : dict of str to Column
        By property id.
    coverage : float
        Nominal coverage of the intervals.
    tier : {"accurate", "fast"}
        Which form of the models answered.
    folder : Path
        Artefacts that answered.
    """

    polymers: tuple[Polymer, ...]
    columns: dict[str, Column]
    coverage: float
    tier: Tier
    folder: Path = field(default=SHIPPED)

    def __len__(self) -> int:
        return len(self.polymers)


def available(folder: Path = SHIPPED, tier: Tier = "accurate") -> dict[str, Card]:
    """Return the card behind every property that can be predicted.

    Parameters
    ----------
    folder : Path
        Artefact folder.
    tier : {"accurate", "fast"}
        Which form of the models is asked for; one card may answer many properties in the fast one.

    Returns
    -------
    dict of str to Card
        By property id.
    """
    found = library(folder)
    cards = {name: load_card(folder / name) for name in found.names}
    if tier == "fast" and found.screening is not None:
        cards |= dict.fromkeys(found.screening.properties, found.screening.card)
    return cards


def predict_table(
    polymers: Sequence[Polymer],
    properties: Sequence[str] | None = None,
    *,
    tier: Tier = "fast",
    coverage: float = COVERAGE,
    folder: Path = SHIPPED,
) -> PredictionTable:
    """Predict properties of many polymers as arrays.

    Parameters
    ----------
    polymers : sequence of Polymer
        The polymers, n of them; duplicates are computed once.
    properties : sequence of str, optional
        Property ids or names; all that have a model when left out.
    tier : {"fast", "accurate"}
        One network for all properties, some thousand polymers a second, or the full blend.
    coverage : float
        Nominal coverage of the intervals.
    folder : Path
        Artefact folder.

    Returns
    -------
    PredictionTable
        One column per property, one row per polymer, in order.

    Raises
    ------
    UnknownNameError
        If a property is unknown or has no model.
    """
    found = library(folder)
    wanted = _wanted(found, properties)
    distinct = sorted(set(polymers))
    place = {polymer: row for row, polymer in enumerate(distinct)}
    rows = np.array([place[polymer] for polymer in polymers], dtype=np.int64)
    estimates = _estimates(found, distinct, wanted, tier)
    columns = {name: _column(found, name, estimates, rows, tier, coverage) for name in wanted}
    return PredictionTable(tuple(polymers), columns, coverage, tier, folder)


def predict(
    polymers: Sequence[Polymer],
    properties: Sequence[str] | None = None,
    *,
    tier: Tier = "accurate",
    coverage: float = COVERAGE,
    folder: Path = SHIPPED,
) -> list[dict[str, Value]]:
    """Predict properties of polymers as values with their intervals and sources.

    Parameters
    ----------
    polymers : sequence of Polymer
        The polymers.
    properties : sequence of str, optional
        Property ids or names; all that have a model when left out.
    tier : {"accurate", "fast"}
        The full blend, or the screening models.
    coverage : float
        Nominal coverage of the intervals.
    folder : Path
        Artefact folder.

    Returns
    -------
    list of dict of str to Value
        One per polymer, in order: values by property id.

    Raises
    ------
    UnknownNameError
        If a property is unknown or has no model.
    """
    return values(predict_table(polymers, properties, tier=tier, coverage=coverage, folder=folder))


def values(table: PredictionTable) -> list[dict[str, Value]]:
    """Turn a table of predictions into values with interval, domain flag, source and note.

    Parameters
    ----------
    table : PredictionTable
        From ``predict_table``.

    Returns
    -------
    list of dict of str to Value
        One per polymer, in order.
    """
    found = library(table.folder)
    rows: list[dict[str, Value]] = [{} for _ in table.polymers]
    for name, column in table.columns.items():
        model = found.model(name)
        unit = get_property(name).unit
        for row, polymer in enumerate(table.polymers):
            rows[row][name] = Value(
                property=name,
                value=float(column.mean[row]),
                unit=unit,
                lower=float(column.lower[row]),
                upper=float(column.upper[row]),
                coverage=table.coverage,
                kind="predicted",
                label_kind="measured" if model.label_kind == "measured" else "simulated",
                source=column.source,
                in_domain=bool(column.in_domain[row]),
                conditions=dict(model.conditions),
                inputs=inputs_hash(polymer.key, column.source, table.tier),
                note=model.note,
            )
    return rows


def _wanted(found: Library, properties: Sequence[str] | None) -> list[str]:
    if properties is None:
        return list(found.names)
    wanted = list(dict.fromkeys(get_property(name).id for name in properties))
    for name in wanted:
        if name not in found.names:
            known = ", ".join(found.names)
            raise UnknownNameError(f"There is no model for {name!r}.", hint=why_absent(name) or f"Models: {known}.")
    return wanted


def _estimates(found: Library, polymers: list[Polymer], needed: list[str], tier: Tier) -> dict[str, Estimate]:
    if tier == "fast":
        return _screened(found, polymers, needed)
    _, reference = found.structures
    first = found.first
    chunks: dict[str, list[Estimate]] = {name: [] for name in needed}
    for start in range(0, max(len(polymers), 1), _CHUNK):
        part: Features = featurise(polymers[start : start + _CHUNK], "accurate")
        kernels = reference.parts(part)
        aid = None
        if first is not None:
            units = [flat_unit(polymer) for polymer in polymers[start : start + _CHUNK]]
            aid = FirstAnswers(first, first.scores(kernels, units))
        means = found.processes(tuple(needed))(kernels)
        for place, name in enumerate(needed):
            chunks[name].append(found.model(name).accurate(part, means[:, place], kernels[0], aid))
    return {name: join(parts) for name, parts in chunks.items()}


def _screened(found: Library, polymers: list[Polymer], needed: list[str]) -> dict[str, Estimate]:
    """Ask the networks, and the trees of properties that these do not know."""
    estimates: dict[str, Estimate] = {}
    networks = found.screening
    if networks is not None:
        known = [name for name in needed if name in networks.properties]
        starts = range(0, max(len(polymers), 1), _SCREENED) if known else ()
        parts = [networks(count(polymers[start : start + _SCREENED]), known) for start in starts]
        estimates = {name: join([part[name] for part in parts]) for name in known}
    others = [name for name in needed if name not in estimates]
    if others:
        features = featurise(polymers, "fast")
        estimates |= {name: join([found.model(name).fast(features)]) for name in others}
    return estimates


def join(parts: Sequence[Estimate]) -> Estimate:
    """Put the estimates of chunks together, rounded: sums over a chunk differ in the last bits with its size."""
    mean, scale, best = (np.concatenate([getattr(part, name) for part in parts]) for name in ("mean", "scale", "best"))
    return Estimate(_round(mean), _round(scale), _round(best), np.concatenate([part.in_domain for part in parts]))


def _round(numbers: FloatArray) -> FloatArray:
    """Round to ``_DIGITS`` significant digits."""
    size = np.where(numbers == 0, 1.0, np.abs(numbers))
    step = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(size)))
    return np.asarray(np.rint(numbers * step) / step)


def _column(
    found: Library, name: str, estimates: dict[str, Estimate], rows: NDArray[np.int64], tier: Tier, coverage: float
) -> Column:
    model, estimate = found.model(name), estimates[name]
    calibration, source = _answered_by(found, name, tier)
    half = calibration.half_width(estimate.scale, coverage)
    centre = estimate.mean[rows]
    bounds = np.stack([estimate.mean, estimate.mean - half, estimate.mean + half])[:, rows]
    shown = np.clip(10.0**bounds if model.log else bounds, *get_property(name).plausible)
    return Column(
        name, shown[0], shown[1], shown[2], centre, estimate.scale[rows], estimate.in_domain[rows],
        estimate.best[rows], model.log, calibration, source,
    )  # fmt: skip


def _answered_by(found: Library, name: str, tier: Tier) -> tuple[Calibration, str]:
    """Return the calibration of a property in a tier, and the id of the card that it is on."""
    if tier == "accurate":
        return found.model(name).calibration, found.model(name).card.id
    networks = found.screening
    if networks is not None and name in networks.properties:
        return networks.calibrations[name], networks.card.id
    return found.model(name).quick_trees().calibration, found.model(name).card.id
