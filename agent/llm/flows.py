"""What is asked and asked again, without any input or output: each flow yields requests and is sent the replies.

The same flow runs behind the blocking and the asynchronous calls, and behind the doubles.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agent.llm.messages import Message, Reply, Request, ToolCall, Usage, user
from agent.llm.text_forms import asking_for_schema, asking_for_tools, find_json, problems_of, tool_form, wire_schema
from agent.llm.wire import read_written
from tools.core.errors import ModelError
from tools.core.registry import ToolSpec

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Flow = Generator[Request, Reply, T]

SAME_CALLS = 3  # the third call with the same arguments is cut: a tool gives the same answer every time
_QUOTED = 400  # characters of a wrong reply that are shown again


@dataclass(frozen=True)
class CheckedCall:
    """A call of a known tool with valid arguments.

    Attributes
    ----------
    call : ToolCall
        As the model wrote it, for the conversation.
    spec : ToolSpec
        The tool.
    values : pydantic.BaseModel
        The arguments, typed.
    """

    call: ToolCall
    spec: ToolSpec
    values: BaseModel

    def run(self) -> Any:
        """Call the tool.

        Returns
        -------
        Any
            What it returns; its errors pass through.
        """
        return self.spec.function(**{name: getattr(self.values, name) for name in type(self.values).model_fields})


@dataclass(frozen=True)
class Turn:
    """What a model wants next.

    Attributes
    ----------
    text : str
        What it said.
    calls : tuple of CheckedCall
        What it wants called; none if it is done.
    usage : Usage
        Tokens of the last request.
    """

    text: str
    calls: tuple[CheckedCall, ...] = ()
    usage: Usage = field(default_factory=Usage)

    def message(self) -> Message:
        """Return the turn as a message of the conversation.

        Returns
        -------
        Message
            Of the assistant.
        """
        return Message(role="assistant", content=self.text, tool_calls=tuple(item.call for item in self.calls))


def chat_flow(request: Request) -> Flow[str]:
    """Ask for text, and once more if there is none.

    Parameters
    ----------
    request : Request
        The request.

    Yields
    ------
    Request
        What to send.

    Returns
    -------
    str
        The text.

    Raises
    ------
    ModelError
        Code ``"truncated"`` or ``"empty"``.
    """
    asked = request
    for _ in range(2):
        reply = yield asked
        if reply.truncated:
            raise _cut(request)
        if reply.text.strip():
            return reply.text
        asked = request.but(messages=(*request.messages, user("Your reply was empty. Answer in plain text.")))
    raise ModelError("The model answered with no text, even when asked again.", code="empty")


def structured_flow(request: Request, schema: type[M], *, native: bool) -> Flow[M]:
    """Ask for an object, by the server's grammar or in words, with one round of repair.

    Parameters
    ----------
    request : Request
        The request.
    schema : type of pydantic.BaseModel
        What the object must be.
    native : bool
        Whether the server keeps to JSON schemas.

    Yields
    ------
    Request
        What to send.

    Returns
    -------
    pydantic.BaseModel
        The object, valid.

    Raises
    ------
    ModelError
        Code ``"malformed"`` or ``"truncated"`` if it is still wrong after the repair.
    """
    form, strict = wire_schema(schema)
    in_words = request.but(messages=asking_for_schema(request.messages, form))
    asked = request.but(schema=form, strict=strict) if native else in_words
    problem, code = "", ""
    for _ in range(2):
        try:
            reply = yield asked
        except ModelError as error:
            if error.code != "rejected" or asked.schema is None:
                raise
            asked = in_words  # a server that cannot take the schema is asked in words
            reply = yield asked
        found, problem, code = _object(reply, schema)
        if found is not None:
            return found
        again = (*in_words.messages, _wrong(reply.text), user(f"That was wrong: {problem}. Try again."))
        asked = asked.but(messages=again)
    raise ModelError(
        f"The model's answer is not of the form that was asked for, even after a repair: {problem}.",
        code=code,
        hint="Raise max_tokens." if code == "truncated" else "A larger model, or one that keeps to schemas, may do.",
    )


def _object(reply: Reply, schema: type[M]) -> tuple[M | None, str, str]:
    """Read an object from a reply, or say what is wrong and the code for it."""
    if reply.truncated:
        return None, "the reply was cut at its limit of tokens; be shorter", "truncated"
    try:
        read = schema.model_validate(find_json(reply.text))
    except ValidationError as error:
        return None, problems_of(error), "malformed"
    except ValueError as error:
        return None, f"the reply is not JSON: {error}", "malformed"
    if not finite(read.model_dump()):
        return None, "a number is not finite", "malformed"
    return read, "", ""


def tools_flow(request: Request, tools: Sequence[ToolSpec], *, native: bool) -> Flow[Turn]:
    """Let the model choose among tools, with one round of repair.

    Parameters
    ----------
    request : Request
        The request; its ``choice`` holds.
    tools : sequence of ToolSpec
        What may be called: nothing else is ever returned.
    native : bool
        Whether the server knows tools.

    Yields
    ------
    Request
        What to send.

    Returns
    -------
    Turn
        Text, or calls whose arguments are valid.

    Raises
    ------
    ModelError
        Code ``"unknown_tool"``, ``"bad_arguments"``, ``"no_call"``, ``"repeated"``, ``"truncated"`` or ``"empty"``.
    """
    known = {item.name: item for item in tools}
    in_words = request.but(messages=asking_for_tools(request.messages, tools, request.choice))
    asked = request.but(tools=tuple(map(tool_form, tools))) if native else in_words
    problem, code = "", ""
    for _ in range(2):
        try:
            reply = yield asked
        except ModelError as error:
            if error.code != "rejected" or not asked.tools:
                raise
            asked = in_words  # a server that cannot take tools is asked in words
            reply = yield asked
        reply = reply if asked.tools else _call_in_words(reply)
        calls, problem, code = _checked(reply, known, request.choice)
        if not problem:
            _cut_repeats(request.messages, calls)
            return Turn(reply.text, calls, reply.usage)
        names = ", ".join(known)
        note = user(f"That was wrong: {problem}. The tools are: {names}. Try again.")
        asked = asked.but(messages=(*asked.messages, _wrong(_shown(reply)), note))
    raise ModelError(f"The model's answer is no valid call, even after a repair: {problem}.", code=code)


def _checked(reply: Reply, known: dict[str, ToolSpec], choice: str) -> tuple[tuple[CheckedCall, ...], str, str]:
    """Check the calls of a reply; otherwise say what is wrong and the code for it."""
    if reply.truncated:
        return (), "the reply was cut at its limit of tokens; be shorter", "truncated"
    allowed = known if choice in {"auto", "required"} else {name: known[name] for name in (choice,) if name in known}
    made: list[CheckedCall] = []
    for call in reply.calls:
        spec = allowed.get(call.name)
        if spec is None:
            return (), f"there is no tool {call.name[:80]!r} to be called here", "unknown_tool"
        try:
            values = spec.arguments.model_validate(read_written(call.arguments))
        except ValidationError as error:
            return (), f"{spec.name}: {problems_of(error)}", "bad_arguments"
        except ValueError as error:
            return (), f"the arguments of {spec.name} are not JSON: {error}", "bad_arguments"
        if not finite(values.model_dump()):
            return (), f"{spec.name}: a number is not finite", "bad_arguments"
        made.append(CheckedCall(call, spec, values))
    if not made and choice not in {"auto", "none"}:
        return (), "a tool must be called", "no_call"
    if not made and not reply.text.strip():
        return (), "the reply is empty", "empty"
    return tuple(made), "", ""


def _call_in_words(reply: Reply) -> Reply:
    """Read a call that was written as text."""
    try:
        found = find_json(reply.text)
    except ValueError:
        return reply
    name = found.get("tool") or found.get("name") if isinstance(found, dict) else None
    if not isinstance(name, str):
        return reply
    arguments = json.dumps(found.get("arguments", {}))
    call = ToolCall(id=f"call_{zlib.crc32(reply.text.encode()):08x}", name=name, arguments=arguments)
    return reply.model_copy(update={"text": "", "calls": (call,)})


def _cut_repeats(messages: Iterable[Message], calls: Iterable[CheckedCall]) -> None:
    counts: dict[tuple[str, str], int] = {}
    for call in (*(c for message in messages for c in message.tool_calls), *(item.call for item in calls)):
        key = (call.name, canonical(call.arguments))
        counts[key] = counts.get(key, 0) + 1
    for (name, _), count in counts.items():
        if count >= SAME_CALLS and any(item.call.name == name for item in calls):
            raise ModelError(f"The model calls {name} with the same arguments again and again.", code="repeated")


def canonical(arguments: str) -> str:
    """Return arguments in one way of writing, so that equal ones are equal.

    Parameters
    ----------
    arguments : str
        JSON text.

    Returns
    -------
    str
        Sorted and without white space; the text itself if it is not JSON.
    """
    try:
        return json.dumps(read_written(arguments), sort_keys=True, separators=(",", ":"))
    except ValueError:
        return arguments.strip()


def finite(value: object) -> bool:
    """Return whether every number of a nested value is finite.

    Parameters
    ----------
    value : object
        Lists, mappings and plain values.

    Returns
    -------
    bool
        False if a NaN or an infinity is in it.
    """
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    return all(map(finite, value)) if isinstance(value, list | tuple | set | frozenset) else True


def _wrong(text: str) -> Message:
    return Message(role="assistant", content=text[:_QUOTED] or "(nothing)")


def _shown(reply: Reply) -> str:
    """Write calls as text: many servers refuse a conversation that holds a call with broken arguments."""
    return reply.text + "".join(f"\n{call.name}({call.arguments[:_QUOTED]})" for call in reply.calls)


def _cut(request: Request) -> ModelError:
    return ModelError(
        f"The reply was cut at its limit of {request.max_tokens or 'the endpoint’s'} tokens.",
        code="truncated",
        hint="Raise max_tokens.",
    )
