"""A small transformer over repeat units, trained here by masked tokens and by descriptors of the structure.

It stands in for a hub's encoder where none is reachable. Nothing measured goes in: the tokens are those of hypothetical
polymers, and the second task asks for descriptors that follow from the structure.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from finetune.torches import library, torch
from finetune.two_phase.vectors import Array, Encode, Scaler, descriptor_rows
from tools.core.cards import Card, DataSource, file_sha256, load_card, write_card
from tools.core.errors import SetupError
from tools.core.polymer import Polymer

WEIGHTS, SHAPE, CHECKPOINT = "encoder.safetensors", "encoder.json", "checkpoint.pt"
_TOKEN = re.compile(r"\[[^\]]+\]|Cl|Br|%\d\d|.")
_PAD, _MASK, _OTHER = 0, 1, 2
_HIDDEN_SHARE = 0.15  # of the tokens, as in BERT (arXiv 1810.04805)


@dataclass(frozen=True)
class Shape:
    """Size and training of the encoder.

    Attributes
    ----------
    width, layers, heads : int
        Of the transformer.
    longest : int
        Tokens of a repeat unit at most; longer ones are cut.
    polymers, epochs, batch : int
        Hypothetical polymers, passes over them, and rows of a batch.
    rate : float
        Highest learning rate.
    save_every : int
        Steps between checkpoints.
    seed : int
        Of weights, masks and order.
    """

    width: int = 128
    layers: int = 3
    heads: int = 4
    longest: int = 128
    polymers: int = 8000
    epochs: int = 2
    batch: int = 32
    rate: float = 1e-3
    save_every: int = 50
    seed: int = 0


def tokens_of(unit: str) -> list[str]:
    """Cut a repeat unit into atoms, bonds, brackets and ring marks."""
    return _TOKEN.findall(unit)


def _network(shape: Shape, words: int, outputs: int) -> Any:
    nn = torch().nn
    layer = nn.TransformerEncoderLayer(
        shape.width, shape.heads, 2 * shape.width, dropout=0.0, batch_first=True, activation="gelu", norm_first=True
    )
    return nn.ModuleDict(
        {
            "words": nn.Embedding(words, shape.width, padding_idx=_PAD),
            "places": nn.Embedding(shape.longest, shape.width),
            "body": nn.TransformerEncoder(layer, shape.layers, enable_nested_tensor=False),
            "token": nn.Linear(shape.width, words),
            "descriptors": nn.Linear(shape.width, outputs),
        }
    )


def _hidden(network: Any, ids: Any) -> tuple[Any, Any]:
    """Return vectors of tokens [n, t, w] and their mean over each unit [n, w]."""
    padding = ids == _PAD
    places = torch().arange(ids.shape[1], device=ids.device)
    states = network["body"](network["words"](ids) + network["places"](places), src_key_padding_mask=padding)
    real = (~padding).unsqueeze(-1).float()
    return states, (states * real).sum(1) / real.sum(1)


def _ids(units: Sequence[str], words: dict[str, int], longest: int) -> Any:
    rows = [[words.get(token, _OTHER) for token in tokens_of(unit)][:longest] for unit in units]
    width = max(len(row) for row in rows)
    return torch().tensor([row + [_PAD] * (width - len(row)) for row in rows])


def train_encoder(
    polymers: Sequence[Polymer],
    folder: Path,
    shape: Shape,
    sources: Sequence[DataSource],
    *,
    command: str,
    progress: Callable[[str], None] = lambda _: None,
) -> Card:
    """Train the encoder, or go on from the folder's checkpoint.

    Parameters
    ----------
    polymers : sequence of Polymer
        Hypothetical polymers; every twentieth is held out.
    folder : Path
        Gets the weights, their shape and the card.
    shape : Shape
        Size and training.
    sources : sequence of DataSource
        Where the polymers come from.
    command : str
        What trains it again.
    progress : callable
        Told steps and loss.

    Returns
    -------
    Card
        With the held-out loss, and that of guessing tokens by frequency.

    Raises
    ------
    BackendMissing
        If torch is not installed.
    SetupError
        If the folder holds a training of another shape.
    """
    torch().manual_seed(shape.seed)
    folder.mkdir(parents=True, exist_ok=True)
    targets = descriptor_rows(polymers)
    scaled = Scaler(targets)(targets)
    units = [p.smiles for p in polymers]
    held = np.arange(len(units)) % 20 == 0
    words = {word: i + 3 for i, word in enumerate(sorted({t for u in units for t in tokens_of(u)}))}
    network = _network(shape, len(words) + 3, scaled.shape[1])
    learnt = np.flatnonzero(~held)
    _fit(network, [units[i] for i in learnt], scaled[learnt], words, shape, folder, progress)
    metrics = _measure(network, [units[i] for i in np.flatnonzero(held)], words, shape)
    metrics["parameters"] = sum(p.numel() for p in network.parameters())
    save = library("safetensors.torch").save_file
    save({k: v.contiguous() for k, v in network.state_dict().items()}, folder / WEIGHTS)
    told = {"shape": asdict(shape), "words": words, "outputs": int(scaled.shape[1])}
    (folder / SHAPE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (folder / CHECKPOINT).unlink(missing_ok=True)
    card = Card(
        id="two-phase-encoder-1", title="Small encoder of repeat units",
        description="A transformer trained by masked tokens and by descriptors of the structure; no measured values.",
        files={name: file_sha256(folder / name) for name in (WEIGHTS, SHAPE)}, data=list(sources),
        split="every twentieth hypothetical polymer held out", metrics=metrics, command=command,
        versions={"torch": str(torch().__version__), "numpy": np.__version__}, seed=shape.seed,
        limits="Linear chains of the classes of SMiPoly.",
    )  # fmt: skip
    write_card(folder, card)
    return card


def _fit(
    network: Any, units: list[str], targets: Array, words: dict[str, int], shape: Shape, folder: Path,
    progress: Callable[[str], None],
) -> None:  # fmt: skip
    library_ = torch()
    optimiser = library_.optim.AdamW(network.parameters(), lr=shape.rate, weight_decay=0.01)
    order = _order(units, shape)
    start = _restore(network, optimiser, shape, folder)
    for step in range(start, len(order)):
        rows = order[step]
        for group in optimiser.param_groups:
            group["lr"] = shape.rate * min(1.0, (step + 1) / 50) * (0.05 + 0.95 * 0.5 * (1 + math.cos(
                math.pi * step / len(order))))  # fmt: skip
        ids = _ids([units[i] for i in rows], words, shape.longest)
        loss = _token_loss(network, ids, shape.seed + step, targets[rows])
        loss.backward()
        library_.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if (step + 1) % shape.save_every == 0:
            progress(f"encoder: step {step + 1} of {len(order)}, loss {float(loss.detach()):.3f}")
            content = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1,
                       "shape": asdict(shape)}  # fmt: skip
            library_.save(content, folder / (CHECKPOINT + ".part"))
            (folder / (CHECKPOINT + ".part")).replace(folder / CHECKPOINT)


def _order(units: list[str], shape: Shape) -> list[list[int]]:
    """Batches of similar length in random order."""
    rng, found = random.Random(shape.seed), list[list[int]]()
    for _ in range(shape.epochs):
        places = sorted(range(len(units)), key=lambda i: (len(units[i]), rng.random()))
        epoch = [places[i : i + shape.batch] for i in range(0, len(places), shape.batch)]
        rng.shuffle(epoch)
        found += epoch
    return found


def _restore(network: Any, optimiser: Any, shape: Shape, folder: Path) -> int:
    path = folder / CHECKPOINT
    if not path.is_file():
        return 0
    content = torch().load(path, weights_only=True)
    if content["shape"] != asdict(shape):
        raise SetupError(f"{folder} holds an encoder of another shape.", hint="Name another folder.")
    network.load_state_dict(content["network"])
    optimiser.load_state_dict(content["optimiser"])
    return int(content["step"])


def _token_loss(network: Any, ids: Any, seed: int, targets: Array | None = None) -> Any:
    """Cross-entropy of masked tokens, and the squared error of descriptors where they are given."""
    library_ = torch()
    generator = library_.Generator().manual_seed(seed)
    masked = (library_.rand(ids.shape, generator=generator) < _HIDDEN_SHARE) & (ids != _PAD)
    masked[:, 0] = True  # at least one
    states, mean = _hidden(network, ids.masked_fill(masked, _MASK))
    loss = library_.nn.functional.cross_entropy(network["token"](states[masked]), ids[masked])
    if targets is None:
        return loss
    wanted = library_.tensor(targets, dtype=library_.float32)
    return loss + library_.nn.functional.mse_loss(network["descriptors"](mean), wanted)


def _measure(network: Any, units: list[str], words: dict[str, int], shape: Shape) -> dict[str, float]:
    """Held-out cross-entropy of masked tokens, and that of guessing by frequency."""
    network.eval()
    ids = _ids(units, words, shape.longest)
    with torch().no_grad():
        found = float(_token_loss(network, ids, shape.seed))
    network.train()
    counts = np.bincount(ids[ids != _PAD].numpy())
    shares = counts[counts > 0] / counts.sum()
    return {"held_out_token_loss": found, "by_frequency": float(-(shares * np.log(shares)).sum())}


def load(folder: Path) -> Encode:
    """Load a trained encoder.

    Parameters
    ----------
    folder : Path
        Folder with its card.

    Returns
    -------
    callable
        Takes n polymers, gives an array [n, w].

    Raises
    ------
    ArtefactError
        If a file is missing or not the one of the card.
    """
    load_card(folder)
    told = json.loads((folder / SHAPE).read_text(encoding="utf-8"))
    shape = Shape(**told["shape"])
    network = _network(shape, len(told["words"]) + 3, told["outputs"]).eval()
    network.load_state_dict(library("safetensors.torch").load_file(folder / WEIGHTS))

    def encode(polymers: Sequence[Polymer]) -> Array:
        rows = []
        for polymer in polymers:  # one by one: padding changes the last digits of the rows
            with torch().no_grad():
                rows.append(_hidden(network, _ids([polymer.smiles], told["words"], shape.longest))[1][0].double())
        return np.stack([row.numpy() for row in rows])

    return encode
