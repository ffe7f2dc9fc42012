"""What stands before the page: which requests are let in, and what a browser may do with the answers.

Chainlit reflects any origin together with credentials and opens its web socket to every page. Here a request is let in
if its Host names this server (a page elsewhere that has its own name point at this machine is refused) and its Origin,
where a browser sends one, is the server's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

from polysmith.agent_server.server import is_loopback

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Custom elements are compiled in the browser, which needs eval; nothing is loaded from or sent to anywhere else.
POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Guard:
    """Lets in what comes from the server's own pages, and adds headers that keep browsers from doing more.

    Parameters
    ----------
    app : callable
        The ASGI application behind it.
    hosts : frozenset of str
        Names of this server beyond those of loopback; ``"*"`` lets any name in (behind a proxy that checks it).
    max_body : int
        Bytes of a request's body at most.
    """

    def __init__(self, app: App, *, hosts: frozenset[str] = frozenset(), max_body: int = 32 * 2**20) -> None:
        self.app = app
        self.hosts = hosts
        self.max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(headers)
        if refusal:
            await _refuse(scope["type"], refusal, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _safe_headers(list(message.get("headers", [])))
            await send(message)

        await self.app(scope, receive, guarded)

    def _refusal(self, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self._known(urlsplit(f"//{host}").hostname or ""):
            return 403, "The Host header names another server."
        origin = headers.get("origin", "")
        if origin and not self._own(origin, host):
            return 403, "Pages of other origins are not answered."
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > self.max_body:
            return 413, "The request is too large."
        return None

    def _known(self, name: str) -> bool:
        return "*" in self.hosts or is_loopback(name) or name.casefold() in self.hosts

    def _own(self, origin: str, host: str) -> bool:
        """Say whether an Origin is that of the page at the Host that was asked, port and all."""
        parts = urlsplit(origin)
        return parts.scheme in {"http", "https"} and parts.netloc.casefold() == host.casefold()


def _safe_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]
    present = {name.lower() for name, _ in kept}
    kept += [(name, value) for name, value in _HEADERS if name not in present]
    if b"content-security-policy" not in present:
        kept.append((b"content-security-policy", POLICY.encode()))
    return kept


async def _refuse(kind: str, refusal: tuple[int, str], send: Send) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 4403, "reason": refusal[1]})
        return
    body = refusal[1].encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal[0], "headers": [*headers, *_HEADERS]})
    await send({"type": "http.response.body", "body": body})
