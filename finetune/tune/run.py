"""A recipe, run stage by stage: what is done is not done again, what was killed goes on, everything gets a card."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from finetune.cards import files_of, versions
from finetune.tune import stages
from finetune.tune.recipe import accelerate_file, read_recipe
from finetune.tune.settings import TRAINING
from finetune.tune.stages import Made
from finetune.tune.state import Run, finished
from tools.core.cards import Card, write_card
from tools.core.errors import InputError

_MAKERS: dict[str, Callable[[Run], Made]] = {
    "records": stages.make_records,
    "distill": stages.make_chains,
    "base": stages.make_base,
    "merge": stages.make_merged,
    "gate": stages.make_gate,
    "score": stages.make_score,
}


def run_recipe(
    recipe: Path,
    out: Path | None = None,
    *,
    until: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Card]:
    """Run a recipe, or go on where it was killed.

    Parameters
    ----------
    recipe : Path
        YAML file, or the name of a shipped recipe.
    out : Path, optional
        Folder of the run; ``runs/NAME`` if not given.
    until : str
        Last stage to run; all if empty.
    progress : callable
        Told what goes on, with throughput and time left.

    Returns
    -------
    dict of str to Card
        Cards by stage.

    Raises
    ------
    InputError
        If the recipe cannot be read, or has no such stage.
    StateError
        If the folder holds a run with other settings.
    ArtefactError
        If a file differs from its card.
    BackendMissing
        If a library of the extra ``train`` is missing.
    """
    settings = read_recipe(recipe)
    if until and until not in settings.stages:
        raise InputError(f"The recipe has no stage {until!r}.", hint=f"It has: {', '.join(settings.stages)}.")
    accelerate_file(settings, recipe)
    folder = out or Path("runs") / settings.name
    command = f"polysmith finetune run {recipe}" + (f" --out {folder}" if out else "")
    run = Run(settings, recipe, folder, command, progress)
    _quiet()
    names: list[str] = list(settings.stages)
    wanted = names[: names.index(until) + 1] if until else names
    cards: dict[str, Card] = {}
    for stage in _with_base(run, wanted):
        card = finished(run, stage)
        progress(f"{stage}: done before" if card else stage)
        cards[stage] = card or _card(run, stage, _make(run, stage))
    return cards


def _with_base(run: Run, wanted: list[str]) -> list[str]:
    """Put the making of the small model before the first stage that needs it."""
    if run.base is None:
        return wanted
    place = next((index for index, stage in enumerate(wanted) if stage in TRAINING), None)
    return wanted if place is None else [*wanted[:place], "base", *wanted[place:]]


def _make(run: Run, stage: str) -> Made:
    return stages.make_adapter(run, stage) if stage in TRAINING else _MAKERS[stage](run)


def _card(run: Run, stage: str, made: Made) -> Card:
    card = Card(
        id=f"{run.recipe.name}-{stage}",
        title=made.title,
        description=run.recipe.title,
        files=files_of(run.folder(stage)),
        data=made.data,
        split=made.split,
        metrics=made.metrics,
        command=run.command,
        versions=versions(),
        seed=run.recipe.seed,
        licence=made.licence,
        limits=made.limits,
    )
    write_card(run.folder(stage), card)
    return card


def _quiet() -> None:
    """Keep the libraries from writing bars and notices over our own lines, where they are installed."""
    for name in ("HF_DATASETS_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
