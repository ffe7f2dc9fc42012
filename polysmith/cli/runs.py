"""The run commands."""

from __future__ import annotations

from typing import Any

from agent.holding import status_of
from agent.runs import list_runs, open_run
from agent.thinking.journal import spent_before
from polysmith import api
from polysmith.cli.asking import read_answer
from polysmith.cli.designing import Progress, finish, resumed, worked
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
        verdict = folder.load("run")["verdict"] if folder.has("run") else ""
        spent = spent_before(folder)
        rows.append(
            {
                "id": run_id,
                "status": status_of(folder),
                "verdict": verdict,
                "brief": given.get("brief", ""),
                "spent": spent.model_dump(mode="json") if spent is not None else None,
            }
        )
    if as_json:
        emit_json(rows)
    else:
        cells = [(r["id"], r["verdict"] or r["status"], _took(r["spent"]), r["brief"][:90]) for r in rows]
        show_table("", ["run", "verdict", "model took", "brief"], cells)


def _took(spent: dict[str, Any] | None) -> str:
    if spent is None:
        return ""
    money = f", {spent['money']:.4g}" if spent["money"] else ""
    return f"{spent['prompt_tokens'] + spent['completion_tokens']:,} tokens{money}"


def continue_run(run_id: str, answer: str, *, as_json: bool) -> None:
    """Continue a run, ask what it asks, and print its report.

    Parameters
    ----------
    run_id : str
        Id, or "last".
    answer : str
        Answer to what it asks, or a file with it; empty to be asked.
    as_json : bool
        Print JSON.
    """
    given = read_answer(answer) if answer else None
    finish(worked(lambda told: resumed(run_id, told, as_json=as_json), given, as_json=as_json), as_json=as_json)


def stop_run(run_id: str, *, as_json: bool) -> None:
    """Stop a run that is worked on elsewhere.

    Parameters
    ----------
    run_id : str
        Id, or "last".
    as_json : bool
        Print JSON.
    """
    told = api.stop(run_id)
    if as_json:
        emit_json({"run": run_id, "told": told, "status": api.status(run_id)})
    elif told:
        console().print("It was told to stop. Continue it with: polysmith run resume " + run_id, markup=False)
    else:
        console().print(f"Nobody works on it; it is {api.status(run_id)}.", markup=False)


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
