"""What the front door calls: add papers to an index, and open the shipped corpus beside the user's indexes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from index.build import IndexBuilder
from index.document import Document
from index.embed import Embedder, load_embedder
from index.ingest import IngestReport, read_documents
from index.search import HybridIndex, open_index
from index.shard import MANIFEST, read_manifest
from index.shipped import open_shipped

COMMIT_EVERY = 20_000  # documents; a kill loses at most so many, and adding the same files again goes on from there

Progress = Callable[[int, str], None]


def add_documents(
    path: Path,
    index_dir: Path,
    progress: Progress | None = None,
    *,
    embedder: Embedder | None = None,
    commit_every: int = COMMIT_EVERY,
) -> IngestReport:
    """Add a file or folder of papers to an index, which is made if absent.

    Known documents (same id, DOI or title) are left as they are, so an interrupted call is resumed by calling again.

    Parameters
    ----------
    path : Path
        ``.jsonl``/``.ndjson`` (also ``.gz``), ``.txt``, ``.md``, ``.pdf``, or a folder of them.
    index_dir : Path
        Index folder.
    progress : callable, optional
        Called with the number of documents read and the title of the last one.
    embedder : Embedder, optional
        None for the embedder of the index, or the shipped one if it is new.
    commit_every : int
        Documents between two commits.

    Returns
    -------
    IngestReport
        Counts, and every skip with its position.

    Raises
    ------
    InputError
        If the path does not exist or cannot be read.
    StateError
        If the index folder cannot be used; an existing index stays as it was.
    BackendMissing
        If a PDF is met and pypdf is not installed.
    """
    started = time.monotonic()
    report = IngestReport()
    if embedder is None:
        known = read_manifest(index_dir).embedder if (index_dir / MANIFEST).exists() else ""
        embedder = load_embedder(known)
    if not path.exists():
        next(read_documents(path, report))  # raises, before anything is written
    with IndexBuilder(index_dir, embedder) as builder:
        waiting = 0
        for document in read_documents(path, report):
            if builder.add(document):
                report.added += 1
                waiting += 1
            else:
                _count_known(document, builder, report)
            if progress is not None:
                progress(report.read, document.title)
            if waiting >= commit_every:
                builder.commit()
                waiting = 0
        report.passages = builder.commit().passages
    report.seconds = time.monotonic() - started
    return report


def _count_known(document: Document, builder: IndexBuilder, report: IngestReport) -> None:
    report.duplicates += 1
    stored = builder.stored_hash(document.id)
    if stored is not None and stored != document.sha256:
        report.notes.append(f"{document.id}: the index holds another text under this id and keeps it")


def open_default(index_dirs: Sequence[Path] = (), *, embedder: Embedder | None = None) -> HybridIndex:
    """Open the shipped corpus and the user's indexes as one retriever.

    Parameters
    ----------
    index_dirs : sequence of Path
        Index folders; may be empty.
    embedder : Embedder, optional
        Embedder that queries of the folders must use; None for the one each manifest names.

    Returns
    -------
    HybridIndex
        Searches all of them.

    Raises
    ------
    StateError
        If a folder is no index, is damaged, or was built with another embedder.
    BackendMissing
        If an index needs an embedder that is not installed.
    """
    return HybridIndex([open_shipped(), *(open_index(folder, embedder) for folder in index_dirs)])
