"""Text that is not what it looks like: hidden signs, mixed alphabets, encodings and machine markup."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata

# Words that any English sentence of some length holds.
ENGLISH = frozenset((
    "the", "of", "and", "to", "in", "is", "are", "for", "with", "by", "on", "at", "an", "as", "be", "or", "was", "were",
    "from", "that", "which", "this", "these", "their", "than", "can", "has", "have", "not", "all", "its", "it", "we",
    "between", "into", "when", "such", "but", "because", "also", "more", "about", "what", "every", "only", "must",
))  # fmt: skip
# Words of other languages with Latin letters: German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish.
_FOREIGN = frozenset((
    "der", "die", "das", "und", "für", "mit", "dem", "ein", "eine", "einen", "auf", "nicht", "bei", "wird",
    "zu", "im", "ist", "immer", "du", "wenn", "nach", "über", "alle", "keine", "gib", "sie", "dass", "als",
    "diese", "antwort", "werden", "le", "les", "des", "une", "pour", "avec", "dans", "sur", "est", "que", "qui",
    "toutes", "ne", "toujours", "aucun", "vaut", "cette", "y", "il", "más", "nada", "ni", "ou", "où", "e", "ed",
    "los", "las", "para", "con", "una", "por", "todas", "siempre", "esta", "gli", "che", "tutte", "sempre",
    "questo", "os", "uma", "não", "este", "het", "een", "voor", "met", "niet", "altijd", "wszystkie", "nie",
    "och", "att", "inte", "alltid", "è",
))  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_TOLERATED = frozenset("\u00ad\u200b\ufeff\u2061\u2062\u2063\u2064")
_FEW = 0.05  # share of signs up to which soft hyphens and the like are a trace of typesetting
_STRANGE = 3  # letters of other alphabets than Latin and Greek
_KEPT_BREAKS = frozenset("\n\r\t\f")
_LOOKALIKES = str.maketrans(
    "асеорхуіјѕһԁԛԝвкмнтАВСЕНІЈКМОРЅТХУοΟΑΒΕΖΗΙΚΜΝΡΤΥΧ", "aceopxyijshdqwbkmhtABCEHIJKMOPSTXYoOABEZHIKMNPTYX"
)
_MIXED = ("CYRILLIC", "ARMENIAN", "CHEROKEE")
_LEET = str.maketrans("430157$@!", "aeoistsai")
_SPACED = re.compile(r"(?<!\w)(?:\w[ \u00a0\u2009._-]+){8,}\w(?!\w)")
_RUN = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{24,}={0,2}(?![\w+/=-])")
_ESCAPES = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){3}|(?:\\u[0-9A-Fa-f]{4}){2}|(?:\\x[0-9A-Fa-f]{2}){3}|(?:&#x?[0-9a-fA-F]+;){4}"
)
_HEX = re.compile(r"(?<!\w)(?:[0-9a-f]{40,}|(?:[0-9a-f]{2} ){12,})(?!\w)")
_PLAIN_TAG = re.compile(r"</?(?:jats:)?(?:sub|sup|i|b|em|strong|p|italic|bold|title|sec)>", re.IGNORECASE)
_MARKUP = (
    ("a link", re.compile(
        r"\b(?:https?|ftp|file)\s*:\s*//|\bwww\.\w|\b(?:mailto|javascript|data):\S|://|\bsrc\s*=", re.I)),
    ("a link", re.compile(r"!\[|\]\s?\(\s*\S+[./]\S*\)|^\s*\[[^\]]+\]:\s*\S")),
    ("markup", re.compile(
        r"<\s*[/!?]?\s*[a-z][^<>]{0,300}[=/\"' ][^<>]*>|</\s*\w|<!--|<\s*[a-z]{3,20}\s*/?>|```|~~~", re.I)),
    ("a fake turn", re.compile(
        r"<\|[^<>|]{0,60}\|>|<<\s*/?\w+\s*>>|\[/?(?:INST|SYS|SYSTEM|TOOL_\w+|AVAILABLE_\w+)\]", re.I)),
    ("a tool call", re.compile(
        r"\{\s*[\"'“]\w+[\"'”]\s*:|[\"']\w+[\"']\s*:\s*[\[{\"']|<\s*(?:invoke|function|tool|parameter)\b", re.I)),
    ("a tool call", re.compile(r"\b[a-z][a-z0-9]+(?:_[a-z0-9]+)+\s?\(|\b\w+\([a-z_]+\s?=\s?[^()]{1,80}\)")),
    ("a formula of a spreadsheet", re.compile(r"(?:^|[,;|\t])\s*[=@+][A-Z]{3,}\(", re.MULTILINE)),
)  # fmt: skip
#: Reasons after which nothing of the passage is believed; a link alone condemns its own sentence.
GRAVE = frozenset(("hidden signs", "mixed alphabets", "encoded text", "a fake turn", "a tool call", "markup"))


def english(text: str) -> int:
    """Count the English function words of a text.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    int
        How many of its words are among the most common ones.
    """
    return sum(word in ENGLISH for word in _WORD.findall(text.casefold()))


def uncovered(text: str) -> str:
    """Return a text as a program may read it: compatibility forms, entities and look-alikes resolved.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    str
        For checking only; never shown.
    """
    plain = unicodedata.normalize("NFKC", html.unescape(text)).translate(_LOOKALIKES)
    return _PLAIN_TAG.sub("", "".join(sign for sign in plain if unicodedata.category(sign) != "Cf"))


def disguise(text: str) -> str:
    """Say what hides in a text.

    Parameters
    ----------
    text : str
        A sentence, exactly as stored.

    Returns
    -------
    str
        Such as ``"hidden signs"`` or ``"a link"``; empty if it is what it looks like.
    """
    if _has_hidden(text):
        return "hidden signs"
    if _mixes(text):
        return "mixed alphabets"
    if _encoded(text):
        return "encoded text"
    read = uncovered(text)
    for reason, pattern in _MARKUP:
        if pattern.search(read):
            return reason
    return "a language that is not checked" if _foreign(read) else ""


def _has_hidden(text: str) -> bool:
    """Tell whether a text has signs that draw nothing, turn its direction or steer a terminal."""
    tolerated = 0
    for sign in text:
        kind = unicodedata.category(sign)
        if sign in _TOLERATED:
            tolerated += 1
        elif (
            kind in {"Cf", "Cs", "Cn"}
            or (kind == "Cc" and sign not in _KEPT_BREAKS)
            or "\ufe00" <= sign <= "\ufe0f"
            or "\U000e0100" <= sign <= "\U000e01ef"
        ):
            return True
    return tolerated > _FEW * len(text)


def _mixes(text: str) -> bool:
    """Tell whether a word mixes Latin letters with look-alikes of other alphabets, or is spelt in styled letters."""
    styled = 0
    for word in _WORD.findall(text):
        latin = any(sign.isascii() for sign in word)
        if len(word) > 1 and any("ａ" <= sign <= "ｚ" or "Ａ" <= sign <= "Ｚ" or "𝐀" <= sign <= "𝟋" for sign in word):
            styled += 1
        if latin and any(not sign.isascii() and unicodedata.name(sign, "").startswith(_MIXED) for sign in word):
            return True
        if re.search(r"[A-Za-z]{2}[οΟΑΕΡΤ]|[οΟ][a-z]{2}", word):
            return True
    return styled > 2


def _encoded(text: str) -> bool:
    """Tell whether a text, or a part of it, turns into English when it is decoded."""
    if _ESCAPES.search(text) or _HEX.search(text) or _SPACED.search(text):
        return True
    if any(_is_base64(match.group()) for match in _RUN.finditer(text)):
        return True
    plain = english(text)
    turned = codecs.encode(text, "rot13")
    if any(english(other) >= 2 and english(other) > plain for other in (turned, text[::-1])):
        return True
    words = [
        word for word in re.findall(r"\S+", text) if re.search(r"[A-Za-z][0-9$@!]+[A-Za-z]|^[0-9][a-z]{2,}$", word)
    ]
    if len(words) < 2:
        return False
    folded = text.translate(_LEET)
    return english(folded) >= plain + 2 or len(words) > 0.4 * len(text.split())


def _is_base64(run: str) -> bool:
    """Tell whether a run of letters decodes to readable text, or looks like a key."""
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        made = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        made = b""
    if made and sum(32 <= byte < 127 for byte in made) > 0.95 * len(made):
        return True
    turns = len(re.findall(r"[a-z0-9][A-Z]", run))
    return len(run) >= 32 and turns >= 5 and any(sign.isdigit() for sign in run) and "-" not in run


def _foreign(text: str) -> bool:
    """Tell whether a text is written in a language that the checks do not know."""
    letters = [sign for sign in text if sign.isalpha()]
    strange = sum(
        not unicodedata.name(sign, "").startswith(("LATIN", "GREEK", "MICRO", "KELVIN", "ANGSTROM")) for sign in letters
    )
    if strange > _STRANGE:
        return True
    words = [word for word in _WORD.findall(text) if word.islower()]  # "Le Chatelier" and "de Gennes" are names
    foreign = sum(word in _FOREIGN - ENGLISH for word in words)
    known = english(text)
    return (foreign >= 2 and foreign >= known) or (foreign == 1 and known == 0 and len(words) > 4)
