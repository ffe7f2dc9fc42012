"""Answering a free question without a model: measured values, predictions and exact quotes, or a decline."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from agent.evidence import Claim, Ledger
from agent.numbers import show, show_value
from agent.reader import read, stems
from agent.verify import verify_claims
from tools.chemistry import handbook
from tools.chemistry.names import mentions
from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.properties import get_property, mentioned_properties
from tools.core.protocols import Retriever
from tools.literature import search_literature
from tools.naming.resolve import resolve

LONGEST = 2000  # characters of a question
# Share of the content words of a question that a sentence must hold to count as an answer.
COVER = 0.5
# The same for the whole passage around a sentence.
COVER_PASSAGE = 0.75
_ASKING = stems("why when where who whom whose should could would will may might tell me about explain please some any")


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


def mentioned_polymers(question: str) -> list[tuple[str, Polymer]]:
    """Find the polymers that a text names or writes as SMILES.

    Parameters
    ----------
    question : str
        The text.

    Returns
    -------
    list of (str, Polymer)
        Name and polymer, structures first; an abbreviation of several polymers gives all of them.
    """
    text = question
    found: list[tuple[int, str, Polymer]] = []
    for match in re.finditer(r"\S*\*\S*", question):
        word = match.group().strip("?.,;:'\"`")
        try:
            found.append((match.start(), word, Polymer.from_smiles(word)))
        except InputError:
            continue
        text = text.replace(match.group(), " " * len(match.group()))
    found += [(len(question) + order, entry.name, entry.polymer) for order, entry in enumerate(mentions(text))]
    if not found:
        found = _named_by_rule(text)
    seen: dict[str, tuple[str, Polymer]] = {}
    for _, name, polymer in sorted(found, key=lambda item: item[0]):
        seen.setdefault(polymer.key, (name, polymer))
    return list(seen.values())


def _named_by_rule(text: str) -> list[tuple[int, str, Polymer]]:
    """Read names that no handbook holds: "poly(4-ethylstyrene)", "PA 5.10"."""
    found = []
    for match in re.finditer(r"\bpoly[(\[{][^?;]{2,80}[)\]}]|\b(?:nylon|PA) ?\d{1,2}[.,]\d{1,2}\b", text[:LONGEST]):
        try:
            found.append((match.start(), match.group(), resolve(match.group(), suggest=False, systematic=False)))
        except InputError:
            continue
    return found


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


def _quotes(question: str, retriever: Retriever, ledger: Ledger) -> list[Claim]:
    """Quote sentences that, by themselves or in their passage, speak of what was asked about."""
    properties = {item.id for item in mentioned_properties(question)}
    named = stems(" ".join(name for key in properties for name in _names_of(key)))
    wanted = stems(question) - named - _ASKING
    passages = search_literature(question, retriever, k=12)
    query = " ".join((question, *(get_property(key).name for key in properties)))
    claims = []
    for claim in read(passages, query, limit=8):
        passage = next(item for item in passages if item.id == claim.quotes[0].passage)
        # a question about a polymer is answered by a sentence, not by what else its passage speaks of
        texts = ((claim.text, COVER),) if mentions(question) else ((claim.text, COVER), (passage.text, COVER_PASSAGE))
        for text, cover in texts:
            said = {item.id for item in mentioned_properties(text)}
            if properties <= said and len(wanted & stems(text)) >= cover * len(wanted):
                ledger.add_passage(passage)
                claims.append(claim)
                break
    return claims[:3]


def _names_of(property_id: str) -> tuple[str, ...]:
    prop = get_property(property_id)
    return (prop.name, prop.symbol, *prop.aliases)


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
    polymers, properties = mentioned_polymers(text), [item.id for item in mentioned_properties(text)]
    for name, polymer in polymers[:6]:
        claims += _value_claims(name, polymer, properties, ledger)
    if retriever is not None:
        claims += _quotes(text, retriever, ledger)
    verdicts = verify_claims(claims, ledger, fetch=retriever.get if retriever is not None else None)
    kept = tuple(item.claim for item in verdicts if item.ok)
    declined = (
        "" if kept else "Nothing at hand answers this: no measured value, no model and no passage that covers it."
    )
    return Reply(question=text, claims=kept, declined=declined, removed=len(verdicts) - len(kept), ledger=ledger)
