"""The generator at run time: a gated recurrent unit over tokens, sampled in batches with NumPy alone.

One step for state h, with x the embedding of the last token and of what is asked (Cho et al., EMNLP 2014, in the form
that torch.nn.GRU documents)::

    r = sigmoid(W_r x + U_r h)    z = sigmoid(W_z x + U_z h)    m = tanh(W_m x + r * (U_m h))    h <- (1 - z) m + z h

With guidance g above 1 the logits are ``u + g (c - u)``, c with what is asked and u without (classifier-free guidance,
Ho and Salimans, arXiv:2207.12598).
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
from scipy.special import ndtri

from tools.core.cards import Card, load_card
from tools.core.errors import ArtefactError, InputError
from tools.design.spelling import Alphabet

Array = NDArray[np.float32]

SHIPPED = Path(__file__).parent / "artefacts" / "generator"
WEIGHTS, TOKENS = "generator.safetensors", "generator.json"
LARGEST_SCORE = 2.6  # about one polymer in 200
_LONGEST = 120  # tokens of a unit
_TYPES = {"F16": np.float16, "F32": np.float32}


def read_tensors(path: Path) -> dict[str, Array]:
    """Read a safetensors file: eight bytes of length, a JSON header, then the numbers.

    Parameters
    ----------
    path : Path
        File with tensors of type F16 or F32.

    Returns
    -------
    dict of str to ndarray of float32
        By name.

    Raises
    ------
    ArtefactError
        If it is not such a file.
    """
    raw = path.read_bytes()
    try:
        start = 8 + int.from_bytes(raw[:8], "little")
        header = json.loads(raw[8:start])
        header.pop("__metadata__", None)
        return {name: _tensor(raw, start, entry) for name, entry in header.items()}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ArtefactError(f"{path.name} is not a readable safetensors file: {error}") from error


def _tensor(raw: bytes, start: int, entry: dict[str, Any]) -> Array:
    begin, end = entry["data_offsets"]
    flat = np.frombuffer(raw[start + begin : start + end], dtype=np.dtype(_TYPES[entry["dtype"]]).newbyteorder("<"))
    return flat.reshape(entry["shape"]).astype(np.float32)


@dataclass(frozen=True)
class Scale:
    """Maps properties to normal scores by their rank among the polymers that were learnt from.

    Attributes
    ----------
    grid : ndarray [p, quantiles]
        Quantiles of each property in model space, ascending.
    """

    grid: NDArray[np.floating[Any]]

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the scores [n, p] of values [n, p] in model space, cut at ``LARGEST_SCORE``."""
        share = np.linspace(0.0, 1.0, self.grid.shape[1])
        ranks = np.column_stack([np.interp(values[:, j], grid, share) for j, grid in enumerate(self.grid)])
        return np.asarray(np.clip(ndtri(np.clip(ranks, 1e-4, 1 - 1e-4)), -LARGEST_SCORE, LARGEST_SCORE))


@dataclass(frozen=True)
class Generator:
    """A trained generator of repeat units.

    Attributes
    ----------
    card : Card
        Where it came from and how good it is.
    alphabet : Alphabet
        Its tokens.
    properties : tuple of str
        Ids of the p properties that it can be asked for.
    log : tuple of bool
        Which of them are log10 in model space.
    scale : Scale
        Their scale.
    correlation : ndarray [p, p]
        Correlation of their scores among the polymers that were learnt from.
    arrays : dict of str to ndarray of float32
        Weights, named as in ``finetune.generator.network``.
    """

    card: Card
    alphabet: Alphabet
    properties: tuple[str, ...]
    log: tuple[bool, ...]
    scale: Scale
    correlation: NDArray[np.float64]
    arrays: dict[str, Array]

    @cached_property
    def _table(self) -> Array:
        """Input to the gates from every token [tokens, 3 h]."""
        a = self.arrays
        return np.asarray(a["token.weight"] @ a["gru.weight_ih_l0"].T + a["gru.bias_ih_l0"])

    @cached_property
    def _turned(self) -> tuple[Array, Array]:
        return (
            np.ascontiguousarray(self.arrays["gru.weight_hh_l0"].T),
            np.ascontiguousarray(self.arrays["out.weight"].T),
        )

    def sample(
        self,
        asked: NDArray[np.float64],
        rng: np.random.Generator,
        *,
        guidance: float = 1.0,
        barred: Sequence[int] = (),
    ) -> list[list[int]]:
        """Write units.

        Parameters
        ----------
        asked : ndarray [n, p]
            Normal scores asked for, NaN where nothing is asked.
        rng : numpy.random.Generator
            Source of all choices.
        guidance : float
            How much what is asked counts; 1 is what was learnt.
        barred : sequence of int
            Tokens that are not used.

        Returns
        -------
        list of list of int
            Tokens of the n units without start and end; unfinished ones are empty.

        Raises
        ------
        InputError
            If ``asked`` has the wrong width.
        """
        n = len(asked)
        if asked.ndim != 2 or asked.shape[1] != len(self.properties):
            raise InputError(f"What is asked has {len(self.properties)} columns: {', '.join(self.properties)}.")
        streams = [asked] if guidance == 1.0 else [asked, np.full_like(asked, np.nan)]
        state, given = zip(*(self._begin(stream) for stream in streams), strict=True)
        states, inputs = list(state), list(given)
        tokens = np.zeros(n, dtype=np.int64)
        alive = np.arange(n)
        units: list[list[int]] = [[] for _ in range(n)]
        for _ in range(_LONGEST):
            logits = []
            for place, current in enumerate(states):
                states[place] = self._step(current, self._table[tokens] + inputs[place])
                logits.append(states[place] @ self._turned[1] + self.arrays["out.bias"])
            mixed = logits[0] if len(logits) == 1 else logits[1] + np.float32(guidance) * (logits[0] - logits[1])
            if len(barred):
                mixed[:, list(barred)] = -np.inf
            tokens = _draw(mixed, rng.random(n)[alive])
            going = tokens > 0
            alive, tokens = alive[going], tokens[going]
            states, inputs = [s[going] for s in states], [g[going] for g in inputs]
            for row, token in zip(alive.tolist(), tokens.tolist(), strict=True):
                units[row].append(token)
            if not len(alive):
                break
        for row in alive.tolist():
            units[row] = []
        return units

    def _begin(self, asked: NDArray[np.float64]) -> tuple[Array, Array]:
        """First state [n, h], and the input to the gates from what is asked [n, 3 h]."""
        a = self.arrays
        mask = ~np.isnan(asked)
        told = np.concatenate([np.where(mask, asked, 0.0), mask], axis=1).astype(np.float32)
        summary = np.tanh(told @ a["asked.weight"].T + a["asked.bias"])
        first = np.tanh(summary @ a["first.weight"].T + a["first.bias"])
        return first, (summary @ a["input.weight"].T + a["input.bias"]) @ a["gru.weight_ih_l0"].T

    def _step(self, h: Array, given: Array) -> Array:
        width = h.shape[1]
        own = h @ self._turned[0] + self.arrays["gru.bias_hh_l0"]
        gates = _sigmoid(given[:, : 2 * width] + own[:, : 2 * width])
        fresh = np.tanh(given[:, 2 * width :] + gates[:, :width] * own[:, 2 * width :])
        keep = gates[:, width:]
        return np.asarray(fresh + keep * (h - fresh))


def _sigmoid(x: Array) -> Array:
    half = np.float32(0.5)
    return np.asarray(half * np.tanh(half * x) + half)


def _draw(logits: Array, chance: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw one token per row [m] from logits [m, tokens] with uniform numbers [m]."""
    weight = np.exp(logits - logits.max(axis=1, keepdims=True))
    running = np.cumsum(weight, axis=1, dtype=np.float64)
    found = (running < (chance * running[:, -1])[:, None]).sum(axis=1)
    return np.asarray(np.minimum(found, logits.shape[1] - 1), dtype=np.int64)


@lru_cache(maxsize=2)
def load_generator(folder: Path = SHIPPED) -> Generator:
    """Load a generator.

    Parameters
    ----------
    folder : Path
        Folder with its card, weights and tokens; the shipped one by default.

    Returns
    -------
    Generator
        Shared by all callers.

    Raises
    ------
    ArtefactError
        If there is no card, a file differs from the hash on it, or the files do not fit together.
    """
    card = load_card(folder)
    for name in (WEIGHTS, TOKENS):
        if name not in card.files:
            raise ArtefactError(
                f"The card of {folder.name} does not name {name}.", hint="Run polysmith finetune generator."
            )
    arrays = read_tensors(folder / WEIGHTS)
    try:
        about = json.loads((folder / TOKENS).read_text(encoding="utf-8"))
        found = Generator(
            card,
            Alphabet(tuple(about["tokens"])),
            tuple(about["properties"]),
            tuple(about["log"]),
            Scale(arrays.pop("scale")),
            arrays.pop("correlation").astype(np.float64),
            arrays,
        )
        fits = arrays["out.weight"].shape[0] == len(found.alphabet) and len(found.scale.grid) == len(found.properties)
    except (KeyError, ValueError) as error:
        raise ArtefactError(f"The files of {folder.name} are not those of a generator: {error}") from error
    if not fits:
        raise ArtefactError(f"The weights of {folder.name} do not fit its tokens.")
    return found
