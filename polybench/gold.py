"""Gold answers: which shape each answer type takes, checked when a task is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr

from polybench.refusal import UNANSWERABLE
from polybench.wording import normal_label

Answer = StrictBool | StrictInt | StrictFloat | StrictStr | tuple[StrictStr, ...] | None

_BOOLEANS: Final = {"yes": True, "true": True, "no": False, "false": False}


def check_answer(
    answer_type: str,
    answer: Any,
    *,
    choices: Mapping[str, str],
    free: bool = False,
    keypoints: bool = False,
    constraints: bool = False,
) -> Answer:
    """Check a gold answer and bring it to the one shape of its type.

    Parameters
    ----------
    answer_type : str
        Type of the task.
    answer : Any
        As in the file.
    choices : mapping of str to str
        Choices of the task.
    free : bool
        Whether a task of this category may do without an answer, or have "unanswerable" as the right one whatever the
        type, so that the type does not give it away.
    keypoints, constraints : bool
        Whether the task has them.

    Returns
    -------
    str, bool, float, tuple of str or None
        The answer; numbers become floats, and "yes", "no", "true" and "false" truth values.

    Raises
    ------
    ValueError
        If the answer does not fit; pydantic turns it into a validation error.
    """
    if answer_type == "mcq" and len(choices) < 2:
        raise ValueError("an mcq task needs at least two choices")
    if free and (answer is None or (isinstance(answer, str) and normal_label(answer) == UNANSWERABLE)):
        return UNANSWERABLE if answer else None
    if answer_type == "design":
        return _design(answer, constraints)
    if answer is None and not (answer_type == "text" and keypoints):
        raise ValueError(f"a {answer_type} task needs an answer")
    return _CHECKS[answer_type](answer, choices)


def _mcq(answer: Any, choices: Mapping[str, str]) -> Answer:
    if not isinstance(answer, str) or answer not in choices:
        raise ValueError(f"the answer {answer!r} is not one of the choices {', '.join(choices)}")
    return answer


def _boolean(answer: Any, _: Mapping[str, str]) -> Answer:
    value = _BOOLEANS.get(answer.strip().casefold()) if isinstance(answer, str) else answer
    if not isinstance(value, bool):
        raise ValueError(f"the answer {answer!r} is neither true nor false")
    return value


def _text(answer: Any, _: Mapping[str, str]) -> Answer:
    if answer is not None and not (isinstance(answer, str) and answer.strip()):
        raise ValueError(f"the answer {answer!r} is not a text")
    return answer


def _numeric(answer: Any, _: Mapping[str, str]) -> Answer:
    if isinstance(answer, str):
        try:
            answer = float(answer)
        except ValueError:
            raise ValueError(f"the answer {answer!r} is not a finite number") from None
    if isinstance(answer, bool) or not isinstance(answer, int | float) or not math.isfinite(answer):
        raise ValueError(f"the answer {answer!r} is not a finite number")
    return float(answer)


def _ranking(answer: Any, choices: Mapping[str, str]) -> Answer:
    items = _distinct(answer)
    if len(items) < 2:
        raise ValueError("a ranking needs at least two items")
    if choices and sorted(items) != sorted(choices):
        raise ValueError(f"the answer is not a permutation of the choices {', '.join(choices)}")
    return items


def _set(answer: Any, _: Mapping[str, str]) -> Answer:
    return _distinct(answer)


def _distinct(answer: Any) -> tuple[str, ...]:
    if not isinstance(answer, tuple) or len(set(answer)) != len(answer):
        raise ValueError("the answer must be a list of distinct texts")
    return answer


def _design(answer: Any, constraints: bool) -> Answer:
    if not constraints:
        raise ValueError("a design task needs constraints")
    if answer is not None and not isinstance(answer, str | tuple):
        raise ValueError("the answer of a design is null, structures, or infeasible")
    return answer


_CHECKS: Final[dict[str, Callable[[Any, Mapping[str, str]], Answer]]] = {
    "mcq": _mcq,
    "boolean": _boolean,
    "label": _text,
    "numeric": _numeric,
    "ranking": _ranking,
    "set": _set,
    "smiles": _text,
    "text": _text,
}
