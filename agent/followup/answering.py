"""Answering a follow-up from the run's own spec and numbers; every sentence passes the gate of the report."""

from __future__ import annotations

from agent.evidence import Ledger
from agent.followup.changing import amended, differences
from agent.followup.comparing import compare, easier, next_steps, routes
from agent.followup.draft import Draft
from agent.followup.explaining import explain, why_not
from agent.followup.model import Asked, FollowUp
from agent.followup.varying import more_like
from agent.known_names import KnownNames
from agent.quantities import given_numbers
from agent.report.model import Report
from agent.verify import verify_claims
from agent.wording import describe_constraint, describe_structure
from tools.core.errors import InputError
from tools.core.spec import Constraint, StructuralConstraint

_ANSWERS = {
    "why_not": why_not, "explain": explain, "compare": compare, "easier": easier, "route": routes, "next": next_steps,
    "more_like": more_like,
}  # fmt: skip


def follow_up(report: Report, asked: Asked, *, seed: int = 0) -> FollowUp:
    """Answer a follow-up.

    Parameters
    ----------
    report : Report
        The finished report.
    asked : Asked
        What is asked, as ``understand`` gives it.
    seed : int
        Seed of variations.

    Returns
    -------
    FollowUp
        Sentences with what stands behind them; for a change the brief that a new run begins with.

    Raises
    ------
    InputError
        If there is nothing to answer from, or a change cannot be read.
    """
    if asked.kind == "change":
        return _changed(report, asked)
    if not report.finalists and asked.kind not in {"why_not", "next"}:
        raise InputError("The run has no candidates to speak of.", hint="Change the brief: say what may be given up.")
    draft = Draft(report=report, asked=asked, ledger=_tagged(report.ledger), seed=seed)
    _ANSWERS[asked.kind](draft)
    return _gated(draft)


def _tagged(ledger: Ledger) -> Ledger:
    """Copy a ledger so that new entries have ids of their own."""
    return Ledger(tag="F", values=dict(ledger.values), derived=dict(ledger.derived), passages=dict(ledger.passages))


def _gated(draft: Draft) -> FollowUp:
    report = draft.report
    names = KnownNames(
        report.spec,
        [*report.finalists, *draft.finalists],
        report.rejected,
        more=(*draft.names, *(item.name for item in draft.asked.polymers)),
    )
    verdicts = verify_claims(draft.claims, draft.ledger, given_numbers(report.spec), known_names=names)
    return FollowUp(
        run_id=report.run_id,
        asked=draft.asked,
        claims=tuple(item.claim for item in verdicts if item.ok),
        notes=tuple(draft.notes),
        grid=draft.grid,
        finalists=tuple(draft.finalists),
        removed=sum(not item.ok for item in verdicts),
        ledger=draft.ledger,
    )


def _changed(report: Report, asked: Asked) -> FollowUp:
    spec = amended(asked.lines, report.spec)
    gone, come = differences(report.spec, spec)
    notes = [f"taken away: {_words(item)}" for item in gone] + [f"added: {_words(item)}" for item in come]
    if not notes:
        notes = ["The brief already asks for this; a new run would answer the same."]
    return FollowUp(run_id=report.run_id, asked=asked, notes=tuple(notes), spec=spec, ledger=report.ledger)


def _words(item: Constraint | StructuralConstraint) -> str:
    words = describe_constraint(item) if isinstance(item, Constraint) else describe_structure(item)
    return words if item.hard else f"{words} (a wish)"
