"""What a run is doing, in words: for the command line, and for those who are served."""

from __future__ import annotations

from typing import Any

STEPS = {
    "parse": "reading the brief",
    "plan": "splitting it into sub-questions",
    "act": "running the planned tools",
    "research": "searching the literature and known polymers",
    "generate": "generating candidates",
    "assess": "predicting and ranking",
    "simulate": "simulating finalists",
    "check": "checking with physics",
    "explain": "explaining trade-offs",
    "verify": "verifying every sentence",
    "report": "writing the report",
}


def in_words(event: dict[str, Any]) -> str:
    """Say what an event of a run means.

    Parameters
    ----------
    event : dict
        As a listener gets it.

    Returns
    -------
    str
        A short text without a full stop; empty if the event is nothing to tell.
    """
    kind = event.get("kind")
    if kind == "node" and event.get("phase") == "start":
        name = str(event.get("name", ""))
        again = f", round {event['round'] + 1}" if event.get("round") and name == "generate" else ""
        return STEPS.get(name, name) + again
    if kind == "progress":
        return str(event.get("text", ""))
    if kind == "begun":
        return f"run {event.get('run', '')}"
    return ""
