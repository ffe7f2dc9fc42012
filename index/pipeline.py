"""Ingest: files in, a searchable index out; stopped or killed, it goes on where the last commit was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from index.document import Document
from index.ingest import find_sources, read_source
from index.journal import Journal, Progress, fingerprint
from index.readers.item import Source
from index.report import IngestReport
from index.subset import Subset

COMMIT_EVERY = 20_000  # documents; a kill loses at most so many
_LOOK_EVERY = 50_000  # records without any document of the subset, after which the journal is written


class Builder(Protocol):
    """What adds documents to an index; ``index.build.IndexBuilder`` is one."""

    def add(self, document: Document) -> bool:
        """Add a document unless it is known."""

    def stored_hash(self, document_id: str) -> str | None:
        """Return the hash of a stored text."""

    def commit(self) -> object:
        """Make what was added last."""


@dataclass(frozen=True)
class State:
    """How far an ingest is, for a progress display.

    Attributes
    ----------
    report : IngestReport
        Counts so far.
    bytes_done, bytes_total : int
        Of all files as stored; the total is 0 where it is not known.
    title : str
        Title of the last document.
    seconds : float
        Since the start.
    """

    report: IngestReport
    bytes_done: int
    bytes_total: int
    title: str
    seconds: float


@dataclass
class Ingest:
    """One ingest into one builder.

    Parameters
    ----------
    builder : Builder
        Entered already.
    journal : Journal
        Of the builder's folder.
    subset : Subset
        Which documents are taken.
    commit_every : int
        Documents between two commits.
    progress : callable, optional
        Called with a ``State`` after each record.
    stop : callable, optional
        Asked after each record; True ends the ingest with a commit.
    """

    builder: Builder
    journal: Journal
    subset: Subset = field(default_factory=Subset)
    commit_every: int = COMMIT_EVERY
    progress: Callable[[State], None] | None = None
    stop: Callable[[], bool] | None = None
    report: IngestReport = field(default_factory=IngestReport)
    _waiting: int = 0
    _looked: int = 0
    _started: float = field(default_factory=time.monotonic)
    _bytes_total: int = 0
    _bytes_before: int = 0

    def run(self, path: Path) -> IngestReport:
        """Read a file or folder and add what belongs to the subset.

        Parameters
        ----------
        path : Path
            What ``index.ingest.find_sources`` takes.

        Returns
        -------
        IngestReport
            Counts; ``passages`` is left to the caller.

        Raises
        ------
        InputError
            If the path does not exist or is of no known kind.
        BackendMissing
            If a library for one of the files is not installed.
        StateError
            If the index cannot be written.
        """
        sources = find_sources(path, self.report)
        sizes = [_size(source) for source in sources]
        self._bytes_total = sum(sizes)
        for source, size in zip(sources, sizes, strict=True):
            if self._file(source):
                break
            self._bytes_before += size
        self._commit()
        self.report.seconds = time.monotonic() - self._started
        return self.report

    def _file(self, source: Source) -> bool:
        """Read one file; True if the user stopped it."""
        try:
            key = fingerprint(source.path)
        except OSError as error:
            self.report.skip(source.name, f"cannot be read: {error.strerror or error}")
            return False
        known = self.journal.progress(key)
        self.report.duplicates += known.taken
        if known.done:
            self.report.resumed += 1
            return False
        source.start = known.position
        number, before = source.start, self._taken() - known.taken
        for item in read_source(source, self.report):
            number = item.number
            if item.document is not None:
                self.take(item.document)
            self._show(source, item.document)
            if self._due():
                self.journal.record(key, source, Progress(number, taken=self._taken() - before))
                self._commit()
            if self.stop is not None and self.stop():
                self.report.stopped = True
                self.journal.record(key, source, Progress(number, taken=self._taken() - before))
                return True
        self.journal.record(key, source, Progress(number, done=True, taken=self._taken() - before))
        return False

    def _taken(self) -> int:
        return self.report.added + self.report.duplicates

    def take(self, document: Document) -> None:
        """Add one document if it belongs to the subset and is not known.

        Parameters
        ----------
        document : Document
            The document.
        """
        self._looked += 1
        if not self.subset.admits(document):
            self.report.filtered += 1
            return
        if self.builder.add(document):
            self.report.added += 1
            self.report.retracted += document.retracted
            self._waiting += 1
            return
        self.report.duplicates += 1
        stored = self.builder.stored_hash(document.id)
        if stored is not None and stored != document.sha256:
            self.report.note(f"{document.id}: the index holds another text under this id and keeps it")

    def _due(self) -> bool:
        return self._waiting >= self.commit_every or (not self._waiting and self._looked >= _LOOK_EVERY)

    def _commit(self) -> None:
        if self._waiting:
            self.builder.commit()
        self.journal.save()
        self._waiting = self._looked = 0

    def _show(self, source: Source, document: Document | None) -> None:
        if self.progress is not None:
            done = self._bytes_before + source.meter.done()
            title = document.title if document else ""
            self.progress(State(self.report, done, self._bytes_total, title, time.monotonic() - self._started))

    def run_pages(self, name: str, pages: Callable[[str], Iterable[tuple[str, list[Document], int]]]) -> IngestReport:
        """Add what a service answers page by page.

        Parameters
        ----------
        name : str
            The query, under which the journal keeps its cursor.
        pages : callable
            Given the cursor to go on from (empty at first), yields for each page: the cursor of the next one (empty
            after the last), the documents, and how many records were skipped.

        Returns
        -------
        IngestReport
            Counts.
        """
        known = self.journal.progress(name)
        position = known.position
        for cursor, documents, skipped in pages("" if known.done else known.cursor):
            self.report.skipped += skipped
            position += len(documents) + skipped
            for document in documents:
                self.report.read += 1
                self.take(document)
            self.journal.record(name, None, Progress(position, done=not cursor, cursor=cursor), name)
            if self.progress is not None:
                title = documents[-1].title if documents else ""
                self.progress(State(self.report, 0, 0, title, time.monotonic() - self._started))
            if self._due():
                self._commit()
            if self.stop is not None and self.stop():
                self.report.stopped = True
                break
        self._commit()
        self.report.seconds = time.monotonic() - self._started
        return self.report


def _size(source: Source) -> int:
    try:
        return source.path.stat().st_size
    except OSError:
        return 0
