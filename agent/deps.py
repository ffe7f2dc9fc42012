"""What the nodes are handed: settings, the run folder and the retriever."""

from __future__ import annotations

from dataclasses import dataclass

from agent.runs import RunFolder
from agent.settings import Settings
from tools.core.protocols import Retriever


@dataclass(frozen=True)
class Deps:
    """Everything a node may use beside its state.

    Attributes
    ----------
    settings : Settings
        What the run may do.
    folder : RunFolder
        Where artefacts and events go.
    retriever : Retriever or None
        Searches the literature; None if no index can be opened.
    retriever_problem : str
        Why there is no retriever.
    """

    settings: Settings
    folder: RunFolder
    retriever: Retriever | None = None
    retriever_problem: str = ""
