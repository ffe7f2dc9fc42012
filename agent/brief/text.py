"""Fold a brief to plain characters while remembering where each came from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Markup that stands for a character, or for nothing.
_MARKUP: dict[str, str] = {
    "&gt;": ">", "&lt;": "<", "&ge;": "≥", "&le;": "≤", "&deg;": "°", "&nbsp;": " ", "&plusmn;": "±",
    "&times;": "×", "&middot;": "·", "&minus;": "-", "&ndash;": "-", "&mdash;": "-", "&amp;": "&",
    "\\geqslant": "≥", "\\leqslant": "≤", "\\geq": "≥", "\\leq": "≤", "\\ge": "≥", "\\le": "≤", "\\pm": "±",
    "\\times": "×", "\\cdot": "·", "\\approx": "≈", "\\sim": "~", "\\circ": "°", "\\mathrm": "", "\\text": "",
    "\\%": "%", "\\,": " ", "\\ ": " ", "^\\circ": "°", "^{\\circ}": "°", "^°": "°",
    "<sub>": "", "</sub>": "", "<sup>": "^", "</sup>": "", "<b>": "", "</b>": "", "<i>": "", "</i>": "",
    "<em>": "", "</em>": "", "<strong>": "", "</strong>": "", "<br>": "\n", "<br/>": "\n", "`": "",
}  # fmt: skip
_MARKUP_RE = re.compile(
    "|".join(re.escape(key) for key in sorted(_MARKUP, key=len, reverse=True))
    + r"|(?<![0-9A-Za-z)])\*\*|\*\*(?![-(\d])|(?<=[A-Za-z_^])\{|(?<=[\w°])\}|(?<![\w])\$(?=[A-Za-z\\])(?!US)"
    + r"|(?<=[A-Za-z}])\$(?![\d/])"
)

_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True))
_CHARS: dict[str, str] = {
    "º": "°", "˚": "°", "‘": "'", "’": "'", "´": "'", "′": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "−": "-", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "﹣": "-", "－": "-",
    "⋅": "·", "∙": "·", "•": "•", "‧": "·", "✕": "×", "⨯": "×", "✖": "×",
    "≧": "≥", "⩾": "≥", "≦": "≤", "⩽": "≤", "≳": "≥", "≲": "≤", "∼": "~", "≃": "≈", "≅": "≈", "∽": "~",
    "\t": "\t", "\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\x0b": "\n", "\x0c": "\n",
    "\u00b5": "µ", "\u03bc": "µ", "½": "1/2",
}  # fmt: skip


@dataclass(frozen=True)
class Folded:
    """A brief with plain characters and a way back.

    Attributes
    ----------
    original : str
        The brief as given.
    text : str
        The folded brief: dashes, spaces, quotes, full-width forms and superscripts made plain, markup removed.
    starts, ends : tuple of int
        For each folded character, the start and end of what it stands for in ``original``.
    """

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the brief of ``text[start:end]``.

        Parameters
        ----------
        start, end : int
            Offsets in ``text`` with ``start < end``.

        Returns
        -------
        tuple of int
            Offsets in ``original``.
        """
        return self.starts[start], self.ends[end - 1]

    def source(self, start: int, end: int) -> str:
        """Return the exact words of the brief behind ``text[start:end]``."""
        first, last = self.span(start, end)
        return self.original[first:last]


def _plain(char: str) -> str:
    known = _CHARS.get(char)
    if known is not None:
        return known
    category = unicodedata.category(char)
    if char == "…":
        return char  # NFKC would make three full stops of it
    if category in {"Cf", "Cs", "Co", "Cn"}:
        return ""
    if category == "Cc":
        return " "
    if category.startswith("Z"):
        return " "
    return char if ord(char) < 128 else unicodedata.normalize("NFKC", char)


def _unspaced(char: str) -> bool:
    """True for signs of Chinese, Japanese and Korean, which are written against numbers without a space."""
    return "\u2e80" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af" or "\uf900" <= char <= "\ufaff"


def fold(brief: str) -> Folded:
    """Fold a brief.

    Parameters
    ----------
    brief : str
        Any text; control characters become spaces, invisible ones vanish.

    Returns
    -------
    Folded
        Plain text with offsets into ``brief``.
    """
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def put(text: str, start: int, end: int) -> None:
        for char in text:
            out.append(char)
            starts.append(start)
            ends.append(end)

    position, raised = 0, False
    while position < len(brief):
        markup = _MARKUP_RE.match(brief, position)
        if markup is not None:
            put(_MARKUP.get(markup.group(), ""), position, markup.end())
            position, raised = markup.end(), False
            continue
        char = brief[position]
        if char in _SUPERSCRIPT:
            put(("" if raised else "^") + _SUPERSCRIPT[char], position, position + 1)
            raised = True
        elif unicodedata.combining(char) and out and len(unicodedata.normalize("NFC", out[-1] + char)) == 1:
            out[-1] = unicodedata.normalize("NFC", out[-1] + char)
            ends[-1] = position + 1
        else:
            raised, plain = False, _plain(char)
            if plain and out and _unspaced(plain[0]) != _unspaced(out[-1]) and plain[0].strip() and out[-1].strip():
                put(" ", position, position)
            put(plain, position, position + 1)
        position += 1
    return Folded(brief, "".join(out), tuple(starts), tuple(ends))
