"""The search for a brief: known polymers, enumeration, evolution, then a diverse choice with routes and feasibility.

Budgets are numbers of candidates, not seconds, so that the same seed gives the same answer on any machine; a caller
with a deadline passes ``should_stop``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from tools.core.polymer import Polymer
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.design.candidate import Candidate, CandidateSource
from tools.design.conflict import Conflict, conflict_of, words
from tools.design.diversity import POOL, diverse
from tools.design.evolve import Evolution, Progress, evolve
from tools.design.narrow import NarrowedSource
from tools.design.reach import reached
from tools.design.screen import BATCH, MET, Models, Scored, Screen, batches
from tools.design.sources import EnumerationSource, HandbookSource
from tools.design.structure import describe, violated
from tools.synthesis.feasibility import Feasibility, assess
from tools.synthesis.motifs import two_units, unstable_motifs

_ASSESSED = 48  # best candidates that are judged for feasibility
_LEAST_FEASIBLE = 0.2
_REJECTED = 8
_WITHOUT_STRUCTURE = 1500  # enumerated candidates that show what the structural constraints exclude


@dataclass(frozen=True)
class Budget:
    """How much a search may do.

    Attributes
    ----------
    enumerated : int
        Enumerated candidates to test.
    evolved : int
        Evolved candidates to score.
    """

    enumerated: int = 3000
    evolved: int = 1200

    @property
    def total(self) -> int:
        """Candidates in all, the handbook left out."""
        return self.enumerated + self.evolved


@dataclass(frozen=True)
class Finalist:
    """A candidate that is proposed.

    Attributes
    ----------
    scored : Scored
        Its chances and predictions.
    feasibility : Feasibility
        Route and judgement.
    """

    scored: Scored
    feasibility: Feasibility

    @property
    def polymer(self) -> Polymer:
        """The chain."""
        return self.scored.polymer

    @property
    def score(self) -> float:
        """Chance to meet the brief, weighted by how feasible the polymer is."""
        return float(self.scored.score * self.feasibility.score**0.5)


@dataclass(frozen=True)
class Rejected:
    """A polymer that was considered and left out.

    Attributes
    ----------
    scored : Scored
        The candidate.
    reasons : tuple of str
        The constraints that it violates, or that it more likely misses than meets.
    """

    scored: Scored
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Requirement:
    """How hard a constraint is to meet.

    Attributes
    ----------
    text : str
        The constraint.
    share : float
        Share of the candidates tested that meet it (for properties: more likely than not).
    tested : int
        Candidates tested.
    """

    text: str
    share: float
    tested: int


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    finalists : tuple of Finalist
        Diverse answers, best first.
    rejected : tuple of Rejected
        Well-known or near candidates with the constraint that they violate.
    requirements : tuple of Requirement
        The constraints, hardest first: where nothing meets all, the first ones bind.
    feasible : bool
        True if some candidate meets every hard constraint more likely than not.
    best_joint : float
        Highest chance to meet all hard constraints.
    counts : dict of str to int
        Candidates by source, and those that passed the structural filter.
    uncovered : tuple of Constraint
        Property constraints that no model covers.
    stopped : bool
        True if ``should_stop`` ended the search early.
    conflict : Conflict or None
        Why nothing meets the brief; None if something does, or if nothing could be tested.
    """

    finalists: tuple[Finalist, ...]
    rejected: tuple[Rejected, ...]
    requirements: tuple[Requirement, ...]
    feasible: bool
    best_joint: float
    counts: dict[str, int] = field(default_factory=dict)
    uncovered: tuple[Constraint, ...] = ()
    stopped: bool = False
    conflict: Conflict | None = None


class _Tally:
    """Counts who meets what."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.counts: dict[str, int] = {"tested": 0, "structure": 0}
        self._structure = [0] * len(screen.structure)
        self._structure_tested = 0
        self._chances = [0] * len(screen.hard)
        self._chances_tested = 0

    def structure(self, candidates: Sequence[Candidate], *, every: bool) -> list[Candidate]:
        """Filter by structure; with ``every`` each constraint is counted by itself."""
        kept = []
        for candidate in candidates:
            self.counts["tested"] += 1
            self.counts[candidate.source] = self.counts.get(candidate.source, 0) + 1
            if every:
                self._structure_tested += 1
                missed = violated(candidate.polymer, self._screen.structure, candidate.polymerisations)
                for i, constraint in enumerate(self._screen.structure):
                    self._structure[i] += constraint not in missed
                passed = not missed
            else:
                passed = self._screen.admits(candidate)
            if passed:
                kept.append(candidate)
        self.counts["structure"] += len(kept)
        return kept

    def chances(self, scored: Iterable[Scored]) -> None:
        """Count the property constraints that are met."""
        for item in scored:
            self._chances_tested += 1
            for i, chance in enumerate(item.chances):
                self._chances[i] += chance >= MET

    def requirements(self) -> tuple[Requirement, ...]:
        """Return the constraints, hardest first."""
        rows = [
            Requirement(c.text or describe(c), n / max(1, self._structure_tested), self._structure_tested)
            for c, n in zip(self._screen.structure, self._structure, strict=True)
        ]
        rows += [
            Requirement(words(c), n / max(1, self._chances_tested), self._chances_tested)
            for c, n in zip(self._screen.hard, self._chances, strict=True)
        ]
        return tuple(sorted(rows, key=lambda row: (row.share, row.text)))


def search(
    spec: DesignSpec,
    *,
    n: int = 10,
    seed: int = 0,
    budget: Budget | None = None,
    sources: Sequence[CandidateSource] = (),
    models: Models | None = None,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    exclude: Collection[str] = (),
    aim: Collection[str] = (),
) -> SearchResult:
    """Search polymers for a brief.

    Parameters
    ----------
    spec : DesignSpec
        The brief.
    n : int
        How many answers.
    seed : int
        Seed of all choices; the same seed gives the same answers.
    budget : Budget, optional
        How many candidates to test.
    sources : sequence of CandidateSource
        Further sources, such as a user's list; all their candidates are tested.
    models : Models, optional
        Property models; the fast tier of those shipped when left out.
    progress : callable, optional
        Told after every batch.
    should_stop : callable
        Asked between batches; what was found so far is ranked when it says True.
    exclude : collection of str
        Keys of polymers that are neither proposed nor started from.
    aim : collection of str
        Properties whose bounds are to be met with a reserve, as ``Screen`` says.

    Returns
    -------
    SearchResult
        Finalists, rejected alternatives and the constraints that bind.
    """
    run = _Run(Screen(spec, models, exclude, aim), seed, budget or Budget(), progress, should_stop)
    run.start(sources)
    run.evolve()
    return run.result(n)


class _Run:
    """One search."""

    def __init__(
        self,
        screen: Screen,
        seed: int,
        budget: Budget,
        progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool],
    ) -> None:
        self._spec, self._seed, self._budget = screen.spec, seed, budget
        self._screen = screen
        self._tally = _Tally(self._screen)
        self._progress, self._should_stop = progress, should_stop
        self._stopped = False
        self._scored: dict[str, Scored] = {}
        self._refused: list[Candidate] = []

    def start(self, sources: Sequence[CandidateSource]) -> None:
        """Test the handbook, the given sources and the enumeration."""
        everything = 10_000_000
        lists = chain.from_iterable(
            s.candidates(self._spec, everything, self._seed) for s in (HandbookSource(), *sources)
        )
        self._test(lists, every=True)
        most = self._budget.enumerated
        blind = most // 3 if self._screen.structure else most  # also shows what share meets each structural constraint
        self._test(EnumerationSource().candidates(self._spec, blind, self._seed), every=False)
        if most > blind:
            aimed = NarrowedSource().candidates(self._spec, most - blind, self._seed)
            self._test(aimed, every=False)

    def _test(self, candidates: Iterable[Candidate], *, every: bool) -> None:
        for batch in batches(candidates, BATCH):
            if self._stop():
                return
            wanted = (c for c in batch if not self._screen.excludes(c.polymer))
            fresh = [c for c in wanted if c.polymer.key not in self._scored]
            kept = self._tally.structure(fresh, every=every)
            if every:
                passed = {c.polymer.key for c in kept}
                self._refused.extend(c for c in fresh if c.polymer.key not in passed)
            scored = self._screen.score(kept)
            self._tally.chances(scored)
            self._scored.update((s.polymer.key, s) for s in scored)
            self._tell(batch[0].source)

    def _stop(self) -> bool:
        self._stopped = self._stopped or self._should_stop()
        return self._stopped

    def _tell(self, stage: str) -> None:
        if self._progress is not None:
            best = max((s.score for s in self._scored.values()), default=0.0)
            self._progress(Progress(stage, self._tally.counts["tested"], self._budget.total, best))

    def evolve(self) -> None:
        """Evolve from what was scored."""
        if self._stopped or not self._scored or self._budget.evolved <= 0:
            return
        evolution = Evolution(self._screen, self._seed, list(self._scored.values()))
        born = evolve(evolution, self._budget.evolved, progress=self._progress, should_stop=self._stop)
        self._tally.counts["evolution"] = len(born)
        self._tally.chances(born)
        self._scored.update((s.polymer.key, s) for s in born)

    def result(self, n: int) -> SearchResult:
        """Rank, judge and choose."""
        ranked = sorted(self._scored.values(), key=lambda s: (*s.rank, s.polymer.key))
        finalists = self._finalists(ranked, n)
        best = max((s.joint for s in ranked), default=0.0)
        feasible = any(s.failing == 0 for s in ranked)
        return SearchResult(
            finalists=finalists,
            rejected=self._rejected({f.polymer.key for f in finalists}),
            requirements=self._tally.requirements(),
            feasible=feasible,
            best_joint=best,
            counts=dict(self._tally.counts),
            uncovered=self._screen.uncovered,
            stopped=self._stopped,
            conflict=None if feasible else self._conflict(ranked),
        )

    def _conflict(self, ranked: Sequence[Scored]) -> Conflict | None:
        """Explain why nothing was found; polymers that the structure excludes are asked as well."""
        others: list[Candidate] = []
        if self._screen.structure and not self._stopped:
            free = self._spec.model_copy(update={"structure": ()})
            stream = EnumerationSource().candidates(free, _WITHOUT_STRUCTURE, self._seed)
            seen = set(self._scored)
            others = [c for c in (*self._refused, *stream) if c.polymer.key not in seen]
        missed = [tuple(c.text or describe(c) for c in self._unmet(other)) for other in others]
        scored = [*ranked, *(item for batch in batches(others) for item in self._screen.score(batch))]
        missed = [*(() for _ in ranked), *missed]
        found = conflict_of(self._screen, scored, missed)
        if found is None or not found.beyond or len(self._screen.hard) < 2 or self._stopped:
            return found
        alone = [c for c in self._screen.hard if words(c) in found.beyond]
        tries = (reached(self._screen, c, ranked, self._budget.evolved // 2, self._seed) for c in alone)
        asked = {c.polymer.key: c for c in chain.from_iterable(tries) if c.polymer.key not in self._scored}
        more = [item for batch in batches(asked.values()) for item in self._screen.score(batch)]
        self._tally.counts["asked alone"] = len(more)
        return conflict_of(self._screen, [*scored, *more], [*missed, *(() for _ in more)])

    def _unmet(self, candidate: Candidate) -> list[StructuralConstraint]:
        return violated(candidate.polymer, self._screen.structure, candidate.polymerisations)

    def _finalists(self, ranked: Sequence[Scored], n: int) -> tuple[Finalist, ...]:
        stable = (s for s in ranked if not unstable_motifs(two_units(s.polymer)))
        shortlist = diverse(list(islice(stable, POOL)), max(2 * n, min(_ASSESSED, 4 * n)))
        judged = [Finalist(s, assess(s.polymer)) for s in shortlist]
        able = [f for f in judged if f.feasibility.score >= _LEAST_FEASIBLE] or judged
        able.sort(key=lambda f: (f.scored.rank[1], -f.score, f.polymer.key))
        chosen = {s.polymer.key for s in diverse([f.scored for f in able], n)}
        return tuple(f for f in able if f.polymer.key in chosen)

    def _rejected(self, chosen: set[str]) -> tuple[Rejected, ...]:
        """Known polymers first: the ones that come nearest, and those that the structure excludes."""
        near = sorted(
            (
                s
                for key, s in self._scored.items()
                if key not in chosen and s.failing and s.candidate.source != "evolution"
            ),
            key=lambda s: (s.candidate.source != "handbook", *s.rank, s.polymer.key),
        )
        rows = [
            Rejected(s, tuple(words(c) for c, p in zip(self._screen.hard, s.chances, strict=True) if p < MET))
            for s in near[:_REJECTED]
        ]
        by_structure = [
            Rejected(Scored(c, unmet=self._screen.unmet(c)), self._screen.unmet(c)) for c in self._refused[:_REJECTED]
        ]
        return tuple(rows + by_structure)
