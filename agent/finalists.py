"""Turning the best candidates into finalists, every number entered into the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from agent.evidence import Claim, Derived, Ledger
from agent.numbers import show, show_value
from agent.report.model import Check, Finalist, Monomer, Neighbour, RouteCard
from agent.wording import describe_constraint, describe_structure
from tools.chemistry import handbook
from tools.chemistry.classes import classes_of, main_class
from tools.core.errors import NotCoveredError
from tools.core.evidence import MeasuredNeighbour, Value
from tools.core.plausibility import sound, usable
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec
from tools.design.screen import Scored
from tools.design.structure import meets_structure
from tools.naming.naming import name_of
from tools.properties.neighbours import nearest_measured
from tools.properties.predict import available, predict_table
from tools.properties.predict import values as values_of
from tools.properties.probability import joint
from tools.simulation.estimate import estimable, estimate
from tools.synthesis.feasibility import Feasibility
from tools.synthesis.feasibility import assess as assess_feasibility
from tools.synthesis.stereo import routes_of as find_routes

NEIGHBOURS = 3
ROUTES = 2
# Below this min-max Tanimoto similarity the nearest polymer with a value says little.
FAR = 0.3


def percent(share: float) -> float:
    """Turn a share into a percentage with one decimal.

    Parameters
    ----------
    share : float
        Between 0 and 1.

    Returns
    -------
    float
        Between 0 and 100.
    """
    return round(100.0 * share, 1)


@dataclass(frozen=True)
class Judged:
    """Values and chances of the finalists.

    Attributes
    ----------
    values : dict of str to dict of str to Value
        By polymer key and property id: predicted, or estimated where no model covers an asked property.
    chances : dict of str to dict of int to float
        By polymer key and position of the constraint, 0 to 1.
    """

    values: dict[str, dict[str, Value]]
    chances: dict[str, dict[int, float]]

    @classmethod
    def of(cls, polymers: Sequence[Polymer], spec: DesignSpec) -> Judged:
        """Judge polymers with the accurate models.

        Parameters
        ----------
        polymers : sequence of Polymer
            The finalists.
        spec : DesignSpec
            The brief as understood.

        Returns
        -------
        Judged
            Values and chances.
        """
        if not polymers:
            return cls({}, {})
        table = predict_table(polymers, tier="accurate")
        values = {item.key: usable(row) for item, row in zip(polymers, values_of(table), strict=True)}
        chances: dict[str, dict[int, float]] = {item.key: {} for item in polymers}
        for position, constraint in enumerate(spec.constraints):
            if constraint.property in table.columns and bounded(constraint):
                for item, chance in zip(polymers, joint((constraint,), table), strict=True):
                    chances[item.key][position] = float(chance)
            elif constraint.property not in table.columns and constraint.property in estimable():
                for item in polymers:
                    _estimate(item, position, constraint, values, chances)
        return cls(values, chances)


def bounded(constraint: Constraint) -> bool:
    """Say whether a constraint has a limit, unlike "as high as possible".

    Parameters
    ----------
    constraint : Constraint
        The constraint.

    Returns
    -------
    bool
        True if it has a lower or an upper bound.
    """
    return constraint.lower is not None or constraint.upper is not None


def _estimate(
    polymer: Polymer,
    position: int,
    constraint: Constraint,
    values: dict[str, dict[str, Value]],
    chances: dict[str, dict[int, float]],
) -> None:
    """Fall back on group contribution; its interval is read as normal."""
    try:
        value = sound(estimate(polymer, (constraint.property,))[constraint.property])
    except NotCoveredError:
        return
    values[polymer.key][constraint.property] = value
    if not bounded(constraint) or value.lower is None or value.upper is None:
        return
    spread = NormalDist(value.value, (value.upper - value.lower) / (2 * NormalDist().inv_cdf(0.95)))
    low = spread.cdf(constraint.lower) if constraint.lower is not None else 0.0
    high = spread.cdf(constraint.upper) if constraint.upper is not None else 1.0
    chances[polymer.key][position] = high - low


def property_check(constraint: Constraint, value: Value | None, chance: float | None, ledger: Ledger) -> Check:
    """Say how a candidate stands to a property constraint.

    Parameters
    ----------
    constraint : Constraint
        The constraint.
    value : Value or None
        What is known of the property; None if nothing.
    chance : float or None
        Chance to meet it, 0 to 1.
    ledger : Ledger
        Where the numbers are entered.

    Returns
    -------
    Check
        With the caveats of the value.
    """
    requirement = describe_constraint(constraint)
    if value is None:
        note = "no model for this property: not assessed"
        return Check(requirement=requirement, property=constraint.property, hard=constraint.hard, note=note)
    key = ledger.add_value(value)
    entered = ""
    if chance is not None:
        method = "calibrated predictive distribution of the model"
        if value.kind == "estimated":
            method = "normal distribution over the interval of the estimate; not part of the chance to meet all"
        elif value.kind == "simulated":
            method = "log-normal distribution over the interval of the simulation"
        entered = ledger.add_derived(
            Derived(
                name=f"chance of {requirement}", value=percent(chance), unit="percent", method=method, inputs=(key,)
            )
        )
    return Check(
        requirement=requirement,
        property=constraint.property,
        hard=constraint.hard,
        value=key,
        chance=entered,
        note="; ".join(filter(None, (value.note, _condition_note(constraint, value)))),
    )


def _condition_note(constraint: Constraint, value: Value) -> str:
    if value.kind == "simulated":
        return "simulated at " + ", ".join(
            f"{name.replace('_', ' ')} {text}" for name, text in value.conditions.items()
        )
    if not constraint.conditions:
        return ""
    asked = ", ".join(f"{name} {text}" for name, text in constraint.conditions.items())
    return f"the model does not use the condition {asked}"


def _routes(polymer: Polymer) -> tuple[RouteCard, ...]:
    cards = []
    found = find_routes(polymer, ROUTES)
    if found and found[0].all_known:  # a second route from monomers that nobody lists would only distract
        found = [route for route in found if route.all_known]
    for route in found:
        notes = [route.note] if route.note else []
        if route.competing:
            notes.append(f"Also reactive in the monomers: {', '.join(route.competing)}.")
        cards.append(
            RouteCard(
                mechanism=route.mechanism,
                polymerisation=route.polymerisations,
                monomers=tuple(Monomer(smiles=m.smiles, name=m.name, known_in=m.known_in) for m in route.monomers),
                by_product=route.by_product,
                conditions=route.conditions,
                verified=route.verified,
                notes=tuple(notes),
            )
        )
    return tuple(cards)


def _neighbours(
    polymer: Polymer, spec: DesignSpec, values: Mapping[str, Value], ledger: Ledger
) -> dict[str, tuple[Neighbour, ...]]:
    found: dict[str, tuple[Neighbour, ...]] = {}
    learnt = available()  # an estimate that is no learned model has no table of known values
    for constraint in spec.constraints:
        if constraint.property in values and constraint.property in learnt and constraint.property not in found:
            nears = nearest_measured(polymer, constraint.property, NEIGHBOURS)
            found[constraint.property] = tuple(_neighbour(near, ledger) for near in nears)
    return found


def _neighbour(near: MeasuredNeighbour, ledger: Ledger) -> Neighbour:
    value = ledger.add_value(near.value)
    similarity = Derived(
        name="similarity of a polymer with a known value",
        value=round(near.similarity, 2),
        method="min-max Tanimoto of count fingerprints, 1 = same",
        inputs=(value,),
    )
    return Neighbour(name=near.name, smiles=near.smiles, similarity=ledger.add_derived(similarity), value=value)


def _uncertain(
    checks: tuple[Check, ...], neighbours: Mapping[str, tuple[Neighbour, ...]], ledger: Ledger
) -> tuple[Claim, ...]:
    claims = []
    for check in checks:
        if not check.value:
            continue
        value = ledger.values[check.value]
        name = get_property(value.property).name
        if value.in_domain is False:
            text = f"The {name} of {show_value(value)} is an extrapolation: the model has seen nothing similar enough."
            claims.append(Claim(text=text, values=(check.value,), names=(name,)))
        nears = neighbours.get(value.property, ())
        if nears and ledger.derived[nears[0].similarity].value < FAR:
            similarity = ledger.derived[nears[0].similarity].value
            text = f"The nearest polymer with a known {name} is not close (similarity {similarity:.2f})."
            claims.append(Claim(text=text, values=(nears[0].similarity,), names=(name,)))
        if check.chance and 5.0 < ledger.derived[check.chance].value < 80.0:
            chance = ledger.derived[check.chance].value
            low, high = (
                show(bound, value.property) if bound is not None else "?" for bound in (value.lower, value.upper)
            )
            text = (
                f"The {name} may miss its limit: the interval runs from {low} to {high}, the chance is {chance:.0f} %."
            )
            claims.append(Claim(text=text, values=(check.value, check.chance), names=(name,)))
    return tuple(claims)


def build_finalist(rank: int, scored: Scored, spec: DesignSpec, judged: Judged, ledger: Ledger) -> Finalist:
    """Write up one candidate.

    Parameters
    ----------
    rank : int
        1 is best.
    scored : Scored
        The candidate with its joint chance.
    spec : DesignSpec
        The brief as understood.
    judged : Judged
        Values and chances of all finalists.
    ledger : Ledger
        Where every number is entered.

    Returns
    -------
    Finalist
        The candidate with everything behind it, but without physics checks.
    """
    polymer = scored.polymer
    values, chances = judged.values[polymer.key], judged.chances[polymer.key]
    ids = {name: ledger.add_value(value) for name, value in values.items()}
    checks = tuple(
        property_check(item, values.get(item.property), chances.get(position), ledger)
        for position, item in enumerate(spec.constraints)
    )
    structure = tuple(
        Check(requirement=describe_structure(item), hard=item.hard, met=meets_structure(polymer, item))
        for item in spec.structure
    )
    every = Derived(
        name="chance to meet all hard limits",
        value=percent(scored.joint),
        unit="percent",
        method="Gaussian copula over the predictive distributions, with the models' error correlation",
        inputs=tuple(check.value for check in checks if check.value and check.hard),
    )
    feasible = assess_feasibility(polymer)
    parts = _parts(feasible, ledger)
    able = Derived(
        name="synthesisability",
        value=round(feasible.score, 3),
        method="product of its parts",
        inputs=tuple(parts.values()),
    )
    neighbours = _neighbours(polymer, spec, values, ledger)
    main, routes = main_class(polymer), _routes(polymer)
    return Finalist(
        rank=rank,
        smiles=polymer.smiles,
        key=polymer.key,
        name=name_of(polymer),
        classes=tuple(dict.fromkeys(filter(None, (main, *sorted(classes_of(polymer)))))),
        origin=": ".join(filter(None, (scored.candidate.source, scored.candidate.origin))),
        parents=scored.candidate.parents,
        reason=scored.candidate.reason,
        chance=ledger.add_derived(every),
        checks=checks + structure,
        predictions=ids,
        measured=_measured(polymer, ledger),
        neighbours=neighbours,
        routes=routes,
        feasibility=ledger.add_derived(able),
        feasibility_parts=parts,
        warnings=feasible.warnings,
        uncertain=_uncertain(checks, neighbours, ledger),
    )


def _parts(feasible: Feasibility, ledger: Ledger) -> dict[str, str]:
    entries = {}
    for part in feasible.parts:
        entry = Derived(name=f"synthesisability: {part.name}", value=round(part.factor, 3), method=part.reason)
        entries[part.name] = ledger.add_derived(entry)
    return entries


def _measured(polymer: Polymer, ledger: Ledger) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in handbook.by_key().get(polymer.key, ()):
        for name in sorted({value.property for value in entry.values}):
            value = entry.summary(name)
            if value is not None:
                found[name] = (*found.get(name, ()), ledger.add_value(value))
    return found
