"""A streamed answer: server-sent events in pieces of any size, read into text and usage."""

from __future__ import annotations

import codecs
from typing import Any

from agent.llm.messages import Request, Usage
from agent.llm.scrub import Scrubber
from agent.llm.wire import check_length, guessed_usage, message_of, read_json, read_usage
from tools.core.errors import ModelError

LONGEST_LINE = 1_000_000  # characters of one event


class Pieces:
    """Reads a stream.

    Parameters
    ----------
    request : Request
        What was asked.
    scrubber : Scrubber
        Keeps keys out of the text.
    """

    def __init__(self, request: Request, scrubber: Scrubber) -> None:
        self._request, self._scrubber = request, scrubber
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._line = self._held = self._written = ""
        self._finish = ""
        self._done = False
        self._usage: Usage | None = None

    @property
    def done(self) -> bool:
        """Whether the end has come; what follows is not read."""
        return self._done

    def feed(self, raw: bytes) -> str:
        """Read a piece.

        Parameters
        ----------
        raw : bytes
            What arrived.

        Returns
        -------
        str
            Text to be shown; empty if none is complete.

        Raises
        ------
        ModelError
            If the stream is broken, says that there was an error, or is too long.
        """
        *lines, self._line = (self._line + self._decoder.decode(raw)).replace("\r\n", "\n").split("\n")
        if len(self._line) > LONGEST_LINE:
            raise ModelError("An event of the stream has no end.", code="malformed")
        new = "".join(self._event(line) for line in lines)
        self._written += new
        check_length(self._written, self._request)
        text = self._scrubber.known(self._held + new)
        keep = self._scrubber.held_back(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def _event(self, line: str) -> str:
        if self._done or not line.startswith("data:"):
            return ""
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            self._done = True
            return ""
        try:
            event = read_json(data)
        except ValueError as error:
            raise ModelError(f"An event of the stream is not JSON: {error}.", code="malformed") from None
        if not isinstance(event, dict):
            raise ModelError("An event of the stream is not an object.", code="malformed")
        if event.get("error"):
            raise ModelError(f"The stream ended with an error: {message_of(data)}", code="server")
        self._usage = read_usage(event.get("usage")) or self._usage
        choices = event.get("choices")
        choice: dict[str, Any] = (
            choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        )
        self._finish = choice.get("finish_reason") or self._finish
        delta = choice.get("delta")
        content = delta.get("content") if isinstance(delta, dict) else ""
        return content if isinstance(content, str) else ""

    def rest(self) -> tuple[str, Usage]:
        """Give what is left at the end of the stream.

        Returns
        -------
        str
            What was kept back.
        Usage
            Tokens.
        """
        return self._held, self._usage or guessed_usage(self._request, self._written)

    def check_end(self) -> None:
        """Refuse a stream that is no whole answer.

        Raises
        ------
        ModelError
            If the end is missing: ``"truncated"`` at the limit of tokens, ``"malformed"`` if the connection broke,
            ``"empty"`` if there was no text.
        """
        if self._finish == "length":
            raise ModelError("The reply was cut at its limit of tokens.", code="truncated", hint="Raise max_tokens.")
        if not self._finish and not self._done:
            raise ModelError("The stream broke off.", code="malformed")
        if not self._written.strip():
            raise ModelError("The model answered with no text.", code="empty")
