"""Steady-state evolution: fill the space around a brief with polymers that meet it.

Constraint domination orders candidates: the smaller miss of the hard constraints (in standard deviations of the
predictions) first, then the better score. Parents are drawn by tournament from a population and from an archive that
keeps the best candidate of every niche (the rule that makes the chain, its size, its elements), so that the answer is
more than one family. Many children are proposed, a surrogate chooses which of them are joined and scored,
and operators that gave good children are used more often. A population that stands still gives way to the elites of
its niches.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.enumeration import EnumerationSource
from tools.design.grafts import faithful
from tools.design.mutation import sensible
from tools.design.screen import Scored, Screen
from tools.design.structure import elements_of, unit_size
from tools.design.surrogate import Surrogate
from tools.design.variation import Genome, Individual, Variation, grown, individual
from tools.synthesis.motifs import two_units, unstable_motifs
from tools.synthesis.retro import routes

_POPULATION = 160
_BROOD = 96
_TOURNAMENT = 3
_PROPOSED = 10  # recombined proposals per child that is scored
_MUTANTS = 3  # attempts to mutate a monomer per brood, ten times as many where little can be recombined
_BLIND = 0.2  # share of a brood that is taken without asking the surrogate
_STAGNANT = 10  # broods without a better or another niche before the population starts anew
_ROUTED = 40  # best candidates without monomers that are given those of their route

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
        Scored candidates to start from; the best of those without monomers take those of their route.

    Attributes
    ----------
    archive : dict of niche to Scored
        The best candidate of every niche.
    evaluated : int
        Candidates scored.
    restarts : int
        How often the population stood still and started anew.
    """

    def __init__(self, screen: Screen, seed: int, parents: Sequence[Scored]) -> None:
        self._screen = screen
        self._random = random.Random(seed)
        self._variation = Variation(screen.spec, seed + 1)
        self._surrogate = Surrogate(screen)
        self._surrogate.learn(parents)
        self._seen: set[str] = {scored.polymer.key for scored in parents}
        self._proposed: set[tuple[str, str, str]] = set()
        self._members: list[tuple[Scored, Individual]] = []
        self._elites: dict[Niche, Individual] = {}
        self._standing = 0
        self.archive: dict[Niche, Scored] = {}
        self.evaluated = 0
        self.restarts = 0
        ranked = sorted(parents, key=_order)
        for place, scored in enumerate(ranked):
            self._admit(with_route(scored) if place < _ROUTED else scored)
            if len(self._members) >= _POPULATION:
                break

    def _admit(self, scored: Scored, born: Individual | None = None) -> bool:
        """Take a candidate in; True if it is the best of its niche."""
        niche = niche_of(scored)
        member = born or individual(scored.candidate)
        if member is not None:
            self._members.append((scored, member))
        known = self.archive.get(niche)
        if known is not None and known.rank <= scored.rank:
            return False
        self.archive[niche] = scored
        if member is not None:
            self._elites[niche] = member
        return True

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
        self._surrogate.learn(scored)
        worst = self._members[-1][0].rank if len(self._members) >= _POPULATION else None
        kept: list[Scored] = []
        better = False
        for item, member in zip(scored, brood, strict=True):
            if self._promising(item) and not _sound(item, member):
                continue
            kept.append(item)
            elite = self._admit(item, member)
            better = better or elite
            self._variation.reward(member.genome.operator, float(elite or worst is None or item.rank < worst))
        self._members.sort(key=lambda pair: _order(pair[0]))
        self._members = self._thinned()
        self._standing = 0 if better else self._standing + 1
        if self._standing >= _STAGNANT:
            self._restart()
        return kept

    def _promising(self, scored: Scored) -> bool:
        """Tell whether a candidate is an answer or the best of its niche; only those are looked at for stability."""
        known = self.archive.get(niche_of(scored))
        return scored.failing == 0 or known is None or scored.rank < known.rank

    def _restart(self) -> None:
        """Start anew from the best of every niche, so that other families get their turn."""
        self._standing = 0
        self.restarts += 1
        best = [(self.archive[niche], member) for niche, member in self._elites.items()]
        self._members = sorted(best, key=lambda pair: _order(pair[0]))[: _POPULATION // 2]

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
        """Choose among proposals: most by the surrogate, some blindly, each once."""
        proposals = self._proposals()
        made = self._mutants(_MUTANTS if len(proposals) >= _BROOD else 10 * _MUTANTS)
        if not (made or proposals):
            return []
        words = [item.words for item in made] + [genome.words for genome in proposals]
        guess = self._surrogate.shortfall(words)
        order = [int(i) for i in np.argsort(guess, kind="stable")]
        blind = list(range(len(words)))
        self._random.shuffle(blind)
        brood: list[Individual] = []
        taken: set[int] = set()
        rules: dict[str, int] = {}
        for source, room, most in ((order, 1.0 - _BLIND, _BROOD // 3), (blind, 1.0, _BROOD), (order, 1.0, _BROOD)):
            for i in source:
                if len(brood) >= round(_BROOD * room):
                    break
                if i in taken:
                    continue
                rule = made[i].candidate.rule if i < len(made) else proposals[i - len(made)].signature[0]
                if rules.get(rule, 0) >= most:
                    continue
                taken.add(i)
                child = made[i] if i < len(made) else grown(proposals[i - len(made)])
                if child is not None and self._fit(child):
                    rules[rule] = rules.get(rule, 0) + 1
                    brood.append(child)
        return brood

    def _fit(self, child: Individual) -> bool:
        """Tell whether a child is to be scored; one that is not will not be made again."""
        key = child.candidate.polymer.key
        self._proposed.add(child.genome.signature)
        if key in self._seen:
            return False
        self._seen.add(key)
        return self._screen.admits(child.candidate)

    def _proposals(self) -> list[Genome]:
        found: dict[tuple[str, str, str], Genome] = {}
        if not self._members:
            return []
        for _ in range(_BROOD * _PROPOSED):
            child = self._variation.recombined(self._parent().genome, self._parent().genome)
            if child is not None and child.signature not in self._proposed:
                found.setdefault(child.signature, child)
        return list(found.values())

    def _mutants(self, attempts: int) -> list[Individual]:
        if not self._members:
            return []
        children = (self._variation.mutated(self._parent()) for _ in range(attempts))
        return [child for child in children if child is not None]

    def _parent(self) -> Individual:
        """Draw a parent: by tournament from the population, or the elite of a niche."""
        if self._elites and self._random.random() < 0.4:
            niches = list(self._elites)
            drawn = [self._random.choice(niches) for _ in range(2)]
            return self._elites[min(drawn, key=lambda niche: self.archive[niche].rank)]
        return self._members[min(self._random.randrange(len(self._members)) for _ in range(_TOURNAMENT))][1]


def _sound(scored: Scored, member: Individual) -> bool:
    """Tell whether a candidate is stable, and made by its monomer where that was put together from parts."""
    if unstable_motifs(two_units(scored.polymer)):
        return False
    return member.genome.stem is None or (sensible(scored.candidate.monomers[0]) and faithful(scored.candidate))


def _order(scored: Scored) -> tuple[tuple[float, ...], str]:
    return scored.rank, scored.polymer.key


def with_route(scored: Scored) -> Scored:
    """Give a candidate that was listed without monomers those of its first route.

    Parameters
    ----------
    scored : Scored
        The candidate.

    Returns
    -------
    Scored
        The same where it has monomers or no route is found.
    """
    if scored.candidate.monomers:
        return scored
    found = routes(scored.polymer, 1)
    if not found:
        return scored
    route = found[0]
    monomers = tuple(monomer.smiles for monomer in route.monomers)
    made = replace(scored.candidate, monomers=monomers, rule=route.rule, polymerisations=route.polymerisations)
    return replace(scored, candidate=made)


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
