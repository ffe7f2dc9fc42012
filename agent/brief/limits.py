"""Limits named after their number: "90 lb/ft3 is the ceiling for density", "300 °F the floor for the melting point"."""

from __future__ import annotations

from agent.brief.lexer import Token
from agent.brief.words import word_set

_BEING = frozenset({"is", "as", "being", "was", "be", "would", "shall", "must", "should", "will", "=", "-", "to"})
_ARTICLES = frozenset({"the", "a", "an", "our", "my", "absolute", "very", "strict", "hard", "firm", "its"})
_PREPOSITIONS = frozenset({"for", "on", "of", "to", "in"})
_LINKED = _PREPOSITIONS | {"we", "i", "they", "that", "you", ".", ",", ";", "", ")"}
_ACCEPTING = frozenset(
    {"we", "i", "they", "you", "that", "can", "could", "will", "would", "accept", "allow", "tolerate", "take", "live",
     "with", "live with", "we accept", "stand", "bear", "want", "acceptable", "allowed", "permitted"}
)  # fmt: skip
_FLOORS = word_set("floors")
_ROOFS = word_set("roofs")


def limit_after(tokens: list[Token], index: int) -> tuple[str, int]:
    """Read the limit that a number is said to be.

    Parameters
    ----------
    tokens : list of Token
        The brief.
    index : int
        The number.

    Returns
    -------
    tuple of (str, int)
        ">=", "<=" or "", and the last token read.
    """
    at, being = index + 1, False
    while _word(tokens, at) in _BEING | _ARTICLES:
        being = being or _word(tokens, at) in _BEING
        at += 1
    operator, link = _limit(_word(tokens, at))
    if not operator and _word(tokens, at) in {"lower", "upper", "minimum", "maximum", "smallest", "largest"}:
        at += 1
        operator, link = _limit(f"{_word(tokens, at - 1)} {_word(tokens, at)}")
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if not operator or at == index + 1 or (following is not None and following.kind == "num"):
        return "", index
    link = link or _word(tokens, at + 1) in _PREPOSITIONS
    named = following is not None and following.has("prop", "weak", "count", "generic")
    if not (link or (being and (named or _word(tokens, at + 1) in _LINKED | _ACCEPTING))):
        return "", index
    end = at
    while _word(tokens, end + 1) in _ACCEPTING:
        end += 1
    end += _word(tokens, end + 1) in _PREPOSITIONS
    return operator, end if tokens[end].text.casefold() in _PREPOSITIONS else at


def _word(tokens: list[Token], at: int) -> str:
    return tokens[at].text.casefold() if at < len(tokens) else ""


def _limit(text: str) -> tuple[str, bool]:
    """Say which limit a phrase names, and whether a preposition belongs to it."""
    head, _, tail = text.rpartition(" ")
    linked = tail in _PREPOSITIONS and bool(head)
    noun = head if linked else text
    return (">=" if noun in _FLOORS else "<=" if noun in _ROOFS else ""), linked
