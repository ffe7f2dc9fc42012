"""The next experiments worth doing: where one measurement settles most."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agent.evidence import Claim, Ledger
from agent.report.model import Check, Experiment, Finalist
from tools.core.properties import get_property

# How each property is usually measured.
_METHODS = {
    "Tg": "differential scanning calorimetry, second heating",
    "Tm": "differential scanning calorimetry",
    "Td": "thermogravimetry",
    "density": "a density gradient column or helium pycnometry",
    "refractive_index": "ellipsometry or prism coupling",
    "dielectric_constant": "broadband dielectric spectroscopy on dried films",
    "dielectric_loss": "broadband dielectric spectroscopy on dried films",
    "band_gap": "the UV/vis absorption edge of a film (an optical gap, not the computed one)",
    "thermal_conductivity": "laser flash or hot disk",
    "youngs_modulus": "a tensile test",
    "tensile_strength": "a tensile test",
    "peak_hrr": "a cone calorimeter",
    "heat_capacity": "differential scanning calorimetry against sapphire",
    "water_uptake": "weighing after immersion",
}


def _method(property_id: str) -> str:
    if property_id.startswith(("P_", "selectivity_")):
        return "single-gas permeation through a film"
    return _METHODS.get(property_id, "a standard test")


def entropy(chance: float) -> float:
    """Return how much a yes-or-no measurement settles, in bits.

    Parameters
    ----------
    chance : float
        Chance of "yes", in percent.

    Returns
    -------
    float
        Binary entropy, 0 to 1 (C. E. Shannon, Bell System Technical Journal 27, 379 (1948)).
    """
    share = chance / 100.0
    if not 0.0 < share < 1.0:
        return 0.0
    return -share * math.log2(share) - (1 - share) * math.log2(1 - share)


def _label(finalist: Finalist) -> str:
    return f"candidate {finalist.rank}" + (f" ({finalist.name})" if finalist.name else "")


def _make(finalist: Finalist) -> Experiment:
    label = _label(finalist)
    title = f"Make {label}"
    if finalist.routes:
        monomers = " and ".join(item.name or item.smiles for item in finalist.routes[0].monomers)
        title += f" from {monomers} ({finalist.routes[0].mechanism})"
    reason = Claim(
        text=f"Among the finalists {label} has the best chance to meet all hard requirements at once.",
        values=(finalist.chance,),
        names=(label,),
    )
    return Experiment(title=title, reason=reason)


def _measure(finalist: Finalist, check: Check) -> Experiment:
    name, label = get_property(check.property).name, _label(finalist)
    title = f"Measure the {name} of {label} by {_method(check.property)}"
    if not check.chance:
        reason = Claim(
            text=f"No model covers the {name}: only a measurement can say.", values=(finalist.chance,), names=(name,)
        )
        return Experiment(title=title, reason=reason)
    reason = Claim(
        text=f"One result settles most here: whether {label} has a {check.requirement} is open.",
        values=(check.chance,),
        names=(name, label, check.requirement),
    )
    return Experiment(title=title, reason=reason)


def _open_questions(finalists: Sequence[Finalist], ledger: Ledger) -> list[tuple[float, Finalist, Check]]:
    open_questions: list[tuple[float, Finalist, Check]] = []
    for finalist in finalists:
        joint = ledger.derived[finalist.chance].value
        for check in finalist.checks:
            if not check.property or not check.hard:
                continue
            if check.chance:
                chance = ledger.derived[check.chance].value
                rest = min(1.0, joint / chance) if chance > 0 else 0.0
                open_questions.append((entropy(chance) * rest, finalist, check))
            elif not check.value:
                open_questions.append((0.5 * joint / 100.0, finalist, check))
    open_questions.sort(key=lambda item: (-item[0], item[1].rank))
    return open_questions


def next_experiments(finalists: Sequence[Finalist], ledger: Ledger, limit: int = 3) -> tuple[Experiment, ...]:
    """Choose what to do next.

    Parameters
    ----------
    finalists : sequence of Finalist
        Best first.
    ledger : Ledger
        Holds their chances.
    limit : int
        How many at most.

    Returns
    -------
    tuple of Experiment
        Making the best candidate, and the measurements that settle most, weighted by the chance that everything else
        of that candidate is right.
    """
    if not finalists:
        return ()
    open_questions = _open_questions(finalists, ledger)
    chosen = [_make(finalists[0])]
    seen: set[str] = set()
    for gain, finalist, check in open_questions:
        if len(chosen) == limit:
            break
        if gain > 0 and check.property not in seen:
            seen.add(check.property)
            chosen.append(_measure(finalist, check))
    for _, finalist, check in open_questions:
        if len(chosen) == limit:
            break
        step = _measure(finalist, check)
        if step.title not in {item.title for item in chosen}:
            chosen.append(step)
    return tuple(chosen)
