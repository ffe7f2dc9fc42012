"""What a run answers with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from agent.evidence import Claim, Ledger
from agent.llm.budget import Spent
from agent.state import SubQuestion, Verdict
from tools.core.spec import DesignSpec


class Check(BaseModel):
    """How one candidate stands to one requirement.

    Attributes
    ----------
    requirement : str
        The requirement in words.
    property : str
        Property id; empty for structural requirements.
    hard : bool
        Whether missing it rejects a candidate.
    value : str
        Ledger id of the value it was judged by; empty if there is none.
    chance : str
        Ledger id of the chance to meet it; empty if it cannot be assessed or is structural.
    met : bool or None
        For structural requirements, whether it is met; None if it cannot be assessed.
    note : str
        Why it cannot be assessed, or a caveat.
    """

    model_config = ConfigDict(frozen=True)

    requirement: str
    property: str = ""
    hard: bool = True
    value: str = ""
    chance: str = ""
    met: bool | None = None
    note: str = ""


class Monomer(BaseModel):
    """A starting material of a route; ``known_in`` names the list it is in, and says nothing about its price."""

    model_config = ConfigDict(frozen=True)

    smiles: str
    name: str = ""
    known_in: str = ""


class RouteCard(BaseModel):
    """How a polymer would be made."""

    model_config = ConfigDict(frozen=True)

    mechanism: str
    polymerisation: tuple[str, ...] = ()
    monomers: tuple[Monomer, ...]
    by_product: str = ""
    conditions: str = ""
    verified: bool = False
    notes: tuple[str, ...] = ()


class Neighbour(BaseModel):
    """A polymer with a known value near a candidate; ``similarity`` and ``value`` are ledger ids."""

    model_config = ConfigDict(frozen=True)

    name: str
    smiles: str
    similarity: str
    value: str


class Finalist(BaseModel):
    """One answer.

    Attributes
    ----------
    rank : int
        1 is best.
    smiles, key, name : str
        The repeat unit, its identity, and its name where it is known.
    classes : tuple of str
        Polymer classes.
    origin : str
        Where the candidate came from.
    parents : tuple of str
        Repeat units it was derived from.
    reason : str
        Why a language model proposed it, in its words; nothing rests on it.
    chance : str
        Ledger id of the chance to meet all hard property requirements at once.
    checks : tuple of Check
        One per requirement, in the order of the brief.
    predictions : dict of str to str
        Ledger id of the predicted value by property id.
    measured : dict of str to tuple of str
        Ledger ids of measured values by property id, if the polymer is known.
    neighbours : dict of str to tuple of Neighbour
        Nearest measured polymers by property id.
    routes : tuple of RouteCard
        Likely ways to make it, best first.
    feasibility : str
        Ledger id of the synthesisability score.
    feasibility_parts : dict of str to str
        What it is made of: ledger id by part.
    warnings : tuple of str
        What a chemist should know before starting.
    findings : tuple of Claim
        What the physics checks found.
    uncertain : tuple of Claim
        What is uncertain about it.
    """

    model_config = ConfigDict(frozen=True)

    rank: int
    smiles: str
    key: str
    name: str = ""
    classes: tuple[str, ...] = ()
    origin: str
    parents: tuple[str, ...] = ()
    reason: str = ""
    chance: str
    checks: tuple[Check, ...] = ()
    predictions: dict[str, str] = Field(default_factory=dict)
    measured: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    neighbours: dict[str, tuple[Neighbour, ...]] = Field(default_factory=dict)
    routes: tuple[RouteCard, ...] = ()
    feasibility: str = ""
    feasibility_parts: dict[str, str] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    findings: tuple[Claim, ...] = ()
    uncertain: tuple[Claim, ...] = ()


class Rejected(BaseModel):
    """An alternative that a chemist would think of, and why it is not an answer."""

    model_config = ConfigDict(frozen=True)

    smiles: str
    name: str = ""
    violated: str
    claim: Claim


class Answer(BaseModel):
    """A sub-question with its answer."""

    model_config = ConfigDict(frozen=True)

    question: SubQuestion
    claims: tuple[Claim, ...] = ()
    note: str = ""


class Experiment(BaseModel):
    """A next experiment worth doing."""

    model_config = ConfigDict(frozen=True)

    title: str
    reason: Claim


class Verification(BaseModel):
    """Counts of the last gate.

    Attributes
    ----------
    claims, removed : int
        Sentences that were checked, and those that were removed.
    quotes : int
        Quotes that were checked.
    reasons : tuple of str
        Why sentences were removed.
    set_aside : int
        Sentences of passages that were addressed to the reader and were not quoted.
    """

    model_config = ConfigDict(frozen=True)

    claims: int = 0
    removed: int = 0
    quotes: int = 0
    reasons: tuple[str, ...] = ()
    set_aside: int = 0


class Explanation(BaseModel):
    """What a language model says on the choice, in its words.

    Attributes
    ----------
    claims : tuple of Claim
        Sentences whose numbers, candidates and comparisons agree with the ledger.
    removed : int
        Sentences that did not.
    """

    model_config = ConfigDict(frozen=True)

    claims: tuple[Claim, ...] = ()
    removed: int = 0


class ModelTask(BaseModel):
    """Something the language model was asked for in a run.

    Attributes
    ----------
    task : str
        What, such as "reading the brief".
    helped : bool
        False if it could not and the rules did it alone.
    detail : str
        Why not, or what came of it.
    """

    model_config = ConfigDict(frozen=True)

    task: str
    helped: bool
    detail: str = ""


class ModelUse(BaseModel):
    """What part a language model had in a run.

    Attributes
    ----------
    name : str
        The model; empty if there was none.
    problem : str
        Why a model that was wanted is not there.
    tasks : tuple of ModelTask
        What it was asked for.
    spent : Spent
        Calls, tokens, seconds and money.
    """

    model_config = ConfigDict(frozen=True)

    name: str = ""
    problem: str = ""
    tasks: tuple[ModelTask, ...] = ()
    spent: Spent = Spent()


class Report(BaseModel):
    """The answer to a brief, with everything behind it.

    Attributes
    ----------
    run_id : str
        Id of the run.
    verdict : {"answered", "refused", "infeasible", "partial"}
        "infeasible": nothing was found that is likely to meet every hard requirement; the closest are shown.
    summary : tuple of Claim
        The answer in a few sentences.
    cut : tuple of str
        What was left out because the run's seconds were used up; the verdict is then "partial".
    explanation : Explanation
        The same in the words of a language model, if there was one.
    spec : DesignSpec
        The brief as understood.
    answers : tuple of Answer
        The sub-questions and their answers.
    finalists : tuple of Finalist
        Ranked candidates.
    rejected : tuple of Rejected
        Alternatives that were rejected.
    experiments : tuple of Experiment
        What to do next.
    ledger : Ledger
        Every value, derived number and passage.
    verification : Verification
        What the last gate removed.
    model : ModelUse
        What part a language model had.
    seed : int
        Random seed.
    settings, versions, data : dict
        What a replay needs: settings, library versions, hashes of models and corpora.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    verdict: Verdict
    summary: tuple[Claim, ...] = ()
    cut: tuple[str, ...] = ()
    explanation: Explanation = Explanation()
    spec: DesignSpec
    answers: tuple[Answer, ...] = ()
    finalists: tuple[Finalist, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    ledger: Ledger = Field(default_factory=Ledger)
    verification: Verification = Field(default_factory=Verification)
    model: ModelUse = ModelUse()
    seed: int = 0
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    data: dict[str, str] = Field(default_factory=dict)
