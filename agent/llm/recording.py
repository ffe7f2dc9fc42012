"""Answers of a real model kept in a file and given again, with keys taken out."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.llm.budget import Budget
from agent.llm.messages import Reply, Request
from agent.llm.model import ChatModel
from agent.llm.profile import Profile
from agent.llm.scrub import Scrubber
from tools.core.errors import ModelError, StateError

_SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD")


def known_secrets() -> list[str]:
    """Return the values of environment variables whose names say that they are secret.

    Returns
    -------
    list of str
        Values of at least eight characters.
    """
    return [
        text
        for name, text in os.environ.items()
        if any(word in name.upper() for word in _SECRET_NAMES) and len(text) >= 8
    ]


def _plain(request: Request) -> dict[str, Any]:
    return {
        "messages": [message.wire() for message in request.messages],
        "tools": [form["function"]["name"] for form in request.tools],
        "choice": request.choice,
        "schema": request.schema,
    }


def _key(plain: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:24]


class Recorder(ChatModel):
    """Passes requests to a model and writes what was asked and answered to a file of JSON lines.

    Parameters
    ----------
    model : ChatModel
        The model.
    path : Path
        File to append to; readable by its owner alone.
    secrets : iterable of str
        Texts to take out beside the values of variables named like keys.

    Raises
    ------
    StateError
        If the file cannot be written.
    """

    def __init__(self, model: ChatModel, path: Path, *, secrets: Iterable[str] = ()) -> None:
        super().__init__(model.name, profile=model.profile, budget=model.budget, max_tokens=model.max_tokens)
        self._model, self._path = model, path
        self._scrubber = Scrubber([*known_secrets(), *secrets])
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Reply:
        """Answer one request and write it down."""
        reply = self._model.answer(request)
        self._write(request, reply)
        return reply

    async def aanswer(self, request: Request) -> Reply:
        """Answer one request without blocking and write it down."""
        reply = await self._model.aanswer(request)
        self._write(request, reply)
        return reply

    def _write(self, request: Request, reply: Reply) -> None:
        plain = json.loads(self._scrubber.all(json.dumps(_plain(request))))
        line = {"key": _key(plain), "request": plain, "reply": json.loads(self._scrubber.all(reply.model_dump_json()))}
        try:
            with self._lock:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                with os.fdopen(handle, "a", encoding="utf-8") as file:
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise StateError(f"The recording cannot be written to {self._path}: {error.strerror}.") from error


class Replay(ChatModel):
    """Gives recorded answers to the same requests; equal requests get their answers in the recorded order.

    Parameters
    ----------
    path : Path
        File of :class:`Recorder`.
    profile : Profile, optional
        Of the recorded model.
    budget : Budget, optional
        What it may take.
    secrets : iterable of str
        As they were taken out of the recording.
    name : str
        Name of the model.

    Raises
    ------
    StateError
        If the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str = "replay",
        profile: Profile | None = None,
        budget: Budget | None = None,
        secrets: Iterable[str] = (),
    ) -> None:
        super().__init__(name, profile=profile, budget=budget)
        self._scrubber = Scrubber([*known_secrets(), *secrets])
        self._replies: dict[str, list[Reply]] = {}
        self._order: list[Reply] = []
        self._lock = threading.Lock()
        try:
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self._order.append(Reply.model_validate(entry["reply"]))
                self._replies.setdefault(entry["key"], []).append(self._order[-1])
        except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
            raise StateError(f"{path} is no recording of a model: {type(error).__name__}.") from error

    @property
    def recorded(self) -> tuple[Reply, ...]:
        """All answers, in the recorded order."""
        return tuple(self._order)

    def answer(self, request: Request) -> Reply:
        """Answer one request as it was answered before."""
        plain = json.loads(self._scrubber.all(json.dumps(_plain(request))))
        with self._lock:
            left = self._replies.get(_key(plain), [])
            if not left:
                raise ModelError("The recording holds no answer to this request.", code="not_recorded")
            return left.pop(0) if len(left) > 1 else left[0]
