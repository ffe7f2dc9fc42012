"""Task: one question of the exam with everything that is needed to mark it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from polybench.gold import Answer, check_answer
from polybench.refusal import UNANSWERABLE
from tools.core.units import normalise_unit, registry

Split = Literal["train", "dev", "test", "ood", "diag"]
AnswerType = Literal["mcq", "boolean", "label", "numeric", "ranking", "set", "smiles", "design", "text"]
Category = Literal[
    "structural_understanding",
    "conceptual_knowledge",
    "property_prediction",
    "comparison_ranking",
    "advanced_property_reasoning",
    "synthesis_design",
    "agentic",
]
ConstraintKind = Literal[
    "attachment_points",
    "smarts",
    "descriptor",
    "element",
    "property",
    "not_in",
    "max_similarity",
    "max_mutual_similarity",
    "ring_topologies",
]

# The six categories of PolyBench (arXiv 2601.16312), over which the macro score is taken; "agentic" stands beside them.
CATEGORIES: Final[tuple[Category, ...]] = (
    "structural_understanding",
    "conceptual_knowledge",
    "property_prediction",
    "comparison_ranking",
    "advanced_property_reasoning",
    "synthesis_design",
)
INFEASIBLE: Final = "infeasible"

_OPERATORS: Final = {">=": ("min",), "<=": ("max",), "==": ("min", "max")}
_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Tolerance(BaseModel):
    """How far a number may be from the right one; met if any part of it is met.

    Attributes
    ----------
    abs : float or None
        Absolute difference, in the unit of the task.
    rel : float or None
        Difference as a share of the right number's size (of a temperature: in kelvin).
    factor : float or None
        Quotient of the two, at least 1, for quantities that spread over decades.
    """

    model_config = _FROZEN

    abs: float | None = Field(default=None, ge=0)
    rel: float | None = Field(default=None, ge=0)
    factor: float | None = Field(default=None, ge=1)


class Constraint(BaseModel):
    """One requirement on a designed repeat unit, or on the set of candidates.

    Attributes
    ----------
    kind : str
        "attachment_points" (number of ``*``), "smarts" (number of matches of ``smarts``), "descriptor" (``name`` of
        ``polybench.scoring.conventions.DESCRIPTORS``), "element" (number of atoms of the symbol ``name``), "property"
        (``name`` of the property registry, judged by a frozen predictor and reported apart), "not_in" (none of the
        chains ``smiles``), "max_similarity" (Tanimoto to each of ``smiles`` at most ``max``), and over all candidates
        "max_mutual_similarity" (at most ``max`` between any two) and "ring_topologies" (at least ``min`` different).
    name : str
        What is measured, where the kind needs it.
    smarts : str
        Pattern of "smarts".
    smiles : tuple of str
        Structures of "not_in" and "max_similarity".
    min, max : float or None
        Inclusive bounds, in ``unit``; ``value`` in a file sets both, or one with ``op`` (">=", "<=" or "==").
    unit : str
        Unit of "property"; the canonical unit of the property if empty.
    text : str
        The requirement in words.
    """

    model_config = _FROZEN

    kind: ConstraintKind
    name: str = Field(default="", validation_alias=AliasChoices("name", "property", "element", "descriptor"))
    smarts: str = ""
    smiles: tuple[str, ...] = ()
    min: float | None = Field(default=None, validation_alias=AliasChoices("min", "lower"))
    max: float | None = Field(default=None, validation_alias=AliasChoices("max", "upper"))
    unit: str = ""
    text: str = ""

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, data: Any) -> Any:
        if isinstance(data, dict) and "op" in data:
            sides = _OPERATORS.get(data["op"])
            if sides is None or "value" not in data:
                raise ValueError(f"op is one of {', '.join(_OPERATORS)}, and goes with value")
            rest = {key: item for key, item in data.items() if key not in ("op", "value")}
            return {**rest, **dict.fromkeys(sides, data["value"])}
        if isinstance(data, dict) and "value" in data:
            if data.keys() & {"min", "max", "lower", "upper"}:
                raise ValueError("a constraint has either value, or min and max")
            rest = {key: item for key, item in data.items() if key != "value"}
            return {**rest, "min": data["value"], "max": data["value"]}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind in ("descriptor", "element", "property") and not self.name:
            raise ValueError(f"a constraint of kind {self.kind} needs a name")
        if self.kind == "smarts" and not self.smarts:
            raise ValueError("a constraint of kind smarts needs smarts")
        if self.kind in ("not_in", "max_similarity") and not self.smiles:
            raise ValueError(f"a constraint of kind {self.kind} needs smiles")
        if self.kind in ("max_similarity", "max_mutual_similarity") and self.max is None:
            raise ValueError(f"a constraint of kind {self.kind} needs max")
        if self.kind != "not_in" and self.min is None and self.max is None:
            raise ValueError(f"a constraint of kind {self.kind} needs min, max or value")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is above max")
        return self


class KeyPoint(BaseModel):
    """Something that a good text says.

    Attributes
    ----------
    text : str
        The point in words; matched word by word if ``any_of`` is empty and there is no number.
    any_of : tuple of str
        Phrases, one of which must occur.
    number : float or None
        A number that must occur.
    unit : str
        Its unit.
    rel : float
        How far the number in the text may be off, as a share.
    weight : float
        Weight among the key points of the task.
    """

    model_config = _FROZEN

    text: str = Field(min_length=1)
    any_of: tuple[str, ...] = ()
    number: float | None = None
    unit: str = ""
    rel: float = Field(default=0.02, ge=0)
    weight: float = Field(default=1.0, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return {"text": data} if isinstance(data, str) else data


class Composition(BaseModel):
    """What a composite question is put together from.

    Attributes
    ----------
    subq_ids : tuple of str
        Ids of the tasks that ask for its parts.
    skills : tuple of str
        Skills that it needs.
    hops : int or None
        Steps of reasoning.
    """

    model_config = _FROZEN

    subq_ids: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    hops: int | None = Field(default=None, ge=1)


class Evidence(BaseModel):
    """A record that the right answer rests on; fields beyond these are kept.

    Attributes
    ----------
    polymer, property, unit, method, source : str
        Polymer key or repeat unit, property id, unit, method and citation.
    value : float, str or None
        The value, in ``unit``.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    polymer: str = ""
    property: str = ""
    value: float | str | None = None
    unit: str = ""
    method: str = ""
    source: str = ""


class Task(BaseModel):
    """One question and how it is marked.

    Attributes
    ----------
    id : str
        Unique within a file.
    source, licence : str
        Where the task comes from, and on what terms.
    split : {"train", "dev", "test", "ood", "diag"}
        Part of the suite.
    category : str
        One of ``CATEGORIES``, or "agentic".
    subtask : str
        Kind of question within the category.
    level : int
        1 (one step) to 3.
    question : str
        What is asked.
    system, context : str
        System prompt, and knowledge that is shown only when a run is made with knowledge.
    choices : dict of str to str
        Text by letter or label; a list in a file is lettered A, B, C.
    answer_type : str
        How the answer is read and marked.
    answer : str, bool, float, tuple of str or None
        mcq: key of ``choices``; boolean: bool; label, text: str; numeric: float in ``unit``; ranking: every item once,
        in order; set: distinct items; smiles: one structure (chains by ``*``, several molecules joined by ``.``);
        design: None, example structures, or "infeasible". In an agentic task also "unanswerable", whatever the type,
        and None: it is marked by what was done.
    aliases : tuple of str
        Other right answers (label, smiles), or other names for the one answer.
    property, unit : str
        What a numeric answer measures (an id of the property registry where it has one), and its unit.
    tolerance : Tolerance or None
        When a number counts as right.
    constraints : tuple of Constraint
        Requirements of a design.
    n_candidates : int
        How many candidates a design asks for.
    keypoints : tuple of KeyPoint
        What a text must say.
    polymer_keys : tuple of str
        ``tools.core.polymer.Polymer.key`` of every polymer in the question; what the bootstrap draws.
    composition : Composition or None
        Parts of a composite question.
    pass_at : float or None
        Share of reference runs that got it right, where known.
    cot : str
        A worked solution, never shown to the examined.
    evidence : tuple of Evidence
        Records behind the answer.
    tools_expected : tuple of str
        Tools that an agent should need.
    canary : str
        Mark by which leaked copies are found.
    extra : dict
        Every field of the file that is not named here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    id: str = Field(min_length=1)
    source: str = ""
    licence: str = ""
    split: Split
    category: Category
    subtask: str = Field(min_length=1)
    level: int = Field(default=1, ge=1, le=3)
    question: str = Field(min_length=1)
    system: str = ""
    context: str = ""
    choices: dict[str, str] = Field(default_factory=dict)
    answer_type: AnswerType
    answer: Answer = None
    aliases: tuple[str, ...] = ()
    property: str = ""
    unit: str = ""
    tolerance: Tolerance | None = None
    constraints: tuple[Constraint, ...] = ()
    n_candidates: int = Field(default=1, ge=1)
    keypoints: tuple[KeyPoint, ...] = ()
    polymer_keys: tuple[str, ...] = ()
    composition: Composition | None = None
    pass_at: float | None = Field(default=None, ge=0, le=1)
    cot: str = ""
    evidence: tuple[Evidence, ...] = ()
    tools_expected: tuple[str, ...] = ()
    canary: str = ""
    extra: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, data: Any) -> Any:
        """Keep unknown fields, drop nulls, letter a list of choices, and read the answer by its type."""
        if not isinstance(data, dict):
            return data
        known = {name: item for name, item in data.items() if name in cls.model_fields and item is not None}
        unknown = {name: item for name, item in data.items() if name not in cls.model_fields}
        if unknown:
            known["extra"] = {**known.get("extra", {}), **unknown}
        choices = known.get("choices")
        if isinstance(choices, list | tuple):
            if len(choices) > 26:
                raise ValueError("more than 26 choices in a list; give them as an object")
            known["choices"] = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", choices, strict=False))
        return known

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        answer = check_answer(
            self.answer_type,
            self.answer,
            choices=self.choices,
            free=self.category == "agentic",
            keypoints=bool(self.keypoints),
            constraints=bool(self.constraints),
        )
        object.__setattr__(self, "answer", answer)  # frozen: only the reading of the answer is set, here
        if self.answer_type == "numeric" and self.unit:
            _check_unit(self.unit)
        return self

    def is_unanswerable(self) -> bool:
        """Say whether the right answer of an agentic task is to decline."""
        return self.category == "agentic" and self.answer == UNANSWERABLE

    def is_infeasible(self) -> bool:
        """Say whether the right answer of a design is that there is none."""
        return self.answer_type == "design" and self.answer == INFEASIBLE


@lru_cache(maxsize=256)
def _check_unit(unit: str) -> None:
    import pint

    try:
        registry().parse_units(normalise_unit(unit))
    except (pint.errors.PintError, AttributeError, TypeError, ValueError, AssertionError) as error:
        raise ValueError(f"unknown unit {unit!r}") from error
