"""Train the generator and write the artefact with its card."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.generator.corpus import PROPERTIES, Corpus, read_corpus
from finetune.generator.measures import Measured, measure
from finetune.generator.network import Schedule, Shape, Trained, train
from tools.core.cards import Card, file_sha256, write_card
from tools.core.errors import BackendMissing
from tools.core.extras import install_command
from tools.design.spelling import Alphabet
from tools.design.token_network import TOKENS, WEIGHTS, Scale, load_generator
from tools.properties.artefacts import library

CARD_ID = "generator-gru-1"
_QUANTILES = 201


@dataclass(frozen=True)
class Settings:
    """What a training can be told.

    Attributes
    ----------
    per_class : int
        Virtual polymers per class at most.
    most, least : int
        Backbone pieces that become tokens at most, and how often a token must be seen.
    longest : int
        Tokens of a unit at most; longer ones are left out.
    real_weight : float
        How much more often a real polymer is seen than a virtual one.
    shape : Shape
        Size of the network.
    schedule : Schedule
        Length and seed of the training.
    """

    per_class: int = 12_000
    most: int = 400
    least: int = 20
    longest: int = 48
    real_weight: float = 4.0
    shape: Shape = field(default_factory=Shape)
    schedule: Schedule = field(default_factory=Schedule)


def train_generator(
    data: Path, out: Path, *, settings: Settings | None = None, progress: Callable[[str], None] = lambda _: None
) -> Card:
    """Train the generator on the tables of a folder.

    Parameters
    ----------
    data : Path
        Folder with ``virtual_smipoly_2star.csv.gz`` and ``experimental.csv``.
    out : Path
        Folder for weights, tokens and card.
    settings : Settings, optional
        Size and length.
    progress : callable
        Told what is being done.

    Returns
    -------
    Card
        The card written.

    Raises
    ------
    SetupError
        If a table is missing.
    BackendMissing
        If torch or safetensors is not installed.
    """
    chosen = settings or Settings()
    progress("reading and labelling polymers")
    corpus = read_corpus(data, per_class=chosen.per_class, seed=chosen.schedule.seed)
    return train_on(corpus, out, chosen, progress)


def train_on(corpus: Corpus, out: Path, settings: Settings, progress: Callable[[str], None] = lambda _: None) -> Card:
    """Train on a corpus that was read, export, measure and write the card.

    Parameters
    ----------
    corpus : Corpus
        What to learn from.
    out : Path
        Folder for weights, tokens and card.
    settings : Settings
        Size and length.
    progress : callable
        Told what is being done.

    Returns
    -------
    Card
        The card written.
    """
    began = time.process_time()
    weights = np.where(corpus.real, settings.real_weight, 1.0)
    seen = [
        text
        for text, weight, held in zip(corpus.texts, weights, corpus.held_out, strict=True)
        if not held
        for _ in range(round(weight))
    ]
    alphabet = Alphabet.learn(seen, most=settings.most, least=settings.least)
    encoded = [alphabet.encode(text) for text in corpus.texts]
    usable = np.array([unit is not None and len(unit) <= settings.longest for unit in encoded])
    scale = Scale(_quantiles(corpus.targets[usable & ~corpus.held_out], weights[usable & ~corpus.held_out]))
    scores = scale.scores(corpus.targets)
    rows = np.flatnonzero(usable)
    trained = train(
        [encoded[row] or [] for row in rows],
        scores[rows],
        weights[rows],
        corpus.held_out[rows],
        tokens=len(alphabet),
        shape=settings.shape,
        schedule=settings.schedule,
        progress=progress,
    )
    cost = time.process_time() - began
    correlation = np.asarray(np.corrcoef(scores[rows], rowvar=False))
    _export(out, alphabet, scale, correlation, trained)
    card = _card(corpus, out, settings, trained, int((~usable).sum()), cost, None)
    write_card(out, card)
    progress("measuring")
    load_generator.cache_clear()
    card = _card(
        corpus,
        out,
        settings,
        trained,
        int((~usable).sum()),
        cost,
        measure(load_generator(out), corpus, settings.schedule.seed),
    )
    write_card(out, card)
    load_generator.cache_clear()
    return card


def _quantiles(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weighted quantiles [p, quantiles] of values [n, p], strictly ascending."""
    share = np.linspace(0, 1, _QUANTILES)
    grid = []
    for column in values.T:
        order = np.argsort(column, kind="stable")
        running = np.cumsum(weights[order])
        middle = (running - weights[order] / 2) / running[-1]
        found = np.interp(share, middle, column[order])
        grid.append(found + np.arange(_QUANTILES) * 1e-9 * max(1.0, float(np.ptp(found))))
    return np.array(grid, dtype=np.float32)


def _export(out: Path, alphabet: Alphabet, scale: Scale, correlation: NDArray[np.float64], trained: Trained) -> None:
    try:
        from safetensors.numpy import save_file
    except ImportError as error:
        raise BackendMissing("safetensors", install_command("train")) from error
    out.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.ascontiguousarray(array.astype(np.float16)) for name, array in trained.arrays.items()}
    arrays["scale"] = np.ascontiguousarray(scale.grid.astype(np.float32))
    arrays["correlation"] = np.ascontiguousarray(correlation.astype(np.float32))
    save_file(arrays, out / WEIGHTS)
    models = library()
    about = {
        "properties": PROPERTIES,
        "log": [models.model(name).log for name in PROPERTIES],
        "tokens": alphabet.tokens,
    }
    (out / TOKENS).write_text(json.dumps(about, indent=0) + "\n", encoding="utf-8")


def _card(
    corpus: Corpus, out: Path, settings: Settings, trained: Trained, unusable: int, cost: float, found: Measured | None
) -> Card:
    labels = sorted({library().model(name).card.id for name in PROPERTIES})
    metrics: dict[str, Any] = {
        "negative_log_likelihood_per_unit": {
            "nothing_asked": round(trained.losses[0], 3),
            "everything_asked": round(trained.losses[1], 3),
        },
        "trained_on": int((~corpus.held_out).sum()) - unusable,
        "left_out": {**corpus.left_out, "rare token or too long": unusable},
        "training_cpu_s": round(cost),
        **({} if found is None else found.as_dict()),
    }
    return Card(
        id=CARD_ID,
        title="Generator of repeat units, conditional on predicted properties",
        description=(
            f"Gated recurrent unit (width {settings.shape.hidden}) over backbone pieces and SMILES tokens; any subset "
            f"of {len(PROPERTIES)} properties may be asked for. Properties of the training polymers are predictions of "
            f"the screening models {', '.join(labels)}."
        ),
        files={name: file_sha256(out / name) for name in (WEIGHTS, TOKENS)},
        data=list(corpus.sources),
        split="5 % of the polymers by key are never trained on; samples are gated, and judged by the screening models",
        metrics=metrics,
        command=f"polysmith finetune generator --out FOLDER --seed {settings.schedule.seed}",
        versions={name: metadata.version(name) for name in ("torch", "numpy", "rdkit", "safetensors")},
        seed=settings.schedule.seed,
        licence="Apache-2.0",
        limits=(
            "Writes no stereochemistry and no ladder polymers. What it writes meets what was asked only as far as the "
            "screening models judge; candidates are scored like any others."
        ),
    )
