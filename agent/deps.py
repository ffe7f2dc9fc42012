"""What the nodes are handed: settings, the run folder, the retriever and the model."""

from __future__ import annotations

from dataclasses import dataclass

from agent.holding import Clock, heed
from agent.llm.model import LanguageModel
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
    model : LanguageModel or None
        Helps where a model helps; None for the rules alone.
    model_problem : str
        Why a model that was wanted is not there.
    clock : Clock or None
        Counts the seconds of the run; None if they are not limited.
    """

    settings: Settings
    folder: RunFolder
    retriever: Retriever | None = None
    retriever_problem: str = ""
    model: LanguageModel | None = None
    model_problem: str = ""
    clock: Clock | None = None

    def late(self) -> bool:
        """Say whether the run has used up its seconds."""
        return self.clock is not None and self.clock.late()

    def heed(self) -> None:
        """Stop here if the run was told to stop.

        Raises
        ------
        Stopped
            If it was.
        """
        heed(self.folder)
