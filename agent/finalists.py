"""Turning the best candidates into finalists, every number entered into the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from tools.properties.neighbours import nearest_measured
from tools.properties.probability import meets

from agent.evidence import Claim, Derived, Ledger
from agent.numbers import show, show_value
from agent.planner import describe_constraint, describe_structure
from agent.report.model import Check, Finalist, Monomer, Neighbour, RouteCard
from tools.chemistry import handbook
from tools.chemistry.classes import classes_of, main_class
from tools.chemistry.names import name_of
from tools.core.evidence import Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec
from tools.design.structure import meets_structure
from tools.synthesis.feasibility import assess as assess_feasibility
from tools.synthesis.retro import routes as find_routes

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


def _property_check(
    constraint: Constraint, values: Mapping[str, Value], ids: Mapping[str, str], ledger: Ledger
) -> Check:
    requirement = describe_constraint(constraint)
    if constraint.property not in values:
        note = "no model for this property: not assessed"
        return Check(requirement=requirement, property=constraint.property, hard=constraint.hard, note=note)
    value = values[constraint.property]
    chance = ""
    if constraint.lower is not None or constraint.upper is not None:
        derived = Derived(
            name=f"chance of {requirement}",
            value=percent(meets(constraint, value)),
            unit="percent",
            method="calibrated predictive distribution of the model",
            inputs=(ids[constraint.property],),
        )
        chance = ledger.add_derived(derived)
    return Check(
        requirement=requirement,
        property=constraint.property,
        hard=constraint.hard,
        value=ids[constraint.property],
        chance=chance,
        note="; ".join(filter(None, (value.note, _condition_note(constraint)))),
    )


def _condition_note(constraint: Constraint) -> str:
    if not constraint.conditions:
        return ""
    asked = ", ".join(f"{name} {text}" for name, text in constraint.conditions.items())
    return f"the model does not use the condition {asked}"


def _routes(polymer: Polymer) -> tuple[RouteCard, ...]:
    cards = []
    for route in find_routes(polymer, ROUTES):
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
    for constraint in spec.constraints:
        if constraint.property in values and constraint.property not in found:
            found[constraint.property] = tuple(
                Neighbour(
                    name=near.name,
                    smiles=near.smiles,
                    similarity=round(near.similarity, 3),
                    value=ledger.add_value(near.value),
                )
                for near in nearest_measured(polymer, constraint.property, NEIGHBOURS)
            )
    return found


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
        if nears and nears[0].similarity < FAR:
            similarity = ledger.add_derived(
                Derived(name="similarity of the nearest polymer with a value", value=nears[0].similarity,
                        method="min-max Tanimoto of count fingerprints", inputs=(nears[0].value,))
            )  # fmt: skip
            text = f"The nearest polymer with a known {name} is not close (similarity {nears[0].similarity:.2f})."
            claims.append(Claim(text=text, values=(similarity,), names=(name,)))
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


def build_finalist(
    rank: int,
    polymer: Polymer,
    origin: str,
    parents: tuple[str, ...],
    spec: DesignSpec,
    values: Mapping[str, Value],
    joint: float,
    ledger: Ledger,
) -> Finalist:
    """Write up one candidate.

    Parameters
    ----------
    rank : int
        1 is best.
    polymer : Polymer
        The candidate.
    origin : str
        Where it came from.
    parents : tuple of str
        Repeat units it was derived from.
    spec : DesignSpec
        The brief as understood.
    values : mapping of str to Value
        Predicted value by property id.
    joint : float
        Chance to meet all hard property requirements, 0 to 1.
    ledger : Ledger
        Where every number is entered.

    Returns
    -------
    Finalist
        The candidate with everything behind it, but without physics checks.
    """
    ids = {name: ledger.add_value(value) for name, value in values.items()}
    checks = tuple(_property_check(item, values, ids, ledger) for item in spec.constraints)
    structure = tuple(
        Check(requirement=describe_structure(item), hard=item.hard, met=meets_structure(polymer, item))
        for item in spec.structure
    )
    judged = tuple(check.value for check in checks if check.value and check.hard)
    method = "Gaussian copula over the predictive distributions, with the models' error correlation"
    chance = ledger.add_derived(
        Derived(
            name="chance to meet all hard limits", value=percent(joint), unit="percent", method=method, inputs=judged
        )
    )
    feasible = assess_feasibility(polymer)
    neighbours = _neighbours(polymer, spec, values, ledger)
    main = main_class(polymer)
    return Finalist(
        rank=rank,
        smiles=polymer.smiles,
        key=polymer.key,
        name=name_of(polymer) or "",
        classes=(main, *sorted(classes_of(polymer) - {main})) if main else tuple(sorted(classes_of(polymer))),
        origin=origin,
        parents=parents,
        chance=chance,
        checks=checks + structure,
        predictions=ids,
        measured={
            value.property: (ledger.add_value(value),)
            for entry in handbook.by_key().get(polymer.key, ())
            for value in (entry.summary(name) for name in sorted({known.property for known in entry.values}))
            if value is not None
        },
        neighbours=neighbours,
        routes=_routes(polymer),
        feasibility=ledger.add_derived(
            Derived(name="synthesisability", value=round(feasible.score, 3), method="product of explained parts")
        ),
        feasibility_parts={part.name: round(part.factor, 3) for part in feasible.parts},
        warnings=feasible.warnings,
        uncertain=_uncertain(checks, neighbours, ledger),
    )
