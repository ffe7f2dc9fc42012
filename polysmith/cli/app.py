"""The commands. Everything heavy is imported inside them, so that --help answers at once."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from polysmith import __version__
from polysmith.cli.agent_server import register as register_agent_server
from polysmith.cli.bench_running import register as register_bench_running
from polysmith.cli.benching import bench_app
from polysmith.cli.benching import register as register_benching
from polysmith.cli.chatting import register as register_chatting
from polysmith.cli.finetune_data import register as register_finetune_data
from polysmith.cli.making import register as register_making
from polysmith.cli.mcp import register as register_mcp
from polysmith.cli.mixtures import register
from polysmith.cli.naming import register as register_naming
from polysmith.cli.output import command, emit_json, show_table
from polysmith.cli.papers import register as register_papers
from polysmith.cli.proposing import register as register_proposing
from polysmith.cli.run_commands import register as register_runs
from polysmith.cli.screening import register as register_screening
from polysmith.cli.serving import register as register_serving
from polysmith.cli.serving_llm import register as register_serving_llm
from polysmith.cli.simulating import simulate_app
from polysmith.cli.tuning import register as register_tuning
from polysmith.cli.two_phase import register as register_two_phase
from polysmith.cli.upkeep import register as register_upkeep

app = typer.Typer(
    name="polysmith",
    help="Design polymers: a brief in plain words in, verified and ranked repeat units out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
index_app = typer.Typer(help="Your own papers, searched beside the shipped notes.", no_args_is_help=True)
run_app = typer.Typer(help="Runs: list, show, resume, stop, replay.", no_args_is_help=True)
finetune_app = typer.Typer(help="Train what is trained.", no_args_is_help=True)
app.add_typer(index_app, name="index")
register_papers(index_app)
app.add_typer(run_app, name="run")
register_runs(run_app)
app.add_typer(finetune_app, name="finetune")
app.add_typer(simulate_app, name="simulate")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


class Tier(StrEnum):
    """Which form of the property models answers."""

    accurate = "accurate"
    fast = "fast"


class Format(StrEnum):
    """How the answers to a table are written."""

    csv = "csv"
    jsonl = "jsonl"


class Split(StrEnum):
    """How polymers are dealt into folds."""

    random = "random"
    cluster = "cluster"
    scaffold = "scaffold"
    similarity = "similarity"


Seed = Annotated[int | None, typer.Option("--seed", help="Seed; the same seed gives the same numbers.")]


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"polysmith {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Design polymers from a brief in plain words."""


@app.command()
@command
def design(
    brief: Annotated[str, typer.Argument(help="The brief in plain words, or - for standard input.")] = "",
    spec: Annotated[Path | None, typer.Option(help="A spec as printed by parse --json, instead of a brief.")] = None,
    candidates: Annotated[int | None, typer.Option("-n", "--candidates", help="Finalists in the report.")] = None,
    seed: Seed = None,
    rounds: Annotated[int | None, typer.Option(help="Rounds of generate and assess at most.")] = None,
    pool: Annotated[int | None, typer.Option(help="Enumerated candidates screened per round.")] = None,
    evaluations: Annotated[int | None, typer.Option(help="Evaluations of the evolutionary search per round.")] = None,
    simulate: Annotated[
        int | None, typer.Option(min=0, max=2, help="0 no simulation, 1 fire tests (default), 2 quantum chemistry too.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Copy the report to this folder as well.")] = None,
    rules: Annotated[bool, typer.Option("--rules", help="Think with the rules alone, whatever is configured.")] = False,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Ask before going on: is the brief read as meant, may costly steps be done?"),
    ] = False,
    max_seconds: Annotated[
        float | None, typer.Option(help="After so many seconds, leave out what can be left out and report.")
    ] = None,
    max_calls: Annotated[int | None, typer.Option(help="Requests to the language model at most.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Tokens it reads and writes at most.")] = None,
    max_cost: Annotated[float | None, typer.Option(help="Money at most; the endpoint must have prices.")] = None,
    as_json: Json = False,
) -> None:
    """Answer a design brief with ranked candidates, written to a run folder."""
    from polysmith.cli.designing import read_spec, run_design
    from polysmith.cli.limits import limits_of

    wanted = read_spec(spec) if spec is not None else sys.stdin.read() if brief == "-" else brief
    settings: dict[str, Any] = {"rounds": rounds, "pool": pool, "evaluations": evaluations, "simulate": simulate}
    settings |= {"max_seconds": max_seconds, "llm_limits": limits_of(max_calls, max_tokens, max_cost, max_seconds)}
    chosen = {k: v for k, v in settings.items() if v is not None}
    if rules:
        chosen["model"] = False
    run_design(wanted, candidates, seed, chosen, out, as_json=as_json, confirm=confirm)


@app.command()
@command
def parse(
    brief: Annotated[str, typer.Argument(help="The brief in plain words, or - for standard input.")],
    rules: Annotated[bool, typer.Option("--rules", help="Use no language model, even if one is configured.")] = False,
    as_json: Json = False,
) -> None:
    """Show how a brief is understood, without designing anything."""
    import polysmith
    from polysmith.cli.designing import show_spec

    spec = polysmith.parse(sys.stdin.read() if brief == "-" else brief, model=False if rules else None)
    if as_json:
        emit_json(spec.model_dump(mode="json"))
    else:
        show_spec(spec)


@app.command()
@command
def predict(
    polymers: Annotated[
        list[str] | None, typer.Argument(help="Repeat units with two *, or names, or one table: FILE.csv.")
    ] = None,
    properties: Annotated[list[str] | None, typer.Option("-p", "--property", help="Property; may be repeated.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="CSV with a column smiles, or one polymer a line.")
    ] = None,
    neighbours: Annotated[int, typer.Option(min=0, max=20, help="Nearest measured polymers to show.")] = 3,
    tier: Annotated[
        Tier | None, typer.Option(help="Full models, or fast ones for screening. Long tables: fast.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Write a table's answers here; continues it.")] = None,
    form: Annotated[Format | None, typer.Option("--format", help="How a table's answers are written.")] = None,
    column: Annotated[str, typer.Option("--column", help="Name or number of a table's column of polymers.")] = "",
    known: Annotated[
        list[str] | None,
        typer.Option("--known", help='Known value, "band_gap=4.1 eV"; may be repeated.'),
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", help='Of the sample, "tacticity=isotactic", "Mn=50 kg/mol"; may be repeated.'),
    ] = None,
    as_json: Json = False,
) -> None:
    """Predict properties with intervals, and show the nearest measured polymers."""
    from polysmith.cli.predicting import Told, run_predict
    from polysmith.cli.tables import TableOptions

    options = TableOptions(tier.value if tier else None, out, form.value if form else None, column)
    told = Told(tuple(known or ()), tuple(condition or ()))
    run_predict(polymers or [], properties, file, neighbours, options, told, as_json=as_json)


@app.command()
@command
def explain(
    polymer: Annotated[str, typer.Argument(help="Repeat unit with two *, or a name.")],
    property_name: Annotated[str, typer.Option("-p", "--property", help="Property to explain.")],
    svg: Annotated[Path | None, typer.Option("--svg", help="File for the drawing, its atoms coloured.")] = None,
    neighbours: Annotated[int, typer.Option(min=0, max=20, help="Nearest known polymers to show.")] = 5,
    as_json: Json = False,
) -> None:
    """Show what moves a prediction: parts of the repeat unit, nearest known polymers, the error among them."""
    from polysmith.cli.explaining import run_explain

    run_explain(polymer, property_name, neighbours, svg, as_json=as_json)


@app.command()
@command
def ask(
    question: Annotated[str, typer.Argument(help="A question.")],
    rules: Annotated[bool, typer.Option("--rules", help="Ask no language model.")] = False,
    as_json: Json = False,
) -> None:
    """Answer a question from measured values, predictions and quoted passages."""
    import polysmith
    from polysmith.cli.reading import show_reply

    reply = polysmith.ask(question, model=False if rules else None)
    if as_json:
        emit_json(reply.model_dump(mode="json"))
    else:
        show_reply(reply)


@app.command()
@command
def search(
    query: Annotated[str, typer.Argument(help="What is looked for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="Passages at most.")] = 5,
    as_json: Json = False,
) -> None:
    """Search the shipped notes and your own papers."""
    import polysmith
    from polysmith.cli.reading import show_passages

    found = polysmith.search(query, k)
    if as_json:
        emit_json([item.model_dump(mode="json") for item in found])
    else:
        show_passages(found)


@app.command()
@command
def draw(
    polymer: Annotated[str, typer.Argument(help="Repeat unit with two *, or a name.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write: .svg or .png.")] = None,
    as_json: Json = False,
) -> None:
    """Draw a repeat unit with brackets."""
    from polysmith.cli.predicting import run_draw

    run_draw(polymer, out, as_json=as_json)


@app.command()
@command
def doctor(
    llm: Annotated[bool, typer.Option("--llm", help="Ask the configured language model what it can do.")] = False,
    as_json: Json = False,
) -> None:
    """Say what is installed, what works, and how to mend what does not."""
    from dataclasses import asdict

    from polysmith.doctor import examine, examine_model

    findings = examine_model() if llm else examine()
    if as_json:
        emit_json([asdict(item) for item in findings])
    else:
        show_table(
            "", ["part", "state", "detail", "to mend it"], [(f.part, f.state, f.detail, f.fix) for f in findings]
        )
    if any(item.state == "broken" for item in findings):
        raise typer.Exit(4)


@index_app.command("info")
@command
def index_info(as_json: Json = False) -> None:
    """Say what the index holds."""
    from polysmith.cli.reading import run_index_info

    run_index_info(as_json=as_json)


@finetune_app.command("properties")
@command
def finetune_properties(
    data: Annotated[Path | None, typer.Option("--data", help="Folder with experimental.csv and simulated.csv.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the trained models.")] = None,
    train: Annotated[Path | None, typer.Option("--train", help="Own training table (columns smiles,value).")] = None,
    test: Annotated[Path | None, typer.Option("--test", help="Own test table (columns smiles,value).")] = None,
    table: Annotated[Path | None, typer.Option("--table", help="Own table to cross-validate on.")] = None,
    split: Annotated[Split, typer.Option(help="How --table is dealt into folds.")] = Split.random,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds of --table.")] = 5,
    auxiliary: Annotated[
        bool | None,
        typer.Option(
            help="Let the shipped models of other properties help with your own tables "
            "[default: yes; no when --table is split by chemistry].",
            show_default=False,
        ),
    ] = None,
    properties: Annotated[list[str] | None, typer.Option("-p", "--property", help="Property; may be repeated.")] = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Train the property models, train on one table and test on another, or cross-validate on one."""
    from polysmith.cli.training import OwnTables, run_properties

    own = OwnTables(train, test, table, split.value, folds, auxiliary)
    run_properties(data, out, own, properties, seed or 0, as_json=as_json)


register(app, finetune_app)
register_agent_server(app)
register_benching(app)
register_chatting(app)
register_bench_running(bench_app)
register_finetune_data(finetune_app)
register_making(app)
register_mcp(app)
register_naming(app)
register_proposing(app, finetune_app)
register_screening(app)
register_serving(index_app)
register_serving_llm(app)
register_two_phase(finetune_app)
register_tuning(finetune_app)
register_upkeep(index_app)
