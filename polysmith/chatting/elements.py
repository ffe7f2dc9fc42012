"""What a message can carry, as plain data: the app turns each piece into an element of the page."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["custom", "plotly", "file", "text", "image"]


@dataclass(frozen=True)
class Shown:
    """A piece that is shown with a message.

    Attributes
    ----------
    kind : {"custom", "plotly", "file", "text", "image"}
        "custom": a component of ``public/elements/NAME.jsx`` with ``props``; "plotly": a figure as JSON in ``content``;
        "file": a download; "text": Markdown; "image": a picture.
    name : str
        Name of the component, or how the piece is called on the page; a "text" or "image" with ``display`` "side" opens
        when its name stands in the text of the message.
    props : dict
        For "custom": plain JSON data, without NaN.
    content : str or bytes
        For the others.
    mime : str
        Type of the content.
    display : {"inline", "side", "page"}
        Where it is shown.
    key : str
        Tells apart pieces of one message; the same run and key give the same element again.
    """

    kind: Kind
    name: str
    props: dict[str, Any] = field(default_factory=dict)
    content: str | bytes = ""
    mime: str = ""
    display: Literal["inline", "side", "page"] = "inline"
    key: str = ""


@dataclass(frozen=True)
class Said:
    """A message of the assistant.

    Attributes
    ----------
    text : str
        Markdown; whatever comes from documents or names in it is escaped (``tools.core.shown.markdown``).
    shown : tuple of Shown
        What it carries.
    key : str
        Tells apart messages of one run; empty for a message that stands alone.
    """

    text: str
    shown: tuple[Shown, ...] = ()
    key: str = ""


def dump(messages: Iterable[Said]) -> list[dict[str, Any]]:
    """Write messages as plain data, to be handed on by a job.

    Parameters
    ----------
    messages : iterable of Said
        The messages.

    Returns
    -------
    list of dict
        What JSON can write; bytes are in base 64.
    """
    found = []
    for message in messages:
        record = asdict(message)
        for piece in record["shown"]:
            if isinstance(piece["content"], bytes):
                piece["content"] = {"base64": base64.b64encode(piece["content"]).decode()}
        found.append(record)
    return found


def load(records: Iterable[Mapping[str, Any]]) -> list[Said]:
    """Read what ``dump`` wrote.

    Parameters
    ----------
    records : iterable of dict
        The messages as plain data.

    Returns
    -------
    list of Said
        The messages.
    """
    found = []
    for record in records:
        pieces = []
        for piece in record["shown"]:
            content = piece["content"]
            if isinstance(content, Mapping):
                content = base64.b64decode(content["base64"])
            pieces.append(Shown(**{**piece, "content": content}))
        found.append(Said(record["text"], tuple(pieces), record["key"]))
    return found
