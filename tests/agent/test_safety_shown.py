"""What documents, users and models wrote is shown and never obeyed: Markdown, HTML, CSV, terminal, JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.evidence import Claim, Derived, Ledger, Quote
from agent.report.html import to_html
from agent.report.markdown import to_markdown
from agent.report.model import Answer, Check, Experiment, Finalist, Monomer, Neighbour, Rejected, Report, RouteCard
from agent.report.write import to_csv
from agent.state import SubQuestion
from polysmith.cli.output import emit_json, show_table
from polysmith.cli.reading import show_passages, show_reply
from tools.core.evidence import Passage, Value
from tools.core.shown import doi_url, markdown, safe_cell, visible
from tools.core.spec import DesignSpec

HOSTILE = (
    '=HYPERLINK("http://evil.example") ![x](http://evil.example/?q=1) [a](javascript:alert(1)) <img src=http://evil.example'
    " onerror=alert(1)> <script>alert(1)</script> https://evil.example/a www.evil.example mail@evil.example [bold red]rich"
    "[/] [link=http://evil.example]here[/link] \x1b]8;;http://evil.example\x1b\\x\x1b[2J\x9b31m \u202eesrever\u202c"
    " in\u200bvis \U000e0041\U000e0042 | cell | `tick` &lt;b&gt; {{ 7 * 7 }} {% raw %} $x$\n# head\n[V1]: http://evil.example"
)


def report(text: str = HOSTILE) -> Report:
    """A report in which every free text is hostile."""
    book = Ledger()
    value = Value(property="Tg", value=400.0, unit="K", kind="predicted", source=text, note=text)
    key = book.add_value(value)
    chance = book.add_derived(Derived(name=text, value=50.0, unit="percent", method=text))
    book.add_passage(
        Passage(
            id=f"p{text}", document_id="d", title=text, text=text, start=0, end=9, doi=text, url=text, reference=text
        )
    )
    claim = Claim(text=text, values=(key,), quotes=(Quote(passage=f"p{text}", text=text),))
    route = RouteCard(
        mechanism=text, monomers=(Monomer(smiles="C=C", name=text),), by_product=text, conditions=text, notes=(text,)
    )
    finalist = Finalist(
        rank=1, smiles="*CC*", key="*C*", name=text, origin=text, chance=chance, routes=(route,), warnings=(text,),
        checks=(Check(requirement=text, property="Tg", value=key, chance=chance, note=text), Check(requirement=text, note=text)),
        predictions={"Tg": key}, measured={"Tg": (key,)}, findings=(claim,), uncertain=(claim,),
        neighbours={"Tg": (Neighbour(name=text, smiles="*CC*", similarity=chance, value=key),)},
    )  # fmt: skip
    question = SubQuestion(id="Q1", text=text, skill="property")
    return Report(
        run_id="20260101-000000-abcdef", verdict="answered", summary=(claim,), finalists=(finalist,), ledger=book,
        spec=DesignSpec(brief=text, assumptions=(text,), problems=(text,)),
        answers=(Answer(question=question, claims=(claim,), note=text),),
        rejected=(Rejected(smiles="*CC*", name=text, violated=text, claim=claim),),
        experiments=(Experiment(title=text, reason=claim),),
    )  # fmt: skip


def acting(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} and c not in "\n\t\u00ad"]


def tokens(text: str) -> list:
    found = []
    for token in (
        MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"]).parse(text)
    ):
        found += [token, *(token.children or ())]
    return found


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_markdown_shows_and_does_nothing():
    page = to_markdown(report())
    made = tokens(page)
    assert {t.attrGet("src") for t in made if t.type == "image"} == {
        "figures/properties.svg",
        "figures/candidate-1.svg",
    }
    assert not [t for t in made if t.type in {"link_open", "html_inline", "html_block", "fence", "code_block"}]
    assert len([t for t in made if t.type == "heading_open"]) == len(re.findall(r"^#+ ", page, re.MULTILINE))
    outside = re.sub(r"`[^`]*`", "", page)  # in a code span nothing becomes a link
    assert "http://" not in outside and "https://" not in outside and "www." not in outside and "mail@" not in outside
    assert acting(page) == []


@pytest.mark.parametrize("tail", ["", "x", "`", "\\", "\\\\", "!", "["])
@given(text=st.text(alphabet=st.sampled_from(list("[]()!<>`\\*_~#|&:/.@-=+1 \nahttpsw\u202e\x1b")), max_size=40))
def test_no_text_becomes_markup(tail, text):
    shown = markdown(text + tail)
    kinds = {t.type for t in tokens(f"- {shown} [V1]\n\n{shown}\n\n| a |\n|---|\n| {shown} |")}
    allowed = {"bullet_list", "list_item", "paragraph", "table", "thead", "tbody", "tr", "th", "td"}
    assert kinds <= {f"{name}_{end}" for name in allowed for end in ("open", "close")} | {
        "inline",
        "text",
        "text_special",
    }
    plain = "".join(t.content for t in tokens(shown) if t.type.startswith("text"))
    assert plain.split() == visible(text + tail).split()


def test_html_holds_no_element_of_theirs_and_asks_for_nothing():
    page = to_html(report(), {})
    reader = Tags()
    reader.feed(page)
    assert not {"script", "img", "iframe", "link", "object", "base", "form", "a"} & {tag for tag, _ in reader.found}
    assert not [name for _, attrs in reader.found for name in attrs if name.startswith("on") or name in {"src", "href"}]
    assert "default-src 'none'" in page and acting(page) == []
    assert "{{ 7 * 7 }}" in page


def test_only_a_doi_of_the_proper_form_becomes_a_link():
    good = "10.1021/acs.macromol.5b00001"
    assert doi_url(good) == f"https://doi.org/{good}"
    for bad in ("", "10.1/x", "http://evil.example", "10.1021/a b", "10.1021/a?q=1", "10.1021/a#b", '10.1021/"><script>',
                "//evil.example/10.1021/a", "10.1021/a\u202eb", "10.1021/a)[x](http://evil.example", "javascript:10.1021/a"):  # fmt: skip
        assert doi_url(bad) == ""
    made = report("plain")
    key, passage = next(iter(made.ledger.passages.items()))
    made.ledger.passages[key] = passage.model_copy(update={"doi": good})
    assert f"[doi](https://doi.org/{good})" in to_markdown(made)
    assert f'<a href="https://doi.org/{good}" rel="noopener noreferrer">' in to_html(made, {})


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "＝", "＋"])
def test_spreadsheets_run_nothing_and_numbers_stay_numbers(start):
    rows = list(csv.reader(io.StringIO(to_csv(report(f"{start}cmd|' /C calc'!A0")))))
    assert {len(row) for row in rows} == {len(rows[0])} and len(rows) == 2
    cells = dict(zip(rows[0], rows[1], strict=True))
    assert cells["name"].startswith("'") and cells["Tg"] == "400.0" and cells["rank"] == "1"
    assert not [cell for cell in rows[1] if cell.lstrip("\t\r\n ")[:1] in {"=", "+", "@", "-"}]
    assert safe_cell("polystyrene") == "polystyrene"


def test_the_terminal_obeys_nothing(capsys, monkeypatch):
    from polysmith.cli.designing import show_report

    monkeypatch.setenv("FORCE_COLOR", "1")
    made = report()
    passage = next(iter(made.ledger.passages.values()))
    show_report(made)
    show_passages([passage])
    from agent.ask import Reply

    show_reply(Reply(question="?", claims=made.summary, ledger=made.ledger))
    show_table(HOSTILE, [HOSTILE], [[HOSTILE]])
    shown = capsys.readouterr().out
    left = re.sub(r"\x1b\[[0-9;]*m", "", shown)  # colours of our own
    assert acting(left) == [] and "\x1b]8" not in shown
    assert "[bold red]rich" in left and r"\u202e" in left


def test_json_on_a_terminal_is_the_same_data_without_acting_characters(capsys):
    data = {"text": HOSTILE, "letters": "Tg of Ätherpolymer 聚合物 °C"}
    emit_json(data)
    shown = capsys.readouterr().out
    assert json.loads(shown) == data and acting(shown) == [] and "聚合物 °C" in shown


@given(st.text())
def test_what_is_shown_never_acts_and_plain_text_is_untouched(text):
    assert acting(visible(text)) == []
    if not acting(text) and text.isascii():
        assert visible(text) == text
