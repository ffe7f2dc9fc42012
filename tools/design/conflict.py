"""Why nothing meets a brief: which constraints to give up, which exclude each other, and how close one comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from tools.core.spec import Constraint
from tools.design.screen import Scored, Screen
from tools.design.structure import describe

_SHOWN = 3


@dataclass(frozen=True)
class Closest:
    """How close candidates come to one constraint.

    Attributes
    ----------
    text : str
        The constraint.
    value : float or None
        The prediction nearest to its bounds among the candidates that miss nothing else; None if there is no such
        candidate.
    unit : str
        Unit of ``value``.
    alone : float
        The nearest prediction among all candidates.
    by : float
        By how many standard deviations of the prediction ``alone`` misses; 0 if some candidate meets it.
    """

    text: str
    value: float | None
    unit: str
    alone: float
    by: float


@dataclass(frozen=True)
class Conflict:
    """Why no candidate meets all hard constraints.

    Attributes
    ----------
    removal : tuple of str
        The smallest set of constraints without which some tested candidate meets all others.
    alternatives : tuple of tuple of str
        Other sets of that size.
    pairs : tuple of tuple of str
        Pairs of constraints, each met by some candidate, that none meets together.
    beyond : tuple of str
        Constraints that no candidate meets, whatever the others are.
    closest : tuple of Closest
        For every hard property constraint.
    text : str
        The same in words.
    """

    removal: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...]
    pairs: tuple[tuple[str, str], ...]
    beyond: tuple[str, ...]
    closest: tuple[Closest, ...]
    text: str


def words(constraint: Constraint) -> str:
    """Say a property constraint in words.

    Parameters
    ----------
    constraint : Constraint
        The constraint.

    Returns
    -------
    str
        The words of the brief, or the bounds in the canonical unit.
    """
    if constraint.text:
        return constraint.text
    low = "" if constraint.lower is None else f" ≥ {constraint.lower:g}"
    high = "" if constraint.upper is None else f" ≤ {constraint.upper:g}"
    return f"{constraint.property}{low}{high} {constraint.unit}".strip()


def conflict_of(screen: Screen, scored: Sequence[Scored], missed: Sequence[tuple[str, ...]]) -> Conflict | None:
    """Explain why nothing meets a brief.

    Parameters
    ----------
    screen : Screen
        The constraints.
    scored : sequence of Scored
        Candidates with predictions.
    missed : sequence of tuple of str
        For each of them the structural constraints that it violates, in words; empty where it meets the structure.

    Returns
    -------
    Conflict or None
        None if some candidate meets everything, or if there are no candidates.
    """
    texts = [words(constraint) for constraint in screen.hard]
    rows = [
        (item, frozenset(unmet) | {text for text, by in zip(texts, item.distances, strict=True) if by > 0})
        for item, unmet in zip(scored, missed, strict=True)
    ]
    if not rows or any(not lost for _, lost in rows):
        return None
    names = [*texts, *dict.fromkeys(c.text or describe(c) for c in screen.structure)]
    sets = _smallest(rows)
    missing = Counter(text for _, lost in rows for text in lost)
    beyond = tuple(name for name in names if missing[name] == len(rows))
    pairs = tuple(
        (one, other)
        for one, other in combinations([name for name in names if name not in beyond], 2)
        if all(one in lost or other in lost for _, lost in rows)
    )
    closest = tuple(_closest(screen, place, text, rows) for place, text in enumerate(texts))
    return Conflict(sets[0], sets[1:], pairs, beyond, closest, _text(sets, pairs, beyond, closest, len(rows)))


def _smallest(rows: Sequence[tuple[Scored, frozenset[str]]]) -> tuple[tuple[str, ...], ...]:
    """Sets of missed constraints of the least size; first the one that the nearest candidate misses."""
    size = min(len(lost) for _, lost in rows)
    nearest: dict[tuple[str, ...], tuple[float, ...]] = {}
    for item, lost in rows:
        if len(lost) == size:
            key = tuple(sorted(lost))
            nearest[key] = min(nearest.get(key, (float("inf"),)), (item.violation,))
    return tuple(sorted(nearest, key=lambda key: (nearest[key], key))[:_SHOWN])


def _closest(screen: Screen, place: int, text: str, rows: Sequence[tuple[Scored, frozenset[str]]]) -> Closest:
    constraint = screen.hard[place]

    def miss(item: Scored) -> float:
        return item.distances[place]

    alone = min((item for item, _ in rows), key=miss)
    others = [item for item, lost in rows if lost == {text}]
    held = min(others, key=miss) if others else None
    value = None if held is None else dict(held.predictions)[constraint.property]
    return Closest(text, value, constraint.unit, dict(alone.predictions)[constraint.property], miss(alone))


def _text(
    sets: Sequence[tuple[str, ...]],
    pairs: Sequence[tuple[str, str]],
    beyond: Sequence[str],
    closest: Sequence[Closest],
    tested: int,
) -> str:
    parts = [f"None of {tested} candidates is predicted to meet everything."]
    by_text = {item.text: item for item in closest}
    for name in beyond[:_SHOWN]:
        near = by_text.get(name)
        reach = f"; the nearest prediction is {near.alone:.4g} {near.unit}".rstrip() if near else ""
        parts.append(f"Nothing meets “{name}”, whatever the other requirements{reach}.")
    for one, other in pairs[:_SHOWN]:
        parts.append(f"Nothing meets both “{one}” and “{other}”.")
    give = " or ".join(" and ".join(f"“{name}”" for name in names) for names in sets)
    parts.append(f"Without {give}, some candidates are predicted to meet the rest.")
    for name in dict.fromkeys(name for names in sets for name in names if len(names) == 1):
        near = by_text.get(name)
        if near is not None and near.value is not None:
            parts.append(
                f"While all the others hold, the nearest to “{name}” is {near.value:.4g} {near.unit}".rstrip() + "."
            )
    return " ".join(parts)
