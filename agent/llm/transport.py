"""HTTP to one endpoint: no redirects, no second host, a limit of time and size, and no key in any text."""

from __future__ import annotations

import asyncio
import email.utils
import functools
import json
import math
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from agent.llm.endpoint import Endpoint
from agent.llm.guard import check_allowed
from agent.llm.scrub import Scrubber
from agent.llm.wire import message_of
from tools.core.errors import ModelError, SetupError

if TYPE_CHECKING:
    import httpx

LONGEST = 16_000_000  # bytes of one answer


class Transport:
    """Sends to one endpoint.

    Parameters
    ----------
    endpoint : Endpoint
        Where to.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def __repr__(self) -> str:
        return f"Transport({self._endpoint.url!r})"

    @property
    def scrubber(self) -> Scrubber:
        """Takes this endpoint's key out of texts."""
        return Scrubber([self._endpoint.key()])

    def _options(self, seconds: float) -> dict[str, Any]:
        """Return a client's options; a proxy never sees what goes to this machine itself."""
        import httpx

        check_allowed()
        key = self._endpoint.key()
        return {
            "headers": {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})},
            "timeout": httpx.Timeout(seconds, connect=min(10.0, seconds)),
            "follow_redirects": False,
            "trust_env": not self._endpoint.local,
            "verify": _certificates(self._endpoint.url.startswith("https:")),
        }

    def _url(self, path: str) -> str:
        return f"{self._endpoint.url}/{path}"

    def fetch(self, path: str, body: dict[str, Any] | None, seconds: float) -> str:
        """Send a request and wait for the whole answer.

        Parameters
        ----------
        path : str
            Path below the endpoint's URL.
        body : dict or None
            Sent as JSON; None asks without a body.
        seconds : float
            Time limit.

        Returns
        -------
        str
            The body of the answer, without keys.

        Raises
        ------
        ModelError
            If there is no answer, or one of failure.
        SetupError
            If requests are forbidden, the key is refused, or nothing is at the URL.
        """
        with self._sent(path, body, seconds) as response:
            return self._read(response, b"".join(_limited(response.iter_bytes(), time.monotonic() + seconds)))

    async def afetch(self, path: str, body: dict[str, Any] | None, seconds: float) -> str:
        """Do what :meth:`fetch` does, without blocking."""
        try:
            async with asyncio.timeout(seconds), self._asent(path, body, seconds) as response:
                raw = bytearray()
                async for piece in response.aiter_bytes():
                    raw += piece
                    _check_size(len(raw))
                return self._read(response, bytes(raw))
        except TimeoutError:
            raise _slow() from None

    def stream(self, path: str, body: dict[str, Any], seconds: float) -> Generator[bytes, None, None]:
        """Send a request and give the answer piece by piece.

        Parameters
        ----------
        path, body, seconds
            As of :meth:`fetch`.

        Yields
        ------
        bytes
            What arrived.

        Raises
        ------
        ModelError, SetupError
            As of :meth:`fetch`.
        """
        with self._sent(path, body, seconds) as response:
            if response.status_code != 200:
                self._read(response, b"".join(_limited(response.iter_bytes(), time.monotonic() + seconds)))
            yield from _limited(response.iter_bytes(), time.monotonic() + seconds)

    async def astream(self, path: str, body: dict[str, Any], seconds: float) -> AsyncGenerator[bytes, None]:
        """Do what :meth:`stream` does, without blocking."""
        end, size = time.monotonic() + seconds, 0
        async with self._asent(path, body, seconds) as response:
            if response.status_code != 200:
                self._read(response, await response.aread())
            async for piece in response.aiter_bytes():
                size += len(piece)
                _check_size(size)
                if time.monotonic() > end:
                    raise _slow()
                yield piece

    @contextmanager
    def _sent(self, path: str, body: dict[str, Any] | None, seconds: float) -> Iterator[httpx.Response]:
        import httpx

        method, content = _written(body)
        try:
            with (
                httpx.Client(**self._options(seconds)) as client,
                client.stream(method, self._url(path), content=content) as response,
            ):
                yield response
        except httpx.HTTPError as error:
            raise self._broken(error) from None

    @asynccontextmanager
    async def _asent(self, path: str, body: dict[str, Any] | None, seconds: float) -> AsyncIterator[httpx.Response]:
        import httpx

        method, content = _written(body)
        try:
            async with (
                httpx.AsyncClient(**self._options(seconds)) as client,
                client.stream(method, self._url(path), content=content) as response,
            ):
                yield response
        except httpx.HTTPError as error:
            raise self._broken(error) from None

    def _broken(self, error: httpx.HTTPError) -> ModelError:
        import httpx

        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return _slow()
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return ModelError(
                f"Nothing answers at {self._endpoint.url}.",
                code="unreachable",
                hint="Start the server (polysmith serve MODEL), or mend POLYSMITH_LLM_URL.",
            )
        return ModelError(f"The connection to the model broke: {type(error).__name__}.", code="broken")

    def _read(self, response: httpx.Response, raw: bytes) -> str:
        text = raw.decode("utf-8", errors="replace")
        status = response.status_code
        if status == 200:
            return self.scrubber.known(text)
        said = f"{self.scrubber.all(message_of(text)).rstrip('.') or 'no reason given'}."
        if status in {401, 403}:
            raise SetupError(
                f"The model's server refused the key ({status}): {said}",
                hint=f"Set {self._endpoint.key_variable} to the key of {self._endpoint.url}.",
            )
        if status in {404, 405} or 300 <= status < 400:
            raise SetupError(
                f"{self._endpoint.url} does not serve this ({status}): {said}",
                hint="Check POLYSMITH_LLM_URL (it often ends in /v1) and POLYSMITH_LLM_MODEL.",
            )
        code = {429: "rate_limited", 408: "timeout"}.get(status, "server" if status >= 500 else "rejected")
        wait = retry_after(response.headers.get("retry-after", "")) if code != "rejected" else 0.0
        raise ModelError(f"The model's server answered {status}: {said}", code=code, wait=wait)


@functools.cache
def _certificates(needed: bool) -> ssl.SSLContext:
    """Return the usual certificates, read once; without TLS an empty context, which trusts nobody."""
    import httpx

    return httpx.create_ssl_context() if needed else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _slow() -> ModelError:
    return ModelError("The model did not answer in time.", code="timeout", hint="Raise the endpoint's timeout.")


def _written(body: dict[str, Any] | None) -> tuple[str, bytes | None]:
    """Return method and content; half of a surrogate pair, as broken PDF files hold, is replaced."""
    if body is None:
        return "GET", None
    return "POST", json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", errors="replace")


def _limited(pieces: Iterator[bytes], end: float) -> Iterator[bytes]:
    """Pass pieces on until they are too many or too late: one that arrives now and then outlives every read limit."""
    size = 0
    for piece in pieces:
        size += len(piece)
        _check_size(size)
        if time.monotonic() > end:
            raise _slow()
        yield piece


def _check_size(size: int) -> None:
    if size > LONGEST:
        raise ModelError(f"The answer is larger than {LONGEST // 1_000_000} MB.", code="too_long")


def retry_after(header: str) -> float:
    """Read a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3).

    Parameters
    ----------
    header : str
        Its text.

    Returns
    -------
    float
        Seconds; 0 if there is none or it makes no sense.
    """
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        except (TypeError, ValueError):
            return 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
