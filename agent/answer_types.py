"""What kind of thing a question asks for: a year, a person, a place, money, a count, a value, or an explanation.

A sentence can only answer a question if it holds a thing of the kind that is asked for, whatever else it speaks of:
one without a year does not say when, one without a name does not say who.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from agent.quantities import stated_in
from tools.chemistry.names import mentions
from tools.core.properties import Property, mentioned_properties
from tools.core.units import compatible

# Shares of the content words of a question that an answer must hold: of an explanation, of yes or no, of a fact.
PROSE, WHETHER, FACT = 0.55, 0.75, 1.0
_COUNTED = (
    r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|"
    r"millions?)"
)
_NAME = r"[A-Z][a-z]{2,}"
_NUMBER = r"\d"
_YEAR = r"\b(?:1[5-9]|20)\d\d\b(?!\s*(?:K|°|MPa|GPa|Pa|g|kg|mol|%|cm|nm))"
_PEOPLE = r"person|people|scientists?|chemists?|authors?|inventors?|physicists?|engineers?|founders?|winners?"
_FIRMS = r"compan(?:y|ies)|firms?|manufacturers?|producers?|suppliers?|brands?|universit\w+|institut\w+|laborator\w+"
_PRINT = r"papers?|articles?|books?|patents?|journals?|theses|thesis|publications?|stud(?:y|ies)"
_MONEY = (
    r"(?<!low-)\b(?:prices?|priced|costs?|costing|expensive|salary|salaries|afford|revenues?|profits?|tax|taxes|"
    r"tariffs?|"
    r"dut(?:y|ies)|resale|invest\w*|stocks?|market (?:share|size|value)|turnover)\b"
)

# Kind, what the question says, what the answer then holds.
_KINDS: tuple[tuple[str, str, str], ...] = (
    (
        "of the moment",
        r"\b(?:yesterday|tomorrow|tonight|right now|next (?:week|month|year)|"
        r"(?:last|this) (?:night|week|month|year|experiment|run|batch|meeting)|my (?:last|latest|first) \w+)\b",
        r"(?!)",
    ),
    ("address", r"\b(?:doi|isbn|url|e-?mail|phone|telephone|zip|postcode|password|web ?site|link)\b", r"(?!)"),
    (
        "year",
        r"\b(?:what|which) (?:year|date|decade|century|month|day)\b|\bhow old\b|"
        r"\bwhen (?:was|were|did|will|has|had)\b|\bsince when\b",
        _YEAR,
    ),
    (
        "money",
        _MONEY,
        r"[€$£¥]|\b(?:USD|EUR|GBP|dollars?|euros?|pounds? sterling|yen|yuan)\b",
    ),
    (
        "person",
        rf"\b(?:who|whom|whose)\b|\b(?:which|what) (?:\w+ )?(?:{_PEOPLE}|{_FIRMS})\b|\bnames? of the (?:\w+ )?"
        rf"(?:{_PEOPLE}|{_FIRMS})\b",
        rf"\b{_NAME}(?:,| and\b| et al\b|'s?\b)|\bby {_NAME}|(?<=[a-z,;:] ){_NAME}",
    ),
    (
        "place",
        r"\bwhere\b|\b(?:which|what) (?:\w+ )?(?:countr(?:y|ies)|cit(?:y|ies)|towns?|continents?|regions?|museums?|"
        r"shops?|stores?|airlines?)\b",
        rf"\b(?:in|at|from|near) (?:the )?{_NAME}",
    ),
    ("print", rf"\b(?:which|what|whose) (?:\w+ )?(?:{_PRINT})\b", rf"{_NAME}|\[\d+\]"),
    ("count", r"\bhow many\b", rf"(?i:\b{_COUNTED}\b)"),
    (
        "amount",
        r"\bhow (?:long|tall|wide|thick|heavy|fast|loud|far|often|big|deep)\b(?! (?:chain|side|alkyl))|"
        r"\b(?:percentage|dosage|dose|shelf life|half-life|lifetime)\b",
        _NUMBER,
    ),
)
_WHETHER = re.compile(
    r"^\W*(?:is|are|was|were|can|could|do|does|did|has|have|had|should|will|would|may|might)\b", re.IGNORECASE
)
_WHY = re.compile(
    r"\b(?:why|how (?:do|does|did|is|are|can|could|should|would|to)|explain|describe|"
    r"what (?:happens|causes|decides))\b",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(?<=[?;])\s+|(?<=[a-z]\.)\s+|,?\s+and\s+(?=(?:what|who|when|where|why|how|which|whose)\b)", re.I)
_VALUE = re.compile(
    r"^\W*(?:(?:and|please|so|can you|could you)\W+)*"
    r"(?:what(?:'s| is| are| was)?|which|how (?:high|low|large|much|big)|"
    r"give(?: me)?|tell me|state|name|at what|at which)\b|^\W*\S+(?:\s+\S+){0,5}\s+of\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Demand:
    """What a question asks for.

    Attributes
    ----------
    kind : str
        Such as ``"year"``; empty for an explanation or a value.
    share : float
        Share of its content words that an answer must hold.
    shown : Pattern or None
        What an answer must hold.
    said : str
        The words that ask for it, which the answer need not hold: "which year".
    """

    kind: str = ""
    share: float = PROSE
    shown: re.Pattern[str] | None = None
    said: str = ""

    @property
    def valued(self) -> bool:
        """Whether the value of a property may be the answer."""
        return self.kind in {"", "whether"}


@lru_cache(maxsize=256)
def parts(question: str) -> tuple[str, ...]:
    """Divide what is asked at once into single questions.

    Parameters
    ----------
    question : str
        The question.

    Returns
    -------
    tuple of str
        At least one.
    """
    return tuple(part.strip() for part in _PARTS.split(question) if part and part.strip()) or (question,)


@lru_cache(maxsize=256)
def demand_of(question: str) -> Demand:
    """Say what a single question asks for.

    Parameters
    ----------
    question : str
        The question.

    Returns
    -------
    Demand
        The kind of its answer.
    """
    for kind, asked, shown in _KINDS:
        match = re.search(asked, question, re.IGNORECASE)
        if match and not (kind == "place" and mentioned_properties(question)):
            return Demand(kind, FACT, re.compile(shown), match.group())
    return Demand("whether", WHETHER) if _WHETHER.match(question) else Demand()


def asks_why(question: str) -> bool:
    """Say whether a question asks for an explanation, which may speak of polymers in general.

    Parameters
    ----------
    question : str
        The question.

    Returns
    -------
    bool
        True for "why" and "how".
    """
    return _WHY.search(question) is not None


def asks_value(question: str) -> bool:
    """Say whether a question asks for the value of a property of a polymer.

    Parameters
    ----------
    question : str
        The question.

    Returns
    -------
    bool
        False for reasons, comparisons in words, and questions that name no property or no polymer.
    """
    named = bool(mentioned_properties(question)) and (bool(mentions(question)) or "*" in question)
    return named and bool(_VALUE.search(question)) and not asks_why(question) and demand_of(question).valued


def states_value(sentence: str, properties: list[Property]) -> bool:
    """Say whether a sentence holds a number in a unit of one of some properties.

    Parameters
    ----------
    sentence : str
        The sentence.
    properties : list of Property
        The properties.

    Returns
    -------
    bool
        True if it does; for a property without a unit, any plain number will do.
    """
    stated = stated_in(sentence, tuple(name for entry in mentions(sentence) for name in entry.all_names))
    units = [item.unit or item.inherited for item in stated]
    return any(
        (not unit if prop.unit == "dimensionless" else bool(unit) and compatible(unit, prop.unit))
        for prop in properties
        for unit in units
    )
