"""From a function to a tool: the signature and the numpydoc docstring are its schema.

A tool is an ordinary annotated function. Its arguments are described once, in the docstring, and that text is what a
language model sees; a function or an argument without a description is refused when it is registered.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from tools.core.errors import InputError, SetupError

_NAME = re.compile(r"[a-z][a-z0-9_]{2,63}")
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\s*$", re.MULTILINE)
_PARAMETER = re.compile(r"^(\*{0,2}\w+(?:, *\w+)*)(?: *:.*)?$")


@dataclass(frozen=True)
class ToolSpec:
    """A function that an agent may call.

    Attributes
    ----------
    name : str
        Unique name.
    description : str
        What it does: the docstring's text before the first section.
    arguments : type of pydantic.BaseModel
        Schema of the arguments; unknown arguments are refused.
    function : callable
        The function itself.
    returns : str
        Description of the result.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    function: Callable[..., Any]
    returns: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments."""
        return self.arguments.model_json_schema()

    def call(self, arguments: dict[str, Any]) -> Any:
        """Validate the arguments and call the function.

        Parameters
        ----------
        arguments : dict
            Arguments by name, as parsed from JSON.

        Returns
        -------
        Any
            What the function returns.

        Raises
        ------
        InputError
            If an argument is missing, unknown or of the wrong type; says which. Errors of the function pass through.
        """
        try:
            checked = self.arguments.model_validate(arguments)
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(str(part) for part in item['loc']) or 'arguments'}: {item['msg']}"
                for item in error.errors(include_url=False)
            )
            known = ", ".join(self.arguments.model_fields) or "none"
            raise InputError(f"{self.name}: {problems}.", hint=f"It takes: {known}.") from error
        return self.function(**{name: getattr(checked, name) for name in type(checked).model_fields})


def tool(function: Callable[..., Any], *, name: str = "") -> ToolSpec:
    """Make a tool of a function.

    Parameters
    ----------
    function : callable
        Annotated, with a numpydoc docstring that describes it and each of its parameters.
    name : str
        Name of the tool; the function's name if empty.

    Returns
    -------
    ToolSpec
        The tool.

    Raises
    ------
    SetupError
        If the name is unfit, or an annotation or description is missing.
    """
    name = name or function.__name__
    if not _NAME.fullmatch(name):
        raise SetupError(f"{name!r} is no tool name.", hint="Use lower case, digits and underscores.")
    summary, sections = _sections(inspect.getdoc(function) or "")
    if not summary:
        raise SetupError(f"Tool {name} has no description.", hint="Begin its docstring with what it does.")
    described = _parameters(sections.get("Parameters", ""))
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise SetupError(f"Tool {name}: {parameter} cannot be given by name.")
        if parameter.name not in hints:
            raise SetupError(f"Tool {name}: {parameter.name} has no type.", hint="Annotate it.")
        text = described.pop(parameter.name, "")
        if not text:
            raise SetupError(f"Tool {name}: {parameter.name} has no description.", hint="Describe it in the docstring.")
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], Field(default, description=text))
    if described:
        raise SetupError(f"Tool {name} describes {', '.join(described)}, which it does not take.")
    arguments = create_model(
        f"{name}_arguments", __config__=ConfigDict(extra="forbid", arbitrary_types_allowed=False), **fields
    )
    return ToolSpec(name, summary, arguments, function, _plain(sections.get("Returns", "")))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _sections(docstring: str) -> tuple[str, dict[str, str]]:
    """Split a numpydoc docstring into its text and its sections."""
    parts = _SECTION.split(docstring)
    return _plain(parts[0]), dict(zip(parts[1::2], parts[2::2], strict=True))


def _parameters(section: str) -> dict[str, str]:
    """Read the descriptions of a parameter section."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in section.splitlines():
        match = _PARAMETER.match(line)
        if match:
            current = []
            for parameter in match.group(1).split(","):
                found[parameter.strip()] = current
        elif line.strip():
            current.append(line.strip())
    return {parameter: " ".join(lines) for parameter, lines in found.items()}
