"""Printing the answer to a follow-up."""

from __future__ import annotations

from agent.followup import FollowUp
from polysmith import api
from polysmith.cli.designing import Progress, finish
from polysmith.cli.output import console, emit_json, show_table
from polysmith.following import follow_up
from tools.core.shown import visible


def ask_run(run_id: str, text: str, *, run: bool, as_json: bool) -> None:
    """Answer a follow-up, and run a changed brief if that is wanted.

    Parameters
    ----------
    run_id : str
        Id, or "last".
    text : str
        What is asked.
    run : bool
        Run the changed brief.
    as_json : bool
        Print JSON.
    """
    found = follow_up(run_id, text)
    if found.spec is not None and run and not found.spec.problems:
        with Progress(quiet=as_json) as progress:
            report = api.design(found.spec, on_event=progress, parent=found.run_id)
        finish(report, as_json=as_json)
    elif as_json:
        emit_json(found.model_dump(mode="json"))
    else:
        _show(found)


def _show(found: FollowUp) -> None:
    out = console()
    for claim in found.claims:
        tags = f" [{', '.join(dict.fromkeys(claim.values))}]" if claim.values else ""
        out.print(f"- {visible(claim.text)}{tags}", markup=False)
    for note in found.notes:
        out.print(f"- {visible(note)}", markup=False)
    if found.grid is not None:
        show_table(found.grid.title, list(found.grid.head), [tuple(map(visible, row)) for row in found.grid.rows])
    if found.removed:
        out.print(f"{found.removed} sentences were not backed and are left out.")
    if found.spec is None:
        return
    for problem in found.spec.problems:
        out.print(f"Problem: {problem}", markup=False)
    if not found.spec.problems:
        out.print("Add --run to design for the changed brief.")
