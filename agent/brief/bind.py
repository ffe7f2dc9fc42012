"""Which number belongs to which property."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from agent.brief.expressions import ValueExpression, bounded, merge, with_unit
from agent.brief.lexer import Token
from agent.brief.names import Name
from tools.core.properties import all_properties

_BOUNDARY = frozenset({",", "and", "but", "with", "plus", "while", "whereas", "or", "und", "et", "y", "&", "|", "yet"})
_CONNECT = frozenset({"and", "or", "/", "&", ",", "as well as", "und", "et", "y"})
_CLAUSE_WORDS = ("copula", "method", "cmp", "post", "soft", "hard", "should", "not", "respectively", "up", "down")
_SKIP = frozenset({"(", ")", "[", "]", ":", '"', "'", "|", "\t", "*", "_", "=", "-", "`", "…"})
_RIGHT_GAP = frozenset({"of", "in", "for", "as", "the", "a", "an", "its", "(", "[", '"', "'", "-", "de", "|", "on"})


@dataclass
class Bound:
    """A value expression with the property names that it belongs to."""

    value: ValueExpression
    names: list[Name]
    elliptical: bool = False
    group: int = -1


Fits = Callable[[ValueExpression, Name], bool]


class Binder:
    """Binds values to names, sentence by sentence.

    Parameters
    ----------
    tokens : list of Token
        The brief.
    sentences : list of int
        Sentence of each token.
    names : list of Name
        Property mentions in order.
    values : list of ValueExpression
        Value expressions in order.
    fits : callable
        Says whether a value's unit can belong to a name.
    reported : frozenset of int
        Tokens that tell of another material.
    """

    def __init__(
        self,
        tokens: list[Token],
        sentences: list[int],
        names: list[Name],
        values: list[ValueExpression],
        fits: Fits,
        reported: frozenset[int] = frozenset(),
    ) -> None:
        self.tokens, self.sentences, self.names, self.values, self.fits = tokens, sentences, names, values, fits
        self.reported = reported
        self.covered = {at: name for name in names for at in range(name.first, name.last + 1)}
        self.valued = {at for value in values for at in range(value.first, value.last + 1)}
        self.places = {id(name): place for place, name in enumerate(names)}
        self.starts = [value.first for value in values]
        self.bound: list[Bound] = []
        self.free: list[ValueExpression] = []

    def run(self) -> None:
        """Fill ``bound`` and ``free`` (values that belong to no name)."""
        index = 0
        while index < len(self.values):
            value = self.values[index]
            if value.chained in self.covered:
                self._take(value, [self.covered[value.chained]])
            elif not value.at:
                index += self._spread(index)
                continue
            index += 1
        for value in self.values:
            if value.at:
                self._condition(value)
        for value in [item for item in self.free if not item.at and item.explicit and item.unit is not None]:
            self._carried(value)

    def _carried(self, value: ValueExpression) -> None:
        """Bind "the new one needs at least 120 °C" to the property told of just before."""
        sentence = self.sentences[value.first]
        if value.first in self.reported or any(
            self.sentences[name.first] == sentence and name.first > value.first for name in self.names
        ):
            return
        for name in reversed(self.names):
            if name.last > value.first or name.first not in self.reported or not name.taken:
                continue
            if sentence - self.sentences[name.first] <= 1 and name.known and self.fits(value, name):
                self.free.remove(value)
                self._take(value, [name], elliptical=True)
            return

    def _take(self, value: ValueExpression, names: list[Name], *, elliptical: bool = False) -> None:
        for name in names:
            name.taken.append(len(self.bound))
        self.bound.append(Bound(value, names, elliptical))

    def _condition(self, value: ValueExpression) -> None:
        """Read "Tg at 200 °C" as a target if nothing else says what Tg shall be."""
        left = self._left(value)
        near = left is not None and not left.taken and self._tight(left, value) and self.fits(value, left)
        if left is not None and near and value.unit is not None and left.known and not self._later(left, value):
            self._take(replace(value, at=False), [left])
        else:
            self.free.append(value)

    def _later(self, name: Name, value: ValueExpression) -> bool:
        sentence = self.sentences[name.first]
        return any(
            not other.at and self.sentences[other.first] == sentence and other.first > value.last
            for other in self.free[-20:]
        )

    def _spread(self, index: int) -> int:
        """Bind the value at ``index``; return how many values were used ("respectively" uses several)."""
        value = self.values[index]
        name, side, elliptical = self._choose(value)
        if name is None:
            self.free.append(value)
            return 1
        if side == "left" and not elliptical:
            group = self._group(name)
            single = [one for item in group for one in _split(item)]
            run = self._run(index, len(single))
            if len(single) > 1 and len(run) == len(single):
                self._pairwise(single, run)
                for item in group:
                    item.taken = item.taken or [len(self.bound) - 1]
                return len(run)
            fitting = [item for item in group if self.fits(value, item)] or [name]
            self._take(value, fitting)
            return 1
        if elliptical:
            self._ellipsis(value, name)
            return 1
        self._take(self._trailing(value, name) if side == "right" else value, [name])
        return 1

    def _trailing(self, value: ValueExpression, name: Name) -> ValueExpression:
        """Read the comparator after the name: "a 250 °C Tg or better"."""
        at = name.last + 1
        if value.operator != "=" or value.target is None or at >= len(self.tokens) or at in self.valued:
            return value
        token = self.tokens[at]
        if not token.has("post") or self.sentences[at] != self.sentences[name.last]:
            return value
        operator = str(token.values("post")[0])
        return bounded(replace(value, last=at), operator)

    def _pairwise(self, group: list[Name], run: list[ValueExpression]) -> None:
        """Bind one value to each name; a unit written once belongs to all that can have it."""
        first, start = run[0], len(self.bound)
        for place, (name, value) in enumerate(zip(group, run, strict=True)):
            if value is not first and value.operator == "=" and first.operator in {">", ">=", "<", "<="}:
                value = bounded(value, first.operator)
            if value.unit is None and not (name.known and self.fits(value, name) and self._plain(name)):
                later = [item.unit for item in [*run[place:], *reversed(run[:place])] if item.unit is not None]
                value = next((done for unit in later if self.fits(done := with_unit(value, unit), name)), value)
            self._take(value, [name])
            self.bound[-1].group = start

    def _plain(self, name: Name) -> bool:
        """True if the property is a bare number, which takes no unit from its neighbours."""
        return name.count or all(all_properties()[item].unit == "dimensionless" for item in name.ids)

    def _run(self, index: int, count: int) -> list[ValueExpression]:
        """Values that follow one another with only connectors between, as many as there are names."""
        run = [self.values[index]]
        for value in self.values[index + 1 :]:
            gap = [self.tokens[at] for at in range(run[-1].last + 1, value.first)]
            words = {token.text.casefold() for token in gap if token.kind != "line"}
            if not gap or not words <= (_CONNECT | {"respectively"}) or value.at or value.chained >= 0:
                break
            run.append(value)
        respectively = any(token.has("respectively") for token in self.tokens[run[-1].last + 1 : run[-1].last + 5])
        if len(run) == count and (respectively or all(value.operator == "=" for value in run[1:])):
            following = self._next_name(run[-1])
            if respectively or following is None or not self._adjacent_right(run[-1], following):
                return run
        return []

    def _ellipsis(self, value: ValueExpression, name: Name) -> None:
        """Bind a further bound to a name that has one: "below 1.2 and above 1.0 g/cm3"."""
        last = self.bound[name.taken[-1]]
        if last.value.first in self.reported and value.first not in self.reported:
            self._take(value, last.names, elliptical=True)
            return
        between = [self.tokens[at] for at in range(last.value.last + 1, value.first)]
        shape, wished = last.value.operator, value.operator == "=" and self._wished(value)
        if value.operator == "=" and shape in {">", ">=", "<", "<="}:
            value = bounded(value, shape[0] + "=")
        either = any(token.text.casefold() == "or" for token in between)
        completed = with_unit(value, last.value.unit) if value.unit is None else value
        merged = None if either else merge(last.value, completed)
        hint = (
            any(token.has("soft") for token in between)
            or wished
            or (any(token.has("should") for token in between) and any(token.has("hard") for token in self.tokens))
        )
        if merged is not None and not hint and not last.value.chained >= 0:
            last.value = merged
            return
        names = last.names
        if value.unit is None:
            value = with_unit(value, last.value.unit)
        self._take(value, names, elliptical=True)

    # -- choosing ---------------------------------------------------------------------------------------------

    def _choose(self, value: ValueExpression) -> tuple[Name | None, str, bool]:
        left, right = self._left(value), self._right(value)
        if left is not None and not self.fits(value, left) and self._aside(value):
            return None, "", False
        left_fits = left is not None and self.fits(value, left)
        tight = left is not None and not left.taken and self._tight(left, value)
        if tight and (left_fits or right is None or not self.fits(value, right)):
            return left, "left", False
        if right is not None and right.tight and not right.count:
            right = None
        if right is not None and (self.fits(value, right) or not left_fits) and not self._claimed(right, value):
            return right, "right", False
        if left is None or (left.tight and not left.taken):
            return None, "", False
        if not left.taken and left_fits and self._reachable(left, value):
            return left, "left", False
        wished = value.operator == "=" and value.unit is not None and self._wished(value)
        if left.taken and left_fits and (value.operator != "=" or wished) and self._same_clause(left, value):
            return left, "left", True
        if not left.taken and not left.known and self._reachable(left, value):
            return left, "left", False
        return None, "", False

    def _wished(self, value: ValueExpression) -> bool:
        """True for the second number of "at least 150 °C, ideally 180 °C" and of "150 °C minimum, 180 °C preferred"."""
        beside = [*self.tokens[max(0, value.first - 1) : value.first], *self.tokens[value.last + 1 : value.last + 2]]
        return any(token.has("soft") for token in beside)

    def _aside(self, value: ValueExpression) -> bool:
        """A number in brackets, or before "irradiance" and the like, that says how and not how much."""
        after = self.tokens[value.last + 1] if value.last + 1 < len(self.tokens) else None
        return self.bracketed(value.first) or (after is not None and after.has("condition_noun", "additive"))

    def bracketed(self, at: int) -> bool:
        """True inside a bracket opened at most 15 tokens before."""
        for index in range(at - 1, max(-1, at - 16), -1):
            if self.tokens[index].text in {")", "]"}:
                return False
            if self.tokens[index].text in {"(", "["}:
                return True
        return False

    def _left(self, value: ValueExpression) -> Name | None:
        sentence = self.sentences[value.first]
        for at in range(value.first - 1, -1, -1):
            if self.sentences[at] != sentence:
                break
            name = self.covered.get(at)
            if name is not None:
                return name
        return None

    def _next_name(self, value: ValueExpression) -> Name | None:
        sentence = self.sentences[value.last]
        for at in range(value.last + 1, min(len(self.tokens), value.last + 9)):
            if self.sentences[at] != sentence:
                break
            if at in self.covered:
                return self.covered[at]
        return None

    def _right(self, value: ValueExpression) -> Name | None:
        name = self._next_name(value)
        return name if name is not None and self._adjacent_right(value, name) else None

    def _adjacent_right(self, value: ValueExpression, name: Name) -> bool:
        for at in range(value.last + 1, name.first):
            token = self.tokens[at]
            if (
                token.text.casefold() not in _RIGHT_GAP and not token.has("neutral")
            ) or token.text.casefold() == "film":
                return False
            if token.has("cmp") or (token.text.casefold() in _BOUNDARY and token.text != "|"):
                return False
        return True

    def _claimed(self, name: Name, value: ValueExpression) -> bool:
        """Say whether a name to the right has a value of its own right after it."""
        if name.taken:
            return True
        parenthesised = self.tokens[value.last + 1].text == "("
        for other in self.values[bisect_right(self.starts, name.last) :]:
            if self.sentences[other.first] == self.sentences[name.last]:
                between = range(name.last + 1, other.first)
                words = [self.tokens[at].text.casefold() for at in between]
                close = not any(word in _BOUNDARY for word in words)
                return close and self._tight(name, other) and not other.at and not parenthesised
        return False

    def _gap(self, name: Name, value: ValueExpression) -> list[int]:
        return [at for at in range(name.last + 1, value.first) if at not in self.valued]

    def _tight(self, name: Name, value: ValueExpression) -> bool:
        """Only function words, marks, or a parenthesis lie between name and value."""
        depth = 0
        for at in self._gap(name, value):
            token = self.tokens[at]
            depth += (token.text in "([") - (token.text in ")]")
            if token.text in ")]" or depth > 0 or token.kind == "line":
                continue
            word = token.text.casefold()
            if at in self.covered or (word in _BOUNDARY and word not in {"with", "|"}):
                return False
            if word not in _SKIP and not token.has(
                "unit", "copula", "method", "cmp", "post", "up", "down", "hard", "soft", "should"
            ):
                return False
        return True

    def _reachable(self, name: Name, value: ValueExpression) -> bool:
        """No other noun has been opened between name and value."""
        boundary = False
        for at in self._gap(name, value):
            token = self.tokens[at]
            word = token.text.casefold()
            if word in _BOUNDARY:
                boundary = True
            elif (
                boundary
                and token.kind == "word"
                and not token.has(
                    "unit",
                    "copula",
                    "method",
                    "cmp",
                    "post",
                    "soft",
                    "hard",
                    "should",
                    "neutral",
                    "not",
                    "up",
                    "down",
                    "condition_noun",
                )
            ):
                return False
        return value.operator != "=" or not boundary

    def _same_clause(self, name: Name, value: ValueExpression) -> bool:
        last = self.bound[name.taken[-1]].value
        if value.first < last.last:
            return False
        for at in range(last.last + 1, value.first):
            token = self.tokens[at]
            if at in self.valued or token.kind != "word":
                continue
            if token.text.casefold() not in _BOUNDARY and not token.has(*_CLAUSE_WORDS):
                return False
        return True

    def _group(self, name: Name) -> list[Name]:
        """The names coordinated with this one: "Tg and Td", "Tg, Tm and Td"."""
        position = self.places[id(name)]
        group = [name]
        while position > 0:
            before, after = self.names[position - 1], self.names[position]
            gap = [self.tokens[at] for at in range(before.last + 1, after.first)]
            words = [token.text.casefold() for token in gap if token.kind != "line"]
            allowed = _CONNECT | {"the", "a", "an", "its"}
            if (
                not words
                or not set(words) <= allowed
                or before.taken
                or before.described
                or not before.known
                or before.count != name.count
                or before.tight != name.tight
            ):
                break
            if self.sentences[before.last] != self.sentences[name.first]:
                break
            group.insert(0, before)
            position -= 1
        return group


def _split(name: Name) -> list[Name]:
    """One name per property: "CO2 and CH4 permeability" is two."""
    return [name] if len(name.ids) < 2 else [replace(name, ids=(identifier,), taken=[]) for identifier in name.ids]
