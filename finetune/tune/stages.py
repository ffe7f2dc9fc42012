"""The stages of a recipe: each makes an artefact in its folder and says what goes on its card."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.cards import sources_of, usable, weights_sha256, with_gate
from finetune.records.general import general_records
from finetune.records.record import Record, read_records, write_records
from finetune.tune import gate as gating
from finetune.tune.answering import Answer, answerer
from finetune.tune.exam import exam_tasks, judge, sit
from finetune.tune.marked import training_tasks
from finetune.tune.material import gather, held_apart
from finetune.tune.models import load_tokenizer, tuned
from finetune.tune.recipe import accelerate_file
from finetune.tune.settings import Distill, Gate, Scoring
from finetune.tune.state import RESULT, Run, forget_checkpoints, read_result, write_json
from polybench.run.exam import sample_folder
from tools.core.cards import DataSource, file_sha256, load_card
from tools.core.errors import InputError, ToolError

if TYPE_CHECKING:
    from finetune.distill.teachers import Teacher

TRAIN, HELD_OUT = "train.jsonl", "held_out.jsonl"
_GENERAL = 6000  # conversations that the small model learns first, at most
_OWN_LICENCE = "Apache-2.0"


@dataclass(frozen=True)
class Made:
    """What a stage says of its artefact.

    Attributes
    ----------
    title : str
        What it is.
    metrics : dict
        Numbers.
    split : str
        How they were obtained.
    data : list of DataSource
        What it rests on.
    licence, limits : str
        Terms, and what it must not be used for.
    """

    title: str
    metrics: dict[str, Any]
    split: str
    data: list[DataSource] = field(default_factory=list)
    licence: str = _OWN_LICENCE
    limits: str = ""


def make_records(run: Run) -> Made:
    """Gather what is learnt from and what is held out."""
    recipe, folder = run.recipe, run.folder("records")
    found = gather(recipe.data, lambda count: list(general_records(recipe.seed, count)), recipe.seed)
    write_records(found.train, folder / TRAIN)
    write_records(found.held_out, folder / HELD_OUT)
    numbers = {
        "train": len(found.train),
        "held_out": len(found.held_out),
        "dropped": found.dropped,
        "general": sum(record.kind == "general" and not record.tools for record in found.train),
        "tools": sum(bool(record.tools) for record in found.train),
    }
    data = sources_of(found.train, TRAIN, file_sha256(folder / TRAIN))
    return Made("Chat records", numbers, "held out by polymer", data, licence="as of the records")


def make_chains(run: Run) -> Made:
    """Let a teacher work training tasks out, and keep the chains that pass every check."""
    from finetune.distill.run import CHAINS, Plan, distill

    recipe, folder = run.recipe, run.folder("distill")
    suite = sample_folder() if recipe.data.tasks == "sample" else Path(recipe.data.tasks)
    plan = Plan(seed=recipe.seed, limit=recipe.distill.limit)
    found = distill(suite / TRAIN, _teacher(recipe.distill), folder, plan=plan, resume=True, progress=run.progress)
    chains, _, _ = held_apart(read_records(folder / CHAINS), recipe.data.held_out, recipe.seed)
    write_records(chains, folder / TRAIN)
    numbers = {name: found[name] for name in ("teacher", "tasks", "chains", "acceptance")} | {"train": len(chains)}
    data = sources_of(chains, f"chains {TRAIN}", file_sha256(folder / TRAIN))
    return Made("Checked chains", numbers, "polymers held out as in records", data, licence="as of the records")


def _teacher(settings: Distill) -> Teacher:
    """Make the teacher that a recipe names: the rules, or the model that is configured."""
    from agent.llm.client import Client
    from agent.settings import home
    from finetune.distill.teachers import EndpointTeacher, Programmatic

    if settings.teacher == "program":
        return Programmatic()
    model = Client.open(Path(home()))
    if model is None:
        raise InputError("No endpoint is configured.", hint="Name one (docs/llm.md), or the teacher program.")
    return EndpointTeacher(model)


def make_base(run: Run) -> Made:
    """Make the small model that a recipe without a hub starts from."""
    from finetune.tune.tiny import make_tiny

    settings = run.recipe.model.tiny
    if settings is None:
        raise ToolError("The recipe names a model; none is made.")
    records = list(read_records(run.folder("records") / TRAIN))
    general = list(general_records(run.recipe.seed + 1, min(_GENERAL, 4 * settings.steps))) if settings.steps else []
    make_tiny(settings, records, general, run.folder("base"), seed=run.recipe.seed, progress=run.progress)
    numbers = {"weights_sha256": weights_sha256(run.folder("base")), "steps": settings.steps}
    return Made("Small random model with its tokenizer", numbers, "none", _records_data(run), limits="Knows nothing.")


def train(run: Run, stage: str) -> None:
    """Train an adapter in this process and write its result.

    Parameters
    ----------
    run : Run
        The run.
    stage : str
        "sft", "dpo" or "grpo".
    """
    recipe, folder = run.recipe, run.folder(stage)
    if stage == "sft":
        from finetune.tune.sft import train_sft

        records = _learnt(run)
        held = list(read_records(run.folder("records") / HELD_OUT))
        result = train_sft(recipe, records, held, folder, base=run.base, progress=run.progress)
    else:
        from finetune.tune.preference import train_dpo
        from finetune.tune.reward import train_grpo

        tasks = training_tasks(recipe.data.tasks, recipe.data.limit, recipe.seed)
        tuner = train_dpo if stage == "dpo" else train_grpo
        result = tuner(recipe, tasks, folder, base=run.base, adapter=run.adapter_before(stage), progress=run.progress)
    write_json(folder / RESULT, result)


def make_adapter(run: Run, stage: str) -> Made:
    """Train an adapter: here, or by ``accelerate`` on several devices."""
    folder, config = run.folder(stage), accelerate_file(run.recipe, run.source)
    if not (folder / RESULT).is_file():
        if config is None:
            train(run, stage)
        else:
            _launch(run, stage, config)
    result = read_result(folder)
    forget_checkpoints(folder)
    numbers = {name: value for name, value in result.items() if name not in ("curve", "resumed_from")}
    numbers |= {"weights_sha256": weights_sha256(folder), "usable": False}
    return Made(
        f"LoRA adapter ({stage}) of {run.recipe.model.path or 'a small random model'}", numbers,
        "loss on records of held-out polymers", _records_data(run), licence=run.recipe.model.licence or _OWN_LICENCE,
        limits="Not gated yet: not usable.",
    )  # fmt: skip


def _launch(run: Run, stage: str, config: Path) -> None:
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(config)]
    command += ["-m", "finetune.tune.launch", str(run.source), stage, str(run.out)]
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise ToolError(
            f"The training on several devices ended with code {done.returncode}.",
            hint="Its messages stand above; the same command goes on from the last checkpoint.",
        )


def make_merged(run: Run) -> Made:
    """Merge the last adapter."""
    from finetune.tune.merge import merge

    adapter = run.adapter_before("merge")
    if adapter is None:
        raise ToolError("There is no adapter to merge.")
    numbers = merge(run.recipe.model, adapter, run.folder("merge"), base=run.base)
    numbers |= {"weights_sha256": weights_sha256(run.folder("merge")), "usable": False}
    return Made(
        f"{run.recipe.name}: merged model", numbers, "none", _records_data(run),
        licence=run.recipe.model.licence or _OWN_LICENCE, limits="Not gated yet: not usable.",
    )  # fmt: skip


def make_gate(run: Run) -> Made:
    """Measure what was lost, and write it onto the cards of the tuned model."""
    recipe, settings, folder = run.recipe, run.recipe.gate, run.folder("gate")
    items = gating.items_of(settings, recipe.seed)
    done = {
        late: gating.kept(
            folder / f"{'after' if late else 'before'}.json",
            partial(gating.ask_loaded, items, partial(_asked, run, settings, late), progress=run.progress),
        )
        for late in (False, True)
    }
    passed, found = gating.verdict(items, done[False], done[True], settings)
    for target in _targets(run):
        with_gate(target, found, passed=passed)
    return Made("Gate", {"usable": passed, **found}, "instructions and tool calls that are never trained on")


def make_score(run: Run) -> Made:
    """Let the model sit the exam before and after."""
    settings, folder = run.recipe.score, run.folder("score")
    tasks = exam_tasks(run.recipe.data.tasks, settings, run.recipe.seed)
    loaders = {"before": partial(_asked, run, settings, False), "after": partial(_asked, run, settings, True)}
    given = {
        name: sit(tasks, loader, name, folder / name, settings, progress=run.progress)
        for name, loader in loaders.items()
    }
    numbers = judge(tasks, given["before"], given["after"], folder, settings)
    card = load_card(_targets(run)[-1], verify=False)
    said = DataSource(
        name=f"exam {settings.split}", sha256=file_sha256(folder / "tasks.jsonl"), rows=len(tasks),
        licence="; ".join(sorted({task.licence or "not stated" for task in tasks})),
    )  # fmt: skip
    return Made(
        "Exam before and after", {"usable": usable(card), **numbers}, f"{settings.split}, polymers held out", [said]
    )


def _asked(run: Run, settings: Gate | Scoring, late: bool) -> Answer:
    """Load the base, or the tuned model if late, to ask it."""
    adapter = run.trained()[-1] if late else None
    model = tuned(run.recipe.model, run.base, adapter, run.merged() if late else None)
    tokenizer = load_tokenizer(run.recipe.model, run.base)
    return answerer(model, tokenizer, new_tokens=settings.new_tokens, batch=settings.batch)


def _targets(run: Run) -> list[Path]:
    """Return the folders of the last adapter and of the merged model."""
    merged = run.merged()
    return [run.trained()[-1], *([merged] if merged else [])]


def _learnt(run: Run) -> Sequence[Record]:
    """Read what is learnt from: records, and chains where there are some."""
    found = list(read_records(run.folder("records") / TRAIN))
    if "distill" in run.before("sft"):
        found += read_records(run.folder("distill") / TRAIN)
    return found


def _records_data(run: Run) -> list[DataSource]:
    """Repeat what the records rest on, which every card after them names."""
    found = [*load_card(run.folder("records"), verify=False).data]
    if "distill" in run.recipe.stages:
        found += load_card(run.folder("distill"), verify=False).data
    return found
