"""The assistant itself sits the exam: questions go to ``ask`` and briefs to ``design``, with a model or without.

Nothing here is written for the exam's sake but the last step, from claims to the form of the answer: a number is the
first value of the asked property in the ledger, a choice is made by comparing such values, a design is the proposals
that meet the exam's own check best. With a model, that step is the model's, which sees the claims alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from agent.ask import LONGEST
from agent.ask import Reply as Said
from agent.report.model import Report
from polybench.prediction import Citation, ToolCall
from polybench.refusal import UNANSWERABLE
from polybench.run.model_answerer import Completer, cited, said_with_usage
from polybench.run.prompts import messages_for
from polybench.run.question import Question, Reply
from polybench.run.reading import asked_property, unreadable
from polybench.run.rule_agent import RuleAgent, shown
from polybench.scoring.design import bounds_of, examine_chunk
from polybench.scoring.structures import Structure, read_chunk
from polybench.task import INFEASIBLE, Constraint
from tools.core.errors import InputError, LimitError, PolysmithError
from tools.core.evidence import Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import Constraint as Wish
from tools.core.spec import DesignSpec, StructuralConstraint, StructureKind
from tools.core.units import convert

Ask = Callable[[str], Said]
Design = Callable[[DesignSpec, int], Report]

_TRIES: Final = 3
_PROPOSALS: Final = 10
_COUNTED: Final = {
    "molar_mass": "molar_mass_unit", "heavy_atoms": "heavy_atoms", "aromatic_rings": "aromatic_rings",
    "rings": "rings", "rotatable_bonds": "rotatable_bonds", "hbond_donors": "hbond_donors",
    "hbond_acceptors": "hbond_acceptors",
}  # fmt: skip


class AskedValues:
    """Values of properties as the assistant states them: the first of the property in its ledger.

    Parameters
    ----------
    ask : callable
        Takes a question, gives claims with a ledger.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[tuple[str, str], Value | None] = {}

    def stated(self, polymer: Polymer, name: str) -> Value | None:
        """Ask for a property, once; None if the assistant declines."""
        key = (polymer.key, name)
        if key not in self._known:
            said = self._ask(f"What is the {get_property(name).name} of {polymer.smiles}?")
            self._known[key] = first_value(said, name)
        return self._known[key]

    def value(self, polymer: Polymer, name: str, *, simulated: bool = False) -> float | None:
        """Return the value in the canonical unit."""
        found = self.stated(polymer, name)
        return found.value if found else None

    def interval(self, polymer: Polymer, name: str) -> tuple[float, float] | None:
        """Return the interval that the assistant states, if it has a level."""
        found = self.stated(polymer, name)
        if found is None or found.lower is None or found.upper is None or found.coverage is None:
            return None
        return found.lower, found.upper


class ProductAnswerer:
    """Asks the assistant.

    Parameters
    ----------
    ask : callable
        ``polysmith.ask``, or a double.
    design : callable, optional
        Takes a typed brief and a number of candidates, as ``polysmith.design`` does; designs are not answered without.
    completer : Completer, optional
        A language model that puts claims into the form of the answer; rules do it without one.
    name : str
        Name that predictions carry.
    settings : mapping, optional
        Settings of model and assistant, for the hash of the run.
    """

    def __init__(
        self,
        ask: Ask,
        design: Design | None = None,
        *,
        completer: Completer | None = None,
        name: str = "polysmith",
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self._ask, self._design, self._completer = ask, design, completer
        self._settings = dict(settings or {})

    @property
    def config(self) -> Mapping[str, Any]:
        """Kind and settings."""
        return {"kind": "product", "model": self._completer is not None, **self._settings}

    def answer(self, question: Question) -> Reply:
        """Answer a question with what the assistant says."""
        if question.answer_type == "design":
            return self._designed(question)
        try:
            said, calls = self._asked(question)
        except InputError as error:  # nothing that the assistant can read
            return Reply(f"{error.message}\nAnswer: {UNANSWERABLE}", UNANSWERABLE)
        citations, served = _sources(said)
        if self._completer is not None:
            return self._phrased(question, said, calls, self._completer)
        answer = self._by_rules(question, said)
        text = " ".join(claim.text for claim in said.claims) or said.declined
        if question.answer_type == "text":
            return Reply(text, None, calls, citations, passages=served)
        return Reply(
            f"{text}\nAnswer: {shown(answer)}" if answer is not None else text, answer, calls, citations,
            passages=served,
        )  # fmt: skip

    def _asked(self, question: Question) -> tuple[Said, tuple[ToolCall, ...]]:
        """Ask, past what is injected: a failure is met as often as it was ordered, at most three times."""
        failures, calls = dict(question.failures), []
        listed = "".join(f"\n{key}. {text}" for key, text in question.choices.items())
        for _ in range(_TRIES):
            left = failures.get("times", 0)
            if not isinstance(left, int) or left < 1:
                calls.append(ToolCall(name="ask"))
                return self._ask((question.question + listed)[:LONGEST]), tuple(calls)
            failures["times"] = left - 1
            calls.append(ToolCall(name="ask", ok=False))
        raise LimitError("The assistant kept failing.", hint="Ask again.")

    def _by_rules(self, question: Question, said: Said) -> Any:
        """Put claims into the form of the answer."""
        if unreadable(question.question) is not None:
            return UNANSWERABLE
        prop = asked_property(question)
        if question.answer_type == "numeric" and prop is not None:
            found = first_value(said, prop.id)
            if found is not None:
                return _stated(found, question.unit)
            if said.declined:
                return UNANSWERABLE
        return RuleAgent(AskedValues(self._ask), name=self.name).answer(question).final_answer

    def _phrased(self, question: Question, said: Said, calls: tuple[ToolCall, ...], model: Completer) -> Reply:
        """Let the model answer from the claims."""
        citations, served = _sources(said)
        shown_claims = "\n".join(f"[{name}] {text}" for name, text in served.items()) or f"None: {said.declined}"
        messages = messages_for(question, "rag", passages=shown_claims)
        text, usage = said_with_usage(model.complete(messages))
        return Reply(text, None, calls, cited(text) or citations, usage, served)

    def _designed(self, question: Question) -> Reply:
        if self._design is None or not question.constraints:
            return Reply("Designs are not asked for.")
        report = self._design(as_spec(question), max(_PROPOSALS, question.n_candidates))
        proposed = [item.smiles for item in report.finalists]
        calls = (ToolCall(name="design", ok=report.verdict != "refused"),)
        if not proposed:
            said = INFEASIBLE if report.verdict == "infeasible" else None
            return Reply(f"The assistant has no candidate: {report.verdict}.", said, calls)
        best = _best(proposed, question)
        return Reply("\n".join(best), best, calls)


def first_value(said: Said, name: str) -> Value | None:
    """Return the first value of a property among those that claims rest on.

    Parameters
    ----------
    said : agent.ask.Reply
        What the assistant said.
    name : str
        Property id.
    """
    for claim in said.claims:
        for key in claim.values:
            value = said.ledger.values.get(key)
            if value is not None and value.property == name:
                return value
    return None


def as_spec(question: Question) -> DesignSpec:
    """Write the constraints of a design as a typed brief; what a brief cannot say is left to the exam's check.

    Parameters
    ----------
    question : Question
        A design.
    """
    wishes: list[Wish] = []
    structure: list[StructuralConstraint] = []
    for item in question.constraints:
        if item.kind == "property":
            name, low, high = bounds_of(item)
            unit = get_property(name).unit
            if low > float("-inf"):
                wishes.append(Wish(property=name, operator=">=", lower=low, unit=unit, text=item.text))
            if high < float("inf"):
                wishes.append(Wish(property=name, operator="<=", upper=high, unit=unit, text=item.text))
        else:
            structure += _structural(item)
    return DesignSpec(brief=question.question, constraints=tuple(wishes), structure=tuple(structure))


def _structural(item: Constraint) -> list[StructuralConstraint]:
    if item.kind == "descriptor" and item.name in _COUNTED:
        name = _COUNTED[item.name]
        return [StructuralConstraint(kind="count", name=name, lower=item.min, upper=item.max, text=item.text)]
    if item.kind not in ("smarts", "element"):
        return []
    name, lacking = item.smarts or item.name, item.max is not None and item.max < 1
    if not lacking and not item.min:
        return []
    kind: StructureKind = "substructure" if item.kind == "smarts" else "element"
    return [StructuralConstraint(kind=kind, name=name, required=not lacking, text=item.text)]


def _best(proposed: list[str], question: Question) -> list[str]:
    """Order proposals by how many of the exam's exact constraints they miss."""
    names = sorted({name for item in question.constraints for name in item.smiles})
    known = {name: Structure(*row) for name, row in zip(names, read_chunk(names), strict=True)}
    rows = examine_chunk([(smiles, question.constraints, known) for smiles in proposed])
    missed = [99 if row[0] else sum(flag is False for flag in row[5]) for row in rows]
    order = sorted(range(len(proposed)), key=lambda place: (missed[place], place))
    return [proposed[place] for place in order[: question.n_candidates]]


def _stated(value: Value, unit: str) -> Any:
    """Write a value as an answer, with its interval where that has a level."""
    wanted = unit or value.unit

    def to(number: float) -> float:
        if value.unit == "dimensionless" or wanted == value.unit:
            return number
        try:
            return convert(number, value.unit, wanted)
        except PolysmithError:
            return number

    if value.lower is None or value.upper is None or value.coverage is None:
        return to(value.value)
    low, high = sorted((to(value.lower), to(value.upper)))
    stated: dict[str, Any] = {"value": to(value.value), "lower": low, "upper": high, "level": value.coverage}
    return stated | ({"unit": unit} if unit else {})


def _sources(said: Said) -> tuple[tuple[Citation, ...], dict[str, str]]:
    """Return citations and what they are checked against: passages, and the values of the ledger with their sources."""
    served = {key: item.text for key, item in said.ledger.passages.items()}
    served |= {
        key: f"{value.kind} {value.property} {value.value:g} {value.unit} ({value.source})"
        for key, value in said.ledger.values.items()
    }
    found = [Citation(source=quote.passage, quote=quote.text) for claim in said.claims for quote in claim.quotes]
    found += [
        Citation(source=key, quote=said.ledger.values[key].source)
        for claim in said.claims
        for key in claim.values
        if key in said.ledger.values
    ]
    return tuple(dict.fromkeys(found)), served
