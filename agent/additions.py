"""Additions to a brief: what a later message changes, and whether it is one; one set of rules for servers and the chat.

By rules alone. A brief says what a polymer must be; a question names what it is about. An addition begins with a word
that
continues ("and", "without", "instead", ...) or limits no property by itself; it is read together with the brief before,
and where both limit the same thing, the later words count.
"""

from __future__ import annotations

import re

from agent.brief import parse_brief
from tools.core.errors import BriefError
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint

_CONTINUES = re.compile(
    r"^\s*(?:ok(?:ay)?[,.]?\s+|please[,]?\s+|now[,]?\s+)*(?:and|but|also|plus|additionally|moreover|furthermore|without|"
    r"with|no|not|now|instead|rather|same|only|except|make (?:it|them|that)|keep|lower|raise|relax|change|add|drop|"
    r"it (?:must|should|has)|they (?:must|should|have)|must|should|what if|how about)\b",
    re.IGNORECASE,
)
_ANEW = re.compile(
    r"^\s*(?:(?:a |an )?(?:new|another|different) (?:brief|design|polymer|material|question|task)\b[\s:,.-]*"
    r"|start (?:over|again|anew)\b[\s:,.-]*)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^\s*(?:please[,]?\s+)?(?:what|which|why|how|who|when|where|is|are|was|were|does|do|did|has|have|explain|define|"
    r"describe|compare|tell me (?:about|why|how|what)|what's)\b",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"\b(?:design|propose|suggest|find|invent|create|need|want|wanted|looking for|give me|search for|recommend)\b",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Say whether a message begins like a question.

    Parameters
    ----------
    text : str
        The message.

    Returns
    -------
    bool
        True for "what ...", "how ...", "is ...", "compare ..." and their like.
    """
    return bool(_ASKS.match(text))


def is_question(text: str) -> bool:
    """Say whether a message asks something instead of describing what is wanted.

    Parameters
    ----------
    text : str
        The message.

    Returns
    -------
    bool
        True for a question. What limits a property and names no polymer is a brief, however it is put.
    """
    from agent.ask import LONGEST, mentioned_polymers

    if len(text) > LONGEST or _WANTS.search(text):
        return False
    asked = asks(text) or text.rstrip().endswith("?")
    spec = _read(text)
    if asked and _CONTINUES.match(text) and spec is not None:
        return False
    if asked:
        return spec is None or not _limits(spec) or bool(mentioned_polymers(text))
    return spec is None or not (spec.constraints or spec.structure or spec.problems)


def begins_anew(text: str) -> bool:
    """Say whether a message says by itself that it begins anew.

    Parameters
    ----------
    text : str
        The message.

    Returns
    -------
    bool
        True for "new brief: ..." and its like.
    """
    return bool(_ANEW.match(text))


def without_opening(text: str) -> str:
    """Take away the words by which a message says that it begins anew.

    Parameters
    ----------
    text : str
        The message.

    Returns
    -------
    str
        The rest.
    """
    return _ANEW.sub("", text, count=1)


def _read(text: str) -> DesignSpec | None:
    try:
        return parse_brief(text)
    except BriefError:
        return None


def _limits(spec: DesignSpec) -> bool:
    return any(item.lower is not None or item.upper is not None for item in spec.constraints)


def is_addition(text: str) -> bool:
    """Say whether a brief continues the one before instead of standing alone.

    Parameters
    ----------
    text : str
        The message.

    Returns
    -------
    bool
        True if it begins with a word that continues, or limits no property.
    """
    if _ANEW.match(text):
        return False
    spec = _read(text)
    return bool(_CONTINUES.match(text)) or spec is None or not _limits(spec)


def brief_of(messages: list[str]) -> str:
    """Join the messages of a conversation to the brief that stands at its end.

    Parameters
    ----------
    messages : list of str
        Briefs and additions, oldest first; at least one.

    Returns
    -------
    str
        The brief.
    """
    brief = without_opening(messages[0])
    for text in messages[1:]:
        brief = joined(brief, text) if is_addition(text) else without_opening(text)
    return brief


def joined(brief: str, addition: str) -> str:
    """Join a brief and an addition; where both limit the same thing, the words of the brief are taken out.

    Parameters
    ----------
    brief : str
        The brief so far.
    addition : str
        What is added.

    Returns
    -------
    str
        One text, the addition last.
    """
    old, new = _read(brief), _read(addition)
    spans: list[tuple[int, int]] = []
    if old is not None and new is not None:
        spans += [item.span for item in old.constraints if any(_replaces(later, item) for later in new.constraints)]
        spans += [item.span for item in old.structure if any(_reverses(later, item) for later in new.structure)]
    for start, end in sorted(set(spans), reverse=True):
        brief = brief[:start] + brief[end:]
    kept = re.sub(r"^[\s,;.]+|(?<=[,;])(?:\s*[,;])+|[\s,;.]+$", "", re.sub(r"[ \t]{2,}", " ", brief))
    return f"{kept}. {addition.strip()}" if kept else addition.strip()


def _replaces(later: Constraint, earlier: Constraint) -> bool:
    """Say whether a limit takes the place of another: same property and conditions, and a bound on the same side."""
    if (later.property, later.conditions) != (earlier.property, earlier.conditions):
        return False
    aims = later.operator in {"maximise", "minimise"} or earlier.operator in {"maximise", "minimise"}
    low = later.lower is not None and earlier.lower is not None
    high = later.upper is not None and earlier.upper is not None
    return (aims and later.operator == earlier.operator) or low or high


def _reverses(later: StructuralConstraint, earlier: StructuralConstraint) -> bool:
    same = (later.kind, later.name) == (earlier.kind, earlier.name)
    return same and (later.kind == "count" or later.required != earlier.required)
