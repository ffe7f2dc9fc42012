"""Cards, the gate's verdict, the material of a recipe and the page of runs: all without torch."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from finetune.cards import files_of, require_card, sources_of, usable, versions, weights_sha256, with_gate
from finetune.records.gate_items import GateItem
from finetune.records.general import check, general_records
from finetune.records.record import Record, read_records
from finetune.report import flat, page, read_run
from finetune.tune.gate import items_of, verdict, wilson
from finetune.tune.marked import marks_of, pairs_of, rewards_of, training_tasks
from finetune.tune.material import gather, guarding, held_apart
from finetune.tune.run import run_recipe
from finetune.tune.settings import Data, Gate
from polysmith.cli.app import app
from tools.core.cards import Card, write_card
from tools.core.errors import ArtefactError, InputError, StateError

RECIPE = "name: own\nstages: [records]\nmodel: {path: nowhere}\ndata: {general: 0.2, tools: 0.1, held_out: 0.2}\n"


def artefact(folder, metrics=None, weights=b"weights"):
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text("{}")
    curve = [{"step": step, "loss": 3.0 / step, "eval_loss": 4.0 / step} for step in range(1, 6)]
    (folder / "history.json").write_text(json.dumps(curve))
    record = Record(id="r", kind="task", messages=({"role": "user"}, {"role": "assistant"}), licence="CC0")
    card = Card(
        id="own-sft", title="<b>Adapter</b>", files=files_of(folder), data=sources_of([record], "train.jsonl", "00ff" * 16),
        split="by polymer", metrics=metrics or {"weights_sha256": weights_sha256(folder), "loss": 0.61}, command="polysmith finetune run x",
        versions=versions(), seed=7, licence="Apache-2.0",
    )  # fmt: skip
    write_card(folder, card)
    return folder


def test_an_artefact_is_held_to_its_card(tmp_path):
    folder = artefact(tmp_path / "sft")
    assert require_card(folder).files.keys() == {"model.safetensors", "config.json", "history.json"}
    (folder / "model.safetensors").write_bytes(b"other")
    with pytest.raises(ArtefactError, match="differs from the hash"):
        require_card(folder)


def test_weights_and_settings_that_no_card_names_are_refused(tmp_path):
    folder = artefact(tmp_path / "sft")
    (folder / "adapter_model.safetensors").write_bytes(b"more")
    with pytest.raises(ArtefactError, match="does not name: adapter_model"):
        require_card(folder)


def test_an_artefact_without_a_card_is_refused(tmp_path):
    folder = artefact(tmp_path / "sft")
    (folder / "card.json").unlink()
    with pytest.raises(ArtefactError, match=r"has no card\.json"):
        require_card(folder)


def test_only_what_passed_its_gate_is_usable(tmp_path):
    folder = artefact(tmp_path / "sft", {"usable": False})
    assert not usable(require_card(folder))
    assert usable(with_gate(folder, {"tools": {"ratio": 1.0}}, passed=True)) and usable(require_card(folder))
    assert "NOT USABLE" in with_gate(folder, {}, passed=False).limits


def test_records_are_counted_by_licence():
    made = [
        Record(id=str(n), kind="task", messages=({}, {}), licence=name) for n, name in enumerate(["MIT", "", "MIT"])
    ]
    assert [(item.licence, item.rows) for item in sources_of(made, "x", "0")] == [("MIT", 2), ("not stated", 1)]


def answered(items: list[GateItem], right: float) -> dict[str, bool]:
    return {item.id: place < right * len(items) for place, item in enumerate(items)}


def test_the_gate_asks_both_abilities_and_catches_a_loss_of_either():
    settings = Gate(items=10)
    items = items_of(settings, 0)
    assert {item.family for item in items} == {"instruction", "tools"} and len(items) == 20
    assert all(check(item, item.gold) for item in items)
    both = {item.id: True for item in items}
    for lost in ("instruction", "tools"):
        after = {item.id: item.family != lost for item in items}
        passed, found = verdict(items, both, after, settings)
        name = "instructions" if lost == "instruction" else "tools"
        assert not passed and found[name]["ratio"] == 0 and not found[name]["passed"] and found[name]["lost"] == 10
    assert verdict(items, both, both, settings)[0]


def test_a_model_that_answers_everything_in_the_exams_form_is_caught():
    """What narrow tuning does: every question, whatever it asks for, gets an answer tag."""
    items = items_of(Gate(items=20), 1)
    before = {item.id: check(item, item.gold) for item in items}
    after = {item.id: check(item, "<answer>400 K</answer>") for item in items}
    passed, found = verdict(items, before, after, Gate(items=20))
    assert not passed and found["instructions"]["after"]["score"] < 0.2 and found["tools"]["after"]["score"] < 0.2


def test_a_model_that_can_do_nothing_passes_no_gate():
    items = items_of(Gate(items=5), 0)
    nothing = {item.id: False for item in items}
    passed, found = verdict(items, nothing, nothing, Gate(items=5))
    assert not passed and found["tools"]["ratio"] is None


def test_wilsons_interval_holds_known_values():
    """Newcombe, Statistics in Medicine 17, 857 (1998), table I, method 3: 81 of 263 and 0 of 20."""
    found = wilson(81, 263)
    assert (round(found["lower"], 4), round(found["upper"], 4)) == (0.2553, 0.3662)
    found = wilson(0, 20)
    assert (round(found["lower"], 4), round(found["upper"], 4)) == (0.0, 0.1611)
    assert wilson(0, 0)["score"] is None


def test_shares_of_general_and_tool_records_are_those_of_the_recipe():
    def made(count):
        return list(general_records(0, count))

    found = gather(Data(general=0.3, tools=0.2, held_out=0.0), made, 0)
    tools = sum(bool(record.tools) for record in found.train) / len(found.train)
    general = sum(record.kind == "general" and not record.tools for record in found.train) / len(found.train)
    assert tools == pytest.approx(0.2, abs=0.01) and general == pytest.approx(0.3, abs=0.01)
    assert gather(Data(held_out=0.0), made, 0) == gather(Data(held_out=0.0), made, 0)


def test_a_share_of_records_that_are_not_there_is_an_error():
    with pytest.raises(InputError, match=r"no records for data\.tools"):
        guarding([], 10, Data(general=0.0, tools=0.5), 0)


def test_no_polymer_is_on_both_sides():
    keys = [("a",), ("b",), ("c",), ("a", "b"), ("c", "d"), ("e",), ("f",), ()]
    made = [Record(id=str(n), kind="task", messages=({}, {}), polymer_keys=key) for n, key in enumerate(keys)]
    for seed in range(20):
        train, held, dropped = held_apart(made, 0.5, seed)
        left, right = ({key for record in side for key in record.polymer_keys} for side in (train, held))
        assert not left & right and len(train) + len(held) + dropped == len(made)


def test_pairs_and_rewards_follow_the_exams_marks():
    task = next(task for task in training_tasks("sample", None, 0) if task.answer_type == "boolean")
    right, wrong = (f"<answer>{'yes' if task.answer == side else 'no'}</answer>" for side in (True, False))
    assert [mark.score for mark in marks_of([(task, right), (task, wrong), (task, "")])] == [1.0, 0.0, 0.0]
    assert rewards_of([(task, right), (task, wrong), (task, "?")], 0.1) == [1.0, pytest.approx(0.1), 0.0]
    pair = pairs_of([(task, [wrong, right, "?"])])[0]
    assert pair["chosen"][0]["content"] == right and pair["rejected"][0]["content"] == "?"
    assert pairs_of([(task, [right, right])]) == []
    assert pairs_of([(task, [wrong, wrong])])[0]["chosen"][0]["content"] == right


def test_stages_that_are_done_are_not_done_again_and_other_settings_are_refused(tmp_path):
    path, out = tmp_path / "own.yaml", tmp_path / "out"
    path.write_text(RECIPE)
    told: list[str] = []
    first = run_recipe(path, out, progress=told.append)["records"]
    again = run_recipe(path, out, progress=told.append)["records"]
    assert first == again and told[-1] == "records: done before"
    assert first.metrics["general"] > 0 and first.metrics["tools"] > 0 and first.metrics["held_out"] > 0
    assert {item.licence for item in first.data} and sum(item.rows for item in first.data) == first.metrics["train"]
    path.write_text(RECIPE.replace("0.2, tools", "0.3, tools"))
    with pytest.raises(StateError, match="other settings"):
        run_recipe(path, out)
    path.write_text(RECIPE)
    with (out / "records" / "train.jsonl").open("a") as stream:
        stream.write("{}\n")
    with pytest.raises(ArtefactError, match="differs from the hash"):
        run_recipe(path, out)


def test_chains_are_distilled_for_the_polymers_that_are_learnt_from(tmp_path):
    path, out = tmp_path / "own.yaml", tmp_path / "out"
    path.write_text(RECIPE.replace("[records]", "[records, distill]").replace("held_out: 0.2", "held_out: 0.4"))
    cards = run_recipe(path, out)
    chains = list(read_records(out / "distill" / "train.jsonl"))
    held = {key for record in read_records(out / "records" / "held_out.jsonl") for key in record.polymer_keys}
    assert chains and {record.kind for record in chains} == {"chain"}
    assert held and not held & {key for record in chains for key in record.polymer_keys}
    assert cards["distill"].metrics["chains"] >= len(chains) == cards["distill"].metrics["train"]
    assert run_recipe(path, out) == cards


def test_a_folder_with_something_else_is_not_written_into(tmp_path):
    path, out = tmp_path / "own.yaml", tmp_path / "out"
    path.write_text(RECIPE)
    (out / "records").mkdir(parents=True)
    (out / "records" / "thesis.txt").write_text("mine")
    with pytest.raises(StateError, match="not of a run"):
        run_recipe(path, out)


def test_numbers_are_written_out_with_their_intervals():
    found = flat(
        {"after": {"macro": {"score": 0.5, "lower": 0.25, "upper": 0.75, "n": 8}}, "usable": True, "loss": None}
    )
    assert found == {"after, macro": "0.5 (0.25 to 0.75)", "after, macro, n": "8", "usable": "yes"}


def test_the_page_compares_runs_and_runs_no_foreign_code(tmp_path):
    one, two = (
        artefact(tmp_path / "one" / "sft"),
        artefact(tmp_path / "two" / "sft", {"loss": 0.25, "usable": False}, b"other"),
    )
    with_gate(two, {"tools": {"ratio": 0.1}}, passed=False)
    text = page([one.parent, two.parent])
    assert "0.61" in text and "0.25" in text and "<strong>no</strong>" in text and "CC0" in text
    assert "<b>Adapter" not in text and "<script" not in text and not re.search(r"(src|href)=\"(?!data:)", text)
    assert text.count("data:image/svg+xml;base64,") == 2
    assert read_run(two.parent).usable is False and read_run(one.parent).usable is None


def test_the_page_refuses_what_has_no_card(tmp_path):
    with pytest.raises(ArtefactError, match="holds no card"):
        page([tmp_path])


def test_the_commands_end_with_messages_not_tracebacks(tmp_path):
    runner = CliRunner()
    folder = artefact(tmp_path / "run" / "sft")
    assert "own-sft" in runner.invoke(app, ["finetune", "card", str(folder)]).output
    done = runner.invoke(app, ["finetune", "report", str(folder.parent), "--out", str(tmp_path / "page" / "p.html")])
    assert done.exit_code == 0 and (tmp_path / "page" / "p.html").is_file()
    assert json.loads(runner.invoke(app, ["finetune", "run", "tiny", "--dry-run"]).output)["name"] == "tiny"
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: a\nstages: [sft]\n")
    for arguments, code in (
        (["run", str(bad)], 2),
        (["card", str(tmp_path)], 4),
        (["run", "tiny", "--until", "dpo"], 2),
    ):
        assert runner.invoke(app, ["finetune", *arguments]).exit_code == code
