"""Explaining a concept out of a model's general knowledge: marked, without numbers and sources, else declined."""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic import BaseModel, Field

from agent.hygiene import judge
from agent.llm.messages import system, user
from agent.llm.model import LanguageModel
from agent.quantities import unreadable
from agent.reader import stems
from agent.relevance import field_words
from agent.thinking.asking import SOURCE_LIKE
from agent.thinking.spoken import plain_words
from tools.chemistry.names import mentions
from tools.core.properties import all_properties

EXPLAIN = """Explain a concept of polymer science in at most 3 short sentences from general knowledge. No numbers, no \
references, no names of papers, authors or products. If you are not sure, return no sentences."""

# Asks for a fact, which general knowledge must not supply.
_FACT = re.compile(
    r"\b(?:how (?:much|many|high|low|large|long|fast|strong|expensive|often|far)|what (?:value|number|"
    r"price|cost|temperature|year)|"
    r"which (?:paper|author|study|company|year|patent|polymer|group|journal)|who|whom|whose|when was|"
    r"where|price|cost|costs|market|"
    r"doi|cite|citation|reference|references|patent|patents|published|discovered|invented|latest|"
    r"today|yesterday|tomorrow|best)\b|[0-9]",
    re.IGNORECASE,
)
_CONCEPT = re.compile(
    r"^\s*(?:why\b|how (?:do|does|can|is|are)\b|explain\b|describe\b|what (?:is|are) (?:a|an|the)?\b|"
    r"what (?:does|do|makes|causes|happens|determines)\b|"
    r"in what way\b|what's\b|define\b)",
    re.IGNORECASE,
)
_ASK = stems(
    "why when where who should could would will may might tell me about explain please describe does happen happens "
    "cause causes make makes define mean means meant way"
)


class Plain(BaseModel):
    """Sentences of an explanation."""

    sentences: list[str] = Field(default_factory=list, max_length=6)


def is_concept(question: str) -> bool:
    """Say whether a question asks for a concept in words that polymer science has.

    Parameters
    ----------
    question : str
        The question.

    Returns
    -------
    bool
        False for facts, values, sources, and for words that the shipped notes do not know.
    """
    if not _CONCEPT.search(question) or _FACT.search(question) or "*" in question:
        return False
    words = stems(question) - _ASK
    return bool(words) and words <= field_words() and bool(words & _subject())


@lru_cache(maxsize=1)
def _subject() -> frozenset[str]:
    from index.shipped import NOTES, corpus

    titles = " ".join(item.title for item in corpus() if item.source == NOTES)
    names = " ".join(name for item in all_properties().values() for name in (item.name, *item.aliases))
    return stems(f"{titles} {names}")


def explain(model: LanguageModel, question: str) -> tuple[tuple[str, ...], int]:
    """Let a model explain a concept out of its general knowledge.

    Parameters
    ----------
    model : LanguageModel
        The model; it gets no tools.
    question : str
        The question, which ``is_concept``.

    Returns
    -------
    tuple of str
        Sentences without numbers, sources, links and polymers that the question does not name.
    int
        Sentences that were removed.

    Raises
    ------
    ModelError, BudgetError
        If the model cannot be asked.
    """
    rows = model.structured([system(EXPLAIN), user(f"Question: {question}")], Plain, max_tokens=300).sentences
    kept = [text for row in rows[:3] if (text := plain_words(row, 300)) and _general(text, question)]
    return tuple(dict.fromkeys(kept)), len(rows) - len(kept)


def _general(text: str, question: str) -> bool:
    if re.search(r"\d", text) or judge(text).reason or SOURCE_LIKE.search(text) or text.endswith("…"):
        return False
    named = {item.name for item in mentions(question)}
    strange = [
        word
        for word in re.findall(r"(?<!^)(?<![.!?] )\b[A-Z][a-z]{3,}\b", text)
        if word.casefold() not in question.casefold()
    ]
    same_subject = bool(stems(text) & (stems(question) - _ASK))
    return not unreadable(text) and not strange and same_subject and {item.name for item in mentions(text)} <= named
