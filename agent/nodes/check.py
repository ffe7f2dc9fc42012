"""Checking the finalists against group contributions and simple physics."""

from __future__ import annotations

from agent.deps import Deps
from agent.digits import as_float
from agent.evidence import Claim, Derived, Ledger
from agent.quantities import backed, stated_in
from agent.report.model import Answer, Finalist
from agent.state import Plan, RunState
from agent.verify import known_numbers
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import DesignSpec
from tools.simulation.checks import Finding
from tools.simulation.checks import check as check_physics

# A finalist counts as likely to meet all hard requirements from this chance on, in percent.
LIKELY = 50.0


def _as_claim(finding: Finding, ledger: Ledger) -> Claim:
    """Enter a finding's values, and the constants that its rule cites, into the ledger."""
    ids = [ledger.add_value(value) for value in finding.values]
    name = get_property(finding.property).name
    for stated in stated_in(finding.text, (name,)):
        if not any(backed(stated, known) for key in tuple(ids) for known in known_numbers(key, ledger)):
            derived = Derived(
                name=f"number of the check {finding.check}",
                value=as_float(stated.written),
                unit=stated.unit,
                method="computed or cited by the check, as its sentence says",
                inputs=tuple(ids),
            )
            ids.append(ledger.add_derived(derived))
    return Claim(text=finding.text, values=tuple(ids), names=(name,))


def _failures(finalists: list[Finalist], ledger: Ledger, wanted: int) -> list[str]:
    """Say what the next round should do better; empty if there is nothing to mend."""
    likely = [item for item in finalists if ledger.derived[item.chance].value >= LIKELY]
    if len(likely) >= wanted:
        return []
    weakest: dict[str, float] = {}
    for item in finalists:
        for check in item.checks:
            if check.chance and check.hard:
                chance = ledger.derived[check.chance].value
                weakest[check.property] = min(chance, weakest.get(check.property, 100.0))
    return sorted((name for name, chance in weakest.items() if chance < LIKELY), key=lambda name: weakest[name]) or [
        "all"
    ]


def check(state: RunState, deps: Deps) -> RunState:
    """Compare predictions with estimates and physical rules, and decide on another round.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder, and the settings.

    Returns
    -------
    RunState
        Artefact with the findings, and what failed if another round is worth it.
    """
    assessment = deps.folder.load(state["simulated"])
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    plan = Plan.model_validate(deps.folder.load("plan"))
    ledger = Ledger.model_validate(assessment["ledger"])
    finalists = [Finalist.model_validate(item) for item in assessment["finalists"]]
    checked = []
    warnings = 0
    for finalist in finalists:
        predictions = {name: ledger.values[key] for name, key in finalist.predictions.items()}
        findings = check_physics(Polymer.from_smiles(finalist.smiles), predictions)
        warnings += sum(finding.severity == "warning" for finding in findings)
        shown = [finding for finding in findings if finding.severity != "ok" or _asked(finding, spec)]
        checked.append(
            finalist.model_copy(update={"findings": (*finalist.findings, *(_as_claim(item, ledger) for item in shown))})
        )
    question = next(item for item in plan.questions if item.skill == "physics")
    total = ledger.add_derived(Derived(name="warnings of the physics checks", value=warnings, method="counted"))
    text = f"The checks of {len(finalists)} finalists raised {warnings} warnings; they stand with each candidate."
    count = ledger.add_derived(Derived(name="finalists checked", value=len(finalists), method="counted"))
    answer = Answer(question=question, claims=(Claim(text=text, values=(total, count)),))
    name = deps.folder.save(
        "checked",
        {
            **assessment,
            "finalists": [item.model_dump(mode="json") for item in checked],
            "answers": [*assessment["answers"], answer.model_dump(mode="json")],
            "ledger": ledger.model_dump(mode="json"),
        },
    )
    more = state.get("round", 0) < deps.settings.rounds
    failures = _failures(checked, ledger, deps.settings.n_candidates) if more else []
    if failures and deps.late():
        return {"checked": name, "failures": [], "cut": [*state.get("cut", []), "no further round was begun"]}
    if failures:
        deps.folder.event(
            "progress", text=f"another round: too few candidates are likely to meet {', '.join(failures)}"
        )
    return {"checked": name, "failures": failures}


def _asked(finding: Finding, spec: DesignSpec) -> bool:
    return finding.property in {item.property for item in spec.constraints}
