"""The model proposes repeat units; the gate, the structure asked for and feasibility decide which are looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, Field, model_validator

from agent.llm.messages import Message, system, user
from agent.llm.model import LanguageModel
from agent.numbers import show
from agent.quantities import Known
from agent.thinking.spoken import backed_words, plain_words
from agent.wording import describe_constraint, describe_structure
from tools.core.errors import BudgetError, ModelError, PolysmithError
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.screen import MET, Scored, Screen
from tools.design.search import SearchResult
from tools.design.written import objection, written_candidate

SOURCE = "language model"
ROUNDS = 3  # requests: the first, and two in which it learns what became of its proposals
MOST = 8  # proposals looked at per request
PARENTS = 6  # polymers of the search that it is shown, and as many known ones
_ID = re.compile(r"\bP[0-9]{1,3}\b")
_TOKENS = 1200
_SHOWN = 160  # characters of a refused proposal that are shown again

_SYSTEM = f"""You are a polymer chemist. You propose repeat units of linear polymers that could meet the requirements.
For each proposal write:
- structure: the repeat unit as SMILES with exactly two * where the chain goes on, such as *OCC(=O)*;
  or the usual name of a known polymer; or two monomers joined by " + ".
- parent: the id of the listed polymer that you changed, or none.
- reason: one short sentence that says which change helps which property. No numbers.
Propose at most {MOST}, all different and none that is listed.
Prefer polymers that can be made from common monomers by a common polymerisation.
Programs check and predict every proposal, so be bold but correct.
Example:
{{"proposals": [{{"structure": "*c1ccc(C(C)(C)c2ccc(OC(=O)O*)cc2)cc1", "parent": "none",
"reason": "The stiff bisphenol raises the glass transition temperature."}}]}}"""


class Proposal(BaseModel):
    """One repeat unit, as the model wrote it."""

    structure: str = Field(default="", json_schema_extra={"maxLength": 300})
    parent: str = Field(default="none", json_schema_extra={"maxLength": 8})
    reason: str = Field(default="", json_schema_extra={"maxLength": 240})

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, written: Any) -> Any:
        return {"structure": written} if isinstance(written, str) else written


class Proposals(BaseModel):
    """What the model answers."""

    proposals: list[Proposal] = Field(json_schema_extra={"maxItems": MOST})


@dataclass(frozen=True)
class Parent:
    """A polymer that the model is shown.

    Attributes
    ----------
    id : str
        By which the model names it.
    polymer : Polymer
        The chain.
    about : str
        What is known of it, in words.
    """

    id: str
    polymer: Polymer
    about: str


@dataclass
class Outcome:
    """What became of the proposals.

    Attributes
    ----------
    asked : int
        Requests.
    written : int
        Proposals that the model wrote.
    ignored : int
        Proposals beyond the most that are looked at.
    refused : list of (str, str)
        What was refused, cut short, and why.
    accepted : list of Scored
        What may go on, with the quick predictions.
    fault : str
        What ended the talk early; empty if nothing did.
    """

    asked: int = 0
    written: int = 0
    ignored: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    accepted: list[Scored] = field(default_factory=list)
    fault: str = ""

    def in_words(self) -> str:
        """Return the counts as a sentence."""
        more = f", {self.ignored} beyond the limit were not looked at" if self.ignored else ""
        ended = f"; then it failed: {self.fault}" if self.fault else ""
        return (
            f"{self.written} proposals in {self.asked} requests, {len(self.refused)} refused{more}, "
            f"{len(self.accepted)} tested{ended}"
        )


class ModelSource:
    """Repeat units that a language model proposes, each through the gate.

    Parameters
    ----------
    model : LanguageModel
        The model.
    screen : Screen
        The constraints of the brief; predicts what is accepted.
    parents : sequence of Parent
        Typed results that the model may start from.
    seen : collection of str
        Keys of polymers that are candidates already.
    known : sequence of Known
        Numbers that a reason may repeat.
    tell : callable
        Told of every proposal: its text cut short, its repeat unit (empty if refused) and why it was refused.

    Attributes
    ----------
    outcome : Outcome
        What became of the proposals so far.
    """

    name = SOURCE

    def __init__(
        self,
        model: LanguageModel,
        screen: Screen,
        parents: Sequence[Parent],
        seen: Collection[str] = (),
        known: Sequence[Known] = (),
        tell: Callable[[str, str, str], None] = lambda text, unit, reason: None,
    ) -> None:
        self._model, self._screen, self._known, self._tell = model, screen, known, tell
        self._parents = {item.id: item for item in parents}
        self._seen = {*seen, *(item.polymer.key for item in parents)}
        self.outcome = Outcome()

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield up to ``limit`` candidates that pass the gate and have the structure asked for.

        Parameters
        ----------
        spec : DesignSpec
            The brief.
        limit : int
            How many at most.
        seed : int
            Not used: the model decides.

        Raises
        ------
        ModelError
            If the first request brings nothing.
        BudgetError
            If the budget does not last for the first request.
        """
        given = 0
        fresh: list[Scored] = []
        refused: list[tuple[str, str]] = []
        for turn in range(ROUNDS):
            try:
                written = self._ask(spec, fresh, refused)
            except (ModelError, BudgetError) as error:
                if not turn:
                    raise
                self.outcome.fault = str(error)
                return
            before = len(self.outcome.refused)
            read = [self._read(proposal, spec) for proposal in written]
            fresh = self._screen.score([candidate for candidate in read if candidate is not None])
            refused = self.outcome.refused[before:]
            self.outcome.accepted += fresh
            for scored in fresh:
                if given == limit:
                    return
                given += 1
                yield scored.candidate
            if not fresh and (turn or not refused):
                return

    def _ask(self, spec: DesignSpec, fresh: Sequence[Scored], refused: Sequence[tuple[str, str]]) -> list[Proposal]:
        self.outcome.asked += 1
        for number, scored in enumerate(fresh, len(self._parents) + 1):
            self._parents[f"P{number}"] = Parent(f"P{number}", scored.polymer, prediction_text(scored, self._screen))
        answer = self._model.structured(self._messages(spec, len(fresh), refused), Proposals, max_tokens=_TOKENS)
        self.outcome.written += len(answer.proposals)
        self.outcome.ignored += max(0, len(answer.proposals) - MOST)
        return answer.proposals[:MOST]

    def _messages(self, spec: DesignSpec, own: int, refused: Sequence[tuple[str, str]]) -> list[Message]:
        wanted = [f"- {'must' if item.hard else 'wish'}: {describe_constraint(item)}" for item in spec.constraints]
        wanted += [f"- {'must' if item.hard else 'wish'}: {describe_structure(item)}" for item in spec.structure]
        parents = list(self._parents.values())
        shown = parents[: 2 * PARENTS] + parents[max(2 * PARENTS, len(parents) - own) :]
        lines = ["Requirements:", *wanted, "", "Polymers so far:"]
        lines += [f"{item.id}: {item.polymer.smiles} ({item.about})" for item in shown]
        if refused:
            lines += ["", "Refused of your last proposals:"]
            lines += [f"- {text}: {reason}" for text, reason in refused]
        lines += ["", "Propose repeat units that do better." if not own else "Propose others that do better still."]
        return [system(_SYSTEM), user("\n".join(lines))]

    def _read(self, proposal: Proposal, spec: DesignSpec) -> Candidate | None:
        """Take a proposal through the gate, or say why not."""
        text = plain_line(proposal.structure)
        try:
            candidate = written_candidate(proposal.structure, self.name, spec)
        except PolysmithError as error:
            self._refuse(text, str(error))
            return None
        known = candidate.polymer.key in self._seen
        self._seen.add(candidate.polymer.key)
        problem = "it is listed already, or was proposed before" if known else objection(candidate, self._screen)
        if problem:
            self._refuse(text, problem)
            return None
        self._tell(text, candidate.polymer.smiles, "")
        parent = self._parents.get(proposal.parent.strip())
        words = _ID.sub("its parent", plain_words(proposal.reason[:2000]))
        return replace(
            candidate,
            parents=(parent.polymer.smiles,) if parent else (),
            reason=backed_words(words, self._known),
        )

    def _refuse(self, text: str, reason: str) -> None:
        reason = plain_line(reason, 2 * _SHOWN)
        self.outcome.refused.append((text, reason))
        self._tell(text, "", reason)


def plain_line(text: str, longest: int = _SHOWN) -> str:
    """Return text on one line, cut short, without characters that cannot be seen.

    Parameters
    ----------
    text : str
        Any text.
    longest : int
        Characters at most.

    Returns
    -------
    str
        The line.
    """
    seen = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * longest])
    line = " ".join(seen.split())
    return line if len(line) <= longest else f"{line[:longest]}…"


def prediction_text(scored: Scored, screen: Screen) -> str:
    """Say what the quick models predict for a candidate, and what it misses.

    Parameters
    ----------
    scored : Scored
        The candidate.
    screen : Screen
        The constraints.

    Returns
    -------
    str
        Such as "Tg 236 °C; misses glass transition temperature above 250 °C".
    """
    units = {item.property: item.given_unit for item in screen.spec.constraints}
    values = ", ".join(f"{name} {show(mean, name, units.get(name, ''))}" for name, mean in scored.predictions)
    missed = [describe_constraint(item) for item, p in zip(screen.hard, scored.chances, strict=True) if p < MET]
    verdict = f"misses {'; '.join(missed)}" if missed else "predicted to meet every requirement"
    return "; ".join(filter(None, (values, verdict)))


def parents_of(result: SearchResult, rows: Sequence[dict[str, Any]], screen: Screen) -> list[Parent]:
    """Choose what the model is shown: the best of the search, its own earlier ones, and known polymers near the limit.

    Parameters
    ----------
    result : SearchResult
        What the search found.
    rows : sequence of dict
        All candidates so far, with those that the model proposed before.
    screen : Screen
        The constraints; predicts the earlier ones.

    Returns
    -------
    list of Parent
        With ids "P1", "P2", ...
    """
    best = [(item.polymer, prediction_text(item.scored, screen)) for item in result.finalists[:PARENTS]]
    own = [Candidate(Polymer.from_smiles(row["smiles"]), SOURCE) for row in rows if row["source"] == SOURCE]
    best += [(item.polymer, prediction_text(item, screen)) for item in screen.score(own[-PARENTS:])]
    known = [item for item in result.rejected if item.scored.candidate.source == "handbook"][:PARENTS]
    best += [
        (item.scored.polymer, f"{item.scored.candidate.origin}, known; misses {'; '.join(item.reasons)}")
        for item in known
    ]
    return [Parent(f"P{place}", polymer, about) for place, (polymer, about) in enumerate(best, 1)]
