"""The last gate as a node: every sentence and quote against the ledger and the index."""

from __future__ import annotations

from collections.abc import Iterable

from agent.deps import Deps
from agent.evidence import Claim, Ledger
from agent.nodes.act import join_acted
from agent.report.model import Answer, Experiment, Finalist, Rejected, Verification
from agent.state import RunState
from agent.verify import Verdict, verify_claims
from tools.core.properties import get_property
from tools.core.spec import DesignSpec
from tools.core.units import convert


def given_numbers(spec: DesignSpec) -> list[float]:
    """Return the numbers of a brief, which a report may repeat.

    Parameters
    ----------
    spec : DesignSpec
        The brief as understood.

    Returns
    -------
    list of float
        Bounds in the canonical, the usual and the given unit, and counts.
    """
    numbers: list[float] = []
    for item in spec.constraints:
        prop = get_property(item.property)
        units = {prop.unit, prop.display_unit, *((item.given_unit,) if item.given_unit else ())}
        numbers += [convert(bound, prop.unit, unit) for bound in (item.lower, item.upper, item.target)
                    if bound is not None for unit in units]  # fmt: skip
    numbers += [bound for item in spec.structure for bound in (item.lower, item.upper) if bound is not None]
    return numbers


class _Gate:
    def __init__(self, ledger: Ledger, given: list[float], deps: Deps) -> None:
        self.ledger, self.given = ledger, given
        self.fetch = deps.retriever.get if deps.retriever is not None else None
        self.seen: list[Verdict] = []

    def keep(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        verdicts = verify_claims(claims, self.ledger, self.given, self.fetch)
        self.seen += verdicts
        return tuple(item.claim for item in verdicts if item.ok)

    def one(self, claim: Claim) -> bool:
        return bool(self.keep([claim]))


def verify(state: RunState, deps: Deps) -> RunState:
    """Check every claim of the run; what is not backed is removed and counted.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with ``checked.json`` and ``research.json``, and the retriever.

    Returns
    -------
    RunState
        Artefact with what may leave.
    """
    research, checked = deps.folder.load(state["researched"]), deps.folder.load(state["checked"])
    ledger = Ledger.model_validate(research["ledger"]).merged(Ledger.model_validate(checked["ledger"]))
    known = [Answer.model_validate(raw) for raw in [*research["answers"], *checked["answers"]]]
    known, ledger = join_acted(state, deps, known, ledger)
    gate = _Gate(ledger, given_numbers(DesignSpec.model_validate(deps.folder.load("spec"))), deps)
    finalists = []
    for item in (Finalist.model_validate(raw) for raw in checked["finalists"]):
        update = {"findings": gate.keep(item.findings), "uncertain": gate.keep(item.uncertain)}
        finalists.append(item.model_copy(update=update))
    answers = []
    for answer in known:
        answers.append(answer.model_copy(update={"claims": gate.keep(answer.claims)}))
    rejected = [item for item in map(Rejected.model_validate, checked["rejected"]) if gate.one(item.claim)]
    experiments = [item for item in map(Experiment.model_validate, checked["experiments"]) if gate.one(item.reason)]
    summary = gate.keep(Claim.model_validate(raw) for raw in checked["summary"])
    removed = [verdict for verdict in gate.seen if not verdict.ok]
    counts = Verification(
        claims=len(gate.seen),
        removed=len(removed),
        quotes=sum(len(verdict.claim.quotes) for verdict in gate.seen),
        reasons=tuple(dict.fromkeys(verdict.reason for verdict in removed)),
    )
    artefact = {
        "verdict": checked["verdict"],
        "summary": [item.model_dump(mode="json") for item in summary],
        "finalists": [item.model_dump(mode="json") for item in finalists],
        "answers": [item.model_dump(mode="json") for item in answers],
        "rejected": [item.model_dump(mode="json") for item in rejected],
        "experiments": [item.model_dump(mode="json") for item in experiments],
        "ledger": ledger.model_dump(mode="json"),
        "verification": counts.model_dump(mode="json"),
    }
    return {"verified": deps.folder.save("verified", artefact)}
