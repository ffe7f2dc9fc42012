"""NSGA-II of pymoo 0.6.2 on polymers: the checked baseline of the search.

It has the genome of the project's search, as integers into the same lists, narrowed by the brief in the same way: a
linkage with left and right residue, a kind of place with stem and side group, or a known monomer. It starts from the
handbook's polymers and random genomes. Crossover exchanges right parts between parents of one family, mutation draws
a part anew or, more seldom, another family; the distances from the bounds are its constraints, the score its objective,
and both are handled by pymoo.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.crossover import Crossover
from pymoo.core.duplicate import ElementwiseDuplicateElimination
from pymoo.core.mutation import Mutation
from pymoo.core.problem import Problem
from pymoo.core.sampling import Sampling

from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.chain_variation import ChainVariation
from tools.design.evolve import with_route
from tools.design.narrow import narrowed, suitable_singles
from tools.design.screen import Screen
from tools.design.sources import HandbookSource
from tools.design.variation import Genome, grown, individual

_POPULATION = 200
_IDLE = 20  # generations without a new polymer after which the run ends


class Genomes:
    """Integer genomes: family, left part, right part.

    Parameters
    ----------
    spec : DesignSpec
        The brief.
    """

    def __init__(self, spec: DesignSpec) -> None:
        self._pairs = [item.family for item in narrowed(spec)]
        self._grafts = ChainVariation(spec, random.Random(0)).grafts
        self._kinds = self._grafts.kinds
        self._singles = suitable_singles(spec)
        self._sizes = [(len(family.left), len(family.right)) for family in self._pairs]
        self._sizes += [(len(self._grafts.stems(kind)), len(self._grafts.sides(kind))) for kind in self._kinds]
        self._sizes += [(len(self._singles), 1)] if self._singles else []
        self._cache: dict[tuple[int, int, int], Candidate | None] = {}

    def __len__(self) -> int:
        return len(self._sizes)

    def random(self, rng: random.Random) -> list[int]:
        """Draw a genome, families alike."""
        family = rng.randrange(len(self._sizes))
        return [family, self.allele(family, 0, rng), self.allele(family, 1, rng)]

    def allele(self, family: int, side: int, rng: random.Random) -> int:
        """Draw a part."""
        return rng.randrange(self._sizes[family][side])

    def candidate(self, row: Sequence[int]) -> Candidate | None:
        """Make the polymer of a genome."""
        family, left, right = (int(value) for value in row)
        key = (family, left, right)
        if key not in self._cache:
            self._cache[key] = self._made(family, left, right)
        return self._cache[key]

    def _made(self, family: int, left: int, right: int) -> Candidate | None:
        if family < len(self._pairs):
            one = self._pairs[family]
            child = grown(Genome(one.linkage, one.left[left], one.right[right]))
        elif family < len(self._pairs) + len(self._kinds):
            kind = self._kinds[family - len(self._pairs)]
            child = grown(Genome(stem=self._grafts.stems(kind)[left], side=self._grafts.sides(kind)[right]))
        else:
            return self._singles[left]
        return child.candidate if child is not None else None

    def known(self, candidate: Candidate) -> list[int] | None:
        """Find the genome of a candidate with monomers, if its parts are in the lists."""
        for place, single in enumerate(self._singles):
            if single.polymer == candidate.polymer:
                return [len(self._sizes) - 1, place, 0]
        made = individual(candidate)
        if made is None or made.genome.linkage is None or made.genome.left is None or made.genome.right is None:
            return None
        words = made.genome.left.residue.word, made.genome.right.residue.word
        for number, family in enumerate(self._pairs):
            if family.linkage.id == made.genome.linkage.id:
                left = [i for i, block in enumerate(family.left) if block.residue.word == words[0]]
                right = [i for i, block in enumerate(family.right) if block.residue.word == words[1]]
                return [number, left[0], right[0]] if left and right else None
        return None


class Design(Problem):  # type: ignore[misc]  # pymoo has no types
    """Chains as three integers; the score is the objective, distances are the constraints."""

    def __init__(self, genomes: Genomes, screen: Screen) -> None:
        super().__init__(n_var=3, n_obj=1, n_ieq_constr=1 + len(screen.hard), vtype=int)
        self._genomes, self._screen = genomes, screen
        self._known: dict[str, tuple[float, list[float]]] = {}

    def _evaluate(self, x: Any, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        made = [self._genomes.candidate(row) for row in x]
        fresh = {
            c.polymer.key: c
            for c in made
            if c is not None and c.polymer.key not in self._known and self._screen.admits(c)
        }
        for item in self._screen.score(list(fresh.values())):
            self._known[item.polymer.key] = (-item.score, list(item.distances))
        worst = (0.0, [9.0] * len(self._screen.hard))
        keys = [c.polymer.key if c is not None else "" for c in made]
        rows = [self._known.get(key, worst) for key in keys]
        out["F"] = np.array([[row[0]] for row in rows])
        out["G"] = np.array(
            [[0.0 if key in self._known else 99.0, *row[1]] for key, row in zip(keys, rows, strict=True)]
        )


class Draw(Sampling):  # type: ignore[misc]
    """Known genomes, then random ones, families alike."""

    def __init__(self, genomes: Genomes, rng: random.Random, known: Sequence[list[int]]) -> None:
        super().__init__()
        self._genomes, self._rng, self._known = genomes, rng, known

    def _do(self, problem: Any, n_samples: int, *args: Any, **kwargs: Any) -> Any:
        rows = list(self._known[: n_samples // 2])
        return np.array(rows + [self._genomes.random(self._rng) for _ in range(n_samples - len(rows))])


class Exchange(Crossover):  # type: ignore[misc]
    """Parents of one family exchange their right residues."""

    def __init__(self) -> None:
        super().__init__(2, 2)

    def _do(self, problem: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        children = x.copy()
        same = x[0, :, 0] == x[1, :, 0]
        children[0, same, 2], children[1, same, 2] = x[1, same, 2], x[0, same, 2]
        return children


class Redraw(Mutation):  # type: ignore[misc]
    """Draw one residue anew, or the whole genome."""

    def __init__(self, genomes: Genomes, rng: random.Random) -> None:
        super().__init__()
        self._genomes, self._rng = genomes, rng

    def _do(self, problem: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        for row in x:
            place = self._rng.random()
            if place < 0.15:
                row[:] = self._genomes.random(self._rng)
            elif place < 0.85:
                side = self._rng.randrange(2)
                row[1 + side] = self._genomes.allele(int(row[0]), side, self._rng)
        return x


class Same(ElementwiseDuplicateElimination):  # type: ignore[misc]
    """Equal genomes are duplicates."""

    def is_equal(self, a: Any, b: Any) -> bool:
        """Compare two genomes."""
        return bool(np.array_equal(a.X, b.X))


def evolve_integers(screen: Screen, seed: int, evaluated: Callable[[], int], done: Callable[[], bool]) -> None:
    """Run NSGA-II until it is done or finds nothing new.

    Parameters
    ----------
    screen : Screen
        Scores candidates.
    seed : int
        Seed of all choices.
    evaluated : callable
        Evaluations so far.
    done : callable
        Asked after every generation.
    """
    rng = random.Random(seed)
    genomes = Genomes(screen.spec)
    handbook = [c for c in HandbookSource().candidates(screen.spec, 10_000, seed) if screen.admits(c)]
    first = sorted(screen.score(handbook), key=lambda item: (*item.rank, item.polymer.key))[:_POPULATION]
    known = [row for item in first if (row := genomes.known(with_route(item).candidate)) is not None]
    if not len(genomes):
        return
    algorithm = NSGA2(
        pop_size=_POPULATION,
        sampling=Draw(genomes, rng, known),
        crossover=Exchange(),
        mutation=Redraw(genomes, rng),
        eliminate_duplicates=Same(),
    )
    algorithm.setup(Design(genomes, screen), seed=seed, verbose=False)
    before, idle = 0, 0
    while not done() and idle < _IDLE and algorithm.has_next():
        algorithm.next()
        idle = idle + 1 if evaluated() == before else 0
        before = evaluated()
