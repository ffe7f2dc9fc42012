"""How the server is reached: over standard input and output, or by streamable HTTP at ``/mcp``."""

from __future__ import annotations

import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from polysmith.agent_server.server import is_loopback
from polysmith.mcp.server import make_server, sdk
from tools.core.errors import InputError

KEY_VARIABLE = "POLYSMITH_MCP_KEY"
LEAST_KEY = 16  # characters
MAX_BODY = 1_000_000  # bytes
MAX_SESSIONS = 64
IDLE_SECONDS = 1800.0


def serve_stdio() -> None:
    """Serve one client over standard input and output until it leaves.

    Raises
    ------
    BackendMissing
        If the SDK is not installed.
    """
    sdk()
    import anyio
    from mcp.server.stdio import stdio_server

    with os.fdopen(os.dup(1), "w", encoding="utf-8") as protocol:
        os.dup2(2, 1)  # whatever a library prints goes to standard error
        server = make_server()

        async def run() -> None:
            async with stdio_server(stdout=anyio.wrap_file(protocol)) as (reading, writing):
                await server.run(reading, writing, server.create_initialization_options())

        try:
            anyio.run(run)
        finally:
            server.close_rooms()


def check_address(host: str, key: str) -> None:
    """Refuse to listen where others can reach without a key.

    Parameters
    ----------
    host : str
        Address to listen at.
    key : str
        Bearer key; empty for none.

    Raises
    ------
    InputError
        If the host is not a loopback address and there is no key, or the key is short.
    """
    if not is_loopback(host) and not key:
        raise InputError(
            f"{host} can be reached from other machines.",
            hint=f"Set {KEY_VARIABLE} to a secret of your own, or listen at 127.0.0.1.",
        )
    if key and len(key) < LEAST_KEY:
        raise InputError(f"The key has {len(key)} characters; {LEAST_KEY} are the least.")


def http_app(*, host: str = "127.0.0.1", key: str = "") -> Any:
    """Make the application that serves HTTP.

    Parameters
    ----------
    host : str
        Address that it is to listen at; of this machine alone, other names in the Host header are refused.
    key : str
        Bearer key that requests must bring; empty for none.

    Returns
    -------
    starlette.applications.Starlette
        With the protocol at ``/mcp``.

    Raises
    ------
    InputError
        As ``check_address``.
    BackendMissing
        If the SDK is not installed.
    """
    check_address(host, key)
    sdk()
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.applications import Starlette
    from starlette.routing import Route

    server = make_server()
    names = ("127.0.0.1", "localhost", "[::1]")
    manager = StreamableHTTPSessionManager(
        app=server,
        security_settings=TransportSecuritySettings(
            enable_dns_rebinding_protection=is_loopback(host),  # elsewhere the key keeps foreign pages out
            allowed_hosts=[form for name in names for form in (name, f"{name}:*")],
            allowed_origins=[form for name in names for form in (f"http://{name}", f"http://{name}:*")],
        ),
        max_request_body_size=MAX_BODY,
        max_sessions=MAX_SESSIONS,
        session_idle_timeout=IDLE_SECONDS,
    )

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with manager.run():
            try:
                yield
            finally:
                server.close_rooms()

    return Starlette(routes=[Route("/mcp", endpoint=Keyed(manager.handle_request, key))], lifespan=lifespan)


class Keyed:
    """Lets requests with the right key through.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    key : str
        The key; empty lets everything through.
    """

    def __init__(self, app: Any, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or refuse it."""
        given = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Bearer ").strip()
        if self._key and not hmac.compare_digest(given, self._key):
            headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"error": "the key is missing or wrong"}'})
            return
        await self._app(scope, receive, send)


def serve_http(*, host: str, port: int, key: str) -> None:
    """Serve clients by HTTP until stopped.

    Parameters
    ----------
    host : str
        Address to listen at.
    port : int
        Port.
    key : str
        Bearer key; empty for none.

    Raises
    ------
    InputError
        As ``check_address``.
    BackendMissing
        If the SDK is not installed.
    """
    app = http_app(host=host, key=key)
    import uvicorn

    uvicorn.run(app, host=host.strip("[]"), port=port, log_level="warning", access_log=False, server_header=False)
