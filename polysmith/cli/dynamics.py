"""``polysmith simulate md``: an amorphous cell, with its cost told beforehand and progress on standard error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from polysmith.cli.output import command, console, emit_json, show_table

if TYPE_CHECKING:
    from tools.simulation.dynamics.plan import Plan
    from tools.simulation.dynamics.report import DynamicsReport
    from tools.simulation.dynamics.run import Progress

INTERRUPTED = 130  # what shells use for Ctrl-C


def register(app: typer.Typer) -> None:
    """Add the command.

    Parameters
    ----------
    app : Typer
        The simulate commands.
    """
    app.command("md")(command(md))


def md(
    polymer: Annotated[str, typer.Argument(help="Repeat unit or name.")],
    chains: Annotated[int, typer.Option(min=0, help="Chains; 0 for as many as the cell needs.")] = 0,
    units: Annotated[int, typer.Option(min=0, help="Repeat units of a chain; 0 for about 120 atoms.")] = 0,
    replicas: Annotated[int, typer.Option(min=1, max=20, help="Independent cells.")] = 2,
    budget: Annotated[str, typer.Option(help="CPU time for everything: 20m, 2h.")] = "20m",
    length: Annotated[float | None, typer.Option(help="ps of each replica, instead of what the budget pays.")] = None,
    field: Annotated[str, typer.Option("--field", help="gaff2_mod (with RadonPy) or mmff94; else the first.")] = "",
    temperature: Annotated[float, typer.Option(help="K.")] = 298.15,
    tg: Annotated[bool, typer.Option("--tg", help="Cool stepwise for the glass transition: hours to days.")] = False,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of the run.")] = Path("dynamics"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it stopped.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to a cost beyond the budget.")] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same numbers.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Simulate an amorphous cell of oligomers: density and radius of gyration, with error bars and a verdict."""
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    from polysmith.dynamics import seconds_of, simulate_md

    notes = console(stderr=True)
    seconds = seconds_of(budget)
    columns = (TextColumn("dynamics"), BarColumn(), TextColumn("{task.fields[text]}"))
    try:
        with Bar(*columns, console=notes, disable=as_json or not notes.is_terminal) as bar:
            task = bar.add_task("dynamics", total=1.0, text="making the first cell")

            def tell(now: Progress) -> None:
                bar.update(task, completed=now.share, text=_text(now))

            def planned(plan: Plan) -> None:
                if not as_json:
                    notes.print(_cost(plan), markup=False, soft_wrap=True)

            found = simulate_md(
                polymer, out=out, units=units, chains=chains, replicas=replicas, field=field, temperature=temperature,
                goal="tg" if tg else "density", budget=seconds, length=length, seed=seed, resume=resume, agreed=yes,
                planned=planned, progress=tell,
            )  # fmt: skip
    except KeyboardInterrupt:
        notes.print(f"Stopped. {out} holds what was done; the same command with --resume goes on.", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        emit_json(found.as_dict())
    else:
        _show(found)


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{seconds / 60:.0f} min"


def _cost(plan: Plan) -> str:
    cell, cost = plan.cell, plan.cost
    return (
        f"{plan.order.replicas} cells of {cell.chains} chains of {cell.units} units, {cell.atoms:,} atoms; "
        f"{cost.picoseconds:.0f} ps each at {cost.per_second:.0f} steps a second: about {_time(cost.seconds)} on one "
        "core"
    )


def _text(now: Progress) -> str:
    left = "" if now.seconds_left == float("inf") else f", {_time(now.seconds_left)} left"
    return f"cell {now.replica} of {now.replicas}, {now.stage}, {now.density:.3f} g/cm3{left}"


def _show(found: DynamicsReport) -> None:
    plan = found.plan
    rows = []
    for name, item in found.averages.items():
        value = next(v for v in found.values if v.property == name)
        each = ", ".join(f"{mean:.4g} ± {error:.2g}" for mean, error in zip(item.means, item.errors, strict=True))
        rows.append((name, f"{item.mean:.4g} ± {item.error:.2g} {value.unit}", each, item.verdict))
    show_table(f"{plan.order.polymer} at {plan.order.temperature:g} K (simulated)",
               ["quantity", "mean ± standard error", "replicas", "verdict"], rows)  # fmt: skip
    out = console()
    for name, item in found.averages.items():
        if item.reasons:
            out.print(f"{name}: {'; '.join(item.reasons)}", markup=False)
    if found.transition is not None and found.transition.seen:
        bend = found.transition
        out.print(f"glass transition: {bend.temperature:.0f} ± {bend.error:.0f} K", markup=False)
    source = next(iter(found.values)).source
    out.print(f"method: {source}", markup=False)
    for caveat in found.caveats:
        out.print(f"note: {caveat}", markup=False)
