"""Meters: what was called, and what tried to leave the machine."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

_NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request",
            "http.client.connect", "ftplib.connect", "smtplib.connect", "webbrowser.open"}  # fmt: skip
_PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile"}
_LOG = "POLYSMITH_EGRESS_LOG"
# Runs in every Python process that is started while the meter is on.
_CHILD = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from poison.meters import _listen
sys.path.pop(0)
_listen()
"""


class Refused(OSError):
    """A connection that the meter refused."""


def _is_local(event: str, arguments: tuple[Any, ...]) -> bool:
    """Say whether a socket is one of this machine's own kind, which leads nowhere."""
    if event == "socket.connect":
        return getattr(arguments[0], "family", None) == 1  # AF_UNIX
    return False


def _listen() -> None:
    """Write every attempt to reach out to the file that the environment names, and refuse it."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        log = os.environ.get(_LOG, "")
        if not log or event not in _NETWORK | _PROGRAMS or _is_local(event, arguments):
            return
        if event in _PROGRAMS and "tools.core" in str(arguments):
            return  # a worker of the sandbox
        with suppress(OSError):
            handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(handle, json.dumps([event, str(arguments)[:300]]).encode() + b"\n")
            os.close(handle)
        if event in _NETWORK:
            raise Refused(f"{event} is refused while the meter is on")

    sys.addaudithook(hook)


_listening = False


@contextmanager
def egress() -> Iterator[list[str]]:
    """Refuse and count what tries to leave this process and those that it starts.

    Yields
    ------
    list of str
        Filled when the block ends: one line per attempt.
    """
    global _listening  # an audit hook cannot be taken back, so there is one for good
    if not _listening:
        _listen()
        _listening = True
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "attempts.jsonl"
        (Path(folder) / "sitecustomize.py").write_text(_CHILD, encoding="utf-8")
        path = os.pathsep.join(part for part in (folder, os.environ.get("PYTHONPATH", "")) if part)
        with patch.dict(os.environ, {_LOG: str(log), "PYTHONPATH": path}):
            yield found
        if log.is_file():
            found += log.read_text(encoding="utf-8").splitlines()


@dataclass
class Calls:
    """What was called.

    Attributes
    ----------
    made : Counter of str
        Calls of tools with their arguments.
    """

    made: Counter[str] = field(default_factory=Counter)

    def note(self, name: str, arguments: object) -> None:
        """Write down one call."""
        self.made[f"{name} {json.dumps(arguments, sort_keys=True, default=str)}"] += 1


@contextmanager
def calls() -> Iterator[Calls]:
    """Write down every call of a tool: of the registry, of a model's choice, and of the sandbox.

    Yields
    ------
    Calls
        What was called.
    """
    from agent.llm.flows import CheckedCall
    from tools.core import sandbox
    from tools.core.registry import ToolSpec

    seen = Calls()
    plain_call, plain_run, plain_sandbox = ToolSpec.call, CheckedCall.run, sandbox.run

    def call(self: ToolSpec, arguments: dict[str, Any]) -> Any:
        seen.note(self.name, arguments)
        return plain_call(self, arguments)

    def run(self: CheckedCall) -> Any:
        seen.note(self.spec.name, self.values.model_dump())
        return plain_run(self)

    def boxed(name: str, *args: Any, **kwargs: Any) -> Any:
        seen.note(name, [args, {key: value for key, value in kwargs.items() if key not in {"seconds", "memory_mb"}}])
        return plain_sandbox(name, *args, **kwargs)

    with (
        patch.object(ToolSpec, "call", call),
        patch.object(CheckedCall, "run", run),
        patch.object(sandbox, "run", boxed),
    ):
        yield seen
