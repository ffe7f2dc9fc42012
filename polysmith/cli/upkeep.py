"""``polysmith index verify|compact|delete``: the upkeep of an index folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from polysmith.cli.output import command, console, emit_json
from polysmith.config import index_folder

Folder = Annotated[Path | None, typer.Option("--dir", help="Index folder; your own if left out.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def register(group: typer.Typer) -> None:
    """Add the commands to a group.

    Parameters
    ----------
    group : Typer
        The ``index`` commands.
    """
    for name, function in (("verify", index_verify), ("compact", index_compact), ("delete", index_delete)):
        group.command(name)(command(function))


def index_verify(folder: Folder = None, as_json: Json = False) -> None:
    """Check every file of an index against its hash."""
    from index.manifest import verify
    from index.upkeep import sizes

    place = folder or index_folder()
    manifest = verify(place)
    parts = sizes(place)
    if as_json:
        emit_json({"documents": manifest.documents, "passages": manifest.passages, "intact": True, "bytes": parts})
        return
    total = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in parts.items())
    console().print(f"{place} is intact: {manifest.documents} documents, {manifest.passages} passages; {total}.")


def index_compact(folder: Folder = None, as_json: Json = False) -> None:
    """Write an index again without what was deleted, in few large pieces."""
    from index.upkeep import compact, sizes

    place = folder or index_folder()
    before = sum(sizes(place).values())
    with console(stderr=True).status(f"compacting {place}") as status:
        manifest = compact(place, lambda count: status.update(f"{count} documents copied"))
    after = sum(sizes(place).values())
    if as_json:
        emit_json({"documents": manifest.documents, "bytes_before": before, "bytes_after": after})
        return
    console().print(f"{manifest.documents} documents are kept; {before / 1e6:.1f} MB became {after / 1e6:.1f} MB.")


def index_delete(
    documents: Annotated[list[str], typer.Argument(help="Ids of documents, as search shows them before the #.")],
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Delete documents; they are never found again, and compact frees their room."""
    from index.upkeep import delete_documents

    place = folder or index_folder()
    deleted = delete_documents(place, documents)
    if as_json:
        emit_json({"deleted": deleted, "unknown": len(set(documents)) - deleted})
        return
    console().print(f"{deleted} documents deleted, {len(set(documents)) - deleted} not found.")
