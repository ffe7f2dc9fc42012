"""Printing: tables for people, JSON for programs, errors for both."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

from tools.core.errors import BackendMissing, InputError, PolysmithError, SetupError

if TYPE_CHECKING:
    from rich.console import Console

P = ParamSpec("P")
R = TypeVar("R")

EXIT_INPUT, EXIT_TOOL, EXIT_SETUP, EXIT_BACKEND = 2, 3, 4, 5


def console(*, stderr: bool = False) -> Console:
    """Make a console.

    Parameters
    ----------
    stderr : bool
        Whether it writes to standard error.

    Returns
    -------
    Console
        Plain text when the output is not a terminal.
    """
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False)
    if not made.is_terminal:
        made = Console(stderr=stderr, highlight=False, width=140, soft_wrap=False)
    return made


def emit_json(data: object) -> None:
    """Print JSON and nothing else on standard output.

    Parameters
    ----------
    data : object
        What JSON can write.
    """
    sys.stdout.write(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


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
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
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
    """Return the exit code of an error: 2 input, 3 tool, 4 set-up, 5 missing backend.

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
                from rich.text import Text

                out = console(stderr=True)
                out.print(Text(f"{type(error).__name__}: {error.message}", style="bold red"))
                if error.hint:
                    out.print(Text(error.hint))
            raise typer.Exit(exit_code(error)) from error

    return wrapped
