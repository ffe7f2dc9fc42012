"""Where an agent takes the value of a property from: the shipped models, or the nearest polymer of a training set."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, Protocol

import numpy as np

from polybench.task import Task
from tools.core.errors import UnknownNameError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.artefacts import SHIPPED, library
from tools.properties.features import flat_unit
from tools.properties.predict import predict

Tier = Literal["accurate", "fast"]

# Mean of (molecular dynamics - measured, as the density model predicts it), g/cm3: 250 polymers of the suite's train
# split, standard deviation 0.07; the models of other properties were trained on the simulated values themselves.
_SIMULATED: Final = {"density": -0.10}


class Values(Protocol):
    """Gives values of properties."""

    def value(self, polymer: Polymer, name: str, *, simulated: bool = False) -> float | None:
        """Return a value in the property's canonical unit, or None if there is none; simulated if that is asked for."""

    def interval(self, polymer: Polymer, name: str) -> tuple[float, float] | None:
        """Return a 90 % interval, or None."""


@lru_cache(maxsize=64)
def _held_out(name: str) -> dict[str, float]:
    """Held-out prediction of each polymer that a shipped model was trained on, by smallest flat unit."""
    found = library(SHIPPED)
    if name not in found.names:
        return {}
    model = found.model(name)
    numbers = model.labels - model.residuals
    units = found.structures[0]
    return {
        units[row]: float(10.0**number if model.log else number)
        for row, number in zip(model.rows, numbers, strict=True)
    }


def was_trained_on(polymer: Polymer, name: str) -> bool:
    """Say whether the shipped model of a property was trained on a polymer (in any stereo form)."""
    return flat_unit(polymer) in _held_out(name)


def leaks(task: Task) -> bool:
    """Say whether a shipped model was trained on a polymer of a task's evidence, so that it saw the value."""
    for item in task.evidence:
        try:
            polymer = Polymer.from_smiles(item.polymer)
            name = get_property(item.property).id
        except ValueError:
            continue
        if was_trained_on(polymer, name):
            return True
    return False


class ModelValues:
    """Values of the shipped models.

    Parameters
    ----------
    held_out : bool
        For a polymer that a model was trained on, its prediction from cross-validation, made without that polymer,
        instead of the final model's, which saw the answer.
    tier : {"fast", "accurate"}
        Form of the models for other polymers.
    """

    def __init__(self, *, held_out: bool = True, tier: Tier = "fast") -> None:
        self.held_out = held_out
        self.tier: Tier = tier

    def value(self, polymer: Polymer, name: str, *, simulated: bool = False) -> float | None:
        """Return the value in the canonical unit, or None without a model."""
        measured = self._value(polymer, name)
        return measured + _SIMULATED.get(name, 0.0) if simulated and measured is not None else measured

    def _value(self, polymer: Polymer, name: str) -> float | None:
        if self.held_out:
            known = _held_out(name).get(flat_unit(polymer))
            if known is not None:
                return known
        found = _predicted(polymer, name, self.tier)
        return found[0] if found else None

    def interval(self, polymer: Polymer, name: str) -> tuple[float, float] | None:
        """Return the 90 % interval of the model, moved to the held-out value where that is used."""
        found = _predicted(polymer, name, self.tier)
        middle = self._value(polymer, name)
        if found is None or middle is None:
            return None
        if get_property(name).log and found[0] > 0:
            return middle * found[1] / found[0], middle * found[2] / found[0]
        return middle + found[1] - found[0], middle + found[2] - found[0]


@lru_cache(maxsize=20_000)
def _predicted(polymer: Polymer, name: str, tier: Tier) -> tuple[float, float, float] | None:
    try:
        value = predict([polymer], [name], tier=tier)[0][name]
    except UnknownNameError:
        return None
    low = value.lower if value.lower is not None else value.value
    return value.value, low, value.upper if value.upper is not None else value.value


class NearestValues:
    """The value of the most similar polymer of a training set (min-max Tanimoto of count Morgan fingerprints).

    Parameters
    ----------
    tasks : iterable of Task
        Training tasks; the values in their evidence are the labels.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._labels: dict[str, dict[str, float]] = {}
        for task in tasks:
            for item in task.evidence:
                if isinstance(item.value, int | float) and item.polymer and item.property:
                    name = f"{item.property}@simulated" if item.method.startswith("simulated") else item.property
                    self._labels.setdefault(name, {})[item.polymer] = float(item.value)
        self._tables: dict[str, tuple[object, np.ndarray]] = {}

    def _table(self, name: str, simulated: bool) -> str:
        """Labels of the kind asked for, else of the other kind."""
        kinds = (f"{name}@simulated", name) if simulated else (name, f"{name}@simulated")
        return next((kind for kind in kinds if kind in self._labels), name)

    def value(self, polymer: Polymer, name: str, *, simulated: bool = False) -> float | None:
        """Return the value of the nearest polymer, or None if no training label has this property."""
        from tools.chemistry.fingerprints import fingerprints, minmax_similarity

        name = self._table(name, simulated)
        if name not in self._labels:
            return None
        if name not in self._tables:
            known = sorted(self._labels[name].items())
            table = fingerprints([Polymer.from_smiles(smiles) for smiles, _ in known])
            self._tables[name] = (table, np.array([value for _, value in known]))
        table, values = self._tables[name]
        similarity = minmax_similarity(fingerprints([polymer]), table)[0]
        return float(values[int(np.argmax(similarity))])

    def interval(self, polymer: Polymer, name: str) -> None:
        """Return None: a neighbour states no interval."""

    def mean(self, name: str, *, simulated: bool = False) -> float | None:
        """Return the mean of the training labels of a property: geometric where it spreads over decades."""
        found = list(self._labels.get(self._table(name, simulated), {}).values())
        if not found:
            return None
        if get_property(name).log:
            return float(np.exp(np.mean(np.log(found))))
        return float(np.mean(found))
