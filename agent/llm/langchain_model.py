"""Any chat model of LangChain as one of ours: ``polysmith.design(brief, model=LangChainModel(chat))``."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent.llm.budget import Budget
from agent.llm.guard import check_allowed
from agent.llm.messages import Message, Reply, Request, ToolCall, Usage
from agent.llm.model import ChatModel
from agent.llm.profile import Profile
from agent.llm.wire import guessed_usage, read_written
from tools.core.errors import ModelError, PolysmithError


class LangChainModel(ChatModel):
    """A chat model of LangChain.

    It tells LangChain's callbacks itself. Objects are asked for in words, tools through ``bind_tools`` or, where the
    model has none, in words too. Its own limit of tokens per reply holds, for LangChain has no common name for it.

    Parameters
    ----------
    chat : BaseChatModel
        The model.
    name : str
        Name of the model; LangChain's by default.
    budget : Budget, optional
        What it may take.
    context : int, optional
        Tokens that fit.
    """

    emits_callbacks = True

    def __init__(
        self, chat: BaseChatModel, *, name: str = "", budget: Budget | None = None, context: int | None = None
    ) -> None:
        named = name or str(getattr(chat, "model_name", "") or getattr(chat, "model", "") or type(chat).__name__)
        super().__init__(named, profile=Profile(model=named, json_schema=False, context=context), budget=budget)
        self._chat = chat

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        check_allowed()
        chat, messages = self._bound(request), [_message(item) for item in request.messages]
        with _Foreign("broken"):
            found = chat.invoke(messages)
        return self._reply(found, request)

    async def aanswer(self, request: Request) -> Reply:
        """Answer one request without blocking."""
        check_allowed()
        chat, messages = self._bound(request), [_message(item) for item in request.messages]
        with _Foreign("broken"):
            found = await chat.ainvoke(messages)
        return self._reply(found, request)

    def _bound(self, request: Request) -> Any:
        if request.schema is not None:
            raise ModelError("Objects are asked for in words.", code="rejected")
        if not request.tools:
            return self._chat
        choice = {"required": "any"}.get(request.choice, request.choice)
        with _Foreign("rejected"):
            return self._chat.bind_tools(list(request.tools), **({} if choice == "auto" else {"tool_choice": choice}))

    def _reply(self, found: AIMessage, request: Request) -> Reply:
        calls = tuple(
            ToolCall(id=str(item["id"] or f"call_{place}"), name=item["name"], arguments=_written(item["args"]))
            for place, item in enumerate([*found.tool_calls, *found.invalid_tool_calls])
            if item["name"]
        )
        text, told = str(found.text), found.usage_metadata
        usage = (
            Usage(prompt_tokens=told["input_tokens"], completion_tokens=told["output_tokens"])
            if told is not None
            else guessed_usage(request, text)
        )
        ended = found.response_metadata.get("finish_reason") or found.response_metadata.get("stop_reason")
        cut = ended in {"length", "max_tokens"}
        return Reply(
            text=text,
            calls=calls,
            finish="length" if cut else "tool_calls" if calls else "stop",
            model=str(found.response_metadata.get("model_name") or self._name),
            usage=usage,
        )


def _written(arguments: Any) -> str:
    import json

    return arguments if isinstance(arguments, str) else json.dumps(arguments or {})


def _message(message: Message) -> BaseMessage:
    if message.role == "system":
        return SystemMessage(message.content)
    if message.role == "user":
        return HumanMessage(message.content)
    if message.role == "tool":
        return ToolMessage(message.content, tool_call_id=message.tool_call_id)
    calls: list[Any] = [
        {"id": call.id, "name": call.name, "args": read_written(call.arguments), "type": "tool_call"}
        for call in message.tool_calls
    ]
    return AIMessage(message.content, tool_calls=calls)


class _Foreign:
    """Turns errors of other people's code into ours; of their text, which may hold a key, nothing is kept."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, PolysmithError):
            raise ModelError(f"The model failed with {type(error).__name__}.", code=self._code) from None
