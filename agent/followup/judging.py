"""A polymer that a user names, judged by the same spec, models and write-up as the finalists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from agent.evidence import Claim, Derived, Ledger
from agent.finalists import Judged, build_finalist
from agent.numbers import show_value
from agent.report.model import Check, Finalist
from tools.core.evidence import Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec
from tools.design.candidate import Candidate
from tools.design.screen import MET, Models, Scored, Screen
from tools.properties.predict import available, predict_table
from tools.properties.probability import joint


def scored(candidates: Sequence[Candidate], spec: DesignSpec) -> list[Scored]:
    """Score candidates with the models that judge finalists.

    Parameters
    ----------
    candidates : sequence of Candidate
        The candidates.
    spec : DesignSpec
        The brief.

    Returns
    -------
    list of Scored
        In the same order.
    """
    return Screen(spec, Models(partial(predict_table, tier="accurate"), joint, tuple(available()))).score(candidates)


def judge(candidates: Sequence[Candidate], spec: DesignSpec, ledger: Ledger) -> list[Finalist]:
    """Write polymers up as the report writes up its finalists; nothing is simulated.

    Parameters
    ----------
    candidates : sequence of Candidate
        The polymers.
    spec : DesignSpec
        The brief.
    ledger : Ledger
        Where every number is entered.

    Returns
    -------
    list of Finalist
        In the same order, with rank 0.
    """
    items = scored(candidates, spec)
    judged = Judged.of([item.polymer for item in items], spec)
    return [build_finalist(0, item, spec, judged, ledger) for item in items]


def given(smiles: str) -> Candidate:
    """Make a candidate of what a user named.

    Parameters
    ----------
    smiles : str
        Repeat unit.

    Returns
    -------
    Candidate
        The candidate.
    """
    return Candidate(Polymer.from_smiles(smiles), "you", "")


def standing(
    finalist: Finalist, label: str, spec: DesignSpec, ledger: Ledger
) -> tuple[list[Claim], list[Claim], list[Claim]]:
    """Say how a polymer stands to each requirement; a measured value counts before a prediction.

    Parameters
    ----------
    finalist : Finalist
        The polymer, written up.
    label : str
        What it is called in the sentences.
    spec : DesignSpec
        The brief, in whose order the checks are.
    ledger : Ledger
        Its numbers.

    Returns
    -------
    missed, met, open : list of Claim
        Sentences on what it misses, what it meets, and what cannot be told or is only a wish.
    """
    missed: list[Claim] = []
    met: list[Claim] = []
    left: list[Claim] = []
    for place, check in enumerate(finalist.checks):
        constraint = spec.constraints[place] if place < len(spec.constraints) else None
        if constraint is None:
            claim, good = _structural(check, label, ledger)
        else:
            claim, good = _property(finalist, check, constraint, label, ledger)
        target = left if good is None else met if good else missed
        target.append(claim if check.hard else claim.model_copy(update={"text": f"{claim.text[:-1]} (a wish)."}))
    return missed, met, left


def _structural(check: Check, label: str, ledger: Ledger) -> tuple[Claim, bool | None]:
    met = check.met
    key = ledger.add_derived(
        Derived(name=f"{label}: {check.requirement}", value=float(bool(met)), method="structure matching, 1 = met")
    )
    words = "cannot be assessed" if met is None else "is met" if met else "is not met"
    text = f"{label}: the requirement “{check.requirement}” {words}."
    return Claim(text=text, values=(key,), names=(label, check.requirement)), met


def _property(
    finalist: Finalist, check: Check, constraint: Constraint, label: str, ledger: Ledger
) -> tuple[Claim, bool | None]:
    name = get_property(constraint.property).name
    names = (label, name, check.requirement)
    measured = finalist.measured.get(constraint.property, ())
    bounded = constraint.lower is not None or constraint.upper is not None
    if measured:
        value = ledger.values[measured[0]]
        shown = show_value(value, constraint.given_unit)
        text = f"{label}: the measured {name} is {shown}; asked was “{check.requirement}”."
        return Claim(text=text, values=(measured[0],), names=names), _inside(constraint, value) if bounded else None
    if not check.value:
        text = f"{label}: no model covers the requirement “{check.requirement}”; it was not simulated here."
        return Claim(text=text, values=(finalist.chance,), names=names), None
    value = ledger.values[check.value]
    shown = show_value(value, constraint.given_unit)
    text = f"{label}: the {value.kind} {name} is {shown}"
    if not check.chance:
        return Claim(text=f"{text}; asked was “{check.requirement}”.", values=(check.value,), names=names), None
    chance = ledger.derived[check.chance].value
    text = f"{text}; the chance of “{check.requirement}” is {chance:.0f} %."
    return Claim(text=text, values=(check.value, check.chance), names=names), chance >= 100.0 * MET


def _inside(constraint: Constraint, value: Value) -> bool:
    low = constraint.lower is None or value.value >= constraint.lower
    return low and (constraint.upper is None or value.value <= constraint.upper)
