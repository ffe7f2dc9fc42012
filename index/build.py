"""Build an index folder: copy, add, write, then swap the manifest; a kill at any point leaves the old index in use."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from index.document import Document
from index.embed import Embedder
from index.keys import doi_key, title_key
from index.shard import LEXICAL, MANIFEST, STORE, VECTORS, Manifest, Shard, read_manifest
from tools.core.cards import file_sha256
from tools.core.errors import StateError

_LOCK = ".lock"
_BATCH = 256  # documents embedded and written together


class IndexBuilder:
    """Adds documents to an index folder; nothing is visible before ``commit``.

    Use it as a context manager. Leaving the block without ``commit`` (or by an exception) discards what was added.

    Parameters
    ----------
    folder : Path
        Index folder, made if absent.
    embedder : Embedder
        Embedder of the vectors; must be the manifest's if the index exists.

    Raises
    ------
    StateError
        If another process is writing, the folder holds something else, or its embedder is another one.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.folder = folder
        self.embedder = embedder
        self._pending: list[Document] = []
        self._pending_keys: set[str] = set()
        self._shard: Shard | None = None
        self._work = folder

    def __enter__(self) -> IndexBuilder:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._handle = (self.folder / _LOCK).open("w")
        except OSError as error:
            raise StateError(f"{self.folder} cannot be written: {error}") from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._handle.close()
            raise StateError(f"Another process is adding to {self.folder}.", hint="Wait until it ends.") from error
        try:
            self._opened()
        except StateError:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._discard()

    def _discard(self) -> None:
        """Drop what was not committed and let other writers in."""
        if self._shard is not None:
            self._shard.close()
            self._shard = None
        if self._work != self.folder:
            shutil.rmtree(self._work, ignore_errors=True)
        fcntl.flock(self._handle, fcntl.LOCK_UN)
        self._handle.close()

    def _opened(self) -> Shard:
        """Return the working copy, made from the current generation when first needed."""
        if self._shard is None:
            try:
                self._start()
            except (OSError, sqlite3.Error) as error:
                raise StateError(f"{self.folder} cannot be written: {error}", hint="Free disk space?") from error
            self._shard = Shard(self._work, self.embedder, name=str(self.folder), writable=True)
        return self._shard

    def _start(self) -> None:
        """Copy the current generation to a new folder."""
        current = read_manifest(self.folder) if (self.folder / MANIFEST).exists() else None
        if current is not None and current.embedder != self.embedder.id:
            raise StateError(
                f"{self.folder} was built with the embedder {current.embedder!r}, not {self.embedder.id!r}.",
                hint="Use that embedder, or another folder.",
            )
        strangers = [p.name for p in self.folder.iterdir() if p.name not in {_LOCK, MANIFEST} and not _is_generation(p)]
        if current is None and strangers:
            raise StateError(f"{self.folder} is no index: it holds {strangers[0]!r}.", hint="Give an empty folder.")
        self._remove_others(current.generation if current else "")
        number = 1 if current is None else int(current.generation.rsplit("-", 1)[1]) + 1
        self._work = self.folder / f"generation-{number:06d}"
        self._work.mkdir()
        if current is not None:
            _copy_generation(self.folder / current.generation, self._work)

    def _remove_others(self, keep: str) -> None:
        for leftover in self.folder.glob("generation-*"):
            if leftover.name != keep:
                shutil.rmtree(leftover)

    def add(self, document: Document) -> bool:
        """Add a document unless it is there already.

        Parameters
        ----------
        document : Document
            The document; its text is stored as it is.

        Returns
        -------
        bool
            False if the id, the DOI or the title is known.
        """
        keys = {f"id {document.id}", f"doi {doi_key(document.doi)}", f"title {title_key(document.title)}"} - {
            "doi ",
            "title ",
        }
        if self._pending_keys & keys or self._opened().knows(document):
            return False
        self._pending.append(document)
        self._pending_keys |= keys
        if len(self._pending) >= _BATCH:
            self._flush()
        return True

    def stored_hash(self, document_id: str) -> str | None:
        """Return the SHA-256 of the stored text of a document, None if it is not stored."""
        return self._opened().stored_hash(document_id)

    def _flush(self) -> None:
        if self._pending:
            try:
                self._opened().add(self._pending)
            except (OSError, sqlite3.Error, ValueError) as error:
                raise StateError(f"{self.folder} cannot be written: {error}", hint="Free disk space?") from error
        self._pending, self._pending_keys = [], set()

    def commit(self) -> Manifest:
        """Write everything and make it the current index; the builder then continues from it.

        Returns
        -------
        Manifest
            The manifest now in force.

        Raises
        ------
        StateError
            If the files cannot be written; the old index stays in use.
        """
        self._flush()
        shard = self._opened()
        try:
            shard.write_vectors(self._work / VECTORS)
            documents, count = shard.document_count, shard.passage_count
            shard.close()
            files = [p for p in sorted(self._work.rglob("*")) if p.is_file() and not p.name.endswith(".lock")]
            manifest = Manifest(
                generation=self._work.name,
                embedder=self.embedder.id,
                dimension=self.embedder.dimension,
                documents=documents,
                passages=count,
                sizes={str(p.relative_to(self._work)): p.stat().st_size for p in files},
                hashes={str(p.relative_to(self._work)): file_sha256(p) for p in files},
            )
            _replace(self.folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")
            self._shard, self._work = None, self.folder
            self._remove_others(manifest.generation)
        except (OSError, RuntimeError, sqlite3.Error) as error:
            raise StateError(f"{self.folder} cannot be written: {error}", hint="Free disk space?") from error
        return manifest


def _is_generation(path: Path) -> bool:
    return path.name.startswith("generation-") and path.name.removeprefix("generation-").isdigit()


def _copy_generation(source: Path, target: Path) -> None:
    """Copy a generation; finished segments of the word index never change, so they are linked where possible."""
    for name in (STORE, VECTORS):
        if (source / name).exists():
            shutil.copy2(source / name, target / name)
    (target / LEXICAL).mkdir()
    for path in sorted((source / LEXICAL).iterdir()):
        if path.name.endswith(".lock"):
            continue
        copy = target / LEXICAL / path.name
        if path.suffix == ".json":
            shutil.copy2(path, copy)
            continue
        try:
            os.link(path, copy)
        except OSError:  # another file system, or one without links
            shutil.copy2(path, copy)


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never a part."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)


def build_in_memory(documents: Iterable[Document], embedder: Embedder, *, name: str) -> Shard:
    """Build an index that lives in memory: small collections, read-only installations, tests.

    Parameters
    ----------
    documents : iterable of Document
        Documents with different ids.
    embedder : Embedder
        Embedder of the vectors.
    name : str
        Shown in errors.

    Returns
    -------
    Shard
        The opened index.
    """
    shard = Shard(None, embedder, name=name, writable=True)
    shard.add(list(documents))
    return shard


def verify(folder: Path) -> Manifest:
    """Check every file of an index against its manifest.

    Parameters
    ----------
    folder : Path
        Index folder.

    Returns
    -------
    Manifest
        The manifest, if all hashes agree.

    Raises
    ------
    StateError
        If a file is missing or changed.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest.hashes.items():
        path = folder / manifest.generation / name
        if not path.is_file() or file_sha256(path) != expected:
            raise StateError(f"{folder}: {name} is missing or changed.", hint="Build the index again.")
    return manifest
