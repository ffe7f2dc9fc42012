"""Group-relative policy optimisation with the exam's marks as the reward: nothing judges but code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finetune.torches import library
from finetune.tune.marked import prompt_of, rewards_of
from finetune.tune.models import load_model, load_tokenizer, with_adapter
from finetune.tune.recipe import Recipe
from finetune.tune.training import Progress, arguments, callbacks, run_trainer
from polybench.task import Task
from tools.core.errors import InputError


def train_grpo(
    recipe: Recipe,
    tasks: Sequence[Task],
    folder: Path,
    *,
    base: Path | None = None,
    adapter: Path | None = None,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Train on the model's own answers, or go on where a killed training stood.

    Parameters
    ----------
    recipe : Recipe
        Settings: ``model``, ``lora``, ``grpo`` and ``seed``.
    tasks : sequence of Task
        Training tasks.
    folder : Path
        Gets the adapter, checkpoints and logs.
    base : Path, optional
        Folder of the model where the recipe names no path.
    adapter : Path, optional
        Adapter that is trained further.
    progress : callable
        Told step, loss, throughput and time left.

    Returns
    -------
    dict
        What ``run_trainer`` gives, with ``rows`` (tasks) and ``rewards`` (mean of the first and the last tenth of the
        logged steps).

    Raises
    ------
    InputError
        If the answers of a step cannot be dealt into groups.
    """
    trl, settings = library("trl"), recipe.grpo
    if settings.batch * settings.accumulate % settings.samples:
        raise InputError("grpo: batch times accumulate must be a multiple of samples.", hint="Set batch to samples.")
    folder.mkdir(parents=True, exist_ok=True)
    chosen = list(tasks)[: settings.prompts]
    by_id = {task.id: task for task in chosen}
    table = library("datasets").Dataset.from_list([{"prompt": prompt_of(task), "task": task.id} for task in chosen])
    library("transformers").set_seed(recipe.seed)
    tokenizer = load_tokenizer(recipe.model, base)
    model = with_adapter(load_model(recipe.model, base, train=True), recipe.lora, adapter)

    def mark(completions: list[list[dict[str, str]]], task: list[str], **_: Any) -> list[float]:
        said = [(by_id[name], talk[-1]["content"]) for name, talk in zip(task, completions, strict=True)]
        return rewards_of(said, settings.form)

    config = trl.GRPOConfig(
        **arguments(settings, folder, seed=recipe.seed, evaluated=False),
        num_generations=settings.samples,
        max_completion_length=settings.new_tokens,
        temperature=settings.temperature,
        beta=settings.beta,
    )
    trainer = trl.GRPOTrainer(
        model=model,
        args=config,
        reward_funcs=mark,
        train_dataset=table,
        processing_class=tokenizer,
        callbacks=callbacks(settings, progress, evaluated=False),
    )
    result = run_trainer(trainer, folder)
    curve = [point["reward"] for point in result["curve"] if "reward" in point]
    tenth = max(1, len(curve) // 10)
    ends = {"first": sum(curve[:tenth]) / tenth, "last": sum(curve[-tenth:]) / tenth} if curve else {}
    return {**result, "rows": len(chosen), "rewards": ends}
