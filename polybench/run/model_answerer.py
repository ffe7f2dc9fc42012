"""A language model sits the exam: directly, thinking aloud, with passages, or with tools."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from polybench.prediction import Citation, Mode, ToolCall, Usage
from polybench.run.prompts import messages_for
from polybench.run.question import Question, Reply
from tools.catalogue import catalogue
from tools.core.errors import LimitError, PolysmithError
from tools.core.protocols import Retriever
from tools.core.registry import ToolSpec

_CALL = re.compile(r"^\s*TOOL:\s*(\{.*\})\s*$", re.MULTILINE)
_CITED = re.compile(
    r"<cite\s+id=[\"']?\[?([^\"'\]>]{1,200})\]?[\"']?\s*>(.{0,2000}?)</cite>", re.IGNORECASE | re.DOTALL
)
_ROUNDS: Final = 6
_RESULT: Final = 4_000  # characters of a result that are shown
_PASSAGES: Final = 6
_MOST_CITED: Final = 50
_LAST: Final = "No more calls are possible. Give the answer now."

Messages = Sequence[tuple[str, str]]


class Completer(Protocol):
    """Anything that continues a conversation."""

    def complete(self, messages: Messages) -> str | tuple[str, Usage]:
        """Return the next text, with the tokens it took where they are known."""


@dataclass
class _Talk:
    """One conversation: what was called, served and spent."""

    tools: Mapping[str, ToolSpec]
    failures: dict[str, Any]
    calls: list[ToolCall] = field(default_factory=list)
    served: dict[str, str] = field(default_factory=dict)
    spent: Usage = field(default_factory=Usage)


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
    tools : bool
        Whether "agent" has its tools; without them it is asked in the same words and can only think.
    """

    def __init__(
        self,
        completer: Completer,
        name: str,
        mode: Mode = "direct",
        *,
        settings: Mapping[str, Any] | None = None,
        retriever: Retriever | None = None,
        tools: bool = True,
    ) -> None:
        self.name = name
        self._completer = completer
        self._mode: Mode = mode
        self._settings = dict(settings or {})
        self._retriever = retriever
        self._tools = tools

    @property
    def config(self) -> Mapping[str, Any]:
        """Settings of the model and the mode."""
        return {"kind": "model", "mode": self._mode, "tools": self._tools, **self._settings}

    def answer(self, question: Question) -> Reply:
        """Ask the model a question; in agent mode, let it call tools for a few rounds."""
        talk = _Talk(
            catalogue(self._retriever) if self._mode == "agent" and self._tools else {}, dict(question.failures)
        )
        if self._mode == "rag" and self._retriever is not None:
            found = self._retriever.search(question.question[:500], _PASSAGES)
            talk.served.update({item.id: item.text for item in found})
        passages = "\n".join(f"[{name}] {text}" for name, text in talk.served.items())
        text = self._talk(messages_for(question, self._mode, passages=passages, tools=described(talk.tools)), talk)
        return Reply(text, None, tuple(talk.calls), cited(text), talk.spent, talk.served)

    def _talk(self, messages: list[tuple[str, str]], talk: _Talk) -> str:
        """Let the model speak until it calls no more tool; the last round is for the answer alone."""
        text = ""
        for left in reversed(range(_ROUNDS if talk.tools else 1)):
            text, used = said_with_usage(self._completer.complete(messages))
            talk.spent = _sum(talk.spent, used)
            asked = _CALL.search(text) if left else None
            if asked is None:
                break
            result = _called(asked.group(1), talk)
            note = f"\n{_LAST}" if left == 1 else ""
            messages = [*messages, ("assistant", text), ("user", f"RESULT {result}{note}")]
        return text


def cited(text: str) -> tuple[Citation, ...]:
    """Read the citations of a response.

    Parameters
    ----------
    text : str
        The response.

    Returns
    -------
    tuple of Citation
        At most 50, in order, each once.
    """
    found = (Citation(source=name.strip(), quote=words.strip()) for name, words in _CITED.findall(text[-100_000:]))
    return tuple(dict.fromkeys(found))[:_MOST_CITED]


def described(tools: Mapping[str, ToolSpec]) -> str:
    """Describe tools as "agent" mode shows them.

    Parameters
    ----------
    tools : mapping of str to ToolSpec
        Tools by name.

    Returns
    -------
    str
        One line per tool.
    """
    return "\n".join(f"{tool.name}: {tool.description} Arguments: {_brief(tool)}" for tool in tools.values())


def _brief(tool: ToolSpec) -> str:
    fields = tool.arguments.model_fields.items()
    return json.dumps({name: field.description or "" for name, field in fields}, ensure_ascii=False)


def said_with_usage(reply: str | tuple[str, Usage]) -> tuple[str, Usage]:
    """Return text and tokens of what a completer gave."""
    return (reply, Usage()) if isinstance(reply, str) else reply


def _sum(one: Usage, other: Usage) -> Usage:
    known = [item.cost for item in (one, other) if item.cost is not None]
    tokens = {"in": one.input + other.input, "out": one.output + other.output}
    return Usage.model_validate({**tokens, "cost": sum(known) if known else None})


def _called(text: str, talk: _Talk) -> str:
    """Call a tool that a model asked for, with what is injected into it; what goes wrong is told to the model."""
    start = time.perf_counter()
    name, arguments = "unknown", {}
    try:
        asked = json.loads(text)
        name, arguments = str(asked["name"]), dict(asked.get("arguments", {}))
        injected = talk.failures if talk.failures.get("tool") == name else {}
        if injected.get("times", 0) > 0:
            talk.failures["times"] -= 1
            raise LimitError(f"{name} failed ({injected.get('error', 'error')}).", hint="Try again.")
        result, ok = json.dumps(talk.tools[name].call(arguments), default=str, ensure_ascii=False)[:_RESULT], True
        result += f"\n{injected['append']}" if injected.get("append") else ""
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, PolysmithError) as error:
        result, ok = f"error: {error}", False
    talk.calls.append(ToolCall(name=name, args=arguments, ok=ok, ms=(time.perf_counter() - start) * 1000))
    place = f"T{len(talk.calls)}"
    talk.served[place] = result
    return f"[{place}]: {result}"
