"""Distil a sentence transformer into static token vectors that need neither torch nor a download to run.

Each token of the vocabulary goes through the transformer alone; principal components keep 256 dimensions; smooth
inverse frequency by vocabulary rank weighs frequent tokens down (the scheme of
model2vec, https://github.com/MinishLab/model2vec).
Rows are stored as int8 with one scale each.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.core.cards import Card, DataSource, file_sha256, write_card
from tools.core.errors import ArtefactError, BackendMissing
from tools.core.extras import install_command

if TYPE_CHECKING:
    from numpy.typing import NDArray

CARD_ID = "static-minilm-1"
VECTORS, TOKENIZER = "vectors.npz", "tokenizer.json"


def quantise(vectors: NDArray[np.floating[Any]]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Store rows as int8 with one scale each.

    Parameters
    ----------
    vectors : array of shape [tokens, dimension]
        Token vectors.

    Returns
    -------
    rows : array of int8, shape [tokens, dimension]
        Rounded rows, largest magnitude 127.
    scales : array of float16, shape [tokens]
        ``vectors`` is nearly ``rows * scales[:, None]``; zero for a zero row.
    """
    peak = np.abs(vectors.astype(np.float32)).max(axis=1)
    scales = (peak / 127).astype(np.float16)
    divisor = np.where(scales > 0, scales.astype(np.float32), 1.0)
    rows = np.clip(np.rint(vectors.astype(np.float32) / divisor[:, None]), -127, 127)
    return rows.astype(np.int8), scales


def distil(
    model: Path,
    out: Path,
    *,
    dimension: int = 256,
    metrics: dict[str, Any] | None = None,
    licence: str = "Apache-2.0",
) -> Card:
    """Distil the model in a folder and write the artefact with its card.

    Parameters
    ----------
    model : Path
        Folder of a sentence transformer (``model.safetensors``, ``tokenizer.json``), such as all-MiniLM-L6-v2.
    out : Path
        Folder to write ``vectors.npz``, ``tokenizer.json`` and ``card.json`` to.
    dimension : int
        Dimensions kept.
    metrics : dict, optional
        Measured retrieval quality for the card (``benchmarks/retrieval_quality.py``).
    licence : str
        Licence of the model, which the artefact inherits.

    Returns
    -------
    Card
        The card written.

    Raises
    ------
    BackendMissing
        If model2vec's distillation needs a library that is not installed.
    ArtefactError
        If the folder holds no model.
    """
    weights = model / "model.safetensors"
    if not weights.is_file() or not (model / TOKENIZER).is_file():
        raise ArtefactError(f"{model} holds no model.safetensors with a {TOKENIZER}.")
    try:
        from model2vec.distill import distill
    except ImportError as error:
        raise BackendMissing("model2vec[distill]", install_command("train")) from error
    static = distill(model_name=str(model), pca_dims=dimension)
    rows, scales = quantise(np.asarray(static.embedding))
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out / VECTORS, rows=rows, scales=scales)
    static.tokenizer.save(str(out / TOKENIZER), pretty=False)
    card = Card(
        id=CARD_ID,
        title="Static token vectors distilled from all-MiniLM-L6-v2",
        description=(
            f"{rows.shape[0]} tokens x {rows.shape[1]} dimensions, int8 with one scale per row; a text is the "
            "normalised mean of its token vectors."
        ),
        files={name: file_sha256(out / name) for name in (VECTORS, TOKENIZER)},
        data=[
            DataSource(
                name="all-MiniLM-L6-v2 weights", sha256=file_sha256(weights), rows=rows.shape[0], licence=licence
            )
        ],
        split="no training data: vectors come from the model alone; metrics on questions that it never saw",
        metrics=metrics or {},
        command="polysmith finetune embedding --model FOLDER --out index/artefacts/static-minilm",
        versions={name: metadata.version(name) for name in ("model2vec", "torch", "transformers", "numpy")},
        seed=0,
        licence=licence,
        limits="Word order is lost; English only. Use it beside BM25, not alone.",
    )
    write_card(out, card)
    return card
