"""NSGA-II of pymoo 0.6.2 on polymers: the checked baseline of the search.

It has the genome of the project's search: linkage, left and right residue or the single monomer, as integers into the
same lists of residues. Crossover exchanges residues between parents of one family, mutation draws a residue anew or,
more seldom, another family, and the distances from the bounds are its constraints, the score its objective.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.crossover import Crossover
from pymoo.core.duplicate import ElementwiseDuplicateElimination
from pymoo.core.mutation import Mutation
from pymoo.core.problem import Problem
from pymoo.core.sampling import Sampling

from tools.core.spec import DesignSpec
from tools.design.aim import allowed_rules
from tools.design.candidate import Candidate
from tools.design.enumeration import families, joined, single_monomer_products
from tools.design.screen import Screen

_POPULATION = 200
_IDLE = 20  # generations without a new polymer after which the run ends


@dataclass
class Genomes:
    """Integer genomes: family (the last one holds the polymers of one monomer), left, right."""

    spec: DesignSpec

    def __post_init__(self) -> None:
        self.families = families(self.spec, derived=True)
        self.singles = single_monomer_products(allowed_rules(self.spec))
        self.cache: dict[tuple[int, int, int], Candidate | None] = {}

    def random(self, rng: random.Random) -> list[int]:
        """Draw a genome, families alike."""
        family = rng.randrange(len(self.families) + bool(self.singles))
        return [family, self.allele(family, 0, rng), self.allele(family, 1, rng)]

    def allele(self, family: int, side: int, rng: random.Random) -> int:
        """Draw a residue or monomer."""
        if family == len(self.families):
            return rng.randrange(len(self.singles)) if side == 0 else 0
        return rng.randrange(len(self.families[family].left if side == 0 else self.families[family].right))

    def candidate(self, row: Sequence[int]) -> Candidate | None:
        """Make the polymer of a genome."""
        family, left, right = (int(value) for value in row)
        key = (family, left, right)
        if key not in self.cache:
            if family == len(self.families):
                self.cache[key] = self.singles[left]
            else:
                one = self.families[family]
                a, b = one.left[left], one.right[right]
                fits = a.atoms + b.atoms <= 60 and a.monomer != b.monomer
                self.cache[key] = joined(one.linkage, a, b) if fits else None
        return self.cache[key]


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
    """Random genomes, families alike."""

    def __init__(self, genomes: Genomes, rng: random.Random) -> None:
        super().__init__()
        self._genomes, self._rng = genomes, rng

    def _do(self, problem: Any, n_samples: int, *args: Any, **kwargs: Any) -> Any:
        return np.array([self._genomes.random(self._rng) for _ in range(n_samples)])


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
    if not genomes.families and not genomes.singles:
        return
    algorithm = NSGA2(
        pop_size=_POPULATION,
        sampling=Draw(genomes, rng),
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
