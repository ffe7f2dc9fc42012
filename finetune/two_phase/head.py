"""A small network on top of an encoder's numbers, in plain NumPy: trained, and trained on from where it stands.

Two hidden layers of tanh units; full batches or mini-batches; Adam (Kingma and Ba, arXiv 1412.6980). Targets may be
missing in single cells. Several networks that leave out different rows are trained at once, as leaving polymers out
inside of polymers left out asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tools.core.errors import InputError

Array = NDArray[np.float64]
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Head:
    """A network: inputs [n, d] to targets [n, t], with its scales.

    Attributes
    ----------
    weights : tuple of ndarray [..., a, b] and [..., 1, b]
        Matrix and offset of every layer in turn; a leading axis for several networks.
    centre, scale : ndarray [t]
        Of the targets.
    """

    weights: tuple[Array, ...]
    centre: Array = field(default_factory=lambda: np.zeros(1))
    scale: Array = field(default_factory=lambda: np.ones(1))

    def predict(self, inputs: Array) -> Array:
        """Return targets [..., n, t] for inputs [n, d]."""
        return _forward(self.weights, inputs)[-1] * self.scale + self.centre


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Attributes
    ----------
    rate : float
        Learning rate, constant.
    batch : int
        Rows of a batch; 0 for all.
    decay : float
        Weight decay, taken off every step in units of the rate.
    """

    rate: float = 1e-3
    batch: int = 0
    decay: float = 1e-3


def new_head(inputs: int, hidden: int, targets: Array, seed: int) -> Head:
    """Make a network with random weights and the scales of targets.

    Parameters
    ----------
    inputs, hidden : int
        Columns, and units of each hidden layer.
    targets : ndarray [n, t]
        NaN where missing.
    seed : int
        Of the weights.

    Returns
    -------
    Head
        Untrained.
    """
    if not np.isfinite(targets).any(axis=0).all():
        raise InputError("A target has no value at all.", hint="Give at least one row with each target.")
    rng = np.random.default_rng(seed)
    sizes = (inputs, hidden, hidden, targets.shape[1])
    weights: list[Array] = []
    for a, b in pairwise(sizes):
        weights += [rng.normal(0.0, a**-0.5, (a, b)), np.zeros((1, b))]
    scale = np.nanstd(targets, axis=0)
    return Head(tuple(weights), np.nanmean(targets, axis=0), np.where(scale > 0, scale, 1.0))


def train(
    head: Head,
    inputs: Array,
    targets: Array,
    training: Training,
    steps: Sequence[int],
    seed: int,
    *,
    left_out: NDArray[np.bool_] | None = None,
) -> list[Head]:
    """Train, and keep the network at several numbers of steps.

    Parameters
    ----------
    head : Head
        Where to start; not changed.
    inputs : ndarray [n, d]
        Rows.
    targets : ndarray [n, t]
        NaN where missing.
    training : Training
        How.
    steps : sequence of int
        Rising numbers of steps, 0 for the start itself.
    seed : int
        Order of the rows.
    left_out : ndarray of bool [k, n], optional
        Train k networks from the same start, each without the rows marked for it, on all its rows at once.

    Returns
    -------
    list of Head
        One for each number of steps, each of k networks where rows are left out.
    """
    there = np.isfinite(targets)
    wanted = np.where(there, (targets - head.centre) / head.scale, 0.0)
    weights, size = [w.copy() for w in head.weights], training.batch or len(inputs)
    if left_out is not None:
        there, size = there & ~left_out[..., None], len(inputs)
        weights = [np.repeat(w[None], len(left_out), axis=0) for w in weights]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    rng, kept, order = np.random.default_rng(seed), list[Head](), np.empty(0, dtype=np.int64)
    for step in range(max(steps) + 1):
        if step in steps:
            kept.append(replace(head, weights=tuple(w.copy() for w in weights)))
        if len(order) < size:
            order = rng.permutation(len(inputs)) if size < len(inputs) else np.arange(len(inputs))
        rows, order = order[:size], order[size:]
        for place, slope in enumerate(_backward(weights, inputs[rows], wanted[rows], there[..., rows, :])):
            first[place] += (1 - _BETA1) * (slope - first[place])
            second[place] += (1 - _BETA2) * (slope**2 - second[place])
            mean, square = first[place] / (1 - _BETA1 ** (step + 1)), second[place] / (1 - _BETA2 ** (step + 1))
            weights[place] -= training.rate * (
                mean / (np.sqrt(square) + _EPSILON) + training.decay * weights[place] * (place % 2 == 0)
            )
    return kept


def _forward(weights: Sequence[Array], inputs: Array) -> list[Array]:
    values = [inputs]
    for place in range(0, len(weights), 2):
        values.append(values[-1] @ weights[place] + weights[place + 1])
        if place < len(weights) - 2:
            np.tanh(values[-1], out=values[-1])
    return values


def _backward(weights: Sequence[Array], inputs: Array, wanted: Array, there: NDArray[np.bool_]) -> list[Array]:
    """Slopes of the mean squared error over the targets that are there."""
    values = _forward(weights, inputs)
    error = 2.0 * np.where(there, values[-1] - wanted, 0.0) / np.maximum(1, there.sum(axis=(-2, -1), keepdims=True))
    slopes: list[Array] = []
    for place in range(len(weights) - 2, -1, -2):
        below = values[place // 2]
        slopes = [np.swapaxes(below, -1, -2) @ error, error.sum(axis=-2, keepdims=True), *slopes]
        if place:
            error = (error @ np.swapaxes(weights[place], -1, -2)) * (1.0 - below**2)
    return slopes
