"""The manifest: which files of an index folder are in force, swapped in one step."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.core.errors import StateError

MANIFEST = "manifest.json"
FORMAT = 2  # 1 copied the whole index at every commit; 2 has segments that are never written again


class Manifest(BaseModel):
    """What an index folder holds.

    Attributes
    ----------
    format : int
        Version of the layout.
    generation : str
        Name of the sub-folder with the word index, the vector index, the keys and the deletions now in force.
    embedder : str
        Id of the embedder of the vectors.
    dimension : int
        Length of the vectors.
    documents, passages : int
        Counts, deleted ones left out.
    deleted : int
        Documents that are deleted but still take room until ``compact``.
    segments : tuple of str
        Names of the segments in the order of their rows; a name is the hash of the contents.
    sizes : dict of str to int
        Size of each file in bytes, by path within the folder.
    hashes : dict of str to str
        SHA-256 of each file.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    generation: str
    embedder: str
    dimension: int
    documents: int
    passages: int
    deleted: int = 0
    segments: tuple[str, ...] = ()
    sizes: dict[str, int]
    hashes: dict[str, str]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an index folder.

    Parameters
    ----------
    folder : Path
        The index folder.

    Returns
    -------
    Manifest
        The manifest.

    Raises
    ------
    StateError
        If there is none, it cannot be read, or the layout has another version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise StateError(f"{folder} is not an index.", hint="Build one with polysmith index add PATH --index DIR.")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        found = raw.get("format") if isinstance(raw, dict) else None
        if isinstance(found, int) and found != FORMAT:
            raise StateError(
                f"{folder} has index format {found}; this version reads {FORMAT}.",
                hint="Build the index again from its papers, in another folder.",
            )
        manifest = Manifest.model_validate(raw)
    except (ValidationError, ValueError, RecursionError, OSError) as error:
        raise StateError(f"The manifest of {folder} cannot be read: {error}") from error
    names = (manifest.generation, *manifest.segments)
    inside = all(not PurePosixPath(n).is_absolute() and ".." not in PurePosixPath(n).parts for n in manifest.sizes)
    if not inside or any(Path(name).name != name for name in names):
        raise StateError(f"The manifest of {folder} points outside it.")
    return manifest


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Check that every file of an index is there in full length.

    Parameters
    ----------
    folder : Path
        Index folder.
    manifest : Manifest
        Its manifest.

    Raises
    ------
    StateError
        If one is missing or cut short.
    """
    for name, size in manifest.sizes.items():
        try:
            found = (folder / name).stat().st_size
        except OSError:
            found = -1
        if found != size:
            raise StateError(f"{folder} is damaged: {name} is missing or cut short.", hint="Build the index again.")


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
        path = folder / name
        if not path.is_file() or file_hash(path) != expected:
            raise StateError(f"{folder}: {name} is missing or changed.", hint="Build the index again.")
    return manifest


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        Hexadecimal hash.
    """
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def to_disk(path: Path) -> None:
    """Force a file or folder from the page cache to the disk.

    Parameters
    ----------
    path : Path
        The file or folder.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in force; a reader sees the old or the new one, never a part.

    Parameters
    ----------
    folder : Path
        Index folder; all files that the manifest names are on the disk.
    manifest : Manifest
        The new manifest.
    """
    path = folder / MANIFEST
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(manifest.model_dump_json(indent=1) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    to_disk(folder)
