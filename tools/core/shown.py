"""Text of unknown origin, made fit to be shown: on a terminal, in Markdown, in a spreadsheet, as a link.

Titles, quotes, file names, names of polymers and words of a language model are data. Whatever they hold, they may not
move a cursor, turn the reading direction, hide anything, load an image, become a link or run as a formula.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

# Kinds of characters that draw nothing but act: controls, format (zero width, reading direction, tags), lone
# surrogates, private use, and the separators of lines and paragraphs.
_ACTING: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
_KEPT: Final = frozenset("\n\t\u00ad")  # line feed, tabulator, soft hyphen
# Draw nothing either, though Unicode counts them as marks or letters: fillers and variation selectors.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")
_PRINTABLE = re.compile(r"[\x20-\x7e\n\t]*")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~$@#])")
_ADDRESS = re.compile(r":(?=//)|\b(www|ftp)\.|\b(mailto|xmpp|javascript|data|file|vbscript):", re.IGNORECASE)
_LINE_START = re.compile(r"^(\s*)([-+=]|\d{1,9}[.)](?=\s))")
_FORMULA: Final = "=+-@＝＋－＠"
# The form that DOIs have (the prefix "10." with its registrant's number, then a suffix), without marks that end a link.
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[-._;()/:A-Za-z0-9]{1,200}")


def visible(text: str) -> str:
    r"""Show characters that would act instead of being seen as escapes.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text; controls but line feed and tabulator, marks of reading direction, zero-width and tag characters, and
        private and unpaired code points are written as ``\x1b``, ``\u202e`` or ``\U000e0041``.
    """
    if _PRINTABLE.fullmatch(text):
        return text
    return "".join(_escape(sign) if _acts(sign) else sign for sign in text)


def _acts(sign: str) -> bool:
    if sign in _KEPT:
        return False
    return unicodedata.category(sign) in _ACTING or _BLANK.match(sign) is not None


def _escape(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def markdown(text: str) -> str:
    r"""Write a text so that Markdown shows it word for word: no link, image, markup, table or heading comes of it.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        One line; signs with a meaning in CommonMark and its common extensions are led by a backslash, ``&`` is an
        entity, and addresses are broken so that none becomes a link by itself.
    """
    line = " ".join(visible(text).split())
    shown = _MARKDOWN.sub(r"\\\1", line).replace("&", "&amp;")
    shown = _ADDRESS.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", shown)
    return _LINE_START.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", shown)


def code(text: str) -> str:
    """Write a structure or an id as a code span of Markdown, which shows everything word for word.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        One line in backticks; backticks in it become apostrophes, and bars, which would end a cell of a table, broken
        bars.
    """
    return f"`{' '.join(visible(text).split()).replace('`', chr(39)).replace('|', '¦')}`"


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet runs as a formula.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        On one line, led by an apostrophe if it would begin with ``=``, ``+``, ``-`` or ``@``.
    """
    line = visible(text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ").replace("\t", " "))
    return f"'{line}" if line.lstrip()[:1] and line.lstrip()[0] in _FORMULA else line


def doi_url(doi: str) -> str:
    """Return where a DOI leads, if it has the form of one.

    Parameters
    ----------
    doi : str
        The DOI as a document gives it.

    Returns
    -------
    str
        An address at ``https://doi.org/``; empty if the text is no DOI in its plain form.
    """
    plain = doi.strip()
    return f"https://doi.org/{quote(plain, safe='/')}" if _DOI.fullmatch(plain) else ""
