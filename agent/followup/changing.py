"""From a change in plain words to lines that amend the spec: "raise the Tg to 300 °C", "allow fluorine"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.brief import parse_brief
from agent.questions import checked, read_spec
from tools.core.errors import BriefError, InputError
from tools.core.properties import get_property, property_mentions
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint

_I = re.IGNORECASE
_LEAD = re.compile(
    r"^\s*(?:(?:and|but|ok(?:ay)?|so|now|then|also|please|rather|what about|how about|"
    r"what if(?: (?:it|they) (?:had|has|have|is|are|was|were))?|"
    r"(?:could|can) (?:it|they|you)(?: be| have| make (?:it|them))?|make (?:it|them)|"
    r"same(?: (?:brief|again|thing))?|the same|again|try|do it|only change|change(?: it)? to|"
    r"i (?:want|need) (?:it|them)?(?: to be)?)[,:]?\s+)+",
    _I,
)
_TAIL = re.compile(r"[\s,;]*(?:\b(?:instead|please|then|too|as well|also|now|though|again)\b[\s,;]*)*[?!.\s]*$", _I)
_UP = re.compile(
    r"^(?:raise|increase|lift|push|tighten)\s+(?:the\s+|its\s+)?(.+?)\s+(?:up\s+)?to\s+(?:at least\s+)?(.+)$", _I
)
_DOWN = re.compile(
    r"^(?:lower|reduce|decrease|cut|bring down)\s+(?:the\s+|its\s+)?(.+?)\s+(?:down\s+)?to\s+(?:at most\s+)?(.+)$", _I
)
_MOVE = re.compile(r"^(?:relax|change|set|loosen|soften|move|adjust)\s+(?:the\s+|its\s+)?(.+?)\s+to\s+(.+)$", _I)
_DROP = re.compile(
    r"^(?:drop|remove|delete|forget(?: about)?|ignore|leave out|without|skip|never mind|give up(?: on)?|relax|no)\s+"
    r"(?:the\s+|any\s+|its\s+)?(.+?)\s*(?:requirements?|limits?|constraints?|conditions?|criteri\w+|bounds?|demands?|rule)$",
    _I,
)
_FORGET = re.compile(
    r"^(?:drop|delete|forget(?: about)?|ignore|never mind|give up(?: on)?)\s+(?:the\s+|its\s+)?(.+)$", _I
)
_ALLOW = re.compile(
    r"^(?:allow|permit|with|accept|include)\s+(.+?)(?:\s+(?:is|are)\s+(?:ok(?:ay)?|fine|allowed))?$"
    r"|^(.+?)\s+(?:is|are)\s+(?:ok(?:ay)?|fine|allowed|acceptable)(?:\s+after all)?$",
    _I,
)


def changed_lines(text: str, spec: DesignSpec) -> tuple[str, ...]:
    """Turn a change in plain words into lines of ``agent.questions.read_spec``.

    Parameters
    ----------
    text : str
        Such as "raise the Tg to 300 °C", "without fluorine", "drop the density limit".
    spec : DesignSpec
        The brief at hand.

    Returns
    -------
    tuple of str
        Lines; empty if the text changes nothing that is understood.

    Raises
    ------
    InputError
        If it drops a requirement that the brief does not have.
    """
    bare = _TAIL.sub("", _LEAD.sub("", text.strip()))
    for pattern in (_DROP, _FORGET):
        match = pattern.match(bare)
        if match is not None:
            rows = _rows(match[1], spec)
            if rows:
                return (f"drop {', '.join(map(str, rows))}",)
            if pattern is _DROP and (property_mentions(match[1]) or _features(match[1])):
                raise InputError(
                    f"No requirement of the brief is about “{match[1][:60]}”.", hint="Name one of its table."
                )
    allowed = _ALLOW.match(bare)
    if allowed is not None:
        rows = _rows(allowed[1] or allowed[2] or "", spec, excluded=True)
        if rows:
            return (f"drop {', '.join(map(str, rows))}",)
    line = _moved(bare, spec)
    return (line,) if _readable(line, spec) else ()


def leads(text: str) -> bool:
    """Say whether a message opens like a wish, even as a question: "could it be ...?", "what about ...?".

    Parameters
    ----------
    text : str
        The message.

    Returns
    -------
    bool
        True if it does.
    """
    return bool(_LEAD.match(text.strip()))


def amended(lines: Sequence[str], spec: DesignSpec) -> DesignSpec:
    """Change a spec by lines; a limit is kept where a line only says which way is better.

    Parameters
    ----------
    lines : sequence of str
        As ``changed_lines`` gives them.
    spec : DesignSpec
        The brief at hand.

    Returns
    -------
    DesignSpec
        The changed brief, its problems found anew.

    Raises
    ------
    InputError
        If a line cannot be read.
    """
    changed = read_spec("\n".join(lines), spec)
    aims = {item.property for item in changed.constraints if item not in spec.constraints and not _bounded(item)}
    kept = [item for item in spec.constraints if item.property in aims and _bounded(item)]
    if not kept:
        return changed
    constraints = (*kept, *(item for item in changed.constraints if item not in kept))
    return checked(changed.model_copy(update={"constraints": constraints}))


def _bounded(item: Constraint) -> bool:
    return item.lower is not None or item.upper is not None


def _moved(text: str, spec: DesignSpec) -> str:
    """Write "raise X to N" as a limit; "change X to N" keeps the side that X is limited on."""
    for pattern, words in ((_UP, "at least"), (_DOWN, "at most")):
        match = pattern.match(text)
        if match is not None:
            return f"{match[1]} {words} {match[2]}"
    match = _MOVE.match(text)
    if match is None:
        return text
    named = [item.id for _, _, item in property_mentions(match[1])]
    old = next((item for item in spec.constraints if item.property in named), None)
    if old is None or re.match(r"(?:above|below|at |over|under|between|[<>≥≤])", match[2], _I):
        return f"{match[1]} {match[2]}"
    words = "above" if old.lower is not None and old.upper is None else "below" if old.lower is None else "around"
    return f"{match[1]} {words} {match[2]}"


def _readable(line: str, spec: DesignSpec) -> bool:
    try:
        amended([line], spec)
    except InputError:
        return False
    return True


def _rows(words: str, spec: DesignSpec, *, excluded: bool = False) -> list[int]:
    """Find rows of the table by their number or by words; excluded: only what must not be there."""
    if re.fullmatch(r"(?:row |line |number |no\.? |#)?\d{1,2}", words.strip(), _I):
        number = int(re.sub(r"\D", "", words))
        return [number] if 1 <= number <= len(spec.constraints) + len(spec.structure) and not excluded else []
    named = {item.id for _, _, item in property_mentions(words)}
    rows = [] if excluded else [n for n, item in enumerate(spec.constraints, 1) if _about(item, words, named)]
    features = _features(words)
    start = len(spec.constraints) + 1
    return rows + [
        n
        for n, item in enumerate(spec.structure, start)
        if (item.kind, item.name) in features and (not excluded or not item.required)
    ]


def _about(item: Constraint, words: str, named: set[str]) -> bool:
    if item.property in named or get_property(item.property).name in words.casefold():
        return True
    return len(words) > 3 and words.casefold() in item.text.casefold()


def _features(words: str) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for text in (words, f"no {words}", f"is a {words}", f"made by {words}"):
        try:
            found |= {(item.kind, item.name) for item in parse_brief(text).structure}
        except BriefError:
            continue
    return found


def differences(
    old: DesignSpec, new: DesignSpec
) -> tuple[list[Constraint | StructuralConstraint], list[Constraint | StructuralConstraint]]:
    """Say what a change took away and what it added.

    Parameters
    ----------
    old, new : DesignSpec
        The brief before and after.

    Returns
    -------
    list, list
        Requirements that went, and that came.
    """
    before: list[Constraint | StructuralConstraint] = [*old.constraints, *old.structure]
    after: list[Constraint | StructuralConstraint] = [*new.constraints, *new.structure]
    was, now = [_gist(item) for item in before], [_gist(item) for item in after]
    gone = [item for item, gist in zip(before, was, strict=True) if gist not in now]
    return gone, [item for item, gist in zip(after, now, strict=True) if gist not in was]


def _gist(item: Constraint | StructuralConstraint) -> dict[str, object]:
    """Return what is asked, without the words that ask it."""
    return item.model_dump(exclude={"text", "span", "given_unit", "assumed"})
