"""The shipped first stage, lent to models of other people's tables.

Its helpers were trained on the project's own tables, never on the property that is asked for (``choose`` leaves that
one out), and for polymers that they know they give held-out answers. What they cannot do is forget a whole cluster of
the user's split; ``auxiliary=False`` trains on the user's table alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.properties import splits
from finetune.properties.first_stage import FOLDS
from tools.properties.artefacts import library
from tools.properties.auxiliary import Auxiliaries, choose
from tools.properties.features import Features
from tools.properties.model import FirstAnswers

_CHUNK = 256


class BorrowedStage:
    """What the shipped first stage says about the polymers of a table.

    Parameters
    ----------
    stage : Auxiliaries
        The shipped first stage.
    features : Features
        Accurate-tier features of the n training polymers.
    units : tuple of str
        Their units.
    seed : int
        Random seed of the folds.

    Attributes
    ----------
    helpers : tuple of Helper
        Its properties.
    folds : ndarray of int [n]
        Random folds.
    scores : ndarray of float32 [n, h]
        Its answers.
    """

    def __init__(self, stage: Auxiliaries, features: Features, units: tuple[str, ...], seed: int) -> None:
        self.stage = stage
        self.helpers = stage.helpers
        self.folds = splits.random_folds(len(units), min(FOLDS, len(units)), seed)
        places = stage.scale.places(self._raw(features, units))
        known = stage.rows_of(units)
        places[known >= 0] = stage.places[known[known >= 0]]
        self.scores = stage.scale.scores(places)
        self._own = replace(stage, places=places, units=units)

    def held_out(self, rows: NDArray[np.int64], folds: NDArray[np.int64]) -> None:
        """Say that whole folds cannot be forgotten: the helpers are trained already."""

    def answers(self, features: Features, units: Sequence[str]) -> FirstAnswers:
        """Answer for further polymers, to be compared with those of the table."""
        kernels = _reference_kernels(features)
        return FirstAnswers(self._own, self.stage.scores(kernels, units))

    def _raw(self, features: Features, units: tuple[str, ...]) -> NDArray[np.float32]:
        found = [
            self.stage.answers(_reference_kernels(features.take(np.arange(start, min(start + _CHUNK, len(units))))))
            for start in range(0, len(units), _CHUNK)
        ]
        return np.concatenate(found)


def _reference_kernels(features: Features) -> list[NDArray[np.float32]]:
    return library().structures[1].parts(features)


def borrow(features: Features, units: tuple[str, ...], seed: int) -> BorrowedStage | None:
    """Return the shipped first stage for a table, None if the installation has none.

    Parameters
    ----------
    features : Features
        Accurate-tier features of the training polymers.
    units : tuple of str
        Their units.
    seed : int
        Random seed.

    Returns
    -------
    BorrowedStage or None
        Ready for training.
    """
    stage = library().first
    return None if stage is None else BorrowedStage(stage, features, units, seed)


def helpers_report(lent: BorrowedStage, property: str, units: Sequence[str]) -> dict[str, Any]:  # noqa: A002 - as above
    """Say which shipped models helped, and how many of the polymers asked for they know.

    Parameters
    ----------
    lent : BorrowedStage
        The first stage.
    property : str
        Property id that was learnt.
    units : sequence of str
        Polymers asked for.

    Returns
    -------
    dict
        "helpers", "known_test_polymers" and "note".
    """
    columns = choose(lent.helpers, property).columns
    return {
        "helpers": [lent.helpers[column].name for column in columns],
        "known_test_polymers": lent.stage.known(units),
        "note": "Predictions of other properties by shipped models are features; held-out ones where a model knows the "
        "polymer. No label of the property asked for comes from them.",
    }
