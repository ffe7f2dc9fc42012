"""Alternatives: "Tg above 200 °C or Tm above 300 °C" demands neither, and is listed instead of read as both."""

from __future__ import annotations

import re

from agent.brief.draft import EITHER_OR, Draft
from tools.core.spec import Constraint, StructuralConstraint

_OR = re.compile(
    r"[\s,)]*\b(?:or|oder|ou)\b(?:\s+(?:else|a|an|the|with|of|has|have|having|contains|alternatively|its|is|be|it|to))*[\s(]*",
    re.IGNORECASE,
)


def read_alternatives(draft: Draft) -> None:
    """Take requirements joined by "or" out of the draft and list them.

    Parameters
    ----------
    draft : Draft
        The brief's sheet, with its constraints on properties and structure.
    """
    items: list[tuple[int, Constraint | StructuralConstraint]] = [*draft.constraints, *draft.structure]
    items.sort(key=lambda item: item[1].span)
    start = 0
    while start < len(items):
        stop = start
        while stop + 1 < len(items) and _either(draft, items[stop], items[stop + 1]):
            stop += 1
        if stop > start:
            _withdraw(draft, items[start : stop + 1])
        start = stop + 1


def _either(
    draft: Draft,
    one: tuple[int, Constraint | StructuralConstraint],
    other: tuple[int, Constraint | StructuralConstraint],
) -> bool:
    if isinstance(one[1], StructuralConstraint) and isinstance(other[1], StructuralConstraint):
        return False  # read with the structure, where "no F or Cl" is a list
    if draft.sentences[one[0]] != draft.sentences[other[0]] or one[1].span[1] > other[1].span[0]:
        return False
    return _OR.fullmatch(draft.folded.original[one[1].span[1] : other[1].span[0]]) is not None


def _withdraw(draft: Draft, items: list[tuple[int, Constraint | StructuralConstraint]]) -> None:
    gone = {id(item) for _, item in items}
    draft.constraints[:] = [item for item in draft.constraints if id(item[1]) not in gone]
    draft.structure[:] = [item for item in draft.structure if id(item[1]) not in gone]
    end = max(item.span[1] for _, item in items)
    last = items[-1][0]
    while last + 1 < len(draft.tokens) and draft.place(last + 1, last + 1)[0][1] <= end:
        last += 1
    draft.refuse(min(at for at, _ in items), last, EITHER_OR)
