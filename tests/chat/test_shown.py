"""What the chat shows of an answer: plain data without NaN, numbers with kind and source, nothing that acts."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from rdkit import Chem

from agent.brief import parse_brief
from agent.evidence import Claim, Ledger, Quote
from agent.experiments import next_experiments
from agent.followup.judging import given, judge
from agent.report.model import Answer, Rejected, Report
from agent.report.write import write_report
from agent.runs import create_run
from agent.state import SubQuestion
from polysmith.chatting import citations, exports, following, tables, uploads
from polysmith.chatting.answer import answer_messages, passages_message, predictions_message
from polysmith.chatting.cards import card
from polysmith.chatting.constraints import edited, table_props
from polysmith.chatting.property_map import property_map
from polysmith.chatting.writing import Writer
from polysmith.results import Prediction
from tools.core.errors import InputError, StructureError
from tools.core.evidence import Passage

BRIEF = "Film with Tg above 150 °C, dielectric constant below 3.2, no fluorine"
UNITS = ("*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1", "*CC(*)c1ccccc1")
TEXT = "Ring density raises Tg. Bulky side groups do too <1>. Ring density again."


def passage(**more):
    fields = {"id": "p1", "document_id": "d", "title": "A | title", "text": TEXT, "start": 0, "end": len(TEXT)}
    return Passage(**{**fields, "source": "notes", **more})


@pytest.fixture(scope="module")
def report():
    spec, ledger = parse_brief(BRIEF), Ledger()
    made = judge([given(unit) for unit in UNITS], spec, ledger)
    finalists = tuple(item.model_copy(update={"rank": rank}) for rank, item in enumerate(made, 1))
    quote = Claim(text="“Ring density raises Tg.”", quotes=(Quote(passage="p1", text="Ring density raises Tg."),))
    ledger.add_passage(passage(doi="10.1000/xyz123"))
    ledger.add_passage(passage(id="p2", doi='10.1000/x y" onclick=1'))
    question = SubQuestion(id="Q1", text="what raises Tg?", skill="property", query="Tg")
    missed = Rejected(smiles=UNITS[1], name="=cmd()", violated="Tg", claim=quote)
    return Report(
        run_id="20260101-000000-abcdef", verdict="answered", spec=spec, finalists=finalists, ledger=ledger,
        summary=(quote,), answers=(Answer(question=question, claims=(quote,)),), rejected=(missed,),
        experiments=next_experiments(finalists, ledger),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path, report):
    made = create_run(tmp_path / "runs")
    made.save("run", report.model_copy(update={"run_id": made.id}).model_dump(mode="json"))
    return made


def test_every_piece_is_plain_json_and_every_number_has_a_kind(report, folder):
    for said in answer_messages(report, folder):
        for piece in said.shown:
            json.dumps(piece.props, allow_nan=False)
    made = card(Writer(report), report.finalists[0])
    rows = [row["value"] for row in made["checks"] if row.get("value")]
    values = [*rows, *made["others"], *made["measured"], *(item["value"] for item in made["neighbours"])]
    assert len(values) > 5
    assert all(item["kind"] in {"measured", "predicted", "simulated", "estimated"} for item in values)
    assert all(item["source"] for item in values)
    assert made["alt"].endswith(UNITS[0])


def test_drawings_take_the_ink_of_the_page_and_hold_no_style_for_others(report):
    svg = card(Writer(report), report.finalists[1])["svg"]
    assert "<style" not in svg
    assert "<script" not in svg
    assert "currentColor" in svg


def test_the_units_are_those_of_the_brief_or_the_stored_ones(report):
    key = report.finalists[0].predictions["Tg"]
    stored = report.ledger.values[key].value
    assert Writer(report).value(key)["number"] == pytest.approx(stored - 273.15)
    assert Writer(report, "canonical").value(key)["number"] == pytest.approx(stored)


def test_quotes_are_marked_where_they_stand_and_links_need_a_proper_doi(report):
    first, second = citations.sources(report)
    assert "".join(part["text"] for part in first["parts"]) == TEXT
    assert [part["text"] for part in first["parts"] if part["quoted"]] == ["Ring density raises Tg."]
    assert first["link"] == "https://doi.org/10.1000/xyz123"
    assert second["link"] == ""


@pytest.mark.parametrize("quotes", [(), ("",), ("absent",), ("ab", "bc"), ("a", "abc")])
def test_marked_pieces_join_to_the_text(quotes):
    parts = citations.marked("abcabc", quotes)
    assert "".join(part["text"] for part in parts) == "abcabc"
    assert all(one["quoted"] != other["quoted"] for one, other in pairwise(parts))


def test_the_map_shades_what_is_wanted_and_every_axis_can_be_chosen(report):
    figure = json.loads(property_map(Writer(report)))
    region = figure["layout"]["shapes"][0]
    assert region["x0"] == pytest.approx(150.0)
    assert region["y1"] == pytest.approx(3.2)
    known, candidates = figure["data"]
    assert len(candidates["x"]) == len(report.finalists)
    assert len(known["x"]) == len(known["y"]) == len(known["text"]) > 5
    for menu in figure["layout"]["updatemenus"]:
        for button in menu["buttons"]:
            points = next(iter(button["args"][0].values()))
            assert [len(item) for item in points] == [len(known["x"]), len(candidates["x"])]


def test_text_of_documents_does_nothing_in_messages(report):
    said = passages_message([passage(title="![x](http://evil.example/p.png) <b>")], "q](http://evil.example)")
    assert "](http" not in said.text.replace("\\]", "").replace("\\[", "")
    assert "<b>" not in said.text.replace("\\<", "")


def test_a_table_row_that_was_not_touched_stays_what_it_was(report):
    rows = table_props(report.spec)["rows"]
    found = edited(rows, report.spec)
    assert found.spec.constraints == report.spec.constraints
    assert found.spec.structure == report.spec.structure


def test_edits_are_read_in_their_unit_and_mistakes_stand_beside_their_row(report):
    rows = table_props(report.spec)["rows"]
    rows[0] |= {"value": "500", "unit": "K"}
    rows.append({"id": "n1", "kind": "words", "text": "no chlorine"})
    made = edited(rows, report.spec).spec
    assert made.constraints[0].lower == pytest.approx(500.0)
    assert {item.name for item in made.structure} == {"F", "Cl"}
    for change, row in (
        ({"value": "abc"}, "p0"),
        ({"unit": "kg"}, "p0"),
        ({"operator": "=="}, "p0"),
        ({"value": "nan"}, "p0"),
    ):
        wrong = [{**rows[0], **change}, *rows[1:]]
        bad = edited(wrong, report.spec)
        assert bad.spec is None
        assert [item["row"] for item in bad.messages] == [row]
    assert edited([], report.spec).spec is None
    assert edited("rows", report.spec).spec is None
    assert edited([{"kind": "structure", "id": "s99"}], report.spec).messages[0]["row"] == "s99"


def test_exports_hold_the_candidates_with_their_numbers(report, folder):
    write_report(report, folder)
    files = {item.name: item for item in exports.exports(report, folder)}
    assert set(files) == {"report.html", "candidates.csv", "run.json", "candidates.sdf", "replay.sh"}
    supplier = Chem.SDMolSupplier()
    supplier.SetData(files["candidates.sdf"].content)
    mols = list(supplier)
    assert len(mols) == 2
    assert sum(atom.GetAtomicNum() == 0 for atom in mols[0].GetAtoms()) == 2
    value = report.ledger.values[report.finalists[0].predictions["Tg"]]
    assert float(mols[0].GetProp("Tg")) == pytest.approx(value.value, rel=1e-4)
    assert mols[0].GetProp("Tg_KIND") == value.kind
    assert f"polysmith run replay {report.run_id}" in files["replay.sh"].content


def test_rejected_names_cannot_act_in_a_table(report):
    row = tables.rejected(report)["rows"][0]
    assert row[0]["text"] == "=cmd()"
    assert row[2]["text"] == "Tg"


def test_predictions_name_the_rows_that_failed(report):
    failed = Prediction(given="*C(", error=StructureError("It has one end.", code="stars"))
    good = Prediction(given="PS", smiles=UNITS[1], key="k", name="polystyrene", values={}, measured={})
    said = predictions_message([failed, good])
    assert said.text.startswith("1 of 2")
    assert "one end" in said.text


def test_follow_ups_in_the_chat_answer_or_begin_a_new_run(folder):
    root = folder.path.parent
    said = following.follow_up("compare 1 and 2", folder.id, root)
    assert said.kind == "answer"
    assert said.said.shown[0].name == "ResultTable"
    changed = following.follow_up("Tg above 250 instead", folder.id, root)
    assert changed.kind == "design"
    assert [item.lower for item in parse_brief(changed.brief).constraints if item.property == "Tg"] == [523.15]
    assert [item.lower for item in changed.spec.constraints if item.property == "Tg"] == [523.15]
    assert "no polymer" in following.follow_up("why not unobtainium?", folder.id, root).said.text
    assert following.follow_up("what is the Tg of PEEK?", folder.id, root) is None


def test_buttons_of_components_do_only_what_is_known(tmp_path):
    assert following.act({"do": "rm -rf"}, tmp_path) is None
    with pytest.raises(InputError, match="characters"):
        following.act({"do": "draw", "text": "*" * 5000}, tmp_path)
    said = following.act({"do": "draw", "text": "*CC(*)c1ccccc1"}, tmp_path)
    assert said.shown[0].props["svg"].startswith("<svg")


def test_uploads_have_limits_and_list_what_is_broken(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text('smiles,name\n*CC*,PE\n,empty\n"*CC(*)C,open\n*CC(*)C,PP\n', encoding="utf-8")
    given_units, broken = uploads.polymers_of(table)
    assert given_units == ["*CC*", "*CC(*)C"]
    assert len(broken) == 2
    table.write_text("smiles\n" + "*CC*\n" * (uploads.MOST_ROWS + 1), encoding="utf-8")
    with pytest.raises(InputError, match="more than"):
        uploads.read_upload(table, "t.csv", tmp_path)
    for name, content in (("x.exe", b"MZ"), ("x.pdf", b"no pdf"), ("x.txt", b"a\0b"), ("x.csv", b"")):
        path = tmp_path / "upload"
        path.write_bytes(content)
        with pytest.raises(InputError):
            uploads.read_upload(path, name, tmp_path)
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(uploads.MOST_BYTES + 1)
    with pytest.raises(InputError, match="bytes"):
        uploads.read_upload(big, "big.pdf", tmp_path)


def test_a_paper_goes_into_the_users_own_index(tmp_path):
    paper = tmp_path / "upload"
    paper.write_text(
        "Title of a note\n\n" + "Polyimides of fluorene dianilines keep their Tg above 300 °C. " * 20, encoding="utf-8"
    )
    said = uploads.read_upload(paper, "../../etc/note.txt", tmp_path / "home")
    assert "1 added" in said.text
    assert (tmp_path / "home" / "index").is_dir()
    assert not (tmp_path / "etc").exists()
