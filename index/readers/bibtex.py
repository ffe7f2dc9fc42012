"""BibTeX and BibLaTeX entries with an abstract.

Grammar as in https://www.bibtex.org/Format/: ``@type{key, field = {value}, field = "value" # name, ...}``, ``@string``,
``@comment`` and ``@preamble``. TeX commands become plain letters where the text stays readable; nothing is run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from index.document import Document
from index.fields import BadRecord, language_of, make_document, plain, text_from, year_of
from index.readers.item import Item, Source
from index.readers.ris import given_first
from index.streams import Damaged, decode, lines, opened

MAX_LINE = 1_000_000
MAX_ENTRY = 5_000_000  # characters
_START = re.compile(r"^\s*@\s*([A-Za-z]+)\s*[{(]")
_FIELD = re.compile(r"\s*([A-Za-z][\w:+-]*)\s*=\s*")
_WORD, _JOIN, _BRACKET = re.compile(r"[^\s,#}]*"), re.compile(r"\s*#\s*"), re.compile(r'[{}"]')
_MONTHS = {name: name for name in ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")}
_ACCENT = re.compile(
    r"\\(?:([`'^\"~=.])\s*|([uvHcdbkr])(?=[{\s])\s*)(?:\{\\?([A-Za-z])\}|\\?([A-Za-z]))"
)  # \"{u} \"u \'{\i} \v{c} \c c, but not \textdegree
_COMBINING = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "d": "\u0323", "b": "\u0331",
    "k": "\u0328", "r": "\u030a",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "aa": "å", "AA": "Å", "i": "i",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "lambda": "λ", "mu": "μ", "pi": "π",
    "sigma": "σ", "tau": "τ", "chi": "χ", "omega": "ω", "eta": "η", "theta": "θ", "phi": "φ", "rho": "ρ", "Delta": "Δ",
    "Omega": "Ω", "pm": "±", "times": "×", "cdot": "·", "approx": "≈", "sim": "~", "leq": "≤", "geq": "≥", "le": "≤",
    "ge": "≥", "degree": "°", "circ": "°", "textdegree": "°", "textmu": "μ", "rightarrow": "→",
    "infty": "∞", "ldots": "...",
}  # fmt: skip
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?\s?")


def read_bibtex(source: Source) -> Iterator[Item]:
    """Read a BibTeX file.

    Parameters
    ----------
    source : Source
        The file.

    Yields
    ------
    Item
        One for each entry; comments, preambles and string definitions are none.
    """
    number = 0
    strings = dict(_MONTHS)
    try:
        for kind, text in _entries(source):
            if kind in {"comment", "preamble"}:
                continue
            if kind == "string":
                strings.update(_fields(text, 0, strings))
                continue
            number += 1
            if number > source.start:
                yield _item(number, text, strings, source.collection)
    except (Damaged, BadRecord) as error:
        yield Item(number + 1, None, str(error))


def _item(number: int, text: str, strings: dict[str, str], collection: str) -> Item:
    try:
        if len(text) > MAX_ENTRY:
            raise BadRecord(f"the entry is longer than {MAX_ENTRY} characters")
        key, comma, _ = text.partition(",")
        if not comma or len(key) > 300:
            raise BadRecord("the entry has no key and fields")
        return Item(number, _document(key.strip(), _fields(text, len(key) + 1, strings), collection))
    except BadRecord as error:
        return Item(number, None, error.message)


def _entries(source: Source) -> Iterator[tuple[str, str]]:
    """Kind and contents of each entry; one that does not close ends where the next begins on a line of its own."""
    kind, depth, size = "", 0, 0
    parts: list[str] = []
    with opened(source.path, source.meter) as handle:
        for raw, whole in lines(handle, MAX_LINE):
            line = decode(raw)[0] if whole else ""
            found = _START.match(line)
            if found and (depth <= 0 or not line.startswith((" ", "\t"))):
                if kind:
                    yield kind, "".join(parts)
                kind, line, parts, depth, size = found[1].casefold(), line[found.end() :], [], 1, 0
            if not kind:
                continue
            depth += _depth(line)
            size += len(line)
            if size <= MAX_ENTRY + MAX_LINE:
                parts.append(line)
            if depth <= 0:
                yield kind, "".join(parts)
                kind, parts = "", []
    if kind:
        yield kind, "".join(parts)


def _depth(line: str) -> int:
    escaped = line.count("\\{") - line.count("\\}") if "\\" in line else 0
    return line.count("{") - line.count("}") - escaped


def _fields(text: str, place: int, strings: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    while True:
        match = _FIELD.match(text, place)
        if not match:
            return found
        value, place = _value(text, match.end(), strings)
        found.setdefault(match[1].casefold(), value)
        while place < len(text) and text[place] in ", \t\r\n":
            place += 1


def _value(text: str, place: int, strings: dict[str, str]) -> tuple[str, int]:
    """Value of a field, whose parts may be joined by ``#``, and where it ends."""
    parts: list[str] = []
    while place < len(text):
        opening = text[place]
        if opening in '{"':
            end = _closing(text, place)
            parts.append(text[place + 1 : end])
            place = end + 1
        else:
            word = _WORD.match(text, place)
            name = word[0] if word else ""
            parts.append(strings.get(name.casefold(), name))
            place += len(name)
        after = _JOIN.match(text, place)
        if not after:
            break
        place = after.end()
    return "".join(parts), place


def _closing(text: str, place: int) -> int:
    quoted, depth, start = text[place] == '"', 0, place + 1
    for match in _BRACKET.finditer(text, start):
        if text[match.start() - 1] == "\\" and match[0] != '"':
            continue
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            if depth == 0 and not quoted:
                return match.start()
            depth -= 1
        elif quoted and depth <= 0:
            return match.start()
    raise BadRecord("a field of the entry is not closed")


def untex(text: str) -> str:
    """Return readable text for a value in TeX.

    Parameters
    ----------
    text : str
        Value of a field.

    Returns
    -------
    str
        Accents and Greek letters as characters, braces and commands gone.
    """
    if "\\" in text:
        text = _ACCENT.sub(lambda m: unicodedata.normalize("NFC", (m[3] or m[4]) + _COMBINING[m[1] or m[2]]), text)
        text = re.sub(r"\\([%&$#_{} ])", r"\1", re.sub(r"\\[,;:!/-]", "", text.replace("\\\\", " ")))
        text = _COMMAND.sub(lambda m: _LETTERS.get(m[1], ""), text)
    return re.sub(r"(?<!\\)[{}$]", "", text).replace("~", " ").replace("---", "-").replace("--", "-")


def _document(key: str, fields: dict[str, str], collection: str) -> Document:
    def one(*names: str) -> str:
        return next((plain(untex(fields[name])) for name in names if fields.get(name, "").strip()), "")

    authors = re.split(r"\s+and\s+", untex(fields.get("author", ""))) if fields.get("author") else []
    doi = one("doi")
    return make_document(
        title=one("title"),
        text=text_from([untex(fields[name]) for name in ("abstract", "annote") if name in fields][:1]),
        source=collection,
        own_id=f"{collection}:{key}" if key else "",
        doi=doi,
        names=[plain(given_first(name), 80) for name in authors[:4]],
        venue=one("journal", "journaltitle", "booktitle", "publisher"),
        year=year_of(one("year"), one("date")),
        url=one("url"),
        language=language_of(one("langid", "language")),
        subjects=re.split(r"[,;]", untex(fields.get("keywords", ""))),
    )
