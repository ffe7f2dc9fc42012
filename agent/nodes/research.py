"""Answering the sub-questions that need no candidates: literature and known polymers."""

from __future__ import annotations

from agent.deps import Deps
from agent.evidence import Claim, Derived, Ledger
from agent.hygiene import Screen
from agent.numbers import show
from agent.reader import disagreements, read, recorded, without_outvoted
from agent.report.model import Answer, ModelTask
from agent.state import Plan, RunState, SubQuestion
from agent.thinking.attempt import attempt, note
from agent.thinking.extracting import extract
from agent.wording import describe_constraint, describe_structure
from tools.chemistry import handbook
from tools.core.evidence import Passage, Value
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec
from tools.design.structure import violated
from tools.literature import search_literature

EXAMPLES = 3
_MORE = 2  # quotes that a language model adds to those of the rules


def distance(constraint: Constraint, number: float) -> float:
    """Measure how far a number is outside a constraint.

    Parameters
    ----------
    constraint : Constraint
        The constraint.
    number : float
        In the property's canonical unit.

    Returns
    -------
    float
        0 if it is met, else the gap in the canonical unit; for "maximise" and "minimise" the number itself, signed so
        that smaller is better.
    """
    if constraint.operator == "maximise":
        return -number
    if constraint.operator == "minimise":
        return number
    below = constraint.lower - number if constraint.lower is not None else 0.0
    above = number - constraint.upper if constraint.upper is not None else 0.0
    return max(0.0, below, above)


def _known_polymers(constraint: Constraint, ledger: Ledger) -> list[Claim]:
    prop = get_property(constraint.property)
    found: list[tuple[str, Value]] = []
    for entry in handbook.load():
        value = entry.summary(prop.id)
        if value is not None:
            found.append((entry.name, value))
    if not found:
        return []
    bounded = constraint.lower is not None or constraint.upper is not None
    ranked = sorted(found, key=lambda item: (distance(constraint, item[1].value), item[0]))
    meeting = [item for item in ranked if distance(constraint, item[1].value) <= 0] if bounded else []
    if bounded and meeting:
        middle = sorted(meeting, key=lambda item: item[1].value)
        ranked = middle if constraint.lower is not None else middle[::-1]
    examples = ranked[:EXAMPLES]
    ids = [ledger.add_value(value) for _, value in examples]
    listed = "; ".join(f"{name} ({show(value.value, prop.id, constraint.given_unit)})" for name, value in examples)
    total = ledger.add_derived(
        Derived(name=f"handbook polymers with a measured {prop.name}", value=len(found), method="counted")
    )
    names = (prop.name, *(name for name, _ in examples))
    if not bounded:
        text = f"Of {len(found)} handbook polymers with a measured {prop.name}, the best are {listed}."
        return [Claim(text=text, values=(total, *ids), names=names)]
    count = ledger.add_derived(
        Derived(
            name=f"of these, {describe_constraint(constraint)}", value=len(meeting), method="counted", inputs=(total,)
        )
    )
    lead = "closest to the limit" if meeting else "the closest are"
    text = f"Of {len(found)} handbook polymers with a measured {prop.name}, {len(meeting)} meet this; {lead}: {listed}."
    return [Claim(text=text, values=(total, count, *ids), names=names)]


def _structures(spec: DesignSpec, ledger: Ledger) -> list[Claim]:
    entries = handbook.load()
    fitting = [entry for entry in entries if not violated(entry.polymer, spec.structure)]
    total = ledger.add_derived(Derived(name="handbook polymers", value=len(entries), method="counted"))
    wishes = "; ".join(describe_structure(item) for item in spec.structure)
    count = ledger.add_derived(
        Derived(
            name=f"handbook polymers with: {wishes}", value=len(fitting), method="structure matching", inputs=(total,)
        )
    )
    names = tuple(entry.name for entry in fitting[:EXAMPLES])
    examples = f", for example {', '.join(names)}" if names else ""
    text = f"Of {len(entries)} handbook polymers, {len(fitting)} satisfy the structural requirements{examples}."
    return [Claim(text=text, values=(total, count), names=names)]


def _passages(question: SubQuestion, deps: Deps) -> list[Passage]:
    """Search for the words of the rules, then for those of a language model."""
    if deps.retriever is None or "search_literature" not in question.tools:
        return []
    found: dict[str, Passage] = {}
    for query in filter(None, (question.query, *question.queries)):
        for passage in search_literature(query, deps.retriever, k=deps.settings.passages):
            found.setdefault(passage.id, passage)
    return list(found.values())


def _answer(
    question: SubQuestion, spec: DesignSpec, deps: Deps, ledger: Ledger, quoted: set[str], screen: Screen
) -> Answer:
    claims: list[Claim] = []
    if "known_polymers" in question.tools and question.origin == "rules":
        if question.skill == "property":
            claims += _known_polymers(spec.constraints[question.constraints[0]], ledger)
        elif question.skill == "structure":
            claims += _structures(spec, ledger)
    passages = _passages(question, deps)
    records = recorded(passages, screen)
    found = read(passages, question.query or question.text, skip=quoted, screen=screen)
    task = f"reading for {question.id}"
    extracted = attempt(deps, task, lambda model: extract(model, question.text, passages, screen)) if passages else None
    if extracted is not None:
        helped = bool(extracted.records or extracted.quotes)
        note(deps, ModelTask(task=task, helped=helped, detail=extracted.in_words()))
        records += [item for item in extracted.records if item.quote not in {known.quote for known in records}]
        said = quoted | {quote.text for claim in found for quote in claim.quotes}
        found += [claim for claim in extracted.claims() if claim.quotes[0].text not in said][:_MORE]
    shown, conflicts = disagreements(
        records, passages, {spec.constraints[i].property for i in question.constraints}, ledger
    )
    for claim in without_outvoted(found, conflicts):
        for quote in claim.quotes:
            quoted.add(quote.text)
            ledger.add_passage(next(item for item in passages if item.id == quote.passage))
        claims.append(claim)
    claims += shown
    missing = "" if claims else "Nothing was found in the handbook or the index."
    return Answer(question=question, claims=tuple(claims), note=missing)


def research(state: RunState, deps: Deps) -> RunState:
    """Answer the property, structure and trade-off questions.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with ``plan.json`` and ``spec.json``, and the retriever.

    Returns
    -------
    RunState
        Name of the artefact with the answers.
    """
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    plan = Plan.model_validate(deps.folder.load("plan"))
    ledger = Ledger(tag="r")
    answers = []
    quoted: set[str] = set()
    screen = Screen()
    for question in plan.questions:
        if question.skill in {"property", "structure", "trade-off"}:
            answers.append(_answer(question, spec, deps, ledger, quoted, screen))
            deps.folder.event("question", id=question.id, text=question.text, done=True)
    artefact = {
        "answers": [item.model_dump(mode="json") for item in answers],
        "ledger": ledger.model_dump(mode="json"),
        "note": deps.retriever_problem,
        "set_aside": screen.count,
    }
    return {"researched": deps.folder.save("research", artefact)}
