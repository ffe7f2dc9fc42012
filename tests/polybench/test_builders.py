import itertools
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from polybench.builders.chains import chain_from
from polybench.builders.design import _NEEDS, feasible
from polybench.builders.reactions import read_reactions
from polybench.builders.sampling import draw
from polybench.builders.sources import data_folder, read_chains
from polybench.builders.split import OOD_CLASSES, family_key, share_of, split_of
from polybench.builders.suite import Tally, pool_of, tasks_of
from polybench.jsonl import read_tasks
from polybench.prediction import Prediction
from polybench.run.exam import sample_folder
from polybench.run.impossible import contradiction, elements_of
from polybench.scoring.marking import mark_all
from tools.chemistry.classes import classes_of
from tools.chemistry.groups import PATTERNS
from tools.core.errors import SetupError
from tools.core.polymer import Polymer

ROOT = Path(__file__).parents[2]
HASHED = """
import hashlib
from polybench.builders.chains import Label, chain_from
from polybench.builders.suite import pool_of, tasks_of
from polybench.jsonl import to_line
from tools.chemistry import handbook
chains = []
for entry in handbook.load()[:70]:
    value = entry.summary("Tg")
    labels = {"Tg": Label(value.value, "measured", "handbook", "open")} if value else {}
    chains.append(chain_from(entry.polymer, seed=3, labels=labels))
digest = hashlib.sha256()
for split in ("dev", "train"):
    for task in tasks_of(pool_of(split, chains, (), 3), 120):
        digest.update(to_line(task))
print(digest.hexdigest())
"""


@pytest.fixture(scope="module")
def material():
    return read_chains(None, seed=3), read_reactions(None, seed=3, singles=40)


@pytest.fixture(scope="module")
def suite(material):
    chains, reactions = material
    return {split: list(tasks_of(pool_of(split, chains, reactions, 3), 400)) for split in ("train", "dev", "ood")}


def test_the_same_seed_gives_the_same_bytes_in_another_process_with_another_hash_seed(capsys):
    exec(HASHED, {})
    here = capsys.readouterr().out.strip()
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    done = subprocess.run(
        [sys.executable, "-c", HASHED], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    assert len(here) == 64
    assert done.stdout.strip() == here


def test_no_chain_of_another_split_is_in_train_in_any_stereo_form(suite):
    families = {
        split: {family_key(Polymer(key)) for task in tasks for key in task.polymer_keys}
        for split, tasks in suite.items()
    }
    assert not families["train"] & families["dev"]
    assert not families["train"] & families["ood"]
    assert not families["dev"] & families["ood"]


def test_stereo_forms_and_writings_share_a_split():
    plain, marked = (Polymer.from_smiles(text) for text in ("*CC(*)O", "*C[C@H](*)O"))
    assert plain.key != marked.key
    assert family_key(plain) == family_key(marked)
    assert family_key(Polymer.from_smiles("*OCC*")) == family_key(Polymer.from_smiles("*COC*"))


def test_held_out_classes_are_in_ood_and_nowhere_else(suite):
    for split, tasks in suite.items():
        for key in {key for task in tasks for key in task.polymer_keys}:
            held_out = bool(classes_of(Polymer(key)) & OOD_CLASSES)
            assert held_out == (split == "ood")


def test_splits_have_the_shares_they_should():
    counts = Counter(split_of(f"chain {number}") for number in range(20_000))
    assert abs(counts["train"] / 20_000 - 0.86) < 0.01
    assert split_of("x", ("polysiloxane",)) == "ood"
    assert 0 <= share_of("") < 1


def test_answers_are_balanced(suite):
    tasks = [task for part in suite.values() for task in part]
    letters = Counter(task.answer for task in tasks if task.answer_type == "mcq" and len(task.choices) == 4)
    for letter in "ABCD":
        assert abs(letters[letter] / letters.total() - 0.25) < 0.07
    truths = Counter(task.answer for task in tasks if task.answer_type == "boolean")
    assert abs(truths[True] / truths.total() - 0.5) < 0.1
    counts = [task.answer for task in tasks if task.subtask in ("group_count", "element_count")]
    assert 0.03 < counts.count(0) / len(counts) < 1 / 3
    assert {task.level for task in tasks} == {1, 2, 3}


def test_every_composite_points_to_tasks_of_its_own_split(suite):
    composites = 0
    for tasks in suite.values():
        ids = [task.id for task in tasks]
        assert len(set(ids)) == len(ids)
        for task in tasks:
            if task.composition:
                composites += 1
                assert set(task.composition.subq_ids) <= set(ids)
                assert task.composition.skills
    assert composites > 100


def test_gold_answers_are_parsed_and_score_full(suite):
    tasks = [task for task in suite["dev"] if task.answer is not None]
    given = [
        Prediction(id=task.id, final_answer=list(task.answer) if isinstance(task.answer, tuple) else task.answer)
        for task in tasks
    ]
    marks = mark_all(tasks, given).marks
    assert [task.question for task, mark in zip(tasks, marks, strict=True) if not mark.correct] == []
    assert {task.answer_type for task in tasks} >= {"mcq", "boolean", "label", "numeric", "ranking", "set", "smiles"}


def test_one_design_in_ten_is_infeasible_and_provably_so(suite):
    designs = [task for part in suite.values() for task in part if task.answer_type == "design"]
    impossible = [task for task in designs if task.is_infeasible()]
    assert 0.03 < len(impossible) / len(designs) < 0.2
    assert all(contradiction(task.constraints) for task in impossible)
    for task in designs:
        if not task.is_infeasible():
            assert not contradiction(task.constraints)
            assert all(feasible(smiles, list(task.constraints)) for smiles in task.answer[:1])


@pytest.mark.parametrize("name", sorted(_NEEDS))
def test_what_a_group_needs_is_what_its_pattern_says(name):
    needed = {symbol: count for symbol, count in elements_of(PATTERNS[name][0]).items() if symbol != "C"}
    assert needed == _NEEDS[name]


def test_knowledge_profiles_leave_out_what_is_asked(suite):
    shown = 0
    for part in suite.values():
        for task in part:
            if not task.context:
                continue
            shown += 1
            if task.property:
                for item in task.evidence:
                    assert f"{item.value:.4g} {item.unit}" not in task.context
            if task.subtask == "molar_mass":
                assert "Molar mass" not in task.context
            if task.subtask == "class":
                assert "Class" not in task.context
    assert shown > 100


def test_ranked_values_lie_further_apart_than_the_noise(suite):
    for part in suite.values():
        for task in part:
            if task.subtask == "ranking_Tg":
                values = sorted(item.value for item in task.evidence)
                assert min(high - low for low, high in itertools.pairwise(values)) >= 50


def test_questions_never_hold_the_witness_of_a_design(suite):
    for part in suite.values():
        for task in part:
            if task.answer_type == "design" and not task.is_infeasible():
                assert not set(task.answer) & set(task.question.replace(",", " ").replace(";", " ").split())


def test_every_task_names_its_source_and_licence(suite):
    for part in suite.values():
        for task in part:
            assert task.source
            assert task.licence
            assert "GTRC" not in task.licence


def test_counts_that_depend_on_a_convention_are_not_asked():
    chain = chain_from(Polymer.from_smiles("*OCCC(*)=O"), seed=0)
    assert "group:ester" not in chain.counts  # an ester along the chain, a ketone and an ether on the capped unit
    assert chain.groups is None
    assert chain.counts["element:O"] == 2


def test_the_shipped_sample_is_small_open_and_whole():
    total = 0
    for split in ("train", "dev", "test", "ood"):
        tasks = list(read_tasks(sample_folder() / f"{split}.jsonl"))
        total += len(tasks)
        ids = {task.id for task in tasks}
        assert {task.split for task in tasks} == {split}
        assert all(set(task.composition.subq_ids) <= ids for task in tasks if task.composition)
        assert all("no licence" not in task.licence and "GTRC" not in task.licence for task in tasks)
        if split == "dev":
            assert len({task.category for task in tasks}) == 7
    assert 200 < total <= 300


def test_draws_keep_composites_with_their_parts(suite):
    chosen = draw(suite["train"], 60, seed=1)
    assert chosen == draw(suite["train"], 60, seed=1)
    ids = {task.id for task in chosen}
    assert 50 < len(ids) <= 60
    assert all(set(task.composition.subq_ids) <= ids for task in chosen if task.composition)


def test_a_folder_without_tables_is_refused(tmp_path):
    with pytest.raises(SetupError, match=r"experimental\.csv"):
        data_folder(tmp_path)


def test_the_tally_counts():
    tally = Tally()
    assert tally.summary()["tasks"] == 0
