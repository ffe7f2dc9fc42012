"""What decides where a text lies among vectors: the id of a contextual embedder, and unit length."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tools.core.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREFIX = "sentence-transformers:"


def normalise_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to unit length; zero rows stay zero.

    Parameters
    ----------
    vectors : array of shape [n, d]
        Any vectors.

    Returns
    -------
    array of shape [n, d]
        Unit rows.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


@dataclass(frozen=True)
class Space:
    """What decides where a text lies.

    Attributes
    ----------
    model : str
        Name on the model hub, or a folder.
    revision : str
        Commit of the hub, or hash of a folder's files; as asked for until the model is loaded.
    max_tokens : int or None
        Longer texts are cut; None until the model is loaded.
    query, passage : str or None
        Prefixes; None for the model's own.
    int8 : bool
        Whether the weights are rounded to int8.
    """

    model: str
    revision: str = ""
    max_tokens: int | None = None
    query: str | None = None
    passage: str | None = None
    int8: bool = False

    @property
    def is_full(self) -> bool:
        """Whether this is the space of a loaded model, not only a wish."""
        return self.max_tokens is not None

    @property
    def id(self) -> str:
        """Text that ``parse`` reads; for a full space it differs where vectors cannot be compared."""
        settings = {"max": self.max_tokens, "norm": "l2", "query": self.query, "passage": self.passage}
        settings |= {"precision": "int8"} if self.int8 else {}
        given = urllib.parse.urlencode({key: value for key, value in settings.items() if value is not None})
        return f"{PREFIX}{self.model}@{self.revision}?{given}"

    @classmethod
    def parse(cls, text: str) -> Space:
        """Read an id.

        Parameters
        ----------
        text : str
            ``sentence-transformers:MODEL[@REVISION][?max=256&query=...&passage=...&precision=int8]``.

        Returns
        -------
        Space
            As far as it is said.

        Raises
        ------
        InputError
            If there is no model, or a setting makes no sense.
        """
        name, _, settings = text.removeprefix(PREFIX).partition("?")
        model, _, revision = name.partition("@")
        given = dict(urllib.parse.parse_qsl(settings, keep_blank_values=True))
        most = given.get("max", "")
        if not model or (most and not (most.isdigit() and 1 <= int(most) <= 100_000)):
            raise InputError(f"{text!r} names no embedding model.", hint=f"Write {PREFIX}MODEL or {PREFIX}FOLDER.")
        return cls(
            model=model,
            revision=revision,
            max_tokens=int(most) if most else None,
            query=given.get("query"),
            passage=given.get("passage"),
            int8=given.get("precision") == "int8",
        )
