"""Questions about values that passages state, made without a model, each with its passage as the ground.

A sentence is asked about only where the rules of ``agent.records`` are sure which polymer, property and number belong
together, and only what ``agent.hygiene`` lets be quoted. Three forms: the value is asked for; the sentence stands there
with the value taken out; or a property is asked for that the passage does not speak of, and the answer says so.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from agent.hygiene import Screen
from agent.reader import recorded
from agent.records import Record as Statement
from finetune.records.record import Record
from index.document import Document, passages
from tools.core.evidence import Passage
from tools.core.properties import get_property, property_mentions

SYSTEM = "You answer questions from the passage that you are given and quote the sentence that holds the answer."
UNSAID = "The passage does not say."
GAP = "____"
_UNREAD = "written:"  # mark of materials whose structure is not known
_COMMON = ("Tg", "Tm", "density", "youngs_modulus", "tensile_strength", "refractive_index", "water_uptake")


def cut(document: Document) -> list[Passage]:
    """Cut a document into passages as the index does.

    Parameters
    ----------
    document : Document
        The document.

    Returns
    -------
    list of Passage
        Exact slices of its text, in order.
    """
    return [
        Passage(
            id=f"{document.id}#{span.start}", document_id=document.id, title=document.title,
            text=document.text[span.start : span.end], start=span.start, end=span.end, source=document.source,
            licence=document.licence, retracted=document.retracted,
        )
        for span in passages(document.text)
    ]  # fmt: skip


def questions(documents: Iterable[Document], *, seed: int = 0, unsaid: float = 0.25) -> Iterator[Record]:
    """Make questions from documents.

    Parameters
    ----------
    documents : iterable of Document
        Papers or notes; retracted ones are left out.
    seed : int
        Of the forms; what is asked of a passage depends on the seed and the passage alone.
    unsaid : float
        Chance that a passage with a value is asked as well for what it does not say.

    Yields
    ------
    Record
        Kind ``question``, with the passage in the user's turn.
    """
    for document in documents:
        if document.retracted:
            continue
        pieces, screen = cut(document), Screen()
        screen.consider(pieces)
        for passage in pieces:
            statements = recorded([passage], screen)
            chooser = random.Random(f"{seed}/{passage.id}")
            for number, statement in enumerate(_undisputed(statements)):
                yield _value(passage, statement, f"{passage.id}/{number}/value")
                if _only(statement, statements):
                    yield _cloze(passage, statement, f"{passage.id}/{number}/gap")
            if statements and chooser.random() < unsaid:
                yield from _unsaid(passage, chooser.choice(statements), chooser)


def _undisputed(statements: list[Statement]) -> list[Statement]:
    """First statements on a property of a material under the same conditions, where all others agree within 1 %."""
    groups: dict[tuple[str, str, str], list[Statement]] = {}
    for one in statements:
        groups.setdefault((one.material, one.property, str(sorted(one.conditions.items()))), []).append(one)
    return [
        group[0]
        for group in groups.values()
        if max(one.value for one in group) - min(one.value for one in group) <= 0.01 * abs(group[0].value)
    ]


def _only(statement: Statement, statements: list[Statement]) -> bool:
    """Say whether a sentence gives its value once, not again in another unit beside it."""
    beside = [s for s in statements if s.quote.text == statement.quote.text and s.property == statement.property]
    return len(beside) == 1 and statement.quote.text.count(statement.written) == 1


def _named(property_id: str) -> str:
    return get_property(property_id).name


def _value(passage: Passage, statement: Statement, name: str) -> Record:
    at = "".join(f", {value}" for _, value in sorted(statement.conditions.items()))
    asked = f"What is the {_named(statement.property)} of {statement.name}{at}?"
    return _record(passage, statement, name, asked, f'"{statement.quote.text}"\nAnswer: {statement.written}')


def _cloze(passage: Passage, statement: Statement, name: str) -> Record:
    asked = f"Fill the gap: {statement.quote.text.replace(statement.written, GAP)}"
    return _record(passage, statement, name, asked, f"Answer: {statement.written}")


def _unsaid(passage: Passage, statement: Statement, chooser: random.Random) -> Iterator[Record]:
    """Ask for a common property of which the passage says nothing."""
    spoken = {prop.id for _, _, prop in property_mentions(passage.text)}
    absent = [name for name in _COMMON if name not in spoken]
    if absent:
        asked = f"What is the {_named(chooser.choice(absent))} of {statement.name}?"
        yield _record(passage, statement, f"{passage.id}/unsaid", asked, UNSAID)


def _record(passage: Passage, statement: Statement, name: str, asked: str, answer: str) -> Record:
    return Record(
        id=name, kind="question", category="questions", subtask=name.rsplit("/", 1)[1],
        messages=(
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": f"Passage:\n{passage.text}\n\nQuestion: {asked}"},
            {"role": "assistant", "content": answer},
        ),
        polymer_keys=() if statement.material.startswith(_UNREAD) else (statement.material,),
        licence=passage.licence,
    )  # fmt: skip
