"""What a brief reports instead of asking for: "our current grade has a Tg of 100 °C", "(n = 5)", "we rejected ...".

A clause that tells of another material is context. Its numbers are read, so that "the new one needs at least 120 °C"
knows its property, but they are listed as context and never demanded.
"""

from __future__ import annotations

from agent.brief.draft import Draft
from agent.brief.words import word_set

_ENDS = frozenset({",", ";", "but", "so", "yet", "hence", "therefore", "whereas", "while", "(", ")"})
_LIMP = frozenset({"only", "just", "already", "currently", "now", "still", "today", "always", "of", "ours"})
_PRESENT = word_set("present")
_PAST = word_set("rejecting")
_GRADE = word_set("grade_nouns")
_SHOWING = word_set("showing")
_OWNERS = frozenset({"our", "the", "my", "their", "your", "this"})
_TESTS = word_set("test_nouns")
_NOUN_REACH = 4  # tokens between "current" and the noun of "current injection-moulded grade"


def reported(draft: Draft) -> frozenset[int]:
    """Find the tokens of clauses that report and do not ask.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; the words that open such a clause are marked as understood.

    Returns
    -------
    frozenset of int
        Token indices.
    """
    found: set[int] = set()
    for at, token in enumerate(draft.tokens):
        if token.kind != "word" or at in found:
            continue
        start = _subject(draft, at) if draft.word(at) in _PRESENT else at if draft.word(at) in _PAST else -1
        if start < 0 or (draft.word(at) in _PAST and _excluded(draft, at)):
            continue
        last = _clause_end(draft, start)
        draft.use(at, start)
        found.update(range(at, last + 1))
        draft.assume(f"Context, not a constraint: {draft.place(at, last)[1]!r}.")
    return frozenset(found)


def _excluded(draft: Draft, at: int) -> bool:
    """True for "must be rejected", which asks."""
    return draft.word(at - 1) in {"be", "are", "is", "get"}


def _subject(draft: Draft, at: int) -> int:
    """Find the verb of "our current grade has ..."; -1 if nothing is told of the material."""
    noun = at if draft.word(at).startswith("we ") else -1
    noun = (
        noun if noun >= 0 else next((index for index in range(at + 1, at + 1 + _NOUN_REACH) if _noun(draft, index)), -1)
    )
    if noun < 0 or draft.sentences[noun] != draft.sentences[at]:
        return -1
    verb = noun + 1
    while draft.word(verb) in _LIMP | {"'s"} or draft.word(verb) in _GRADE:
        verb += 1
    if draft.word(verb) == ":" and verb == noun + 1:
        return verb  # "Current grade: Tg 100 °C"
    told = verb < len(draft.tokens) and draft.sentences[verb] == draft.sentences[at] and draft.word(verb) in _SHOWING
    return verb if told else -1


def _noun(draft: Draft, at: int) -> bool:
    return draft.word(at) in _GRADE or (0 <= at < len(draft.tokens) and draft.tokens[at].has("class"))


def _clause_end(draft: Draft, at: int) -> int:
    """The end of the clause: where the sentence ends, turns, or begins to ask."""
    last = at
    while last + 1 < len(draft.tokens) and draft.sentences[last + 1] == draft.sentences[at]:
        token = draft.tokens[last + 1]
        if token.text.casefold() in _ENDS or token.has("hard", "should", "soft"):
            break
        if token.text.casefold() == "and" and draft.word(last + 2) in {"we", "i", "it", "you", "that", "this"}:
            break
        last += 1
    return last


def set_aside_samples(draft: Draft) -> None:
    """Set aside how many specimens were tested: "(ISO 527, 5 mm/min, n = 5)", "n=10 specimens".

    Parameters
    ----------
    draft : Draft
        The brief's sheet.
    """
    for at, token in enumerate(draft.tokens[:-1]):
        if token.kind == "num" and token.unit is None and draft.word(at + 1) in _TESTS and _bracketed(draft, at):
            draft.use(at, at + 1)
            draft.assume(f"{draft.place(at, at + 1)[1]!r} was read as a number of specimens, not as a property.")
    for at, token in enumerate(draft.tokens[:-2]):
        number = draft.tokens[at + 2]
        if token.text not in {"n", "N"} or draft.word(at + 1) not in {"=", ":", ">=", "≥"} or number.number is None:
            continue
        count = number.number.value
        whole = number.unit is None and count == int(count) and "." not in number.text and "," not in number.text
        tested = draft.word(at + 3) in _TESTS or _bracketed(draft, at) or count >= 3 or token.text == "N"
        if whole and tested:
            last = at + 3 if draft.word(at + 3) in _TESTS else at + 2
            draft.use(at, last)
            draft.assume(f"{draft.place(at, last)[1]!r} was read as a number of specimens, not as a property.")


def _bracketed(draft: Draft, at: int) -> bool:
    for index in range(at - 1, max(-1, at - 16), -1):
        if draft.word(index) in {")", "]"} or draft.sentences[index] != draft.sentences[at]:
            return False
        if draft.word(index) in {"(", "["}:
            return True
    return False
