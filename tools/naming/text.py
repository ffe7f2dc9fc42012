"""The text of a name: spelling, brackets, and the marks between the parts of a copolymer."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from tools.core.errors import UnknownNameError

MAX_NAME: Final = 500  # characters; systematic names are longer than handbook names
MAX_DEPTH: Final = 12  # brackets inside brackets

_OPEN: Final = {"(": ")", "[": "]", "{": "}"}
_GREEK: Final = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ω": "omega",
}  # fmt: skip
_SIGNS: Final = str.maketrans({
    "\u2019": "'", "\u2018": "'", "\u2032": "'", "\u00b4": "'", "`": "'", "\u2033": "''", '"': "''", "\u2010": "-",
    "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-", "\u00b7": "-",
})  # fmt: skip

# Marks of copolymers, from IUPAC's source-based nomenclature of copolymers (Pure Appl. Chem. 1985, 57, 1427).
_ALTERNATING: Final = frozenset({"alt", "altern", "alternating"})
_MIXED: Final = frozenset({
    "co", "stat", "ran", "random", "per", "b", "block", "g", "graft", "inter", "ipn", "blend", "star", "cross", "grad",
    "gradient", "sipn", "r",
})  # fmt: skip


def clean(text: str) -> str:
    """Bring a name to plain signs, or refuse it.

    Parameters
    ----------
    text : str
        What was typed.

    Returns
    -------
    str
        One line, single spaces, ASCII primes, hyphens and Greek letters in words.

    Raises
    ------
    UnknownNameError
        If it is empty, too long, or holds control characters or brackets that do not close.
    """
    if len(text) > MAX_NAME:
        raise UnknownNameError(
            f"A polymer name has at most {MAX_NAME} characters; this text has {len(text)}.",
            hint="Give one name, abbreviation or SMILES.",
        )
    plain = unicodedata.normalize("NFKC", text.strip()).translate(_SIGNS)
    for letter, word in _GREEK.items():
        plain = plain.replace(letter, word)
    plain = " ".join(plain.split())
    if not plain or not plain.isprintable():
        raise UnknownNameError(
            "This text is no name: it is empty or holds characters that cannot be shown.",
            hint="Give one name, abbreviation or SMILES.",
        )
    if not balanced(plain):
        raise UnknownNameError(
            "The brackets of this name do not close, or are nested too deep.", hint="Check the brackets."
        )
    return plain


def balanced(text: str) -> bool:
    """Tell whether brackets open and close in order, at most ``MAX_DEPTH`` deep.

    Parameters
    ----------
    text : str
        A name.

    Returns
    -------
    bool
        False for "poly(styrene" and for "poly(" a thousand times.
    """
    closing: list[str] = []
    for sign in text:
        if sign in _OPEN:
            closing.append(_OPEN[sign])
            if len(closing) > MAX_DEPTH:
                return False
        elif sign in _OPEN.values() and (not closing or closing.pop() != sign):
            return False
    return not closing


def unwrap(text: str) -> str:
    """Take off brackets that enclose a whole text: "[(a)b]" gives "(a)b".

    Parameters
    ----------
    text : str
        A balanced text.

    Returns
    -------
    str
        The text inside.
    """
    plain = text.strip()
    while plain and plain[0] in _OPEN and _closes_at(plain) == len(plain) - 1:
        inner = plain[1:-1].strip()
        if not inner:
            break
        plain = inner
    return plain


def _closes_at(text: str) -> int:
    depth = 0
    for index, sign in enumerate(text):
        depth += (sign in _OPEN) - (sign in _OPEN.values())
        if depth == 0:
            return index
    return -1


def split_parts(text: str) -> tuple[list[str], bool] | None:
    """Split the name of a copolymer at its marks outside brackets.

    Parameters
    ----------
    text : str
        Inside of "poly(...)", or a whole name.

    Returns
    -------
    (list of str, bool) or None
        Names of the parts and whether they alternate; None if there is no mark.
    """
    depth, start, parts, alternating = 0, 0, [], True
    marks = {match.start(): match for match in re.finditer(r"-([a-z]{1,11})-", text)}
    skip = -1
    for index, sign in enumerate(text):
        depth += (sign in _OPEN) - (sign in _OPEN.values())
        mark = marks.get(index)
        if depth or index < skip or mark is None or mark[1] not in _ALTERNATING | _MIXED:
            continue
        if mark[1] in {"b", "g", "r"} and not _after_name(text[start:index]):
            continue
        alternating = alternating and mark[1] in _ALTERNATING
        parts.append(text[start:index])
        start = skip = mark.end()
    if not parts:
        return None
    parts.append(text[start:])
    named = [unwrap(part) for part in parts]
    return (named, alternating) if all(named) else None


def _after_name(text: str) -> bool:
    """Say whether a text is a name, not only locants: "-b-" in "thieno[2,3-b]" stands inside brackets anyway."""
    return len(re.findall(r"[A-Za-z]", text)) >= 2


def inside_poly(text: str) -> str | None:
    """Return what follows "poly", without its brackets.

    Parameters
    ----------
    text : str
        A clean name.

    Returns
    -------
    str or None
        "styrene" for "poly(styrene)", "poly styrene" and "polystyrene"; None without "poly" in front, or with
        more after the brackets.
    """
    match = re.match(r"poly[\s-]*(?=\S)", text, re.IGNORECASE)
    if match is None:
        return None
    rest = text[match.end() :]
    if rest[0] in _OPEN and _closes_at(rest) != len(rest) - 1:
        # "poly(vinyl alcohol)" closes at the end; "poly(a)-b" is no name of one polymer; "poly(4-x)y" neither
        return None
    return unwrap(rest)
