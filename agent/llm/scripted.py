"""Doubles of a language model, as library code: they need no server and show what the rest does with their answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable

from agent.llm.budget import Budget
from agent.llm.messages import Reply, Request, ToolCall
from agent.llm.model import ChatModel
from agent.llm.profile import Profile
from agent.llm.wire import guessed_usage
from tools.core.errors import ModelError, PolysmithError

Answer = str | ToolCall | Reply | PolysmithError | Iterable[ToolCall]


def call(name: str, /, **arguments: object) -> ToolCall:
    """Write a tool call for a script.

    Parameters
    ----------
    name : str
        Name of the tool.
    **arguments : object
        Arguments that JSON can write.

    Returns
    -------
    ToolCall
        The call; its id is made of its name and arguments.
    """
    text = json.dumps(arguments)
    return ToolCall(id=f"call_{name}_{len(text)}", name=name, arguments=text)


def as_reply(answer: Answer, request: Request) -> Reply:
    """Turn what a script holds into a reply.

    Parameters
    ----------
    answer : str, ToolCall, Reply, PolysmithError or iterable of ToolCall
        Text, calls, a whole reply, or an error to be raised.
    request : Request
        What was asked, for the count of tokens.

    Returns
    -------
    Reply
        The reply.

    Raises
    ------
    PolysmithError
        The answer, if it is an error.
    """
    if isinstance(answer, PolysmithError):
        raise answer
    if isinstance(answer, Reply):
        return answer
    if isinstance(answer, str):
        return Reply(text=answer, model="scripted", usage=guessed_usage(request, answer))
    calls = (answer,) if isinstance(answer, ToolCall) else tuple(answer)
    written = "".join(item.name + item.arguments for item in calls)
    return Reply(calls=calls, finish="tool_calls", model="scripted", usage=guessed_usage(request, written))


class FunctionModel(ChatModel):
    """A model that is a function of the request.

    Parameters
    ----------
    function : callable
        From a request to an answer.
    name : str
        Name of the model.
    profile : Profile, optional
        What it can do.
    budget : Budget, optional
        What it may take.
    """

    def __init__(
        self,
        function: Callable[[Request], Answer],
        *,
        name: str = "function",
        profile: Profile | None = None,
        budget: Budget | None = None,
    ) -> None:
        super().__init__(name, profile=profile, budget=budget)
        self._function = function
        self._requests: list[Request] = []
        self._lock = threading.Lock()

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request so far."""
        return tuple(self._requests)

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        with self._lock:
            self._requests.append(request)
        return as_reply(self._function(request), request)


class ScriptedModel(FunctionModel):
    """A model that gives prepared answers in order.

    Parameters
    ----------
    answers : iterable of str, ToolCall, Reply, PolysmithError or iterable of ToolCall
        The answers.
    name : str
        Name of the model.
    profile : Profile, optional
        What it can do.
    budget : Budget, optional
        What it may take.
    """

    def __init__(
        self,
        answers: Iterable[Answer],
        *,
        name: str = "scripted",
        profile: Profile | None = None,
        budget: Budget | None = None,
    ) -> None:
        super().__init__(self._next, name=name, profile=profile, budget=budget)
        self._answers = list(answers)
        self._given = 0
        self._order = threading.Lock()

    @property
    def left(self) -> int:
        """Answers not yet given."""
        return len(self._answers) - self._given

    def _next(self, request: Request) -> Answer:
        with self._order:
            if not self.left:
                raise ModelError(f"The script has only {len(self._answers)} answers.", code="script_ended")
            self._given += 1
            return self._answers[self._given - 1]
