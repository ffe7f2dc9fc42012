"""Recipes: what is wrong is said by line and field; every shipped one can be read and says how it is run."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from finetune.tune.recipe import RECIPES, accelerate_file, read_recipe
from tools.core.errors import InputError

SHIPPED = sorted(path for path in RECIPES.glob("*.yaml") if "\nstages:" in path.read_text())
GOOD = "name: a\nstages: [records, sft]\nmodel:\n  path: some/model\nsft:\n  steps: 5\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_shipped_recipes_are_read_and_open_with_their_command(path):
    recipe = read_recipe(path)
    head = path.read_text().split("\nname:")[0]
    assert recipe.name == path.stem
    assert head.startswith(f"# polysmith finetune run {path.stem} --out ")
    assert "Memory:" in head and "Expected:" in head
    accelerate_file(recipe, path)


def test_models_are_settings_of_recipes_and_no_part_of_the_code():
    names = {read_recipe(path).model.path for path in SHIPPED} - {""}
    assert len(names) >= 4
    code = [path.read_text() for path in (RECIPES.parent / "tune").glob("*.py")]
    for name in names:
        assert not any(name in text or name.split("/")[1] in text for text in code)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("steps: 5", "steps: many"), "line 6, sft.steps: "),
        (GOOD.replace("steps", "stepz"), "line 6, sft.stepz: .*known: length, packing"),
        (GOOD.replace("path: some/model", "pth: x"), "line 4, model.pth"),
        (GOOD.replace("  path: some/model", "  path: x\n  tiny: {}"), "line 3, model: name either path"),
        (GOOD.replace("[records, sft]", "[sft, records]"), "what is trained needs records before it"),
        (GOOD.replace("[records, sft]", "[records, gate, sft]"), "gate comes after"),
        (GOOD.replace("[records, sft]", "[records, sft, sft]"), "stands there twice"),
        (GOOD.replace("[records, sft]", "[records, sft, score, merge]"), "merge comes before"),
        (GOOD.replace("[records, sft]", "[records, cook]"), "line 2, stages.1"),
        (GOOD + "  patience: 3\n", "line 5, sft: patience needs eval_every"),
        (GOOD + "data: {general: 0.6, tools: 0.5}\n", "line 7, data: general and tools"),
        ("name: a\nstages: [sft\n", "line 3: no YAML"),
        ("- a\n", "holds no recipe"),
    ],
)
def test_what_is_wrong_is_said_by_line_and_field(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        read_recipe(written(tmp_path, text))


def test_every_mistake_is_said_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read_recipe(written(tmp_path, "name: B\nstages: []\n"))
    assert all(field in str(caught.value) for field in ("name", "stages", "model"))


def test_an_absent_recipe_names_those_that_ship():
    with pytest.raises(InputError, match="tiny"):
        read_recipe(Path("no-such-recipe"))


def test_a_shipped_recipe_is_found_by_name_and_path():
    assert (
        read_recipe(Path("tiny"))
        == read_recipe(RECIPES / "tiny.yaml")
        == read_recipe(Path("finetune/recipes/tiny.yaml"))
    )


def test_an_absent_file_of_accelerate_is_an_error(tmp_path):
    path = written(tmp_path, GOOD + "accelerate: none.yaml\n")
    with pytest.raises(InputError, match=r"none\.yaml is not there"):
        accelerate_file(read_recipe(path), path)


def test_the_hash_of_a_recipe_changes_with_every_setting(tmp_path):
    one, other = (read_recipe(written(tmp_path, GOOD.replace("5", number))) for number in "56")
    assert one.digest() != other.digest()


def test_files_of_accelerate_have_what_they_need():
    for path in (RECIPES / "accelerate").glob("*.yaml"):
        config = yaml.safe_load(path.read_text())
        assert config["num_processes"] >= 2 and config["distributed_type"] in {"FSDP", "MULTI_GPU"}
