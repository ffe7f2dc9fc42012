"""``polysmith bench build|run``: build the open suite, and let an agent or a model sit an exam."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polysmith.cli.output import command, console, emit_json, show_table

if TYPE_CHECKING:
    from polybench.prediction import Mode
    from polybench.run.endpoint import ClientCompleter
    from polybench.run.question import Answerer
    from polybench.task import Split


class Licences(StrEnum):
    """Which rows of the tables may be used."""

    open = "open"
    research = "research"


class Part(StrEnum):
    """Split of a suite."""

    train = "train"
    dev = "dev"
    test = "test"
    ood = "ood"
    diag = "diag"


class Agent(StrEnum):
    """Who sits the exam."""

    rules = "rules"
    rules_seen = "rules-seen"
    nearest = "nearest"
    mean = "mean"
    model = "model"
    model_seen = "model-seen"
    random = "random"
    llm = "llm"
    polysmith = "polysmith"
    polysmith_llm = "polysmith-llm"


class Asking(StrEnum):
    """How a language model is asked."""

    direct = "direct"
    cot = "cot"
    rag = "rag"
    agent = "agent"


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed.")]


def register(group: typer.Typer) -> None:
    """Add the commands to a group.

    Parameters
    ----------
    group : Typer
        The ``bench`` commands.
    """
    group.command("build")(command(bench_build))
    group.command("run")(command(bench_run))


def bench_build(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the suite.")],
    data: Annotated[Path | None, typer.Option("--data", help="Folder of tables; $POLYSMITH_DATA if left out.")] = None,
    train: Annotated[int, typer.Option(min=0, help="Tasks of train, at least.")] = 126_000,
    held_out: Annotated[int, typer.Option(min=0, help="Tasks of dev, test and ood each, at least.")] = 3_200,
    seed: Seed = 0,
    licences: Annotated[
        Licences, typer.Option(help="open: CC-BY, BSD, MIT and the project's own; research: also unclear ones.")
    ] = Licences.open,
    as_json: Json = False,
) -> None:
    """Build the open suite: tasks in the shape of PolyBench, split by polymer. Its scores are not PolyBench results."""
    from polybench.builders.sources import data_folder
    from polybench.builders.suite import build

    folder = data_folder(data)
    with console(stderr=True).status("reading polymers and polymerisations") as status:
        manifest = build(
            out, data=folder, train=train, held_out=held_out, seed=seed, licences=licences.value,
            progress=lambda split, done, wanted: status.update(f"{split}: {done} of {wanted} tasks"),
        )  # fmt: skip
    if as_json:
        emit_json(manifest)
        return
    names = sorted({name for part in manifest["splits"].values() for name in part["category"]})
    rows = [
        (split, str(part["tasks"]), *(str(part["category"].get(name, 0)) for name in names))
        for split, part in manifest["splits"].items()
    ]
    show_table(manifest["name"], ["split", "tasks", *names], rows)
    source = str(folder) if folder else "the shipped handbook and rules alone (set POLYSMITH_DATA for the tables)"
    console().print(f"Built from {source} in {manifest['seconds']:.0f} s into {out}.", markup=False)
    console().print(manifest["note"], markup=False)


def bench_run(
    agent: Annotated[
        Agent,
        typer.Option(
            help="Who sits the exam; llm is the configured language model, polysmith the assistant itself (ask and "
            "design) by rules, polysmith-llm with the model."
        ),
    ] = Agent.rules,
    split: Annotated[Part | None, typer.Option(help="Split; dev of a suite, everything in a file if left out.")] = None,
    tasks: Annotated[
        Path | None, typer.Option("--tasks", help="Task file, or folder of a suite; the shipped sample if left out.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Tasks at most, drawn over all categories.")] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder of the run; a run there is continued.")
    ] = None,
    mode: Annotated[Asking, typer.Option(help="How a language model is asked.")] = Asking.direct,
    with_knowledge: Annotated[bool, typer.Option("--with-knowledge", help="Show knowledge profiles.")] = False,
    tools: Annotated[
        bool, typer.Option("--tools/--no-tools", help="Without: the same questions, and no tool to ask.")
    ] = True,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Questions open at once.")] = 1,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Ask again what ended in an error.")] = False,
    resamples: Annotated[int, typer.Option(min=0, max=100_000, help="Draws of the bootstrap.")] = 1000,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Let an agent sit an exam; a run that was stopped goes on where it stood, and nothing is asked twice."""
    from agent.settings import home
    from polybench.run.exam import load_exam, sit
    from polybench.run.runner import Options, Progress

    chosen: Split | None = split.value if split else None
    exam = load_exam(tasks, chosen, limit, seed)
    how: Mode = mode.value
    examined = _examined(agent, how, exam.folder, seed, tools=tools)
    options = Options(how, with_knowledge, concurrency, seed, retry_failed)
    folder = out or home() / "exams" / _name(agent, how, split, limit, seed, tasks, tools=tools)
    with console(stderr=True).status(f"{agent.value}: {len(exam.tasks)} tasks") as status:

        def tell(state: Progress) -> None:
            failed = f", {state.failed} without answer" if state.failed else ""
            status.update(f"{state.done} of {state.total} answered{failed}, {state.eta_s:.0f} s left")

        result = sit(exam, examined, folder, options, resamples=resamples, progress=tell)
    if as_json:
        emit_json(result)
    else:
        _show(result)


def _examined(agent: Agent, mode: Mode, folder: Path | None, seed: int, *, tools: bool) -> Answerer:
    from polybench.run.exam import AGENTS, make_agent
    from polybench.run.model_answerer import ModelAnswerer

    if agent is Agent.llm:
        completer, name, settings = _model()
        retriever = None
        if mode in ("rag", "agent"):
            from polysmith.config import open_retriever

            retriever, _ = open_retriever()
        return ModelAnswerer(completer, name, mode, settings=settings, retriever=retriever, tools=tools)
    if agent in (Agent.polysmith, Agent.polysmith_llm):
        return _product(with_model=agent is Agent.polysmith_llm)
    return make_agent(next(item for item in AGENTS if item == agent.value), folder, seed=seed, tools=tools)


def _product(*, with_model: bool) -> Answerer:
    """The assistant itself: ``polysmith.ask`` and ``polysmith.design``."""
    import polysmith
    from polybench.run.product import ProductAnswerer

    if not with_model:
        return ProductAnswerer(polysmith.ask, lambda spec, count: polysmith.design(spec, candidates=count, model=False))
    completer, name, settings = _model()
    return ProductAnswerer(
        polysmith.ask, lambda spec, count: polysmith.design(spec, candidates=count), completer=completer,
        name=f"polysmith with {name}", settings=settings,
    )  # fmt: skip


def _model() -> tuple[ClientCompleter, str, dict[str, Any]]:
    """The configured model with its name and settings; it is an error to ask for one where none is configured."""
    from agent.llm.client import Client
    from agent.llm.endpoint import Endpoint
    from agent.llm.profile import load_profile
    from agent.settings import home
    from polybench.run.endpoint import ClientCompleter
    from tools.core.errors import SetupError

    endpoint = Endpoint.load(home())
    if endpoint is None:
        raise SetupError("No language model is configured.", hint="Set POLYSMITH_LLM_URL and POLYSMITH_LLM_MODEL.")
    client = Client(endpoint, profile=load_profile(home(), endpoint))
    settings = {
        "model": endpoint.model, "temperature": endpoint.temperature, "max_tokens": endpoint.max_tokens,
        "seed": endpoint.seed,
    }  # fmt: skip
    completer = ClientCompleter(client, price_in=endpoint.price_in, price_out=endpoint.price_out)
    return completer, endpoint.model or "llm", settings


def _name(
    agent: Agent, mode: str, split: Part | None, limit: int | None, seed: int, tasks: Path | None, *, tools: bool
) -> str:
    """Name the folder of a run by what it is."""
    import hashlib

    place = hashlib.sha256(str(tasks.resolve()).encode()).hexdigest()[:8] if tasks else "sample"
    named = (agent.value, mode, split.value if split else "all", str(limit or "all"), str(seed), place)
    return "-".join((*named, *(() if tools else ("no-tools",))))


def _show(result: dict[str, Any]) -> None:
    scores = result["scores"]
    rows = [(name, f"{part['score']:.3f}", str(part["n"])) for name, part in scores["categories"].items()]
    if scores["macro"]:
        rows.insert(0, ("macro", f"{scores['macro']['score']:.3f}", str(scores["macro"]["n"])))
    show_table(
        f"{result['agent']}: {result['answered']} of {result['tasks']} answered", ["category", "score", "tasks"], rows
    )
    seen = result["seen_by_models"]
    if seen["tasks_with_values"]:
        console().print(
            f"{seen['seen']['n']} of {seen['tasks_with_values']} tasks about values rest on polymers that the shipped "
            "models were trained on.",
            markup=False,
        )
    console().print(f"Predictions: {result['predictions']}", markup=False)
    console().print(f"Tasks: {result['task_file']} (for bench report and bench compare)", markup=False)
