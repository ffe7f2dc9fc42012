"""Chains are kept only if every number, unit, step and structure holds and the answer is right; a kill loses little."""

from __future__ import annotations

import json
import random
from importlib import resources

import pytest
from typer.testing import CliRunner

from agent.llm.scripted import FunctionModel
from finetune.distill.chain import Fact, read_chain
from finetune.distill.check import check_chain
from finetune.distill.corrupt import KINDS
from finetune.distill.profile import Profile, hides_answer, profile_of
from finetune.distill.programmatic import programmatic_chain
from finetune.distill.quantities import Amount, amounts, evaluate
from finetune.distill.run import Plan, distill
from finetune.distill.teachers import AgentTeacher, EndpointTeacher, Programmatic
from finetune.records.record import read_records
from polybench.jsonl import read_tasks
from polybench.run.question import Reply, Scripted
from polybench.task import Task
from polysmith.cli.app import app
from tools.core.errors import InputError, ModelError, StateError, UnitError


@pytest.fixture(scope="module")
def train():
    with resources.as_file(resources.files("polybench.sample") / "train.jsonl") as path:
        return path


@pytest.fixture(scope="module")
def worked(train):
    """Every sample task whose chain holds, with its profile and chain."""
    found = []
    for task in read_tasks(train):
        profile = profile_of(task)
        chain = programmatic_chain(task, profile)
        if chain is not None and check_chain(task, profile, chain.write()).ok:
            found.append((task, profile, chain))
    return found


DENSER = Task.model_validate(
    {
        "id": "denser",
        "split": "train",
        "category": "comparison_ranking",
        "subtask": "higher_density",
        "question": "Which of the two polymers has the higher density?",
        "choices": {"A": "*CC*", "B": "*CC(*)Cl"},
        "answer_type": "mcq",
        "answer": "B",
    }
)
KNOWN = Profile(
    "values", (Fact("Choice A, density: 0.95 g/cm3", "table"), Fact("Choice B, density: 1.4 g/cm3", "table"))
)
GOOD = """Facts:
[F1] Choice A, density: 0.95 g/cm3 (table)
[F2] Choice B, density: 1.4 g/cm3 (table)
Sub-questions:
Q1. How do the densities compare?
Q2. Which choice is it?
Reasoning:
S1 (Q1): The ratio is 1.4 g/cm3 [F2] / (0.95 g/cm3) [F1] = 1.474, for B 1.4 g/cm3 > 950 kg/m3 of A
S2 (Q2): So it is B
<answer>B</answer>"""


def test_a_chain_that_holds_is_kept():
    verdict = check_chain(DENSER, KNOWN, GOOD)
    assert verdict.ok, verdict


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("= 1.474", "= 1.523", "sum"),
        ("= 1.474", "= 1.474 K", "unit"),
        ("> 950 kg/m3", "> 0.95 kg/m3", "unit"),
        ("> 950 kg/m3", "< 950 kg/m3", "comparison"),
        ("> 950 kg/m3", "> 940 kg/m3", "number"),
        ("1.4 g/cm3 (table)", "1.5 g/cm3 (table)", "fact"),
        ("(table)\nSub", "(my memory)\nSub", "fact"),
        ("Q1. How do the densities compare?", "Q1. How do 1.4 g/cm3 and 0.95 g/cm3 compare?", "leaked"),
        ("Q1. How do", "<answer>B</answer> Q1. How do", "leaked"),
        ("S2 (Q2)", "S3 (Q2)", "order"),
        ("S2 (Q2)", "S2 (Q1)", "order"),
        ("So it is B", "By S3 it is B", "order"),
        ("So it is B", "By [F7] it is B", "fact"),
        ("So it is B", "So it is A", "conclusion"),
        ("So it is B", "So it is B, unlike *CC(*)C#N", "structure"),
        ("So it is B", "So it is B, with a Tg of 354 K", "number"),
        ("So it is B", "So it is B, as x9y", "number"),
        (" [F2]", "", "number"),
        ("Reasoning:\n", "", "form"),
        ("<answer>B</answer>", "<answer>B</answer> I am sure.", "leaked"),
        ("<answer>B</answer>", "", "leaked"),
    ],
)
def test_every_kind_of_fault_is_named(old, new, reason):
    assert old in GOOD
    verdict = check_chain(DENSER, KNOWN, GOOD.replace(old, new, 1))
    assert verdict.reason == reason, verdict


def test_a_wrong_answer_that_follows_is_still_refused():
    wrong = GOOD.replace("So it is B", "So it is A").replace("<answer>B", "<answer>A")
    assert check_chain(DENSER, KNOWN, wrong).reason == "score"


def test_sums_are_worked_out_with_their_units():
    assert evaluate("2 * 12.011 g/mol + 4 * 1.008 g/mol", "g/mol") == pytest.approx(28.054)
    assert evaluate("104.15 g/mol / (1.05 g/cm3)", "cm3/mol") == pytest.approx(99.19, rel=1e-4)
    assert evaluate("300 K", "degC") == pytest.approx(26.85)
    assert evaluate("23.7 kJ/mol", amounts("23700 J/mol")[0][0].unit) == pytest.approx(23700)
    assert evaluate("212 degF", "K") == pytest.approx(373.15)
    assert evaluate("2 * 3 ^ -2", "") == pytest.approx(2 / 9)
    for text, unit, error in (
        ("1 K + 1 g/mol", "K", UnitError),
        ("1 / 0", "", InputError),
        ("9 ^ 9 ^ 9 ^ 9", "", InputError),
        ("2 +", "", InputError),
        ("1 + " * 200 + "1", "", InputError),
    ):
        with pytest.raises(error):
            evaluate(text, unit)


def test_numbers_are_the_same_only_within_their_rounding():
    assert [amount.unit for amount, _, _ in amounts("373.1 K, 1.05 g/cm3 and 7")] == ["K", "g/cm3", ""]
    known = Amount(373.15, "K")
    assert amounts("373.2 K")[0][0].same(known)
    assert amounts("100.0 degC")[0][0].same(known)
    assert not amounts("370 K")[0][0].same(known)
    assert not amounts("373.15")[0][0].same(known)


def test_the_rules_work_out_tasks_of_every_category(train, worked):
    tasks = list(read_tasks(train))
    assert len(worked) > 0.7 * len(tasks)
    assert {task.category for task, _, _ in worked} == {task.category for task in tasks}


def test_a_profile_does_not_hold_the_answer(train):
    shown = [task.id for task in read_tasks(train) if not hides_answer(task, profile_of(task))]
    assert shown == []


def test_what_a_lying_teacher_changes_is_found(worked):
    rng, passed, tried = random.Random(0), [], 0
    for task, profile, chain in worked:
        for name, corrupt in KINDS.items():
            bad = corrupt(chain, rng)
            if bad is not None and bad.write() != chain.write():
                tried += 1
                passed += [(name, task.id)] if check_chain(task, profile, bad.write()).ok else []
    assert tried > 200
    assert [item for item in passed if item[0] != "steps swapped"] == []


def test_a_model_is_shown_the_profile_and_not_the_answer(tmp_path, train, worked):
    good = {task.question: chain.write() for task, _, chain in worked}
    calls = []

    def careless(request):
        asked = request.messages[-1].content
        calls.append(asked)
        text = next(chain for question, chain in good.items() if asked.startswith(question)) if good else ""
        return text if len(calls) % 2 else text.replace("<answer>", "<answer>not ")

    few = tmp_path / "train.jsonl"
    few.write_text("".join(task.model_dump_json(exclude_defaults=True) + "\n" for task, _, _ in worked[:8]))
    made = distill(few, EndpointTeacher(FunctionModel(careless)), tmp_path / "out", plan=Plan(batch=3))
    assert made["tasks"] == 8
    assert made["chains"] == 4
    assert all(profile.text() in asked for asked in calls for _, profile, _ in worked[:8] if profile.facts and
               asked.startswith(next(task.question for task, its, _ in worked[:8] if its is profile)))  # fmt: skip
    assert set(made["outcomes"]) <= {task.category for task, _, _ in worked}
    for record in read_records(tmp_path / "out" / "chains.jsonl"):
        assert record.kind == "chain"
        read_chain(record.messages[-1]["content"])


def test_a_killed_job_goes_on_and_ends_the_same(tmp_path, train, worked):
    few = tmp_path / "train.jsonl"
    few.write_text("".join(task.model_dump_json(exclude_defaults=True) + "\n" for task, _, _ in worked[:10]))
    whole = distill(few, Programmatic(), tmp_path / "whole", plan=Plan(batch=4))

    class Killed(Programmatic):
        asked = 0

        def teach(self, task, profile):
            Killed.asked += 1
            if Killed.asked == 7:
                raise KeyboardInterrupt
            return super().teach(task, profile)

    with pytest.raises(KeyboardInterrupt):
        distill(few, Killed(), tmp_path / "out", plan=Plan(batch=4))
    assert len(list((tmp_path / "out" / "batches").glob("*.jsonl"))) == 1
    with (tmp_path / "out" / "replies.jsonl").open("ab") as stream:
        stream.write(b'{"key": "cut')
    with pytest.raises(StateError, match="--resume"):
        distill(few, Killed(), tmp_path / "out", plan=Plan(batch=4))
    with pytest.raises(StateError, match="another"):
        distill(few, Killed(), tmp_path / "out", plan=Plan(batch=5), resume=True)
    again = distill(few, Killed(), tmp_path / "out", plan=Plan(batch=4), resume=True)
    assert Killed.asked == 7 + 10 - 6
    assert again["sha256"] == whole["sha256"]
    assert again["outcomes"] == whole["outcomes"]


def test_a_dead_endpoint_stops_the_job_and_held_out_tasks_are_refused(tmp_path, train):
    def dead(request):
        raise ModelError("The server is gone.", code="server")

    with pytest.raises(ModelError, match="whole batch"):
        distill(train, EndpointTeacher(FunctionModel(dead)), tmp_path / "a", plan=Plan(limit=4, workers=2))
    with pytest.raises(InputError, match="never trained on"):
        distill(train.with_name("test.jsonl"), Programmatic(), tmp_path / "b", plan=Plan(limit=4))


def test_runs_of_the_assistant_become_chains():
    reply = Reply("…", "B", passages={"V1": "Density of B is 1.4 g/cm3.", "V2": "Density of A is 0.95 g/cm3."})
    taught = AgentTeacher(Scripted({"denser": reply})).teach(DENSER, KNOWN)
    assert check_chain(DENSER, taught.profile, taught.text).ok
    silent = AgentTeacher(Scripted({"denser": Reply("I do not know.")})).teach(DENSER, KNOWN)
    assert silent.text == ""


def test_the_command_writes_chains_and_says_why_others_fell(tmp_path, train):
    run = ["finetune", "distill", "--tasks", str(train), "--out", str(tmp_path / "o"), "--limit", "6", "--json"]
    first = CliRunner().invoke(app, run)
    assert first.exit_code == 0, first.output
    made = json.loads(first.stdout)
    assert made["tasks"] == 6
    assert CliRunner().invoke(app, run).exit_code == 4
    assert CliRunner().invoke(app, [*run, "--resume"]).exit_code == 0
