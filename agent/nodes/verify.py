"""The last gate as a node: every sentence and quote against the ledger and the index."""

from __future__ import annotations

from collections.abc import Iterable

from agent.deps import Deps
from agent.evidence import Claim, Ledger
from agent.known_names import KnownNames
from agent.nodes.act import join_acted
from agent.quantities import Known, given_numbers
from agent.report.model import Answer, Experiment, Explanation, Finalist, Rejected, Verification
from agent.state import RunState
from agent.statements import Table, refusal
from agent.thinking.explaining import table_of
from agent.thinking.spoken import backed_words, plain_words
from agent.verify import Verdict, verify_claims
from tools.core.spec import DesignSpec

# The words and numbers of what was removed are shown nowhere; ``explained.json`` has them, each with its reason.
_UNTRUE = "a sentence of the model disagrees with the values that it names, or cannot be checked against them"


class _Gate:
    def __init__(self, ledger: Ledger, given: list[Known], names: KnownNames, deps: Deps) -> None:
        self.ledger, self.given, self.names = ledger, given, names
        self.fetch = deps.retriever.get if deps.retriever is not None else None
        self.seen: list[Verdict] = []

    def keep(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        verdicts = verify_claims(claims, self.ledger, self.given, self.fetch, self.names)
        self.seen += verdicts
        return tuple(item.claim for item in verdicts if item.ok)

    def one(self, claim: Claim) -> bool:
        return bool(self.keep([claim]))

    def refuse(self, text: str) -> None:
        self.seen.append(Verdict(claim=Claim(text=text), ok=False, reason=_UNTRUE))

    def words(self, text: str) -> str:
        return backed_words(plain_words(text), self.given)


def _explanation(state: RunState, deps: Deps, gate: _Gate, table: Table) -> Explanation:
    """Read the model's sentences again, as strictly as when they were written; what fails is counted."""
    if not state.get("explained"):
        return Explanation()
    written = deps.folder.load(state["explained"])
    before = sum(not item.ok for item in gate.seen)
    for item in written["refused"]:
        gate.refuse(item["text"])
    kept: list[Claim] = []
    for item in written["sentences"]:
        reason, keys = refusal(item["text"], item["facts"], table)
        if reason:
            gate.refuse(item["text"])
        else:
            names = (*table.candidates, *(name.lower() for name in table.candidates), *table.others)
            kept += gate.keep([Claim(text=item["text"], values=keys, names=names)])
    return Explanation(claims=tuple(kept), removed=sum(not item.ok for item in gate.seen) - before)


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
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    every = [Finalist.model_validate(raw) for raw in checked["finalists"]]
    others = [Rejected.model_validate(raw) for raw in checked["rejected"]]
    gate = _Gate(ledger, given_numbers(spec), KnownNames(spec, every, others), deps)
    finalists = []
    for item in every:
        update = {"findings": gate.keep(item.findings), "uncertain": gate.keep(item.uncertain)}
        finalists.append(item.model_copy(update={**update, "reason": gate.words(item.reason)}))
    answers = []
    for answer in known:
        answers.append(answer.model_copy(update={"claims": gate.keep(answer.claims)}))
    rejected = [item for item in others if gate.one(item.claim)]
    experiments = [item for item in map(Experiment.model_validate, checked["experiments"]) if gate.one(item.reason)]
    summary = gate.keep(Claim.model_validate(raw) for raw in checked["summary"])
    told = _explanation(state, deps, gate, table_of(every, others, ledger, spec))
    removed = [verdict for verdict in gate.seen if not verdict.ok]
    counts = Verification(
        claims=len(gate.seen),
        removed=len(removed),
        quotes=sum(len(verdict.claim.quotes) for verdict in gate.seen),
        set_aside=research.get("set_aside", 0),
        reasons=tuple(dict.fromkeys(verdict.reason for verdict in removed)),
    )
    artefact = {
        "verdict": checked["verdict"],
        "summary": [item.model_dump(mode="json") for item in summary],
        "explanation": told.model_dump(mode="json"),
        "finalists": [item.model_dump(mode="json") for item in finalists],
        "answers": [item.model_dump(mode="json") for item in answers],
        "rejected": [item.model_dump(mode="json") for item in rejected],
        "experiments": [item.model_dump(mode="json") for item in experiments],
        "ledger": ledger.model_dump(mode="json"),
        "verification": counts.model_dump(mode="json"),
    }
    return {"verified": deps.folder.save("verified", artefact)}
