"""The search service over HTTP: on this machine alone unless a token is set, without a library beyond Python's own.

``POST /v1/search``, ``GET /v1/passage?id=``, ``GET /v1/health``, ``GET /openapi.json``. Errors are problem documents
(RFC 9457). There is no CORS: a page in a browser cannot read answers, and only JSON bodies are taken, which such a page
cannot send without asking first. Texts of documents leave as JSON strings, never as HTML.
"""

from __future__ import annotations

import hmac
import json
import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ValidationError

from index.openapi import PROBLEM_TYPE, Health, Problem, openapi
from index.search import HybridIndex
from index.service import SearchRequest, answer, described, problems
from tools.core.errors import BackendMissing, InputError, PolysmithError, SetupError, UnknownNameError

TOKEN_VARIABLE = "POLYSMITH_TOKEN"  # noqa: S105  (the name of a variable)
LEAST_TOKEN = 16  # characters
MAX_BODY = 64_000  # bytes
MAX_AT_ONCE = 8  # searches under way; more are asked to come back
_IDLE_SECONDS = 10.0  # a client that sends nothing for so long is let go
_TITLES = {
    400: "Bad request", 401: "Token needed", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    411: "Length needed", 413: "Too large", 415: "JSON needed", 422: "Invalid request", 500: "Service not set up",
    503: "Busy",
}  # fmt: skip

_log = logging.getLogger("polysmith.serve")


class _Refusal(Exception):
    def __init__(self, status: int, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.problem = Problem(title=_TITLES[status], status=status, detail=detail, hint=hint)


class SearchServer(ThreadingHTTPServer):
    """Answers searches; ``serve_forever`` until ``shutdown`` is called from another thread.

    Requests under way are answered before ``server_close`` returns.

    Parameters
    ----------
    retriever : HybridIndex
        Where to search.
    host : str
        Address to listen at.
    port : int
        Port; 0 for any that is free.
    token : str
        Bearer token that requests must bring; empty for none.
    version : str
        Version that the OpenAPI document names.

    Raises
    ------
    InputError
        If the host is not a loopback address and there is no token, the token is short, or the port cannot be used.
    """

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(
        self, retriever: HybridIndex, *, host: str = "127.0.0.1", port: int = 8765, token: str = "", version: str = "0"
    ) -> None:
        self.loopback = _is_loopback(host)
        if not self.loopback and not token:
            raise InputError(
                f"{host} can be reached from other machines.",
                hint=f"Set {TOKEN_VARIABLE} to a secret of your own, or listen at 127.0.0.1.",
            )
        if token and len(token) < LEAST_TOKEN:
            raise InputError(f"The token has {len(token)} characters; {LEAST_TOKEN} are the least.")
        if not 0 <= port <= 65535:
            raise InputError(f"{port} is no port.")
        self.retriever = retriever
        self.token = token
        self.description = openapi(version, with_token=bool(token))
        self.turns = threading.BoundedSemaphore(MAX_AT_ONCE)
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise InputError(f"{host}:{port} cannot be used: {error}", hint="Choose another port.") from error

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self.server_address[1])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    server: SearchServer
    protocol_version = "HTTP/1.1"
    server_version = "polysmith"
    sys_version = ""
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        """Answer a GET request."""
        routes: dict[str, Callable[[dict[str, list[str]]], BaseModel | dict[str, Any]]] = {
            "/v1/health": self._health,
            "/v1/passage": self._passage,
            "/openapi.json": lambda _: self.server.description,
        }
        self._respond(routes)

    def do_POST(self) -> None:
        """Answer a POST request."""
        self._respond({"/v1/search": self._search})

    def _other(self) -> None:
        self._send_problem(_Refusal(405, f"{self.command} is not answered here.").problem)

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = _other  # noqa: N815  (http.server's names)

    def _respond(self, routes: dict[str, Any]) -> None:
        url = urlsplit(self.path)
        try:
            self._admit()
            if url.path not in routes:
                raise _Refusal(404, "There is nothing at this address.", "See /openapi.json.")
            self._send(200, "application/json", routes[url.path](parse_qs(url.query)))
        except _Refusal as refusal:
            self._send_problem(refusal.problem)
        except PolysmithError as error:
            self._send_problem(_as_problem(error))

    def _admit(self) -> None:
        """Refuse requests without the token, and those that a foreign page has aimed at this machine."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        if self.server.loopback and not _is_loopback(host):
            raise _Refusal(403, "The Host header names another machine.", "Use 127.0.0.1 or localhost.")
        if self.server.token:
            given = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
            if not hmac.compare_digest(given.encode(), self.server.token.encode()):
                raise _Refusal(401, "The token is missing or wrong.", "Send Authorization: Bearer TOKEN.")

    def _health(self, _: dict[str, list[str]]) -> Health:
        found = self.server.retriever
        return Health(documents=found.document_count, passages=found.passage_count)

    def _passage(self, query: dict[str, list[str]]) -> BaseModel:
        wanted = query.get("id", [])
        if len(wanted) != 1:
            raise _Refusal(400, "One id is needed.", "GET /v1/passage?id=...")
        return described("", self.server.retriever.get(wanted[0]))

    def _search(self, _: dict[str, list[str]]) -> BaseModel:
        body = self._body()
        try:
            request = SearchRequest.model_validate_json(body)
        except ValidationError as error:
            raise _Refusal(422, problems(error), "See /openapi.json for what a search takes.") from error
        if not self.server.turns.acquire(timeout=1.0):
            raise _Refusal(503, "Too many searches are under way.", "Try again in a second.")
        try:
            return answer(self.server.retriever, request)
        finally:
            self.server.turns.release()

    def _body(self) -> bytes:
        if self.headers.get_content_type() != "application/json":
            raise _Refusal(415, "The body must be JSON.", "Send Content-Type: application/json.")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            raise _Refusal(411, "The request has no Content-Length.")
        if int(length) > MAX_BODY:
            raise _Refusal(413, f"The body has {length} bytes; {MAX_BODY} are read at most.")
        return self.rfile.read(int(length))

    def _send_problem(self, problem: Problem) -> None:
        self._send(problem.status, PROBLEM_TYPE, problem)

    def _send(self, status: int, kind: str, content: BaseModel | dict[str, Any]) -> None:
        data = content.model_dump(mode="json") if isinstance(content, BaseModel) else content
        body = json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind == "application/json" else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # no idle connection keeps a stop waiting
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'")
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if status == 503:
            self.send_header("Retry-After", "1")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Log status and path, not what is searched for."""
        _log.info("%s %s", self.address_string(), format % args)


def _as_problem(error: PolysmithError) -> Problem:
    """A problem document for an error, by who must act."""
    status = 500
    if isinstance(error, UnknownNameError):
        status = 404
    elif isinstance(error, InputError):
        status = 422
    elif isinstance(error, BackendMissing | SetupError):
        _log.error("%s", error)
    return Problem(title=_TITLES[status], status=status, detail=error.message, hint=error.hint)
