"""What the last message of a conversation is: a question, a new brief, or an addition to the brief before it.

By rules alone, and told in the answer. A brief says what a polymer must be; a question names what it is about. An
addition begins with a word that continues ("and", "without", "instead", ...) or limits no property by itself; it is
read together with the brief before, and where both limit the same thing, the later words count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agent.brief import parse_brief
from tools.core.errors import BriefError, InputError
from tools.core.shown import markdown as md
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint

Mode = Literal["design", "ask"]

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


@dataclass(frozen=True)
class Understood:
    """What is to be answered.

    Attributes
    ----------
    mode : {"design", "ask"}
        As a brief or as a question.
    text : str
        The brief, with what it continues; or the question.
    notes : tuple of str
        What was decided, as Markdown, to be told first.
    """

    mode: Mode
    text: str
    notes: tuple[str, ...] = ()


def understood(messages: list[str], mode: str = "auto") -> Understood:
    """Read a conversation.

    Parameters
    ----------
    messages : list of str
        What the user said, oldest first.
    mode : {"auto", "design", "ask"}
        Whether the last message is a brief, a question, or whichever it looks like.

    Returns
    -------
    Understood
        What is to be answered.

    Raises
    ------
    InputError
        If there is no text, or a mode that is not known.
    """
    if mode not in {"auto", "design", "ask"}:
        raise InputError(f"{mode!r} is no mode.", hint="Choose auto, design or ask.")
    if not messages or not messages[-1].strip():
        raise InputError("The last message of the user is empty.", hint="Write a brief or a question.")
    last = messages[-1]
    if mode == "ask" or (mode == "auto" and is_question(last)):
        notes = ("Read as a question; for a design use the model polysmith-design.",) if mode == "auto" else ()
        return Understood("ask", _ANEW.sub("", last, count=1) or last, notes)
    earlier = [text for text in messages[:-1] if text.strip() and (mode == "design" or not is_question(text))]
    brief, continued = _ANEW.sub("", last, count=1) or last, False
    if earlier and _is_addition(last):
        brief, continued = joined(_brief_of(earlier), last), True
    notes = (f"Read as one brief with what you said before: “{md(brief)}”. To begin anew write “new brief: …”.",)
    return Understood("design", brief, notes if continued else ())


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
    asks = bool(_ASKS.match(text)) or text.rstrip().endswith("?")
    spec = _read(text)
    if asks and _CONTINUES.match(text) and spec is not None:
        return False
    if asks:
        return spec is None or not _limits(spec) or bool(mentioned_polymers(text))
    return spec is None or not (spec.constraints or spec.structure or spec.problems)


def _read(text: str) -> DesignSpec | None:
    try:
        return parse_brief(text)
    except BriefError:
        return None


def _limits(spec: DesignSpec) -> bool:
    return any(item.lower is not None or item.upper is not None for item in spec.constraints)


def _is_addition(text: str) -> bool:
    if _ANEW.match(text):
        return False
    spec = _read(text)
    return bool(_CONTINUES.match(text)) or spec is None or not _limits(spec)


def _brief_of(messages: list[str]) -> str:
    brief = _ANEW.sub("", messages[0], count=1)
    for text in messages[1:]:
        brief = joined(brief, text) if _is_addition(text) else _ANEW.sub("", text, count=1)
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
