"""A second reading of a brief, checked against its text: it can add what the rules left open, and nothing else.

Whoever reads a second time (a language model) quotes the brief for everything. What counts is the brief: a quote must
stand in it, a number and its unit in the quote, words of direction and names of properties must agree, and only words
that no rule could make sense of are open. Numbers and units are read from the brief, never from the proposal.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from agent.brief.conflicts import find_problems
from agent.brief.draft import Draft
from agent.brief.evidence import Evidence, Place
from agent.brief.expressions import ValueExpression
from agent.brief.proposals import ProposedStructure, ProposedTarget, meanings
from agent.brief.quantities import Canonical, band, plausible
from agent.brief.targets import a_condition, not_a_target
from agent.wording import describe_constraint, describe_structure
from tools.core.errors import BriefError, UnitError, UnknownNameError
from tools.core.properties import Property, get_property
from tools.core.spec import Constraint, NotUnderstood, Operator, StructuralConstraint

_BEST_FIRST = ("agreed", "added", "differs", "left out")
_MOST_PLACES = 12  # places of one quote that are looked at
_MOST_DIFFERENCES = 12  # that are listed


@dataclass
class Outcome:
    """What became of a second reading.

    Attributes
    ----------
    added : list of str
        Requirements that only the second reader found, in words.
    agreed : int
        Requirements that both found.
    differences : list of str
        Requirements that the second reader read differently; the rules' reading is used.
    left_out : Counter of str
        Proposals that the brief does not bear out, by reason.
    """

    added: list[str] = field(default_factory=list)
    agreed: int = 0
    differences: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Found:
    """What one proposal comes to at one place of its quote."""

    kind: str
    place: Place
    constraint: Constraint | None = None
    structure: tuple[StructuralConstraint, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    number: int = -1


def read_again(
    draft: Draft,
    targets: Iterable[ProposedTarget] = (),
    structure: Iterable[ProposedStructure] = (),
    *,
    reader: str = "the language model",
) -> Outcome:
    """Join what a second reader proposes into a draft, as far as the brief bears it out.

    Parameters
    ----------
    draft : Draft
        What the rules read; constraints are added, never removed or changed. What is explained leaves the list of
        what was not understood.
    targets, structure : iterable
        Proposals.
    reader : str
        Who proposes, for the notes.

    Returns
    -------
    Outcome
        What was added, agreed with, read differently and left out.
    """
    return _Second(draft, reader).run(targets, structure)


class _Second:
    def __init__(self, draft: Draft, reader: str) -> None:
        self.draft, self.reader = draft, reader
        self.evidence = Evidence(draft)
        self.outcome = Outcome()

    def run(self, targets: Iterable[ProposedTarget], structure: Iterable[ProposedStructure]) -> Outcome:
        for target in targets:
            self._take(self._best(target))
        for item in structure:
            self._take(self._best(item))
        if self.outcome.added:
            before = len(self.draft.problems)
            find_problems(self.draft)
            self.draft.problems[before:] = [
                f"{text} (With what {self.reader} read.)" for text in self.draft.problems[before:]
            ]
        for note in self.outcome.differences[:_MOST_DIFFERENCES]:
            self.draft.assume(note)
        return self.outcome

    def _best(self, proposal: ProposedTarget | ProposedStructure) -> _Found:
        """Judge a proposal at every place of its quote; the best is what it comes to."""
        found: list[_Found] = []
        for place in self.evidence.places(proposal.quote)[:_MOST_PLACES]:
            try:
                if isinstance(proposal, ProposedStructure):
                    found.append(self._structure(proposal, place))
                elif proposal.operator in {"maximise", "minimise"}:
                    found.append(self._wish(proposal, place))
                else:
                    found.append(self._target(proposal, place))
            except BriefError as error:
                found.append(_Found("left out", place, reason=error.message))
            except (UnitError, UnknownNameError):
                found.append(_Found("left out", place, reason="the unit or the name is not known"))
        if not found:
            return _Found("left out", Place(0, 0, 0, 0), reason="the quote is not in the brief")
        return min(found, key=lambda item: _BEST_FIRST.index(item.kind))

    # -- judging ----------------------------------------------------------------------------------------------

    def _target(self, proposal: ProposedTarget, place: Place) -> _Found:
        prop = get_property(proposal.property)
        value, at = self.evidence.value(proposal, place, prop)
        constraint, notes = self._constraint(prop, value, place, must=proposal.must)
        rules = [item for _, item in self.draft.constraints]
        if any(_same(constraint, item) for item in rules):
            return _Found("agreed", place)
        if at not in self.draft.open:
            token = self.evidence.spans[at]
            covering = [item for item in rules if _overlap(item.span, token)]
            if not covering:
                raise BriefError("the rules read the words as something else than a requirement")
            return _Found("differs", place, notes=(self._difference(constraint, covering),))
        self.evidence.check_named(prop, place, at)
        numbers = [item for item in (constraint.lower, constraint.upper) if item is not None]
        numbers = [constraint.target] if constraint.target is not None else numbers
        if not all(plausible(number, prop) for number in numbers):
            raise BriefError("no polymer can have the number")
        return _Found("added", place, constraint, notes=notes, number=at)

    def _constraint(
        self, prop: Property, value: ValueExpression, place: Place, *, must: bool
    ) -> tuple[Constraint, tuple[str, ...]]:
        read: dict[str, Canonical] = {
            part: self.evidence.reader.read(quantity, prop)
            for part in ("lower", "upper", "target")
            if (quantity := getattr(value, part)) is not None
        }
        notes = [item.assumption for item in read.values()]
        bounds = {part: item.value for part, item in read.items()}
        if "target" in read:
            bounds["lower"], bounds["upper"], note = band(read["target"], value.tolerance, prop)
            notes.append(note)
        operator: Operator = "around" if value.operator == "=" else value.operator  # type: ignore[assignment]  # no other
        made = Constraint(
            property=prop.id,
            operator=operator,
            **bounds,
            unit=prop.unit,
            hard=must and not self.evidence.softened(place),
            conditions=self.evidence.conditions(place, value),
            text=place.text(self.draft),
            span=(place.start, place.end),
            given_unit=next(iter(read.values())).given,
            assumed=f"read by {self.reader}",
        )
        return made, tuple(filter(None, notes))

    def _wish(self, proposal: ProposedTarget, place: Place) -> _Found:
        prop = get_property(proposal.property)
        operator: Operator = "maximise" if proposal.operator == "maximise" else "minimise"
        if any(item.property == prop.id and item.operator == operator for _, item in self.draft.constraints):
            return _Found("agreed", place)
        self.evidence.check_words(prop, place)
        self.evidence.check_way(operator, place)
        made = Constraint(
            property=prop.id,
            operator=operator,
            unit=prop.unit,
            hard=False,
            text=place.text(self.draft),
            span=(place.start, place.end),
            assumed=f"read by {self.reader}",
        )
        return _Found("added", place, made)

    def _structure(self, proposal: ProposedStructure, place: Place) -> _Found:
        bounds = self.evidence.counted(proposal, place) if proposal.kind == "count" else (None, None)
        made = tuple(
            StructuralConstraint(
                kind=kind,
                name=name,
                required=proposal.required,
                lower=bounds[0],
                upper=bounds[1],
                hard=proposal.must and not self.evidence.softened(place),
                text=place.text(self.draft),
                span=(place.start, place.end),
            )
            for kind, name in meanings(proposal.kind, proposal.name)
        )
        if not made:
            raise BriefError("the name is not known")
        known = {(item.kind, item.name): item for _, item in self.draft.structure}
        rules = [known[item.kind, item.name] for item in made if (item.kind, item.name) in known]
        if rules:
            if all(item.required == proposal.required for item in rules):
                return _Found("agreed", place)
            return _Found("differs", place, notes=(self._difference(made[0], rules),))
        self.evidence.check_open(place)
        self.evidence.check_polarity(place, required=proposal.required)
        return _Found("added", place, structure=made)

    def _difference(
        self, mine: Constraint | StructuralConstraint, rules: list[Constraint] | list[StructuralConstraint]
    ) -> str:
        theirs = "; ".join(dict.fromkeys(map(_said, rules)))
        return (
            f"{self.reader.capitalize()} read {mine.text!r} as: {_said(mine)}. The rules read: {theirs}, which is used."
        )

    # -- taking -----------------------------------------------------------------------------------------------

    def _take(self, found: _Found) -> None:
        outcome, draft = self.outcome, self.draft
        if found.kind == "agreed":
            outcome.agreed += 1
        elif found.kind == "differs":
            outcome.differences += [note for note in found.notes if note not in outcome.differences]
        elif found.kind == "left out":
            outcome.left_out[found.reason] += 1
        else:
            made = (*((found.constraint,) if found.constraint is not None else ()), *found.structure)
            if found.constraint is not None:
                draft.constraints.append((found.place.first, found.constraint))
            draft.structure.extend((found.place.first, item) for item in found.structure)
            self._explained(found)
            said = "; ".join(map(_said, made))
            outcome.added.append(said)
            draft.assume(f"{made[0].text!r} was read by {self.reader}, not by the rules, as: {said}.")
            for note in found.notes:
                draft.assume(note)

    def _explained(self, found: _Found) -> None:
        """Take what is understood now off the lists; what lies beside the quote stays on them."""
        draft, place = self.draft, found.place
        if found.number >= 0 and (value := self.evidence.at.get(found.number)) is not None:
            words = draft.place(value.first, value.last)[1]
            notes = {not_a_target(words), a_condition(words)}
            draft.assumptions[:] = [item for item in draft.assumptions if item not in notes]
        inside = range(place.first, place.last + 1)
        kept: list[NotUnderstood] = []
        for item in draft.not_understood:
            tokens = self.evidence.within(*item.span)
            if not set(tokens) & set(inside) or not set(tokens) <= draft.open:
                kept.append(item)
                continue
            for first, last in self.evidence.runs([at for at in tokens if at not in inside]):
                span, text = draft.place(first, last)
                kept.append(NotUnderstood(text=text, span=span, reason=item.reason))
        draft.not_understood[:] = kept
        self.evidence.taken.update(inside)


def _said(item: Constraint | StructuralConstraint) -> str:
    return describe_constraint(item) if isinstance(item, Constraint) else describe_structure(item)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _same(one: Constraint, other: Constraint) -> bool:
    """Say whether two constraints ask for the same, but for "at least" and "above"."""

    def near(first: float | None, second: float | None) -> bool:
        if first is None or second is None:
            return first is second
        return math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-12)

    return one.property == other.property and near(one.lower, other.lower) and near(one.upper, other.upper)


def summary(outcome: Outcome) -> str:
    """Put the outcome into one sentence.

    Parameters
    ----------
    outcome : Outcome
        What became of a second reading.

    Returns
    -------
    str
        Counts of what was added, agreed with, read differently and left out, with the reasons.
    """
    reasons = "; ".join(f"{reason} ({count})" for reason, count in sorted(outcome.left_out.items()))
    counts = f"{len(outcome.added)} added, {outcome.agreed} agreed, {len(outcome.differences)} read differently"
    left_out = f"{sum(outcome.left_out.values())} left out{': ' + reasons if reasons else ''}"
    return f"Requirements: {counts}, {left_out}."
