"""Showing what a run asks, and taking the answer at the terminal."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from polysmith import api
from polysmith.cli.output import console, emit_json, exit_code, show_table
from tools.core.errors import InputError, Paused, SetupError

if TYPE_CHECKING:
    from agent.questions import Question
    from agent.report.model import Report

_HELP = "y goes on, n leaves the run as it is, e opens an editor; or write a requirement, or drop with a line's number."


def interactive() -> bool:
    """Say whether a person sits at the terminal.

    Returns
    -------
    bool
        True if input and error output are terminals.
    """
    return sys.stdin.isatty() and sys.stderr.isatty()


def require_terminal() -> None:
    """Refuse to begin what asks where nobody can answer.

    Raises
    ------
    SetupError
        If there is no terminal.
    """
    if not interactive():
        raise SetupError(
            "--confirm asks at a terminal, and there is none.",
            hint="Leave it out, or use polysmith parse --json, edit the spec, and polysmith design --spec.",
        )


def show_question(question: Question) -> None:
    """Print what a run asks.

    Parameters
    ----------
    question : Question
        The question.
    """
    from agent.wording import describe_constraint, describe_structure

    out = console(stderr=True)
    if question.spec is not None:
        spec = question.spec
        items = [(describe_constraint(item), item.hard, item.text or item.assumed) for item in spec.constraints]
        items += [(describe_structure(item), item.hard, item.text) for item in spec.structure]
        rows = [
            (str(number), what, "must" if hard else "wish", words)
            for number, (what, hard, words) in enumerate(items, 1)
        ]
        show_table("The brief, as understood", ["#", "requirement", "strength", "your words"], rows)
        for title, notes in (
            ("Not understood", [f"“{item.text}”: {item.reason}" for item in spec.not_understood]),
            ("Assumed", list(spec.assumptions)),
            ("Problems", list(spec.problems)),
        ):
            for note in notes:
                out.print(f"{title}: {note}", markup=False)
    for line in question.costs:
        out.print(line, markup=False)
    out.print(question.text, markup=False, style="bold")


def read_answer(text: str) -> str:
    """Read an answer given as an option: the content of a file of that name, else the words themselves.

    Parameters
    ----------
    text : str
        What was given.

    Returns
    -------
    str
        The answer.

    Raises
    ------
    InputError
        If there is such a file and it cannot be read.
    """
    path = Path(text)
    if len(text) > 200 or "\n" in text or not path.is_file():
        return text
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def answered(go_on: Callable[[str | None], Report], held: Paused, *, as_json: bool) -> Report:
    """Ask until a run goes on to its end; without a terminal, print the question and leave.

    Parameters
    ----------
    go_on : callable
        Continues the run with an answer; raises ``Paused`` if it asks again.
    held : Paused
        That the run asks something.
    as_json : bool
        Print JSON.

    Returns
    -------
    Report
        The report.
    """
    while True:
        question = api.question(held.run_id)
        if question is None:
            raise held
        if as_json or not interactive():
            _leave(question, held, as_json=as_json)
        show_question(question)
        try:
            return go_on(_ask(question, held))
        except Paused as again:
            held = again
        except InputError as error:
            console(stderr=True).print(f"{error.message} {error.hint}", markup=False)


def _leave(question: Question, held: Paused, *, as_json: bool) -> NoReturn:
    if as_json:
        emit_json({"run": held.run_id, "status": "paused", "question": question.model_dump(mode="json")})
    else:
        show_question(question)
        console(stderr=True).print(held.hint, markup=False, soft_wrap=True)
    raise typer.Exit(exit_code(held))


def _ask(question: Question, held: Paused) -> str:
    out = console(stderr=True)
    out.print(_HELP if question.spec is not None else "y goes on, n leaves the run as it is.")
    text = typer.prompt("", prompt_suffix="> ", err=True).strip()
    if text.casefold() in {"n", "no", "q"}:
        out.print(f"Nothing was done. {held.hint}", markup=False, soft_wrap=True)
        raise typer.Exit(exit_code(held))
    if text.casefold() in {"e", "edit"} and question.spec is not None:
        return _edited(question.spec.model_dump_json(indent=1))
    return str(text)


def _edited(text: str) -> str:
    """Let the person change a text in the editor of their choice."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "spec.json"
        file.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run([*shlex.split(editor), str(file)], check=False)
        except OSError as error:
            raise InputError(f"The editor {editor!r} cannot be started: {error}.", hint="Set EDITOR.") from error
        if done.returncode:
            raise InputError(f"The editor {editor!r} ended with an error; nothing was changed.")
        return file.read_text(encoding="utf-8", errors="replace")
