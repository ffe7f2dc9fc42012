"""Steady-state evolution: fill the space around a brief with polymers that meet it.

Parents are drawn by tournament under constraint domination (fewer missed constraints first, then the better score),
children replace the worst, and an archive keeps the best candidate of every niche so that the answer is more than one
family. Niches are the rule that makes the chain, its size and the elements in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tools.core.spec import DesignSpec
from tools.design.aim import allowed_rules
from tools.design.candidate import Candidate
from tools.design.enumeration import EnumerationSource, families
from tools.design.screen import Scored, Screen
from tools.design.structure import elements_of, unit_size
from tools.design.variation import Individual, Variation, individual
from tools.synthesis.motifs import two_units, unstable_motifs

_POPULATION = 160
_BROOD = 96
_TOURNAMENT = 3
_ATTEMPTS = 12  # attempts per child before a brood is taken as it is

Niche = tuple[str, int, tuple[str, ...]]


@dataclass(frozen=True)
class Progress:
    """Where a search stands.

    Attributes
    ----------
    stage : str
        What is being done.
    evaluated : int
        Candidates scored so far.
    budget : int
        Candidates that may be scored in all.
    best : float
        Best score so far.
    """

    stage: str
    evaluated: int
    budget: int
    best: float


def niche_of(scored: Scored) -> Niche:
    """Return the niche of a candidate: rule, size in steps of eight heavy atoms, and its less common elements.

    Parameters
    ----------
    scored : Scored
        The candidate.
    """
    elements = elements_of(scored.polymer)
    size = unit_size(scored.polymer) // 8
    return scored.candidate.rule, size, tuple(sorted(elements - {"C", "O", "N"}))


class Evolution:
    """A population that improves.

    Parameters
    ----------
    screen : Screen
        Scores candidates.
    seed : int
        Seed of all choices.
    parents : sequence of Scored
        Scored candidates to start from; those without monomers and rule are left out.
    """

    def __init__(self, screen: Screen, seed: int, parents: Sequence[Scored]) -> None:
        self._screen = screen
        self._random = random.Random(seed)
        rules = allowed_rules(screen.spec)
        self._variation = Variation(families(screen.spec), rules, seed + 1)
        self._seen: set[str] = {scored.polymer.key for scored in parents}
        self._members: list[tuple[Scored, Individual]] = []
        self.archive: dict[Niche, Scored] = {}
        self.evaluated = 0
        for scored in sorted(parents, key=lambda s: (*s.rank, s.polymer.key)):
            self._admit(scored)
            if len(self._members) >= _POPULATION:
                break

    def _admit(self, scored: Scored, born: Individual | None = None) -> None:
        niche = niche_of(scored)
        known = self.archive.get(niche)
        if known is None or scored.rank < known.rank:
            self.archive[niche] = scored
        member = born or individual(scored.candidate)
        if member is not None:
            self._members.append((scored, member))

    def step(self) -> list[Scored]:
        """Make, score and admit one brood.

        Returns
        -------
        list of Scored
            The new candidates; empty when nothing new can be made.
        """
        brood = self._brood()
        if not brood:
            return []
        scored = self._screen.score([member.candidate for member in brood])
        self.evaluated += len(scored)
        for item, member in zip(scored, brood, strict=True):
            self._admit(item, member)
        self._members.sort(key=lambda pair: (*pair[0].rank, pair[0].polymer.key))
        self._members = self._thinned()
        return scored

    def _thinned(self) -> list[tuple[Scored, Individual]]:
        """Keep the best, at most a sixth of the population from one niche."""
        kept: list[tuple[Scored, Individual]] = []
        count: dict[Niche, int] = {}
        for pair in self._members:
            niche = niche_of(pair[0])
            count[niche] = count.get(niche, 0) + 1
            if count[niche] <= _POPULATION // 6:
                kept.append(pair)
            if len(kept) == _POPULATION:
                break
        return kept

    def _brood(self) -> list[Individual]:
        brood: list[Individual] = []
        if not self._members:
            return brood
        for _ in range(_BROOD * _ATTEMPTS):
            child = self._variation.child(self._parent(), self._parent())
            if child is None or child.candidate.polymer.key in self._seen:
                continue
            self._seen.add(child.candidate.polymer.key)
            if unstable_motifs(two_units(child.candidate.polymer)) or not self._screen.admits(child.candidate):
                continue
            brood.append(child)
            if len(brood) == _BROOD:
                break
        return brood

    def _parent(self) -> Individual:
        drawn = [self._random.randrange(len(self._members)) for _ in range(_TOURNAMENT)]
        return self._members[min(drawn)][1]


class EvolutionSource:
    """Evolution behind the protocol of candidate sources.

    Parameters
    ----------
    screen : Screen
        Scores candidates.
    start : int
        Enumerated candidates that the first population is chosen from.
    """

    name = "evolution"

    def __init__(self, screen: Screen, start: int = 1000) -> None:
        self._screen = screen
        self._start = start

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield up to ``limit`` evolved candidates in the order of their birth.

        Parameters
        ----------
        spec : DesignSpec
            The brief that ``screen`` was made for.
        limit : int
            How many at most.
        seed : int
            Seed of all choices.
        """
        pool = [c for c in EnumerationSource().candidates(spec, self._start, seed) if self._screen.admits(c)]
        evolution = Evolution(self._screen, seed, self._screen.score(pool))
        yielded = 0
        while yielded < limit:
            born = evolution.step()
            if not born:
                return
            for scored in born[: limit - yielded]:
                yielded += 1
                yield scored.candidate


def evolve(
    evolution: Evolution,
    evaluations: int,
    *,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Scored]:
    """Run an evolution.

    Parameters
    ----------
    evolution : Evolution
        The population.
    evaluations : int
        Candidates to score at most.
    progress : callable, optional
        Told after every brood.
    should_stop : callable
        Asked after every brood.

    Returns
    -------
    list of Scored
        Everything that was scored.
    """
    found: list[Scored] = []
    while evolution.evaluated < evaluations and not should_stop():
        born = evolution.step()
        if not born:
            break
        found.extend(born)
        if progress is not None:
            best = max((s.score for s in evolution.archive.values()), default=0.0)
            progress(Progress("evolution", evolution.evaluated, evaluations, best))
    return found
