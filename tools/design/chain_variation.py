"""Recombination of chains of one monomer: another side group, another stem, both of another chain."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from tools.core.assemble import piece_mol
from tools.core.spec import DesignSpec, StructuralConstraint
from tools.design.aim import allowed_rules
from tools.design.candidate import Candidate
from tools.design.enumeration import single_monomer_products
from tools.design.grafts import Grafts, Kind, Side, Stem, cuts
from tools.design.narrow import excluded_by, mol_holds, needed_by, suitable_singles
from tools.design.surrogate import vectors

_NEAREST = 12  # side groups that count as like a given one
_TRIES = 4

Pair = tuple[Stem, Side]


@lru_cache(maxsize=65_536)
def _piece_holds(piece: str, constraint: StructuralConstraint) -> bool:
    return mol_holds(piece_mol(piece), constraint)


class ChainVariation:
    """Makes pairs of a stem and a side group.

    Parameters
    ----------
    spec : DesignSpec
        The brief; what holds something that it excludes is left out.
    rng : random.Random
        Source of choices.

    Attributes
    ----------
    grafts : Grafts
        Stems and side groups of the known monomers.
    operators : dict of str to callable
        Ways of making a pair from two parents.
    """

    def __init__(self, spec: DesignSpec, rng: random.Random) -> None:
        self._random = rng
        self._excluded, self._needed = excluded_by(spec), needed_by(spec)
        self._formed: dict[StructuralConstraint, set[str]] = {}
        if self._needed:
            for chain in suitable_singles(spec):
                for need in self._needed:
                    if not any(_piece_holds(piece, need) for piece in chain.polymer.word):
                        self._formed.setdefault(need, set()).add(chain.rule)
        self.grafts = Grafts(self._pure(single_monomer_products(allowed_rules(spec))))
        self._novel = Grafts(())
        self._like: dict[tuple[Kind, str], tuple[Side, ...]] = {}
        self._vectors: dict[Kind, np.ndarray] = {}
        self.operators: dict[str, Callable[[Candidate, Candidate | None], Pair | None]] = {
            "exchange": self._exchange,
            "fresh": self._fresh,
            "like": self._similar,
            "novel": self._new,
            "linkage": self._other_stem,
            "immigrant": self._immigrant,
        }

    def __len__(self) -> int:
        return sum(len(self.grafts.stems(kind)) for kind in self.grafts.kinds)

    def _pure(self, chains: Sequence[Candidate]) -> list[Candidate]:
        return [
            chain
            for chain in chains
            if not any(_piece_holds(piece, c) for piece in chain.polymer.word for c in self._excluded)
        ]

    def learn(self, chain: Candidate) -> None:
        """Take in a changed monomer, so that its parts are used again.

        Parameters
        ----------
        chain : Candidate
            With one monomer.
        """
        self._novel.add(chain)

    def pair(self, operator: str, one: Candidate | None, other: Candidate | None) -> Pair | None:
        """Propose a stem and a side group that can bring what the brief needs.

        Parameters
        ----------
        operator : str
            Name in ``operators``.
        one, other : Candidate or None
            Parents of one monomer each.

        Returns
        -------
        (Stem, Side) or None
            None where the attempts gave nothing.
        """
        if one is None and operator != "immigrant":
            return None
        for _ in range(_TRIES):
            found = self.operators[operator](one, other)  # type: ignore[arg-type]  # only immigrants have no parent
            if found is not None and all(self._brings(found, need) for need in self._needed):
                return found
        return None

    def _brings(self, pair: Pair, need: StructuralConstraint) -> bool:
        stem, side = pair
        if stem.rule in self._formed.get(need, ()) or _piece_holds(side.text, need):
            return True
        return any(_piece_holds(piece, need) for piece in stem.word)

    def _cut(self, chain: Candidate | None) -> Pair | None:
        found = cuts(chain) if chain is not None else ()
        return self._random.choice(found) if found else None

    def _exchange(self, one: Candidate, other: Candidate | None) -> Pair | None:
        mine = self._cut(one)
        theirs = [side for stem, side in cuts(other) if mine and stem.kind == mine[0].kind] if other else []
        return (mine[0], self._random.choice(theirs)) if mine and theirs else None

    def _fresh(self, one: Candidate, other: Candidate | None) -> Pair | None:
        return self._with_side(one, lambda kind, _: self.grafts.sides(kind))

    def _new(self, one: Candidate, other: Candidate | None) -> Pair | None:
        return self._with_side(one, lambda kind, _: self._novel.sides(kind))

    def _similar(self, one: Candidate, other: Candidate | None) -> Pair | None:
        return self._with_side(one, self._nearest)

    def _with_side(self, one: Candidate, options: Callable[[Kind, Side], Sequence[Side]]) -> Pair | None:
        mine = self._cut(one)
        choice = options(mine[0].kind, mine[1]) if mine else ()
        return (mine[0], self._random.choice(choice)) if mine and choice else None

    def _nearest(self, kind: Kind, side: Side) -> tuple[Side, ...]:
        key = (kind, side.text)
        if key not in self._like:
            sides = self.grafts.sides(kind)
            if kind not in self._vectors:
                self._vectors[kind] = vectors([[(item.text,)] for item in sides])
            apart = np.abs(self._vectors[kind] - vectors([[(side.text,)]])).sum(axis=1)
            order = np.argsort(apart, kind="stable")[: _NEAREST + 1]
            self._like[key] = tuple(sides[i] for i in order if sides[i].text != side.text)
        return self._like[key]

    def _other_stem(self, one: Candidate, other: Candidate | None) -> Pair | None:
        mine = self._cut(one)
        stems = self.grafts.stems(mine[0].kind) if mine else ()
        return (self._random.choice(stems), mine[1]) if mine and stems else None

    def _immigrant(self, one: Candidate | None, other: Candidate | None) -> Pair | None:
        kinds = self.grafts.kinds
        if not kinds:
            return None
        kind = self._random.choice(kinds)
        return self._random.choice(self.grafts.stems(kind)), self._random.choice(self.grafts.sides(kind))
