import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from polybench.jsonl import read_predictions
from polybench.prediction import Usage
from polybench.run.baselines import RandomAnswerer, nearest
from polybench.run.exam import load_exam, make_agent, sit
from polybench.run.model_answerer import ModelAnswerer
from polybench.run.prompts import messages_for
from polybench.run.question import Question, Reply, Scripted
from polybench.run.reading import bounds, counted, monomers, polymers, unreadable
from polybench.run.rule_agent import RuleAgent
from polybench.run.runner import Options, run_exam
from polybench.task import Task
from tools.core.errors import BudgetError, InputError, ModelError, SetupError, StateError

ROOT = Path(__file__).parents[2]


def task(number=0, **fields):
    given = {
        "id": f"t{number}", "split": "dev", "category": "structural_understanding", "subtask": "x",
        "question": f"How many oxygen atoms does the repeat unit *{'C' * (number + 1)}O* have?",
        "answer_type": "numeric", "answer": 1.0,
    }  # fmt: skip
    return Task.model_validate({**given, **fields})


def ask(question, answer_type, **fields):
    return RuleAgent().answer(Question("q", question, answer_type, **fields)).final_answer


# --- the runner --------------------------------------------------------------------------------------------------


def test_what_the_examined_sees_has_no_answer_in_it():
    hidden = {"answer", "aliases", "evidence", "cot", "keypoints", "polymer_keys", "tolerance", "property"}
    assert not hidden & set(Question.__dataclass_fields__)
    shown = Question.of(task(context="Oxygen: 1"), with_knowledge=False)
    assert shown.context == ""
    assert Question.of(task(context="Oxygen: 1"), with_knowledge=True).context


def test_a_second_sitting_asks_nothing_twice(tmp_path):
    tasks = [task(number) for number in range(6)]
    first = Scripted(default="1")
    run_exam(tasks, first, tmp_path, Options(stop_after=4))
    second = Scripted(default="1")
    done = run_exam(tasks, second, tmp_path)
    assert first.asked == ["t0", "t1", "t2", "t3"]
    assert second.asked == ["t4", "t5"]
    assert [item.id for item in done] == [item.id for item in tasks]
    assert Scripted(default="1").asked == []
    third = Scripted(default="2")
    assert [item.response for item in run_exam(tasks, third, tmp_path)] == ["1"] * 6
    assert third.asked == []


def test_a_line_torn_by_a_kill_is_asked_again_and_nothing_else(tmp_path):
    tasks = [task(number) for number in range(4)]
    run_exam(tasks, Scripted(default="1"), tmp_path)
    path = tmp_path / "predictions.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + lines[2][:15])
    (tmp_path / "cache.jsonl").unlink()
    again = Scripted(default="1")
    assert len(run_exam(tasks, again, tmp_path)) == 4
    assert again.asked == ["t2", "t3"]


KILLED = """
import sys, time
from pathlib import Path
from polybench.run.question import Reply
from polybench.run.runner import Options, run_exam
from polybench.task import Task

class Slow:
    name, config = "scripted", {"kind": "scripted"}
    def answer(self, question):
        with open(sys.argv[2], "a") as handle:
            handle.write(question.id + "\\n")
        time.sleep(float(sys.argv[3]))
        return Reply("1")

tasks = [Task(id=f"t{n}", split="dev", category="agentic", subtask="x", question=f"Question {n}?",
              answer_type="numeric", answer=1.0) for n in range(12)]
run_exam(tasks, Slow(), Path(sys.argv[1]), Options(concurrency=2))
"""


def test_a_run_killed_with_nine_goes_on_and_asks_answered_tasks_once(tmp_path):
    asked, out = tmp_path / "asked.txt", tmp_path / "out"
    start = [sys.executable, "-c", KILLED, str(out), str(asked)]
    process = subprocess.Popen([*start, "0.25"], cwd=ROOT)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        path = out / "predictions.jsonl"
        if path.is_file() and path.read_bytes().count(b"\n") >= 3:
            break
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    answered = {item.id for item in read_predictions(out / "predictions.jsonl").predictions}
    before = asked.read_text().splitlines()
    assert 3 <= len(answered) < 12
    subprocess.run([*start, "0"], cwd=ROOT, check=True)
    after = asked.read_text().splitlines()[len(before) :]
    assert not answered & set(after)
    assert len(read_predictions(out / "predictions.jsonl").predictions) == 12


def test_equal_questions_are_answered_from_the_cache(tmp_path):
    twins = [task(0), task(0, id="twin")]
    double = Scripted(default="1")
    done = run_exam(twins, double, tmp_path)
    assert double.asked == ["t0"]
    assert [item.response for item in done] == ["1", "1"]


def test_a_question_is_paid_for_once_and_its_cost_survives_a_kill(tmp_path):
    costly = Scripted(default=Reply("1", usage=Usage(cost=2.0)))
    done = run_exam([task(0), task(0, id="twin")], costly, tmp_path)
    assert [item.usage.cost for item in done] == [2.0, None]
    (tmp_path / "predictions.jsonl").unlink()  # killed after the reply was kept and before the prediction was
    again = run_exam([task(0), task(0, id="twin")], Scripted(default="2"), tmp_path)
    assert [item.usage.cost for item in again] == [2.0, None]


def test_other_settings_need_another_folder(tmp_path):
    run_exam([task()], Scripted(), tmp_path)
    with pytest.raises(StateError, match="other settings"):
        run_exam([task()], Scripted(), tmp_path, Options(mode="cot"))


@pytest.mark.parametrize(
    "reply",
    [
        None, 17, ["A"], Reply(text=5), Reply("x", tool_calls="none"), Reply("x", final_answer=object()),
        Reply("x", citations=3), ValueError("bad"), ModelError("no answer", code="timeout"), KeyError("name"),
        OSError("connection lost"), TypeError("wrong"),
    ],
)  # fmt: skip
def test_a_malformed_answerer_costs_only_its_own_answers(tmp_path, reply):
    double = Scripted({"t1": reply}, default="1")
    if reply is None or isinstance(reply, int | list):
        double._replies["t1"] = reply
    done = run_exam([task(number) for number in range(3)], double, tmp_path)
    assert [bool(item.error) for item in done] == [False, True, False]
    assert double.asked == ["t0", "t1", "t2"]
    again = Scripted(default="1")
    done = run_exam([task(number) for number in range(3)], again, tmp_path, Options(retry_failed=True))
    assert again.asked == ["t1"]
    assert not any(item.error for item in done)


def test_a_used_up_budget_stops_the_run_and_leaves_the_rest_for_later(tmp_path):
    double = Scripted({"t1": BudgetError("used up")}, default="1")
    done = run_exam([task(number) for number in range(4)], double, tmp_path)
    assert [item.id for item in done] == ["t0"]
    assert double.asked == ["t0", "t1"]
    later = Scripted(default="1")
    assert len(run_exam([task(number) for number in range(4)], later, tmp_path)) == 4


def test_a_set_up_that_cannot_work_ends_the_run_and_is_asked_again_when_mended(tmp_path):
    tasks = [task(number) for number in range(4)]
    broken = Scripted({"t1": SetupError("the key is wrong")}, default="1")
    with pytest.raises(SetupError, match="the key is wrong"):
        run_exam(tasks, broken, tmp_path)
    assert broken.asked == ["t0", "t1"]
    mended = Scripted(default="1")
    assert len(run_exam(tasks, mended, tmp_path)) == 4
    assert mended.asked == ["t1", "t2", "t3"]


def test_a_folder_that_another_run_works_on_is_refused(tmp_path):
    class Nested(Scripted):
        def answer(self, question):
            with pytest.raises(StateError, match="works on"):
                run_exam([task(0)], Scripted(default="1"), tmp_path)
            return super().answer(question)

    assert len(run_exam([task(0)], Nested(default="1"), tmp_path)) == 1


def test_concurrency_is_bounded(tmp_path):
    import threading

    class Counting:
        name, config = "counting", {}
        open = most = 0
        lock = threading.Lock()

        def answer(self, question):
            with self.lock:
                self.open += 1
                self.most = max(self.most, self.open)
            time.sleep(0.02)
            with self.lock:
                self.open -= 1
            return Reply("1")

    double, seen = Counting(), []
    run_exam([task(number) for number in range(12)], double, tmp_path, Options(concurrency=3), progress=seen.append)
    assert 1 < double.most <= 3
    assert [state.done for state in seen] == list(range(1, 13))
    assert seen[-1].eta_s == 0
    assert all(item.latency_s > 0 for item in read_predictions(tmp_path / "predictions.jsonl").predictions)


# --- reading -----------------------------------------------------------------------------------------------------


def test_structures_and_molecules_are_found_in_prose():
    text = "Compare `*CC(*)c1ccccc1` with (*CCO*), made from C=C and O=C=Nc1ccc(N=C=O)cc1."
    assert [item.smiles for item in polymers(text)] == ["*CC(*)c1ccccc1", "*CCO*"]
    assert monomers(text) == ["C=C", "O=C=Nc1ccc(N=C=O)cc1"]
    assert unreadable(text) is None
    assert unreadable("What is the Tg of *CC(C)(C)(C)(C)C*?").code
    assert unreadable("What is the Tg of *CCO?").code


def test_counts_and_bounds_are_read():
    assert counted("How many fluorine atoms and aromatic rings are there?") == ["element:F", "group:aromatic_ring"]
    assert counted("Has it more hydrogen-bond donors than ester groups?") == ["hbond_donors", "group:ester"]
    found = bounds("a glass transition temperature above 150 °C and a density below 1.2 g/cm3")
    assert [(item.property.id, round(item.value, 2), item.above) for item in found] == [
        ("Tg", 423.15, True), ("density", 1.2, False),
    ]  # fmt: skip


# --- the rule agent: phrasings that no builder of this project uses ----------------------------------------------


def test_structures_in_other_words():
    assert ask("Count the nitrogen atoms in *Nc1ccc(NC(=O)c2ccc(C(*)=O)cc2)cc1.", "numeric") == 2
    assert ask("What is the molecular weight of the monomer unit *CC(*)c1ccccc1?", "numeric") == pytest.approx(
        104.15, abs=0.01
    )
    assert ask("True or false: *CCO* and *COC* are the same polymer.", "boolean") is True
    assert ask("Is an imide group present in *CCO*?", "boolean") is False
    choices = {"A": "*CC*", "B": "*CC(*)C#N", "C": "*CCO*"}
    assert ask("Which of the following has a nitrile?", "mcq", choices=choices) == "B"
    assert ask("Order by molecular weight, ascending.", "ranking", choices=choices) == ["A", "C", "B"]


def test_synthesis_in_other_words():
    answer = ask("What polymer results from OCCO and O=C(O)c1ccc(C(=O)O)cc1? Answer with a repeat unit.", "smiles")
    assert polymers(answer)[0] == polymers("*OCCOC(=O)c1ccc(cc1)C(*)=O")[0]
    assert ask("Name precursors of *CC(*)c1ccccc1 as SMILES.", "smiles") == "C=Cc1ccccc1"


def test_properties_and_knowledge_in_other_words():
    said = ask("Predict the Tg of *CC(*)c1ccccc1 in °C.", "numeric", unit="degC")
    assert said["lower"] < said["value"] < said["upper"]
    assert 40 < said["value"] < 180
    choices = {"A": "*CC*", "B": "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1"}
    assert ask("Which polymer has the lower glass transition?", "mcq", choices=choices) == "A"
    assert ask("Which polymer is abbreviated PMMA?", "label") == "poly(methyl methacrylate)"
    assert ask("Convert 100 degC to K.", "numeric") == pytest.approx(373.15)


def test_what_cannot_be_answered_is_refused():
    rule = "If the question cannot be answered, answer: unanswerable."
    assert ask(f"Find the density of the polymer poly(blorvane). {rule}", "label") == "unanswerable"
    assert ask(f"Find the density of the polymer *CC(C)(C)(C)(C)C*. {rule}", "label") == "unanswerable"


def test_a_tool_that_fails_twice_is_tried_again():
    question = Question(
        "q", "What is the density of *CC(*)c1ccccc1?", "numeric",
        failures={"tool": "predict_properties", "error": "LimitError", "times": 2},
    )  # fmt: skip
    reply = RuleAgent().answer(question)
    assert [call.ok for call in reply.tool_calls] == [False, False, True]
    assert reply.final_answer["value"] > 0


# --- models and baselines ----------------------------------------------------------------------------------------


class Replies:
    def __init__(self, *texts):
        self.texts, self.seen = list(texts), []

    def complete(self, messages):
        self.seen.append(list(messages))
        return self.texts.pop(0)


def test_a_model_in_agent_mode_calls_tools_and_meets_injected_failures():
    call = 'TOOL: {"name": "identify_polymer", "arguments": {"text": "*CCO*"}}'
    model = Replies(call, call, "<answer>poly(ethylene oxide)</answer>")
    question = Question(
        "q", "Name *CCO*.", "label", failures={"tool": "identify_polymer", "error": "LimitError", "times": 1}
    )
    reply = ModelAnswerer(model, "m", "agent").answer(question)
    assert [item.ok for item in reply.tool_calls] == [False, True]
    assert "oxide" in reply.text
    assert "ethylene" in model.seen[2][-1][1]


def test_broken_tool_calls_are_told_to_the_model():
    model = Replies('TOOL: {"name": "no_such_tool"}', "TOOL: {broken}", "<answer>A</answer>")
    reply = ModelAnswerer(model, "m", "agent").answer(Question("q", "?", "mcq", choices={"A": "x", "B": "y"}))
    assert [item.ok for item in reply.tool_calls] == [False, False]
    assert reply.text == "<answer>A</answer>"


def test_prompts_show_choices_constraints_and_form():
    question = Question.of(task(answer_type="mcq", choices=["one", "two"], answer="A", unit=""))
    text = messages_for(question, "cot")[1][1]
    assert "A. one" in text
    assert "<answer>" in text
    assert "step by step" in messages_for(question, "cot")[0][1]


def test_random_answers_depend_on_seed_and_id_alone():
    question = Question("q", "?", "mcq", choices=dict.fromkeys("ABCD", "x"))
    assert RandomAnswerer(1).answer(question) == RandomAnswerer(1).answer(question)
    drawn = {RandomAnswerer(seed).answer(question).final_answer for seed in range(40)}
    assert drawn == set("ABCD")


def test_the_nearest_neighbour_gives_a_training_label():
    train = task(evidence=[{"polymer": "*CC(*)c1ccccc1", "property": "Tg", "value": 373.0, "unit": "K"}])
    agent = nearest([train])
    question = Question("q", "What is the glass transition temperature of *CC(*)c1ccc(C)cc1 in K?", "numeric", unit="K")
    assert agent.answer(question).final_answer == 373.0
    assert agent.answer(Question("q", "How many rings has *CC(*)c1ccccc1?", "numeric")).final_answer is None


def test_the_rule_agent_sits_the_shipped_sample(tmp_path):
    exam = load_exam(None, "dev", 40)
    result = sit(exam, make_agent("rules", exam.folder), tmp_path, resamples=0)
    assert result["answered"] == result["tasks"] == len(exam.tasks)
    assert result["scores"]["categories"]["structural_understanding"]["score"] >= 0.95
    json.dumps(result, allow_nan=False)


def test_baselines_without_training_tasks_say_what_to_do(tmp_path):
    with pytest.raises(InputError, match=r"train\.jsonl"):
        make_agent("nearest", tmp_path)


def test_designs_are_kept_as_written_and_meet_every_constraint():
    from polybench.builders.design import descriptor, feasible, group

    constraints = [group("amide", 1, None), group("ketone", 1, None), descriptor("heavy_atoms", 24, 32)]
    question = Question("q", "Design one repeat unit.", "design", constraints=tuple(constraints))
    found = RuleAgent().answer(question).final_answer
    assert feasible(found[0], constraints)  # in the cut that was checked: another one would count a ketone less
    impossible = (group("amide", 1, None), descriptor("heavy_atoms", None, 1))
    nitrogen = {"kind": "element", "name": "N", "max": 0}
    no_nitrogen = Question.of(
        task(answer_type="design", answer="infeasible", constraints=[impossible[0].model_dump(), nitrogen])
    )
    assert RuleAgent().answer(no_nitrogen).final_answer == "infeasible"
