"""Passages are exact slices that lose nothing."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from index.document import MAX_CHARS, TARGET_CHARS, Document, clean, passages, text_hash

PROSE = (
    "The Tg of PS is 373 K (Fig. 2). It rises with Mn, e.g. to 380 K. Is that all? No.\n\nA new paragraph starts here. "
    * 30
)


def test_passages_are_whole_sentences_in_order():
    spans = passages(PROSE)
    assert len(spans) > 2
    for span in spans:
        text = PROSE[span.start : span.end]
        assert text == text.strip()
        assert text[-1] in ".?"
        assert len(text) <= MAX_CHARS
        assert not text.endswith(("Fig.", "e.g."))
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


def test_a_short_text_is_one_passage_and_an_empty_one_none():
    assert [(s.start, s.end) for s in passages("  One sentence. ")] == [(2, 15)]
    assert passages("") == []
    assert passages(" \n\n ") == []


def test_text_without_sentences_is_cut_at_white_space():
    text = "word " * 2000
    for span in passages(text):
        assert len(text[span.start : span.end]) <= MAX_CHARS
        assert text[span.start : span.end].startswith("word")
    solid = "x" * 5000
    assert "".join(solid[s.start : s.end] for s in passages(solid)) == solid


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("aB .?!\n\t()é-1"), max_size=4000))
def test_nothing_but_white_space_is_lost(text):
    spans = passages(text)
    joined = "".join(text[s.start : s.end] for s in spans)
    assert "".join(joined.split()) == "".join(text.split())
    assert all(0 <= s.start < s.end <= len(text) and s.end - s.start <= MAX_CHARS for s in spans)


def test_long_texts_take_linear_time():
    spans = passages("A sentence of some length that ends here. " * 20_000)
    assert len(spans) > 20_000 * 40 / MAX_CHARS
    assert sum(s.end - s.start for s in spans) / len(spans) > TARGET_CHARS / 2


def test_clean_removes_what_cannot_be_stored():
    assert clean("a\r\nb\rc\x00d\x1b[31m\ud800e\u0301") == "a\nb\nc d [31m \u00e9"
    assert Document(id="1", title="", text="x").sha256 == text_hash("x")
