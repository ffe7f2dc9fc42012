"""Where things are, and what they are wired to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import StateError

if TYPE_CHECKING:
    from tools.core.protocols import Retriever


def runs_folder() -> Path:
    """Return the folder that holds all runs.

    Returns
    -------
    Path
        ``$POLYSMITH_HOME/runs``.
    """
    from agent.settings import home

    return home() / "runs"


def index_folder() -> Path:
    """Return the folder of the user's own index.

    Returns
    -------
    Path
        ``$POLYSMITH_HOME/index``; absent until something is added.
    """
    from agent.settings import home

    return home() / "index"


def open_retriever() -> tuple[Retriever | None, str]:
    """Open the shipped corpus and the user's index; a broken user index must not stop a design.

    Returns
    -------
    Retriever or None
        None if no index can be opened.
    str
        Why not.
    """
    from index.api import open_default

    folders = [index_folder(), index_folder().with_name("shared-index")]  # the latter: of a server, for its users
    try:
        return open_default([folder for folder in folders if folder.is_dir()]), ""
    except StateError as error:
        return None, str(error)
