"""Assessing candidates with the accurate models, ranking them and choosing diverse finalists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from agent.deps import Deps
from agent.evidence import Claim, Derived, Ledger
from agent.experiments import next_experiments
from agent.finalists import Judged, build_finalist, percent
from agent.nodes.check import LIKELY
from agent.rejections import known_alternatives
from agent.report.model import Answer, Finalist
from agent.report.view import title_of
from agent.state import Plan, RunState
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.diversity import diverse
from tools.design.screen import Models, Scored, Screen
from tools.properties.predict import available, predict_table
from tools.properties.probability import joint
from tools.synthesis.feasibility import assess as assess_feasibility

_CONFLICTS = 2  # contradictions that the summary names


def _accurate_models() -> Models:
    return Models(partial(predict_table, tier="accurate"), joint, tuple(available()))


def _candidate(row: dict[str, Any]) -> Candidate:
    polymer = Polymer.from_smiles(row["smiles"])
    parents, reason = tuple(row.get("parents", ())), row.get("reason", "")
    return Candidate(polymer, row["source"], row["origin"], parents=parents, reason=reason)


def _choose(rows: Sequence[dict[str, Any]], spec: DesignSpec, wanted: int) -> list[Scored]:
    """Score candidates with the accurate models and choose diverse ones, the most promising first."""
    screen = Screen(spec, _accurate_models())
    scored = screen.score([_candidate(row) for row in rows])
    worth = {item.polymer.key: item.score * assess_feasibility(item.polymer).score ** 0.5 for item in scored}
    ranked = sorted(scored, key=lambda item: (item.failing, -worth[item.polymer.key], item.polymer.key))
    chosen = {item.polymer.key for item in diverse(ranked, wanted)}
    return [item for item in ranked if item.polymer.key in chosen]


def _summary(
    finalists: Sequence[Finalist], requirements: Sequence[dict[str, Any]], screened: int, ledger: Ledger
) -> list[Claim]:
    def count(name: str, number: int) -> str:
        return ledger.add_derived(Derived(name=name, value=number, method="counted"))

    total = count("candidates screened", screened)
    claims = []
    likely = [item for item in finalists if ledger.derived[item.chance].value >= LIKELY]
    if finalists:
        best = finalists[0]
        label, chance = title_of(best), ledger.derived[best.chance].value
        counts = (total, count("likely finalists", len(likely)), count("finalists", len(finalists)))
        text = (
            f"{screened} candidates were screened; {len(likely)} of {len(finalists)} finalists are more likely "
            "than not to meet every hard limit."
        )
        claims.append(Claim(text=text, values=counts))
        text = f"The best is {label}, {best.smiles}, with a chance of {chance:.0f} % to meet all hard limits."
        claims.append(Claim(text=text, values=(best.chance,), names=(label, best.smiles)))
    else:
        text = f"Of {screened} candidates screened, none has the structure asked for."
        claims.append(Claim(text=text, values=(total,)))
    if len(likely) < max(1, len(finalists)) and requirements:
        words, share = requirements[0]["text"], percent(requirements[0]["share"])
        method = "counted over the candidates tested"
        key = ledger.add_derived(Derived(name=f"share that meets: {words}", value=share, unit="percent", method=method))
        text = f"The requirement that binds most is “{words}”: {share:.1f} % of the candidates tested meet it."
        claims.append(Claim(text=text, values=(key,), names=(words,)))
    return claims


def conflict_claims(conflict: dict[str, Any], tested: str) -> list[Claim]:
    """Say which requirements exclude each other, and the fewest that would have to go.

    Parameters
    ----------
    conflict : dict
        ``removal``, ``pairs`` and ``beyond`` of ``tools.design.conflict.Conflict``; empty if there is none.
    tested : str
        Ledger key of how many candidates were tested, which backs the sentences.

    Returns
    -------
    list of Claim
        At most two of what nothing meets, two pairs, and what to give up.
    """
    claims = [
        Claim(
            text=f"No candidate tested is predicted to meet “{name}”, whatever the other requirements.",
            values=(tested,),
            names=(name,),
        )
        for name in conflict.get("beyond", ())[:_CONFLICTS]
    ]
    claims += [
        Claim(
            text=f"No candidate tested is predicted to meet both “{one}” and “{other}”.",
            values=(tested,),
            names=(one, other),
        )
        for one, other in conflict.get("pairs", ())[:_CONFLICTS]
    ]
    removal = conflict.get("removal", ())
    if removal:
        named = " and ".join(f"“{name}”" for name in removal)
        claims.append(
            Claim(
                text=f"Without {named}, some candidates are predicted to meet the rest.",
                values=(tested,),
                names=tuple(removal),
            )
        )
    return claims


def _route_claim(finalist: Finalist) -> Claim:
    route = finalist.routes[0]
    monomers = [monomer.name or monomer.smiles for monomer in route.monomers]
    label = f"Candidate {finalist.rank}"
    text = f"{label}: {route.mechanism}, from {' and '.join(monomers)}."
    return Claim(text=text, values=(finalist.feasibility,), names=(label, route.mechanism, *monomers))


def _answers(plan: Plan, finalists: Sequence[Finalist], summary: Sequence[Claim]) -> list[Answer]:
    answers = []
    for question in (item for item in plan.questions if item.origin == "rules"):
        if question.skill == "design":
            answers.append(Answer(question=question, claims=tuple(summary)))
        elif question.skill == "synthesis":
            claims = tuple(_route_claim(item) for item in finalists if item.routes)
            answers.append(Answer(question=question, claims=claims, note="" if claims else "No route was found."))
    return answers


def _row(finalist: Finalist, ledger: Ledger) -> dict[str, Any]:
    chance = ledger.derived[finalist.chance].value
    return {"rank": finalist.rank, "name": title_of(finalist), "smiles": finalist.smiles, "chance": chance}


def overview(
    finalists: Sequence[Finalist], plan: Plan, found: dict[str, Any], screened: int, ledger: Ledger
) -> dict[str, Any]:
    """Sum up the finalists: verdict, summary and answers to the questions about design and synthesis.

    Parameters
    ----------
    finalists : sequence of Finalist
        Best first.
    plan : Plan
        The sub-questions.
    found : dict
        Artefact of the generation, with the requirements and the conflict.
    screened : int
        Candidates screened.
    ledger : Ledger
        Where the numbers are entered.

    Returns
    -------
    dict
        Parts of the assessment as plain data.
    """
    summary = _summary(finalists, found["requirements"], screened, ledger)
    likely = sum(ledger.derived[item.chance].value >= LIKELY for item in finalists)
    if not likely:
        tested = Derived(name="candidates tested", value=screened, method="counted")
        summary += conflict_claims(found.get("conflict", {}), ledger.add_derived(tested))
    return {
        "verdict": "answered" if likely else "infeasible",
        "summary": [item.model_dump(mode="json") for item in summary],
        "finalists": [item.model_dump(mode="json") for item in finalists],
        "answers": [item.model_dump(mode="json") for item in _answers(plan, finalists, summary)],
    }


def assess(state: RunState, deps: Deps) -> RunState:
    """Choose and write up the finalists.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Settings and run folder.

    Returns
    -------
    RunState
        Artefact with the finalists.
    """
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    plan = Plan.model_validate(deps.folder.load("plan"))
    found = deps.folder.load(state["generated"])
    ledger = Ledger(tag="")
    chosen = _choose(found["candidates"], spec, deps.settings.n_candidates)
    judged = Judged.of([item.polymer for item in chosen], spec)
    finalists = [build_finalist(rank, item, spec, judged, ledger) for rank, item in enumerate(chosen, 1)]
    deps.folder.event("ranking", round=state["round"], rows=[_row(item, ledger) for item in finalists])
    rejected = known_alternatives(spec, available(), {item.key for item in finalists}, ledger)
    artefact = {
        **overview(finalists, plan, found, state["pool"], ledger),
        "rejected": [item.model_dump(mode="json") for item in rejected],
        "experiments": [item.model_dump(mode="json") for item in next_experiments(finalists, ledger)],
        "ledger": ledger.model_dump(mode="json"),
    }
    return {"assessed": deps.folder.save("assessment", artefact)}
