"""Keep an index in order: delete documents, compact it, and say what it holds and how large it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from index.build import IndexBuilder, VectorsOnly
from index.document import Span
from index.generation import writing
from index.manifest import Manifest, read_manifest
from index.segment import VECTORS, Segment
from index.shard import LEXICAL, LISTS, SEGMENTS, read_deleted

_BLOCK = 1_000  # documents copied together


def delete_documents(folder: Path, document_ids: Iterable[str]) -> int:
    """Delete documents from an index; they are never returned again, and take room until it is compacted.

    Parameters
    ----------
    folder : Path
        Index folder.
    document_ids : iterable of str
        Ids; unknown ones are passed over.

    Returns
    -------
    int
        How many documents were deleted.

    Raises
    ------
    StateError
        If the folder is no index, is being written, or cannot be written.
    """
    manifest = read_manifest(folder)
    with IndexBuilder(folder, VectorsOnly(manifest.embedder, manifest.dimension)) as builder:
        deleted = builder.delete(document_ids)
        if deleted:
            builder.commit()
    return deleted


def compact(folder: Path, progress: Callable[[int], None] | None = None) -> Manifest:
    """Write an index again without its deleted documents, with few segments and freshly trained lists.

    Nothing is embedded again. The old files stay in use until the new ones are complete, so twice the room is needed
    for the time.

    Parameters
    ----------
    folder : Path
        Index folder.
    progress : callable, optional
        Called with the number of documents copied so far.

    Returns
    -------
    Manifest
        The manifest now in force.

    Raises
    ------
    StateError
        If the folder is no index, is being written, is damaged, or cannot be written.
    """
    manifest = read_manifest(folder)
    with IndexBuilder(folder, VectorsOnly(manifest.embedder, manifest.dimension), fresh=True) as builder:
        with writing(folder):
            generation = builder.generation
            current = generation.current
            assert current is not None
            gone = set(read_deleted(folder / current.generation).tolist())
            number = copied = 0
            for name in current.segments:
                segment = Segment.open(folder / SEGMENTS / name, current.dimension)
                for start in range(0, len(segment.documents), _BLOCK):
                    stop = min(start + _BLOCK, len(segment.documents))
                    kept = [place for place in range(start, stop) if number + place not in gone]
                    _copy(segment, kept, builder)
                    copied += len(kept)
                    if progress is not None:
                        progress(copied)
                number += len(segment.documents)
        return builder.commit()


def _copy(segment: Segment, places: list[int], builder: IndexBuilder) -> None:
    """Add some documents of a segment to the generation in the making."""
    if not places:
        return
    documents = [segment.document(place) for place in places]
    ranges = [segment.passages_of(place) for place in places]
    spans = [
        [Span(int(entry["start"]), int(entry["stop"])) for entry in segment.passages[first:stop]]
        for first, stop in ranges
    ]
    rows = np.concatenate([np.arange(first, stop) for first, stop in ranges])
    builder.generation.add(documents, spans, segment.vectors[rows])


def sizes(folder: Path) -> dict[str, int]:
    """Say how many bytes each part of an index takes.

    Parameters
    ----------
    folder : Path
        Index folder.

    Returns
    -------
    dict of str to int
        Bytes of ``"vectors"`` (half-precision vectors and their lists), ``"lexical"`` and ``"text"`` (records, tables
        and keys).

    Raises
    ------
    StateError
        If the folder is no index.
    """
    parts = {"vectors": 0, "lexical": 0, "text": 0}
    for name, size in read_manifest(folder).sizes.items():
        path = Path(name)
        if path.name in {VECTORS, LISTS}:
            parts["vectors"] += size
        elif path.parent.name == LEXICAL:
            parts["lexical"] += size
        else:
            parts["text"] += size
    return parts
