"""Nothing of the held-out splits is in records, passages or examples, and what is there is found and named."""

from __future__ import annotations

from importlib import resources

import pytest
from typer.testing import CliRunner

from finetune.records.build import Mix, build_records
from finetune.records.calls import tool_records
from finetune.records.from_tasks import record_of, task_records
from finetune.records.general import general_records
from finetune.records.leakage import HeldOut, LeakError, find_leaks, marks_of, require_apart, require_texts_apart
from finetune.records.record import Record, read_records
from polybench.jsonl import read_tasks
from polysmith.cli.app import app
from tools.core.errors import InputError
from tools.core.polymer import Polymer


@pytest.fixture(scope="module")
def suite():
    with resources.as_file(resources.files("polybench.sample") / "train.jsonl") as path:
        return path.parent


@pytest.fixture(scope="module")
def held(suite):
    return HeldOut.read(suite)


def said(name, text, keys=()):
    messages = ({"role": "user", "content": text}, {"role": "assistant", "content": "x"})
    return Record(id=name, kind="general", messages=messages, polymer_keys=keys)


def held_polymer(suite):
    task = next(task for task in read_tasks(suite / "test.jsonl") if task.polymer_keys)
    return Polymer(task.polymer_keys[0])


def test_no_record_of_the_training_split_leaks(suite, held):
    tasks = list(read_tasks(suite / "train.jsonl"))
    records = [*task_records(tasks), *tool_records(tasks, share=0.1), *general_records(n=60)]
    assert require_apart(records, held, apart="family") == len(records) > len(tasks)


@pytest.mark.parametrize("split", ["dev", "test", "ood"])
def test_every_held_out_task_is_found_and_named(suite, held, split):
    task = next(read_tasks(suite / f"{split}.jsonl")).model_copy(update={"polymer_keys": ()})
    leaked = record_of(task, "<answer>x</answer>", "cot", with_knowledge=True)
    with pytest.raises(LeakError, match=leaked.id) as error:
        require_apart([said("fine", "hello"), leaked], held)
    assert [leak.level for leak in error.value.leaks] == ["question"]


def test_a_held_out_polymer_is_found_however_it_is_written(suite, held):
    polymer = held_polymer(suite)
    stated = said("stated", "What is its Tg?", keys=(polymer.key,))
    written = said("written", f"Is {polymer.smiles}, the film, brittle?")
    call = {"function": {"name": "find_routes", "arguments": {"polymer": polymer.smiles}}}
    called = Record(
        id="called",
        kind="tools",
        messages=({"role": "user", "content": "?"}, {"role": "assistant", "content": "", "tool_calls": [call]}),
    )
    found = list(find_leaks([stated, written, called, said("fine", "Is *CC* brittle?")], held))
    assert [leak.id for leak in found if leak.level == "key"] == ["stated", "written", "called"]


def test_each_key_is_stricter_than_the_one_before():
    def marks(smiles):
        return marks_of(Polymer.from_smiles(smiles).key)

    pairs = {
        "key": ("*CC(*)C", "*C(C)C*"),
        "family": ("*O[C@@H](C)C(*)=O", "*OC(C)C(*)=O"),
        "parts": ("*OCC(=O)OCCC(*)=O", "*OC(=O)CCCOC(*)=O"),
        "series": ("*NCCCCCC(*)=O", "*NCCCCCCCCCCCC(*)=O"),
    }
    levels = list(pairs)
    for place, (one, other) in enumerate(pairs.values()):
        same = [marks(one)[level] == marks(other)[level] for level in levels]
        assert same[place:] == [True] * (len(levels) - place), (one, other, same)
        assert not any(same[:place]), (one, other, same)


def test_a_syndiotactic_double_unit_has_the_parts_of_the_plain_one():
    keys = [Polymer.from_smiles(text).key for text in ("*C[C@H](C)C[C@@H](C)*", "*CC(C)*")]
    assert len({marks_of(key)["parts"] for key in keys}) == 1


def test_passages_and_examples_are_looked_through(suite, held):
    smiles = held_polymer(suite).smiles
    assert require_texts_apart([("p1", "Nylon is a fibre."), ("p2", "*CC* is common.")], held) == 2
    with pytest.raises(LeakError, match="p3"):
        require_texts_apart([("p3", f"The film of {smiles} melted.")], held)


def test_the_stream_is_the_same_for_the_same_seed_and_counts_what_it_leaves_out(suite, tmp_path):
    mix = Mix(seed=1, tools=0.0, general=36, designs=0)
    first = build_records(suite / "train.jsonl", tmp_path / "a", mix=mix)
    again = build_records(suite / "train.jsonl", tmp_path / "b", mix=mix)
    other = build_records(suite / "train.jsonl", tmp_path / "c", mix=Mix(seed=2, tools=0.0, general=36, designs=0))
    assert first["sha256"] == again["sha256"] != other["sha256"]
    records = list(read_records(tmp_path / "a" / "records.jsonl"))
    assert len(records) == first["records"] == sum(first["kinds"].values())
    assert len({record.id for record in records}) == len(records)
    require_apart(records, HeldOut.read(suite), apart="parts")
    strict = build_records(suite / "train.jsonl", tmp_path / "d", mix=Mix(1, 0.0, 0.25, 36, 0, "series"))
    require_apart(read_records(tmp_path / "d" / "records.jsonl"), HeldOut.read(suite), apart="series")
    assert sum(strict["left_out"].values()) >= sum(first["left_out"].values())


def test_without_the_held_out_splits_nothing_is_made(suite, tmp_path):
    lonely = tmp_path / "train.jsonl"
    lonely.write_bytes((suite / "train.jsonl").read_bytes())
    with pytest.raises(InputError, match=r"dev\.jsonl"):
        build_records(lonely, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_commands_make_and_check_records(suite, tmp_path):
    run = CliRunner().invoke
    made = ["finetune", "records", "--tasks", str(suite / "train.jsonl"), "--out", str(tmp_path), "--tools", "0"]
    assert run(app, [*made, "--general", "20", "--designs", "0"]).exit_code == 0
    checked = ["finetune", "leakage", str(tmp_path / "records.jsonl"), "--held-out", str(suite)]
    assert run(app, checked).exit_code == 0
    with (tmp_path / "records.jsonl").open("a") as stream:
        stream.write(said("bad", f"Draw {held_polymer(suite).smiles}").model_dump_json() + "\n")
    found = run(app, checked)
    assert found.exit_code == 2
    assert "bad" in found.output
