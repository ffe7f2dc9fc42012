"""Rerankers: a second, closer look at the best candidates of a search.

The light one ships, needs no torch and no download: a weighted sum of eight features. A cross-encoder of
sentence-transformers reads query and passage together and is the better, heavier choice where one is at hand.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from index.embed import load_embedder
from index.features import NAMES, Candidate, features
from index.words import WordVectors
from tools.core.cards import load_card
from tools.core.errors import ArtefactError, BackendMissing, InputError
from tools.core.extras import install_command

LIGHT_NAME = "light-reranker"
WEIGHTS = "weights.json"
_CROSS_PREFIX = "cross-encoder:"


@runtime_checkable
class Reranker(Protocol):
    """Scores candidates for a query.

    Attributes
    ----------
    id : str
        Name, and revision or hash.
    depth : int
        How many candidates it looks at.
    """

    id: str
    depth: int

    def scores(self, query: str, candidates: Sequence[Candidate], expansions: Sequence[str] = ()) -> list[float]:
        """Return a score between 0 and 1 for each candidate."""


class LightReranker:
    """A weighted sum of the features in ``index.features``; its weights are read from an artefact folder.

    Parameters
    ----------
    folder : Path or None
        Folder with ``card.json`` and ``weights.json``; None for the one that ships.

    Raises
    ------
    ArtefactError
        If the artefact is missing, damaged, or made for other features.
    """

    depth = 50

    def __init__(self, folder: Path | None = None) -> None:
        path = folder or Path(str(resources.files("index"))) / "artefacts" / LIGHT_NAME
        card = load_card(path)
        try:
            weights = json.loads((path / WEIGHTS).read_text(encoding="utf-8"))
            self._weights = [float(weights[name]) for name in NAMES]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ArtefactError(f"The weights of {path.name} cannot be read: {error!r}") from error
        self._vectors = WordVectors(load_embedder())
        self.id = f"{card.id}@{card.files[WEIGHTS][:12]}"

    def scores(self, query: str, candidates: Sequence[Candidate], expansions: Sequence[str] = ()) -> list[float]:
        """Score candidates.

        Parameters
        ----------
        query : str
            The query.
        candidates : sequence of Candidate
            What the first stage found; features are scaled among them.
        expansions : sequence of str
            Other names of what the query names.

        Returns
        -------
        list of float
            0 to 1, for comparison within the query only.
        """
        table = features(query, candidates, self._vectors, expansions)
        return [_logistic(float(row @ self._weights)) for row in table]


class CrossEncoderReranker:
    """A cross-encoder through sentence-transformers.

    Parameters
    ----------
    model : str
        Name on the model hub, or a folder.
    revision : str
        Commit or tag of the model.
    depth : int
        Candidates that are read.
    batch_size : int
        Pairs per forward pass.

    Raises
    ------
    BackendMissing
        If sentence-transformers is not installed.
    ArtefactError
        If the model cannot be loaded, or gives more than one score for a pair.
    """

    def __init__(self, model: str, *, revision: str = "main", depth: int = 50, batch_size: int = 16) -> None:
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise BackendMissing("sentence-transformers", install_command("embed")) from error
        options: dict[str, Any] = {} if Path(model).is_dir() else {"revision": revision}
        try:
            self._model = CrossEncoder(model, **options)
        except (OSError, ValueError) as error:
            raise ArtefactError(f"The cross-encoder {model!r} cannot be loaded: {error}") from error
        if self._model.config.num_labels != 1:
            raise ArtefactError(
                f"The model {model!r} gives {self._model.config.num_labels} scores for a pair.",
                hint="Name a cross-encoder that was trained for reranking.",
            )
        self._batch_size = batch_size
        self.depth = depth
        self.id = f"{_CROSS_PREFIX}{model}@{revision}"

    def scores(self, query: str, candidates: Sequence[Candidate], expansions: Sequence[str] = ()) -> list[float]:
        """Score candidates.

        Parameters
        ----------
        query : str
            The query.
        candidates : sequence of Candidate
            What the first stage found; the model cuts passages at its own length.
        expansions : sequence of str
            Other names, which are appended to the query in brackets.

        Returns
        -------
        list of float
            0 to 1, for comparison within the query only.
        """
        if not candidates:
            return []
        asked = f"{query} ({', '.join(expansions)})" if expansions else query
        pairs = [(asked, _titled(candidate)) for candidate in candidates]
        found = self._model.predict(pairs, batch_size=self._batch_size, show_progress_bar=False)
        return [_logistic(float(score)) for score in found]  # some models give logits, some probabilities


def _titled(candidate: Candidate) -> str:
    passage = candidate.passage
    return f"{passage.title}. {passage.text}" if passage.title else passage.text


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))


@lru_cache(maxsize=4)
def load_reranker(name: str) -> Reranker | None:
    """Return a reranker by name (cached).

    Parameters
    ----------
    name : str
        ``"light"``; ``"cross-encoder:MODEL@REVISION"``, where the revision may be left out; or ``"none"``.

    Returns
    -------
    Reranker or None
        The reranker; None for ``"none"``.

    Raises
    ------
    InputError
        If the name is of another form.
    BackendMissing
        If it needs a library that is not installed.
    """
    if name == "none":
        return None
    if name == "light":
        return LightReranker()
    if name.startswith(_CROSS_PREFIX) and name != _CROSS_PREFIX:
        model, _, revision = name.removeprefix(_CROSS_PREFIX).partition("@")
        return CrossEncoderReranker(model, revision=revision or "main")
    raise InputError(f"No reranker {name!r} is known.", hint="Use light, none, or cross-encoder:MODEL.")
