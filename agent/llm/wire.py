"""The chat-completions protocol: requests as JSON, and JSON as replies, trusting nothing that comes back."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from agent.llm.budget import estimate, tokens_of
from agent.llm.endpoint import Endpoint
from agent.llm.messages import Reply, Request, ToolCall, Usage
from tools.core.errors import ModelError

MOST_CALLS = 32  # in one reply; more is a fault
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL)


def body_of(request: Request, endpoint: Endpoint, model: str, *, stream: bool = False) -> dict[str, Any]:
    """Write a request in the form of the protocol.

    Parameters
    ----------
    request : Request
        The request.
    endpoint : Endpoint
        Settings that go along.
    model : str
        Name of the model.
    stream : bool
        Whether the reply comes in pieces.

    Returns
    -------
    dict
        The body.
    """
    body: dict[str, Any] = {
        **endpoint.extra,
        "model": model,
        "messages": [message.wire() for message in request.messages],
        "max_tokens": request.max_tokens or endpoint.max_tokens,
        "temperature": endpoint.temperature,
        "seed": endpoint.seed,
    }
    if request.tools:
        body["tools"] = list(request.tools)
        named = request.choice not in {"auto", "required", "none"}
        body["tool_choice"] = (
            {"type": "function", "function": {"name": request.choice}} if named else request.choice
        )  # fmt: skip
    if request.schema is not None:
        form = {"name": "reply", "schema": request.schema, "strict": request.strict}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def read_json(text: str) -> Any:
    """Read JSON as the standard has it: no NaN, no infinity, no nesting that breaks the reader.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    Any
        Its value.

    Raises
    ------
    ValueError
        If it is not JSON; says where.
    """
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_written(text: str) -> Any:
    """Read JSON that a model wrote: as :func:`read_json`, but signs of control in texts become spaces.

    Grammars that hold a model to a schema let raw control characters into texts, which JSON forbids (seen with vLLM).

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    Any
        Its value.

    Raises
    ------
    ValueError
        If it is not JSON; says where.
    """
    return read_json(_CONTROL.sub(" ", text))


def read_reply(text: str, request: Request) -> Reply:
    """Read the body of an answer.

    Parameters
    ----------
    text : str
        The body.
    request : Request
        What was asked, for an estimate of the tokens where the server does not say.

    Returns
    -------
    Reply
        The reply.

    Raises
    ------
    ModelError
        Codes ``"malformed"``, ``"empty"``, ``"server"``, ``"refused"`` and ``"too_long"``.
    """
    try:
        body = read_json(text)
    except ValueError as error:
        raise ModelError(f"The server's answer is not JSON: {error}.", code="malformed") from None
    if not isinstance(body, dict):
        raise ModelError("The server's answer is not an object.", code="malformed")
    if body.get("error"):
        raise ModelError(f"The server answered with an error: {message_of(text)}", code="server")
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise ModelError("The server's answer holds no choice.", code="empty")
    message = choices[0].get("message")
    if not isinstance(message, dict):
        raise ModelError("The server's answer holds no message.", code="empty")
    reason = choices[0].get("finish_reason")
    if reason == "content_filter" or message.get("refusal"):
        raise ModelError("The model refused to answer.", code="refused")
    calls = _calls(message.get("tool_calls"))
    content = without_thoughts(_text(message.get("content")))
    written = content + "".join(call.name + call.arguments for call in calls)
    check_length(written, request)
    return Reply(
        text=content,
        calls=calls,
        finish="length" if reason == "length" else "tool_calls" if calls else "stop",
        model=str(body.get("model") or "")[:200],
        usage=read_usage(body.get("usage")) or guessed_usage(request, written),
    )


def check_length(written: str, request: Request) -> None:
    """Refuse a reply far longer than was asked for: the server does not keep to ``max_tokens``.

    Parameters
    ----------
    written : str
        What was written so far.
    request : Request
        What was asked.

    Raises
    ------
    ModelError
        With code ``"too_long"``.
    """
    most = 16 * (request.max_tokens or 0) + 1024  # few tokens are longer than 16 characters
    if request.max_tokens and len(written) > most:
        raise ModelError(
            f"The reply has {len(written)} characters for at most {request.max_tokens} tokens.",
            code="too_long",
            hint="The server does not keep to max_tokens.",
        )


def without_thoughts(text: str) -> str:
    """Take out what a model thought aloud before its answer.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    str
        The answer alone.
    """
    return _THOUGHTS.sub("", text)


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _calls(listed: object) -> tuple[ToolCall, ...]:
    if not listed:
        return ()
    if not isinstance(listed, list) or len(listed) > MOST_CALLS:
        raise ModelError(f"The reply's tool calls are no list of at most {MOST_CALLS}.", code="malformed")
    calls = []
    for order, item in enumerate(listed):
        function = item.get("function") if isinstance(item, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise ModelError("A tool call of the reply has no name.", code="malformed")
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else json.dumps(arguments if arguments is not None else {})
        calls.append(ToolCall(id=str(item.get("id") or f"call_{order}"), name=function["name"], arguments=text or "{}"))
    return tuple(calls)


def read_usage(usage: object) -> Usage | None:
    """Read the tokens that a server counted.

    Parameters
    ----------
    usage : object
        The field of the answer.

    Returns
    -------
    Usage or None
        None if it is absent or makes no sense.
    """
    if not isinstance(usage, dict):
        return None
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    read, written = (count if type(count) is int and count >= 0 else None for count in counts)
    return None if read is None or written is None else Usage(prompt_tokens=read, completion_tokens=written)


def guessed_usage(request: Request, written: str) -> Usage:
    """Estimate the tokens of a request and its reply.

    Parameters
    ----------
    request : Request
        What was asked.
    written : str
        What was answered.

    Returns
    -------
    Usage
        Marked as estimated.
    """
    return Usage(prompt_tokens=estimate(request), completion_tokens=tokens_of(written), estimated=True)


def message_of(text: str) -> str:
    """Return the message of an error's body, shortened.

    Parameters
    ----------
    text : str
        The body.

    Returns
    -------
    str
        At most 300 characters in one line.
    """
    try:
        body = read_json(text)
    except ValueError:
        body = text
    for key in ("error", "message", "detail"):
        if isinstance(body, dict) and body.get(key):
            body = body[key]
    shown = body if isinstance(body, str) else json.dumps(body)
    return " ".join(shown.split())[:300]
