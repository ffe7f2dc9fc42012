"""Known polymers that a chemist would think of, and the requirement that each of them misses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from agent.evidence import Claim, Derived, Ledger
from agent.finalists import bounded, percent
from agent.numbers import show_value
from agent.report.model import Rejected
from agent.wording import describe_constraint, describe_structure
from tools.chemistry import handbook
from tools.chemistry.classes import classes_of
from tools.core.errors import NotCoveredError
from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.design.screen import MET
from tools.design.structure import violated
from tools.properties.predict import predict, predict_table
from tools.properties.probability import joint

LIMIT = 5
Tier = Literal["accurate", "fast"]


class _NearMiss(NamedTuple):
    entry: handbook.Entry
    constraint: Constraint
    chance: float


class _Excluded(NamedTuple):
    entry: handbook.Entry
    missed: list[str]
    chance: float


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


def _limits(spec: DesignSpec, modelled: Collection[str]) -> list[Constraint]:
    return [item for item in spec.constraints if item.hard and item.property in modelled and bounded(item)]


def _chances(entries: Sequence[handbook.Entry], hard: Sequence[Constraint], tier: Tier) -> list[list[float]]:
    """Return the chance of each limit, by entry; what was measured counts as certain."""
    if not entries:
        return []
    asked = list(dict.fromkeys(item.property for item in hard))
    table = predict_table([entry.polymer for entry in entries], asked, tier=tier)
    predicted = [joint((item,), table) for item in hard]
    return [
        [
            _chance(item, float(column[row]), entry.summary(item.property))
            for item, column in zip(hard, predicted, strict=True)
        ]
        for row, entry in enumerate(entries)
    ]


def _sort_out(
    entries: Sequence[handbook.Entry], hard: Sequence[Constraint], structure: Sequence[StructuralConstraint], tier: Tier
) -> tuple[list[_NearMiss], list[_Excluded]]:
    """Find the entries that miss one limit, and those that only the structure excludes; the closest first."""
    near, excluded = [], []
    for entry, chances in zip(entries, _chances(entries, hard, tier), strict=True):
        missed = [describe_structure(item) for item in violated(entry.polymer, structure)]
        failing = [position for position, chance in enumerate(chances) if chance < MET]
        if not missed and len(failing) == 1:
            near.append(_NearMiss(entry, hard[failing[0]], chances[failing[0]]))
        elif missed and not failing:
            excluded.append(_Excluded(entry, missed, min(chances)))
    near.sort(key=lambda item: (-item.chance, item.entry.name))
    excluded.sort(key=lambda item: (len(item.missed), -item.chance, item.entry.name))
    return near, excluded


def known_alternatives(
    spec: DesignSpec, modelled: Collection[str], finalists: Collection[str], ledger: Ledger
) -> tuple[Rejected, ...]:
    """Find the known polymers that come closest and say what they miss.

    Parameters
    ----------
    spec : DesignSpec
        The brief as understood.
    modelled : collection of str
        Property ids that a model covers.
    finalists : collection of str
        Keys of the finalists, which are not rejected.
    ledger : Ledger
        Where every number is entered.

    Returns
    -------
    tuple of Rejected
        Near misses on one property first, then polymers that only the structure excludes.
    """
    hard = _limits(spec, modelled)
    if not hard:
        return ()
    entries = [group[0] for key, group in handbook.by_key().items() if key not in finalists]
    structure = [item for item in spec.structure if item.hard]
    near, excluded = _sort_out(entries, hard, structure, "fast")
    # the models that screen are not those that answer: judge the closest again
    shortlist = [item.entry for item in near[: 2 * LIMIT]] + [item.entry for item in excluded[:LIMIT]]
    near, excluded = _sort_out(shortlist, hard, structure, "accurate")
    rejected: list[Rejected] = []
    for item in near[:LIMIT]:
        with suppress(NotCoveredError):  # a model that gave no number says nothing of it
            rejected.append(
                Rejected(
                    smiles=item.entry.polymer.smiles,
                    name=item.entry.name,
                    violated=describe_constraint(item.constraint),
                    claim=_property_claim(item.entry, item.constraint, item.chance, ledger),
                )
            )
    rejected += [
        Rejected(
            smiles=other.entry.polymer.smiles,
            name=other.entry.name,
            violated="; ".join(other.missed),
            claim=_structure_claim(other.entry, other.missed, ledger),
        )
        for other in excluded[: max(2, LIMIT - len(rejected))]
    ]
    return tuple(rejected)


def closest_of_class(
    spec: DesignSpec, polymer_class: str, modelled: Collection[str], limit: int
) -> tuple[handbook.Entry, ...]:
    """Find the known polymers of a class that come closest to a brief.

    Parameters
    ----------
    spec : DesignSpec
        The brief as understood.
    polymer_class : str
        Id of ``tools.core.vocabulary.CLASSES``.
    modelled : collection of str
        Property ids that a model covers.
    limit : int
        How many at most.

    Returns
    -------
    tuple of Entry
        The likeliest to meet the limits on properties first, then those that miss least of the structure; by name if
        there are no limits.
    """
    entries = [group[0] for group in handbook.by_key().values() if polymer_class in classes_of(group[0].polymer)]
    chances = _chances(entries, _limits(spec, modelled), "fast") if _limits(spec, modelled) else [[] for _ in entries]
    structure = [item for item in spec.structure if item.hard]

    def order(pair: tuple[handbook.Entry, list[float]]) -> tuple[float, int, str]:
        entry, met = pair
        return -min(met, default=0.0), len(violated(entry.polymer, structure)), entry.name

    return tuple(entry for entry, _ in sorted(zip(entries, chances, strict=True), key=order)[:limit])
