"""Splitting a brief further than the rules do: the model proposes sub-questions and search words, code checks them.

The plan of the rules is a floor: every question of it stays, with its tools and its query. The model sees the typed
requirements and the brief, never a document, and gives two things in two small requests: questions that are missing,
each with a skill, the requirements it is about, what must be answered first and what to search for; and better search
words for the questions that are there. Requirements and questions are named by ids to choose from.

What code checks, so that the result is a plan whatever the model writes: the skill is known and decides on the tools;
the requirements exist, one for a question about a property and two for a trade-off; numbers stand in the brief; texts
are short, plain and not asked before; no tool is named that the skill does not allow; dependencies that do not lead
to an earlier question are cut, so there are no cycles; and there are at most six more questions. What fails is left out
and counted in the note of the report.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import cast, get_args

from pydantic import BaseModel, ConfigDict, Field

from agent.hygiene import judge
from agent.llm.messages import Message, system, user
from agent.llm.model import LanguageModel
from agent.planner import tools_for
from agent.state import Plan, Skill, SubQuestion
from agent.thinking.grounding import Grounds, alike, requirements, spelt_out, text_problem
from tools.answering import tool_names
from tools.core.properties import get_property
from tools.core.spec import DesignSpec

MOST = 6  # questions that the model may add
LONGEST = 200  # characters of a question
LONGEST_QUERY = 120
_PAIRS = 8  # pairs without a question that the prompt lists
_BEFORE_DESIGN = ("property", "structure", "trade-off")

ASK_QUESTIONS = """You plan the work on a polymer design brief. Some sub-questions are there already. Propose up to 6 \
further ones whose answers would change which polymer is chosen: a trade-off between two requirements, a structural \
motif that drives one of them, how a requirement is usually met, whether a route exists. Propose none if nothing is \
missing: an empty list is a good answer.
For each question give:
- text: one short question. State no number that is not in the brief.
- skill: one of property, structure, trade-off, design, synthesis, physics.
- about: ids of the requirements it is about, such as C1 (two for a trade-off, one or more for property).
- after: ids of the questions that must be answered first, such as Q1; may be empty. Yours are M1, M2 and so on.
- query: four to ten words to search papers for; no question, no tool names.
Example: {"text": "Which comonomers lower the dielectric constant without lowering the glass transition?", "skill": \
"trade-off", "about": ["C1", "C2"], "after": ["Q1", "Q2"], "query": "bulky alicyclic comonomer low dielectric constant \
polyimide"}"""

ASK_QUERIES = """You choose search words for papers on polymers. For each question below, give four to ten words that \
a paper with the answer would hold: property, structural motif, polymer class, method. No whole questions, no numbers. \
Leave a question out if you know nothing better than its present words.
Example: {"question": "Q1", "query": "rigid backbone imide glass transition temperature chain stiffness"}"""


class ProposedQuestion(BaseModel):
    """A sub-question as a model proposes it; the limits are for the server, code checks them again."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(json_schema_extra={"maxLength": LONGEST})
    skill: str = Field(json_schema_extra={"enum": list(get_args(Skill))})
    about: list[str] = Field(default_factory=list, json_schema_extra={"maxItems": 4})
    after: list[str] = Field(default_factory=list, json_schema_extra={"maxItems": 6})
    query: str = Field(default="", json_schema_extra={"maxLength": LONGEST_QUERY})


class ProposedQuestions(BaseModel):
    """What a model thinks is missing."""

    model_config = ConfigDict(extra="ignore")

    questions: list[ProposedQuestion] = Field(json_schema_extra={"maxItems": MOST})


class ProposedQuery(BaseModel):
    """Better search words for a question that is there."""

    model_config = ConfigDict(extra="ignore")

    question: str
    query: str = Field(json_schema_extra={"maxLength": LONGEST_QUERY})


class ProposedQueries(BaseModel):
    """Better search words for the questions that are there."""

    model_config = ConfigDict(extra="ignore")

    queries: list[ProposedQuery]


@dataclass(frozen=True)
class Refined:
    """A plan with what a model added.

    Attributes
    ----------
    plan : Plan
        The plan.
    added : int
        Questions or queries that were added.
    refused : tuple of str
        What was left out, and why.
    """

    plan: Plan
    added: int = 0
    refused: tuple[str, ...] = field(default=())

    @property
    def detail(self) -> str:
        """What came of it, in words."""
        refused = f"; left out: {'; '.join(dict.fromkeys(self.refused))}" if self.refused else ""
        return f"{self.added} added{refused}"


def propose_questions(model: LanguageModel, spec: DesignSpec, plan: Plan, simulate: int = 1) -> Refined:
    """Let a model add sub-questions to a plan.

    Parameters
    ----------
    model : LanguageModel
        The model.
    spec : DesignSpec
        The brief as understood.
    plan : Plan
        Plan of the rules; every question of it stays.
    simulate : int
        How much may be simulated, as in the settings.

    Returns
    -------
    Refined
        The plan, still in an order that respects its dependencies.

    Raises
    ------
    ModelError, BudgetError
        If the model gives nothing that can be read.
    """
    found = model.structured(_asking(ASK_QUESTIONS, spec, plan, _without_question(spec, plan)), ProposedQuestions)
    kept: list[tuple[str, ProposedQuestion, SubQuestion]] = []
    refused = []
    for place, item in enumerate(found.questions[:MOST], 1):
        asked = [*plan.questions, *(made for _, _, made in kept)]
        made = _checked(f"M{place}", item, Grounds(spec), asked, simulate)
        if isinstance(made, str):
            refused.append(f"a question that {made}")
        else:
            kept.append((made.id, item, made))
    if len(found.questions) > MOST:
        refused.append(f"questions beyond {MOST}")
    ordered, cut = _ordered(plan, [made for _, _, made in kept], {name: item.after for name, item, _ in kept})
    refused += ["a dependency on no earlier question"] * bool(cut)
    return Refined(ordered, len(kept), tuple(refused))


def propose_queries(model: LanguageModel, spec: DesignSpec, plan: Plan) -> Refined:
    """Let a model add search words to the questions that search the literature.

    Parameters
    ----------
    model : LanguageModel
        The model.
    spec : DesignSpec
        The brief as understood.
    plan : Plan
        The plan; the queries that it has stay.

    Returns
    -------
    Refined
        The plan with more queries.

    Raises
    ------
    ModelError, BudgetError
        If the model gives nothing that can be read.
    """
    open_ones = {item.id: item for item in plan.questions if item.query and item.origin == "rules"}
    if not open_ones:
        return Refined(plan)
    asked = model.structured(_asking(ASK_QUERIES, spec, Plan(questions=tuple(open_ones.values()))), ProposedQueries)
    added: dict[str, SubQuestion] = {}
    refused = []
    for item in asked.queries[: 2 * len(open_ones)]:
        question = open_ones.get(item.question.strip())
        problem = "is for no question" if question is None else _query_problem(item.query, Grounds(spec))
        if question is None or problem:
            refused.append(f"a query that {problem}")
        elif question.id not in added and not alike(item.query, [question.query]):
            added[question.id] = question.model_copy(update={"queries": (spelt_out(item.query, spec),)})
    questions = tuple(added.get(item.id, item) for item in plan.questions)
    return Refined(Plan(questions=questions), len(added), tuple(refused))


def _asking(task: str, spec: DesignSpec, plan: Plan, more: str = "") -> list[Message]:
    listed = [
        f"{item.id} ({item.skill}): {item.text}" + (f" Present words: {item.query}." if item.query else "")
        for item in plan.questions
    ]
    parts = (requirements(spec), "", "Questions that are there:", *listed, more)
    return [system(task), user("\n".join(parts).strip())]


def _without_question(spec: DesignSpec, plan: Plan) -> str:
    """List the pairs of requirements whose trade-off no question is about: ids for a weak model to choose from."""
    asked = {frozenset(item.constraints) for item in plan.questions if item.skill == "trade-off"}
    pairs = []
    for one, two in combinations(range(len(spec.constraints)), 2):
        names = [get_property(spec.constraints[place].property).name for place in (one, two)]
        if frozenset((one, two)) not in asked and names[0] != names[1]:
            pairs.append(f"C{one + 1} and C{two + 1} ({names[0]}, {names[1]})")
    return f"\nPairs whose trade-off is not asked about: {'; '.join(pairs[:_PAIRS])}." if pairs else ""


def _checked(
    name: str, item: ProposedQuestion, grounds: Grounds, asked: list[SubQuestion], simulate: int
) -> SubQuestion | str:
    """Make a question of a proposal, or say why it is left out."""
    skill = item.skill.strip().lower().replace("_", "-")
    if skill not in get_args(Skill):
        return "needs an unknown skill"
    known = {f"C{place}": place - 1 for place in range(1, len(grounds.spec.constraints) + 1)}
    about = tuple(dict.fromkeys(known[key] for key in (text.strip().upper() for text in item.about) if key in known))
    text, query = spelt_out(item.text, grounds.spec), spelt_out(item.query, grounds.spec)
    tools = tools_for(cast("Skill", skill), grounds.spec, simulate)
    problem = (
        _question_problem(text, grounds, tools)
        or _about_problem(skill, about, asked)
        or ("is asked already" if alike(text, [known.text for known in asked]) else "")
    )
    if problem:
        return problem
    if "search_literature" not in tools or _query_problem(query, grounds):
        query = ""  # the question stays worth asking without search words
    return SubQuestion(
        id=name, text=text, skill=cast("Skill", skill), tools=tools, constraints=about, query=query, origin="model"
    )


def _question_problem(text: str, grounds: Grounds, tools: tuple[str, ...]) -> str:
    if problem := text_problem(text, LONGEST):
        return problem
    if not text.endswith("?"):
        return "is no question"
    if judge(text).reason:
        return "speaks to its reader"
    if any(name in text for name in tool_names() if name not in tools):
        return "names a tool that it may not use"
    return "states a number that the brief does not" if grounds.strange_numbers(text) else ""


def _query_problem(query: str, grounds: Grounds) -> str:
    if problem := text_problem(query, LONGEST_QUERY):
        return problem
    if any(name in query for name in tool_names()):
        return "names a tool"
    return "states a number that the brief does not" if grounds.strange_numbers(query) else ""


def _about_problem(skill: str, about: tuple[int, ...], asked: list[SubQuestion]) -> str:
    if skill == "property" and not about:
        return "is about no requirement"
    if skill == "trade-off" and len(about) < 2:
        return "is about no two requirements"
    pairs = {frozenset(item.constraints) for item in asked if item.skill == "trade-off"}
    return "is asked already" if skill == "trade-off" and frozenset(about) in pairs else ""


def _ordered(plan: Plan, added: list[SubQuestion], after: dict[str, list[str]]) -> tuple[Plan, bool]:
    """Put new questions in place: what is known first, then the design, then what rests on it."""
    first = [item for item in added if item.skill in _BEFORE_DESIGN]
    split = next(
        (place for place, item in enumerate(plan.questions) if item.skill not in _BEFORE_DESIGN), len(plan.questions)
    )
    order = [*plan.questions[:split], *first, *plan.questions[split:], *(item for item in added if item not in first)]
    made: list[SubQuestion] = []
    cut = False
    for item in order:
        earlier = {known.id for known in made}
        wanted = dict.fromkeys((*item.depends_on, *(name.strip().upper() for name in after.get(item.id, ()))))
        if item.skill == "design" and item.origin == "rules":
            wanted.update(dict.fromkeys(known.id for known in first))
        cut = cut or not set(wanted) <= earlier
        made.append(item.model_copy(update={"depends_on": tuple(name for name in wanted if name in earlier)}))
    return Plan(questions=tuple(made)), cut


def without_idle(plan: Plan, *, searched: bool = True) -> Refined:
    """Leave out the questions of a model that nothing will answer: no search words and no call.

    Parameters
    ----------
    plan : Plan
        The plan with its calls.
    searched : bool
        Whether there is anything to search in.

    Returns
    -------
    Refined
        The plan without them; the questions of the rules stay.
    """
    asked = [item for item in plan.questions if item.origin == "model" and not item.calls]
    idle = {item.id for item in asked if not (searched and (item.query or item.queries))}
    kept = tuple(
        item.model_copy(update={"depends_on": tuple(name for name in item.depends_on if name not in idle)})
        for item in plan.questions
        if item.id not in idle
    )
    made = Refined(Plan(questions=kept))
    return replace(made, refused=("a question that nothing would answer",)) if idle else made
