"""The run command group."""

from __future__ import annotations

from typing import Annotated

import typer

from polysmith.cli.output import command, emit_json

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
RunId = Annotated[str, typer.Argument(help="Id of the run, or last.")]


def register(run_app: typer.Typer) -> None:
    """Add the commands about runs.

    Parameters
    ----------
    run_app : typer.Typer
        The group.
    """
    run_app.command("list")(run_list)
    run_app.command("show")(run_show)
    run_app.command("resume")(run_resume)
    run_app.command("stop")(run_stop)
    run_app.command("replay")(run_replay)
    run_app.command("ask")(run_ask)


@command
def run_list(as_json: Json = False) -> None:
    """List runs, oldest first, and where each stands."""
    from polysmith.cli.runs import list_all

    list_all(as_json=as_json)


@command
def run_show(run_id: RunId = "last", as_json: Json = False) -> None:
    """Show the report of a run."""
    import polysmith
    from polysmith.cli.designing import show_report

    report = polysmith.show(run_id)
    if as_json:
        emit_json(report.model_dump(mode="json"))
    else:
        show_report(report)


@command
def run_resume(
    run_id: RunId = "last",
    answer: Annotated[
        str,
        typer.Option(
            help='Answer to what it asks: "ok", a file with an edited spec (JSON) or with lines, or such a line itself.'
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Continue a run that was stopped, or answer what it asks."""
    from polysmith.cli.runs import continue_run

    continue_run(run_id, answer, as_json=as_json)


@command
def run_stop(run_id: RunId = "last", as_json: Json = False) -> None:
    """Stop a run that is worked on in another process; it can be resumed."""
    from polysmith.cli.runs import stop_run

    stop_run(run_id, as_json=as_json)


@command
def run_replay(run_id: RunId = "last", as_json: Json = False) -> None:
    """Repeat a run and compare the numbers; exit code 1 if they differ."""
    from polysmith.cli.runs import repeat_run

    if not repeat_run(run_id, as_json=as_json):
        raise typer.Exit(1)


@command
def run_ask(
    run_id: RunId,
    text: Annotated[str, typer.Argument(help='Such as "why not PEEK?", "compare 1 and 3" or "without fluorine".')],
    run: Annotated[bool, typer.Option("--run", help="Where the brief is changed, run the changed brief.")] = False,
    as_json: Json = False,
) -> None:
    """Ask about a finished run: why not a polymer, what is easier to make, a comparison, a route, a changed brief."""
    from polysmith.cli.following import ask_run

    ask_run(run_id, text, run=run, as_json=as_json)
