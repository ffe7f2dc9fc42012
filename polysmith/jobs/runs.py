"""How runs stand: read from their folders, so that it can be asked while they work."""

from __future__ import annotations

import json
from typing import Any

from agent import holding
from agent.runs import RunFolder, list_runs, open_run
from agent.thinking.journal import spent_before
from polysmith.config import runs_folder
from polysmith.progress import STEPS
from tools.core.errors import InputError

_TAIL = 65_536  # bytes of the events that are looked at
MOST = 200


def status_of(run_id: str) -> dict[str, Any]:
    """Say how far a run is.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".

    Returns
    -------
    dict
        "run_id", "state" (as ``agent.holding.status_of``), "verdict", "step", "brief", and "spent" on a language model
        (None if there was none).

    Raises
    ------
    UnknownNameError
        If there is no such run.
    """
    return _status(open_run(runs_folder(), run_id))


def newest(limit: int) -> list[dict[str, Any]]:
    """List runs, newest first.

    Parameters
    ----------
    limit : int
        Runs at most.

    Returns
    -------
    list of dict
        As ``status_of``.

    Raises
    ------
    InputError
        If the limit is out of range.
    """
    if not 1 <= limit <= MOST:
        raise InputError(f"Between 1 and {MOST} runs can be listed.")
    root = runs_folder()
    return [_status(open_run(root, run_id)) for run_id in reversed(list_runs(root)[-limit:])]


def _status(folder: RunFolder) -> dict[str, Any]:
    finished = folder.has("run")
    brief = folder.load("input").get("brief", "") if folder.has("input") else ""
    spent = spent_before(folder)
    return {
        "run_id": folder.id,
        "state": holding.status_of(folder),
        "verdict": folder.load("run")["verdict"] if finished else "",
        "step": "" if finished else _step(folder),
        "brief": brief,
        "spent": spent.model_dump(mode="json") if spent is not None else None,
    }


def _step(folder: RunFolder) -> str:
    """Return what was last begun, in words."""
    path = folder.path / "events.jsonl"
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = file.read().splitlines()
    for line in reversed(lines):
        try:
            event = json.loads(line)
        except ValueError:  # the first line of the tail, or one that a kill left unfinished
            continue
        if event.get("kind") == "node":
            return STEPS.get(str(event["name"]), str(event["name"]))
    return ""
