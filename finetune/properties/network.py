"""Train one small network on sparse counts: masked Huber loss, Adam (Kingma and Ba, 2015), dropout, cosine decay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_DROPPED, _DECAY = 0.05, 1e-3
_WARM, _BATCH = 100, 256
_HUBER = 2.0  # errors beyond this many standard deviations pull no harder
_MEMORY, _SQUARES, _TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Recipe:
    """Size and length of training.

    Attributes
    ----------
    hidden, epochs : int
        Units of both hidden layers; passes over the polymers.
    rate : float
        Largest step.
    """

    hidden: int = 256
    epochs: int = 50
    rate: float = 2e-3


class _Adam:
    def __init__(self, layers: list[Array]) -> None:
        self._layers = layers
        self._mean = [np.zeros_like(layer) for layer in layers]
        self._square = [np.zeros_like(layer) for layer in layers]
        self._time = 0

    def step(self, gradients: list[Array], rate: float) -> None:
        """Move the layers in place."""
        self._time += 1
        first, second = 1 - _MEMORY**self._time, 1 - _SQUARES**self._time
        for layer, gradient, mean, square in zip(self._layers, gradients, self._mean, self._square, strict=True):
            mean *= _MEMORY
            mean += (1 - _MEMORY) * gradient
            square *= _SQUARES
            square += (1 - _SQUARES) * gradient**2
            change = np.sqrt(square / second)
            change += _TINY
            np.divide(mean, change, out=change)
            change *= rate / first
            layer -= change
            if layer.ndim > 1:
                layer *= np.float32(1 - rate * _DECAY)


def _start(rng: np.random.Generator, sparse_inputs: int, dense_inputs: int, hidden: int, outputs: int) -> list[Array]:
    def random(rows: int, columns: int, size: float) -> Array:
        return (rng.standard_normal((rows, columns)) * size).astype(np.float32)

    return [
        random(sparse_inputs, hidden, 0.06),
        random(dense_inputs, hidden, 0.7 * (2 / dense_inputs) ** 0.5),
        np.zeros(hidden, dtype=np.float32),
        random(hidden, hidden, (2 / hidden) ** 0.5),
        np.zeros(hidden, dtype=np.float32),
        random(hidden, outputs, 0.3 * (2 / hidden) ** 0.5),
        np.zeros(outputs, dtype=np.float32),
    ]


def _dropout(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return (rng.random(shape, dtype=np.float32) > _DROPPED).astype(np.float32) / np.float32(1 - _DROPPED)


def _gradients(
    layers: list[Array], sparse: Any, dense: Array, target: Array, weight: Array, rng: np.random.Generator
) -> list[Array]:
    w1, d1, b1, w2, b2, w3, b3 = layers
    before_one = sparse @ w1 + dense @ d1 + b1
    kept_one = _dropout(rng, before_one.shape)
    one = np.maximum(before_one, 0) * kept_one
    before_two = one @ w2 + b2
    kept_two = _dropout(rng, before_two.shape)
    two = np.maximum(before_two, 0) * kept_two
    error = np.clip(two @ w3 + b3 - target, -_HUBER, _HUBER) * weight / np.float32(len(target))
    back_two = (error @ w3.T) * (before_two > 0) * kept_two
    back_one = (back_two @ w2.T) * (before_one > 0) * kept_one
    return [
        np.asarray(sparse.T @ back_one), dense.T @ back_one, back_one.sum(axis=0),
        one.T @ back_two, back_two.sum(axis=0), two.T @ error, error.sum(axis=0),
    ]  # fmt: skip


def train_network(sparse: Any, dense: Array, target: Array, weight: Array, seed: int, recipe: Recipe) -> list[Array]:
    """Train a network with two hidden layers on several targets at once.

    Parameters
    ----------
    sparse : csr_matrix of float32 [n, s]
        Sparse inputs.
    dense : ndarray of float32 [n, d]
        Dense inputs.
    target, weight : ndarray of float32 [n, t]
        Standardised targets, and how far each counts (0 where there is none).
    seed : int
        Random seed.
    recipe : Recipe
        Size and length of training.

    Returns
    -------
    list of ndarray
        Layers in the order of ``tools.properties.screening.Network``.
    """
    rng = np.random.default_rng(seed)
    layers = _start(rng, sparse.shape[1], dense.shape[1], recipe.hidden, target.shape[1])
    adam = _Adam(layers)
    count = len(target)
    batch = min(_BATCH, count)
    steps = recipe.epochs * (count // batch)
    done = 0
    for _ in range(recipe.epochs):
        order = rng.permutation(count)
        for start in range(0, count - batch + 1, batch):
            rows = order[start : start + batch]
            done += 1
            rate = recipe.rate * min(1.0, done / _WARM) * 0.5 * (1 + np.cos(np.pi * done / steps))
            adam.step(_gradients(layers, sparse[rows], dense[rows], target[rows], weight[rows], rng), float(rate))
    return layers
