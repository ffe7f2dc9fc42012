"""Chat records from the exam's training tasks: asked as the exam asks, answered right, nothing held out."""

from __future__ import annotations

from importlib import resources

import pytest

from finetune.records.from_tasks import record_of, task_records
from finetune.records.record import Record, read_records, write_records
from polybench.jsonl import read_tasks
from polybench.prediction import Prediction
from polybench.run.prompts import messages_for
from polybench.run.question import Question
from polybench.scoring.marking import mark_all
from tools.core.errors import InputError


def tasks_of(split):
    with resources.as_file(resources.files("polybench.sample") / f"{split}.jsonl") as path:
        return list(read_tasks(path))


def test_what_is_taught_is_marked_right_by_the_exam():
    tasks = tasks_of("train")
    records = list(task_records(tasks))
    assert len(records) > 0.9 * len(tasks)
    said = [Prediction(id=record.task, response=record.messages[-1]["content"]) for record in records]
    taught = [task for task in tasks if task.id in {record.task for record in records}]
    wrong = [mark.id for mark in mark_all(taught, said).marks if mark.score < 1]
    assert wrong == []


def test_the_question_is_put_as_the_exam_puts_it():
    task = tasks_of("train")[0]
    record = record_of(task, "<answer>x</answer>", "direct")
    asked = [(message["role"], message["content"]) for message in record.messages[:-1]]
    assert asked == messages_for(Question.of(task), "direct")


@pytest.mark.parametrize("split", ["dev", "test", "ood"])
def test_held_out_tasks_are_refused(split):
    with pytest.raises(InputError, match="never trained on"):
        list(task_records(tasks_of(split)[:1]))


def test_the_same_seed_gives_the_same_records_and_some_show_their_profile():
    tasks = tasks_of("train")
    first, again = list(task_records(tasks, seed=3)), list(task_records(tasks, seed=3))
    assert first == again
    shown = sum("What is known" in record.messages[1]["content"] for record in first)
    assert 0 < shown < len(first)


def test_records_are_written_and_read_again(tmp_path):
    records = list(task_records(tasks_of("train")))
    path = tmp_path / "records.jsonl"
    assert write_records(records, path) == len(records)
    assert list(read_records(path)) == records
    path.write_text('{"id": 1}\n')
    with pytest.raises(InputError, match="Line 1"):
        list(read_records(path))


def test_a_record_has_a_question_and_an_answer():
    with pytest.raises(ValueError, match="at least 2"):
        Record(id="x", kind="task", messages=({"role": "user", "content": "?"},))
