"""Documents and the passages cut from them: exact text, offsets and hashes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

TARGET_CHARS = 900  # a passage aims at this length: about 150 words, which the embedders read in full
MAX_CHARS = 1400  # and never exceeds this one

# A sentence ends at . ! ? before white space and something that starts a sentence; a blank line ends one too.
_BOUNDARY = re.compile(r"(?<=[.!?])[)\"'\]]?\s+(?=[A-Z0-9(\[\"'])|\n\s*\n")
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|cf|vs|ca|Fig|Figs|Eq|Eqs|Ref|Refs|No|Dr|Prof|approx|resp)|\b[A-Z])\.$"
)
# Control characters but tab and line feed, marks that reverse the direction of what follows, byte order marks, lone
# surrogates, and private-use characters.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ue000-\uf8ff\ufffe\uffff\U000f0000-\U0010ffff]"
)


@dataclass(frozen=True)
class Document:
    """A text with its origin.

    Attributes
    ----------
    id : str
        Unique within an index.
    title : str
        Title, empty where unknown.
    text : str
        The stored text; passages are exact slices of it.
    doi, url, reference : str
        Origin; empty where unknown.
    year : int or None
        Year of publication.
    source : str
        Name of the collection.
    licence : str
        Licence of the text, empty where unknown.
    language : str
        ISO 639-1 code, empty where unknown.
    retracted : bool
        True if the origin says that the paper was retracted, or that this is the notice of a retraction.
    subjects : tuple of str
        Topics, fields, concepts and keywords that the origin gives; they decide what is read, and are not stored.
    """

    id: str
    title: str
    text: str
    doi: str = ""
    url: str = ""
    reference: str = ""
    year: int | None = None
    source: str = ""
    licence: str = ""
    language: str = ""
    retracted: bool = False
    subjects: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of the stored text."""
        return text_hash(self.text)


@dataclass(frozen=True)
class Span:
    """A passage of a document: ``document.text[start:end]``.

    Attributes
    ----------
    start, end : int
        Character offsets.
    """

    start: int
    end: int


def text_hash(text: str) -> str:
    """Hash a text.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Hexadecimal SHA-256 of its UTF-8 bytes.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def clean(text: str) -> str:
    """Return a text that can be stored and shown: no control characters, one kind of line end, composed letters.

    Parameters
    ----------
    text : str
        Text as read.

    Returns
    -------
    str
        NFC text with line feeds; control, direction, private and unpaired surrogate characters become spaces.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSHOWN.sub(" ", text if text.isascii() else unicodedata.normalize("NFC", text))


def is_blank(text: str, least: int = 20) -> bool:
    """Say whether a text has hardly any visible character.

    Parameters
    ----------
    text : str
        Text without white space at its ends.
    least : int
        Visible characters that make it a text; they are looked for in its first 2,000 characters.

    Returns
    -------
    bool
        True if there are fewer.
    """
    return len("".join(text[:2000].split())) < least


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of sentences; they cover the text without gaps."""
    start = 0
    for match in _BOUNDARY.finditer(text):
        head = text[max(start, match.start() - 12) : match.start()]
        if "\n" not in match[0] and _ABBREVIATIONS.search(head):
            continue
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, with those over the limit cut at white space."""
    for start, end in _sentences(text):
        while end - start > MAX_CHARS:
            cut = text.rfind(" ", start + TARGET_CHARS // 2, start + MAX_CHARS)
            cut = start + MAX_CHARS if cut < 0 else cut + 1
            yield start, cut
            start = cut
        yield start, end


def passages(text: str, *, target: int = TARGET_CHARS) -> list[Span]:
    """Cut a text into passages of whole sentences.

    Parameters
    ----------
    text : str
        The stored text of a document.
    target : int
        Aimed-at length, characters.

    Returns
    -------
    list of Span
        In order, not overlapping, without white space at either end, each at most ``MAX_CHARS`` long; together they
        hold every character that is not white space.
    """
    groups: list[tuple[int, int]] = []
    for start, end in _pieces(text):
        if groups and end - groups[-1][0] <= target:
            groups[-1] = (groups[-1][0], end)
        else:
            groups.append((start, end))
    if len(groups) > 1 and groups[-1][1] - groups[-2][0] <= MAX_CHARS and groups[-1][1] - groups[-1][0] < target // 3:
        tail = groups.pop()  # a short end joins its neighbour
        groups[-1] = (groups[-1][0], tail[1])
    spans = []
    for start, end in groups:
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if right > left:
            spans.append(Span(left, right))
    return spans
