"""Our models as LangChain chat models, and the messages of both. Import it only where LangChain is used.

Whatever stands behind :class:`~agent.llm.model.ChatModel` (the client, a script, a function, a recording) takes part in
chains and agents of LangChain with its own checks, repairs and budget.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ConfigDict

from agent.llm.flows import Turn
from agent.llm.messages import Message, Reply, Request, Role, ToolCall, Usage
from agent.llm.model import ChatModel
from agent.llm.wire import read_written
from tools.core.errors import InputError
from tools.core.registry import ToolSpec

_ROLES: Mapping[str, Role] = {"human": "user", "user": "user", "system": "system", "ai": "assistant", "tool": "tool"}


def from_langchain(messages: Sequence[BaseMessage]) -> tuple[Message, ...]:
    """Turn LangChain's messages into ours.

    Parameters
    ----------
    messages : sequence of BaseMessage
        The conversation.

    Returns
    -------
    tuple of Message
        The same conversation.

    Raises
    ------
    InputError
        If a message is of a kind, or holds content, that is not text and calls.
    """
    made = []
    for message in messages:
        role = _ROLES.get(message.type.removesuffix("MessageChunk").lower())
        if role is None:
            raise InputError(f"A message of type {message.type!r} is not taken.")
        blocks = message.content if isinstance(message.content, list) else []
        if any(isinstance(block, dict) and block.get("type") != "text" for block in blocks):
            raise InputError("Only text can be sent to the model.")
        calls = tuple(
            ToolCall(id=str(call["id"] or ""), name=call["name"], arguments=json.dumps(call["args"]))
            for call in getattr(message, "tool_calls", ())
        )
        answered = str(getattr(message, "tool_call_id", "")) if role == "tool" else ""
        made.append(Message(role=role, content=str(message.text), tool_calls=calls, tool_call_id=answered))
    return tuple(made)


def to_langchain(reply: Reply, model: str) -> AIMessage:
    """Turn a reply into a message of LangChain, with its usage.

    Parameters
    ----------
    reply : Reply
        The reply.
    model : str
        Name of the model, if the reply does not say.

    Returns
    -------
    AIMessage
        Calls whose arguments are no JSON object are among its invalid calls.
    """
    good: list[Any] = []
    bad: list[Any] = []
    for call in reply.calls:
        try:
            arguments = read_written(call.arguments)
            if not isinstance(arguments, dict):
                raise ValueError("not an object")
            good.append({"name": call.name, "args": arguments, "id": call.id, "type": "tool_call"})
        except ValueError as error:
            told = {"name": call.name, "args": call.arguments, "id": call.id, "error": str(error)}
            bad.append({**told, "type": "invalid_tool_call"})
    return AIMessage(
        content=reply.text,
        tool_calls=good,
        invalid_tool_calls=bad,
        usage_metadata=_metadata(reply.usage),
        response_metadata={"model_name": reply.model or model, "finish_reason": reply.finish},
    )


def _metadata(usage: Usage) -> UsageMetadata:
    read, written = usage.prompt_tokens, usage.completion_tokens
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)


class _Metered(ChatModel):
    """Counts what one call of LangChain takes, repairs included; the inner model keeps the budget."""

    def __init__(self, model: ChatModel) -> None:
        super().__init__(model.name, profile=model.profile, budget=model.budget, max_tokens=model.max_tokens)
        self._inner = model
        self.usage = Usage()

    def _count(self, usage: Usage) -> None:
        self.usage = Usage(
            prompt_tokens=self.usage.prompt_tokens + usage.prompt_tokens,
            completion_tokens=self.usage.completion_tokens + usage.completion_tokens,
            estimated=self.usage.estimated or usage.estimated,
        )

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        return self._inner.answer(request)

    def ask(self, request: Request) -> Reply:
        """Answer one request within the inner model's budget."""
        reply = self._inner.ask(request)
        self._count(reply.usage)
        return reply

    async def aask(self, request: Request) -> Reply:
        """Do what :meth:`ask` does, without blocking."""
        reply = await self._inner.aask(request)
        self._count(reply.usage)
        return reply

    def pieces(self, request: Request) -> Generator[str | Usage, None, None]:
        """Answer one request piece by piece."""
        for piece in self._inner.pieces(request):
            if isinstance(piece, Usage):
                self._count(piece)
            yield piece


class LangChainChatModel(BaseChatModel):
    """One of our models, for LangChain.

    ``bind_tools``, ``with_structured_output``, streaming and usage work as with any chat model. Calls are checked
    against the tools' schemas and repaired once; then, and for every fault, the error is one of ours (``ModelError``,
    ``BudgetError``).

    Attributes
    ----------
    model : ChatModel
        The model: a client, or a double.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: ChatModel

    @property
    def _llm_type(self) -> str:
        return "polysmith"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"model_name": self.model.name}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools to the model.

        Parameters
        ----------
        tools : sequence of BaseTool, function, type or dict
            Whatever LangChain takes for a tool.
        tool_choice : str, optional
            ``"auto"``, ``"none"``, ``"any"`` or ``"required"``, or the name of a tool.
        **kwargs : Any
            Passed on.

        Returns
        -------
        Runnable
            The model with the tools.
        """
        specs = tuple(map(_spec_of, tools))
        chosen = {"any": "required", None: "auto"}.get(tool_choice, tool_choice)
        return self.bind(tools=specs, tool_choice=chosen, **kwargs)

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Make the model answer with objects.

        Parameters
        ----------
        schema : type of BaseModel, or another form that LangChain takes
            What the answer must be. A pydantic class goes through the model's own schema, with a repair; anything else
            through a tool call.
        include_raw : bool
            Whether the message is given too; goes through a tool call.
        **kwargs : Any
            As for LangChain.

        Returns
        -------
        Runnable
            Gives objects.
        """
        if include_raw or not (isinstance(schema, type) and issubclass(schema, BaseModel)):
            return super().with_structured_output(schema, include_raw=include_raw, **kwargs)
        wanted: type[BaseModel] = schema

        def read(message: AIMessage) -> BaseModel:
            return wanted.model_validate_json(str(message.content))

        return self.bind(object_of=wanted) | RunnableLambda(read)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        said, metered = from_langchain(messages), _Metered(self.model)
        limit = kwargs.get("max_tokens")
        if (wanted := kwargs.get("object_of")) is not None:
            reply = Reply(text=metered.structured(said, wanted, max_tokens=limit).model_dump_json())
        elif tools := kwargs.get("tools"):
            turn = metered.tools(said, tools, choice=kwargs.get("tool_choice", "auto"), max_tokens=limit)
            reply = _reply_of(turn)
        else:
            reply = metered.ask(Request(said, max_tokens=limit))
        return self._result(reply, metered.usage, stop)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        said, metered = from_langchain(messages), _Metered(self.model)
        limit = kwargs.get("max_tokens")
        if (wanted := kwargs.get("object_of")) is not None:
            reply = Reply(text=(await metered.astructured(said, wanted, max_tokens=limit)).model_dump_json())
        elif tools := kwargs.get("tools"):
            turn = await metered.atools(said, tools, choice=kwargs.get("tool_choice", "auto"), max_tokens=limit)
            reply = _reply_of(turn)
        else:
            reply = await metered.aask(Request(said, max_tokens=limit))
        return self._result(reply, metered.usage, stop)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        if stop or kwargs.get("tools") or kwargs.get("object_of"):
            yield _chunk_of(self._generate(messages, stop, run_manager, **kwargs))
            return
        metered = _Metered(self.model)
        for piece in metered.stream(from_langchain(messages), max_tokens=kwargs.get("max_tokens")):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if run_manager is not None:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk
        end = AIMessageChunk(
            content="",
            usage_metadata=_metadata(metered.usage),
            response_metadata={"model_name": self.model.name, "finish_reason": "stop"},
            chunk_position="last",
        )
        yield ChatGenerationChunk(message=end)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        if stop or kwargs.get("tools") or kwargs.get("object_of"):
            yield _chunk_of(await self._agenerate(messages, stop, run_manager, **kwargs))
            return
        async for piece in self.model.astream(from_langchain(messages), max_tokens=kwargs.get("max_tokens")):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if run_manager is not None:
                await run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk

    def _result(self, reply: Reply, usage: Usage, stop: list[str] | None) -> ChatResult:
        text = reply.text
        for mark in stop or ():
            text = text.partition(mark)[0]
        message = to_langchain(reply.model_copy(update={"text": text, "usage": usage}), self.model.name)
        return ChatResult(generations=[ChatGeneration(message=message)])


def _reply_of(turn: Turn) -> Reply:
    finish: Any = "tool_calls" if turn.calls else "stop"
    return Reply(text=turn.text, calls=tuple(item.call for item in turn.calls), finish=finish)


def _chunk_of(result: ChatResult) -> ChatGenerationChunk:
    message = result.generations[0].message
    assert isinstance(message, AIMessage)
    chunks: list[Any] = [
        {"name": call["name"], "args": json.dumps(call["args"]), "id": call["id"], "index": place,
         "type": "tool_call_chunk"}
        for place, call in enumerate(message.tool_calls)
    ]  # fmt: skip
    return ChatGenerationChunk(
        message=AIMessageChunk(
            content=message.content,
            tool_call_chunks=chunks,
            usage_metadata=message.usage_metadata,
            response_metadata=message.response_metadata,
        )
    )


def _spec_of(tool: Any) -> ToolSpec:
    """Read whatever LangChain takes for a tool; arguments are checked by its own pydantic class if it has one."""
    if isinstance(tool, ToolSpec):
        return tool
    form = convert_to_openai_tool(tool)["function"]
    schema: Any = tool.tool_call_schema if isinstance(tool, BaseTool) else tool
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        schema = _Anything.of(form.get("parameters", {"type": "object", "properties": {}}))
    return ToolSpec(form["name"], form.get("description", ""), schema, _uncalled)


def _uncalled(**_: Any) -> None:
    raise InputError("A tool of LangChain is called by LangChain.")


class _Anything(BaseModel):
    """Arguments of which only a JSON schema is known."""

    model_config = ConfigDict(extra="allow")

    @classmethod
    def of(cls, schema: dict[str, Any]) -> type[BaseModel]:
        def model_json_schema(*_: Any, **__: Any) -> dict[str, Any]:
            return schema

        return type("Arguments", (cls,), {"model_json_schema": staticmethod(model_json_schema), "__module__": __name__})
