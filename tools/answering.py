"""Calling a tool by name in a killable worker: the answer travels as JSON text, bounded and without NaN."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from tools.catalogue import catalogue, get_tool
from tools.core.errors import LimitError, ToolError

MAX_ANSWER = 1_000_000  # characters of an answer as JSON


@lru_cache(maxsize=1)
def tool_names() -> tuple[str, ...]:
    """Return the names of all tools, with the search of the literature.

    Returns
    -------
    tuple of str
        In a fixed order.
    """
    return (*catalogue(), "search_literature")


def answer_text(name: str, arguments: dict[str, Any]) -> str:
    """Call a tool and write its answer as JSON: what a killable worker is asked to do.

    Parameters
    ----------
    name : str
        Name of the tool.
    arguments : dict
        Arguments by name.

    Returns
    -------
    str
        JSON text of at most a million characters, without NaN and infinity.

    Raises
    ------
    UnknownNameError
        If there is no such tool.
    LimitError
        If the answer is too long.
    ToolError
        If the answer cannot be written as JSON. Errors of the tool pass through.
    """
    answer = get_tool(name).call(arguments)
    try:
        text = json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ToolError(f"{name} gave an answer that is no plain data: {error}.") from error
    if len(text) > MAX_ANSWER:
        raise LimitError(f"The answer of {name} has more than {MAX_ANSWER} characters.", hint="Ask for less.")
    return text
