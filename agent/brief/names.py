"""Mentions of properties in the brief."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.brief.lexer import Token
from agent.brief.words import GENERIC_HEADS

_OPENERS = frozenset({"and", "with", "plus", "but", "a", "an"})


@dataclass
class Name:
    """A mention of a property (or of one that the registry lacks)."""

    first: int
    last: int
    ids: tuple[str, ...]
    reason: str = ""
    count: bool = False
    inverse: bool = False
    tight: bool = False
    taken: list[int] = field(default_factory=list)
    described: bool = False

    @property
    def known(self) -> bool:
        """True if the registry has it."""
        return not self.reason


def find_names(tokens: list[Token], skip: set[int]) -> list[Name]:
    """Find the mentions of properties.

    Parameters
    ----------
    tokens : list of Token
        The brief.
    skip : set of int
        Tokens that already have a meaning.

    Returns
    -------
    list of Name
        In order; "glass transition temperature (Tg)" is one mention.
    """
    found: list[Name] = []
    for index in range(len(tokens)):
        name = None if index in skip else _name(tokens, index)
        if name is None:
            continue
        if found and _apposition(tokens, found[-1], name):
            found[-1].last = index + (index + 1 < len(tokens) and tokens[index + 1].text in {")", "]"})
            continue
        found.append(name)
    return found


def _name(tokens: list[Token], index: int) -> Name | None:
    token = tokens[index]
    if token.has("generic"):
        return _generic(tokens, index)
    if token.has("gaspair") and index + 1 < len(tokens) and tokens[index + 1].has("cmp"):
        return Name(index, index, (str(token.values("gaspair")[0]),))
    if token.has("verb"):
        return Name(index, index, (str(token.values("verb")[0]),), tight=True)
    if token.has("unknown") and not token.has("prop"):
        return Name(index, index, (), reason=str(token.values("unknown")[0]))
    if token.has("prop") and _of_another(tokens, index):
        return Name(index, index, (), reason="speaks of another polymer, not of the one to be designed")
    if token.has("prop"):
        value = token.values("prop")[0]
        ids = value if isinstance(value, tuple) else (str(value),)
        if token.text.casefold() in GENERIC_HEADS and _modified(tokens, index):
            return Name(index, index, (), reason=f"no property of the registry is called {_phrase(tokens, index)!r}")
        return Name(index, index, ids)
    if token.has("inverse"):
        return Name(index, index, (str(token.values("inverse")[0]),), inverse=True)
    if token.has("count") and not _counted(tokens, index):
        return Name(index, index, (str(token.values("count")[0]),), count=True, tight=True)
    if token.has("weak") and _weak(tokens, index):
        return Name(index, index, (str(token.values("weak")[0]),))
    return None


def _generic(tokens: list[Token], index: int) -> Name:
    """Find the gas of a bare "permeability": "permeability above 100 Barrer for CO2"."""
    wanted = str(tokens[index].values("generic")[0])
    around = [*range(index + 1, min(index + 13, len(tokens))), *range(index - 1, max(-1, index - 9), -1)]
    for at in around:
        token = tokens[at]
        if token.has(wanted) and not (wanted == "gas" and token.has("gaspair")):
            return Name(index, index, (str(token.values(wanted)[0]),))
    which = "gas is" if wanted == "gas" else "pair of gases is"
    return Name(index, index, (), reason=f"which {which} meant is not said")


def _of_another(tokens: list[Token], index: int) -> bool:
    """True for "the Tg of PMMA": an abbreviation that is no word of the grammar."""
    if index + 2 >= len(tokens) or tokens[index + 1].text.casefold() not in {"of", "for"}:
        return False
    other = tokens[index + 2]
    return other.kind == "word" and not other.senses and other.text.isupper() and len(other.text) > 1


def _modified(tokens: list[Token], index: int) -> bool:
    """True if an unknown word stands right before a general noun: "burst strength"."""
    if index == 0:
        return False
    before = tokens[index - 1]
    return before.kind == "word" and not before.senses and before.text.isalpha() and len(before.text) > 2


def _phrase(tokens: list[Token], index: int) -> str:
    return f"{tokens[index - 1].text} {tokens[index].text}"


def _weak(tokens: list[Token], index: int) -> bool:
    """A one-letter symbol is a property only beside a comparator, or after a word like "low"."""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    before = tokens[index - 1] if index else None
    if after is not None and after.has("unit"):
        return True
    if not tokens[index].text.isascii() and tokens[index].text.isalpha():  # Greek letters are no words
        beside = [*tokens[max(0, index - 1) : index], *tokens[index + 1 : index + 4]]
        if any(token.kind == "num" or token.has("maximise", "minimise") for token in beside):
            return True
    if before is not None and before.has("lacking") and (after is None or not after.has("cmp")):
        return False
    signs = {"<", ">", "≤", "≥", "<=", ">="}
    if before is not None and before.text in signs and index > 1 and tokens[index - 2].kind == "num":
        return True
    praised = _praised(tokens, index)
    if after is None or (praised and (after.text in {",", ".", ";", ")"} or after.kind == "line")):
        return praised
    return _compared(tokens, index) or (praised and len(tokens[index].text) > 1)


def _compared(tokens: list[Token], index: int) -> bool:
    """Say whether what follows a symbol compares it: "n > 1.6", "n (min. 1.6)", "n, at least 1.6", "n 1.6"."""
    after, long = tokens[index + 1], len(tokens[index].text) > 1
    inner = tokens[index + 2] if index + 2 < len(tokens) else after
    if after.text == "(":
        return long or inner.has("cmp") or inner.text.casefold() in {"between", "from"}
    if after.text == "-" and inner.has("cmp"):
        return True
    if after.text == "," and inner.has("cmp") and index + 3 < len(tokens):
        return tokens[index + 3].kind == "num"
    if after.has("cmp") or after.text in {":", "∈"}:
        return True
    if after.has("copula", "not", "lacking", "hard", "should") and _number_follows(tokens, index + 1):
        return True
    if after.kind != "num":
        return False
    before = tokens[index - 1] if index else None
    opens = before is None or before.kind in {"mark", "line"} or before.text.casefold() in _OPENERS
    return long or opens or (before is not None and before.has("cmp"))


def _number_follows(tokens: list[Token], index: int) -> bool:
    """Only function words stand before a comparator or a number: "n should not exceed 1.6"."""
    for token in tokens[index : index + 6]:
        if token.kind == "num" or token.has("cmp"):
            return True
        if not token.has("copula", "not", "lacking", "hard", "should", "soft") and token.text != "range of":
            return False
    return False


def _praised(tokens: list[Token], index: int) -> bool:
    """True after a word such as "low", "the lowest possible" or "maximise the"."""
    at = index - 1
    while at > 0 and tokens[at].text.casefold() in {"the", "a", "possible"}:
        at -= 1
    return at >= 0 and tokens[at].has("up", "down", "maximise", "minimise")


def _counted(tokens: list[Token], index: int) -> bool:
    """True for "2 aromatic rings": the number before is the count, handled with the structure."""
    return index > 0 and tokens[index - 1].kind == "num"


def _apposition(tokens: list[Token], before: Name, name: Name) -> bool:
    if before.ids != name.ids or before.count != name.count or before.inverse != name.inverse or not name.known:
        return False
    gap = [tokens[at].text for at in range(before.last + 1, name.first)]
    return all(text in {"(", "[", ",", "/", '"', "'", "-"} for text in gap) and len(gap) <= 2
