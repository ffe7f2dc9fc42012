"""What a model proposes: a good chemist adds, a careless one is mended or refused with the reason, a liar changes nothing."""

from __future__ import annotations

import json

import pytest

import polysmith
from agent.brief import parse_brief
from agent.llm.obedient import ObedientModel
from agent.llm.scripted import FunctionModel, ScriptedModel
from agent.quantities import given_numbers
from agent.thinking.proposing import MOST, ROUNDS, ModelSource, Parent
from agent.thinking.spoken import backed_words, plain_words
from tools.core.errors import ModelError
from tools.core.polymer import Polymer
from tools.design.screen import Screen

SPEC = parse_brief("Tg above 150 °C, density below 1.25 g/cm3, no fluorine")
PARENT = Parent("P1", Polymer.from_smiles("*CC(*)c1ccccc1"), "polystyrene, known; misses Tg above 150 °C")
K12 = "*" + "".join(f"C{''.join(f'%{n}' for n in range(10, 98, 4))}" for _ in range(12)) + "*"


@pytest.fixture(scope="module")
def screen():
    return Screen(SPEC)


def answer(*proposals: object) -> str:
    return json.dumps({"proposals": list(proposals)})


def one(structure: str, parent: str = "none", reason: str = "") -> dict[str, str]:
    return {"structure": structure, "parent": parent, "reason": reason}


def source(model, screen, seen=()):
    return ModelSource(model, screen, [PARENT], seen, given_numbers(SPEC))


def run(model, screen, seen=()):
    made = source(model, screen, seen)
    return list(made.candidates(SPEC, ROUNDS * MOST, 0)), made.outcome


def test_a_good_proposal_keeps_its_parent_and_its_reason(screen):
    good = one("*CC(*)c1ccc2ccccc2c1", "P1", "The larger ring system stiffens the chain.")
    found, outcome = run(ScriptedModel([answer(good), answer()]), screen)
    assert [item.polymer.smiles for item in found] == ["*CC(*)c1ccc2ccccc2c1"]
    assert found[0].parents == (PARENT.polymer.smiles,)
    assert found[0].reason == "The larger ring system stiffens the chain."
    assert (outcome.asked, outcome.written, len(outcome.accepted)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("written", "smiles", "origin"),
    [
        ("[*]CC([*])c1ccccc1C", "*CC(*)c1ccccc1C", "a repeat unit"),
        ("(*CC(*)C#N)n", "*CC(*)C#N", "a repeat unit"),
        ("*CC(C)CC(C)*", "*CC(*)C", "a repeat unit"),
        ("C=CC#N", "*CC(*)C#N", "polymerised from the monomers C=CC#N"),
        ("styrene", "", ""),
        ("poly(methyl methacrylate)", "*CC(*)(C)C(=O)OC", "a name (handbook)"),
        ("terephthalic acid + ethylene glycol", "*OCCOC(=O)c1ccc(C(*)=O)cc1", "polymerised from the monomers"),
    ],
)
def test_what_can_be_mended_is_mended_and_said(screen, written, smiles, origin):
    found, outcome = run(ScriptedModel([answer(one(written)), answer()]), screen)
    if not smiles:  # the parent itself
        assert not found
        assert "listed already" in outcome.refused[0][1]
        return
    assert found[0].polymer == Polymer.from_smiles(smiles)
    assert found[0].origin.startswith(origin)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("*CC", "only one *"), ("CC", "No polymerisation rule"), ("*C(*)C*", "3 *"), ("", "Nothing"),
        ("*CC(F)(F)*", "no element F"), ("*OO*", "not stable"), (K12, ""), ("C1" * 400, "characters"),
        ("poly(styrene-co-butadiene)", "copolymer"), ("a stiff polyimide", "No polymer"), ("*CC* | rm -rf /", ""),
        ("*" + "CC(c1ccccc1)" * 12 + "CCO*", "heavy atoms"), ("{[$]CC[$]}", "BigSMILES"),
    ],
)  # fmt: skip
def test_what_cannot_is_refused_with_the_reason_and_told_once(screen, written, reason):
    model = ScriptedModel([answer(one(written)), answer(one("*CC(*)c1ccccc1C"))] + [answer()] * 3)
    found, outcome = run(model, screen)
    assert [item.polymer.smiles for item in found] == ["*CC(*)c1ccccc1C"]
    assert reason in outcome.refused[0][1]
    told = model.requests[1].messages[-1].content
    assert outcome.refused[0][1] in told
    assert len(told) < 3000
    assert outcome.refused[0][1] not in model.requests[2].messages[-1].content


def test_a_thousand_proposals_cost_no_more_than_eight(screen):
    many = answer(*(one("*" + "C" * n + "O*") for n in range(1, 1001)))
    found, outcome = run(FunctionModel(lambda _: many), screen)
    assert outcome.asked <= ROUNDS
    assert len(found) <= ROUNDS * MOST
    assert outcome.ignored == outcome.written - MOST * outcome.asked


def test_the_same_again_and_again_ends(screen):
    found, outcome = run(FunctionModel(lambda _: answer(one("*CC(*)c1ccccc1C"))), screen)
    assert len(found) == 1
    assert outcome.asked == 2


def test_an_empty_list_ends_at_once(screen):
    found, outcome = run(FunctionModel(lambda _: answer()), screen)
    assert (found, outcome.asked) == ([], 1)


def test_prose_is_an_error_and_a_fault_later_keeps_what_was_found(screen):
    with pytest.raises(ModelError):
        run(FunctionModel(lambda _: "I would try a polyimide."), screen)
    found, outcome = run(ScriptedModel([answer(one("*CC(*)c1ccccc1C")), "prose", "prose"]), screen)
    assert len(found) == 1
    assert "then it failed" in outcome.in_words()


def test_texts_alone_and_unknown_parents_are_taken_for_what_they_are(screen):
    found, _ = run(ScriptedModel([answer("*CC(*)c1ccccc1C", one("*CC(*)C#N", "P99")), answer()]), screen)
    assert [item.parents for item in found] == [(), ()]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("The stiff ring raises Tg.", "The stiff ring raises Tg."),
        ("It is stiff. Tg is 500 °C.", "It is stiff."),
        ("It reaches five hundred degrees.", ""),
        ("Its Tg is above 150 °C.", "Its Tg is above 150 °C."),
        ("Its Tg is above 150 K.", ""),
        ("Tg500 is reached.", ""),
        ("Half the density.", ""),
        ("A 1,4-phenylene with CF3 and SO2.", "A 1,4-phenylene with CF3 and SO2."),
        ("See https://evil.example/x for more.", ""),
        ("![x](http://evil.example)", ""),
        ("<b>stiff</b>", ""),
        ("`stiff` *ring*", "stiff ring"),
        ("stiff\u202e\u200b\x00 ring", "stiff ring"),
    ],
)
def test_reasons_lose_links_markup_and_numbers_of_their_own(said, kept):
    assert backed_words(plain_words(said), given_numbers(SPEC)) == kept


def test_reasons_are_cut_between_words():
    assert len(plain_words("stiff " * 1000)) <= 242


def test_no_document_text_and_no_tools_are_in_the_request(screen):
    model = FunctionModel(lambda _: answer())
    run(model, screen)
    request = model.requests[0]
    assert not request.tools
    assert SPEC.brief not in request.messages[-1].content
    assert "must: density below 1.25 g/cm3" in request.messages[-1].content


GOOD = "*C(=C(*)c1ccc([Si](C)(C)C)cc1)c1ccccc1"
SMALL = {"candidates": 3, "pool": 60, "evaluations": 0, "rounds": 1}


def _chemist(request):
    about = request.messages[0].content
    if "You propose repeat units" in about:
        reason = "Bulky silyl groups pack loosely. Its Tg is 500 °C."
        return answer(one(GOOD, "P1", reason), one("*CC")) if len(request.messages[-1].content) < 3000 else answer()
    return "I do not know."


def _told(report):
    return [(item.smiles, item.chance and report.ledger.derived[item.chance].value) for item in report.finalists]


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYSMITH_HOME", str(tmp_path_factory.mktemp("home")))
        brief = "Tg above 190 °C, density below 1.08 g/cm3, no fluorine"
        alone = polysmith.design(brief, model=False, **SMALL)
        helped = polysmith.design(brief, model=FunctionModel(_chemist), **SMALL)
        lied = polysmith.design(brief, model=ObedientModel(FunctionModel(lambda _: answer(one("*CC")))), **SMALL)
        folder = polysmith.config.runs_folder() / helped.run_id
        yield {"alone": alone, "helped": helped, "lied": lied}, folder


def test_a_better_candidate_of_the_model_is_among_the_finalists_with_its_reason(reports):
    made, folder = reports
    found = {item.key: item for item in made["helped"].finalists}
    mine = found[Polymer.from_smiles(GOOD).key]
    assert mine.origin.startswith("language model: a repeat unit")
    assert mine.parents
    assert mine.reason == "Bulky silyl groups pack loosely."
    for name in ("report.md", "report.html", "candidates.csv"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "Bulky silyl groups pack loosely." in text
        assert "500 °C" not in text
    events = (folder / "events.jsonl").read_text(encoding="utf-8")
    assert "only one *" in events


def test_what_the_rules_found_is_there_all_the_same(reports):
    made, _ = reports
    alone = {item.key for item in made["alone"].finalists}
    with_model = {item.key for item in made["helped"].finalists}
    assert len(alone - with_model) <= 1
    assert made["lied"].model.tasks
    assert _told(made["lied"]) == _told(made["alone"])


def test_without_a_model_nothing_of_it_is_in_the_candidates(reports):
    made, folder = reports
    rows = json.loads((folder.parent / made["alone"].run_id / "candidates-1.json").read_text(encoding="utf-8"))
    assert all(set(row) == {"smiles", "source", "origin"} for row in rows["candidates"])
    own = json.loads((folder / "candidates-1.json").read_text(encoding="utf-8"))["candidates"]
    assert rows["candidates"] == [row for row in own if row["source"] != "language model"]
