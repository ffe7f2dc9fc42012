"""What stands between the network and the page: the guard, who asks, and the files of elements."""

from __future__ import annotations

import os
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from chainlit.auth import create_jwt, get_token_from_cookies, set_auth_cookie
from chainlit.auth.jwt import decode_jwt
from chainlit.server import app
from chainlit.user import User
from jwt import PyJWTError
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from polysmith.chat.layer import asking
from polysmith.chatting.accounts import LOCAL
from polysmith.chatting.guard import Guard, Message, Receive, Scope, Send
from polysmith.chatting.launch import MAX_MB, Options
from polysmith.chatting.store import Store

proxied: ContextVar[str] = ContextVar("proxied", default="")  # name of the user as a trusted proxy gives it
_INLINE = ("image/png", "image/jpeg", "image/svg+xml", "application/json", "text/plain", "application/pdf")
_SEALED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


def home() -> Path:
    """Return the state folder."""
    from agent.settings import home as found

    return found()


def has_model() -> bool:
    """Say whether a language model is configured and may be asked."""
    from agent.llm.endpoint import Endpoint
    from agent.llm.guard import offline

    return not offline() and Endpoint.load(home()) is not None


class _Who:
    """Notes who asks, for what Chainlit itself does not check."""

    def __init__(self, app: Any, options: Options) -> None:
        self.app, self.passwords = app, options.passwords
        self.header, self.proxy = options.header.lower().encode(), options.proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asking.set(user_of(Request(scope)))
        if self.header:
            peer = (scope.get("client") or ("", 0))[0]
            named = [value.decode("latin-1") for name, value in scope.get("headers", []) if name == self.header]
            proxied.set(named[0].strip()[:200] if len(named) == 1 and peer == self.proxy else "")
        await self.app(scope, receive, self._signing_in(scope, send))

    def _signing_in(self, scope: Scope, send: Send) -> Send:
        """Sign in whoever opens the page, where no password is asked for: the page need not ask a second later."""
        name = proxied.get() if self.header else LOCAL
        wanted = scope["type"] == "http" and scope["method"] == "GET" and name and not self.passwords
        request = Request(scope) if wanted else None
        if request is None or "text/html" not in request.headers.get("accept", "") or user_of(request) == name:
            return send

        async def signing(message: Message) -> None:
            if message["type"] == "http.response.start":
                made = Response()
                set_auth_cookie(request, made, create_jwt(User(identifier=name)))
                cookies = [(key, value) for key, value in made.raw_headers if key == b"set-cookie"]
                message["headers"] = [*message.get("headers", []), *cookies]
            await send(message)

        return signing


def user_of(request: Request) -> str:
    """Return the name of the user who is signed in; empty for none."""
    token = get_token_from_cookies(request.cookies)
    try:
        return decode_jwt(token).identifier if token else ""
    except (PyJWTError, KeyError, TypeError):
        return ""


def open_to(options: Options, store: Store) -> None:
    """Put the guard before Chainlit's application, and serve the elements that are kept.

    Parameters
    ----------
    options : Options
        How the chat is served.
    store : Store
        Where elements are kept.
    """

    async def element(request: Request) -> Response:
        found = store.element(request.path_params["element"])
        user = user_of(request)
        if found is None or not user or store.author(found["threadId"]) != user:
            return PlainTextResponse("There is nothing here.", status_code=404)
        path = store.content(found)
        if not path.is_file():
            return PlainTextResponse("The file is gone.", status_code=404)
        mime = str(found.get("mime") or "application/octet-stream")
        shown = "inline" if mime in _INLINE else "attachment"
        headers = {"Content-Security-Policy": _SEALED, "Cache-Control": "private, no-cache"}
        name = str(found.get("name") or "file")
        return FileResponse(path, media_type=mime, filename=name, content_disposition_type=shown, headers=headers)

    app.router.routes.insert(0, Route("/polysmith/element/{element}", element))
    app.add_middleware(_Who, options=options)
    limit = (MAX_MB + 1) * 2**20
    app.add_middleware(Guard, hosts=frozenset(options.hosts), max_body=limit)
    os.umask(0o077)
