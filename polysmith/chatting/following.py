"""After the answer: what a user says or presses next, as messages or as the brief of a new run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agent.additions import joined
from agent.brief import parse_brief
from agent.evidence import Claim
from agent.followup import FollowUp, Grid, understand
from agent.followup import follow_up as answer
from agent.report.model import Report
from agent.runs import open_run
from agent.wording import describe_constraint, describe_structure
from polysmith.chatting import tables
from polysmith.chatting.answer import predictions_message
from polysmith.chatting.cards import card
from polysmith.chatting.drawing import alt_text, drawn
from polysmith.chatting.elements import Said, Shown
from polysmith.chatting.writing import Writer
from tools.core.errors import BriefError, InputError, PolysmithError
from tools.core.shown import markdown as md
from tools.core.spec import DesignSpec

LONGEST = 400  # characters of a polymer that is asked about


@dataclass(frozen=True)
class Following:
    """What became of a follow-up.

    Attributes
    ----------
    kind : {"answer", "design"}
        Shown at once, or a new run.
    said : Said
        The answer; for "design" what was changed.
    brief : str
        For "design": the changed brief in words.
    spec : DesignSpec or None
        For "design": the changed brief, exactly; ``polysmith.design(spec, parent=run_id)``.
    """

    kind: Literal["answer", "design"]
    said: Said
    brief: str = ""
    spec: DesignSpec | None = None


def follow_up(text: str, run_id: str, runs: Path) -> Following | None:
    """Answer what a user says after a report.

    Parameters
    ----------
    text : str
        The message.
    run_id : str
        The finished run that the conversation is about.
    runs : Path
        The user's own folder of runs.

    Returns
    -------
    Following or None
        None if it is no follow-up: a new brief, or a question about something else.

    Raises
    ------
    UnknownNameError
        If there is no such run.
    """
    report = Report.model_validate(open_run(runs, run_id).load("run"))
    try:
        asked = understand(text, report)
        if asked is None:
            return None
        found = answer(report, asked, seed=report.seed)
    except InputError as error:
        return Following("answer", Said(md(str(error))))
    said = followed(found, report)
    if found.spec is None:
        return Following("answer", said)
    if found.spec.problems:
        problems = "\n".join(f"- {md(item)}" for item in found.spec.problems)
        return Following("answer", Said(f"With this change the brief cannot be met:\n\n{problems}"))
    return Following("design", said, in_words(found, report), found.spec)


def in_words(found: FollowUp, report: Report) -> str:
    """Write a changed brief so that the rules read the same requirements from it.

    Parameters
    ----------
    found : FollowUp
        With the changed spec.
    report : Report
        The report that it changes.

    Returns
    -------
    str
        The user's own words with the change where they give the same; else the requirements, one after another.
    """
    assert found.spec is not None
    own = joined(report.spec.brief, "\n".join(found.asked.lines))
    try:
        if _same(parse_brief(own), found.spec):
            return own
    except BriefError:
        pass
    words = [_phrase(describe_constraint(item), hard=item.hard) for item in found.spec.constraints]
    words += [_phrase(describe_structure(item), hard=item.hard) for item in found.spec.structure]
    return "; ".join(words)


def _phrase(words: str, *, hard: bool) -> str:
    return words if hard else f"preferably {words}"


def _same(one: DesignSpec, other: DesignSpec) -> bool:
    def gist(spec: DesignSpec) -> set[tuple[object, ...]]:
        limits = {(item.property, item.operator, item.lower, item.upper, item.hard) for item in spec.constraints}
        return limits | {(item.kind, item.name, item.required, item.lower, item.upper) for item in spec.structure}

    return gist(one) == gist(other)


def followed(found: FollowUp, report: Report) -> Said:
    """Show the answer to a follow-up.

    Parameters
    ----------
    found : FollowUp
        The answer.
    report : Report
        The report that it follows on.

    Returns
    -------
    Said
        Sentences with their ids, a table, and cards of polymers that were judged.
    """
    lines = [f"- {_claim(claim)}" for claim in found.claims] + [f"- {md(note)}" for note in found.notes]
    if found.removed:
        lines.append(f"- {found.removed} sentences were not backed by a value and are left out.")
    if found.spec is not None and not found.spec.problems:
        lines.insert(0, "The brief with this change; a new run begins that remembers this one.")
        lines.insert(1, "")
    writer = Writer(report.model_copy(update={"ledger": found.ledger}))
    shown = [Shown("custom", "ResultTable", _grid(found.grid), key="grid")] if found.grid is not None else []
    shown += [
        Shown("custom", "CandidateCard", card(writer, item), key=f"judged-{number}")
        for number, item in enumerate(found.finalists, 1)
    ]
    return Said("\n".join(lines), tuple(shown))


def _claim(claim: Claim) -> str:
    ids = ", ".join(dict.fromkeys(claim.values))
    return f"{md(claim.text)} {md(f'[{ids}]')}" if ids else md(claim.text)


def _grid(grid: Grid) -> dict[str, Any]:
    rows = [[tables.text(cell, mono="*" in cell and " " not in cell) for cell in row] for row in grid.rows]
    return tables.table(grid.title, grid.head, rows)


def act(payload: Mapping[str, Any], home: Path) -> Said | None:
    """Do what a button of a component asks for.

    Parameters
    ----------
    payload : mapping
        "do" with "text": "draw" shows a polymer, "predict" its properties.
    home : Path
        The user's own state folder.

    Returns
    -------
    Said or None
        What to show; None if nothing is asked for that is known here.

    Raises
    ------
    InputError
        If the text is empty or too long, or no polymer.
    """
    if payload.get("do") not in {"draw", "predict"}:
        return None
    text = str(payload.get("text", "")).strip()
    if not text or len(text) > LONGEST:
        raise InputError(f"A polymer has between 1 and {LONGEST} characters.", hint="Such as *CC(*)c1ccccc1, or PMMA.")
    if payload["do"] == "predict":
        from polysmith.predicting import predict_inputs

        return predictions_message(predict_inputs([text], None, 3))
    from polysmith.predicting import read_polymers

    found = read_polymers([text])[0]
    if isinstance(found, PolysmithError):
        raise found
    props = {"svg": drawn(found.smiles), "alt": alt_text(found.smiles), "smiles": found.smiles, "title": text}
    return Said("", (Shown("custom", "StructureView", props),))
