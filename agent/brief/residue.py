"""What is left: contexts are listed, everything else that is not a function word is shown as not understood."""

from __future__ import annotations

from agent.brief.draft import Draft
from agent.brief.lexer import Token
from agent.brief.words import word_set

_SEARCHING = word_set("searching")
_EDGE = frozenset({",", ";", ".", "(", ")", ":", "!", "?", "[", "]", "|", "…"})
_SILENT = (
    "copula", "neutral", "hard", "soft", "should", "method", "respectively", "up", "down", "good", "cmp", "post", "not",
    "lacking", "having", "route_cue", "condition_noun", "candidate", "maximise", "minimise", "free_after", "with_after",
    "allowed_after", "needed_after", "banned_after", "novelty", "not_new", "additive", "middling", "bad", "weak",
    "maybe_route", "elsym", "count", "context",
)  # fmt: skip


def read_residue(draft: Draft) -> None:
    """List every stretch of the brief that no rule has read.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; filled in place.
    """
    _contexts(draft)
    at = 0
    while at < len(draft.tokens):
        if not _open(draft, at):
            at += 1
            continue
        last = at
        probe = at + 1
        while probe < len(draft.tokens) and draft.sentences[probe] == draft.sentences[at] and probe not in draft.used:
            if draft.tokens[probe].text in _EDGE or draft.tokens[probe].kind == "line":
                break
            if _open(draft, probe):
                last = probe
            elif probe - last > 2:
                break
            probe += 1
        draft.refuse(at, last, "not recognised as a property, a structure or a condition", final=False)
        at = last + 1


def _open(draft: Draft, at: int) -> bool:
    token = draft.tokens[at]
    return at not in draft.used and content(token)


def content(token: Token) -> bool:
    """Say whether a token is a word that asks for something as far as it is known, and no function word."""
    if token.kind != "word" or len(token.text) < 2:
        return False
    return not token.has(*_SILENT)


def _contexts(draft: Draft) -> None:
    """Read "for a gas separation membrane", "to replace nylon 6,6": what it is for, not what it must be."""
    for at, token in enumerate(draft.tokens):
        if not token.has("context") or at in draft.used:
            continue
        if draft.word(at) == "for" and draft.word(at - 1) in _SEARCHING:
            continue
        last = at
        probe = at + 1
        while probe < min(len(draft.tokens), at + 20) and draft.sentences[probe] == draft.sentences[at]:
            item = draft.tokens[probe]
            if probe in draft.used and not item.has("wish"):
                break
            if probe in draft.used:
                last, probe = probe, probe + 1
                continue
            if (
                item.text in _EDGE
                or item.kind == "num"
                or item.text.casefold() in {"with", "that", "which", "whose", "having"}
            ):
                break
            if item.has("hard", "should", "prop", "refuse"):
                break
            if content(item):
                last = probe
            probe += 1
        if last > at:
            text = draft.place(at, last)[1]
            draft.use(at, last)
            draft.assume(f"Context, not a constraint: {text!r}.")
