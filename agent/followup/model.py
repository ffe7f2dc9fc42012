"""What a follow-up is, and what it is answered with."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.evidence import Claim, Ledger
from agent.report.model import Finalist
from tools.core.spec import DesignSpec

Kind = Literal["why_not", "easier", "change", "compare", "route", "more_like", "next", "explain"]


class Named(BaseModel):
    """A polymer that a follow-up names: by name or by structure."""

    model_config = ConfigDict(frozen=True)

    name: str
    smiles: str


class Asked(BaseModel):
    """A follow-up as it was understood.

    Attributes
    ----------
    kind : str
        "why_not": how a polymer, or a lower candidate, stands to the brief; "easier": which is easiest to make;
        "change":
        the brief with a change; "compare": candidates or polymers side by side; "route": how they are made;
        "more_like":
        variations of one; "next": what to do next; "explain": how a candidate stands to each requirement.
    text : str
        The words.
    ranks : tuple of int
        Candidates that are meant, by rank.
    polymers : tuple of Named
        Other polymers that are meant.
    lines : tuple of str
        For "change": lines that ``agent.questions.read_spec`` reads.
    price : bool
        For "easier": whether money was asked about.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    text: str
    ranks: tuple[int, ...] = ()
    polymers: tuple[Named, ...] = ()
    lines: tuple[str, ...] = ()
    price: bool = False


class Grid(BaseModel):
    """A small table; every number in it is in the ledger.

    Attributes
    ----------
    title : str
        What it shows.
    head : tuple of str
        Names of the columns.
    rows : tuple of tuple of str
        Cells; numbers are followed by the id of their entry, such as "262 °C (221 to 304) [V3]".
    """

    model_config = ConfigDict(frozen=True)

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class FollowUp(BaseModel):
    """The answer to a follow-up.

    Attributes
    ----------
    run_id : str
        The run that was asked about.
    asked : Asked
        As it was understood.
    claims : tuple of Claim
        Sentences that passed the gate of the report.
    notes : tuple of str
        What was assumed or is not known; without numbers.
    grid : Grid or None
        Numbers side by side.
    finalists : tuple of Finalist
        Polymers that were judged or proposed for this answer, as the report writes up its own; rank 0 is not ranked.
    spec : DesignSpec or None
        For "change": the brief with the change, its problems found anew. A new run begins with it.
    removed : int
        Sentences that the gate removed.
    ledger : Ledger
        Everything the report and this answer rest on.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    asked: Asked
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()
    grid: Grid | None = None
    finalists: tuple[Finalist, ...] = ()
    spec: DesignSpec | None = None
    removed: int = 0
    ledger: Ledger = Field(default_factory=Ledger)
