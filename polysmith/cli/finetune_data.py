"""``polysmith finetune records|leakage|distill``: what language models are tuned on."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polysmith.cli.output import command, console, emit_json, show_table
from tools.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from finetune.distill.teachers import Teacher


class Apart(StrEnum):
    """The strictest key that nothing may share with a held-out polymer."""

    key = "key"
    family = "family"
    parts = "parts"
    series = "series"


class TeacherKind(StrEnum):
    """Who writes chains."""

    programmatic = "programmatic"
    endpoint = "endpoint"
    agent = "agent"


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Tasks = Annotated[Path, typer.Option("--tasks", help="train.jsonl of a suite of `polysmith bench build`.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write to.")]
HeldOutFolder = Annotated[
    Path | None, typer.Option("--held-out", help="Folder with dev, test and ood.jsonl; that of --tasks if left out.")
]
Strictest = Annotated[
    Apart, typer.Option("--apart", help="key: the chain; family: without stereo; parts: its parts; series: homologues.")
]
Seed = Annotated[int, typer.Option("--seed", help="Seed; the same seed gives the same records.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the group of training commands.

    Parameters
    ----------
    app : Typer
        The group.
    """
    app.command("records")(finetune_records)
    app.command("leakage")(finetune_leakage)
    app.command("distill")(finetune_distill)


@command
def finetune_records(
    tasks: Tasks,
    out: Out,
    held_out: HeldOutFolder = None,
    data: Annotated[Path | None, typer.Option("--data", help="Folder with virtual_smipoly_2star.csv.gz.")] = None,
    tools: Annotated[float, typer.Option(help="Share of the tasks that are also worked with tools.")] = 0.05,
    general: Annotated[int, typer.Option(help="Records that guard general abilities.")] = 6000,
    designs: Annotated[int, typer.Option(help="Records that ask for a repeat unit; they need --data.")] = 10_000,
    apart: Strictest = Apart.parts,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Turn training tasks into chat records, with nothing of the held-out splits in them."""
    from finetune.records.build import Mix, build_records

    folder = data or (Path(os.environ["POLYSMITH_DATA"]) if os.environ.get("POLYSMITH_DATA") else None)
    mix = Mix(seed=seed, tools=tools, general=general, designs=designs, apart=apart.value)
    with console(stderr=True).status("making records") as status:
        made = build_records(tasks, out, mix=mix, held_out=held_out, data=folder, progress=status.update)
    if as_json:
        emit_json(made)
        return
    rows = [(name, str(count)) for name, count in made["kinds"].items()]
    rows += [(name, str(count)) for name, count in made["categories"].items() if name not in made["kinds"]]
    rows += [(f"left out, {name}", str(count)) for name, count in made["left_out"].items()]
    show_table(f"{made['records']} records in {out}", ["records", "number"], rows)


@command
def finetune_leakage(
    records: Annotated[Path, typer.Argument(help="Records, or passages and examples: JSON lines with a text.")],
    held_out: Annotated[Path, typer.Option("--held-out", help="Folder with dev, test and ood.jsonl.")],
    apart: Strictest = Apart.parts,
    as_json: Json = False,
) -> None:
    """Prove that nothing of the held-out splits is in records, in passages of an index or in examples of a prompt."""
    from finetune.records.leakage import HeldOut, require_texts_apart

    looked = require_texts_apart(_texts(records), HeldOut.read(held_out), apart=apart.value)
    if as_json:
        emit_json({"looked_at": looked, "leaks": 0, "apart": apart.value})
    else:
        console().print(f"{looked} texts, no leak (apart by {apart.value})", markup=False)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Id and text of every line: what its messages and keys say, or the line as it is."""
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                yield from _said(f"line {number}", line)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def _said(where: str, line: str) -> Iterator[tuple[str, str]]:
    try:
        row: Any = json.loads(line)
    except ValueError:
        row = line
    if not isinstance(row, dict):
        yield where, str(row)
        return
    name = str(row.get("id", where))
    for message in row.get("messages", ()):
        yield name, str(message.get("content") or "")
        for call in message.get("tool_calls", ()):
            yield name, json.dumps(call, ensure_ascii=False)
    for field in ("question", "text", "context"):
        if isinstance(row.get(field), str):
            yield name, row[field]


@command
def finetune_distill(
    tasks: Tasks,
    out: Out,
    teacher: Annotated[
        TeacherKind, typer.Option("--teacher", help="Rules, the configured language model, or the assistant's runs.")
    ] = TeacherKind.programmatic,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Tasks at most.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Tasks asked of an endpoint at once.")] = 1,
    batch: Annotated[int, typer.Option(min=1, help="Tasks between writes: what a kill can lose.")] = 64,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what the folder holds.")] = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write worked chains of training tasks; only those whose every number and step holds are kept."""
    from finetune.distill.run import Plan, distill

    plan = Plan(seed=seed, limit=limit, batch=batch, workers=workers)
    with console(stderr=True).status("distilling") as status:
        made = distill(tasks, _teacher(teacher), out, plan=plan, resume=resume, progress=status.update)
    if as_json:
        emit_json(made)
        return
    rows = [
        (name, str(sum(counts.values())), f"{made['acceptance'][name]:.1%}",
         ", ".join(f"{reason} {count}" for reason, count in counts.items() if reason != "accepted"))
        for name, counts in made["outcomes"].items()
    ]  # fmt: skip
    show_table(f"{made['chains']} chains in {out}", ["category", "tasks", "accepted", "why others fell"], rows)


def _teacher(kind: TeacherKind) -> Teacher:
    from finetune.distill.teachers import AgentTeacher, EndpointTeacher, Programmatic

    if kind is TeacherKind.programmatic:
        return Programmatic()
    if kind is TeacherKind.agent:
        import polysmith
        from polybench.run.product import ProductAnswerer

        return AgentTeacher(ProductAnswerer(lambda text: polysmith.ask(text, model=False)))
    from agent.llm.client import Client
    from agent.settings import home

    model = Client.open(home())
    if model is None:
        raise InputError(
            "No endpoint is configured.", hint="Name one (see docs/llm.md), or use --teacher programmatic."
        )
    return EndpointTeacher(model)
