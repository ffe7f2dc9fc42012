"""The agent behind ``/v1/chat/completions``: on this machine alone unless a key is set.

``GET /health``, ``GET /v1/models``, ``POST /v1/chat/completions``. There is no CORS: no page of a browser can read an
answer, and only JSON bodies are taken, which such a page cannot send without asking first. Each run has a process of
its own; when a client leaves, its run is stopped, and can be resumed by its id.
"""

from __future__ import annotations

import hmac
import json
import logging
import queue
import secrets
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from polysmith.agent_server.protocol import MODELS, Answer, ChatRequest, Failure, failure, without_paths
from polysmith.jobs.process import Job, Workers
from polysmith.progress import in_words
from tools.core.errors import InputError, PolysmithError

KEY_VARIABLE = "POLYSMITH_SERVER_KEY"
LEAST_KEY = 16  # characters
MAX_BODY = 1_000_000  # bytes
MAX_CONNECTIONS = 64
RUN_SECONDS = 3600.0
_IDLE_SECONDS = 10.0  # a client that sends or takes nothing for so long is let go
_LOOK_SECONDS = 0.5  # how often it is looked whether the client is still there
_ALIVE_SECONDS = 10.0  # a stream without news says so, that nobody between closes it
_RETRY_SECONDS = 20

_log = logging.getLogger("polysmith.agent_server")


class Refused(Exception):
    """A request that is not answered; carries what is said instead."""

    def __init__(self, status: int, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(status, kind, code, message)


class AgentServer(ThreadingHTTPServer):
    """Answers conversations; ``serve_forever`` until ``shutdown`` is called from another thread.

    Parameters
    ----------
    host : str
        Address to listen at.
    port : int
        Port; 0 for any that is free.
    key : str
        Bearer key that requests must bring; empty for none.
    at_once : int
        Runs under way at most; the others wait.
    waiting : int
        Runs that may wait; further ones are asked to come back.

    Raises
    ------
    InputError
        If the host is not a loopback address and there is no key, the key is short, or the port cannot be used.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 8700, key: str = "", at_once: int = 2, waiting: int = 4
    ) -> None:
        self.loopback = is_loopback(host)
        if not self.loopback and not key:
            raise InputError(
                f"{host} can be reached from other machines.",
                hint=f"Set {KEY_VARIABLE} to a secret of your own, or listen at 127.0.0.1.",
            )
        if key and len(key) < LEAST_KEY:
            raise InputError(f"The key has {len(key)} characters; {LEAST_KEY} are the least.")
        self.key = key
        self.room = threading.BoundedSemaphore(at_once + waiting)
        self.connections = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self.workers = Workers(at_once)
        if ":" in host:
            self.address_family = socket.AF_INET6
        try:
            super().__init__((host.strip("[]"), port), _Handler)
        except (OSError, OverflowError) as error:
            raise InputError(f"{host}:{port} cannot be used: {error}", hint="Choose another port.") from error

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin to answer a connection, unless there are too many."""
        if self.connections.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Note that a connection broke; its content is in no log."""
        _log.info("a connection ended early", exc_info=_log.isEnabledFor(logging.DEBUG))

    def server_close(self) -> None:
        """Stop every run and close the port."""
        self.workers.close()
        super().server_close()


def is_loopback(host: str) -> bool:
    """Say whether an address is of this machine alone.

    Parameters
    ----------
    host : str
        Name or address.

    Returns
    -------
    bool
        True for ``localhost`` and loopback addresses.
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    server: AgentServer
    protocol_version = "HTTP/1.1"
    server_version = "polysmith"
    sys_version = ""
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        """Answer a GET request."""
        self._respond({"/health": self._health, "/v1/models": self._models})

    def do_POST(self) -> None:
        """Answer a POST request."""
        self._respond({"/v1/chat/completions": self._chat})

    def _other(self) -> None:
        self._send(405, Failure(405, "invalid_request_error", "method", f"{self.command} is not answered here.").body())

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = _other  # noqa: N815  (http.server's names)

    def _respond(self, routes: dict[str, Any]) -> None:
        path = urlsplit(self.path).path
        try:
            self._admit(path)
            if path not in routes:
                raise Refused(404, "invalid_request_error", "not_found", "There is nothing at this address.")
            routes[path]()
        except Refused as refusal:
            self._fail(refusal.failure)
        except PolysmithError as error:
            self._fail(failure(error))

    def _admit(self, path: str) -> None:
        """Refuse requests without the key, and those that a foreign page has aimed at this machine."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        origin = self.headers.get("Origin", "")
        if self.server.loopback and not is_loopback(host):
            raise Refused(403, "invalid_request_error", "host", "The Host header names another machine.")
        if origin and not is_loopback(urlsplit(origin).hostname or ""):
            raise Refused(403, "invalid_request_error", "origin", "Pages of other origins are not answered.")
        if self.server.key and path != "/health":
            given = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
            if not hmac.compare_digest(given.encode(), self.server.key.encode()):
                message = "The key is missing or wrong. Send Authorization: Bearer KEY."
                raise Refused(401, "authentication_error", "invalid_api_key", message)

    def _health(self) -> None:
        self._send(200, {"status": "ok"})

    def _models(self) -> None:
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "polysmith"} for name in MODELS]
        self._send(200, {"object": "list", "data": listed})

    def _chat(self) -> None:
        request = ChatRequest.read(self._body())
        if request.model not in MODELS:
            message = f"There is no model {request.model!r}. There are {', '.join(MODELS)}."
            raise Refused(404, "invalid_request_error", "model_not_found", message)
        job = Job("converse", request.job(), seconds=RUN_SECONDS)
        if not self.server.room.acquire(blocking=False):
            raise Refused(429, "rate_limit_error", "busy", "Too many runs are under way. Try again later.")
        try:
            answer = Answer(request, secrets.token_hex(12))
            if request.stream:
                self._stream(answer, job)
            else:
                self._once(answer, job)
        finally:
            job.stop()
            self.server.room.release()

    def _once(self, answer: Answer, job: Job) -> None:
        for news in self._follow(job):
            if isinstance(news, dict):
                self._send(200, answer.whole(news))

    def _stream(self, answer: Answer, job: Job) -> None:
        self.send_response(200)
        self._security("text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self._event(answer.piece({"role": "assistant", "content": ""}))
        told, last = False, time.monotonic()
        try:
            for news in self._follow(job):
                if isinstance(news, dict):
                    if told:
                        self._event(answer.piece({"content": "\n"}))
                    for piece in answer.ending(news):
                        self._event(piece)
                elif news:
                    self._event(answer.piece({"content": f"> {news}\n"}))
                    told = True
                elif time.monotonic() - last > _ALIVE_SECONDS:
                    self.wfile.write(b": still at work\n\n")
                    last = time.monotonic()
        except PolysmithError as error:  # the status line is gone: the error is an event, as other servers do it
            self._event(failure(error).body())
        self.wfile.write(b"data: [DONE]\n\n")

    def _follow(self, job: Job) -> Iterator[str | dict[str, Any]]:
        """Do a job and give progress in words, an empty text now and then, and last the result."""
        news: queue.SimpleQueue[str | dict[str, Any] | PolysmithError] = queue.SimpleQueue()

        def work() -> None:
            try:
                news.put(self.server.workers.run(job, lambda event: news.put(in_words(event))))
            except PolysmithError as error:
                news.put(error)

        threading.Thread(target=work, daemon=True).start()
        while True:
            try:
                item = news.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                item = ""
                if self._gone():
                    raise ConnectionAbortedError("The client left.") from None
            if isinstance(item, PolysmithError):
                raise item
            yield item
            if isinstance(item, dict):
                return

    def _gone(self) -> bool:
        """Say whether the client has closed the connection."""
        ready, _, _ = select.select([self.connection], [], [], 0)
        with suppress(BlockingIOError):
            return bool(ready) and not self.connection.recv(1, socket.MSG_PEEK)
        return False

    def _body(self) -> bytes:
        if self.headers.get_content_type() != "application/json":
            raise Refused(415, "invalid_request_error", "content_type", "Send Content-Type: application/json.")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            raise Refused(411, "invalid_request_error", "length", "The request has no Content-Length.")
        if int(length) > MAX_BODY:
            message = f"The body has {length} bytes; {MAX_BODY} are read at most."
            raise Refused(413, "invalid_request_error", "too_large", message)
        return self.rfile.read(int(length))

    def _event(self, data: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(data, ensure_ascii=False, allow_nan=False)}\n\n".encode())

    def _fail(self, told: Failure) -> None:
        self._send(told.status, told.body())

    def _send(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
        self.send_response(status)
        self._security("application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", str(_RETRY_SECONDS))
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if status >= 400:  # a body that was not read would be taken for the next request
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _security(self, kind: str) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (http.server's name)
        """Log the request line, at level debug: what is asked is nobody's business."""
        _log.debug(without_paths(format % args))
