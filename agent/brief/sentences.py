"""Sentences and segments: how far a word's meaning reaches."""

from __future__ import annotations

from agent.brief.lexer import Token
from agent.brief.words import word_set

MAX_SENTENCE = 250  # tokens; what runs on longer is read in parts, so that reading time grows with length only
_ENDS = frozenset({".", "!", "?", ";"})
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
        return not bulleted or before.text == ":" or before.has("prop")
    if before.text == "," and not bulleted:
        return True
    return before.text != ":" and after.kind == "word" and after.text[0].islower() and not bulleted


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
