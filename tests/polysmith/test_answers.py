"""Answers of servers: complete, with their sources, and nothing in them takes effect."""

from __future__ import annotations

import json

import pytest
from markdown_it import MarkdownIt

from agent.ask import Reply
from agent.evidence import Claim, Ledger, Quote
from agent.report.model import Finalist, Report
from polysmith.answers import reply_markdown, report_data, report_markdown
from tools.core.evidence import Passage
from tools.core.spec import DesignSpec, NotUnderstood

HOSTILE = "![x](https://evil.example/?q=1) <img src=x> [a](javascript:alert(1))\u202e | cell"


def _ledger():
    ledger = Ledger()
    ledger.add_passage(
        Passage(id="p", document_id="d", title=HOSTILE, text=HOSTILE, source=HOSTILE, start=0, end=len(HOSTILE))
    )
    return ledger


def _claim():
    return Claim(text=HOSTILE, quotes=(Quote(passage="p", text=HOSTILE),))


def _harmless(text):
    page = MarkdownIt("commonmark").enable("table").render(text)
    assert "<a " not in page
    assert "<img" not in page
    assert "https://evil" not in text  # no bare address that a client would make a link of
    assert "\u202e" not in text


@pytest.fixture
def report():
    spec = DesignSpec(
        brief=HOSTILE,
        not_understood=(NotUnderstood(text=HOSTILE, span=(0, 1), reason="unknown"),),
        problems=(HOSTILE,),
    )
    finalist = Finalist(rank=1, smiles="*CC*|`x`", key="k", name=HOSTILE, origin="x", chance="")
    return Report(
        run_id="20260101-000000-abcdef", verdict="partial", summary=(_claim(),), spec=spec, finalists=(finalist,),
        ledger=_ledger(),
    )  # fmt: skip


def test_a_report_in_short_shows_hostile_text_word_for_word(report):
    text = report_markdown(report)
    _harmless(text)
    assert "### Sources" in text
    assert report.run_id in text
    rows = [line for line in text.splitlines() if line.startswith("| 1 ")]
    assert rows[0].replace("\\|", "").count("|") == 5


def test_an_answer_to_a_question_names_its_sources_in_order(report):
    reply = Reply(question="?", claims=(_claim(),), ledger=_ledger())
    text = reply_markdown(reply)
    _harmless(text)
    assert text.startswith("- ")
    assert "[1]" in text.splitlines()[0]
    assert any(line.startswith("[1] ") for line in text.splitlines())
    assert reply_markdown(Reply(question="?", declined="Nothing is known.")) == "Nothing is known.\n"


def test_data_of_a_report_are_plain(report):
    told = json.loads(json.dumps(report_data(report), allow_nan=False))
    assert told["run_id"] == report.run_id
    assert told["finalists"][0]["chance_percent"] is None
    assert told["summary"] == [HOSTILE]
