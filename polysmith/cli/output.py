"""Printing: tables for people, JSON for programs, errors for both."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

from tools.core.errors import BackendMissing, InputError, PolysmithError, RunHeld, SetupError
from tools.core.shown import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

P = ParamSpec("P")
R = TypeVar("R")

# Characters that JSON leaves as they are and a terminal may obey: further controls, format and tag characters.
_ACTING = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)

EXIT_INPUT, EXIT_TOOL, EXIT_SETUP, EXIT_BACKEND, EXIT_HELD = 2, 3, 4, 5, 6


def console(*, stderr: bool = False) -> Console:
    """Make a console.

    Parameters
    ----------
    stderr : bool
        Whether it writes to standard error.

    Returns
    -------
    Console
        Plain text when the output is not a terminal. Texts are shown as they are: no markup is read in them, and what
        would move the cursor or turn the reading direction is shown as an escape.
    """
    from rich.console import Console

    class Plain(Console):
        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*(safe(item) if isinstance(item, str) else item for item in objects), **options)

    made = Plain(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made = Plain(stderr=stderr, highlight=False, markup=False, emoji=False, width=140, soft_wrap=False)
    return made


def safe(text: str, style: str = "") -> Text:
    """Make text for a terminal of which nothing is obeyed.

    Parameters
    ----------
    text : str
        Any text.
    style : str
        Style of the whole text.

    Returns
    -------
    rich.text.Text
        Without markup; control and direction characters are shown as escapes.
    """
    from rich.text import Text

    return Text(visible(text), style=style)


def emit_json(data: object) -> None:
    """Print JSON and nothing else on standard output.

    Parameters
    ----------
    data : object
        What JSON can write.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(_ACTING.sub(_as_json, text) + "\n")


def _as_json(found: re.Match[str]) -> str:
    r"""Write one character as JSON escapes: ``\u202e``."""
    return json.dumps(found[0])[1:-1]


def show_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table.

    Parameters
    ----------
    title : str
        Title above it; empty for none.
    head : sequence of str
        Column names.
    rows : iterable of sequence of str
        Cells, printed as they are.
    """
    from rich import box
    from rich.table import Table

    table = Table(title=safe(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in head:
        table.add_column(safe(name), overflow="fold")
    for row in rows:
        table.add_row(*map(safe, row))
    console().print(table)


def error_as_dict(error: PolysmithError) -> dict[str, Any]:
    """Describe an error for a program.

    Parameters
    ----------
    error : PolysmithError
        The error.

    Returns
    -------
    dict
        Keys "type", "message", "hint" and, for structures and rows of tables, "code".
    """
    described = {"type": type(error).__name__, "message": error.message, "hint": error.hint}
    code = getattr(error, "code", "")
    return {**described, "code": code} if code else described


def exit_code(error: PolysmithError) -> int:
    """Return the exit code of an error: 2 input, 3 tool, 4 set-up, 5 missing backend, 6 a run that waits.

    Parameters
    ----------
    error : PolysmithError
        The error.

    Returns
    -------
    int
        The code.
    """
    if isinstance(error, BackendMissing):
        return EXIT_BACKEND
    if isinstance(error, RunHeld):
        return EXIT_HELD
    if isinstance(error, InputError):
        return EXIT_INPUT
    return EXIT_SETUP if isinstance(error, SetupError) else EXIT_TOOL


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Turn typed errors of a command into a message and an exit code.

    Parameters
    ----------
    function : callable
        The command; its keyword ``as_json`` says how errors are printed.

    Returns
    -------
    callable
        The wrapped command.
    """

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except PolysmithError as error:
            if kwargs.get("as_json"):
                emit_json({"error": error_as_dict(error)})
            else:
                out = console(stderr=True)
                out.print(safe(f"{type(error).__name__}: {error.message}", style="bold red"))
                if error.hint:
                    out.print(error.hint)
            raise typer.Exit(exit_code(error)) from error

    return wrapped
