"""Embedders: text in, unit vectors out.

The default embedder needs no torch and no download: one vector per token, distilled from MiniLM with model2vec and
stored as int8 with one scale per row. Models of sentence-transformers are the better, heavier option
(``index.contextual``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from index.space import PREFIX, Space, normalise_rows
from tools.core.cards import load_card
from tools.core.errors import ArtefactError, StateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "STATIC_NAME",
    "Embedder",
    "StaticEmbedder",
    "encode_queries",
    "load_embedder",
    "normalise_rows",
]

STATIC_NAME = "static-minilm"
MAX_TOKENS = 512  # as in model2vec; passages are shorter


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors.

    Attributes
    ----------
    id : str
        Name and revision; an index refuses queries by an embedder with another id.
    dimension : int
        Length of the vectors.
    """

    id: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array [n, dimension] of unit rows (zero rows for texts without a known token)."""


class StaticEmbedder:
    """Mean of static token vectors (model2vec's scheme), read from an artefact folder.

    Parameters
    ----------
    folder : Path or None
        Folder with ``card.json``, ``tokenizer.json`` and ``vectors.npz``; None for the one that ships.

    Raises
    ------
    ArtefactError
        If the artefact is missing, damaged or not the one on its card.
    """

    def __init__(self, folder: Path | None = None) -> None:
        from tokenizers import Tokenizer

        path = folder or Path(str(resources.files("index"))) / "artefacts" / STATIC_NAME
        card = load_card(path)
        try:
            with np.load(path / "vectors.npz", allow_pickle=False) as stored:
                self._rows: NDArray[np.int8] = stored["rows"]
                self._scales: NDArray[np.float32] = stored["scales"].astype(np.float32)
            self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
        except (OSError, ValueError, KeyError) as error:
            raise ArtefactError(f"The embedder in {path.name} cannot be read: {error}") from error
        self._tokenizer.enable_truncation(max_length=MAX_TOKENS)
        self._tokenizer.no_padding()
        self.dimension = int(self._rows.shape[1])
        self.id = f"{card.id}@{card.files['vectors.npz'][:12]}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts.

        Parameters
        ----------
        texts : sequence of str
            Any texts; what follows the first 512 tokens is not read.

        Returns
        -------
        array of shape [n, dimension]
            Unit rows; a zero row where no token is known.
        """
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        with _single_threaded_tokenizers():
            encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for row, encoding in enumerate(encodings):
            ids = encoding.ids
            if ids:
                out[row] = self._scales[ids] @ self._rows[ids].astype(np.float32)
        return normalise_rows(out)


@contextmanager
def _single_threaded_tokenizers() -> Iterator[None]:
    """Keep the tokenizers library from warning about forks after it used threads."""
    before = os.environ.get("TOKENIZERS_PARALLELISM")
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("TOKENIZERS_PARALLELISM", None)
        else:
            os.environ["TOKENIZERS_PARALLELISM"] = before


@lru_cache(maxsize=4)
def load_embedder(embedder_id: str = "") -> Embedder:
    """Return the embedder with an id, as an index manifest names it (cached).

    Parameters
    ----------
    embedder_id : str
        ``""`` or the static embedder's id for the one that ships; ``"sentence-transformers:MODEL@REVISION"``, where
        MODEL is a name on the model hub or a folder and the revision may be left out; or a full id from a manifest.

    Returns
    -------
    Embedder
        The embedder.

    Raises
    ------
    StateError
        If no embedder has this id: an index made with another version, or a model that has changed since.
    ArtefactError
        If the model cannot be loaded.
    BackendMissing
        If it needs a library that is not installed.
    """
    if embedder_id.startswith(PREFIX):
        from index.contextual import ContextualEmbedder

        wanted = Space.parse(embedder_id)
        found = ContextualEmbedder(wanted)
        if wanted.is_full and found.id != embedder_id:
            raise StateError(
                f"The model {wanted.model!r} is not the one that {embedder_id!r} names; it is {found.id!r} now.",
                hint="Restore that model, or build the index again with polysmith index add.",
            )
        return found
    static = StaticEmbedder()
    if embedder_id not in {"", STATIC_NAME, static.id}:
        raise StateError(
            f"No embedder {embedder_id!r} is known; the one that ships is {static.id!r}.",
            hint="Build the index again with polysmith index add.",
        )
    return static


def encode_queries(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed queries, with the prefix that the model was trained with for them (E5, BGE and others).

    Parameters
    ----------
    embedder : Embedder
        Any embedder; one without ``encode_queries`` treats queries like passages.
    texts : sequence of str
        Queries.

    Returns
    -------
    array of shape [n, dimension]
        Unit rows.
    """
    special = getattr(embedder, "encode_queries", None)
    return embedder.encode(texts) if special is None else special(texts)
