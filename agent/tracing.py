"""What LangChain's callbacks are told: LangGraph tells of the steps, and here of the model's requests and the tools.

Nothing is told, and nothing of LangChain imported, where nobody has given callbacks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agent.llm.messages import Reply, Request, Usage
from agent.llm.model import ChatModel
from tools.core.errors import PolysmithError

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManager


def listening() -> CallbackManager | None:
    """Return who is to be told, in the step that runs now.

    Returns
    -------
    CallbackManager or None
        None if nobody listens.
    """
    if "langchain_core.runnables.config" not in sys.modules:
        return None
    from langchain_core.callbacks import CallbackManager
    from langchain_core.runnables.config import var_child_runnable_config

    found = (var_child_runnable_config.get() or {}).get("callbacks")
    if not found:
        return None
    manager = CallbackManager.configure(inheritable_callbacks=found)
    return manager if manager.handlers else None


@contextmanager
def tool_run(name: str, arguments: dict[str, Any]) -> Iterator[Callable[[object], None]]:
    """Tell of a call of a tool.

    Parameters
    ----------
    name : str
        The tool.
    arguments : dict
        Its arguments.

    Yields
    ------
    callable
        To be called with the result; an error that passes through is told by itself.
    """
    manager = listening()
    if manager is None:
        yield lambda _: None
        return
    run = manager.on_tool_start({"name": name}, json.dumps(arguments, default=str), inputs=arguments)
    results: list[object] = []
    try:
        yield results.append
    except PolysmithError as error:
        run.on_tool_error(error)
        raise
    run.on_tool_end(results[-1] if results else None)


class Traced(ChatModel):
    """Tells of every request to a model.

    Parameters
    ----------
    model : ChatModel
        The model.
    """

    def __init__(self, model: ChatModel) -> None:
        super().__init__(model.name, profile=model.profile, budget=model.budget, max_tokens=model.max_tokens)
        self._model = model

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        with self._told(request) as done:
            reply = self._model.answer(request)
            done(reply)
        return reply

    async def aanswer(self, request: Request) -> Reply:
        """Answer one request without blocking."""
        with self._told(request) as done:
            reply = await self._model.aanswer(request)
            done(reply)
        return reply

    def pieces(self, request: Request) -> Generator[str | Usage, None, None]:
        """Answer one request piece by piece."""
        with self._told(request) as done:
            text, usage = "", Usage()
            for piece in self._model.pieces(request):
                if isinstance(piece, Usage):
                    usage = piece
                else:
                    text += piece
                yield piece
            done(Reply(text=text, usage=usage))

    async def apieces(self, request: Request) -> AsyncGenerator[str | Usage, None]:
        """Answer one request piece by piece without blocking."""
        with self._told(request) as done:
            text, usage = "", Usage()
            async for piece in self._model.apieces(request):
                if isinstance(piece, Usage):
                    usage = piece
                else:
                    text += piece
                yield piece
            done(Reply(text=text, usage=usage))

    @contextmanager
    def _told(self, request: Request) -> Iterator[Callable[[Reply], None]]:
        manager = None if getattr(self._model, "emits_callbacks", False) else listening()
        if manager is None:
            yield lambda _: None
            return
        from langchain_core.messages import convert_to_messages
        from langchain_core.outputs import ChatGeneration, LLMResult

        from agent.llm.langchain_adapter import to_langchain

        asked = convert_to_messages([message.wire() for message in request.messages])
        about = {"model": self._name, "max_tokens": request.max_tokens, "tools": [_name_of(x) for x in request.tools]}
        run = manager.on_chat_model_start({"name": self._name}, [asked], invocation_params=about)[0]
        replies: list[Reply] = []
        try:
            yield replies.append
        except PolysmithError as error:
            run.on_llm_error(error)
            raise
        made = [ChatGeneration(message=to_langchain(reply, self._name)) for reply in replies]
        run.on_llm_end(LLMResult(generations=[list(made)], llm_output={"model_name": self._name}))


def _name_of(form: dict[str, Any]) -> str:
    return str(form.get("function", {}).get("name", ""))
