"""The interface of a language model: text, objects, tool calls and streams, blocking or not."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from typing import Protocol, TypeVar

from pydantic import BaseModel

from agent.llm.budget import Budget
from agent.llm.flows import Flow, Turn, chat_flow, structured_flow, tools_flow
from agent.llm.messages import Message, Reply, Request, Usage
from agent.llm.profile import Profile
from agent.llm.wire import guessed_usage
from tools.core.errors import InputError, ModelError
from tools.core.registry import ToolSpec

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class LanguageModel(Protocol):
    """What the agent asks of a model; the client and every double have it."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def profile(self) -> Profile:
        """What it can do."""

    @property
    def budget(self) -> Budget:
        """What it has taken, and may take."""

    def chat(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> str:
        """Return text."""

    def structured(self, messages: Sequence[Message], schema: type[M], *, max_tokens: int | None = None) -> M:
        """Return a valid object."""

    def tools(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        *,
        choice: str = "auto",
        max_tokens: int | None = None,
    ) -> Turn:
        """Return text or valid calls."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> Iterator[str]:
        """Give text piece by piece."""

    async def achat(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> str:
        """Return text."""

    async def astructured(self, messages: Sequence[Message], schema: type[M], *, max_tokens: int | None = None) -> M:
        """Return a valid object."""

    async def atools(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        *,
        choice: str = "auto",
        max_tokens: int | None = None,
    ) -> Turn:
        """Return text or valid calls."""

    def astream(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> AsyncIterator[str]:
        """Give text piece by piece."""


class ChatModel(ABC):
    """A model that answers one request at a time; everything else is built on that.

    Parameters
    ----------
    name : str
        Name of the model.
    profile : Profile, optional
        What it can do.
    budget : Budget, optional
        What it may take.
    max_tokens : int
        Tokens per reply at most.
    """

    def __init__(
        self, name: str, *, profile: Profile | None = None, budget: Budget | None = None, max_tokens: int = 1024
    ) -> None:
        self._name = name
        self._profile = profile or Profile(model=name)
        self._budget = budget or Budget()
        self._max_tokens = max_tokens

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"  # asking for the name may ask the server

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._name

    @property
    def profile(self) -> Profile:
        """What it can do."""
        return self._profile

    @property
    def budget(self) -> Budget:
        """What it has taken, and may take."""
        return self._budget

    @property
    def max_tokens(self) -> int:
        """Tokens per reply at most."""
        return self._max_tokens

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """Answer one request.

        Parameters
        ----------
        request : Request
            With ``max_tokens`` and ``seconds`` set.

        Returns
        -------
        Reply
            The reply, unchecked.

        Raises
        ------
        ModelError
            If there is none.
        """

    async def aanswer(self, request: Request) -> Reply:
        """Answer one request without blocking; what needs no waiting just answers."""
        return self.answer(request)

    def pieces(self, request: Request) -> Generator[str | Usage, None, None]:
        """Answer one request piece by piece; one piece is the usage."""
        reply = self.answer(request)
        yield reply.text
        yield reply.usage

    async def apieces(self, request: Request) -> AsyncGenerator[str | Usage, None]:
        """Answer one request piece by piece without blocking."""
        for piece in self.pieces(request):
            yield piece

    def ask(self, request: Request) -> Reply:
        """Answer one request within the budget.

        Parameters
        ----------
        request : Request
            The request.

        Returns
        -------
        Reply
            The reply, unchecked.

        Raises
        ------
        BudgetError
            If the budget is used up.
        ModelError
            If there is no answer.
        """
        admitted, start, usage = self._budget.admit(_checked(request), self._max_tokens), time.monotonic(), Usage()
        try:
            reply = self.answer(admitted)
            usage = reply.usage
        finally:
            self._budget.charge(usage, time.monotonic() - start)
        return reply

    async def aask(self, request: Request) -> Reply:
        """Do what :meth:`ask` does, without blocking."""
        admitted, start, usage = self._budget.admit(_checked(request), self._max_tokens), time.monotonic(), Usage()
        try:
            reply = await self.aanswer(admitted)
            usage = reply.usage
        finally:
            self._budget.charge(usage, time.monotonic() - start)
        return reply

    def chat(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> str:
        """Return text.

        Parameters
        ----------
        messages : sequence of Message
            The conversation.
        max_tokens : int, optional
            Tokens at most.

        Returns
        -------
        str
            The text, whole.

        Raises
        ------
        ModelError
            Codes ``"truncated"``, ``"empty"`` and those of the connection.
        BudgetError
            If the budget is used up.
        """
        return self._drive(chat_flow(Request(tuple(messages), max_tokens=max_tokens)))

    async def achat(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> str:
        """Do what :meth:`chat` does, without blocking."""
        return await self._adrive(chat_flow(Request(tuple(messages), max_tokens=max_tokens)))

    def structured(self, messages: Sequence[Message], schema: type[M], *, max_tokens: int | None = None) -> M:
        """Return an object.

        Parameters
        ----------
        messages : sequence of Message
            The conversation.
        schema : type of pydantic.BaseModel
            What the object must be; bound its texts, for weak models write to the limit.
        max_tokens : int, optional
            Tokens at most.

        Returns
        -------
        pydantic.BaseModel
            Valid, and without NaN or infinity.

        Raises
        ------
        ModelError
            Codes ``"malformed"``, ``"truncated"`` and those of the connection.
        BudgetError
            If the budget is used up.
        """
        request = Request(tuple(messages), max_tokens=max_tokens)
        return self._drive(structured_flow(request, schema, native=self.profile.json_schema))

    async def astructured(self, messages: Sequence[Message], schema: type[M], *, max_tokens: int | None = None) -> M:
        """Do what :meth:`structured` does, without blocking."""
        request = Request(tuple(messages), max_tokens=max_tokens)
        return await self._adrive(structured_flow(request, schema, native=self.profile.json_schema))

    def tools(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        *,
        choice: str = "auto",
        max_tokens: int | None = None,
    ) -> Turn:
        """Let the model choose among tools; nothing is called here.

        Parameters
        ----------
        messages : sequence of Message
            The conversation, with earlier calls and results.
        tools : sequence of ToolSpec
            What may be called.
        choice : str
            ``"auto"``, ``"required"``, ``"none"`` or the name of a tool.
        max_tokens : int, optional
            Tokens at most.

        Returns
        -------
        Turn
            Text, or calls of these tools with valid arguments.

        Raises
        ------
        ModelError
            Codes ``"unknown_tool"``, ``"bad_arguments"``, ``"no_call"``, ``"repeated"``, ``"truncated"``, ``"empty"``
            and those of the connection.
        BudgetError
            If the budget is used up.
        """
        request = Request(tuple(messages), choice=_known(choice, tools), max_tokens=max_tokens)
        return self._drive(tools_flow(request, tools, native=self.profile.tools))

    async def atools(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        *,
        choice: str = "auto",
        max_tokens: int | None = None,
    ) -> Turn:
        """Do what :meth:`tools` does, without blocking."""
        request = Request(tuple(messages), choice=_known(choice, tools), max_tokens=max_tokens)
        return await self._adrive(tools_flow(request, tools, native=self.profile.tools))

    def stream(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> Iterator[str]:
        """Give text piece by piece.

        Parameters
        ----------
        messages : sequence of Message
            The conversation.
        max_tokens : int, optional
            Tokens at most.

        Yields
        ------
        str
            Text.

        Raises
        ------
        ModelError
            If it breaks off, or is cut at the limit of tokens; what came before was given.
        BudgetError
            If the budget is used up.
        """
        request = self._budget.admit(_checked(Request(tuple(messages), max_tokens=max_tokens)), self._max_tokens)
        start, usage, written = time.monotonic(), None, ""
        try:
            with closing(self.pieces(request)) as arriving:
                for piece in arriving:
                    if isinstance(piece, Usage):
                        usage = piece
                    elif piece:
                        written += piece
                        yield piece
        finally:
            self._budget.charge(usage or guessed_usage(request, written), time.monotonic() - start)

    async def astream(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> AsyncIterator[str]:
        """Do what :meth:`stream` does, without blocking."""
        request = self._budget.admit(_checked(Request(tuple(messages), max_tokens=max_tokens)), self._max_tokens)
        start, usage, written = time.monotonic(), None, ""
        try:
            async with aclosing(self.apieces(request)) as arriving:
                async for piece in arriving:
                    if isinstance(piece, Usage):
                        usage = piece
                    elif piece:
                        written += piece
                        yield piece
        finally:
            self._budget.charge(usage or guessed_usage(request, written), time.monotonic() - start)

    def _drive(self, flow: Flow[T]) -> T:
        try:
            request = next(flow)
            while True:
                try:
                    reply = self.ask(request)
                except ModelError as error:
                    request = flow.throw(error)
                else:
                    request = flow.send(reply)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # StopIteration does not carry the flow's type

    async def _adrive(self, flow: Flow[T]) -> T:
        try:
            request = next(flow)
            while True:
                try:
                    reply = await self.aask(request)
                except ModelError as error:
                    request = flow.throw(error)
                else:
                    request = flow.send(reply)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # as above


def _checked(request: Request) -> Request:
    if not request.messages:
        raise InputError("There is no message to answer.")
    return request


def _known(choice: str, tools: Sequence[ToolSpec]) -> str:
    if choice not in {"auto", "required", "none", *(item.name for item in tools)}:
        raise InputError(f"{choice!r} is none of the tools.", hint="Choose auto, required, none or the name of a tool.")
    # a call of a named tool leaves a weak model fewer ways to go wrong than any call that is required
    return tools[0].name if choice == "required" and len(tools) == 1 else choice
