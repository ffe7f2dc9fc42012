"""Direct preference optimisation: right answers against worse ones that the model itself gave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finetune.torches import library
from finetune.tune.answering import answerer, in_batches
from finetune.tune.marked import pairs_of, prompt_of
from finetune.tune.models import load_model, load_tokenizer, tuned, with_adapter
from finetune.tune.recipe import Recipe
from finetune.tune.training import Progress, arguments, callbacks, run_trainer
from polybench.task import Task
from tools.core.errors import InputError

PAIRS = "pairs.jsonl"
_AT_ONCE = 64  # tasks whose answers are sampled and marked together


def train_dpo(
    recipe: Recipe,
    tasks: Sequence[Task],
    folder: Path,
    *,
    base: Path | None = None,
    adapter: Path | None = None,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Sample answers, mark them, and prefer the better ones; or go on where a killed training stood.

    Parameters
    ----------
    recipe : Recipe
        Settings: ``model``, ``lora``, ``dpo`` and ``seed``.
    tasks : sequence of Task
        Training tasks.
    folder : Path
        Gets ``pairs.jsonl``, the adapter, checkpoints and logs.
    base : Path, optional
        Folder of the model where the recipe names no path.
    adapter : Path, optional
        Adapter that is trained further; what it says before is the reference.
    progress : callable
        Told step, loss, throughput and time left.

    Returns
    -------
    dict
        What ``run_trainer`` gives, with ``rows`` (pairs) and ``asked`` (tasks).

    Raises
    ------
    InputError
        If the model's answers give no pair.
    """
    trl, settings = library("trl"), recipe.dpo
    folder.mkdir(parents=True, exist_ok=True)
    pairs = _pairs(recipe, tasks, folder, base, adapter, progress)
    if not pairs:
        raise InputError("No answer is worse than another.", hint="Raise dpo.prompts, dpo.samples or the temperature.")
    table = library("datasets").Dataset.from_list(
        [{name: pair[name] for name in ("prompt", "chosen", "rejected")} for pair in pairs]
    )
    library("transformers").set_seed(recipe.seed)
    model = with_adapter(load_model(recipe.model, base, train=True), recipe.lora, adapter)
    config = trl.DPOConfig(
        **arguments(settings, folder, seed=recipe.seed, evaluated=False), max_length=settings.length, beta=settings.beta
    )
    trainer = trl.DPOTrainer(
        model=model,
        args=config,
        train_dataset=table,
        processing_class=load_tokenizer(recipe.model, base),
        callbacks=callbacks(settings, progress, evaluated=False),
    )
    return {**run_trainer(trainer, folder), "rows": len(pairs), "asked": min(len(tasks), settings.prompts)}


def _pairs(
    recipe: Recipe, tasks: Sequence[Task], folder: Path, base: Path | None, adapter: Path | None, progress: Progress
) -> list[dict[str, Any]]:
    """Read the pairs, or make them where they are not there yet."""
    path, settings = folder / PAIRS, recipe.dpo
    if not path.is_file():
        model = tuned(recipe.model, base, adapter, None)
        tokenizer = load_tokenizer(recipe.model, base)
        asked = list(tasks)[: settings.prompts]
        made: list[dict[str, Any]] = []
        for number, part in enumerate(in_batches(asked, _AT_ONCE)):
            answer = answerer(
                model, tokenizer, new_tokens=settings.new_tokens, batch=max(4, settings.batch),
                temperature=settings.temperature, seed=recipe.seed + number,
            )  # fmt: skip
            texts = answer([(prompt_of(task), ()) for task in part for _ in range(settings.samples)])
            made += pairs_of(zip(part, in_batches(texts, settings.samples), strict=True))
            progress(f"answers to {min(len(asked), (number + 1) * _AT_ONCE)} of {len(asked)} tasks, {len(made)} pairs")
        partial = path.with_name(path.name + ".part")
        partial.write_text("".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in made), encoding="utf-8")
        partial.replace(path)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
