"""The run commands."""

from __future__ import annotations

import json

from agent.runs import list_runs, open_run
from polysmith import api
from polysmith.cli.designing import Progress, finish
from polysmith.cli.output import console, emit_json, show_table
from polysmith.config import runs_folder


def list_all(*, as_json: bool) -> None:
    """Print all runs.

    Parameters
    ----------
    as_json : bool
        Print JSON.
    """
    root = runs_folder()
    rows = []
    for run_id in list_runs(root):
        folder = open_run(root, run_id)
        given = folder.load("input") if folder.has("input") else {}
        verdict = (
            json.loads((folder.path / "run.json").read_text(encoding="utf-8"))["verdict"] if folder.has("run") else ""
        )
        rows.append({"id": run_id, "verdict": verdict or "unfinished", "brief": given.get("brief", "")})
    if as_json:
        emit_json(rows)
    else:
        show_table("", ["run", "verdict", "brief"], [(r["id"], r["verdict"], r["brief"][:90]) for r in rows])


def continue_run(run_id: str, *, as_json: bool) -> None:
    """Continue a run and print its report.

    Parameters
    ----------
    run_id : str
        Id, or "last".
    as_json : bool
        Print JSON.
    """
    with Progress(quiet=as_json) as progress:
        report = api.resume(run_id, on_event=progress)
    finish(report, as_json=as_json)


def repeat_run(run_id: str, *, as_json: bool) -> bool:
    """Repeat a run and print what differs.

    Parameters
    ----------
    run_id : str
        Id, or "last".
    as_json : bool
        Print JSON.

    Returns
    -------
    bool
        True if the numbers are the same.
    """
    with Progress(quiet=as_json) as progress:
        report, found = api.replay(run_id, on_event=progress)
    if as_json:
        emit_json({"run": report.run_id, "same": not found, "differences": found})
    else:
        out = console()
        out.print(f"Replayed as {report.run_id}: " + ("the same numbers." if not found else "these differ:"))
        for line in found:
            out.print(f"  {line}", markup=False)
    return not found
