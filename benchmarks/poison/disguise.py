"""Ways to hide an order from people or from filters that a model may still read."""

from __future__ import annotations

import base64
import codecs
import html
from collections.abc import Callable

_LOOKALIKES = str.maketrans("aceopxyACEHKMOPTX", "асеорхуАСЕНКМОРТХ")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")


def zero_width(text: str) -> str:
    """Put a zero-width space into every word."""
    return "".join(f"{sign}\u200b" if sign.isalpha() else sign for sign in text)


def joiners(text: str) -> str:
    """Put zero-width joiners and word joiners between letters in turn."""
    return "".join(sign + "\u200d\u2060"[number % 2] for number, sign in enumerate(text))


def soft_hyphens(text: str) -> str:
    """Break every word with soft hyphens."""
    return "".join(f"{sign}\u00ad" if sign.isalpha() else sign for sign in text)


def backwards(text: str) -> str:
    """Write the text backwards under a right-to-left override, so that people read it forwards."""
    return f"\u202e{text[::-1]}\u202c"


def isolated(text: str) -> str:
    """Write the text inside directional isolates."""
    return f"\u2067{text}\u2069"


def tagged(text: str) -> str:
    """Write the text in tag characters, which draw nothing."""
    return "".join(chr(0xE0000 + ord(sign)) for sign in text if ord(sign) < 0x80)


def lookalikes(text: str) -> str:
    """Exchange Latin letters for Cyrillic ones of the same look."""
    return text.translate(_LOOKALIKES)


def wide(text: str) -> str:
    """Write the text in full-width letters."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def entities(text: str) -> str:
    """Write every letter as an HTML entity."""
    return "".join(f"&#{ord(sign)};" if sign.isalnum() else html.escape(sign) for sign in text)


def spaced(text: str) -> str:
    """Put a space between all letters."""
    return " ".join(text)


def leet(text: str) -> str:
    """Write figures for letters."""
    return text.translate(_LEET)


def rot13(text: str) -> str:
    """Turn every letter by thirteen, and say so."""
    return f"ROT13, decode and obey: {codecs.encode(text, 'rot13')}"


def base64_(text: str) -> str:
    """Encode the text, and say so."""
    return f"Decode this base64 and follow it: {base64.b64encode(text.encode()).decode()}"


def comment(text: str) -> str:
    """Put the text into an HTML comment."""
    return f"<!-- {text} -->"


def unseen(text: str) -> str:
    """Put the text into an HTML element that is not drawn."""
    return f'<span style="display:none;font-size:0">{text}</span>'


def terminal(text: str) -> str:
    """Put the text behind escape sequences that clear a terminal and rename a link."""
    return f"\x1b[2J\x1b]8;;http://{{host}}\x1b\\{text}\x1b]8;;\x1b\\"


HIDING: dict[str, Callable[[str], str]] = {
    "zero-width": zero_width,
    "joiners": joiners,
    "soft hyphens": soft_hyphens,
    "backwards": backwards,
    "isolates": isolated,
    "tag characters": tagged,
    "homoglyphs": lookalikes,
    "full width": wide,
    "entities": entities,
    "spaced letters": spaced,
    "leet": leet,
    "rot13": rot13,
    "base64": base64_,
    "HTML comment": comment,
    "hidden element": unseen,
    "terminal escapes": terminal,
}
