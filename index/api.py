"""What the front door calls: add papers to an index, and open the shipped corpus beside the user's indexes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from index.build import IndexBuilder
from index.embed import Embedder, load_embedder
from index.ingest import IngestReport, find_sources
from index.journal import JOURNAL, Journal
from index.pipeline import COMMIT_EVERY, Ingest, State
from index.readers import openalex_api
from index.rerank import load_reranker
from index.search import HybridIndex, open_index
from index.shard import MANIFEST, read_manifest
from index.shipped import open_shipped
from index.subset import Subset
from tools.literature import expand

Progress = Callable[[int, str], None]


def add_documents(
    path: Path | openalex_api.Query,
    index_dir: Path,
    progress: Progress | None = None,
    *,
    embedder: Embedder | None = None,
    commit_every: int = COMMIT_EVERY,
    subset: Subset | None = None,
    watch: Callable[[State], None] | None = None,
    stop: Callable[[], bool] | None = None,
    again: bool = False,
) -> IngestReport:
    """Add papers to an index, which is made if absent.

    Known documents (same id, DOI or title) are left as they are. A journal in the index folder says what of which file
    is in the index, so a call that was interrupted is resumed by calling again: at most the documents since the last
    commit are read twice, none is added twice.

    Parameters
    ----------
    path : Path or Query
        A file or folder of any kind that ``index.ingest`` reads, or a selection of works of the OpenAlex service.
    index_dir : Path
        Index folder.
    progress : callable, optional
        Called with the number of documents read and the title of the last one.
    embedder : Embedder, optional
        None for the embedder of the index, or the shipped one if it is new.
    commit_every : int
        Documents between two commits.
    subset : Subset, optional
        Which documents are taken; None for all.
    watch : callable, optional
        Called with a ``State`` after each record: counts, bytes, time.
    stop : callable, optional
        Asked after each record; True ends the call with a commit.
    again : bool
        Read files that are done once more.

    Returns
    -------
    IngestReport
        Counts, and every skip with its position.

    Raises
    ------
    InputError
        If the path does not exist or cannot be read, or the service refuses the selection.
    StateError
        If the index folder cannot be used; an existing index stays as it was.
    BackendMissing
        If a PDF or Parquet file is met and its library is not installed.
    ToolError
        If the service cannot be reached.
    """
    if embedder is None:
        known = read_manifest(index_dir).embedder if (index_dir / MANIFEST).exists() else ""
        embedder = load_embedder(known)
    if isinstance(path, Path):
        find_sources(path, IngestReport())  # raises, before anything is written
    chosen = subset or Subset()
    with IndexBuilder(index_dir, embedder) as builder:
        if again or not (index_dir / MANIFEST).exists():
            (index_dir / JOURNAL).unlink(missing_ok=True)
        ingest = Ingest(
            builder,
            Journal(index_dir, chosen.signature),
            chosen,
            commit_every,
            progress=_both(progress, watch),
            stop=stop,
        )
        if isinstance(path, Path):
            report = ingest.run(path)
        else:
            query = path
            report = ingest.run_pages(query.name, lambda cursor: openalex_api.pages(query, cursor))
        report.passages = builder.commit().passages
    return report


def _both(progress: Progress | None, watch: Callable[[State], None] | None) -> Callable[[State], None] | None:
    if progress is None:
        return watch
    simple = progress

    def call(state: State) -> None:
        simple(state.report.read, state.title)
        if watch is not None:
            watch(state)

    return call


def open_default(
    index_dirs: Sequence[Path] = (), *, embedder: Embedder | None = None, rerank: str = "light"
) -> HybridIndex:
    """Open the shipped corpus and the user's indexes as one retriever.

    Parameters
    ----------
    index_dirs : sequence of Path
        Index folders; may be empty.
    embedder : Embedder, optional
        Embedder that queries of the folders must use; None for the one each manifest names.
    rerank : str
        Name of the reranker of its searches, as ``index.rerank.load_reranker`` knows it.

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
    shards = [open_shipped(), *(open_index(folder, embedder) for folder in index_dirs)]
    return HybridIndex(shards, reranker=load_reranker(rerank), expand=expand)
