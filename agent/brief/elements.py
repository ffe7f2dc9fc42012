"""Lists of the only elements allowed: "only C, H and O", "no elements other than C, H, N"."""

from __future__ import annotations

from agent.brief.draft import Draft
from tools.core.spec import StructuralConstraint
from tools.core.vocabulary import ELEMENTS

_PLAIN = {"carbon": "C", "hydrogen": "H", **{names[0]: symbol for symbol, names in ELEMENTS.items()}}
_SYMBOLS = frozenset({"C", "H", *ELEMENTS})
_JOIN = frozenset({",", "and", "/", "&", "-", "or"})
_OPENERS = frozenset({"only", "solely", "exclusively", "other than", "except", "except for", "besides", "beyond"})


def _symbol(draft: Draft, at: int) -> str:
    if not 0 <= at < len(draft.tokens) or at in draft.used:
        return ""
    text = draft.tokens[at].text
    return text if text in _SYMBOLS else _PLAIN.get(text.casefold(), "")


def read_allowed_elements(draft: Draft) -> None:
    """Exclude every element that a list of the only allowed ones leaves out.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; filled in place.
    """
    at = 0
    while at < len(draft.tokens):
        last, allowed = _run(draft, at)
        if len(allowed) >= 2 and "C" in allowed:
            first = _opener(draft, at)
            closed = draft.word(last + 1) in {"only", "alone", "exclusively"}
            if first is not None or closed:
                _exclude(draft, at if first is None else first, last + closed, allowed)
        at = last + 1


def _run(draft: Draft, at: int) -> tuple[int, set[str]]:
    allowed: set[str] = set()
    last = at
    while symbol := _symbol(draft, at):
        allowed.add(symbol)
        last = at
        at += 1
        while draft.word(at) in _JOIN and at < len(draft.tokens):
            at += 1
    return last, allowed


def _opener(draft: Draft, at: int) -> int | None:
    for index in range(at - 1, max(-1, at - 5), -1):
        if draft.word(index) in _OPENERS:
            return index
        if not draft.tokens[index].has("neutral", "copula", "having"):
            return None
    return None


def _exclude(draft: Draft, first: int, last: int, allowed: set[str]) -> None:
    span, text = draft.place(first, last)
    draft.use(first, last)
    draft.assume(f"{text!r} was read as: no other element than {', '.join(sorted(allowed))}.")
    draft.structure.extend(
        (first, StructuralConstraint(kind="element", name=symbol, required=False, text=text, span=span))
        for symbol in ELEMENTS
        if symbol not in allowed
    )
