"""A language model sits the exam: directly, thinking aloud, with passages, or with tools."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from polybench.prediction import Mode, ToolCall, Usage
from polybench.run.prompts import messages_for
from polybench.run.question import Question, Reply
from tools.catalogue import catalogue
from tools.core.errors import LimitError, PolysmithError
from tools.core.protocols import Retriever
from tools.core.registry import ToolSpec

_CALL = re.compile(r"^\s*TOOL:\s*(\{.*\})\s*$", re.MULTILINE)
_ROUNDS: Final = 6
_RESULT: Final = 4_000  # characters of a result that are shown
_PASSAGES: Final = 6

Messages = Sequence[tuple[str, str]]


class Completer(Protocol):
    """Anything that continues a conversation."""

    def complete(self, messages: Messages) -> str | tuple[str, Usage]:
        """Return the next text, with the tokens it took where they are known."""


class ModelAnswerer:
    """Asks a language model.

    Parameters
    ----------
    completer : Completer
        The model.
    name : str
        Name that predictions carry.
    mode : {"direct", "cot", "rag", "agent"}
        How it is asked.
    settings : mapping, optional
        Settings of the model, for the hash of the run.
    retriever : Retriever, optional
        Needed for "rag"; gives "agent" a search tool.
    """

    def __init__(
        self,
        completer: Completer,
        name: str,
        mode: Mode = "direct",
        *,
        settings: Mapping[str, Any] | None = None,
        retriever: Retriever | None = None,
    ) -> None:
        self.name = name
        self._completer = completer
        self._mode: Mode = mode
        self._settings = dict(settings or {})
        self._retriever = retriever

    @property
    def config(self) -> Mapping[str, Any]:
        """Settings of the model and the mode."""
        return {"kind": "model", "mode": self._mode, **self._settings}

    def answer(self, question: Question) -> Reply:
        """Ask the model a question; in agent mode, let it call tools for a few rounds."""
        passages, citations = self._passages(question)
        tools = catalogue(self._retriever) if self._mode == "agent" else {}
        described = "\n".join(f"{tool.name}: {tool.description} Arguments: {_brief(tool)}" for tool in tools.values())
        messages = messages_for(question, self._mode, passages=passages, tools=described)
        calls: list[ToolCall] = []
        tokens = Usage()
        failures = dict(question.failures)
        text = ""
        for _ in range(_ROUNDS if tools else 1):
            text, used = _said(self._completer.complete(messages))
            tokens = _sum(tokens, used)
            asked = _CALL.search(text) if tools else None
            if asked is None:
                break
            call, result = _called(asked.group(1), tools, failures)
            calls.append(call)
            messages = [*messages, ("assistant", text), ("user", f"RESULT: {result[:_RESULT]}")]
        return Reply(text, None, tuple(calls), citations, tokens)

    def _passages(self, question: Question) -> tuple[str, tuple[str, ...]]:
        if self._mode != "rag" or self._retriever is None:
            return "", ()
        found = self._retriever.search(question.question[:500], _PASSAGES)
        return "\n".join(f"[{item.id}] {item.text}" for item in found), tuple(item.id for item in found)


def _brief(tool: ToolSpec) -> str:
    fields = tool.arguments.model_fields.items()
    return json.dumps({name: field.description or "" for name, field in fields}, ensure_ascii=False)


def _said(reply: str | tuple[str, Usage]) -> tuple[str, Usage]:
    return (reply, Usage()) if isinstance(reply, str) else reply


def _sum(one: Usage, other: Usage) -> Usage:
    known = [item.cost for item in (one, other) if item.cost is not None]
    tokens = {"in": one.input + other.input, "out": one.output + other.output}
    return Usage.model_validate({**tokens, "cost": sum(known) if known else None})


def _called(text: str, tools: Mapping[str, ToolSpec], failures: dict[str, Any]) -> tuple[ToolCall, str]:
    """Call a tool that a model asked for; what goes wrong is told to the model."""
    start = time.perf_counter()
    name, arguments = "unknown", {}
    try:
        asked = json.loads(text)
        name, arguments = str(asked["name"]), dict(asked.get("arguments", {}))
        if failures.get("tool") == name and failures.get("times", 0) > 0:
            failures["times"] -= 1
            raise LimitError(f"{name} failed ({failures.get('error', 'error')}).", hint="Try again.")
        result, ok = json.dumps(tools[name].call(arguments), default=str, ensure_ascii=False), True
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, PolysmithError) as error:
        result, ok = f"error: {error}", False
    spent = (time.perf_counter() - start) * 1000
    return ToolCall(name=name, args=arguments, ok=ok, ms=spent), result
