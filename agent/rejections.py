"""Known polymers that a chemist would think of, and the requirement that each of them misses."""

from __future__ import annotations

from collections.abc import Sequence

from tools.properties.probability import joint

from agent.evidence import Claim, Derived, Ledger
from agent.finalists import bounded, percent
from agent.numbers import show_value
from agent.planner import describe_constraint, describe_structure
from agent.report.model import Rejected
from tools.chemistry import handbook
from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec
from tools.design.screen import MET
from tools.design.structure import violated
from tools.properties.predict import predict, predict_table

LIMIT = 6


def _inside(constraint: Constraint, value: Value) -> bool:
    low = constraint.lower is None or value.value >= constraint.lower
    return low and (constraint.upper is None or value.value <= constraint.upper)


def _chance(constraint: Constraint, predicted: float, measured: Value | None) -> float:
    """Prefer what was measured to what is predicted."""
    return predicted if measured is None else float(_inside(constraint, measured))


def _property_claim(entry: handbook.Entry, constraint: Constraint, chance: float, ledger: Ledger) -> Claim:
    measured = entry.summary(constraint.property)
    requirement = describe_constraint(constraint)
    name = get_property(constraint.property).name
    names = (entry.name, requirement, name)
    if measured is not None:
        shown = show_value(measured, constraint.given_unit)
        text = f"{entry.name}: the measured {name} is {shown}, asked was {requirement}."
        return Claim(text=text, values=(ledger.add_value(measured),), names=names)
    value = predict([entry.polymer], [constraint.property])[0][constraint.property]
    key = ledger.add_value(value)
    derived = Derived(
        name=f"chance of {requirement}", value=percent(chance), unit="percent",
        method="calibrated predictive distribution of the model", inputs=(key,),
    )  # fmt: skip
    shown = show_value(value, constraint.given_unit)
    text = f"{entry.name}: the predicted {name} is {shown}, the chance of {requirement} is {percent(chance):.0f} %."
    return Claim(text=text, values=(key, ledger.add_derived(derived)), names=names)


def _structure_claim(entry: handbook.Entry, missed: Sequence[str], ledger: Ledger) -> Claim:
    count = ledger.add_derived(
        Derived(
            name=f"structural requirements that {entry.name} misses", value=len(missed), method="structure matching"
        )
    )
    text = f"{entry.name} is likely to meet the limits on properties, but misses: {'; '.join(missed)}."
    return Claim(text=text, values=(count,), names=(entry.name, *missed))


def known_alternatives(spec: DesignSpec, modelled: Sequence[str], ledger: Ledger) -> tuple[Rejected, ...]:
    """Find the known polymers that come closest and say what they miss.

    Parameters
    ----------
    spec : DesignSpec
        The brief as understood.
    modelled : sequence of str
        Property ids that a model covers.
    ledger : Ledger
        Where every number is entered.

    Returns
    -------
    tuple of Rejected
        Near misses on one property first, then polymers that only the structure excludes.
    """
    entries = [entries[0] for entries in handbook.by_key().values()]
    hard = [item for item in spec.constraints if item.hard and item.property in modelled and bounded(item)]
    if not hard:
        return ()
    asked = list(dict.fromkeys(item.property for item in hard))
    table = predict_table([entry.polymer for entry in entries], asked, tier="fast")
    predicted = [joint((item,), table) for item in hard]
    structure = [item for item in spec.structure if item.hard]
    near: list[tuple[float, handbook.Entry, Constraint, float]] = []
    excluded: list[tuple[float, handbook.Entry, list[str]]] = []
    for row, entry in enumerate(entries):
        chances = [_chance(item, float(predicted[i][row]), entry.summary(item.property)) for i, item in enumerate(hard)]
        missed = [describe_structure(item) for item in violated(entry.polymer, structure)]
        failing = [i for i, chance in enumerate(chances) if chance < MET]
        if not missed and len(failing) == 1:
            worst = failing[0]
            near.append((chances[worst], entry, hard[worst], chances[worst]))
        elif missed and not failing:
            excluded.append((min(chances), entry, missed))
    near.sort(key=lambda item: (-item[0], item[1].name))
    excluded.sort(key=lambda item: (-item[0], item[1].name))
    rejected = [
        Rejected(
            smiles=entry.polymer.smiles,
            name=entry.name,
            violated=describe_constraint(constraint),
            claim=_property_claim(entry, constraint, chance, ledger),
        )
        for _, entry, constraint, chance in near[:LIMIT]
    ]
    rejected += [
        Rejected(
            smiles=entry.polymer.smiles,
            name=entry.name,
            violated="; ".join(missed),
            claim=_structure_claim(entry, missed, ledger),
        )
        for _, entry, missed in excluded[: max(2, LIMIT - len(rejected))]
    ]
    return tuple(rejected)
