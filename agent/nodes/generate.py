"""Generating candidates: known polymers, enumeration of monomers, evolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agent.deps import Deps
from agent.state import RunState
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.evolve import Progress
from tools.design.search import Budget, SearchResult, search

# Candidates kept for the accurate models, per finalist wanted.
KEPT_PER_FINALIST = 6


@dataclass
class _Earlier:
    """The best of earlier rounds, as a source."""

    rows: tuple[dict[str, str], ...]
    name: str = "earlier round"

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield them again."""
        for row in self.rows[:limit]:
            yield Candidate(polymer=Polymer.from_smiles(row["smiles"]), source=row["source"], origin=row["origin"])


def generate(state: RunState, deps: Deps) -> RunState:
    """Search for candidates; each round starts from the best of the one before, looks further, and aims at what failed.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Settings and run folder.

    Returns
    -------
    RunState
        Artefact with the candidates, the number of rounds, and how many were screened.
    """
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    number = state.get("round", 0)
    earlier = deps.folder.load(f"candidates-{number}") if number else None
    scale = number + 1
    watch = _Watch(deps)
    result = search(
        spec,
        n=KEPT_PER_FINALIST * deps.settings.n_candidates,
        seed=deps.settings.seed + 1000 * number,
        budget=Budget(enumerated=scale * deps.settings.pool, evolved=scale * deps.settings.evaluations),
        sources=(_Earlier(tuple(earlier["candidates"])),) if earlier else (),
        progress=watch,
        should_stop=watch.late,
        aim=aimed_at(state.get("failures", []), spec),
    )
    proposed = [item.scored.candidate for item in result.finalists]
    artefact = {
        "candidates": [
            {"smiles": item.polymer.smiles, "source": item.source, "origin": item.origin} for item in proposed
        ],
        "requirements": [
            {"text": item.text, "share": item.share, "tested": item.tested} for item in result.requirements
        ],
        "conflict": _conflict(result),
        "counts": result.counts,
    }
    name = deps.folder.save(f"candidates-{number + 1}", artefact)
    total = state.get("pool", 0) + result.counts["tested"] + result.counts.get("evolution", 0)
    update: RunState = {"generated": name, "round": number + 1, "pool": total}
    if result.stopped:
        update["cut"] = [*state.get("cut", []), f"round {number + 1} of the search ended early"]
    return update


def aimed_at(failures: Sequence[str], spec: DesignSpec) -> frozenset[str]:
    """Choose the properties that the next round has to meet with a reserve.

    The quick models had seen their bounds met, or nearly so, where the accurate ones did not.

    Parameters
    ----------
    failures : sequence of str
        Properties that the finalists of the last round more likely miss, or ``"all"``.
    spec : DesignSpec
        The brief.

    Returns
    -------
    frozenset of str
        Properties with a hard constraint.
    """
    asked = frozenset(item.property for item in spec.constraints if item.hard)
    return asked if "all" in failures else asked & frozenset(failures)


def _conflict(result: SearchResult) -> dict[str, Any]:
    """What keeps every candidate from meeting the brief; empty if some meet it."""
    if result.conflict is None:
        return {}
    return {"removal": result.conflict.removal, "pairs": result.conflict.pairs, "beyond": result.conflict.beyond}


class _Watch:
    """Tells of a search as it goes, and ends it: at once if the run was stopped, after a batch if it is late."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._begun = False

    def __call__(self, step: Progress) -> None:
        self._deps.heed()
        self._begun = True
        self._deps.folder.event("progress", text=f"{step.stage}, {step.evaluated} of about {step.budget} candidates")

    def late(self) -> bool:
        """Say whether the run's seconds are used up; the first batch is tested all the same."""
        return self._begun and self._deps.late()
