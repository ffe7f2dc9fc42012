"""The network of the generator: a gated recurrent unit over tokens, told what is asked at every step.

Cho et al., EMNLP 2014 (gated recurrent units); conditions are left out at random while it learns, as in
classifier-free guidance (Ho and Salimans, arXiv:2207.12598), so that any subset may be asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.core.errors import BackendMissing
from tools.core.extras import install_command

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 128
_BUCKET = 24  # batches sorted by length at once
_MOST_ASKED = 6
_WIDTH = 64  # of the summary of what is asked


@dataclass(frozen=True)
class Shape:
    """Size of the network.

    Attributes
    ----------
    embedding : int
        Width of a token.
    hidden : int
        Width of the recurrent state.
    """

    embedding: int = 128
    hidden: int = 256


@dataclass(frozen=True)
class Schedule:
    """How it is trained.

    Attributes
    ----------
    steps : int
        Batches of 128 units.
    rate : float
        Highest learning rate; it rises over 100 steps and falls as a cosine.
    seed : int
        Seed of weights, batches and what is asked.
    """

    steps: int = 1500
    rate: float = 3e-3
    seed: int = 0


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes
    ----------
    arrays : dict of str to ndarray of float32
        Weights by name.
    losses : tuple of float
        Held-out negative log-likelihood per unit in nats: nothing asked, and everything asked.
    """

    arrays: dict[str, NDArray[np.float32]]
    losses: tuple[float, float]


def build(tokens: int, properties: int, shape: Shape) -> dict[str, Any]:
    """Make the layers.

    Parameters
    ----------
    tokens : int
        Tokens of the alphabet.
    properties : int
        Properties that can be asked for.
    shape : Shape
        Size.

    Returns
    -------
    dict of str to torch.nn.Module
        Layers by name.

    Raises
    ------
    BackendMissing
        If torch is not installed.
    """
    nn = _torch().nn
    return {
        "token": nn.Embedding(tokens, shape.embedding),
        "asked": nn.Linear(2 * properties, _WIDTH),
        "input": nn.Linear(_WIDTH, shape.embedding),
        "first": nn.Linear(_WIDTH, shape.hidden),
        "gru": nn.GRU(shape.embedding, shape.hidden, batch_first=True),
        "out": nn.Linear(shape.hidden, tokens),
    }


def train(
    units: Sequence[Sequence[int]],
    scores: NDArray[np.float64],
    weights: NDArray[np.float64],
    held_out: NDArray[np.bool_],
    *,
    tokens: int,
    shape: Shape,
    schedule: Schedule,
    progress: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train on units and what their properties are.

    Parameters
    ----------
    units : sequence of sequence of int
        Tokens of n units, without start and end.
    scores : ndarray [n, p]
        Normal scores of their properties.
    weights : ndarray [n]
        How often each is seen, relative to the others.
    held_out : ndarray of bool [n]
        Units that only measure the loss.
    tokens : int
        Tokens of the alphabet; 0 is start and end.
    shape : Shape
        Size of the network.
    schedule : Schedule
        Length and seed of the training.
    progress : callable
        Told the step and the loss.

    Returns
    -------
    Trained
        Weights and held-out losses.

    Raises
    ------
    BackendMissing
        If torch is not installed.
    """
    torch = _torch()
    torch.manual_seed(schedule.seed)
    rng = np.random.default_rng(schedule.seed)
    layers = build(tokens, scores.shape[1], shape)
    module = torch.nn.ModuleDict(layers)
    optimiser = torch.optim.AdamW(module.parameters(), lr=schedule.rate, weight_decay=0.01)
    rows = np.flatnonzero(~held_out)
    for step, batch in enumerate(_batches(rows, units, weights, rng, schedule.steps)):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate * _rate(step, schedule.steps)
        asked = _asked(scores[batch], rng)
        loss = _loss(layers, [units[row] for row in batch], asked).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        if step % 50 == 0:
            progress(f"step {step} of {schedule.steps}, loss {float(loss.detach()):.3f}")
    losses = _measured(layers, units, scores, np.flatnonzero(held_out))
    return Trained({name: t.detach().numpy().copy() for name, t in module.state_dict().items()}, losses)


def _torch() -> Any:
    try:
        return import_module("torch")
    except ImportError as error:
        raise BackendMissing("torch", install_command("train")) from error


def _rate(step: int, steps: int) -> float:
    """Share of the highest learning rate at a step."""
    return min((step + 1) / 100, 0.02 + 0.49 * (1 + float(np.cos(np.pi * step / steps))))


def _batches(
    rows: NDArray[np.int64],
    units: Sequence[Sequence[int]],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    steps: int,
) -> Iterator[NDArray[np.int64]]:
    """Draw batches of about equal length."""
    share = weights[rows] / weights[rows].sum()
    made = 0
    while made < steps:
        drawn = rng.choice(rows, size=_BATCH * _BUCKET, p=share)
        drawn = drawn[np.argsort([len(units[row]) for row in drawn], kind="stable")]
        for start in rng.permutation(_BUCKET)[: steps - made]:
            made += 1
            yield drawn[start * _BATCH : (start + 1) * _BATCH]


def _asked(scores: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float32]:
    """Keep a random subset of the scores [n, p]; return them beside their mask [n, 2 p]."""
    n, p = scores.shape
    order = np.argsort(rng.random((n, p)), axis=1)
    mask = order < rng.integers(0, min(_MOST_ASKED, p) + 1, size=(n, 1))
    return with_mask(np.where(mask, scores, np.nan))


def with_mask(scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """Put scores beside the mask of those that are asked.

    Parameters
    ----------
    scores : ndarray [n, p]
        Normal scores, NaN where nothing is asked.

    Returns
    -------
    ndarray of float32 [n, 2 p]
        Zeros where nothing is asked, then the mask.
    """
    mask = ~np.isnan(scores)
    return np.concatenate([np.where(mask, scores, 0.0), mask], axis=1).astype(np.float32)


def _loss(layers: dict[str, Any], batch: Sequence[Sequence[int]], asked: NDArray[np.float32]) -> Any:
    """Negative log-likelihood of each unit [n] in nats."""
    torch = _torch()
    longest = max(map(len, batch)) + 1
    padded = np.zeros((len(batch), longest), dtype=np.int64)
    inside = np.zeros((len(batch), longest), dtype=np.float32)
    for row, unit in enumerate(batch):
        padded[row, : len(unit)] = unit
        inside[row, : len(unit) + 1] = 1.0
    target = torch.from_numpy(padded)
    given = torch.cat([torch.zeros(len(batch), 1, dtype=torch.int64), target[:, :-1]], dim=1)
    summary = torch.tanh(layers["asked"](torch.from_numpy(asked)))
    x = layers["token"](given) + layers["input"](summary)[:, None]
    hidden, _ = layers["gru"](x, torch.tanh(layers["first"](summary))[None])
    logits = layers["out"](hidden)
    each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    return (each * torch.from_numpy(inside)).sum(dim=1)


def _measured(
    layers: dict[str, Any], units: Sequence[Sequence[int]], scores: NDArray[np.float64], rows: NDArray[np.int64]
) -> tuple[float, float]:
    torch = _torch()
    found = []
    with torch.no_grad():
        for asked in (np.full_like(scores, np.nan), scores):
            total = 0.0
            for start in range(0, len(rows), _BATCH):
                part = rows[start : start + _BATCH]
                loss = _loss(layers, [units[row] for row in part], with_mask(asked[part]))
                total += float(loss.sum())
            found.append(total / max(1, len(rows)))
    return found[0], found[1]
