"""Choosing tool calls: the model names tools and arguments while it has seen nothing but the brief.

For each sub-question that has tools which the graph does not run by itself, the model is asked once, in the form of
tool calls, among that question's tools only. It may choose none: tools do not always help, and the rules answer every
question of theirs without. Only a question that nothing else would answer asks for a call.

The prompt holds the typed requirements and the question, not even the text of the brief. Each call is then made the
plan's own: types by the tool's schema; structures and names of polymers through the gate and the resolver, in a
killable worker, and kept as repeat units; properties by id; numbers only if the brief states them, if they are the
tool's default, or if they count something small; texts short and plain. Calls of the literature search become queries
of the question. The third equal call of a plan is cut, as are calls beyond three for a question or the run's limit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agent.llm.flows import SAME_CALLS, CheckedCall
from agent.llm.messages import Message, system, user
from agent.llm.model import LanguageModel
from agent.state import Plan, SubQuestion, ToolRequest
from agent.thinking.grounding import SMALL_COUNT, Grounds, alike, requirements, text_problem
from tools.core import sandbox
from tools.core.errors import BackendMissing, BudgetError, InputError, ModelError, ToolError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.registry import ToolSpec
from tools.core.spec import DesignSpec
from tools.naming.resolve import class_id

MOST_PER_QUESTION = 3
MOST_ASKED = 10  # questions that the model is asked about
_LONGEST_LIST = 10
_LONGEST_TEXT = 120
_SECONDS = 5.0  # to read one name or structure
#: What the graph does by itself for the questions of the rules.
BY_ITSELF = frozenset(("search_literature", "known_polymers", "search_candidates"))
# A wrong answer to one question says nothing of the next; a server that is gone does.
_WRONG_ANSWERS = frozenset(
    ("malformed", "truncated", "empty", "unknown_tool", "bad_arguments", "no_call", "repeated", "refused", "too_long")
)

ASK_CALLS = """You choose tool calls for one sub-question of a polymer design brief. Choose at most 3 calls whose \
results would help to answer it. If none would help, answer with the word none.
- Name polymers by their common names, such as PEEK, PMMA or Kapton, or as repeat units with two *, such as \
*CC(*)c1ccccc1. Choose real polymers that are close to the requirements.
- Name properties by the names in the requirements.
- State no number that is not in the requirements; leave optional arguments out.
Example: for "Which known polyimides come near a glass transition above 250 °C?" a good call is predict_properties \
with polymers ["Kapton"] and properties ["Tg"]."""


@dataclass
class Chosen:
    """Calls and queries by question, and what was left out.

    Attributes
    ----------
    calls : dict of str to tuple of ToolRequest
        By id of the question.
    queries : dict of str to tuple of str
        By id of the question.
    refused : list of str
        What was left out, and why.
    ended : str
        Why the model was asked no further; empty if it was asked all.
    """

    calls: dict[str, tuple[ToolRequest, ...]] = field(default_factory=dict)
    queries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    ended: str = ""

    @property
    def count(self) -> int:
        """Calls in all."""
        return sum(map(len, self.calls.values()))

    @property
    def detail(self) -> str:
        """What came of it, in words."""
        parts = [f"{self.count} calls chosen"]
        parts += [f"left out: {'; '.join(dict.fromkeys(self.refused))}"] * bool(self.refused)
        return "; ".join((*parts, *([self.ended] if self.ended else [])))

    def into(self, plan: Plan) -> Plan:
        """Put the calls and queries into a plan.

        Parameters
        ----------
        plan : Plan
            The plan.

        Returns
        -------
        Plan
            With them.
        """
        made = []
        for item in plan.questions:
            words = [text for text in (item.query, *item.queries, *self.queries.get(item.id, ())) if text]
            update = {"calls": self.calls.get(item.id, ()), "query": "".join(words[:1]), "queries": tuple(words[1:])}
            made.append(item.model_copy(update=update))
        return Plan(questions=tuple(made))


def offered(question: SubQuestion, known: dict[str, ToolSpec]) -> list[ToolSpec]:
    """Return the tools that the model may choose among for a question.

    Parameters
    ----------
    question : SubQuestion
        The question.
    known : dict of str to ToolSpec
        The catalogue.

    Returns
    -------
    list of ToolSpec
        Tools of the question's allow-list, without those that the graph runs by itself.
    """
    done = BY_ITSELF if question.origin == "rules" else frozenset(("search_candidates",))
    return [known[name] for name in question.tools if name in known and name not in done]


def choose_calls(model: LanguageModel, spec: DesignSpec, plan: Plan, known: dict[str, ToolSpec], most: int) -> Chosen:
    """Let a model choose the tool calls of a plan.

    Parameters
    ----------
    model : LanguageModel
        The model.
    spec : DesignSpec
        The brief as understood.
    plan : Plan
        Its sub-questions.
    known : dict of str to ToolSpec
        The catalogue.
    most : int
        Calls at most.

    Returns
    -------
    Chosen
        What it chose and what of it was left out.

    Raises
    ------
    ModelError, BudgetError
        If the model cannot be asked at all.
    """
    grounds, found, counts = Grounds(spec), Chosen(), Counter[str]()
    asked = 0
    for question in plan.questions:
        tools = offered(question, known)
        if not any(item.name != "search_literature" for item in tools) or asked == MOST_ASKED or found.count >= most:
            continue
        asked += 1
        needed = question.origin == "model" and not question.query
        try:
            turn = model.tools(_asking(spec, question), tools, choice="required" if needed else "auto")
        except ModelError as error:
            if error.code in _WRONG_ANSWERS:
                found.refused.append(f"an answer on {question.id} ({error.code})")
                continue
            if asked == 1:
                raise
            found.ended = str(error)
            break
        except BudgetError as error:
            if asked == 1:
                raise
            found.ended = str(error)
            break
        _keep(question, turn.calls, grounds, found, counts, most)
    return found


def _asking(spec: DesignSpec, question: SubQuestion) -> list[Message]:
    text = f"{requirements(spec, with_brief=False)}\n\nSub-question ({question.skill}): {question.text}"
    return [system(ASK_CALLS), user(text)]


def _keep(
    question: SubQuestion, calls: tuple[CheckedCall, ...], grounds: Grounds, found: Chosen, counts: Counter[str],
    most: int,
) -> None:  # fmt: skip
    """Take over what passes the checks."""
    kept: list[ToolRequest] = []
    queries: list[str] = []
    for call in calls[: 2 * MOST_PER_QUESTION]:
        if call.spec.name == "search_literature":
            query = " ".join(str(getattr(call.values, "query", "")).split())
            if text_problem(query, _LONGEST_TEXT) or grounds.strange_numbers(query):
                found.refused.append("a query that is no plain text")
            elif not alike(query, (question.query, *question.queries, *queries)):
                queries.append(query)
            continue
        try:
            request = checked_request(call, grounds)
        except (InputError, ToolError, BackendMissing) as error:
            found.refused.append(f"a call of {call.spec.name} ({error.message[:_LONGEST_TEXT]})")
            continue
        key = request.key()
        if request in kept or counts[key] + 1 >= SAME_CALLS:
            found.refused.append(f"the same call of {call.spec.name} again")
        elif len(kept) == MOST_PER_QUESTION or found.count + len(kept) >= most:
            found.refused.append("calls beyond the limit")
        else:
            counts[key] += 1
            kept.append(request)
    if len(calls) > 2 * MOST_PER_QUESTION:
        found.refused.append("calls beyond the limit")
    if kept:
        found.calls[question.id] = tuple(kept)
    if queries:
        found.queries[question.id] = tuple(queries[:2])


def checked_request(call: CheckedCall, grounds: Grounds) -> ToolRequest:
    """Make a model's call one that a plan may hold.

    Parameters
    ----------
    call : CheckedCall
        A call of a known tool with arguments of the right types.
    grounds : Grounds
        What the brief gives to speak of.

    Returns
    -------
    ToolRequest
        With polymers as repeat units and properties by id.

    Raises
    ------
    InputError
        If an argument is not grounded in the brief, is unknown or is too long.
    LimitError
        If a structure takes too long to read.
    """
    plain = call.values.model_dump(mode="json")
    fields = call.spec.arguments.model_fields
    made = {
        name: value if value == fields[name].default else _argument(name, value, grounds)
        for name, value in plain.items()
    }
    return ToolRequest(tool=call.spec.name, arguments=made)


def _argument(name: str, value: Any, grounds: Grounds) -> Any:
    """Check one argument and write it in its one form."""
    if isinstance(value, list):
        if len(value) > _LONGEST_LIST:
            raise InputError(f"{name} has {len(value)} entries; at most {_LONGEST_LIST} are planned.")
        return [_argument(name, item, grounds) for item in value]
    if isinstance(value, dict):
        if len(value) > _LONGEST_LIST:
            raise InputError(f"{name} has {len(value)} entries; at most {_LONGEST_LIST} are planned.")
        return {
            _text("name of a condition", key, grounds): _argument(name, item, grounds) for key, item in value.items()
        }
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        if grounds.states(value) or (isinstance(value, int) and 1 <= value <= SMALL_COUNT):
            return value
        raise InputError(f"{name} is a number that the brief does not state")
    return _word(name, str(value), grounds)


def _word(name: str, text: str, grounds: Grounds) -> str:
    """Write a name in its one form; what is said of one that is not known holds no word of the model."""
    try:
        if name in {"polymer", "polymers", "parts", "text"}:
            read: Polymer = sandbox.run(
                "tools.naming.resolve:resolve", text, seconds=_SECONDS, suggest=False, systematic=False
            )
            return read.smiles
        if name in {"property_name", "properties"}:
            return get_property(text[:_LONGEST_TEXT]).id
        if name == "polymer_class":
            return class_id(text[:_LONGEST_TEXT])
    except (InputError, ToolError) as error:
        raise InputError(f"{name} cannot be read") from error
    return _text(name, text, grounds)


def _text(name: str, text: str, grounds: Grounds) -> str:
    problem = text_problem(f"text {text}", _LONGEST_TEXT)  # a single word is enough here
    if problem or grounds.strange_numbers(text):
        raise InputError(f"{name} {problem or 'states a number that the brief does not'}")
    return text
