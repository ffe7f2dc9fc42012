"""The fast tier: one small network for all properties, distilled from the Gaussian processes of the full models.

Two hidden layers on environment counts and sums of a repeat unit; several networks with different seeds are averaged,
and what they differ by says how hard a polymer is. Multiplying matrices is all that a prediction takes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.core.cards import Card, load_card
from tools.core.errors import ArtefactError
from tools.properties.environments import ENVIRONMENT_VERSION, SUMS, Counts
from tools.properties.intervals import Calibration, unpack
from tools.properties.model import Estimate

FloatArray = NDArray[np.float64]
SCREENING_JSON, SCREENING_NPZ = "screening.json", "screening.npz"
#: Brings counts, and counts per heavy atom, to a spread of about one.
LOG_SCALE, SHARE_SCALE = 1.4, 6.0
_CLIP = 5.0
_LAYERS = ("w1", "d1", "b1", "w2", "b2", "w3", "b3")


def dense_block(sums: FloatArray) -> FloatArray:
    """Turn sums over a repeat unit into the dense inputs of the network.

    Parameters
    ----------
    sums : ndarray [n, len(SUMS)]
        From ``Counts``.

    Returns
    -------
    ndarray [n, 3 len(SUMS) + 1]
        Logarithms, shares per heavy atom, shares per backbone atom, parity of the backbone.
    """
    heavy, path = sums[:, [SUMS.index("heavy_atoms")]], sums[:, [SUMS.index("path_atoms")]]
    return np.hstack([np.log1p(np.maximum(sums, 0)), sums / heavy, sums / path, path % 2])


@dataclass(frozen=True)
class Network:
    """Weights of one network.

    Attributes
    ----------
    w1 : ndarray [2 f, h]
        From logarithms of counts and from shares of f environments; ``d1`` [d, h] from the dense inputs.
    b1, w2, b2, w3, b3 : ndarray
        Biases and further layers; the last has one column per property.
    """

    w1: FloatArray
    d1: FloatArray
    b1: FloatArray
    w2: FloatArray
    b2: FloatArray
    w3: FloatArray
    b3: FloatArray

    def __call__(self, logs: Any, shares: Any, dense: FloatArray, rows: NDArray[np.int64]) -> FloatArray:
        """Return standardised predictions [n, p]; ``rows`` says which environments the columns of the inputs are."""
        half = len(self.w1) // 2
        first = logs @ self.w1[rows] + shares @ self.w1[half + rows] + dense @ self.d1 + self.b1
        second = np.maximum(first, 0) @ self.w2 + self.b2
        return np.asarray(np.maximum(second, 0) @ self.w3 + self.b3)


@dataclass(frozen=True)
class Screening:
    """The fast tier of all properties.

    Attributes
    ----------
    card : Card
        Where it came from and how good it is.
    properties : tuple of str
        Property ids, p of them.
    ids : ndarray of uint32 [e]
        Environments met in training, ascending.
    used : ndarray of int [f]
        Places in ``ids`` of those that the networks see.
    seen : ndarray of bool [e, p]
        Whether the labelled polymers of a property have an environment.
    networks : tuple of Network
        Averaged.
    dense_centre, dense_spread : ndarray [d]
        Standardise the dense inputs.
    centre, spread : ndarray [p]
        Bring the predictions to model space.
    calibrations : dict of str to Calibration
        Predictive distributions.
    units, limits : ndarray [p]
        Mean absolute held-out residual; largest share of unseen environments that counts as in domain.
    """

    card: Card
    properties: tuple[str, ...]
    ids: NDArray[np.uint32]
    used: NDArray[np.int64]
    seen: NDArray[np.bool_]
    networks: tuple[Network, ...]
    dense_centre: FloatArray
    dense_spread: FloatArray
    centre: FloatArray
    spread: FloatArray
    calibrations: dict[str, Calibration]
    units: FloatArray
    limits: FloatArray

    @cached_property
    def _place(self) -> NDArray[np.int64]:
        """Row of each known environment among those that the networks see, -1 for the others."""
        place = np.full(len(self.ids), -1, dtype=np.int64)
        place[self.used] = np.arange(len(self.used))
        return place

    @cached_property
    def _missing(self) -> FloatArray:
        """1 where a property has not seen an environment; the last row stands for unknown ones."""
        return np.vstack([~self.seen, np.ones((1, len(self.properties)))]).astype(np.float64)

    def __call__(self, counts: Counts, properties: Sequence[str] | None = None) -> dict[str, Estimate]:
        """Predict properties of n polymers.

        Parameters
        ----------
        counts : Counts
            Their environments and sums.
        properties : sequence of str, optional
            Property ids; all when left out.

        Returns
        -------
        dict of str to Estimate
            In model space, by property id.
        """
        known = find(self.ids, counts.ids)
        mean, gap = self._predict(counts, known)
        unseen = unseen_shares(counts, self._missing[known])
        nothing = np.full(len(counts), np.nan)
        estimates = {}
        for name in self.properties if properties is None else properties:
            place = self.properties.index(name)
            hard = difficulty(unseen[:, place], gap[:, place], float(self.units[place]))
            inside = unseen[:, place] <= self.limits[place]
            scale = self.calibrations[name].scale(hard)
            estimates[name] = Estimate(mean[:, place], scale, nothing, inside)
        return estimates

    def _predict(self, counts: Counts, known: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        """Return the mean of the networks and their standard deviation, both [n, p] in model space."""
        places = np.append(self._place, -1)[known]
        kept = np.flatnonzero(places >= 0)
        logs, shares = inputs(counts, kept)
        dense = standardised(dense_block(counts.sums), self.dense_centre, self.dense_spread)
        answers = np.stack([network(logs, shares, dense, places[kept]) for network in self.networks])
        return answers.mean(axis=0) * self.spread + self.centre, answers.std(axis=0) * self.spread


def inputs(counts: Counts, columns: NDArray[np.int64]) -> tuple[Any, Any]:
    """Return the scaled logarithms of counts and the scaled counts per heavy atom of chosen environments.

    Parameters
    ----------
    counts : Counts
        n polymers.
    columns : ndarray of int [f]
        Chosen columns of ``counts.environments``.

    Returns
    -------
    logs, shares : csr_matrix [n, f]
        Inputs of the networks.
    """
    logs = counts.environments[:, columns]
    shares = logs.copy()
    logs.data = np.log1p(logs.data) * LOG_SCALE
    heavy = np.repeat(counts.sums[:, SUMS.index("heavy_atoms")], np.diff(shares.indptr))
    shares.data = shares.data / heavy * SHARE_SCALE
    return logs, shares


def standardised(dense: FloatArray, centre: FloatArray, spread: FloatArray) -> FloatArray:
    """Standardise dense inputs [n, d] and cut off what is far outside training."""
    return np.clip((dense - centre) / spread, -_CLIP, _CLIP)


def find(ids: NDArray[np.uint32], asked: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the places of ``asked`` among the ascending ``ids``; ``len(ids)`` for those that are not there."""
    place = np.searchsorted(ids, asked)
    there = np.append(ids, np.uint32(0))[place] == asked
    return np.where(there & (place < len(ids)), place, len(ids)).astype(np.int64)


def unseen_shares(counts: Counts, missing: FloatArray) -> FloatArray:
    """Return the share of each polymer's distinct environments that training lacks.

    Parameters
    ----------
    counts : Counts
        n polymers with e environments.
    missing : ndarray [e, p]
        1 where the labelled polymers of a property lack an environment.

    Returns
    -------
    ndarray [n, p]
        0 to 1.
    """
    present = counts.environments.copy()
    present.data = np.ones_like(present.data)
    return np.asarray((present @ missing) / np.maximum(np.diff(present.indptr), 1)[:, None])


def difficulty(unseen: FloatArray, gap: FloatArray, unit: float) -> FloatArray:
    """Put together what makes a polymer hard for the networks.

    Parameters
    ----------
    unseen : ndarray [n]
        Share of unseen environments.
    gap : ndarray [n]
        Standard deviation between the networks, in model space.
    unit : float
        Mean absolute held-out residual.

    Returns
    -------
    ndarray [n, 2]
        Logarithms, so that the scale is a product of powers.
    """
    return np.column_stack([np.log(unseen + 0.02), np.log(gap / unit + 0.05)])


def load_screening(folder: Path) -> Screening:
    """Load the fast tier.

    Parameters
    ----------
    folder : Path
        Folder with the card, ``screening.json`` and ``screening.npz``.

    Returns
    -------
    Screening
        Ready to predict.

    Raises
    ------
    ArtefactError
        If the card does not match the files, or other environments trained it.
    """
    card = load_card(folder)
    data = json.loads((folder / SCREENING_JSON).read_text(encoding="utf-8"))
    if data["environments"] != ENVIRONMENT_VERSION:
        raise ArtefactError(f"{card.id} was trained with other features.", hint="Run polysmith finetune properties.")
    with np.load(folder / SCREENING_NPZ, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    names = tuple(data["properties"])
    numbers = {name: found[name].astype(np.float64) for name in ("dense_centre", "dense_spread", "centre", "spread")}
    return Screening(
        card=card,
        properties=names,
        ids=found["ids"],
        used=found["used"].astype(np.int64),
        seen=np.unpackbits(found["seen"], axis=1, count=len(names)).astype(bool),
        networks=tuple(
            Network(*(found[f"{number}.{layer}"].astype(np.float64) for layer in _LAYERS))
            for number in range(data["networks"])
        ),
        calibrations={name: unpack(data["calibrations"][name]) for name in names},
        units=np.array(data["units"]),
        limits=np.array(data["limits"]),
        **numbers,
    )


def pack_network(network: Sequence[NDArray[Any]], number: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of a network, layer by layer, in half precision and under the names that loading expects."""
    return {f"{number}.{layer}": array.astype(np.float16) for layer, array in zip(_LAYERS, network, strict=True)}
