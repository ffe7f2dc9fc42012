"""What goes to a language model and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(BaseModel):
    """A call that a model asks for, as it wrote it.

    Attributes
    ----------
    id : str
        Id that the result refers to.
    name : str
        Name of the tool.
    arguments : str
        JSON text, unchecked.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    arguments: str = "{}"


class Message(BaseModel):
    """One message of a conversation.

    Attributes
    ----------
    role : {"system", "user", "assistant", "tool"}
        Who speaks.
    content : str
        The text.
    tool_calls : tuple of ToolCall
        Calls of an assistant.
    tool_call_id : str
        For a tool's result: the call that it answers.
    """

    model_config = ConfigDict(frozen=True)

    role: Role
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""

    def wire(self) -> dict[str, Any]:
        """Return the message in the form of the chat-completions protocol.

        Returns
        -------
        dict
            What JSON can write.
        """
        made: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            made["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in self.tool_calls
            ]
        if self.tool_call_id:
            made["tool_call_id"] = self.tool_call_id
        return made


def system(text: str) -> Message:
    """Return a message of the application itself."""
    return Message(role="system", content=text)


def user(text: str) -> Message:
    """Return a message of the user, or text to be worked on."""
    return Message(role="user", content=text)


def result(call: ToolCall, text: str) -> Message:
    """Return a tool's result, which answers a call."""
    return Message(role="tool", content=text, tool_call_id=call.id)


class Usage(BaseModel):
    """What calls took.

    Attributes
    ----------
    prompt_tokens : int
        Tokens read.
    completion_tokens : int
        Tokens written.
    estimated : bool
        Whether the server did not say and the tokens were estimated from the length of the texts.
    """

    model_config = ConfigDict(frozen=True)

    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    estimated: bool = False


class Reply(BaseModel):
    """What a model answered to one request.

    Attributes
    ----------
    text : str
        The text, without thinking aloud.
    calls : tuple of ToolCall
        Calls that it asks for, unchecked.
    finish : {"stop", "length", "tool_calls"}
        Why it ended; ``"length"`` means that the end is missing.
    model : str
        Name that the server gave.
    usage : Usage
        Tokens.
    """

    model_config = ConfigDict(frozen=True)

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish: Literal["stop", "length", "tool_calls"] = "stop"
    model: str = ""
    usage: Usage = Usage()

    @property
    def truncated(self) -> bool:
        """Whether the end is missing."""
        return self.finish == "length"


@dataclass(frozen=True)
class Request:
    """One request to a model.

    Attributes
    ----------
    messages : tuple of Message
        The conversation.
    tools : tuple of dict
        Tools in the form of the protocol.
    choice : str
        ``"auto"``, ``"required"``, ``"none"``, or the name of a tool.
    schema : dict or None
        JSON schema that the reply must meet.
    strict : bool
        Whether the schema has the form that strict servers ask for.
    max_tokens : int or None
        Tokens to be written at most; the endpoint's setting if None.
    seconds : float
        Seconds that all tries together may take.
    """

    messages: tuple[Message, ...]
    tools: tuple[dict[str, Any], ...] = ()
    choice: str = "auto"
    schema: dict[str, Any] | None = field(default=None, hash=False)
    strict: bool = False
    max_tokens: int | None = None
    seconds: float = 600.0

    def but(self, **changes: Any) -> Self:
        """Return a copy with other fields.

        Parameters
        ----------
        **changes : Any
            Fields by name.

        Returns
        -------
        Request
            The copy.
        """
        return replace(self, **changes)
