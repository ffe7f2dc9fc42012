"""Asking a served model what it can do, and saying how to mend what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.llm.client import Client
from agent.llm.messages import Message, Request, system, user
from agent.llm.profile import Profile
from agent.llm.text_forms import wire_schema
from agent.llm.wire import read_written
from tools.core.errors import ModelError, NotCoveredError, PolysmithError

_TOKENS = 256  # enough for a call or a short object of any model
_WORDS: tuple[Message, ...] = (system("You are a helpful assistant."), user("Say hello in one short sentence."))
_SERVE = "polysmith serve sets these flags; by hand:"
_TOOL_FIX = f"{_SERVE} vllm serve ... --enable-auto-tool-choice --tool-call-parser hermes --tool-strict-level parameter"
_JSON_FIX = (
    f'{_SERVE} vllm serve ... --structured-outputs-config \'{{"backend":"xgrammar","disable_any_whitespace":true}}\''
)


@dataclass(frozen=True)
class Check:
    """One thing that was asked of the server.

    Attributes
    ----------
    part : str
        What.
    ok : bool
        Whether it works.
    detail : str
        What was seen.
    fix : str
        How to mend it.
    """

    part: str
    ok: bool
    detail: str
    fix: str = ""


class Chain(BaseModel):
    """An object that no model would write unless the server holds it to the schema: the prompt does not speak of it."""

    model_config = ConfigDict(extra="forbid")

    tacticity: Literal["isotactic", "syndiotactic", "atactic"]
    crystalline: bool


class Wanted(BaseModel):
    """Arguments of the tool that is offered."""

    model_config = ConfigDict(extra="forbid")

    polymer: Literal["polyethylene", "polypropylene"]


_TOOL = {
    "type": "function",
    "function": {
        "name": "melting_point",
        "description": "Look up the melting point of a polymer.",
        "parameters": wire_schema(Wanted)[0],
    },
}


def probe(client: Client) -> tuple[Profile, list[Check]]:
    """Ask for the list of models, a chat, a tool call, an object and a stream.

    Parameters
    ----------
    client : Client
        The client.

    Returns
    -------
    Profile
        What the model can do.
    list of Check
        What was asked, in order; the list ends early if the server does not answer at all.
    """
    checks = [_try("models", lambda: _models(client), "Start the server: polysmith serve MODEL.")]
    if checks[0].ok:
        checks.append(_try("chat", lambda: _chat(client), "See the server's log."))
    if not checks[-1].ok:
        return client.profile, checks
    checks.append(_try("tool call", lambda: _tool_call(client), _TOOL_FIX))
    checks.append(_try("JSON schema", lambda: _object(client), _JSON_FIX))
    checks.append(_try("stream", lambda: _stream(client), "Let no proxy between you and the server hold back events."))
    works = {item.part: item.ok for item in checks}
    profile = Profile(
        model=client.name,
        tools=works["tool call"],
        json_schema=works["JSON schema"],
        streaming=works["stream"],
        context=_context(client),
        probed=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
    return profile, checks


def _try(part: str, ask: Callable[[], str], fix: str) -> Check:
    try:
        return Check(part, ok=True, detail=ask())
    except PolysmithError as error:
        return Check(part, ok=False, detail=error.message, fix=error.hint or fix)


def _models(client: Client) -> str:
    names = [str(item["id"]) for item in client.models()]
    listed = ", ".join(names[:10])
    if client.name not in names:
        raise NotCoveredError(f"{client.name} is not among {listed}: set POLYSMITH_LLM_MODEL")
    return f"{client.name} (served: {listed})"


def _chat(client: Client) -> str:
    reply = client.ask(Request(_WORDS, max_tokens=32))
    return f"{reply.usage.completion_tokens} tokens" + (" (estimated)" if reply.usage.estimated else "")


def _tool_call(client: Client) -> str:
    """Ask freely, as the agent does, then so that a server that constrains calls must give one."""
    question = user("Look up the melting point of polypropylene. Call the tool.")
    asked = Request((question,), tools=(_TOOL,), max_tokens=_TOKENS)
    for choice, told in (("auto", "of its own accord"), ("melting_point", "when named"), ("required", "when it must")):
        reply = client.ask(asked.but(choice=choice))
        for call in reply.calls:
            try:
                arguments = read_written(call.arguments)
            except ValueError:
                continue
            if call.name == "melting_point" and _valid(Wanted, arguments):
                return f"a valid call, {told}"
    raise NotCoveredError("no valid call came back: no parser for this model, or a model that does not call tools")


def _object(client: Client) -> str:
    form, strict = wire_schema(Chain)
    reply = client.ask(Request(_WORDS, schema=form, strict=strict, max_tokens=_TOKENS))
    try:
        found = read_written(reply.text)
    except ValueError:
        found = None
    if not _valid(Chain, found):
        raise NotCoveredError("the schema was taken but not kept to; objects are asked for in words instead")
    return "replies keep to the schema"


def _valid(schema: type[BaseModel], value: object) -> bool:
    try:
        schema.model_validate(value)
    except ValueError:
        return False
    return True


def _stream(client: Client) -> str:
    count = 0
    try:
        for piece in client.stream(_WORDS, max_tokens=32):
            count += bool(piece)
    except ModelError as error:
        if error.code != "truncated" or not count:  # a talkative model is cut, which shows that it streams
            raise
    return f"{count} pieces"


def _context(client: Client) -> int | None:
    """Read how many tokens fit, under the names that servers give it; an adapter has what its base model has."""
    listed = {str(item["id"]): item for item in client.models()}
    own = listed.get(client.name, {})
    for item in (own, listed.get(str(own.get("parent")), {})):
        meta = item.get("meta")
        for place in (item, meta if isinstance(meta, dict) else {}):
            for name in ("max_model_len", "context_length", "context_window", "n_ctx", "n_ctx_train"):
                if type(place.get(name)) is int and place[name] > 0:
                    return int(place[name])
    return None
