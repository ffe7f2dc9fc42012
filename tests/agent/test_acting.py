"""Calls of a plan run in killable workers, and nothing else runs; what they give is values with a source, or a note."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

import agent.tool_calls
import polysmith
from agent.deps import Deps
from agent.evidence import Claim, Derived, Ledger
from agent.known_names import KnownNames
from agent.llm.scripted import FunctionModel, call
from agent.nodes.act import act, join_acted
from agent.nodes.plan import plan as plan_node
from agent.planner import make_plan
from agent.report.model import Answer
from agent.runs import create_run
from agent.settings import Settings
from agent.state import Plan, SubQuestion, ToolRequest
from agent.tool_calls import OffPlanError, calls_of, run_call
from agent.tool_claims import claims_of
from agent.verify import verify_claim, verify_claims
from tools.core import sandbox
from tools.core.errors import BudgetError
from tools.core.spec import Constraint, DesignSpec

PS, PET = "*CC(*)c1ccccc1", "*CCOC(=O)c1ccc(C(=O)O*)cc1"
TG = Constraint(property="Tg", operator=">", lower=423.15, unit="K", given_unit="°C")
SPEC = DesignSpec(brief="Tg above 150 °C", constraints=(TG,))
PREDICT = ToolRequest(tool="predict_properties", arguments={"polymers": [PS], "properties": ["Tg"], "conditions": None})
ROUTES = ToolRequest(tool="find_routes", arguments={"polymer": PET, "limit": 3})
KNOWN = ToolRequest(tool="known_polymers", arguments={"property_name": "Tg", "lower": 423.15, "upper": None})


def asked(*calls, name="M1", tools=None, skill="property"):
    return SubQuestion(
        id=name,
        text="Which ones?",
        skill=skill,
        origin="model",
        calls=calls,
        tools=tools or tuple(c.tool for c in calls),
    )


@pytest.fixture
def deps(tmp_path):
    return Deps(Settings(), create_run(tmp_path))


def prepared(deps, *questions, spec=SPEC):
    plan = Plan(questions=questions)
    deps.folder.save("spec", spec.model_dump(mode="json"))
    deps.folder.save("plan", plan.model_dump(mode="json"))
    return plan


def events(deps, kind):
    lines = (deps.folder.path / "events.jsonl").read_text().splitlines()
    return [record for record in map(json.loads, lines) if record["kind"] == kind]


def acted(deps):
    state = act({"run_id": deps.folder.id}, deps)
    artefact = deps.folder.load(state["acted"])
    return [Answer.model_validate(item) for item in artefact["answers"]], Ledger.model_validate(artefact["ledger"])


def test_answers_become_values_of_the_ledger_and_claims_that_verify(deps):
    prepared(deps, asked(PREDICT, KNOWN, ROUTES))
    (answer,), ledger = acted(deps)
    assert not answer.note
    assert next(iter(ledger.values.values())).kind == "predicted"
    texts = [claim.text for claim in answer.claims]
    assert any("styrene (atactic), predicted glass transition temperature" in text and "°C" in text for text in texts)
    assert any("handbook polymers have a glass transition temperature" in text for text in texts)
    assert any("ways to make poly(ethylene terephthalate)" in text and "terephthalic acid" in text for text in texts)
    assert all(verify_claim(claim, ledger).ok for claim in answer.claims)


def test_without_calls_nothing_happens(deps):
    prepared(deps, *make_plan(SPEC).questions)
    before = sorted(deps.folder.path.iterdir())
    assert act({"run_id": deps.folder.id}, deps) == {"run_id": deps.folder.id}
    assert sorted(deps.folder.path.iterdir()) == before


def test_without_a_model_the_plan_is_that_of_the_rules(deps):
    deps.folder.save("spec", SPEC.model_dump(mode="json"))
    plan_node({"run_id": deps.folder.id}, deps)
    assert deps.folder.load("plan") == make_plan(SPEC).model_dump(mode="json")


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (ToolRequest(tool="simulate_gap", arguments={"polymer": PS}), "does not allow this tool"),
        (ToolRequest(tool="shell", arguments={"command": "id"}), "does not allow this tool"),
        (ToolRequest(tool="find_routes", arguments={"polymer": PS, "limit": 3}), "no call with these arguments"),
        (ROUTES.model_copy(update={"arguments": {**ROUTES.arguments, "limit": 4}}), "no call with these arguments"),
        (ToolRequest(tool="search_candidates", arguments={}), "no call with these arguments"),
    ],
)
def test_what_is_not_in_the_plan_is_refused_counted_and_not_run(deps, monkeypatch, request_, reason):
    monkeypatch.setattr(sandbox, "run", lambda *args, **kwargs: pytest.fail("it was run"))
    plan = prepared(deps, asked(ROUTES), *make_plan(SPEC).questions)
    with pytest.raises(OffPlanError, match=reason):
        run_call(plan, request_, deps)
    (event,) = events(deps, "refused call")
    assert reason in event["reason"]
    assert not calls_of(deps)


def test_a_call_that_its_own_question_does_not_allow_is_refused(deps):
    plan = prepared(deps, asked(PREDICT, tools=("find_routes",)), *make_plan(SPEC).questions)
    with pytest.raises(OffPlanError, match="the question that holds this call"):
        run_call(plan, PREDICT, deps)
    (answer, *_), ledger = acted(deps)
    assert not answer.claims
    assert "refused (OffPlanError)" in answer.note
    assert not ledger.values


def test_an_equal_call_and_a_step_that_is_repeated_run_nothing_again(deps, monkeypatch):
    prepared(deps, asked(ROUTES), asked(ROUTES, name="M2"))
    first = acted(deps)
    assert len(calls_of(deps)) == len(events(deps, "tool")) == 1
    monkeypatch.setattr(sandbox, "run", lambda *args, **kwargs: pytest.fail("it was run again"))
    assert acted(deps) == first


def test_calls_and_seconds_have_a_budget_that_a_repeated_step_does_not_renew(deps):
    deps = Deps(Settings(tool_calls=1), deps.folder)
    plan = prepared(deps, asked(ROUTES, KNOWN))
    for _ in range(2):
        (answer,), _ = acted(deps)
        assert "known_polymers was not run (BudgetError)" in answer.note
        assert answer.claims
    spent = Deps(Settings(tool_seconds=1e-6), deps.folder)
    with pytest.raises(BudgetError, match="used up"):
        run_call(plan, KNOWN, spent)
    (event,) = events(deps, "tool")
    assert (event["calls"], event["calls_limit"], event["seconds_limit"]) == (1, 1, 300.0)
    assert event["seconds"] > 0


def value(**changes):
    made = {"property": "Tg", "value": 373.0, "unit": "K", "lower": 360.0, "upper": 390.0, "coverage": 0.9,
            "kind": "predicted", "source": "model", **changes}  # fmt: skip
    return [{"smiles": PS, "values": {"Tg": made}}]


@pytest.mark.parametrize(
    "result",
    [
        value(unit="°C", value=100.0, lower=87.0, upper=117.0),
        value(unit="degC"),
        value(value=3730.0),
        value(value=3730.0, lower=3600.0, upper=3900.0),
        value(value=37.3),
        value(value=float("nan")),
        value(upper=float("inf")),
        value(lower=380.0),
        value(property="happiness"),
        value(kind="measured"),
        value(value="373; Tg = 999"),
        value(source=""),
        "Tg = 999 °C",
        {"error": "Tg = 999 °C"},
        [{"smiles": "ignore this: Tg 999 °C", "values": value()[0]["values"]}],
        [[[1]]],
        None,
        12,
    ],
)
def test_wrong_results_say_nothing(result):
    ledger = Ledger(tag="t")
    claims, note = claims_of(PREDICT, result, SPEC, ledger)
    assert not claims
    assert not ledger.values
    assert note
    assert "999" not in note


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        (ROUTES, [{"mechanism": "Tg 999 °C", "monomers": [{"smiles": "OCCO", "name": "Tg 888 °C"}]}]),
        (
            ToolRequest(tool="check_physics", arguments={"polymer": PS}),
            [{"severity": "warning", "property": "Tg", "text": "Tg is 999 °C", "values": [value()[0]["values"]["Tg"]]}],
        ),
        (KNOWN, [{"name": "Tg 999 °C", "smiles": PS, "value": {**value()[0]["values"]["Tg"], "kind": "measured"}}]),
    ],
)
def test_texts_of_an_answer_bring_in_no_number(request_, result):
    ledger = Ledger(tag="t")
    claims, _ = claims_of(request_, result, SPEC, ledger)
    assert claims
    assert all(verify_claim(claim, ledger).ok for claim in claims)
    said = " ".join(claim.text for claim in claims)
    assert "999" not in said
    assert "888" not in said


def test_a_long_answer_is_cut_and_stays_in_its_file(deps):
    every = ToolRequest(tool="predict_properties", arguments={"polymers": [PS], "properties": None, "conditions": None})
    prepared(deps, asked(every))
    (answer,), _ = acted(deps)
    assert len(answer.claims) == 4
    assert "glass transition temperature" in answer.claims[0].text  # what the brief asks for comes first
    assert "stand in the run folder" in answer.note
    assert len(deps.folder.load("call-1")["result"][0]["values"]) > 10


def test_results_stand_under_their_question_in_the_order_of_the_plan(deps):
    rules = make_plan(SPEC).questions
    mine = asked(ROUTES, name="M1", skill="synthesis")
    prepared(deps, *[item.model_copy(update={"calls": (KNOWN,)}) if item.id == "Q1" else item for item in rules], mine)
    state = act({"run_id": deps.folder.id}, deps)
    other = Ledger(tag="r")
    count = other.add_derived(Derived(name="n", value=1, method="counted"))
    answers = [Answer(question=item, claims=(Claim(text="1", values=(count,)),), note="") for item in rules]
    joined, ledger = join_acted(state, deps, answers, other)
    assert [item.question.id for item in joined] == [*(item.id for item in rules), "M1"]
    assert len(joined[0].claims) == 2
    assert all(verify_claim(claim, ledger).ok for item in joined for claim in item.claims)
    assert join_acted({"run_id": "x"}, deps, answers, other) == (answers, other)


def test_the_plan_with_a_model_is_fixed_with_its_calls(tmp_path):
    def answer(request):
        if request.tools:
            return call("find_routes", polymer="PET") if "find_routes" in str(request.tools) else "none"
        if "search words" in request.messages[0].content:
            return json.dumps({"queries": []})
        return json.dumps({"questions": [{"text": "Which mechanism suits stiff chains best?", "skill": "synthesis"}]})

    deps = Deps(Settings(), create_run(tmp_path), model=FunctionModel(answer))
    deps.folder.save("spec", SPEC.model_dump(mode="json"))
    plan_node({"run_id": deps.folder.id}, deps)
    plan = Plan.model_validate(deps.folder.load("plan"))
    assert {item.id for item in plan.questions if item.calls} == {"Q3", "M1"}
    assert {item.tool for item in plan.calls()} <= plan.allowed_tools()
    thought = {item["task"]: item for item in deps.folder.load("thinking")}
    assert thought["choosing tool calls"]["helped"]
    assert thought["splitting the brief"]["detail"] == "1 added"
    answers, _ = acted(deps)
    assert [item.question.id for item in answers] == ["Q3", "M1"]
    assert len(calls_of(deps)) == 1  # the same call for two questions


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("identify_polymer", {"text": PS, "polymer_class": ""}),
        ("explain_prediction", {"polymer": PS, "property_name": "Tg", "neighbours": 3}),
        ("assess_feasibility", {"polymer": PET}),
        ("check_physics", {"polymer": PET}),
        ("rank_solvents", {"polymer": PS, "temperature": 298.15, "n": 10}),
        ("predict_copolymer", {"parts": [[PS, 0.5], ["*CC(*)(C)C(=O)OC", 0.5]], "properties": ["Tg"]}),
        ("simulate_fire", {"polymer": PS, "heat_flux": 50.0, "thickness": 3.0}),
    ],
)
def test_every_tool_that_can_be_chosen_is_told_in_claims_that_verify(deps, tool, arguments):
    prepared(deps, asked(ToolRequest(tool=tool, arguments=arguments)))
    (answer,), ledger = acted(deps)
    assert answer.claims, answer.note
    assert "could not" not in answer.note
    assert "left out" not in answer.note
    names = KnownNames(SPEC, (), ())
    for claim in answer.claims:
        assert verify_claims([claim], ledger, (), None, names)[0].ok, claim


def test_a_run_that_is_late_runs_no_further_tool(deps):
    class Late(Deps):
        def late(self):
            return True

    late = Late(deps.settings, deps.folder)
    prepared(late, asked(ROUTES, KNOWN))
    state = act({"run_id": "x"}, late)
    assert state["cut"] == ["2 calls of tools were left out"]
    assert not calls_of(late)


def children():
    return {path.name for path in processes() if _parent(path) == os.getpid()}


def processes():
    return [path for path in Path("/proc").iterdir() if path.name.isdigit()]


def _parent(path):
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has just ended
        return -1


BAD_TOOLS = """
import os, subprocess, sys, time
def hang(name, arguments):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "left_behind"])
    time.sleep(600)
def nest(name, arguments):
    from tools.core import sandbox
    sandbox.run("bad_tools_of_this_test:inner", seconds=600)
def inner():
    open(__file__ + ".pid", "w").write(str(os.getpid()))
    subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", "left_behind"])
def eat(name, arguments):
    return len(bytearray(8 * 2**30))
def crash(name, arguments):
    os._exit(11)
def fail(name, arguments):
    raise RuntimeError("Tg is 999 °C\\nnew line")
def no_json(name, arguments):
    return '{"Tg": NaN'
"""


@pytest.fixture
def bad_tool(tmp_path, monkeypatch):
    (tmp_path / "bad_tools_of_this_test.py").write_text(BAD_TOOLS)
    monkeypatch.syspath_prepend(str(tmp_path))
    sandbox.shutdown()  # a new worker sees the new path
    yield lambda name: monkeypatch.setattr(agent.tool_calls, "ANSWER", f"bad_tools_of_this_test:{name}")
    sandbox.shutdown()


@pytest.mark.parametrize("name", ["hang", "nest"])
def test_a_tool_that_hangs_is_killed_with_what_it_started_and_the_next_one_runs(
    deps, bad_tool, monkeypatch, name, tmp_path
):
    monkeypatch.setattr(agent.tool_calls, "USUAL_SECONDS", 3.0 if name == "nest" else 0.5)
    bad_tool(name)
    plan = prepared(deps, asked(ROUTES, KNOWN))
    before, begun = children(), time.monotonic()
    outcome = run_call(plan, ROUTES, deps)
    assert time.monotonic() - begun < 10
    assert outcome.error == "LimitError"
    assert outcome.result is None
    assert children() <= before
    assert all(ended(path.name) for path in processes() if b"left_behind" in _command(path))
    inner = tmp_path / "bad_tools_of_this_test.py.pid"
    assert inner.exists() == (name == "nest")
    assert name != "nest" or ended(inner.read_text())  # a worker of a worker ends when it loses its parent
    monkeypatch.undo()
    (answer,), _ = acted(deps)
    assert "find_routes could not do it (LimitError)" in answer.note
    assert any("handbook polymers" in claim.text for claim in answer.claims)


def ended(pid):
    for _ in range(50):
        try:
            if (Path("/proc") / pid / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


def _command(path):
    try:
        return (path / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("name", "error"), [("eat", "LimitError"), ("crash", "ToolError"), ("fail", "ToolError"), ("no_json", "ToolError")]
)
def test_a_tool_that_fails_is_a_typed_note_and_never_a_result(deps, bad_tool, name, error):
    bad_tool(name)
    prepared(deps, asked(ROUTES))
    (answer,), ledger = acted(deps)
    assert not answer.claims
    assert not ledger.values
    assert answer.note.startswith(f"find_routes could not do it ({error})")
    assert "\n" not in answer.note
    assert "999" not in answer.note


@pytest.mark.slow
def test_a_whole_run_with_a_model_answers_with_its_calls_and_is_resumed_without_new_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path))
    asked_of_it = []

    def answer(request):
        asked_of_it.append(request)
        if request.tools and "find_routes" in str(request.tools):
            return call("find_routes", polymer="PET")
        if request.tools:
            return call("predict_properties", polymers=["PET"], properties=["Tg"])
        if "further ones" in request.messages[0].content:
            proposal = {"text": "How near do aromatic polyesters come?", "skill": "property", "about": ["C1"]}
            return json.dumps({"questions": [{**proposal, "after": ["Q1"], "query": "aromatic polyester chain"}]})
        return "{}"

    brief = "Tg above 150 °C, made by polycondensation"
    small = {"candidates": 1, "pool": 60, "evaluations": 0, "rounds": 1}
    report = polysmith.design(brief, model=FunctionModel(answer), **small)
    alone = polysmith.design(brief, model=False, **small)
    texts = [claim.text for item in report.answers for claim in item.claims]
    assert any("poly(ethylene terephthalate), predicted glass transition temperature" in text for text in texts)
    assert [item.question.id for item in report.answers if item.question.origin == "model"] == ["M1"]
    assert not report.verification.removed
    assert [item.smiles for item in report.finalists] == [item.smiles for item in alone.finalists]
    rules = [item for item in report.answers if item.question.origin == "rules"]
    assert [item.question.id for item in rules] == [item.question.id for item in alone.answers]
    # no request that offers tools holds a word of a document: the calls were chosen before any was read
    choosing = [item for item in asked_of_it if item.tools]
    assert choosing
    assert report.ledger.passages
    said = "".join(message.content for item in choosing for message in item.messages)
    assert not any(passage.text[:60] in said for passage in report.ledger.passages.values())
    assert all(item.tools for item in asked_of_it[asked_of_it.index(choosing[0]) :][: len(choosing)])
    before = len(asked_of_it)
    assert polysmith.resume(report.run_id) == report
    assert len(asked_of_it) == before
