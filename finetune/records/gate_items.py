"""GateItem: a small question whose right answer can be told by rule; and reading calls and JSON out of a reply."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from agent.llm.text_forms import find_json
from tools.core.errors import InputError

Family = Literal["instruction", "tools"]
Reply = str | Mapping[str, Any]

_WRITTEN = re.compile(r"^\s*TOOL:\s*(\{.*\})\s*$", re.MULTILINE)
_TAGGED = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?\s*\n?(.*?)\n?```", re.DOTALL)
_MOST: Final = 100_000


class GateItem(BaseModel):
    """One question of the gate.

    Attributes
    ----------
    id : str
        Made of its content; equal questions have equal ids.
    kind : str
        What is tested, such as "json" or "tool_call".
    family : {"instruction", "tools"}
        Which ability it belongs to.
    messages : tuple of dict
        What the model is shown, in the form of the chat-completions protocol.
    tools : tuple of dict
        Tools that are offered, in the form of the protocol.
    expected : dict
        What the rule of this kind compares with.
    gold : dict
        A reply that is right: the message of an assistant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    family: Family = "instruction"
    messages: tuple[dict[str, Any], ...]
    tools: tuple[dict[str, Any], ...] = ()
    expected: dict[str, Any]
    gold: dict[str, Any]


class SaidCall(BaseModel):
    """A call that a reply asks for.

    Attributes
    ----------
    name : str
        The tool.
    arguments : dict
        Its arguments.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    arguments: dict[str, Any] = {}


def text_of(reply: Reply) -> str:
    """Return the text of a reply, without thinking aloud.

    Parameters
    ----------
    reply : str or mapping
        Text, or a message of the protocol.
    """
    text = reply if isinstance(reply, str) else str(reply.get("content") or "")
    return _THINKING.sub("", text[-_MOST:]).strip()


def calls_of(reply: Reply) -> list[SaidCall] | None:
    """Read the calls of a reply: those of the protocol, ``<tool_call>`` blocks, and lines with ``TOOL:``.

    Parameters
    ----------
    reply : str or mapping
        Text, or a message of the protocol.

    Returns
    -------
    list of SaidCall or None
        Empty if it calls nothing; None if it tries to and cannot be read.
    """
    native = [] if isinstance(reply, str) else list(reply.get("tool_calls") or ())
    text = text_of(reply)
    written = [*_TAGGED.findall(text), *_WRITTEN.findall(text)]
    if not native and not written and re.search(r"<tool_call>|^\s*TOOL:", text, re.MULTILINE):
        return None
    found = []
    for item in (*native, *written):
        call = _read_call(item)
        if call is None:
            return None
        found.append(call)
    return found


def _read_call(item: Any) -> SaidCall | None:
    try:
        raw = json.loads(item) if isinstance(item, str) else item
        function = raw.get("function", raw)
        arguments = function.get("arguments", {})
        arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
        return SaidCall(name=function["name"], arguments=arguments)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def json_of(reply: Reply, *, strict: bool = True) -> Any:
    """Read the JSON that a reply is.

    Parameters
    ----------
    reply : str or mapping
        Text, or a message of the protocol.
    strict : bool
        Whether the reply must be nothing else; one fence around it is allowed either way.

    Raises
    ------
    InputError
        If there is none.
    """
    text = text_of(reply)
    fenced = _FENCED.fullmatch(text)
    try:
        return json.loads(fenced.group(1) if fenced else text) if strict else find_json(text)
    except ValueError as error:
        raise InputError(f"The reply is no JSON: {error}.") from error
