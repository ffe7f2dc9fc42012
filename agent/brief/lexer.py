"""From folded text to tokens: phrases of the lexicon, numbers with units, words, marks."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

from agent.brief.lexicon import PIECE, Entry, Sense, key_of, lexicon
from agent.brief.numbers import Number, cardinal, scan_number
from agent.brief.text import Folded
from agent.brief.units import Unit, scan_unit
from tools.core.properties import all_properties

_LINE = re.compile(r"\n[ \t]*")
_BULLET = re.compile(r"[ \t]*(?:[-*•●○▪‣·+]|\(?[0-9]{1,2}[.)]|\(?[a-hivx]{1,3}[)])[ \t]+")
_CURRENCY = {"$": "usd", "€": "EUR", "£": "GBP"}
_TAIL = re.compile(r"(?:[-'][^\W\d_]|'-|[^\W\d_])[\w'-]*")
_MINUTES = re.compile(r"[ -]?min(?!\w)")
_LEADING = frozenset({"than", "then", "to", "about", "around", "approximately", "$"})
_SKIPPED = frozenset({"of", "the", "for", "a", "+", "<", ">", "≤", "≥", "=", "minimum", "maximum", "max", "(", ")"})
_MAX_DEPTH = 14
_KNOWN_TEMPERATURES = {
    "room temperature": 25.0,
    "ambient temperature": 25.0,
    "rt": 25.0,
    "body temperature": 37.0,
}  # °C
_WHOLE = frozenset({"prop", "unknown", "count", "cmp"})  # phrases that are never cut
_ANNOTATED = frozenset({"prop", "weak", "count"})
_ANNOTATION = re.compile(r"\s?/\s?\(?|\s?\(in |\s?[(\[]|,? in (?=[A-Z°%a-z]{1,4}(?:\b|[/(]))", re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """A piece of the brief with its possible meanings.

    Attributes
    ----------
    kind : str
        "num", "word", "mark" or "line" (a line break; a hyphen in its ``text`` says that a bullet or a gap follows).
    text : str
        Folded text.
    start, end : int
        Offsets in the folded text.
    senses : tuple of Sense
        Meanings of the phrase; empty for unknown words.
    number : Number or None
        The number of a "num" token.
    unit : Unit or None
        Its unit.
    plus : bool
        True for "200+".
    """

    kind: str
    text: str
    start: int
    end: int
    senses: tuple[Sense, ...] = ()
    number: Number | None = None
    unit: Unit | None = None
    plus: bool = False

    def has(self, *kinds: str) -> bool:
        """Say whether any meaning is of one of the kinds."""
        return any(sense.kind in kinds for sense in self.senses)

    def values(self, *kinds: str) -> list[object]:
        """Return what the meanings of these kinds carry."""
        return [sense.value for sense in self.senses if sense.kind in kinds]


@dataclass(frozen=True)
class _Piece:
    text: str
    start: int
    end: int


class _Lexer:
    def __init__(self, folded: Folded) -> None:
        self.text = folded.text
        self.pieces = [_Piece(m.group(), m.start(), m.end()) for m in PIECE.finditer(self.text)]
        self.offsets = [piece.start for piece in self.pieces]
        self.tokens: list[Token] = []

    def run(self) -> list[Token]:
        index = 0
        lines = [m.start() for m in _LINE.finditer(self.text)]
        line = 0
        index = self._bullet(0, index)
        while index < len(self.pieces):
            piece = self.pieces[index]
            if line < len(lines) and lines[line] < piece.start:
                blank = False
                while line + 1 < len(lines) and lines[line + 1] < piece.start:
                    line, blank = line + 1, True
                index = self._break(lines[line], index, blank)
                line += 1
                continue
            index = self._step(index)
        return self.tokens

    def _bullet(self, start: int, index: int) -> int:
        match = _BULLET.match(self.text, start)
        if match is None:
            return index
        return bisect_left(self.offsets, match.end())

    def _break(self, start: int, index: int, blank: bool) -> int:
        after = self._bullet(start + 1, index)
        mark = "\n-" if after != index or blank else "\n"
        self.tokens.append(Token("line", mark, start, start + 1))
        return after

    def _step(self, index: int) -> int:
        piece = self.pieces[index]
        phrase = self._uncut(index, self._phrase(index))
        digit = piece.text[0].isdigit()
        if phrase is not None and (not digit or phrase[0] > index + 2):
            end, senses = phrase
            known = self._known_temperature(piece.start, self.pieces[end - 1].end)
            if known is not None:
                self.tokens.append(known)
                return end
            end -= self._full_stop(end)
            self._put("word" if piece.text[0].isalnum() else "mark", piece.start, self.pieces[end - 1].end, senses)
            return self._annotation(end) if any(sense.kind in _ANNOTATED for sense in senses) else end
        if digit or self._signed(index):
            return self._number(index)
        if piece.text == ")" and self._late_unit(piece):
            return bisect_left(self.offsets, self.tokens[-1].end)
        if piece.text in _CURRENCY:
            money = self._money(index)
            if money:
                return money
        words = self._cardinal(index)
        if words:
            return words
        self._put("word" if piece.text[0].isalpha() else "mark", piece.start, piece.end, ())
        return index + 1

    def _known_temperature(self, start: int, end: int) -> Token | None:
        """Read "below room temperature" as a number (not "at room temperature", which is a condition)."""
        value = _KNOWN_TEMPERATURES.get(" ".join(self.text[start:end].casefold().split()))
        if (
            value is None
            or not self.tokens
            or not self.tokens[-1].has("cmp")
            or self.tokens[-1].text.casefold() in {"at"}
        ):
            return None
        return Token(
            "num", self.text[start:end], start, end, (), Number((value,), False, end), Unit("degC", start, end)
        )

    def _annotation(self, index: int) -> int:
        """Read the unit in "Tg/°C > 200", "density (g/cm3): < 1.2" and "Tg in K"."""
        start = self.tokens[-1].end
        match = _ANNOTATION.match(self.text, start)
        if match is None:
            return index
        unit = scan_unit(self.text, match.end())
        if unit is None or unit.start != match.end():
            return index
        closing = {"(": ")", "[": "]"}
        stop = unit.end
        for mark in reversed(match.group()):
            if mark in closing:
                if self.text[stop : stop + 1] != closing[mark]:
                    return index
                stop += 1
        self.tokens.append(Token("mark", self.text[start:stop], start, stop, (Sense("unit", None),), None, unit))
        return bisect_left(self.offsets, stop)

    def _put(self, kind: str, start: int, end: int, senses: tuple[Sense, ...]) -> None:
        self.tokens.append(Token(kind, self.text[start:end], start, end, senses))

    def _full_stop(self, end: int) -> bool:
        """Say whether the dot of "1.8 eV max." ends the sentence too."""
        if self.pieces[end - 1].text != "." or not self.tokens or self.tokens[-1].kind != "num":
            return False
        return end >= len(self.pieces) or not self.pieces[end].text[0].isdigit()

    def _uncut(self, index: int, found: tuple[int, tuple[Sense, ...]] | None) -> tuple[int, tuple[Sense, ...]] | None:
        """Do not let "high heat" take the start of "heat capacity"."""
        if found is None or found[0] - index < 2 or any(sense.kind in _WHOLE for sense in found[1]):
            return found
        for start in range(index + 1, found[0]):
            inner = self._phrase(start)
            if inner is not None and inner[0] > found[0] and any(sense.kind == "prop" for sense in inner[1]):
                return self._phrase(index, start)
        return found

    def _phrase(self, index: int, stop: int = -1) -> tuple[int, tuple[Sense, ...]] | None:
        node: object = lexicon().root
        best: tuple[int, tuple[Sense, ...]] | None = None
        at = index
        while at < len(self.pieces) and at - index < _MAX_DEPTH and at != stop:
            piece = self.pieces[at]
            if at > index and piece.text == "-" and self._glued(at):
                at += 1
                continue
            broken = at > index and "\n" in self.text[self.pieces[at - 1].end : piece.start]
            if broken and not self._wrapped(at):
                break
            assert isinstance(node, dict)
            node = node.get(key_of(piece.text))
            if node is None:
                break
            at += 1
            assert isinstance(node, dict)
            senses = self._senses(node.get("", ()), self.pieces[index].start, piece.end)
            if senses and not self._leads_number(at, senses):
                best = (at, senses)
        return best

    def _leads_number(self, at: int, senses: tuple[Sense, ...]) -> bool:
        """Say whether "and above" is followed by a number, so that it is not a comparator after one."""
        if at >= len(self.pieces) or any(sense.kind != "post" for sense in senses) or at < 2:
            return False
        text = self.pieces[at].text
        if "\n" in self.text[self.pieces[at - 1].end : self.pieces[at].start]:
            return False
        if text[0] in "+-~" and at + 1 < len(self.pieces) and self.pieces[at].end == self.pieces[at + 1].start:
            text = self.pieces[at + 1].text
        return text[0].isdigit() or text.casefold() in _LEADING

    def _wrapped(self, at: int) -> bool:
        return self.pieces[at].text[0].islower()

    def _senses(self, entries: list[Entry], start: int, end: int) -> tuple[Sense, ...]:
        written = re.sub(r"[\s_-]", "", self.text[start:end])
        return tuple(entry.sense for entry in entries if not entry.exact or entry.exact == written)

    def _glued(self, at: int) -> bool:
        piece = self.pieces[at]
        before, after = self.text[piece.start - 1 : piece.start], self.text[piece.end : piece.end + 1]
        return before.isalnum() and (after.isalpha() or after.isdigit())

    def _signed(self, index: int) -> bool:
        piece = self.pieces[index]
        if piece.text not in "+-" or index + 1 >= len(self.pieces):
            return False
        following = self.pieces[index + 1]
        if following.start != piece.end or not following.text[0].isdigit():
            return False
        before = self.text[piece.start - 1 : piece.start]
        last = self.tokens[-1] if self.tokens else None
        if last is not None and last.kind == "num" and last.end == piece.start:
            return False
        if last is not None and last.kind == "num" and self.text[last.end : piece.start].strip(" ") == "":
            return False
        return not (before.isalnum() or before == ")")

    def _number(self, index: int) -> int:
        piece = self.pieces[index]
        sign, start = 1.0, piece.start
        if piece.text in "+-":
            sign, start = (-1.0 if piece.text == "-" else 1.0), piece.end
        elif self._minus():
            sign = -1.0
        number = scan_number(self.text, start)
        if number is None:
            self._put("word", piece.start, self.pieces[index].end, ())
            return index + 1
        begin = self.tokens.pop().start if sign < 0.0 and piece.text not in "+-" else piece.start
        return self._quantity(begin, number, sign)

    def _minus(self) -> bool:
        """Say whether "minus" or "negative" stands right before, and not as part of "plus or minus"."""
        words = [token.text.casefold() for token in self.tokens[-2:]]
        return bool(words) and words[-1] in {"minus", "negative"} and words[0] not in {"or", "/"}

    def _quantity(self, start: int, number: Number, sign: float, currency: str = "") -> int:
        end = number.end
        plus = self.text[end : end + 1] == "+" and self.text[end + 1 : end + 2] not in "-/" + "0123456789"
        plus = plus or (self.text[end : end + 1] == "+" and end + 1 == len(self.text))
        unit = scan_unit(self.text, end + plus) or self._minutes(end)
        tail = _TAIL.match(self.text, end)
        if unit is None and tail is not None and not plus and not currency:
            self._put("word", start, tail.end(), ())
            return bisect_left(self.offsets, tail.end())
        if self.text[start:].startswith("6F") and unit is not None and unit.end == start + 2:
            self._put("word", start, unit.end, ())
            return bisect_left(self.offsets, unit.end)
        if currency:
            power = unit.pint if unit is not None and unit.pint.split("**")[-1].startswith("-") else ""
            if not power and unit is not None:
                unit = None
            unit = Unit(f"{currency}*{power}" if power else currency, start, unit.end if unit else end)
        stop = max(unit.end if unit is not None else end + plus, end)
        if not plus and self.text[stop : stop + 1] == "+" and not self.text[stop + 1 : stop + 2].isalnum():
            plus, stop = True, stop + 1
        signed = Number(tuple(sign * reading for reading in number.readings), number.comma, number.end)
        self.tokens.append(Token("num", self.text[start:stop], start, stop, (), signed, unit, plus))
        return bisect_left(self.offsets, stop)

    def _minutes(self, end: int) -> Unit | None:
        """Read "min" as minutes where the property beside the number is a time; elsewhere it means minimum."""
        match = _MINUTES.match(self.text, end)
        if match is None:
            return None
        beside = [token.senses for token in self.tokens[-12:] if token.has("prop", "verb")][-1:]
        place = bisect_left(self.offsets, match.end())
        while place < len(self.pieces) and self.pieces[place].text in _SKIPPED:
            place += 1
        near = place < len(self.pieces) and "\n" not in self.text[match.end() : self.pieces[place].start]
        following = self._phrase(place) if near else None
        for sense in [*(following[1] if following is not None else ()), *(beside[0] if beside else ())]:
            if sense.kind in {"prop", "verb"}:
                known = all_properties().get(str(sense.value))
                timed = known is not None and known.unit == "s"
                return Unit("minute", match.end() - 3, match.end()) if timed else None
        return None

    def _late_unit(self, piece: _Piece) -> bool:
        """Read the unit after a bracket: "1.05 (±0.05) g/cm3", "(1.0-1.2) g/cm3"."""
        last = self.tokens[-1] if self.tokens else None
        if last is None or last.kind != "num" or last.unit is not None:
            return False
        unit = scan_unit(self.text, piece.end)
        if unit is None or unit.pint in {"degree", "inch"}:
            return False
        self.tokens[-1] = replace(last, unit=unit)
        self._put("mark", piece.start, piece.end, ())
        self.tokens.append(
            Token("mark", self.text[unit.start : unit.end], unit.start, unit.end, (Sense("unit", None),), None, unit)
        )
        return True

    def _money(self, index: int) -> int:
        following = index + 1
        if following >= len(self.pieces) or not self.pieces[following].text[0].isdigit():
            return 0
        number = scan_number(self.text, self.pieces[following].start)
        if number is None:
            return 0
        return self._quantity(self.pieces[index].start, number, 1.0, _CURRENCY[self.pieces[index].text])

    def _counts(self, index: int) -> bool:
        """Say whether "one" is a number here: after a comparator, or before something that is counted."""
        if self.tokens and self.tokens[-1].has("cmp"):
            return True
        following = self._phrase(index + 1) if index + 1 < len(self.pieces) else None
        return following is not None and any(sense.kind in {"count", "group"} for sense in following[1])

    def _cardinal(self, index: int) -> int:
        window = [piece for piece in self.pieces[index : index + 12] if piece.text != "-"]
        value, used = cardinal([piece.text.casefold() for piece in window])
        if not used:
            return 0
        last = window[used - 1]
        if window[used - 1].text.casefold() == "single" or window[0].text.casefold() in {"single"}:
            used, last, value = 1, window[0], 1.0
        if window[0].text.casefold() in {"one", "single"} and not self._counts(index):
            self._put("word", window[0].start, window[0].end, (Sense("neutral", "one"),))
            return index + 1
        unit = scan_unit(self.text, last.end) if value != 1.0 else None
        stop = unit.end if unit is not None else last.end
        minus = self._minus()
        start = self.tokens.pop().start if minus else window[0].start
        number = Number((-value if minus else value,), False, last.end)
        self.tokens.append(Token("num", self.text[start:stop], start, stop, (), number, unit))
        return bisect_left(self.offsets, stop)


def tokenise(folded: Folded) -> list[Token]:
    """Cut a folded brief into tokens.

    Parameters
    ----------
    folded : Folded
        The folded brief.

    Returns
    -------
    list of Token
        Tokens in order; nothing but white space lies between them.
    """
    return _Lexer(folded).run()
