"""Answering a free question: measured values, predictions and exact quotes, or a decline.

The rules answer first. A language model, if there is one, chooses read-only tools and queries while it has seen
nothing but the question, reads passages without tools, and writes sentences out of what was found; code checks each
of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from agent.conflicts import Point, conflict_claim, find_conflicts, point_of, point_of_value
from agent.evidence import Claim, Ledger
from agent.hygiene import Screen
from agent.llm.model import LanguageModel
from agent.numbers import show, show_value
from agent.reader import read, recorded, without_outvoted
from agent.records import Record
from agent.relevance import answers, value_answers
from agent.verify import verify_claims
from tools.chemistry import handbook
from tools.chemistry.names import mentions
from tools.core.errors import BudgetError, InputError, ModelError, SetupError
from tools.core.evidence import Passage
from tools.core.polymer import Polymer
from tools.core.properties import get_property, mentioned_properties
from tools.core.protocols import Retriever
from tools.core.spec import DesignSpec
from tools.literature import search_literature
from tools.naming.resolve import resolve

if TYPE_CHECKING:
    from agent.thinking.asking import Choice

T = TypeVar("T")
LONGEST = 2000  # characters of a question
NOTHING = "Nothing at hand answers this: no measured value, no model and no passage that covers it."


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
    general : tuple of str
        General knowledge of the language model, on a concept: unsourced, unchecked, and without numbers.
    removed_reasons : dict of str to int
        What the removed sentences and records were.
    set_aside : int
        Sentences of passages that were addressed to the reader and were not quoted.
    model : str
        Name of the language model that helped; empty for the rules alone.
    model_problem : str
        Why it could not help, or not to the end.
    ledger : Ledger
        Values and passages.
    """

    model_config = ConfigDict(frozen=True)

    question: str
    claims: tuple[Claim, ...] = ()
    declined: str = ""
    removed: int = 0
    general: tuple[str, ...] = ()
    removed_reasons: dict[str, int] = Field(default_factory=dict)
    set_aside: int = 0
    model: str = ""
    model_problem: str = ""
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


def _quotes(question: str, passages: list[Passage], screen: Screen) -> list[Claim]:
    """Quote sentences that answer what was asked."""
    query = " ".join((question, *(get_property(item.id).name for item in mentioned_properties(question))))
    return read(passages, query, limit=3, screen=screen, fits=lambda text, passage: answers(question, text, passage))


@dataclass
class _Work:
    """What is known while a question is answered."""

    question: str
    retriever: Retriever | None
    ledger: Ledger = field(default_factory=Ledger)
    screen: Screen = field(default_factory=Screen)
    passages: list[Passage] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    removed: Counter[str] = field(default_factory=Counter)
    general: tuple[str, ...] = ()
    problem: str = ""

    def search(self, query: str) -> None:
        """Add the passages that a query finds."""
        if self.retriever is not None:
            known = {item.id for item in self.passages}
            self.passages += [item for item in search_literature(query, self.retriever, k=12) if item.id not in known]

    def values(self) -> None:
        """Add what the handbook and the models say of the polymers asked about."""
        properties = [item.id for item in mentioned_properties(self.question)]
        for name, polymer in mentioned_polymers(self.question)[:6]:
            made = _value_claims(name, polymer, properties, self.ledger)
            self.claims += [claim for claim in made if _bears_on(self.question, claim, self.ledger)]
            for key in (key for claim in made for key in claim.values):
                self.points.append(point_of_value(name, polymer.key, self.ledger.values[key], key))

    def add(self, claims: list[Claim]) -> None:
        """Add quotes with their passages, each once."""
        known = {passage.id: passage for passage in self.passages}
        said = {quote for claim in self.claims for quote in claim.quotes}
        for claim in claims:
            if said.isdisjoint(claim.quotes):
                for quote in claim.quotes:
                    self.ledger.add_passage(known[quote.passage])
                self.claims.append(claim)

    def settle(self) -> list[Claim]:
        """Show where sources disagree, and leave out the quotes that do not have a majority."""
        asked = {polymer.key for _, polymer in mentioned_polymers(self.question)}
        properties = {item.id for item in mentioned_properties(self.question)}
        quoted = {quote for claim in self.claims for quote in claim.quotes}
        about = [
            item
            for item in self.records
            if item.property in properties and (item.material in asked if asked else item.quote in quoted)
        ]
        points = [*self.points, *(point_of(item) for item in about)]
        conflicts = find_conflicts(points, self.ledger) if any(not point.predicted for point in points) else []
        self.claims = without_outvoted(self.claims, conflicts)
        known = {passage.id: passage for passage in self.passages}
        made = []
        for conflict in conflicts:
            claim = conflict_claim(conflict, self.ledger)
            for quote in claim.quotes:
                self.ledger.add_passage(known[quote.passage])
            made.append(claim)
        return made


def answer(question: str, retriever: Retriever | None, model: LanguageModel | None = None) -> Reply:
    """Answer a question from values and passages.

    Parameters
    ----------
    question : str
        The question, at most 2,000 characters.
    retriever : Retriever or None
        Searches the literature.
    model : LanguageModel, optional
        Helps; without one the rules answer alone.

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
    work = _Work(text, retriever)
    work.values()
    choice = _try(work, lambda: _choose(work, model)) if model is not None else None
    work.search(text)
    for query in choice.queries if choice is not None else ():
        work.search(query)
    work.add(_quotes(text, work.passages, work.screen))
    work.records = recorded(work.passages, work.screen)
    if model is not None:
        _try(work, lambda: _extract(work, model))
    conflicts = work.settle()
    written: list[Claim] = []
    if model is not None:
        said = {quote.text for claim in work.claims for quote in claim.quotes}
        # what only repeats a quote is shown as the quote
        written = [item for item in _try(work, lambda: _write(work, model)) or [] if item.text.strip() not in said]
    fetch = retriever.get if retriever is not None else None
    verdicts = verify_claims(
        [*conflicts, *written, *work.claims], work.ledger, fetch=fetch, known_names=_names(work.question)
    )
    kept = tuple(item.claim for item in verdicts if item.ok)
    work.removed["claims"] += len(verdicts) - len(kept)
    if model is not None and not kept:
        _try(work, lambda: _explain(work, model))
    reasons = {name: count for name, count in sorted(work.removed.items()) if count}
    return Reply(
        question=text, claims=kept, declined="" if kept or work.general else NOTHING, removed=sum(reasons.values()),
        general=work.general, removed_reasons=reasons, set_aside=work.screen.count,
        model=model.name if model is not None else "", model_problem=work.problem, ledger=work.ledger,
    )  # fmt: skip


def _names(question: str) -> Container[str]:
    """Return the names whose digits are no statements: those of the lists, of structures, and of the question."""
    from agent.known_names import KnownNames

    return KnownNames(DesignSpec(brief=question), (), (), more=(name for name, _ in mentioned_polymers(question)))


def _try(work: _Work, think: Callable[[], T]) -> T | None:
    """Let the model do a task; if it cannot, that is noted and it is asked no more than the rest."""
    try:
        return think()
    except (ModelError, BudgetError, SetupError) as error:
        work.problem = work.problem or str(error)
        return None


def _choose(work: _Work, model: LanguageModel) -> Choice:
    from agent.thinking.asking import choose, run_calls

    choice = choose(model, work.question)
    work.removed["calls"] += choice.refused
    said = {claim.text for claim in work.claims}
    found = run_calls(choice.calls, work.question, work.ledger)
    work.claims += [claim for claim in found if claim.text not in said and _bears_on(work.question, claim, work.ledger)]
    return choice


def _bears_on(question: str, claim: Claim, ledger: Ledger) -> bool:
    """Say whether a value answers the question: of a property that it names, and the kind of thing that it asks for."""
    given = [ledger.values[key] for key in claim.values if key in ledger.values]
    return any(value_answers(question, value) for value in given)


def _extract(work: _Work, model: LanguageModel) -> None:
    from agent.thinking.extracting import extract

    found = extract(model, work.question, work.passages, work.screen)
    work.removed["records"] += found.dropped
    work.records += [item for item in found.records if item.quote not in {known.quote for known in work.records}]
    known = {passage.id: passage for passage in work.passages}
    fitting = [
        claim
        for claim in found.claims()
        if answers(work.question, claim.quotes[0].text, known[claim.quotes[0].passage])
    ]
    work.add(fitting[:3])
    work.problem = work.problem or found.ended


def _write(work: _Work, model: LanguageModel) -> list[Claim]:
    from agent.thinking.asking import write

    made, removed = write(model, work.question, work.claims, work.ledger)
    work.removed["sentences"] += removed
    return made


def _explain(work: _Work, model: LanguageModel) -> None:
    from agent.thinking.concepts import explain, is_concept

    if is_concept(work.question):
        work.general, removed = explain(model, work.question)
        work.removed["sentences"] += removed
