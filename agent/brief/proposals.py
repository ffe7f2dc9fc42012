"""What a second reader of a brief may propose: flat, with the words of the brief for everything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from agent.brief.lexicon import key_of
from tools.core.spec import Operator, StructureKind
from tools.core.vocabulary import CLASSES, COUNTS, ELEMENT_SETS, ELEMENTS, GROUPS, POLYMERISATIONS

LONGEST_QUOTE = 400  # characters
ProposedKind = Literal["element", "group", "class", "polymerisation", "count", "novelty"]


@dataclass(frozen=True)
class ProposedTarget:
    """A requirement on a property, as someone else reads it.

    Attributes
    ----------
    quote : str
        The words of the brief.
    property : str
        Property of the registry.
    operator : str
        As in ``Constraint``.
    number, second : str
        The number as written; for "between" the lower and the upper one.
    unit : str
        The unit as written.
    must : bool
        False for a wish.
    """

    quote: str
    property: str
    operator: Operator
    number: str = ""
    second: str = ""
    unit: str = ""
    must: bool = True


@dataclass(frozen=True)
class ProposedStructure:
    """A requirement on structure or making, as someone else reads it.

    Attributes
    ----------
    quote : str
        The words of the brief.
    kind, name : str
        From the vocabulary.
    required : bool
        False if it must not be there.
    low, high : str
        Numbers as written, for "count".
    must : bool
        False for a wish.
    """

    quote: str
    kind: ProposedKind
    name: str
    required: bool = True
    low: str = ""
    high: str = ""
    must: bool = True


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, dict[str, tuple[str, ...]]]:
    kinds = {
        "element": ELEMENTS, "group": GROUPS, "class": CLASSES, "polymerisation": POLYMERISATIONS, "count": COUNTS,
    }  # fmt: skip
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for kind, entries in kinds.items():
        names = found.setdefault(kind, {})
        for identifier, aliases in entries.items():
            for name in (identifier, *aliases):
                names.setdefault(_key(name), (identifier,))
    found["element"].update({_key(name): symbols for name, symbols in ELEMENT_SETS.items()})
    found["novelty"] = {_key(name): ("unknown",) for name in ("unknown", "new", "novel", "novelty")}
    return found


def _key(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ").split()
    return " ".join(key_of(word) for word in words)


def meanings(kind: ProposedKind, name: str) -> list[tuple[StructureKind, str]]:
    """Look up what a name of the vocabulary stands for.

    Parameters
    ----------
    kind : str
        Kind of requirement.
    name : str
        Id or usual name.

    Returns
    -------
    list of (str, str)
        Kind and id; several for "halogen", none for a name that is not known.
    """
    return [(kind, identifier) for identifier in _vocabulary()[kind].get(_key(name), ())]


def pattern_of(text: str) -> re.Pattern[str] | None:
    """Return the pattern of a quote: its words in order, white space of any kind between them.

    Parameters
    ----------
    text : str
        The quote as proposed.

    Returns
    -------
    re.Pattern or None
        None if it holds no word.
    """
    words = text.strip(" \t\r\n\"'“”„«»`").split()
    return re.compile(r"\s+".join(map(re.escape, words))) if words else None
