"""Sentences of a model about the finalists, read strictly: what cannot be checked word for number is refused.

A sentence is kept only if every number is the value, in its unit, of the property that is named and of the candidate
that is named; if every comparison, superlative and "meets" agrees with the values; and if it says at least one such
thing. What it says beyond that (why a group stiffens a chain) is the model's, and is shown as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent import statement_words as words
from agent.quantities import Known, Stated, backed, converted, stated_in, unreadable
from agent.thinking.spoken import RATIO, leftover_digits, plain_words
from tools.core.properties import property_mentions
from tools.core.units import compatible

CHANCE = "chance"  # topic of chances; a chance of one requirement is "chance:" and its property
SYNTHESIS = "synthesisability"
LONGEST = 320


@dataclass(frozen=True)
class Fact:
    """A number that a sentence may use.

    Attributes
    ----------
    id : str
        By which the model names it.
    key : str
        Its id in the ledger.
    owner : str
        Whom it is of: "Candidate 1", or the name of a known polymer.
    topic : str
        Property id, "chance" (to meet all hard limits), "chance:Tg" or "synthesisability".
    known : Known
        The number with its unit.
    bounds : tuple of Known
        Bounds of its interval.
    shown : str
        The number as it is printed.
    """

    id: str
    key: str
    owner: str
    topic: str
    known: Known
    bounds: tuple[Known, ...] = ()
    shown: str = ""


@dataclass(frozen=True)
class Table:
    """Everything that sentences about the finalists may rest on.

    Attributes
    ----------
    facts : tuple of Fact
        The numbers.
    candidates : tuple of str
        Labels of the finalists.
    others : tuple of str
        Names of known polymers that were rejected.
    given : tuple of Known
        Limits of the brief.
    missed : frozenset of (str, str)
        Known polymer and property whose limit it misses.
    """

    facts: tuple[Fact, ...]
    candidates: tuple[str, ...]
    others: tuple[str, ...] = ()
    given: tuple[Known, ...] = ()
    missed: frozenset[tuple[str, str]] = frozenset()

    def of(self, owner: str, topic: str) -> Fact | None:
        """Return what is known of somebody's topic."""
        return next((item for item in self.facts if (item.owner, item.topic) == (owner, topic)), None)


@dataclass(frozen=True)
class _Mark:
    start: int
    end: int
    name: str


@dataclass
class _Reading:
    """A sentence with the places of everything that is checked."""

    text: str
    table: Table
    named: tuple[Fact, ...]
    labels: list[_Mark]
    topics: list[_Mark]
    numbers: tuple[Stated, ...]
    used: list[Fact]

    def owner_at(self, place: int) -> str:
        """Whom a place in the sentence speaks of: the last label before it, or the only one."""
        before = [mark.name for mark in self.labels if mark.end <= place]
        every = {mark.name for mark in self.labels}
        return before[-1] if before else next(iter(every)) if len(every) == 1 else ""

    def topic_at(self, start: int, end: int) -> str:
        """What a number in the sentence is said to be."""
        before = [mark for mark in self.topics if mark.end <= start]
        behind = [mark for mark in self.topics if 0 <= mark.start - end <= 12]
        if before and words.TIED.match(self.text[before[-1].end : start]):
            return before[-1].name
        if behind and not words.LIMIT.search(self.text, 0, start):
            return behind[0].name
        return before[-1].name if before else ""

    def topic_near(self, start: int, end: int) -> str:
        """What a comparison is about: the next topic behind it, up to the next comparison; else the last before it."""
        stop = min((m.start() for m in words.COMPARED.finditer(self.text, end)), default=len(self.text))
        behind = [mark for mark in self.topics if end <= mark.start < stop or start <= mark.start < end]
        before = [mark for mark in self.topics if mark.end <= start]
        tied = before and words.TIED.match(self.text[before[-1].end : start])
        if behind and not tied:
            return behind[0].name
        return before[-1].name if before else behind[0].name if behind else ""


def refusal(text: str, ids: Sequence[str], table: Table) -> tuple[str, tuple[str, ...]]:
    """Say why a sentence may not be shown.

    Parameters
    ----------
    text : str
        The sentence.
    ids : sequence of str
        Facts that it names.
    table : Table
        What it may rest on.

    Returns
    -------
    str
        The reason; empty if it holds.
    tuple of str
        Ledger ids of what it rests on.
    """
    by_id = {item.id: item for item in table.facts}
    unknown = [name for name in ids if name not in by_id]
    if unknown:
        return f"there is no fact {unknown[0][:12]}", ()
    if len(text) > LONGEST or text != plain_words(text, LONGEST + 1):
        return "it is too long, or holds markup or a link", ()
    labels = list(_labels(text, table))
    strange = next((mark.name for mark in labels if mark.name not in (*table.candidates, *table.others)), "")
    if strange:
        return f"there is no {strange}", ()
    if not labels:
        return "it names no candidate", ()
    covered = _covered(text, labels)
    named = tuple(by_id[name] for name in ids)
    reading = _Reading(covered, table, named, labels, list(_topics(covered)), stated_in(covered), [])
    reason = _hidden(covered) or _numbers(reading) or _directions(reading) or _verdicts(reading)
    if not reason and not reading.used:
        reason = "it says nothing that can be checked"
    keys = dict.fromkeys(item.key for item in (*named, *reading.used))
    return reason, tuple(keys) if not reason else ()


def _labels(text: str, table: Table) -> Iterator[_Mark]:
    found = []
    for match in words.CANDIDATES.finditer(text):
        for digits in re.finditer(r"[0-9]+", match.group()):
            found.append(_Mark(match.start(), match.end(), f"Candidate {int(digits.group())}"))
    for name in sorted(table.others, key=len, reverse=True):
        for match in re.finditer(re.escape(name), text, re.IGNORECASE):
            if not any(mark.start < match.end() and match.start() < mark.end for mark in found):
                found.append(_Mark(match.start(), match.end(), name))
    yield from sorted(found, key=lambda mark: mark.start)


def _covered(text: str, labels: Sequence[_Mark]) -> str:
    for mark in labels:
        text = text[: mark.start] + "\ufffc" * (mark.end - mark.start) + text[mark.end :]
    return text


def _topics(text: str) -> Iterator[_Mark]:
    marks = [_Mark(start, end, item.id) for start, end, item in property_mentions(text)]
    for match in words.TOPIC_WORDS.finditer(text):
        marks.append(_Mark(match.start(), match.end(), CHANCE if match["chance"] else SYNTHESIS))
    yield from sorted(marks, key=lambda mark: mark.start)


def _hidden(text: str) -> str:
    for found, reason in (
        (words.NEGATED.search(text), "a negation"),
        (RATIO.search(text), "a ratio"),
        (words.UNREAD.search(text), "a comparison"),
        (words.UNBACKED.search(text), "a claim"),
    ):
        if found is not None:
            return f"“{found.group()}” is {reason} that cannot be checked"
    odd = unreadable(text) or leftover_digits(text)
    return f"“{odd}” is a number in a form that cannot be checked" if odd else ""


def _numbers(reading: _Reading) -> str:
    for stated in reading.numbers:
        owner, topic = reading.owner_at(stated.start), reading.topic_at(stated.start, stated.end)
        if not topic:
            return f"it does not say what {stated.written} is"
        problem = _number(reading, stated, owner, topic)
        if problem:
            return problem
    return ""


def _number(reading: _Reading, stated: Stated, owner: str, topic: str) -> str:
    """Check one number against the facts that are named, or against the limits of the brief."""
    before = reading.text[: stated.start]
    if words.LIMIT.search(before) or words.COMPARED.search(before[-32:]):
        for limit in reading.table.given:
            if limit.property == topic and _fits(stated, limit):
                return ""
    for fact in reading.named:
        if fact.owner != owner or fact.topic.split(":")[0] != topic:
            continue
        if topic == CHANCE and not _which_chance(reading, fact):
            continue
        in_range = bool(stated.inherited) or bool(words.INTERVAL.search(before))
        if any(_fits(stated, known) for known in (fact.known, *(fact.bounds if in_range else ()))):
            reading.used.append(fact)
            return ""
    return f"{stated.written} is in no fact that it names, of {owner or 'any candidate'} and {topic}"


def _fits(stated: Stated, known: Known) -> bool:
    """Tell whether a number agrees and has the unit that it needs."""
    unit = stated.unit or stated.inherited
    if not unit and known.unit not in ("", "dimensionless"):
        return False
    if unit and known.unit in ("", "dimensionless") and not compatible(unit, "percent"):
        return False
    return backed(stated, known)


def _which_chance(reading: _Reading, fact: Fact) -> bool:
    """Tell whether a sentence says which chance it means."""
    if fact.topic == CHANCE:
        return bool(words.EVERY.search(reading.text))
    return any(mark.name == fact.topic.removeprefix("chance:") for mark in reading.topics)


def _directions(reading: _Reading) -> str:
    for pattern in (words.EXTREME, words.COMPARED):
        for match in pattern.finditer(reading.text):
            if pattern is words.COMPARED and words.LIMIT.search(reading.text[: match.start()]):
                continue  # "the limit of at least ..." says what was asked for
            topic = _topic_of(reading, match)
            problem = _direction(reading, match, topic, extreme=pattern is words.EXTREME)
            if problem:
                return f"“{match.group()}”: {problem}"
    return ""


def _topic_of(reading: _Reading, match: re.Match[str]) -> str:
    word = match.group().casefold()
    if word in {"denser", "lighter", "densest", "lightest"}:
        return "density"
    topic = reading.topic_near(match.start(), match.end())
    return CHANCE if word in {"best", "worst"} and not topic else topic


def _direction(reading: _Reading, match: re.Match[str], topic: str, *, extreme: bool) -> str:
    owner = reading.owner_at(match.start())
    if not topic or not owner:
        return "it does not say of what or of whom"
    if topic == CHANCE and not words.EVERY.search(reading.text):
        asked = {mark.name for mark in reading.topics} - {CHANCE}
        topic = f"chance:{next(iter(asked))}" if len(asked) == 1 else CHANCE
    own = reading.table.of(owner, topic)
    if own is None:
        return f"nothing is known of {owner} and {topic}"
    up = match["up"] is not None
    if extreme and match.group().casefold() in {"best", "worst"} and not topic.startswith(CHANCE):
        return "best for what cannot be checked"
    if not extreme:
        limit = _limit_behind(reading, match, own)
        if limit is not None:
            reading.used.append(own)
            return "" if (own.known.value > limit if up else own.known.value < limit) else "the values say otherwise"
    rivals = _rivals(reading, match, owner, topic, everyone=extreme)
    if not rivals:
        return "there is nothing to compare with"
    reading.used += [own, *rivals]
    numbers = [item.known.value for item in rivals]
    right = own.known.value > max(numbers) if up else own.known.value < min(numbers)
    return "" if right else "the values say otherwise"


def _limit_behind(reading: _Reading, match: re.Match[str], own: Fact) -> float | None:
    """Return the number that a comparison is made with, in the unit of the fact; None if it is made with somebody."""
    label = min((mark.start for mark in reading.labels if mark.start >= match.end()), default=len(reading.text))
    for stated in reading.numbers:
        gap = reading.text[match.end() : stated.start]
        if stated.start < match.end() or stated.start > label or len(gap) > 32 or "(" in gap:
            continue
        if not re.search(r"[,;]|\b(?:but|while|and)\b", gap) and (_is_limit(reading, stated, own)):
            unit = stated.unit or stated.inherited
            given = next(item for item in reading.table.given if _fits(stated, item))
            return converted(given, own.known.unit) if unit else given.value
    return None


def _is_limit(reading: _Reading, stated: Stated, own: Fact) -> bool:
    return any(item.property == own.topic and _fits(stated, item) for item in reading.table.given)


def _rivals(reading: _Reading, match: re.Match[str], owner: str, topic: str, *, everyone: bool) -> list[Fact]:
    """Return whom somebody is compared with: who stands behind "than", else who else is named, else all finalists."""
    than = re.search(r"\bthan\b", reading.text[match.end() :])
    behind = [mark.name for mark in reading.labels if than and mark.start >= match.end() + than.start()][:1]
    named = [mark.name for mark in reading.labels if mark.name != owner]
    names = list(reading.table.candidates) if everyone else behind or named or list(reading.table.candidates)
    facts = [reading.table.of(name, topic) for name in dict.fromkeys(names) if name != owner]
    return [] if None in facts else [item for item in facts if item is not None]


def _verdicts(reading: _Reading) -> str:
    for match in words.MEETS.finditer(reading.text):
        owner = reading.owner_at(match.start())
        if not owner:
            return f"“{match.group()}”: it does not say who"
        near = reading.text[match.end() : match.end() + 60]
        up = match["up"] is not None
        topic = next((mark.name for mark in reading.topics
                      if match.end() <= mark.start and mark.name not in {CHANCE, SYNTHESIS}), "")  # fmt: skip
        if owner in reading.table.others:
            if not up and (owner, topic) in reading.table.missed:
                reading.used += [item for item in reading.table.facts if (item.owner, item.topic) == (owner, topic)]
                continue
            return f"“{match.group()}”: that cannot be checked of {owner}"
        fact = reading.table.of(owner, CHANCE if words.EVERY.search(near) else f"chance:{topic}")
        if fact is None:
            return f"“{match.group()}”: it does not say which requirement"
        if (_said_of_a_chance(reading, match)) or (fact.known.value >= 50.0) == up:
            reading.used.append(fact)
            continue
        return f"“{match.group()}”: the chance is {fact.shown}"
    return ""


def _said_of_a_chance(reading: _Reading, match: re.Match[str]) -> bool:
    """Tell whether "meet" only says what a chance is of: "the chance to meet all limits is 12 %"."""
    before = [mark for mark in reading.topics if mark.end <= match.start()]
    if not before or before[-1].name != CHANCE or before[-1].end - before[-1].start < 6:
        return False
    word = reading.text[before[-1].start : before[-1].end].casefold()
    return word != "likely" and match.start() - before[-1].end <= 24
