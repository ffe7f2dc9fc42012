"""Contextual embedders: models of sentence-transformers, run by torch, OpenVINO or ONNX Runtime.

An id names the space of the vectors: model, revision, length limit, normalisation, and the prefixes of queries and
passages. How fast they are made is no part of it: torch in single or half precision and OpenVINO agree to a cosine of
0.999 or more (measured, docs/experiments.md). int8 does not, so it is a space of its own.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index import engines
from index.space import Space, normalise_rows
from tools.core.errors import BackendMissing, InputError
from tools.core.extras import install_command

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENGINES = ("auto", "torch", "openvino", "onnx", "onnx-int8")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "model.safetensors.index.json", "config.json", "tokenizer.json")
# Prefixes that models were trained with and that older copies do not state in config_sentence_transformers.json; from
# the model cards of intfloat/e5-small-v2 and BAAI/bge-small-en-v1.5.
_E5 = ("query: ", "passage: ")
_BGE = ("Represent this sentence for searching relevant passages: ", "")


class ContextualEmbedder:
    """A transformer that embeds passages and queries.

    Parameters
    ----------
    wanted : Space or str
        Model and settings, or the name of a model.
    engine : str
        ``"torch"``, ``"openvino"``, ``"onnx"``, ``"onnx-int8"``, or ``"auto"``: torch on a GPU, else OpenVINO where it
        is installed, else torch.
    device : str
        Of torch, such as ``"cuda:1"``; empty to choose.
    batch_size : int
        Texts per forward pass; 0 to choose (32 on a CPU, 256 on a GPU).

    Raises
    ------
    BackendMissing
        If a library is not installed.
    ArtefactError
        If the model cannot be loaded.
    InputError
        If there is no such engine.
    """

    def __init__(self, wanted: Space | str, *, engine: str = "auto", device: str = "", batch_size: int = 0) -> None:
        space = Space.parse(wanted) if isinstance(wanted, str) else wanted
        if engine not in ENGINES:
            raise InputError(f"No engine {engine!r} is known.", hint=f"Give one of: {', '.join(ENGINES)}.")
        if importlib.util.find_spec("sentence_transformers") is None:
            raise BackendMissing("sentence-transformers", install_command("embed"))
        if space.int8:
            engine = "onnx-int8"
        elif engine == "auto":
            engine = engines.choose(device)
        model = engines.load(space.model, space.revision)
        self.engine = engine
        self.space = _full(space, model, int8=engine == "onnx-int8")
        model.max_seq_length = self.space.max_tokens
        self._encode: engines.Encode = engines.encoder(model, engine, device, batch_size, self.space)
        self.dimension = int(self._encode(["x"]).shape[1])
        self.id = self.space.id

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed passages.

        Parameters
        ----------
        texts : sequence of str
            Any texts; the model cuts them at its own length.

        Returns
        -------
        array of shape [n, dimension]
            Unit rows.
        """
        return self._unit(self.space.passage or "", texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed queries, which some models mark with another prefix.

        Parameters
        ----------
        texts : sequence of str
            Queries.

        Returns
        -------
        array of shape [n, dimension]
            Unit rows.
        """
        return self._unit(self.space.query or "", texts)

    def _unit(self, prefix: str, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return normalise_rows(self._encode([prefix + text for text in texts]))


def _full(space: Space, model: Any, *, int8: bool) -> Space:
    """Settings of a loaded model where none are asked for."""
    own: dict[str, str] = dict(model.prompts or {})
    lowered = Path(space.model).name.casefold()
    query, passage = _E5 if "e5-" in lowered else _BGE if lowered.startswith("bge-") and "-en" in lowered else ("", "")
    query = own.get("query") or query
    passage = own.get("document") or own.get("passage") or passage
    return replace(
        space,
        revision=_revision(space, model),
        max_tokens=min(space.max_tokens or 10**6, int(model.max_seq_length or 512)),
        query=query if space.query is None else space.query,
        passage=passage if space.passage is None else space.passage,
        int8=int8,
    )


def _revision(space: Space, model: Any) -> str:
    """Commit of a model from the hub; hash of the files of a folder, whose name says nothing about its weights."""
    folder = Path(space.model)
    if not folder.is_dir():
        config = getattr(getattr(model[0], "auto_model", None), "config", None)
        commit = getattr(config, "_commit_hash", None)
        return str(commit)[:12] if commit else space.revision or "main"
    digest = hashlib.sha256()
    for name in _WEIGHTS:
        path = folder / name
        if path.is_file():
            with path.open("rb") as handle:
                digest.update(name.encode() + hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()[:12]
