"""An answer in the making."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.evidence import Claim, Ledger
from agent.followup.judging import given, judge
from agent.followup.model import Asked, Grid
from agent.report.model import Finalist, Report
from tools.core.polymer import Polymer


@dataclass
class Draft:
    """What an answer is made of, before the gate.

    Attributes
    ----------
    report : Report
        The report.
    asked : Asked
        What is asked.
    ledger : Ledger
        The report's, to which the answer adds.
    seed : int
        Seed of variations.
    claims, notes, names, finalists, grid
        As in ``FollowUp``; ``names`` may stand in claims.
    """

    report: Report
    asked: Asked
    ledger: Ledger
    seed: int = 0
    claims: list[Claim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    finalists: list[Finalist] = field(default_factory=list)
    grid: Grid | None = None

    def ranked(self, rank: int) -> Finalist:
        """Return the finalist of a rank."""
        return next(item for item in self.report.finalists if item.rank == rank)

    def meant(self) -> list[tuple[str, Finalist]]:
        """Return what is meant, each with its label: candidates of the report, and polymers that are judged now.

        A polymer that is a candidate of the report is that candidate.
        """
        found = [(label(item), item) for item in map(self.ranked, self.asked.ranks)]
        own = {item.key: item for item in self.report.finalists}
        for named in self.asked.polymers:
            key = Polymer.from_smiles(named.smiles).key
            if key in own:
                found.append((label(own[key]), own[key]))
                continue
            made = judge([given(named.smiles)], self.report.spec, self.ledger)[0]
            made = made.model_copy(update={"name": made.name or named.name})
            self.finalists.append(made)
            self.names.append(named.name)
            found.append((named.name, made))
        return list({item.key: (name, item) for name, item in found}.values())

    def value(self, key: str) -> str:
        """Write a value or a computed number with its id."""
        from agent.report.view import derived_text, value_text

        whole = self.report.model_copy(update={"ledger": self.ledger})
        return derived_text(whole, key) if key in self.ledger.derived else value_text(whole, key)


def label(finalist: Finalist) -> str:
    """Name a finalist in a sentence."""
    return f"Candidate {finalist.rank}"
