"""Reading a follow-up by rules: its kind, and which candidates and polymers it means."""

from __future__ import annotations

import re
from typing import Final

from agent.additions import asks, begins_anew, is_addition
from agent.ask import mentioned_polymers
from agent.brief import parse_brief
from agent.followup.changing import changed_lines, leads
from agent.followup.model import Asked, Named
from agent.rejections import closest_of_class
from agent.report.model import Report
from tools.chemistry.names import mentions
from tools.core.errors import BriefError, InputError, UnknownNameError
from tools.core.properties import mentioned_properties
from tools.core.spec import DesignSpec
from tools.naming.resolve import class_id, resolve
from tools.properties.predict import available

MEMBERS: Final = 3  # known polymers of a class that are judged
LONGEST: Final = 600  # characters; what is longer is a brief of its own
_I = re.IGNORECASE
_COMPARE = re.compile(
    r"\b(?:compar\w+|versus|vs\.?|differences?|differs?|contrast|side by side|better|worse)(?![\w-])", _I
)
_EVERY = re.compile(r"\b(?:all|them|these|those|candidates|finalists|each other|the others?|the rest)\b", _I)
_SHOWS = re.compile(r"\b(?:show|give|tell|what|how|which|display|describe|explain|see|need|list|draw)\b", _I)
_ROUTE = re.compile(
    r"\b(?:routes?|synthes[ie]s|synthesi[sz]e[sd]?|retrosynthesis|monomers?|starting materials?|precursors?|recipe|"
    r"made (?:from|of)|(?:make|prepare|made|prepared|polymeri[sz]ed?))\b",
    _I,
)
_NEXT = re.compile(
    r"\b(?:next (?:steps?|experiments?|moves?|measurements?)|do next|what(?:'s| is)? (?:next|now)|which experiments?|"
    r"(?:should|would|do|could) (?:i|we|you|one) (?:make|measure|test|try|do|start|begin)\b(?!.*\d).*|"
    r"where (?:to|do|should|would) .*(?:start|begin)|first experiments?|suggest.* experiments?)",
    _I,
)
_PRICE = re.compile(
    r"\b(?:cheap\w*|inexpensive|"
    r"(?:less|most|more|least) expensive|costs?|costly|pric\w+|affordable|budget|economical)\b",
    _I,
)
_EASIER = re.compile(
    r"\b(?:eas(?:y|ier|iest)|simpl(?:e|er|est)|hard(?:er|est)|feasib\w+|accessible|synthesi[sz]ab\w+|practical|scal\w+)\b",
    _I,
)
_LIKE = re.compile(
    r"\b(?:more (?:like|of)|others? like|something like|similar|analog(?:ue)?s?|variations?|variants?|derivatives?|"
    r"relatives|related|neighbou?rs|close to|around (?:candidate|number|no)|modif\w+|tweak\w*)\b",
    _I,
)
_WHY_NOT = re.compile(
    r"\b(?:why (?:not|no|isn'?t|wasn'?t|didn'?t|don'?t|aren'?t|was|did|is)|what about|how about|"
    r"would|could|can (?:i|we|you)|"
    r"what(?:'s| is) wrong|rejected|excluded|ruled out|considered?|instead|"
    r"what if|is|use|does|try|option|alternative)\b",
    _I,
)
_HOW = re.compile(r"\s*how\b", _I)
_WHY = re.compile(r"\s*why\b", _I)
_NOT_FIRST = re.compile(r"\s*why (?:is|was|did|does)(?:n'?t)? .*(?:not|n't)\b", _I)
_OTHERS_LIKE = re.compile(r"\b(?:others?|polymers?|candidates?|materials?|ones?|more) like\b", _I)
_ROUTE_OF = re.compile(r"\s*(?:the )?(?:synthes[ie]s|routes?|monomers?|precursors?|recipe)\b", _I)
_EXPLAIN = re.compile(
    r"\b(?:why|explain|details?|more (?:about|on)|tell me|uncertain\w*|justify|reason|how sure|confident|trust)\b", _I
)
_ASKS_WHY_NOT = re.compile(
    r"^\s*(?:(?:and|but|so|ok(?:ay)?)[, ]+)?why (?:not|isn'?t|wasn'?t|no)\s+(?:use |take |try )?(.{2,120})", _I
)
_ORDINALS: Final = {
    "first": 1, "best": 1, "top": 1, "winner": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"\b(?:the |number )?({'|'.join(_ORDINALS)}|last|1st|2nd|3rd|\d{{1,2}}th)(?: (?:one|candidate|polymer))?\b", _I
)
_TOP = re.compile(r"\b(?:top|first|best) (two|three|four|five|\d)\b", _I)
_WORDS: Final = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_RANK = re.compile(
    r"(?<![\w.,*()\[\]=<>≥≤-])(?:#\s?)?(\d{1,2})(?![\d.,]*\d|\w|-|\s*(?:°|%|[kKMG]?[A-Z][a-z]?\b(?!\?)|deg|percent|g/|MPa))"
)


def understand(text: str, report: Report) -> Asked | None:
    """Read a message as a follow-up on a report.

    Parameters
    ----------
    text : str
        What the user said.
    report : Report
        The report it follows on.

    Returns
    -------
    Asked or None
        None if it is no follow-up: a new brief, or a question about something else.

    Raises
    ------
    InputError
        If it means a candidate that the report does not have, or a polymer that nobody knows.
    """
    plain = text.strip()
    if not plain or len(plain) > LONGEST or begins_anew(plain):
        return None
    polymers = tuple(Named(name=name, smiles=item.smiles) for name, item in mentioned_polymers(plain))
    bare = _without_names(plain)
    ranks = _ranks(bare, len(report.finalists))
    if _limits(plain):
        return _change(plain, report)
    kind = _by_words(plain, bare, ranks, polymers)
    if kind is not None:
        asked = Asked.model_validate({"kind": kind, "text": plain, "ranks": ranks, "polymers": polymers})
        return _complete(asked, report, bare)
    return _why_not_rest(plain, report.spec) or _change(plain, report)


def _by_words(text: str, bare: str, ranks: tuple[int, ...], polymers: tuple[Named, ...]) -> str | None:
    """Choose the kind by the words; the more special ones first."""
    things = len(ranks) + len(polymers)
    if _COMPARE.search(bare) and (things > 1 or (things and _EVERY.search(bare)) or _EVERY.search(bare)):
        return "compare"
    if _NEXT.search(bare) and not _HOW.match(bare) and (not things or ranks == (1,)):
        return "next"
    if _PRICE.search(bare) or (_EASIER.search(bare) and (_ROUTE.search(bare) or len(bare.split()) <= 8)):
        return "easier"
    if (_LIKE.search(bare) and (things or len(bare.split()) <= 6)) or (things and _OTHERS_LIKE.search(bare)):
        return "more_like"
    if _ROUTE.search(bare) and (_SHOWS.search(bare) or _ROUTE_OF.match(bare)) and not _WHY_NOT.match(bare):
        return "route"
    if polymers and (_WHY_NOT.search(bare) or len(text.split()) <= 4):
        return "why_not" if bare.casefold().lstrip().startswith("why") or not mentioned_properties(bare) else None
    if ranks and (_ASKS_WHY_NOT.match(bare) or _NOT_FIRST.match(bare) or not _WHY.match(bare)) and _WHY_NOT.match(bare):
        return "why_not"
    return "explain" if ranks and _EXPLAIN.search(bare) else None


def _complete(asked: Asked, report: Report, bare: str) -> Asked:
    """Fill in what the words leave open: all candidates, or the best one."""
    several = tuple(item.rank for item in report.finalists)
    update: dict[str, object] = {}
    if asked.kind == "compare" and len(asked.ranks) + len(asked.polymers) < 2:
        update["ranks"] = several
    if asked.kind in {"route", "more_like"} and not asked.ranks and not asked.polymers:
        update["ranks"] = several if asked.kind == "route" and _EVERY.search(bare) else several[:1]
    if asked.kind == "why_not" and _NOT_FIRST.match(bare):
        update["ranks"] = asked.ranks[:1]
    if asked.kind == "easier":
        update["price"] = bool(_PRICE.search(bare))
    return asked.model_copy(update=update)


def _without_names(text: str) -> str:
    """Take out names and structures of polymers: their digits mean no candidate."""
    text = re.sub(r"\S*\*\S*", " ", text)
    for entry in mentions(text):
        for name in sorted(entry.all_names, key=len, reverse=True):
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", " ", text, flags=_I)
    return re.sub(r"\bpoly[(\[][^?;]{2,80}[)\]]|\b(?:nylon|PA)[ -]?\d+(?:[.,]\d+)?", " ", text, flags=_I)


def _ranks(text: str, count: int) -> tuple[int, ...]:
    found: list[tuple[int, int]] = []
    for match in _TOP.finditer(text):
        word = match[1].casefold()
        upto = _WORDS.get(word) or int(word)
        found += [(match.start(), rank) for rank in range(1, min(upto, count) + 1)]
    text = _TOP.sub(lambda match: " " * len(match.group()), text)
    for match in _ORDINAL.finditer(text):
        word = match[1].casefold()
        digits = re.match(r"\d+", word)
        rank = count if word == "last" else int(digits.group()) if digits else _ORDINALS[word]
        found.append((match.start(), rank))
    found += [(match.start(), int(match[1])) for match in _RANK.finditer(text)]
    ranks = tuple(dict.fromkeys(rank for _, rank in sorted(found)))
    for rank in ranks:
        if not 1 <= rank <= count and re.search(
            rf"(?:candidate|number|no\.?|#)\s*{rank}\b|\b(?:and|with|of|to) {rank}\b|^.{{0,40}}\b{rank}\??$", text, _I
        ):
            raise InputError(f"There is no candidate {rank}; the report has {count}.", hint="Name one by its rank.")
    return tuple(rank for rank in ranks if 1 <= rank <= count)


def _limits(text: str) -> bool:
    """Say whether a message sets a number for a property."""
    try:
        spec = parse_brief(text)
    except BriefError:
        return False
    return any(item.lower is not None or item.upper is not None for item in spec.constraints if not item.assumed)


def _why_not_rest(text: str, spec: DesignSpec) -> Asked | None:
    """Read "why not X" where X is a class of polymers or a name that only rules read; raise if nobody knows it."""
    match = _ASKS_WHY_NOT.match(text)
    if match is None:
        return None
    name = re.sub(r"^(?:an?|the|any|some)\s+", "", match[1].strip().rstrip("?.! ").strip(), flags=_I)
    members = _of_class(name, spec)
    if members:
        return Asked(kind="why_not", text=text, polymers=members)
    try:
        polymer = resolve(name, systematic=False)
    except UnknownNameError as error:
        raise UnknownNameError(
            f"“{name[:80]}” is no polymer that is known here.",
            hint="Give the repeat unit as SMILES with two *, such as *CC(*)c1ccccc1.",
        ) from error
    return Asked(kind="why_not", text=text, polymers=(Named(name=name, smiles=polymer.smiles),))


def _of_class(name: str, spec: DesignSpec) -> tuple[Named, ...]:
    """Return the known polymers of a class that come closest to the brief; empty if it is no class."""
    try:
        wanted = class_id(name)
    except UnknownNameError:
        return ()
    entries = closest_of_class(spec, wanted, available(), MEMBERS)
    return tuple(Named(name=entry.name, smiles=entry.polymer.smiles) for entry in entries)


def _change(text: str, report: Report) -> Asked | None:
    if _ASKS_WHY_NOT.match(text) or (asks(text) and not leads(text)):
        return None
    lines = changed_lines(text, report.spec)
    if not lines or not _continues(text, report):
        return None
    return Asked(kind="change", text=text, lines=lines)


def _continues(text: str, report: Report) -> bool:
    """Say whether a message changes the brief at hand; one that stands alone is a new brief."""
    if is_addition(text) or re.search(r"\binstead\b", text, _I):
        return True
    try:
        spec = parse_brief(text)
    except BriefError:
        return True  # "drop 2" is read by the table's own rules
    known = {item.property for item in report.spec.constraints}
    said = {item.property for item in spec.constraints}
    whole = len(spec.constraints) + len(spec.structure)
    return said <= known and whole < max(2, len(report.spec.constraints) + len(report.spec.structure))
