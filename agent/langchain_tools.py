"""The catalogue as tools of LangChain: for its agents, and for graphs of other people.

Import it only where LangChain is used. Every call runs in a killable worker with limits of time and memory, so an agent
that calls several at once shares no molecule between threads.
"""

from __future__ import annotations

import json
from typing import Any

from langchain_core.tools import StructuredTool, ToolException

from agent.tool_calls import MEMORY_MB, SECONDS, USUAL_SECONDS
from tools.catalogue import catalogue
from tools.core import sandbox
from tools.core.errors import PolysmithError
from tools.core.protocols import Retriever
from tools.core.registry import ToolSpec


def langchain_tools(retriever: Retriever | None = None) -> list[StructuredTool]:
    """Make a tool of LangChain of every tool in the catalogue.

    Parameters
    ----------
    retriever : Retriever or None
        Searches the literature; without one there is no tool for it.

    Returns
    -------
    list of StructuredTool
        With the same names, descriptions and schemas. A typed error is an error message of the tool, with its hint.
    """
    return [_made(spec) for spec in catalogue(retriever).values()]


def _made(spec: ToolSpec) -> StructuredTool:
    def call(**arguments: Any) -> Any:
        try:
            if spec.name == "search_literature":  # the index is open here, and searching it reads no molecule twice
                return spec.function(**arguments)
            return _in_worker(spec, arguments)
        except PolysmithError as error:
            raise ToolException(f"{type(error).__name__}: {error}") from error

    return StructuredTool(
        name=spec.name,
        description=f"{spec.description} Returns: {spec.returns}",
        args_schema=spec.arguments,
        func=call,
        handle_tool_error=True,
    )


def _in_worker(spec: ToolSpec, arguments: dict[str, Any]) -> Any:
    plain = spec.arguments.model_construct(**arguments).model_dump(mode="json", warnings=False)
    seconds = SECONDS.get(spec.name, USUAL_SECONDS)
    text = sandbox.run("tools.answering:answer_text", spec.name, plain, seconds=seconds, memory_mb=MEMORY_MB)
    return json.loads(text)
