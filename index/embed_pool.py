"""Embedding in several processes: one model in each, on its own GPU where there are several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.embed import Embedder, load_embedder
from index.manifest import MANIFEST, read_manifest
from index.space import PREFIX
from tools.core.errors import InputError, ToolError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIECE = 64  # texts of one task: enough to batch, few enough to share out evenly

_own: Embedder | None = None  # the embedder of a worker process


class PooledEmbedder:
    """Embeds in several processes; same id, same vectors.

    Use it as a context manager, or call ``close``.

    Parameters
    ----------
    embedder_id : str
        As for ``load_embedder``.
    processes : int
        How many. On a machine with GPUs, process n uses GPU n modulo their number.

    Raises
    ------
    InputError
        If there is less than one process.
    StateError, ArtefactError, BackendMissing
        As ``load_embedder`` raises them.
    """

    def __init__(self, embedder_id: str, processes: int) -> None:
        if processes < 1:
            raise InputError(f"{processes} processes cannot embed.", hint="Give one or more.")
        self._first = load_embedder(embedder_id)  # errors are raised here, queries are embedded here
        self.id, self.dimension = self._first.id, self._first.dimension
        context = multiprocessing.get_context("spawn")  # torch and CUDA do not survive a fork
        number = context.Value("i", 0)
        self._pool = ProcessPoolExecutor(processes, context, initializer=_start, initargs=(self.id, number))

    def __enter__(self) -> PooledEmbedder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed passages.

        Parameters
        ----------
        texts : sequence of str
            Any texts. They are dealt out by length, so that every batch has texts of one length.

        Returns
        -------
        array of shape [n, dimension]
            Unit rows, in the order of the texts.

        Raises
        ------
        ToolError
            If a process was killed, such as for want of memory.
        """
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        pieces = [order[start : start + _PIECE] for start in range(0, len(order), _PIECE)]
        try:
            found = self._pool.map(_encode, [[texts[place] for place in piece] for piece in pieces])
            for piece, rows in zip(pieces, found, strict=True):
                out[piece] = rows
        except BrokenProcessPool as error:
            raise ToolError(
                "A process that embeds was killed.", hint="Use fewer processes: each holds the model."
            ) from error
        return out

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed queries in this process; see ``index.embed.encode_queries``."""
        from index.embed import encode_queries

        return encode_queries(self._first, texts)


def _start(embedder_id: str, number: Any) -> None:
    global _own
    with number.get_lock():
        mine = number.value
        number.value += 1
    if embedder_id.startswith(PREFIX):
        import importlib

        torch: Any = importlib.import_module("torch")
        if torch.cuda.device_count() > 1:
            torch.cuda.set_device(mine % torch.cuda.device_count())
        else:
            torch.set_num_threads(max(1, torch.get_num_threads() // 2))
    _own = load_embedder(embedder_id)


def _encode(texts: list[str]) -> NDArray[np.float32]:
    assert _own is not None
    return _own.encode(texts)


@contextmanager
def opened_embedder(index_dir: Path, embedder_id: str = "", processes: int = 1) -> Iterator[Embedder]:
    """Open the embedder that adds to an index.

    Parameters
    ----------
    index_dir : Path
        Index folder; may be absent.
    embedder_id : str
        For a new index, see ``load_embedder``; empty for the one of the index, or the shipped one.
    processes : int
        Processes that embed.

    Yields
    ------
    Embedder
        Of the index.

    Raises
    ------
    InputError
        If the index exists and was built with another embedder.
    """
    known = read_manifest(index_dir).embedder if (index_dir / MANIFEST).exists() else ""
    if embedder_id and known:
        wanted = load_embedder(embedder_id)
        if wanted.id != known:
            raise InputError(
                f"The index was built with the embedder {known!r}, not {wanted.id!r}.",
                hint="Leave --embedder out, or set POLYSMITH_HOME to another folder for another index.",
            )
    name = embedder_id or known
    if processes == 1:
        yield load_embedder(name)
        return
    with PooledEmbedder(name, processes) as pool:
        yield pool
