"""Designs by the rule agent: fragments are put together until every constraint is met, or a proof says that none can.

A local search over chains of fragments is guided by additive counts (elements, mass, rings, matches of the asked
patterns); what looks right is checked exactly, by the exam's published conventions.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from typing import Final

from rdkit import Chem

from polybench.run.impossible import Limits, contradiction, limits_of
from polybench.run.question import Question
from polybench.run.solution import Context, Solution
from polybench.scoring import conventions
from polybench.scoring.design import OVER_ALL, Candidate, bounds_of, examine_chunk
from polybench.scoring.structures import Structure, read_chunk
from polybench.task import INFEASIBLE, Constraint
from tools.chemistry import handbook
from tools.core.polymer import Polymer

#: Fragments as linear pieces of SMILES: the first atom is bound to the left, the last open atom to the right.
FRAGMENTS: Final[tuple[str, ...]] = (
    "C", "CC", "CCCC", "C(C)", "C(C)(C)", "C(CC)", "C(CCCC)", "C(CC(C)C)", "C(C(C)(C)C)", "O", "S", "N", "N(C)",
    "N(CC)", "N(c1ccccc1)", "C(=O)", "OC(=O)", "C(=O)O", "NC(=O)", "C(=O)N", "OC(=O)O", "OC(=O)N", "NC(=O)O",
    "NC(=O)N", "N(C)C(=O)", "S(=O)(=O)", "C(=O)OC(=O)", "[Si](C)(C)", "[Si](C)(C)O", "[Si](C)(c1ccccc1)O",
    "O[Si](C)(C)", "c1ccc(cc1)", "c1cccc(c1)", "c1c(C)cc(cc1)", "c1c(C)cc(c(C)c1)", "c1c(F)cc(cc1)",
    "c1c(Cl)cc(cc1)", "c1c(Br)cc(cc1)", "c1c(OC)cc(cc1)", "c1c(O)cc(cc1)", "c1c(C#N)cc(cc1)",
    "c1c([N+](=O)[O-])cc(cc1)", "c1c(C(F)(F)F)cc(cc1)", "c1c(C(=O)O)cc(cc1)", "c1c(N)cc(cc1)",
    "c1ccc2cc(ccc2c1)", "c1ccc(nc1)", "c1cnc(cn1)", "c1sc(cc1)", "c1oc(cc1)", "c1nc2cc(ccc2[nH]1)",
    "c1nc2cc(ccc2o1)", "c1nnc(o1)", "C1CCC(CC1)", "C1CCCC1", "C1CC2CC1CC2", "N1CCN(CC1)",
    "N1C(=O)c2ccc(cc2C1=O)", "N1C(=O)c2cc3c(cc2C1=O)C(=O)N(C3=O)", "N1C(=O)CC(C1=O)", "C(F)", "C(F)(F)", "C(Cl)",
    "C(Cl)(Cl)", "C(Br)", "C(C(F)(F)F)", "C(C(F)(F)F)(C(F)(F)F)", "C(C)(C(F)(F)F)", "C(O)", "C(CO)", "C(OC)",
    "C(OCC)", "C(OC(C)=O)", "C(C(=O)OC)", "C(C)(C(=O)OC)", "C(C(=O)OCC)", "C(C)(C(=O)OCCO)", "C(C(=O)O)",
    "C(C(N)=O)", "C(C(=O)NC)", "C(C(=O)N(C)C)", "C(C#N)", "C(C=O)", "C(C(C)=O)", "C(N)", "C(NC)", "C(N(C)C)",
    "C(CN(C)C)", "C(SC)", "C(S(C)(=O)=O)", "C([N+](=O)[O-])", "C(CS)", "C(c1ccccc1)", "C(c1ccc(O)cc1)",
    "C(c1ccc(C)cc1)", "C(c1ccc(F)cc1)", "C(c1ccc(Cl)cc1)", "C(c1ccncc1)", "C(c1cccs1)", "C(C1CCCCC1)",
    "C(N1CCCC1=O)", "C(n1ccnc1)", "C(C(=O)OCC(F)(F)F)", "C(C(=O)OCC(F)(F)C(F)(F)F)", "C(Oc1ccccc1)",
    "C(C(=O)Oc1ccccc1)", "C([Si](C)(C)C)", "C([Si](C)(C)O[Si](C)(C)C)", "C=C", "C=N", "N=N", "C#C", "C=NN=C",
    "OP(=O)(C)", "OP(=O)(c1ccccc1)", "OP(=O)(OC)", "N=P(C)(C)", "N=P(OCC)(OCC)", "SS",
    "c1ccc(cc1)C(c1ccccc1)(c1ccccc1)", "c1ccc2c(c1)C(C)(C)c1cc(ccc12)", "C1(c2ccccc2C(=O)O1)", "C(C(C)C)", "C(CC#N)",
)  # fmt: skip
_STEPS: Final = 700
_RESTARTS: Final = 14
_CHECKS: Final = 120  # candidates that are checked exactly
_LONGEST: Final = 9  # fragments


@dataclass(frozen=True)
class _Target:
    """What is aimed at: names of the counts, their bounds, and the counts of each fragment."""

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    fragments: tuple[tuple[str, tuple[float, ...]], ...]

    def miss(self, word: tuple[int, ...]) -> float:
        """Sum of what a chain of fragments misses, each as a share of its bound."""
        total = 0.0
        for place in range(len(self.names)):
            value = sum(self.fragments[item][1][place] for item in word)
            low, high = self.low[place], self.high[place]
            if value < low:
                total += (low - value) / max(1.0, abs(low))
            elif value > high:
                total += (value - high) / max(1.0, abs(high))
        return total


@lru_cache(maxsize=1)
def _molecules() -> tuple[tuple[str, Chem.Mol], ...]:
    """Fragments between two methylene groups, so that patterns see neighbours."""
    found = []
    for text in FRAGMENTS:
        mol = Chem.MolFromSmiles(f"*C{text}C*")
        if mol is not None:
            found.append((text, mol))
    return tuple(found)


@lru_cache(maxsize=1)
def _empty() -> Chem.Mol:
    return Chem.MolFromSmiles("*CC*")


def _measure(name: str, unit: Chem.Mol) -> float:
    if name.startswith("smarts "):
        return float(conventions.count_groups(unit, name.removeprefix("smarts ")))
    if name in conventions.DESCRIPTORS:
        return conventions.DESCRIPTORS[name](unit)
    return float(conventions.count_element(unit, name))


@lru_cache(maxsize=4096)
def _column(name: str) -> tuple[float, ...]:
    """What each fragment adds to a count."""
    base = _measure(name, _empty())
    return tuple(_measure(name, mol) - base for _, mol in _molecules())


def _target(limits: Limits) -> _Target:
    names = tuple(sorted(limits.low.keys() | limits.high.keys()))
    columns = [_column(name) for name in names]
    fragments = tuple(
        (text, tuple(column[place] for column in columns)) for place, (text, _) in enumerate(_molecules())
    )
    return _Target(
        names,
        tuple(limits.low.get(name, -inf) for name in names),
        tuple(limits.high.get(name, inf) for name in names),
        fragments,
    )


def _neighbour(word: tuple[int, ...], size: int, rng: random.Random) -> tuple[int, ...]:
    """Add, drop, replace or move one fragment."""
    kind = rng.randrange(4)
    place = rng.randrange(len(word))
    if kind == 0 and len(word) < _LONGEST:
        return (*word[:place], rng.randrange(size), *word[place:])
    if kind == 1 and len(word) > 1:
        return word[:place] + word[place + 1 :]
    if kind == 2 and len(word) > 1:
        other = rng.randrange(len(word))
        changed = list(word)
        changed[place], changed[other] = changed[other], changed[place]
        return tuple(changed)
    return (*word[:place], rng.randrange(size), *word[place + 1 :])


class _Checker:
    """Checks candidates exactly, each once."""

    def __init__(self, constraints: tuple[Constraint, ...]) -> None:
        names = sorted({name for item in constraints for name in item.smiles})
        self._constraints = constraints
        self._known = {name: Structure(*row) for name, row in zip(names, read_chunk(names), strict=True)}
        self._seen: dict[str, Candidate] = {}

    @property
    def count(self) -> int:
        """Candidates checked."""
        return len(self._seen)

    def check(self, smiles: str) -> Candidate:
        """Check a repeat unit."""
        if smiles not in self._seen:
            row = examine_chunk([(smiles, self._constraints, self._known)])[0]
            # kept as written: another cut of the same chain would count groups differently
            self._seen[smiles] = replace(Candidate(*row), smiles=smiles)
        return self._seen[smiles]

    def best(self) -> list[Candidate]:
        """Candidates that can be read, those that meet most first."""
        read = [item for item in self._seen.values() if not item.code]
        return sorted(read, key=lambda item: (sum(flag is False for flag in item.met), item.smiles))


def solve_design(question: Question, context: Context) -> Solution | None:
    """Design repeat units that meet the constraints of a question.

    Parameters
    ----------
    question : Question
        A design.
    context : Context
        Source of property values, for constraints on properties.

    Returns
    -------
    Solution or None
        Candidates, or "infeasible" with its proof; the best attempts where neither is found.
    """
    if not question.constraints:
        return None
    reason = contradiction(question.constraints)
    if reason:
        return Solution(INFEASIBLE, f"No repeat unit can do this: {reason}.")
    checker = _Checker(question.constraints)
    clean = _search(question, checker)
    context.note("search_candidates", {"constraints": len(question.constraints)}, ok=bool(clean))
    wanted = [item for item in question.constraints if item.kind == "property"]
    if wanted:
        clean = sorted(clean, key=lambda item: -_met(item, wanted, context))
    chosen = _different(clean, question) or checker.best()[: question.n_candidates]
    if not chosen:
        return None
    return Solution([item.smiles for item in chosen], "Put together from fragments and checked.")


def _search(question: Question, checker: _Checker) -> list[Candidate]:
    """Collect candidates that meet every constraint of their own."""
    enough = question.n_candidates + (4 if any(item.kind == "property" for item in question.constraints) else 0)
    topologies = any(item.kind in OVER_ALL for item in question.constraints)
    target = _target(limits_of(question.constraints))
    rng = random.Random(question.question)
    clean: dict[str, Candidate] = {}
    for entry in handbook.load():
        found = checker.check(entry.polymer.smiles)
        if found.clean:
            clean.setdefault(found.key, found)
    for _ in range(_RESTARTS * (3 if topologies else 1)):
        if len(_different(list(clean.values()), question)) >= enough or checker.count > _CHECKS + len(handbook.load()):
            break
        for smiles in _descend(target, rng):
            found = checker.check(smiles)
            if found.clean:
                clean.setdefault(found.key, found)
                break
    return list(clean.values())


def _descend(target: _Target, rng: random.Random) -> list[str]:
    """Improve one random chain until nothing is missed; return the chains that looked right."""
    size = len(target.fragments)
    word = tuple(rng.randrange(size) for _ in range(rng.randint(2, 4)))
    miss, found = target.miss(word), []
    for step in range(_STEPS):
        other = _neighbour(word, size, rng)
        now = target.miss(other)
        if now <= miss or rng.random() < 0.02 * (1 - step / _STEPS):
            word, miss = other, now
        if miss == 0:
            found.append("*" + "".join(target.fragments[item][0] for item in word) + "*")
            if len(set(found)) >= 6:
                break
    return list(dict.fromkeys(found))


def _different(clean: list[Candidate], question: Question) -> list[Candidate]:
    """Choose candidates, each with ring systems of its own as long as there are such."""
    chosen: list[Candidate] = []
    if any(item.kind == "ring_topologies" for item in question.constraints):
        for item in clean:
            if item.topology not in {other.topology for other in chosen}:
                chosen.append(item)
    chosen += [item for item in clean if item not in chosen]
    return chosen[: question.n_candidates]


def _met(candidate: Candidate, wanted: list[Constraint], context: Context) -> int:
    """How many constraints on properties a candidate meets, by prediction."""
    polymer, met = Polymer.from_smiles(candidate.smiles), 0
    for item in wanted:
        name, low, high = bounds_of(item)
        value = context.property(polymer, name)
        met += value is not None and low <= value <= high
    return met
