"""The commands that tune language models by recipe: finetune run, gate, card, report."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polysmith.cli.output import command, console, emit_json, show_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.core.cards import Card

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def register(group: typer.Typer) -> None:
    """Add the commands to a group.

    Parameters
    ----------
    group : Typer
        The training commands.
    """
    group.command("run")(finetune_run)
    group.command("gate")(finetune_gate)
    group.command("card")(finetune_card)
    group.command("report")(finetune_report)


@command
def finetune_run(
    recipe: Annotated[Path, typer.Argument(help="Recipe, or the name of a shipped one, such as tiny.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the run [default: runs/NAME].")] = None,
    until: Annotated[str, typer.Option("--until", help="Last stage to run.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read the recipe, print its settings and end.")] = False,
    as_json: Json = False,
) -> None:
    """Run a recipe stage by stage; the same command goes on with a run that was stopped."""
    if dry_run:
        from finetune.tune.recipe import accelerate_file, read_recipe

        settings = read_recipe(recipe)
        accelerate_file(settings, recipe)
        emit_json(settings.model_dump(mode="json"))
        return
    from finetune.tune.run import run_recipe

    with _telling() as tell:
        cards = run_recipe(recipe, out, until=until, progress=tell)
    if as_json:
        emit_json({stage: card.model_dump(mode="json") for stage, card in cards.items()})
        return
    show_table("", ["stage", "card", "what"], [(stage, card.id, _short(card)) for stage, card in cards.items()])


@command
def finetune_gate(
    tuned: Annotated[Path, typer.Argument(help="Folder of the tuned model, with its card.")],
    base: Annotated[str, typer.Option("--base", help="Model before tuning: folder, or name on the hub.")],
    items: Annotated[int, typer.Option("--items", min=1, help="Instructions, and as many tool calls.")] = 50,
    least: Annotated[float, typer.Option("--least", min=0.0, help="Least ratio to the base, for usable.")] = 0.9,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the items.")] = 0,
    as_json: Json = False,
) -> None:
    """Gate a tuned model on instructions and tool calls, and write the verdict onto its card."""
    from finetune.tune.gating import gate_folder
    from finetune.tune.settings import Gate

    with _telling() as tell:
        passed, found = gate_folder(
            tuned, base, Gate(items=items, instructions=least, tools=least), seed=seed, progress=tell
        )
    if as_json:
        emit_json({"usable": passed, **found})
        return
    rows = [
        (name, str(part["n"]), _share(part["before"]), _share(part["after"]), "yes" if part["passed"] else "NO")
        for name, part in found.items()
    ]
    show_table("", ["ability", "items", "before", "after", "kept"], rows)
    console().print("usable" if passed else "NOT USABLE")


@command
def finetune_card(
    folder: Annotated[Path, typer.Argument(help="Folder of an artefact.")],
    as_json: Json = False,
) -> None:
    """Hold the files of an artefact to its card, and show the card."""
    from finetune.cards import require_card
    from finetune.report import flat

    card = require_card(folder)
    if as_json:
        emit_json(card.model_dump(mode="json"))
        return
    rows = [("title", card.title), ("licence", card.licence), ("split", card.split), ("seed", str(card.seed))]
    rows += [("command", card.command), ("limits", card.limits), *flat(card.metrics).items()]
    rows += [(f"data {item.name}", f"{item.rows} rows, {item.licence}, {item.sha256[:16]}") for item in card.data]
    rows += [(f"file {name}", digest[:16]) for name, digest in card.files.items()]
    show_table(card.id, ["", ""], rows)


@command
def finetune_report(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, or of artefacts with a card.")],
    out: Annotated[Path, typer.Option("--out", help="Page to write.")] = Path("runs.html"),
) -> None:
    """Compare training runs on one page: numbers with intervals, curves, provenance."""
    from finetune.report import page

    text = page(runs)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    console().print(str(out))


@contextmanager
def _telling() -> Iterator[Callable[[str], None]]:
    """Show what goes on: a line that changes on a terminal, lines elsewhere."""
    screen = console(stderr=True)
    if not screen.is_terminal:
        yield screen.print
        return
    with screen.status("reading the recipe") as status:

        def tell(text: str) -> None:
            status.update(text)

        yield tell


def _short(card: Card) -> str:
    """Say the most telling numbers of a stage in a line."""
    from finetune.report import flat

    wanted = ("usable", "train", "eval loss", "loss", "rows", "parameters", "after, macro", "difference, macro")
    numbers = flat(card.metrics)
    return ", ".join(f"{name} {numbers[name]}" for name in wanted if name in numbers)


def _share(part: dict[str, Any]) -> str:
    if part["score"] is None:
        return ""
    return f"{part['score']:.3f} ({part['lower']:.3f} to {part['upper']:.3f})"
