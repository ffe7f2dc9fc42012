"""The two phases and what they are compared with, for any targets: rows to learn from, rows to answer.

Phase 1 learns synthetic labels, phase 2 goes on from there with measured ones. How many steps phase 2 takes is chosen
by leaving groups out of the measured rows it may see, never by the rows it is to answer; the same choice is made
without pre-training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from finetune.two_phase.head import Array, Head, Training, new_head, train


class PhaseSettings(BaseModel):
    """How both phases learn.

    Attributes
    ----------
    components : int
        Main components of the encoder's columns that go in.
    hidden : int
        Units of each of two layers.
    steps : int
        Of phase 1, with batches of ``batch`` rows.
    batch : int
        Rows.
    rate : float
        Of phase 1, and of learning without it.
    second_rate : float
        Of phase 2.
    second_steps : tuple of int
        Numbers of steps to choose from, 0 for phase 1 as it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    components: int = 32
    hidden: int = 64
    steps: int = 4000
    batch: int = 64
    rate: float = 2e-3
    second_rate: float = 1e-3
    second_steps: tuple[int, ...] = (0, 10, 30, 100, 300)


@dataclass(frozen=True)
class Rows:
    """Rows to learn from.

    Attributes
    ----------
    inputs : ndarray [n, d]
        Scaled.
    targets : ndarray [n, t]
        Logarithms, NaN where missing.
    groups : sequence of str
        What is held out together: keys, or families.
    """

    inputs: Array
    targets: Array
    groups: Sequence[str]

    def without(self, groups: Sequence[str]) -> Rows:
        """Return the rows of other groups."""
        kept = np.array([group not in groups for group in self.groups], dtype=bool)
        return Rows(self.inputs[kept], self.targets[kept], [g for g, k in zip(self.groups, kept, strict=True) if k])


def first_phase(rows: Rows, settings: PhaseSettings, seed: int) -> Head:
    """Learn the synthetic labels.

    Parameters
    ----------
    rows : Rows
        Synthetic rows.
    settings : PhaseSettings
        How.
    seed : int
        Of weights and order.

    Returns
    -------
    Head
        Phase 1; averaged over its last quarter of steps, which takes the noise of mini-batches out.
    """
    start = new_head(rows.inputs.shape[1], settings.hidden, rows.targets, seed)
    marks = sorted({settings.steps - i * max(1, settings.steps // 40) for i in range(10)} - {0})
    training = Training(settings.rate, min(settings.batch, len(rows.inputs)))
    kept = train(start, rows.inputs, rows.targets, training, [m for m in marks if m > 0], seed)
    weights = tuple(np.mean([head.weights[i] for head in kept], axis=0) for i in range(len(start.weights)))
    return Head(weights, start.centre, start.scale)


def second_phase(measured: Rows, answer: Array, start: Head | None, settings: PhaseSettings, seed: int) -> Array:
    """Learn the measured rows, from phase 1 or from nothing, and answer.

    Parameters
    ----------
    measured : Rows
        Rows that may be seen.
    answer : ndarray [m, d]
        Inputs to answer.
    start : Head or None
        Phase 1; None for random weights.
    settings : PhaseSettings
        How.
    seed : int
        Of weights.

    Returns
    -------
    ndarray [m, t]
        Answers, each target after its own number of steps.
    """
    steps = [s for s in settings.second_steps if s or start is not None]
    training = Training(settings.second_rate if start is not None else settings.rate)
    first = start or new_head(measured.inputs.shape[1], settings.hidden, measured.targets, seed)
    names = np.array(list(measured.groups))
    left_out = names[None] == np.unique(names)[:, None]
    errors = []
    for head in train(first, measured.inputs, measured.targets, training, steps, seed, left_out=left_out):
        misses = relative(head.predict(measured.inputs), measured.targets)
        own = np.where(left_out[..., None], misses, np.nan)
        errors.append(np.nanmean(np.nanmean(own, axis=1), axis=0))
    chosen = np.argmin(errors, axis=0)
    heads = train(first, measured.inputs, measured.targets, training, steps, seed)
    answers = np.stack([head.predict(answer) for head in heads])
    return np.stack([answers[step, :, target] for target, step in enumerate(chosen)], axis=1)


def relative(answers: Array, truth: Array) -> Array:
    """Return absolute relative errors of answers given as logarithms; NaN where there is no truth."""
    return np.asarray(np.abs(np.exp(np.clip(answers - truth, -20.0, 20.0)) - 1.0))


def inner_folds(rows: Rows, number: int, seed: int) -> Rows:
    """Return rows whose groups are gathered into a few, for choices that need not leave out one by one.

    Parameters
    ----------
    rows : Rows
        Rows.
    number : int
        Groups to make.
    seed : int
        Of the dealing.
    """
    names = sorted(set(rows.groups))
    np.random.default_rng(seed).shuffle(names)
    fold = {name: str(place % number) for place, name in enumerate(names)}
    return Rows(rows.inputs, rows.targets, [fold[group] for group in rows.groups])
