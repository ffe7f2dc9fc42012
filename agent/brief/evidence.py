"""What the text of a brief says for or against a proposal of a second reader."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace

from agent.brief.draft import Draft
from agent.brief.expressions import Quantity, ValueExpression, bounded
from agent.brief.lexer import Token, tokenise
from agent.brief.names import find_names
from agent.brief.proposals import LONGEST_QUOTE, ProposedStructure, ProposedTarget, pattern_of
from agent.brief.quantities import fits
from agent.brief.residue import content
from agent.brief.targets import Targets, condition_key
from agent.brief.text import fold
from agent.brief.units import Unit, scan_unit
from agent.brief.values import find_values
from tools.core.errors import BriefError, UnitError
from tools.core.properties import Property
from tools.core.units import convert

_NO_UNIT = frozenset({"", "-", "none", "dimensionless", "1", "null"})
_LOW, _HIGH = frozenset({">", ">="}), frozenset({"<", "<="})


@dataclass(frozen=True)
class Place:
    """Where a quote stands.

    Attributes
    ----------
    start, end : int
        Offsets in the brief.
    first, last : int
        Tokens that lie wholly inside.
    """

    start: int
    end: int
    first: int
    last: int

    def text(self, draft: Draft) -> str:
        """Return the words of the brief."""
        return draft.folded.original[self.start : self.end]


class Evidence:
    """The text of a draft, laid out for looking things up.

    Parameters
    ----------
    draft : Draft
        What the rules read.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.tokens = draft.tokens
        self.spans = [draft.folded.span(token.start, token.end) for token in draft.tokens]
        self.starts = [start for start, _ in self.spans]
        values = find_values(draft.tokens, set())
        self.at = {at: value for value in values for at in range(value.first, value.last + 1)}
        self.values = values
        self.reader = Targets(draft, values).reader
        self.names = find_names(draft.tokens, set())
        self.taken: set[int] = set()  # tokens that a proposal has explained

    def within(self, start: int, end: int) -> list[int]:
        """Return the tokens that lie wholly between two offsets of the brief."""
        found = []
        for at in range(bisect_left(self.starts, start), len(self.spans)):
            if self.spans[at][0] >= end:
                break
            if self.spans[at][1] <= end:
                found.append(at)
        return found

    def places(self, quote: str) -> list[Place]:
        """Return where a quote stands in the brief; white space may differ.

        Parameters
        ----------
        quote : str
            The words.

        Returns
        -------
        list of Place
            Empty for a quote that is too long, has no word, or is not there.
        """
        pattern = pattern_of(quote) if len(quote) <= LONGEST_QUOTE else None
        found = []
        for match in pattern.finditer(self.draft.folded.original) if pattern is not None else ():
            tokens = self.within(*match.span())
            if tokens:
                found.append(Place(*match.span(), tokens[0], tokens[-1]))
        return found

    def runs(self, tokens: Iterable[int]) -> list[tuple[int, int]]:
        """Group tokens that follow one another; groups without a word of content are left out."""
        groups: list[list[int]] = []
        for at in tokens:
            if groups and at == groups[-1][-1] + 1:
                groups[-1].append(at)
            else:
                groups.append([at])
        return [(group[0], group[-1]) for group in groups if any(self._speaks(at) for at in group)]

    # -- numbers ----------------------------------------------------------------------------------------------

    def value(self, proposal: ProposedTarget, place: Place, prop: Property) -> tuple[ValueExpression, int]:
        """Read the value of a proposal from the brief.

        Parameters
        ----------
        proposal : ProposedTarget
            Says which numbers are meant.
        place : Place
            Where its quote stands.
        prop : Property
            The property.

        Returns
        -------
        ValueExpression
            With the brief's own numbers and units.
        int
            Token of the first number.

        Raises
        ------
        BriefError
            If a number or its unit is not in the quote, or the words say the opposite.
        """
        between = proposal.operator == "between"
        sides = ("low", "high") if between else (_side(proposal.operator),)
        written = (proposal.number, proposal.second) if between else (proposal.number,)
        found = [self._number(text, proposal.unit, place, prop) for text in written]
        for (at, _), side in zip(found, sides, strict=True):
            self._check_side(at, side)
        at, unit = found[0]
        whole = self.at.get(at)
        if whole is not None and whole.explicit and all(one in range(whole.first, whole.last + 1) for one, _ in found):
            missing = {
                part: replace(quantity, unit=unit)
                for part in ("lower", "upper", "target")
                if (quantity := getattr(whole, part)) is not None and quantity.unit is None
            }
            return replace(whole, **missing) if unit is not None else whole, at
        quantities = [Quantity(number, own) for one, own in found if (number := self.tokens[one].number) is not None]
        if between:
            return ValueExpression("between", at, found[1][0], quantities[0], quantities[1], explicit=True), at
        blank = ValueExpression(proposal.operator, at, at, target=quantities[0])
        return bounded(blank, proposal.operator) if sides[0] != "around" else blank, at

    def counted(self, proposal: ProposedStructure, place: Place) -> tuple[float | None, float | None]:
        """Read the bounds of a count from the brief; a number that is not in the quote is a ``BriefError``."""
        bounds: list[float | None] = []
        for text in (proposal.low, proposal.high):
            if not text.strip():
                bounds.append(None)
                continue
            numbers = [
                number.value
                for at in self._numbers(text, place)
                if self._is_open(at) and self.tokens[at].unit is None and (number := self.tokens[at].number) is not None
            ]
            if not numbers:
                raise BriefError("the number is not in the quote")
            bounds.append(numbers[0])
        if bounds == [None, None]:
            raise BriefError("the number is not in the quote")
        return bounds[0], bounds[1]

    def _numbers(self, text: str, place: Place) -> list[int]:
        read = [token for token in tokenise(fold(text[:60])) if token.number is not None]
        if len(read) != 1 or read[0].number is None:
            raise BriefError("the number is not in the quote")
        wanted = read[0].number.readings
        return [
            at
            for at in range(place.first, place.last + 1)
            if (number := self.tokens[at].number) is not None
            and any(math.isclose(one, other, rel_tol=1e-9) for one in number.readings for other in wanted)
        ]

    def _number(self, text: str, unit: str, place: Place, prop: Property) -> tuple[int, Unit | None]:
        ats = self._numbers(text, place)
        if not ats:
            raise BriefError("the number is not in the quote")
        problem = "the unit is not in the quote, or is none of the property"
        for at in sorted(ats, key=lambda at: not self._is_open(at)):
            own = self.tokens[at].unit
            told = self._unit(unit)
            if unit.strip().casefold() not in _NO_UNIT and told is None:
                continue
            if own is None and told is not None:
                own = self._stated(told, place)
                if own is None:
                    continue
            elif own is not None and told is not None and not _equal(own.pint, told.pint):
                continue
            if fits(own, prop):
                return at, own
        raise BriefError(problem)

    def _unit(self, text: str) -> Unit | None:
        if text.strip().casefold() in _NO_UNIT:
            return None
        read = [token.unit for token in tokenise(fold(f"2 {text[:40]}")) if token.number is not None]
        return read[0] if len(read) == 1 else None

    def _stated(self, told: Unit, place: Place) -> Unit | None:
        """Find a unit that stands in the quote apart from its number, as in the head of a table."""
        for at in range(place.first, place.last + 1):
            token = self.tokens[at]
            if token.number is not None or not (token.kind == "word" or token.text in "°%$"):
                continue
            unit = scan_unit(self.draft.folded.text, token.start)
            if unit is not None and unit.start == token.start and _equal(unit.pint, told.pint):
                return unit
        return None

    def _check_side(self, at: int, side: str) -> None:
        value = self.at.get(at)
        if value is None or not value.explicit:
            return
        said = {
            "between": "low" if _holds(value.lower, self.tokens[at]) else "high",
            "around": "around",
            "unsupported": "none",
        }.get(value.operator, _side(value.operator))
        if said != side and not (value.operator == "between" and side == "around"):
            raise BriefError("the words say something else of the number")

    # -- words ------------------------------------------------------------------------------------------------

    def _is_open(self, at: int) -> bool:
        return at in self.draft.open and at not in self.taken

    def _speaks(self, at: int) -> bool:
        token = self.tokens[at]
        return content(token) or (token.kind == "word" and not token.text.isascii()) or token.has("prop")

    def softened(self, place: Place) -> bool:
        """Say whether words of the quote make a wish of it."""
        return any(self.tokens[at].has("soft") for at in range(place.first, place.last + 1))

    def named(self, place: Place) -> set[str]:
        """Return the properties that the rules find named in a quote."""
        return {
            identifier
            for name in self.names
            if place.first <= name.first and name.last <= place.last and name.known and not name.count
            for identifier in name.ids
        }

    def check_named(self, prop: Property, place: Place, at: int) -> None:
        """Refuse a number whose quote names another property, or says nothing of what the number is."""
        named = self.named(place)
        if at in self.taken and prop.id not in named:
            raise BriefError("the number is explained already")
        if named and prop.id not in named:
            raise BriefError("the words name another property")
        if not named and at not in self.draft.listed and not self._open_words(place):
            raise BriefError("no word of the quote says what the number is")

    def check_words(self, prop: Property, place: Place) -> None:
        """Refuse a wish whose words are read already, or name another property."""
        named = self.named(place)
        if named and prop.id not in named:
            raise BriefError("the words name another property")
        self.check_open(place)

    def check_open(self, place: Place) -> None:
        """Refuse what rests mostly on words that the rules have read."""
        words = [at for at in range(place.first, place.last + 1) if self._speaks(at)]
        if 2 * sum(map(self._is_open, words)) < max(1, len(words)):
            raise BriefError("the rules have read these words")

    def check_way(self, operator: str, place: Place) -> None:
        """Refuse a direction that the words contradict."""
        against = ("minimise", "down") if operator == "maximise" else ("maximise", "up")
        along = ("maximise", "up") if operator == "maximise" else ("minimise", "down")
        tokens = self.tokens[place.first : place.last + 1]
        if any(token.has(*against) and not token.has(*along) for token in tokens):
            raise BriefError("the words say the other direction")

    def check_polarity(self, place: Place, *, required: bool) -> None:
        """Refuse to demand what the words exclude."""
        if required and any(token.has("lacking", "not") for token in self.tokens[place.first : place.last + 1]):
            raise BriefError("the words say the other direction")

    def _open_words(self, place: Place) -> bool:
        return any(self._is_open(at) and self._speaks(at) for at in range(place.first, place.last + 1))

    def conditions(self, place: Place, value: ValueExpression) -> dict[str, str]:
        """Return the conditions that stand in the quote, such as "at 10 GHz"."""
        found: dict[str, str] = {}
        for other in self.values:
            inside = place.first <= other.first and other.last <= place.last
            apart = other.last < value.first or other.first > value.last
            if inside and apart and other.at and (key := condition_key(other.unit)):
                first = next(at for at in range(other.first, other.last + 1) if self.tokens[at].kind == "num")
                text = self.draft.folded.text[self.tokens[first].start : self.tokens[other.last].end]
                found.setdefault(key, " ".join(text.split()))
        return found


def _holds(quantity: Quantity | None, token: Token) -> bool:
    return quantity is not None and token.number is not None and quantity.number.end == token.number.end


def _side(operator: str) -> str:
    return "low" if operator in _LOW else "high" if operator in _HIGH else "around"


def _equal(one: str, other: str) -> bool:
    """Say whether two units are the same, however written: same zero, same size."""
    if one == other:
        return True
    try:
        return all(math.isclose(convert(number, one, other), number, rel_tol=1e-9) for number in (1.0, 100.0))
    except UnitError:
        return False
