"""Sentences and segments: how far a word's meaning reaches."""

from __future__ import annotations

from agent.brief.lexer import Token
from agent.brief.words import word_set

MAX_SENTENCE = 250  # tokens; what runs on longer is read in parts, so that reading time grows with length only
_ENDS = frozenset({".", "!", "?", ";"})
_WRAPPED = 60  # characters: wrapped text has longer lines
_ASKING = ("class", "element", "elementset", "group", "adj", "adjset", "route", "refuse", "maximise", "minimise",
           "wish", "up", "down")  # fmt: skip
_VALUED = ("cmp", "post", "maximise", "minimise", "up", "down")
_BEGINNING = ("should", "prop", "weak", "verb", "cmp", "not", "lacking", "soft", "hard", "up", "down", "maximise",
              "minimise", "class", "group", "element", "elementset", "adjset", "route", "refuse", "having")  # fmt: skip
_CONTINUING = frozenset({"and", "or", "but", "at", "of", "to", "than", "which", "that", "as"})
_OPEN_WORDS = word_set("open_words")


def _continues(tokens: list[Token], index: int, bulleted: bool) -> bool:
    """Say whether a line break stands inside a sentence (wrapped text)."""
    token = tokens[index]
    if token.text == "\n-" or index == 0 or index + 1 >= len(tokens):
        return False
    before, after = tokens[index - 1], tokens[index + 1]
    if after.kind == "line" or before.kind == "line":
        return False
    if before.text.casefold() in _OPEN_WORDS or (before.has("cmp") and not before.has("post")):
        return True
    if after.kind == "num" or after.has("cmp"):
        named = before.has("prop") and not (tokens[index - 2].kind == "num" or tokens[index - 2].has(*_VALUED))
        return before.text == ":" or named or not (bulleted or _complete(tokens, index))
    if before.text == "," and not bulleted:
        return True
    if before.text == ":" or after.kind != "word" or bulleted or not after.text[0].islower():
        return False
    return after.text.casefold() in _CONTINUING or not _complete(tokens, index)


def _complete(tokens: list[Token], index: int) -> bool:
    """Say whether a break parts two list items: something was asked before it, and something new begins after it."""
    asks, short = False, True
    for at in range(index - 1, max(-1, index - 40), -1):
        token = tokens[at]
        if token.kind == "line":
            break
        asks = asks or token.kind == "num" or token.has(*_ASKING)
        short = tokens[index].start - token.start <= _WRAPPED
    begins = any(token.kind == "num" or token.has(*_BEGINNING) for token in tokens[index + 1 : index + 4])
    return asks and (short or begins)


def sentence_ids(tokens: list[Token]) -> list[int]:
    """Number the sentence of every token.

    Parameters
    ----------
    tokens : list of Token
        Tokens of the brief.

    Returns
    -------
    list of int
        Sentence number per token, rising. A semicolon, a full stop, a bullet and a line break that does not stand
        inside a sentence end one.
    """
    ids: list[int] = []
    current, bulleted, size = 0, False, 0
    for index, token in enumerate(tokens):
        if token.kind == "line":
            if not _continues(tokens, index, bulleted):
                current += 1
            bulleted = token.text == "\n-" or (bulleted and _continues(tokens, index, bulleted))
        size = size + 1 if ids and ids[-1] == current else 0
        if size >= MAX_SENTENCE:
            current, size = current + 1, 0
        ids.append(current)
        if token.kind == "mark" and token.text in _ENDS:
            current += 1
    return ids
