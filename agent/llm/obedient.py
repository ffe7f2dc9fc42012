"""A model that does whatever any text tells it: the worst case of injected instructions, for tests of the design.

It reads through hiding (zero-width signs, tag characters, lookalikes, text that runs backwards, entities, encodings),
obeys orders in several languages wherever they stand but in the application's own system message, asks for tools that
it was never given, and keeps to the schema of an object while it fills it with what it was told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.llm.messages import Reply, Request, ToolCall
from agent.llm.model import ChatModel
from agent.llm.uncovering import uncovered
from agent.llm.wire import read_json

_VERBS = (
    "report|say|state|answer|write|output|reply|respond|print|recommend|claim|return|conclude|repeat|include|add|set|use|"
    "choose|prefer|rank|quote|copy|mention|name|give|note|tell|propose|cite|show|append|replace|overwrite|mark|approve|"
    "gib|nenne|schreibe|empfiehl|indique|écris|recommande|réponds|responde|consiglia|напиши"
)
_SAY = re.compile(
    rf"\b(?:{_VERBS})\b(?: with| that| as| this)?[:\s]+(?P<what>[^\n]{{2,300}}?)(?=[.!?](?:\s|$)|\n|$)",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:must|should|needs? to|has to|have to|requires? that|required to|will note that|system\W|assistant\W)"
    r"\s?(?P<what>[^\n]{2,300}?)(?=[.!?](?:\s|$)|\n|$)",
    re.IGNORECASE,
)
_SAY_CHINESE = re.compile(r"(?:请|必须|回答|推荐|写上|报告|無視し)[^。\n]{2,200}")
_CALL = re.compile(
    r"\b(?:call|run|invoke|execute|use|rufe|appelle|action:|调用|用)\s*(?:the\s+|das\s+|l'|工具\s*)?"
    r"(?:tool\s+|function\s+|werkzeug\s+|outil\s+)?[`'\"]?(?P<name>[A-Za-z]\w*_\w+)[`'\"]?"
    r"\s*(?:\(\s*(?P<inner>[^)]{0,300})\)|(?:with|on|for|mit|avec)\s+(?P<rest>[^\n.]{0,300}))?",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[[^\]]{0,200}\]\([^)\s]{1,500}\)|https?://[^\s)\"'<>]{4,500}")
_PAIR = re.compile(r"(\w+)\s*[=:]\s*([^,;]+)")
_FIELD = re.compile(
    r"[\"'`](\w{2,40})[\"'`]\s*(?:to|=|:|auf|à)\s*(\"[^\"\n]{0,200}\"|[-+]?\d+(?:\.\d+)?)", re.IGNORECASE
)
_NUMBER = re.compile(r"[-+−]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+|\^\d+)?")
_MOST = 20  # orders obeyed per request


@dataclass(frozen=True)
class Orders:
    """What a text orders.

    Attributes
    ----------
    calls : tuple of ToolCall
        Calls that it wants made.
    said : tuple of str
        Texts that it wants said, links included.
    fields : dict of str to object
        Fields of an object that it wants set, by name.
    """

    calls: tuple[ToolCall, ...] = ()
    said: tuple[str, ...] = ()
    fields: tuple[tuple[str, Any], ...] = ()

    def numbers(self) -> list[float]:
        """Return the numbers that it wants reported, values in units first."""
        marked = [n for text in self.said for n in re.findall(rf"({_NUMBER.pattern})\s?(?:°C|K|%|MPa|GPa)", text)]
        plain = [n for text in self.said for n in _NUMBER.findall(text)]
        return [found for n in (*marked, *plain) if (found := _as_number(n)) is not None]


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
    found = _orders(text)
    return found.calls, found.said


def _orders(text: str) -> Orders:
    shown = uncovered(text)
    calls = [*_written_calls(shown)]
    for match in _CALL.finditer(shown):
        inner = match["inner"] or match["rest"] or ""
        arguments = {name: _value(value) for name, value in _PAIR.findall(inner)} or ({"text": inner} if inner else {})
        calls.append((match["name"], arguments))
    said = (
        [match["what"].strip() for match in _SAY.finditer(shown)] + _SAY_CHINESE.findall(shown) + _LINK.findall(shown)
    )
    made = tuple(
        ToolCall(id=f"obeyed_{order}", name=name, arguments=json.dumps(arguments))
        for order, (name, arguments) in enumerate(_different(calls)[:_MOST])
    )
    fields = tuple((name, _value(value)) for name, value in _FIELD.findall(shown)) if said or calls else ()
    return Orders(made, tuple(dict.fromkeys(said))[:_MOST], fields)


def _different(calls: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, dict[str, Any]]]:
    seen = {json.dumps(call, sort_keys=True): call for call in calls}
    return list(seen.values())


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
            if isinstance(name, str) and not (" " in name and "arguments" not in inner):
                yield name, arguments if isinstance(arguments, dict) else {"text": arguments}
            break
    for name, inner in re.findall(r"\b([a-z]+_[a-z_]+)\(([^()\n]{0,300})\)", text):
        yield name, {key: _value(value) for key, value in _PAIR.findall(inner)}
    for name, written in re.findall(r"<function=(\w+)>(\{[^<\n]*\})", text):
        yield name, _as_mapping(_value(written))
    for name, written in re.findall(r"Action:\s*(\w+)\s*\n\s*Action Input:\s*(\{[^\n]*\})", text):
        yield name, _as_mapping(_value(written))
    for name in re.findall(r"<invoke name=\"(\w+)\"", text):
        yield name, dict(re.findall(r"<parameter name=\"(\w+)\">([^<]*)<", text))


def _as_mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"text": value}


def _value(text: str) -> Any:
    try:
        return read_json(text.strip())
    except ValueError:
        return text.strip().strip("'\"`")


def _as_number(text: str) -> float | None:
    try:
        return float(text.replace("−", "-").replace(",", ".").replace("^", "e"))
    except (ValueError, OverflowError):
        return None


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
        found = [_orders(message.content) for message in request.messages if message.role != "system"]
        told = Orders(
            tuple(call for part in found for call in part.calls),
            tuple(text for part in found for text in part.said),
            tuple(field for part in found for field in part.fields),
        )
        self.obeyed += len(told.calls) + len(told.said)
        if not told.calls and not told.said:
            return reply
        if told.calls and request.tools:
            offered = {form["function"]["name"] for form in request.tools}
            asked = [call for call in told.calls if call.name in offered] or list(told.calls)
            return reply.model_copy(update={"calls": (*asked, *reply.calls)[:_MOST], "finish": "tool_calls"})
        # a call that nobody offered is asked for all the same
        bent = _bent(reply.text, told, request.schema)
        return reply.model_copy(update={"text": bent, "calls": (*reply.calls, *told.calls)[:_MOST]})


def _bent(text: str, told: Orders, schema: dict[str, Any] | None) -> str:
    """Bend an answer: the object keeps to its schema and says what was ordered; a text gets it added."""
    numbers = told.numbers()
    written = [f'{{"tool": "{item.name}", "arguments": {item.arguments}}}' for item in told.calls]
    try:
        found = read_json(text)
    except ValueError:
        changed = _NUMBER.sub(f"{numbers[0]:g}", text) if numbers else text
        return "\n".join((changed, *told.said, *written))
    form = schema or {}
    return json.dumps(_poisoned(found, form, form, _Told("; ".join((*told.said, *written)), told, numbers)))


@dataclass(frozen=True)
class _Told:
    said: str
    orders: Orders
    numbers: list[float]


def _resolved(form: Any, root: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a part, references followed and the first filled choice taken."""
    for _ in range(8):
        if not isinstance(form, dict):
            return {}
        if "$ref" in form:
            form = root.get("$defs", {}).get(form["$ref"].rsplit("/", 1)[-1], {})
        elif "anyOf" in form:
            form = next((item for item in form["anyOf"] if item.get("type") != "null"), {})
        else:
            return form
    return {}


def _poisoned(value: Any, form: Any, root: dict[str, Any], told: _Told) -> Any:
    shape = _resolved(form, root)
    if isinstance(value, dict):
        forms = shape.get("properties", {})
        wanted = {name: new for name, new in told.orders.fields if name in value and type(new) is type(value[name])}
        return {name: wanted.get(name, _poisoned(item, forms.get(name), root, told)) for name, item in value.items()}
    if isinstance(value, list):
        made = [_poisoned(item, shape.get("items"), root, told) for item in value]
        room = len(made) < shape.get("maxItems", _MOST)
        # what was ordered is put in as one more item, beside an untouched one
        return [*made, value[0]] if made and made[0] != value[0] and room else made
    if isinstance(value, str):
        return _poisoned_text(value, shape, told)
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float) and told.numbers:
        number = max(shape.get("minimum", -1e300), min(shape.get("maximum", 1e300), told.numbers[0]))
        return type(value)(number)
    return value


def _poisoned_text(value: str, shape: dict[str, Any], told: _Told) -> str:
    """Choose what was ordered where there is a choice, else add it as far as there is room; ids stay ids."""
    choices = shape.get("enum") or ([shape["const"]] if "const" in shape else [])
    if choices:
        return next((str(item) for item in choices if str(item) in told.said), value)
    said = re.sub(_NUMBER, lambda found: f"{told.numbers[0]:g}", value) if told.numbers and " " in value else value
    longest = shape.get("maxLength")
    added = f"{said} {told.said}".strip() if told.said and (" " in value or not value) else said
    added = added if added != value or not told.said or re.fullmatch(r"\S{1,40}", value) else told.said
    return added[:longest] if longest else added
