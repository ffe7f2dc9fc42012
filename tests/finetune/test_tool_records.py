"""Records with tool calls: really called, answered from the result, in the forms in which models are asked."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from finetune.records.calls import Call, native_talk, tool_records, written_talk
from finetune.records.shorten import shortened
from polybench.jsonl import read_tasks
from polybench.prediction import Prediction
from polybench.run.model_answerer import ModelAnswerer
from polybench.run.question import Question
from polybench.scoring.marking import mark_all
from tools.catalogue import catalogue


@pytest.fixture(scope="module")
def tasks():
    with resources.as_file(resources.files("polybench.sample") / "train.jsonl") as path:
        return list(read_tasks(path))


@pytest.fixture(scope="module")
def records(tasks):
    return list(tool_records(tasks, share=0.5))


def test_answers_are_right_and_come_from_results(tasks, records):
    assert len(records) > 20
    by_id = {task.id: task for task in tasks}
    said = [Prediction(id=record.task, response=record.messages[-1]["content"]) for record in records]
    marks = mark_all([by_id[record.task] for record in records], said).marks
    assert all(mark.score == 1.0 for mark in marks)
    assert len({record.category for record in records}) > 3


def test_calls_are_valid_and_their_results_are_what_the_tools_say(records):
    tools, native = catalogue(), [record for record in records if record.tools]
    again = 0
    for record in native:
        offered = {tool["function"]["name"] for tool in record.tools}
        for asked, told in zip(record.messages, record.messages[1:], strict=False):
            for call in asked.get("tool_calls", ()):
                function = call["function"]
                assert function["name"] in offered
                assert told["role"] == "tool"
                assert told["tool_call_id"] == call["id"]
                tools[function["name"]].arguments.model_validate(function["arguments"])
                if function["name"] == "identify_polymer" and not told["content"].startswith("error"):
                    result = shortened(tools["identify_polymer"].call(function["arguments"]))
                    assert json.loads(told["content"]) == result
                    again += 1
    assert again > 2


def test_written_calls_are_what_the_exam_would_have_seen(tasks):
    """A model that says what the record says is led by the exam through the same conversation."""
    task = next(task for task in tasks if task.subtask == "group_count")
    smiles = next(word for word in task.question.split() if "*" in word).rstrip("?.")
    call = Call("identify_polymer", {"text": smiles}, catalogue()["identify_polymer"].call({"text": smiles}))
    talk = written_talk(task, [call], "<answer>1</answer>")
    seen = []

    class Double:
        def complete(self, messages):
            seen.append(list(messages))
            return talk[len(messages)]["content"]

    ModelAnswerer(Double(), "double", "agent").answer(Question.of(task))
    assert [(item["role"], item["content"]) for item in talk[:-1]] == seen[-1]


def test_native_calls_have_the_form_of_the_protocol():
    talk = native_talk("?", [Call("identify_polymer", {"text": "PE"}, {"name": "x"}, ok=True)], "done")
    assert [item["role"] for item in talk] == ["system", "user", "assistant", "tool", "assistant"]
    assert talk[2]["tool_calls"][0]["function"] == {"name": "identify_polymer", "arguments": {"text": "PE"}}


def test_results_are_shortened_and_still_data():
    row = {"value": 1.234567, "empty": None, "inputs": "abc", "groups": {}, "note": "y" * 900}
    assert shortened(row) == {"value": 1.235, "groups": {}, "note": "y" * 397 + "..."}
    assert len(json.dumps(shortened([row] * 50))) <= 3000
    assert shortened([row] * 50)
