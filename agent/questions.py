"""What a run asks a person, and how the answer is read: nothing that fails a check is taken over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.brief import parse_brief
from agent.brief.conflicts import problems_of
from agent.holding import QUESTION
from agent.runs import RunFolder
from tools.core.errors import InputError, Paused, StateError, UnknownNameError
from tools.core.properties import all_properties, get_property
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.core.vocabulary import CLASSES, COUNTS, ELEMENT_SETS, ELEMENTS, GROUPS, POLYMERISATIONS

ANSWER = "answer"
_YES = frozenset({"ok", "okay", "y", "yes", "true", "go", "go on"})
_DROP = re.compile(r"(?:drop|remove|delete)\s+(?:line\s+)?(.+)", re.IGNORECASE)
_WORDS: dict[str, frozenset[str]] = {
    "element": frozenset({*ELEMENTS, *ELEMENT_SETS}),
    "group": frozenset(GROUPS),
    "class": frozenset(CLASSES),
    "polymerisation": frozenset(POLYMERISATIONS),
    "count": frozenset(COUNTS),
    "novelty": frozenset({"unknown"}),
}
_Item = TypeVar("_Item", Constraint, StructuralConstraint)
_HINT = 'Answer "ok", or with an edited spec as JSON, or with lines such as "Tg above 200 °C" and "drop 2".'


class Question(BaseModel):
    """What a run asks.

    Attributes
    ----------
    id : {"model", "spec", "work"}
        "model": whether the language model may be paid; "spec": whether the brief was read as it was meant; "work":
        whether steps that cost much may be done.
    text : str
        The question in words.
    spec : DesignSpec or None
        The brief as read, for "spec"; its problems are those that stand in the way.
    costs : tuple of str
        What would be spent, for "model" and "work".
    """

    model_config = ConfigDict(frozen=True)

    id: Literal["model", "spec", "work"]
    text: str
    spec: DesignSpec | None = None
    costs: tuple[str, ...] = ()


def open_question(folder: RunFolder) -> Question | None:
    """Return what a run asks at present.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Returns
    -------
    Question or None
        None if it asks nothing.

    Raises
    ------
    StateError
        If its question cannot be read.
    """
    if not folder.has(QUESTION):
        return None
    try:
        return Question.model_validate(folder.load(QUESTION))
    except ValidationError as error:
        raise StateError(f"The question of run {folder.id} cannot be read: {error}") from error


def put(folder: RunFolder, question: Question) -> None:
    """Write down what a run asks.

    Parameters
    ----------
    folder : RunFolder
        The run.
    question : Question
        The question.
    """
    folder.save(QUESTION, question.model_dump(mode="json"))


def pause(folder: RunFolder, question: Question) -> Paused:
    """Make the error that tells of a question.

    Parameters
    ----------
    folder : RunFolder
        The run.
    question : Question
        What it asks.

    Returns
    -------
    Paused
        To be raised.
    """
    problems = question.spec.problems if question.spec is not None else ()
    text = " ".join((f"Run {folder.id} asks: {question.text}", *question.costs, *problems))
    return Paused(text, run_id=folder.id, hint=f"Answer with: polysmith run resume {folder.id} --answer ok")


def accept(folder: RunFolder, answer: DesignSpec | str | bool, about: str = "") -> str:
    """Check an answer and write it down; only who holds the run may.

    Parameters
    ----------
    folder : RunFolder
        The run.
    answer : DesignSpec, str or bool
        True or "ok", or for a question about the spec an edited one: as such, as JSON or as lines in plain words.
    about : str
        Id of the question that is meant; any if empty.

    Returns
    -------
    {"ok", "spec"}
        What the graph is told.

    Raises
    ------
    StateError
        If the run asks nothing, or something else.
    InputError
        If the answer cannot be read.
    Paused
        If the edited spec has problems; they stand with the question.
    """
    question = open_question(folder)
    if question is None or (about and question.id != about):
        asked = f"the question {about!r}" if about else "a question"
        raise StateError(
            f"Run {folder.id} is not waiting for an answer to {asked}.", hint="It was answered before, or never asked."
        )
    if answer is True or (isinstance(answer, str) and answer.strip().casefold() in _YES):
        if question.spec is None:
            return "ok"
        folder.save(ANSWER, question.spec.model_dump(mode="json"))  # perhaps edited before
        return "spec"
    if answer is False or question.spec is None:
        raise InputError(f"{answer!r} is no answer to: {question.text}", hint='Answer "ok", or leave the run as it is.')
    edited = read_spec(answer, question.spec) if isinstance(answer, str) else checked(answer)
    if edited.n_candidates != question.spec.n_candidates:
        raise InputError(
            "How many candidates there are is fixed when a run begins.", hint="Begin a new run with: -n NUMBER"
        )
    if edited.problems:
        again = question.model_copy(update={"spec": edited})
        put(folder, again)
        raise pause(folder, again)
    folder.save(ANSWER, edited.model_dump(mode="json"))
    return "spec"


def read_spec(text: str, spec: DesignSpec) -> DesignSpec:
    """Read an edited spec: JSON, or lines that change the spec at hand.

    Parameters
    ----------
    text : str
        JSON of a whole spec, or lines: requirements in plain words, which replace those on the same side of the same
        property or feature, and "drop" with a number of the table or a property.
    spec : DesignSpec
        The spec at hand.

    Returns
    -------
    DesignSpec
        The edited spec, its problems found anew.

    Raises
    ------
    InputError
        If it cannot be read; nothing is guessed.
    """
    if text.lstrip().startswith("{"):
        try:
            return checked(DesignSpec.model_validate_json(text))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InputError(f"This is not a spec: {where}: {first['msg']}", hint=_HINT) from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise InputError("The answer is empty.", hint=_HINT)
    return checked(_amend(spec, lines))


def checked(spec: DesignSpec) -> DesignSpec:
    """Check an edited spec as a brief is checked.

    Parameters
    ----------
    spec : DesignSpec
        The spec.

    Returns
    -------
    DesignSpec
        With its problems found anew.

    Raises
    ------
    InputError
        If a property, unit, or name is not known, or nothing is asked for.
    """
    for item in spec.constraints:
        prop = all_properties().get(item.property)
        if prop is None:
            known = get_property(item.property).id  # an UnknownNameError if it is no other name either
            raise InputError(f"{item.property!r} is not the id of a property.", hint=f"Write {known!r}.")
        if item.unit != prop.unit:
            raise InputError(
                f"The bounds of {prop.id} are given in {item.unit!r}.", hint=f"They are kept in {prop.unit!r}."
            )
    for feature in spec.structure:
        known_names = _WORDS.get(feature.kind)
        if known_names is not None and feature.name not in known_names:
            raise UnknownNameError(
                f"Unknown {feature.kind} {feature.name!r}.", hint=f"Known: {', '.join(sorted(known_names))}."
            )
    if not spec.constraints and not spec.structure:
        raise InputError("Nothing is left that can be designed for.", hint=_HINT)
    return spec.model_copy(update={"problems": problems_of(spec)})


def _amend(spec: DesignSpec, lines: Sequence[str]) -> DesignSpec:
    constraints, structure = _dropped(spec, [found.group(1) for line in lines if (found := _DROP.fullmatch(line))])
    words = "\n".join(line for line in lines if not _DROP.fullmatch(line))
    if not words:
        return spec.model_copy(update={"constraints": tuple(constraints), "structure": tuple(structure)})
    read = parse_brief(words)
    if read.not_understood:
        first = read.not_understood[0]
        raise InputError(f"“{first.text}” was not understood: {first.reason}.", hint=_HINT)
    start = len(spec.brief) + 1
    constraints = [old for old in constraints if not any(_same_side(old, new) for new in read.constraints)]
    structure = [old for old in structure if (old.kind, old.name) not in {(s.kind, s.name) for s in read.structure}]
    return spec.model_copy(
        update={
            "brief": f"{spec.brief}\n{words}",
            "constraints": (*constraints, *(_moved(item, start) for item in read.constraints)),
            "structure": (*structure, *(_moved(item, start) for item in read.structure)),
            "assumptions": tuple(dict.fromkeys((*spec.assumptions, *read.assumptions))),
            "n_candidates": read.n_candidates or spec.n_candidates,
        }
    )


def _dropped(spec: DesignSpec, wanted: Sequence[str]) -> tuple[list[Constraint], list[StructuralConstraint]]:
    """Leave out lines of the table by number, and all lines of a property by name."""
    rows = len(spec.constraints) + len(spec.structure)
    numbers: set[int] = set()
    for text in (part.strip() for item in wanted for part in re.split(r",|\band\b", item)):
        if text.isdecimal():
            if not 1 <= int(text) <= rows:
                raise InputError(f"There is no line {text}; the table has {rows}.", hint=_HINT)
            numbers.add(int(text))
            continue
        prop = get_property(text).id
        found = {number for number, item in enumerate(spec.constraints, 1) if item.property == prop}
        if not found:
            raise InputError(f"No line is about {text}.", hint=_HINT)
        numbers |= found
    own = len(spec.constraints)
    return (
        [item for number, item in enumerate(spec.constraints, 1) if number not in numbers],
        [item for number, item in enumerate(spec.structure, own + 1) if number not in numbers],
    )


def _same_side(old: Constraint, new: Constraint) -> bool:
    if old.property != new.property:
        return False
    both = any(item.lower is None and item.upper is None for item in (old, new))
    lower = old.lower is not None and new.lower is not None
    return both or lower or (old.upper is not None and new.upper is not None)


def _moved(item: _Item, start: int) -> _Item:
    first, last = item.span
    return item.model_copy(update={"span": (first + start, last + start)})
