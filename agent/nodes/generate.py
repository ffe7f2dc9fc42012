"""Generating candidates: known polymers, enumeration of monomers, evolution, and what the model proposes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agent.deps import Deps
from agent.llm.model import LanguageModel
from agent.quantities import given_numbers
from agent.report.model import ModelTask
from agent.state import RunState
from agent.thinking.attempt import attempt, note
from agent.thinking.proposing import MOST, ROUNDS, SOURCE, ModelSource, parents_of
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.evolve import Progress
from tools.design.screen import Screen
from tools.design.search import Budget, SearchResult, search

# Candidates kept for the accurate models, per finalist wanted.
KEPT_PER_FINALIST = 6


@dataclass
class _Earlier:
    """The best of earlier rounds, as a source."""

    rows: tuple[dict[str, Any], ...]
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
        sources=(_Earlier(_by_rules(earlier["candidates"])),) if earlier else (),
        progress=watch,
        should_stop=watch.late,
        aim=aimed_at(state.get("failures", []), spec),
    )
    rows = [_row(item.scored.candidate) for item in result.finalists]
    before = [row for row in earlier["candidates"] if row["source"] == SOURCE] if earlier else []
    own = _by_model(deps, spec, result, [*rows, *before], number)
    artefact = {
        "candidates": [*rows, *before, *own],
        "requirements": [
            {"text": item.text, "share": item.share, "tested": item.tested} for item in result.requirements
        ],
        "conflict": _conflict(result),
        "counts": result.counts,
    }
    name = deps.folder.save(f"candidates-{number + 1}", artefact)
    total = state.get("pool", 0) + result.counts["tested"] + result.counts.get("evolution", 0) + len(own)
    update: RunState = {"generated": name, "round": number + 1, "pool": total}
    if result.stopped:
        update["cut"] = [*state.get("cut", []), f"round {number + 1} of the search ended early"]
    return update


def _row(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate as it is kept; one of the model with its parents and the reason."""
    row: dict[str, Any] = {
        "smiles": candidate.polymer.smiles,
        "source": candidate.source,
        "origin": candidate.origin,
    }
    if candidate.source == SOURCE:
        row |= {"parents": list(candidate.parents), "reason": candidate.reason}
    return row


def _by_rules(rows: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Leave out what the model proposed: the rules search as they would without it, so that it can only add."""
    return tuple(row for row in rows if row["source"] != SOURCE)


def _by_model(
    deps: Deps, spec: DesignSpec, result: SearchResult, rows: Sequence[dict[str, Any]], number: int
) -> list[dict[str, Any]]:
    """Let the model propose candidates beside those of the search."""
    task = "proposing candidates" + (f", round {number + 1}" if number else "")
    seen = {Polymer.from_smiles(row["smiles"]).key for row in rows}
    screen = Screen(spec)
    made: list[ModelSource] = []

    def propose(model: LanguageModel) -> list[Candidate]:
        def tell(text: str, unit: str, reason: str) -> None:
            deps.folder.event("proposal", text=text, unit=unit, refused=reason)

        parents = parents_of(result, rows, screen)
        made.append(ModelSource(model, screen, parents, seen, given_numbers(spec), tell))
        deps.folder.event("progress", text="asking the model for candidates")
        return list(made[0].candidates(spec, ROUNDS * MOST, deps.settings.seed))

    found = attempt(deps, task, propose)
    if found is None:
        return []
    note(deps, ModelTask(task=task, helped=bool(found), detail=made[0].outcome.in_words()))
    return [_row(candidate) for candidate in found]


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
        planned = f" of about {step.budget}" if step.evaluated < step.budget else ""  # known polymers come on top
        self._deps.folder.event("progress", text=f"{step.stage}, {step.evaluated}{planned} candidates")

    def late(self) -> bool:
        """Say whether the run's seconds are used up; the first batch is tested all the same."""
        return self._begun and self._deps.late()
