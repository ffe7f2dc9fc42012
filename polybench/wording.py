"""Names as people write them: what counts as the same label, and what looks like a structure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SMILES = re.compile(r"[A-Za-z0-9*@+\-\[\]()=#%/\\.:]{1,500}")
_BRACKETED = re.compile(r"\[[^\[\]]{1,16}\]")
_ORGANIC = re.compile(r"(?:Cl|Br|[BCNOPSFIbcnops]|[0-9*@+\-()=#%/\\.:])*")
_HALOGENS: Final = frozenset(("Cl", "Br"))
_ARTICLE = re.compile(r"^(?:(?:it|this|that) is\s+)?(?:an?\s+|the\s+)?(?=\S)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s*[,.]\s*(?=\d)")


def normal_label(text: str) -> str:
    """Reduce a label to what distinguishes it.

    Parameters
    ----------
    text : str
        Label as written.

    Returns
    -------
    str
        Without case, articles, white space, hyphens and punctuation; separators between digits are kept.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    plain = _BETWEEN_DIGITS.sub(",", _ARTICLE.sub("", plain, count=1))
    kept = [
        letter
        for place, letter in enumerate(plain)
        if letter.isalnum() or letter in "+%=<>" or (letter == "," and place and plain[place - 1].isdigit())
    ]
    return "".join(kept).rstrip(",")


def looks_like_smiles(text: str) -> bool:
    """Say whether a text is written like a SMILES rather than like a word.

    Parameters
    ----------
    text : str
        One token.

    Returns
    -------
    bool
        True if it has only characters of SMILES, no letter outside brackets but those of the organic subset, and is
        not a word that happens to be made of them.
    """
    if not _SMILES.fullmatch(text) or not any(letter.isalpha() for letter in text):
        return False
    bare = _BRACKETED.sub("", text)
    if not _ORGANIC.fullmatch(bare):
        return False
    return text != "I" and (
        not text.isalpha() or (text[0].isupper() and not text[1:2].islower()) or text[:2] in _HALOGENS
    )


def normal_item(text: str) -> str:
    """Reduce an item of a list: structures keep their case, names do not.

    Parameters
    ----------
    text : str
        Item as written.

    Returns
    -------
    str
        What is compared.
    """
    stripped = text.strip().strip("`\"'").strip()
    return stripped if looks_like_smiles(stripped) else normal_label(stripped)
