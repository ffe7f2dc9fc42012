"""Keys taken out of texts before anybody sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "[key]"
_SHAPES = re.compile(
    r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]{8,}|\b(?:sk|pk|hf|gsk|xai|ghp)[-_][A-Za-z0-9_-]{16,}"
    r"|(?<=api[_-]key[\"'=: ])\s*[\"']?[A-Za-z0-9._~+/=-]{8,}"
)


class Scrubber:
    """Takes known keys, and what looks like one, out of texts.

    Parameters
    ----------
    keys : iterable of str
        Known keys; texts shorter than four characters are no keys.
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        forms = {form for key in keys if len(key) >= 4 for form in (key, json.dumps(key)[1:-1], quote(key, safe=""))}
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    def __repr__(self) -> str:
        return f"Scrubber({len(self._forms)} forms)"

    def known(self, text: str) -> str:
        """Take out known keys alone: for replies, which may speak of anything.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        str
            The text with ``[key]`` in their place.
        """
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    def all(self, text: str) -> str:
        """Take out known keys and whatever has the shape of one: for errors, logs and recordings.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        str
            The text with ``[key]`` in their place.
        """
        return _SHAPES.sub(HIDDEN, self.known(text))

    def held_back(self, text: str) -> int:
        """Return how many characters at the end may be the beginning of a key that goes on in the next piece.

        Parameters
        ----------
        text : str
            What has arrived of a stream.

        Returns
        -------
        int
            Characters to keep back until more arrives.
        """
        longest = max((len(form) for form in self._forms), default=0)
        for size in range(min(len(text), longest - 1), 0, -1):
            if any(form.startswith(text[-size:]) for form in self._forms):
                return size
        return 0
