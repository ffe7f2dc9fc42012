"""A retriever that puts poison among good passages, at the top."""

from __future__ import annotations

from collections.abc import Sequence

from tools.core.errors import UnknownNameError
from tools.core.evidence import Passage
from tools.core.protocols import Retriever


class Mixed:
    """Answers every search with good passages of another retriever, each behind poisoned ones.

    Parameters
    ----------
    good : Retriever
        Finds the good passages.
    poison : sequence of Passage
        What is mixed in; searches take turns, so that all of it is seen.
    each : int
        Poisoned passages per search.
    start : int
        Where among the poison the first search begins.
    kept : int
        Good passages per search.
    """

    def __init__(
        self, good: Retriever, poison: Sequence[Passage] = (), each: int = 8, kept: int = 4, start: int = 0
    ) -> None:
        self._good, self._each, self._kept = good, each, kept
        self._poison = [*poison[start:], *poison[:start]]
        self._known: dict[str, Passage] = {}
        self.queries: list[str] = []
        self.seen: set[str] = set()

    def search(self, query: str, k: int = 10, *, expansions: Sequence[str] = ()) -> list[Passage]:
        """Return good passages behind poisoned ones; with no poison, the same good ones."""
        start = self._each * len(self.queries)
        self.queries.append(query)
        good = self._good.search(query, self._kept, expansions=expansions)
        turn = [self._poison[(start + n) % len(self._poison)] for n in range(min(self._each, len(self._poison)))]
        step = -(-len(turn) // max(1, len(good)))
        made: list[Passage] = []
        for place in range(max(len(good), 1)):
            made += [*turn[place * step : (place + 1) * step], *good[place : place + 1]]
        top = max((item.score for item in good), default=1.0)
        found = [item.model_copy(update={"score": top + 1.0 - 0.01 * rank}) for rank, item in enumerate(made)]
        self._known.update((item.id, item) for item in found)
        self.seen.update(item.id for item in turn)
        return found[:k] if k >= len(found) else self._cut(found, k)

    def _cut(self, found: list[Passage], k: int) -> list[Passage]:
        """Keep the order and both kinds when fewer are asked for."""
        good = [item for item in found if not item.id.startswith("poison/")][: max(1, k // 3)]
        bad = [item for item in found if item.id.startswith("poison/")][: k - len(good)]
        return [item for item in found if item in good or item in bad]

    def get(self, passage_id: str) -> Passage:
        """Return one passage by id."""
        if passage_id.startswith("poison/"):
            if passage_id not in self._known:
                raise UnknownNameError(f"There is no passage {passage_id!r}.")
            return self._known[passage_id]
        return self._good.get(passage_id)


class Fixed:
    """A retriever that finds the same passages whatever is asked.

    Parameters
    ----------
    passages : sequence of Passage
        The passages, best first.
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = {item.id: item for item in passages}

    def search(self, query: str, k: int = 10, *, expansions: Sequence[str] = ()) -> list[Passage]:
        """Return them."""
        return list(self._passages.values())[:k]

    def get(self, passage_id: str) -> Passage:
        """Return one passage by id."""
        if passage_id not in self._passages:
            raise UnknownNameError(f"There is no passage {passage_id!r}.")
        return self._passages[passage_id]
