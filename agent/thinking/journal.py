"""The talk with a model, kept in the run folder: a step that is repeated after a kill asks nothing twice."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from agent.holding import heed
from agent.llm.budget import Budget, Limits, Spent
from agent.llm.messages import Reply, Request
from agent.llm.model import ChatModel
from agent.llm.recording import Recorder, Replay
from agent.runs import RunFolder
from agent.settings import Settings
from tools.core.errors import ModelError, SetupError, StateError

TALK = "model.jsonl"
SPENT = "spent"
_ANSWERS = "answers"
_NO_LIMITS = Limits(calls=None, tokens=None, seconds=None)


class Journal(ChatModel):
    """Answers a request as it was answered before in this run, else asks the model and writes its answer down.

    What was spent is kept too, so that a resumed run goes on with the rest of its budget.

    Parameters
    ----------
    model : ChatModel
        The model; its budget is taken over.
    folder : RunFolder
        The run. It gets ``model.jsonl``, ``spent.json`` and an event for every request.
    secrets : iterable of str
        Texts to take out of what is written, beside the values of variables named like keys.

    Raises
    ------
    StateError
        If the folder cannot be used, or holds a talk that cannot be read.
    """

    def __init__(self, model: ChatModel, folder: RunFolder, *, secrets: Iterable[str] = ()) -> None:
        super().__init__(model.name, profile=model.profile, budget=model.budget, max_tokens=model.max_tokens)
        hidden = tuple(secrets)
        path = folder.path / TALK
        _mend(path)
        self._known = Replay(path, secrets=hidden) if path.is_file() else None
        self._recorder = Recorder(model, path, secrets=hidden)
        self._folder = folder
        told = self._known.recorded if self._known is not None else ()
        self._answers = len(told)
        self._before = _with_unnoted(spent_before(folder) or Spent(), told, folder, model.budget)
        self._start = model.budget.spent

    def ask(self, request: Request) -> Reply:
        """Answer one request: from the talk so far at no cost, else by the model within the budget."""
        if (known := self._recorded(request)) is not None:
            return known
        heed(self._folder)
        try:
            return super().ask(request)
        finally:
            self._note()

    async def aask(self, request: Request) -> Reply:
        """Do what :meth:`ask` does, without blocking."""
        if (known := self._recorded(request)) is not None:
            return known
        heed(self._folder)
        try:
            return await super().aask(request)
        finally:
            self._note()

    def answer(self, request: Request) -> Reply:
        """Answer one request by the model."""
        reply = self._recorder.answer(request)
        self._answers += 1
        return reply

    async def aanswer(self, request: Request) -> Reply:
        """Answer one request by the model, without blocking."""
        reply = await self._recorder.aanswer(request)
        self._answers += 1
        return reply

    def _recorded(self, request: Request) -> Reply | None:
        if self._known is None:
            return None
        try:
            return self._known.answer(request)
        except ModelError:  # the only one is that the talk holds no such request
            return None

    def _note(self) -> None:
        now, start, before = self.budget.spent, self._start, self._before
        spent = Spent(
            calls=before.calls + now.calls - start.calls,
            prompt_tokens=before.prompt_tokens + now.prompt_tokens - start.prompt_tokens,
            completion_tokens=before.completion_tokens + now.completion_tokens - start.completion_tokens,
            seconds=before.seconds + now.seconds - start.seconds,
            money=before.money + now.money - start.money,
            estimated=before.estimated or now.estimated,
        ).model_dump(mode="json")
        self._folder.save(SPENT, {**spent, _ANSWERS: self._answers})
        self._folder.event("model", **spent)


def spent_before(folder: RunFolder) -> Spent | None:
    """Return what a run has asked of a model so far.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Returns
    -------
    Spent or None
        None if it has asked nothing.
    """
    return Spent.model_validate(folder.load(SPENT)) if folder.has(SPENT) else None


def _with_unnoted(spent: Spent, told: Sequence[Reply], folder: RunFolder, budget: Budget) -> Spent:
    """Add the answer that a kill left in the talk before its cost was noted."""
    noted = int(folder.load(SPENT).get(_ANSWERS, len(told))) if folder.has(SPENT) else 0
    for reply in told[noted:]:
        spent = spent.model_copy(
            update={
                "calls": spent.calls + 1,
                "prompt_tokens": spent.prompt_tokens + reply.usage.prompt_tokens,
                "completion_tokens": spent.completion_tokens + reply.usage.completion_tokens,
                "money": spent.money + budget.cost(reply.usage),
                "estimated": spent.estimated or reply.usage.estimated,
            }
        )
    return spent


def talk_of(folder: RunFolder, settings: Settings, name: str) -> Replay | None:
    """Return a double that answers as the model of a run did.

    Parameters
    ----------
    folder : RunFolder
        The run.
    settings : Settings
        Of the run.
    name : str
        Name of its model.

    Returns
    -------
    Replay or None
        None if the run asked no model. Requests that were not answered then are not answered now.

    Raises
    ------
    StateError
        If the talk cannot be read.
    """
    if not (folder.path / TALK).is_file():
        return None
    secrets: tuple[str, ...] = ()
    if settings.llm is not None:
        with suppress(SetupError):  # a key is not needed here, only left out of what is compared
            secrets = (settings.llm.key(),)
    return Replay(folder.path / TALK, name=name, budget=Budget(_NO_LIMITS), secrets=[text for text in secrets if text])


def _mend(path: Path) -> None:
    """Cut off a last line that a kill left unfinished."""
    if not path.is_file():
        return
    try:
        content = path.read_bytes()
        if content and not content.endswith(b"\n"):
            os.truncate(path, content.rfind(b"\n") + 1)
    except OSError as error:
        raise StateError(f"{path} cannot be mended: {error.strerror}.") from error
