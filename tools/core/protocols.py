"""Contracts between rooms: what the tools expect to be handed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tools.core.evidence import Passage


@runtime_checkable
class Retriever(Protocol):
    """Finds passages; implemented by ``index.search.HybridIndex``."""

    def search(self, query: str, k: int = 10, *, expansions: Sequence[str] = ()) -> list[Passage]:
        """Return the best ``k`` passages for a query, best first.

        Parameters
        ----------
        query : str
            What is looked for, in words.
        k : int
            How many passages at most.
        expansions : sequence of str
            Synonyms to search for as well, such as a polymer's other names.
        """

    def get(self, passage_id: str) -> Passage:
        """Return one passage by id; raises UnknownNameError if there is none."""
