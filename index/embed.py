"""Embedders: text in, unit vectors out.

The default embedder needs no torch and no download: one vector per token, distilled from MiniLM with model2vec and
stored as int8 with one scale per row. sentence-transformers is the better, heavier option.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from tools.core.cards import load_card
from tools.core.errors import ArtefactError, BackendMissing, StateError
from tools.core.extras import install_command

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATIC_NAME = "static-minilm"
MAX_TOKENS = 512  # as in model2vec; passages are shorter
_ST_PREFIX = "sentence-transformers:"


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


def normalise_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to unit length; zero rows stay zero.

    Parameters
    ----------
    vectors : array of shape [n, d]
        Any vectors.

    Returns
    -------
    array of shape [n, d]
        Unit rows.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


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


class SentenceTransformerEmbedder:
    """A contextual embedder through sentence-transformers.

    Parameters
    ----------
    model : str
        Name on the model hub, or a folder.
    revision : str
        Commit or tag of the model; part of the id.
    batch_size : int
        Texts per forward pass.

    Raises
    ------
    BackendMissing
        If sentence-transformers is not installed.
    ArtefactError
        If the model cannot be loaded.
    """

    def __init__(self, model: str, *, revision: str = "main", batch_size: int = 32) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise BackendMissing("sentence-transformers", install_command("embed")) from error
        options: dict[str, Any] = {} if Path(model).is_dir() else {"revision": revision}
        try:
            self._model = SentenceTransformer(model, **options)
        except (OSError, ValueError) as error:
            raise ArtefactError(f"The embedding model {model!r} cannot be loaded: {error}") from error
        self._batch_size = batch_size
        self.dimension = int(self._model.encode(["x"]).shape[1])
        self.id = f"{_ST_PREFIX}{model}@{revision}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts.

        Parameters
        ----------
        texts : sequence of str
            Any texts; the model cuts them at its own length.

        Returns
        -------
        array of shape [n, dimension]
            Unit rows.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(list(texts), batch_size=self._batch_size, show_progress_bar=False)
        return normalise_rows(np.asarray(vectors, dtype=np.float32))


@lru_cache(maxsize=4)
def load_embedder(embedder_id: str = "") -> Embedder:
    """Return the embedder with an id, as an index manifest names it (cached).

    Parameters
    ----------
    embedder_id : str
        ``""`` or the static embedder's id for the one that ships; ``"sentence-transformers:MODEL@REVISION"``, where
        the revision may be left out.

    Returns
    -------
    Embedder
        The embedder.

    Raises
    ------
    StateError
        If no embedder has this id (an index made with another version).
    BackendMissing
        If it needs a library that is not installed.
    """
    if embedder_id.startswith(_ST_PREFIX):
        model, _, revision = embedder_id.removeprefix(_ST_PREFIX).partition("@")
        return SentenceTransformerEmbedder(model, revision=revision or "main")
    static = StaticEmbedder()
    if embedder_id not in {"", STATIC_NAME, static.id}:
        raise StateError(
            f"No embedder {embedder_id!r} is known; the one that ships is {static.id!r}.",
            hint="Build the index again with polysmith index add.",
        )
    return static
