"""Reading what a text hides: the ways in which an order can be kept from people and still reach a model."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata

# Cyrillic and Greek letters that look like Latin ones, as Unicode's table of confusables pairs them.
_LOOKALIKES = str.maketrans(
    "асеорхуіјѕԁһкмтвнАСЕНКМОРТХВІЈЅαονικρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aceopxyijsdhkmtbhACEHKMOPTXBIJSaovikptuxABEZHIKMNOPTYX",
)
_LEET = str.maketrans("4310571", "aeiostl")
_OVERRIDE = re.compile("\u202e([^\u202c\n]*)\u202c?")
_SPACED = re.compile(r"(?:(?<=\s)|^)(?:\S {1,3}){5,}\S(?=\s|$)", re.MULTILINE)
_LEET_WORD = re.compile(r"\b(?=\w*[a-zA-Z])(?=\w*[0134579])\w+\b")
_CODED = re.compile(r"\b[A-Za-z0-9+/]{16,}={0,2}")
_TURNED = re.compile(r"\brot-?13\b[^:\n]*:\s*([^\n]+)", re.IGNORECASE)


def uncovered(text: str) -> str:
    """Read a text as a model may read it that looks through hiding.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Without signs of format (Unicode category Cf), with tag characters, entities and wide letters read as plain
        ones, and reversed text turned. Lookalikes read as Latin letters, and what was encoded, are added below.
    """
    turned = _OVERRIDE.sub(lambda found: found[1][::-1], text)
    tags = "".join(chr(ord(sign) - 0xE0000) if 0xE0020 <= ord(sign) <= 0xE007E else sign for sign in turned)
    plain = unicodedata.normalize("NFKC", html.unescape(tags))
    seen = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return "\n".join(dict.fromkeys((seen, *_other_readings(seen))))


def _other_readings(text: str) -> list[str]:
    """The same text with lookalikes read as Latin, and what is spelled out, turned or encoded in it."""
    found = []
    if re.search("[\u0370-\u04ff]", text):
        found.append(text.translate(_LOOKALIKES))
    found += [re.sub(r" ( ?)", r"\1", item[0]).replace("  ", " ") for item in _SPACED.finditer(text)]
    found += [codecs.decode(item[1], "rot13") for item in _TURNED.finditer(text)]
    found += [decoded for item in _CODED.findall(text) if (decoded := _decoded(item))]
    if len(_LEET_WORD.findall(text)) > 3:
        found.append(text.translate(_LEET))
    return found


def _decoded(text: str) -> str:
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return plain if plain.isprintable() and " " in plain else ""
