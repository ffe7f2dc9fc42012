"""Why a polymer is not the answer, and how a candidate stands to each requirement."""

from __future__ import annotations

from agent.evidence import Claim, Derived
from agent.followup.draft import Draft, label
from agent.followup.judging import standing
from agent.report.model import Finalist
from tools.core.polymer import Polymer
from tools.core.spec import StructuralConstraint


def why_not(draft: Draft) -> None:
    """Judge what was named by the spec of the report, and say what it misses.

    Parameters
    ----------
    draft : Draft
        The answer, added to.
    """
    for name, finalist in draft.meant():
        if finalist.rank:
            _candidate(draft, name, finalist)
        else:
            _other(draft, name, finalist)


def explain(draft: Draft) -> None:
    """Say how candidates stand to each requirement, and what is uncertain.

    Parameters
    ----------
    draft : Draft
        The answer, added to.
    """
    for name, finalist in draft.meant():
        missed, met, left = standing(finalist, name, draft.report.spec, draft.ledger)
        draft.claims += [_chance(draft, name, finalist), *missed, *met, *left]
        draft.claims += [*finalist.findings, *finalist.uncertain]
        draft.names.append(name)


def _chance(draft: Draft, name: str, finalist: Finalist) -> Claim:
    chance = draft.ledger.derived[finalist.chance].value
    text = f"{name}: the chance to meet all hard limits at once is {chance:.0f} %."
    return Claim(text=text, values=(finalist.chance,), names=(name,))


def _candidate(draft: Draft, name: str, finalist: Finalist) -> None:
    best = draft.report.finalists[0]
    draft.names.append(name)
    if finalist.rank == best.rank:
        draft.claims.append(
            Claim(text=f"{name} is the first of the ranking.", values=(finalist.chance,), names=(name,))
        )
    else:
        one, other = (draft.ledger.derived[item.chance].value for item in (finalist, best))
        text = f"{name} has a chance of {one:.0f} % to meet all hard limits, {label(best)} of {other:.0f} %."
        draft.claims.append(Claim(text=text, values=(finalist.chance, best.chance), names=(name, label(best))))
        draft.claims += _feasible(draft, name, finalist, best)
        draft.notes.append(
            "Candidates are ranked by the chance to meet the hard limits, wishes, and how they can be made."
        )
    missed, met, left = standing(finalist, name, draft.report.spec, draft.ledger)
    draft.claims += [*missed, *met, *left]


def _feasible(draft: Draft, name: str, one: Finalist, other: Finalist) -> list[Claim]:
    if not (one.feasibility and other.feasibility):
        return []
    first, second = (draft.ledger.derived[item.feasibility].value for item in (one, other))
    text = f"The synthesisability of {name} is {first:.2f}, that of {label(other)} {second:.2f} (easiest is highest)."
    return [Claim(text=text, values=(one.feasibility, other.feasibility), names=(name, label(other)))]


def _other(draft: Draft, name: str, finalist: Finalist) -> None:
    report = draft.report
    missed, met, left = standing(finalist, name, report.spec, draft.ledger)
    hard = [claim for claim in missed if not claim.text.endswith("(a wish).")]
    key = Polymer.from_smiles(finalist.smiles).key
    said = [item.claim for item in report.rejected if Polymer.from_smiles(item.smiles).key == key]
    count = draft.ledger.add_derived(
        Derived(name=f"hard requirements that {name} misses", value=len(hard), method="counted")
    )
    if hard:
        text = f"{name} misses {len(hard)} of the hard requirements."
        draft.claims.append(Claim(text=text, values=(count,), names=(name,)))
    else:
        draft.claims.append(_nothing_missed(draft, name, finalist, count))
    draft.claims += [*missed, *said, *met, *left]
    if not hard:
        draft.claims += _against_best(draft, name, finalist)
        if any(_novel(item) for item in report.spec.structure):
            draft.notes.append("The brief asks for a polymer that is not yet known.")
        draft.notes.append(
            "Finalists are chosen from what the run proposed, by chance, wishes, synthesis and difference from each "
            "other; a polymer that meets the limits need not be among them."
        )


def _novel(item: StructuralConstraint) -> bool:
    return item.kind == "novelty" and item.required


def _nothing_missed(draft: Draft, name: str, finalist: Finalist, count: str) -> Claim:
    chance = draft.ledger.derived[finalist.chance].value
    text = (
        f"{name} misses none of the hard requirements that can be assessed; "
        f"by the models its chance to meet all limits is {chance:.0f} %."
    )
    return Claim(text=text, values=(count, finalist.chance), names=(name,))


def _against_best(draft: Draft, name: str, finalist: Finalist) -> list[Claim]:
    if not draft.report.finalists:
        return []
    best = draft.report.finalists[0]
    one, other = (draft.ledger.derived[item.chance].value for item in (finalist, best))
    text = f"Its chance to meet all hard limits is {one:.0f} %, that of {label(best)} {other:.0f} %."
    claim = Claim(text=text, values=(finalist.chance, best.chance), names=(name, label(best)))
    return [claim, *_feasible(draft, name, finalist, best)]
