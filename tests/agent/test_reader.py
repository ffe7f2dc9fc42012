"""The reader quotes exact sentences and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.reader import read, sentences
from tools.core.evidence import Passage


def passage(text: str, number: int = 1, document: str = "d1") -> Passage:
    return Passage(id=f"p{number}", document_id=document, title="t", text=text, start=0, end=len(text))


def test_sentences_survive_abbreviations_and_decimals():
    text = "Stiff units, e.g. Phenylene rings, raise Tg. The value was 1.25 g/cm3. See Fig. 3 for more."
    assert sentences(text) == [
        "Stiff units, e.g. Phenylene rings, raise Tg.",
        "The value was 1.25 g/cm3.",
        "See Fig. 3 for more.",
    ]


@given(st.text(max_size=300))
def test_every_sentence_is_a_substring(text):
    assert all(piece in text for piece in sentences(text))


def test_the_best_sentence_of_each_document_is_quoted():
    first = passage("Weather is fine. Chain stiffness raises the glass transition temperature.", 1, "a")
    second = passage("Side chains lower the glass transition temperature. Nothing else.", 2, "b")
    claims = read([first, second], "what determines the glass transition temperature", limit=5)
    assert [claim.quotes[0].text for claim in claims] == [
        "Chain stiffness raises the glass transition temperature.",
        "Side chains lower the glass transition temperature.",
    ]


def test_sentences_off_the_subject_are_not_quoted():
    assert read([passage("Weather is fine. Boats float on water.")], "glass transition temperature") == []
