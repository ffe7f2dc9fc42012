"""A server that fails, and tools that answer wrongly: every run ends, and no number comes from nowhere."""

from __future__ import annotations

import math
import random
import resource

import numpy as np
import pytest

import polysmith
from agent.evidence import Ledger
from agent.llm.fake_server import FakeServer, calls, faults, text
from agent.llm.filling import LIE_NUMBERS, answer, fill
from agent.llm.messages import ToolCall
from agent.quantities import given_numbers
from agent.report.compare import differences
from agent.settings import home
from agent.thinking.reading import Targets
from agent.verify import verify_claims
from tools.core.errors import NotCoveredError, PolysmithError
from tools.core.evidence import Value
from tools.core.plausibility import doubt, sound
from tools.core.polymer import Polymer
from tools.properties.predict import predict
from tools.simulation.checks import check

BRIEF = "Tg above 150 °C, density below 1.25 g/cm3, no fluorine; it should feel warm to the touch"
QUESTION = "What is the Tg of polystyrene?"
SMALL = {"pool": 100, "evaluations": 0, "rounds": 1, "candidates": 1}
FAULTS = faults()


@pytest.fixture(autouse=True)
def _may_call(model_calls, monkeypatch, tmp_path):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    monkeypatch.setattr("agent.llm.tries.FIRST_PAUSE", 0.01)


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYSMITH_HOME", str(tmp_path_factory.mktemp("rules")))
        return polysmith.design(BRIEF, model=False, **SMALL), polysmith.ask(QUESTION)


def configure(server):
    (home() / "llm.toml").write_text(f'url = "{server.url}"\nmodel = "fake"\ntimeout = 1.0\nretries = 1\n')


def good(body, lie=None):
    said, name, arguments = answer(body, lie=lie)
    return calls(ToolCall(id="call_1", name=name, arguments=arguments)) if name else text(said)


def claims_of(report):
    found = [*report.summary, *(claim for part in report.answers for claim in part.claims)]
    for item in report.finalists:
        found += [*item.findings, *item.uncertain]
    return found + [item.claim for item in report.rejected] + [item.reason for item in report.experiments]


def unbacked(report):
    verdicts = verify_claims(claims_of(report), report.ledger, given_numbers(report.spec))
    shown = report.model_dump_json(exclude={"model", "settings"})
    return [item for item in verdicts if not item.ok] + [n for n in LIE_NUMBERS if f"{abs(n):g}" in shown]


def design_against(script):
    with FakeServer(script) as server:
        configure(server)
        report = polysmith.design(BRIEF, **SMALL)
        assert polysmith.show(report.run_id).model.name == "fake"
    return report, len(server.requests)


SOME = ("long_output", "wrong_types")


@pytest.mark.parametrize("name", [*SOME, *(pytest.param(n, marks=pytest.mark.slow) for n in FAULTS if n not in SOME)])
def test_a_run_against_a_fault_gives_what_the_rules_give(name, rules):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report, requests = design_against([FAULTS[name]])
    assert report.verdict == rules[0].verdict
    assert differences(rules[0], report) == []
    assert not unbacked(report)
    assert report.spec.constraints == rules[0].spec.constraints
    assert 1 <= requests <= 80
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_faults_good_answers_and_lies_in_turn(seed, rules):
    rng = random.Random(seed)

    def script(body):
        kind = rng.random()
        return good(body) if kind < 0.3 else good(body, rng) if kind < 0.6 else rng.choice(list(FAULTS.values()))

    report, requests = design_against(script)
    assert report.verdict in {"answered", "infeasible"}
    assert report.spec.constraints == rules[0].spec.constraints
    assert not unbacked(report)
    assert requests <= 400


def test_a_liar_adds_no_number(rules):
    rng = random.Random(3)
    report, _ = design_against(lambda body: good(body, rng))
    assert not unbacked(report)
    assert [item for item in report.spec.constraints if item.operator not in {"maximise", "minimise"}] == [
        *rules[0].spec.constraints
    ]


@pytest.mark.parametrize("name", ["error_500", "empty_choices", "truncated_json", "unknown_tool", "nan_text"])
def test_a_question_against_a_fault_is_answered_as_by_the_rules(name, rules):
    with FakeServer([FAULTS[name]]) as server:
        configure(server)
        try:
            reply = polysmith.ask(QUESTION)
        except PolysmithError:
            return
    assert [claim.text for claim in reply.claims] == [claim.text for claim in rules[1].claims]
    assert len(server.requests) <= 40


def test_the_filler_meets_the_schema_that_it_is_shown():
    schema = Targets.model_json_schema()
    assert Targets.model_validate(fill(schema)).requirements == []
    assert Targets.model_validate(fill(schema, lie=random.Random(0), seen="Tg above 150 °C")).requirements


# -- wrong results of tools -----------------------------------------------------------------------------------------

TG = Value(property="Tg", value=430.0, unit="K", lower=410.0, upper=450.0, coverage=0.9, kind="predicted", source="m")


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_enters_no_ledger(wrong):
    for part in ("value", "lower", "upper"):
        with pytest.raises(NotCoveredError, match="no finite number"):
            Ledger().add_value(TG.model_copy(update={part: wrong}))


def test_a_value_in_another_unit_is_converted_and_one_of_another_kind_refused():
    ledger = Ledger()
    key = ledger.add_value(TG.model_copy(update={"value": 150.0, "lower": 140.0, "upper": 160.0, "unit": "degC"}))
    assert ledger.values[key].unit == "K"
    assert ledger.values[key].value == pytest.approx(423.15)
    with pytest.raises(NotCoveredError, match="not used"):
        ledger.add_value(TG.model_copy(update={"unit": "GPa"}))


@pytest.mark.parametrize(
    "changes", [{"value": 4300.0, "upper": 4500.0}, {"value": 43.0, "lower": 41.0}, {"value": 500.0}]
)
def test_what_no_polymer_can_have_is_marked_and_no_sentence_rests_on_it(changes):
    from agent.evidence import Claim

    wrong = TG.model_copy(update=changes)
    marked = sound(wrong)
    assert marked.in_domain is False
    assert "not to be trusted" in marked.note
    ledger = Ledger()
    key = ledger.add_value(wrong)
    claim = Claim(text=f"The glass transition temperature is {wrong.value:.0f} K.", values=(key,))
    assert "not to be trusted" in verify_claims([claim], ledger)[0].reason
    assert doubt(TG) == ""


def test_predictions_beyond_all_that_was_learnt_from_are_warned_of():
    polymer = Polymer.from_smiles("*CC(*)c1ccccc1")
    right = predict([polymer], ["Tg", "density", "refractive_index", "bulk_modulus"])[0]
    assert not [item for item in check(polymer, right) if item.check == "known_range"]
    for name, value in right.items():
        for factor in (10.0, 0.1):
            update = {part: factor * getattr(value, part) for part in ("value", "lower", "upper")}
            wrong = value.model_copy(update=update)
            seen = doubt(wrong) or [
                item for item in check(polymer, {**right, name: wrong}) if item.severity == "warning"
            ]
            assert seen, (name, factor)


def test_a_model_that_gives_no_number_meets_nothing_and_is_left_out(monkeypatch, rules):
    """All accurate Tg predictions are NaN: the run ends, shows none of them, and says that Tg is not assessed."""
    from dataclasses import replace

    import agent.finalists
    import agent.nodes.assess

    honest = agent.finalists.predict_table

    def broken(polymers, properties=None, **settings):
        table = honest(polymers, properties, **settings)
        column = table.columns.get("Tg")
        if column is None:
            return table
        nothing = np.full(len(polymers), np.nan)
        lost = replace(column, mean=nothing, lower=nothing, upper=nothing, centre=nothing)
        return replace(table, columns={**table.columns, "Tg": lost})

    monkeypatch.setattr(agent.finalists, "predict_table", broken)
    monkeypatch.setattr(agent.nodes.assess, "predict_table", broken)
    report = polysmith.design(BRIEF, model=False, **SMALL)
    assert report.verdict == "infeasible"
    assert "NaN" not in report.model_dump_json()
    (tg,) = [item for item in report.finalists[0].checks if item.property == "Tg"]
    assert not tg.value
    assert "not assessed" in tg.note
