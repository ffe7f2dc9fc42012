"""Whether a sentence answers a question: it is on the polymer, the property and the matter, and of the kind asked for.

A word of the question that the shipped notes do not know is what the question is about, so the sentence must hold it;
a name of a polymer that nobody knows is never answered by a similar one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from agent.answer_types import PROSE, asks_value, asks_why, demand_of, parts, states_value
from agent.reader import stems
from agent.records import records_in, titled
from agent.sentences import sentences
from tools.chemistry import handbook
from tools.chemistry.names import mentions
from tools.core.errors import InputError
from tools.core.evidence import Passage, Value
from tools.core.polymer import Polymer
from tools.core.properties import all_properties, get_property, mentioned_properties

# Share of the content words of a question that a whole passage must hold for one of its sentences to be an answer.
COVER_PASSAGE = 0.75
AT_LEAST = 0.3  # of that sentence itself
# Words that make a question, and not what it is about.
_ASKING = (
    "why when where who whom whose should could would will may might tell me about explain please some any describe "
    "define give name state list there here also just only while if because so then both each other another same such "
    "very more most less few much many really actually usually typically typical often commonly common normally "
    "generally general main important different kind type types sort way ways thing things term terms reason reasons "
    "role effect effects affect affects influence influences change changes changed decide decides happen happens "
    "depend depends mean means say says said call called differ differs compare relate related behave become carried "
    "out make makes made get give gives offer offers use used uses need needs know known was were has have had did "
    "been being will value values number unit units find found see between into you your my our we me work works "
    "without not no take takes up"
)
_NAMED = re.compile(r"\bpoly\s?[(\[{](?:[^()\[\]{}?;]|[(\[{][^()\[\]{}?;]*[)\]}]){1,80}[)\]}]", re.IGNORECASE)
_PROPER = re.compile(r"(?<=[a-z,)] )[A-Z][a-z]{3,}\b(?!\s?[(\[])")
_WORD = re.compile(r"[a-z0-9]{2,}")
_LETTERS = 8
_YEARS = re.compile(r"\b(?:19|20)\d\d\b(?!\s*(?:K|°|MPa|GPa|Pa|g|kg|mol|%|Da))")
_UNITS = frozenset(("kelvin", "celsius", "fahrenheit", "barrer", "pascal", "hertz", "young", "smiles"))


@lru_cache(maxsize=1)
def field_words() -> frozenset[str]:
    """Return the stems of the words that the shipped notes and the names of properties know.

    Returns
    -------
    frozenset of str
        Stems.
    """
    return stems(_field_text())


@lru_cache(maxsize=1)
def _known_roots() -> frozenset[str]:
    return frozenset(_roots(_field_text()))


def _field_text() -> str:
    from index.shipped import NOTES, corpus

    notes = " ".join(f"{item.title} {item.text}" for item in corpus() if item.source == NOTES)
    names = " ".join(name for item in all_properties().values() for name in (item.name, *item.aliases))
    return f"{notes} {names}"


@lru_cache(maxsize=1)
def _seldom() -> tuple[dict[str, float], float]:
    """Return how much the words of the shipped notes tell: the seldomer, the more; and the weight of others."""
    from index.shipped import NOTES, corpus

    told = [_roots(text) for item in corpus() if item.source == NOTES for text in sentences(item.text)]
    counts = Counter(word for words in told for word in words)
    total = len(told) + 1.0
    return {word: math.log(total / (count + 0.5)) for word, count in counts.items()}, math.log(2.0 * total)


def _weight(words: Iterable[str]) -> float:
    known, other = _seldom()
    return sum(known.get(word, other) for word in words)


def _roots(text: str) -> set[str]:
    """Return the content words of a text, cut to eight letters: "relativity" is not "relative"."""
    return {word.rstrip("s")[:_LETTERS] for word in _WORD.findall(text.casefold()) if stems(word)} - {""}


def _bare(text: str) -> str:
    """Leave out the names of polymers and repeat units."""
    for name in sorted((name for entry in mentions(text, limit=40) for name in entry.all_names), key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", " ", text, flags=re.IGNORECASE)
    return re.sub(r"\S*\*\S*", " ", text)


@lru_cache(maxsize=256)
def _matter(question: str) -> frozenset[str]:
    """Return the content words of a question that name neither polymer nor property."""
    names = [
        name
        for item in mentioned_properties(question)
        for name in (get_property(item.id).name, item.symbol, *item.aliases)
    ]
    asking = demand_of(question).said
    return frozenset(
        _roots(_bare(question.replace(asking, " ") if asking else question)) - _roots(" ".join(names)) - _roots(_ASKING)
    )


def _unknown_names(question: str) -> list[str]:
    """Return names of polymers that the handbook does not know, as they are written."""
    found = [match.group() for match in _NAMED.finditer(question)]
    return [name for name in found if not mentions(name)]


def _plain(text: str) -> str:
    return re.sub(r"[\s-]", "", text.casefold())


def answers(question: str, sentence: str, passage: Passage | None = None) -> float:
    """Say how well a sentence answers a question, or one of the questions that are asked at once.

    Parameters
    ----------
    question : str
        The question.
    sentence : str
        The sentence.
    passage : Passage, optional
        Where it stands: its title says what "it" is, and an explanation may be spread over it.

    Returns
    -------
    float
        0 if it does not, else up to 1.5: the share of the matter that it holds, by weight, and half that of the title.
    """
    asked = asked_polymers(question)
    return max(_answers(part, asked, sentence, passage) for part in parts(question))


@lru_cache(maxsize=256)
def asked_polymers(question: str) -> frozenset[str]:
    """Return the keys of the polymers that a question names or writes as repeat units.

    Parameters
    ----------
    question : str
        The question.

    Returns
    -------
    frozenset of str
        Keys.
    """
    found = {entry.polymer.key for entry in mentions(question, limit=40)}
    for word in re.findall(r"\S*\*\S*", question):
        try:
            found.add(Polymer.from_smiles(word.strip("?.,;:'\"`")).key)
        except InputError:
            continue
    return frozenset(found)


def _answers(part: str, asked: frozenset[str], sentence: str, passage: Passage | None) -> float:
    demand = demand_of(part)
    if demand.shown is not None and not demand.shown.search(sentence):
        return 0.0
    if any(_plain(name) not in _plain(sentence) for name in _unknown_names(part)):
        return 0.0
    if asked and not _on_polymer(part, asked, sentence, passage):
        return 0.0
    if asks_value(part) and not _has_value(part, asked, sentence, passage):
        return 0.0
    share = _covered(part, sentence)
    if passage is None:
        return share if share >= demand.share else 0.0
    if share < demand.share and not (demand.share == PROSE and _spread(part, asked, share, sentence, passage)):
        return 0.0
    return share + 0.5 * _covered(part, f"{passage.title} {sentence}")


def _spread(part: str, asked: frozenset[str], share: float, sentence: str, passage: Passage) -> bool:
    """Say whether an explanation is spread over a passage, or for a polymer over a title and the sentence."""
    if asked:
        named = {item.id for item in mentioned_properties(part)}
        on_it = bool(named) and named <= {item.id for item in mentioned_properties(sentence)}
        return on_it and _covered(part, f"{passage.title} {sentence}") >= COVER_PASSAGE
    return share >= AT_LEAST and _covered(part, f"{passage.title} {passage.text}") >= COVER_PASSAGE


def _on_polymer(part: str, asked: frozenset[str], sentence: str, passage: Passage | None) -> bool:
    here = mentions(sentence, limit=40)
    if here:
        return any(entry.polymer.key in asked for entry in here)
    named = titled(passage.title) if passage is not None else None
    return named.polymer.key in asked if named is not None else asks_why(part)


def _has_value(part: str, asked: frozenset[str], sentence: str, passage: Passage | None) -> bool:
    """Say whether a sentence gives the value asked for; of several polymers, it must be clear whose it is."""
    properties = mentioned_properties(part)
    if len(mentions(sentence, limit=40)) < 2 or passage is None:
        return states_value(sentence, properties)
    wanted = {item.id for item in properties}
    return any(item.material in asked and item.property in wanted for item in records_in(sentence, passage))


def _covered(part: str, text: str) -> float:
    """Return the share of the matter of a question, by weight, that a text holds; 0 if it lacks what must be there."""
    wanted, said = _matter(part), _roots(_bare(text))
    properties = {item.id for item in mentioned_properties(part)}
    if not properties <= {item.id for item in mentioned_properties(text)}:
        return 0.0
    if not wanted - _known_roots() <= said:
        return 0.0
    if not wanted:
        return float(bool(properties) or bool(mentions(part)))
    return _weight(wanted & said) / _weight(wanted)


def value_answers(question: str, value: Value) -> bool:
    """Say whether the value of a property may answer a question that names it.

    Parameters
    ----------
    question : str
        The question.
    value : Value
        The value.

    Returns
    -------
    bool
        False where a year, a person, a place, money or a count is asked for, and where the question wants it from a
        source, a place or a year that the value does not name.
    """
    for part in parts(question):
        named = {item.id for item in mentioned_properties(part)}
        if value.property in named and demand_of(part).valued:
            source = f"{value.source} {' '.join(value.conditions.values())}".casefold()
            return all(word.casefold() in source for word in _outside(part))
    return False


def _outside(part: str) -> list[str]:
    """Return proper names and years of a question that the field does not know."""
    bare, known = _bare(part), field_words()
    proper = [
        word
        for word in _PROPER.findall(bare)
        if not stems(word) <= known and word.casefold() not in _UNITS and not _handbook_knows(word)
    ]
    return [*proper, *_YEARS.findall(bare)]


@lru_cache(maxsize=1024)
def _handbook_knows(word: str) -> bool:
    return any(word.casefold() in name.casefold() for entry in handbook.load() for name in entry.all_names)
