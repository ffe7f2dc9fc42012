"""The design command: progress while it runs, tables at the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from agent.llm.budget import Spent
from agent.report import view
from agent.report.model import Check, Report
from agent.runs import open_run
from agent.wording import describe_constraint, describe_structure
from polysmith import api
from polysmith.cli.asking import answered, require_terminal
from polysmith.cli.output import console, emit_json, safe, show_table
from polysmith.config import runs_folder
from polysmith.progress import STEPS
from tools.core.errors import InputError, Paused, StateError
from tools.core.spec import DesignSpec


class Progress:
    """Shows what a run is doing on standard error.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.out = console(stderr=True)
        self.status = None if quiet else self.out.status("starting")
        self.running: list[str] = []
        self.spent = ""

    def __enter__(self) -> Progress:
        if self.status is not None:
            self.status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.status is not None:
            self.status.stop()

    def __call__(self, event: dict[str, Any]) -> None:
        """Take one event of the run."""
        if self.status is None:
            return
        kind = event["kind"]
        if kind == "node" and event["phase"] == "start":
            self.running.append(event["name"])
        elif kind == "node":
            self.running = [name for name in self.running if name != event["name"]]
            self.out.print(f"{event['seconds']:7.1f} s  {STEPS.get(event['name'], event['name'])}", style="dim")
        elif kind == "spec":
            show_spec(DesignSpec.model_validate(event["spec"]))
        elif kind == "ranking" and event["round"] == 1:
            rows = [(str(r["rank"]), r["name"], r["smiles"], f"{r['chance']:.0f} %") for r in event["rows"]]
            title = "First ranking, before the checks (chance to meet all hard limits)"
            show_table(title, ["#", "name", "repeat unit", "chance"], rows)
        elif kind == "model":
            self.spent = f" [model: {view.spent_text(Spent.model_validate(event))}]"
        text = "; ".join(STEPS.get(name, name) for name in self.running)
        if kind == "progress":
            text += f": {event['text']}"
        self.status.update(safe((text or "working") + self.spent))


def show_spec(spec: DesignSpec) -> None:
    """Print how a brief was understood.

    Parameters
    ----------
    spec : DesignSpec
        The spec.
    """
    rows = [
        (describe_constraint(item), "must" if item.hard else "wish", item.text or item.assumed)
        for item in spec.constraints
    ]
    rows += [(describe_structure(item), "must" if item.hard else "wish", item.text) for item in spec.structure]
    show_table("The brief, as understood", ["requirement", "strength", "your words"], rows)
    out = console()
    for title, items in (
        ("Not understood, and so not considered", [f"“{item.text}”: {item.reason}" for item in spec.not_understood]),
        ("Assumed", list(spec.assumptions)),
        ("Problems", list(spec.problems)),
    ):
        if items:
            out.print(f"{title}:", markup=False)
            for item in items:
                out.print(f"  - {item}", markup=False)


def _cell(report: Report, check: Check) -> str:
    if not check.value:
        return "not assessed"
    value = view.value_text(report, check.value, tag=False)
    return f"{value}\nchance {view.derived_text(report, check.chance, tag=False)}"


def show_report(report: Report) -> None:
    """Print the ranking and where to read on.

    Parameters
    ----------
    report : Report
        The report.
    """
    out = console()
    out.print(view.VERDICTS[report.verdict], style="bold")
    for left_out in report.cut:
        out.print(f"The time ran out: {left_out}.", markup=False)
    for claim in report.summary:
        out.print(f"- {claim.text}", markup=False)
    if report.explanation.claims:
        out.print("In the model's words (checked):")
        for claim in report.explanation.claims:
            out.print(safe(f"- {claim.text}"))
    if report.finalists:
        checks = [check for check in report.finalists[0].checks if check.property]
        rows = []
        for item in report.finalists:
            cells = [_cell(report, check) for check in item.checks if check.property]
            route = item.routes[0] if item.routes else None
            how = " + ".join(m.name or m.smiles for m in route.monomers) if route else "no route found"
            chance = view.derived_text(report, item.chance, tag=False)
            rows.append((str(item.rank), f"{view.title_of(item)}\n{item.smiles}", chance, *cells, how))
        head = ["#", "repeat unit", "all", *(check.requirement for check in checks), "from"]
        show_table("Ranked candidates (value and interval; chance to meet each)", head, rows)
    for alternative in report.rejected:
        out.print(f"Rejected: {alternative.claim.text}", markup=False)
    for number, step in enumerate(report.experiments, 1):
        out.print(f"Next {number}: {step.title}", markup=False)
    for line in view.model_lines(report):
        out.print(line, markup=False)


def read_spec(path: Path) -> DesignSpec:
    """Read a spec, as ``parse --json`` prints it, perhaps edited.

    Parameters
    ----------
    path : Path
        JSON file.

    Returns
    -------
    DesignSpec
        The spec.

    Raises
    ------
    InputError
        If the file is not a spec.
    """
    try:
        return DesignSpec.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise InputError(f"{path} is not a spec: {error}", hint="Make one with: polysmith parse --json") from error


def run_design(
    brief: str | DesignSpec,
    candidates: int | None,
    seed: int | None,
    settings: dict[str, Any],
    out: Path | None,
    *,
    as_json: bool,
    confirm: bool = False,
) -> None:
    """Run a brief and print the answer.

    Parameters
    ----------
    brief : str or DesignSpec
        The brief.
    candidates, seed : int or None
        As for ``polysmith.design``.
    settings : dict
        Further settings.
    out : Path or None
        Folder that gets a copy of the report.
    as_json : bool
        Print JSON.
    confirm : bool
        Ask at the terminal before going on.
    """
    if confirm:
        require_terminal()
        settings = {**settings, "ask_before": ("spec", "cost")}

    def begin(_: str | None) -> Report:
        with Progress(quiet=as_json) as progress:
            return api.design(brief, candidates=candidates, seed=seed, on_event=progress, **settings)

    report = worked(begin, None, as_json=as_json)
    folder = open_run(runs_folder(), report.run_id).path
    if out is not None:
        _copy(folder, out)
    finish(report, as_json=as_json)


def resumed(run_id: str, answer: str | None, *, as_json: bool) -> Report:
    """Continue a run and show what it does.

    Parameters
    ----------
    run_id : str
        Id, or "last".
    answer : str or None
        Answer to what it asks.
    as_json : bool
        Show nothing.

    Returns
    -------
    Report
        The report.
    """
    with Progress(quiet=as_json) as progress:
        return api.resume(run_id, answer=answer, on_event=progress)


def worked(go_on: Callable[[str | None], Report], answer: str | None, *, as_json: bool) -> Report:
    """Work on a run to its end; what it asks is asked at the terminal, and Ctrl-C leaves a run that can be resumed.

    Parameters
    ----------
    go_on : callable
        Begins or continues the run with an answer.
    answer : str or None
        The first answer.
    as_json : bool
        Print JSON.

    Returns
    -------
    Report
        The report.
    """
    try:
        try:
            return go_on(answer)
        except Paused as held:
            run_id = held.run_id
            return answered(lambda told: resumed(run_id, told, as_json=as_json), held, as_json=as_json)
    except KeyboardInterrupt:
        console(stderr=True).print("Stopped. Continue with: polysmith run resume last")
        raise typer.Exit(130) from None


def finish(report: Report, *, as_json: bool) -> None:
    """Print a finished report.

    Parameters
    ----------
    report : Report
        The report.
    as_json : bool
        Print JSON.
    """
    if as_json:
        emit_json(report.model_dump(mode="json"))
    else:
        show_report(report)
        folder = open_run(runs_folder(), report.run_id).path
        console().print(
            f"\nReport: {folder / 'report.html'} (also report.md, candidates.csv, run.json)", soft_wrap=True
        )
    if report.verdict == "refused":
        raise typer.Exit(2)


def _copy(folder: Path, out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in ("report.md", "report.html", "candidates.csv", "run.json"):
            shutil.copyfile(folder / name, out / name)
        shutil.copytree(folder / "figures", out / "figures", dirs_exist_ok=True)
    except OSError as error:
        raise StateError(f"Cannot write to {out}: {error}", hint="Name a folder that can be written.") from error
