"""What a model says in its own words: made harmless to show, and without numbers that nothing backs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from agent.hygiene import judge
from agent.quantities import Known, backed, masked, stated_in, unreadable
from tools.core.properties import all_properties

LONGEST = 240
_LINK = re.compile(r"//|\b[a-z0-9-]{2,}\.[a-z]{2,}|\]\(|<[a-z/!]|\b(?:javascript|data|mailto):", re.IGNORECASE)
_MARKUP = re.compile(r"[`*_#<>\[\]{}|\\^~$&\"@]+")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
RATIO = re.compile(
    r"\b(?:half|halve[sd]?|double[sd]?|twice|thrice|triple[sd]?|quarter|\w*-?fold|orders? of magnitude|"
    r"times (?:as|more|less|higher|lower|larger|smaller|better|the))\b",
    re.IGNORECASE,
)
# What no reason for a structure can promise: safety, law, trade.
_PROMISED = re.compile(
    r"\b(?:safe|non-?toxic|harmless|biocompatible|approved|certified|patent\w*|guarantee\w*|buy|recommend\w*)\b",
    re.IGNORECASE,
)
_LOCANTS = re.compile(r"(?<![\w.])[0-9]{1,2}'?(?:,[0-9]{1,2}'?)+-(?=[a-z]{4})")
_DIGITS = re.compile(r"[0-9]")
_FORMULA = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z][a-z]?[0-9]{0,2}){1,5}(?![A-Za-z0-9])")


def plain_words(text: str, longest: int = LONGEST) -> str:
    """Return text on one line without signs of format, control characters and markup.

    Parameters
    ----------
    text : str
        What a model wrote.
    longest : int
        Characters at most; it is cut between words.

    Returns
    -------
    str
        The words; empty if they hold a link.
    """
    shown = "".join(
        " " if unicodedata.category(sign)[0] in "CZ" and unicodedata.category(sign) != "Cf" else sign
        for sign in text
        if unicodedata.category(sign) not in {"Cf", "Co", "Cn", "Cs"}
    )
    if _LINK.search(shown):
        return ""
    words = " ".join(_MARKUP.sub(" ", shown).split())
    if len(words) > longest:
        words = words[:longest].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"
    return words


def backed_words(text: str, known: Sequence[Known], names: Iterable[str] = ()) -> str:
    """Leave out the sentences that state a number which nothing backs, that promise, or that speak to their reader.

    Parameters
    ----------
    text : str
        Words of a model, as ``plain_words`` returns them.
    known : sequence of Known
        Numbers that may be stated.
    names : iterable of str
        Names whose digits are no statements.

    Returns
    -------
    str
        The other sentences.
    """
    parts = (part for part in _SENTENCE.split(text) if part and not unbacked(part, known, tuple(names)))
    return " ".join(part for part in parts if not _PROMISED.search(part) and not _addressed(part))


def _addressed(sentence: str) -> bool:
    """Tell whether a sentence speaks to its reader; how a chain is changed ("add a methyl group") may be an order."""
    finding = judge(sentence)
    return bool(finding.reason) and (finding.grave or finding.reason != "an order")


def unbacked(sentence: str, known: Sequence[Known], names: tuple[str, ...] = ()) -> str:
    """Find a number of a sentence that nothing backs, in whatever form it is written.

    Parameters
    ----------
    sentence : str
        The sentence.
    known : sequence of Known
        Numbers that may be stated.
    names : tuple of str
        Names whose digits are no statements.

    Returns
    -------
    str
        The number; empty if there is none.
    """
    ratio = RATIO.search(sentence)
    hidden = ratio.group() if ratio else unreadable(sentence, names)
    if hidden:
        return hidden
    sentence = _LOCANTS.sub("", sentence)
    stated = stated_in(sentence, names)
    for item in stated:
        if not any(backed(item, number) for number in known):
            return item.written
    return leftover_digits(sentence, names)


def leftover_digits(sentence: str, names: tuple[str, ...] = ()) -> str:
    """Find digits that are in no number, no name and no formula: "x500", "Tg500".

    Parameters
    ----------
    sentence : str
        The sentence.
    names : tuple of str
        Names whose digits are no statements.

    Returns
    -------
    str
        The word with the digits; empty if there is none.
    """
    symbols = [name for item in all_properties().values() for name in (item.symbol, item.name, *item.aliases)]
    plain = list(masked(sentence, (*names, *(name for name in symbols if _DIGITS.search(name)))))
    for item in stated_in(sentence, names):
        plain[item.start : item.stop] = " " * (item.stop - item.start)
    for word in "".join(plain).split():
        if _DIGITS.search(_FORMULA.sub(" ", word)):
            return word
    return ""
