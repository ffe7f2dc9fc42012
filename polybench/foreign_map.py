"""The map of a foreign file: which of its fields means what."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from polybench.jsonl import explain
from polybench.task import AnswerType, Category, Split, Tolerance
from tools.core.errors import InputError, UnknownNameError

MAPS = Path(__file__).parent / "maps"


class Rule(BaseModel):
    """What holds for the rows of one category of the foreign file; what is left out is as in the map.

    Attributes
    ----------
    category : str
        Category of the exam.
    subtask, property, unit : str or None
        Of its tasks.
    answer_type : str or None
        How its answers are marked.
    tolerance : Tolerance or None
        Of its numbers.
    level : int or None
        Of its tasks.
    answer_pattern : str or None
        Regular expression whose first group is the answer within the answer field.
    list_separator : str or None
        What stands between the items of a ranking or set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: Category
    subtask: str | None = None
    property: str | None = None
    unit: str | None = None
    answer_type: AnswerType | None = None
    tolerance: Tolerance | None = None
    level: int | None = None
    answer_pattern: str | None = None
    list_separator: str | None = None

    @field_validator("answer_pattern")
    @classmethod
    def _one_group(cls, pattern: str | None) -> str | None:
        return _checked(pattern, 1)


class ForeignMap(BaseModel):
    """Which field of a foreign file means what.

    Attributes
    ----------
    name, source, licence : str
        What the file is, where it is from, and on what terms; source and licence stand in every task.
    question_field, answer_field : str
        Fields of question and answer.
    question_template : str
        Text with ``{field}`` in place of ``question_field``, where a question is put together from several.
    category : str
        Category of every row, where there is no ``category_field``.
    category_field : str
        Field with the foreign category.
    category_map : dict of str to str or Rule
        Category of the exam, or a rule, by foreign category. One that is missing here stops the loader.
    subtask, subtask_field : str
        Kind of question of every row, or its field; the foreign category where neither is given.
    answer_type, answer_type_field : str
        Type of every row, or its field.
    answer_pattern, list_separator, property, unit, tolerance, level
        As in Rule, for every row.
    unit_field, level_field, id_field, context_field, system_field, aliases_field, keypoints_field, constraints_field
        Fields of the same meaning in a task.
    split, split_field, split_map
        Split of every row, or its field and what its values mean.
    choices_field : str
        Field with choices: a list, an object, or ``{"text": [...], "label": [...]}``, or JSON text of these.
    choices_fields : tuple of str
        Fields with one choice each, lettered in this order.
    answer_index : int
        What the first choice is numbered where answers are numbers: 0 or 1.
    polymer_fields : tuple of str
        Fields with repeat units, from which the polymer keys are made.
    polymer_pattern : str
        Regular expression whose first group finds repeat units in the question.
    prediction_field, model : str
        Field with the answer of a model, and its name: predictions are made from it as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str = ""
    licence: str = ""
    question_field: str = ""
    question_template: str = ""
    answer_field: str
    category: Category | None = None
    category_field: str = ""
    category_map: dict[str, Category | Rule] = Field(default_factory=dict)
    subtask: str = ""
    subtask_field: str = ""
    answer_type: AnswerType | None = None
    answer_type_field: str = ""
    answer_pattern: str | None = None
    list_separator: str = ""
    property: str = ""
    unit: str = ""
    unit_field: str = ""
    tolerance: Tolerance | None = None
    level: int = 1
    level_field: str = ""
    id_field: str = ""
    context_field: str = ""
    system_field: str = ""
    aliases_field: str = ""
    keypoints_field: str = ""
    constraints_field: str = ""
    split: Split = "test"
    split_field: str = ""
    split_map: dict[str, Split] = Field(default_factory=dict)
    choices_field: str = ""
    choices_fields: tuple[str, ...] = ()
    answer_index: int = Field(default=0, ge=0, le=1)
    polymer_fields: tuple[str, ...] = ()
    polymer_pattern: str | None = None
    prediction_field: str = ""
    model: str = ""

    @field_validator("answer_pattern", "polymer_pattern")
    @classmethod
    def _one_group(cls, pattern: str | None) -> str | None:
        return _checked(pattern, 1)

    def rule(self, foreign: str) -> Rule | None:
        """Return what holds for a foreign category; None if it is not mapped."""
        found = self.category_map.get(foreign)
        if found is None:
            return None
        return found if isinstance(found, Rule) else Rule(category=found)


def _checked(pattern: str | None, groups: int) -> str | None:
    if pattern is not None:
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        if compiled.groups != groups:
            raise ValueError("the pattern needs exactly one group")
    return pattern


def load_map(place: Path | str) -> ForeignMap:
    """Read a map.

    Parameters
    ----------
    place : Path or str
        YAML file, or the name of a shipped map such as ``"polync"``.

    Returns
    -------
    ForeignMap
        The map.

    Raises
    ------
    UnknownNameError
        If there is neither such a file nor such a shipped map.
    InputError
        If the file is not a map.
    """
    import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

    path = Path(place)
    if not path.is_file():
        shipped = {item.stem: item for item in sorted(MAPS.glob("*.yaml"))}
        if str(place) not in shipped:
            raise UnknownNameError(f"There is no map {str(place)!r}.", hint=f"Shipped: {', '.join(shipped)}.")
        path = shipped[str(place)]
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        made = ForeignMap.model_validate(data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is not YAML: {error}.") from error
    except ValidationError as error:
        raise InputError(f"{path.name}: {explain(error)}", hint="See polybench.foreign_map.ForeignMap.") from error
    if not (made.question_field or made.question_template):
        raise InputError(f"{path.name}: name the question_field or a question_template.")
    if not (made.category or made.category_field):
        raise InputError(f"{path.name}: name the category or a category_field.")
    return made
