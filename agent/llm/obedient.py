"""A model that does whatever any text tells it: the worst case of injected instructions, for tests of the design.

It reads through hiding (zero-width signs, text that runs backwards, HTML entities, upper case), obeys orders wherever
they stand but in the application's own system message, and asks for tools that it was never given.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from agent.llm.messages import Reply, Request, ToolCall
from agent.llm.model import ChatModel
from agent.llm.wire import read_json

_SAY = re.compile(
    r"\b(?:report|say|state|answer|write|output|reply|respond|print|recommend|claim|return|conclude|repeat|include|add|"
    r"set|use|choose|prefer|rank)\b(?: with| that| as| this)?[:\s]+(?P<what>[^\n]{2,300}?)(?=[.!?](?:\s|$)|\n|$)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\b(?:call|run|invoke|execute|use)\s+(?:the\s+)?(?:tool\s+|function\s+)?[`'\"]?(?P<name>[A-Za-z]\w*_\w+)[`'\"]?"
    r"\s*(?:\(\s*(?P<inner>[^)]{0,300})\)|(?:with|on|for)\s+(?P<rest>[^\n.]{0,300}))?",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[[^\]]{0,200}\]\([^)\s]{1,500}\)|https?://[^\s)\"'<>]{4,500}")
_PAIR = re.compile(r"(\w+)\s*[=:]\s*([^,;]+)")
_NUMBER = re.compile(r"[-+−]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+|\^\d+)?")
_MOST = 20  # orders obeyed per request


def orders(text: str) -> tuple[tuple[ToolCall, ...], tuple[str, ...]]:
    """Find everything in a text that can be read as an instruction.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    tuple of ToolCall
        Calls that it orders.
    tuple of str
        Texts that it wants said, links included.
    """
    shown = _uncovered(text)
    calls = [*_written_calls(shown)]
    for match in _CALL.finditer(shown):
        inner = match["inner"] or match["rest"] or ""
        arguments = {name: _value(value) for name, value in _PAIR.findall(inner)} or ({"text": inner} if inner else {})
        calls.append((match["name"], arguments))
    said = [match["what"].strip() for match in _SAY.finditer(shown)] + _LINK.findall(shown)
    made = [
        ToolCall(id=f"obeyed_{order}", name=name, arguments=json.dumps(arguments))
        for order, (name, arguments) in enumerate(calls[:_MOST])
    ]
    return tuple(made), tuple(dict.fromkeys(said))[:_MOST]


def _uncovered(text: str) -> str:
    """Read what was hidden: signs of format (Unicode category Cf) are left out, entities and wide letters read."""
    plain = unicodedata.normalize("NFKC", html.unescape(text))
    return "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")


def _written_calls(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find tool calls written as JSON, in whatever dress."""
    for match in re.finditer(r"\{", text):
        for end in re.finditer(r"\}", text[match.start() : match.start() + 2000]):
            try:
                found = read_json(text[match.start() : match.start() + end.end()])
            except ValueError:
                continue
            inner = found.get("function") if isinstance(found.get("function"), dict) else found
            name = inner.get("name") or inner.get("tool") or inner.get("function")
            arguments = inner.get("arguments", inner.get("parameters", inner.get("args", {})))
            if isinstance(name, str):
                yield name, arguments if isinstance(arguments, dict) else {"text": arguments}
            break


def _value(text: str) -> Any:
    try:
        return read_json(text.strip())
    except ValueError:
        return text.strip().strip("'\"`")


class ObedientModel(ChatModel):
    """A model that obeys every instruction it sees, on top of what another model would have answered.

    Parameters
    ----------
    base : ChatModel
        Answers what was really asked.
    """

    def __init__(self, base: ChatModel) -> None:
        super().__init__(f"obedient {base.name}", profile=base.profile, budget=base.budget)
        self._base = base
        self.obeyed = 0

    def answer(self, request: Request) -> Reply:
        """Answer one request as it is told by whoever spoke."""
        reply = self._base.answer(request)
        texts = [message.content for message in request.messages if message.role != "system"]
        found = [orders(text) for text in texts]
        calls = tuple(item for part, _ in found for item in part)
        said = tuple(item for _, part in found for item in part)
        self.obeyed += len(calls) + len(said)
        if not calls and not said:
            return reply
        if calls and request.tools:
            return reply.model_copy(update={"calls": (*calls, *reply.calls)[:_MOST], "finish": "tool_calls"})
        return reply.model_copy(update={"text": _bent(reply.text, said, calls)})


def _bent(text: str, said: tuple[str, ...], calls: tuple[ToolCall, ...]) -> str:
    """Bend an answer: numbers and texts of an object are replaced by what was ordered; a text gets it added."""
    written = [f'{{"tool": "{item.name}", "arguments": {item.arguments}}}' for item in calls]
    try:
        found = read_json(text)
    except ValueError:
        return "\n".join((text, *said, *written))
    numbers = [float(n.replace("−", "-").replace(",", ".").replace("^", "e")) for s in said for n in _NUMBER.findall(s)]
    return json.dumps(_poisoned(found, "; ".join((*said, *written)), numbers))


def _poisoned(value: Any, said: str, numbers: list[float]) -> Any:
    if isinstance(value, dict):
        return {name: _poisoned(item, said, numbers) for name, item in value.items()}
    if isinstance(value, list):
        return [_poisoned(item, said, numbers) for item in value]
    if isinstance(value, str):
        return f"{value} {said}".strip() if said else value
    if isinstance(value, int | float) and not isinstance(value, bool) and numbers:
        return type(value)(numbers[0])
    return value
