"""Whether one property constraint can be met at all: a search for it without the other properties."""

from __future__ import annotations

from collections.abc import Sequence

from tools.core.spec import Constraint
from tools.design.candidate import Candidate
from tools.design.evolve import Evolution
from tools.design.screen import Scored, Screen

_PARENTS = 160  # candidates that the search begins with, and that it hands back


def reached(
    screen: Screen, constraint: Constraint, scored: Sequence[Scored], evaluations: int, seed: int
) -> list[Candidate]:
    """Search for one constraint alone, so that a constraint is called out of reach only after an attempt.

    Parameters
    ----------
    screen : Screen
        Of the whole brief; its structural constraints stay.
    constraint : Constraint
        One of ``screen.hard``.
    scored : sequence of Scored
        Candidates of ``screen`` to start from.
    evaluations : int
        Children to score at most; the search ends when one of them meets the constraint.
    seed : int
        Seed of all choices.

    Returns
    -------
    list of Candidate
        At most 160, the nearest first.
    """
    place = screen.hard.index(constraint)
    nearest = sorted(scored, key=lambda item: (item.distances[place], item.polymer.key))[:_PARENTS]
    alone = Screen(screen.spec.model_copy(update={"constraints": (constraint,)}), screen.models, screen.excluded)
    evolution = Evolution(alone, seed, alone.score([item.candidate for item in nearest]))
    found: list[Scored] = []
    while evolution.evaluated < evaluations and not any(item.failing == 0 for item in found):
        born = evolution.step()
        if not born:
            break
        found.extend(born)
    return [item.candidate for item in sorted(found, key=lambda item: (*item.rank, item.polymer.key))[:_PARENTS]]
