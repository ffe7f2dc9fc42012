"""Value expressions: comparators, ranges, tolerances and the numbers they hold."""

from __future__ import annotations

from dataclasses import replace

from agent.brief.expressions import Quantity, ValueExpression, merge
from agent.brief.lexer import Token
from agent.brief.limits import limit_after
from agent.brief.numbers import with_shared_power
from agent.brief.units import same_dimension
from agent.brief.words import word_set

OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">"}
MIRROR = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "=", "~": "~"}
_JOINERS = frozenset({"to", "-", "through", "till", "until", "up to", "bis", "à", "hasta", "..", "…", "thru"})
_BETWEEN_JOINERS = _JOINERS | {"and", "und", "et", "y", "&"}
_RANGE_WORDS = frozenset({"between", "from", "zwischen", "entre", "von", "de", "desde"})
_SMALL = frozenset(
    {"of", "a", "an", "the", "value", "to", "equal", "is", "be", "de", "von", "at", "than", "about", ":", "some"}
)
_LONGEST_COMPARATOR = 10  # tokens
_SIGNS = frozenset("<>≤≥=~≈") | {">=", "<=", "=>", "=<", "> =", "< ="}


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens

    def word(self, index: int) -> str:
        if not 0 <= index < len(self.tokens):
            return ""
        token = self.tokens[index]
        if token.kind == "line":
            return "" if token.text == "\n-" else " "
        return token.text.casefold()

    def next(self, index: int) -> int:
        """The next token, stepping over a soft line break."""
        index += 1
        while self.word(index) == " ":
            index += 1
        return index

    def is_num(self, index: int) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].kind == "num"

    def comparator(self, index: int) -> str:
        if not 0 <= index < len(self.tokens):
            return ""
        values = self.tokens[index].values("cmp")
        return str(values[0]) if values else ""

    def quantity(self, index: int) -> Quantity:
        token = self.tokens[index]
        assert token.number is not None
        return Quantity(token.number, token.unit)

    def happening(self, index: int) -> bool:
        """True for melting, decomposing and igniting, which a temperature or a time brings about."""
        if not 0 <= index < len(self.tokens):
            return False
        token = self.tokens[index]
        return bool({"Tm", "Td", "time_to_ignition"} & set(map(str, token.values("verb"))))

    def named(self, index: int) -> bool:
        """True for the name of a property."""
        return 0 <= index < len(self.tokens) and self.tokens[index].has("prop")

    def negated(self, index: int) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].has("not", "lacking")


def _compared(reader: _Reader, index: int) -> tuple[str, int] | None:
    """Read a run of comparator words; return the operator and the index of the number."""
    operator, at, small = "", index, 0
    while at - index <= _LONGEST_COMPARATOR:
        found = reader.comparator(at)
        if found:
            if operator in {"", "~", "="} or (operator in OPPOSITE and found in {"~", "="}):
                merged = operator if operator in OPPOSITE else found
                if operator in OPPOSITE and found == "=" and len(operator) == 1 and reader.word(at) == "equal to":
                    merged = operator + "="
                operator = merged
        elif reader.is_num(at):
            return operator, at
        elif (operator and reader.word(at) in _SMALL and small < 4) or (
            reader.word(at) == "or" and reader.comparator(at + 1)
        ):
            small += 1
        elif reader.word(at) != " " and not (reader.word(at) == "-" and reader.word(at - 1) == "sub"):
            return None
        at += 1
    return None


def _range(reader: _Reader, index: int, joiners: frozenset[str]) -> tuple[Quantity, Quantity, int] | None:
    """Read ``A joiner B`` starting at the number A."""
    joiner = reader.next(index)
    if reader.word(joiner) not in joiners and not (reader.word(joiner) == "." and reader.word(joiner + 1) == "."):
        return None
    second = reader.next(joiner)
    while reader.word(second) in {".", "about", "around", "approximately"} or (
        reader.word(second) in {"up to"} and reader.word(joiner) in joiners
    ):
        second = reader.next(second)
    if not reader.is_num(second):
        return None
    low, high = reader.quantity(index), reader.quantity(second)
    low = replace(low, number=with_shared_power(low.number, high.number, reader.tokens[second].text))
    if low.unit is None and high.unit is not None:
        low = replace(low, unit=high.unit)
    elif high.unit is None and low.unit is not None:
        high = replace(high, unit=low.unit)
    if low.unit is not None and high.unit is not None and not same_dimension(low.unit, high.unit):
        return None
    return low, high, second


def _tolerance(reader: _Reader, index: int) -> tuple[Quantity, int] | None:
    sign = reader.next(index)
    paren = reader.word(sign) == "("
    sign += paren
    text = reader.word(sign)
    wide = {"±", "+/-", "+-", "plus or minus", "plus/minus"}
    if text == "+" and reader.word(sign + 1) in {"/", "-"}:
        sign += 2 if reader.word(sign + 1) == "/" else 1
    elif text == "plus" and reader.word(sign + 1) in {"or", "/"}:
        sign += 2
    elif text in {"within", "give or take"}:
        pass
    elif text not in wide:
        return None
    number = reader.next(sign)
    if not reader.is_num(number) or (paren and reader.word(number + 1) != ")"):
        return None
    return reader.quantity(number), number + paren


def _after(reader: _Reader, index: int) -> tuple[str, int]:
    """Read a comparator that follows its number: "200 °C or higher", "(max)", "+"."""
    at = reader.next(index)
    paren = reader.word(at) == "("
    at += paren
    if not 0 <= at < len(reader.tokens):
        return "", index
    token = reader.tokens[at]
    if not token.has("post") or (reader.is_num(reader.next(at)) and token.has("cmp")):
        return "", index
    if paren and reader.word(at + 1) != ")":
        return "", index
    if token.has("cmp") and at - paren > index + 1:  # "minimum" on the next line belongs there
        return "", index
    return str(token.values("post")[0]), at + paren


def _plain(reader: _Reader, index: int, first: int, operator: str, *, at: bool = False) -> ValueExpression:
    """Read from the number on: range, tolerance, trailing comparator or the bare number."""
    quantity = reader.quantity(index)
    tolerance = _tolerance(reader, index)
    if tolerance is not None:
        spread, last = tolerance
        unit = quantity.unit or (spread.unit if spread.unit is not None and spread.unit.pint != "percent" else None)
        target = replace(quantity, unit=unit)
        return ValueExpression("around", first, last, target=target, tolerance=spread, explicit=True)
    spanned = _range(reader, index, _JOINERS)
    if spanned is not None:
        low, high, last = spanned
        return ValueExpression("between", first, last, low, high, explicit=True)
    trailing, last = _after(reader, index)
    if not trailing:
        trailing, last = limit_after(reader.tokens, index)
    if not trailing and reader.tokens[index].plus:
        trailing = ">="
    if trailing:
        return _bound(trailing, quantity, first, last)
    if not at and _relative(reader, index):
        end = reader.next(index + 1)
        last = end if reader.is_num(end) else index + 1
        return ValueExpression("unsupported", first, last, target=quantity, explicit=True)
    return ValueExpression(operator, first, index, target=quantity, explicit=operator != "=")


def _relative(reader: _Reader, index: int) -> bool:
    """Say whether the number is a difference: "20 °C higher than polystyrene"."""
    after = index + 1
    if reader.comparator(after) not in OPPOSITE or not reader.tokens[after].text[0].isalpha():
        return False
    return not reader.tokens[after].has("post")


def _bound(operator: str, quantity: Quantity, first: int, last: int) -> ValueExpression:
    if operator in {">", ">="}:
        return ValueExpression(operator, first, last, lower=quantity, explicit=True)
    if operator in {"<", "<="}:
        return ValueExpression(operator, first, last, upper=quantity, explicit=True)
    return ValueExpression("unsupported", first, last, target=quantity, explicit=True)


def _comparison(reader: _Reader, index: int, first: int, *, flip: bool) -> ValueExpression | None:
    found = _compared(reader, index)
    if found is None:
        return None
    operator, at = found
    if operator == "~":
        operator = "around"
    if (operator == "around" and flip) or operator == "not=":
        return ValueExpression("unsupported", first, at, target=reader.quantity(at), explicit=True)
    if operator in OPPOSITE:
        operator = OPPOSITE[operator] if flip else operator
        quantity = reader.quantity(at)
        if operator in {"<", "<="} and quantity.unit is None:
            spanned = _range(reader, at, frozenset({"-"}))
            quantity = replace(quantity, unit=spanned[0].unit) if spanned else quantity
        last = at
        trailing, end = _after(reader, at)
        if trailing and trailing[0] == operator[0]:
            last = end
        return _bound(operator, quantity, first, last)
    expression = _plain(reader, at, first, operator or "=")
    if flip and expression.operator != "=":
        return replace(expression, operator="unsupported")
    return expression


_NEGATION_GAP = word_set("negation_gap")


def _negation(reader: _Reader, index: int) -> ValueExpression | None:
    at, steps = index + 1, 0
    while reader.word(at) in _NEGATION_GAP and steps < 7:
        at, steps = at + 1, steps + 1
    if reader.comparator(at) and reader.word(at) not in {"=", ":"}:
        return _comparison(reader, at, index, flip=True)
    if reader.happening(at) and reader.comparator(at + 1) in OPPOSITE:
        flipped = _comparison(reader, at + 1, index, flip=True)  # "must not melt below 200 °C", "no degradation up to"
        return replace(flipped, chained=at) if flipped is not None else None
    compared = at + 1 + (reader.word(at + 1) in {"of", "be", "is"})
    if reader.named(at) and reader.comparator(compared) in OPPOSITE and not reader.comparator(at):
        flipped = _comparison(reader, compared, index, flip=True)  # "no Tg above 60 °C", "can't have a Tg below"
        return replace(flipped, chained=at) if flipped is not None else None
    if reader.word(at) in _RANGE_WORDS and reader.is_num(reader.next(at)):
        inner = _ranged(reader, at)
        return replace(inner, operator="unsupported", first=index) if inner is not None else None
    return None


def _ranged(reader: _Reader, index: int) -> ValueExpression | None:
    at = reader.next(index)
    while reader.comparator(at) == "~" or reader.word(at) in {"about", "the", "range", "of", "values", "anywhere"}:
        at = reader.next(at)
    if not reader.is_num(at):
        return None
    spanned = _range(reader, at, _BETWEEN_JOINERS)
    if spanned is not None:
        low, high, last = spanned
        return ValueExpression("between", index, last, low, high, explicit=True)
    if reader.word(index) in {"from", "desde"}:
        trailing, last = _after(reader, at)
        return _bound(">=", reader.quantity(at), index, last if trailing else at)
    return None


def _within(reader: _Reader, index: int) -> ValueExpression | None:
    at = reader.next(index)
    while reader.word(at) in {
        "the",
        "a",
        "range",
        "of",
        "window",
        "interval",
        "limits",
        "from",
        "between",
        ":",
        "[",
        "(",
    }:
        at = reader.next(at)
    if not reader.is_num(at):
        return None
    boxed = reader.word(at - 1) in {"[", "("}  # only there a comma parts the two ends
    spanned = _range(reader, at, _BETWEEN_JOINERS | {",", ";"} if boxed else _BETWEEN_JOINERS)
    if spanned is None:
        if reader.word(index) != "within":
            return None
        return _band(reader, index, at)
    low, high, last = spanned
    return ValueExpression("between", index, last, low, high, explicit=True)


def _band(reader: _Reader, index: int, at: int) -> ValueExpression:
    """Read "within 10 K of 450 K"; otherwise "within 5 %" is an upper bound."""
    of = reader.next(at)
    centre = reader.next(of)
    if reader.word(of) == "of" and reader.is_num(centre):
        target = reader.quantity(centre)
        return ValueExpression("around", index, centre, target=target, tolerance=reader.quantity(at), explicit=True)
    return _bound("<=", reader.quantity(at), index, at)


def _chain(reader: _Reader, index: int) -> ValueExpression | None:
    """Read "200 °C < Tg < 300 °C" and "300 K > Tg"."""
    sign = index + 1
    if reader.word(sign) not in _SIGNS or sign + 1 >= len(reader.tokens):
        return None
    named = sign + 1 + (reader.word(sign + 1) in {"the", "a", "its"})
    if named >= len(reader.tokens) or not reader.tokens[named].has("prop", "weak", "count", "unknown"):
        return None
    first = _bound(MIRROR.get(reader.comparator(sign), "="), reader.quantity(index), index, named)
    if first.operator == "unsupported":
        return None
    second = named + 1
    if reader.word(second) == "(":  # "400 °C < Td (N2) < 500 °C"
        closing = [at for at in range(second, min(second + 8, len(reader.tokens))) if reader.word(at) == ")"]
        second = closing[0] + 1 if closing else second
    elif second < len(reader.tokens) and reader.tokens[second].has("method"):
        second += 1
    if reader.word(second) in _SIGNS and reader.is_num(second + 1):
        other = _bound(reader.comparator(second), reader.quantity(second + 1), index, second + 1)
        merged = merge(first, other)
        if merged is not None:
            return replace(merged, chained=named)
    return replace(first, chained=named)


def _at(reader: _Reader, index: int) -> ValueExpression | None:
    at = reader.next(index)
    if reader.comparator(at) == "~":
        at = reader.next(at)
    while reader.word(at) in {"a", "an", "the", "of"}:
        at = reader.next(at)
    if not reader.is_num(at):
        return None
    compared = reader.is_num(reader.next(at + 1))  # "Dk at 1 GHz below 3"
    return replace(_plain(reader, at, index, "=", at=compared), at=True)


def _read(reader: _Reader, index: int) -> ValueExpression | None:
    word = reader.word(index)
    if word in {"at", "@"}:
        return _at(reader, index)
    if reader.negated(index):
        negated = _negation(reader, index)
        if negated is not None:
            return negated
    if word in _RANGE_WORDS:
        return _ranged(reader, index)
    if word in {"within", "in", "range", "window", "ranging", "∈"}:
        return _within(reader, index)
    if reader.comparator(index):
        return _comparison(reader, index, index, flip=False)
    if reader.is_num(index):
        return _chain(reader, index) or _plain(reader, index, index, "=")
    if reader.word(index) == "±" and reader.is_num(index + 1):
        return None
    return None


def find_values(tokens: list[Token], skip: set[int]) -> list[ValueExpression]:
    """Find every value expression.

    Parameters
    ----------
    tokens : list of Token
        Tokens of the brief.
    skip : set of int
        Tokens that already have a meaning, such as the "6,6" of nylon.

    Returns
    -------
    list of ValueExpression
        In order, not overlapping.
    """
    reader = _Reader(tokens)
    found: list[ValueExpression] = []
    index = 0
    while index < len(tokens):
        expression = None if index in skip else _read(reader, index)
        if expression is None or any(at in skip for at in range(expression.first, expression.last + 1)):
            index += 1
            continue
        found.append(expression)
        index = expression.last + 1
    return found
