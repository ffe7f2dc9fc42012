"""Recipes: one YAML file that says which model is tuned on what, how, and what it must still be able to do."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
from pydantic import BaseModel, Field, ValidationError, model_validator

from finetune.tune.settings import (
    TRAINING,
    Data,
    Distill,
    Gate,
    Lora,
    Model,
    Part,
    Preference,
    Reward,
    Scoring,
    Stage,
    Training,
)
from tools.core.errors import InputError

RECIPES = Path(__file__).parents[1] / "recipes"


class Recipe(Part):
    """A recipe.

    Attributes
    ----------
    name : str
        Letters, digits and dashes; names the artefacts.
    title : str
        What it is for.
    stages : tuple of str
        What is run, in order.
    seed : int
        Of everything.
    model, lora, data, distill, sft, dpo, grpo, gate, score
        Settings of the parts.
    accelerate : str
        File of ``accelerate`` for several GPUs, beside the recipe or by its own path; empty for one process.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = ""
    stages: tuple[Stage, ...] = Field(min_length=1)
    seed: int = 0
    model: Model
    lora: Lora = Lora()
    data: Data = Data()
    distill: Distill = Distill()
    sft: Training = Training()
    dpo: Preference = Preference()
    grpo: Reward = Reward()
    gate: Gate = Gate()
    score: Scoring = Scoring()
    accelerate: str = ""

    @model_validator(mode="after")
    def _order(self) -> Recipe:
        if len(set(self.stages)) < len(self.stages):
            raise ValueError("stages: a stage stands there twice")
        place = {stage: index for index, stage in enumerate(self.stages)}
        trained = [place[stage] for stage in TRAINING if stage in place]
        if trained and place.get("records", len(place)) > min(trained):
            raise ValueError("stages: what is trained needs records before it")
        if "distill" in place and place.get("records", len(place)) > place["distill"]:
            raise ValueError("stages: distill needs records before it")
        for stage in ("merge", "gate", "score"):
            if stage in place and (not trained or place[stage] < max(trained)):
                raise ValueError(f"stages: {stage} comes after everything that is trained")
        late = [place[stage] for stage in ("gate", "score") if stage in place]
        if "merge" in place and late and min(late) < place["merge"]:
            raise ValueError("stages: merge comes before gate and score")
        return self

    def digest(self) -> str:
        """Return the SHA-256 of every setting."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Parameters
    ----------
    path : Path
        YAML file, or the name of a shipped recipe such as ``tiny``.

    Returns
    -------
    Recipe
        The recipe; relative paths in it are taken from the working folder.

    Raises
    ------
    InputError
        If it cannot be read; says in which line and field.
    """
    place = shipped(path)
    try:
        text = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(
            sorted(item.stem for item in RECIPES.glob("*.yaml") if "\nstages:" in item.read_text("utf-8"))
        )
        raise InputError(f"The recipe {path} cannot be read.", hint=f"Shipped recipes: {known}.") from error
    try:
        loaded = yaml.safe_load(text)
        lines = _lines(yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{place.name}{where}: no YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(loaded, dict):
        raise InputError(f"{place.name} holds no recipe.", hint="A recipe is a mapping with name, stages and model.")
    try:
        return Recipe.model_validate(loaded)
    except ValidationError as error:
        raise InputError(f"{place.name}: {_told(error, lines)}") from error


def shipped(path: Path) -> Path:
    """Return the path itself if it is a file, else that of the shipped recipe of this name."""
    if path.is_file() or (len(path.parts) > 1 and not str(path).startswith("finetune/recipes/")):
        return path
    return RECIPES / f"{path.stem}.yaml"


def accelerate_file(recipe: Recipe, place: Path) -> Path | None:
    """Find the file of ``accelerate`` that a recipe names.

    Parameters
    ----------
    recipe : Recipe
        The recipe.
    place : Path
        Where it was read from.

    Returns
    -------
    Path or None
        The file; None if the recipe names none.

    Raises
    ------
    InputError
        If it is not there.
    """
    if not recipe.accelerate:
        return None
    for found in (Path(recipe.accelerate), shipped(place).parent / recipe.accelerate, RECIPES / recipe.accelerate):
        if found.is_file():
            return found
    raise InputError(f"accelerate: the file {recipe.accelerate} is not there.", hint="Name one beside the recipe.")


def _lines(node: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    """Map every field of a YAML document to its line, counted from 1."""
    found: dict[tuple[str, ...], int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*path, str(key.value))
            found[place] = key.start_mark.line + 1
            found |= _lines(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            place = (*path, str(index))
            found[place] = value.start_mark.line + 1
            found |= _lines(value, place)
    return found


def _told(error: ValidationError, lines: dict[tuple[str, ...], int]) -> str:
    """Say for every mistake line, field and reason."""
    said = []
    for item in error.errors(include_url=False):
        path = tuple(str(part) for part in item["loc"])
        known = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in lines), ())
        where = f"line {lines[known]}, " if known else ""
        reason = item["msg"].removeprefix("Value error, ")
        hint = _fields(path) if item["type"] == "extra_forbidden" else ""
        said.append(f"{where}{'.'.join(path) or 'recipe'}: {reason}{hint}")
    return "; ".join(said)


def _fields(path: tuple[str, ...]) -> str:
    """List the fields that stand at a place of a recipe."""
    part: type[BaseModel] = Recipe
    for name in path[:-1]:
        kind = part.model_fields[name].annotation if name in part.model_fields else None
        options = [item for item in (kind, *getattr(kind, "__args__", ())) if isinstance(item, type)]
        inner = next((item for item in options if issubclass(item, BaseModel)), None)
        if inner is None:
            return ""
        part = inner
    return f" (known: {', '.join(part.model_fields)})"
