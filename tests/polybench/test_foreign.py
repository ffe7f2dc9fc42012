"""Foreign files through a map: nothing is lost, nothing is guessed, and the numbers are those of the table."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from scipy import stats

from polybench.foreign import read_foreign
from polybench.foreign_map import MAPS, load_map
from polybench.jsonl import read_tasks, write_jsonl
from polybench.scorecard import score
from tools.core.errors import InputError, UnknownNameError

UNITS = ["*CC*", "*CCO*", "*COC*", "*CC(C)*", "*CC(*)c1ccccc1", "*CC(C)(C(=O)OC)*"]


def write_map(tmp_path, text):
    path = tmp_path / "map.yaml"
    path.write_text(text, encoding="utf-8")
    return load_map(path)


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_prompt_target_prediction_table_gives_the_metrics_written_by_hand(tmp_path):
    rng = np.random.default_rng(2)
    right = np.round(rng.normal(80, 70, 120), 2)
    said = np.round(right + rng.normal(3, 25, 120), 2)
    rows = [
        {
            "Prompt": f"Predict the Tg of the following SMILES: {UNITS[i % 6]}",
            "Ground-truth": right[i],
            "PolyNC_prediction": said[i],
            "fold": i % 5,
        }
        for i in range(120)
    ]
    found = read_foreign(write_csv(tmp_path / "table.csv", rows), load_map("polync"))
    assert found.counts == {"property_prediction": 120} and len(found.predictions) == 120
    assert found.tasks[7].extra == {"fold": "2"}
    card, _ = score(found.tasks, found.predictions, resamples=200)
    result = card.subtasks["property_prediction/glass_transition"]
    numbers = result.metrics["numbers"][0]
    error = said - right
    assert numbers["n"] == 120 and numbers["property"] == "Tg"
    assert numbers["mae"] == pytest.approx(np.mean(np.abs(error)), rel=1e-12)
    assert numbers["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-12)
    assert numbers["r2"] == pytest.approx(1 - np.sum(error**2) / np.sum((right - right.mean()) ** 2), rel=1e-12)
    assert result.score == pytest.approx(np.mean(np.abs(error) <= 20))
    assert result.polymers == 5  # *CCO* and *COC* are one


def test_choices_rankings_and_sets_agree_with_metrics_written_by_hand(tmp_path):
    rng = np.random.default_rng(4)
    rows = []
    for place in range(60):
        right, given = rng.integers(4), rng.integers(4)
        rows.append({"kind": "pick", "q": f"q{place}", "target": str(right), "said": "ABCD"[given]})
        order, other = rng.permutation(list("wxyz")), rng.permutation(list("wxyz"))
        rows.append({"kind": "sort", "q": f"q{place}", "target": " > ".join(order), "said": " > ".join(other)})
    for row in rows:
        row["options"] = json.dumps(["n", "o", "p", "q"]) if row["kind"] == "pick" else ""
    layout = write_map(
        tmp_path,
        """
name: mixed
question_field: q
answer_field: target
prediction_field: said
choices_field: options
category_field: kind
list_separator: ">"
category_map:
  pick: {category: conceptual_knowledge, answer_type: mcq}
  sort: {category: comparison_ranking, answer_type: ranking, subtask: four}
""",
    )
    found = read_foreign(write_csv(tmp_path / "t.csv", rows), layout)
    assert found.foreign_counts == {"pick": 60, "sort": 60}
    card, _ = score(found.tasks, found.predictions, resamples=0)
    picks = [row for row in rows if row["kind"] == "pick"]
    sorts = [(row["target"].split(" > "), row["said"].split(" > ")) for row in rows if row["kind"] == "sort"]
    taus = [stats.kendalltau([a.index(x) for x in "wxyz"], [b.index(x) for x in "wxyz"])[0] for a, b in sorts]
    accuracy = np.mean([row["said"] == "ABCD"[int(row["target"])] for row in picks])
    assert card.subtasks["conceptual_knowledge/pick"].score == pytest.approx(accuracy)
    assert card.subtasks["comparison_ranking/four"].metrics["kendall_tau"] == pytest.approx(np.mean(taus))
    assert card.subtasks["comparison_ranking/four"].metrics["exact"] == np.mean([a == b for a, b in sorts])


def test_unmapped_categories_are_named_with_their_counts(tmp_path):
    rows = [{"question": "?", "answer": "x", "category": name} for name in ["A", "B", "B", "C"]]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    layout = write_map(
        tmp_path,
        "{name: x, question_field: question, answer_field: answer, category_field: category, answer_type: label,"
        " category_map: {A: agentic}}",
    )
    with pytest.raises(InputError, match=r"3 rows.*'B' \(2 rows\), 'C' \(1 rows\)"):
        read_foreign(tmp_path / "t.json", layout)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.jsonl", '{"Q": "why?", "A": "because", "x": 1}\n\n{"Q": "how?", "A": "so"}\n'),
        ("t.json", '[{"Q": "why?", "A": "because", "x": 1}, {"Q": "how?", "A": "so"}]'),
        ("t.json", '{"data": [{"Q": "why?", "A": "because", "x": 1}, {"Q": "how?", "A": "so"}]}'),
        ("t.json", '{"Q": ["why?", "how?"], "A": ["because", "so"], "x": [1, null]}'),
        ("t.tsv", "Q\tA\tx\nwhy?\tbecause\t1\nhow?\tso\t\n"),
        ("t.csv", "\ufeffQ,A,x\nwhy?,because,1\nhow?,so,\n"),
    ],
)
def test_every_format_is_read_and_round_trips(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_foreign(tmp_path / name, load_map("sciqag"))
    assert [(item.question, item.answer) for item in found.tasks] == [("why?", "because"), ("how?", "so")]
    assert found.tasks[0].extra in ({"x": 1}, {"x": "1"}) and found.tasks[1].extra == {}
    write_jsonl(found.tasks, tmp_path / "out.jsonl")
    assert tuple(read_tasks(tmp_path / "out.jsonl")) == found.tasks


def test_parquet_is_read_where_pyarrow_is(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="extra parquet is not installed")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"Q": ["why?"], "A": ["because"]}), tmp_path / "t.parquet")
    assert read_foreign(tmp_path / "t.parquet", load_map("sciqag")).tasks[0].answer == "because"


@pytest.mark.parametrize(
    ("choices", "answer", "key"),
    [
        (["x", "y"], "B", "B"),
        (["x", "y"], 1, "B"),
        (["x", "y"], "y", "B"),
        ({"1": "x", "2": "y"}, "2", "2"),
        ({"text": ["x", "y"], "label": ["A", "B"]}, "B", "B"),
    ],
)
def test_every_way_to_write_choices(tmp_path, choices, answer, key):
    (tmp_path / "t.jsonl").write_text(json.dumps({"question": "?", "choices": choices, "answer": answer}))
    assert read_foreign(tmp_path / "t.jsonl", load_map("multiple_choice")).tasks[0].answer == key


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"question": "?", "choices": ["x", "y"], "answer": "z"}, "row 1.*not one of the choices"),
        ({"question": "?", "choices": ["x", "x"], "answer": "x"}, "not one of the choices"),
        ({"question": "?", "answer": "A"}, "no field 'choices'"),
        ({"question": "", "choices": ["x", "y"], "answer": "A"}, "question"),
    ],
)
def test_rows_that_cannot_be_tasks_are_named(tmp_path, row, said):
    (tmp_path / "t.jsonl").write_text(json.dumps(row))
    with pytest.raises(InputError, match=said):
        read_foreign(tmp_path / "t.jsonl", load_map("multiple_choice"))


def test_maps_are_checked(tmp_path):
    for path in MAPS.glob("*.yaml"):
        assert load_map(path.stem).name == path.stem
    with pytest.raises(UnknownNameError, match="polync"):
        load_map("absent")
    for text in ("[1", "{name: x}", "{name: x, answer_field: a, question_field: q}", "{name: x, answer_field: a, foo: 1}",
                 "{name: x, answer_field: a, question_field: q, category: agentic, answer_pattern: 'x'}"):  # fmt: skip
        with pytest.raises(InputError):
            write_map(tmp_path, text)
    for name, text in (("a.xml", "x"), ("a.json", "{"), ("a.json", "3"), ("a.csv", "a,b\n1,2,3\n"), ("a.jsonl", "[]")):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError):
            read_foreign(tmp_path / name, load_map("sciqag"))


def test_answers_are_taken_out_of_texts_with_units(tmp_path):
    layout = write_map(
        tmp_path,
        """
name: x
question_template: "{instruction} {input}"
answer_field: out
answer_pattern: "value: (.*)$"
category: property_prediction
answer_type: numeric
unit: K
""",
    )
    (tmp_path / "t.jsonl").write_text(json.dumps({"instruction": "Tg of", "input": "PS?", "out": "value: 100 °C"}))
    task = read_foreign(tmp_path / "t.jsonl", layout).tasks[0]
    assert (task.question, task.answer) == ("Tg of PS?", pytest.approx(373.15))
