"""The client of an OpenAI-compatible endpoint: vLLM first; Ollama, llama.cpp and hosted ones the same way."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

from agent.llm.breaker import Breaker
from agent.llm.budget import Budget
from agent.llm.endpoint import Endpoint
from agent.llm.guard import check_allowed
from agent.llm.messages import Reply, Request, Usage
from agent.llm.model import ChatModel
from agent.llm.pieces import Pieces
from agent.llm.profile import Profile, load_profile
from agent.llm.transport import Transport
from agent.llm.tries import Patience, Try, tries
from agent.llm.wire import body_of, read_json, read_reply
from tools.core.errors import ModelError, SetupError

CHAT = "chat/completions"


class Client(ChatModel):
    """A model behind an endpoint.

    Parameters
    ----------
    endpoint : Endpoint
        Where it is.
    profile : Profile, optional
        What it can do.
    budget : Budget, optional
        What it may take.
    breaker : Breaker, optional
        Shared by all clients of one server, if wanted.
    seed : int
        Seed of the jitter between tries.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        profile: Profile | None = None,
        budget: Budget | None = None,
        breaker: Breaker | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(
            endpoint.model,
            profile=profile,
            budget=budget or Budget(price_in=endpoint.price_in, price_out=endpoint.price_out),
            max_tokens=endpoint.max_tokens,
        )
        self.endpoint = endpoint
        self._transport = Transport(endpoint)
        self._breaker = breaker or Breaker()
        self._random = random.Random(seed)

    @classmethod
    def open(cls, home: Path, *, budget: Budget | None = None, **chosen: object) -> Client | None:
        """Make the client of the configured endpoint, with the profile found by ``polysmith doctor --llm``.

        Parameters
        ----------
        home : Path
            State folder.
        budget : Budget, optional
            What it may take.
        **chosen : object
            Fields of the endpoint that differ.

        Returns
        -------
        Client or None
            None if no endpoint is configured.

        Raises
        ------
        SetupError
            If the settings are wrong.
        """
        endpoint = Endpoint.load(home, **chosen)
        return None if endpoint is None else cls(endpoint, profile=load_profile(home, endpoint), budget=budget)

    def models(self) -> list[dict[str, Any]]:
        """List what the server serves.

        Returns
        -------
        list of dict
            As the server describes each; ``id`` is the name.

        Raises
        ------
        ModelError, SetupError
            If the server does not answer.
        """
        return _listed(self._transport.fetch("models", None, self._listing))

    @property
    def name(self) -> str:
        """Name of the model; the only one that is served, if none was named."""
        if not self._name:
            self._name = _only(self.models())
        return self._name

    def answer(self, request: Request) -> Reply:
        """Answer one request, trying again after faults that may pass."""
        body = body_of(request, self.endpoint, self.name)
        steps = self._tries(request)
        step = next(steps)
        while True:
            time.sleep(step.pause)
            try:
                reply = read_reply(self._transport.fetch(CHAT, body, step.seconds), request)
            except ModelError as error:
                step = steps.throw(error)
            else:
                next(steps, None)
                return reply

    async def aanswer(self, request: Request) -> Reply:
        """Do what :meth:`answer` does, without blocking."""
        body = body_of(request, self.endpoint, await self._aname())
        steps = self._tries(request)
        step = next(steps)
        while True:
            await asyncio.sleep(step.pause)
            try:
                reply = read_reply(await self._transport.afetch(CHAT, body, step.seconds), request)
            except ModelError as error:
                step = steps.throw(error)
            else:
                next(steps, None)
                return reply

    def pieces(self, request: Request) -> Generator[str | Usage, None, None]:
        """Answer one request piece by piece; tried again only while nothing has arrived."""
        body = body_of(request, self.endpoint, self.name, stream=True)
        steps, shown = self._tries(request), False
        step = next(steps)
        while True:
            time.sleep(step.pause)
            pieces = Pieces(request, self._transport.scrubber)
            try:
                with closing(self._transport.stream(CHAT, body, step.seconds)) as arriving:
                    for raw in arriving:
                        text = pieces.feed(raw)
                        shown = shown or bool(text)
                        yield text
                        if pieces.done:
                            break
                held, usage = pieces.rest()
                yield usage
                pieces.check_end()
                yield held
            except ModelError as error:
                step = steps.throw(error)
                if shown:
                    raise
            else:
                next(steps, None)
                return

    async def apieces(self, request: Request) -> AsyncGenerator[str | Usage, None]:
        """Do what :meth:`pieces` does, without blocking."""
        body = body_of(request, self.endpoint, await self._aname(), stream=True)
        steps, shown = self._tries(request), False
        step = next(steps)
        while True:
            await asyncio.sleep(step.pause)
            pieces = Pieces(request, self._transport.scrubber)
            try:
                async with aclosing(self._transport.astream(CHAT, body, step.seconds)) as arriving:
                    async for raw in arriving:
                        text = pieces.feed(raw)
                        shown = shown or bool(text)
                        yield text
                        if pieces.done:
                            break
                held, usage = pieces.rest()
                yield usage
                pieces.check_end()
                yield held
            except ModelError as error:
                step = steps.throw(error)
                if shown:
                    raise
            else:
                next(steps, None)
                return

    def _tries(self, request: Request) -> Generator[Try, None, None]:
        check_allowed()
        patience = Patience(self.endpoint.retries, self.endpoint.timeout, request.seconds)
        return tries(patience, self._breaker, self._random)

    async def _aname(self) -> str:
        if not self._name:
            self._name = _only(_listed(await self._transport.afetch("models", None, self._listing)))
        return self._name

    @property
    def _listing(self) -> float:
        return min(self.endpoint.timeout, 30.0)


def _listed(text: str) -> list[dict[str, Any]]:
    try:
        body = read_json(text)
    except ValueError as error:
        raise ModelError(f"The server's list of models is not JSON: {error}.", code="malformed") from None
    found = body.get("data") if isinstance(body, dict) else None
    if not isinstance(found, list):
        raise ModelError("The server's list of models is none.", code="malformed")
    return [item for item in found if isinstance(item, dict) and isinstance(item.get("id"), str)]


def _only(models: list[dict[str, Any]]) -> str:
    names = [str(item["id"]) for item in models]
    if len(names) != 1:
        listed = ", ".join(names[:20]) or "none"
        raise SetupError(f"No model is named, and the server serves {listed}.", hint="Set POLYSMITH_LLM_MODEL.")
    return names[0]
