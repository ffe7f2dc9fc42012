"""The model explains the choice and its trade-offs; only sentences that agree with the facts they name are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field, model_validator

from agent.evidence import Ledger
from agent.llm.messages import Message, system, user
from agent.llm.model import LanguageModel
from agent.numbers import show, show_value
from agent.quantities import Known, given_numbers
from agent.report.model import Finalist, Rejected
from agent.report.view import title_of
from agent.statements import CHANCE, SYNTHESIS, Fact, Table, refusal
from agent.thinking.spoken import plain_words
from agent.wording import describe_constraint
from tools.core.errors import BudgetError, ModelError
from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.spec import DesignSpec

MOST = 8  # sentences
CANDIDATES = 5  # finalists that are spoken of
OTHERS = 4  # rejected polymers that are spoken of
_TOKENS = 1200

_SYSTEM = f"""You tell a chemist which candidate to choose, what is traded for what, and why known polymers fall short.
Use the listed facts only. Write at most {MOST} short sentences. For each give the ids of the facts that it uses.
- Name the candidate before its numbers: "Candidate 1 has a glass transition temperature of 262 °C".
- Copy each number with its unit as the fact shows it. No other numbers, no differences, no ratios.
- Compare like this: "Candidate 1 has a higher density (1.21 g/cm3) than candidate 2 (1.10 g/cm3)".
- Of known polymers: "polysulfone misses the glass transition temperature limit: its value is 190 °C".
- Say "meets" or "misses", never "not". You may add a chemical reason: "because its backbone is stiff".
Sentences that disagree with the facts are removed by a program.
Example:
{{"sentences": [{{"text": "Candidate 1 has a higher density (1.21 g/cm3) than candidate 2 (1.10 g/cm3).",
"facts": ["F2", "F7"]}}]}}"""


class Sentence(BaseModel):
    """A sentence, as the model wrote it."""

    text: str = Field(default="", json_schema_extra={"maxLength": 300})
    facts: list[str] = Field(default_factory=list, json_schema_extra={"maxItems": 8})

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, written: Any) -> Any:
        return {"text": written} if isinstance(written, str) else written


class Sentences(BaseModel):
    """What the model answers."""

    sentences: list[Sentence] = Field(json_schema_extra={"maxItems": MOST})


@dataclass
class Explained:
    """What became of the sentences.

    Attributes
    ----------
    kept : list of Sentence
        Those that agree with the facts.
    refused : list of (str, str)
        The others, and why.
    written : int
        How many the model wrote.
    """

    kept: list[Sentence] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    written: int = 0


def table_of(finalists: Sequence[Finalist], rejected: Sequence[Rejected], ledger: Ledger, spec: DesignSpec) -> Table:
    """Number everything that sentences may rest on.

    Parameters
    ----------
    finalists : sequence of Finalist
        Best first.
    rejected : sequence of Rejected
        Known polymers that were left out.
    ledger : Ledger
        Holds their numbers.
    spec : DesignSpec
        The brief.

    Returns
    -------
    Table
        Facts with ids "F1", "F2", ...
    """
    units = {item.property: item.given_unit for item in spec.constraints}
    others = [item for item in rejected if item.name][:OTHERS]
    rows = [row for item in finalists[:CANDIDATES] for row in _facts_of(item, ledger)]
    rows += [row for item in others for row in _facts_of_other(item, ledger)]
    facts: dict[tuple[str, str], Fact] = {}
    for owner, topic, key in rows:
        if (owner, topic) not in facts:
            facts[(owner, topic)] = _fact(f"F{len(facts) + 1}", owner, topic, key, ledger, units)
    limits = {describe_constraint(item): item.property for item in spec.constraints}
    return Table(
        tuple(facts.values()),
        tuple(label_of(item) for item in finalists[:CANDIDATES]),
        tuple(item.name for item in others),
        tuple(given_numbers(spec)),
        frozenset((item.name, limits[item.violated]) for item in others if item.violated in limits),
    )


def label_of(finalist: Finalist) -> str:
    """Return how sentences name a finalist."""
    return f"Candidate {finalist.rank}"


def _facts_of(finalist: Finalist, ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    owner = label_of(finalist)
    if finalist.chance:
        yield owner, CHANCE, finalist.chance
    for check in finalist.checks:
        if check.value:
            yield owner, check.property, check.value
        if check.chance:
            yield owner, f"{CHANCE}:{check.property}", check.chance
    if finalist.feasibility:
        yield owner, SYNTHESIS, finalist.feasibility


def _facts_of_other(rejected: Rejected, ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    spoken = [key for key in rejected.claim.values if key in ledger.values]
    for key in spoken:
        yield rejected.name, ledger.values[key].property, key
    for key in rejected.claim.values:
        if key in ledger.derived and ledger.derived[key].unit == "percent" and len(spoken) == 1:
            yield rejected.name, f"{CHANCE}:{ledger.values[spoken[0]].property}", key


def _fact(ident: str, owner: str, topic: str, key: str, ledger: Ledger, units: dict[str, str]) -> Fact:
    if key in ledger.derived:
        entry = ledger.derived[key]
        shown = f"{entry.value:.0f} %" if entry.unit == "percent" else show(entry.value, "refractive_index")
        return Fact(ident, key, owner, topic, Known(entry.value, entry.unit), (), shown)
    value = ledger.values[key]
    bounds = tuple(_known(value, number) for number in (value.lower, value.upper) if number is not None)
    return Fact(
        ident, key, owner, topic, _known(value, value.value), bounds, show_value(value, units.get(value.property, ""))
    )


def _known(value: Value, number: float) -> Known:
    prop = get_property(value.property)
    return Known(number, prop.unit, prop.id, prop.display_unit)


def topic_name(topic: str) -> str:
    """Say what a fact is of.

    Parameters
    ----------
    topic : str
        Of ``Fact``.

    Returns
    -------
    str
        Such as "chance to meet the glass transition temperature limit".
    """
    if topic == CHANCE:
        return "chance to meet all limits"
    if topic == SYNTHESIS:
        return "synthesisability"
    if topic.startswith(f"{CHANCE}:"):
        return f"chance to meet the {get_property(topic.partition(':')[2]).name} limit"
    return get_property(topic).name


def explain_with(model: LanguageModel, table: Table, finalists: Sequence[Finalist], spec: DesignSpec) -> Explained:
    """Ask for sentences, and once more for others in the place of those that were refused.

    Parameters
    ----------
    model : LanguageModel
        The model.
    table : Table
        What they may rest on.
    finalists : sequence of Finalist
        Those of the table.
    spec : DesignSpec
        The brief.

    Returns
    -------
    Explained
        What was kept and what was refused.

    Raises
    ------
    ModelError
        If the first request brings nothing.
    BudgetError
        If the budget does not last for the first request.
    """
    done = Explained()
    asked = _messages(table, finalists, spec)
    for turn in range(2):
        before = len(done.refused)
        try:
            answer = model.structured(asked, Sentences, max_tokens=_TOKENS)
        except (ModelError, BudgetError):
            if not turn:
                raise
            return done
        _sort(answer.sentences, table, done)
        refused = done.refused[before:]
        if not refused or len(done.kept) >= MOST:
            break
        lines = [f"- {plain_words(text)}: {reason}" for text, reason in refused[:MOST]]
        again = "\n".join(("Removed:", *lines, "Write better sentences in their place, and no others."))
        asked = [*_messages(table, finalists, spec), user(again)]
    return done


def _sort(sentences: Sequence[Sentence], table: Table, done: Explained) -> None:
    known = {item.text for item in done.kept}
    done.written += len(sentences)
    for item in sentences[: 2 * MOST]:
        text = plain_words(item.text[:1000], 400)
        reason = "it holds a link" if item.text.strip() and not text else refusal(text, item.facts[:20], table)[0]
        if text in known or (not reason and len(done.kept) == MOST):
            continue
        if reason:
            done.refused.append((text[:200], reason))
        else:
            known.add(text)
            done.kept.append(Sentence(text=text, facts=item.facts[:20]))


def _messages(table: Table, finalists: Sequence[Finalist], spec: DesignSpec) -> list[Message]:
    lines = ["Requirements:"]
    lines += [f"- {'must' if item.hard else 'wish'}: {describe_constraint(item)}" for item in spec.constraints]
    lines += ["", "Candidates, best first:"]
    lines += [f"- {label_of(item)}: {title_of(item)}, {item.smiles}" for item in finalists[:CANDIDATES]]
    if table.others:
        lines += ["", f"Known polymers that fall short: {'; '.join(table.others)}"]
    lines += ["", "Facts:"]
    lines += [f"{item.id} | {item.owner} | {topic_name(item.topic)} | {item.shown}" for item in table.facts]
    return [system(_SYSTEM), user("\n".join(lines))]
