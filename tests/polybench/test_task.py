"""Tasks and predictions: what is accepted, what is refused, and that files keep everything."""

from __future__ import annotations

import json

import pytest

from polybench.jsonl import read_predictions, read_tasks, write_jsonl
from polybench.task import Task
from tools.core.errors import InputError

BASE = {"id": "t", "split": "dev", "category": "property_prediction", "subtask": "s", "question": "?"}


def task(**fields):
    return Task.model_validate({**BASE, **fields})


def test_every_answer_type_is_read():
    assert task(answer_type="mcq", choices=["x", "y"], answer="B").choices == {"A": "x", "B": "y"}
    assert task(answer_type="boolean", answer="Yes").answer is True
    assert task(answer_type="numeric", answer=5, unit="K").answer == 5.0
    assert task(answer_type="numeric", answer="378.5").answer == 378.5
    assert task(answer_type="ranking", answer=["b", "a"]).answer == ("b", "a")
    assert task(answer_type="set", answer=[]).answer == ()
    assert task(answer_type="smiles", answer="*CC*").answer == "*CC*"
    assert task(answer_type="label", answer="polyester").answer == "polyester"
    assert task(answer_type="text", keypoints=["a", {"text": "b", "number": 3}]).keypoints[1].number == 3
    design = task(answer_type="design", answer="infeasible", constraints=[{"kind": "attachment_points", "value": 2}])
    bounds = task(answer_type="design", constraints=[{"kind": "descriptor", "name": "tpsa", "op": ">=", "value": 2}])
    assert (bounds.constraints[0].min, bounds.constraints[0].max) == (2, None)
    assert design.is_infeasible() and design.constraints[0].max == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"answer_type": "mcq", "choices": {"A": "x", "B": "y"}, "answer": "C"},
        {"answer_type": "mcq", "choices": {"A": "x"}, "answer": "A"},
        {"answer_type": "numeric", "answer": "about five"},
        {"answer_type": "numeric", "answer": True},
        {"answer_type": "numeric", "answer": float("nan")},
        {"answer_type": "numeric", "answer": 5, "unit": "furlongs per florin"},
        {"answer_type": "ranking", "answer": ["a"]},
        {"answer_type": "ranking", "answer": ["a", "a"]},
        {"answer_type": "ranking", "answer": ["A", "B"], "choices": {"A": "x", "B": "y", "C": "z"}},
        {"answer_type": "boolean", "answer": "maybe"},
        {"answer_type": "smiles", "answer": ""},
        {"answer_type": "set"},
        {"answer_type": "text"},
        {"answer_type": "design"},
        {"answer_type": "design", "constraints": [{"kind": "smarts", "min": 1}]},
        {"answer_type": "design", "constraints": [{"kind": "descriptor", "name": "tpsa"}]},
        {"answer_type": "design", "constraints": [{"kind": "descriptor", "name": "tpsa", "min": 2, "max": 1}]},
        {"answer_type": "design", "constraints": [{"kind": "descriptor", "name": "tpsa", "op": ">", "value": 2}]},
        {"answer_type": "design", "constraints": [{"kind": "telepathy", "min": 2}]},
        {"answer_type": "design", "constraints": [{"kind": "smarts", "smarts": "C", "at_least": 1}]},
        {"answer_type": "text", "answer": "x", "level": 4},
        {"answer_type": "text", "answer": "x", "category": "cooking"},
    ],
)
def test_what_cannot_be_marked_is_refused(fields):
    with pytest.raises(ValueError, match=r"."):
        task(**fields)


def test_files_keep_unknown_fields_and_round_trip(tmp_path):
    given = {**BASE, "answer_type": "numeric", "answer": 1.5, "unit": "K", "doi": "10/x", "tolerance": {"rel": 0.1}}
    (tmp_path / "a.jsonl").write_text(json.dumps(given) + "\n\n")
    first = list(read_tasks(tmp_path / "a.jsonl"))
    assert first[0].extra == {"doi": "10/x"}
    assert write_jsonl(iter(first), tmp_path / "b.jsonl") == 1
    assert list(read_tasks(tmp_path / "b.jsonl")) == first
    assert json.loads((tmp_path / "b.jsonl").read_text())["doi"] == "10/x"


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("{", "line 2: not JSON"),
        (json.dumps({**BASE, "answer_type": "numeric"}), "line 2: record: a numeric task needs an answer"),
        (
            json.dumps({**BASE, "id": "t0", "answer_type": "text", "answer": "x"}),
            "line 2: the id 't0' was used in line 1",
        ),
        (json.dumps([1]), "line 2"),
    ],
)
def test_errors_name_the_line(tmp_path, second, said):
    first = json.dumps({**BASE, "id": "t0", "answer_type": "text", "answer": "x"})
    (tmp_path / "a.jsonl").write_text(f"{first}\n{second}\n")
    with pytest.raises(InputError, match=said):
        list(read_tasks(tmp_path / "a.jsonl"))
    with pytest.raises(InputError, match="no file"):
        list(read_tasks(tmp_path / "absent.jsonl"))


def test_broken_predictions_are_listed_and_cost_no_other(tmp_path):
    lines = [
        '{"id": "a", "response": "x", "usage": {"in": 3, "out": 4}, "unknown": 1}',
        "{not json",
        '{"response": "x"}',
        '{"id": "b", "response": null}',
        "[]",
        '{"id": "c", "latency_s": -1}',
        '{"id": "d", "final_answer": [1, {"x": null}]}',
    ]
    (tmp_path / "p.jsonl").write_text("\n".join(lines))
    read = read_predictions(tmp_path / "p.jsonl")
    assert [item.id for item in read.predictions] == ["a", "b", "c", "d"]
    assert read.predictions[0].usage.input == 3
    assert [(item.line, item.id) for item in read.bad] == [(2, ""), (3, ""), (5, "")]
    (tmp_path / "q.jsonl").write_bytes(
        b'{"id": 5, "final_answer": NaN}\n\xff\xfe{}\n{"id": "b", "final_answer": ' + b"9" * 5000 + b"}"
    )
    lenient = read_predictions(tmp_path / "q.jsonl")
    assert [item.id for item in lenient.predictions] == ["5"] and len(lenient.bad) == 2
    write_jsonl(read.predictions, tmp_path / "q.jsonl")
    assert read_predictions(tmp_path / "q.jsonl").predictions == read.predictions
    (tmp_path / "p.jsonl").write_text('{"id": "a", "response": "first"}\n{"id": "a", "response": "second"}')
    twice = read_predictions(tmp_path / "p.jsonl")
    assert [item.response for item in twice.predictions] == ["first"]
    assert "line 1" in twice.bad[0].reason and twice.bad[0].line == 2


def test_what_is_wrong_beside_the_answer_costs_no_answer(tmp_path):
    given = {
        "id": "a", "response": "<answer>3</answer>", "usage": {"in": -4}, "tool_calls": "none", "citations": 3,
        "latency_s": float("nan"), "mode": "psychic", "model": ["m"], "seed": "x", "passages": [1], "error": None,
    }  # fmt: skip
    (tmp_path / "p.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(given).encode() + b"\r\n")
    read = read_predictions(tmp_path / "p.jsonl")
    assert not read.bad and read.predictions[0].response == "<answer>3</answer>"
    (tmp_path / "p.jsonl").write_text(json.dumps({**given, "response": {"deep": 1}}))
    assert [item.id for item in read_predictions(tmp_path / "p.jsonl").bad] == ["a"]
