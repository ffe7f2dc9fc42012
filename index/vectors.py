"""Nearest vectors: flat in half precision for small collections, inverted lists of one-bit codes for large ones.

Large collections use IVF with one-bit RaBitQ codes read by fast scan, after a random rotation: about 66 bytes a vector
in memory. Its candidates are ranked again by the half-precision vectors of the segments (``Shard.dense``), which is
where the recall comes from. Measured: docs/experiments.md, "Six million vectors".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.core.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLAT_BELOW = 50_000  # vectors
BLOCK = 65_536  # vectors turned into single precision at a time
_SAMPLE_PER_LIST = 64
_ITERATIONS = 8
_QUERY_BITS = 8
_QUICK_FROM = 1_024  # lists; fewer are compared with a vector one by one
_COMPARED_SEARCHING, _COMPARED_ADDING = 4, 16  # times the lists wanted are compared exactly after a fast scan
_SEED = 20_260_101
_SIGN_AND_DIGITS = np.int32(0x8FFFE000 - 2**32)
_EXPONENT_SHIFT = np.float32(2.0**112)  # 127 - 15: the exponents of single and half precision start there


@dataclass(frozen=True)
class Quality:
    """How thoroughly inverted lists are searched.

    Attributes
    ----------
    probes : int
        Lists that are read.
    candidates : int
        Vectors that are ranked again in half precision.
    """

    probes: int
    candidates: int


QUALITIES = {"balanced": Quality(64, 400), "high": Quality(512, 1_500)}


def quality_named(name: str) -> Quality:
    """Return a search setting.

    Parameters
    ----------
    name : str
        ``"balanced"`` or ``"high"``.

    Returns
    -------
    Quality
        The setting.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if name not in QUALITIES:
        raise InputError(f"There is no search quality {name!r}.", hint=f"Choose from: {', '.join(QUALITIES)}.")
    return QUALITIES[name]


def list_count(vectors: int) -> int:
    """Return how many inverted lists suit a collection: the power of two nearest to 1.67 times the square root.

    Parameters
    ----------
    vectors : int
        Size of the collection.

    Returns
    -------
    int
        4,096 at six million.
    """
    return int(2 ** min(16, max(4, round(math.log2(1.67 * math.sqrt(max(1, vectors)))))))


class VectorIndex:
    """Candidates for the nearest vectors; rows are numbered in the order of adding.

    Parameters
    ----------
    index : faiss index
        Flat or inverted lists.
    trained_on : int
        Size of the collection when the lists were trained; 0 for flat.
    parts : tuple
        What the index refers to without owning it.
    """

    def __init__(self, index: Any, trained_on: int = 0, parts: tuple[Any, ...] = ()) -> None:
        self._index = index
        self._parts = parts
        self.trained_on = trained_on
        self._settings: dict[int, Any] = {}  # what a search without a filter is told, by the lists that it reads

    @classmethod
    def flat(cls, dimension: int) -> VectorIndex:
        """Make an empty flat index in half precision."""
        faiss = _faiss()

        kind = faiss.ScalarQuantizer.QT_fp16
        return cls(faiss.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT))

    @classmethod
    def trained(cls, sample: NDArray[np.float32], vectors: int) -> VectorIndex:
        """Make empty inverted lists.

        Parameters
        ----------
        sample : array of shape [n, dimension]
            Vectors to train on, see ``sample_size``.
        vectors : int
            Size of the collection.

        Returns
        -------
        VectorIndex
            Ready for adding.
        """
        faiss = _faiss()

        dimension = sample.shape[1]
        lists = list_count(vectors)
        rotation = faiss.RandomRotationMatrix(dimension, dimension)
        rotation.init(_SEED)
        coarse = faiss.IndexFlatL2(dimension)
        inner = faiss.IndexIVFRaBitQFastScan(coarse, dimension, lists, faiss.METRIC_L2)
        inner.qb = _QUERY_BITS
        inner.cp.niter = _ITERATIONS
        inner.cp.seed = _SEED
        inner.cp.min_points_per_centroid = 1
        gpu = _on_gpu(faiss.IndexFlatL2(dimension))
        if gpu is not None:
            inner.clustering_index = gpu
        index = faiss.IndexPreTransform(rotation, inner)
        index.train(sample)
        inner.clustering_index = None
        quick = _quick(coarse)
        if quick is not None:
            inner.quantizer = quick[0]
        return cls(index, vectors, (rotation, coarse, inner, quick))

    @classmethod
    def read(cls, path: Path, trained_on: int) -> VectorIndex:
        """Read inverted lists from a file; a RuntimeError if it is none."""
        faiss = _faiss()

        return cls(faiss.read_index(str(path)), trained_on)

    def write(self, path: Path) -> None:
        """Write the index to a file."""
        faiss = _faiss()

        faiss.write_index(self._index, str(path))

    def outgrown(self, vectors: int) -> bool:
        """Say whether a collection of so many vectors should have more lists: it has grown about four times."""
        return list_count(vectors) > list_count(self.trained_on)

    @property
    def is_flat(self) -> bool:
        """Whether the index holds the vectors themselves."""
        return self.trained_on == 0

    @property
    def count(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self._index.d)

    def add(self, blocks: Iterable[NDArray[np.float16]]) -> None:
        """Append vectors.

        Parameters
        ----------
        blocks : iterable of array of shape [n, dimension], float16
            Unit vectors.
        """
        faiss = _faiss()

        if self.is_flat:
            for block in blocks:
                if len(block):
                    self._index.add_sa_codes(np.ascontiguousarray(block).view(np.uint8).reshape(len(block), -1))
            return
        inner = faiss.downcast_index(faiss.downcast_index(self._index).index)
        finder = faiss.downcast_index(inner.quantizer)
        quick = isinstance(finder, faiss.IndexRefine)
        gpu = _on_gpu(faiss.downcast_index(finder.refine_index) if quick else finder)
        if gpu is not None:
            inner.quantizer = gpu
        elif quick:
            finder.k_factor = _COMPARED_ADDING
        try:
            for block in blocks:
                for start in range(0, len(block), BLOCK):
                    self._index.add(single(block[start : start + BLOCK]))
        finally:
            inner.quantizer = finder
            if quick:
                finder.k_factor = _COMPARED_SEARCHING

    def search(
        self, vector: NDArray[np.float32], k: int, quality: Quality, passing: NDArray[np.uint8] | None = None
    ) -> NDArray[np.int64]:
        """Return the rows that are likely nearest.

        Parameters
        ----------
        vector : array of shape [dimension]
            Unit query vector.
        k : int
            How many are wanted in the end; more candidates come from inverted lists.
        quality : Quality
            Search setting.
        passing : array of uint8, optional
            One bit a row, low bits first: the rows that may be returned.

        Returns
        -------
        array of shape [m], int64
            Rows, best first as far as the codes tell; exactly ranked if flat.
        """
        faiss = _faiss()

        if self.is_flat:
            wanted = min(k, self.count)
            options = faiss.SearchParameters(**_only(passing))
        else:
            wanted = min(max(quality.candidates, 2 * k), self.count)
            options = self._settings.get(quality.probes) if passing is None else None
            if options is None:
                lists = faiss.IVFRaBitQSearchParameters(nprobe=quality.probes, qb=_QUERY_BITS, **_only(passing))
                options = faiss.SearchParametersPreTransform(index_params=lists)
            if passing is None:
                self._settings[quality.probes] = options
        if not wanted:
            return np.zeros(0, dtype=np.int64)
        _, rows = self._index.search(np.ascontiguousarray(vector[None, :], dtype=np.float32), wanted, params=options)
        found: NDArray[np.int64] = rows[0]
        return found[found >= 0]


def single(rows: NDArray[np.float16], room: NDArray[np.int32] | None = None) -> NDArray[np.float32]:
    """Return rows in single precision: the bits are moved to their new places, three times faster than NumPy's cast.

    Parameters
    ----------
    rows : array of shape [n, dimension], float16
        Finite numbers.
    room : array of shape [n, dimension], int32, optional
        What the result is written to, for fresh memory costs more than the work.

    Returns
    -------
    array of shape [n, dimension], float32
        The same numbers.
    """
    moved = np.empty(rows.shape, dtype=np.int32) if room is None else room
    np.copyto(moved, np.ascontiguousarray(rows).view(np.int16))
    moved <<= 13
    moved &= _SIGN_AND_DIGITS
    out = moved.view(np.float32)
    out *= _EXPONENT_SHIFT
    return out


def sample_size(vectors: int) -> int:
    """Return how many vectors the lists of a collection are trained on."""
    return min(vectors, _SAMPLE_PER_LIST * list_count(vectors))


def _only(passing: NDArray[np.uint8] | None) -> dict[str, Any]:
    """What makes a search return only the rows whose bit is set."""
    return {} if passing is None else {"sel": _faiss().IDSelectorBitmap(passing)}


def _faiss() -> Any:
    """The library, imported when it is needed; its type stubs do not know all of it."""
    import faiss

    return faiss


def _on_gpu(index: Any) -> Any:
    """The index on a GPU; None without faiss-gpu or a device."""
    faiss = _faiss()

    if not hasattr(faiss, "StandardGpuResources") or not faiss.get_num_gpus():
        return None
    return faiss.index_cpu_to_all_gpus(index)


def _quick(coarse: Any) -> tuple[Any, Any] | None:
    """Something that finds the lists of a vector by fast scan, comparing the best again exactly; None for few lists.

    It finds the same ones as comparing all, several times faster. The second item is what the first refers to.
    """
    faiss = _faiss()

    lists, dimension = int(coarse.ntotal), int(coarse.d)
    if lists < _QUICK_FROM or dimension % 4:
        return None
    centroids = coarse.reconstruct_n(0, lists)
    codes = faiss.IndexPQFastScan(dimension, dimension // 4, 4, faiss.METRIC_L2)
    codes.pq.cp.min_points_per_centroid = 1
    quick = faiss.IndexRefineFlat(codes)
    quick.k_factor = _COMPARED_SEARCHING
    quick.train(centroids)
    quick.add(centroids)
    return quick, codes
