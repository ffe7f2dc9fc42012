"""Flory-Huggins interaction parameters of polymers with solvents, learnt from measured pairs.

The mean of a Gaussian process and boosted trees on descriptors per volume of the polymer and the solvent
(``tools.properties.densities``), the solvent's volume and 1/T. The process multiplies a kernel of polymers with one of
solvents and one of 1/T, so what is known of a polymer in other solvents, and of a solvent in other polymers, counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from tools.chemistry.solvents import Solvent
from tools.core.cards import Card, load_card
from tools.core.errors import ArtefactError, InputError
from tools.core.evidence import Value, inputs_hash
from tools.core.polymer import Polymer
from tools.properties.densities import Densities, molecule_densities, polymer_densities
from tools.properties.features import flat_unit
from tools.properties.intervals import Calibration, unpack

FloatArray = NDArray[np.float64]
SHIPPED = Path(__file__).parent / "solution" / "chi"
MODEL_JSON, MODEL_NPZ = "model.json", "model.npz"
FEATURES = "1"  # changes whenever a feature changes

# Set beforehand, the same for every split: lengths of polymer, solvent and 1000/T; weights; noise variance.
_LENGTHS = (1.0, 1.0, 0.5)
_PRODUCT, _SOLVENT, _POLYMER, _NOISE = 1.0, 0.1, 0.1, 0.03
_PRIOR = _PRODUCT + _SOLVENT + _POLYMER
SHARE = 0.5  # of the Gaussian process
_WARMEST_ABOVE = 25.0  # K outside the temperatures of training that still count as in domain
_DIGITS = 6
NOTE = (
    "Measurements from dilute solution to traces of solvent are pooled; chi of one pair changes with concentration, "
    "often by 0.1 to 0.5."
)


@dataclass(frozen=True)
class Pairs:
    """Polymer-solvent pairs at a temperature, n of them.

    Attributes
    ----------
    polymer, solvent : ndarray [n, 15]
        Descriptors per volume.
    volume : ndarray [n]
        Van der Waals volume of the solvent, cm3/mol.
    temperature : ndarray [n]
        K.
    """

    polymer: FloatArray
    solvent: FloatArray
    volume: FloatArray
    temperature: FloatArray

    @staticmethod
    def of(items: Sequence[tuple[Densities, Densities, float]]) -> Pairs:
        """Put descriptors of polymer and solvent and temperatures in K side by side."""
        return Pairs(
            np.array([polymer.numbers for polymer, _, _ in items]),
            np.array([solvent.numbers for _, solvent, _ in items]),
            np.array([solvent.volume for _, solvent, _ in items]),
            np.array([temperature for _, _, temperature in items]),
        )

    def take(self, rows: NDArray[Any]) -> Pairs:
        """Return some pairs, by row index or mask."""
        return Pairs(self.polymer[rows], self.solvent[rows], self.volume[rows], self.temperature[rows])

    def __len__(self) -> int:
        return len(self.volume)


@dataclass(frozen=True)
class Scales:
    """Standard deviations that make descriptors dimensionless: over pairs, and over polymers and solvents as one."""

    polymer: FloatArray
    solvent: FloatArray
    volume: float
    common: FloatArray

    @staticmethod
    def of(pairs: Pairs) -> Scales:
        """Take them from the training pairs."""
        both = np.vstack([np.unique(pairs.polymer, axis=0), np.unique(pairs.solvent, axis=0)])
        small = 1e-9
        return Scales(
            pairs.polymer.std(axis=0) + small,
            pairs.solvent.std(axis=0) + small,
            float(np.log(pairs.volume).std() + small),
            both.std(axis=0) + small,
        )

    def matrix(self, pairs: Pairs) -> FloatArray:
        """Return what the trees see, [n, 54]: both sides, their differences, donors times acceptors, size and 1/T."""
        polymer, solvent = pairs.polymer / self.common, pairs.solvent / self.common
        apart, size = np.abs(polymer - solvent), pairs.volume[:, None]
        cross = [polymer[:, [3]] * solvent[:, [4]], polymer[:, [4]] * solvent[:, [3]]]
        heat = apart[:, :3] * (pairs.volume / pairs.temperature)[:, None]
        return np.hstack([polymer, solvent, apart, apart[:, [0]] ** 2, *cross, size, 1000 / _column(pairs), heat])

    def kernel(self, left: Pairs, right: Pairs) -> FloatArray:
        """Return the covariance [m, n] of two sets of pairs."""
        polymers = _gaussian(left.polymer / self.polymer, right.polymer / self.polymer, _LENGTHS[0])
        solvents = _gaussian(self._side(left), self._side(right), _LENGTHS[1])
        warmth = _gaussian(1000 / _column(left), 1000 / _column(right), _LENGTHS[2])
        return _PRODUCT * polymers * solvents * warmth + _SOLVENT * solvents + _POLYMER * polymers

    def _side(self, pairs: Pairs) -> FloatArray:
        return np.hstack([pairs.solvent / self.solvent, np.log(pairs.volume)[:, None] / self.volume])


def _column(pairs: Pairs) -> FloatArray:
    return pairs.temperature[:, None]


def _gaussian(left: FloatArray, right: FloatArray, length: float) -> FloatArray:
    squared = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2 * left @ right.T
    return np.asarray(np.exp(-0.5 * np.maximum(squared, 0) / left.shape[1] / length**2))


class Process:
    """A Gaussian process conditioned on measured pairs.

    Parameters
    ----------
    scales : Scales
        Scales of the descriptors.
    pairs : Pairs
        Training pairs, n of them.
    values : ndarray [n]
        Their chi.
    """

    def __init__(self, scales: Scales, pairs: Pairs, values: FloatArray) -> None:
        self._scales, self._pairs = scales, pairs
        self._offset = float(np.median(values))
        self._factor = cho_factor(scales.kernel(pairs, pairs) + _NOISE * np.eye(len(pairs)), lower=True)
        self._alpha = cho_solve(self._factor, values - self._offset)

    def __call__(self, pairs: Pairs) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation (without noise) [m] of chi."""
        kernel = self._scales.kernel(pairs, self._pairs)
        explained = (solve_triangular(self._factor[0], kernel.T, lower=True) ** 2).sum(axis=0)
        return self._offset + kernel @ self._alpha, np.sqrt(np.maximum(_PRIOR - explained, 1e-6))


def difficulty(spread: FloatArray, gap: FloatArray) -> FloatArray:
    """Put together what makes a pair hard, [n, 2]: the process's spread, and how far process and trees disagree."""
    return np.column_stack([np.log(spread + 0.02), np.log(gap + 0.02)])


@dataclass(frozen=True)
class ChiModel:
    """The trained model.

    Attributes
    ----------
    card : Card
        Where it came from and how good it is.
    units, smiles : tuple of str
        Repeat unit and solvent of each training pair.
    values : ndarray [n]
        Measured chi.
    pairs : Pairs
        Training pairs.
    sources : tuple of str
        Where each measurement is from.
    texts : tuple of str
        LightGBM models, averaged.
    calibration : Calibration
        How wide errors are.
    widest : float
        Largest spread of the process that counts as in domain.
    elements : frozenset of str
        Elements seen in training.
    """

    card: Card
    units: tuple[str, ...]
    smiles: tuple[str, ...]
    values: FloatArray
    pairs: Pairs
    sources: tuple[str, ...]
    texts: tuple[str, ...]
    calibration: Calibration
    widest: float
    elements: frozenset[str]

    @cached_property
    def _scales(self) -> Scales:
        return Scales.of(self.pairs)

    @cached_property
    def _process(self) -> Process:
        return Process(self._scales, self.pairs, self.values)

    @cached_property
    def _boosters(self) -> list[Any]:
        import lightgbm

        return [lightgbm.Booster(model_str=text) for text in self.texts]

    def estimate(self, pairs: Pairs) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return mean [m], scale of the error [m] and the process's spread [m]."""
        process, spread = self._process(pairs)
        matrix = self._scales.matrix(pairs)
        grown = np.mean([booster.predict(matrix, num_threads=1) for booster in self._boosters], axis=0)
        scale = self.calibration.scale(difficulty(spread, np.abs(process - grown)))
        return SHARE * process + (1 - SHARE) * grown, scale, spread


@lru_cache(maxsize=2)
def load_chi(folder: Path = SHIPPED) -> ChiModel:
    """Load the model of a folder.

    Parameters
    ----------
    folder : Path
        Folder with card, ``model.json`` and ``model.npz``; the shipped one by default.

    Returns
    -------
    ChiModel
        Ready to predict.

    Raises
    ------
    ArtefactError
        If the card does not match the files, or other features trained it.
    """
    card = load_card(folder)
    data = json.loads((folder / MODEL_JSON).read_text(encoding="utf-8"))
    if data["features"] != FEATURES:
        raise ArtefactError(f"{card.id} was trained with other features.", hint="Run polysmith finetune chi.")
    with np.load(folder / MODEL_NPZ, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    units = tuple(data["units"][row] for row in found["unit"])
    smiles = tuple(data["solvents"][row] for row in found["solvent"])
    described = [(polymer_densities(a), molecule_densities(b)) for a, b in zip(units, smiles, strict=True)]
    items = [(a, b, float(t)) for (a, b), t in zip(described, found["temperature"], strict=True)]
    return ChiModel(
        card=card,
        units=units,
        smiles=smiles,
        values=found["chi"].astype(np.float64),
        pairs=Pairs.of(items),
        sources=tuple(data["sources"][row] for row in found["source"]),
        texts=tuple(found[f"trees_{place}"].tobytes().decode("ascii") for place in range(data["trees"])),
        calibration=unpack(data["calibration"]),
        widest=data["widest"],
        elements=frozenset(symbol for a, b in described for symbol in a.elements | b.elements),
    )


def predict_chi(
    pairs: Sequence[tuple[Polymer, Solvent, float]], *, coverage: float = 0.9, folder: Path = SHIPPED
) -> list[Value]:
    """Predict chi of polymer-solvent pairs.

    Parameters
    ----------
    pairs : sequence of (Polymer, Solvent, float)
        Polymer, solvent and temperature in K, n of them.
    coverage : float
        Nominal coverage of the intervals.
    folder : Path
        Artefact folder.

    Returns
    -------
    list of Value
        One per pair, in order, kind "predicted".

    Raises
    ------
    InputError
        If a temperature is not a positive number.
    NotCoveredError
        If an element has no descriptors.
    """
    wrong = [temperature for _, _, temperature in pairs if not 0 < temperature < np.inf]
    if wrong:
        raise InputError(f"{wrong[0]} K is not a temperature.", hint="Give a positive temperature, such as 25 °C.")
    if not pairs:
        return []
    model = load_chi(folder)
    described = [(polymer_densities(flat_unit(p)), molecule_densities(s.smiles), float(t)) for p, s, t in pairs]
    mean, scale, spread = model.estimate(Pairs.of(described))
    half = model.calibration.half_width(scale, coverage)
    low = model.pairs.temperature.min() - _WARMEST_ABOVE
    high = model.pairs.temperature.max() + _WARMEST_ABOVE
    found = []
    for row, ((polymer, solvent, temperature), (a, b, _)) in enumerate(zip(pairs, described, strict=True)):
        known = bool(a.elements | b.elements <= model.elements) and low <= temperature <= high
        found.append(
            Value(
                property="chi",
                value=_rounded(mean[row]),
                unit="dimensionless",
                lower=_rounded(mean[row] - half[row]),
                upper=_rounded(mean[row] + half[row]),
                coverage=coverage,
                kind="predicted",
                label_kind="measured",
                source=model.card.id,
                in_domain=bool(known and spread[row] <= model.widest),
                conditions={"solvent": solvent.name, "temperature": f"{temperature:.2f} K"},
                inputs=inputs_hash(polymer.key, solvent.smiles, round(temperature, 3), model.card.id),
                note=NOTE,
            )
        )
    return found


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


def measured_chi(polymer: Polymer, solvent: Solvent, *, folder: Path = SHIPPED) -> list[Value]:
    """Return the measured values of a pair that the model was trained on.

    Parameters
    ----------
    polymer : Polymer
        The polymer; stereochemistry is not looked at.
    solvent : Solvent
        The solvent.
    folder : Path
        Artefact folder.

    Returns
    -------
    list of Value
        Kind "measured", by rising temperature; empty if there is none.
    """
    model, unit = load_chi(folder), flat_unit(polymer)
    rows = [row for row in range(len(model.values)) if (model.units[row], model.smiles[row]) == (unit, solvent.smiles)]
    rows.sort(key=lambda row: (model.pairs.temperature[row], model.values[row]))
    return [
        Value(
            property="chi",
            value=float(f"{model.values[row]:.4g}"),
            unit="dimensionless",
            kind="measured",
            source=model.sources[row],
            conditions={"solvent": solvent.name, "temperature": f"{model.pairs.temperature[row]:.2f} K"},
        )
        for row in rows
    ]
