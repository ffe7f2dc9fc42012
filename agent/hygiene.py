"""Which sentences of a passage may be quoted: those that tell about their subject, not those that speak to a reader.

A sentence is set aside when it hides something, is markup or a tool call, is in a language that the checks do not
know, or addresses whoever reads it. A passage that tries to make its reader speak or act is set aside as a whole,
with the other passages of its document: a text that gives orders is no witness. The text that ships with this package
is exempt from the linguistic checks, because its advice to chemists is our own; it is known by its exact words, not
by what it says it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from agent.addressed import address
from agent.disguises import GRAVE, disguise, uncovered
from agent.sentences import sentences
from tools.core.evidence import Passage

_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9<>#%+]+")
_URL = re.compile(r"https?://[^\s<>\"'{}|\\^`\[\]]+", re.IGNORECASE)
_ANY_URL = re.compile(r"(?:https?://|www\.)[^\s)\]]+|\bdoi:\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """Why a sentence is not quoted.

    Attributes
    ----------
    reason : str
        Such as ``"an order"``; empty if it may be quoted.
    grave : bool
        Whether nothing else of its passage may be quoted either.
    """

    reason: str = ""
    grave: bool = False


@lru_cache(maxsize=16384)
def judge(sentence: str) -> Finding:
    """Judge one sentence.

    Parameters
    ----------
    sentence : str
        The sentence, exactly as stored.

    Returns
    -------
    Finding
        Why it is not quoted, if it is not.
    """
    hidden = disguise(sentence)
    spoken, grave = address(uncovered(sentence))
    if hidden:
        return Finding(hidden, hidden in GRAVE or (bool(spoken) and grave))
    return Finding(spoken, grave)


@lru_cache(maxsize=4096)
def _divided(text: str) -> tuple[tuple[str, Finding], ...]:
    return tuple((sentence, judge(sentence)) for sentence in sentences(text))


@lru_cache(maxsize=4096)
def ours(document_id: str, text: str) -> bool:
    """Say whether a text ships with this package, word for word.

    Parameters
    ----------
    document_id : str
        The document that it is said to be from.
    text : str
        The text.

    Returns
    -------
    bool
        True if the shipped document holds it.
    """
    return bool(text.strip()) and text in _shipped().get(document_id, "")


@lru_cache(maxsize=1)
def _shipped() -> dict[str, str]:
    from index.shipped import corpus

    return {item.id: item.text for item in corpus()}


def described_badly(passage: Passage) -> bool:
    """Say whether what describes a passage is no description: orders, markup or hidden signs in title or reference.

    Parameters
    ----------
    passage : Passage
        The passage.

    Returns
    -------
    bool
        True if it cannot be shown as a source.
    """
    if (passage.doi and not _DOI.fullmatch(passage.doi)) or (passage.url and not _URL.fullmatch(passage.url)):
        return True
    asked = passage.url.partition("?")[2].replace("=", " ").split("&")
    told = [_ANY_URL.sub("", text) for text in (passage.title, passage.reference, passage.source, passage.document_id)]
    found = [judge(piece) for text in (*told, *asked) for piece in sentences(text)]
    linked = any("](" in text for text in (passage.title, passage.reference, passage.source))
    return linked or any(item.grave or item.reason == "a link" for item in found)


@dataclass
class Screen:
    """Gives the sentences that may be quoted, and counts the others, each once.

    Attributes
    ----------
    aside : dict of str to str
        Why a sentence was set aside, by passage and sentence.
    """

    aside: dict[tuple[str, str], str] = field(default_factory=dict)
    _condemned: set[str] = field(default_factory=set)

    def consider(self, passages: Iterable[Passage]) -> None:
        """Look at passages together, so that orders in one condemn the others of its document.

        Parameters
        ----------
        passages : iterable of Passage
            As they were found.
        """
        for passage in passages:
            if ours(passage.document_id, passage.text):
                continue
            if described_badly(passage) or any(finding.grave for _, finding in _judged(passage.text)):
                self._condemned.add(passage.document_id)

    def quotable(self, passage: Passage) -> tuple[str, ...]:
        """Return the sentences of a passage that may be quoted.

        Parameters
        ----------
        passage : Passage
            The passage.

        Returns
        -------
        tuple of str
            Exact substrings of its text, in order.
        """
        if ours(passage.document_id, passage.text):
            return tuple(sentences(passage.text))
        self.consider((passage,))
        condemned = passage.document_id in self._condemned
        kept = []
        for sentence, finding in _divided(passage.text):
            if finding.reason or condemned:
                self.aside[passage.id, sentence] = finding.reason or "its document gives orders"
            else:
                kept.append(sentence)
        return tuple(kept)

    def spoilt(self, passage: Passage) -> bool:
        """Say whether a sentence of a passage was set aside; what else it says comes after clean passages.

        Parameters
        ----------
        passage : Passage
            A passage whose sentences were asked for.

        Returns
        -------
        bool
            True if one was.
        """
        return any(key == passage.id for key, _ in self.aside)

    @property
    def count(self) -> int:
        """Sentences that were set aside."""
        return len(self.aside)


@lru_cache(maxsize=4096)
def _judged(text: str) -> tuple[tuple[str, Finding], ...]:
    """Judge the sentences of a text, and the text as a whole: an order may be spread over several."""
    whole = disguise(text)
    found = _divided(text)
    return (*found, (text, Finding(whole, grave=True))) if whole in GRAVE else found
