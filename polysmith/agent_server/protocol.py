"""The chat-completions protocol, as far as the agent speaks it: what is read, and what is written."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.llm.budget import tokens_of
from tools.core.errors import (
    BackendMissing,
    BudgetError,
    InputError,
    LimitError,
    PolysmithError,
    SetupError,
)

MODELS = {"polysmith": "auto", "polysmith-design": "design", "polysmith-ask": "ask"}
MOST_MESSAGES = 1000
_PATH = re.compile(r"(?<![\w./:-])~?/(?:[^\s/'\"`:;,()]+/)+[^\s/'\"`:;,()]*")


class Part(BaseModel):
    """A piece of a message's content; only text is read."""

    type: str = "text"
    text: str = ""


class ChatMessage(BaseModel):
    """A message as the protocol has it."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    def words(self) -> str:
        """Return the text of the message.

        Returns
        -------
        str
            All parts, one to a line.

        Raises
        ------
        InputError
            If a part is no text.
        """
        if isinstance(self.content, list):
            other = [part.type for part in self.content if part.type not in {"text", "input_text"}]
            if other:
                raise InputError(f"Content of type {other[0]!r} is not read.", hint="Send text.")
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class Wishes(BaseModel):
    """What a client may set beyond the protocol, in the field ``polysmith``: fields of a run's settings."""

    model_config = ConfigDict(extra="forbid")

    candidates: int | None = Field(default=None, ge=1, le=50)
    rounds: int | None = Field(default=None, ge=1, le=10)
    pool: int | None = Field(default=None, ge=10, le=20_000)
    evaluations: int | None = Field(default=None, ge=0, le=20_000)
    simulate: int | None = Field(default=None, ge=0, le=2)
    rules: bool = False


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool = False


class Form(BaseModel):
    """Form of the answer."""

    type: Literal["text", "json_object"] = "text"


class ChatRequest(BaseModel):
    """A request; sampling options, tools and other fields of the protocol mean nothing here and are passed over.

    Attributes
    ----------
    model : str
        One of ``MODELS``.
    messages : list of ChatMessage
        The conversation; only what the user said is read.
    stream : bool
        Whether the answer comes in pieces.
    n : int
        Answers: one.
    seed : int or None
        Seed of the run.
    response_format : Form
        ``json_object`` for plain data instead of Markdown.
    polysmith : Wishes
        Settings of the run.
    """

    model: str
    messages: list[ChatMessage] = Field(min_length=1, max_length=MOST_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = 1
    seed: int | None = Field(default=None, ge=0)
    response_format: Form | None = None
    polysmith: Wishes = Wishes()

    @classmethod
    def read(cls, body: bytes) -> ChatRequest:
        """Read a body.

        Parameters
        ----------
        body : bytes
            JSON.

        Returns
        -------
        ChatRequest
            The request.

        Raises
        ------
        InputError
            If it is not one; says which field is wrong.
        """
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the body"
            raise InputError(f"{where}: {first['msg']}.", hint="See docs/ways-in.md.") from error

    def job(self) -> dict[str, Any]:
        """Return what is to be done, as arguments of the job ``converse``.

        Returns
        -------
        dict
            What the user said, in order, with mode and settings.

        Raises
        ------
        InputError
            If nothing was said by the user, or not in text.
        """
        said = [message.words() for message in self.messages if message.role == "user"]
        if not said:
            raise InputError("There is no message of the user.", hint="Send the brief or the question as one.")
        wishes = self.polysmith.model_dump(exclude_none=True)
        return {"messages": said, "mode": MODELS[self.model], "seed": self.seed, **wishes}

    @property
    def as_json(self) -> bool:
        """Whether plain data are wanted."""
        return self.response_format is not None and self.response_format.type == "json_object"


@dataclass(frozen=True)
class Failure:
    """An error as the protocol tells it.

    Attributes
    ----------
    status : int
        HTTP status.
    type, code, message : str
        Kind of error, machine-readable reason, and what went wrong.
    """

    status: int
    type: str
    code: str
    message: str

    def body(self) -> dict[str, Any]:
        """Return the error object.

        Returns
        -------
        dict
            What JSON can write.
        """
        return {"error": {"message": self.message, "type": self.type, "param": None, "code": self.code}}


def failure(error: PolysmithError) -> Failure:
    """Say an error in the protocol's terms, without any path of this machine.

    Parameters
    ----------
    error : PolysmithError
        The error.

    Returns
    -------
    Failure
        Status 400 for what the client can mend, 503, 504 and 500 for what it cannot.
    """
    code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
    table: tuple[tuple[type[PolysmithError], int, str], ...] = (
        (InputError, 400, "invalid_request_error"),
        (LimitError, 504, "timeout_error"),
        (BudgetError, 503, "server_error"),
        (SetupError, 500, "server_error"),
        (BackendMissing, 500, "server_error"),
    )
    for cls, status, kind in table:
        if isinstance(error, cls):
            return Failure(status, kind, code, without_paths(str(error)))
    return Failure(500, "server_error", code, without_paths(str(error)))


def without_paths(text: str) -> str:
    """Take the paths of this machine out of a text.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text with every absolute path replaced by "(path)".
    """
    return _PATH.sub("(path)", text)


class Answer:
    """One answer, in the forms of the protocol.

    Parameters
    ----------
    request : ChatRequest
        What was asked.
    number : str
        Id of the answer.
    """

    def __init__(self, request: ChatRequest, number: str) -> None:
        self._request = request
        self._common = {"id": f"chatcmpl-{number}", "created": int(time.time()), "model": request.model}

    def text(self, found: dict[str, Any]) -> str:
        """Return the text of an answer.

        Parameters
        ----------
        found : dict
            Result of a job.

        Returns
        -------
        str
            Markdown, or JSON if that was wanted.
        """
        if self._request.as_json:
            return json.dumps(found["data"], ensure_ascii=False, allow_nan=False)
        return str(found["markdown"])

    def whole(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return the answer in one piece.

        Parameters
        ----------
        found : dict
            Result of a job.

        Returns
        -------
        dict
            A ``chat.completion``.
        """
        message = {"role": "assistant", "content": self.text(found)}
        return {
            "object": "chat.completion",
            **self._common,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(found)}],
            **self._usage(found),
        }

    def piece(self, delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
        """Return a piece of a stream.

        Parameters
        ----------
        delta : dict
            What is added to the message.
        finish : str or None
            Why the answer ends, in its last piece.

        Returns
        -------
        dict
            A ``chat.completion.chunk``.
        """
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {"object": "chat.completion.chunk", **self._common, "choices": [choice]}

    def ending(self, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Give the last pieces of a stream: the answer by paragraphs, the end, and the usage if it was asked for.

        Parameters
        ----------
        found : dict
            Result of a job.

        Yields
        ------
        dict
            Pieces.
        """
        for paragraph in re.findall(r".*?(?:\n\n|\Z)", self.text(found), re.DOTALL):
            if paragraph:
                yield self.piece({"content": paragraph})
        yield self.piece({}, _finish(found))
        if self._request.stream_options is not None and self._request.stream_options.include_usage:
            yield {"object": "chat.completion.chunk", **self._common, "choices": [], **self._usage(found)}

    def _usage(self, found: dict[str, Any]) -> dict[str, Any]:
        """Tokens of this exchange, estimated from its length; what a language model took is told beside them."""
        read = sum(tokens_of(message.words()) for message in self._request.messages if message.role == "user")
        written = tokens_of(self.text(found))
        usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        data = found["data"]
        beside = {"run_id": data.get("run_id", ""), "mode": found["mode"], "model": data.get("model")}
        return {"usage": usage, "polysmith": beside}


def _finish(found: dict[str, Any]) -> str:
    return "length" if found["data"].get("verdict") == "partial" else "stop"
