"""A local OpenAI-compatible server that answers from a script and can fail in every way that real ones do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from agent.llm.messages import ToolCall


@dataclass(frozen=True)
class Served:
    """One answer of the fake server.

    Attributes
    ----------
    body : dict or str
        Body: JSON, or text sent as it is.
    status : int
        HTTP status.
    headers : tuple of (str, str)
        Further headers.
    delay : float
        Seconds before the answer.
    drip : float
        Seconds between single pieces of a stream, or of a body that is sent in drops.
    cut : bool
        Whether the connection breaks in the middle of the body.
    """

    body: dict[str, Any] | str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    drip: float = 0.0
    cut: bool = False


def text(content: str | None, *, finish: str = "stop", **fields: Any) -> Served:
    """Return an ordinary reply.

    Parameters
    ----------
    content : str or None
        The text.
    finish : str
        Why it ended.
    **fields : Any
        Further fields of the message, such as ``tool_calls``.

    Returns
    -------
    Served
        The answer.
    """
    message = {"role": "assistant", "content": content, **fields}
    tokens = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return Served(
        {
            "id": "chatcmpl-fake",
            "object": "chat.completion",
            "model": "fake",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": tokens,
        }
    )


def calls(*wanted: ToolCall) -> Served:
    """Return a reply that asks for tools.

    Parameters
    ----------
    *wanted : ToolCall
        The calls.

    Returns
    -------
    Served
        The answer.
    """
    listed = [
        {"id": item.id, "type": "function", "function": {"name": item.name, "arguments": item.arguments}}
        for item in wanted
    ]
    return text(None, finish="tool_calls", tool_calls=listed)


def _one(name: str, arguments: str) -> Served:
    return calls(ToolCall(id="call_1", name=name, arguments=arguments))


def faults(tool: str = "predict_properties") -> dict[str, Served]:
    """List the faults that a model's server can show.

    Parameters
    ----------
    tool : str
        Name of a tool that the client offers, for calls with wrong arguments.

    Returns
    -------
    dict of str to Served
        Fault by name.
    """
    error = {"error": {"message": "engine died", "type": "server_error"}}
    whole = json.dumps(text("A whole answer.").body)
    return {
        "error_500": Served(error, 500),
        "error_503": Served("upstream unavailable", 503, (("Retry-After", "0"),)),
        "rate_limited": Served({"error": {"message": "slow down"}}, 429, (("Retry-After", "0"),)),
        "bad_request": Served({"error": {"message": "unsupported"}}, 400),
        "error_in_200": Served(error),
        "timeout": Served(whole, delay=3.0),
        "drip": Served(whole, drip=0.4),
        "truncated_json": Served(whole[: len(whole) // 2]),
        "broken_connection": Served(whole, cut=True),
        "html": Served("<html>It works!</html>"),
        "empty_body": Served(""),
        "empty_choices": Served({"choices": []}),
        "no_message": Served({"choices": [{"index": 0, "finish_reason": "stop"}]}),
        "empty_text": text(""),
        "null_text": text(None),
        "cut_at_length": text('{"name": "PM', finish="length"),
        "refused": text(None, refusal="I cannot help with that."),
        "long_output": text("x" * 100_000),
        "nan": Served('{"choices": [{"message": {"content": "x"}, "logprob": NaN}]}'),
        "nan_text": text("NaN"),
        "deep_json": Served("[" * 100_000),
        "unknown_tool": _one("run_shell", '{"command": "id"}'),
        "broken_arguments": _one(tool, '{"polymers": ["PS"'),
        "wrong_types": _one(tool, '{"polymers": 7, "properties": {"a": 1}}'),
        "unknown_argument": _one(tool, '{"polymers": ["PS"], "sudo": true}'),
        "nan_argument": _one(tool, '{"polymers": NaN}'),
        "arguments_no_object": _one(tool, "[]"),
        "call_without_name": text(None, finish="tool_calls", tool_calls=[{"id": "1", "function": {"arguments": "{}"}}]),
        "calls_no_list": text(None, finish="tool_calls", tool_calls="all of them"),
    }


Chooser = Callable[[dict[str, Any]], Served]


@dataclass
class FakeServer:
    """Serves on a free port of this machine until closed; used with ``with``.

    Attributes
    ----------
    script : iterable of Served, or callable
        Answers in order, the last for ever; or a function of the request's body.
    models : sequence of str or dict
        What ``/v1/models`` lists: names, or whole entries.
    context : int
        Tokens that it says fit.
    key : str
        Key that it asks for; empty for none.
    requests : list of dict
        Bodies of all requests so far.
    authorizations : list of str
        Their Authorization headers.
    """

    script: Iterable[Served] | Chooser = (text("Hello."),)
    models: Sequence[str | dict[str, Any]] = ("fake",)
    context: int = 4096
    key: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._list = [] if callable(self.script) else list(self.script)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def wait(self, seconds: float) -> None:
        """Wait, but not beyond the end.

        Parameters
        ----------
        seconds : float
            How long.
        """
        self._stopping.wait(seconds)

    def choose(self, body: dict[str, Any]) -> Served:
        """Return the answer to a request.

        Parameters
        ----------
        body : dict
            The request.

        Returns
        -------
        Served
            The next of the script.
        """
        with self._lock:
            self.requests.append(body)
            order = len(self.requests) - 1
        if callable(self.script):
            return self.script(body)
        return self._list[min(order, len(self._list) - 1)]


class _Handler(BaseHTTPRequestHandler):
    """Answers one request; ``fake`` is the server's description."""

    fake: FakeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
        """Stay silent."""

    def do_GET(self) -> None:  # named by the base class
        """Answer ``/v1/models`` and ``/health``."""
        if not self._allowed():
            return
        if self.path.endswith("/models"):
            self._send(Served({"object": "list", "data": [self._described(item) for item in self.fake.models]}))
        else:
            self._send(Served({}, 200 if self.path == "/health" else 404))

    def do_POST(self) -> None:  # named by the base class
        """Answer ``/v1/chat/completions``."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if not self._allowed():
            return
        if not self.path.endswith("/chat/completions"):
            self._send(Served({"error": {"message": "not found"}}, 404))
            return
        answer = self.fake.choose(body)
        self.fake.wait(answer.delay)
        if body.get("stream") and answer.status == 200 and isinstance(answer.body, dict) and answer.body.get("choices"):
            self._stream(answer, answer.body)
        else:
            self._send(answer)

    def _described(self, item: str | dict[str, Any]) -> dict[str, Any]:
        return {"id": item, "max_model_len": self.fake.context} if isinstance(item, str) else item

    def _allowed(self) -> bool:
        given = self.headers.get("Authorization", "")
        self.fake.authorizations.append(given)
        if self.fake.key and given != f"Bearer {self.fake.key}":
            self._send(Served({"error": {"message": f"Incorrect API key provided: {given[7:]}"}}, 401))
            return False
        return True

    def _send(self, answer: Served) -> None:
        raw = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
        self.send_response(answer.status)
        for name, value in (("Content-Type", "application/json"), *answer.headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        raw = raw[: len(raw) // 2] if answer.cut else raw
        self._write([raw[i : i + 8] for i in range(0, len(raw), 8)] if answer.drip else [raw], answer.drip)
        if answer.cut:
            self.close_connection = True

    def _stream(self, answer: Served, body: dict[str, Any]) -> None:
        choice = body["choices"][0]
        content = str(choice.get("message", {}).get("content") or "")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        size = max(1, len(content) // 8)
        events: list[dict[str, Any]] = [
            {"choices": [{"index": 0, "delta": {"content": content[i : i + size]}, "finish_reason": None}]}
            for i in range(0, len(content), size)
        ]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": choice.get("finish_reason")}]})
        events.append({"choices": [], "usage": body.get("usage")})
        lines = [f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode() for event in events]
        ended = lines[: len(lines) // 2] if answer.cut else [*lines, b"data: [DONE]\n\n"]
        self._write(ended, answer.drip)
        self.close_connection = True

    def _write(self, pieces: list[bytes], drip: float) -> None:
        try:
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()
                self.fake.wait(drip)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client has had enough
