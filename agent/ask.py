"""Answering a free question without a model: measured values, predictions and exact quotes, or a decline."""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field
from tools.literature import search_literature

from agent.evidence import Claim, Ledger
from agent.numbers import show, show_value
from agent.reader import read, stems
from agent.verify import verify_claims
from tools.chemistry import handbook
from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.properties import all_properties, get_property
from tools.core.protocols import Retriever

LONGEST = 2000  # characters of a question
# Share of the content words of a question that a sentence must hold to count as an answer.
COVER = 0.6


class Reply(BaseModel):
    """The answer to a question.

    Attributes
    ----------
    question : str
        The question.
    claims : tuple of Claim
        What can be said, each with what stands behind it.
    declined : str
        Why there is no answer; empty if there is one.
    removed : int
        Sentences that the last gate removed.
    ledger : Ledger
        Values and passages.
    """

    model_config = ConfigDict(frozen=True)

    question: str
    claims: tuple[Claim, ...] = ()
    declined: str = ""
    removed: int = 0
    ledger: Ledger = Field(default_factory=Ledger)


def _pattern(name: str) -> str:
    flags = "" if len(name) <= 4 else "(?i:"
    body = re.escape(name)
    return rf"(?<![\w-]){flags}{body}{')' if flags else ''}(?![\w-])"


@lru_cache(maxsize=1)
def _property_patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    pairs = [
        (name, item.id)
        for item in all_properties().values()
        for name in (item.id, item.name, item.symbol, *item.aliases)
        if len(name) > 1
    ]
    pairs.sort(key=lambda pair: -len(pair[0]))
    return tuple((re.compile(_pattern(name)), key) for name, key in pairs)


@lru_cache(maxsize=1)
def _polymer_patterns() -> tuple[tuple[re.Pattern[str], handbook.Entry], ...]:
    pairs = [(name, entry) for entry in handbook.load() for name in entry.all_names if len(name) > 1]
    pairs.sort(key=lambda pair: -len(pair[0]))
    return tuple((re.compile(_pattern(name)), entry) for name, entry in pairs)


def mentioned_properties(text: str) -> list[str]:
    """Find the properties that a text names.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    list of str
        Property ids in order of appearance.
    """
    found: dict[str, int] = {}
    for pattern, key in _property_patterns():
        for match in pattern.finditer(text):
            found.setdefault(key, match.start())
            text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    return sorted(found, key=lambda key: found[key])


def mentioned_polymers(text: str) -> list[tuple[str, Polymer]]:
    """Find the polymers that a text names or writes as SMILES.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    list of (str, Polymer)
        Name and polymer, in order of appearance; an abbreviation of several polymers gives all of them.
    """
    found: list[tuple[int, str, Polymer]] = []
    for match in re.finditer(r"\S*\*\S*", text):
        word = match.group().strip("?.,;:'\"`")
        try:
            found.append((match.start(), word, Polymer.from_smiles(word)))
        except InputError:
            continue
        text = text.replace(match.group(), " " * len(match.group()))
    for pattern, entry in _polymer_patterns():
        for match in pattern.finditer(text):
            found.append((match.start(), entry.name, entry.polymer))
            blank = " " * len(match.group())
            shared = [other for other in handbook.load() if match.group() in other.abbreviations and other != entry]
            found += [(match.start(), other.name, other.polymer) for other in shared]
            text = text[: match.start()] + blank + text[match.end() :]
    seen: dict[str, tuple[str, Polymer]] = {}
    for _, name, polymer in sorted(found, key=lambda item: item[0]):
        seen.setdefault(polymer.key, (name, polymer))
    return list(seen.values())


def _value_claims(name: str, polymer: Polymer, properties: list[str], ledger: Ledger) -> list[Claim]:
    from tools.properties.predict import available, predict

    claims = []
    entries = handbook.by_key().get(polymer.key, ())
    modelled = [key for key in properties if key in available()]
    predicted = predict([polymer], modelled)[0] if modelled else {}
    for key in properties:
        prop = get_property(key)
        for measured in (value for entry in entries if (value := entry.summary(key)) is not None):
            spread = f", sources from {show(measured.lower, key)} to {show(measured.upper, key)}" if (
                measured.lower is not None and measured.upper is not None) else ""  # fmt: skip
            text = f"The measured {prop.name} of {name} is {show(measured.value, key)}{spread}."
            claims.append(Claim(text=text, values=(ledger.add_value(measured),), names=(name, prop.name)))
        if key in predicted:
            value = predicted[key]
            learnt = "simulated" if value.label_kind == "simulated" else "measured"
            shown = show_value(value)
            text = f"The model, which learnt from {learnt} values, predicts a {prop.name} of {shown} for {name}."
            claims.append(Claim(text=text, values=(ledger.add_value(value),), names=(name, prop.name)))
    return claims


def answer(question: str, retriever: Retriever | None) -> Reply:
    """Answer a question from values and passages.

    Parameters
    ----------
    question : str
        The question, at most 2,000 characters.
    retriever : Retriever or None
        Searches the literature.

    Returns
    -------
    Reply
        Claims that passed the last gate, or a decline.

    Raises
    ------
    InputError
        If the question is empty or too long.
    """
    text = question.strip()
    if not text or len(text) > LONGEST:
        raise InputError(f"A question has between 1 and {LONGEST} characters.", hint="Shorten it.")
    ledger = Ledger()
    claims: list[Claim] = []
    polymers, properties = mentioned_polymers(text), mentioned_properties(text)
    for name, polymer in polymers[:6]:
        claims += _value_claims(name, polymer, properties, ledger)
    if retriever is not None:
        passages = search_literature(text, retriever, k=8)
        wanted = stems(text)
        for claim in read(passages, text, limit=3):
            if len(wanted & stems(claim.text)) >= COVER * len(wanted):
                ledger.add_passage(next(item for item in passages if item.id == claim.quotes[0].passage))
                claims.append(claim)
    verdicts = verify_claims(claims, ledger, fetch=retriever.get if retriever is not None else None)
    kept = tuple(item.claim for item in verdicts if item.ok)
    declined = (
        "" if kept else "Nothing at hand answers this: no measured value, no model and no passage that covers it."
    )
    return Reply(question=text, claims=kept, declined=declined, removed=len(verdicts) - len(kept), ledger=ledger)
