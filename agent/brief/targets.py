"""Constraints on properties: bound values made canonical, conditions attached, numbers that are no targets listed."""

from __future__ import annotations

from dataclasses import replace

from agent.brief.bind import Binder, Bound
from agent.brief.counts import add_count
from agent.brief.draft import EITHER_OR, Draft
from agent.brief.expressions import Quantity, ValueExpression, bounded, with_unit
from agent.brief.names import Name, find_names
from agent.brief.quantities import Canonical, Reader, band, compatible, fits
from agent.brief.units import Unit
from agent.brief.values import OPPOSITE
from agent.brief.words import STABILITY, word_set
from tools.core.errors import UnitError
from tools.core.properties import Property, all_properties
from tools.core.spec import Constraint, Operator

_CONDITIONS: tuple[tuple[str, str], ...] = (
    ("hertz", "frequency"), ("kelvin", "temperature"), ("kilowatt/meter**2", "heat_flux"), ("kelvin/minute",
    "heating_rate"),
    ("meter", "length"), ("pascal", "pressure"), ("second", "time"), ("percent", "percentage"),
    ("volt/meter", "field"), ("1/second", "rate"), ("kilogram/mole", "molar_mass"), ("volt", "voltage"),
)  # fmt: skip
_NAMED_CONDITIONS = {
    "RH": "humidity", "relative humidity": "humidity", "humidity": "humidity", "wavelength": "wavelength",
    "film": "thickness", "thick": "thickness", "thickness": "thickness", "thick film": "thickness",
    "weight loss": "weight_loss",
    "mass loss": "weight_loss", "films": "thickness", "thin film": "thickness", "membrane": "thickness",
}  # fmt: skip
_BEING = frozenset({"is", "are", "will", "would", "be", "get", "gets", "must", "should", "not", "can"})
_REJECTING = word_set("rejecting")
_UNIQUE = ("price", "thermal_conductivity", "electrical_conductivity")
_HEADINGS = frozenset(
    {"requirements", "requirement", "values", "specifications", "specs", "targets", "limits", "properties"}
)
_EDGES = {"ceiling": "<=", "cap": "<=", "roof": "<=", "floor": ">="}
_LIMITS = {"limit": "<=", "limits": "<=", "limiting": "<=", "cap": "<=", "capping": "<=", "restrict": "<="}


def condition_key(unit: Unit | None) -> str:
    """Name the condition that a unit belongs to.

    Parameters
    ----------
    unit : Unit or None
        The unit of a number that is no target.

    Returns
    -------
    str
        Such as "frequency"; "" if none.
    """
    if unit is None or "EUR" in unit.pint or "GBP" in unit.pint:
        return ""
    return next((name for target, name in _CONDITIONS if compatible(unit.pint, target)), "")


def not_a_target(text: str) -> str:
    """Return the note on a number that no rule could use.

    Parameters
    ----------
    text : str
        The words of the brief.

    Returns
    -------
    str
        One sentence.
    """
    return f"{text!r} is not a target of any property and was not used."


def a_condition(text: str) -> str:
    """Return the note on a number that is a condition of nothing that is asked for.

    Parameters
    ----------
    text : str
        The words of the brief.

    Returns
    -------
    str
        One sentence.
    """
    return f"{text!r} was read as a condition, not as a target."


class Targets:
    """Reads the property constraints of a draft.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; filled in place.
    values : list of ValueExpression
        Its value expressions, without counts.
    """

    def __init__(self, draft: Draft, values: list[ValueExpression]) -> None:
        self.draft = draft
        self.values = values
        self.by_sentence: dict[int, list[tuple[int, int]]] = {}
        self.groups: list[int] = []  # constraints of one coordination ("Dk and Df below 3 and 0.002") share a number
        names = find_names(draft.tokens, draft.used)
        self.binder = Binder(draft.tokens, draft.sentences, names, values, self._fits, draft.reported)
        for name in names:
            name.described = self._described(name)
        commas = any(token.number is not None and token.number.comma for token in draft.tokens)
        self.reader = Reader(draft.folded.text, decimal_comma=commas, temperature_unit=self._temperature_unit())

    def run(self) -> list[Name]:
        """Fill the draft; return the property mentions."""
        self.binder.run()
        for place, bound in enumerate(self.binder.bound):
            before = len(self.draft.constraints)
            self._emit(bound)
            group = bound.group if bound.group >= 0 else place
            self.groups.extend([group] * (len(self.draft.constraints) - before))
        for value in self.binder.free:
            self._free(value)
        return self.binder.names

    def _described(self, name: Name) -> bool:
        at = name.first - 1
        while self.draft.word(at) in {"the", "a", "an", "possible", "its"}:
            at -= 1
        before = self.draft.tokens[at] if at >= 0 else None
        return before is not None and before.has("up", "down", "good", "bad", "maximise", "minimise", "middling")

    def _fits(self, value: ValueExpression, name: Name) -> bool:
        unit = value.unit
        if name.count:
            return unit is None or (name.ids == ("molar_mass_unit",) and condition_key(unit) == "molar_mass")
        if not name.known:
            return unit is None or True
        return all(fits(unit, all_properties()[item]) for item in name.ids)

    def _temperature_unit(self) -> str:
        """The one unit of all temperatures that carry one, if there is just one such unit."""
        shown = {"degC": "°C", "kelvin": "K", "degF": "°F"}
        found = {
            shown[item.unit.pint]
            for value in self.values
            if not value.at
            for item in value.quantities
            if item.unit is not None and item.unit.pint in shown
        }
        return found.pop() if len(found) == 1 else ""

    # -- bound values -----------------------------------------------------------------------------------------

    def _emit(self, bound: Bound) -> None:
        value = self._banned(self._stability(self._minmax(bound), bound.names[0]), bound)
        first = min([value.first, *(name.first for name in bound.names)])
        last = max([value.last, *(name.last for name in bound.names)])
        if bound.elliptical:
            first, last = value.first, value.last
        self.draft.use(value.first, value.last)
        if value.first in self.draft.reported:
            for name in bound.names:
                self.draft.use(name.first, name.last)
            return
        for name in bound.names:
            self.draft.use(name.first, name.last)
            if not name.known:
                scale = last + 1 < len(self.draft.tokens) and self.draft.tokens[last + 1].has("unknown")
                self.draft.refuse(min(first, name.first), last + scale, name.reason)  # "hardness of 80 Shore D"
            elif value.operator == "unsupported":
                self.draft.refuse(
                    first, last, "an excluded or a relative value cannot be used: say which numbers are wanted"
                )
            elif name.count:
                self._count(name, value, first, last)
            else:
                own = self._annotated(value, name)
                for identifier in name.ids:
                    self._constraint(all_properties()[identifier], own, first, last)

    def _banned(self, value: ValueExpression, bound: Bound) -> ValueExpression:
        """Read "anything with a density above 1.3 g/cm3 will be rejected" as the opposite bound."""
        at = max([value.last, *(name.last for name in bound.names)]) + 1
        draft, first = self.draft, at
        while at < first + 4 and draft.word(at) in _BEING:
            at += 1
        if at >= len(draft.tokens) or value.operator not in OPPOSITE or not value.explicit:
            return value
        token = draft.tokens[at]
        banned = token.has("banned_after") or (at > first and draft.word(at) in _REJECTING)
        if not banned or draft.sentences[at] != draft.sentences[value.last]:
            return value
        draft.use(first, at)
        number = value.lower or value.upper
        return bounded(replace(value, lower=None, upper=None, target=number), OPPOSITE[value.operator])

    def _annotated(self, value: ValueExpression, name: Name) -> ValueExpression:
        """Give the unit of "Tg/K" to a number without one."""
        at = name.last + 1
        unit = self.draft.tokens[at].unit if at < len(self.draft.tokens) and self.draft.tokens[at].has("unit") else None
        if unit is None:
            return value
        self.draft.use(at, at)
        return with_unit(value, unit)

    def _stability(self, value: ValueExpression, name: Name) -> ValueExpression:
        """Read "stable up to 400 °C": at least 400 °C."""
        if self.draft.word(name.last) not in STABILITY or value.operator not in {"<=", "="}:
            return value
        self.draft.assume(f"{self.draft.place(name.first, value.last)[1]!r} was read as at least that temperature.")
        return replace(value, operator=">=", lower=value.upper or value.target, upper=None, target=None)

    def _minmax(self, bound: Bound) -> ValueExpression:
        """Read "maximum density: 1.2" and "limit the density to 1.2"."""
        value = bound.value
        if value.operator != "=" or value.target is None:
            return value
        name = bound.names[0]
        operator = ""
        gap = range(name.last + 1, value.first) if value.first > name.last else range(0)
        for at in [*range(max(0, name.first - 4), name.first), *gap]:
            token = self.draft.tokens[at]
            if self.draft.sentences[at] != self.draft.sentences[name.first]:
                continue
            if token.text in {",", ";"} or token.text.casefold() in {"and", "with", "plus"} or token.kind == "num":
                operator = ""
            found = [item for item in token.values("cmp") if item in {">=", "<="}]
            if found:
                operator = str(found[0])
            operator = _LIMITS.get(token.text.casefold(), operator)
            if at > name.last and token.text.casefold() in _EDGES:
                operator = _EDGES[token.text.casefold()]  # "the density ceiling is 1.3 g/cm3"
                self.draft.use(at, at)
        operator = operator or self._heading(name)
        if not operator:
            return value
        side = "lower" if operator == ">=" else "upper"
        changes: dict[str, object] = {side: value.target, "target": None, "operator": operator, "explicit": True}
        return replace(value, **changes)  # type: ignore[arg-type]  # the side is chosen by name

    def _heading(self, name: Name) -> str:
        """Read "Minimum requirements: Tg 150 °C, strength 70 MPa"."""
        tokens = self.draft.tokens
        for at in range(max(0, name.first - 40), name.first - 1):
            if (
                self.draft.sentences[at] == self.draft.sentences[name.first]
                and tokens[at + 1].text.casefold() in _HEADINGS
            ):
                found = [item for item in tokens[at].values("cmp") if item in {">=", "<="}]
                if found:
                    return str(found[0])
        return ""

    def _read(self, quantity: Quantity | None, prop: Property) -> Canonical | None:
        if quantity is None:
            return None
        result = self.reader.read(quantity, prop)
        self.draft.assume(result.assumption)
        return result

    def _constraint(self, prop: Property, value: ValueExpression, first: int, last: int) -> None:
        span, text = self.draft.place(first, last)
        try:
            low, high, target = (self._read(item, prop) for item in (value.lower, value.upper, value.target))
            operator: Operator = "around" if value.operator == "=" else value.operator  # type: ignore[assignment]
            given = next((item.given for item in (low, high, target) if item is not None), prop.unit)
            lower, upper = low.value if low else None, high.value if high else None
            if target is not None:
                lower, upper, note = band(target, value.tolerance, prop)
                self.draft.assume(note)
        except UnitError as error:
            self.draft.object_to(f"{text!r}: {error}")
            return
        self.by_sentence.setdefault(self.draft.sentences[first], []).append((len(self.draft.constraints), first))
        self.draft.constraints.append(
            (
                first,
                Constraint(
                    property=prop.id,
                    operator=operator,
                    lower=lower,
                    upper=upper,
                    target=target.value if target is not None else None,
                    unit=prop.unit,
                    text=text,
                    span=span,
                    given_unit=given,
                ),
            )
        )

    def _count(self, name: Name, value: ValueExpression, first: int, last: int) -> None:
        add_count(self.draft, name.ids[0], value, first, last)

    # -- free values ------------------------------------------------------------------------------------------

    def _free(self, value: ValueExpression) -> None:
        draft = self.draft
        if set(range(value.first, value.last + 1)) & draft.used:
            return
        last = value.last
        noun = draft.tokens[last + 1] if last + 1 < len(draft.tokens) else None
        if noun is not None and noun.text == "-" and last + 2 < len(draft.tokens):
            noun = draft.tokens[last + 2]
        key = condition_key(value.unit)
        named = _NAMED_CONDITIONS.get(noun.text, _NAMED_CONDITIONS.get(noun.text.casefold(), "")) if noun else ""
        is_condition = value.at or (noun is not None and noun.has("condition_noun"))
        if value.operator == "between" and key in {"temperature", "frequency", "length"}:
            is_condition = is_condition or value.first - 1 in self.binder.valued or self.binder.bracketed(value.first)
        additive = noun is not None and noun.has("additive")
        text = draft.place(value.first, last)[1]
        if draft.word(value.first - 1) == "or" and value.operator == "=" and not is_condition:
            draft.refuse(value.first - 1, last, EITHER_OR)
        elif additive or (not value.explicit and not is_condition and not self._attached(value, key)):
            self._ignored(value, text)
        elif key and (is_condition or not value.explicit):
            draft.use(value.first, last)
            self._attach(value, named or {"length": "wavelength" if value.at else "thickness"}.get(key, key), text)
        elif value.at:
            self._ignored(value, text)
        elif self._unique(value):
            return
        else:
            self._unbound(value)

    def _attached(self, value: ValueExpression, key: str) -> bool:
        if key and self.binder.bracketed(value.first):
            return True
        return key in {"frequency", "heat_flux", "heating_rate", "length"}

    def _ignored(self, value: ValueExpression, text: str) -> None:
        self.draft.use(value.first, value.last)
        self.draft.open.update(range(value.first, value.last + 1))
        self.draft.assume(not_a_target(text))

    def _unbound(self, value: ValueExpression) -> None:
        draft = self.draft
        first = value.first
        while first > 0 and draft.sentences[first - 1] == draft.sentences[value.first]:
            before = draft.tokens[first - 1]
            if before.kind != "word" or (first - 1) in draft.used or before.has("hard", "soft", "should"):
                break
            first -= 1
        draft.refuse(first, value.last, "no known property is named for this number", final=False)

    def _unique(self, value: ValueExpression) -> bool:
        """Infer the property from a unit that only one property has: USD/kg, W/m/K, S/cm."""
        for identifier in _UNIQUE:
            prop = all_properties()[identifier]
            if value.unit is not None and value.unit.pint != "usd" and fits(value.unit, prop):
                before = len(self.draft.constraints)
                if value.operator == "unsupported":
                    return False
                self._constraint(prop, value, value.first, value.last)
                self.draft.use(value.first, value.last)
                self.draft.assume(f"The unit of {self.draft.place(value.first, value.last)[1]!r} says {prop.name}.")
                return len(self.draft.constraints) > before
        return False

    def _attach(self, value: ValueExpression, key: str, text: str) -> None:
        """Give a condition to the nearest constraint of its sentence, the one before it first."""
        draft = self.draft
        sentence = draft.sentences[value.first]
        near = [
            (first > value.first, abs(first - value.first), index)
            for index, first in self.by_sentence.get(sentence, ())
        ]
        number = value.quantities[0]
        unit = number.unit
        if not near or unit is None:
            draft.open.update(range(value.first, value.last + 1))
            draft.assume(a_condition(text))
            return
        best = min(near)[2]
        first, constraint = draft.constraints[best]
        start = draft.tokens[value.first].start
        for token in draft.tokens[value.first : value.last + 1]:
            if token.kind == "num":
                start = token.start
                break
        written = " ".join(draft.folded.text[start : draft.tokens[value.last].end].split())
        written = written.replace(" and ", " to ") if value.operator == "between" else written
        meant = {index for _, _, index in near if self.groups[index : index + 1] == self.groups[best : best + 1] != []}
        if {"both", "all", "each"} & {draft.word(at) for at in range(value.first - 2, value.first + 1)}:
            meant |= {index for later, _, index in near if not later}
        if draft.word(value.last + 1) == ":" and all(later for later, _, _ in near):  # "At 10 GHz: Dk ..., Df ..."
            meant |= {index for _, _, index in near}
        for _, _, index in near:
            first, other = draft.constraints[index]
            same = other.property == constraint.property or index in meant
            if not same or (index != best and key in other.conditions):
                continue
            conditions = {**other.conditions, key: written}
            draft.constraints[index] = (first, other.model_copy(update={"conditions": conditions}))
