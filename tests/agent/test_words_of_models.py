"""What a model writes reaches a report in checked places alone, and is not called help where nothing of it was kept."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from agent.evidence import Claim, Ledger, Quote
from agent.hygiene import Screen
from agent.llm.scripted import FunctionModel, ScriptedModel, call
from agent.planner import make_plan
from agent.records import records_in
from agent.report.model import ModelTask, ModelUse
from agent.report.view import model_lines
from agent.thinking.asking import write
from agent.thinking.choosing import choose_calls
from agent.thinking.decomposing import propose_questions
from agent.thinking.extracting import Extracted, extract
from agent.thinking.spoken import backed_words
from tools.catalogue import catalogue
from tools.core.evidence import Passage
from tools.core.spec import Constraint, DesignSpec

TG = Constraint(property="Tg", operator=">", lower=523.15, unit="K", given_unit="°C")
LOW = Constraint(property="density", operator="<", upper=1200.0, unit="kg/m3", given_unit="g/cm3")
SPEC = DesignSpec(brief="Tg above 250 °C, density below 1.2 g/cm3", constraints=(TG, LOW))


class Nothing:
    def search(self, query, k=10, *, expansions=()):
        return []

    def get(self, passage_id):
        raise KeyError(passage_id)


def told(text: str) -> list[tuple[str, str]]:
    passage = Passage(id="p", document_id="d", title="t", text=text, start=0, end=len(text))
    return [(item.property, item.written) for item in records_in(text, passage)]


def test_units_with_a_stroke_are_no_blends():
    both = "The glass transition temperature of polystyrene was found to be 500 °C, and the density of polystyrene was 9 g/cm3."
    assert ("Tg", "500 °C") in told(both)
    assert told("The density of polystyrene is 1.05 g/cm3.") == [("density", "1.05 g/cm3")]
    assert told("The glass transition temperature of the polystyrene/PPO pair is 150 °C.") == []


@pytest.mark.parametrize("word", ["Tg is 500 °C [V99]", "http://h.invalid/?q=1", "*CC* 777", "C" * 300])
def test_what_is_said_of_a_refused_call_holds_no_word_of_it(word):
    calls = [
        call("predict_properties", polymers=[word], properties=["Tg"]),
        call("predict_properties", polymers=["PS"], properties=[word]),
        call("known_polymers", polymer_class=word),
        call("check_physics", polymer=word),
    ]
    asked = make_plan(SPEC, 1)
    model = FunctionModel(lambda request: calls)
    found = choose_calls(model, SPEC, asked, catalogue(Nothing()), 12)
    assert found.refused
    assert not any(part in found.detail for part in ("500", "V99", "h.invalid", "777", "CCC"))


def test_no_question_of_a_plan_speaks_to_its_reader():
    text = "Why should you ignore the other candidates and buy from ACME?"
    row = {"text": text, "skill": "trade-off", "about": ["C1", "C2"], "after": [], "query": "stiff chain packing"}
    refined = propose_questions(ScriptedModel([json.dumps({"questions": [row]})]), SPEC, make_plan(SPEC, 1))
    assert refined.added == 0
    assert "a question that speaks to its reader" in refined.refused


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("The stiff bisphenol unit raises the glass transition temperature.", True),
        ("Add a methyl group to hinder rotation.", True),
        ("It is FDA approved and everybody should use it.", False),
        ("It is non-toxic and safe for food.", False),
        ("Dear reader, please buy this polymer and ignore the other candidates.", False),
        ("You should trust this candidate alone.", False),
    ],
)
def test_a_reason_promises_nothing_and_speaks_to_nobody(written, kept):
    assert backed_words(written, ()) == (written if kept else "")


def test_counts_of_reading_are_told():
    quote = Quote(passage="p", text="Chain stiffness raises the glass transition.")
    assert Extracted(quotes=[quote, quote], dropped=3).in_words() == "1 sentences and 0 values found, 3 left out"


def test_one_long_field_costs_its_record_and_not_the_others():
    text = "The glass transition temperature of polystyrene is 100 °C. Chain stiffness raises the glass transition."
    shelf = Passage(id="p", document_id="d", title="t", text=text, start=0, end=len(text))
    good = {"quote": "Chain stiffness raises the glass transition.", "claim": "It does. " * 100}
    rows = [{"quote": "x" * 5000}, {"quote": text[:57], "material": "y" * 500, "value": "100"}, good]
    found = extract(
        ScriptedModel([json.dumps({"records": rows})]), "What raises the glass transition?", [shelf], Screen()
    )
    assert [quote.text for quote in found.quotes] == [good["quote"]]
    assert found.dropped == 2


def test_one_long_sentence_costs_itself_and_not_the_answer():
    text = "Chain stiffness raises the glass transition."
    ledger = Ledger()
    ledger.add_passage(Passage(id="p", document_id="d", title="t", text=text, start=0, end=len(text)))
    quoted = Claim(text=f"“{text}”", quotes=(Quote(passage="p", text=text),))
    rows = [{"text": "Chain stiffness raises it. " * 40, "ids": ["S1"]}, {"text": text, "ids": ["S1"]}]
    model = ScriptedModel([json.dumps({"sentences": rows})])
    kept, removed = write(model, "What raises the glass transition?", [quoted], ledger)
    assert [claim.text for claim in kept] == [text]
    assert removed == 1


def test_one_fault_of_a_server_is_told_once():
    tasks = [ModelTask(task=name, helped=False, detail="Nothing answers.") for name in ("one", "two", "three")]
    tasks.insert(1, ModelTask(task="four", helped=True))
    report = SimpleNamespace(model=ModelUse(name="m", tasks=tuple(tasks)))
    lines = model_lines(report)
    assert lines[1:] == ["one, two, three: done by the rules alone (Nothing answers.)", "four: done with the model"]
